// Single sign-on with an OpenID Connect server of the district: authorization code with PKCE. The browser is sent there with
// a state that counts once and for this browser only; it comes back with a code, for which the server gives an ID token
// (people/id_token.h). Which user that is, is told by the account that was linked before, else by a claim with the name.
#pragma once
#include <boost/json/object.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/settings.h"
#include "base/task_group.h"
#include "base/unique_function.h"
#include "people/id_token.h"
#include "people/users.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli {

struct SignOnOptions {
  std::string issuer;                         // empty: there is no single sign-on
  std::string client_id, client_secret, url;  // url: where browsers reach the console, "https://linli.example"
  std::string name_claim = "preferred_username", label;
  std::vector<std::string> scopes;

  static std::span<const AnySetting> settings();
  static Result<SignOnOptions> from(const Settings& settings);  // error: bad_setting
  bool on() const { return !issuer.empty(); }
  std::string callback() const { return url + "/api/v1/session/sign-on/callback"; }
};

// What a sign-in asked for, kept until the browser comes back.
struct SignOnRequest {
  std::string nonce, verifier;
  std::string return_to;
};

namespace sign_on {

inline constexpr std::chrono::minutes kLifetime{10};
inline constexpr int kMostRequests = 10'000;

struct Begun {
  SignOnRequest request;
  std::string state;    // goes round by the server
  std::string browser;  // stays in the browser, as a cookie
};
// At most kMostRequests are on their way; then the oldest go.
Result<Begun> begin(Tx& tx, const Sealer& sealer, std::string return_to, Instant now);
// Uses the state up, whoever brings it. None: unknown, used, expired, or another browser began.
Result<std::optional<SignOnRequest>> take(Tx& tx, const Sealer& sealer, std::string_view state,
                                          std::string_view browser, Instant now);

// The user of these claims: of the linked account, else of the name in `name_claim` (then the account is linked). None: there
// is no such user.
Result<std::optional<User>> find_user(Tx& tx, const boost::json::object& claims, const std::string& name_claim,
                                      Instant now);

}  // namespace sign_on

// The server, as we know it: where its doors are and with what keys it signs; asked again after an hour, keys also at once
// when a token names one that is not known: keys change.
class SignOnServer {
 public:
  SignOnServer(SignOnOptions options, const Clock& clock);
  ~SignOnServer();  // stop()
  void stop();

  const SignOnOptions& options() const { return options_; }

  // Both: any thread; `done` is called on a thread of the server's own. Error at once: overloaded.
  // Where to send the browser. Errors: sign_on_unreachable.
  Result<void> authorize_url(const sign_on::Begun& begun, UniqueFunction<void(Result<std::string>)> done);
  // The claims behind a code. Errors: sign_on_unreachable, sign_on_refused.
  Result<void> exchange(std::string code, SignOnRequest request,
                        UniqueFunction<void(Result<boost::json::object>)> done);

 private:
  struct Known {
    std::string authorization, token, jwks_uri, userinfo;
    TokenKeys keys;
    Instant asked_at{};
  };
  Result<Known> known();
  Result<TokenKeys> fetch_keys(const std::string& jwks_uri);
  Result<boost::json::object> exchange_now(const std::string& code, const SignOnRequest& request);

  const SignOnOptions options_;
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<Known> known_;
  BoundedQueue<UniqueFunction<void()>> queue_{64};
  TaskGroup tasks_;
};

}  // namespace linli
