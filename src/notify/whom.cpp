#include "notify/whom.h"

#include <algorithm>
#include <array>

namespace linli::notify {
namespace {

constexpr std::array<std::string_view, kKinds> kNames{"emergency", "amber", "call_leader", "breach", "resident_word"};

void add(std::vector<UserId>& to, const std::vector<UserId>& from) {
  for (const UserId user : from)
    if (std::ranges::find(to, user) == to.end()) to.push_back(user);
}

std::vector<UserId> joined(std::initializer_list<const std::vector<UserId>*> lists) {
  std::vector<UserId> out;
  for (const auto* list : lists) add(out, *list);
  return out;
}

std::vector<UserId> first_of(std::initializer_list<const std::vector<UserId>*> lists) {
  for (const auto* list : lists)
    if (!list->empty()) return *list;
  return {};
}

std::vector<UserId> next_in_emergency(const Circle& c, const std::set<UserId>& told) {
  const std::vector<UserId> stages[] = {joined({&c.agents, &c.officers, &c.leaders}), c.deputies, c.grid_heads,
                                        c.secretaries, c.administrators};
  for (const auto& stage : stages) {
    std::vector<UserId> fresh;
    std::ranges::copy_if(stage, std::back_inserter(fresh), [&](UserId user) { return !told.contains(user); });
    if (!fresh.empty()) return fresh;
  }
  return {};
}

}  // namespace

std::string_view name(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<Kind> parse_kind(std::string_view text) {
  const auto found = std::ranges::find(kNames, text);
  if (found == kNames.end()) return {};
  return static_cast<Kind>(found - kNames.begin());
}

Kind kind_of(PromiseStep step) {
  switch (step) {
    case PromiseStep::amber: return Kind::amber;
    case PromiseStep::call_leader: return Kind::call_leader;
    case PromiseStep::breach: return Kind::breach;
  }
  return Kind::breach;
}

std::vector<UserId> whom_to_tell(const Circle& c, Kind kind, const std::set<UserId>& told) {
  switch (kind) {
    case Kind::emergency: return next_in_emergency(c, told);
    case Kind::amber:
      if (c.claimed_by) return {*c.claimed_by};
      return first_of({&c.agents, &c.leaders, &c.officers, &c.grid_heads, &c.secretaries});
    case Kind::call_leader: return first_of({&c.leaders, &c.grid_heads, &c.secretaries, &c.administrators});
    case Kind::breach: {
      auto out = joined({&c.leaders, &c.secretaries});
      return out.empty() ? first_of({&c.grid_heads, &c.administrators}) : out;
    }
    case Kind::resident_word: break;
  }
  return {};
}

Ways ways_of(Kind kind, const Ways& set_up) {
  switch (kind) {
    case Kind::emergency: return {!set_up.robot && !set_up.webhook && set_up.email, set_up.robot, set_up.webhook};
    case Kind::amber: return {false, false, set_up.webhook};
    case Kind::resident_word: return {};
    case Kind::call_leader:
    case Kind::breach: break;
  }
  return set_up;
}

bool is_quiet(const std::optional<QuietHours>& hours, std::chrono::minutes time) {
  if (!hours) return false;
  if (hours->from < hours->to) return hours->from <= time && time < hours->to;
  return hours->from <= time || time < hours->to;
}

}  // namespace linli::notify
