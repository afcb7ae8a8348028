// Signing in and out. A wrong name and a wrong password take as long and are answered alike.
#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"
#include "api/people.h"
#include "api/sessions.h"
#include "api/sign_in_guard.h"
#include "api/stream.h"
#include "people/device.h"
#include "people/holdings.h"
#include "people/second_factor.h"

namespace linli::api {
namespace {

namespace json = boost::json;

Response session_answer(const Call& call, const Session& session, std::string_view csrf) {
  const User& user = session.user;
  const auto tree = call.services.grids.tree();
  json::array roles, rights;
  for (const Holding& holding : session.actor.holdings) roles.push_back(holding_json(*tree, holding));
  for (std::size_t i = 0; i < kRights; ++i)
    if (session.actor.rights()[i]) rights.emplace_back(linli::name(static_cast<Right>(i)));
  const json::object body{
      {"user", {{"id", to_text(user.id)}, {"name", user.name}, {"display_name", user.display_name}}},
      {"roles", std::move(roles)},
      {"rights", std::move(rights)},
      {"csrf_token", csrf},
      {"expires_at", format_time(session.expires_at)},
      {"by_link", session.by_link},
      {"demo", call.services.demo != nullptr},
      {"version", call.services.version}};
  return json_answer(200, json::serialize(body));
}

std::string cookie(const Call& call, std::string_view token, std::chrono::seconds age) {
  std::string text = "linli_session=";
  ((text += token) += "; Path=/; HttpOnly; SameSite=Lax; Max-Age=") += std::to_string(age.count());
  if (call.request.secure) text += "; Secure";
  return text;
}

// With a second factor to come, the try counts as failed until that is right: it must not be guessed at without end.
void compared(std::shared_ptr<Call> call, const std::string& name, std::optional<User> user, bool second_factor,
              bool right) {
  SignInGuard& guard = call->services.guard;
  if (!right || !user) {
    log::info("sign_in.failed", {{"request", call->request.id}});
    // Known and unknown names take the same way here too. What was typed is not kept: it may be a password.
    const std::string id = user ? to_text(user->id) : std::string();
    return write(std::move(*call), [id, name](Call& c, Tx& tx) -> Result<Written> {
      LINLI_TRY(c.services.guard.store(tx, name, c.request.client));
      LINLI_TRY(record(c, tx, "sign_in.failed", id.empty() ? "" : "user", id));
      return Written{problem({Errc::bad_credentials, {}, {}}, c.language, c.request.id), {}};
    });
  }
  if (!second_factor) guard.succeeded(name, call->request.client);
  write(std::move(*call), [user = *std::move(user)](Call& c, Tx& tx) -> Result<Written> {
    LINLI_TRY(c.services.guard.store(tx, user.name, c.request.client));
    return first_factor_right(c, tx, user, false);
  });
}

}  // namespace

Result<Written> open_session(Call& call, Tx& tx, const User& user, bool by_link, std::string_view second_factor) {
  const Instant now = call.services.clock.now();
  auto actor = holdings::actor(tx, user, call.services.zone.day(now));
  if (!actor) return tl::unexpected(std::move(actor).error());
  // Programs come by API key. Who holds nothing yet may come in and is told so.
  if (!actor->holdings.empty() && !actor->may(Right::console)) return fail(Errc::not_allowed);
  LINLI_TRY(sessions::forget_expired(tx, now));
  // Whatever the browser held before, put there by whom ever, is no way into the new session.
  if (const auto held = call.request.cookie("linli_session"); !held.empty()) LINLI_TRY(sessions::close(tx, held));
  auto tokens =
      sessions::open(tx, user.id, by_link, now, {call.request.client, device_of(call.request.header("user-agent"))});
  if (!tokens) return tl::unexpected(std::move(tokens).error());
  json::object detail{{"by_link", by_link}};
  if (!second_factor.empty()) detail["second_factor"] = second_factor;
  audit::Entry entry = call.entry("sign_in.succeeded", "user", to_text(user.id), json::serialize(detail));
  entry.by = audit::By::user(user.id);
  LINLI_TRY(audit::add(tx, call.services.sealer, entry));
  Response response = session_answer(call, {user, *std::move(actor), now + sessions::kLifetime, by_link}, tokens->csrf);
  response.headers.emplace_back("set-cookie", cookie(call, tokens->session, sessions::kLifetime));
  return Written{std::move(response), {}};
}

Result<Written> first_factor_right(Call& call, Tx& tx, const User& user, bool by_link) {
  auto second = second_factor::state(tx, user.id);
  if (!second) return tl::unexpected(std::move(second).error());
  if (!second->on) return open_session(call, tx, user, by_link, {});
  const Instant now = call.services.clock.now();
  auto token = pending_sign_ins::open(tx, user.id, by_link, now);
  if (!token) return tl::unexpected(std::move(token).error());
  LINLI_TRY(record(call, tx, "sign_in.second_factor_asked", "user", to_text(user.id)));
  const json::object body{{"second_factor", true},
                          {"pending_token", *token},
                          {"expires_at", format_time(now + pending_sign_ins::kLifetime)}};
  return Written{json_answer(202, json::serialize(body)), {}};
}

// The try stays counted, also over a restart.
static void password_refused(Call call, const std::string& name, const std::string& field) {
  write(std::move(call), [name, field](Call& c, Tx& tx) -> Result<Written> {
    LINLI_TRY(c.services.guard.store(tx, name, c.request.client));
    LINLI_TRY(record(c, tx, "password.refused", "user", to_text(c.session->user.id)));
    return Written{problem({Errc::bad_value, Where::at_field(field), {}}, c.language, c.request.id), {}};
  });
}

void with_password(Call call, const std::optional<std::string>& password, std::string field,
                   UniqueFunction<void(Call)> then) {
  const User& user = call.session->user;
  if (!user.password_hash || call.session->by_link) return then(std::move(call));
  if (!password) return call.fail({Errc::missing_field, Where::at_field(field), {}});
  auto shared = std::make_shared<Call>(std::move(call));
  const std::string name = shared->session->user.name;
  SignInGuard& guard = shared->services.guard;
  if (auto may = guard.begin(name, shared->request.client); !may) return shared->fail(may.error());
  auto taken =
      shared->services.passwords.verify(*password, shared->session->user.password_hash,
                                        [shared, name, field, &guard, then = std::move(then)](bool right) mutable {
                                          if (!right) return password_refused(std::move(*shared), name, field);
                                          guard.succeeded(name, shared->request.client);
                                          then(std::move(*shared));
                                        });
  if (!taken) shared->fail(taken.error());
}

void end_streams(Services& services, const std::vector<SessionId>& sessions) {
  services.post([&services, sessions] {
    for (const SessionId session : sessions) services.stream->close_session(to_text(session));
  });
}

void end_streams(Services& services, ApiKeyId key) {
  services.post([&services, key] { services.stream->close_session(to_text(key)); });
}

void get_session(Call call) { call.answer(session_answer(call, *call.session, sessions::csrf_of(call.session_token))); }

void sign_in(Call call) {
  Input in(call.request);
  std::string name = in.text("name", 1, 64);
  std::string password = in.text("password", 1, kGreatestPassword);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (auto may = call.services.guard.begin(name, call.request.client); !may) return call.fail(may.error());

  auto shared = std::make_shared<Call>(std::move(call));
  auto taken = shared->services.readers.submit([shared, name, password](Result<Tx*> tx) mutable {
    if (!tx) return shared->fail(tx.error());
    auto user = users::find(**tx, name);
    if (!user) return shared->fail(user.error());
    auto second = second_factor::state(**tx, *user ? (*user)->id : UserId{});
    if (!second) return shared->fail(second.error());
    auto hash = *user ? (*user)->password_hash : std::nullopt;
    auto hashing = shared->services.passwords.verify(
        std::move(password), std::move(hash), [shared, name, user = *std::move(user), on = second->on](bool right) {
          compared(shared, name, user, on, right);
        });
    if (!hashing) shared->fail(hashing.error());
  });
  if (!taken) shared->fail(taken.error());
}

void sign_in_by_link(Call call) {
  Input in(call.request);
  const std::string token = in.text("token", 16, 100);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  const std::string from = call.request.client;  // a link names no user: only the address is slowed down
  if (auto may = call.services.guard.begin(from, from); !may) return call.fail(may.error());
  write(std::move(call), [token, from](Call& c, Tx& tx) -> Result<Written> {
    auto id = sessions::use_link(tx, token, c.services.clock.now());
    std::optional<User> user;
    if (id) {
      auto found = users::find(tx, *id);
      if (!found) return tl::unexpected(std::move(found).error());
      user = *std::move(found);
    } else if (id.error().code != Errc::link_used) {
      return tl::unexpected(std::move(id).error());
    }
    if (user) c.services.guard.succeeded(from, from);
    LINLI_TRY(c.services.guard.store(tx, from, from));
    if (user) return first_factor_right(c, tx, *user, true);
    LINLI_TRY(record(c, tx, "sign_in.failed", {}, {}, R"({"by_link":true})"));
    return Written{problem({Errc::link_used, Where::at_field("token"), {}}, c.language, c.request.id), {}};
  });
}

void sign_out(Call call) {
  write(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    LINLI_TRY(sessions::close(tx, c.session_token));
    LINLI_TRY(record(c, tx, "sign_out", "user", to_text(c.actor().id)));
    Response response;
    response.status = 204;
    response.headers.emplace_back("set-cookie", cookie(c, "", std::chrono::seconds(0)));
    Services& services = c.services;
    return Written{std::move(response), [&services, session = c.session->id] { end_streams(services, {session}); }};
  });
}

