#include "assist/model_server.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <thread>

#include "assist/assist_for_tests.h"

namespace linli::assist {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using testing::HasSubstr;

const json::value& schema() {
  static const json::value value = json::parse(
      R"({"type":"object","additionalProperties":false,"required":["id"],"properties":{"id":{"type":"string","enum":["m1","m2"]}}})");
  return value;
}

class ModelServerTest : public AssistTest {
 protected:
  Question question(std::string words = "几点停水") const {
    Question q{.task = "refine", .said = {{Said::By::system, "输出 JSON"}, {Said::By::user, std::move(words)}}};
    q.schema_name = "refine";
    q.schema = &schema();
    return q;
  }
  // The id, or the error's code.
  std::string told(const Result<Answer>& answer) const {
    if (!answer) return std::string(name(answer.error().code));
    return answer->value.is_object() ? std::string(answer->value.at("id").as_string()) : answer->text;
  }
};

const std::string kGood = R"({"id":"m1"})";

// One row a fault: what the server does, what comes of it, how often it was asked.
TEST_F(ModelServerTest, FaultTable) {
  using Make = std::function<Reply(const Asked&)>;
  const auto always = [](Reply reply) -> Make { return [reply](const Asked&) { return reply; }; };
  const auto first = [](Reply reply) -> Make {
    return [reply](const Asked& asked) { return asked.nth == 1 ? reply : says(asked, kGood); };
  };
  const auto cut = [](Reply reply) {
    reply.cut = true;
    return reply;
  };
  const auto slow = [](Reply reply, milliseconds wait) {
    reply.wait = wait;
    return reply;
  };
  const std::vector<std::string> stream = frames({"{\"id\"", ":\"m1\"}"});
  const auto upto = [&](std::size_t n) {
    return std::vector<std::string>(stream.begin(), stream.begin() + static_cast<long>(n));
  };
  const auto with_error = [&] {
    auto pieces = upto(3);
    pieces.push_back("data: {\"error\":{\"message\":\"CUDA out of memory\",\"type\":\"InternalServerError\"}}\n\n");
    return pieces;
  };
  // One byte at a time: characters are split between reads.
  const auto bytewise = [](const std::vector<std::string>& pieces) {
    std::vector<std::string> out;
    for (const auto& piece : pieces)
      for (const char c : piece) out.emplace_back(1, c);
    return out;
  };

  struct Row {
    const char* fault;
    bool streamed;
    Make make;
    std::string told;
    int calls;
    std::string counted;  // of the failure
  };
  const Row rows[] = {
      {"none", false, always(whole(kGood)), "m1", 1, ""},
      {"none, streamed", true, always(streamed(stream)), "m1", 1, ""},
      {"a server that never streams", true, always(whole(kGood)), "m1", 1, ""},
      {"too slow", false, always(slow(whole(kGood), 3s)), "model_server_unreachable", 1, "failed.timeout 1"},
      {"too slow, streamed", true, always(slow(streamed(stream), 3s)), "model_server_unreachable", 1,
       "failed.timeout 1"},
      {"429 once", false, first(problem(429)), "m1", 2, "retried 1"},
      {"429 with Retry-After 1", false, first(problem(429, "slow down", "retry-after: 1\r\n")), "m1", 2, "retried 1"},
      {"429 with Retry-After 60", false, always(problem(429, "slow down", "retry-after: 60\r\n")),
       "model_server_unreachable", 1, "failed.rate_limited 1"},
      {"429 for ever", false, always(problem(429)), "model_server_unreachable", 3, "failed.rate_limited 1"},
      {"500 once", false, first(problem(500)), "m1", 2, "retried 1"},
      {"500 for ever", false, always(problem(500)), "model_server_unreachable", 3, "failed.server_error 1"},
      {"502, a page", false, first(body("<html>bad gateway</html>", 502)), "m1", 2, "retried 1"},
      {"503 while the model loads", false, first(problem(503, "Loading model")), "m1", 2, "retried 1"},
      {"504", false, first(problem(504)), "m1", 2, "retried 1"},
      {"400 to every form", false, always(problem(400)), "model_server_refused", 3, "failed.refused 1"},
      {"401", false, always(problem(401, "Invalid API Key")), "model_server_refused", 1, "failed.refused 1"},
      {"402 no balance", false, always(problem(402)), "model_server_refused", 1, "failed.refused 1"},
      {"404 no such model", false, always(problem(404)), "model_server_refused", 1, "failed.refused 1"},
      {"422 to every form", false, always(problem(422)), "model_server_refused", 3, "failed.refused 1"},
      {"closed without an answer", false, first(cut(body(""))), "m1", 2, "retried 1"},
      {"cut in the middle", false, first(cut(whole(kGood))), "m1", 2, "retried 1"},
      {"cut for ever", false, always(cut(whole(kGood))), "model_server_unreachable", 3, "failed.unreachable 1"},
      {"stream cut before a word", true, first(streamed(upto(2))), "m1", 2, "retried 1"},
      {"stream cut after words", true, always(streamed(upto(3))), "model_server_unreachable", 1, "failed.cut 1"},
      {"stream without [DONE]", true, always(streamed(upto(5))), "model_server_unreachable", 1, "failed.cut 1"},
      {"error inside a stream", true, always(streamed(with_error())), "model_server_unreachable", 1,
       "failed.server_error 1"},
      {"stream byte by byte", true, always(streamed(bytewise(frames({"{\"id\":\"m1\",", "}"})))), "model_answer_wrong",
       2, "failed.wrong_form 1"},
      {"stream byte by byte, good", true, always(streamed(bytewise(stream))), "m1", 1, ""},
      {"nonsense in a stream", true, always(streamed({"data: {nonsense\n\n"})), "model_server_unreachable", 3,
       "failed.cut 1"},
      {"200 with a page", false, always(body("<html>login</html>")), "model_answer_wrong", 1, "failed.wrong_form 1"},
      {"200 with an error", false, always(body(R"({"error":{"message":"m","type":"overloaded"}})")),
       "model_server_unreachable", 3, "failed.server_error 1"},
      {"200 without choices", false, always(body(R"({"choices":[]})")), "model_answer_wrong", 1, "failed.wrong_form 1"},
      {"invalid UTF-8", false, always(body("{\"choices\":[{\"message\":{\"content\":\"\xFF\"}}]}")),
       "model_answer_wrong", 1, "failed.wrong_form 1"},
      {"blank before JSON", false, always(body("\n\n\n" + completion_json(kGood))), "m1", 1, ""},
      {"invalid JSON once", false, first(whole("{\"id\":")), "m1", 2, "repaired 1"},
      {"invalid JSON for ever", false, always(whole("{\"id\":}")), "model_answer_wrong", 2, "failed.wrong_form 1"},
      {"words only", false, always(whole("我觉得是第一条")), "model_answer_wrong", 2, "failed.wrong_form 1"},
      {"schema broken once", false, first(whole(R"({"id":"m1","recipients":"all"})")), "m1", 2, "repaired 1"},
      {"schema broken for ever", false, always(whole(R"({"id":7})")), "model_answer_wrong", 2, "failed.wrong_form 1"},
      {"an id that was not given", false, always(whole(R"({"id":"m9"})")), "model_answer_wrong", 2,
       "failed.wrong_form 1"},
      {"blank once", false, first(whole("")), "m1", 2, "repaired 1"},
      {"blank for ever", false, always(whole("  \n")), "model_answer_wrong", 2, "failed.blank 1"},
      {"cut off by length", false, first(whole("{\"id\":\"m", "length")), "m1", 2, "repaired 1"},
      {"content filter", false, always(whole("", "content_filter")), "model_answer_wrong", 1, "failed.filtered 1"},
      {"thoughts before", false, always(whole("<think>{\"id\":\"m2\"}</think>\n" + kGood)), "m1", 1, ""},
      {"thoughts only", false, always(whole("<think>{\"id\":\"m1\"}")), "model_answer_wrong", 2, "failed.blank 1"},
      {"code fence and words", false, always(whole("好的：\n```json\n{\"id\":\"m1\"}\n```")), "m1", 1, ""},
      {"no usage told", false, always(body(R"({"choices":[{"message":{"content":"{\"id\":\"m1\"}"}}]})")), "m1", 1, ""},
      {"far too long", false, always(body(std::string(3u << 20, 'x'))), "model_server_unreachable", 3,
       "failed.unreachable 1"},
  };
  std::printf("%-34s %-26s %5s %7s  %s\n", "fault", "comes of it", "calls", "millis", "counted");
  int nth = 0;
  for (const Row& row : rows) {
    open();                                 // a breaker, a ladder and a cache for each
    clock.advance(std::chrono::hours(24));  // and a day
    server.answers(row.make);
    Question q = question("第" + std::to_string(++nth) + "问");
    if (row.streamed) q.piece = [](std::string_view) {};
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = client->ask(q);
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
    const int calls = static_cast<int>(server.asked().size());
    const std::string counted = counts();
    std::printf("%-34s %-26s %5d %7lld  %s\n", row.fault, told(answer).c_str(), calls,
                static_cast<long long>(took.count()), row.counted.c_str());
    EXPECT_EQ(told(answer), row.told) << row.fault;
    EXPECT_EQ(calls, row.calls) << row.fault;
    if (row.counted.empty()) {
      EXPECT_EQ(counted.find("failed"), counted.npos) << row.fault << ": " << counted;
    } else {
      EXPECT_THAT(counted, HasSubstr(row.counted)) << row.fault;
    }
    EXPECT_LT(took, 2'600ms) << row.fault;
  }
}

TEST_F(ModelServerTest, NobodyListens) {
  ServerSettings gone = settings();
  gone.base_url = "http://127.0.0.1:1/v1";
  client->use(gone);
  const auto answer = client->ask(question());
  EXPECT_EQ(told(answer), "model_server_unreachable");
  client->use({});
  EXPECT_EQ(told(client->ask(question())), "model_server_off");
}

// json_schema → json_object → free, remembered.
TEST_F(ModelServerTest, TheFormThatTheServerTakesIsRemembered) {
  const auto takes = [&](const std::string& form) {
    open();
    server.answers([form](const Asked& asked) {
      const bool good = asked.form() == form || asked.form() == "free";
      return good ? whole(kGood) : problem(400, "response_format is not supported");
    });
    std::string forms;
    for (int i = 0; i < 2; ++i) EXPECT_EQ(told(client->ask(question(form + std::to_string(i)))), "m1");
    for (const Asked& asked : server.asked()) forms += asked.form() + " ";
    return forms;
  };
  EXPECT_EQ(takes("json_schema"), "json_schema json_schema ");
  EXPECT_EQ(takes("json_object"), "json_schema json_object json_object ");
  EXPECT_EQ(takes("free"), "json_schema json_object free free ");
  EXPECT_EQ(client->health().form, Form::free);
  client->use(settings());  // another server, or the same mended
  EXPECT_FALSE(client->health().form);
}

TEST_F(ModelServerTest, TheRepairSaysWhatWasWrong) {
  server.answers(
      [](const Asked& asked) { return whole(asked.nth == 1 ? "<think>秘密</think>{\"id\":\"m9\"}" : kGood); });
  const auto answer = client->ask(question());
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->repaired);
  const auto asked = server.asked();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_THAT(asked[1].words(), HasSubstr("id: must be one of [\"m1\",\"m2\"]"));
  EXPECT_EQ(asked[1].words(1), "{\"id\":\"m9\"}");
  EXPECT_EQ(asked[1].raw.find("秘密"), std::string::npos);  // thoughts are never sent back
}

