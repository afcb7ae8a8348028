// The tables cases, case_timeline, case_pauses, case_numbers. What tells of residents is sealed.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cases/case.h"
#include "people/grid.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::case_store {

// Error: duplicate, when the lead has a case.
Result<void> insert(Tx& tx, const Sealer& sealer, const Case& one);
// All that may change. Its revision in the store must be `seen`. Error: stale.
Result<void> update(Tx& tx, const Sealer& sealer, const Case& one, int seen);
// With its timeline, as if it had never been.
Result<void> remove(Tx& tx, CaseId id);
Result<void> add_entry(Tx& tx, const Sealer& sealer, CaseId id, const CaseEntry& entry);
Result<void> begin_pause(Tx& tx, CaseId id, Instant now);
Result<void> end_pause(Tx& tx, CaseId id, Instant now);
// For the first time.
Result<void> mark_seen(Tx& tx, CaseId id, UserId assignee, Instant now);
// "JN-20261123-0042": the next one of that day.
Result<std::string> next_number(Tx& tx, const std::string& prefix, Day day);

Result<std::optional<Case>> find(Tx& tx, const Sealer& sealer, CaseId id);
Result<std::optional<Case>> of_lead(Tx& tx, const Sealer& sealer, LeadId lead);
// Oldest first.
Result<std::vector<CaseEntry>> timeline(Tx& tx, const Sealer& sealer, CaseId id);
Result<std::vector<Pause>> pauses(Tx& tx, CaseId id);

// The columns that row() reads: "SELECT " LINLI_CASE_COLUMNS " FROM cases c …".
#define LINLI_CASE_COLUMNS                                                                                        \
  "c.id, c.number, c.lead_id, c.parent_id, c.grid_path, c.category, c.urgency, c.state, c.revision, c.version, "  \
  "c.opened_by, c.opened_at, c.assignee, c.raised_to, c.bounces, c.confidential, c.came_by, c.answer_by, "        \
  "c.accept_from, c.accept_minutes, c.accept_working, c.accept_by, c.due_from, c.due_minutes, c.due_working, "    \
  "c.due_at, c.seen_at, c.accepted_at, c.done_at, c.closed_at, c.wake_day, c.urged_at, c.urged_by, c.urged_due, " \
  "c.supervised_at, c.supervised_by, c.supervised_due, c.stars, c.lead_state_before, c.dispatch_reply, "          \
  "c.promise_step, c.answered_at, (SELECT COUNT(*) FROM cases k WHERE k.parent_id = c.id), c.content"
inline constexpr int kCaseColumns = 44;
Result<Case> row(const Row& row, const Sealer& sealer);
// Open cases stand in this order: emergencies first, then what becomes late first; what sleeps by its day.
Instant order_key(const Case& one);

// SQL condition: the lead in `column` is not hidden from the actor by a confidential case. Parameters as literals:
// everywhere(cases_hidden), the actor's id, today.
#define LINLI_LEAD_NOT_HIDDEN(column, everywhere, user, today)                                              \
  "NOT EXISTS (SELECT 1 FROM cases hidden WHERE hidden.lead_id = " column                                   \
  " AND hidden.confidential = 1 AND hidden.opened_by <> " user " AND COALESCE(hidden.assignee, 0) <> " user \
  " AND NOT " LINLI_IN_SCOPE("hidden.grid_path", cases_hidden, everywhere, user, today) ")"

}  // namespace linli::case_store
