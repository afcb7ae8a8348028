#include "assist/wire.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "assist/schema.h"

namespace linli::assist {
namespace {

namespace json = boost::json;

TEST(Wire, AsksOnlyWhatAllServersTake) {
  const json::value schema = json::parse(R"({"type":"object"})");
  Request request{"m", {{Said::By::system, "s"}, {Said::By::user, "u"}}, 0.5, 10, Form::free, "x", &schema};
  EXPECT_EQ(body_of(request),
            R"({"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"}],)"
            R"("temperature":5E-1,"max_tokens":10,"stream":false})");
  request.form = Form::json_object;
  EXPECT_NE(body_of(request).find(R"("response_format":{"type":"json_object"})"), std::string::npos);
  request.form = Form::json_schema;
  request.stream = true;
  EXPECT_NE(
      body_of(request).find(
          R"("response_format":{"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":{"type":"object"}}})"),
      std::string::npos);
  EXPECT_NE(body_of(request).find(R"("stream_options":{"include_usage":true})"), std::string::npos);
}

TEST(Wire, ReadsCompletionsHoweverTheyDiffer) {
  const struct {
    const char *story, *body, *content, *finish;
    int prompt;
  } rows[] = {
      {"plain", R"({"choices":[{"message":{"content":"好"},"finish_reason":"stop"}],"usage":{"prompt_tokens":4}})",
       "好", "stop", 4},
      {"DeepSeek keeps the line alive", "\n\n \n{\"choices\":[{\"message\":{\"content\":\"好\"}}]}", "好", "", 0},
      {"no content", R"({"choices":[{"message":{"content":null},"finish_reason":"stop"}]})", "", "stop", 0},
      {"thoughts apart",
       R"({"choices":[{"message":{"content":"好","reasoning_content":"秘密"},"finish_reason":null}]})", "好", "", 0},
      {"a usage that lies", R"({"choices":[{"message":{"content":"好"}}],"usage":{"prompt_tokens":-5}})", "好", "", 0},
  };
  for (const auto& row : rows) {
    const auto read = read_completion(row.body);
    ASSERT_TRUE(read) << row.story;
    EXPECT_EQ(read->content, row.content) << row.story;
    EXPECT_EQ(read->finish, row.finish) << row.story;
    EXPECT_EQ(read->prompt_tokens, row.prompt) << row.story;
  }
  for (const char* wrong : {"", "{", "[]", "{}", R"({"choices":[]})", R"({"choices":[{}]})", R"({"choices":{"a":1}})",
                            "<html>", R"({"choices":[{"message":"x"}]})"})
    EXPECT_FALSE(read_completion(wrong)) << wrong;
}

TEST(Wire, ReadsComplaintsHoweverTheyDiffer) {
  const struct {
    const char *server, *body, *kind, *message;
  } rows[] = {
      {"llama.cpp", R"({"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}})",
       "authentication_error", "Invalid API Key"},
      {"vLLM", R"({"error":{"message":"too long","type":"BadRequestError","param":null,"code":400}})",
       "BadRequestError", "too long"},
      {"vLLM, old", R"({"object":"error","message":"no model","type":"NotFoundError","code":404})", "NotFoundError",
       "no model"},
      {"code is a number", R"({"error":{"message":"m","code":429}})", "429", "m"},
      {"a text", R"({"error":"busy"})", "", "busy"},
      {"top level", R"({"message":"quota"})", "", "quota"},
      {"no JSON", "upstream down", "", "upstream down"},
      {"a page", "<html>502</html>", "", ""},
      {"nothing", "", "", ""},
  };
  for (const auto& row : rows) {
    const Complaint read = read_complaint(row.body);
    EXPECT_EQ(read.kind, row.kind) << row.server;
    EXPECT_EQ(read.message, row.message) << row.server;
  }
}

std::string stream_of(std::string_view bytes, std::size_t step, StreamReader& reader) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += step)
    if (!reader.take(bytes.substr(at, step), [&](std::string_view piece) { out += piece; })) break;
  return out;
}

TEST(Wire, ReadsStreamsCutAnywhere) {
  const std::string bytes =
      ": keep-alive\n\ndata:{\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\r\n\r\n"
      "event: x\ndata: {\"choices\":[{\"delta\":\ndata: {\"content\":\"三栋\"}}]}\n\n"
      "data: "
      "{\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"漏水😀\",\"reasoning_content\":\"秘密\"}}],\"usage\":"
      "null}\n\n"
      "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    StreamReader reader;
    EXPECT_EQ(stream_of(bytes, step, reader), "三栋漏水😀") << step;
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(reader.completion().content, "三栋漏水😀");
    EXPECT_EQ(reader.completion().finish, "stop");
    EXPECT_EQ(reader.completion().prompt_tokens, 7);
    EXPECT_EQ(reader.completion().model, "m");
  }
}

