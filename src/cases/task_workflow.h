// The workflow of a sub-task (子任务) that a handling unit does for a case: one table like that of the case, beside it in
// docs/operations/workflow.md. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace linli {

enum class TaskState : std::uint8_t {
  sent,           // 已交办: the unit has a link
  accepted,       // 已接
  returned,       // 退回: not theirs, or they cannot
  reported_done,  // 已报完成
  confirmed,      // 已验收: the end
  cancelled,      // 已撤销: the end
};
inline constexpr std::size_t kTaskStates = 6;
std::string_view name(TaskState state);
std::optional<TaskState> parse_task_state(std::string_view text);
bool is_over(TaskState state);       // confirmed, cancelled
bool is_with_unit(TaskState state);  // sent, accepted: what can be late

enum class TaskAction : std::uint8_t { accept, return_, report_done, confirm, send_back, send_again, cancel };
inline constexpr std::size_t kTaskActions = 7;
std::string_view name(TaskAction action);
std::optional<TaskAction> parse_task_action(std::string_view text);

enum class TaskHat : std::uint8_t {
  unit,     // who has the link
  office,   // assignee, head, desk or supervisor of its case (cases/workflow.h)
  machine,  // linli itself, when the case has ended
};
inline constexpr std::size_t kTaskHats = 3;
std::string_view name(TaskHat hat);
using TaskHats = std::uint8_t;  // bits
constexpr TaskHats hat(TaskHat one) { return static_cast<TaskHats>(1u << static_cast<unsigned>(one)); }

enum class TaskField : std::uint8_t { note, reason, unit, due_at };
inline constexpr std::size_t kTaskFields = 4;
std::string_view name(TaskField field);
using TaskFields = std::uint8_t;  // bits
constexpr TaskFields field(TaskField one) { return static_cast<TaskFields>(1u << static_cast<unsigned>(one)); }

struct TaskRule {
  TaskAction action;
  std::uint8_t from = 0;  // bits of states
  TaskState to = TaskState::sent;
  TaskHats who = 0;
  TaskFields needs = 0, may = 0;
  bool new_link = false;  // the link before opens nothing any more

  bool leads_from(TaskState state) const { return from & (1u << static_cast<unsigned>(state)); }
};
// The first one of an action, a state and a hat counts.
std::span<const TaskRule> task_workflow();

// Errors: not_in_state, not_allowed.
Result<const TaskRule*> task_step(TaskState state, TaskAction action, TaskHats hats);
std::vector<const TaskRule*> task_steps(TaskState state, TaskHats hats);

std::string task_workflow_page();

}  // namespace linli
