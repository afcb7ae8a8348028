#include "channels/chatlog/forward.h"

#include <gtest/gtest.h>

namespace linli {
namespace {

std::vector<std::string> seen(const Result<std::vector<ExportedMessage>>& all) {
  if (!all) return {std::string(name(all.error().code))};
  std::vector<std::string> out;
  for (const auto& m : *all)
    out.push_back((m.timed ? format_time(m.at) : "-") + " " + m.name + " [" + std::string(name(m.type)) + "] " +
                  m.text);
  return out;
}
using Lines = std::vector<std::string>;

TEST(Forward, ChatRecord) {
  EXPECT_EQ(seen(unpack_chatrecord(R"({"msgtype":"chatrecord","chatrecord":{"title":"群聊","item":[
      {"type":"ChatRecordText","msgtime":1603875610,"content":"{\"content\":\"漏水了\"}","from_chatroom":true},
      {"type":"ChatRecordImage","msgtime":1603875611,"content":"{\"md5sum\":\"x\"}"},
      {"type":"ChatRecordFile","msgtime":1603875612000,"content":"{\"filename\":\"通知.pdf\"}"},
      {"type":"ChatRecordMixed","msgtime":1603875613,"content":"{\"item\":[{\"type\":\"text\",\"content\":\"{\\\"content\\\":\\\"看\\\\n\\\"}\"},{\"type\":\"image\",\"content\":\"{}\"}]}"},
      {"type":"chatrecord","msgtime":1603875614,"content":"{\"title\":\"里面\",\"item\":[{\"type\":\"ChatRecordText\",\"msgtime\":1603875600,\"content\":\"{\\\"content\\\":\\\"里面的\\\"}\",\"sender\":\"李姐\"}]}"},
      {"type":"ChatRecordNew","content":"{}"},
      {"type":"ChatRecordText","content":"kein JSON"}]}})")),
            (Lines{"2020-10-28T09:00:10Z  [text] 漏水了", "2020-10-28T09:00:11Z  [image] [图片]",
                   "2020-10-28T09:00:12Z  [file] [文件] 通知.pdf", "2020-10-28T09:00:13Z  [text] 看\n[图片]",
                   "2020-10-28T09:00:00Z 李姐 [text] 里面的", "-  [text] [未支持的消息]"}));
  EXPECT_EQ(seen(unpack_chatrecord("[]")), (Lines{"bad_json"}));
  EXPECT_EQ(seen(unpack_chatrecord("{\"title\":\"x\"}")), (Lines{"missing_field"}));
}

// Within itself without end: it is cut at four levels.
TEST(Forward, IsBounded) {
  std::string record = R"({"item":[{"type":"ChatRecordText","content":"{\"content\":\"x\"}"}]})";
  for (int i = 0; i < 8; ++i) record = R"({"item":[{"type":"chatrecord","content":)" + record + "}]}";
  const auto all = unpack_chatrecord(record);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 1u);
  EXPECT_EQ(all->front().text, "[未支持的消息]");
  std::string many = R"({"item":[)";
  for (int i = 0; i < 2'001; ++i)
    many += std::string(i ? "," : "") + R"({"type":"ChatRecordText","content":{"content":"x"}})";
  EXPECT_EQ(seen(unpack_chatrecord(many + "]}")), (Lines{"too_long"}));
}

TEST(Forward, RecordInfo) {
  const Instant now = *parse_time("2026-11-28T20:00:00+08:00");
  const std::string items =
      R"(<recordinfo><title>群聊的聊天记录</title><datalist count="3"><dataitem datatype="1" dataid="a"><sourcename>李姐</sourcename><sourcetime>2026-11-23 22:10</sourcetime><datadesc>漏水了 &amp; 急</datadesc></dataitem>)"
      R"(<dataitem datatype="2"><sourcename>王叔</sourcename><srcMsgCreateTime>1795443060</srcMsgCreateTime><sourcetime>2026-11-23 22:11</sourcetime></dataitem>)"
      R"(<dataitem datatype="8"><sourcename>王叔</sourcename><datatitle>通知.pdf</datatitle></dataitem></datalist></recordinfo>)";
  const Lines is{"2026-11-23T14:10:00Z 李姐 [text] 漏水了 & 急", "2026-11-23T14:11:00Z 王叔 [image] [图片]",
                 "- 王叔 [file] [文件] 通知.pdf"};
  EXPECT_EQ(seen(unpack_recordinfo(items, now, TimeZone::shanghai())), is);
  EXPECT_EQ(seen(unpack_recordinfo(
                "<msg><appmsg><type>19</type><recorditem><![CDATA[" + items + "]]></recorditem></appmsg></msg>", now,
                TimeZone::shanghai())),
            is);
  EXPECT_EQ(seen(unpack_recordinfo("<msg/>", now, TimeZone::shanghai())), (Lines{"bad_value"}));
}

}  // namespace
}  // namespace linli
