// Webhooks over HTTP. How they are sent is tested in src/webhooks.
#include "api/api_for_tests.h"

namespace linli::api {
namespace {

class WebhooksHttpTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    add_grids("ht,community,荷塘社区,\n");
    admin = sign_in(add_user("root"));
    leader = sign_in(add_user("ann", {}, StaffRole::shift_leader, grid("ht")));
  }
  static Client::Headers seen(Client::Headers headers, int revision) {
    headers["if-match"] = "\"" + std::to_string(revision) + "\"";
    return headers;
  }
  Client::Headers admin, leader;
};

TEST_F(WebhooksHttpTest, AddedChangedRenewedRemoved) {
  Client c = client();
  const std::string body =
      R"({"name":"平台","url":"https://hooks.example.net/in?key=hidden","kinds":["lead.*"],"grid_id":")" +
      to_text(grid("ht")) + "\"}";
  EXPECT_EQ(c.call("POST", "/api/v1/webhooks", body, leader).status, 403);
  EXPECT_EQ(c.call("GET", "/api/v1/webhooks", {}, leader).status, 403);
  const Answer made = c.call("POST", "/api/v1/webhooks", body, admin);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.body.find("hidden"), std::string::npos) << "the address may hold a key";
  const std::string secret(parsed(made).at("secret").as_string());
  EXPECT_TRUE(secret.starts_with("whsec_"));
  const std::string one = "/api/v1/webhooks/" + std::string(parsed(made).at("id").as_string());
  const auto listed = parsed(c.call("GET", "/api/v1/webhooks", {}, admin));
  ASSERT_EQ(listed.at("webhooks").as_array().size(), 1u);
  EXPECT_TRUE(listed.at("webhooks").at(0).at("secret").is_null());
  EXPECT_EQ(listed.at("webhooks").at(0).at("grid").at("name"), "荷塘社区");

  EXPECT_EQ(parsed(c.call("PUT", one, R"({"on":false})", seen(admin, 1))).at("state"), "off");
  EXPECT_EQ(code(c.call("PUT", one, R"({"on":true})", seen(admin, 1))), "412 stale");
  const auto renewed = parsed(c.call("POST", one + "/secret", {}, admin));
  EXPECT_NE(renewed.at("secret").as_string(), secret);
  EXPECT_FALSE(renewed.at("old_secret_until").is_null());

  const auto tried = parsed(c.call("POST", one + "/test", {}, admin));
  const auto log = parsed(c.call("GET", one + "/deliveries", {}, admin)).at("deliveries").as_array();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].at("id"), tried.at("delivery"));
  EXPECT_EQ(log[0].at("kind"), "test");
  EXPECT_EQ(parsed(c.call("POST", one + "/resend", "{}", admin)).at("resent"), 0);
  EXPECT_EQ(code(c.call("GET", one + "/deliveries?state=lost", {}, admin)), "422 bad_value");
  EXPECT_EQ(c.call("DELETE", one, {}, admin).status, 204);
  EXPECT_EQ(code(c.call("GET", one, {}, admin)), "404 not_found");
}

TEST_F(WebhooksHttpTest, WhatIsRefused) {
  Client c = client();
  struct Row {
    const char *body, *field;
  };
  for (const Row& row :
       {Row{R"({"name":"x","url":"http://127.0.0.1:9/in","kinds":["lead.*"]})", "url"},
        Row{R"({"name":"x","url":"http://hooks.example.net","kinds":["lead.*"]})", "url"},
        Row{R"({"name":"x","url":"https://me@hooks.example.net","kinds":["lead.*"]})", "url"},
        Row{R"({"name":"x","url":"https://hooks.example.net","kinds":[]})", "kinds"},
        Row{R"({"name":"x","url":"https://hooks.example.net","kinds":["notification.*"]})", "kinds"},
        Row{R"({"name":"x","url":"https://hooks.example.net","kinds":["lead.*"],"role":"king"})", "role"}}) {
    const Answer answer = c.call("POST", "/api/v1/webhooks", row.body, admin);
    EXPECT_EQ(answer.status, 422) << row.body;
    EXPECT_EQ(parsed(answer).at("field"), row.field) << answer.body;
  }
}

}  // namespace
}  // namespace linli::api