TEST(Wire, AStreamThatEndsOtherwise) {
  {
    StreamReader reader;
    EXPECT_EQ(
        stream_of("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"error\":{\"message\":\"oom\","
                  "\"type\":\"InternalError\"}}\n\ndata: [DONE]\n\n",
                  5, reader),
        "a");
    EXPECT_FALSE(reader.done());
    ASSERT_TRUE(reader.complaint());
    EXPECT_EQ(reader.complaint()->kind, "InternalError");
  }
  {
    StreamReader reader;
    stream_of("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", 7, reader);
    EXPECT_FALSE(reader.done());  // closed before [DONE]
  }
  {
    StreamReader reader;
    EXPECT_FALSE(reader.take("data: {nonsense\n\n", {}));
    EXPECT_FALSE(reader.done());
  }
  {  // a character in two frames
    StreamReader reader;
    std::string out;
    std::vector<std::string> pieces;
    const auto piece = [&](std::string_view p) { pieces.emplace_back(p); };
    reader.take("data: {\"choices\":[{\"delta\":{\"content\":\"\xE6\xBC\"}}]}\n\n", piece);
    reader.take("data: {\"choices\":[{\"delta\":{\"content\":\"\x8F\xE6\xB0\xB4\"}}]}\n\n", piece);
    ASSERT_EQ(pieces.size(), 1u);
    EXPECT_EQ(pieces[0], "漏水");
  }
}

TEST(Wire, ThoughtsAndFencesGo) {
  const struct {
    const char *content, *text, *json;
  } rows[] = {
      {"好", "好", ""},
      {"  {\"a\":1}\n", "{\"a\":1}", "{\"a\":1}"},
      {"```json\n{\"a\":1}\n```", "{\"a\":1}", "{\"a\":1}"},
      {"```\n{\"a\":1}", "{\"a\":1}", "{\"a\":1}"},
      {"<think>他说{\"a\":2}</think>\n\n{\"a\":1}", "{\"a\":1}", "{\"a\":1}"},
      {"<think>想不完", "", ""},
      {"想了想</think>{\"a\":1}", "{\"a\":1}", "{\"a\":1}"},
      {"<think></think>```json\n{\"a\":1}\n```", "{\"a\":1}", "{\"a\":1}"},
      {"{\"a\":\"</think>\"}", "{\"a\":\"</think>\"}", "{\"a\":\"</think>\"}"},
      {"好的，结果是：{\"a\":1} 谢谢", "好的，结果是：{\"a\":1} 谢谢", "{\"a\":1}"},
      {"", "", ""},
      {"```", "", ""},
      {"}{", "}{", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(without_thoughts(row.content), row.text) << row.content;
    EXPECT_EQ(json_part(row.content), row.json) << row.content;
  }
}

TEST(Wire, ATextIsSeenWhileItComes) {
  const std::string whole = R"({"used":["reply"],"more":{"reply":"no"},"reply":"您好，\"已\n派\u4eba","z":1})";
  std::string last;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string now = partial_text(whole.substr(0, size), "reply");
    EXPECT_TRUE(now.starts_with(last)) << size << " " << now;
    last = now;
  }
  EXPECT_EQ(last, "您好，\"已\n派人");
  EXPECT_EQ(partial_text("<think>{\"reply\":\"x\"", "reply"), "");
  EXPECT_EQ(partial_text("<think>\"reply\":\"x\"</think>{\"reply\":\"y", "reply"), "y");
  EXPECT_EQ(partial_text("{\"reply\":7}", "reply"), "");
}

TEST(Schema, SaysWhatDoesNotFit) {
  const json::value schema = json::parse(R"({"type":"object","additionalProperties":false,"required":["category","ids"],
    "properties":{"category":{"type":"string","enum":["gas","road"]},"urgency":{"type":"integer","minimum":1,"maximum":4},
    "same_as":{"type":["string","null"]},"summary":{"type":"string","minLength":1,"maxLength":4},
    "ids":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"string"}}}})");
  EXPECT_FALSE(unknown_word(schema));
  EXPECT_EQ(unknown_word(json::parse(R"({"properties":{"a":{"pattern":"x"}}})")), "pattern");
  EXPECT_EQ(unknown_word(json::parse(R"({"items":{"$ref":"x"}})")), "$ref");
  const struct {
    const char *value, *wrong;
  } rows[] = {
      {R"({"category":"gas","ids":["m1"]})", ""},
      {R"({"category":"gas","ids":["m1"],"urgency":1,"same_as":null,"summary":"燃气泄漏"})", ""},
      {R"([])", "the answer: must be object"},
      {R"({"ids":["m1"]})", "category: is missing"},
      {R"({"category":"hack","ids":["m1"]})", R"(category: must be one of ["gas","road"])"},
      {R"({"category":"gas","ids":[]})", "ids: has less than 1 items"},
      {R"({"category":"gas","ids":["a","b","c"]})", "ids: has more than 2 items"},
      {R"({"category":"gas","ids":[1]})", "ids[0]: must be string"},
      {R"({"category":"gas","ids":["a"],"urgency":0})", "urgency: is less than 1"},
      {R"({"category":"gas","ids":["a"],"urgency":5})", "urgency: is more than 4"},
      {R"({"category":"gas","ids":["a"],"urgency":1.5})", "urgency: must be integer"},
      {R"({"category":"gas","ids":["a"],"same_as":1})", "same_as: must be string or null"},
      {R"({"category":"gas","ids":["a"],"summary":""})", "summary: has less than 1 characters"},
      {R"({"category":"gas","ids":["a"],"summary":"燃气泄漏了"})", "summary: has more than 4 characters"},
      {R"({"category":"gas","ids":["a"],"recipients":["all"]})", "recipients: is not asked for"},
  };
  for (const auto& row : rows) EXPECT_EQ(misfit(json::parse(row.value), schema).value_or(""), row.wrong) << row.value;
}

}  // namespace
}  // namespace linli::assist
