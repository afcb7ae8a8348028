#include "assist/refining.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <thread>

#include "assist/assist_for_tests.h"
#include "assist/leads_for_tests.h"

namespace linli::assist {
namespace {

using namespace std::chrono_literals;

const std::string kRefined =
    R"({"summary":"3栋2单元漏水","category":"building","urgency":2,"place":"3栋2单元","same_as":null,"evidence":["m1"]})";

class RefiningTest : public AssistTest {
 protected:
  template <class F>
  auto write(F work) {
    auto result = writer->write(std::move(work)).get();
    if (!result) throw std::runtime_error(std::string(name(result.error().code)));
    return *std::move(result);
  }
  void SetUp() override {
    AssistTest::SetUp();
    outbox.emplace(*writer);
    readers.emplace(database, 2);
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'webhook', 0)"));
      return true;
    });
    server.answers([](const Asked& asked) {
      return says(asked, asked.raw.find("\"name\":\"judge\"") != std::string::npos
                             ? R"({"items":[{"id":"m1","appeal":false,"category":null}]})"
                             : kRefined);
    });
  }
  void TearDown() override {
    refining.reset();
    writer->stop();
    readers->stop();
    AssistTest::TearDown();
  }
  void start(Refining::Options options = {}) {
    refining.emplace(*client, *outbox, *writer, *readers, sealer, clock, options);
    settle();
  }
  void settle() {
    for (int i = 0; i < 2'000 && !refining->figures().idle; ++i) std::this_thread::sleep_for(5ms);
    ASSERT_TRUE(refining->figures().idle);
  }
  void add(std::int64_t id, const std::string& text = "天花板漏水", bool review = false, bool live = true) {
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(add_lead_for_test(tx, sealer, id, {{id * 100, "3-2-1502李姐", text}}, clock.now(), review, live));
      return true;
    });
  }
  void changed(std::int64_t id, int messages) {
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(tx.run("UPDATE leads SET message_count = $2, revision = revision + 1 WHERE id = $1", {id, messages}));
      LINLI_TRY(Outbox::append(tx, Event{0, "lead.changed", id, "s/a", "leads.read", clock.now(), {}}));
      return true;
    });
  }
  Proposals of(std::int64_t id) {
    return write([&](Tx& tx) { return proposals::of_lead(tx, sealer, LeadId{id}); });
  }
  std::string lead(std::int64_t id) {
    const Lead found = *write([&](Tx& tx) { return lead_store::find(tx, sealer, LeadId{id}); });
    return found.category + " " + std::to_string(found.urgency) + " " + found.summary + " " +
           std::string(name(found.state)) + " " + std::to_string(found.revision);
  }

  Sealer sealer = Sealer::for_test();
  std::optional<Outbox> outbox;
  std::optional<Readers> readers;
  std::optional<Refining> refining;
};

TEST_F(RefiningTest, ANewLeadGetsAProposalAndStaysAsItIs) {
  start();
  add(1);
  settle();
  const auto out = of(1);
  ASSERT_TRUE(out.refined);
  EXPECT_EQ(out.refined->summary, "3栋2单元漏水");
  EXPECT_EQ(out.refined->evidence, std::vector{MessageId{100}});
  EXPECT_FALSE(out.judged);
  EXPECT_EQ(lead(1), "water_leak 2 客厅顶上滴水 open 1");
  EXPECT_EQ(refining->figures().refined, 1u);
}

TEST_F(RefiningTest, DoubtfulOnesAreJudgedToo) {
  start();
  add(1, "这个天气哦", true);
  settle();
  ASSERT_TRUE(of(1).judged);
  EXPECT_FALSE(of(1).judged->appeal);
  EXPECT_TRUE(of(1).refined);
}

TEST_F(RefiningTest, AgainOnlyWhenTheLeadHasGrown) {
  start();
  add(1);
  settle();
  changed(1, 1);
  settle();
  EXPECT_EQ(server.asked().size(), 1u);
  client->forget();
  changed(1, 2);
  settle();
  EXPECT_EQ(server.asked().size(), 2u);
}

