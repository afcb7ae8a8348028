// ID tokens of OpenID Connect: is this one from the server that we asked, for us, for this sign-in, now? Pure.
// RS256 and ES256 only; "none" and secrets that are public keys have no spelling here.
#pragma once
#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

struct evp_pkey_st;

namespace linli {

struct ExpectedToken;

// The server's public keys (a JWK set). Keys of other kinds and for other uses are left out.
class TokenKeys {
 public:
  static Result<TokenKeys> parse(std::string_view jwks);  // error: sign_on_unreachable (it is no JWK set)
  std::size_t size() const { return keys_.size(); }
  bool has(std::string_view kid) const;

 private:
  friend Result<boost::json::object> check_id_token(std::string_view, const TokenKeys&, const ExpectedToken&);
  struct Key {
    std::string kid;
    std::string alg;  // "RS256" or "ES256"
    std::shared_ptr<evp_pkey_st> key;
  };
  std::vector<Key> keys_;
};

struct ExpectedToken {
  std::string issuer, client_id, nonce;
  Instant now{};
};

inline constexpr std::chrono::seconds kTokenSkew{60};  // clocks differ

// The claims of a good one. Errors: sign_on_refused with {why}: format, algorithm, key, signature, issuer, audience, expired,
// time, nonce, subject.
Result<boost::json::object> check_id_token(std::string_view token, const TokenKeys& keys,
                                           const ExpectedToken& expected);
// The key that a token names, also of a forged one: to see whether the server has changed its keys.
std::string key_id_of(std::string_view token);

// A path of the console to go to after signing in; anything that could lead elsewhere is "/".
std::string safe_return_to(std::string_view wanted);

}  // namespace linli
