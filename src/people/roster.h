// The roster (值班表): who is on duty where and when. Weekly patterns and single shifts, swaps between colleagues, absences
// with deputies. This half is pure; people/roster_store.h reads and writes.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "people/actor.h"
#include "people/calendar.h"

namespace linli {

struct ShiftTag {
  static constexpr std::string_view prefix = "shf";
};
struct PatternTag {
  static constexpr std::string_view prefix = "pat";
};
struct SwapTag {
  static constexpr std::string_view prefix = "swp";
};
struct AbsenceTag {
  static constexpr std::string_view prefix = "abs";
};
using ShiftId = Id<ShiftTag>;
using PatternId = Id<PatternTag>;
using SwapId = Id<SwapTag>;
using AbsenceId = Id<AbsenceTag>;

enum class Duty { agent, shift_leader, officer, on_call };  // on_call: nights and days off
inline constexpr std::size_t kDuties = 4;
std::string_view name(Duty duty);
std::optional<Duty> parse_duty(std::string_view text);
// Whose work it is where there is no roster; none for on_call.
std::optional<StaffRole> role_of(Duty duty);

// ---- patterns and shifts ----

// Bits of a pattern's days: Monday … Sunday, and public holidays whatever their weekday.
namespace week {
inline constexpr std::uint8_t monday = 1, friday = 16, saturday = 32, sunday = 64, holiday = 128;
inline constexpr std::uint8_t monday_to_friday = 31;
}  // namespace week
std::string_view day_name(std::size_t bit);  // "mon" … "sun", "holiday"
std::optional<std::uint8_t> parse_day_name(std::string_view text);
// The bit that a day goes by: a public holiday as such, a make-up Saturday as a Friday, a make-up Sunday as a Monday.
std::uint8_t goes_as(const Calendar& calendar, Day day);

struct DutyPattern {
  PatternId id;
  GridId grid;
  std::string path;  // of the grid, as the tree is now
  Duty duty = Duty::officer;
  UserId user;
  std::uint8_t days = 0;
  std::chrono::minutes from{}, to{};  // by the clock on the wall; `to` not after `from`: of the next day
  Day first{}, last = kNoEnd;
  int revision = 1;
  std::set<Day> skips{};  // days on which it does not hold
};

// Names a shift: one of its own, or one of a pattern by the day on which it begins.
struct ShiftKey {
  std::int64_t source = 0;  // ShiftId::value or PatternId::value: ids are never drawn twice
  Day day{};                // 0: a shift of its own
  bool of_pattern() const { return day.number != 0; }
  auto operator<=>(const ShiftKey&) const = default;
};
std::string to_text(const ShiftKey& key);  // "shf_0f3k…", "pat_0f3k….2026-11-28"
std::optional<ShiftKey> parse_shift_key(std::string_view text);

struct Shift {
  ShiftKey key;
  GridId grid;
  std::string path;
  Duty duty = Duty::officer;
  UserId planned, user;  // another one than planned after a swap
  Instant from{}, to{};
  int revision = 1;
};

// Shifts of the patterns that touch [from, to), by beginning; no more days once there are `enough`.
inline constexpr std::size_t kAllShifts = SIZE_MAX - 1;
std::vector<Shift> expand(std::span<const DutyPattern> patterns, const Calendar& calendar, const TimeZone& zone,
                          Instant from, Instant to, std::size_t enough = kAllShifts);

// ---- swaps ----

enum class SwapState { asked, accepted, declined, cancelled };
std::string_view name(SwapState state);
std::optional<SwapState> parse_swap_state(std::string_view text);

struct Swap {
  SwapId id;
  ShiftKey shift;
  GridId grid;
  std::string path;
  Duty duty = Duty::officer;
  Instant from{}, to{};  // of the shift
  UserId giver, taker;
  SwapState state = SwapState::asked;
  bool ordered = false;  // nobody was asked
  UserId asked_by;
  Instant asked_at{};
  UserId decided_by;  // 0: nobody yet
  std::optional<Instant> decided_at;
};

// The takers of accepted swaps are on; of several for a shift, the latest.
void apply_swaps(std::span<const Swap> swaps, std::vector<Shift>& shifts);

// What a person may do with a swap at this time. `leads`: roster.change at its grid. An accepted one is undone by cancelling.
struct SwapRights {
  bool accept = false, decline = false, cancel = false;
};
SwapRights rights(const Swap& swap, UserId who, bool leads, Instant now);

// ---- who is on ----

struct Absence {
  AbsenceId id;
  UserId user;
  Instant from{}, to{};
  bool led = false;  // the person's roster is led by who asks, or it is their own
};

enum class DutyReason {
  roster,  // planned so
  swap,    // took the shift over
  deputy,  // stands in for somebody who is absent
  holder,  // holds the role, and there is no roster
};
std::string_view name(DutyReason reason);

struct OnDuty {
  UserId user;
  DutyReason reason = DutyReason::roster;
  UserId instead_of;                // swap, deputy
  GridId grid;                      // where the shift or the role stands; 0: everywhere
  std::optional<ShiftKey> shift{};  // none: by role
  std::optional<Instant> until{};   // the end of the shift
};

// When which roster is in force: a pattern's from its first day to its last and until its last shift ends; a shift of its own
// makes one for every day that it touches. Within [from, to), joined.
using RosterTimes = std::map<std::pair<GridId, Duty>, std::vector<Span>>;
RosterTimes in_force(std::span<const DutyPattern> patterns, std::span<const Shift> shifts, const TimeZone& zone,
                     Instant from, Instant to);

// What bears on one grid at one time.
struct DutyFacts {
  std::vector<GridId> line;                   // the grid first, then those above it
  std::vector<Shift> shifts;                  // of these grids, swaps applied
  std::set<std::pair<GridId, Duty>> rosters;  // in force then, whether anyone is on or not
  std::set<UserId> away;                      // absent then, or no colleague any more
  std::vector<Holding> holdings;              // of that day, over one of these grids or everywhere; deputies' too
};
// Everyone who is to be asked, in this order: the nearest grid first; in one grid its roster, or, where it has none for this
// duty, who holds the role there. Who is absent is replaced by their deputies, or left out.
std::vector<OnDuty> who_is_on(const DutyFacts& facts, Duty duty, Instant at);

// ---- what is wrong with a roster ----

struct Gap {
  enum class Kind {
    nobody,     // no one of any duty, here or above
    unstaffed,  // this duty has a roster here, and nobody is on in working time
    twice,      // a person in two shifts
    absent,     // a person is absent, or no colleague any more, and no deputy is there
  } kind = Kind::nobody;
  GridId grid;
  std::optional<Duty> duty;
  UserId user;  // twice, absent
  Instant from{}, to{};
  std::vector<ShiftKey> shifts;  // twice, absent
};
std::string_view name(Gap::Kind kind);

struct RosterFacts {
  std::vector<GridId> grids;                          // that are looked at
  std::vector<std::pair<GridId, std::string>> paths;  // of these and of those above them
  std::vector<Shift> shifts;                          // of all of `paths`, swaps applied
  RosterTimes rosters;                                // of `grids`
  std::vector<Absence> absences;
  std::set<UserId> gone{};        // no colleagues any more
  std::vector<Holding> deputies;  // holdings with deputy_for, of colleagues
};
// In [from, to), by time. Where and when no roster is in force nothing is looked at: there it goes by roles.
std::vector<Gap> gaps(const RosterFacts& facts, const Calendar& calendar, const TimeZone& zone, Instant from,
                      Instant to);

}  // namespace linli
