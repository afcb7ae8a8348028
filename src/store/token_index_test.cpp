#include "store/token_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "store/postgres_for_tests.h"

namespace linli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TokenIndexTest : public testing::Test {
 protected:
  void SetUp() override { index.emplace(TokenIndex::open(file(), sealer).value()); }
  std::filesystem::path file() { return folder.path() / "search.db"; }
  void put(std::int64_t id, std::vector<std::string> texts, std::vector<std::string> paths = {"市/区"}) {
    const TokenIndex::Document one{id, std::move(texts), std::move(paths)};
    ASSERT_TRUE(index->put({&one, 1}, {Position{id}, true, 0}));
  }
  std::vector<std::int64_t> find(std::string_view typed, std::optional<std::vector<std::string>> paths = {},
                                 std::int64_t before = 0, int limit = 10) {
    return index->find(search_terms(typed), paths, before, limit).value();
  }
  std::string bytes() {
    std::string out;
    for (const char* suffix : {"", "-wal"}) {
      std::ifstream in(file().string() + suffix, std::ios::binary);
      out.append((std::istreambuf_iterator<char>(in)), {});
    }
    return out;
  }

  TemporaryFolder folder;
  Sealer sealer = Sealer::for_test();
  std::optional<TokenIndex> index;
};
TEST(SqueezeTest, LeavesLettersAndDigitsInTheirNormalForm) {
  struct Row {
    const char *text, *squeezed;
  };
  const Row rows[] = {{"３ 栋-2單元", "3栋2单元"},
                      {"漏水！！！", "漏水"},
                      {"JN-20261123-0042", "jn202611230042"},
                      {" \t。、", ""},
                      {"", ""},
                      {"水\u200b管", "水管"},
                      {"Wi-Fi 断了😡", "wifi断了"}};
  for (const Row& row : rows) EXPECT_EQ(squeeze(row.text), row.squeezed) << row.text;
}

TEST(SqueezeTest, TermsArePartedByBlanks) {
  EXPECT_THAT(search_terms("  漏水　3栋 "), ElementsAre("漏水", "3栋"));
  EXPECT_THAT(search_terms(" ！ "), IsEmpty());
}

TEST(SqueezeTest, SaysWhereInTheTextAsItIs) {
  const auto span = find_squeezed("我家３ 栋-漏 水了", "3栋漏水");
  ASSERT_TRUE(span);
  EXPECT_EQ(span->begin, 2u);
  EXPECT_EQ(span->end, 9u);
  EXPECT_FALSE(find_squeezed("漏了水", "漏水"));
  EXPECT_FALSE(find_squeezed("漏水", ""));
}

TEST_F(TokenIndexTest, FindsWhatHoldsAllWordsNewestFirst) {
  put(1, {"3栋楼上漏水"});
  put(2, {"停电了", "3栋全黑"});
  put(3, {"4栋漏水，3楼"});
  EXPECT_THAT(find("漏水"), ElementsAre(3, 1));
  EXPECT_THAT(find("漏水 3栋"), ElementsAre(1));
  EXPECT_THAT(find("停电 3栋"), ElementsAre(2));  // in two texts of one document
  EXPECT_THAT(find("漏水", {}, 3), ElementsAre(1));
  EXPECT_THAT(find("漏水", {}, 0, 1), ElementsAre(3));
  EXPECT_THAT(find("燃气"), IsEmpty());
  EXPECT_THAT(find("漏"), IsEmpty());
  EXPECT_THAT(find("漏水 楼"), ElementsAre(3, 1));
}

TEST_F(TokenIndexTest, OnlyWhereOneMayLook) {
  put(1, {"漏水"}, {"市/区/甲/1"});
  put(2, {"漏水"}, {"市/区/乙"});
  put(3, {"漏水"}, {"市/区/甲乙", "市/区/乙"});
  EXPECT_THAT(find("漏水", {{"市/区/甲"}}), ElementsAre(1));
  EXPECT_THAT(find("漏水", {{"市/区/乙"}}), ElementsAre(3, 2));
  EXPECT_THAT(find("漏水", {{"市/区/甲", "市/区/乙"}}), ElementsAre(3, 2, 1));
  EXPECT_THAT(find("漏水", {{"市"}}), ElementsAre(3, 2, 1));
  EXPECT_THAT(find("漏水", {{"区"}}), IsEmpty());
  EXPECT_THAT(find("漏水", std::vector<std::string>{}), IsEmpty());
}

TEST_F(TokenIndexTest, WhatChangedIsFoundByItsNewWordsAndWhatWentByNone) {
  put(1, {"漏水"});
  put(1, {"停电"});
  EXPECT_THAT(find("漏水"), IsEmpty());
  EXPECT_THAT(find("停电"), ElementsAre(1));
  put(1, {});
  put(1, {});
  EXPECT_THAT(find("停电"), IsEmpty());
}

TEST_F(TokenIndexTest, HoldsNoWords) {
  put(1, {"leakage"}, {"district/street"});
  EXPECT_THAT(find("leakage", {{"district"}}), ElementsAre(1));
  for (const char* word : {"leakage", "leak", "district", "street"}) EXPECT_EQ(bytes().find(word), std::string::npos);
}

TEST_F(TokenIndexTest, TidyingLosesNothing) {
  for (int i = 1; i <= 300; ++i) put(i, {"漏水" + std::to_string(i)});
  for (int i = 1; i <= 299; ++i) put(i, {});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(index->tidy());
  EXPECT_THAT(find("漏水"), ElementsAre(300));
}

TEST_F(TokenIndexTest, KeepsHowFarItWasFed) {
  put(7, {"漏水"});
  index.reset();
  index.emplace(TokenIndex::open(file(), sealer).value());
  EXPECT_EQ(index->progress().value(), (TokenIndex::Progress{7, true, 0}));
  EXPECT_THAT(find("漏水"), ElementsAre(7));
  ASSERT_TRUE(index->clear());
  EXPECT_EQ(index->progress().value(), TokenIndex::Progress{});
  EXPECT_THAT(find("漏水"), IsEmpty());
}

TEST_F(TokenIndexTest, BrokenOrOfAnotherKeyItIsMadeAnew) {
  put(7, {"漏水"});
  const Sealer other = Sealer::for_test(2);
  index.reset();
  index.emplace(TokenIndex::open(file(), other).value());
  EXPECT_EQ(index->progress().value(), TokenIndex::Progress{});
  put(8, {"停电"});
  EXPECT_THAT(index->find(search_terms("停电"), {}, 0, 10).value(), ElementsAre(8));
  index.reset();
  { std::ofstream(file(), std::ios::binary | std::ios::trunc) << std::string(10'000, 'x'); }
  index.emplace(TokenIndex::open(file(), sealer).value());
  EXPECT_THAT(find("停电"), IsEmpty());
  put(9, {"停电"});
  EXPECT_THAT(find("停电"), ElementsAre(9));
}

}  // namespace
}  // namespace linli
