// Sign-in and sessions over HTTP, and what attackers do there.
#include <thread>

#include "api/api_for_tests.h"
#include "people/sign_on.h"

namespace linli::api {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

class SessionTest : public ApiTest {
 protected:
  static constexpr const char* kPassword = "the seventh old willow";

  Answer post(const std::string& where, const json::object& body, Client::Headers headers = {}) {
    headers.try_emplace("content-type", "application/json");
    headers.try_emplace("accept-language", "en");
    return client().call("POST", where, json::serialize(body), headers);
  }
  Answer sign_in_as(std::string name, std::string password, Client::Headers headers = {}) {
    return post("/api/v1/session", {{"name", name}, {"password", password}}, std::move(headers));
  }
  static std::string cookie_of(const Answer& answer) {
    const std::string& cookie = answer.headers.at("set-cookie");
    return cookie.substr(0, cookie.find(';'));
  }
  static Client::Headers headers_of(const Answer& answer) {
    return {{"cookie", cookie_of(answer)},
            {"x-csrf-token", std::string(parsed(answer)["csrf_token"].as_string())},
            {"content-type", "application/json"}};
  }
};

TEST_F(SessionTest, AKnownAndAnUnknownNameTakeAsLongAndAreAnsweredAlike) {
  add_user("admin", kPassword);
  sign_in_as("warm", "up");
  const auto took = [&](const std::string& name, Answer& answer) {
    const auto begin = std::chrono::steady_clock::now();
    answer = sign_in_as(name, "wrong");
    return std::chrono::steady_clock::now() - begin;
  };
  Answer known, unknown;
  std::chrono::nanoseconds best_known{1h}, best_unknown{1h};
  for (int i = 0; i < 4; ++i) {
    best_known = std::min<std::chrono::nanoseconds>(best_known, took("admin", known));
    best_unknown = std::min<std::chrono::nanoseconds>(best_unknown, took("nobody", unknown));
  }
  EXPECT_LT(best_known, best_unknown * 2);
  EXPECT_LT(best_unknown, best_known * 2);
  EXPECT_GT(best_unknown, 5ms);  // a hash was computed
  auto one = parsed(known), other = parsed(unknown);
  one.erase("request_id"), other.erase("request_id");
  EXPECT_EQ(one, other);
  EXPECT_EQ(known.headers.size(), unknown.headers.size());
}

TEST_F(SessionTest, FailuresAreKeptOverARestart) {
  add_user("admin", kPassword);
  for (int i = 0; i < SignInGuard::kFreeOfName + 3; ++i) sign_in_as("admin", "wrong"), sign_in_as("nobody", "wrong");
  close();
  open();
  EXPECT_EQ(code(sign_in_as("admin", kPassword)), "429 too_many_requests");
  EXPECT_EQ(code(sign_in_as("nobody", "wrong")), "429 too_many_requests");
  EXPECT_EQ(code(sign_in_as("other", "wrong")), "401 bad_credentials");
  // The store holds neither names nor addresses.
  const int rows = write([&](Tx& tx) -> Result<int> {
    int count = 0;
    LINLI_TRY(tx.each("SELECT key FROM sign_in_tries", {}, [&](const Row& r) { count += r.bytes(0).size() == 32; }));
    return count;
  });
  EXPECT_EQ(rows, 4);
}

TEST_F(SessionTest, ASessionThatSomebodyPlantedIsNoWayIn) {
  const User admin = add_user("admin", kPassword);
  EXPECT_EQ(client().call("GET", "/api/v1/session", {}, {{"cookie", "linli_session=planted"}}).status, 401);
  const Answer in = sign_in_as("admin", kPassword, {{"cookie", "linli_session=planted"}});
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_NE(cookie_of(in), "linli_session=planted");
  EXPECT_EQ(client().call("GET", "/api/v1/session", {}, {{"cookie", "linli_session=planted"}}).status, 401);

  // An attacker's own valid session, planted: it ends, and the victim gets another.
  const auto attackers = sign_in(admin);
  const Answer again = sign_in_as("admin", kPassword, {{"cookie", attackers.at("cookie")}});
  ASSERT_EQ(again.status, 200);
  EXPECT_NE(cookie_of(again), attackers.at("cookie"));
  EXPECT_EQ(client().call("GET", "/api/v1/session", {}, attackers).status, 401);
}

TEST_F(SessionTest, AreListedAndEnded) {
  const User admin = add_user("admin", kPassword), other = add_user("other", kPassword);
  const auto here = headers_of(
      sign_in_as("admin", kPassword,
                 {{"user-agent", "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"}}));
  const auto there = headers_of(sign_in_as("admin", kPassword));
  const auto others = sign_in(other);
  const auto list = [&](const Client::Headers& headers) {
    return parsed(client().call("GET", "/api/v1/sessions", {}, headers))["sessions"].as_array();
  };
  const json::array mine = list(here);
  ASSERT_EQ(mine.size(), 2u);
  std::string away;
  for (const auto& one : mine) {
    const bool current = one.at("current").as_bool();
    EXPECT_EQ(one.at("address").as_string(), "127.0.0.1");
    if (current) EXPECT_EQ(one.at("device").as_string(), "Edge, Windows");
    else away = one.at("id").as_string();
  }
  Client watching = client();
  watching.send("GET /api/v1/stream HTTP/1.1\r\nhost: localhost:" + std::to_string(api->port()) +
                "\r\ncookie: " + there.at("cookie") + "\r\n\r\n");
  ASSERT_NE(watching.until("event-stream").find("200"), std::string::npos);

  const auto end = [&](const std::string& id, const Client::Headers& headers) {
    return client().call("DELETE", "/api/v1/sessions/" + id, {}, headers);
  };
  EXPECT_EQ(code(end(away, others)), "404 not_found");  // guessed: somebody else's
  EXPECT_EQ(code(end("ses_0000000000001", here)), "404 not_found");
  EXPECT_EQ(code(end("nonsense", here)), "404 not_found");
  EXPECT_EQ(list(there).size(), 2u);
  EXPECT_EQ(end(away, here).status, 204);
  EXPECT_EQ(client().call("GET", "/api/v1/session", {}, there).status, 401);
  EXPECT_TRUE(watching.closes());
  EXPECT_EQ(list(here).size(), 1u);
}

TEST_F(SessionTest, APasswordSetEndsTheOthersAndUsesTheLinkUp) {
  const User admin = add_user("admin", kPassword);
  const auto other = sign_in(admin), mine = sign_in(admin, true);
  const auto set = [&](const json::object& body) {
    return client().call("PUT", "/api/v1/session/password", json::serialize(body), mine);
  };
  EXPECT_EQ(code(set({{"password", "Admin@2026!"}})), "422 password_too_easy");
  EXPECT_EQ(set({{"password", "荷塘边的第七棵老柳树"}}).status, 204);
  EXPECT_EQ(client().call("GET", "/api/v1/session", {}, other).status, 401);
  // From here on the old password is asked for, and cannot be found by trying.
  EXPECT_EQ(code(set({{"password", "another quiet teapot"}})), "422 missing_field");
  for (int i = 0; i < SignInGuard::kFreeOfName; ++i)
    EXPECT_EQ(code(set({{"old_password", "wrong"}, {"password", "another quiet teapot"}})), "422 bad_value");
  EXPECT_EQ(code(set({{"old_password", "荷塘边的第七棵老柳树"}, {"password", "another quiet teapot"}})),
            "429 too_many_requests");
  // It stands in the log, and a restart does not forget it.
  const auto refused =
      parsed(client().call("GET", "/api/v1/audit?what=password.refused", {}, mine)).at("entries").as_array();
  ASSERT_EQ(refused.size(), static_cast<std::size_t>(SignInGuard::kFreeOfName));
  EXPECT_EQ(refused[0].at("object").at("id").as_string(), to_text(admin.id));
  EXPECT_EQ(refused[0].at("by").at("id").as_string(), to_text(admin.id));
  SignInGuard restarted(clock, sealer);
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(restarted.load(tx));
    return true;
  });
  EXPECT_FALSE(restarted.begin("admin", "elsewhere"));
}

