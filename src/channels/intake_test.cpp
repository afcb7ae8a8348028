#include "channels/intake.h"

#include <future>
#include <mutex>

#include "channels/messages.h"
#include "store/databases_for_tests.h"
#include "store/outbox.h"

namespace linli {
namespace {

using namespace std::chrono_literals;

const Instant kNow = *parse_time("2026-11-23T10:00:00Z");

class IntakeTest : public EachDatabase {
 protected:
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    open();
  }
  void TearDown() override { close(); }

  void open(Intake::Options options = {}) {
    writer.emplace(connect(), Writer::Options{});
    outbox.emplace(*writer);
    readers.emplace(database(), 1);
    groups.emplace();
    channels.emplace();
    ASSERT_TRUE(readers
                    ->read([&](Tx& tx) -> Result<bool> {
                      LINLI_TRY(groups->load(tx));
                      LINLI_TRY(channels->load(tx, sealer));
                      return true;
                    })
                    .get());
    Intake::Ports ports;
    ports.placing = [this](std::vector<StoredMessage> messages) {
      std::lock_guard lock(mutex);
      for (auto& m : messages) placed.push_back(std::move(m));
    };
    ports.has_room = [this](std::size_t) { return room.load(); };
    ports.store_blob = [](std::string_view bytes) -> Result<std::string> { return "blob of " + std::string(bytes); };
    intake.emplace(*writer, sealer, ids, clock, *channels, *groups, opt_outs, member_roles, rhythms, std::move(ports),
                   options);
  }
  void close() {
    if (!writer) return;
    intake->stop();
    writer->stop();
    readers->stop();
    intake.reset();
    outbox.reset();
    readers.reset();
    writer.reset();
  }

  Channel add_channel(bool admit_all, std::string name = "way") {
    Channel channel{
        .id = ids.draw<ChannelId>(), .name = std::move(name), .admit_all = admit_all, .created_at = clock.now()};
    channel.secrets.push_back(WebhookSecret::generate());
    EXPECT_TRUE(writer
                    ->write([&](Tx& tx) -> Result<bool> {
                      LINLI_TRY(Channels::add(tx, sealer, channel));
                      return true;
                    })
                    .get());
    channels->keep(channel);
    return channel;
  }

  Result<Receipt> take(const Channel& channel, std::vector<Message> messages, bool imported = false) {
    std::promise<Result<Receipt>> promise;
    auto future = promise.get_future();
    auto taken = intake->take(channel, std::move(messages), imported,
                              [&](Result<Receipt> r) { promise.set_value(std::move(r)); });
    if (!taken) return tl::unexpected(taken.error());
    return future.get();
  }
  Result<Receipt> post(const Channel& channel, const std::string& body, std::optional<std::string> signature = {}) {
    const std::string at = std::to_string(clock.now().time_since_epoch() / 1s);
    std::promise<Result<Receipt>> promise;
    auto future = promise.get_future();
    Delivery delivery{std::make_shared<Channel>(channel),
                      "msg_1",
                      at,
                      signature.value_or(sign(channel.secrets[0], "msg_1", at, body)),
                      body,
                      BodyForm::json};
    auto taken = intake->deliver(std::move(delivery), [&](Result<Receipt> r) { promise.set_value(std::move(r)); });
    if (!taken) return tl::unexpected(taken.error());
    return future.get();
  }

  static Message said(std::string id, std::string group, std::string text = "停水了", Instant at = kNow) {
    Message m;
    m.id = std::move(id);
    m.group = std::move(group);
    m.sender = "s1";
    m.sender_name = "李姐";
    m.text = std::move(text);
    m.sent_at = at;
    return m;
  }

