#include "people/second_factor.h"

#include <set>

#include "people/users.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

using namespace std::chrono_literals;
using second_factor::Match;

// RFC 6238, appendix B: SHA-1, 8 digits, the secret "12345678901234567890".
TEST(Totp, GivesTheCodesOfTheStandard) {
  const struct {
    std::int64_t seconds;
    const char* code;
  } rows[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
              {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& row : rows)
    EXPECT_EQ(totp::code("12345678901234567890", row.seconds / totp::kStepSeconds, 8), row.code) << row.seconds;
  // RFC 4226, appendix D: HOTP, 6 digits, counters from 0.
  const char* hotp[] = {"755224", "287082", "359152", "969429", "338314",
                        "254676", "287922", "162583", "399871", "520489"};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(totp::code("12345678901234567890", i), hotp[i]) << i;
}

TEST(Totp, ACodeCountsAStepEarlierAndLaterAndOnce) {
  const std::string secret = "12345678901234567890";
  const Instant now = from_millis(1'795'401'130'000);
  const std::int64_t step = totp::step_of(now);
  const auto matches = [&](std::int64_t of, std::int64_t used) {
    return totp::matching(secret, totp::code(secret, of), now, used).value_or(0) - step;
  };
  EXPECT_EQ(matches(step, 0), 0);
  EXPECT_EQ(matches(step - 1, 0), -1);
  EXPECT_EQ(matches(step + 1, 0), 1);
  EXPECT_EQ(matches(step - 2, 0), -step);
  EXPECT_EQ(matches(step + 2, 0), -step);
  EXPECT_EQ(matches(step, step), -step);      // the same again
  EXPECT_EQ(matches(step - 1, step), -step);  // an older one after it
  EXPECT_EQ(matches(step + 1, step), 1);
  for (const char* wrong : {"", "12345", "abcdef", "0000000"})
    EXPECT_FALSE(totp::matching(secret, wrong, now, 0)) << wrong;
}

TEST(Totp, IsToldToAnApp) {
  EXPECT_EQ(totp::base32("foobar"), "MZXW6YTBOI");  // RFC 4648, section 10
  EXPECT_EQ(totp::base32("fooba"), "MZXW6YTB");
  EXPECT_EQ(totp::base32("f"), "MY");
  const std::string uri = totp::uri("linli", "a b@c", "12345678901234567890");
  EXPECT_EQ(uri,
            "otpauth://totp/linli:a%20b%40c?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=linli&algorithm=SHA1&"
            "digits=6&period=30");
  const std::string svg = totp::qr_svg(uri);
  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "));
  EXPECT_TRUE(svg.ends_with("</svg>"));
  // The finder pattern of the corner: seven dark in the first row behind the quiet zone.
  EXPECT_NE(svg.find("M4 4h7v1h-7z"), std::string::npos);
  EXPECT_THROW(totp::qr_svg(std::string(5'000, 'x')), std::runtime_error);
}

class SecondFactorTest : public EachDatabase {
 protected:
  const Instant now = from_millis(1795401130344);
  const Sealer sealer = Sealer::for_test();
  const UserId user{5}, other{6};

  template <class F>
  void with_users(F body) {
    Connection connection = connect();
    in_transaction(connection, [&](Tx& tx) {
      ASSERT_TRUE(users::add(tx, {user, "admin", "管理员", "", std::nullopt}, now));
      ASSERT_TRUE(users::add(tx, {other, "agent", "李禾", "", std::nullopt}, now));
    });
    in_transaction(connection, body);
  }
  std::string code(const std::string& secret, Instant at) { return totp::code(secret, totp::step_of(at)); }
  std::vector<std::string> turn_on(Tx& tx, std::string& secret) {
    secret = second_factor::begin(tx, sealer, user, now).value();
    return second_factor::confirm(tx, sealer, user, code(secret, now), now).value();
  }
};

TEST_P(SecondFactorTest, IsOnAfterACodeHasShownThatTheAppHasIt) {
  with_users([&](Tx& tx) {
    EXPECT_EQ(second_factor::confirm(tx, sealer, user, "123456", now).error().code, Errc::second_factor_off);
    const std::string first = second_factor::begin(tx, sealer, user, now).value();
    const std::string secret = second_factor::begin(tx, sealer, user, now).value();
    EXPECT_NE(first, secret);
    EXPECT_FALSE(second_factor::state(tx, user)->on);
    EXPECT_EQ(second_factor::use(tx, sealer, user, code(secret, now), now).value(), Match::none);
    EXPECT_EQ(second_factor::renew_recovery_codes(tx, sealer, user).error().code, Errc::second_factor_off);
    EXPECT_EQ(second_factor::confirm(tx, sealer, user, code(first, now), now).error().code, Errc::bad_code);
    const auto codes = second_factor::confirm(tx, sealer, user, code(secret, now), now);
    ASSERT_TRUE(codes);
    EXPECT_EQ(codes->size(), 10u);
    EXPECT_EQ(std::set(codes->begin(), codes->end()).size(), 10u);
    const auto state = second_factor::state(tx, user);
    EXPECT_TRUE(state->on);
    EXPECT_EQ(state->since, now);
    EXPECT_EQ(state->recovery_left, 10);
    EXPECT_EQ(second_factor::begin(tx, sealer, user, now).error().code, Errc::second_factor_on);
    EXPECT_EQ(second_factor::confirm(tx, sealer, user, code(secret, now + 30s), now + 30s).error().code,
              Errc::second_factor_on);
    // Neither the secret nor a recovery code stands in the database.
    EXPECT_EQ((**tx.value<std::string>("SELECT secret FROM second_factors")).find(secret), std::string::npos);
    EXPECT_EQ((**tx.value<std::string>("SELECT hash FROM recovery_codes")).size(), 32u);
  });
}

TEST_P(SecondFactorTest, EachCodeCountsOnce) {
  with_users([&](Tx& tx) {
    std::string secret;
    const auto recovery = turn_on(tx, secret);
    const auto use = [&](const std::string& text, Instant at) {
      return second_factor::use(tx, sealer, user, text, at).value();
    };
    EXPECT_EQ(use(code(secret, now), now), Match::none);  // confirmed with it
    const Instant later = now + 60s;
    const std::string fresh = code(secret, later);
    EXPECT_EQ(second_factor::use(tx, sealer, other, fresh, later).value(), Match::none);
    EXPECT_EQ(use(fresh.substr(0, 3) + " " + fresh.substr(3), later), Match::code);
    EXPECT_EQ(use(fresh, later), Match::none);
    EXPECT_EQ(use(fresh, later + 29s), Match::none);

    EXPECT_EQ(second_factor::use(tx, sealer, other, recovery[0], later).value(), Match::none);
    std::string typed = recovery[0];
    for (char& c : typed) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c == '1' ? 'I' : c == '0' ? 'O' : c;
    EXPECT_EQ(use(" " + typed, later), Match::recovery_code);
    EXPECT_EQ(use(recovery[0], later), Match::none);
    EXPECT_EQ(second_factor::state(tx, user)->recovery_left, 9);
    EXPECT_EQ(use("00000-00000", later), Match::none);

    const auto renewed = second_factor::renew_recovery_codes(tx, sealer, user);
    EXPECT_EQ(use(recovery[1], later), Match::none);
    EXPECT_EQ(use(renewed.value()[0], later), Match::recovery_code);

    ASSERT_TRUE(second_factor::turn_off(tx, user));
    ASSERT_TRUE(second_factor::turn_off(tx, user));
    EXPECT_FALSE(second_factor::state(tx, user)->on);
    EXPECT_EQ(use(renewed.value()[1], later), Match::none);
  });
}

TEST_P(SecondFactorTest, APendingSignInHasFewTriesAndLittleTime) {
  with_users([&](Tx& tx) {
    const std::string token = pending_sign_ins::open(tx, user, true, now).value();
    EXPECT_FALSE(*pending_sign_ins::take_try(tx, "forged", now));
    for (int i = 0; i < pending_sign_ins::kTries; ++i) {
      const auto pending = pending_sign_ins::take_try(tx, token, now);
      ASSERT_TRUE(pending && *pending) << i;
      EXPECT_EQ((*pending)->user, user);
      EXPECT_TRUE((*pending)->by_link);
    }
    EXPECT_FALSE(*pending_sign_ins::take_try(tx, token, now));
    const std::string late = pending_sign_ins::open(tx, user, false, now).value();
    EXPECT_FALSE(*pending_sign_ins::take_try(tx, late, now + pending_sign_ins::kLifetime));
    const std::string closed = pending_sign_ins::open(tx, user, false, now).value();
    ASSERT_TRUE(pending_sign_ins::close(tx, closed));
    EXPECT_FALSE(*pending_sign_ins::take_try(tx, closed, now));
    // What is over is forgotten when the next one begins.
    ASSERT_TRUE(pending_sign_ins::open(tx, user, false, now + 1h));
    EXPECT_EQ(**tx.value<int>("SELECT count(*) FROM pending_sign_ins"), 1);
  });
}
ON_EACH_DATABASE(SecondFactorTest);

}  // namespace
}  // namespace linli
