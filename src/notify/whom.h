// Whom to tell of a lead, and by which ways. Pure; circle.h reads who stands round a grid just now.
#pragma once
#include <chrono>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "notify/way.h"
#include "promise/steps.h"

namespace linli::notify {

enum class Kind {
  emergency,  // urgency 1, before anybody confirmed it
  amber,      // the promise's steps
  call_leader,
  breach,
  task,           // a handling unit answered: the subject is the case, and a newer word takes the place of the older
  resident_word,  // to whom a case is with: who raised it added something, or said that it is (not) fixed
  webhook_off,    // a webhook was given up; to administrators
  test,           // somebody tries a way
};
inline constexpr std::size_t kKinds = 8;
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

// The district's ways, once for all. In the console everybody is told always.
struct DistrictHas {
  bool robot = false, webhook = false;
};
// amber stays in the console, and the webhook.
DistrictHas district_ways_of(Kind kind, DistrictHas set_up);

// By which of a person's own ways (in the order that they want, only those that work) they are told.
// emergency, step 0: push and WeCom, at once; where there is neither, nor a robot or webhook: e-mail and SMS. Step 1, a minute
// later without "I have it": e-mail and SMS. Step 2: a call. Then nothing: others are called.
// Else: the first of them; amber comes by push only; nobody is called.
std::vector<Way> ways_to(Kind kind, int step, const std::vector<Way>& usable, DistrictHas district);
// Where one did not reach them: the next. None: nothing is left.
std::optional<Way> next_way(Kind kind, Way failed, const std::vector<Way>& usable);

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
