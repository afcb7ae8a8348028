#include "api/duty_json.h"

#include "api/people.h"
#include "people/holdings.h"

namespace linli::api {

namespace json = boost::json;

std::string People::name(UserId user) {
  const auto known = names_.find(user);
  if (known != names_.end()) return known->second;
  auto found = tx_.value<std::string>("SELECT display_name FROM users WHERE id = $1", {user});
  if (!found) {
    failed(std::move(found).error());
    return {};
  }
  return names_.emplace(user, found->value_or("")).first->second;
}

json::value People::person(UserId user) {
  if (!user) return nullptr;
  return {{"id", to_text(user)}, {"display_name", name(user)}};
}

json::value grid_or_null(const GridTree& tree, GridId id) {
  const Grid* grid = id ? tree.find(id) : nullptr;
  if (!grid) return nullptr;
  return grid_name_json(*grid);
}

json::object shift_json(const Call& call, People& people, const Shift& s) {
  return {{"id", to_text(s.key)},
          {"pattern_id", s.key.of_pattern() ? json::value(to_text(PatternId{s.key.source})) : json::value()},
          {"grid", grid_or_null(*call.services.grids.tree(), s.grid)},
          {"duty", name(s.duty)},
          {"person", people.person(s.user)},
          {"planned", people.person(s.planned)},
          {"from", format_time(s.from)},
          {"to", format_time(s.to)},
          {"revision", s.revision},
          {"may_change", call.actor().may(Right::roster_change, s.path) && call.services.clock.now() < s.to}};
}

json::object swap_json(const Call& call, People& people, const Swap& s) {
  const SwapRights may =
      rights(s, call.actor().id, call.actor().may(Right::roster_change, s.path), call.services.clock.now());
  json::array verbs;
  if (may.accept) verbs.emplace_back("accept");
  if (may.decline) verbs.emplace_back("decline");
  if (may.cancel) verbs.emplace_back("cancel");
  return {{"id", to_text(s.id)},
          {"state", name(s.state)},
          {"shift", to_text(s.shift)},
          {"grid", grid_or_null(*call.services.grids.tree(), s.grid)},
          {"duty", name(s.duty)},
          {"from", format_time(s.from)},
          {"to", format_time(s.to)},
          {"person", people.person(s.giver)},
          {"colleague", people.person(s.taker)},
          {"ordered", s.ordered},
          {"asked_at", format_time(s.asked_at)},
          {"decided_at", s.decided_at ? json::value(format_time(*s.decided_at)) : json::value()},
          {"decided_by", people.person(s.decided_by)},
          {"may", std::move(verbs)}};
}

bool sees_numbers(const Actor& actor, std::string_view grid_path) {
  return std::ranges::any_of(actor.holdings, [&](const Holding& h) {
    return h.role != StaffRole::volunteer && has(rights_of(h.role), Right::roster_read) && h.covers(grid_path);
  });
}

json::object on_duty_json(const Call& call, People& people, const OnDuty& one, std::string_view duty,
                          std::string_view grid_path) {
  std::string number;
  if (sees_numbers(call.actor(), grid_path)) {
    auto phone = users::phone(people.tx(), call.services.sealer, one.user);
    if (phone) number = std::move(*phone);
    else people.failed(std::move(phone).error());
  }
  Args args;
  if (one.instead_of) args.emplace_back("who", people.name(one.instead_of));
  return {{"person", people.person(one.user)},
          {"duty", duty},
          {"grid", grid_or_null(*call.services.grids.tree(), one.grid)},
          {"reason", name(one.reason)},
          {"text", phrase("on_duty." + std::string(name(one.reason)), args, call.language)},
          {"shift", one.shift ? json::value(to_text(*one.shift)) : json::value()},
          {"until", one.until ? json::value(format_time(*one.until)) : json::value()},
          {"instead_of", people.person(one.instead_of)},
          {"phone", number.empty() ? json::value() : json::value(number)}};
}

Result<const Grid*> known_grid(const Call& call, const GridTree& tree, std::string_view text, std::string field,
                               Right right) {
  const auto id = parse_id<GridTag>(text);
  const Grid* grid = id ? tree.find(*id) : nullptr;
  if (!grid || grid->closed_at || !call.actor().may(right, grid->path))
    return fail(Errc::not_found, Where::at_field(std::move(field)));
  return grid;
}

Result<const Grid*> queried_grid(const Call& call, const GridTree& tree, Right right) {
  const auto text = call.request.query_value("grid");
  if (!text) return nullptr;
  return known_grid(call, tree, *text, "grid", right);
}

Result<void> check_colleague(Tx& tx, UserId id, std::string_view grid_path, Day day) {
  auto user = users::find(tx, id);
  if (!user) return tl::unexpected(std::move(user).error());
  if (!*user) return fail(Errc::unknown_user, Where::at_field("user_id"));
  auto actor = holdings::actor(tx, **user, day);
  if (!actor) return tl::unexpected(std::move(actor).error());
  if (!actor->may(Right::roster_read, grid_path)) return fail(Errc::not_of_grid, Where::at_field("user_id"));
  return {};
}

Result<Response> answered(const People& people, int status, const json::object& body) {
  if (people.error()) return tl::unexpected(*people.error());
  return json_answer(status, json::serialize(body));
}

}  // namespace linli::api
