#include "assist/masking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace linli::assist {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Row {
  const char *text, *masked;
};

constexpr Row kRows[] = {
    // telephone numbers
    {"有事打13812345678", "有事打〔电话1〕"},
    {"138 1234 5678", "〔电话1〕"},
    {"138-1234-5678或者13912345678", "〔电话1〕或者〔电话2〕"},
    {"１３８１２３４５６７８", "〔电话1〕"},
    {"1.3.8.1.2.3.4.5.6.7.8", "〔电话1〕"},
    {"+86 13812345678", "〔电话1〕"},
    {"一三八一二三四五六七八", "〔电话1〕"},
    {"幺三八一二三四五六七八", "〔电话1〕"},
    {"138一二三四5678", "〔电话1〕"},
    {"座机028-85123456", "座机〔电话1〕"},
    {"（028）85123456", "〔电话1〕"},
    {"82345678打不通", "〔电话1〕打不通"},
    {"客服4008123456", "客服〔电话1〕"},
    {"打110还是12345", "打110还是12345"},
    {"119 120 都打了", "119 120 都打了"},
    // cards
    {"身份证510104199001011234", "身份证〔证件1〕"},
    {"51010419900101123X的", "〔证件1〕的"},
    {"510104 19900101 123x", "〔证件1〕"},
    {"卡号6222 0212 3456 7890 123", "卡号〔卡号1〕"},
    {"6222021234567890", "〔卡号1〕"},
    {"工单编号123456789", "工单编号〔电话1〕"},
    // plates
    {"川A8K213堵到通道了", "〔车牌1〕堵到通道了"},
    {"川A·8K213和川AD12345", "〔车牌1〕和〔车牌2〕"},
    {"川a8k213", "〔车牌1〕"},
    {"四川人都来了", "四川人都来了"},
    // flats and doors: house and unit stay
    {"3-2-1502漏水", "3-2-〔房1〕漏水"},
    {"3栋2单元1502漏水", "3栋2单元〔房1〕漏水"},
    {"3栋2单元15楼1502", "3栋2单元15楼〔房1〕"},
    {"三栋二单元一五零二", "三栋二单元〔房1〕"},
    {"12栋1502室", "12栋〔房1〕室"},
    {"1502室的水管", "〔房1〕室的水管"},
    {"1502家又在敲", "〔房1〕家又在敲"},
    {"1502屋头漏水", "〔房1〕屋头漏水"},
    {"楼上1602又开始了", "楼上〔房1〕又开始了"},
    {"我是1402", "我是〔房1〕"},
    {"十二楼五号", "十二楼〔房1〕号"},
    {"四组12号的水沟", "四组〔门1〕号的水沟"},
    {"锦绣路88号附近", "锦绣路〔门1〕号附近"},
    {"3栋12楼电梯坏了", "3栋12楼电梯坏了"},
    {"我家3000块的电费", "我家3000块的电费"},
    {"小区3号门关了", "小区3号门关了"},
    {"2026年停水", "2026年停水"},
    {"8:30到17:30", "8:30到17:30"},
    // WeChat, QQ, mail
    {"加我微信 wang_li88", "加我微信 〔微信1〕"},
    {"微信号：lisi-2020哈", "微信号：〔微信1〕哈"},
    {"vx abc12345", "vx 〔微信1〕"},
    {"QQ:123456789", "QQ:〔微信1〕"},
    {"发到wang.li@example.com", "发到〔邮箱1〕"},
    {"微信群里说", "微信群里说"},
    // names
    {"王师傅说明天来", "〔人1〕说明天来"},
    {"我叫张三丰，住这里", "我叫〔人1〕，住这里"},
    {"找李阿姨或者刘大爷", "找〔人1〕或者〔人2〕"},
    {"小李和老王吵起来了", "〔人1〕和〔人2〕吵起来了"},
    {"联系人：陈建国", "联系人：〔人1〕"},
    {"小区老是停水", "小区老是停水"},
    // the same is the same, another another
    {"13812345678、13812345678、13987654321", "〔电话1〕、〔电话1〕、〔电话2〕"},
    // nobody can write a placeholder
    {"〔电话1〕", "〔符1〕电话1〔符2〕"},
    {"〔电话1〕13812345678", "〔符1〕电话1〔符2〕〔电话1〕"},
    {"", ""},
    {"今天天气不错", "今天天气不错"},
};

TEST(Masking, HidesAndGivesBack) {
  for (const Row& row : kRows) {
    Masking masking;
    const std::string masked = masking.mask(row.text);
    EXPECT_EQ(masked, row.masked) << row.text;
    EXPECT_EQ(masking.unmask(masked), row.text);
  }
}

