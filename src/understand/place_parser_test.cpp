#include "understand/place_parser.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace linli {
namespace {

PlaceDirectory directory() {
  PlaceDirectory d;
  d.groups = {{"g1", "青禾里2号楼住户群", "", "", ""}, {"g2", "青禾里大群", "", "", ""}};
  d.places = {"青禾里", "青禾里1栋", "青禾里2栋", "青禾里东门", "桐花路", "春风幼儿园"};
  return d;
}

TEST(PlaceParser, Forms) {
  const PlaceParser parser(directory());
  const Lexicon& lexicon = Lexicon::embedded();
  struct Row {
    const char* text;
    int level;
    const char* place;
  };
  const Row rows[] = {
      {"3栋2单元漏水", 3, "青禾里3栋2单元"},
      {"三栋二单元1502在漏", 3, "青禾里3栋2单元1502"},
      {"3-2-1502 没电", 3, "青禾里3栋2单元1502"},
      {"3#2-1502没电", 3, "青禾里3栋2单元1502"},
      {"12号楼一单元电梯", 3, "青禾里12栋1单元"},
      {"B座804", 3, "青禾里B栋804"},
      {"十二幢", 3, "青禾里12栋"},
      {"1502家又在跳", 3, "青禾里1502"},
      {"3-5天修好", 3, "青禾里"},
      {"2026年的事", 3, "青禾里"},
      {"打119", 3, "青禾里"},
      {"一共花了1200元", 3, "青禾里"},
      {"电话13800000000", 3, "青禾里"},
      {"加v13800000000", 3, "青禾里"},
      {"东1234567", 3, "青禾里"},
      {"南12345678901234567890栋", 3, "青禾里"},
      {"3-2-1502 a1234567", 3, "青禾里3栋2单元1502"},
      {"3栋2单元1502", 1, "青禾里3栋"},
  };
  for (const Row& row : rows) {
    const NormalForm text = normalize(row.text);
    std::vector<WordHit> hits;
    lexicon.scan(text, hits);
    EXPECT_EQ(parser.write(0, parser.parse(text, hits, lexicon), row.level), row.place) << row.text;
  }
}

TEST(PlaceParser, NamesAndHomes) {
  const PlaceParser parser(directory());
  EXPECT_EQ(parser.write(0, parser.parse_name("3-2-1502李姐"), 3), "青禾里3栋2单元1502");
  EXPECT_EQ(parser.write(0, parser.parse_name("5栋2601杨慧"), 3), "青禾里5栋2601");
  EXPECT_EQ(parser.write(0, parser.parse_name("2-1-3 何大爷"), 3), "青禾里2栋1单元3");
  EXPECT_EQ(parser.write(0, parser.parse_name("胖丁2-503"), 3), "青禾里2栋503");
  EXPECT_FALSE(parser.parse_name("王姐").any());
  EXPECT_FALSE(parser.parse_name("微信v13800000000").any());
  EXPECT_EQ(parser.write(0, parser.parse_name("3-2-1502 西1234567"), 3), "青禾里3栋2单元1502");
  EXPECT_EQ(parser.home("g1").building, 2);
  EXPECT_EQ(parser.home("g2").compound, 0);
  EXPECT_EQ(parser.write_spot(0, "东门"), "青禾里东门");
  EXPECT_EQ(parser.write_spot(0, "车棚"), "青禾里车棚");
  EXPECT_EQ(parser.write_spot(0, "地库"), "青禾里地下车库");
  EXPECT_EQ(parser.write_spot(0, "幼儿园门口"), "春风幼儿园");
}

TEST(PlaceParser, KnownNames) {
  const PlaceParser parser(directory());
  const Lexicon& lexicon = Lexicon::embedded();
  const NormalForm text = normalize("东门口那家幼儿园 就是春风幼儿园");
  std::vector<WordHit> hits;
  lexicon.scan(text, hits);
  const PlaceMention m = parser.parse(text, hits, lexicon);
  ASSERT_GE(m.known, 0);
  EXPECT_EQ(parser.known()[static_cast<std::size_t>(m.known)], "青禾里东门");
}

// Houses with names of their own, parts of compounds, the ends of long names.
TEST(PlaceParser, WhatTheDirectoryCallsOtherwise) {
  PlaceDirectory d;
  d.groups = {{"g1", "川口夜市摊主群", "", "", ""}, {"g2", "荷苑闲聊", "", "", ""}};
  d.places = {"机车厂甲栋",   "机车厂乙栋", "石榴巷",     "石榴巷12号",  "川口夜市",   "川口夜市3号门", "川口农贸市场",
              "北门农贸市场", "荷苑A区1栋", "荷苑B区1栋", "荷苑北院2栋", "云楼中心T1", "云楼中心T2",    "云楼中心"};
  const PlaceParser parser(d);
  const Lexicon& lexicon = Lexicon::embedded();
  const auto known_in = [&](std::string_view text) -> std::string {
    const PlaceMention m = parser.parse(normalize(text), {}, lexicon);
    return m.known < 0 ? "" : parser.known()[static_cast<std::size_t>(m.known)];
  };
  struct Row {
    const char* text;
    const char* known;
  };
  const Row rows[] = {
      {"甲栋2-302在漏", "机车厂甲栋"},
      {"12号201考编的", "石榴巷12号"},
      {"112号线", ""},
      {"T1-0806没网", "云楼中心T1"},
      {"夜市又停电了", "川口夜市"},
      {"3号门堵了", "川口夜市3号门"},
      {"13号门堵了", ""},
      {"农贸市场门口", ""},
      {"石榴巷口", "石榴巷"},
  };
  for (const Row& row : rows) EXPECT_EQ(known_in(row.text), row.known) << row.text;
  const auto index = [&](std::string_view name) {
    return static_cast<std::int32_t>(std::find(parser.known().begin(), parser.known().end(), name) -
                                     parser.known().begin());
  };
  EXPECT_TRUE(parser.house(index("机车厂甲栋")));
  EXPECT_TRUE(parser.house(index("云楼中心T1")));
  EXPECT_FALSE(parser.house(index("川口夜市")));

  const PlaceMention part = parser.parse_name("B3-2-1001周");
  EXPECT_EQ(part.zone, 'b');
  EXPECT_EQ(parser.write(parser.compound_of_zone(part.zone), part, 3), "荷苑B区3栋2单元1001");
  const PlaceMention north = parser.parse(normalize("北2栋楼道灯坏了"), {}, lexicon);
  EXPECT_EQ(parser.write(parser.compound_of_zone(north.zone), north, 3), "荷苑北院2栋");
  EXPECT_EQ(parser.compound_of_zone('c'), -1);

  EXPECT_EQ(parser.known()[static_cast<std::size_t>(parser.home("g1").known)], "川口夜市");
  EXPECT_EQ(parser.home("g2").known, -1);
}

}  // namespace
}  // namespace linli