  std::vector<StoredMessage> stored() {
    return *readers->read([&](Tx& tx) { return stored_messages_after(tx, sealer, {}, 1'000); }).get();
  }
  template <class T>
  T value(std::string_view sql) {
    return **readers->read([&](Tx& tx) { return tx.value<T>(sql); }).get();
  }

  ManualClock clock{kNow};
  IdSource ids{clock};
  Sealer sealer = Sealer::for_test();
  std::optional<Writer> writer;
  std::optional<Outbox> outbox;
  std::optional<Readers> readers;
  std::optional<Groups> groups;
  std::optional<Channels> channels;
  OptOuts opt_outs;
  MemberRoles member_roles;
  Rhythms rhythms{TimeZone::shanghai()};
  std::optional<Intake> intake;
  std::mutex mutex;
  std::vector<StoredMessage> placed;
  std::atomic<bool> room{true};
};

#define EXPECT_RECEIPT(receipt, f, k, d) \
  {                                      \
    const auto got = (receipt);          \
    ASSERT_TRUE(got);                    \
    EXPECT_EQ(got->fresh, f##u);         \
    EXPECT_EQ(got->known, k##u);         \
    EXPECT_EQ(got->dropped, d##u);       \
  }

TEST_P(IntakeTest, StoresOnceAndHandsOnInCommitOrder) {
  const Channel way = add_channel(true);
  Message first = said("m1", "g1");
  first.reply_to = "m0";
  first.mentions = {"a", "b"};
  EXPECT_RECEIPT(take(way, {first, said("m2", "g1", "两次"), said("m2", "g1", "两次"), said("m3", "g2")}), 3, 1, 0);
  EXPECT_RECEIPT(take(way, {said("m4", "g1"), first}), 1, 1, 0);
  EXPECT_RECEIPT(take(add_channel(true, "other"), {first}), 1, 0, 0);  // ids are a channel's own

  const auto all = stored();
  ASSERT_EQ(all.size(), 5u);
  ASSERT_EQ(placed.size(), 5u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].id, placed[i].id);
    EXPECT_EQ(all[i].message.text, placed[i].message.text);
    EXPECT_EQ(all[i].group, placed[i].group);
    EXPECT_TRUE(placed[i].live);
    if (i > 0) {
      EXPECT_LT(all[i - 1].id, all[i].id);
    }
  }
  EXPECT_EQ(all[0].message.mentions, first.mentions);
  EXPECT_EQ(all[0].message.reply_to, "m0");
  EXPECT_EQ(all[0].message.sender_name, "李姐");
}

TEST_P(IntakeTest, NothingPersonalIsReadableInTheDatabase) {
  take(add_channel(true), {said("m1", "g1", "只此一句")});
  EXPECT_EQ(value<std::string>("SELECT body FROM messages").find("只此一句"), std::string::npos);
}

TEST_P(IntakeTest, KeepsOnlyAdmittedGroups) {
  const Channel way = add_channel(false);
  Message unknown = said("m1", "g1");
  unknown.group_name = "东苑群";
  EXPECT_RECEIPT(take(way, {unknown, said("m2", "")}), 0, 0, 2);
  EXPECT_RECEIPT(take(way, {said("m3", "g1")}), 0, 0, 1);
  EXPECT_TRUE(stored().empty());
  auto group = groups->find(way.id, "g1");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->state, GroupState::waiting);
  EXPECT_EQ(group->name, "东苑群");
  EXPECT_EQ(group->dropped, 2);

  groups->keep(admitted(*group, {"街", "社", "格", "r", "b", {}, {}}, {}, clock.now()));
  EXPECT_RECEIPT(take(way, {said("m1", "g1")}), 1, 0, 0);  // what was dropped is not known
  groups->keep(refused(*groups->find(way.id, "g1")));
  EXPECT_RECEIPT(take(way, {said("m9", "g1")}), 0, 0, 1);

  intake->stop();
  EXPECT_EQ(value<std::int64_t>("SELECT SUM(count) FROM dropped WHERE reason = 'not_admitted'"), 3);
  EXPECT_EQ(value<std::int64_t>("SELECT SUM(count) FROM dropped WHERE reason = 'one_to_one'"), 1);
  EXPECT_EQ(value<std::int64_t>("SELECT dropped_count FROM groups"), 3);
  EXPECT_EQ(value<std::int64_t>("SELECT message_count FROM groups"), 1);
}

TEST_P(IntakeTest, GroupsThatNobodyHasDecidedOnAreBounded) {
  close();
  open({.max_waiting_groups = 2});
  const Channel way = add_channel(false);
  EXPECT_RECEIPT(take(way, {said("m1", "g1"), said("m2", "g2"), said("m3", "g3")}), 0, 0, 3);
  EXPECT_RECEIPT(take(way, {said("m4", "g4"), said("m5", "g1")}), 0, 0, 2);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM groups"), 2);
  EXPECT_EQ(intake->figures().dropped[static_cast<std::size_t>(Intake::Drop::too_many_groups)], 2u);
  // One is decided on: there is room for another.
  groups->keep(refused(*groups->find(way.id, "g1")));
  EXPECT_RECEIPT(take(way, {said("m6", "g3")}), 0, 0, 1);
  EXPECT_TRUE(groups->find(way.id, "g3"));
  intake->stop();
  EXPECT_EQ(value<std::int64_t>("SELECT SUM(count) FROM dropped WHERE reason = 'too_many_groups'"), 2);
}

TEST_P(IntakeTest, ANewGroupGetsOneIdHoweverManyTellOfIt) {
  const Channel way = add_channel(true);
  constexpr int kDeliveries = 40;
  std::vector<std::promise<Result<Receipt>>> answers(kDeliveries);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < kDeliveries; i += 4) {
        auto taken =
            intake->take(way, {said("m" + std::to_string(i), "g" + std::to_string(i / 8))}, false,
                         [&, i](Result<Receipt> r) { answers[static_cast<std::size_t>(i)].set_value(std::move(r)); });
        ASSERT_TRUE(taken);
      }
    });
  }
  for (auto& answer : answers) EXPECT_RECEIPT(answer.get_future().get(), 1, 0, 0);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM groups"), 5);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM messages m JOIN groups g ON g.id = m.group_id"), kDeliveries);
}

