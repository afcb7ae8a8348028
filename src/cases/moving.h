// A case goes to another grid, because the place that it was opened for was wrong.
#pragma once
#include "cases/cases.h"

namespace linli::cases {

// Where nobody has accepted it yet it goes at once to whom routing and roster name there. Else it stays with its assignee where
// they work on cases there too; where they do not, it is transferred to whom routing and roster name. The version rises.
// Errors: unknown_case; stale; not_allowed (not theirs to move); not_in_state (ended, done, or it follows its parent);
// bad_value (it is there already).
Result<Case> move(Tx& tx, const Office& office, const Actor& actor, CaseId id, int seen_version, const Grid& to);

// The lead's place was put right: its case goes with it where nobody has accepted it; else it stays and its card tells of it.
Result<void> follow_lead(Tx& tx, const Office& office, const Actor& actor, LeadId lead, std::string_view grid_path);

}  // namespace linli::cases
