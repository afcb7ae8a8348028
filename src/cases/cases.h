// Cases: opened from a lead or by hand, moved by the steps of the workflow, listed and counted. Reading functions run in a
// reader's snapshot, changing ones in the writer's transaction. Everything takes the actor and shows or changes only what
// the actor's scope holds; of a confidential case the content is for few (case.h, sees_content()): callers leave it out.
//
// Events in the outbox: case.opened, case.changed, case.withdrawn, with the case's grid and the right cases.read.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cases/case.h"
#include "cases/case_store.h"
#include "leads/erasure.h"
#include "people/grid.h"
#include "store/database.h"
#include "store/outbox.h"
#include "store/sealing.h"

namespace linli::cases {

struct Office {  // where and when
  const Sealer& sealer;
  IdSource& ids;
  const GridTree& tree;
  const TimeZone& zone;
  Instant now;
  std::string_view residents_url = {};  // the setting; empty: words carry no link
};

inline constexpr std::chrono::seconds kUndo{8};  // in which a dispatch can be taken back

// ---- opening ----

struct New {
  LeadId lead;                                 // 0: by hand
  std::optional<LeadState> lead_state_before;  // of that lead
  std::string grid_path, category;
  int urgency = 3;
  bool confidential = false;
  CameBy came_by = CameBy::lead;
  AnswerBy answer_by = AnswerBy::group;
  Case::Content content;
  std::string note;       // for the assignee
  bool dispatch = true;   // false: it stays new
  UserId to;              // 0: by routing and roster
  CaseId parent;          // 0: none; else it hangs on that one
  bool answered = false;  // filed by hand: they were told while they stood there
};
// One filed by hand whose asker awaits an answer has a promise (promise/promise.h) from now on.
// Errors: not_allowed (cases.work there); unknown_user, not_of_grid (`to`); duplicate, when the lead has a case.
Result<Case> open(Tx& tx, const Office& office, const Actor& actor, New what);

// The words that went out with the dispatch.
Result<void> note_reply(Tx& tx, CaseId id, std::int64_t reply);

// Whether its dispatch can be taken back by them now: it is theirs, fresh, nobody has moved it, and the assignee (unless it is
// themselves) has not looked.
bool may_withdraw(const Case& one, UserId actor, Instant now);
// The case is gone. Error: not_in_state.
Result<void> withdraw(Tx& tx, const Office& office, const Actor& actor, const Case& one);

// ---- steps ----

struct Said {
  CaseAction action = CaseAction::note;
  int seen_version = 0;  // If-Match
  UserId to;
  std::string note, reason, responsible;
  std::optional<Day> wake_on;
  std::optional<Instant> due_at;
  std::optional<int> stars;
  CaseId parent;
};
// One step: state, timeline, events. A note, urging and supervising leave the version as it is. Errors: unknown_case; stale;
// not_in_state; not_allowed; missing_field, bad_value (what the step does not take, days that are over, the same assignee);
// unknown_user, not_of_grid (also for what a child does not do by itself); `answer` is for those filed by hand. When a parent ends, its open children end with it; open sub-tasks are cancelled.
Result<Case> act(Tx& tx, const Office& office, const Actor& actor, CaseId id, const Said& said);

// An entry that is no step of the workflow, with the revision that it makes; nobody sees it as a move.
Result<Case> enter(Tx& tx, const Office& office, Case one, CaseEntry entry);

// The resident's own word, by the public link: note, close, reopen, rate. The version they saw is not asked for: they answer
// to what they were told, and the table decides. Kept in the timeline as resident_note … by nobody; a rating also for the
// indicators. Errors: not_in_state; not_allowed; missing_field, bad_value; reopen_over, kReopenDays after it was closed.
Result<Case> hear(Tx& tx, const Office& office, Case one, const Said& said);
// What they may do now.
std::vector<CaseAction> may_be_heard(const Case& one, Instant now);
std::optional<Instant> reopen_until(const Case& one);

// Suspended ones whose day has come go on; how many did. Again until 0.
Result<int> wake(Tx& tx, const Office& office, int limit);

// The words of cases filed by hand that ended before that; those of a lead's case go with the lead (leads/erasure.h).
// The search index is told (event case.emptied, which nobody's right lets through).
Result<erasure::Step> empty_old(Tx& tx, Instant before, Instant now, std::int64_t limit);

// ---- reading ----

struct Asked {  // of its lead, or by hand: for the promise
  bool live = true;
  Instant asked_at{};
  std::optional<Instant> answered_at, claimed_at;
};
struct Shown {
  Case one;
  std::optional<Asked> asked;
};
// Error: unknown_case.
Result<Shown> find(Tx& tx, const Sealer& sealer, const Actor& actor, CaseId id);

struct Filter {
  std::vector<CaseState> states;  // empty: all open ones
  bool mine = false, late = false;
  std::string grid_path;  // there and below; empty: everywhere
  std::optional<std::string> category;
  std::optional<int> urgency;
  CaseId parent;                       // its children; 0: those that hang on none that the actor sees
  std::optional<Instant> late_before;  // becomes late before that, and is not late
  int limit = 50;                      // 1..200
  std::string cursor;                  // of the page before
};
struct Page {
  std::vector<Shown> cases;
  std::string next_cursor;  // empty: the last page
  Position stream_position = 0;
};
// Open states only: emergencies first, then what becomes late first. Else latest opened first. Error: bad_value.
Result<Page> list(Tx& tx, const Sealer& sealer, const Actor& actor, const Filter& filter, Instant now);

struct Board {
  struct Count {
    std::int64_t all = 0, late = 0;
  };
  std::array<Count, kCaseStates> states;
  std::int64_t open = 0, late = 0, soon = 0, unassigned = 0, urged = 0, supervised = 0;  // of open ones
  Position stream_position = 0;
};
// soon: not late, and late before `until`. Open children count with their parent.
Result<Board> board(Tx& tx, const Actor& actor, bool mine, const std::string& grid_path, Instant now, Instant until);

// Who still sees the lead of a confidential case, beside those who have cases.hidden there. None: it is not hidden.
struct Insiders {
  UserId opened_by, assignee;
  std::string grid_path;
};
Result<std::optional<Insiders>> insiders(Tx& tx, LeadId lead);

}  // namespace linli::cases
