// Single sign-on: away to the district's OpenID Connect server, and back. What goes wrong on the way back is shown by the
// console's sign-in page, where the browser is sent.
#include "people/sign_on.h"

#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/sessions.h"
#include "api/sign_in_guard.h"

namespace linli::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kCookie = "linli_sign_on";

Response redirect(std::string to) {
  Response response;
  response.status = 302;
  response.headers.emplace_back("location", std::move(to));
  return response;
}

// The browser that begins must be the one that comes back. Lax: it comes back from another site.
std::string browser_cookie(const SignOnServer& server, std::string_view token, std::chrono::seconds age) {
  std::string text = std::string(kCookie) + "=" + std::string(token) +
                     "; Path=/api/v1/session/sign-on; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(age.count());
  if (server.options().url.starts_with("https://")) text += "; Secure";
  return text;
}

Response back_to_sign_in(const Call& call, const Error& error) {
  log::info("sign_on.failed", {{"request", call.request.id}, {"code", linli::name(error.code)}});
  Response response = redirect("/sign-in?problem=" + std::string(linli::name(error.code)));
  response.headers.emplace_back("set-cookie", browser_cookie(*call.services.sign_on, "", std::chrono::seconds(0)));
  return response;
}

// Refused: noted, and back to the sign-in page.
Result<Written> refused(Call& call, Tx& tx, const Error& error) {
  json::object detail{{"sign_on", true}, {"code", linli::name(error.code)}};
  for (const auto& [name, value] : error.args)
    if (name == "why") detail["why"] = value;
  LINLI_TRY(record(call, tx, "sign_in.failed", {}, {}, json::serialize(detail)));
  return Written{back_to_sign_in(call, error), {}};
}

Result<Written> signed_on(Call& call, Tx& tx, const json::object& claims, const std::string& return_to) {
  Services& services = call.services;
  const std::string& name_claim = services.sign_on->options().name_claim;
  auto user = services.sign_on_user ? services.sign_on_user(tx, claims)
                                    : sign_on::find_user(tx, claims, name_claim, services.clock.now());
  if (!user) return tl::unexpected(std::move(user).error());
  if (!*user) return refused(call, tx, {Errc::not_linked, {}, {}});
  auto opened = open_session(call, tx, **user, false, "sign_on");
  if (!opened) return opened;
  Response response = redirect(return_to);
  for (auto& header : opened->response.headers)
    if (header.first == "set-cookie") response.headers.push_back(std::move(header));
  response.headers.emplace_back("set-cookie", browser_cookie(*services.sign_on, "", std::chrono::seconds(0)));
  opened->response = std::move(response);
  opened->kept = [&guard = services.guard, from = call.request.client] {
    guard.succeeded({}, from);
    guard.came_back(from);
  };
  return opened;
}

}  // namespace

void get_ways(Call call) {
  json::object body{{"sign_on", nullptr}};
  if (const SignOnServer* server = call.services.sign_on)
    body["sign_on"] = {{"label", server->options().label}, {"path", "/api/v1/session/sign-on"}};
  call.answer(json_answer(200, json::serialize(body)));
}

void begin_sign_on(Call call) {
  if (!call.services.sign_on) return call.fail({Errc::not_found, {}, {}});
  if (auto may = call.services.guard.sent_away(call.request.client); !may)
    return call.answer(back_to_sign_in(call, may.error()));
  const std::string return_to = call.request.query_value("return_to").value_or("/");
  auto shared = std::make_shared<Call>(std::move(call));
  auto begun = std::make_shared<std::optional<sign_on::Begun>>();
  auto taken = shared->services.writer.submit(
      [shared, begun, return_to](Tx& tx) -> Result<void> {
        auto made = sign_on::begin(tx, shared->services.sealer, return_to, shared->services.clock.now());
        if (!made) return tl::unexpected(std::move(made).error());
        begun->emplace(std::move(*made));
        return {};
      },
      [shared, begun](Result<void> done) {
        if (!done) return shared->fail(done.error());
        SignOnServer& server = *shared->services.sign_on;
        auto asked = server.authorize_url(**begun, [shared, begun, &server](Result<std::string> url) {
          if (!url) return shared->answer(back_to_sign_in(*shared, url.error()));
          Response response = redirect(std::move(*url));
          response.headers.emplace_back("set-cookie", browser_cookie(server, (*begun)->browser, sign_on::kLifetime));
          shared->answer(std::move(response));
        });
        if (!asked) shared->fail(asked.error());
      });
  if (!taken) shared->fail(taken.error());
}

// A failed try of the address until somebody is signed in: each writes into the audit log.
void end_sign_on(Call call) {
  if (!call.services.sign_on) return call.fail({Errc::not_found, {}, {}});
  if (auto may = call.services.guard.begin({}, call.request.client); !may)
    return call.answer(back_to_sign_in(call, may.error()));
  auto shared = std::make_shared<Call>(std::move(call));
  auto request = std::make_shared<std::optional<SignOnRequest>>();
  const auto go_on = [shared, request](Result<void> done) {
    if (!done) return shared->answer(back_to_sign_in(*shared, done.error()));
    const auto refuse = [shared](Error error) {
      write(std::move(*shared), [error](Call& c, Tx& tx) { return refused(c, tx, error); });
    };
    SignOnServer& server = *shared->services.sign_on;
    const auto value = [&](const char* name) { return shared->request.query_value(name).value_or(""); };
    if (!*request) return refuse({Errc::sign_on_refused, {}, {{"why", "state"}}});
    // RFC 9207: the answer of another server that was mixed in.
    if (const std::string issuer = value("iss"); !issuer.empty() && issuer != server.options().issuer)
      return refuse({Errc::sign_on_refused, {}, {{"why", "issuer"}}});
    if (const std::string error = value("error"); !error.empty())
      return refuse({Errc::sign_on_refused, {}, {{"why", "server"}}});
    const std::string return_to = (*request)->return_to;
    auto asked = server.exchange(value("code"), **request, [shared, refuse, return_to](Result<json::object> claims) {
      if (!claims) return refuse(claims.error());
      write(std::move(*shared),
            [claims = std::move(*claims), return_to](Call& c, Tx& tx) { return signed_on(c, tx, claims, return_to); });
    });
    if (!asked) shared->fail(asked.error());
  };
  auto taken = shared->services.writer.submit(
      [shared, request](Tx& tx) -> Result<void> {
        const std::string state = shared->request.query_value("state").value_or("");
        auto found = sign_on::take(tx, shared->services.sealer, state, shared->request.cookie(kCookie),
                                   shared->services.clock.now());
        if (!found) return tl::unexpected(std::move(found).error());
        *request = std::move(*found);
        return {};
      },
      go_on);
  if (!taken) shared->fail(taken.error());
}

}  // namespace linli::api
