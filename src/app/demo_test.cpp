#include "app/demo.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>

#include "base/table_file.h"
#include "people/grid_plan.h"

namespace linli::app {
namespace {

TEST(Demo, TheEmbeddedDayIsWhole) {
  const auto day = DemoDay::embedded();
  ASSERT_TRUE(day);
  EXPECT_GT(day->messages.size(), 50u);
  // Every group's grid stands in the district's tree.
  const auto table = read_table(day->grids);
  ASSERT_TRUE(table);
  std::int64_t ids = 0;
  const auto plan = plan_grids(
      {}, *table, {}, [&] { return GridId{++ids}; }, Instant{});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->wrong_total, 0u);
  const GridTree tree = after({}, *plan);
  ASSERT_FALSE(day->directory.groups.empty());
  for (const GroupPlace& group : day->directory.groups) {
    const auto found = tree.search(group.grid, 1);
    ASSERT_FALSE(found.empty()) << group.grid;
    EXPECT_EQ(found.front()->name, group.grid);
  }
}

TEST(Demo, BeginsAgainWithANewEveningAndClearsTheOneBefore) {
  DemoDay day;
  for (int i : {0, 60}) {  // chat seconds
    Message message;
    message.id = "m" + std::to_string(i);
    message.text = "今天吃啥子";
    message.sent_at = Instant{std::chrono::seconds(i)};
    day.messages.push_back(message);
  }
  SystemClock clock;
  std::mutex mutex;
  std::vector<std::string> happened;
  const auto note = [&](std::string what) {
    std::lock_guard lock(mutex);
    happened.push_back(std::move(what));
    return Result<void>{};
  };
  Demo demo(
      day, [&](Message m) { return note(m.id); },
      [&]() -> Result<void> {
        note("cleared");
        return linli::fail(Errc::overloaded);  // is logged; the next evening comes all the same
      },
      clock, 600);
  demo.start();
  const auto enough = [&] {
    std::lock_guard lock(mutex);
    return happened.size() >= 4;
  };
  for (int i = 0; i < 1'000 && !enough(); ++i) std::this_thread::sleep_for(milliseconds(20));
  demo.stop();
  ASSERT_GE(happened.size(), 4u);
  EXPECT_TRUE(happened[0].ends_with("-1-m0")) << happened[0];
  EXPECT_TRUE(happened[1].ends_with("-1-m60")) << happened[1];
  EXPECT_EQ(happened[2], "cleared");
  EXPECT_TRUE(happened[3].ends_with("-2-m0")) << happened[3];
}

}  // namespace
}  // namespace linli::app
