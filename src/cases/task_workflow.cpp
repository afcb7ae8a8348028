#include "cases/task_workflow.h"

#include <array>

#include "cases/table_words.h"

namespace linli {
namespace {

using table_words::in_chinese;
using table_words::listed;
using table_words::parse;

using S = TaskState;
using A = TaskAction;

constexpr std::array<std::string_view, kTaskStates> kStates{"sent",          "accepted",  "returned",
                                                            "reported_done", "confirmed", "cancelled"};
constexpr std::array<std::string_view, kTaskActions> kActions{"accept",    "return",     "report_done", "confirm",
                                                              "send_back", "send_again", "cancel"};
constexpr std::array<std::string_view, kTaskHats> kHatNames{"unit", "office", "machine"};
constexpr std::array<std::string_view, kTaskFields> kFieldNames{"note", "reason", "unit", "due_at"};

template <class... States>
constexpr std::uint8_t from(States... states) {
  return static_cast<std::uint8_t>((0u | ... | (1u << static_cast<unsigned>(states))));
}

constexpr std::uint8_t kOver = from(S::confirmed, S::cancelled);
constexpr std::uint8_t kOpen = from(S::sent, S::accepted, S::returned, S::reported_done);
constexpr TaskHats kUnit = hat(TaskHat::unit), kOffice = hat(TaskHat::office), kMachine = hat(TaskHat::machine);
constexpr TaskFields kNote = field(TaskField::note), kReason = field(TaskField::reason);
constexpr TaskFields kDue = field(TaskField::due_at), kTo = field(TaskField::unit);

constexpr TaskRule kRules[] = {
    {A::accept, from(S::sent), S::accepted, kUnit, {}, {}},
    {A::return_, from(S::sent, S::accepted), S::returned, kUnit, kReason, {}},
    {A::report_done, from(S::sent, S::accepted), S::reported_done, kUnit, kNote, {}},
    {A::confirm, from(S::reported_done), S::confirmed, kOffice, {}, kNote},
    {A::send_back, from(S::reported_done), S::accepted, kOffice, kReason, kDue},
    {A::send_again, from(S::returned), S::sent, kOffice, {}, static_cast<TaskFields>(kNote | kTo | kDue), true},
    {A::cancel, kOpen, S::cancelled, kOffice, kReason, {}},
    {A::cancel, kOpen, S::cancelled, kMachine, {}, {}},
};

}  // namespace

std::string_view name(TaskState state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view name(TaskAction action) { return kActions[static_cast<std::size_t>(action)]; }
std::string_view name(TaskHat hat) { return kHatNames[static_cast<std::size_t>(hat)]; }
std::string_view name(TaskField field) { return kFieldNames[static_cast<std::size_t>(field)]; }
std::optional<TaskState> parse_task_state(std::string_view text) { return parse<TaskState>(kStates, text); }
std::optional<TaskAction> parse_task_action(std::string_view text) { return parse<TaskAction>(kActions, text); }

bool is_over(TaskState state) { return kOver & (1u << static_cast<unsigned>(state)); }
bool is_with_unit(TaskState state) { return state == S::sent || state == S::accepted; }

std::span<const TaskRule> task_workflow() { return kRules; }

Result<const TaskRule*> task_step(TaskState state, TaskAction action, TaskHats hats) {
  bool known = false;
  for (const TaskRule& rule : kRules) {
    if (rule.action != action || !rule.leads_from(state)) continue;
    known = true;
    if (rule.who & hats) return &rule;
  }
  if (known) return fail(Errc::not_allowed, Where::at_field("action"));
  return fail(Errc::not_in_state, Where::at_field("action"),
              {{"state", std::string(name(state))}, {"action", std::string(name(action))}});
}

std::vector<const TaskRule*> task_steps(TaskState state, TaskHats hats) {
  std::vector<const TaskRule*> out;
  for (std::size_t i = 0; i < kTaskActions; ++i)
    if (auto one = task_step(state, static_cast<TaskAction>(i), hats)) out.push_back(*one);
  return out;
}

std::string task_workflow_page() {
  std::string out =
      "\n# The workflow of a sub-task · 子任务流程\n\nPrinted from src/cases/task_workflow.cpp. A handling unit has a "
      "link, no account; the office is who may move the case itself: its assignee, head, desk or supervisor. What is "
      "open when its case ends is cancelled.\n\n| state | 状态 | open | who may do what from here |\n"
      "| --- | --- | --- | --- |\n";
  for (std::size_t i = 0; i < kTaskStates; ++i) {
    const auto state = static_cast<TaskState>(i);
    std::string from_here;
    for (const TaskRule& rule : kRules)
      if (rule.leads_from(state))
        (((from_here += from_here.empty() ? "`" : "; `") += name(rule.action)) += "` ") += listed(rule.who, kHatNames);
    out += "| `" + std::string(kStates[i]) + "` | " + in_chinese("task_state", kStates[i]) + " | " +
           (is_over(state) ? "" : "●") + " | " + (from_here.empty() ? "nothing: the end" : from_here) + " |\n";
  }
  out +=
      "\n| action | 动作 | from | who | must be said | may be said | leads to | link |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const TaskRule& rule : kRules)
    out += "| `" + std::string(name(rule.action)) + "` | " + in_chinese("task_action", name(rule.action)) + " | " +
           listed(rule.from, kStates) + " | " + listed(rule.who, kHatNames) + " | " + listed(rule.needs, kFieldNames) +
           " | " + listed(rule.may, kFieldNames) + " | " + std::string(name(rule.to)) + " | " +
           (rule.new_link ? "a new one" : "") + " |\n";
  return out;
}

}  // namespace linli
