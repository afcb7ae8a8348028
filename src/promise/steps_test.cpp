#include "promise/steps.h"

#include <gtest/gtest.h>

namespace linli {
namespace {

using namespace std::chrono_literals;

const Instant kAsked = *parse_time("2026-11-23T22:10:00+08:00");
Instant always(Instant asked, minutes time) { return asked + time; }

TEST(PromiseSteps, Follow) {
  struct Row {
    const char* story;
    int step;
    bool gone;
    std::chrono::seconds now;
    std::optional<std::chrono::seconds> kept;
    std::string crossed;
    bool over;
  };
  const Row rows[] = {
      {"a second before amber", 0, false, 299s, {}, "", false},
      {"amber", 0, false, 300s, {}, "amber", false},
      {"amber stands already", 1, false, 400s, {}, "", false},
      {"ten minutes", 1, false, 600s, {}, "call_leader", false},
      {"broken", 2, false, 900s, {}, "breach", true},
      {"the server was away for an hour", 0, false, 3600s, {}, "amber call_leader breach", true},
      {"the clock stepped back after amber", 1, false, 200s, {}, "", false},
      {"the chat's clock is ahead", 0, false, -30s, {}, "", false},
      {"answered after nine minutes, looked at after ten", 1, false, 600s, 540s, "", false},
      {"answered in time, time is over", 1, false, 900s, 540s, "", true},
      {"answered too late, nobody looked meanwhile: the breach stays", 1, false, 1200s, 960s, "breach", true},
      {"dismissed", 0, true, 600s, {}, "", false},
      {"dismissed, time is over", 1, true, 900s, {}, "", true},
  };
  for (const Row& row : rows) {
    Followed lead{row.step, row.gone, kAsked, {}};
    if (row.kept) lead.kept = kAsked + *row.kept;
    const Follow found = follow(lead, always, kAsked + row.now);
    std::string crossed;
    for (const Crossed& one : found.crossed) {
      (crossed += crossed.empty() ? "" : " ") += name(one.step);
      EXPECT_EQ(one.at, kAsked + waited(one.step)) << row.story;
    }
    EXPECT_EQ(crossed, row.crossed) << row.story;
    EXPECT_EQ(found.over, row.over) << row.story;
  }
}

TEST(PromiseSteps, CauseOfABreach) {
  struct Row {
    const char* story;
    BreachFacts facts;
    BreachCause cause;
  };
  for (const Row& row : {
           Row{"words wait for a hand", {true, true, 0, 1}, BreachCause::not_delivered},
           Row{"somebody had it open", {false, true, 0, 1}, BreachCause::not_answered},
           Row{"nobody is there", {false, false, 0, 100}, BreachCause::nobody_on_duty},
           Row{"22 leads in 15 minutes are an agent's work", {false, false, 1, 22}, BreachCause::nobody_looked},
           Row{"23 are too many", {false, false, 1, 23}, BreachCause::queue_too_long},
           Row{"not for two", {false, false, 2, 23}, BreachCause::nobody_looked},
       })
    EXPECT_EQ(breach_cause(row.facts), row.cause) << row.story;
}

TEST(PromiseSteps, Forecast) {
  const auto wait = [](std::int64_t id, int urgency, std::chrono::seconds left) {
    return Waiting{id, urgency, kAsked + left};
  };
  const std::vector<Waiting> leads{wait(1, 3, 100s), wait(2, 3, 60s), wait(3, 1, 600s)};
  const auto alone = forecast(leads, 1, kAsked);
  ASSERT_EQ(alone.size(), 3u);
  EXPECT_EQ(alone[0].lead.lead, 3) << "urgency 1 first";
  EXPECT_EQ(alone[1].lead.lead, 2);
  EXPECT_EQ(alone[1].answer_at, kAsked + 80s);
  EXPECT_TRUE(alone[1].missed);
  EXPECT_TRUE(alone[2].missed) << "120 s, due in 100";
  const auto three = forecast(leads, 3, kAsked);
  for (const Expected& one : three) EXPECT_FALSE(one.missed);
  const auto nobody = forecast(leads, 0, kAsked);
  for (const Expected& one : nobody) {
    EXPECT_TRUE(one.missed);
    EXPECT_FALSE(one.answer_at);
  }
}

TEST(PromiseSteps, BrokenPromisesStandBehindWhereTheyWouldBreakMore) {
  const auto wait = [](int urgency, std::chrono::seconds left) { return Waiting{1, urgency, kAsked + left}; };
  struct {
    std::vector<Waiting> leads;
    std::int64_t broken;
    int people;
    bool last;
    const char* why;
  } const rows[] = {
      {{wait(3, 300s)}, 0, 1, false, "nothing is broken"},
      {{wait(3, 300s)}, 2, 1, false, "there is time for both: 120 s"},
      {{wait(3, 100s)}, 2, 1, true, "two before it: 120 s, due in 100"},
      {{wait(3, 100s)}, 2, 2, false, "two people take the two at once"},
      {{wait(1, 100s)}, 9, 1, false, "an emergency comes first anyway"},
      {{wait(3, 30s)}, 2, 1, false, "missed in either order"},
      {{wait(3, 100s)}, 2, 0, false, "nobody is there"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(broken_last(forecast(row.leads, row.people, kAsked), row.broken, row.people), row.last) << row.why;
}

}  // namespace
}  // namespace linli
