#include "channels/chatlog/export.h"

#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include <sstream>

#include "base/table_file.h"

namespace linli {
namespace {

const Instant kNow = *parse_time("2026-11-28T20:00:00+08:00");  // a Saturday

OpenBytes bytes(std::string text) {
  return [text = std::move(text)] { return std::make_unique<std::istringstream>(text); };
}

std::string local(Instant at) { return format_time(at + std::chrono::hours(8)).substr(0, 19); }

// The format, then "line time name: text" of each message; "line!code" of each error.
std::vector<std::string> seen(const std::string& text, ExportChoice choice = {}) {
  choice.as_of = kNow;
  const auto shape = find_shape(bytes(text), choice);
  if (!shape) return {std::string(name(shape.error().code))};
  std::vector<std::string> out{std::string(name(shape->format))};
  const Wraps wraps = count_wraps(bytes(text), *shape, kNow, TimeZone::shanghai());
  auto reader = read_export(bytes(text), *shape, kNow, TimeZone::shanghai(), wraps);
  while (true) {
    auto m = reader->next();
    if (!m) {
      out.push_back(std::to_string(m.error().where.line) + "!" + std::string(name(m.error().code)));
      continue;
    }
    if (!*m) return out;
    std::string line = std::to_string((*m)->line) + " " + local((*m)->at) + " " + (*m)->name;
    if (!(*m)->sender_id.empty()) line += "(" + (*m)->sender_id + ")";
    if ((*m)->type != MessageType::text) line += " [" + std::string(name((*m)->type)) + "]";
    line += ": " + (*m)->text;
    if (!(*m)->quoted_text.empty()) line += " <- " + (*m)->quoted_name + ": " + (*m)->quoted_text;
    out.push_back(line);
  }
}

using Lines = std::vector<std::string>;

TEST(ChatExport, PhoneMail) {
  EXPECT_EQ(seen("微信群\"锦苑3栋\"的聊天记录如下:\n\n\n—————  2026-11-23  —————\n\n\n3-2-1502李姐  "
                 "22:10\n\n天花板在滴水\n\n\n3-2-1602  22:11\n\n不是我家哦\n改到 10:05 再看\n\n"
                 "—————  2026-11-24  —————\n\n王叔  7:05\n\n[图片](可在附件中查看)\n"),
            (Lines{"mail", "7 2026-11-23T22:10:00 3-2-1502李姐: 天花板在滴水",
                   "12 2026-11-23T22:11:00 3-2-1602: 不是我家哦\n改到 10:05 再看",
                   "19 2026-11-24T07:05:00 王叔 [image]: [图片](可在附件中查看)"}));
}

TEST(ChatExport, NameAndTime) {
  EXPECT_EQ(
      seen("李姐 2026-11-23 22:10:05\n天花板在滴水\n\n王叔(wxid_abc123) 11-23 22:13:00\n「李姐：天花板在滴水」\n- - - "
           "- - - - - - - - - - - -\n我屋头也遭了\n\n\"陈晨\"撤回了一条消息\n\n我 昨天 8:00\n收到\n收到\n"),
      (Lines{"name_time", "1 2026-11-23T22:10:05 李姐: 天花板在滴水",
             "4 2026-11-23T22:13:00 王叔(wxid_abc123): 我屋头也遭了 <- 李姐: 天花板在滴水",
             "9 2026-11-23T22:13:00  [system]: \"陈晨\"撤回了一条消息", "11 2026-11-27T08:00:00 我: 收到\n收到"}));
}

// chatlog, asked for several groups at once; quotes begin with "> ".
TEST(ChatExport, Chatlog) {
  EXPECT_EQ(
      seen("李姐(wxid_abc123) [锦苑(1@chatroom)] 01-02 15:04:05\n漏水了\n\n王叔(我) [锦苑(1@chatroom)] 01-02 "
           "15:05:05\n> "
           "李姐: 漏水了\n哪里\n\n李姐(wxid_abc123) [锦苑(1@chatroom)] 01-02 15:06:05\n\"王叔\" 拍了拍 \"李姐\"\n"),
      (Lines{"name_time", "1 2026-01-02T15:04:05 李姐(wxid_abc123): 漏水了",
             "4 2026-01-02T15:05:05 王叔: 哪里 <- 李姐: 漏水了",
             "8 2026-01-02T15:06:05 李姐(wxid_abc123) [system]: \"王叔\" 拍了拍 \"李姐\""}));
}

TEST(ChatExport, TimeAndName) {
  EXPECT_EQ(seen("2026-10-05 21:40:12 老王\n项目下周一切一……\n\n2026-13-45 21:40:30 小李\n好的\n不见了\n\n2026-10-05 "
                 "21:41:00 小李\n好的"),
            (Lines{"time_name", "1 2026-10-05T21:40:12 老王: 项目下周一切一……", "4!bad_time",
                   "8 2026-10-05T21:41:00 小李: 好的"}));
  EXPECT_EQ(seen("多余的一行\n又一行\n2026-10-05 21:40 老王\n好的"),
            (Lines{"time_name", "1!chat_line_alone", "3 2026-10-05T21:40:00 老王: 好的"}));
}

TEST(ChatExport, Brackets) {
  EXPECT_EQ(seen("[2026-01-01 12:00:00] 名称: 文字\n第二行\n[2026-01-01 12:00:09] 王: [语音]\n"),
            (Lines{"bracket", "1 2026-01-01T12:00:00 名称: 文字\n第二行", "3 2026-01-01T12:00:09 王 [voice]: [语音]"}));
}

TEST(ChatExport, Dialogue) {
  EXPECT_EQ(seen("昨天 22:10\n李姐：漏水了\n王叔：哪栋？\n星期三 9:00\n李姐：3栋"),
            (Lines{"dialogue", "2 2026-11-27T22:10:00 李姐: 漏水了", "3 2026-11-27T22:10:00 王叔: 哪栋？",
                   "5 2026-11-25T09:00:00 李姐: 3栋"}));
  EXPECT_EQ(seen("李姐:\n通知：明天停水\n\n王叔:\n收到\n"),
            (Lines{"dialogue", "1 2026-11-28T20:00:00 李姐: 通知：明天停水", "4 2026-11-28T20:00:00 王叔: 收到"}));
}

// Without a year: the last message lies before today, each step back in the calendar is a year.
TEST(ChatExport, YearsAreFound) {
  EXPECT_EQ(seen("李 12-30 10:00:00\n一\n\n李 02-28 10:00:00\n二\n\n李 12-31 10:00:00\n三\n\n李 11-20 10:00:00\n四\n"),
            (Lines{"name_time", "1 2024-12-30T10:00:00 李: 一", "4 2025-02-28T10:00:00 李: 二",
                   "7 2025-12-31T10:00:00 李: 三", "10 2026-11-20T10:00:00 李: 四"}));
  EXPECT_EQ(seen("李 12月30日 上午9:05\n一\n"), (Lines{"name_time", "1 2025-12-30T09:05:00 李: 一"}));
  EXPECT_EQ(seen("李 2月29日 9:05\n一\n"), (Lines{"name_time", "1!bad_time"}));  // there was none in 2026
}

TEST(ChatExport, DaysAreFound) {
  EXPECT_EQ(seen("李  23:50\n一\n王  0:10\n二\n李  19:00\n三\n"),
            (Lines{"name_time", "1 2026-11-27T23:50:00 李: 一", "3 2026-11-28T00:10:00 王: 二",
                   "5 2026-11-28T19:00:00 李: 三"}));
  EXPECT_EQ(seen("李  22:00\n一\n"),
            (Lines{"name_time", "1 2026-11-27T22:00:00 李: 一"}));  // it is eight in the evening
}

TEST(ChatExport, HoursOfTheDay) {
  struct Row {
    const char* told;
    const char* is;
  };
  constexpr Row rows[] = {{"凌晨1:05", "01:05"}, {"凌晨12:05", "00:05"}, {"上午9:05", "09:05"},  {"中午12:10", "12:10"},
                          {"下午3:05", "15:05"}, {"晚上9:05", "21:05"},  {"晚上12:05", "12:05"}, {"3:05 PM", "15:05"},
                          {"12:05 AM", "00:05"}, {"22：10", "22:10"}};
  for (const Row& row : rows) {
    const auto all = seen("李 2026-11-20 " + std::string(row.told) + "\n一\n");
    ASSERT_EQ(all.size(), 2u) << row.told;
    EXPECT_EQ(all[1], "1 2026-11-20T" + std::string(row.is) + ":00 李: 一") << row.told;
  }
}

TEST(ChatExport, MemoTraceTable) {
  const std::string header =
      "localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,Sender\r\n";
  EXPECT_EQ(
      seen("\xEF\xBB\xBF" + header +
           "1,217,1,0,0,1628863878,,\"漏水了,\r\n\"\"急\"\"\",2021-08-13 22:11:18,李,李姐,wxid_a1\r\n" +
           "2,217,3,0,0,1628863890,,<msg/>,2021-08-13 22:11:30,,李姐,wxid_a1\r\n" +
           "3,217,10000,0,0,1628863891,,\"\"\"王叔\"\"拍了拍我\",2021-08-13 22:11:31,,,\r\n" +
           "4,217,49,57,0,1628863895,,\"<msg><appmsg><title>我也是</title><refermsg><displayname>李姐</"
           "displayname><content>漏水了</content></refermsg></appmsg></msg>\",2021-08-13 22:11:35,,王叔,wxid_b2\r\n" +
           "5,217,1,0,0,x,,字,没有,,王叔,wxid_b2\r\n"),
      (Lines{"table", "2 2021-08-13T22:11:18 李姐(wxid_a1): 漏水了,\n\"急\"",
             "4 2021-08-13T22:11:30 李姐(wxid_a1) [image]: [图片]", "5 2021-08-13T22:11:31  [system]: \"王叔\"拍了拍我",
             "6 2021-08-13T22:11:35 王叔(wxid_b2): 我也是 <- 李姐: 漏水了", "7!bad_time"}));
}

TEST(ChatExport, OtherTables) {
  EXPECT_EQ(seen("id,MsgSvrID,type_name,is_sender,talker,room_name,content,CreateTime\n1,9,文本,0,wxid_a1,1@chatroom,"
                 "\"{\"\"src\"\": \"\"\"\", \"\"msg\"\": \"\"你好\\n啊\"\"}\",2021-08-13 22:11:18\n"),
            (Lines{"table", "2 2021-08-13T22:11:18 wxid_a1(wxid_a1): 你好\n啊"}));
  EXPECT_EQ(seen("Time,SenderName,Sender,TalkerName,Talker,Content\n2025-08-27 "
                 "00:00:00,李姐,wxid_a1,锦苑,1@chatroom,[文件|通知.pdf](http://x)\n"),
            (Lines{"table", "2 2025-08-27T00:00:00 李姐(wxid_a1) [file]: [文件|通知.pdf](http://x)"}));
  EXPECT_EQ(seen("time(Asia/Shanghai),group_id,group_name,from_id,from_nickname,content_type,content\n2025-08-27 "
                 "00:00:00,g,锦苑,w1,李姐,文本,你好\n"),
            (Lines{"table", "2 2025-08-27T00:00:00 李姐(w1): 你好"}));
  EXPECT_EQ(seen("什么时候,谁,说了什么,备注\n2025-08-27 00:00,李姐,你好,\n"), (Lines{"chat_columns_missing"}));
  ExportChoice choice;
  choice.columns[0] = {"什么时候"};
  choice.columns[1] = {"谁"};
  choice.columns[3] = {"说了什么"};
  EXPECT_EQ(seen("什么时候,谁,说了什么,备注\n2025-08-27 00:00,李姐,你好,\n", choice),
            (Lines{"table", "2 2025-08-27T00:00:00 李姐: 你好"}));
  const auto xlsx = write_table({{"时间", "发送者", "内容"}, {"2025-08-27 00:00:01", "李姐", "你好"}}, TableForm::xlsx);
  ASSERT_TRUE(xlsx);
  EXPECT_EQ(seen(*xlsx), (Lines{"table", "2 2025-08-27T00:00:01 李姐: 你好"}));
}

TEST(ChatExport, Json) {
  EXPECT_EQ(
      seen(
          R"([{"seq":1756225000000,"time":"2025-08-27T00:00:00+08:00","talker":"1@chatroom","sender":"wxid_1","senderName":"李姐","isSelf":false,"type":1,"subType":0,"content":"测试\"}消息","contents":{"host":"x"}},
{"time":5,"content":"x","sender":"y"}, {"time":"2025-08-27T00:00:01+08:00","sender":"wxid_2","senderName":"王","type":34,"content":""}])"),
      (Lines{"json", "1 2025-08-27T00:00:00 李姐(wxid_1): 测试\"}消息", "2!bad_time",
             "2 2025-08-27T00:00:01 王(wxid_2) [voice]: [语音]"}));
  EXPECT_EQ(
      seen(
          R"({"chat_username":"1@chatroom","display_name":"锦苑","is_group":true,"message_count":1,"messages":[{"local_id":1,"type":1,"type_name":"文本","sender":"李姐","sender_username":"wxid_1","content":"你好","create_time":1756225000,"time_str":"2025-08-27 00:16:40"}]})"),
      (Lines{"json", "1 2025-08-27T00:16:40 李姐(wxid_1): 你好"}));
  EXPECT_EQ(
      seen(
          R"({"chatlab":{"version":"1"},"meta":{"name":"锦苑","type":"group"},"members":[{"platformId":"w1","accountName":"李姐"}],"messages":[{"sender":"w1","timestamp":1756225000,"type":"text","content":"你好"}]})"),
      (Lines{"json", "1 2025-08-27T00:16:40 李姐(w1): 你好"}));
  EXPECT_EQ(seen("{\"id\":\"m1\",\"group\":\"g\",\"ts\":\"2026-11-20T18:30:40+08:00\",\"sender\":\"s1\",\"sender_"
                 "name\":\"李姐\",\"text\":\"水\"}\n{\"ts\":\"2026-11-20T18:31:40+08:00\",\"sender\":\"s1\",\"sender_"
                 "name\":\"李姐\",\"text\":\"又水\"}\n"),
            (Lines{"json", "1 2026-11-20T18:30:40 李姐(s1): 水", "2 2026-11-20T18:31:40 李姐(s1): 又水"}));
}