TEST(Masking, KnowsWhoSpeaks) {
  Masking masking;
  EXPECT_EQ(masking.mask_name("3-2-1502李姐"), "〔人1〕");
  EXPECT_EQ(masking.mask_name("5-1-301李姐"), "〔人2〕");
  EXPECT_EQ(masking.mask_name("快乐的小鱼"), "〔人3〕");
  EXPECT_EQ(masking.mask_name("3-2-1502李姐"), "〔人1〕");
  EXPECT_EQ(masking.mask_name(""), "");
  EXPECT_EQ(masking.mask("@3-2-1502李姐 你家漏水，快乐的小鱼也说了，李姐在不在"),
            "@〔人1〕 你家漏水，〔人3〕也说了，〔人1〕在不在");
  // An answer names a person without the door.
  EXPECT_EQ(masking.unmask("〔人1〕和〔人2〕、〔人3〕"), "李姐和李姐、快乐的小鱼");
  EXPECT_EQ(masking.unmask("〔人9〕〔人"), "〔人9〕〔人");
  EXPECT_TRUE(has_placeholder(masking.unmask("〔人9〕")));
  EXPECT_TRUE(has_placeholder("请打【电话1】"));
  EXPECT_FALSE(has_placeholder("三人（5号）到了"));
}

// 物业 in every message: hiding it would leave nothing to understand.
TEST(Masking, WhatEverybodyIsCalledStays) {
  Masking masking;
  masking.know("物业");
  masking.know("荷塘物业客服");
  EXPECT_EQ(masking.mask("物业来不来修"), "物业来不来修");
}

// Every message of the training days: nothing of what the patterns are for is left, everything comes back. Prints how much of
// the talk is hidden and how long it takes.
TEST(Masking, OnTrainingDays) {
  std::size_t messages = 0, changed = 0, contacts = 0, bytes = 0;
  std::chrono::nanoseconds took{0};
  for (const auto& file : std::filesystem::directory_iterator(LINLI_SOURCE_DIR "/data/training")) {
    if (!file.path().string().ends_with(".messages.jsonl")) continue;
    std::ifstream lines(file.path());
    std::vector<boost::json::object> day;
    for (std::string line; std::getline(lines, line);) day.push_back(boost::json::parse(line).as_object());
    // As a lead has them: some messages of some people.
    for (std::size_t at = 0; at < day.size(); at += 10) {
      Masking masking, plain;
      const std::size_t end = std::min(at + 10, day.size());
      for (std::size_t i = at; i < end; ++i) masking.know(std::string(day[i].at("sender_name").as_string()));
      for (std::size_t i = at; i < end; ++i) {
        const std::string text(day[i].at("text").as_string()), name(day[i].at("sender_name").as_string());
        const auto begun = std::chrono::steady_clock::now();
        const std::string masked = masking.mask(text);
        took += std::chrono::steady_clock::now() - begun;
        ++messages;
        bytes += text.size();
        changed += masked != text;
        contacts += contacts_in(text).size();
        EXPECT_THAT(contacts_in(masked), IsEmpty()) << text << "\n" << masked;
        EXPECT_EQ(plain.unmask(plain.mask(text)), text);
        if (name.find("栋") != name.npos || name.find('-') != name.npos) {
          EXPECT_EQ(masked.find(name), masked.npos) << text;
        }
      }
    }
  }
  std::printf("%zu messages, %zu with something hidden (%.1f %%), %zu contacts, %.1f us a message\n", messages, changed,
              100.0 * static_cast<double>(changed) / static_cast<double>(messages), contacts,
              std::chrono::duration<double, std::micro>(took).count() / static_cast<double>(messages));
  EXPECT_GT(messages, 1'000u);
  // Hiding too much would leave nothing to understand.
  EXPECT_LT(static_cast<double>(changed), 0.35 * static_cast<double>(messages));
}

TEST(Masking, OnTheDistrictsOwnMachinesNothingIsChanged) {
  Masking masking(Masking::Hide::no);
  EXPECT_EQ(masking.mask_name("3-2-1502李姐"), "3-2-1502李姐");
  EXPECT_EQ(masking.mask("13812345678〔电话1〕"), "13812345678〔电话1〕");
  EXPECT_EQ(masking.unmask("〔电话1〕"), "〔电话1〕");
}

TEST(Masking, ContactsLinksNumbersInOneForm) {
  EXPECT_THAT(contacts_in("打138-1234-5678，或一三八一二三四五六七九"), ElementsAre("13812345678", "13812345679"));
  EXPECT_THAT(contacts_in("川A·8K213，微信 Wang_li88"), testing::UnorderedElementsAre("川a8k213", "wang_li88"));
  EXPECT_THAT(contacts_in("请打12345或110，3-2-1502"), IsEmpty());
  EXPECT_THAT(links_in("看https://Evil.example/a?b=1，或者 evil.com/x。"),
              ElementsAre("https://evil.example/a?b=1", "evil.com/x"));
  EXPECT_THAT(links_in("weixin://dl/chat 和 www.a.cn"), ElementsAre("weixin://dl/chat", "www.a.cn"));
  EXPECT_THAT(links_in("evil．com"), ElementsAre("evil．com"));
  EXPECT_THAT(links_in("8.30到9.30，3.5元"), IsEmpty());
  EXPECT_THAT(numbers_in("8:30到１７:30，50元", 2), ElementsAre("30", "17", "30", "50"));
}

}  // namespace
}  // namespace linli::assist
