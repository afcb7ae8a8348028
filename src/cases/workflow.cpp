#include "cases/workflow.h"

#include <array>

#include "cases/table_words.h"
#include "cases/task_workflow.h"

namespace linli {
namespace {

using table_words::in_chinese;
using table_words::listed;
using table_words::parse;

using S = CaseState;
using A = CaseAction;

constexpr std::array<std::string_view, kCaseStates> kStates{
    "new",       "dispatched",    "accepted",    "in_progress", "suspended", "returned", "transferred",
    "escalated", "reported_done", "followed_up", "closed",      "reopened",  "archived", "rejected"};
constexpr std::array<std::string_view, kCaseActions> kActions{
    "dispatch", "accept",      "start",     "suspend", "resume", "return", "transfer",
    "escalate", "report_done", "follow_up", "close",   "reopen", "reject", "archive",
    "note",     "urge",        "supervise", "rate",    "answer", "join",   "leave"};
constexpr std::array<std::string_view, kHats> kHatNames{"assignee",   "worker",   "desk",    "head",
                                                        "supervisor", "overseer", "machine", "resident"};
constexpr std::array<std::string_view, kCaseFields> kFieldNames{"note",        "to",     "reason", "wake_on",
                                                                "responsible", "due_at", "stars",  "parent"};
constexpr std::array<std::string_view, kTies> kTieNames{"alone", "parent", "child"};
constexpr std::array<std::string_view, kEffects> kEffectNames{"gives",   "takes",   "leaves", "raises", "bounces",
                                                              "pauses",  "resumes", "ends",   "renews", "tells",
                                                              "answers", "ties",    "unties"};

template <class... States>
constexpr std::uint16_t from(States... states) {
  return static_cast<std::uint16_t>((0u | ... | (1u << static_cast<unsigned>(states))));
}
template <class... Ones>
constexpr Hats who(Ones... ones) {
  return static_cast<Hats>((0u | ... | hat(ones)));
}
template <class... Ones>
constexpr CaseFields fields(Ones... ones) {
  return static_cast<CaseFields>((0u | ... | field(ones)));
}
template <class... Ones>
constexpr Effects effects(Ones... ones) {
  return static_cast<Effects>((0u | ... | effect(ones)));
}

constexpr CaseFields kNote = field(CaseField::note), kReason = field(CaseField::reason);
constexpr std::uint16_t kAll = (1u << kCaseStates) - 1;
constexpr std::uint16_t kEnded = from(S::closed, S::rejected, S::archived);
constexpr std::uint16_t kWaiting = from(S::dispatched, S::transferred, S::escalated, S::reopened);

using enum Hat;
using enum Effect;

constexpr WorkflowRule kRules[] = {
    {A::dispatch,
     from(S::new_, S::returned, S::reopened),
     S::dispatched,
     who(desk, supervisor),
     {},
     fields(CaseField::to, CaseField::note),
     effects(gives, tells),
     true},
    {A::dispatch,
     from(S::escalated),
     S::dispatched,
     who(assignee, supervisor),
     {},
     fields(CaseField::to, CaseField::note),
     effects(gives, tells),
     true},

    {A::accept,
     from(S::dispatched, S::transferred, S::reopened),
     S::accepted,
     who(worker),
     {},
     kNote,
     effects(takes, tells),
     true},
    {A::accept, from(S::escalated), S::accepted, who(assignee, head), {}, kNote, effects(takes, tells), true},
    {A::start, from(S::accepted), S::in_progress, who(assignee), {}, kNote, effects(tells), true},

    {A::suspend, from(S::accepted, S::in_progress), S::suspended, who(assignee, head),
     fields(CaseField::reason, CaseField::wake_on), kNote, effects(pauses), true},
    {A::resume,
     from(S::suspended),
     S::in_progress,
     who(assignee, supervisor, machine),
     {},
     kNote,
     effects(resumes),
     true},

    {A::return_, from(S::dispatched, S::transferred, S::accepted, S::in_progress), S::returned, who(assignee), kReason,
     kNote, effects(leaves, bounces), false},
    // Who leads takes from one and gives to another; that is no ping-pong.
    {A::transfer,
     from(S::dispatched, S::transferred, S::accepted, S::in_progress, S::suspended, S::returned, S::escalated,
          S::reopened),
     S::transferred, who(supervisor), fields(CaseField::to, CaseField::reason), kNote, effects(gives, resumes), false},
    {A::transfer, from(S::dispatched, S::transferred, S::accepted, S::in_progress), S::transferred, who(assignee),
     fields(CaseField::to, CaseField::reason), kNote, effects(gives, bounces), false},
    {A::escalate, from(S::dispatched, S::transferred, S::accepted, S::in_progress, S::escalated), S::escalated,
     who(assignee), kReason, kNote, effects(raises), false},
    {A::escalate, from(S::new_, S::dispatched, S::returned, S::reopened), S::escalated, who(desk, supervisor), kReason,
     kNote, effects(raises), false},

    {A::report_done,
     from(S::accepted, S::in_progress),
     S::reported_done,
     who(assignee, head),
     kNote,
     {},
     effects(tells),
     true},
    {A::follow_up, from(S::reported_done), S::followed_up, who(desk, supervisor), kNote, field(CaseField::stars),
     effects(tells), false},
    {A::close, from(S::followed_up), S::closed, who(desk, supervisor), {}, kNote, effects(ends), true},
    // "It is fixed" is the follow-up that nobody has to make.
    {A::close,
     from(S::reported_done, S::followed_up),
     S::closed,
     who(resident),
     {},
     fields(CaseField::note, CaseField::stars),
     effects(ends),
     true},
    {A::reopen, from(S::reported_done, S::followed_up, S::closed, S::rejected), S::reopened, who(desk, supervisor),
     kReason, kNote, effects(renews), true},
    {A::reopen,
     from(S::reported_done, S::followed_up, S::closed),
     S::reopened,
     who(resident),
     {},
     fields(CaseField::note, CaseField::stars),
     effects(renews),
     true},
    {A::rate, from(S::closed), {}, who(resident), field(CaseField::stars), kNote, {}, true},

    {A::reject, from(S::new_, S::returned), S::rejected, who(desk, supervisor),
     fields(CaseField::reason, CaseField::responsible), kNote, effects(ends, tells), true},
    {A::reject,
     from(S::dispatched, S::transferred, S::escalated, S::accepted, S::in_progress, S::suspended, S::reopened),
     S::rejected, who(supervisor), fields(CaseField::reason, CaseField::responsible), kNote,
     effects(resumes, ends, tells), true},
    {A::archive, from(S::closed, S::rejected), S::archived, who(desk, supervisor), {}, kNote, {}, false},

    {A::note, kAll & ~from(S::archived), {}, who(worker, supervisor), kNote, {}, effects(tells), false, kAnyTie},
    {A::note, kAll & ~kEnded, {}, who(resident), {}, kNote, {}, true, kAnyTie},
    {A::urge,
     kAll & ~kEnded & ~from(S::new_, S::followed_up),
     {},
     who(overseer),
     {},
     fields(CaseField::due_at, CaseField::note),
     {},
     false,
     kAnyTie},
    {A::supervise, kAll & ~kEnded, {}, who(overseer), field(CaseField::due_at), kNote, {}, false, kAnyTie},
    {A::answer, kAll & ~from(S::archived), {}, who(worker), {}, kNote, effects(answers), true, kAnyTie},

    // One outage, one case: what hangs on it ends with it.
    {A::join,
     kAll & ~kEnded,
     {},
     who(assignee, desk, supervisor),
     field(CaseField::parent),
     kNote,
     effects(ties),
     false,
     tie(Tie::alone)},
    {A::leave, kAll & ~kEnded, {}, who(assignee, desk, supervisor), {}, kNote, effects(unties), false, tie(Tie::child)},
    {A::close, kAll & ~kEnded, S::closed, who(machine), {}, {}, effects(resumes, ends), true, tie(Tie::child)},
    {A::reject,
     kAll & ~kEnded,
     S::rejected,
     who(machine),
     {},
     fields(CaseField::reason, CaseField::responsible),
     effects(resumes, ends),
     true,
     tie(Tie::child)},
};

bool holds(const Rights& rights, Hat one) {
  const bool work = has(rights, Right::cases_work), supervise = has(rights, Right::cases_supervise);
  switch (one) {
    case Hat::assignee:
    case Hat::worker: return work;
    case Hat::desk: return work && has(rights, Right::leads_decide);
    case Hat::head: return work && supervise;
    case Hat::supervisor:
    case Hat::overseer: return supervise;
    case Hat::machine:
    case Hat::resident: break;
  }
  return false;
}

}  // namespace

std::string_view name(CaseState state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view name(CaseAction action) { return kActions[static_cast<std::size_t>(action)]; }
std::string_view name(Tie tie) { return kTieNames[static_cast<std::size_t>(tie)]; }
std::string_view name(Hat hat) { return kHatNames[static_cast<std::size_t>(hat)]; }
std::string_view name(CaseField field) { return kFieldNames[static_cast<std::size_t>(field)]; }
std::string_view name(Effect effect) { return kEffectNames[static_cast<std::size_t>(effect)]; }
std::optional<CaseState> parse_case_state(std::string_view text) { return parse<CaseState>(kStates, text); }
std::optional<CaseAction> parse_case_action(std::string_view text) { return parse<CaseAction>(kActions, text); }

bool is_open(CaseState state) { return !(kEnded & (1u << static_cast<unsigned>(state))); }
bool is_waiting(CaseState state) { return kWaiting & (1u << static_cast<unsigned>(state)); }

Hats hats_of(const Rights& rights, bool is_assignee, bool sees_content) {
  Hats out = holds(rights, overseer) ? hat(overseer) : Hats{};
  if (!sees_content) return out;
  for (const Hat one : {worker, desk, head, supervisor})
    if (holds(rights, one)) out |= hat(one);
  if (is_assignee && holds(rights, assignee)) out |= hat(assignee);
  return out;
}

std::span<const WorkflowRule> workflow() { return kRules; }

Result<Step> step(CaseState state, CaseAction action, Hats hats, int bounces, Tie how) {
  bool known = false;
  for (const WorkflowRule& rule : kRules) {
    if (rule.action != action || !rule.leads_from(state)) continue;
    if (!(rule.ties & tie(how))) continue;
    known = true;
    if (!(rule.who & hats)) continue;
    const bool raised = rule.has(raises) || (rule.has(Effect::bounces) && bounces + 1 >= kMostBounces);
    return Step{&rule, raised ? CaseState::escalated : rule.to.value_or(state), raised};
  }
  if (known) return fail(Errc::not_allowed, Where::at_field("action"));
  return fail(Errc::not_in_state, Where::at_field("action"),
              {{"state", std::string(name(state))}, {"action", std::string(name(action))}});
}

std::vector<Step> steps(CaseState state, Hats hats, int bounces, Tie how) {
  std::vector<Step> out;
  for (std::size_t i = 0; i < kCaseActions; ++i)
    if (auto one = step(state, static_cast<CaseAction>(i), hats, bounces, how)) out.push_back(*one);
  return out;
}

std::string workflow_page() {
  std::string out =
      "# The workflow of a case · 事件流程\n\nPrinted by `linli routes --workflow` from src/cases/workflow.cpp; a test "
      "keeps it so. Of several lines for one action and state the first whose people include the caller counts.\n\n"
      "## States · 状态\n\n| state | 状态 | open | who may do what from here |\n| --- | --- | --- | --- |\n";
  for (std::size_t i = 0; i < kCaseStates; ++i) {
    const auto state = static_cast<CaseState>(i);
    std::string from_here;
    for (std::size_t a = 0; a < kCaseActions; ++a) {
      Hats allowed = 0;
      for (const WorkflowRule& rule : kRules)
        if (rule.action == static_cast<CaseAction>(a) && rule.leads_from(state)) allowed |= rule.who;
      if (allowed)
        (((from_here += from_here.empty() ? "`" : "; `") += kActions[a]) += "` ") += listed(allowed, kHatNames);
    }
    out += "| `" + std::string(kStates[i]) + "` | " + in_chinese("case_state", kStates[i]) + " | " +
           (is_open(state) ? "●" : "") + " | " + (from_here.empty() ? "nothing: the end" : from_here) + " |\n";
  }
  out +=
      "\n## Steps · 步骤\n\nA resident may be told of steps marked in the last column: that they happened, never note "
      "and reason. A case stands alone, is the parent of others, or hangs on one as its child.\n\n| action | 动作 | "
      "from | who | must be said | may be said | leads to | effects | case | told |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const WorkflowRule& rule : kRules) {
    const std::string_view action = name(rule.action);
    out += "| `" + std::string(action) + "` | " + in_chinese("case_action", action) + " | " +
           listed(rule.from, kStates) + " | " + listed(rule.who, kHatNames) + " | " + listed(rule.needs, kFieldNames) +
           " | " + listed(rule.may, kFieldNames) + " | " + (rule.to ? std::string(name(*rule.to)) : "it stays") +
           " | " + listed(rule.effects, kEffectNames) + " | " + listed(rule.ties, kTieNames) + " | " +
           (rule.open_to_residents ? "●" : "") + " |\n";
  }
  out +=
      "\n## Who · 谁\n\nBy what their roles bring at the case's grid (roles.md).\n\n| who | 含义 | roles |\n"
      "| --- | --- | --- |\n";
  for (std::size_t i = 0; i < kHats; ++i) {
    std::string roles;
    for (std::size_t r = 0; r < kStaffRoles; ++r)
      if (holds(rights_of(static_cast<StaffRole>(r)), static_cast<Hat>(i)))
        (roles += roles.empty() ? "" : ", ") += name(static_cast<StaffRole>(r));
    out += "| " + std::string(kHatNames[i]) + " | " + in_chinese("case_hat", kHatNames[i]) + " | " + roles + " |\n";
  }
  out +=
      "\nOf a confidential case only its dispatcher, its assignee and who has `cases.hidden` see the content and "
      "have these hats; all others in scope can be overseers only.\n\n## Effects · 结果\n\n| effect | 含义 |\n"
      "| --- | --- |\n";
  for (const std::string_view one : kEffectNames)
    out += "| " + std::string(one) + " | " + in_chinese("case_effect", one) + " |\n";
  out +=
      "\nReturned or passed on for the " + std::to_string(kMostBounces) +
      "rd time, a case goes up instead: to the grid head, then the secretary, then the manager above, one grid higher "
      "each time. From there it is not returned.\n";
  return out + task_workflow_page();
}

}  // namespace linli
