#include "cases/due.h"

#include <gtest/gtest.h>

namespace linli {
namespace {

using namespace std::chrono_literals;

// Local time in Shanghai.
Instant at(std::string_view text) { return *parse_time(std::string(text) + ":00+08:00"); }

const Calendar kCalendar({{*parse_day("2026-10-01"), DayKind::holiday, "国庆节"},
                          {*parse_day("2026-10-02"), DayKind::holiday, "国庆节"},
                          {*parse_day("2026-10-10"), DayKind::workday, "调休"}});

struct Line {
  const char* what;
  const char* from;
  std::chrono::minutes time;
  bool working;
  std::vector<std::pair<const char*, const char*>> pauses;  // to "": still
  const char* due;                                          // "": none
};

TEST(Due, Times) {
  const Line lines[] = {
      {"in one morning", "2026-11-23T09:10", 60min, true, {}, "2026-11-23T10:10"},
      {"over the noon break", "2026-11-23T11:00", 2h, true, {}, "2026-11-23T14:30"},
      {"the last minute of a morning ends at noon", "2026-11-23T11:00", 1h, true, {}, "2026-11-23T12:00"},
      {"asked at night, begins in the morning", "2026-11-23T22:10", 4h, true, {}, "2026-11-24T14:30"},
      {"over a weekend", "2026-11-27T17:00", 2h, true, {}, "2026-11-30T10:00"},
      {"over public holidays", "2026-09-30T17:00", 2h, true, {}, "2026-10-05T10:00"},
      {"a make-up Saturday counts", "2026-10-09T17:00", 2h, true, {}, "2026-10-10T10:00"},
      {"day and night", "2026-09-30T23:00", 24h, false, {}, "2026-10-01T23:00"},
      {"three days of work", "2026-11-23T09:00", 1350min, true, {}, "2026-11-25T18:00"},
      {"a pause moves it",
       "2026-11-23T09:00",
       2h,
       true,
       {{"2026-11-23T10:00", "2026-11-23T11:00"}},
       "2026-11-23T12:00"},
      {"a pause over the break",
       "2026-11-23T09:00",
       3h,
       true,
       {{"2026-11-23T11:00", "2026-11-23T14:00"}},
       "2026-11-23T15:00"},
      {"a pause of days", "2026-11-23T09:00", 4h, true, {{"2026-11-23T10:00", "2026-11-26T00:00"}}, "2026-11-26T12:00"},
      {"it stands", "2026-11-23T09:00", 4h, true, {{"2026-11-23T10:00", ""}}, ""},
      {"two pauses",
       "2026-11-23T09:00",
       2h,
       false,
       {{"2026-11-23T09:30", "2026-11-23T10:00"}, {"2026-11-23T10:30", "2026-11-23T12:00"}},
       "2026-11-23T13:00"},
      {"paused when it was late already",
       "2026-11-23T09:00",
       1h,
       false,
       {{"2026-11-23T11:00", "2026-11-23T12:00"}},
       "2026-11-23T10:00"},
      {"still paused, late before", "2026-11-23T09:00", 1h, false, {{"2026-11-23T11:00", ""}}, "2026-11-23T10:00"},
      {"a pause before a clock that began anew",
       "2026-11-23T14:00",
       1h,
       false,
       {{"2026-11-23T09:00", "2026-11-23T10:00"}},
       "2026-11-23T15:00"},
  };
  for (const Line& line : lines) {
    std::vector<Pause> pauses;
    for (const auto& [from, to] : line.pauses) pauses.push_back({at(from), *to ? std::optional(at(to)) : std::nullopt});
    const auto due = due_at({at(line.from), {line.time, line.working}}, pauses, kCalendar, TimeZone::shanghai());
    ASSERT_EQ(due.has_value(), *line.due != 0) << line.what;
    if (due) {
      EXPECT_EQ(format_time(*due), format_time(at(line.due))) << line.what;
    }
  }
}

TEST(Due, APauseOfSecondsIsNotLost) {
  const Instant nine = at("2026-11-23T09:00");
  const Pause pauses[] = {{nine + 30s, nine + 60s}};
  EXPECT_EQ(due_at({nine, {3h, true}}, pauses, kCalendar, TimeZone::shanghai()), at("2026-11-23T13:30") + 30s);
  EXPECT_EQ(due_at({nine, {60min, true}}, pauses, kCalendar, TimeZone::shanghai()), at("2026-11-23T10:00") + 30s);
}

TEST(Due, APauseNeverBringsItNearer) {
  for (int begin = 0; begin < 48 * 60; begin += 97)
    for (int length = 1; length < 6000; length *= 3) {
      const Clockwork clock{at("2026-11-27T08:13"), {450min, true}};
      const Instant from = clock.from + std::chrono::minutes(begin);
      const Pause pauses[] = {{from, from + std::chrono::minutes(length)}};
      const auto plain = due_at(clock, {}, kCalendar, TimeZone::shanghai());
      const auto moved = due_at(clock, pauses, kCalendar, TimeZone::shanghai());
      EXPECT_GE(*moved, *plain);
      EXPECT_TRUE(kCalendar.is_working_time(TimeZone::shanghai(), *moved - 1ms));
    }
}

TEST(Due, IsExplained) {
  const auto text = [](const char* from, Allowance allowed, std::vector<Pause> pauses, Language language) {
    return explain({at(from), allowed}, pauses, kCalendar, TimeZone::shanghai(), language);
  };
  EXPECT_EQ(text("2026-11-23T13:40", {3h, true}, {}, Language::zh), "16:40 到期：工作时间 3 小时，从 13:40 起算");
  EXPECT_EQ(text("2026-11-23T22:10", {90min, false}, {}, Language::zh),
            "23:40 到期：1 小时 30 分钟，不分昼夜，从 22:10 起算");
  EXPECT_EQ(text("2026-11-27T17:00", {2h, true}, {}, Language::zh),
            "2026-11-30 10:00 到期：工作时间 2 小时，从 2026-11-27 17:00 起算");
  EXPECT_EQ(text("2026-11-23T09:00", {2h, true}, {{at("2026-11-23T10:00"), at("2026-11-23T10:30")}}, Language::zh),
            "11:30 到期：工作时间 2 小时，从 09:00 起算，其间挂起 30 分钟不计");
  EXPECT_EQ(text("2026-11-23T09:00", {2h, true}, {{at("2026-11-23T10:00"), {}}}, Language::zh),
            "已挂起，暂不计时：工作时间 2 小时，从 09:00 起算");
  EXPECT_EQ(text("2026-11-23T13:40", {3h, true}, {}, Language::en), "Due 16:40: 3 h of working time from 13:40");
}

TEST(Due, TheFirstRuleThatFitsCounts) {
  const CaseTimesRule rules[] = {{"gas", 1, {{1min, false}, {30min, false}}}, {"", 4, {{1h, true}, {9h, true}}}};
  EXPECT_EQ(case_times(rules, "gas", 1).done.time, 30min);
  EXPECT_EQ(case_times(rules, "gas", 4).done.time, 9h);
  EXPECT_EQ(case_times(rules, "gas", 2), case_times({}, "gas", 2));
  EXPECT_FALSE(case_times({}, "x", 2).done.working) << "urgency 1 and 2 bind day and night";
  EXPECT_TRUE(case_times({}, "x", 3).done.working);
}

}  // namespace
}  // namespace linli