// Anyone may knock at these doors: what they write is bounded.
TEST_F(SessionTest, SingleSignOnIsNoWayToFillTheDatabase) {
  SignOnServer server({.issuer = "http://127.0.0.1:1", .client_id = "linli", .client_secret = {}, .url = "http://x"},
                      clock);
  services->sign_on = &server;
  const auto where = [&](const std::string& path) {
    return client().call("GET", "/api/v1/session/sign-on" + path).headers.at("location");
  };
  const auto rows = [&](const std::string& table) {
    return write([&](Tx& tx) -> Result<int> {
      auto count = tx.value<int>("SELECT count(*) FROM " + table);
      return count ? Result<int>(**count) : tl::unexpected(count.error());
    });
  };
  for (int i = 0; i < SignInGuard::kFreeToSignOn; ++i)
    ASSERT_EQ(where(""), "/sign-in?problem=sign_on_unreachable") << i;
  EXPECT_EQ(where(""), "/sign-in?problem=too_many_requests");
  EXPECT_EQ(rows("sign_on_requests"), SignInGuard::kFreeToSignOn);
  for (int i = 0; i < SignInGuard::kFreeOfAddress; ++i)
    ASSERT_EQ(where("/callback?state=forged&code=c"), "/sign-in?problem=sign_on_refused") << i;
  EXPECT_EQ(where("/callback?state=forged&code=c"), "/sign-in?problem=too_many_requests");
  EXPECT_EQ(rows("audit"), SignInGuard::kFreeOfAddress);
  services->sign_on = nullptr;
}

