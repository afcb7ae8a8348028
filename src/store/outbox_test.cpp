#include "store/outbox.h"

#include <condition_variable>
#include <mutex>

#include "base/log.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

using namespace std::chrono_literals;

Event event(std::int64_t subject, Instant at = from_millis(1000)) {
  return {0, "lead.opened", subject, "锦和街道/锦和社区/3", "leads.read", at, R"({"messages":["1"]})"};
}

class OutboxTest : public EachDatabase {
 protected:
  static std::vector<std::int64_t> subjects(const std::vector<Event>& events) {
    std::vector<std::int64_t> out;
    for (const Event& e : events) out.push_back(e.subject);
    return out;
  }
  Result<std::int64_t> append(Writer& writer, std::int64_t subject, Instant at = from_millis(1000)) {
    return writer
        .write([=](Tx& tx) -> Result<std::int64_t> {
          LINLI_TRY(Outbox::append(tx, event(subject, at)));
          return subject;
        })
        .get();
  }
  Position ask(Result<Position> (*question)(Tx&)) {
    Connection connection = connect(Access::read);
    auto tx = connection.begin(Access::read);
    return question(*tx).value();
  }
  std::vector<Event> after(Position position, std::size_t limit = 100) {
    Connection connection = connect(Access::read);
    auto tx = connection.begin(Access::read);
    return Outbox::after(*tx, position, limit).value();
  }
};