void set_password(Call call) {
  Input in(call.request);
  const auto old = in.optional_text("old_password", 0, kGreatestPassword);
  const std::string password = in.text("password", 0, kGreatestPassword);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  const User& own = call.session->user;
  if (auto fits = check_password_rules(password, own.name, own.display_name); !fits) return call.fail(fits.error());
  with_password(std::move(call), old, "old_password", [password](Call checked) {
    auto shared = std::make_shared<Call>(std::move(checked));
    auto taken = shared->services.passwords.hash(password, [shared](std::string hash) {
      write(std::move(*shared), [hash](Call& c, Tx& tx) -> Result<Written> {
        const UserId user = c.session->user.id;
        auto open = sessions::list(tx, user, c.services.clock.now());
        if (!open) return tl::unexpected(std::move(open).error());
        std::vector<SessionId> others;
        for (const ListedSession& one : *open)
          if (one.id != c.session->id) others.push_back(one.id);
        LINLI_TRY(users::set_password(tx, user, hash));
        LINLI_TRY(sessions::close_others(tx, user, c.session_token));
        LINLI_TRY(sessions::link_served(tx, c.session->id));
        LINLI_TRY(record(c, tx, "password.set", "user", to_text(user)));
        Response response;
        response.status = 204;
        return Written{std::move(response), [&services = c.services, others] { end_streams(services, others); }};
      });
    });
    if (!taken) shared->fail(taken.error());
  });
}

}  // namespace linli::api
