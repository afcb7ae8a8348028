#include "cases/case.h"

#include <array>

namespace linli {
namespace {

constexpr std::array<std::string_view, 4> kCameBy{"lead", "phone", "door", "counter"};
constexpr std::array<std::string_view, 5> kAnswerBy{"group", "phone", "door", "counter", "none"};

}  // namespace

std::string_view name(CameBy way) { return kCameBy[static_cast<std::size_t>(way)]; }
std::optional<CameBy> parse_came_by(std::string_view text) {
  for (std::size_t i = 0; i < kCameBy.size(); ++i)
    if (kCameBy[i] == text) return static_cast<CameBy>(i);
  return {};
}
std::string_view name(AnswerBy way) { return kAnswerBy[static_cast<std::size_t>(way)]; }
std::optional<AnswerBy> parse_answer_by(std::string_view text) {
  for (std::size_t i = 0; i < kAnswerBy.size(); ++i)
    if (kAnswerBy[i] == text) return static_cast<AnswerBy>(i);
  return {};
}

Tie tie_of(const Case& one) { return one.parent ? Tie::child : one.children > 0 ? Tie::parent : Tie::alone; }

std::optional<Instant> late_at(const Case& one) {
  if (one.parent) return {};  // its parent is
  if (!is_open(one.state) || one.state == CaseState::suspended || one.done_at) return {};
  if (is_waiting(one.state) && one.accept_by && (!one.due_at || *one.accept_by < *one.due_at)) return one.accept_by;
  return one.due_at;
}

bool sees_content(const Case& one, const Actor& actor) {
  return !one.confidential || actor.id == one.opened_by || (one.assignee && actor.id == one.assignee) ||
         actor.may(Right::cases_hidden, one.grid_path);
}

Hats hats_of(const Case& one, const Actor& actor) {
  Rights there;
  for (const Holding& h : actor.holdings)
    if (h.covers(one.grid_path)) there |= rights_of(h.role);
  return hats_of(there, one.assignee && actor.id == one.assignee, sees_content(one, actor));
}

}  // namespace linli
