#include "channels/sender.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "people/groups.h"
#include "store/databases_for_tests.h"
#include "store/migrate.h"

namespace linli {
namespace {

using namespace std::chrono_literals;
using How = Sender::Said::How;

class SenderTest : public testing::Test {
 protected:
  template <class F>
  auto write(F work) {
    return *writer->write(std::move(work)).get();
  }
  void SetUp() override {
    auto connection = database.connect(Access::write);
    ASSERT_TRUE(connection && migrate(*connection, database));
    writer.emplace(std::move(*connection), Writer::Options{});
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'webhook', 0)"));
      LINLI_TRY(Groups::write(tx, Group{.id = GroupId{9}, .channel = ChannelId{1}, .external_id = "g"}));
      return true;
    });
    readers.emplace(database, 1);
  }
  void TearDown() override {
    sender.reset();
    readers.reset();
    writer.reset();
  }
  OutgoingId add(std::int64_t subject, OutState state = OutState::held, Instant due = SystemClock().now()) {
    outgoing::Item item{.id = OutgoingId{subject}, .purpose = "reply", .subject = subject, .group = GroupId{9}};
    item.state = state;
    item.due_at = due;
    item.words.text = "好的";
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(outgoing::add(tx, sealer, item));
      return true;
    });
    return item.id;
  }
  void start(Sender::WayOut way) {
    sender.emplace(*writer, *readers, sealer, clock,
                   Sender::Ports{.way = [way](GroupId) { return way; },
                                 .still_wanted = [this](Tx&, const outgoing::Item&) -> Result<bool> { return wanted; },
                                 .changed = [this](Tx&, const outgoing::Item&) -> Result<void> {
                                   ++changes;
                                   return {};
                                 }},
                   Sender::Options{.most_tries = 3, .first_pause = 5ms});
    sender->start();
  }
  OutState state(OutgoingId id) {
    return (*readers->read([&](Tx& tx) { return outgoing::find(tx, sealer, id); }).get())->state;
  }
  // Within ten seconds, or it is what it is.
  OutState becomes(OutgoingId id, OutState wanted_state) {
    for (int i = 0; i < 1'000 && state(id) != wanted_state; ++i) std::this_thread::sleep_for(10ms);
    return state(id);
  }

  TemporaryFolder folder;
  Database database = Database::sqlite(folder.path() / "linli.db");
  SystemClock clock;
  Sealer sealer = Sealer::for_test();
  std::optional<Writer> writer;
  std::optional<Readers> readers;
  std::atomic<bool> wanted = true;
  std::atomic<int> calls = 0, changes = 0;
  std::optional<Sender> sender;
};

TEST_F(SenderTest, WhatIsDueIsSaidOnce) {
  const auto id = add(1), later = add(2, OutState::held, clock.now() + 1h);
  start({true, [&](const outgoing::Item& item) {
           EXPECT_EQ(item.words.text, "好的");
           ++calls;
           return Sender::Said{How::sent, "m1", {}};
         }});
  EXPECT_EQ(becomes(id, OutState::sent), OutState::sent);
  const auto soon = add(3);
  sender->wake();
  EXPECT_EQ(becomes(soon, OutState::sent), OutState::sent);
  EXPECT_EQ(state(later), OutState::held);
  EXPECT_EQ(calls, 2);
}

TEST_F(SenderTest, Ways) {
  struct Row {
    const char* story;
    bool idempotent;
    How how;
    OutState end;
    int calls;
  };
  int subject = 10;
  for (const Row& row : {Row{"refused for good", true, How::failed, OutState::failed, 1},
                         {"not now, and never", true, How::again, OutState::failed, 3},
                         {"no answer, but it knows repetitions", true, How::unknown, OutState::failed, 3},
                         {"no answer, and it would say it twice", false, How::unknown, OutState::unknown, 1}}) {
    calls = 0;
    const auto id = add(++subject);
    start({row.idempotent, [&](const outgoing::Item&) {
             ++calls;
             return Sender::Said{row.how, {}, "why"};
           }});
    EXPECT_EQ(becomes(id, row.end), row.end) << row.story;
    EXPECT_EQ(calls, row.calls) << row.story;
    sender.reset();
  }
}

TEST_F(SenderTest, WithoutAWayOutAPersonCopies) {
  const auto id = add(1);
  start({});
  EXPECT_EQ(becomes(id, OutState::to_relay), OutState::to_relay);
}

TEST_F(SenderTest, WhatIsNotWantedAnyMoreIsNotSaid) {
  wanted = false;
  const auto id = add(1);
  start({true, [&](const outgoing::Item&) {
           ++calls;
           return Sender::Said{How::sent, {}, {}};
         }});
  std::this_thread::sleep_for(50ms);
  sender->stop();
  EXPECT_EQ(calls, 0);
  EXPECT_NE(state(id), OutState::sent);
}

// What another node, or this one before the database came back, is saying is not said beside it.
TEST_F(SenderTest, WhatIsBeingSaidIsNotDue) {
  start({false, [&](const outgoing::Item&) {
           ++calls;
           return Sender::Said{How::sent, {}, {}};
         }});
  const auto first = add(1);
  sender->wake();
  EXPECT_EQ(becomes(first, OutState::sent), OutState::sent);  // what a crash left was looked for before this
  const auto another = add(2, OutState::sending), next = add(3);
  sender->wake();
  EXPECT_EQ(becomes(next, OutState::sent), OutState::sent);
  EXPECT_EQ(state(another), OutState::sending);
  EXPECT_EQ(calls, 2);
}

// Killed between the call and what came of it: who knows repetitions hears it again, nobody else does.
TEST_F(SenderTest, AfterACrashWhileSending) {
  const auto know = add(1, OutState::sending);
  start({true, [&](const outgoing::Item&) {
           ++calls;
           return Sender::Said{How::sent, {}, {}};
         }});
  EXPECT_EQ(becomes(know, OutState::sent), OutState::sent);
  sender.reset();
  calls = 0;
  const auto blind = add(2, OutState::sending);
  start({false, [&](const outgoing::Item&) {
           ++calls;
           return Sender::Said{How::sent, {}, {}};
         }});
  EXPECT_EQ(becomes(blind, OutState::unknown), OutState::unknown);
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace linli
