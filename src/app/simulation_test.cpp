#include "app/simulation.h"

#include <gtest/gtest.h>

#include "base/words.h"

namespace linli::app {
namespace {

SimulationInput small() {
  SimulationInput input;
  input.seed = 7;
  input.residents = 12'000;
  input.agents = 1;
  input.appeals = 0.2;
  input.by_hand = {0, 100};
  return input;
}

TEST(Simulation, TheSameSeedGivesTheSameBytes) {
  const auto first = simulate(LINLI_SOURCE_DIR "/data/training", small());
  const auto again = simulate(LINLI_SOURCE_DIR "/data/training", small());
  ASSERT_TRUE(first) << for_terminal(first.error(), Language::en);
  ASSERT_TRUE(again);
  EXPECT_EQ(as_json(*first), as_json(*again));
  EXPECT_EQ(as_text(*first), as_text(*again));
  auto other = small();
  other.seed = 8;
  const auto different = simulate(LINLI_SOURCE_DIR "/data/training", other);
  ASSERT_TRUE(different);
  EXPECT_NE(as_json(*first), as_json(*different));
}

TEST(Simulation, CountsAddUpAndStaffMatters) {
  auto input = small();
  const auto staffed = simulate(LINLI_SOURCE_DIR "/data/training", input);
  ASSERT_TRUE(staffed);
  for (const SimulatedDay& day : staffed->days) {
    int broken = 0;
    for (const auto& [cause, count] : day.breaches) broken += count;
    EXPECT_EQ(day.in_time + broken, day.leads);
    EXPECT_GT(day.leads, 5);
    EXPECT_GT(day.seen, day.leads / 2);
    EXPECT_GE(day.cases, day.accepted);
    EXPECT_GE(day.accepted, day.done);
    EXPECT_GE(day.amber, day.leader_called);
  }
  EXPECT_EQ(staffed->days[0].copies, 0);
  EXPECT_EQ(staffed->days[1].copies, staffed->days[1].replies);
  EXPECT_GE(staffed->days[0].in_time, staffed->days[1].in_time);

  input.agents = input.night_agents = 0;
  const auto nobody = simulate(LINLI_SOURCE_DIR "/data/training", input);
  ASSERT_TRUE(nobody);
  EXPECT_EQ(nobody->days[0].cases, 0);
  EXPECT_GT(nobody->days[0].leader_called, staffed->days[0].leader_called);
  EXPECT_GT(nobody->days[0].answer_median, staffed->days[0].answer_median);
}

}  // namespace
}  // namespace linli::app