TEST_P(IntakeTest, TimesAheadAreClampedAndLateOnesAreHistoric) {
  const Channel way = add_channel(true);
  take(way, {said("a", "g", "", kNow + 5min), said("b", "g", "", kNow + 5min + 1ms), said("c", "g", "", kNow - 30min),
             said("d", "g", "", kNow - 31min)});
  take(way, {said("e", "g")}, true);
  ASSERT_EQ(placed.size(), 5u);
  const struct {
    bool clamped, live;
    Instant at;
  } rows[] = {{false, true, kNow + 5min},
              {true, true, kNow},
              {false, true, kNow - 30min},
              {false, false, kNow - 31min},
              {false, false, kNow}};
  const auto all = stored();
  for (std::size_t i = 0; i < 5; ++i) {
    for (const StoredMessage& m : {placed[i], all[i]}) {
      EXPECT_EQ(m.time_clamped, rows[i].clamped) << i;
      EXPECT_EQ(m.live, rows[i].live) << i;
      EXPECT_EQ(m.message.sent_at, rows[i].at) << i;
      EXPECT_EQ(m.received_at, kNow) << i;
    }
  }
}

TEST_P(IntakeTest, RecallsHide) {
  const Channel way = add_channel(true);
  const auto recall = [](std::string id, std::string of) {
    Message m = said(std::move(id), "g", "");
    m.type = MessageType::recall;
    m.recalls = std::move(of);
    return m;
  };
  take(way, {said("m1", "g", "说错了")});
  take(way, {recall("r1", "m1")});
  take(way, {said("m2", "g", "也说错了"), recall("r2", "m2")});
  take(way, {recall("r3", "m3")});
  EXPECT_RECEIPT(take(way, {said("m3", "g", "来晚了")}), 0, 1, 0);  // recalled before it came: never stored
  EXPECT_RECEIPT(take(way, {recall("r4", "m3")}), 1, 0, 0);

  const auto all = stored();
  ASSERT_EQ(all.size(), 6u);
  EXPECT_TRUE(all[0].recalled);
  EXPECT_EQ(all[0].message.text, "");
  EXPECT_EQ(placed[1].recalls, all[0].id);
  EXPECT_TRUE(all[2].recalled);
  EXPECT_TRUE(placed[2].recalled);
  EXPECT_EQ(placed[2].message.text, "");
  EXPECT_FALSE(placed[4].recalls);
  EXPECT_FALSE(placed[5].recalls);
}

