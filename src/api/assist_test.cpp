// The model server and what it proposes, over HTTP.
#include <gmock/gmock.h>

#include "api/api_for_tests.h"
#include "assist/leads_for_tests.h"
#include "assist/model_server_for_tests.h"
#include "assist/proposals.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

class AssistApiTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    add_grids("s,street,清溪河街道,\na,community,荷塘社区,s\nb,community,望江社区,s\n");
    admin = sign_in(add_user());
    admin["accept-language"] = "en";
    model.answers([](const assist::Asked& asked) { return assist::says(asked, R"({"ok":true})"); });
  }
  json::object body(json::object change = {}) {
    json::object out{{"base_url", model.url()},     {"model", "qwen-test"},  {"key", "sk-secret"},
                     {"own_machine", false},        {"daily_tokens", 50000}, {"deadline_seconds", 5},
                     {"tasks", {"refine", "draft"}}};
    for (const auto& member : change) out[member.key()] = member.value();
    return out;
  }
  Answer put(const json::object& what, int seen) {
    auto headers = admin;
    headers["if-match"] = "\"" + std::to_string(seen) + "\"";
    return client().call("PUT", "/api/v1/assist/server", json::serialize(what), headers);
  }
  Answer get(const std::string& path) { return client().call("GET", "/api/v1" + path, {}, admin); }
  Answer test() { return client().call("POST", "/api/v1/assist/server/test", {}, admin); }

  Client::Headers admin;
  assist::ModelServerForTests model;
};

TEST_F(AssistApiTest, SetUpAndTried) {
  const Answer none = get("/assist/server");
  EXPECT_EQ(none.headers.at("etag"), "\"0\"");
  EXPECT_TRUE(parsed(none)["base_url"].is_null());
  EXPECT_EQ(parsed(none)["has_key"], false);
  EXPECT_EQ(code(test()), "409 model_server_off");
  EXPECT_EQ(parsed(get("/assist/usage"))["health"].at("state"), "off");

  const Answer set = put(body(), 0);
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(set.headers.at("etag"), "\"1\"");
  EXPECT_EQ(parsed(set)["has_key"], true);
  EXPECT_EQ(parsed(set)["tasks"], (json::array{"refine", "draft"}));
  EXPECT_EQ(code(put(body(), 0)), "412 stale");
  EXPECT_EQ(parsed(get("/assist/server")), parsed(set));

  const Answer tested = test();
  ASSERT_EQ(tested.status, 200) << tested.body;
  EXPECT_EQ(parsed(tested)["form"], "json_schema");
  EXPECT_EQ(parsed(tested)["model"], "test-model");
  EXPECT_EQ(model.asked().back().authorization, "Bearer sk-secret");
  EXPECT_EQ(model.asked().back().body.at("model"), "qwen-test");

  const auto usage = parsed(get("/assist/usage"));
  EXPECT_EQ(usage.at("used_tokens"), 60);
  EXPECT_EQ(usage.at("left_tokens"), 49940);
  EXPECT_EQ(usage.at("health").at("state"), "good");
  EXPECT_EQ(usage.at("days").as_array().size(), 14u);
  EXPECT_EQ(usage.at("days").at(0).at("tasks").at("test").at("calls"), 1);
}

TEST_F(AssistApiTest, AFailingServerSaysWhyAndHowToMendIt) {
  ASSERT_EQ(put(body(), 0).status, 200);
  model.answers([](const assist::Asked&) { return assist::problem(401, "Invalid API Key"); });
  const Answer refused = test();
  EXPECT_EQ(code(refused), "502 model_server_refused");
  EXPECT_THAT(refused.body, HasSubstr("401 Invalid API Key"));
  EXPECT_THAT(refused.body, HasSubstr("key, model name and balance"));
  const auto health = parsed(get("/assist/usage")).at("health").as_object();
  EXPECT_EQ(health.at("state"), "failing");
  EXPECT_EQ(health.at("breaker"), "open");
  EXPECT_EQ(health.at("failure"), "refused");
  EXPECT_GT(health.at("tries_again_in").as_int64(), 0);

  model.answers([](const assist::Asked&) { return assist::whole("hello"); });
  EXPECT_EQ(code(test()), "502 model_answer_wrong");
  ASSERT_EQ(put(body({{"base_url", "http://127.0.0.1:1/v1"}}), 1).status, 200);
  EXPECT_EQ(code(test()), "503 model_server_unreachable");
  EXPECT_EQ(parsed(get("/assist/usage")).at("days").at(0).at("failures").at("refused"), 1);
}

TEST_F(AssistApiTest, TheKeyIsNeverGivenBackAndStaysWithItsServer) {
  ASSERT_EQ(put(body(), 0).status, 200);
  json::object same = body({{"model", "other"}});
  same.erase("key");
  EXPECT_EQ(parsed(put(same, 1))["has_key"], true);
  ASSERT_EQ(test().status, 200);
  EXPECT_EQ(model.asked().back().authorization, "Bearer sk-secret");
  // Another host: somebody who may change the address must not get at the key.
  json::object elsewhere = same;
  elsewhere["base_url"] = "https://other.example/v1";
  EXPECT_EQ(parsed(put(elsewhere, 2))["has_key"], false);
  ASSERT_EQ(put(body(), 3).status, 200);
  EXPECT_EQ(parsed(put(body({{"key", nullptr}}), 4))["has_key"], false);

  for (const char* path : {"/assist/server", "/assist/usage", "/audit?what=setting.changed"})
    EXPECT_THAT(get(path).body, Not(HasSubstr("sk-secret"))) << path;
  const auto entries = parsed(get("/audit?what=setting.changed")).at("entries").as_array();
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_EQ(entries[0].at("detail").at("key_changed"), true);
  EXPECT_EQ(entries[3].at("detail").at("key_changed"), false);
}

