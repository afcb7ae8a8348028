#include "people/sign_on.h"

#include "people/fetch.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

class SignOnTest : public EachDatabase {
 protected:
  const Instant now = from_millis(1795401130344);
  const Sealer sealer = Sealer::for_test();
  const json::object claims{{"iss", "https://login.example"}, {"sub", "u-7"}, {"preferred_username", "WangLan"}};

  template <class F>
  void with_users(F body) {
    Connection connection = connect();
    in_transaction(connection, [&](Tx& tx) {
      ASSERT_TRUE(users::add(tx, {UserId{5}, "wanglan", "王岚", "", std::nullopt}, now));
      ASSERT_TRUE(users::add(tx, {UserId{6}, "lihe", "李禾", "", std::nullopt}, now));
    });
    in_transaction(connection, body);
  }
};

TEST_P(SignOnTest, AStateCountsOnceInTimeAndForTheBrowserThatBegan) {
  with_users([&](Tx& tx) {
    const auto begin = [&] { return sign_on::begin(tx, sealer, "/leads/lead_1", now).value(); };
    const auto take = [&](const std::string& state, const std::string& browser, Instant at) {
      return sign_on::take(tx, sealer, state, browser, at).value();
    };
    const auto one = begin(), other = begin();
    EXPECT_NE(one.state, other.state);
    EXPECT_NE(one.request.nonce, other.request.nonce);
    const auto taken = take(one.state, one.browser, now + 1min);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->nonce, one.request.nonce);
    EXPECT_EQ(taken->verifier, one.request.verifier);
    EXPECT_EQ(taken->return_to, "/leads/lead_1");
    EXPECT_FALSE(take(one.state, one.browser, now + 1min));  // replayed
    EXPECT_FALSE(take(other.state, one.browser, now));       // in another browser: an attacker's link
    EXPECT_FALSE(take(other.state, other.browser, now));     // and with that it is used up
    EXPECT_FALSE(take("forged", one.browser, now));
    EXPECT_FALSE(take("", "", now));
    const auto late = begin();
    EXPECT_FALSE(take(late.state, late.browser, now + sign_on::kLifetime));
    EXPECT_EQ(sign_on::begin(tx, sealer, "//evil.example", now)->request.return_to, "/");
    EXPECT_EQ((**tx.value<std::string>("SELECT secret FROM sign_on_requests")).find(one.request.verifier),
              std::string::npos);
  });
}

TEST_P(SignOnTest, AnAccountIsOneUserForEver) {
  with_users([&](Tx& tx) {
    const auto find = [&](json::object with, const std::string& claim = "preferred_username") {
      json::object all = claims;
      for (const auto& member : with) all[member.key()] = member.value();
      const auto user = sign_on::find_user(tx, all, claim, now);
      return user && *user ? (*user)->name : std::string("nobody");
    };
    EXPECT_EQ(find({}, ""), "nobody");
    EXPECT_EQ(find({{"preferred_username", "stranger"}}), "nobody");
    EXPECT_EQ(find({{"preferred_username", 7}}), "nobody");
    EXPECT_EQ(find({}), "wanglan");
    EXPECT_EQ(find({{"preferred_username", "lihe"}}), "wanglan");   // linked: a changed name changes nothing
    EXPECT_EQ(find({}, ""), "wanglan");                             // nor is it needed any more
    EXPECT_EQ(find({{"sub", "u-8"}}), "nobody");                    // somebody else takes her name
    EXPECT_EQ(find({{"iss", "https://other.example"}}), "nobody");  // at another server too
    EXPECT_EQ(find({{"sub", "u-9"}, {"preferred_username", "lihe"}}), "lihe");
    ASSERT_TRUE(tx.run("UPDATE users SET disabled_at = 1 WHERE id = 5"));
    EXPECT_EQ(find({}), "nobody");
  });
}
ON_EACH_DATABASE(SignOnTest);

TEST(SignOnOptions, AreCheckedAtTheStart) {
  const std::vector<AnySetting> known(SignOnOptions::settings().begin(), SignOnOptions::settings().end());
  const auto wrong = [&](Environment environment) {
    const auto options = SignOnOptions::from(Settings::load(known, {}, environment).value());
    return options ? std::string(options->on() ? "on" : "off") : options.error().where.field;
  };
  EXPECT_EQ(wrong({}), "off");
  Environment good{{"LINLI_OIDC_ISSUER", "https://login.example"},
                   {"LINLI_OIDC_CLIENT_ID", "linli"},
                   {"LINLI_OIDC_URL", "https://linli.example/"}};
  EXPECT_EQ(wrong(good), "on");
  const auto with = [&](const char* name, const char* value) {
    Environment changed = good;
    changed[name] = value;
    return wrong(std::move(changed));
  };
  EXPECT_EQ(with("LINLI_OIDC_ISSUER", "http://login.example"), "oidc.issuer");
  EXPECT_EQ(with("LINLI_OIDC_URL", "linli.example"), "oidc.url");
  EXPECT_EQ(with("LINLI_OIDC_CLIENT_ID", ""), "oidc.client_id");
  EXPECT_EQ(with("LINLI_OIDC_SCOPES", "profile"), "oidc.scopes");
}

TEST(Fetch, GoesOnlyWhereItIsSafe) {
  const struct {
    const char* url;
    bool safe;
  } rows[] = {
      {"https://login.example/token", true},
      {"https://", false},
      {"http://127.0.0.1:4000/x", true},
      {"http://localhost", true},
      {"http://[::1]:4000", true},
      {"http://login.example", false},
      {"http://127.0.0.1.evil.example", false},
      {"http://127.0.0.1:80@evil.example/", false},
      {"https://a@evil.example", false},
      {"file:///etc/passwd", false},
      {"http://localhost.evil.example", false},
      {"", false},
  };
  for (const auto& row : rows) EXPECT_EQ(is_safe_url(row.url), row.safe) << row.url;
  const struct {
    const char* url;
    bool near;
  } near_rows[] = {
      {"https://model.example/v1", true},
      {"http://127.0.0.1:8080/v1", true},
      {"http://192.168.1.10:8080/v1", true},
      {"http://10.0.0.7/v1", true},
      {"http://172.16.0.1", true},
      {"http://172.32.0.1", false},
      {"http://[fd00::1]:8080", true},
      {"http://[2001:db8::1]:8080", false},
      {"http://modelbox:8080/v1", true},
      {"http://model.lan/v1", true},
      {"http://model.example/v1", false},
      {"http://169.254.169.254/latest", false},
      {"http://2130706433/", false},
      {"http://0x7f000001/", false},
      {"http://192.168.1.10@evil.example/", false},
      {"http://192.168.1.10.evil.example/", false},
      {"http://lan/", true},
      {"http:///", false},
      {"ftp://192.168.1.10/", false},
  };
  for (const auto& row : near_rows) EXPECT_EQ(is_near_url(row.url), row.near) << row.url;
  EXPECT_EQ(fetch({.url = "http://192.168.1.10:1/"}).error().args[0].second, "https");  // not by default
  EXPECT_EQ(fetch({.url = "file:///etc/passwd"}).error().code, Errc::sign_on_unreachable);
  EXPECT_EQ(fetch({.url = "http://127.0.0.1:1/"}).error().code, Errc::sign_on_unreachable);
}

}  // namespace
}  // namespace linli
