// Who holds which role over which grids, from when to when.
#pragma once
#include <optional>
#include <vector>

#include "people/actor.h"
#include "people/users.h"
#include "store/database.h"

namespace linli::holdings {

// What a user may do on that day.
Result<Actor> actor(Tx& tx, const User& user, Day today);

// A user's, past and coming ones too, latest first.
struct Given {
  Holding holding;
  UserId by;            // 0: a command
  std::string by_name;  // empty: a command
  Instant at{};
};
Result<std::vector<Given>> of(Tx& tx, UserId user);
// Of all API keys of this owner (0: of everyone), in one go.
Result<std::vector<Given>> of_keys(Tx& tx, UserId owner);
Result<std::optional<Holding>> find(Tx& tx, HoldingId holding);

// What keeps people from giving more than they have: the giver must have people.change and every right of the role on that
// grid, and nobody gives a role to themselves. Errors: not_allowed.
Result<void> may_give(const Actor& giver, StaffRole role, std::string_view grid_path, UserId to);

// No check of rights: see may_give(). Error: bad_value (until before from).
Result<void> give(Tx& tx, const Holding& holding, UserId by, Instant now);
// The day before is the last; one that was never in force goes without a trace in scope. Error: last_administrator.
Result<void> end(Tx& tx, const Holding& holding, Day today);

}  // namespace linli::holdings
