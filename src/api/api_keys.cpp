// Keys for machines: made, listed and revoked by people.
#include "people/api_keys.h"

#include <boost/json.hpp>
#include <unordered_map>

#include "api/handlers.h"
#include "api/input.h"
#include "api/people.h"
#include "api/sessions.h"

namespace linli::api {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<Instant>& at) {
  return at ? json::value(format_time(*at)) : json::value();
}

json::object key_json(const Call& call, const ApiKey& key, json::array roles) {
  const Instant now = call.services.clock.now();
  const char* state = key.revoked_at ? "revoked" : key.expires_at <= now ? "expired" : "valid";
  return {{"id", to_text(key.id)},
          {"name", key.name},
          {"owner", to_text(key.owner)},
          {"roles", std::move(roles)},
          {"state", state},
          {"created_at", format_time(key.created_at)},
          {"expires_at", format_time(key.expires_at)},
          {"last_used_at", time_or_null(key.last_used_at)},
          {"revoked_at", time_or_null(key.revoked_at)}};
}

// Who has the right everywhere sees and revokes everyone's keys, others their own.
UserId owner_filter(const Call& call) {
  return call.actor().everywhere(Right::keys_change) ? UserId{} : call.session->user.id;
}

}  // namespace

void list_api_keys(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto keys = api_keys::list(tx, owner_filter(c));
    if (!keys) return tl::unexpected(std::move(keys).error());
    auto given = holdings::of_keys(tx, owner_filter(c));
    if (!given) return tl::unexpected(std::move(given).error());
    const auto tree = c.services.grids.tree();
    std::unordered_map<std::int64_t, json::array> roles;  // by holder
    for (const auto& g : *given) roles[g.holding.user.value].push_back(holding_json(*tree, g.holding));
    json::array list;
    for (const ApiKey& key : *keys) list.push_back(key_json(c, key, std::move(roles[key.holder.value])));
    return json_answer(200, json::serialize(json::object{{"api_keys", std::move(list)}}));
  });
}

void add_api_key(Call call) {
  const Instant now = call.services.clock.now();
  Input in(call.request);
  ApiKey key;
  key.name = in.text("name", 1, 64);
  std::vector<Holding> holdings;
  for (const std::string& text : in.texts("roles", 20, 1, 40)) {
    const auto role = parse_staff_role(text);
    if (!role) in.wrong(Errc::bad_value, "roles", {{"value", text}});
    else holdings.push_back({.role = *role});
  }
  if (holdings.empty()) in.wrong(Errc::missing_field, "roles");
  if (const auto text = in.optional_text("grid_id", 1, 64)) {
    const auto tree = call.services.grids.tree();
    const auto id = parse_id<GridTag>(*text);
    const Grid* grid = id ? tree->find(*id) : nullptr;
    if (!grid || grid->closed_at) in.wrong(Errc::not_found, "grid_id");
    else
      for (Holding& holding : holdings) holding.grid = grid->id, holding.path = grid->path;
  }
  const auto expires = in.optional_time("expires_at");
  if (!expires) in.wrong(Errc::missing_field, "expires_at");
  else if (*expires <= now || *expires > now + api_keys::kGreatestLifetime)
    in.wrong(Errc::bad_value, "expires_at",
             {{"allowed", format_time(now) + " – " + format_time(now + api_keys::kGreatestLifetime)}});
  if (auto wrong = in.finish()) return call.fail(*wrong);
  key.id = call.services.ids.draw<ApiKeyId>();
  key.owner = call.session->user.id;
  key.holder = call.services.ids.draw<UserId>();
  key.created_at = now;
  key.expires_at = *expires;
  for (Holding& holding : holdings) {
    if (!call.actor().may(Right::keys_change, holding.path) ||
        !holdings::may_give(call.actor(), holding.role, holding.path, key.holder))
      return call.fail({Errc::not_allowed, Where::at_field("roles"), {}});
    holding.id = call.services.ids.draw<HoldingId>();
    holding.user = key.holder;
    holding.from = call.actor().today;
  }
  write(std::move(call), [key, holdings](Call& c, Tx& tx) -> Result<Written> {
    auto token = api_keys::add(tx, key);
    if (!token) return tl::unexpected(std::move(token).error());
    for (const Holding& holding : holdings) LINLI_TRY(holdings::give(tx, holding, key.owner, key.created_at));
    const auto tree = c.services.grids.tree();
    json::array roles;
    for (const Holding& holding : holdings) roles.push_back(holding_json(*tree, holding));
    json::object body = key_json(c, key, std::move(roles));
    LINLI_TRY(record(c, tx, "api_key.made", "api_key", to_text(key.id),
                     json::serialize(json::object{{"roles", body["roles"]}, {"expires_at", body["expires_at"]}})));
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
