#include "people/roster.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace linli {
namespace {

using std::chrono::minutes;

constexpr std::array<std::string_view, kDuties> kDutyNames{"agent", "shift_leader", "officer", "on_call"};
constexpr std::array<std::string_view, 8> kDayNames{"mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"};
constexpr std::array<std::string_view, 4> kSwapStates{"asked", "accepted", "declined", "cancelled"};

template <class E, std::size_t N>
std::optional<E> parse(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == text) return static_cast<E>(i);
  return {};
}

// ---- spans of time ----

using Spans = std::vector<Span>;

Spans united(Spans spans) {
  std::ranges::sort(spans, {}, &Span::from);
  Spans out;
  for (const Span& s : spans) {
    if (s.from >= s.to) continue;
    if (!out.empty() && s.from <= out.back().to) out.back().to = std::max(out.back().to, s.to);
    else out.push_back(s);
  }
  return out;
}

// What of `whole` no one of `parts` covers; both in order, without overlap.
Spans without(const Spans& whole, const Spans& parts) {
  Spans out;
  for (const Span& w : whole) {
    Instant at = w.from;
    for (const Span& p : parts) {
      if (p.to <= at) continue;
      if (p.from >= w.to) break;
      if (p.from > at) out.push_back({at, p.from});
      at = std::max(at, p.to);
    }
    if (at < w.to) out.push_back({at, w.to});
  }
  return out;
}

Spans both(const Spans& a, const Spans& b) { return without(a, without(a, b)); }

bool stands_in(const Holding& deputy, UserId whom, Duty duty, std::string_view path) {
  const auto role = role_of(duty);
  return deputy.deputy_for == whom && deputy.covers(path) && (!role || deputy.role == *role);
}

}  // namespace

std::string_view name(Duty duty) { return kDutyNames[static_cast<std::size_t>(duty)]; }
std::optional<Duty> parse_duty(std::string_view text) { return parse<Duty>(kDutyNames, text); }
std::optional<StaffRole> role_of(Duty duty) {
  switch (duty) {
    case Duty::agent: return StaffRole::agent;
    case Duty::shift_leader: return StaffRole::shift_leader;
    case Duty::officer: return StaffRole::officer;
    case Duty::on_call: break;
  }
  return {};
}

std::string_view name(SwapState state) { return kSwapStates[static_cast<std::size_t>(state)]; }
std::optional<SwapState> parse_swap_state(std::string_view text) { return parse<SwapState>(kSwapStates, text); }

std::string_view name(DutyReason reason) {
  constexpr std::array<std::string_view, 4> names{"roster", "swap", "deputy", "holder"};
  return names[static_cast<std::size_t>(reason)];
}
std::string_view name(Gap::Kind kind) {
  constexpr std::array<std::string_view, 4> names{"nobody", "unstaffed", "twice", "absent"};
  return names[static_cast<std::size_t>(kind)];
}

// ---- patterns and shifts ----

std::string_view day_name(std::size_t bit) { return kDayNames[bit]; }
std::optional<std::uint8_t> parse_day_name(std::string_view text) {
  for (std::size_t i = 0; i < kDayNames.size(); ++i)
    if (kDayNames[i] == text) return static_cast<std::uint8_t>(1u << i);
  return {};
}

std::uint8_t goes_as(const Calendar& calendar, Day day) {
  const auto bit = static_cast<std::uint8_t>(1u << (weekday_of(day).iso_encoding() - 1));
  const SpecialDay* special = calendar.special(day);
  if (!special) return bit;
  if (special->kind == DayKind::holiday) return week::holiday;
  return bit == week::saturday ? week::friday : bit == week::sunday ? week::monday : bit;
}

std::string to_text(const ShiftKey& key) {
  if (!key.of_pattern()) return to_text(ShiftId{key.source});
  return to_text(PatternId{key.source}) + "." + format_day(key.day);
}

std::optional<ShiftKey> parse_shift_key(std::string_view text) {
  if (const auto shift = parse_id<ShiftTag>(text)) return ShiftKey{shift->value, {}};
  const auto dot = text.find('.');
  if (dot == text.npos) return {};
  const auto pattern = parse_id<PatternTag>(text.substr(0, dot));
  const auto day = parse_day(text.substr(dot + 1));
  if (!pattern || !day || day->number == 0) return {};
  return ShiftKey{pattern->value, *day};
}