TEST_F(ModelServerTest, TheSameQuestionIsAskedOnce) {
  server.answers([](const Asked&) { return whole(kGood); });
  EXPECT_FALSE(client->ask(question())->cached);
  EXPECT_TRUE(client->ask(question())->cached);
  EXPECT_FALSE(client->ask(question("另一问"))->cached);
  client->forget();
  EXPECT_FALSE(client->ask(question())->cached);
  EXPECT_EQ(server.asked().size(), 3u);
  EXPECT_THAT(counts(), HasSubstr("cached 1 calls 3"));
  // What failed is not kept.
  server.answers([](const Asked& asked) { return asked.nth <= 2 ? whole("x") : whole(kGood); });
  EXPECT_EQ(told(client->ask(question("坏"))), "model_answer_wrong");
  EXPECT_EQ(told(client->ask(question("坏"))), "m1");
}

TEST_F(ModelServerTest, TheCacheIsBounded) {
  open({.cached = 2});
  server.answers([](const Asked&) { return whole(kGood); });
  for (const char* words : {"一", "二", "一", "三", "一", "二"}) ASSERT_TRUE(client->ask(question(words)));
  EXPECT_EQ(server.asked().size(), 4u);  // 二 had to go for 三
}

TEST_F(ModelServerTest, TheBudgetOutlivesARestartAndEndsWithTheDay) {
  server.answers([](const Asked&) { return whole(kGood); });
  ServerSettings small = settings();
  small.daily_tokens = 1'200;
  client->use(small);
  Question q = question();
  q.most_tokens = 1'000;
  EXPECT_EQ(told(client->ask(q)), "m1");
  EXPECT_EQ(usage->spent(), 60);
  (void)counts();  // the writer has written
  open();
  client->use(small);
  EXPECT_EQ(usage->spent(), 60);
  q.most_tokens = 1'150;
  q.said[1].words = "又一问";
  const auto refused = client->ask(q);
  EXPECT_EQ(told(refused), "model_budget_spent");
  EXPECT_EQ(refused.error().args, (Args{{"used", "60"}, {"limit", "1200"}}));
  EXPECT_EQ(server.asked().size(), 1u);
  EXPECT_THAT(counts(), HasSubstr("failed.budget 1"));
  clock.advance(24h);
  EXPECT_EQ(told(client->ask(q)), "m1");
  EXPECT_EQ(usage->spent(), 60);
}