TEST_P(OutboxTest, EventsComeBackInOrderAfterAPosition) {
  Writer writer(connect(), {});
  Outbox outbox(writer);
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(append(writer, i));
  const auto all = after(0);
  ASSERT_EQ(subjects(all), (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(all[0].kind, "lead.opened");
  EXPECT_EQ(all[0].grid_path, "锦和街道/锦和社区/3");
  EXPECT_EQ(all[0].min_right, "leads.read");
  EXPECT_EQ(to_millis(all[0].at), 1000);
  EXPECT_EQ(all[0].detail, R"({"messages":["1"]})");
  EXPECT_EQ(subjects(after(all[1].position, 2)), (std::vector<std::int64_t>{3, 4}));
  EXPECT_TRUE(after(all[4].position).empty());
  EXPECT_EQ(ask(Outbox::newest), all[4].position);
}

TEST_P(OutboxTest, WhatIsRolledBackIsNeverSeen) {
  Writer writer(connect(), {});
  Outbox outbox(writer);
  EXPECT_FALSE(writer
                   .write([](Tx& tx) -> Result<int> {
                     LINLI_TRY(Outbox::append(tx, event(1)));
                     return fail(Errc::stale);
                   })
                   .get());
  ASSERT_TRUE(append(writer, 2));
  EXPECT_EQ(subjects(after(0)), std::vector<std::int64_t>{2});
}

TEST_P(OutboxTest, ListenersAreWokenAfterTheCommitAndNeverAfterTheyEnd) {
  Writer writer(connect(), {});
  Outbox outbox(writer);
  std::atomic<int> woken{0};
  std::atomic<bool> saw_it{false};
  auto listener = outbox.listen([&] {
    ++woken;
    saw_it = !after(0).empty();
  });
  ASSERT_TRUE(append(writer, 1));
  EXPECT_GE(woken, 1) << "before the work's own Done";
  EXPECT_TRUE(saw_it);
  const int before = woken;
  ASSERT_TRUE(writer.write([](Tx& tx) { return tx.run("UPDATE cursors SET position = 1"); }).get());
  EXPECT_EQ(woken, before) << "nothing new";
  listener.reset();
  ASSERT_TRUE(append(writer, 2));
  EXPECT_EQ(woken, before);
}

TEST_P(OutboxTest, PruningTakesABeginningAndPositionsGoOn) {
  Writer writer(connect(), {});
  Outbox outbox(writer);
  for (int i = 1; i <= 6; ++i) ASSERT_TRUE(append(writer, i, from_millis(i == 2 ? 9000 : i * 1000)));
  const auto all = after(0);
  const auto prune = [&](Instant before, std::size_t limit) {
    return writer.write([=](Tx& tx) { return Outbox::prune(tx, before, limit); }).get().value();
  };
  EXPECT_EQ(prune(from_millis(500), 100), 0);
  EXPECT_EQ(prune(from_millis(4000), 100), 1) << "the second is newer: it and what follows stays";
  EXPECT_EQ(ask(Outbox::pruned), all[0].position);
  EXPECT_EQ(prune(from_millis(99'000), 2), 2);
  EXPECT_EQ(prune(from_millis(99'000), 100), 3);
  EXPECT_EQ(ask(Outbox::newest), all[5].position);
  ASSERT_TRUE(append(writer, 7));
  const auto next = after(all[5].position);
  EXPECT_EQ(subjects(next), std::vector<std::int64_t>{7}) << "a reader at the old end misses nothing";
}

TEST_P(OutboxTest, ConsumersGoOnWhereTheyStoodAndTryAgain) {
  Writer writer(connect(), {});
  Outbox outbox(writer);
  Readers readers(database(), 1);
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::int64_t> seen;
  bool fail_once = true;
  const auto handle = [&](const std::vector<Event>& events, std::stop_token) -> Result<void> {
    std::lock_guard lock(mutex);
    if (std::exchange(fail_once, false)) return fail(Errc::too_late);
    for (const Event& e : events) seen.push_back(e.subject);
    changed.notify_all();
    return {};
  };
  const auto wait_for = [&](std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 10s, [&] { return seen.size() >= count; });
  };
  std::string lines;
  log::capture(&lines);
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(append(writer, i));
  {
    OutboxConsumer consumer(outbox, writer, readers, "test", handle, 2);
    EXPECT_TRUE(wait_for(5));
    ASSERT_TRUE(append(writer, 6));
    EXPECT_TRUE(wait_for(6));
  }
  ASSERT_TRUE(append(writer, 7));
  {
    OutboxConsumer consumer(outbox, writer, readers, "test", handle, 2);
    EXPECT_TRUE(wait_for(7));
  }
  log::capture(nullptr);
  EXPECT_NE(lines.find("outbox.consumer_failed"), lines.npos);
  // At least once: the last batch may come again after a stop before its cursor was stored.
  std::vector<std::int64_t> once;
  for (const auto s : seen)
    if (std::find(once.begin(), once.end(), s) == once.end()) once.push_back(s);
  EXPECT_EQ(once, (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7}));
}
ON_EACH_DATABASE(OutboxTest);

// The first to insert commits last: it must not appear behind a reader's back.
TEST(OutboxOnPostgres, TransactionsThatOverlapAreNumberedInCommitOrder) {
  auto* server = PostgresForTests::instance();
  if (!server) GTEST_SKIP() << "PostgreSQL 15 is missing";
  const Database database = Database::postgres(server->fresh_url());
  auto slow = database.connect(Access::write), quick = database.connect(Access::write),
       own = database.connect(Access::write);
  ASSERT_TRUE(slow && quick && own);
  ASSERT_TRUE(migrate(*own, database));
  Writer writer(std::move(*own), {});
  Outbox outbox(writer);
  auto reader = database.connect(Access::read);
  const auto read_after = [&](Position position) {
    auto tx = reader->begin(Access::read);
    return Outbox::after(*tx, position, 100).value();
  };
  const auto number = [&] {  // what follows any commit
    ASSERT_TRUE(writer.write([](Tx& tx) { return tx.run("UPDATE cursors SET position = position"); }).get());
  };

  auto first = slow->begin();
  ASSERT_TRUE(Outbox::append(*first, event(1)));
  auto second = quick->begin();
  ASSERT_TRUE(Outbox::append(*second, event(2)));
  EXPECT_TRUE(read_after(0).empty());
  ASSERT_TRUE(second->commit());
  EXPECT_TRUE(read_after(0).empty()) << "committed, but not numbered yet";
  number();
  const auto seen = read_after(0);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].subject, 2);
  ASSERT_TRUE(first->commit());
  number();
  const auto next = read_after(seen[0].position);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].subject, 1) << "the reader who stood at the end gets it";
}

}  // namespace
}  // namespace linli
