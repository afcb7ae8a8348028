// Webhooks on both databases, against a receiver that stands in, in this process.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>
#include <thread>

#include "leads/lead_store.h"
#include "notify/servers_for_tests.h"
#include "people/holdings.h"
#include "people/users.h"
#include "store/databases_for_tests.h"
#include "webhooks/event.h"
#include "webhooks/feed.h"

namespace linli::webhooks {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

// The reference libraries' vectors (standard-webhooks 1.0.0).
TEST(WebhookSignature, StandardVectors) {
  struct Row {
    const char *secret, *id, *at, *body, *signature;
  };
  for (const Row& row : {Row{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
                             R"({"test": 2432232314})", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
                         Row{"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", "1649367553",
                             R"({"email":"test@example.com","username":"test_user"})",
                             "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="}}) {
    const auto secret = WebhookSecret::parse(row.secret);
    ASSERT_TRUE(secret);
    EXPECT_EQ(sign(*secret, row.id, row.at, row.body), row.signature);
  }
}

TEST(Webhooks, WhatIsWanted) {
  Webhook w;
  const auto event = [](const char* kind, const char* right, const char* path) {
    Event e;
    e.kind = kind;
    e.min_right = right;
    e.grid_path = path;
    return e;
  };
  struct Row {
    const char* story;
    std::vector<std::string> kinds;
    StaffRole role;
    const char* grid;
    Event event;
    bool wanted;
  };
  for (const Row& row : {
           Row{"its kind", {"lead.opened"}, StaffRole::integrator, "", event("lead.opened", "leads.read", "a/b"), true},
           Row{"another kind",
               {"lead.opened"},
               StaffRole::integrator,
               "",
               event("lead.merged", "leads.read", "a"),
               false},
           Row{"a family", {"lead.*"}, StaffRole::integrator, "", event("lead.merged", "leads.read", "a"), true},
           Row{"who has it open is nobody's business",
               {"lead.*"},
               StaffRole::integrator,
               "",
               event("lead.claimed", "leads.read", "a"),
               false},
           Row{"what is a person's",
               {"lead.*"},
               StaffRole::administrator,
               "",
               event("notification.added", "console", ""),
               false},
           Row{"an integrator sees no cases",
               {"case.*"},
               StaffRole::integrator,
               "",
               event("case.opened", "cases.read", "a"),
               false},
           Row{"a manager does", {"case.*"}, StaffRole::manager, "", event("case.opened", "cases.read", "a"), true},
           Row{"its grid", {"lead.*"}, StaffRole::integrator, "a", event("lead.opened", "leads.read", "a/b"), true},
           Row{"a neighbour's",
               {"lead.*"},
               StaffRole::integrator,
               "a",
               event("lead.opened", "leads.read", "ab"),
               false},
           Row{"no grid yet", {"lead.*"}, StaffRole::integrator, "a", event("lead.opened", "leads.read", ""), false},
       }) {
    w.kinds = row.kinds;
    w.role = row.role;
    EXPECT_EQ(wants(w, row.grid, row.event), row.wanted) << row.story;
  }
  EXPECT_TRUE(is_kind_pattern("case.*"));
  for (const char* wrong : {"", "*", "notification.*", "lead.claimed", "lead."})
    EXPECT_FALSE(is_kind_pattern(wrong)) << wrong;
}

TEST(Webhooks, PausesAsTheSpecificationRecommends) {
  const milliseconds recommended[] = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
  std::set<milliseconds> of_the_first;
  for (int tries = 1; tries < kMostTries; ++tries)
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const auto pause = pause_after(tries, seed);
      ASSERT_TRUE(pause);
      EXPECT_GE(*pause, recommended[tries - 1] * 9 / 10) << tries;
      EXPECT_LE(*pause, recommended[tries - 1] * 11 / 10) << tries;
      if (tries == 1) of_the_first.insert(*pause);
    }
  EXPECT_GT(of_the_first.size(), 20u) << "not all at the same moment";
  EXPECT_FALSE(pause_after(kMostTries, 1));
}

class WebhooksTest : public EachDatabase {
 protected:
  template <class F>
  auto write(F work) {
    auto result = writer->write(std::move(work)).get();
    if (!result) throw std::runtime_error("write failed: " + for_terminal(result.error(), Language::en));
    return *std::move(result);
  }
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    writer.emplace(connect(), Writer::Options{});
    outbox.emplace(*writer);
    readers.emplace(database(), 2);
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(
          tx.run("INSERT INTO grids (id, level, code, name, path, opened_at) VALUES (1, 'community', 'ht', '荷塘社区', "
                 "'ht', 0), "
                 "(2, 'community', 'ld', '莲灯社区', 'ld', 0)"));
      LINLI_TRY(users::add(tx, root, clock.now()));
      LINLI_TRY(holdings::give(tx,
                               {ids.draw<HoldingId>(), root.id, StaffRole::administrator, GridId{}, {}, {}, kNoEnd, {}},
                               {}, clock.now()));
      LINLI_TRY(grids.load(tx));
      return true;
    });
    hook.id = ids.draw<WebhookId>();
    hook.name = "平台";
    hook.url = receiver.url() + "/in";
    hook.kinds = {"lead.*", "promise.*", "case.*"};
    hook.grid = GridId{1};
    hook.created_by = root.id;
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(add(tx, sealer, hook));
      return true;
    });
  }
  void TearDown() override {
    feed.reset();
    outbox.reset();
    readers.reset();
    writer.reset();
  }
  void start(bool private_too = true) {
    Feed::Options options;
    options.source = "https://linli.district.example";
    options.private_too = private_too;
    options.limit = 2s;
    options.pause = [](int tries, std::uint64_t) -> std::optional<milliseconds> {
      return tries < 3 ? std::optional<milliseconds>(20ms) : std::nullopt;
    };
    feed.emplace(*writer, *readers, sealer, ids, clock, TimeZone::shanghai(), grids, options, [] {});
    feed->start(*outbox);
  }
  LeadId lead(const char* path = "ht", const char* category = "water_leak") {
    Lead one;
    one.id = ids.draw<LeadId>();
    one.opening = ids.draw<MessageId>();
    one.revision = 1;
    one.grid_path = path;
    one.category = category;
    one.summary = "天花板漏水";
    one.asked_at = one.opened_at = one.latest_at = clock.now();
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(lead_store::insert(tx, sealer, one));
      LINLI_TRY(Outbox::append(tx, Event{0, "lead.opened", one.id.value, path, "leads.read", clock.now(), {}}));
      return true;
    });
    return one.id;
  }
  Webhook now() {
    return write([&](Tx& tx) { return find(tx, sealer, hook.id); });
  }
  std::vector<Sending> log() {
    return write([&](Tx& tx) { return sendings::list(tx, sealer, hook.id, {}); });
  }
  template <class F>
  bool becomes(F what) {
    for (int i = 0; i < 800; ++i, std::this_thread::sleep_for(10ms))
      if (what()) return true;
    return false;
  }

  SystemClock clock;
  IdSource ids{clock};
  Sealer sealer = Sealer::for_test();
  Grids grids;
  User root{UserId{11}, "root", "管", "zh", {}};
  Webhook hook;
  WebServerForTests receiver;
  std::optional<Writer> writer;
  std::optional<Outbox> outbox;
  std::optional<Readers> readers;
  std::optional<Feed> feed;
};

