#include "people/calendar.h"

#include "store/databases_for_tests.h"

namespace linli {
namespace {

using std::chrono::minutes;

Day day(std::string_view text) { return *parse_day(text); }
// By Chengdu's clock.
Instant at(std::string_view text) { return *parse_time(std::string(text) + ":00+08:00"); }
const TimeZone& zone = TimeZone::shanghai();

Calendar may() {
  return Calendar({{day("2026-05-01"), DayKind::holiday, "劳动节"},
                   {day("2026-05-04"), DayKind::holiday, "劳动节"},
                   {day("2026-05-05"), DayKind::holiday, "劳动节"},
                   {day("2026-05-09"), DayKind::workday, "劳动节"}});
}

TEST(Calendar, WorkingDays) {
  const Calendar calendar = may();
  for (const auto& [text, working] : {std::pair{"2026-04-30", true},
                                      {"2026-05-01", false},  // a Friday, off
                                      {"2026-05-02", false},  // a Saturday
                                      {"2026-05-04", false},  // a Monday, off
                                      {"2026-05-06", true},
                                      {"2026-05-09", true},  // a Saturday, made up
                                      {"2026-05-10", false}})
    EXPECT_EQ(calendar.is_working_day(day(text)), working) << text;
  EXPECT_EQ(format_day(calendar.next_working_day(day("2026-04-30"))), "2026-05-06");
  EXPECT_EQ(format_day(calendar.next_working_day(day("2026-05-08"))), "2026-05-09");
  EXPECT_TRUE(calendar.is_holiday(day("2026-05-04")));
  EXPECT_FALSE(calendar.is_holiday(day("2026-05-03"))) << "a Sunday as such is none";
}

TEST(Calendar, WorkingTimeIsCountedOverBreaksNightsAndHolidays) {
  const Calendar calendar = may();
  struct Row {
    const char* from;
    int minutes;
    const char* until;
  };
  for (const Row& row : {Row{"2026-05-06T09:00", 60, "2026-05-06T10:00"},
                         {"2026-05-06T11:30", 60, "2026-05-06T14:00"},  // over the break
                         {"2026-05-06T11:00", 60, "2026-05-06T12:00"},  // ends at noon, not after the break
                         {"2026-05-06T22:10", 15, "2026-05-07T09:15"},  // asked in the night
                         {"2026-04-30T17:30", 60, "2026-05-06T09:30"},  // over the holiday
                         {"2026-05-08T17:30", 60, "2026-05-09T09:30"},  // into the make-up Saturday
                         {"2026-05-09T18:00", 0, "2026-05-11T09:00"},
                         {"2026-05-06T12:30", 450, "2026-05-07T12:00"}})
    EXPECT_EQ(format_time(calendar.add_working_time(zone, at(row.from), minutes(row.minutes))),
              format_time(at(row.until)))
        << row.from << " + " << row.minutes;
  EXPECT_TRUE(calendar.is_working_time(zone, at("2026-05-06T09:00")));
  EXPECT_FALSE(calendar.is_working_time(zone, at("2026-05-06T12:00")));
  EXPECT_FALSE(calendar.is_working_time(zone, at("2026-05-01T10:00")));
  const auto spans = calendar.working_time(zone, at("2026-05-06T11:00"), at("2026-05-07T10:00"));
  EXPECT_EQ(spans, (std::vector<Span>{{at("2026-05-06T11:00"), at("2026-05-06T12:00")},
                                      {at("2026-05-06T13:30"), at("2026-05-06T18:00")},
                                      {at("2026-05-07T09:00"), at("2026-05-07T10:00")}}));
}

TEST(Calendar, HoursAreInOrderAndDoNotOverlap) {
  const auto h = [](int from, int to) { return Hours{minutes(from), minutes(to)}; };
  EXPECT_EQ(checked_hours({h(800, 900), h(0, 60), h(900, 1440)})->front().from, minutes(0));
  for (const std::vector<Hours>& wrong :
       {std::vector<Hours>{}, {h(60, 60)}, {h(100, 50)}, {h(0, 100), h(99, 200)}, {h(0, 1441)}})
    EXPECT_FALSE(checked_hours(wrong));
  for (const char* wrong : {"9:00", "24:01", "12:60", "-1:00", "", "12:0x"})
    EXPECT_FALSE(parse_time_of_day(wrong)) << wrong;
  EXPECT_EQ(parse_time_of_day("24:00"), minutes(1440));
  EXPECT_EQ(format_time_of_day(minutes(545)), "09:05");
}

TEST(Calendar, IsReadFromWhatOfficesKeep) {
  const auto plan = [](std::string rows) {
    auto table = read_table("日期,类型,名称\n" + rows);
    EXPECT_TRUE(table);
    return plan_calendar(may(), *table);
  };
  const auto good =
      plan("2026/5/1,放假,劳动节\n2026年10月1日,休,国庆节\n46305,调休上班,国庆节\n2026-05-09,放假,劳动节\n");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->wrong_total, 0u);
  EXPECT_EQ(good->unchanged, 1u);
  ASSERT_EQ(good->changes.size(), 3u);
  EXPECT_EQ(good->changes[0].before->kind, DayKind::workday);
  EXPECT_EQ(format_day(good->changes[1].day.day), "2026-10-01");
  EXPECT_EQ(format_day(good->changes[2].day.day), "2026-10-10") << "a day as XLSX counts it";
  EXPECT_EQ(good->changes[2].day.kind, DayKind::workday);

