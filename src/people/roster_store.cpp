#include "people/roster_store.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "people/holdings.h"

namespace linli::roster {
namespace {

using std::chrono::minutes;

// ---- rows ----

#define LINLI_PATTERN_COLUMNS                                                                                 \
  "p.id, p.grid_id, g.path, p.duty, p.user_id, p.days, p.from_minute, p.to_minute, p.first_day, p.last_day, " \
  "p.revision"
#define LINLI_PATTERNS " FROM duty_patterns p JOIN grids g ON g.id = p.grid_id WHERE p.first_day <= p.last_day AND "
#define LINLI_SKIPS \
  " FROM duty_skips k JOIN duty_patterns p ON p.id = k.pattern_id JOIN grids g ON g.id = p.grid_id WHERE "
#define LINLI_SHIFT_COLUMNS "s.id, s.grid_id, g.path, s.duty, s.user_id, s.from_at, s.to_at, s.revision"
#define LINLI_SHIFTS " FROM duty_shifts s JOIN grids g ON g.id = s.grid_id WHERE s.removed_at IS NULL AND "
#define LINLI_SWAP_COLUMNS                                                                                     \
  "w.id, w.source_id, w.day, w.grid_id, g.path, w.duty, w.from_at, w.to_at, w.from_user, w.to_user, w.state, " \
  "w.ordered, w.asked_by, w.asked_at, w.decided_by, w.decided_at"
#define LINLI_SWAPS " FROM duty_swaps w JOIN grids g ON g.id = w.grid_id WHERE "

DutyPattern pattern_of(const Row& r) {
  return {r.get<PatternId>(0),
          r.get<GridId>(1),
          r.get<std::string>(2),
          parse_duty(r.bytes(3)).value_or(Duty::officer),
          r.get<UserId>(4),
          r.get<std::uint8_t>(5),
          minutes(r.get<int>(6)),
          minutes(r.get<int>(7)),
          Day{r.get<std::int32_t>(8)},
          Day{r.get<std::int32_t>(9)},
          r.get<int>(10),
          {}};
}
Shift shift_of(const Row& r) {
  const auto user = r.get<UserId>(4);
  return {{r.get<std::int64_t>(0), {}},
          r.get<GridId>(1),
          r.get<std::string>(2),
          parse_duty(r.bytes(3)).value_or(Duty::officer),
          user,
          user,
          r.get<Instant>(5),
          r.get<Instant>(6),
          r.get<int>(7)};
}
Swap swap_of(const Row& r) {
  return {r.get<SwapId>(0),
          {r.get<std::int64_t>(1), Day{r.get<std::int32_t>(2)}},
          r.get<GridId>(3),
          r.get<std::string>(4),
          parse_duty(r.bytes(5)).value_or(Duty::officer),
          r.get<Instant>(6),
          r.get<Instant>(7),
          r.get<UserId>(8),
          r.get<UserId>(9),
          parse_swap_state(r.bytes(10)).value_or(SwapState::cancelled),
          r.get<bool>(11),
          r.get<UserId>(12),
          r.get<Instant>(13),
          r.get<UserId>(14),
          r.get<std::optional<Instant>>(15)};
}

// ---- queries ----

// $1 everywhere  $2 actor  $3 today  $4 grid path, '' for all  $5 … $6 days or instants
#define LINLI_WITHIN(right)                                                                                           \
  LINLI_IN_SCOPE("g.path", right, "$1", "$2", "$3")                                                                   \
  " AND (CAST($4 AS TEXT) = '' OR substr(g.path || '/', 1, length(CAST($4 AS TEXT)) + 1) = CAST($4 AS TEXT) || '/') " \
  "AND "
constexpr std::string_view kPatterns = "SELECT " LINLI_PATTERN_COLUMNS LINLI_PATTERNS LINLI_WITHIN(
    roster_read) "p.first_day <= $6 AND p.last_day >= $5 ORDER BY g.path, p.duty, p.from_minute, p.id";
constexpr std::string_view kShifts = "SELECT " LINLI_SHIFT_COLUMNS LINLI_SHIFTS LINLI_WITHIN(
    roster_read) "s.from_at < $6 AND s.to_at > $5 AND s.from_at >= $5 - 604800000 ORDER BY s.from_at, s.id LIMIT $7";
constexpr std::string_view kPatternsOfGrid = "SELECT " LINLI_PATTERN_COLUMNS LINLI_PATTERNS
                                             "p.grid_id = $1 AND p.first_day <= $3 AND p.last_day >= $2 ORDER BY p.id";
constexpr std::string_view kShiftsOfGrid =
    "SELECT " LINLI_SHIFT_COLUMNS LINLI_SHIFTS
    "s.grid_id = $1 AND s.from_at < $3 AND s.to_at > $2 AND s.from_at >= $2 - 604800000 ORDER BY s.from_at, s.id";
constexpr std::string_view kSkips =
    "SELECT k.pattern_id, k.day" LINLI_SKIPS LINLI_WITHIN(roster_read) "k.day BETWEEN $5 AND $6";
constexpr std::string_view kSkipsOfGrid =
    "SELECT k.pattern_id, k.day" LINLI_SKIPS "p.grid_id = $1 AND k.day BETWEEN $2 AND $3";
constexpr std::string_view kSkipsOfPattern = "SELECT pattern_id, day FROM duty_skips WHERE pattern_id = $1";
constexpr std::string_view kSwapsOfTime =
    "SELECT " LINLI_SWAP_COLUMNS LINLI_SWAPS "w.to_at > $1 AND w.from_at < $2 ORDER BY w.id";
constexpr std::string_view kSwapsOfShift =
    "SELECT " LINLI_SWAP_COLUMNS LINLI_SWAPS "w.source_id = $1 AND w.day = $2 ORDER BY w.id";
constexpr std::string_view kSwapsOfActor =
    "SELECT " LINLI_SWAP_COLUMNS LINLI_SWAPS "(w.from_user = $2 OR w.to_user = $2 OR " LINLI_IN_SCOPE(
        "g.path", roster_change, "$1", "$2", "$3") ") AND (CAST($4 AS TEXT) IS NULL OR w.state = CAST($4 AS TEXT)) "
                                                   "ORDER BY w.id DESC LIMIT 200";
constexpr std::string_view kWaiting =
    "SELECT COUNT(*) FROM duty_swaps WHERE source_id = $1 AND day = $2 AND state = 'asked'";
constexpr std::string_view kOverSwaps =
    "UPDATE duty_swaps SET state = 'cancelled', decided_by = $3, decided_at = $4 WHERE source_id = $1 AND day >= $2 "
    "AND "
    "state IN ('asked', 'accepted')";
constexpr std::string_view kOverAsked =
    "UPDATE duty_swaps SET state = 'cancelled', decided_by = $3, decided_at = $4 WHERE source_id = $1 AND day = $2 AND "
    "state = 'asked'";
#define LINLI_HELD                                                                                                 \
  "SELECT h.id, h.user_id, h.role, h.grid_id, COALESCE(top.path, ''), h.from_day, h.until_day, h.deputy_for FROM " \
  "holdings h LEFT JOIN grids top ON top.id = h.grid_id JOIN users u ON u.id = h.user_id WHERE " LINLI_IS_AT_WORK  \
  " AND h.from_day <= $1 AND h.until_day >= $2 AND "
constexpr std::string_view kHeldAt = LINLI_HELD "h.grid_id = $3 ORDER BY h.id";
constexpr std::string_view kHeldEverywhere = LINLI_HELD "h.grid_id IS NULL ORDER BY h.id";
constexpr std::string_view kDeputies = LINLI_HELD "h.deputy_for IS NOT NULL ORDER BY h.id";
// Whether the actor leads a person's roster.  $1 everywhere  $2 actor  $3 today  $4 now
#define LINLI_LED(person)                                                                                        \
  "EXISTS (SELECT 1 FROM grids g WHERE (g.id IN (SELECT grid_id FROM duty_patterns WHERE user_id = " person      \
  " AND first_day <= $3 AND last_day >= $3) OR g.id IN (SELECT grid_id FROM duty_shifts WHERE user_id = " person \
  " AND removed_at IS NULL AND to_at > $4) OR g.id IN (SELECT grid_id FROM holdings WHERE user_id = " person     \
  " AND from_day <= $3 AND until_day >= $3)) AND " LINLI_IN_SCOPE("g.path", roster_change, "$1", "$2", "$3") ")"
constexpr std::string_view kLed = "SELECT CASE WHEN " LINLI_LED("$5") " THEN 1 ELSE 0 END";
constexpr std::string_view kAbsences =
    "SELECT a.id, a.user_id, a.from_at, a.to_at, 0 FROM absences a WHERE a.to_at > $1 AND a.from_at < $2 ORDER BY "
    "a.from_at, a.id";
constexpr std::string_view kAbsencesSeen =
    "SELECT a.id, a.user_id, a.from_at, a.to_at, CASE WHEN a.user_id = $2 OR $1 = 1 OR " LINLI_LED(
        "a.user_id") " THEN 1 ELSE 0 END FROM absences a WHERE a.to_at > $5 AND a.from_at < $6 ORDER BY a.from_at, "
                     "a.id";

std::optional<Holding> holding_of(const Row& r) {
  const auto role = parse_staff_role(r.bytes(2));
  if (!role) return {};
  return Holding{r.get<HoldingId>(0),
                 r.get<UserId>(1),
                 *role,
                 r.get<GridId>(3),
                 r.get<std::string>(4),
                 Day{r.get<std::int32_t>(5)},
                 Day{r.get<std::int32_t>(6)},
                 r.get<UserId>(7)};
}

template <class T, class F>
Result<std::vector<T>> rows(Tx& tx, std::string_view sql, Params params, F of) {
  std::vector<T> out;
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) { out.push_back(of(r)); }));
  return out;
}

