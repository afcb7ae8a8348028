#include "people/opt_outs.h"

#include "store/databases_for_tests.h"

namespace linli {
namespace {

TEST(OptOuts, TheWordsAloneCount) {
  struct Row {
    const char* text;
    OptOutSaying saying;
  };
  using enum OptOutSaying;
  for (const Row& row : {Row{"退出邻里", out},
                         {" 退出邻里。", out},
                         {"#退出邻里", out},
                         {"退出 邻里！", out},
                         {"加入邻里", in},
                         {"我要退出邻里", none},
                         {"退出邻里是什么意思", none},
                         {"退出", none},
                         {"", none},
                         {"退出邻里 退出邻里", none}})
    EXPECT_EQ(opt_out_saying(row.text), row.saying) << row.text;
}

class OptOutsTest : public EachDatabase {};

TEST_P(OptOutsTest, AreKept) {
  Connection connection = connect();
  const Resident li{ChannelId{1}, 77}, wang{ChannelId{1}, -78};
  OptOuts all;
  in_transaction(connection, [&](Tx& tx) {
    ASSERT_TRUE(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'webhook', 0)"));
    const auto write = [&](const Resident& who, bool out, int at) {
      return OptOuts::write(tx, who, {out, from_millis(at)}).value();
    };
    EXPECT_TRUE(write(li, true, 5));
    EXPECT_FALSE(write(li, true, 5)) << "twice is once";
    EXPECT_FALSE(write(li, false, 4)) << "they said something later already";
    EXPECT_FALSE(write(li, false, 5)) << "both at once: out";
    EXPECT_TRUE(write(wang, false, 6));
    EXPECT_TRUE(write(wang, true, 6));
    EXPECT_TRUE(write(wang, false, 7));
    EXPECT_FALSE(write(wang, true, 6));
    ASSERT_TRUE(all.load(tx));
  });
  EXPECT_TRUE(all.has(li));
  EXPECT_FALSE(all.has(wang));
  EXPECT_FALSE(all.has({ChannelId{2}, 77})) << "another channel is another person";
  EXPECT_FALSE(all.is_new(wang, {true, from_millis(6)}));
  EXPECT_TRUE(all.is_new(wang, {true, from_millis(7)}));
  all.keep(wang, {true, from_millis(8)});
  all.keep(wang, {false, from_millis(7)});
  all.keep(li, {false, from_millis(8)});
  EXPECT_TRUE(all.has(wang));
  EXPECT_EQ(all.count(), 1u);
}
ON_EACH_DATABASE(OptOutsTest);

}  // namespace
}  // namespace linli
