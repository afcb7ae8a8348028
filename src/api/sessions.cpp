// One's own sessions, listed and ended one by one; a one-time link for somebody who cannot sign in.
#include "api/sessions.h"

#include <boost/json.hpp>

#include "api/handlers.h"
#include "people/holdings.h"

namespace linli::api {
namespace {

namespace json = boost::json;

}  // namespace

Result<User> account_of(Call& call, Tx& tx) {
  const auto id = parse_id<UserTag>(call.request.params[0]);
  auto user = id ? users::find(tx, *id) : Result<std::optional<User>>(std::nullopt);
  if (!user) return tl::unexpected(std::move(user).error());
  if (!*user) return fail(Errc::unknown_user, Where::at_field("user"));
  if ((*user)->id == call.actor().id) return fail(Errc::not_allowed, Where::at_field("user"));
  auto held = holdings::of(tx, (*user)->id);
  if (!held) return tl::unexpected(std::move(held).error());
  for (const auto& given : *held)
    if (given.holding.until >= call.actor().today)
      LINLI_TRY(holdings::may_give(call.actor(), given.holding.role, given.holding.path, (*user)->id));
  return **std::move(user);
}

void list_sessions(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto open = sessions::list(tx, c.session->user.id, c.services.clock.now());
    if (!open) return tl::unexpected(std::move(open).error());
    json::array list;
    for (const ListedSession& one : *open)
      list.push_back(json::object{{"id", to_text(one.id)},
                                  {"current", one.id == c.session->id},
                                  {"device", one.place.device.empty() ? json::value() : json::value(one.place.device)},
                                  {"address", one.place.address},
                                  {"created_at", format_time(one.created_at)},
                                  {"last_seen_at", format_time(one.last_seen_at)},
                                  {"expires_at", format_time(one.expires_at)}});
    return json_answer(200, json::serialize(json::object{{"sessions", std::move(list)}}));
  });
}

void end_session(Call call) {
  const auto id = parse_id<SessionTag>(call.request.params[0]);
  if (!id) return call.fail({Errc::not_found, Where::at_field("session"), {}});
  write(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Written> {
    auto closed = sessions::close(tx, c.session->user.id, id);
    if (!closed) return tl::unexpected(std::move(closed).error());
    if (!*closed) return fail(Errc::not_found, Where::at_field("session"));
    LINLI_TRY(record(c, tx, "session.ended", "session", to_text(id)));
    Response response;
    response.status = 204;
    return Written{std::move(response), [&services = c.services, id] { end_streams(services, {id}); }};
  });
}

void make_user_link(Call call) {
  write(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    const Instant now = c.services.clock.now();
    auto user = account_of(c, tx);
    if (!user) return tl::unexpected(std::move(user).error());
    LINLI_TRY(sessions::forget_expired(tx, now));
    auto token = sessions::make_link(tx, user->id, now);
    if (!token) return tl::unexpected(std::move(token).error());
    LINLI_TRY(record(c, tx, "user.link_made", "user", to_text(user->id)));
    const json::object body{{"path", "/sign-in#" + *token}, {"expires_at", format_time(now + sessions::kLinkLifetime)}};
    return Written{json_answer(201, json::serialize(body)), {}};
  });
}

}  // namespace linli::api
