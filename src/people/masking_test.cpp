#include "people/masking.h"

#include <gtest/gtest.h>

namespace linli {
namespace {

TEST(Masking, NamesLoseTheHomeAndAllButOneCharacter) {
  struct Row {
    const char *name, *shown;
  };
  for (const Row& row : {Row{"3-2-1502李姐", "李＊"},
                         {"锦苑3栋2单元 王叔", "王＊"},
                         {"开心就好", "开＊"},
                         {"Anna W", "W＊"},
                         {"🌸", "＊"},
                         {"", "＊"},
                         {"赵四🌸 1-1-302", "赵＊"}})
    EXPECT_EQ(mask_name(row.name), row.shown) << row.name;
}

TEST(Masking, NumbersLoseTheirMiddle) {
  struct Row {
    const char *text, *shown;
  };
  for (const Row& row : {Row{"打我电话13812345678哈", "打我电话138****5678哈"},
                         {"138 1234 5678", "138 **** 5678"},
                         {"138-1234-5678", "138-****-5678"},
                         {"028-85551234", "028-85****34"},
                         {"１３８１２３４５６７８", "１３８＊＊＊＊５６７８"},
                         {"51010719800101123X", "510**********1123X"},
                         {"3-2-1502漏水", "3-2-1502漏水"},
                         {"12-3-1502", "12-3-1502"},
                         {"110 120 119", "110 120 119"},
                         {"20261123", "20****23"},
                         {"", ""}})
    EXPECT_EQ(mask_numbers(row.text), row.shown) << row.text;
}

}  // namespace
}  // namespace linli
