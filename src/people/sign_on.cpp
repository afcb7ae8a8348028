#include "people/sign_on.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "people/fetch.h"
#include "people/tokens.h"

namespace linli {
namespace {

namespace json = boost::json;

constexpr std::string_view kPlace = "sign_on_requests.secret";
constexpr std::chrono::minutes kKnownFor{60};

const Setting<std::string> issuer_setting{
    "oidc.issuer", "", {}, Restart::yes, "The OpenID Connect server for single sign-on, https://…; empty: none."};
const Setting<std::string> client_id_setting{
    "oidc.client_id", "", {}, Restart::yes, "The name under which linli is registered at that server."};
const Setting<std::string> client_secret_setting{
    "oidc.client_secret",
    "",
    {},
    Restart::yes,
    "The secret of that registration; empty: linli is registered as a public client."};
const Setting<std::string> url_setting{
    "oidc.url",
    "",
    {},
    Restart::yes,
    "Where browsers reach the console, https://…; URL/api/v1/session/sign-on/callback is registered as redirect URI."};
const Setting<std::string> name_claim_setting{
    "oidc.name_claim",
    "preferred_username",
    {},
    Restart::yes,
    "The claim that holds the user's name here, at the first sign-in; empty: only accounts that are linked already."};
const Setting<std::string> label_setting{
    "oidc.label", "", {}, Restart::yes, "What the button on the sign-in page says; empty: single sign-on."};
const Setting<std::vector<std::string>> scopes_setting{
    "oidc.scopes", {"openid", "profile"}, {}, Restart::yes, "What is asked for; openid must be among them."};

tl::unexpected<Error> bad(const char* setting, const std::string& value, std::string allowed) {
  return fail(Errc::bad_setting, Where::at_field(setting),
              {{"setting", setting}, {"value", value}, {"allowed", std::move(allowed)}});
}

tl::unexpected<Error> unreachable(std::string why) {
  return fail(Errc::sign_on_unreachable, {}, {{"why", std::move(why)}});
}

std::string text_of(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

Result<json::object> fetch_object(const Outgoing& request, const char* what) {
  auto fetched = fetch(request);
  if (!fetched) return tl::unexpected(std::move(fetched).error());
  json::error_code broken;
  json::value value = json::parse(fetched->body, broken);
  if (fetched->status != 200 || broken || !value.is_object())
    return unreachable(std::string(what) + " " + std::to_string(fetched->status));
  return std::move(value.as_object());
}

std::string challenge_of(const std::string& verifier) {
  std::array<char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                     reinterpret_cast<const unsigned char*>(verifier.data()), verifier.size());
  return tokens::base64url({hash.data(), hash.size()});
}

}  // namespace

std::span<const AnySetting> SignOnOptions::settings() {
  static const AnySetting all[] = {&issuer_setting,     &client_id_setting, &client_secret_setting, &url_setting,
                                   &name_claim_setting, &label_setting,     &scopes_setting};
  return all;
}

Result<SignOnOptions> SignOnOptions::from(const Settings& settings) {
  SignOnOptions out{settings.get(issuer_setting), settings.get(client_id_setting),  settings.get(client_secret_setting),
                    settings.get(url_setting),    settings.get(name_claim_setting), settings.get(label_setting),
                    settings.get(scopes_setting)};
  while (out.url.ends_with('/')) out.url.pop_back();
  if (!out.on()) return out;
  if (!is_safe_url(out.issuer)) return bad("oidc.issuer", out.issuer, "https://…");
  if (!is_safe_url(out.url)) return bad("oidc.url", out.url, "https://…");
  if (out.client_id.empty()) return bad("oidc.client_id", out.client_id, "…");
  if (std::ranges::count(out.scopes, "openid") == 0) return bad("oidc.scopes", "", "openid, …");
  return out;
}

namespace sign_on {

Result<Begun> begin(Tx& tx, const Sealer& sealer, std::string return_to, Instant now) {
  LINLI_TRY(tx.run("DELETE FROM sign_on_requests WHERE expires_at <= $1", {now}));
  auto waiting = tx.value<int>("SELECT count(*) FROM sign_on_requests");
  if (!waiting) return tl::unexpected(std::move(waiting).error());
  // Someone begins and never comes back: the oldest go, so that nobody else is kept out.
  if (waiting->value_or(0) >= kMostRequests)
    LINLI_TRY(
        tx.run("DELETE FROM sign_on_requests WHERE state_hash IN (SELECT state_hash FROM sign_on_requests ORDER BY "
               "expires_at LIMIT 100)"));
  Begun out{{tokens::random(), tokens::random(), safe_return_to(return_to)}, tokens::random(), tokens::random()};
  const std::string secret = sealer.seal(kPlace, out.request.nonce + " " + out.request.verifier);
  LINLI_TRY(
      tx.run("INSERT INTO sign_on_requests (state_hash, browser_hash, secret, return_to, expires_at) VALUES ($1, $2, "
             "$3, $4, $5)",
             {blob(tokens::hash("state", out.state)), blob(tokens::hash("browser", out.browser)), Blob{secret},
              out.request.return_to, now + kLifetime}));
  return out;
}

Result<std::optional<SignOnRequest>> take(Tx& tx, const Sealer& sealer, std::string_view state,
                                          std::string_view browser, Instant now) {
  std::optional<SignOnRequest> none;
  std::string secret, return_to, begun_by;
  Instant expires{};
  auto found = tx.first(
      "DELETE FROM sign_on_requests WHERE state_hash = $1 RETURNING browser_hash, secret, return_to, expires_at",
      {blob(tokens::hash("state", state))}, [&](const Row& r) {
        begun_by = r.get<std::string>(0);
        secret = r.get<std::string>(1);
        return_to = r.get<std::string>(2);
        expires = r.get<Instant>(3);
      });
  if (!found) return tl::unexpected(std::move(found).error());
  if (!*found || expires <= now || begun_by != blob(tokens::hash("browser", browser)).bytes) return none;
  auto opened = sealer.open(kPlace, secret);
  if (!opened) return tl::unexpected(std::move(opened).error());
  const std::size_t blank = opened->find(' ');
  return std::optional(SignOnRequest{opened->substr(0, blank), opened->substr(blank + 1), std::move(return_to)});
}

Result<std::optional<User>> find_user(Tx& tx, const json::object& claims, const std::string& name_claim, Instant now) {
  const std::string issuer = text_of(claims, "iss"), subject = text_of(claims, "sub");
  auto linked =
      tx.value<UserId>("SELECT user_id FROM sign_on_accounts WHERE issuer = $1 AND subject = $2", {issuer, subject});
  if (!linked) return tl::unexpected(std::move(linked).error());
  if (*linked) return users::find(tx, **linked);
  std::string name = name_claim.empty() ? std::string() : text_of(claims, name_claim);
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (name.empty()) return std::optional<User>{};
  auto user = users::find(tx, name);
  if (!user || !*user) return user;
  // A user has one account: a second one that takes the same name is somebody else.
  auto taken = tx.value<int>("SELECT 1 FROM sign_on_accounts WHERE user_id = $1", {(*user)->id});
  if (!taken) return tl::unexpected(std::move(taken).error());
  if (*taken) return std::optional<User>{};
  LINLI_TRY(tx.run("INSERT INTO sign_on_accounts (issuer, subject, user_id, linked_at) VALUES ($1, $2, $3, $4)",
                   {issuer, subject, (*user)->id, now}));
  return user;
}

}  // namespace sign_on

SignOnServer::SignOnServer(SignOnOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {
  // Two: one slow answer does not stop everyone.
  for (int i = 0; i < 2; ++i)
    tasks_.spawn("sign-on", [this](std::stop_token stop) {
      while (!stop.stop_requested() && !queue_.finished())
        if (auto work = queue_.pop(Deadline::in(milliseconds(200)))) (*work)();
    });
}

SignOnServer::~SignOnServer() { stop(); }
void SignOnServer::stop() {
  queue_.close();
  tasks_.stop();
}

Result<TokenKeys> SignOnServer::fetch_keys(const std::string& jwks_uri) {
  auto fetched = fetch({.url = jwks_uri});
  if (!fetched) return tl::unexpected(std::move(fetched).error());
  if (fetched->status != 200) return unreachable("jwks_uri " + std::to_string(fetched->status));
  return TokenKeys::parse(fetched->body);
}

Result<SignOnServer::Known> SignOnServer::known() {
  const Instant now = clock_.now();
  {
    std::lock_guard lock(mutex_);
    if (known_ && now - known_->asked_at < kKnownFor) return *known_;
  }
  std::string base = options_.issuer;
  while (base.ends_with('/')) base.pop_back();
  auto document = fetch_object({.url = base + "/.well-known/openid-configuration"}, "openid-configuration");
  if (!document) return tl::unexpected(std::move(document).error());
  if (text_of(*document, "issuer") != options_.issuer) return unreachable("issuer");
  Known out;
  out.authorization = text_of(*document, "authorization_endpoint");
  out.token = text_of(*document, "token_endpoint");
  out.jwks_uri = text_of(*document, "jwks_uri");
  out.userinfo = text_of(*document, "userinfo_endpoint");
  for (const std::string& url : {out.authorization, out.token, out.jwks_uri})
    if (!is_safe_url(url)) return unreachable("https");
  auto keys = fetch_keys(out.jwks_uri);
  if (!keys) return tl::unexpected(std::move(keys).error());
  out.keys = std::move(*keys);
  out.asked_at = now;
  std::lock_guard lock(mutex_);
  known_ = out;
  return out;
}

Result<void> SignOnServer::authorize_url(const sign_on::Begun& begun, UniqueFunction<void(Result<std::string>)> done) {
  UniqueFunction<void()> work = [this, begun, done = std::move(done)]() mutable {
    auto server = known();
    if (!server) return done(tl::unexpected(std::move(server).error()));
    std::string scope;
    for (const std::string& one : options_.scopes) (scope += scope.empty() ? "" : " ") += one;
    std::string url = server->authorization;
    url += url.find('?') == url.npos ? '?' : '&';
    url += "response_type=code&client_id=" + percent_encoded(options_.client_id) +
           "&redirect_uri=" + percent_encoded(options_.callback()) + "&scope=" + percent_encoded(scope) +
           "&state=" + begun.state + "&nonce=" + begun.request.nonce +
           "&code_challenge=" + challenge_of(begun.request.verifier) + "&code_challenge_method=S256";
    done(std::move(url));
  };
  if (queue_.try_push(std::move(work)) != Push::taken) return fail(Errc::overloaded);
  return {};
}

Result<void> SignOnServer::exchange(std::string code, SignOnRequest request,
                                    UniqueFunction<void(Result<json::object>)> done) {
  UniqueFunction<void()> work = [this, code = std::move(code), request = std::move(request),
                                 done = std::move(done)]() mutable { done(exchange_now(code, request)); };
  if (queue_.try_push(std::move(work)) != Push::taken) return fail(Errc::overloaded);
  return {};
}

Result<json::object> SignOnServer::exchange_now(const std::string& code, const SignOnRequest& request) {
  auto server = known();
  if (!server) return tl::unexpected(std::move(server).error());
  Outgoing ask{.url = server->token,
               .form = "grant_type=authorization_code&code=" + percent_encoded(code) + "&redirect_uri=" +
                       percent_encoded(options_.callback()) + "&code_verifier=" + percent_encoded(request.verifier)};
  if (options_.client_secret.empty()) {
    ask.form += "&client_id=" + percent_encoded(options_.client_id);
  } else {
    ask.user = percent_encoded(options_.client_id);
    ask.password = percent_encoded(options_.client_secret);
  }
  auto answered = fetch(ask);
  if (!answered) return tl::unexpected(std::move(answered).error());
  json::error_code broken;
  const json::value answer = json::parse(answered->body, broken);
  if (broken || !answer.is_object()) return unreachable("token " + std::to_string(answered->status));
  if (answered->status != 200) {
    // "invalid_grant": the server's own word for a code that is used, false or late.
    std::string why = text_of(answer.as_object(), "error");
    return fail(Errc::sign_on_refused, {}, {{"why", why.empty() ? "token" : why.substr(0, 60)}});
  }
  const std::string token = text_of(answer.as_object(), "id_token");
  const ExpectedToken expected{options_.issuer, options_.client_id, request.nonce, clock_.now()};
  // The token came from the server itself: when it names a new key, the server has changed its keys.
  if (!server->keys.has(key_id_of(token))) {
    auto keys = fetch_keys(server->jwks_uri);
    if (!keys) return tl::unexpected(std::move(keys).error());
    std::lock_guard lock(mutex_);
    server->keys = std::move(*keys);
    if (known_) known_->keys = server->keys;
  }
  auto claims = check_id_token(token, server->keys, expected);
  // Some servers put the name into the ID token, others tell it only when asked for.
  const std::string access = text_of(answer.as_object(), "access_token");
  if (!claims || options_.name_claim.empty() || claims->contains(options_.name_claim) || access.empty() ||
      !is_safe_url(server->userinfo))
    return claims;
  auto more = fetch_object({.url = server->userinfo, .bearer = access}, "userinfo");
  if (!more) return tl::unexpected(std::move(more).error());
  if (text_of(*more, "sub") != text_of(*claims, "sub")) return fail(Errc::sign_on_refused, {}, {{"why", "subject"}});
  for (auto& member : *more)
    if (!claims->contains(member.key())) (*claims)[member.key()] = std::move(member.value());
  return claims;
}

}  // namespace linli