TEST(ChatExport, Html) {
  EXPECT_EQ(
      seen("<!DOCTYPE html><html><head><title>锦苑</title><style>a{}</style></head><body>\n<div class=\"msg left\" "
           "msgid=\"1\"><div class=\"nt-box\"><span class=\"dspname left\" wxId=\"w1\">李姐</span> 2023-01-05 "
           "10:05:33</div>\n"
           "<div class=\"content-box\"><pre>漏水了 &lt;急&gt;\n三栋</pre></div></div>\n<div class=\"msg "
           "left\"><div><span class=\"dspname left\">王叔</span> 2023-01-05 10:06:33</div><div><img "
           "src=\"a>b.jpg\"></div></div></body></html>"),
      (Lines{"html", "3 2023-01-05T10:05:33 李姐: 漏水了 <急>\n三栋", "12 2023-01-05T10:06:33 王叔 [image]: [图片]"}));
}

TEST(ChatExport, Encodings) {
  const std::string text = "李姐 2026-11-23 22:10:05\n天花板在滴水，龘\n";
  const Lines is{"name_time", "1 2026-11-23T22:10:05 李姐: 天花板在滴水，龘"};
  EXPECT_EQ(seen("\xEF\xBB\xBF" + text), is);
  for (const char* to : {"GB18030", "UTF-16LE", "UTF-16BE", "UTF-16"}) {
    std::string other(text.size() * 4, '\0');
    UErrorCode error = U_ZERO_ERROR;
    other.resize(
        static_cast<std::size_t>(ucnv_convert(to, "UTF-8", other.data(), static_cast<std::int32_t>(other.size()),
                                              text.data(), static_cast<std::int32_t>(text.size()), &error)));
    ASSERT_TRUE(U_SUCCESS(error));
    EXPECT_EQ(seen(other), is) << to;
  }
}