// Going down the ladder does not hold the tokens back three times.
TEST_F(ModelServerTest, ATryThatGaveNothingHoldsNothingBack) {
  ServerSettings small = settings();
  small.daily_tokens = 1'200;
  client->use(small);
  server.answers([](const Asked& asked) { return asked.form() == "free" ? whole(kGood) : problem(400); });
  EXPECT_EQ(told(client->ask(question())), "m1");
}

// What calls at once hold back cannot be spent twice.
TEST_F(ModelServerTest, CallsAtOnceShareTheBudget) {
  ServerSettings small = settings();
  small.daily_tokens = 2'500;
  client->use(small);
  server.answers([](const Asked&) {
    Reply reply = whole(kGood);
    reply.wait = 200ms;
    return reply;
  });
  std::atomic<int> good = 0, refused = 0;
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < 4; ++i)
      all.emplace_back([&, i] { ++(client->ask(question("问" + std::to_string(i))) ? good : refused); });
  }
  EXPECT_EQ(good, 2);
  EXPECT_EQ(refused, 2);
}

TEST_F(ModelServerTest, NoMoreCallsAtOnceThanAllowed) {
  open({.at_once = 2});
  server.answers([](const Asked&) {
    Reply reply = whole(kGood);
    reply.wait = 50ms;
    return reply;
  });
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < 8; ++i)
      all.emplace_back([&, i] { EXPECT_EQ(told(client->ask(question("问" + std::to_string(i)))), "m1"); });
  }
  EXPECT_EQ(server.most_at_once(), 2);
}

