#include "people/id_token.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <boost/json.hpp>

#include "people/tokens.h"

namespace linli {
namespace {

namespace json = boost::json;
using tokens::base64url;

// A key pair as a server has it.
class ServerKey {
 public:
  ServerKey(std::string kid, std::string alg, int bits = 2048) : kid_(std::move(kid)), alg_(std::move(alg)) {
    key_ = alg_ == "RS256" ? EVP_RSA_gen(static_cast<unsigned>(bits)) : EVP_EC_gen("P-256");
  }
  ~ServerKey() { EVP_PKEY_free(key_); }
  ServerKey(const ServerKey&) = delete;
  ServerKey& operator=(const ServerKey&) = delete;

  json::object jwk() const {
    if (alg_ == "RS256")
      return {{"kty", "RSA"},
              {"kid", kid_},
              {"use", "sig"},
              {"n", number(OSSL_PKEY_PARAM_RSA_N)},
              {"e", number(OSSL_PKEY_PARAM_RSA_E)}};
    return {{"kty", "EC"},
            {"kid", kid_},
            {"crv", "P-256"},
            {"x", number(OSSL_PKEY_PARAM_EC_PUB_X, 32)},
            {"y", number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)}};
  }
  std::string sign(const json::object& header, const json::object& claims) const {
    const std::string part = base64url(json::serialize(header)) + "." + base64url(json::serialize(claims));
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    std::size_t size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(part.data());
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_);
    EVP_DigestSign(context, nullptr, &size, bytes, part.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, part.size());
    signature.resize(size);
    EVP_MD_CTX_free(context);
    return part + "." + base64url(alg_ == "ES256" ? raw(signature) : signature);
  }
  std::string token(const json::object& claims) const { return sign({{"alg", alg_}, {"kid", kid_}}, claims); }

 private:
  std::string number(const char* what, int width = 0) const {
    BIGNUM* n = nullptr;
    EVP_PKEY_get_bn_param(key_, what, &n);
    std::string bytes(static_cast<std::size_t>(width ? width : BN_num_bytes(n)), '\0');
    BN_bn2binpad(n, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    BN_free(n);
    return base64url(bytes);
  }
  static std::string raw(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* sig = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string out(64, '\0');
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), to, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), to + 32, 32);
    ECDSA_SIG_free(sig);
    return out;
  }
  std::string kid_, alg_;
  EVP_PKEY* key_;
};

class IdToken : public testing::Test {
 protected:
  static constexpr std::int64_t kNow = 1'795'401'130;
  const ExpectedToken expected{"https://login.example", "linli", "n-1", from_millis(kNow * 1000)};
  const ServerKey rsa{"r1", "RS256"}, ec{"e1", "ES256"};
  const TokenKeys keys =
      TokenKeys::parse(json::serialize(json::object{{"keys", json::array{rsa.jwk(), ec.jwk()}}})).value();

  json::object claims(json::object with = {}) const {
    json::object out{{"iss", "https://login.example"},
                     {"aud", "linli"},
                     {"sub", "u-7"},
                     {"nonce", "n-1"},
                     {"exp", kNow + 300},
                     {"iat", kNow - 1},
                     {"preferred_username", "wanglan"}};
    for (const auto& member : with) {
      if (member.value().is_null()) out.erase(member.key());
      else out[member.key()] = member.value();
    }
    return out;
  }
  std::string why(const std::string& token) const { return why(token, expected); }
  std::string why(const std::string& token, const ExpectedToken& wanted) const {
    const auto checked = check_id_token(token, keys, wanted);
    return checked ? "good" : checked.error().args.at(0).second;
  }
};

TEST_F(IdToken, OfTheServerForUsNowIsGood) {
  for (const ServerKey* key : {&rsa, &ec}) {
    const auto checked = check_id_token(key->token(claims()), keys, expected);
    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->at("preferred_username").as_string(), "wanglan");
  }
  EXPECT_EQ(why(rsa.token(claims({{"aud", json::array{"linli"}}}))), "good");
  EXPECT_EQ(why(rsa.token(claims({{"aud", json::array{"other", "linli"}}, {"azp", "linli"}}))), "good");
  EXPECT_EQ(why(rsa.sign({{"alg", "RS256"}}, claims())), "good");  // the only RSA key
  EXPECT_EQ(key_id_of(rsa.token(claims())), "r1");
}

