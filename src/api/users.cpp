// Colleagues and their roles. Everyone sees whom they may know of; giving and taking roles stays within one's own rights.
#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"
#include "api/people.h"
#include "api/stream.h"
#include "people/holdings.h"

namespace linli::api {
namespace {

namespace json = boost::json;

const Error kUnknown{Errc::unknown_user, Where::at_field("user"), {}};

json::object user_json(const User& user) {
  return {{"id", to_text(user.id)},
          {"name", user.name},
          {"display_name", user.display_name},
          {"has_password", user.password_hash.has_value()},
          {"disabled_at", user.disabled_at ? json::value(format_time(*user.disabled_at)) : json::value()},
          {"revision", user.revision}};
}

Result<json::object> summary_json(const Call& call, Tx& tx, const User& user) {
  json::object out = user_json(user);
  auto actor = holdings::actor(tx, user, call.actor().today);
  if (!actor) return tl::unexpected(std::move(actor).error());
  const auto tree = call.services.grids.tree();
  json::array roles;
  for (const Holding& holding : actor->holdings) roles.push_back(holding_json(*tree, holding));
  out["roles"] = std::move(roles);
  return out;
}

// Whether the actor may change this person: whatever they hold, the actor could have given; who holds nothing yet is
// anyone's who may add people.
Result<bool> may_change(const Call& call, Tx& tx, const User& user) {
  auto given = holdings::of(tx, user.id);
  if (!given) return tl::unexpected(std::move(given).error());
  for (const auto& g : *given)
    if (g.holding.until >= call.actor().today &&
        !holdings::may_give(call.actor(), g.holding.role, g.holding.path, user.id))
      return false;
  return call.actor().may(Right::people_change);
}

Result<json::object> whole_json(const Call& call, Tx& tx, const User& user) {
  json::object out = user_json(user);
  auto given = holdings::of(tx, user.id);
  if (!given) return tl::unexpected(std::move(given).error());
  auto phone = users::phone(tx, call.services.sealer, user.id);
  if (!phone) return tl::unexpected(std::move(phone).error());
  auto changeable = may_change(call, tx, user);
  if (!changeable) return tl::unexpected(std::move(changeable).error());
  const auto tree = call.services.grids.tree();
  json::array roles;
  for (const auto& g : *given) {
    json::object one = holding_json(*tree, g.holding);
    one["now"] = g.holding.on(call.actor().today);
    one["given_at"] = format_time(g.at);
    one["given_by"] = g.by_name.empty() ? json::value() : json::value(g.by_name);
    roles.push_back(std::move(one));
  }
  out["roles"] = std::move(roles);
  out["phone"] = phone->empty() ? json::value() : json::value(*phone);
  out["may_change"] = *changeable;
  return out;
}

Response user_answer(int status, const User& user, const json::object& body) {
  Response response = json_answer(status, json::serialize(body));
  response.headers.emplace_back("etag", "\"" + std::to_string(user.revision) + "\"");
  return response;
}

Result<User> known(const Call& call, Tx& tx) {
  const auto id = parse_id<UserTag>(call.request.params[0]);
  if (!id) return tl::unexpected(kUnknown);
  auto user = users::find_any(tx, call.actor(), *id);
  if (!user) return tl::unexpected(std::move(user).error());
  if (!*user) return tl::unexpected(kUnknown);
  return **std::move(user);
}

// Into the audit log.
struct Renamed {
  std::string before, after;
};
Result<void> noted(const Call& call, Tx& tx, std::string what, UserId user, json::object detail = {},
                   const Holding* holding = nullptr, Renamed names = {}) {
  if (holding) {
    detail["role"] = name(holding->role);
    detail["grid"] = holding->path;
    detail["from"] = format_day(holding->from);
    if (holding->until != kNoEnd) detail["until"] = format_day(holding->until);
  }
  const std::string text = detail.empty() ? std::string() : json::serialize(detail);
  audit::Entry entry = call.entry(std::move(what), "user", to_text(user), text);
  entry.before = std::move(names.before);
  entry.after = std::move(names.after);
  entry.person = audit::Person{"user", to_text(user)};
  auto added = audit::add(tx, call.services.sealer, entry);
  if (!added) return tl::unexpected(std::move(added).error());
  return {};
}

// What a user may see has changed: their open consoles begin anew.
std::function<void()> told(Services& services, UserId user) {
  return [&services, user] { services.post([&services, user] { services.stream->close_user(user); }); };
}

// The role, its grid and its days, as they are asked for.
struct Wanted {
  StaffRole role = StaffRole::volunteer;
  std::optional<GridId> grid;  // none: everywhere
  std::optional<Day> from, until;
  std::optional<UserId> deputy_for;
};

Wanted read_wanted(Input& in) {
  Wanted out;
  if (const auto role = parse_staff_role(in.text("role", 1, 40))) out.role = *role;
  else in.wrong(Errc::bad_value, "role");
  if (const auto grid = in.optional_text("grid_id", 1, 64)) {
    out.grid = parse_id<GridTag>(*grid);
    if (!out.grid) in.wrong(Errc::not_found, "grid_id");
  }
  for (auto [field, day] : {std::pair{"from", &out.from}, {"until", &out.until}})
    if (const auto text = in.optional_text(field, 10, 10); text && !(*day = parse_day(*text)))
      in.wrong(Errc::bad_value, field, {{"value", *text}, {"allowed", "2026-11-23"}});
  if (const auto user = in.optional_text("deputy_for", 1, 64)) {
    out.deputy_for = parse_id<UserTag>(*user);
    if (!out.deputy_for) in.wrong(Errc::unknown_user, "deputy_for");
  }
  return out;
}

Result<Holding> checked(const Call& call, Tx& tx, const Wanted& wanted, UserId to) {
  Holding out{call.services.ids.draw<HoldingId>(), to, wanted.role, {}, {}, call.actor().today, kNoEnd, {}};
  if (wanted.grid) {
    const auto tree = call.services.grids.tree();
    const Grid* grid = tree->find(*wanted.grid);
    if (!grid || grid->closed_at) return fail(Errc::not_found, Where::at_field("grid_id"));
    out.grid = grid->id;
    out.path = grid->path;
  }
  if (wanted.from) out.from = *wanted.from;
  if (wanted.until) out.until = *wanted.until;
  if (wanted.deputy_for) {
    auto other = users::find_any(tx, call.actor(), *wanted.deputy_for);
    if (!other) return tl::unexpected(std::move(other).error());
    if (!*other || (*other)->id == to) return fail(Errc::unknown_user, Where::at_field("deputy_for"));
    out.deputy_for = *wanted.deputy_for;
  }
  LINLI_TRY(holdings::may_give(call.actor(), out.role, out.path, to));
  return out;
}

}  // namespace

Result<User> changeable_user(const Call& call, Tx& tx) {
  auto user = known(call, tx);
  if (!user) return user;
  auto may = may_change(call, tx, *user);
  if (!may) return tl::unexpected(std::move(may).error());
  if (!*may) return fail(Errc::not_allowed, Where::at_field("user"));
  return user;
}

json::object grid_name_json(const Grid& grid) {
  return {{"id", to_text(grid.id)}, {"code", grid.code}, {"level", name(grid.level)}, {"name", grid.name}};
}

json::object holding_json(const GridTree& tree, const Holding& holding) {
  const Grid* grid = holding.grid ? tree.find(holding.grid) : nullptr;
  json::value where;
  if (grid) where = grid_name_json(*grid);
  return {{"id", to_text(holding.id)},
          {"role", name(holding.role)},
          {"grid", std::move(where)},
          {"from", format_day(holding.from)},
          {"until", holding.until == kNoEnd ? json::value() : json::value(format_day(holding.until))},
          {"deputy_for", holding.deputy_for ? json::value(to_text(holding.deputy_for)) : json::value()}};
}

void list_users(Call call) {
  users::Search search;
  const Request& request = call.request;
  search.text = request.query_value("q").value_or("");
  if (const auto text = request.query_value("role"); text && !(search.role = parse_staff_role(*text)))
    return call.fail({Errc::bad_value, Where::at_field("role"), {}});
  if (const auto text = request.query_value("grid")) {
    const auto id = parse_id<GridTag>(*text);
    const auto tree = call.services.grids.tree();
    const Grid* grid = id ? tree->find(*id) : nullptr;
    if (!grid) return call.fail({Errc::not_found, Where::at_field("grid"), {}});
    search.grid_path = grid->path;
  }
  search.disabled = request.query_value("disabled") == "true";
  if (const auto text = request.query_value("cursor")) {
    const auto after = parse_id<UserTag>(*text);
    if (!after) return call.fail({Errc::bad_value, Where::at_field("cursor"), {{"allowed", "next_cursor"}}});
    search.after = *after;
  }
  if (search.text.size() > 200) return call.fail({Errc::too_long, Where::at_field("q"), {{"max", "200"}}});
  read(std::move(call), [search](Call& c, Tx& tx) -> Result<Response> {
    users::Search one_more = search;
    ++one_more.limit;
    auto found = users::list(tx, c.actor(), one_more);
    if (!found) return tl::unexpected(std::move(found).error());
    json::value next;
    if (found->size() > static_cast<std::size_t>(search.limit)) {
      found->pop_back();
      next = to_text(found->back().id);
    }
    json::array list;
    for (const User& user : *found) {
      auto one = summary_json(c, tx, user);
      if (!one) return tl::unexpected(std::move(one).error());
      list.push_back(std::move(*one));
    }
    return json_answer(200,
                       json::serialize(json::object{{"users", std::move(list)}, {"next_cursor", std::move(next)}}));
  });
}

void get_user(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto user = known(c, tx);
    if (!user) return tl::unexpected(std::move(user).error());
    auto body = whole_json(c, tx, *user);
    if (!body) return tl::unexpected(std::move(body).error());
    return user_answer(200, *user, *body);
  });
}