std::vector<Shift> expand(std::span<const DutyPattern> patterns, const Calendar& calendar, const TimeZone& zone,
                          Instant from, Instant to, std::size_t enough) {
  std::vector<Shift> out;
  if (from >= to) return out;
  const Day first = zone.day(from) - 1, last = zone.day(to - milliseconds(1));  // one may go on from the day before
  for (Day day = first; day <= last && out.size() < enough; day = day + 1) {
    const std::uint8_t bit = goes_as(calendar, day);
    for (const DutyPattern& p : patterns) {
      if (!(p.days & bit) || day < p.first || day > p.last || p.skips.contains(day)) continue;
      const Instant begin = zone.at(day, p.from);
      const Instant end = p.to > p.from ? zone.at(day, p.to) : zone.at(day + 1, p.to);
      if (begin >= to || end <= from) continue;
      out.push_back({{p.id.value, day}, p.grid, p.path, p.duty, p.user, p.user, begin, end, p.revision});
    }
  }
  std::ranges::stable_sort(out, {}, &Shift::from);
  return out;
}

// ---- swaps ----

void apply_swaps(std::span<const Swap> swaps, std::vector<Shift>& shifts) {
  std::map<ShiftKey, const Swap*> latest;
  for (const Swap& swap : swaps) {
    if (swap.state != SwapState::accepted) continue;
    const Swap*& here = latest[swap.shift];
    if (!here || here->id < swap.id) here = &swap;
  }
  for (Shift& shift : shifts)
    if (const auto at = latest.find(shift.key); at != latest.end()) shift.user = at->second->taker;
}

SwapRights rights(const Swap& swap, UserId who, bool leads, Instant now) {
  if (now >= swap.to) return {};
  const bool asked = swap.state == SwapState::asked, taker = who == swap.taker;
  if (asked) return {taker, taker || leads, who == swap.giver || leads};
  return {false, false,
          swap.state == SwapState::accepted &&
              (leads || (now < swap.from && (taker || who == swap.giver) && !swap.ordered))};
}

// ---- who is on ----

RosterTimes in_force(std::span<const DutyPattern> patterns, std::span<const Shift> shifts, const TimeZone& zone,
                     Instant from, Instant to) {
  RosterTimes out;
  const Day first = zone.day(from), last = zone.day(to);
  const auto add = [&](GridId grid, Duty duty, Instant begin, Instant end) {
    begin = std::max(begin, from), end = std::min(end, to);
    if (begin < end) out[{grid, duty}].push_back({begin, end});
  };
  for (const DutyPattern& p : patterns)
    if (p.first <= p.last && p.first <= last && p.last >= first)
      add(p.grid, p.duty, p.first <= first ? from : zone.at(p.first), p.last >= last ? to : zone.at(p.last + 1));
  for (const Shift& s : shifts) {
    if (s.key.of_pattern()) add(s.grid, s.duty, s.from, s.to);
    else add(s.grid, s.duty, zone.at(zone.day(s.from)), zone.at(zone.day(s.to - milliseconds(1)) + 1));
  }
  for (auto& [roster, spans] : out) spans = united(std::move(spans));
  return out;
}

std::vector<OnDuty> who_is_on(const DutyFacts& facts, Duty duty, Instant at) {
  std::vector<OnDuty> out;
  const auto add = [&](OnDuty one) {
    if (std::ranges::count(out, one.user, &OnDuty::user) == 0) out.push_back(std::move(one));
  };
  // Those who stand in for `whom` over the grid with this path.
  const auto add_deputies = [&](const OnDuty& whom, std::string_view path) {
    for (const Holding& h : facts.holdings)
      if (stands_in(h, whom.user, duty, path) && !facts.away.contains(h.user))
        add({h.user, DutyReason::deputy, whom.user, whom.grid, whom.shift, whom.until});
  };
  const auto role = role_of(duty);
  const auto add_holders = [&](GridId grid) {
    for (const Holding& h : facts.holdings) {
      if (h.role != role || h.grid != grid || h.deputy_for) continue;
      const OnDuty one{h.user, DutyReason::holder, {}, h.grid, {}, {}};
      if (facts.away.contains(h.user)) add_deputies(one, h.path);
      else add(one);
    }
  };
  for (const GridId grid : facts.line) {
    if (!facts.rosters.contains({grid, duty})) {
      if (role) add_holders(grid);
      continue;
    }
    for (const Shift& s : facts.shifts) {
      if (s.grid != grid || s.duty != duty || s.from > at || at >= s.to) continue;
      const bool swapped = s.user != s.planned;
      const OnDuty one{
          s.user, swapped ? DutyReason::swap : DutyReason::roster, swapped ? s.planned : UserId{}, grid, s.key, s.to};
      if (facts.away.contains(s.user)) add_deputies(one, s.path);
      else add(one);
    }
  }
  if (role) add_holders({});
  return out;
}

// ---- what is wrong with a roster ----