Result<void> read_holdings(Tx& tx, std::string_view sql, Params params, std::vector<Holding>& out) {
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) {
    if (auto holding = holding_of(r)) out.push_back(std::move(*holding));
  }));
  return {};
}

Result<void> read_skips(Tx& tx, std::string_view sql, Params params, std::vector<DutyPattern>& patterns) {
  if (patterns.empty()) return {};
  std::unordered_map<PatternId, DutyPattern*> by_id;
  for (DutyPattern& p : patterns) by_id[p.id] = &p;
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) {
    if (const auto at = by_id.find(r.get<PatternId>(0)); at != by_id.end())
      at->second->skips.insert(Day{r.get<std::int32_t>(1)});
  }));
  return {};
}

Result<std::vector<Absence>> read_absences(Tx& tx, std::string_view sql, Params params) {
  return rows<Absence>(tx, sql, params, [](const Row& r) {
    return Absence{r.get<AbsenceId>(0), r.get<UserId>(1), r.get<Instant>(2), r.get<Instant>(3), r.get<bool>(4)};
  });
}

Result<std::vector<Absence>> absences(Tx& tx, Instant from, Instant to) {
  return read_absences(tx, kAbsences, {from, to});
}

template <class T>
void append(std::vector<T>& out, std::vector<T> more) {
  std::move(more.begin(), more.end(), std::back_inserter(out));
}

