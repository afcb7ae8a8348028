// Handling units (承办单位): who outside of the office does work for cases. Tables units, unit_grids; whom to ring up there is
// sealed. A unit serves grids and what lies below them, or, without grids, all.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "people/actor.h"
#include "people/grid.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli {

struct UnitTag {
  static constexpr std::string_view prefix = "unit";
};
using UnitId = Id<UnitTag>;

enum class UnitKind { property, gas, water, power, lift, department, committee, other };
std::string_view name(UnitKind kind);
std::optional<UnitKind> parse_unit_kind(std::string_view text);

struct Unit {
  UnitId id;
  int revision = 1;
  std::string name;
  UnitKind kind = UnitKind::other;
  std::string contact_name, contact_phone, note;
  std::vector<GridId> grids;  // none: everywhere
  std::optional<Instant> retired_at;
};

namespace units {

// Whether it serves what lies at that path.
bool serves(const Unit& unit, const GridTree& tree, std::string_view grid_path);
// Whether it serves anything in the actor's scope.
bool concerns(const Unit& unit, const GridTree& tree, const Actor& actor);
// Whether the actor has the right in every grid that it serves.
bool may(const Unit& unit, const GridTree& tree, const Actor& actor, Right right);

Result<std::optional<Unit>> find(Tx& tx, const Sealer& sealer, UnitId id);
// By kind, then name; those that concern the actor.
Result<std::vector<Unit>> list(Tx& tx, const Sealer& sealer, const GridTree& tree, const Actor& actor, bool retired);
// Error: name_taken.
Result<void> add(Tx& tx, const Sealer& sealer, const Unit& unit, UserId by, Instant now);
// Everything of it anew; its revision in the store must be `seen`. Errors: stale, name_taken.
Result<void> change(Tx& tx, const Sealer& sealer, const Unit& unit, int seen, UserId by, Instant now);

}  // namespace units
}  // namespace linli
