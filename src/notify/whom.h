// Whom to tell of a lead, and by which ways. Pure; circle.h reads who stands round a grid just now.
#pragma once
#include <chrono>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "promise/steps.h"

namespace linli::notify {

enum class Kind {
  emergency,  // urgency 1, before anybody confirmed it
  amber,      // the promise's steps
  call_leader,
  breach,
  resident_word,  // to whom a case is with: who raised it added something, or said that it is (not) fixed
};
inline constexpr std::size_t kKinds = 5;
std::string_view name(Kind kind);
std::optional<Kind> parse_kind(std::string_view text);
Kind kind_of(PromiseStep step);

// Who is there for a lead at this minute; nobody who is away. By roster, else by role (people/roster.h).
struct Circle {
  std::vector<UserId> agents, leaders;
  std::vector<UserId> officers;                 // of the nearest grid that has one on duty, and who is on call
  std::vector<UserId> deputies;                 // of all of those
  std::vector<UserId> grid_heads, secretaries;  // of the nearest grid that has one
  std::vector<UserId> administrators;           // where nobody else is left
  std::optional<UserId> claimed_by;             // who has the lead open
};

// One call after the other until somebody has it.
inline constexpr std::chrono::seconds kNextRound{60};

// Emergency: those who were not `told` yet, of the first of these that has any: agents, officers and shift leaders together;
// deputies; grid heads; secretaries; administrators. Empty: nobody is left.
// amber: who has the lead open, else the agents. call_leader: shift leaders. breach: shift leaders and secretaries. Where
// there is none, who stands above them, as for an emergency; `told` is not looked at. resident_word: nobody; the case says whom.
std::vector<UserId> whom_to_tell(const Circle& circle, Kind kind, const std::set<UserId>& told = {});

// The ways. In the console everybody is told always.
struct Ways {
  bool email = false;                   // to each person
  bool robot = false, webhook = false;  // of the district, once for all
};
// An emergency goes by robot and webhook at once, by e-mail to who has not acknowledged it by the next round; by everything at
// once where the district has neither. amber stays in the console (and the webhook), a resident's word in the console.
Ways ways_of(Kind kind, const Ways& set_up);

// More than so many of one kind to one person within a minute become one. Never emergencies.
inline constexpr int kSingle = 5;
inline constexpr std::chrono::minutes kFlood{1};

// Quiet hours by the clock on the wall; `to` not after `from`: of the next day.
struct QuietHours {
  std::chrono::minutes from{}, to{};
  bool operator==(const QuietHours&) const = default;
};
bool is_quiet(const std::optional<QuietHours>& hours, std::chrono::minutes time_of_day);

}  // namespace linli::notify
