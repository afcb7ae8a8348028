// API keys over HTTP: what they open, and what they never open.
#include "people/api_keys.h"

#include <thread>

#include "api/api_for_tests.h"
#include "api/router.h"

namespace linli::api {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

class ApiKeyRoutes : public ApiTest {
 protected:
  Answer make(const Client::Headers& headers, json::object with = {}) {
    json::object body{{"name", "bridge"},
                      {"roles", json::array{"administrator"}},
                      {"expires_at", format_time(clock.now() + std::chrono::hours(24))}};
    for (const auto& member : with) body[member.key()] = member.value();
    return client().call("POST", "/api/v1/api-keys", json::serialize(body), headers);
  }
  static Client::Headers bearer(const Answer& made) {
    return {{"authorization", "Bearer " + std::string(parsed(made)["token"].as_string())},
            {"content-type", "application/json"}};
  }
  static std::string id(const Answer& made) { return std::string(parsed(made)["id"].as_string()); }
};

TEST_F(ApiKeyRoutes, OpensWhatAProgramNeedsWithoutACsrfToken) {
  const User user = add_user();
  const auto headers = sign_in(user);
  const Answer made = make(headers);
  ASSERT_EQ(made.status, 201) << made.body;
  const auto key = bearer(made);
  EXPECT_EQ(client().call("GET", "/api/v1/leads", {}, key).status, 200);
  auto lower = key;
  lower["authorization"].replace(0, 7, "bearer ");
  EXPECT_EQ(client().call("GET", "/api/v1/leads", {}, lower).status, 200);
  EXPECT_EQ(client().call("POST", "/api/v1/channels", R"({"name":"way","kind":"webhook"})", key).status, 201);

  const Answer log = client().call("GET", "/api/v1/audit?limit=1", {}, key);
  const json::object newest = parsed(log)["entries"].as_array().at(0).as_object();
  EXPECT_EQ(newest.at("what").as_string(), "channel.added");
  EXPECT_EQ(newest.at("by").at("id").as_string(), id(made));
  EXPECT_EQ(newest.at("by").at("name").as_string(), "bridge");
  EXPECT_EQ(parsed(client().call("GET", "/api/v1/audit?who=" + id(made), {}, key))["entries"].as_array().size(), 1u);

  const json::object listed = parsed(client().call("GET", "/api/v1/api-keys", {}, headers));
  const json::object& one = listed.at("api_keys").as_array().at(0).as_object();
  EXPECT_EQ(one.at("state").as_string(), "valid");
  EXPECT_FALSE(one.at("last_used_at").is_null());
  EXPECT_FALSE(one.contains("token"));
}

TEST_F(ApiKeyRoutes, NeverDoWhatOnlyAPersonMay) {
  const auto key = bearer(make(sign_in(add_user())));
  for (const Route& route : routes()) {
    if (route.caller != Caller::person) continue;
    std::string path = route.path;
    for (std::size_t at; (at = path.find('{')) != path.npos;) path.replace(at, path.find('}') - at + 1, "x");
    EXPECT_EQ(code(client().call(name(route.method), path, {}, key)), "403 needs_person") << path;
  }
}

TEST_F(ApiKeyRoutes, NoCookieCountsBesideAKey) {
  const auto headers = sign_in(add_user());
  EXPECT_EQ(client().call("GET", "/api/v1/leads", {}, headers).status, 200);
  auto both = headers;
  for (const char* wrong : {"Bearer ", "Bearer linli_", "Bearer linli_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    both["authorization"] = wrong;
    EXPECT_EQ(code(client().call("GET", "/api/v1/leads", {}, both)), "401 bad_api_key") << wrong;
  }
  both["authorization"] = "Basic YTpi";  // a proxy's own
  EXPECT_EQ(client().call("GET", "/api/v1/leads", {}, both).status, 200);
  // A cookie's session needs its CSRF token all the same.
  both.erase("x-csrf-token");
  EXPECT_EQ(code(client().call("POST", "/api/v1/channels", R"({"name":"way","kind":"webhook"})", both)), "403 csrf");
}

TEST_F(ApiKeyRoutes, MayLessThanTheirMaker) {
  add_grids("D1,district,清溪区,\n");
  const User admin = add_user();
  const auto headers = sign_in(admin);
  const Lead lead = add_lead();
  const auto get = [&](const Client::Headers& with, const char* path) {
    return client().call("GET", path, {}, with).status;
  };
  const auto all = bearer(make(headers)), program = bearer(make(headers, {{"roles", json::array{"integrator"}}})),
             auditor = bearer(make(headers, {{"roles", json::array{"auditor"}}})),
             narrow = bearer(make(headers, {{"grid", "D1"}}));
  EXPECT_EQ(get(all, "/api/v1/leads"), 200);
  EXPECT_EQ(get(program, "/api/v1/leads"), 200);
  EXPECT_EQ(get(auditor, "/api/v1/audit"), 200);
  EXPECT_EQ(code(client().call("GET", "/api/v1/audit", {}, program)), "403 not_allowed");
  EXPECT_EQ(code(client().call("GET", "/api/v1/leads", {}, auditor)), "403 not_allowed");
  EXPECT_EQ(code(client().call("GET", "/api/v1/leads", {}, narrow)), "403 not_allowed");
  auto confirm = program;
  confirm["if-match"] = "\"0\"";
  EXPECT_EQ(code(client().call("POST", "/api/v1/leads/" + to_text(lead.id) + "/confirm", {}, confirm)),
            "403 not_allowed");
  EXPECT_EQ(parsed(client().call("GET", "/api/v1/leads", {}, program))["total"].as_int64(), 1);

  // Who is administrator of a part lends nothing, and sees nobody else's keys.
  const auto part = sign_in(add_user("part", {}, StaffRole::administrator, grid("D1")));
  EXPECT_EQ(code(make(part)), "403 not_allowed");
  EXPECT_TRUE(parsed(client().call("GET", "/api/v1/api-keys", {}, part))["api_keys"].as_array().empty());
  const std::string other(
      parsed(client().call("GET", "/api/v1/api-keys", {}, headers))["api_keys"].as_array().at(0).at("id").as_string());
  EXPECT_EQ(code(client().call("DELETE", "/api/v1/api-keys/" + other, {}, part)), "404 not_found");
  EXPECT_EQ(code(make(sign_in(add_user("agent", {}, StaffRole::agent)))), "403 not_allowed");
}

TEST_F(ApiKeyRoutes, AreCheckedExpireAndAreRevoked) {
  const User admin = add_user();
  const auto headers = sign_in(admin);
  EXPECT_EQ(parsed(make(headers, {{"roles", json::array{}}}))["field"].as_string(), "roles");
  EXPECT_EQ(parsed(make(headers, {{"roles", json::array{"nobody"}}}))["field"].as_string(), "roles");
  EXPECT_EQ(parsed(make(headers, {{"grid", "nowhere"}}))["field"].as_string(), "grid");
  EXPECT_EQ(parsed(make(headers, {{"expires_at", nullptr}}))["field"].as_string(), "expires_at");
  EXPECT_EQ(parsed(make(headers, {{"expires_at", "2020-01-01T00:00:00Z"}}))["field"].as_string(), "expires_at");
  EXPECT_EQ(parsed(make(headers, {{"expires_at", "2099-01-01T00:00:00Z"}}))["field"].as_string(), "expires_at");

  const Answer short_lived = make(headers, {{"expires_at", format_time(clock.now() + 300ms)}});
  EXPECT_EQ(client().call("GET", "/api/v1/leads", {}, bearer(short_lived)).status, 200);
  std::this_thread::sleep_for(350ms);
  EXPECT_EQ(code(client().call("GET", "/api/v1/leads", {}, bearer(short_lived))), "401 bad_api_key");

  const Answer made = make(headers);
  const auto others = sign_in(add_user("other"));
  const auto revoke = [&](const Client::Headers& by, const std::string& key) {
    return client().call("DELETE", "/api/v1/api-keys/" + key, {}, by);
  };
  Client watching = client();
  watching.send("GET /api/v1/stream HTTP/1.1\r\nhost: localhost:" + std::to_string(api->port()) +
                "\r\nauthorization: " + bearer(made).at("authorization") + "\r\n\r\n");
  ASSERT_NE(watching.until("event-stream").find("200"), std::string::npos);
  EXPECT_EQ(revoke(headers, id(made)).status, 204);
  EXPECT_EQ(code(revoke(headers, id(made))), "404 not_found");
  EXPECT_EQ(code(client().call("GET", "/api/v1/leads", {}, bearer(made))), "401 bad_api_key");
  EXPECT_TRUE(watching.closes());
  // An administrator revokes the key of somebody else.
  const Answer theirs = make(others);
  EXPECT_EQ(revoke(headers, id(theirs)).status, 204);
  const std::string log = client().call("GET", "/api/v1/audit?what=api_key", {}, headers).body;
  EXPECT_NE(log.find("api_key.made"), std::string::npos);
  EXPECT_NE(log.find("api_key.revoked"), std::string::npos);
  EXPECT_EQ(log.find("linli_"), std::string::npos);
}

TEST_F(ApiKeyRoutes, TheSameIdempotencyKeyOfTwoCallersIsTwo) {
  const auto headers = sign_in(add_user());
  auto one = bearer(make(headers)), two = bearer(make(headers));
  one["idempotency-key"] = two["idempotency-key"] = "k1";
  const std::string body = R"({"name":"way","kind":"webhook"})";
  const Answer first = client().call("POST", "/api/v1/channels", body, one);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(client().call("POST", "/api/v1/channels", body, one).body, first.body);
  EXPECT_EQ(code(client().call("POST", "/api/v1/channels", body, two)), "409 name_taken");
}

}  // namespace
}  // namespace linli::api
