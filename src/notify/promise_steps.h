// Steps of promises as they stand in the store: recorded once each, over restarts, clocks that jump and two nodes at one
// database; why promises were broken; which are about to be.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/local_time.h"
#include "leads/lead.h"
#include "notify/circle.h"
#include "notify/promise_hours.h"
#include "people/actor.h"
#include "people/grid.h"
#include "promise/steps.h"
#include "store/database.h"

namespace linli::notify::promise_steps {

// Whether record() might find something: cheap, in a reader.
Result<bool> any_due(Tx& tx, const PromiseTime& time, Instant now);
// Writes what was crossed until `now` and has not been written, of at most `limit` leads, with an event for each; how many
// leads it moved on: call again while it is `limit`. In the writer's transaction. A step that stands already is not written,
// whoever wrote it, whatever the clock says.
struct Recorded {
  std::size_t leads = 0, steps = 0;
};
// `known`: who stands round which grid, read a moment ago; what is read now is added.
Result<Recorded> record(Tx& tx, const GridTree& tree, const PromiseTime& time, Instant now, std::size_t limit,
                        Circles::Known* known = nullptr);

// Steps that nobody was told of yet, taken so that nobody else tells them. Only what still matters: the latest of each lead
// that somebody waits for.
struct Untold {
  LeadId lead;
  std::string grid_path;
  PromiseStep step;
};
Result<bool> any_untold(Tx& tx);
Result<std::pair<std::vector<Untold>, std::size_t>> take_untold(Tx& tx, std::size_t limit);  // with how many were taken

// ---- looking back ----

struct Breach {
  LeadId lead;
  std::string grid_path, category;
  int urgency = 3;
  GroupId group;
  LeadState state = LeadState::open;
  BreachCause cause = BreachCause::nobody_looked;
  Instant asked_at{}, at{};
  std::optional<Instant> looked_at, answered_at;
};
struct Breaches {
  std::vector<Breach> breaches;  // latest first
  std::map<BreachCause, std::int64_t> by_cause;
  std::map<std::string, std::int64_t> by_grid;  // by path
  std::int64_t total = 0;
};
// That happened in [from, to), where the actor has leads.read; of that grid and below, empty: of all.
Result<Breaches> breaches(Tx& tx, const Actor& actor, Instant from, Instant to, std::string_view grid_path, int limit);

// ---- looking ahead ----

struct Ahead {
  std::vector<Expected> leads;   // in the order in which they would be taken; cases filed by hand among them
  std::set<std::int64_t> cases;  // which of them are cases
  std::int64_t waiting = 0;      // of all that wait, broken promises too
  std::vector<UserId> on_duty;   // who would take them
  Instant now{};
  bool broken_last = false;  // promise/steps.h
};
// The leads that somebody waits for and whose promise still holds, where the actor has leads.read; 5,000 at most.
Result<Ahead> ahead(Tx& tx, const GridTree& tree, const PromiseTime& time, const Actor& actor, Instant now);

}  // namespace linli::notify::promise_steps
