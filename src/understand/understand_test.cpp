#include "understand/understand.h"

#include <gtest/gtest.h>

#include "understand/lexicon.h"
#include "understand/model.h"
#include "understand/taxonomy.h"

namespace linli {
namespace {

Message text(std::string words) {
  Message m;
  m.id = "m1";
  m.text = std::move(words);
  return m;
}

const Understander& understander() {
  static const Understander u = *Understander::embedded();
  return u;
}

bool strong(const Understanding& u, std::string_view code) { return u.strong[*Taxonomy::embedded().find(code)] > 0; }

// What `linli train --without lexicon` measures with: nothing of the lists reaches the models.
TEST(Understand, WithoutWordListsNoWordIsKnown) {
  const auto model = std::make_shared<const Model>(understander().model());
  const Understander u = Understander::with_model(model, false);
  Understanding seen = understander().understand(text("3栋电梯坏了 有人被困 快来人救命"));
  ASSERT_FALSE(seen.hits.empty());
  u.understand(text("3栋电梯坏了 有人被困 快来人救命"), seen);
  EXPECT_TRUE(seen.hits.empty());
  for (const auto* counts : {&seen.strong, &seen.weak}) EXPECT_EQ(*counts, decltype(seen.strong){});
  EXPECT_EQ(seen.signs, decltype(seen.signs){});
  EXPECT_GT(seen.appeal, 0) << "its n-grams still speak";
}

TEST(Lexicon, WordsBelongToTheirCategories) {
  struct Row {
    const char* text;
    const char* code;
  };
  const Row rows[] = {
      {"3栋又停水了", "water_outage"}, {"屋头断水了", "water_outage"}, {"電梯困人了", "elevator"},
      {"天花板漏水", "water_leak"},    {"漏\u200b水", "water_leak"},   {"ＷＩＦＩ断了", "network"},
  };
  for (const Row& row : rows) EXPECT_TRUE(strong(understander().understand(text(row.text)), row.code)) << row.text;
}

TEST(Lexicon, HitsPointToTheWords) {
  const Understanding u = understander().understand(text("哎呀 电梯困人"));
  bool found = false;
  for (const WordHit& hit : u.hits) {
    found |= encode_utf8(std::u32string_view(u.normal.points).substr(hit.begin, hit.end - hit.begin)) == "困人";
  }
  EXPECT_TRUE(found);
}

TEST(Understander, SameTextSameAnswer) {
  const Understanding a = understander().understand(text("我家厨房在漏水")),
                      b = understander().understand(text("我家厨房在漏水"));
  EXPECT_EQ(a.act, b.act);
  EXPECT_EQ(a.category, b.category);
  EXPECT_EQ(a.appeal, b.appeal);
  EXPECT_EQ(a.rows, b.rows);
}

TEST(Understander, AppealsStandAboveChatter) {
  const float appeal = understander().understand(text("3栋2单元电梯坏了两天了 物业来个人修一下嘛")).appeal;
  const float chatter = understander().understand(text("晚上吃火锅走不走 哈哈")).appeal;
  EXPECT_GT(appeal, 0.6f);
  EXPECT_LT(chatter, 0.3f);
}

TEST(Understander, TakesAnyText) {
  std::string broken(100000, '\xff'), emoji, marks;
  for (int i = 0; i < 10000; ++i) emoji += "😀", marks += "\u202e\u200b停\u0301";
  std::string lengthy;
  for (int i = 0; i < 100000; ++i) lengthy += "漏";
  for (const std::string& t : {std::string(), broken, emoji, marks, lengthy, std::string("\0\1\2", 3)}) {
    const Understanding u = understander().understand(text(t));
    for (const float p : u.act) EXPECT_TRUE(p >= 0 && p <= 1);
  }
}

// Nothing between the characters of a word may hide it.
TEST(Understander, IgnorableCharactersHideNothing) {
  const Understanding plain = understander().understand(text("我家天花板漏水 电梯困人"));
  std::string dressed;
  for (const char32_t c : decode_utf8("我家天花板漏水 电梯困人")) {
    append_utf8(dressed, c);
    dressed += "\u200b\u200d\u2060\ufe0f\u202e";
  }
  const Understanding hidden = understander().understand(text(dressed));
  EXPECT_EQ(hidden.normal.points, plain.normal.points);
  EXPECT_EQ(hidden.category, plain.category);
  EXPECT_EQ(hidden.appeal, plain.appeal);
}

TEST(Model, ReadsWhatItWrites) {
  const std::string bytes = understander().model().write();
  const auto again = Model::read(bytes, "test");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->write(), bytes);
}

TEST(Model, RefusesBrokenFiles) {
  const std::string bytes = understander().model().write();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{5}, std::size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    EXPECT_FALSE(Model::read(std::string_view(bytes).substr(0, size), "test")) << size;
  }
  EXPECT_FALSE(Model::read(bytes + "x", "test"));
}

TEST(Act, NamesBothWays) {
  for (std::size_t a = 0; a < kActs; ++a) EXPECT_EQ(parse_act(name(static_cast<Act>(a))), static_cast<Act>(a));
  EXPECT_FALSE(parse_act("reports"));
}

}  // namespace
}  // namespace linli
