#include "notify/whom.h"

#include <algorithm>
#include <array>

namespace linli::notify {
namespace {

constexpr std::array<std::string_view, kKinds> kNames{"emergency", "amber",         "call_leader", "breach",
                                                      "task",      "resident_word", "webhook_off", "test"};
constexpr std::array<std::string_view, kWays> kWayNames{"in_app", "email", "robot", "webhook",
                                                        "push",   "wecom", "sms",   "voice"};

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

std::string_view name(Way way) { return kWayNames[static_cast<std::size_t>(way)]; }

std::optional<Way> parse_way(std::string_view text) {
  const auto found = std::ranges::find(kWayNames, text);
  if (found == kWayNames.end()) return {};
  return static_cast<Way>(found - kWayNames.begin());
}

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
    case Kind::webhook_off: return c.administrators;
    case Kind::task:  // of whoever has the case
    case Kind::resident_word:
    case Kind::test: break;
  }
  return {};
}

namespace {
// What somebody said of a case, to who has it.
bool in_console_only(Kind kind) { return kind == Kind::task || kind == Kind::resident_word; }
}  // namespace

DistrictHas district_ways_of(Kind kind, DistrictHas set_up) {
  if (kind == Kind::amber) return {false, set_up.webhook};
  if (in_console_only(kind) || kind == Kind::webhook_off || kind == Kind::test) return {};
  return set_up;
}

std::vector<Way> ways_to(Kind kind, int step, const std::vector<Way>& usable, DistrictHas district) {
  const auto those = [&](std::initializer_list<Way> wanted) {
    std::vector<Way> out;
    for (const Way way : usable)
      if (std::ranges::find(wanted, way) != wanted.end()) out.push_back(way);
    return out;
  };
  if (kind == Kind::emergency) {
    const auto quick = those({Way::push, Way::wecom}), slow = those({Way::email, Way::sms});
    const bool heard = !quick.empty() || district.robot || district.webhook;
    if (step == 0) return heard ? quick : !slow.empty() ? slow : those({Way::voice});
    if (step == 1) return heard ? slow : std::vector<Way>{};
    return step == 2 ? those({Way::voice}) : std::vector<Way>{};
  }
  if (step != 0 || in_console_only(kind)) return {};  // the console tells it
  if (kind == Kind::amber) return those({Way::push});
  auto first = those({Way::push, Way::wecom, Way::email, Way::sms});
  if (first.size() > 1) first.resize(1);
  return first;
}

std::optional<Way> next_way(Kind kind, Way failed, const std::vector<Way>& usable) {
  if (kind == Kind::amber || in_console_only(kind) || kind == Kind::test) return {};
  auto at = std::ranges::find(usable, failed);
  // A way that they have given up meanwhile: from the first.
  at = at == usable.end() ? usable.begin() : at + 1;
  for (; at != usable.end(); ++at)
    if (*at != failed && (*at != Way::voice || kind == Kind::emergency)) return *at;
  return {};
}

bool is_quiet(const std::optional<QuietHours>& hours, std::chrono::minutes time) {
  if (!hours) return false;
  if (hours->from < hours->to) return hours->from <= time && time < hours->to;
  return hours->from <= time || time < hours->to;
}

}  // namespace linli::notify
