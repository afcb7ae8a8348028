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
  const auto headers = sign_in(add_user());
  client().call("PUT", "/api/v1/grids", R"({"code":"D1","level":"district","name":"清溪区"})", headers);
  add_lead();
  const auto total = [&](const Answer& made) {
    return parsed(client().call("GET", "/api/v1/leads", {}, bearer(made)))["total"].as_int64();
  };
  add_lead("lead.opened", "D1/s");
  EXPECT_EQ(total(make(headers)), 2);
  const Answer auditor = make(headers, {{"roles", json::array{"auditor"}}});
  EXPECT_EQ(code(client().call("GET", "/api/v1/leads", {}, bearer(auditor))), "403 not_allowed");
  EXPECT_EQ(
      code(client().call("PUT", "/api/v1/grids", R"({"code":"D2","level":"district","name":"x"})", bearer(auditor))),
      "403 not_allowed");
  EXPECT_EQ(total(make(headers, {{"roles", json::array{"integrator"}}, {"grid_id", to_text(grid("D1"))}})), 1);
  // Whoever has the right over one grid gives none over another.
  const auto head = sign_in(add_user("head", {}, StaffRole::administrator, grid("D1")));
  EXPECT_EQ(code(make(head)), "403 not_allowed");
  EXPECT_EQ(make(head, {{"grid_id", to_text(grid("D1"))}}).status, 201);
  EXPECT_EQ(parsed(client().call("GET", "/api/v1/users", {}, headers))["users"].as_array().size(), 2u)
      << "keys are no people";
}

TEST_F(ApiKeyRoutes, AreCheckedExpireAndAreRevoked) {
  const User admin = add_user();
  const auto headers = sign_in(admin);
  EXPECT_EQ(parsed(make(headers, {{"roles", json::array{}}}))["field"].as_string(), "roles");
  EXPECT_EQ(parsed(make(headers, {{"roles", json::array{"king"}}}))["field"].as_string(), "roles");
  EXPECT_EQ(parsed(make(headers, {{"grid_id", "nowhere"}}))["field"].as_string(), "grid_id");
  EXPECT_EQ(parsed(make(headers, {{"expires_at", nullptr}}))["field"].as_string(), "expires_at");
  EXPECT_EQ(parsed(make(headers, {{"expires_at", "2020-01-01T00:00:00Z"}}))["field"].as_string(), "expires_at");
  EXPECT_EQ(parsed(make(headers, {{"expires_at", "2099-01-01T00:00:00Z"}}))["field"].as_string(), "expires_at");

  const Answer short_lived = make(headers, {{"expires_at", format_time(clock.now() + 300ms)}});
  EXPECT_EQ(client().call("GET", "/api/v1/leads", {}, bearer(short_lived)).status, 200);
  std::this_thread::sleep_for(350ms);
  EXPECT_EQ(code(client().call("GET", "/api/v1/leads", {}, bearer(short_lived))), "401 bad_api_key");

  const Answer made = make(headers);
  add_grids("D1,district,清溪区,\n");
  const User agent = add_user("agent", {}, StaffRole::administrator, grid("D1"));
  const auto revoke = [&](const Client::Headers& by, const std::string& key) {
    return client().call("DELETE", "/api/v1/api-keys/" + key, {}, by);
  };
  const auto agents = sign_in(agent);
  EXPECT_TRUE(parsed(client().call("GET", "/api/v1/api-keys", {}, agents))["api_keys"].as_array().empty());
  EXPECT_EQ(code(revoke(agents, id(made))), "404 not_found");  // guessed: somebody else's
  Client watching = client();
  watching.send("GET /api/v1/stream HTTP/1.1\r\nhost: localhost:" + std::to_string(api->port()) +
                "\r\nauthorization: " + bearer(made).at("authorization") + "\r\n\r\n");
  ASSERT_NE(watching.until("event-stream").find("200"), std::string::npos);
  EXPECT_EQ(revoke(headers, id(made)).status, 204);
  EXPECT_EQ(code(revoke(headers, id(made))), "404 not_found");
  EXPECT_EQ(code(client().call("GET", "/api/v1/leads", {}, bearer(made))), "401 bad_api_key");
  EXPECT_TRUE(watching.closes());
  // An administrator revokes the key of somebody else.
  const Answer theirs = make(agents, {{"grid_id", to_text(grid("D1"))}});
  EXPECT_EQ(revoke(headers, id(theirs)).status, 204);
  const std::string log = client().call("GET", "/api/v1/audit?what=api_key", {}, headers).body;
  EXPECT_NE(log.find("api_key.made"), std::string::npos);
  EXPECT_NE(log.find("api_key.revoked"), std::string::npos);
  EXPECT_EQ(log.find("linli_"), std::string::npos);
}

TEST_F(ApiKeyRoutes, WhatAKeyActsAsIsNoColleague) {
  const auto headers = sign_in(add_user());
  const Answer made = make(headers);
  const std::string user = "/api/v1/users/" + write([&](Tx& tx) -> Result<std::string> {
                             auto keys = api_keys::list(tx, UserId{});
                             return to_text(keys.value().at(0).holder);
                           });
  const auto call = [&](const char* verb, const std::string& where, const json::object& body, bool seen = false) {
    auto with = headers;
    if (seen) with["if-match"] = "\"1\"";
    return code(client().call(verb, where, json::serialize(body), with));
  };
  EXPECT_EQ(code(client().call("GET", user, {}, headers)), "404 unknown_user");
  EXPECT_EQ(call("POST", user + "/link", {}), "404 unknown_user");
  EXPECT_EQ(call("PUT", user, {{"display_name", "x"}}, true), "404 unknown_user");
  EXPECT_EQ(call("POST", user + "/roles", {{"role", "agent"}}), "404 unknown_user");
  EXPECT_EQ(client().call("GET", "/api/v1/leads", {}, bearer(made)).status, 200);
}

TEST_F(ApiKeyRoutes, EndWithTheirMakerAlsoWhereTheyListen) {
  const auto headers = sign_in(add_user());
  const User maker = add_user("maker");
  const auto key = bearer(make(sign_in(maker)));
  Client watching = client();
  watching.send("GET /api/v1/stream HTTP/1.1\r\nhost: localhost:" + std::to_string(api->port()) +
                "\r\nauthorization: " + key.at("authorization") + "\r\n\r\n");
  ASSERT_NE(watching.until("event-stream").find("200"), std::string::npos);
  auto seen = headers;
  seen["if-match"] = "\"1\"";
  EXPECT_EQ(client().call("PUT", "/api/v1/users/" + to_text(maker.id), R"({"disabled":true})", seen).status, 200);
  EXPECT_TRUE(watching.closes());
  EXPECT_EQ(code(client().call("GET", "/api/v1/leads", {}, key)), "401 bad_api_key");
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