TEST_P(IntakeTest, AttachmentsAreStoredFirst) {
  Message m = said("m1", "g");
  m.attachments = {{"图.jpg", "image/jpeg", "bytes"}, {"单.pdf", "application/pdf", ""}};
  take(add_channel(true), {m});
  EXPECT_EQ(value<std::string>("SELECT blob FROM attachments WHERE position = 0"), "blob of bytes");
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM attachments WHERE blob IS NULL AND position = 1"), 1);
  const auto files = readers->read([&](Tx& tx) { return message_files(tx, sealer, placed[0].id); }).get();
  EXPECT_EQ(files->at(0).name, "图.jpg");
  EXPECT_EQ(files->at(0).size, 5);
}

TEST_P(IntakeTest, DeliveriesAreVerifiedAndRefusedSingly) {
  const Channel way = add_channel(true);
  const std::string good = R"({"id":"m1","group":"g","ts":"2026-11-23T09:59:00Z","sender":"s","text":"停水了"})";
  const auto receipt = post(way, "[" + good + R"(,{"id":"x"},7])");
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->fresh, 1u);
  ASSERT_EQ(receipt->refused.size(), 2u);
  EXPECT_EQ(receipt->refused[0].index, 1u);
  EXPECT_EQ(receipt->refused[0].error.code, Errc::missing_field);
  EXPECT_EQ(post(way, good, "v1,x").error().code, Errc::bad_signature);
  EXPECT_EQ(post(way, "nothing").error().code, Errc::bad_json);
  EXPECT_RECEIPT(post(way, "[]"), 0, 0, 0);
  const auto f = intake->figures();
  EXPECT_EQ(f.fresh, 1u);
  EXPECT_EQ(f.refused, 2u);
  EXPECT_EQ(f.bad_signature, 1u);
  EXPECT_EQ(f.waiting, 0u);
}

TEST_P(IntakeTest, OverloadIsSaidAtOnceAndLosesNothing) {
  close();
  open({.max_waiting = 10});
  const Channel way = add_channel(true);
  std::promise<void> held, release;
  ASSERT_TRUE(writer->between([&](Connection&) {
    held.set_value();
    release.get_future().wait();
  }));
  held.get_future().wait();
  std::vector<std::future<Result<Receipt>>> answers;
  std::optional<Errc> refused;
  for (int i = 0; i < 12; ++i) {
    auto promise = std::make_shared<std::promise<Result<Receipt>>>();
    auto taken = intake->take(way, {said("m" + std::to_string(i), "g")}, false,
                              [promise](Result<Receipt> r) { promise->set_value(std::move(r)); });
    if (taken) answers.push_back(promise->get_future());
    else refused = taken.error().code;
  }
  EXPECT_EQ(answers.size(), 10u);
  EXPECT_EQ(refused, Errc::overloaded);
  release.set_value();
  for (auto& answer : answers) EXPECT_RECEIPT(answer.get(), 1, 0, 0);
  EXPECT_EQ(stored().size(), 10u);
  room = false;  // what comes behind is full
  EXPECT_EQ(take(way, {said("n", "g")}).error().code, Errc::overloaded);
}

TEST_P(IntakeTest, AfterARestartEverythingIsKnown) {
  const Channel way = add_channel(true);
  take(way, {said("m1", "g"), said("m2", "g")});
  close();
  open();
  const auto again = channels->find("way");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->secrets[0].text(), way.secrets[0].text());
  EXPECT_EQ(groups->find(way.id, "g")->messages, 2);
  EXPECT_RECEIPT(take(*again, {said("m1", "g"), said("m2", "g"), said("m3", "g")}), 1, 2, 0);
}

