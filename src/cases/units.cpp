#include "cases/units.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <map>

namespace linli {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 8> kKinds{"property", "gas",        "water",     "power",
                                                 "lift",     "department", "committee", "other"};
constexpr std::string_view kContact = "units.contact";

std::string seal(const Sealer& sealer, const Unit& unit) {
  return sealer.seal(kContact, json::serialize(json::array{unit.contact_name, unit.contact_phone, unit.note}));
}

Result<void> read(Tx& tx, const Sealer& sealer, std::string_view sql, Params params, std::vector<Unit>& out) {
  std::optional<Error> broken;
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) {
    Unit unit;
    unit.id = r.get<UnitId>(0);
    unit.revision = r.get<int>(1);
    unit.name = r.get<std::string>(2);
    unit.kind = parse_unit_kind(r.bytes(3)).value_or(UnitKind::other);
    unit.retired_at = r.get<std::optional<Instant>>(5);
    auto plain = sealer.open(kContact, r.bytes(4));
    json::error_code wrong;
    const json::value kept = plain ? json::parse(*plain, wrong) : json::value();
    if (!plain) {
      broken = std::move(plain).error();
    } else if (wrong || !kept.is_array() || kept.as_array().size() != 3) {
      broken = Error{Errc::sealed_broken, Where::at(std::string(kContact)), {}};
    } else {
      unit.contact_name = kept.as_array()[0].as_string();
      unit.contact_phone = kept.as_array()[1].as_string();
      unit.note = kept.as_array()[2].as_string();
    }
    out.push_back(std::move(unit));
  }));
  if (broken) return tl::unexpected(*std::move(broken));
  std::map<UnitId, Unit*> by_id;
  for (Unit& unit : out) by_id[unit.id] = &unit;
  return tx.each("SELECT unit_id, grid_id FROM unit_grids ORDER BY unit_id, grid_id", {}, [&](const Row& r) {
    if (const auto at = by_id.find(r.get<UnitId>(0)); at != by_id.end()) at->second->grids.push_back(r.get<GridId>(1));
  });
}

Result<void> set_grids(Tx& tx, const Unit& unit) {
  LINLI_TRY(tx.run("DELETE FROM unit_grids WHERE unit_id = $1", {unit.id}));
  for (const GridId grid : unit.grids)
    LINLI_TRY(tx.run("INSERT INTO unit_grids (unit_id, grid_id) VALUES ($1, $2)", {unit.id, grid}));
  return {};
}

// Asked before it is written: an error inside a transaction ends it.
Result<void> check_name(Tx& tx, const Unit& unit) {
  if (unit.retired_at) return {};
  auto taken =
      tx.value<int>("SELECT 1 FROM units WHERE name = $1 AND retired_at IS NULL AND id <> $2", {unit.name, unit.id});
  if (!taken) return tl::unexpected(std::move(taken).error());
  if (*taken) return fail(Errc::name_taken, Where::at_field("name"), {{"name", unit.name}});
  return {};
}

bool below(std::string_view path, std::string_view top) {
  return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

}  // namespace

std::string_view name(UnitKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::optional<UnitKind> parse_unit_kind(std::string_view text) {
  const auto at = std::ranges::find(kKinds, text);
  if (at == kKinds.end()) return {};
  return static_cast<UnitKind>(at - kKinds.begin());
}

namespace units {

bool serves(const Unit& unit, const GridTree& tree, std::string_view grid_path) {
  return unit.grids.empty() || std::ranges::any_of(unit.grids, [&](GridId id) {
           const Grid* grid = tree.find(id);
           return grid && below(grid_path, grid->path);
         });
}

bool concerns(const Unit& unit, const GridTree& tree, const Actor& actor) {
  if (unit.grids.empty()) return actor.may(Right::cases_read);
  return std::ranges::any_of(unit.grids, [&](GridId id) {
    const Grid* grid = tree.find(id);
    if (!grid) return false;
    return actor.may(Right::cases_read, grid->path) || std::ranges::any_of(actor.holdings, [&](const Holding& h) {
             return has(rights_of(h.role), Right::cases_read) && below(h.path, grid->path);
           });
  });
}

bool may(const Unit& unit, const GridTree& tree, const Actor& actor, Right right) {
  if (unit.grids.empty()) return actor.everywhere(right);
  return std::ranges::all_of(unit.grids, [&](GridId id) {
    const Grid* grid = tree.find(id);
    return grid && actor.may(right, grid->path);
  });
}

#define LINLI_UNITS "SELECT id, revision, name, kind, contact, retired_at FROM units "

Result<std::optional<Unit>> find(Tx& tx, const Sealer& sealer, UnitId id) {
  std::vector<Unit> found;
  LINLI_TRY(read(tx, sealer, LINLI_UNITS "WHERE id = $1", {id}, found));
  if (found.empty()) return std::optional<Unit>();
  return std::optional<Unit>(std::move(found.front()));
}

Result<std::vector<Unit>> list(Tx& tx, const Sealer& sealer, const GridTree& tree, const Actor& actor, bool retired) {
  std::vector<Unit> all;
  LINLI_TRY(read(tx, sealer, LINLI_UNITS "WHERE $1 = 1 OR retired_at IS NULL ORDER BY name, id", {retired}, all));
  std::erase_if(all, [&](const Unit& unit) { return !concerns(unit, tree, actor); });
  std::ranges::stable_sort(all, {}, [](const Unit& unit) { return unit.kind; });
  return all;
}

Result<void> add(Tx& tx, const Sealer& sealer, const Unit& unit, UserId by, Instant now) {
  LINLI_TRY(check_name(tx, unit));
  const std::string contact = seal(sealer, unit);
  LINLI_TRY(
      tx.run("INSERT INTO units (id, revision, name, kind, contact, retired_at, changed_by, changed_at) VALUES ($1, "
             "$2, $3, $4, $5, $6, $7, $8)",
             {unit.id, unit.revision, unit.name, name(unit.kind), Blob{contact}, unit.retired_at, by, now}));
  return set_grids(tx, unit);
}

Result<void> change(Tx& tx, const Sealer& sealer, const Unit& unit, int seen, UserId by, Instant now) {
  LINLI_TRY(check_name(tx, unit));
  const std::string contact = seal(sealer, unit);
  auto changed = tx.run(
      "UPDATE units SET revision = $3, name = $4, kind = $5, contact = $6, retired_at = $7, changed_by = $8, "
      "changed_at = $9 WHERE id = $1 AND revision = $2",
      {unit.id, seen, unit.revision, unit.name, name(unit.kind), Blob{contact}, unit.retired_at, by, now});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  return set_grids(tx, unit);
}

}  // namespace units
}  // namespace linli
