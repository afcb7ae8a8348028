// Keys for machines: made, listed and revoked by people.
#include "people/api_keys.h"

#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"
#include "api/sessions.h"

namespace linli::api {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<Instant>& at) {
  return at ? json::value(format_time(*at)) : json::value();
}

json::object key_json(const ApiKey& key, Instant now) {
  const char* state = key.revoked_at ? "revoked" : key.expires_at <= now ? "expired" : "valid";
  return {{"id", to_text(key.id)},
          {"name", key.name},
          {"owner", to_text(key.owner)},
          {"roles", json::array(key.roles.begin(), key.roles.end())},
          {"grid", key.grid.empty() ? json::value() : json::value(key.grid)},
          {"state", state},
          {"created_at", format_time(key.created_at)},
          {"expires_at", format_time(key.expires_at)},
          {"last_used_at", time_or_null(key.last_used_at)},
          {"revoked_at", time_or_null(key.revoked_at)}};
}

// Whoever may change keys everywhere sees and revokes everyone's, others their own.
UserId owner_filter(const Call& call) {
  return call.actor().everywhere(Right::keys_change) ? UserId{} : call.session->user.id;
}

}  // namespace

void list_api_keys(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto keys = api_keys::list(tx, owner_filter(c));
    if (!keys) return tl::unexpected(std::move(keys).error());
    json::array list;
    for (const ApiKey& key : *keys) list.push_back(key_json(key, c.services.clock.now()));
    return json_answer(200, json::serialize(json::object{{"api_keys", std::move(list)}}));
  });
}

void add_api_key(Call call) {
  const Instant now = call.services.clock.now();
  Input in(call.request);
  ApiKey key;
  key.name = in.text("name", 1, 64);
  key.roles = in.texts("roles", 20, 1, 40);
  key.grid = in.optional_text("grid", 1, 32).value_or("");
  const auto expires = in.optional_time("expires_at");
  if (key.roles.empty()) in.wrong(Errc::missing_field, "roles");
  for (const std::string& role : key.roles)
    if (!parse_staff_role(role)) in.wrong(Errc::bad_value, "roles", {{"value", role}});
  if (!expires) in.wrong(Errc::missing_field, "expires_at");
  else if (*expires <= now || *expires > now + api_keys::kGreatestLifetime)
    in.wrong(Errc::bad_value, "expires_at",
             {{"allowed", format_time(now) + " – " + format_time(now + api_keys::kGreatestLifetime)}});
  if (!key.grid.empty() && !call.services.grids.tree()->find_code(key.grid)) in.wrong(Errc::not_found, "grid");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  for (const std::string& role : key.roles)
    if (!api_keys::may_lend(call.actor(), *parse_staff_role(role)))
      return call.fail({Errc::not_allowed, Where::at_field("roles"), {}});
  key.id = call.services.ids.draw<ApiKeyId>();
  key.owner = call.session->user.id;
  key.created_at = now;
  key.expires_at = *expires;
  write(std::move(call), [key](Call& c, Tx& tx) -> Result<Written> {
    auto token = api_keys::add(tx, key);
    if (!token) return tl::unexpected(std::move(token).error());
    json::object body = key_json(key, key.created_at);
    LINLI_TRY(record(c, tx, "api_key.made", "api_key", to_text(key.id),
                     json::serialize(json::object{
                         {"roles", body["roles"]}, {"grid", body["grid"]}, {"expires_at", body["expires_at"]}})));
    body["token"] = *token;
    return Written{json_answer(201, json::serialize(body)), {}};
  });
}

void revoke_api_key(Call call) {
  const auto id = parse_id<ApiKeyTag>(call.request.params[0]);
  if (!id) return call.fail({Errc::not_found, Where::at_field("key"), {}});
  write(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Written> {
    auto revoked = api_keys::revoke(tx, id, owner_filter(c), c.services.clock.now());
    if (!revoked) return tl::unexpected(std::move(revoked).error());
    if (!*revoked) return fail(Errc::not_found, Where::at_field("key"));
    LINLI_TRY(record(c, tx, "api_key.revoked", "api_key", to_text(id)));
    Response response;
    response.status = 204;
    return Written{std::move(response), [&services = c.services, id] { end_streams(services, id); }};
  });
}

}  // namespace linli::api
