// Handling units (承办单位): who outside of the office does work for cases.
#include <algorithm>
#include <boost/json.hpp>

#include "api/case_handlers.h"
#include "api/duty_json.h"
#include "api/input.h"
#include "api/people.h"
#include "cases/units.h"

namespace linli::api {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

// Whom to ring up there is for those who work on cases.
json::object unit_json(const Call& call, const GridTree& tree, const Unit& unit) {
  const Actor& actor = call.actor();
  const bool numbers = actor.may(Right::cases_work);
  json::array grids;
  for (const GridId id : unit.grids)
    if (const Grid* grid = tree.find(id)) grids.push_back(grid_name_json(*grid));
  json::object out{{"id", to_text(unit.id)},
                   {"revision", unit.revision},
                   {"name", unit.name},
                   {"kind", name(unit.kind)},
                   {"contact_name", numbers ? text_or_null(unit.contact_name) : json::value()},
                   {"contact_phone", numbers ? text_or_null(unit.contact_phone) : json::value()},
                   {"note", text_or_null(unit.note)},
                   {"grids", std::move(grids)},
                   {"everywhere", unit.grids.empty()},
                   {"retired_at", nullptr}};
  if (unit.retired_at) out["retired_at"] = format_time(*unit.retired_at);
  return out;
}

Response unit_answer(const Call& call, const GridTree& tree, int status, const Unit& unit) {
  Response response = json_answer(status, json::serialize(unit_json(call, tree, unit)));
  response.headers.emplace_back("etag", "\"" + std::to_string(unit.revision) + "\"");
  return response;
}

struct Wanted {
  Unit unit;
  bool retired = false;
};

Result<Wanted> read_unit(const Call& call, const GridTree& tree) {
  Input in(call.request);
  Wanted out;
  out.unit.name = in.text("name", 1, 64);
  if (const auto kind = parse_unit_kind(in.text("kind", 1, 20))) out.unit.kind = *kind;
  else
    in.wrong(Errc::bad_value, "kind", {{"allowed", "property, gas, water, power, lift, department, committee, other"}});
  out.unit.contact_name = in.optional_text("contact_name", 0, 64).value_or("");
  out.unit.contact_phone = in.optional_text("contact_phone", 0, 32).value_or("");
  out.unit.note = in.optional_text("note", 0, 200).value_or("");
  out.retired = in.optional_bool("retired").value_or(false);
  if (in.has("grid_ids"))
    for (const std::string& text : in.texts("grid_ids", 200, 1, 64)) {
      const auto id = parse_id<GridTag>(text);
      const Grid* grid = id ? tree.find(*id) : nullptr;
      if (!grid) in.wrong(Errc::bad_value, "grid_ids", {{"value", text}});
      else if (!std::ranges::count(out.unit.grids, grid->id)) out.unit.grids.push_back(grid->id);
    }
  if (auto wrong = in.finish()) return tl::unexpected(*std::move(wrong));
  return out;
}

}  // namespace

void list_units(Call call) {
  const auto tree = call.services.grids.tree();
  auto grid = queried_grid(call, *tree, Right::cases_read);
  if (!grid) return call.fail(grid.error());
  const auto retired = flag(call.request, "retired");
  if (!retired) return call.fail(retired.error());
  const std::string path = *grid ? (*grid)->path : std::string();
  read(std::move(call), [tree, path, retired = *retired](Call& c, Tx& tx) -> Result<Response> {
    auto all = units::list(tx, c.services.sealer, *tree, c.actor(), retired);
    if (!all) return tl::unexpected(std::move(all).error());
    json::array out;
    for (const Unit& unit : *all)
      if (path.empty() || units::serves(unit, *tree, path)) out.push_back(unit_json(c, *tree, unit));
    return json_answer(200, json::serialize(json::object{{"units", std::move(out)}}));
  });
}

void add_unit(Call call) {
  const auto tree = call.services.grids.tree();
  auto wanted = read_unit(call, *tree);
  if (!wanted) return call.fail(wanted.error());
  if (!units::may(wanted->unit, *tree, call.actor(), Right::routing_change))
    return call.fail({Errc::not_allowed, Where::at_field("grid_ids"), {}});
  if (wanted->retired) return call.fail({Errc::bad_value, Where::at_field("retired"), {}});
  write_once(std::move(call), [tree, unit = wanted->unit](Call& c, Tx& tx) mutable -> Result<Written> {
    unit.id = c.services.ids.draw<UnitId>();
    LINLI_TRY(units::add(tx, c.services.sealer, unit, c.actor().id, c.services.clock.now()));
    LINLI_TRY(record(c, tx, "unit.added", "unit", to_text(unit.id)));
    return Written{unit_answer(c, *tree, 201, unit), {}};
  });
}

void change_unit(Call call) {
  const Error unknown{Errc::not_found, Where::at_field("unit"), {}};
  const auto id = parse_id<UnitTag>(call.request.params[0]);
  if (!id) return call.fail(unknown);
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  const auto tree = call.services.grids.tree();
  auto wanted = read_unit(call, *tree);
  if (!wanted) return call.fail(wanted.error());
  write(std::move(call), [tree, wanted = *wanted, id = *id, seen = *seen, unknown](Call& c, Tx& tx) -> Result<Written> {
    Services& s = c.services;
    auto before = units::find(tx, s.sealer, id);
    if (!before) return tl::unexpected(std::move(before).error());
    if (!*before || !units::concerns(**before, *tree, c.actor())) return tl::unexpected(unknown);
    // Neither what they may not change now nor what they could not change afterwards.
    if (!units::may(**before, *tree, c.actor(), Right::routing_change) ||
        !units::may(wanted.unit, *tree, c.actor(), Right::routing_change))
      return linli::fail(Errc::not_allowed, Where::at_field("grid_ids"));
    Unit unit = wanted.unit;
    unit.id = id;
    unit.revision = seen + 1;
    if (wanted.retired) unit.retired_at = (*before)->retired_at.value_or(s.clock.now());
    LINLI_TRY(units::change(tx, s.sealer, unit, seen, c.actor().id, s.clock.now()));
    LINLI_TRY(
        record(c, tx, "unit.changed", "unit", to_text(id), json::serialize(json::object{{"retired", wanted.retired}})));
    return Written{unit_answer(c, *tree, 200, unit), {}};
  });
}

}  // namespace linli::api