std::string header(const WebServerForTests::Request& request, const std::string& name) {
  const std::size_t at = request.headers.find(name + ": ");
  if (at == request.headers.npos) return {};
  return request.headers.substr(at + name.size() + 2, request.headers.find('\n', at) - at - name.size() - 2);
}

TEST_P(WebhooksTest, AnEventArrivesOnceSignedWithoutWords) {
  start();
  lead("ld");  // not its grid
  const LeadId id = lead(), crime = lead("ht", "crime");
  ASSERT_TRUE(becomes([&] { return receiver.requests().size() == 2; }));
  const auto said = receiver.requests()[0];
  EXPECT_EQ(header(said, "content-type"), "application/cloudevents+json; charset=utf-8");
  EXPECT_TRUE(verify(std::span(&hook.secret, 1),
                     {header(said, "webhook-id"), header(said, "webhook-timestamp"), header(said, "webhook-signature")},
                     said.body, clock.now()));
  const auto event = json::parse(said.body).as_object();
  EXPECT_EQ(event.at("specversion"), "1.0");
  EXPECT_EQ(event.at("type"), "cn.linli.lead.opened");
  EXPECT_EQ(event.at("source"), "https://linli.district.example");
  EXPECT_EQ(event.at("id").as_string(), header(said, "webhook-id"));
  EXPECT_EQ(event.at("subject").as_string(), "lead/" + to_text(id));
  EXPECT_EQ(event.at("data").at("category"), "water_leak");
  EXPECT_EQ(event.at("data").at("grid").at("name"), "荷塘社区");
  EXPECT_EQ(said.body.find("天花板"), std::string::npos) << "no words of residents";
  const auto second = json::parse(receiver.requests()[1].body).as_object();
  EXPECT_EQ(second.at("subject").as_string(), "lead/" + to_text(crime));
  EXPECT_TRUE(second.at("data").at("category").is_null()) << "only named people hear of it";
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(receiver.requests().size(), 2u);
  EXPECT_TRUE(becomes([&] { return log().size() == 2 && log()[0].state == SendingState::sent; }));
}

TEST_P(WebhooksTest, WhatLiesElsewhereNowIsOnlyNamed) {
  const LeadId id = lead();
  write([&](Tx& tx) { return tx.run("UPDATE leads SET grid_path = 'ld' WHERE id = $1", {id}); });
  start();
  ASSERT_TRUE(becomes([&] { return receiver.requests().size() == 1; }));
  const auto data = json::parse(receiver.requests()[0].body).at("data").as_object();
  EXPECT_EQ(data.size(), 1u) << json::serialize(data);
  EXPECT_EQ(data.at("lead").as_string(), to_text(id));
}