TEST_F(SessionTest, AnAdministratorMakesALinkForWhoForgot) {
  const User admin = add_user("admin", kPassword);
  const User agent = add_user("agent", {}, StaffRole::agent);
  const std::string where = "/api/v1/users/" + to_text(agent.id) + "/link";
  EXPECT_EQ(code(client().call("POST", where, {}, sign_in(agent))), "403 not_allowed");
  EXPECT_EQ(code(client().call("POST", "/api/v1/users/usr_0000000000001/link", {}, sign_in(admin))),
            "404 unknown_user");
  const Answer made = client().call("POST", where, {}, sign_in(admin));
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string path(parsed(made)["path"].as_string());
  ASSERT_EQ(path.substr(0, 9), "/sign-in#");
  const Answer in = post("/api/v1/session/link", {{"token", path.substr(9)}});
  EXPECT_EQ(parsed(in)["user"].at("name").as_string(), "agent") << in.body;
  EXPECT_EQ(code(post("/api/v1/session/link", {{"token", path.substr(9)}})), "401 link_used");
}

TEST_F(SessionTest, IsSeenNowAndThen) {
  const User admin = add_user();
  const auto headers = sign_in(admin);
  const auto set_seen = [&](Instant at) {
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(tx.run("UPDATE sessions SET last_seen_at = $1", {at}));
      return true;
    });
  };
  const auto seen = [&] {
    return from_millis(write([&](Tx& tx) -> Result<std::int64_t> {
      auto at = tx.value<std::int64_t>("SELECT last_seen_at FROM sessions");
      return at ? at->value_or(0) : 0;
    }));
  };
  const Instant recent = clock.now() - 1min, old = clock.now() - 1h;
  set_seen(recent);
  client().call("GET", "/api/v1/session", {}, headers);
  EXPECT_EQ(seen(), recent);
  set_seen(old);
  client().call("GET", "/api/v1/session", {}, headers);
  EXPECT_GT(seen(), recent);
}

}  // namespace
}  // namespace linli::api