void add_user(Call call) {
  Input in(call.request);
  User user;
  user.name = in.text("name", 1, 64);
  user.display_name = in.text("display_name", 1, 64);
  const auto phone = in.optional_text("phone", 0, 32);
  const Wanted wanted = read_wanted(in);
  if (auto good = users::check_name(user.name); !good) in.wrong(good.error().code, "name", good.error().args);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  user.id = call.services.ids.draw<UserId>();
  write_once(std::move(call), [user, phone, wanted](Call& c, Tx& tx) -> Result<Written> {
    const Instant now = c.services.clock.now();
    auto holding = checked(c, tx, wanted, user.id);
    if (!holding) return tl::unexpected(std::move(holding).error());
    LINLI_TRY(users::add(tx, user, now));
    LINLI_TRY(holdings::give(tx, *holding, c.actor().id, now));
    LINLI_TRY(noted(c, tx, "user.added", user.id, {}, &*holding));
    User added = user;
    if (phone && !phone->empty()) {
      auto changed = users::change(tx, c.services.sealer, user, {.phone = phone}, user.revision, c.actor().today, now);
      if (!changed) return tl::unexpected(std::move(changed).error());
      added = std::move(*changed);
    }
    auto body = whole_json(c, tx, added);
    if (!body) return tl::unexpected(std::move(body).error());
    return Written{user_answer(201, added, *body), {}};
  });
}