TEST_P(IntakeTest, AfterStopNothingIsTaken) {
  const Channel way = add_channel(true);
  intake->stop();
  EXPECT_EQ(take(way, {said("m1", "g")}).error().code, Errc::shutting_down);
  EXPECT_EQ(post(way, "[]").error().code, Errc::shutting_down);
}

// The words are heard at once, also for what comes behind them in the same delivery; nothing of it is kept.
TEST_P(IntakeTest, WhoOptsOutIsNotKept) {
  const Channel way = add_channel(true), other = add_channel(true, "other");
  Message neighbour = said("3", "g");
  neighbour.sender = "s2";
  EXPECT_RECEIPT(take(way, {said("0", "g"), said("1", "g", "退出邻里"), said("2", "g"), neighbour}), 2, 0, 2);
  EXPECT_RECEIPT(take(way, {said("4", "another"), said("5", "g", "漏水了")}), 0, 0, 2);
  EXPECT_RECEIPT(take(other, {said("6", "g")}), 1, 0, 0);
  OptOuts again;
  ASSERT_TRUE(writer
                  ->write([&](Tx& tx) -> Result<bool> {
                    LINLI_TRY(again.load(tx));
                    return true;
                  })
                  .get());
  EXPECT_EQ(again.count(), 1u) << "it outlives a restart";
  clock.advance(1min);
  EXPECT_RECEIPT(take(way, {said("7", "g", "加入邻里", kNow + 1min), said("8", "g")}), 1, 0, 1);
  EXPECT_EQ(stored().size(), 4u);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM audit WHERE what LIKE 'resident.opted%'"), 2);
  EXPECT_EQ(intake->figures().dropped[static_cast<std::size_t>(Intake::Drop::opted_out)], 5u);
}

// A channel that delivers again what it delivered before, or late, turns nobody's choice round.
TEST_P(IntakeTest, OldWordsToldAgainChangeNobodysChoice) {
  const Channel way = add_channel(true);
  const auto choices = [&] {
    return value<std::int64_t>("SELECT COUNT(*) FROM audit WHERE what LIKE 'resident.opted%'");
  };
  const Message out = said("1", "g", "退出邻里", kNow), in = said("2", "g", "加入邻里", kNow + 1min);
  take(way, {out});
  take(way, {out});
  EXPECT_EQ(choices(), 1);
  clock.advance(2min);
  take(way, {in});
  EXPECT_RECEIPT(take(way, {out, said("3", "g")}), 1, 0, 1);
  EXPECT_EQ(choices(), 2);
  take(way, {said("4", "g", "退出邻里", kNow + 2min)});
  EXPECT_RECEIPT(take(way, {in, said("5", "another")}), 0, 0, 2);
  EXPECT_EQ(choices(), 3);
}

TEST_P(IntakeTest, WhoOptedOutStillTakesBackWhatTheySaidBefore) {
  const Channel way = add_channel(true);
  take(way, {said("1", "g", "家里没人"), said("2", "g", "退出邻里")});
  Message recall = said("3", "g", "");
  recall.type = MessageType::recall;
  recall.recalls = "1";
  EXPECT_RECEIPT(take(way, {recall}), 1, 0, 0);
  EXPECT_RECEIPT(take(way, {recall}), 0, 1, 0);
  const auto all = stored();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].recalled);
  EXPECT_EQ(all[0].message.text, "");
  EXPECT_EQ(all[1].message.sender, "");
  EXPECT_EQ(all[1].message.sender_name, "");
  EXPECT_EQ(value<std::int64_t>("SELECT sender FROM messages ORDER BY id DESC LIMIT 1"), 0);
  ASSERT_EQ(placed.size(), 2u);
  EXPECT_EQ(placed[1].recalls, placed[0].id) << "leads are told";
}
ON_EACH_DATABASE(IntakeTest);

}  // namespace
}  // namespace linli
