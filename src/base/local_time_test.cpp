#include "base/local_time.h"

#include <gtest/gtest.h>

namespace linli {
namespace {

using namespace std::chrono_literals;

TEST(LocalTime, DaysAreReadAndWritten) {
  EXPECT_EQ(format_day({0}), "1970-01-01");
  EXPECT_EQ(parse_day("2026-11-23"), Day{20780});
  EXPECT_EQ(format_day({20780}), "2026-11-23");
  EXPECT_EQ(parse_day("9999-12-31"), kNoEnd);
  EXPECT_EQ(weekday_of(*parse_day("2026-11-23")), std::chrono::Monday);
  for (const char* wrong : {"2026-11-31", "2025-02-29", "2026-1-1", "2026-11-2x", "1969-12-31", "2026/11/23", ""})
    EXPECT_FALSE(parse_day(wrong)) << wrong;
}

TEST(LocalTime, ADayBeginsWhereTheDistrictIs) {
  const TimeZone& zone = TimeZone::shanghai();
  EXPECT_EQ(format_day(zone.day(*parse_time("2026-11-22T15:59:59Z"))), "2026-11-22");
  EXPECT_EQ(format_day(zone.day(*parse_time("2026-11-22T16:00:00Z"))), "2026-11-23");
  EXPECT_EQ(zone.time_of_day(*parse_time("2026-11-22T16:40:59Z")), 40min);
  EXPECT_EQ(zone.at(*parse_day("2026-11-23"), 22h + 10min), parse_time("2026-11-23T14:10:00Z"));
  EXPECT_FALSE(TimeZone::named("Asia/Nowhere"));
  EXPECT_FALSE(TimeZone::named(""));
}

TEST(LocalTime, ChangesOfSummerTime) {
  const TimeZone zone = *TimeZone::named("Europe/Berlin");
  const auto at = [&](const char* day, std::chrono::minutes time) {
    return format_time(zone.at(*parse_day(day), time));
  };
  EXPECT_EQ(at("2026-03-29", 1h + 59min), "2026-03-29T00:59:00Z");
  EXPECT_EQ(at("2026-03-29", 2h + 30min), "2026-03-29T01:30:00Z") << "02:30 is left out";
  EXPECT_EQ(at("2026-03-29", 3h), "2026-03-29T01:00:00Z");
  EXPECT_EQ(at("2026-10-25", 2h + 30min), "2026-10-25T00:30:00Z") << "the first of two";
  EXPECT_EQ(at("2026-10-25", 3h), "2026-10-25T02:00:00Z");
}

}  // namespace
}  // namespace linli
