// The second factor over HTTP, and ways around it that must be closed.
#include "people/second_factor.h"

#include "api/api_for_tests.h"

namespace linli::api {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

class SecondFactorRoutes : public ApiTest {
 protected:
  static constexpr const char* kPassword = "the seventh old willow";
  static constexpr const char* kWhere = "/api/v1/session/second-factor";

  Answer post(const std::string& where, const json::object& body, Client::Headers headers = {}) {
    headers.try_emplace("content-type", "application/json");
    return client().call("POST", where, json::serialize(body), headers);
  }
  Answer first_step(const std::string& name = "admin") {
    return post("/api/v1/session", {{"name", name}, {"password", kPassword}});
  }
  static std::string pending(const Answer& answer) { return std::string(parsed(answer)["pending_token"].as_string()); }
  Answer second_step(const std::string& token, const std::string& code) {
    return post(kWhere, {{"pending_token", token}, {"code", code}});
  }
  // The code that the app shows now, or some steps later: each counts once.
  std::string code(int later = 0) const { return totp::code(secret, totp::step_of(clock.now()) + later); }

  // On, with the step before now used up.
  json::array turn_on(const Client::Headers& headers) {
    const Answer setup = post(std::string(kWhere) + "/setup", {{"password", kPassword}}, headers);
    EXPECT_EQ(setup.status, 200) << setup.body;
    const std::string told(parsed(setup)["secret"].as_string());
    secret = from_base32(told);
    const Answer on = client().call("PUT", kWhere, json::serialize(json::object{{"code", code(-1)}}), headers);
    EXPECT_EQ(on.status, 200) << on.body;
    return parsed(on)["recovery_codes"].as_array();
  }
  static std::string from_base32(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int have = 0;
    for (const char c : text) {
      bits = bits << 5 | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
      if ((have += 5) >= 8) out += static_cast<char>(bits >> (have -= 8));
    }
    return out;
  }
  std::string secret;
};

TEST_F(SecondFactorRoutes, IsSetUpAskedForAndTurnedOff) {
  const auto headers = sign_in(add_user("admin", kPassword));
  const auto state = [&] { return parsed(client().call("GET", kWhere, {}, headers)); };
  EXPECT_FALSE(state()["on"].as_bool());
  EXPECT_EQ(ApiTest::code(post(std::string(kWhere) + "/setup", {}, headers)), "422 missing_field");
  EXPECT_EQ(ApiTest::code(post(std::string(kWhere) + "/setup", {{"password", "wrong"}}, headers)), "422 bad_value");
  EXPECT_EQ(ApiTest::code(client().call("PUT", kWhere, R"({"code":"123456"})", headers)), "409 second_factor_off");
  const Answer setup = post(std::string(kWhere) + "/setup", {{"password", kPassword}}, headers);
  EXPECT_TRUE(parsed(setup)["uri"].as_string().starts_with("otpauth://totp/linli:admin?secret=")) << setup.body;
  EXPECT_TRUE(parsed(setup)["qr_svg"].as_string().starts_with("<svg "));
  EXPECT_EQ(first_step().status, 200);  // it does not count before it was confirmed

  const json::array recovery = turn_on(headers);
  EXPECT_EQ(recovery.size(), 10u);
  EXPECT_TRUE(state()["on"].as_bool());
  EXPECT_EQ(ApiTest::code(post(std::string(kWhere) + "/setup", {{"password", kPassword}}, headers)),
            "409 second_factor_on");

  const Answer first = first_step();
  ASSERT_EQ(first.status, 202) << first.body;
  EXPECT_FALSE(first.headers.contains("set-cookie"));
  EXPECT_EQ(client().call("GET", "/api/v1/session", {}, {{"cookie", "linli_session=" + pending(first)}}).status, 401);
  EXPECT_EQ(ApiTest::code(second_step(pending(first), "000000x")), "401 bad_code");
  const std::string now = code();
  const Answer in = second_step(pending(first), now);
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_TRUE(in.headers.contains("set-cookie"));
  EXPECT_EQ(ApiTest::code(second_step(pending(first), code(1))), "401 sign_in_expired");  // once
  const std::string next = pending(first_step());
  EXPECT_EQ(ApiTest::code(second_step(next, now)), "401 bad_code");  // seen over a shoulder
  EXPECT_EQ(second_step(next, std::string(recovery[0].as_string())).status, 200);
  EXPECT_EQ(ApiTest::code(second_step(pending(first_step()), std::string(recovery[0].as_string()))), "401 bad_code");
  EXPECT_EQ(state()["recovery_codes_left"].as_int64(), 9);

  const Answer renewed = post(std::string(kWhere) + "/recovery-codes", {{"password", kPassword}}, headers);
  EXPECT_EQ(parsed(renewed)["recovery_codes"].as_array().size(), 10u) << renewed.body;
  EXPECT_EQ(ApiTest::code(post(std::string(kWhere) + "/off", {{"password", "wrong"}}, headers)), "422 bad_value");
  EXPECT_EQ(post(std::string(kWhere) + "/off", {{"password", kPassword}}, headers).status, 204);
  EXPECT_EQ(first_step().status, 200);

  std::string story;
  const json::object log = parsed(client().call("GET", "/api/v1/audit?limit=200&what=second_factor", {}, headers));
  for (const auto& one : log.at("entries").as_array()) (story += " ") += one.at("what").as_string();
  EXPECT_EQ(story, " second_factor.turned_off second_factor.codes_renewed second_factor.turned_on");
}

TEST_F(SecondFactorRoutes, CannotBeGuessedAt) {
  const auto headers = sign_in(add_user("admin", kPassword));
  turn_on(headers);
  const std::string token = pending(first_step());
  for (int i = 0; i < pending_sign_ins::kTries; ++i)
    EXPECT_EQ(ApiTest::code(second_step(token, "00000" + std::to_string(i))), "401 bad_code");
  EXPECT_EQ(ApiTest::code(second_step(token, code())), "401 sign_in_expired");  // right, but too late
  // The password again and again, for five tries each time, is slowed down as wrong passwords are.
  int begun = 1;
  while (begun < 20 && first_step().status == 202) ++begun;
  EXPECT_EQ(begun, SignInGuard::kFreeOfName);
  EXPECT_EQ(ApiTest::code(second_step("forged-token-that-nobody-made", code())), "401 sign_in_expired");
}

TEST_F(SecondFactorRoutes, IsAskedForBehindALinkToo) {
  const User admin = add_user("admin", kPassword);
  turn_on(sign_in(admin));
  const std::string token = write([&](Tx& tx) { return sessions::make_link(tx, admin.id, clock.now()); });
  const Answer first = post("/api/v1/session/link", {{"token", token}});
  ASSERT_EQ(first.status, 202) << first.body;
  const Answer in = second_step(pending(first), code());
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_TRUE(parsed(in)["by_link"].as_bool());
}

TEST_F(SecondFactorRoutes, AnAdministratorResetsItForWhoLostThePhone) {
  const User admin = add_user("admin", kPassword);
  const User agent = add_user("agent", kPassword, StaffRole::agent);
  const auto agents = sign_in(agent);
  turn_on(agents);
  const auto reset = [&](UserId user, const Client::Headers& by) {
    return client().call("DELETE", "/api/v1/users/" + to_text(user) + "/second-factor", {}, by);
  };
  EXPECT_EQ(ApiTest::code(reset(agent.id, agents)), "403 not_allowed");
  EXPECT_EQ(ApiTest::code(reset(UserId{1}, sign_in(admin))), "404 unknown_user");
  const std::string token = pending(first_step("agent"));
  EXPECT_EQ(reset(agent.id, sign_in(admin)).status, 204);
  EXPECT_EQ(ApiTest::code(second_step(token, code())), "401 sign_in_expired");
  EXPECT_EQ(first_step("agent").status, 200);
}

}  // namespace
}  // namespace linli::api