TEST_P(WebhooksTest, TriedAgainUnderTheSameIdThenGivenUpAndSentAgain) {
  receiver.answer({{503}, {.hang_up = true}, {200}});
  start();
  lead();
  ASSERT_TRUE(becomes([&] { return log().size() == 1 && log()[0].state == SendingState::sent; }));
  ASSERT_EQ(receiver.requests().size(), 3u);
  EXPECT_EQ(header(receiver.requests()[0], "webhook-id"), header(receiver.requests()[2], "webhook-id"));

  receiver.answer({{500}});
  lead();
  ASSERT_TRUE(becomes([&] { return now().state == State::broken; }));
  EXPECT_EQ(now().dead, 1);
  EXPECT_EQ(write([](Tx& tx) {
              return tx.value<std::int64_t>("SELECT COUNT(*) FROM notifications WHERE kind = 'webhook_off'");
            }),
            1)
      << "administrators are told";
  const std::size_t before = receiver.requests().size();
  lead();  // while it is broken
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(receiver.requests().size(), before);

  receiver.answer({{204}});
  write([&](Tx& tx) -> Result<bool> {
    auto again = sendings::resend(tx, hook.id, {}, clock.now());
    if (!again) return tl::unexpected(std::move(again).error());
    Webhook w = *find(tx, sealer, hook.id);
    w.state = State::on;
    LINLI_TRY(change(tx, sealer, w, clock.now()));
    return true;
  });
  feed->wake();
  ASSERT_TRUE(becomes([&] { return log().size() == 3 && now().waiting == 0 && now().dead == 0; }))
      << "it goes on where it stopped";
  EXPECT_EQ(now().state, State::on);
}

TEST_P(WebhooksTest, GoneIsGivenUpAtOnce) {
  receiver.answer({{410}});
  start();
  lead();
  ASSERT_TRUE(becomes([&] { return now().state == State::broken; }));
  EXPECT_EQ(receiver.requests().size(), 1u);
  ASSERT_EQ(log().size(), 1u);
  EXPECT_EQ(log()[0].status, 410);
}

TEST_P(WebhooksTest, TwoSecretsWhileOneReplacesTheOther) {
  const WebhookSecret old = hook.secret, fresh = WebhookSecret::generate();
  write([&](Tx& tx) -> Result<bool> {
    Webhook w = *find(tx, sealer, hook.id);
    w.old_secret = w.secret;
    w.old_until = clock.now() + kBothSecrets;
    w.secret = fresh;
    LINLI_TRY(change(tx, sealer, w, clock.now()));
    return true;
  });
  start();
  lead();
  ASSERT_TRUE(becomes([&] { return receiver.requests().size() == 1; }));
  const auto said = receiver.requests()[0];
  for (const WebhookSecret& secret : {old, fresh})
    EXPECT_TRUE(
        verify(std::span(&secret, 1),
               {header(said, "webhook-id"), header(said, "webhook-timestamp"), header(said, "webhook-signature")},
               said.body, clock.now()));
}

// Killed between the call and what came of it; and a start afterwards that finds the cursor where it was.
TEST_P(WebhooksTest, KilledWhileSending) {
  start();
  lead();
  ASSERT_TRUE(becomes([&] { return log().size() == 1 && log()[0].state == SendingState::sent; }));
  feed.reset();
  write([&](Tx& tx) {
    return tx.run("UPDATE webhook_deliveries SET state = 'sending', due_at = $1, done_at = NULL", {clock.now() - 2min});
  });
  start();
  ASSERT_TRUE(becomes([&] { return receiver.requests().size() == 2; }));
  EXPECT_EQ(header(receiver.requests()[0], "webhook-id"), header(receiver.requests()[1], "webhook-id"));
  EXPECT_TRUE(becomes([&] { return log().size() == 1 && log()[0].state == SendingState::sent; }));
}

TEST_P(WebhooksTest, OffMeansNotTold) {
  write([&](Tx& tx) -> Result<bool> {
    Webhook w = *find(tx, sealer, hook.id);
    w.state = State::off;
    LINLI_TRY(change(tx, sealer, w, clock.now()));
    return true;
  });
  start();
  lead();
  std::this_thread::sleep_for(200ms);
  write([&](Tx& tx) -> Result<bool> {
    Webhook w = *find(tx, sealer, hook.id);
    w.state = State::on;
    LINLI_TRY(change(tx, sealer, w, clock.now()));
    return true;
  });
  feed->wake();
  const LeadId after = lead();
  ASSERT_TRUE(becomes([&] { return receiver.requests().size() == 1; }));
  EXPECT_EQ(json::parse(receiver.requests()[0].body).at("subject").as_string(), "lead/" + to_text(after));
}

TEST_P(WebhooksTest, PrivateAddressesAreRefused) {
  start(false);
  lead();
  ASSERT_TRUE(becomes([&] { return log().size() == 1 && log()[0].tries > 0 && !log()[0].why.empty(); }));
  EXPECT_TRUE(receiver.requests().empty());
}

ON_EACH_DATABASE(WebhooksTest);

}  // namespace
}  // namespace linli::webhooks
