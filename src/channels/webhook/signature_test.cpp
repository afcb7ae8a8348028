// The vectors and cases are those of the reference libraries of Standard Webhooks.
#include "channels/webhook/signature.h"

#include <gtest/gtest.h>

namespace linli {
namespace {

struct Vector {
  const char *secret, *id, *timestamp, *body, *signature;
};
constexpr Vector kFirst{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
                        "{\"test\": 2432232314}", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="};
constexpr Vector kSecond{"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", "1649367553",
                         "{\"email\":\"test@example.com\",\"username\":\"test_user\"}",
                         "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="};
constexpr const char* kWrong = "v1,R3PTzyfHASBKHH98a7yexTwaJ4yNIcGhFQc1yuN+BPU=";

WebhookSecret secret(const char* text) { return *WebhookSecret::parse(text); }
Instant at(const char* seconds, int later = 0) { return Instant(std::chrono::seconds(std::stoll(seconds) + later)); }

std::optional<Errc> check(const Vector& v, std::string signature, int later = 0) {
  const WebhookSecret secrets[] = {secret(v.secret)};
  const auto result = verify(secrets, {v.id, v.timestamp, signature}, v.body, at(v.timestamp, later));
  if (result) return {};
  return result.error().code;
}

TEST(Signature, Vectors) {
  for (const Vector& v : {kFirst, kSecond}) {
    EXPECT_EQ(sign(secret(v.secret), v.id, v.timestamp, v.body), v.signature);
    EXPECT_EQ(check(v, v.signature), std::nullopt);
  }
}

TEST(Signature, Cases) {
  const std::string right = kFirst.signature, wrong = kWrong;
  const struct {
    std::string signature;
    int later;
    std::optional<Errc> expected;
  } rows[] = {
      {kWrong, 0, Errc::bad_signature},
      {"v1,", 0, Errc::bad_signature},
      {"v1", 0, Errc::bad_signature},
      {right.substr(3), 0, Errc::bad_signature},
      {right.substr(0, 8), 0, Errc::bad_signature},
      {right + "A", 0, Errc::bad_signature},
      {"v2," + right.substr(3), 0, Errc::bad_signature},
      {"v1a," + right.substr(3), 0, Errc::bad_signature},
      {wrong + " " + wrong + " " + right + " " + wrong, 0, {}},
      {"v1a,QUJD v9,x " + right, 0, {}},
      {wrong + " " + wrong + " " + wrong, 0, Errc::bad_signature},
      {right, 300, {}},
      {right, -300, {}},
      {right, 301, Errc::signature_too_old},
      {right, -301, Errc::signature_too_old},
      {"", 0, Errc::bad_signature},
  };
  for (const auto& row : rows)
    EXPECT_EQ(check(kFirst, row.signature, row.later), row.expected) << row.signature << row.later;
}

TEST(Signature, SecondVectorsOwnWrongOne) { EXPECT_EQ(check(kSecond, kWrong), Errc::bad_signature); }

TEST(Signature, AMissingHeaderFails) {
  const WebhookSecret secrets[] = {secret(kFirst.secret)};
  for (int missing = 0; missing < 3; ++missing) {
    const WebhookHeaders headers{missing == 0 ? "" : kFirst.id, missing == 1 ? "" : kFirst.timestamp,
                                 missing == 2 ? "" : kFirst.signature};
    EXPECT_EQ(verify(secrets, headers, kFirst.body, at(kFirst.timestamp)).error().code, Errc::bad_signature);
  }
  for (const char* timestamp : {"x", "1614265330.5", "-1", "99999999999999999999", "1614265330 "}) {
    EXPECT_FALSE(verify(secrets, {kFirst.id, timestamp, kFirst.signature}, kFirst.body, at(kFirst.timestamp)));
  }
}

TEST(Signature, ChangedBodyOrIdFails) {
  const WebhookSecret secrets[] = {secret(kFirst.secret)};
  EXPECT_FALSE(verify(secrets, {kFirst.id, kFirst.timestamp, kFirst.signature}, "{}", at(kFirst.timestamp)));
  EXPECT_FALSE(verify(secrets, {"msg_x", kFirst.timestamp, kFirst.signature}, kFirst.body, at(kFirst.timestamp)));
}

TEST(Signature, EmptyBodyIsSignable) {
  const WebhookSecret key = WebhookSecret::generate();
  const WebhookSecret secrets[] = {key};
  const std::string signature = sign(key, "m", "1614265330", "");
  EXPECT_TRUE(verify(secrets, {"m", "1614265330", signature}, "", at("1614265330")));
}

TEST(Signature, WhileSecretsRotateBothPass) {
  const WebhookSecret secrets[] = {WebhookSecret::generate(), secret(kFirst.secret)};
  EXPECT_TRUE(verify(secrets, {kFirst.id, kFirst.timestamp, kFirst.signature}, kFirst.body, at(kFirst.timestamp)));
  EXPECT_FALSE(verify({}, {kFirst.id, kFirst.timestamp, kFirst.signature}, kFirst.body, at(kFirst.timestamp)));
}

TEST(Secret, Parsing) {
  const struct {
    const char* text;
    std::size_t size;  // 0: refused
  } rows[] = {
      {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 24},
      {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 24},
      {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", 23},
      {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS=", 23},
      {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr", 25},
      {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr==", 25},
      {"", 0},
      {"whsec_", 0},
      {"whsec_a b", 0},
      {"whsec_秘密", 0},
  };
  for (const auto& row : rows) {
    const auto parsed = WebhookSecret::parse(row.text);
    EXPECT_EQ(parsed ? parsed->key().size() : 0, row.size) << row.text;
  }
}

TEST(Secret, GeneratedOnesDifferAndComeBack) {
  const WebhookSecret one = WebhookSecret::generate(), other = WebhookSecret::generate();
  EXPECT_TRUE(one.text().starts_with("whsec_"));
  EXPECT_NE(one.text(), other.text());
  EXPECT_EQ(WebhookSecret::parse(one.text())->key(), one.key());
}

}  // namespace
}  // namespace linli