void change_user(Call call) {
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  const users::Change change{in.optional_text("display_name", 1, 64), in.optional_text("phone", 0, 32),
                             in.optional_bool("disabled")};
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [change, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    auto user = changeable_user(c, tx);
    if (!user) return tl::unexpected(std::move(user).error());
    if (change.disabled.value_or(false) && user->id == c.actor().id)
      return fail(Errc::not_allowed, Where::at_field("disabled"));
    auto changed = users::change(tx, c.services.sealer, *user, change, seen, c.actor().today, c.services.clock.now());
    if (!changed) return tl::unexpected(std::move(changed).error());
    json::object detail;
    if (change.phone) detail["phone"] = true;  // that, not which
    if (change.disabled) detail["disabled"] = *change.disabled;
    Renamed names;
    if (change.display_name) names = {user->display_name, *change.display_name};
    LINLI_TRY(noted(c, tx, "user.changed", changed->id, std::move(detail), nullptr, std::move(names)));
    auto body = whole_json(c, tx, *changed);
    if (!body) return tl::unexpected(std::move(body).error());
    return Written{user_answer(200, *changed, *body), told(c.services, changed->id)};
  });
}

void give_role(Call call) {
  Input in(call.request);
  const Wanted wanted = read_wanted(in);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [wanted](Call& c, Tx& tx) -> Result<Written> {
    auto user = known(c, tx);
    if (!user) return tl::unexpected(std::move(user).error());
    auto holding = checked(c, tx, wanted, user->id);
    if (!holding) return tl::unexpected(std::move(holding).error());
    LINLI_TRY(holdings::give(tx, *holding, c.actor().id, c.services.clock.now()));
    LINLI_TRY(noted(c, tx, "role.given", user->id, {}, &*holding));
    auto body = whole_json(c, tx, *user);
    if (!body) return tl::unexpected(std::move(body).error());
    return Written{user_answer(201, *user, *body), told(c.services, user->id)};
  });
}

void end_role(Call call) {
  write_once(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    auto user = known(c, tx);
    if (!user) return tl::unexpected(std::move(user).error());
    const auto id = parse_id<HoldingTag>(c.request.params[1]);
    auto holding = id ? holdings::find(tx, *id) : Result<std::optional<Holding>>(std::nullopt);
    if (!holding) return tl::unexpected(std::move(holding).error());
    if (!*holding || (*holding)->user != user->id) return fail(Errc::not_found, Where::at_field("role"));
    LINLI_TRY(holdings::may_give(c.actor(), (*holding)->role, (*holding)->path, user->id));
    LINLI_TRY(holdings::end(tx, **holding, c.actor().today));
    LINLI_TRY(noted(c, tx, "role.ended", user->id, {}, &**holding));
    auto body = whole_json(c, tx, *user);
    if (!body) return tl::unexpected(std::move(body).error());
    return Written{user_answer(200, *user, *body), told(c.services, user->id)};
  });
}

}  // namespace linli::api