TEST_F(IdToken, WithoutTheServersSignatureIsNothing) {
  const std::string good = rsa.token(claims());
  const auto part = [&](int i) {
    const auto first = good.find('.'), last = good.rfind('.');
    return i == 0 ? good.substr(0, first) : i == 1 ? good.substr(first + 1, last - first - 1) : good.substr(last + 1);
  };
  const std::string none = base64url(R"({"alg":"none"})"), None = base64url(R"({"alg":"None","kid":"r1"})");
  EXPECT_EQ(why(none + "." + part(1) + "."), "algorithm");
  EXPECT_EQ(why(None + "." + part(1) + "."), "algorithm");
  EXPECT_EQ(why(part(0) + "." + part(1) + "."), "signature");
  EXPECT_EQ(why(part(0) + "." + base64url(json::serialize(claims({{"sub", "admin"}}))) + "." + part(2)), "signature");
  EXPECT_EQ(why(rsa.sign({{"alg", "RS512"}, {"kid", "r1"}}, claims())), "algorithm");
  EXPECT_EQ(why(rsa.sign({{"alg", "RS256"}, {"kid", "r1"}, {"crit", json::array{"b64"}}}, claims())), "algorithm");

  // The public key as the secret of an HMAC.
  const std::string hs = base64url(R"({"alg":"HS256","kid":"r1"})") + "." + part(1);
  const std::string secret = json::serialize(rsa.jwk());
  unsigned char mac[32];
  unsigned size = sizeof mac;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(hs.data()),
       hs.size(), mac, &size);
  EXPECT_EQ(why(hs + "." + base64url({reinterpret_cast<const char*>(mac), size})), "algorithm");

  // Another server's key, under our server's name for it, and under another one.
  const ServerKey other("r1", "RS256"), stranger("r9", "RS256"), other_ec("e1", "ES256");
  EXPECT_EQ(why(other.token(claims())), "signature");
  EXPECT_EQ(why(other_ec.token(claims())), "signature");
  EXPECT_EQ(why(stranger.token(claims())), "key");
  EXPECT_EQ(why(ec.sign({{"alg", "ES256"}, {"kid", "r1"}}, claims())), "key");  // a key of the other kind
  EXPECT_EQ(why(ec.sign({{"alg", "RS256"}, {"kid", "r1"}}, claims())), "signature");
}

TEST_F(IdToken, ForSomebodyElseOrAnotherTimeIsRefused) {
  const struct {
    const char* why;
    json::object with;
  } rows[] = {
      {"issuer", {{"iss", "https://login.example/"}}},
      {"issuer", {{"iss", nullptr}}},
      {"audience", {{"aud", "other"}}},
      {"audience", {{"aud", nullptr}}},
      {"audience", {{"aud", json::array{}}}},
      {"audience", {{"aud", json::array{"other", "linli"}}}},  // and nobody says whom it was issued to
      {"audience", {{"azp", "other"}}},
      {"audience", {{"aud", 7}}},
      {"expired", {{"exp", kNow - 60}}},
      {"good", {{"exp", kNow - 59}}},
      {"expired", {{"exp", nullptr}}},
      {"expired", {{"exp", "never"}}},
      {"time", {{"iat", kNow + 61}}},
      {"time", {{"iat", nullptr}}},
      {"time", {{"nbf", kNow + 61}}},
      {"nonce", {{"nonce", "n-2"}}},
      {"nonce", {{"nonce", nullptr}}},
      {"subject", {{"sub", nullptr}}},
      {"subject", {{"sub", ""}}},
      {"subject", {{"sub", std::string(256, 'x')}}},
  };
  for (const auto& row : rows) EXPECT_EQ(why(rsa.token(claims(row.with))), row.why) << json::serialize(row.with);
  ExpectedToken no_nonce = expected;
  no_nonce.nonce.clear();
  EXPECT_EQ(why(rsa.token(claims({{"nonce", ""}})), no_nonce), "nonce");
}

TEST_F(IdToken, WhatIsNoTokenIsRefused) {
  for (const std::string& text : {std::string(), std::string("."), std::string(".."), std::string("a.b"),
                                  std::string("a.b.c.d"), std::string("e30.e30."), std::string(20'000, 'a') + ".b.c",
                                  std::string("e30=.e30.e30"), base64url("[]") + ".e30.e30"})
    EXPECT_NE(why(text), "good") << text.substr(0, 20);
}

TEST(TokenKeys, AreThoseThatSign) {
  const ServerKey rsa("r1", "RS256"), small("r2", "RS256", 1024), ec("e1", "ES256");
  auto for_encryption = rsa.jwk(), other_alg = rsa.jwk(), other_curve = ec.jwk(), off_curve = ec.jwk();
  for_encryption["use"] = "enc";
  other_alg["alg"] = "PS256";
  other_curve["crv"] = "P-384";
  off_curve["y"] = off_curve["x"];
  const auto keys = TokenKeys::parse(json::serialize(json::object{
      {"keys", json::array{for_encryption, other_alg, other_curve, off_curve, small.jwk(), 7,
                           json::object{{"kty", "oct"}, {"k", "c2VjcmV0"}}, json::object{{"kty", "RSA"}}, ec.jwk()}}}));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->size(), 1u);
  EXPECT_TRUE(keys->has("e1"));
  for (const char* none : {"", "[]", "{}", "{\"keys\":7}"})
    EXPECT_EQ(TokenKeys::parse(none).error().code, Errc::sign_on_unreachable) << none;
}

TEST(ReturnTo, StaysInTheConsole) {
  const struct {
    const char *wanted, *gives;
  } rows[] = {
      {"/", "/"},
      {"/leads/lead_1?x=1#y", "/leads/lead_1?x=1#y"},
      {"", "/"},
      {"leads", "/"},
      {"//evil.example", "/"},
      {"/\\evil.example", "/"},
      {"\\\\evil.example", "/"},
      {"https://evil.example", "/"},
      {"javascript:alert(1)", "/"},
      {"/ok\r\nset-cookie: a=b", "/"},
      {"/a b", "/"},
      {"/\t/evil.example", "/"},
      {"/a\\b", "/"},
      {"/\xe9\x82\xbb", "/"},
  };
  for (const auto& row : rows) EXPECT_EQ(safe_return_to(row.wanted), row.gives) << row.wanted;
  EXPECT_EQ(safe_return_to("/" + std::string(600, 'a')), "/");
}

}  // namespace
}  // namespace linli
