#include "people/rhythm.h"

#include "store/databases_for_tests.h"

namespace linli {
namespace {

// Talk at these hours of the day, on the days 0 … days-1.
HourCounts days_of_talk(int days, std::initializer_list<int> hours) {
  HourCounts out;
  for (int day = 0; day < days; ++day)
    for (int hour : hours) out[day * 24 + hour] = 3;
  return out;
}

TEST(Rhythm, SilenceIsTooLongOnlyAgainstWhatIsUsual) {
  const HourCounts evening = days_of_talk(20, {19, 20, 21});
  EXPECT_FALSE(silence(evening, 19 * 24 + 23).too_long) << "an hour after the talk";
  EXPECT_FALSE(silence(evening, 20 * 24 + 18).too_long) << "nights and days are always quiet";
  EXPECT_EQ(silence(evening, 20 * 24 + 18).days_heard, 0);
  const Silence missed = silence(evening, 20 * 24 + 21);
  EXPECT_TRUE(missed.too_long) << "two evening hours without a word";
  EXPECT_EQ(missed.hours, 23);
  EXPECT_EQ(missed.days, 19);
  EXPECT_EQ(missed.days_heard, 19);

  HourCounts every_other;
  for (int day = 0; day < 30; day += 2) every_other[day * 24 + 20] = 1;
  EXPECT_FALSE(silence(every_other, 29 * 24 + 22).too_long) << "no rhythm, no warning";
  EXPECT_FALSE(silence(days_of_talk(4, {8, 20}), 4 * 24 + 12).too_long) << "too few days to compare with";
  EXPECT_FALSE(silence({}, 100).too_long) << "never heard";
}

class RhythmsTest : public EachDatabase {};

TEST_P(RhythmsTest, OutliveARestart) {
  Connection connection = connect();
  const TimeZone& zone = TimeZone::shanghai();
  const Day first = *parse_day("2026-11-01");
  Rhythms rhythms(zone);
  for (int day = 0; day < 10; ++day)
    for (int hour : {9, 14, 20}) rhythms.heard(GroupId{7}, 2, zone.at(first + day, std::chrono::hours(hour)));
  const Instant now = zone.at(first + 10, std::chrono::hours(18));
  EXPECT_TRUE(rhythms.of(GroupId{7}, now).too_long) << "silent since last evening";
  in_transaction(connection, [&](Tx& tx) { ASSERT_TRUE(rhythms.write(tx, now)); });
  rhythms.written();
  rhythms.heard(GroupId{7}, 1, now);
  in_transaction(connection, [&](Tx& tx) { ASSERT_TRUE(rhythms.write(tx, now)); });
  Rhythms again(zone);
  in_transaction(connection, [&](Tx& tx) { ASSERT_TRUE(again.load(tx, now)); });
  EXPECT_FALSE(again.of(GroupId{7}, now).too_long);
  EXPECT_TRUE(again.of(GroupId{7}, now + std::chrono::hours(22)).too_long);
  EXPECT_EQ(again.of(GroupId{8}, now).hours, 0);
}
ON_EACH_DATABASE(RhythmsTest);

}  // namespace
}  // namespace linli
