// The workflow of a case as one table: in which state who may do what, what must be said with it, where it leads. Pure.
// `linli routes --workflow` prints it into docs/operations/workflow.md.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "people/role.h"

namespace linli {

enum class CaseState : std::uint8_t {
  new_,           // 待派单: filed by hand, with nobody yet
  dispatched,     // 已派单: with somebody, or with a grid, and not accepted
  accepted,       // 已接单
  in_progress,    // 处置中
  suspended,      // 已挂起, until a day
  returned,       // 已退回 to the desk
  transferred,    // 已转派: with somebody else, and not accepted
  escalated,      // 已上报: with who stands above
  reported_done,  // 处置完成
  followed_up,    // 已回访
  closed,         // 已办结
  reopened,       // 已重开
  archived,       // 已归档: the end
  rejected,       // 不予受理: somebody else is responsible
};
inline constexpr std::size_t kCaseStates = 14;
std::string_view name(CaseState state);  // "in_progress"
std::optional<CaseState> parse_case_state(std::string_view text);
bool is_open(CaseState state);     // not closed, rejected, archived
bool is_waiting(CaseState state);  // for somebody to accept it

enum class CaseAction : std::uint8_t {
  dispatch,
  accept,
  start,
  suspend,
  resume,
  return_,
  transfer,
  escalate,
  report_done,
  follow_up,
  close,
  reopen,
  reject,
  archive,
  note,
  urge,
  supervise,
  rate,
  answer,  // who raised it was told, the way it came in: phone, door, counter
  join,    // hangs on another case from now on, which stands for both: an outage in the whole area
  leave,   // and goes its own way again
};
inline constexpr std::size_t kCaseActions = 21;
std::string_view name(CaseAction action);
std::optional<CaseAction> parse_case_action(std::string_view text);

// What a person is to a case; one may be several.
enum class Hat : std::uint8_t {
  assignee,    // it is with them, and they may work on cases there
  worker,      // cases.work there
  desk,        // cases.work and leads.decide there: dispatches
  head,        // cases.work and cases.supervise there
  supervisor,  // cases.supervise there
  overseer,    // the same, also where the case is confidential and its content hidden from them
  machine,     // linli itself, when a day has come or the parent ended
  resident,    // who raised it, by the public link
};
inline constexpr std::size_t kHats = 8;
std::string_view name(Hat hat);
using Hats = std::uint8_t;  // bits
constexpr Hats hat(Hat one) { return static_cast<Hats>(1u << static_cast<unsigned>(one)); }
Hats hats_of(const Rights& rights, bool assignee, bool sees_content);

enum class CaseField : std::uint8_t { note, to, reason, wake_on, responsible, due_at, stars, parent };
inline constexpr std::size_t kCaseFields = 8;
std::string_view name(CaseField field);
using CaseFields = std::uint16_t;  // bits
constexpr CaseFields field(CaseField one) { return static_cast<CaseFields>(1u << static_cast<unsigned>(one)); }

enum class Effect : std::uint8_t {
  gives,    // it is with `to` from now on, or with whom routing and roster name; to be accepted anew
  takes,    // it is with who acts
  leaves,   // it is with nobody
  raises,   // it is with who stands above the grid that it was raised to last
  bounces,  // counts as a return; from kMostBounces on it is raised instead
  pauses,   // the clock stands
  resumes,  // and goes on
  ends,     // closed, rejected
  renews,   // the clock begins anew
  tells,    // words to the asker may go with it
  answers,  // keeps the promise of one filed by hand
  ties,     // it hangs on `parent`
  unties,
};
inline constexpr std::size_t kEffects = 13;
std::string_view name(Effect effect);
using Effects = std::uint16_t;  // bits
constexpr Effects effect(Effect one) { return static_cast<Effects>(1u << static_cast<unsigned>(one)); }

inline constexpr int kMostBounces = 3;
// In which a resident reopens what was closed; after that the office does (cases.h, hear()).
inline constexpr int kReopenDays = 7;

// A child follows its parent: it is told of, urged and noted on, and ends when the parent ends. Nothing hangs on a child.
enum class Tie : std::uint8_t { alone, parent, child };
inline constexpr std::size_t kTies = 3;
std::string_view name(Tie tie);
using Ties = std::uint8_t;  // bits
constexpr Ties tie(Tie one) { return static_cast<Ties>(1u << static_cast<unsigned>(one)); }
inline constexpr Ties kFree = tie(Tie::alone) | tie(Tie::parent), kAnyTie = kFree | tie(Tie::child);

struct WorkflowRule {
  CaseAction action;
  std::uint16_t from = 0;       // bits of states
  std::optional<CaseState> to;  // none: it stays
  Hats who = 0;                 // any of them
  CaseFields needs = 0, may = 0;
  Effects effects = 0;
  bool open_to_residents = false;  // that it happened, without note and reason
  Ties ties = kFree;

  bool leads_from(CaseState state) const { return from & (1u << static_cast<unsigned>(state)); }
  bool has(Effect one) const { return effects & effect(one); }
};
// The first one of an action, a state and a hat counts.
std::span<const WorkflowRule> workflow();

struct Step {
  const WorkflowRule* rule = nullptr;
  CaseState to = CaseState::new_;
  bool raised = false;  // it goes up, by the rule's effect or because it was returned too often
};
// Errors: not_in_state (also what a child does not do by itself), not_allowed.
Result<Step> step(CaseState state, CaseAction action, Hats hats, int bounces, Tie tie = Tie::alone);
// Everything that these hats may do, by the order of actions.
std::vector<Step> steps(CaseState state, Hats hats, int bounces, Tie tie = Tie::alone);

// The page, in Markdown.
std::string workflow_page();

}  // namespace linli
