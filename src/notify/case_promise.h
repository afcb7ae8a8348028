// The promise of cases filed by hand: the same steps as a lead's (promise_steps.h), from the moment in which it was filed,
// kept when somebody told who raised it, by phone, at the door, at the counter. There are few: each is looked at for itself.
#pragma once
#include <utility>
#include <vector>

#include "cases/case.h"
#include "notify/promise_hours.h"
#include "notify/promise_steps.h"
#include "people/actor.h"
#include "people/grid.h"
#include "promise/steps.h"
#include "store/database.h"

namespace linli::notify::case_promise {

// As promise_steps::any_due() and record(); events promise.amber … with the case's id and the right cases.read.
Result<bool> any_due(Tx& tx, const PromiseTime& time, Instant now);
Result<promise_steps::Recorded> record(Tx& tx, const GridTree& tree, const PromiseTime& time, Instant now,
                                       std::size_t limit);

// Steps that nobody was told of yet, taken so that nobody else tells them; of each case the latest that still matters.
struct Untold {
  CaseId one;
  std::string grid_path;
  UserId assignee;  // 0: nobody
  PromiseStep step;
};
Result<bool> any_untold(Tx& tx);
Result<std::vector<Untold>> take_untold(Tx& tx, std::size_t limit);

struct Breach {
  CaseId one;
  std::string number, grid_path, category;  // category empty: confidential
  int urgency = 3;
  CaseState state = CaseState::new_;
  BreachCause cause = BreachCause::nobody_looked;
  Instant asked_at{}, at{};
  std::optional<Instant> looked_at, answered_at;
};
// That happened in [from, to), where the actor has cases.read; latest first.
Result<std::vector<Breach>> breaches(Tx& tx, const Actor& actor, Instant from, Instant to, int limit);

// Those that somebody waits for, where the actor has cases.read, with their grids; broken promises too.
struct Ahead {
  Waiting waiting;
  std::string grid_path;
};
Result<std::vector<Ahead>> ahead(Tx& tx, const PromiseTime& time, const Actor& actor, int limit);

}  // namespace linli::notify::case_promise
