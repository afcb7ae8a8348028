#include "base/normal_form.h"

#include <gtest/gtest.h>

namespace linli {
namespace {

struct Row {
  const char* in;
  const char* out;
};

TEST(NormalForm, Table) {
  const Row rows[] = {
      {"３棟２單元漏水", "3栋2单元漏水"},
      {"ＷＩＦＩ断了！", "wifi断了!"},
      {"漏\u200b水\u200d了", "漏水了"},  // zero-width characters do not hide a word
      {"①号楼", "1号楼"},
      {"㎡和…", "m2和..."},
      {"  停　水  了 ", "停 水 了"},
      {"e\u0301", "é"},
      {"\u202e停电\u202c", "停电"},  // right-to-left marks
      {"😀停电", "😀停电"},
      {"𝟛栋", "3栋"},
      {"", ""},
      {"\xff\xfe", "\uFFFD\uFFFD"},
  };
  for (const Row& row : rows) EXPECT_EQ(normalize(row.in).bytes, row.out) << row.in;
}

TEST(NormalForm, LeadsBackToTheOriginal) {
  const NormalForm n = normalize("我家\u200b漏水…了");
  EXPECT_EQ(n.bytes, "我家漏水...了");
  const auto begin = n.point_at(static_cast<std::uint32_t>(n.bytes.find("漏水")));
  EXPECT_EQ(n.original_begin(begin), 3u);
  EXPECT_EQ(n.original_end(begin + 2), 5u);
  EXPECT_EQ(n.original_begin(static_cast<std::uint32_t>(n.points.size() - 1)), 6u);
  EXPECT_EQ(n.offset.size(), n.points.size() + 1);
}

TEST(NormalForm, TwiceIsOnce) {
  for (const char* text : {"３棟２單元 Ａ座…漏水", "ﬁ㍿ e\u0301 停電"}) {
    const std::string once = normalize(text).bytes;
    EXPECT_EQ(normalize(once).bytes, once);
  }
}

}  // namespace
}  // namespace linli
