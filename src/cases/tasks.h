// Sub-tasks of a case that handling units do: sent by the office, seen and answered by whoever holds the link. Each step is by
// the table (task_workflow.h), stands in the case's timeline and raises its revision. Changing functions run in the writer's
// transaction. A link's token is told once and stored hashed.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cases/cases.h"
#include "cases/task_workflow.h"
#include "cases/units.h"

namespace linli {

struct TaskTag {
  static constexpr std::string_view prefix = "task";
};
using TaskId = Id<TaskTag>;

struct Task {
  TaskId id;
  CaseId of;
  int seq = 1;  // 1, 2, 3 of its case
  UnitId unit;
  std::string unit_name;
  UnitKind unit_kind = UnitKind::other;
  TaskState state = TaskState::sent;
  int version = 1;
  UserId sent_by;
  Instant sent_at{}, due_at{};
  std::optional<Instant> seen_at, accepted_at, done_at, ended_at;
  Instant link_until{};
  bool link_open = true;
  std::string contact_why;  // consent, emergency; empty: the unit sees nothing of the resident
  // Sealed; empty once it is erased.
  std::string what, place, contact_name, contact_phone, reason, report;
  std::vector<AttachmentId> pictures;
};
inline bool is_late(const Task& task, Instant now) { return is_with_unit(task.state) && task.due_at < now; }

namespace tasks {

inline constexpr std::chrono::hours kLinkAfterDue{14 * 24};  // a link opens until so long after its due time
inline constexpr std::chrono::hours kFarthestDue{90 * 24};

// What the actor is to the sub-tasks of a case.
TaskHats task_hats(const Case& one, const Actor& actor);

struct New {
  UnitId unit;
  std::string what, place;  // place empty: of the case
  Instant due_at{};
  std::vector<AttachmentId> pictures;  // of messages of its lead
  std::string contact_why, contact_name, contact_phone;
  std::string reason;  // of a confidential case
};
struct Sent {
  Task task;
  std::string token;  // of a new link; empty: none was made
};
// Errors: unknown_case; not_allowed (the case is not theirs to move; confidential and not its assignee; contact without
// names.read); not_in_state (the case has ended); not_found (`unit_id`); not_of_grid (`unit_id`); bad_value (due_at, pictures, contact);
// missing_field (reason).
Result<Sent> send(Tx& tx, const cases::Office& office, const Actor& actor, CaseId of, const New& what);

struct Said {
  TaskAction action = TaskAction::accept;
  int seen_version = 0;  // If-Match
  std::string note, reason;
  UnitId unit;
  std::optional<Instant> due_at;
};
// Errors: unknown_case, not_found (`task`); stale; not_in_state, not_allowed; missing_field, bad_value; those of the unit as above.
Result<Sent> act(Tx& tx, const cases::Office& office, const Actor& actor, CaseId of, TaskId id, const Said& said);
// The link before opens nothing any more. Error: not_in_state, when it is over.
Result<Sent> renew_link(Tx& tx, const cases::Office& office, const Actor& actor, CaseId of, TaskId id);
Result<Task> revoke_link(Tx& tx, const cases::Office& office, const Actor& actor, CaseId of, TaskId id);

// ---- by link ----

struct ByLink {
  Task task;
  Case one;  // for its number, grid and whom to tell; nothing else of it is for the unit
};
// Error: not_found, also when it has expired or was revoked.
Result<ByLink> by_link(Tx& tx, const Sealer& sealer, std::string_view token, Instant now);
// accept, return, report_done. Errors: those of by_link() and of act().
Result<ByLink> act_by_link(Tx& tx, const cases::Office& office, std::string_view token, const Said& said);
// The first time counts.
Result<void> mark_seen(Tx& tx, TaskId id, Instant now);
// Whether the attachment is one of its pictures; asked anew each time, for a message may have been taken back.
Result<bool> shows_picture(Tx& tx, const ByLink& link, AttachmentId picture);

// ---- of a case ----

// In the order in which they were sent.
Result<std::vector<Task>> of_case(Tx& tx, const Sealer& sealer, CaseId of);
Result<bool> any(Tx& tx, CaseId of);
// The case has ended.
Result<void> cancel_open(Tx& tx, const Sealer& sealer, CaseId of, Instant now);
// Words and links of the case go.
Result<void> empty(Tx& tx, CaseId of);

}  // namespace tasks
}  // namespace linli
