// Ids, time, text, queues, tasks, log.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/task_group.h"
#include "base/unique_function.h"
#include "base/utf8.h"

namespace linli {
namespace {

using namespace std::chrono_literals;

TEST(Time, ReadsAndWritesRfc3339) {
  struct Row {
    const char* text;
    std::int64_t millis;
  };
  constexpr Row rows[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-11-23T02:32:10.344Z", 1795401130344},
      {"2026-11-23T10:32:10.344+08:00", 1795401130344},
      {"2026-11-22t21:02:10.344999999-05:30", 1795401130344},
      {"2024-02-29T23:59:60Z", 1709251200000},  // leap second
      {"1969-12-31T23:59:59.9Z", -100},
  };
  for (const Row& row : rows) {
    const auto at = parse_time(row.text);
    ASSERT_TRUE(at) << row.text;
    EXPECT_EQ(to_millis(*at), row.millis) << row.text;
    EXPECT_EQ(parse_time(format_time(*at)), at);
  }
  EXPECT_EQ(format_time(from_millis(1795401130344)), "2026-11-23T02:32:10.344Z");
  EXPECT_EQ(format_time(from_millis(1795401130000)), "2026-11-23T02:32:10Z");
}

TEST(Time, RefusesWhatIsNotAnInstant) {
  for (const char* text :
       {"", "2026-11-23", "2026-11-23T02:32:10", "2026-11-23T02:32:10+08", "2026-11-23T02:32:10.Z",
        "2026-11-23T02:32:10.1234567890Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z",
        "2026-11-23T02:32Z", "2026-11-23T02:32:10Zx", "2026-11-23 02:32:10Z"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(Ids, RiseAlsoWhenTheClockStepsBack) {
  ManualClock clock(from_millis(1795401130344));
  IdSource ids(clock, 3);
  std::int64_t last = 0;
  for (int i = 0; i < 10'000; ++i) {
    if (i == 5'000) clock.advance(-1h);
    const auto id = ids.next();
    ASSERT_GT(id, last);
    last = id;
  }
  ids.stay_above(last + (std::int64_t{1} << 40));
  EXPECT_GT(ids.next(), last + (std::int64_t{1} << 40));
}

TEST(Ids, AreDrawnOnceAcrossThreads) {
  ManualClock clock(from_millis(1795401130344));
  IdSource ids(clock);
  std::vector<std::int64_t> drawn[4];
  {
    std::vector<std::jthread> threads;
    for (auto& mine : drawn)
      threads.emplace_back([&] {
        for (int i = 0; i < 5'000; ++i) mine.push_back(ids.next());
      });
  }
  std::set<std::int64_t> all;
  for (const auto& mine : drawn) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 20'000u);
}

TEST(Ids, TextIsRead) {
  const LeadId lead{0x0123456789abcdef};
  EXPECT_EQ(to_text(lead), "lead_028t5cy4tqkff");
  EXPECT_EQ(parse_id<LeadTag>(to_text(lead)), lead);
  EXPECT_EQ(parse_id<LeadTag>("lead_028T5CY4TQKFF"), lead);
  for (const char* wrong : {"", "lead_", "msg_028t5cy4tqkff", "lead_028t5cy4tqkf", "lead_028t5cy4tqkffx",
                            "lead_028t5cy4tqkfu", "lead_z28t5cy4tqkff", "lead_0000000000000", "lead028t5cy4tqkff"})
    EXPECT_FALSE(parse_id<LeadTag>(wrong)) << wrong;
}

TEST(Utf8, ValidatesCountsAndCuts) {
  EXPECT_TRUE(valid_utf8("3栋又停水了😀"));
  for (const char* wrong : {"\xff", "\xe4\xb8", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"})
    EXPECT_FALSE(valid_utf8(wrong));
  EXPECT_EQ(code_points("3栋😀"), 3u);
  EXPECT_EQ(first_code_points("3栋又停水了", 3), "3栋又");
  EXPECT_EQ(first_code_points("abc", 3), "abc");
  EXPECT_EQ(first_bytes("3栋又", 5), "3栋");
  EXPECT_EQ(first_bytes("栋", 2), "");
  EXPECT_TRUE(has_nul(std::string_view("a\0b", 3)));
  EXPECT_FALSE(has_nul(""));
}

TEST(BoundedQueue, RefusesWhenFullAndEndsWhenClosed) {
  BoundedQueue<std::unique_ptr<int>> queue(10);
  EXPECT_EQ(queue.try_push(std::make_unique<int>(1), 100), Push::taken);  // alone, heavier than the bound
  auto second = std::make_unique<int>(2);
  EXPECT_EQ(queue.try_push(std::move(second)), Push::full);
  ASSERT_TRUE(second) << "a refused item stays with its owner";
  EXPECT_EQ(queue.push(std::move(second), Deadline::in(5ms)), Push::full);
  EXPECT_EQ(**queue.pop(Deadline::in(1s)), 1);
  EXPECT_EQ(queue.try_push(std::move(second)), Push::taken);
  queue.close();
  EXPECT_EQ(queue.try_push(std::make_unique<int>(3)), Push::closed);
  EXPECT_FALSE(queue.finished());
  EXPECT_EQ(**queue.pop(Deadline::in(1s)), 2);
  EXPECT_FALSE(queue.pop(Deadline::in(1h)));
  EXPECT_TRUE(queue.finished());
}

TEST(BoundedQueue, GivesEverythingOnceBetweenThreads) {
  BoundedQueue<int> queue(16);
  std::atomic<long> sum{0};
  TaskGroup readers;
  for (int i = 0; i < 2; ++i)
    readers.spawn("reader", [&](std::stop_token) {
      while (auto item = queue.pop(Deadline::in(10s))) sum += *item;
    });
  for (int i = 1; i <= 2'000; ++i) ASSERT_EQ(queue.push(int(i), Deadline::in(10s)), Push::taken);
  queue.close();
  readers.stop();
  EXPECT_EQ(sum, 2'000 * 2'001 / 2);
}

TEST(TaskGroup, StopEndsItsThreads) {
  std::atomic<int> ended{0};
  TaskGroup group;
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(group.spawn("waiting", [&](std::stop_token stop) {
      while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
      ++ended;
    }));
  group.stop();
  group.stop();
  EXPECT_EQ(ended, 3);
  EXPECT_FALSE(group.spawn("late", [](std::stop_token) {}));
}

TEST(UniqueFunction, OwnsWhatCanOnlyBeMoved) {
  UniqueFunction<int(int)> add = [owned = std::make_unique<int>(40)](int n) { return *owned + n; };
  UniqueFunction<int(int)> moved = std::move(add);
  EXPECT_EQ(moved(2), 42);
  EXPECT_FALSE(add);
}

TEST(Log, WritesOneJsonObjectALine) {
  std::string lines;
  log::capture(&lines);
  log::info("intake.committed", {{"request", "r\"1\n"}, {"new", 500}, {"ratio", 0.5}, {"late", false}});
  log::debug("not.written");
  log::error("store.failed", Error{Errc::disk_full, Where::at("linli.db"), {}}, {{"tries", 2u}});
  log::capture(nullptr);
  EXPECT_NE(
      lines.find(
          R"("level":"info","event":"intake.committed","request":"r\"1\u000a","new":500,"ratio":0.5,"late":false})"),
      lines.npos)
      << lines;
  EXPECT_NE(lines.find(R"("event":"store.failed","code":"disk_full","place":"linli.db","tries":2})"), lines.npos)
      << lines;
  EXPECT_EQ(lines.find("not.written"), lines.npos);
}

}  // namespace
}  // namespace linli