struct OfGrid {
  std::vector<DutyPattern> patterns;
  std::vector<Shift> shifts;  // without swaps
};
Result<OfGrid> of_grid(Tx& tx, GridId grid, const Calendar& calendar, const TimeZone& zone, Instant from, Instant to) {
  const Day first = zone.day(from) - 1, last = zone.day(to);
  auto patterns = rows<DutyPattern>(tx, kPatternsOfGrid, {grid, first.number, last.number}, pattern_of);
  if (!patterns) return tl::unexpected(std::move(patterns).error());
  LINLI_TRY(read_skips(tx, kSkipsOfGrid, {grid, first.number, last.number}, *patterns));
  auto shifts = rows<Shift>(tx, kShiftsOfGrid, {grid, from, to}, shift_of);
  if (!shifts) return tl::unexpected(std::move(shifts).error());
  append(*shifts, expand(*patterns, calendar, zone, from, to));
  return OfGrid{std::move(*patterns), std::move(*shifts)};
}

Result<std::vector<Holding>> held_over(Tx& tx, const std::vector<GridId>& line, Day day) {
  std::vector<Holding> out;
  for (const GridId grid : line) LINLI_TRY(read_holdings(tx, kHeldAt, {day.number, day.number, grid}, out));
  LINLI_TRY(read_holdings(tx, kHeldEverywhere, {day.number, day.number}, out));
  return out;
}

}  // namespace