std::vector<Gap> gaps(const RosterFacts& facts, const Calendar& calendar, const TimeZone& zone, Instant from,
                      Instant to) {
  std::vector<Gap> out;
  std::unordered_map<UserId, Spans> away;
  for (const Absence& a : facts.absences) away[a.user].push_back({a.from, a.to});
  for (auto& [user, spans] : away) spans = united(std::move(spans));

  const Day first = zone.day(from), last = zone.day(to);
  // When of these the person is not there.
  const auto absent = [&](UserId user, const Spans& spans) {
    if (facts.gone.contains(user)) return spans;
    const auto at = away.find(user);
    return at == away.end() ? Spans() : both(spans, at->second);
  };

  // When a shift has somebody, and what is told of the rest.
  std::map<std::pair<GridId, Duty>, Spans> there;
  std::unordered_map<GridId, Spans> any;
  std::unordered_map<UserId, std::vector<const Shift*>> by_user;
  const std::set<GridId> looked_at(facts.grids.begin(), facts.grids.end());
  for (const Shift& s : facts.shifts) {
    Spans on{{std::max(from, s.from), std::min(to, s.to)}};
    if (on[0].from >= on[0].to) continue;
    if (looked_at.contains(s.grid)) by_user[s.user].push_back(&s);
    if (const Spans missing = absent(s.user, on); !missing.empty()) {
      Spans covered;
      for (const Holding& h : facts.deputies) {
        if (!stands_in(h, s.user, s.duty, s.path)) continue;
        const Spans in_force{{h.from <= first ? from : zone.at(h.from), h.until >= last ? to : zone.at(h.until + 1)}};
        const Spans there = both(missing, in_force);
        const Spans here = without(there, absent(h.user, there));
        covered.insert(covered.end(), here.begin(), here.end());
      }
      const Spans left = without(on, without(missing, united(std::move(covered))));
      if (looked_at.contains(s.grid))
        for (const Span& gone : without(on, left))
          out.push_back({Gap::Kind::absent, s.grid, s.duty, s.user, gone.from, gone.to, {s.key}});
      on = left;
    }
    for (const Span& span : on) {
      there[{s.grid, s.duty}].push_back(span);
      any[s.grid].push_back(span);
    }
  }

  for (auto& [user, shifts] : by_user) {
    std::ranges::sort(shifts, {}, [](const Shift* s) { return std::pair(s->from, s->key); });
    for (std::size_t i = 0; i < shifts.size(); ++i)
      for (std::size_t j = i + 1; j < shifts.size() && shifts[j]->from < shifts[i]->to; ++j)
        out.push_back({Gap::Kind::twice,
                       shifts[j]->grid,
                       shifts[j]->duty,
                       user,
                       std::max(from, shifts[j]->from),
                       std::min({to, shifts[i]->to, shifts[j]->to}),
                       {shifts[i]->key, shifts[j]->key}});
  }

  const Spans working = calendar.working_time(zone, from, to);
  std::unordered_map<GridId, std::string_view> path_of;
  std::unordered_map<std::string_view, GridId> by_path;
  for (const auto& [grid, path] : facts.paths) path_of[grid] = path, by_path[path] = grid;
  for (const GridId grid : facts.grids) {
    Spans rostered;
    for (const auto& [roster, spans] : facts.rosters)
      if (roster.first == grid) rostered.insert(rostered.end(), spans.begin(), spans.end());
    if (rostered.empty()) continue;
    Spans here;
    for (std::string_view path = path_of[grid]; !path.empty();) {
      if (const auto up = by_path.find(path); up != by_path.end())
        here.insert(here.end(), any[up->second].begin(), any[up->second].end());
      const auto slash = path.rfind('/');
      path = slash == path.npos ? std::string_view() : path.substr(0, slash);
    }
    const Spans nobody = without(both(united(std::move(rostered)), {{from, to}}), united(std::move(here)));
    for (const Span& s : nobody) out.push_back({Gap::Kind::nobody, grid, {}, {}, s.from, s.to, {}});
    for (std::size_t i = 0; i < kDuties; ++i) {
      const auto duty = static_cast<Duty>(i);
      const auto roster = facts.rosters.find({grid, duty});
      if (duty == Duty::on_call || roster == facts.rosters.end()) continue;
      for (const Span& s : without(without(both(working, roster->second), united(there[{grid, duty}])), nobody))
        out.push_back({Gap::Kind::unstaffed, grid, duty, {}, s.from, s.to, {}});
    }
  }
  std::ranges::sort(out, {}, [](const Gap& g) { return std::tuple(g.from, g.grid, g.kind, g.user, g.to); });
  return out;
}

}  // namespace linli