TEST_F(RefiningTest, WhatIsImportedDecidedOrOldIsLetBe) {
  start();
  add(1, "漏水", false, false);
  add(2);  // under way …
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(tx.run("UPDATE leads SET state = 'confirmed' WHERE id = 2"));  // … decided
    return true;
  });
  settle();
  EXPECT_FALSE(of(1).refined);
  EXPECT_FALSE(of(2).refined);
  add(3);
  clock.advance(25h);
  changed(3, 5);
  settle();
  EXPECT_LE(server.asked().size(), 2u);
}

// Off, slow, wrong, over budget, down: nothing changes and nobody waits.
TEST_F(RefiningTest, WithoutAWorkingServerNothingHappens) {
  struct Row {
    const char* story;
    std::function<void(ServerSettings&)> set;
    std::function<Reply(const Asked&)> make;
  };
  const auto nothing = [](ServerSettings&) {};
  const Row rows[] = {
      {"no server", [](ServerSettings& s) { s.base_url.clear(); }, {}},
      {"task off", [](ServerSettings& s) { s.tasks = {Task::draft}; }, {}},
      {"down", [](ServerSettings& s) { s.base_url = "http://127.0.0.1:1/v1"; }, {}},
      {"slow", [](ServerSettings& s) { s.deadline = 100ms; },
       [](const Asked&) {
         Reply reply = whole(kRefined);
         reply.wait = 2s;
         return reply;
       }},
      {"wrong", nothing, [](const Asked&) { return whole("{\"summary\":1}"); }},
      {"over budget", [](ServerSettings& s) { s.daily_tokens = 10; }, {}},
      {"refused", nothing, [](const Asked&) { return problem(401); }},
      {"failing", nothing, [](const Asked&) { return problem(500); }},
  };
  start();
  std::int64_t id = 10;
  for (const Row& row : rows) {
    ServerSettings s = settings();
    row.set(s);
    client->use(s);
    server.answers(row.make);
    const auto begun = std::chrono::steady_clock::now();
    add(++id);
    // The write of the lead waited for nobody.
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s) << row.story;
    settle();
    EXPECT_FALSE(of(id).refined) << row.story;
    EXPECT_EQ(lead(id), "water_leak 2 客厅顶上滴水 open 1") << row.story;
  }
  EXPECT_EQ(refining->figures().refined, 0u);
  // And when it works again, it goes on.
  client->use(settings());
  server.answers([](const Asked& asked) { return says(asked, kRefined); });
  add(99);
  settle();
  EXPECT_TRUE(of(99).refined);
}

TEST_F(RefiningTest, TheQueueIsBounded) {
  std::atomic<bool> go = false;
  server.answers([&](const Asked& asked) {
    for (int i = 0; i < 400 && !go; ++i) std::this_thread::sleep_for(5ms);
    return says(asked, kRefined);
  });
  ServerSettings patient = settings();
  patient.deadline = 10s;
  client->use(patient);
  start({.most_waiting = 3, .workers = 1});
  for (int id = 1; id <= 30; ++id) add(id, "漏水" + std::to_string(id));
  for (int i = 0; i < 400 && refining->figures().dropped == 0; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_LE(refining->figures().waiting, 3u);
  go = true;
  settle();
  const auto figures = refining->figures();
  EXPECT_GT(figures.dropped, 0u);
  EXPECT_EQ(figures.dropped + figures.refined, 30u);
  EXPECT_TRUE(of(30).refined);  // the newest are kept
}

TEST_F(RefiningTest, StoppingWaitsForNoServer) {
  server.answers([](const Asked&) {
    Reply reply = whole(kRefined);
    reply.wait = 20s;
    return reply;
  });
  ServerSettings patient = settings();
  patient.deadline = 60s;
  client->use(patient);
  start();
  add(1);
  for (int i = 0; i < 400 && server.asked().empty(); ++i) std::this_thread::sleep_for(5ms);
  const auto begun = std::chrono::steady_clock::now();
  refining->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
}

}  // namespace
}  // namespace linli::assist