// ---- reading ----

Result<View> view(Tx& tx, const Scope& scope, const Calendar& calendar, const TimeZone& zone, Instant from, Instant to,
                  Instant now, std::size_t most) {
  const Actor& actor = scope.actor;
  const bool everywhere = actor.everywhere(Right::roster_read);
  const Day first = zone.day(from) - 1, last = zone.day(to - milliseconds(1));
  View out;
  auto patterns = rows<DutyPattern>(
      tx, kPatterns, {everywhere, actor.id, actor.today.number, scope.grid_path, first.number, last.number},
      pattern_of);
  if (!patterns) return tl::unexpected(std::move(patterns).error());
  out.patterns = std::move(*patterns);
  LINLI_TRY(read_skips(tx, kSkips,
                       {everywhere, actor.id, actor.today.number, scope.grid_path, first.number, last.number},
                       out.patterns));
  auto shifts = rows<Shift>(tx, kShifts,
                            {everywhere, actor.id, actor.today.number, scope.grid_path, from, to,
                             static_cast<std::int64_t>(std::min<std::size_t>(most, 1'000'000'000)) + 1},
                            shift_of);
  if (!shifts) return tl::unexpected(std::move(shifts).error());
  out.shifts = std::move(*shifts);
  append(out.shifts, expand(out.patterns, calendar, zone, from, to, most + 1));
  std::ranges::stable_sort(out.shifts, {}, &Shift::from);
  if (out.shifts.size() > most) {
    out.shifts.resize(most);
    out.more = true;
  }
  auto swaps = rows<Swap>(tx, kSwapsOfTime, {from, to}, swap_of);
  if (!swaps) return tl::unexpected(std::move(swaps).error());
  apply_swaps(*swaps, out.shifts);
  std::set<ShiftKey> keys;
  std::set<UserId> people;
  for (const Shift& s : out.shifts) {
    keys.insert(s.key);
    people.insert({s.user, s.planned});
  }
  for (Swap& swap : *swaps)
    if (keys.contains(swap.shift)) out.swaps.push_back(std::move(swap));
  auto absent = read_absences(tx, kAbsencesSeen,
                              {actor.everywhere(Right::roster_change), actor.id, actor.today.number, now, from, to});
  if (!absent) return tl::unexpected(std::move(absent).error());
  for (const Absence& a : *absent)
    if (people.contains(a.user)) out.absences.push_back(a);
  // Those of the day before are needed for nights only.
  std::erase_if(out.patterns, [&](const DutyPattern& p) { return p.last < first + 1; });
  return out;
}

Result<std::optional<DutyPattern>> find(Tx& tx, PatternId id) {
  auto found = rows<DutyPattern>(tx, "SELECT " LINLI_PATTERN_COLUMNS LINLI_PATTERNS "p.id = $1", {id}, pattern_of);
  if (!found) return tl::unexpected(std::move(found).error());
  LINLI_TRY(read_skips(tx, kSkipsOfPattern, {id}, *found));
  if (found->empty()) return std::optional<DutyPattern>{};
  return std::optional(std::move(found->front()));
}

Result<std::optional<Shift>> find(Tx& tx, const ShiftKey& key, const Calendar& calendar, const TimeZone& zone) {
  std::vector<Shift> found;
  if (key.of_pattern()) {
    auto pattern = find(tx, PatternId{key.source});
    if (!pattern) return tl::unexpected(std::move(pattern).error());
    if (*pattern) {
      found = expand(std::span(&**pattern, 1), calendar, zone, zone.at(key.day), zone.at(key.day + 1));
      std::erase_if(found, [&](const Shift& s) { return s.key != key; });
    }
  } else {
    auto shifts =
        rows<Shift>(tx, "SELECT " LINLI_SHIFT_COLUMNS LINLI_SHIFTS "s.id = $1", {ShiftId{key.source}}, shift_of);
    if (!shifts) return tl::unexpected(std::move(shifts).error());
    found = std::move(*shifts);
  }
  if (found.empty()) return std::optional<Shift>{};
  auto swaps = rows<Swap>(tx, kSwapsOfShift, {key.source, key.day.number}, swap_of);
  if (!swaps) return tl::unexpected(std::move(swaps).error());
  apply_swaps(*swaps, found);
  return std::optional(std::move(found.front()));
}

Result<std::optional<Absence>> find(Tx& tx, AbsenceId id) {
  std::optional<Absence> out;
  LINLI_TRY(tx.first("SELECT id, user_id, from_at, to_at FROM absences WHERE id = $1", {id}, [&](const Row& r) {
    out = Absence{r.get<AbsenceId>(0), r.get<UserId>(1), r.get<Instant>(2), r.get<Instant>(3), false};
  }));
  return out;
}

Result<DutyFacts> facts(Tx& tx, const GridTree& tree, GridId grid, const Calendar& calendar, const TimeZone& zone,
                        Instant at) {
  DutyFacts out;
  out.line = tree.upwards(grid);
  const Day today = zone.day(at);
  for (const GridId one : out.line) {
    auto here = of_grid(tx, one, calendar, zone, zone.at(today - 1), zone.at(today + 1));
    if (!here) return tl::unexpected(std::move(here).error());
    for (const auto& [roster, spans] : in_force(here->patterns, here->shifts, zone, at, at + milliseconds(1)))
      out.rosters.insert(roster);
    append(out.shifts, std::move(here->shifts));
  }
  auto swaps = rows<Swap>(tx, kSwapsOfTime, {at, at + milliseconds(1)}, swap_of);
  if (!swaps) return tl::unexpected(std::move(swaps).error());
  apply_swaps(*swaps, out.shifts);
  auto absent = absences(tx, at, at + milliseconds(1));
  if (!absent) return tl::unexpected(std::move(absent).error());
  for (const Absence& a : *absent) out.away.insert(a.user);
  for (const Shift& s : out.shifts) {
    if (s.from > at || at >= s.to) continue;
    auto user = users::find(tx, s.user);
    if (!user) return tl::unexpected(std::move(user).error());
    if (!*user) out.away.insert(s.user);
  }
  auto held = held_over(tx, out.line, today);
  if (!held) return tl::unexpected(std::move(held).error());
  out.holdings = std::move(*held);
  return out;
}

Result<RosterFacts> facts(Tx& tx, const GridTree& tree, const Scope& scope, const Calendar& calendar,
                          const TimeZone& zone, Instant from, Instant to) {
  auto seen = view(tx, scope, calendar, zone, from, to, from);
  if (!seen) return tl::unexpected(std::move(seen).error());
  RosterFacts out;
  std::set<GridId> here, line;
  for (const DutyPattern& p : seen->patterns) here.insert(p.grid);
  for (const Shift& s : seen->shifts) here.insert(s.grid);
  out.rosters = in_force(seen->patterns, seen->shifts, zone, from, to);
  for (const GridId grid : here)
    for (const GridId above : tree.upwards(grid)) line.insert(above);
  for (const GridId grid : line)
    if (const Grid* g = tree.find(grid)) out.paths.emplace_back(grid, g->path);
  out.grids.assign(here.begin(), here.end());
  // Those above them cover them too, whether the actor may look at their rosters or not.
  auto swaps = rows<Swap>(tx, kSwapsOfTime, {from, to}, swap_of);
  if (!swaps) return tl::unexpected(std::move(swaps).error());
  out.shifts = std::move(seen->shifts);
  for (const GridId grid : line) {
    if (here.contains(grid)) continue;
    auto above = of_grid(tx, grid, calendar, zone, from, to);
    if (!above) return tl::unexpected(std::move(above).error());
    append(out.shifts, std::move(above->shifts));
  }
  apply_swaps(*swaps, out.shifts);
  auto absent = absences(tx, from, to);
  if (!absent) return tl::unexpected(std::move(absent).error());
  out.absences = std::move(*absent);
  LINLI_TRY(tx.each("SELECT id FROM users WHERE disabled_at IS NOT NULL", {},
                    [&](const Row& r) { out.gone.insert(r.get<UserId>(0)); }));
  LINLI_TRY(read_holdings(tx, kDeputies, {zone.day(to).number, zone.day(from).number}, out.deputies));
  return out;
}

Result<std::vector<OnDuty>> holders(Tx& tx, const GridTree& tree, GridId grid, StaffRole role, Day today, Instant at) {
  const std::vector<GridId> line = tree.upwards(grid);
  auto held = held_over(tx, line, today);
  if (!held) return tl::unexpected(std::move(held).error());
  auto absent = absences(tx, at, at + milliseconds(1));
  if (!absent) return tl::unexpected(std::move(absent).error());
  const auto away = [&](UserId user) { return std::ranges::count(*absent, user, &Absence::user) > 0; };
  std::vector<OnDuty> out;
  const auto add = [&](OnDuty one) {
    if (std::ranges::count(out, one.user, &OnDuty::user) == 0) out.push_back(std::move(one));
  };
  for (const Holding& h : *held) {
    if (h.role != role || h.deputy_for) continue;
    if (!away(h.user)) {
      add({h.user, DutyReason::holder, {}, h.grid});
      continue;
    }
    for (const Holding& deputy : *held)
      if (deputy.role == role && deputy.deputy_for == h.user && !away(deputy.user))
        add({deputy.user, DutyReason::deputy, h.user, h.grid});
  }
  return out;
}

// ---- patterns and shifts ----

Result<void> add(Tx& tx, const DutyPattern& p, UserId by, Instant now) {
  LINLI_TRY(tx.run(
      "INSERT INTO duty_patterns (id, grid_id, duty, user_id, days, from_minute, to_minute, first_day, last_day, "
      "revision, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11)",
      {p.id, p.grid, name(p.duty), p.user, p.days, p.from.count(), p.to.count(), p.first.number, p.last.number, by,
       now}));
  return {};
}

Result<void> end(Tx& tx, const DutyPattern& pattern, Day today, UserId by, Instant now) {
  const Day last = std::min(pattern.last, today - 1);
  auto ended = tx.run(
      "UPDATE duty_patterns SET last_day = $2, revision = revision + 1, changed_by = $4, changed_at = $5 WHERE id = $1 "
      "AND revision = $3",
      {pattern.id, last.number, pattern.revision, by, now});
  if (!ended) return tl::unexpected(std::move(ended).error());
  if (*ended == 0) return fail(Errc::stale, Where::at_field("pattern"));
  LINLI_TRY(tx.run(kOverSwaps, {pattern.id, (last + 1).number, by, now}));
  return {};
}

Result<void> skip(Tx& tx, PatternId pattern, Day day, UserId by, Instant now) {
  LINLI_TRY(
      tx.run("INSERT INTO duty_skips (pattern_id, day, changed_by, changed_at) VALUES ($1, $2, $3, $4) ON CONFLICT "
             "(pattern_id, day) DO NOTHING",
             {pattern, day.number, by, now}));
  LINLI_TRY(
      tx.run("UPDATE duty_swaps SET state = 'cancelled', decided_by = $3, decided_at = $4 WHERE source_id = $1 AND day "
             "= $2 AND state IN ('asked', 'accepted')",
             {pattern, day.number, by, now}));
  return {};
}

Result<void> add(Tx& tx, const Shift& s, UserId by, Instant now) {
  LINLI_TRY(
      tx.run("INSERT INTO duty_shifts (id, grid_id, duty, user_id, from_at, to_at, revision, changed_by, changed_at) "
             "VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)",
             {s.key.source, s.grid, name(s.duty), s.user, s.from, s.to, by, now}));
  return {};
}

Result<void> change(Tx& tx, const Shift& s, int seen, UserId by, Instant now) {
  auto changed = tx.run(
      "UPDATE duty_shifts SET grid_id = $2, duty = $3, user_id = $4, from_at = $5, to_at = $6, revision = revision + "
      "1, "
      "changed_by = $7, changed_at = $8 WHERE id = $1 AND revision = $9 AND removed_at IS NULL",
      {s.key.source, s.grid, name(s.duty), s.user, s.from, s.to, by, now, seen});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  LINLI_TRY(tx.run(kOverSwaps, {s.key.source, 0, by, now}));
  return {};
}

Result<void> remove(Tx& tx, const Shift& s, UserId by, Instant now) {
  if (s.key.of_pattern()) return skip(tx, PatternId{s.key.source}, s.key.day, by, now);
  LINLI_TRY(tx.run("UPDATE duty_shifts SET removed_at = $2, changed_by = $3, changed_at = $2 WHERE id = $1",
                   {s.key.source, now, by}));
  LINLI_TRY(tx.run(kOverSwaps, {s.key.source, 0, by, now}));
  return {};
}

// ---- swaps ----

Result<std::optional<Swap>> find(Tx& tx, SwapId id) {
  auto found = rows<Swap>(tx, "SELECT " LINLI_SWAP_COLUMNS LINLI_SWAPS "w.id = $1", {id}, swap_of);
  if (!found) return tl::unexpected(std::move(found).error());
  if (found->empty()) return std::optional<Swap>{};
  return std::optional(std::move(found->front()));
}

Result<void> ask(Tx& tx, const Swap& s) {
  if (s.state == SwapState::asked) {
    auto waiting = tx.value<std::int64_t>(kWaiting, {s.shift.source, s.shift.day.number});
    if (!waiting) return tl::unexpected(std::move(waiting).error());
    if (waiting->value_or(0) > 0) return fail(Errc::swap_waiting, Where::at_field("shift"));
  } else {
    LINLI_TRY(tx.run(kOverAsked, {s.shift.source, s.shift.day.number, s.asked_by, s.asked_at}));
  }
  LINLI_TRY(tx.run(
      "INSERT INTO duty_swaps (id, source_id, day, grid_id, duty, from_at, to_at, from_user, to_user, state, ordered, "
      "asked_by, asked_at, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
      "$14, "
      "$15)",
      {s.id, s.shift.source, s.shift.day.number, s.grid, name(s.duty), s.from, s.to, s.giver, s.taker, name(s.state),
       s.ordered, s.asked_by, s.asked_at, s.decided_by ? std::optional(s.decided_by) : std::nullopt, s.decided_at}));
  return {};
}

Result<Swap> decide(Tx& tx, Swap swap, SwapState state, UserId by, Instant now) {
  auto changed =
      tx.run("UPDATE duty_swaps SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1 AND state = $5",
             {swap.id, name(state), by, now, name(swap.state)});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::swap_decided, Where::at_field("swap"));
  swap.state = state;
  swap.decided_by = by;
  swap.decided_at = now;
  return swap;
}

Result<std::vector<Swap>> swaps(Tx& tx, const Actor& actor, std::optional<SwapState> state) {
  std::optional<std::string_view> wanted;
  if (state) wanted = name(*state);
  return rows<Swap>(tx, kSwapsOfActor, {actor.everywhere(Right::roster_change), actor.id, actor.today.number, wanted},
                    swap_of);
}

// ---- absences ----

Result<void> add(Tx& tx, const Absence& a, UserId by, Instant now) {
  LINLI_TRY(
      tx.run("INSERT INTO absences (id, user_id, from_at, to_at, noted_by, noted_at) VALUES ($1, $2, $3, $4, $5, $6)",
             {a.id, a.user, a.from, a.to, by, now}));
  return {};
}

Result<void> end(Tx& tx, const Absence& a, Instant now) {
  if (a.from >= now) LINLI_TRY(tx.run("DELETE FROM absences WHERE id = $1", {a.id}));
  else LINLI_TRY(tx.run("UPDATE absences SET to_at = $2 WHERE id = $1 AND to_at > $2", {a.id, now}));
  return {};
}

Result<bool> leads(Tx& tx, const Actor& actor, UserId person, Instant now) {
  auto led =
      tx.value<std::int64_t>(kLed, {actor.everywhere(Right::roster_change), actor.id, actor.today.number, now, person});
  if (!led) return tl::unexpected(std::move(led).error());
  return led->value_or(0) > 0;
}

}  // namespace linli::roster
