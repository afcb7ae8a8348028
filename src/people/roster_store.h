// The tables of the roster. Reading functions run in a reader's snapshot, changing ones in the writer's transaction. Whether
// the caller may is asked before: roster.read and roster.change at the grid of the shift.
#pragma once
#include <optional>
#include <vector>

#include "people/grid.h"
#include "people/roster.h"
#include "store/database.h"

namespace linli::roster {

// ---- reading ----

// Whose rosters: where the actor has roster.read; with a grid path only there and below.
struct Scope {
  const Actor& actor;
  std::string grid_path;
};

struct View {
  std::vector<Shift> shifts;          // that touch [from, to), swaps applied, by beginning
  std::vector<DutyPattern> patterns;  // in force within these days
  std::vector<Swap> swaps;            // of the shifts, in the order in which they were asked for
  std::vector<Absence> absences;      // within that time, of people in the shifts, with `led`
  bool more = false;                  // there are more than `most` shifts: the first ones by their beginning
};
Result<View> view(Tx& tx, const Scope& scope, const Calendar& calendar, const TimeZone& zone, Instant from, Instant to,
                  Instant now, std::size_t most = kAllShifts);

Result<std::optional<Shift>> find(Tx& tx, const ShiftKey& key, const Calendar& calendar, const TimeZone& zone);
Result<std::optional<DutyPattern>> find(Tx& tx, PatternId pattern);
Result<std::optional<Absence>> find(Tx& tx, AbsenceId absence);

// What who_is_on() needs to know of a grid at a time.
Result<DutyFacts> facts(Tx& tx, const GridTree& tree, GridId grid, const Calendar& calendar, const TimeZone& zone,
                        Instant at);
// What gaps() needs to know of what the scope holds.
Result<RosterFacts> facts(Tx& tx, const GridTree& tree, const Scope& scope, const Calendar& calendar,
                          const TimeZone& zone, Instant from, Instant to);
// Who holds this role over the grid today, the nearest first, deputies in place of who is absent.
Result<std::vector<OnDuty>> holders(Tx& tx, const GridTree& tree, GridId grid, StaffRole role, Day today, Instant at);

// ---- patterns and shifts ----

Result<void> add(Tx& tx, const DutyPattern& pattern, UserId by, Instant now);
// From `today` on; what was before stays. Error: stale (another ended it meanwhile).
Result<void> end(Tx& tx, const DutyPattern& pattern, Day today, UserId by, Instant now);
// The pattern's shift of that day is no more.
Result<void> skip(Tx& tx, PatternId pattern, Day day, UserId by, Instant now);

Result<void> add(Tx& tx, const Shift& shift, UserId by, Instant now);
// Error: stale. Swaps of the shift are over with it.
Result<void> change(Tx& tx, const Shift& shift, int seen, UserId by, Instant now);
Result<void> remove(Tx& tx, const Shift& shift, UserId by, Instant now);

// ---- swaps ----

Result<std::optional<Swap>> find(Tx& tx, SwapId swap);
// Asked, or accepted at once where it was ordered: then whoever was asked before is not any more. Error: swap_waiting
// (somebody has been asked for this shift and has not answered).
Result<void> ask(Tx& tx, const Swap& swap);
// Error: swap_decided.
Result<Swap> decide(Tx& tx, Swap swap, SwapState state, UserId by, Instant now);
// That the user gave, is to take, or may decide on (roster.change); latest first, 200 at most.
Result<std::vector<Swap>> swaps(Tx& tx, const Actor& actor, std::optional<SwapState> state);

// ---- absences ----

Result<void> add(Tx& tx, const Absence& absence, UserId by, Instant now);
Result<void> end(Tx& tx, const Absence& absence, Instant now);
// Whether the person stands in a shift that is not over, or in a pattern or a role of today, where the actor has
// roster.change.
Result<bool> leads(Tx& tx, const Actor& actor, UserId person, Instant now);

}  // namespace linli::roster