// Pieces of the converter end within characters: the text must not know.
TEST(ChatExport, LongFilesOfOtherEncodings) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "李 2026-11-23 22:10:05\n水" + std::to_string(i) + "漏\n";
  std::string other(text.size() * 2, '\0');
  UErrorCode error = U_ZERO_ERROR;
  other.resize(
      static_cast<std::size_t>(ucnv_convert("GB18030", "UTF-8", other.data(), static_cast<std::int32_t>(other.size()),
                                            text.data(), static_cast<std::int32_t>(text.size()), &error)));
  const auto all = seen(other);
  ASSERT_EQ(all.size(), 20'001u);
  for (int i = 0; i < 20'000; ++i)
    ASSERT_TRUE(all[static_cast<std::size_t>(i) + 1].ends_with("水" + std::to_string(i) + "漏")) << i;
}

TEST(ChatExport, WhatIsNone) {
  EXPECT_EQ(seen(""), (Lines{"chat_unknown"}));
  EXPECT_EQ(seen("今天天气真好\n出去走走\n"), (Lines{"chat_unknown"}));
  EXPECT_EQ(seen(std::string("李 2026-11-23 22:10:05\n\xff\xfe"
                             "abc\n",
                             33))
                .size(),
            2u);
}

}  // namespace
}  // namespace linli