  const auto bad = plan("2026-02-30,放假,x\n2026-10-01,调休,国庆节\n2026-10-02,放假,a\n2026-10-2,上班,b\n");
  ASSERT_TRUE(bad);
  ASSERT_EQ(bad->wrong_total, 3u);
  EXPECT_EQ(bad->wrong[0].line, 2);
  EXPECT_EQ(bad->wrong[0].column, "date");
  EXPECT_EQ(bad->wrong[1].column, "kind") << "which of the two 调休 means, nobody knows";
  EXPECT_EQ(bad->wrong[2].error.code, Errc::duplicate);
  EXPECT_EQ(plan_calendar(may(), *read_table("日期,名称\n2026-05-01,x\n")).error().code, Errc::missing_field);
  EXPECT_EQ(plan_calendar(may(), {}).error().code, Errc::missing_field);
}

class CalendarStoreTest : public EachDatabase {};

// The notice of the State Council for 2026, line by line.
TEST_P(CalendarStoreTest, KnowsTheHolidaysOf2026) {
  Connection connection = connect();
  in_transaction(connection, [&](Tx& tx) {
    const auto calendar = calendars::load(tx);
    ASSERT_TRUE(calendar);
    struct Row {
      const char *from, *to, *name;
      std::vector<const char*> made_up;
    };
    std::size_t days = 0;
    for (const Row& row : {Row{"2026-01-01", "2026-01-03", "元旦", {"2026-01-04"}},
                           {"2026-02-15", "2026-02-23", "春节", {"2026-02-14", "2026-02-28"}},
                           {"2026-04-04", "2026-04-06", "清明节", {}},
                           {"2026-05-01", "2026-05-05", "劳动节", {"2026-05-09"}},
                           {"2026-06-19", "2026-06-21", "端午节", {}},
                           {"2026-09-25", "2026-09-27", "中秋节", {}},
                           {"2026-10-01", "2026-10-07", "国庆节", {"2026-09-20", "2026-10-10"}}}) {
      for (Day d = day(row.from); d <= day(row.to); d = d + 1, ++days) {
        ASSERT_TRUE(calendar->is_holiday(d)) << format_day(d);
        EXPECT_EQ(calendar->special(d)->name, row.name);
      }
      for (const char* d : row.made_up) {
        EXPECT_TRUE(calendar->is_working_day(day(d))) << d;
        ++days;
      }
    }
    EXPECT_EQ(calendar->days().size(), days) << "and no others";
    EXPECT_EQ(std::vector(calendar->hours().begin(), calendar->hours().end()), Calendar::usual_hours());
  });
}

TEST_P(CalendarStoreTest, IsChanged) {
  Connection connection = connect();
  in_transaction(connection, [&](Tx& tx) {
    ASSERT_TRUE(calendars::put(tx, {day("2027-01-01"), DayKind::holiday, "元旦"}));
    ASSERT_TRUE(calendars::put(tx, {day("2026-01-04"), DayKind::holiday, "x"}));
    ASSERT_TRUE(calendars::remove(tx, day("2026-01-01")));
    const std::vector<Hours> hours{{minutes(480), minutes(720)}, {minutes(840), minutes(1440)}};
    ASSERT_TRUE(calendars::put_hours(tx, hours));
    const auto calendar = calendars::load(tx);
    EXPECT_TRUE(calendar->is_holiday(day("2027-01-01")));
    EXPECT_FALSE(calendar->is_working_day(day("2026-01-04")));
    EXPECT_TRUE(calendar->is_working_day(day("2026-01-01")));
    EXPECT_EQ(std::vector(calendar->hours().begin(), calendar->hours().end()), hours);
  });
}
ON_EACH_DATABASE(CalendarStoreTest);

}  // namespace
}  // namespace linli
