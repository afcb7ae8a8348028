#include "channels/message_json.h"

#include <gtest/gtest.h>

#include <fstream>

#include "channels/json_text.h"

namespace linli {
namespace {

constexpr const char* kWhole =
    R"({"id":"m1","group":"g1","group_name":"锦苑","ts":"2026-11-20T18:30:40+08:00","sender":"a01","sender_name":"3-2-1502李姐",)"
    R"("role":"grid_officer","type":"voice","text":"漏水\n了","reply_to":"m0","mentions":["a","b"],"recalls":null,)"
    R"("attachments":[{"name":"a.jpg","media_type":"image/jpeg","content_base64":"aGFsbG8="}],"lead":{"x":[1,{"id":"no"}]},"n":1.5e3})";

TEST(MessageJson, ReadsAllMembersAndIgnoresOthers) {
  auto m = MessageParser().parse(kWhole);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->id, "m1");
  EXPECT_EQ(m->group, "g1");
  EXPECT_EQ(m->group_name, "锦苑");
  EXPECT_EQ(m->sent_at, parse_time("2026-11-20T10:30:40Z"));
  EXPECT_EQ(m->sender_name, "3-2-1502李姐");
  EXPECT_EQ(m->role, Role::grid_officer);
  EXPECT_EQ(m->type, MessageType::voice);
  EXPECT_EQ(m->text, "漏水\n了");
  EXPECT_EQ(m->reply_to, "m0");
  EXPECT_EQ(m->mentions, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(m->recalls.empty());
  ASSERT_EQ(m->attachments.size(), 1u);
  EXPECT_EQ(m->attachments[0].bytes, "hallo");
}

// A whole message with one member replaced ("-": taken away).
std::string with(std::string_view member, std::string_view value) {
  std::string json = "{";
  for (const auto& [name, usual] : {std::pair<std::string_view, std::string_view>{"id", "\"m\""},
                                    {"group", "\"g\""},
                                    {"ts", "\"2026-11-20T18:30:40+08:00\""},
                                    {"sender", "\"s\""},
                                    {"text", "\"t\""}}) {
    const std::string_view put = name == member ? value : usual;
    if (name == member) member = {};
    if (put == "-") continue;
    (((json += json.size() > 1 ? ",\"" : "\"") += name) += "\":") += put;
  }
  if (!member.empty()) (((json += ",\"") += member) += "\":") += value;
  return json += "}";
}

std::string text_of(std::size_t characters, std::string_view one) {
  std::string text = "\"";
  for (std::size_t i = 0; i < characters; ++i) text += one;
  return text + "\"";
}

TEST(MessageJson, RefusesWithCodeAndField) {
  const struct {
    std::string member, value;
    std::optional<Errc> code;
    std::string field;
  } rows[] = {
      {"text", "\"\"", {}, ""},
      {"id", "-", Errc::missing_field, "id"},
      {"id", "\"\"", Errc::missing_field, "id"},
      {"id", "7", Errc::bad_value, "id"},
      {"id", "null", Errc::bad_value, "id"},
      {"id", text_of(128, "长"), {}, ""},
      {"id", text_of(129, "长"), Errc::too_long, "id"},
      {"id", "\"a\\u0000\"", Errc::nul_character, "id"},
      {"group", "-", Errc::missing_field, "group"},
      {"group", "null", {}, ""},
      {"group", "\"\"", {}, ""},
      {"group", "[]", Errc::bad_value, "group"},
      {"ts", "-", Errc::missing_field, "ts"},
      {"ts", "1764000000", Errc::bad_value, "ts"},
      {"ts", "\"2026-11-20 18:30\"", Errc::bad_time, "ts"},
      {"ts", "\"2026-11-20T18:30:40\"", Errc::bad_time, "ts"},
      {"ts", "\"1999-12-31T23:59:59Z\"", Errc::bad_time, "ts"},
      {"ts", "\"2000-01-01T00:00:00Z\"", {}, ""},
      {"ts", "\"2099-12-31T23:59:59Z\"", {}, ""},
      {"ts", "\"2100-01-01T00:00:00Z\"", Errc::bad_time, "ts"},
      {"sender", "-", Errc::missing_field, "sender"},
      {"text", "-", Errc::missing_field, "text"},
      {"text", "null", Errc::bad_value, "text"},
      {"text", text_of(16'384, "水"), {}, ""},
      {"text", text_of(16'385, "水"), Errc::too_long, "text"},
      {"text", "\"\\ud83d\"", Errc::bad_utf8, "text"},
      {"text", "\"\\ud83d\\ude00\"", {}, ""},
      {"text", "\"\\x\"", Errc::bad_json, "text"},
      {"text", "\"\xff\"", Errc::bad_utf8, ""},
      {"text", "\"a\nb\"", Errc::bad_json, ""},
      {"role", "\"mayor\"", Errc::bad_value, "role"},
      {"role", "\"bot\"", {}, ""},
      {"type", "\"video\"", Errc::bad_value, "type"},
      {"type", "\"recall\"", {}, ""},
      {"mentions", "\"all\"", {}, ""},
      {"mentions", "null", {}, ""},
      {"mentions", "\"some\"", Errc::bad_value, "mentions"},
      {"mentions", "[1]", Errc::bad_value, "mentions"},
      {"mentions", "{}", Errc::bad_value, "mentions"},
      {"attachments", "[{}]", Errc::missing_field, "attachments[0].media_type"},
      {"attachments", "[1]", Errc::bad_value, "attachments[0]"},
      {"attachments", R"([{"media_type":"a/b"},{"media_type":"a/b","content_base64":"?"}])", Errc::bad_value,
       "attachments[1].content_base64"},
      {"attachments",
       "[" + std::string(R"({"media_type":"a/b"},{"media_type":"a/b"},{"media_type":"a/b"},{"media_type":"a/b"},)") +
           R"({"media_type":"a/b"},{"media_type":"a/b"},{"media_type":"a/b"},{"media_type":"a/b"},{"media_type":"a/b"},{"media_type":"a/b"}])",
       Errc::too_long, "attachments"},
      {"more", "tru", {}, ""},  // other members are not looked at
      {"more", "{", Errc::bad_json, ""},
  };
  MessageParser parser;
  for (const auto& row : rows) {
    const auto m = parser.parse(with(row.member, row.value));
    EXPECT_EQ(m ? std::optional<Errc>{} : m.error().code, row.code) << row.member << " " << row.value.substr(0, 50);
    if (m) continue;
    EXPECT_EQ(m.error().where.field, row.field) << row.member << " " << row.value.substr(0, 50);
  }
}

TEST(MessageJson, NothingButAnObjectIsAMessage) {
  MessageParser parser;
  for (const char* json : {"", " ", "1", "null", "[]", "\"x\"", "{", "{}}", "{\"id\"", "\x01"}) {
    const auto m = parser.parse(json);
    ASSERT_FALSE(m) << json;
    EXPECT_EQ(m.error().code, Errc::bad_json) << json;
  }
  EXPECT_EQ(parser.parse("{}").error().code, Errc::missing_field);
}

struct Shape {
  std::size_t messages;
  std::vector<std::pair<std::size_t, Errc>> refused;
};

TEST(Batch, RefusesElementsSingly) {
  const std::string good = with("text", "\"[{\\\"]},\"");  // brackets in strings cut nothing
  const auto in = [&](std::string text) {
    for (std::size_t at; (at = text.find('G')) != text.npos;) text.replace(at, 1, good);
    return text;
  };
  const struct {
    BodyForm form;
    std::string body;
    std::optional<Errc> whole;
    Shape shape;
  } rows[] = {
      {BodyForm::json, in("G"), {}, {1, {}}},
      {BodyForm::json, in("\xEF\xBB\xBF\n G \n"), {}, {1, {}}},
      {BodyForm::json, in("[G,G]"), {}, {2, {}}},
      {BodyForm::json, in(" [ G , G ] \r\n"), {}, {2, {}}},
      {BodyForm::json, "[]", {}, {0, {}}},
      {BodyForm::json,
       in("[G,7,G,{},G,tru]"),
       {},
       {3, {{1, Errc::bad_json}, {3, Errc::missing_field}, {5, Errc::bad_json}}}},
      {BodyForm::json, in("[G,{\"id\": tru e},G]"), {}, {2, {{1, Errc::bad_value}}}},
      {BodyForm::json, in("[G,,G]"), {}, {2, {{1, Errc::bad_json}}}},
      {BodyForm::json, in("[G,]"), {}, {1, {{1, Errc::bad_json}}}},
      {BodyForm::json, in("[G,{\"text\":\"\xC3\"},G]"), {}, {2, {{1, Errc::bad_utf8}}}},
      {BodyForm::json, in("[G,[G],G]"), {}, {2, {{1, Errc::bad_json}}}},
      {BodyForm::json, in("[G"), Errc::bad_json, {}},
      {BodyForm::json, in("[G,{\"id\":\"x]"), Errc::bad_json, {}},
      {BodyForm::json, in("[G]]"), Errc::bad_json, {}},
      {BodyForm::json, in("[G] x"), Errc::bad_json, {}},
      {BodyForm::json, "hello", Errc::bad_json, {}},
      {BodyForm::json, "", Errc::bad_json, {}},
      {BodyForm::json, in("G\nG"), {}, {0, {{0, Errc::bad_json}}}},
      {BodyForm::ndjson, in("G\nG"), {}, {2, {}}},
      {BodyForm::ndjson, in("G\r\n\r\nx\r\nG\r\n"), {}, {2, {{1, Errc::bad_json}}}},
      {BodyForm::ndjson, in("G\n{\"id\":\"x\nG\n"), {}, {2, {{1, Errc::bad_json}}}},
      {BodyForm::ndjson, "", {}, {0, {}}},
  };
  for (const auto& row : rows) {
    const auto batch = parse_batch(row.body, row.form);
    ASSERT_EQ(batch ? std::optional<Errc>{} : batch.error().code, row.whole) << row.body;
    if (!batch) continue;
    EXPECT_EQ(batch->messages.size(), row.shape.messages) << row.body;
    std::vector<std::pair<std::size_t, Errc>> refused;
    for (const Refusal& r : batch->refused) refused.emplace_back(r.index, r.error.code);
    EXPECT_EQ(refused, row.shape.refused) << row.body;
  }
}

TEST(Batch, HasLimits) {
  BatchLimits limits;
  limits.messages = 2;
  EXPECT_TRUE(parse_batch("[{},{}]", BodyForm::json, limits));
  EXPECT_EQ(parse_batch("[{},{},{}]", BodyForm::json, limits).error().code, Errc::too_many_messages);
  EXPECT_EQ(parse_batch("{}\n{}\n{}", BodyForm::ndjson, limits).error().code, Errc::too_many_messages);
  limits.bytes = 6;
  EXPECT_EQ(parse_batch("[{},{}]", BodyForm::json, limits).error().code, Errc::body_too_large);
}

TEST(Batch, FormIsTheMediaType) {
  EXPECT_EQ(body_form("application/json"), BodyForm::json);
  EXPECT_EQ(body_form("Application/JSON ; charset=utf-8"), BodyForm::json);
  EXPECT_EQ(body_form("application/x-ndjson"), BodyForm::ndjson);
  EXPECT_FALSE(body_form(""));
  EXPECT_FALSE(body_form("text/plain"));
}

TEST(MessageJson, WritesWhatItReads) {
  MessageParser parser;
  std::string json;
  auto first = parser.parse(kWhole);
  append_json(json, *first);
  EXPECT_EQ(json.find('\n'), json.npos);
  auto second = parser.parse(json);
  ASSERT_TRUE(second) << json;
  std::string again;
  append_json(again, *second);
  EXPECT_EQ(json, again);
  EXPECT_EQ(second->attachments[0].bytes, "hallo");
  EXPECT_EQ(second->sent_at, first->sent_at);
}

TEST(JsonText, QuotesWhatMustBe) {
  std::string out;
  append_json_string(out, "a\"b\\c\n\x01水");
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\n\\u0001水\"");
}

}  // namespace
}  // namespace linli
