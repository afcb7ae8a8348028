// A case as it stands in the store and on screens.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/local_time.h"
#include "cases/due.h"
#include "cases/workflow.h"
#include "leads/lead.h"
#include "people/actor.h"

namespace linli {

struct CaseTag {
  static constexpr std::string_view prefix = "case";
};
using CaseId = Id<CaseTag>;

enum class CameBy { lead, phone, door, counter };
std::string_view name(CameBy way);
std::optional<CameBy> parse_came_by(std::string_view text);
enum class AnswerBy { group, phone, door, counter, none };
std::string_view name(AnswerBy way);
std::optional<AnswerBy> parse_answer_by(std::string_view text);

struct CaseMark {  // 催办, 督办
  Instant at{};
  UserId by;
  std::optional<Instant> due_at;
};

struct Case {
  CaseId id;
  std::string number;  // "JN-20261123-0042"
  LeadId lead;         // 0: filed by hand
  CaseId parent;       // 0: none
  int children = 0;    // as it was read
  std::string grid_path;
  std::string category;
  int urgency = 3;
  CaseState state = CaseState::new_;
  int revision = 1;  // rises with any change
  int version = 1;   // rises with every step; the ETag
  UserId opened_by;
  Instant opened_at{};
  UserId assignee;        // 0: with nobody
  std::string raised_to;  // grid path up to which it was escalated; empty: not
  int bounces = 0;        // how often it was returned or passed on
  bool confidential = false;
  CameBy came_by = CameBy::lead;
  AnswerBy answer_by = AnswerBy::group;
  Allowance accept_within, due_within;
  std::optional<Instant> accept_from, accept_by;  // while it waits to be accepted
  Instant due_from{};
  std::optional<Instant> due_at;  // none: suspended
  std::optional<Instant> seen_at, accepted_at, done_at, closed_at;
  std::optional<int> promise_step;     // of one filed by hand: how far its promise was followed; none: it has none
  std::optional<Instant> answered_at;  // somebody told who raised it
  std::optional<Day> wake_on;
  std::optional<CaseMark> urged, supervised;
  std::optional<int> stars;
  // What taking the dispatch back needs.
  std::optional<LeadState> lead_state_before;
  std::int64_t dispatch_reply = 0;  // ReplyId::value
  // Personal data: sealed in the store, empty once it is erased.
  struct Content {
    std::string title, summary, place, contact_name, contact_phone;
    std::string reason, responsible;  // of the state it is in
  } content;
};

struct CaseEntry {  // of the timeline
  int seq = 0;
  Instant at{};
  UserId by;  // 0: the machine
  // An action; filed, dispatched_from_lead; bounced: a return that was raised; woken; took_in: children; closed_with_parent,
  // rejected_with_parent; moved: to another grid; what became of a sub-task: task_sent, task_accepted …
  std::string kind;
  CaseState state = CaseState::new_;
  bool open_to_residents = false;
  UserId to;  // 0: nobody
  // Sealed; empty once it is erased.
  std::string note, reason, responsible;
  std::string about;  // another case's number, a unit's name
  std::optional<Day> wake_on;
  std::optional<Instant> due_at;
  std::optional<int> stars;
  int times = 0;  // bounced, took_in
};

// When it becomes late as it stands; none: it does not.
std::optional<Instant> late_at(const Case& one);
Tie tie_of(const Case& one);
// Whether the actor sees the content of a confidential case. Scope is another question.
bool sees_content(const Case& one, const Actor& actor);
// What the actor is to it.
Hats hats_of(const Case& one, const Actor& actor);

}  // namespace linli