TEST_F(ModelServerTest, TheBreakerOpensAndOneCallTries) {
  open({.tries = 1, .pause = 1ms, .failures = 3, .open_for = 150ms, .most_open = 600ms});
  using Breaker = ModelServer::Health::Breaker;
  server.answers([](const Asked&) { return problem(500); });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(told(client->ask(question())), "model_server_unreachable");
  EXPECT_EQ(client->health().breaker, Breaker::open);
  EXPECT_EQ(client->health().failure, Failure::server_error);
  EXPECT_EQ(client->health().why, "500 some_error");
  EXPECT_EQ(told(client->ask(question())), "model_server_unreachable");
  EXPECT_EQ(server.asked().size(), 3u);  // nobody was asked
  EXPECT_THAT(counts(), HasSubstr("failed.breaker 1"));
  std::this_thread::sleep_for(170ms);
  EXPECT_EQ(client->health().breaker, Breaker::half_open);
  EXPECT_EQ(told(client->ask(question())), "model_server_unreachable");  // tried in vain: twice as long
  EXPECT_GT(client->health().opens_in, 200ms);
  std::this_thread::sleep_for(320ms);
  server.answers([](const Asked&) { return whole(kGood); });
  EXPECT_EQ(told(client->ask(question())), "m1");
  EXPECT_EQ(client->health().breaker, Breaker::closed);
  EXPECT_TRUE(client->health().last_good);
  // A refused key opens it at once; a test that works closes it.
  server.answers([](const Asked&) { return problem(401, "Invalid API Key"); });
  const auto refused = client->ask(question("另"));
  EXPECT_EQ(refused.error().args, (Args{{"why", "401 Invalid API Key"}}));
  EXPECT_EQ(client->health().breaker, Breaker::open);
  server.answers([](const Asked&) { return whole(R"({"ok":true})"); });
  const auto tested = client->test();
  ASSERT_TRUE(tested);
  EXPECT_EQ(tested->model, "test-model");
  EXPECT_EQ(tested->form, Form::json_schema);
  EXPECT_EQ(client->health().breaker, Breaker::closed);
}