TEST_F(AssistApiTest, WhatIsWrongIsSaid) {
  const struct {
    json::object change;
    const char *code, *field;
  } rows[] = {
      {{{"base_url", "model.example"}}, "422 bad_value", "base_url"},
      {{{"base_url", "http://model.example/v1"}}, "422 bad_value", "base_url"},
      {{{"base_url", "http://192.168.1.9/v1"}}, "422 bad_value", "base_url"},  // not declared as one's own
      {{{"base_url", "https://key@model.example"}}, "422 bad_value", "base_url"},
      {{{"model", nullptr}}, "422 missing_field", "model"},
      {{{"own_machine", nullptr}}, "422 missing_field", "own_machine"},
      {{{"daily_tokens", 10}}, "422 bad_value", "daily_tokens"},
      {{{"daily_tokens", 1000.5}}, "422 bad_value", "daily_tokens"},
      {{{"deadline_seconds", 900}}, "422 bad_value", "deadline_seconds"},
      {{{"tasks", {"refine", "spy"}}}, "422 bad_value", "tasks"},
      {{{"key", "with blank"}}, "422 bad_value", "key"},
      {{{"masking", false}}, "422 bad_value", "masking"},
  };
  for (const auto& row : rows) {
    const Answer answer = put(body(row.change), 0);
    EXPECT_EQ(answer.status / 100, 4) << json::serialize(row.change);
    EXPECT_THAT(answer.body, HasSubstr(std::string("\"") + row.field + "\"")) << json::serialize(row.change);
    if (std::string_view(row.field) != "masking") {
      EXPECT_EQ(code(answer), row.code) << json::serialize(row.change);
    }
  }
  EXPECT_EQ(put(body({{"base_url", "http://192.168.1.9/v1"}, {"own_machine", true}}), 0).status, 200);
  // Taken away: everything works without it.
  EXPECT_EQ(
      put(body({{"base_url", nullptr}, {"model", nullptr}, {"key", nullptr}, {"tasks", json::array{}}}), 1).status,
      200);
  EXPECT_EQ(code(test()), "409 model_server_off");
}

TEST_F(AssistApiTest, AProposalIsSeenByWhoSeesItsLead) {
  add_channel("way");
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(
        assist::add_lead_for_test(tx, sealer, 9, {{901, "3-2-1502李姐", "漏水"}}, clock.now(), true, true, "s/a"));
    LINLI_TRY(assist::add_lead_for_test(tx, sealer, 8, {{801, "老陈", "停电"}}, clock.now(), false, true, "s/b"));
    assist::Refinement r{{{MessageId{901}}, 1, {"test-model", "refine 1"}, clock.now()}, "3栋漏水", "building", "3栋"};
    r.urgency = 1;
    r.same_as = LeadId{8};
    r.evidence = {MessageId{901}};
    LINLI_TRY(assist::proposals::write(tx, sealer, LeadId{9}, r));
    assist::Judgement j{{{MessageId{901}}, 1, {"test-model", "judge 1"}, clock.now()}, true, "building"};
    LINLI_TRY(assist::proposals::write(tx, sealer, LeadId{9}, j));
    return true;
  });
  const std::string path = "/leads/" + to_text(LeadId{9}) + "/proposal";
  const auto all = parsed(get(path));
  EXPECT_EQ(all.at("refined").at("summary"), "3栋漏水");
  EXPECT_EQ(all.at("refined").at("urgency"), 1);
  EXPECT_EQ(all.at("refined").at("evidence"), (json::array{json::value(to_text(MessageId{901}))}));
  EXPECT_EQ(all.at("refined").at("same_as"), json::value(to_text(LeadId{8})));
  EXPECT_EQ(all.at("refined").at("prompt"), "refine 1");
  EXPECT_EQ(all.at("judged").at("appeal"), true);
  EXPECT_EQ(parsed(get("/leads/" + to_text(LeadId{8}) + "/proposal")),
            (json::object{{"refined", nullptr}, {"judged", nullptr}}));

  const auto agent = sign_in(add_user("here", {}, StaffRole::agent, grid("a")));
  const auto seen = parsed(client().call("GET", "/api/v1" + path, {}, agent));
  EXPECT_EQ(seen.at("refined").at("summary"), "3栋漏水");
  EXPECT_TRUE(seen.at("refined").at("same_as").is_null()) << "a lead of another community";
  const auto other = sign_in(add_user("there", {}, StaffRole::agent, grid("b")));
  EXPECT_EQ(code(client().call("GET", "/api/v1" + path, {}, other)), "404 unknown_lead");
  EXPECT_EQ(code(client().call("GET", "/api/v1/leads/x/proposal", {}, admin)), "404 unknown_lead");

  // And consoles hear of it.
  auto stream = client();
  auto headers = admin;
  headers["last-event-id"] = "0";
  std::string request = "GET /api/v1/stream?after=0 HTTP/1.1\r\nhost: localhost\r\n";
  for (const auto& [name, value] : admin) request += name + ": " + value + "\r\n";
  stream.send(request + "\r\n");
  EXPECT_THAT(stream.until("\"lead.proposed\""), HasSubstr("\"lead.proposed\""));
}

}  // namespace
}  // namespace linli::api