TEST_F(ModelServerTest, WhatTheServerRepeatsIsNotTold) {
  server.answers([](const Asked& asked) { return problem(400, "bad input: " + asked.words()); });
  const auto refused = client->ask(question("我是李姐13812345678"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().args, (Args{{"why", "400 some_error"}}));
}

TEST_F(ModelServerTest, TheKeyGoesAlongAndNowhereElse) {
  ServerSettings with = settings();
  with.key = "sk-secret";
  client->use(with);
  server.answers([](const Asked&) { return whole(kGood); });
  ASSERT_TRUE(client->ask(question()));
  const auto asked = server.asked();
  EXPECT_EQ(asked[0].authorization, "Bearer sk-secret");
  EXPECT_EQ(asked[0].path, "/v1/chat/completions");
  EXPECT_EQ(asked[0].raw.find("sk-secret"), std::string::npos);
}

TEST_F(ModelServerTest, PiecesComeAsTheyAreWritten) {
  server.answers([](const Asked& asked) {
    EXPECT_TRUE(asked.stream());
    Reply reply = streamed(frames({"{\"id\"", ":\"m", "2\"}"}));
    reply.between = 20ms;
    return reply;
  });
  std::vector<std::string> pieces;
  Question q = question();
  q.piece = [&](std::string_view piece) { pieces.emplace_back(piece); };
  EXPECT_EQ(told(client->ask(q)), "m2");
  EXPECT_THAT(pieces, testing::ElementsAre("{\"id\"", ":\"m", "2\"}"));
}

TEST_F(ModelServerTest, StoppingEndsACall) {
  server.answers([](const Asked&) {
    Reply reply = whole(kGood);
    reply.wait = 5s;
    return reply;
  });
  ServerSettings patient = settings();
  patient.deadline = 30s;
  client->use(patient);
  std::stop_source stop;
  Question q = question();
  q.stop = stop.get_token();
  const auto begun = std::chrono::steady_clock::now();
  std::jthread later([&] {
    std::this_thread::sleep_for(100ms);
    stop.request_stop();
  });
  EXPECT_EQ(told(client->ask(q)), "shutting_down");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
}

TEST_F(ModelServerTest, SettingsAreKeptWithoutAReadableKey) {
  const Sealer sealer = Sealer::for_test();
  ServerSettings s = settings();
  s.key = "sk-secret";
  s.own_machine = true;
  s.tasks = {Task::draft};
  s.daily_tokens = 77'000;
  const auto work = [&](auto body) { return writer->write(body).get(); };
  EXPECT_EQ(work([&](Tx& tx) { return server_settings::find(tx, sealer); })->second, 0);
  EXPECT_EQ(*work([&](Tx& tx) { return server_settings::set(tx, sealer, s, 0, UserId{5}, clock.now()); }), 1);
  const auto kept = work([&](Tx& tx) { return server_settings::find(tx, sealer); });
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->first, s);
  EXPECT_EQ(kept->second, 1);
  const auto raw = work([&](Tx& tx) { return tx.value<std::string>("SELECT value FROM policies"); });
  EXPECT_EQ((**raw).find("sk-secret"), std::string::npos);
  EXPECT_EQ(server_settings::without_key(s).find("sk-"), std::string::npos);
  EXPECT_EQ(work([&](Tx& tx) { return server_settings::set(tx, sealer, s, 0, UserId{5}, clock.now()); }).error().code,
            Errc::stale);
}

TEST(ServerSettings, AServerElsewhereIsReachedByHttps) {
  const struct {
    const char* url;
    bool own, good;
  } rows[] = {
      {"", false, true},
      {"https://model.example/v1", false, true},
      {"http://127.0.0.1:8080/v1", false, true},
      {"http://192.168.1.9:8080/v1", false, false},
      {"http://192.168.1.9:8080/v1", true, true},
      {"http://model.example/v1", true, false},
      {"https://model.example/v1?key=1", false, false},
      {"https://key@model.example/v1", false, false},
      {"model.example", false, false},
  };
  for (const auto& row : rows) EXPECT_EQ(server_settings::good_url(row.url, row.own), row.good) << row.url << row.own;
  EXPECT_EQ(server_settings::origin("HTTPS://Model.example:8443/v1/x"), "https://model.example:8443");
}

}  // namespace
}  // namespace linli::assist
