// The roster: shifts, weekly patterns, absences, who is on duty now, where nobody is. Swaps stand in swaps.cpp.
#include <boost/json.hpp>
#include <charconv>

#include "api/duty_json.h"
#include "api/handlers.h"
#include "api/input.h"
#include "api/people.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using std::chrono::hours;
using std::chrono::minutes;

constexpr int kMostDays = 62;
constexpr int kMostDaysOfAll = 7;  // gaps of everything that one may look at
constexpr std::size_t kMostShifts = 5'000;
constexpr std::size_t kMostGaps = 500;
constexpr hours kLongest{7 * 24};

const Error kUnknownShift{Errc::not_found, Where::at_field("shift"), {}};
const Error kUnknownPattern{Errc::not_found, Where::at_field("pattern"), {}};
const Error kUnknownAbsence{Errc::not_found, Where::at_field("absence"), {}};

struct Days {
  Day from{}, to{};
};
Result<Days> days_of(const Call& call, int most) {
  const auto from = day(call.request, "from"), to = day(call.request, "to");
  if (!from) return tl::unexpected(from.error());
  if (!to) return tl::unexpected(to.error());
  Days out{from->value_or(call.services.zone.day(call.services.clock.now())), {}};
  out.to = to->value_or(out.from + 6);
  if (out.to < out.from || out.to - out.from >= most)
    return fail(
        Errc::bad_value, Where::at_field("to"),
        {{"value", format_day(out.to)}, {"allowed", format_day(out.from) + " … " + format_day(out.from + (most - 1))}});
  return out;
}

json::object pattern_json(const Call& call, People& people, const DutyPattern& p) {
  json::array days;
  for (std::size_t bit = 0; bit < 8; ++bit)
    if (p.days & (1u << bit)) days.emplace_back(day_name(bit));
  return {{"id", to_text(p.id)},
          {"grid", grid_or_null(*call.services.grids.tree(), p.grid)},
          {"duty", name(p.duty)},
          {"person", people.person(p.user)},
          {"days", std::move(days)},
          {"from", format_time_of_day(p.from)},
          {"to", format_time_of_day(p.to)},
          {"first", format_day(p.first)},
          {"last", p.last == kNoEnd ? json::value() : json::value(format_day(p.last))},
          {"revision", p.revision},
          {"may_change", call.actor().may(Right::roster_change, p.path) && p.last >= call.actor().today}};
}

json::object absence_json(People& people, const Absence& a, bool may_change) {
  return {{"id", to_text(a.id)},
          {"person", people.person(a.user)},
          {"from", format_time(a.from)},
          {"to", format_time(a.to)},
          {"may_change", may_change}};
}

Response with_etag(Response response, int revision) {
  response.headers.emplace_back("etag", "\"" + std::to_string(revision) + "\"");
  return response;
}

Result<Written> written(const People& people, int status, const json::object& body, int revision) {
  auto response = answered(people, status, body);
  if (!response) return tl::unexpected(std::move(response).error());
  return Written{with_etag(std::move(*response), revision), {}};
}

Response nothing() {
  Response response;
  response.status = 204;
  return response;
}

Result<void> changed(const Call& call, Tx& tx, GridId grid) {
  return record(call, tx, "roster.changed", "grid", to_text(grid));
}

// ---- what a body says ----

struct Wanted {
  std::string grid;
  Duty duty = Duty::officer;
  UserId user;
};
Wanted read_wanted(Input& in) {
  Wanted out{in.text("grid_id", 1, 64), {}, {}};
  if (const auto duty = parse_duty(in.text("duty", 1, 20))) out.duty = *duty;
  else in.wrong(Errc::bad_value, "duty", {{"allowed", "agent, shift_leader, officer, on_call"}});
  if (const auto user = parse_id<UserTag>(in.text("user_id", 1, 64))) out.user = *user;
  else in.wrong(Errc::unknown_user, "user_id");
  return out;
}
// The grid, where the actor may change rosters, and the person, who has a role there.
Result<const Grid*> settled(const Call& call, Tx& tx, const GridTree& tree, const Wanted& wanted, Day on) {
  auto grid = known_grid(call, tree, wanted.grid, "grid_id", Right::roster_read);
  if (!grid) return grid;
  if (!call.actor().may(Right::roster_change, (*grid)->path))
    return fail(Errc::not_allowed, Where::at_field("grid_id"));
  LINLI_TRY(check_colleague(tx, wanted.user, (*grid)->path, on));
  return grid;
}

struct WantedShift : Wanted {
  Instant from{}, to{};
};
WantedShift read_shift(Input& in, Instant now) {
  WantedShift out{read_wanted(in)};
  const auto from = in.optional_time("from"), to = in.optional_time("to");
  if (!from) in.wrong(Errc::missing_field, "from");
  if (!to) in.wrong(Errc::missing_field, "to");
  if (from && to) {
    out.from = *from;
    out.to = *to;
    if (*to <= *from || *to - *from > kLongest)
      in.wrong(Errc::bad_value, "to",
               {{"value", format_time(*to)}, {"allowed", format_time(*from) + " … " + format_time(*from + kLongest)}});
    else if (*to <= now) in.wrong(Errc::shift_over, "to");
  }
  return out;
}

struct WantedPattern : Wanted {
  std::uint8_t days = 0;
  minutes from{}, to{};
  std::optional<Day> first, last;
};
WantedPattern read_pattern(Input& in) {
  WantedPattern out{read_wanted(in)};
  for (const std::string& text : in.texts("days", 8, 1, 10)) {
    if (const auto bit = parse_day_name(text)) out.days |= *bit;
    else
      in.wrong(Errc::bad_value, "days", {{"value", text}, {"allowed", "mon, tue, wed, thu, fri, sat, sun, holiday"}});
  }
  if (out.days == 0) in.wrong(Errc::missing_field, "days");
  for (auto [field, time] : {std::pair{"from", &out.from}, {"to", &out.to}}) {
    const std::string text = in.text(field, 1, 5);
    if (const auto read = parse_time_of_day(text)) *time = *read;
    else in.wrong(Errc::bad_value, field, {{"value", text}, {"allowed", "09:00"}});
  }
  if (out.from == minutes(24 * 60)) in.wrong(Errc::bad_value, "from", {{"value", "24:00"}, {"allowed", "00:00"}});
  for (auto [field, day] : {std::pair{"first", &out.first}, {"last", &out.last}})
    if (const auto text = in.optional_text(field, 1, 10); text && !(*day = parse_day(*text)))
      in.wrong(Errc::bad_value, field, {{"value", *text}, {"allowed", "2026-11-23"}});
  if (out.first && out.last && *out.last < *out.first)
    in.wrong(Errc::bad_value, "last", {{"value", format_day(*out.last)}, {"allowed", "≥ " + format_day(*out.first)}});
  return out;
}
Result<DutyPattern> pattern_of(const Call& call, Tx& tx, const WantedPattern& wanted) {
  const auto tree = call.services.grids.tree();
  const Day today = call.actor().today, first = std::max(wanted.first.value_or(today), today);
  auto grid = settled(call, tx, *tree, wanted, first);
  if (!grid) return tl::unexpected(std::move(grid).error());
  const Day last = wanted.last.value_or(kNoEnd);
  if (last < first)
    return fail(Errc::bad_value, Where::at_field("last"),
                {{"value", format_day(last)}, {"allowed", "≥ " + format_day(first)}});
  return DutyPattern{call.services.ids.draw<PatternId>(),
                     (*grid)->id,
                     (*grid)->path,
                     wanted.duty,
                     wanted.user,
                     wanted.days,
                     wanted.from,
                     wanted.to,
                     first,
                     last,
                     1,
                     {}};
}

// ---- what a path names ----

Result<Shift> known_shift(const Call& call, Tx& tx, Right right) {
  const auto key = parse_shift_key(call.request.params[0]);
  if (!key) return tl::unexpected(kUnknownShift);
  auto calendar = calendars::load(tx);
  if (!calendar) return tl::unexpected(std::move(calendar).error());
  auto shift = roster::find(tx, *key, *calendar, call.services.zone);
  if (!shift) return tl::unexpected(std::move(shift).error());
  if (!*shift || !call.actor().may(Right::roster_read, (*shift)->path)) return tl::unexpected(kUnknownShift);
  if (!call.actor().may(right, (*shift)->path)) return fail(Errc::not_allowed, Where::at_field("shift"));
  if ((*shift)->to <= call.services.clock.now()) return fail(Errc::shift_over, Where::at_field("shift"));
  return **std::move(shift);
}

Result<DutyPattern> known_pattern(const Call& call, Tx& tx) {
  const auto id = parse_id<PatternTag>(call.request.params[0]);
  auto pattern = id ? roster::find(tx, *id) : Result<std::optional<DutyPattern>>(std::nullopt);
  if (!pattern) return tl::unexpected(std::move(pattern).error());
  if (!*pattern || !call.actor().may(Right::roster_read, (*pattern)->path)) return tl::unexpected(kUnknownPattern);
  if (!call.actor().may(Right::roster_change, (*pattern)->path))
    return fail(Errc::not_allowed, Where::at_field("pattern"));
  if ((*pattern)->last < call.actor().today) return fail(Errc::shift_over, Where::at_field("pattern"));
  return **std::move(pattern);
}

Result<bool> may_note_absence(const Call& call, Tx& tx, UserId person) {
  if (person == call.actor().id || call.actor().everywhere(Right::roster_change)) return true;
  return roster::leads(tx, call.actor(), person, call.services.clock.now());
}

std::vector<Duty> all_duties() {
  std::vector<Duty> out;
  for (std::size_t i = 0; i < kDuties; ++i) out.push_back(static_cast<Duty>(i));
  return out;
}

}  // namespace

// ---- reading ----

void get_roster(Call call) {
  const auto days = days_of(call, kMostDays);
  if (!days) return call.fail(days.error());
  const auto tree = call.services.grids.tree();
  const auto grid = queried_grid(call, *tree, Right::roster_read);
  if (!grid) return call.fail(grid.error());
  const std::string path = *grid ? (*grid)->path : std::string();
  read(std::move(call), [days = *days, path](Call& c, Tx& tx) -> Result<Response> {
    const TimeZone& zone = c.services.zone;
    auto calendar = calendars::load(tx);
    if (!calendar) return tl::unexpected(std::move(calendar).error());
    auto view = roster::view(tx, {c.actor(), path}, *calendar, zone, zone.at(days.from), zone.at(days.to + 1),
                             c.services.clock.now(), kMostShifts);
    if (!view) return tl::unexpected(std::move(view).error());
    People people(tx);
    json::array shifts, patterns, swaps, absences;
    for (const Shift& s : view->shifts) shifts.push_back(shift_json(c, people, s));
    for (const DutyPattern& p : view->patterns) patterns.push_back(pattern_json(c, people, p));
    for (const Swap& s : view->swaps) swaps.push_back(swap_json(c, people, s));
    for (const Absence& a : view->absences) absences.push_back(absence_json(people, a, a.led));
    return answered(people, 200,
                    {{"from", format_day(days.from)},
                     {"to", format_day(days.to)},
                     {"shifts", std::move(shifts)},
                     {"patterns", std::move(patterns)},
                     {"swaps", std::move(swaps)},
                     {"absences", std::move(absences)},
                     {"more", view->more}});
  });
}

void list_gaps(Call call) {
  const auto days = days_of(call, call.request.query_value("grid") ? kMostDays : kMostDaysOfAll);
  if (!days) return call.fail(days.error());
  const auto tree = call.services.grids.tree();
  const auto grid = queried_grid(call, *tree, Right::roster_read);
  if (!grid) return call.fail(grid.error());
  const std::string path = *grid ? (*grid)->path : std::string();
  read(std::move(call), [days = *days, path, tree](Call& c, Tx& tx) -> Result<Response> {
    const TimeZone& zone = c.services.zone;
    const Instant from = zone.at(days.from), to = zone.at(days.to + 1);
    auto calendar = calendars::load(tx);
    if (!calendar) return tl::unexpected(std::move(calendar).error());
    auto facts = roster::facts(tx, *tree, {c.actor(), path}, *calendar, zone, from, to);
    if (!facts) return tl::unexpected(std::move(facts).error());
    const std::vector<Gap> found = gaps(*facts, *calendar, zone, from, to);
    People people(tx);
    json::array list;
    for (std::size_t i = 0; i < std::min(found.size(), kMostGaps); ++i) {
      const Gap& g = found[i];
      json::array shifts;
      for (const ShiftKey& key : g.shifts) shifts.emplace_back(to_text(key));
      Args args;
      if (g.duty) args.emplace_back("duty", phrase("duty." + std::string(name(*g.duty)), {}, c.language));
      if (g.user) args.emplace_back("who", people.name(g.user));
      list.push_back(json::object{{"kind", name(g.kind)},
                                  {"grid", grid_or_null(*tree, g.grid)},
                                  {"duty", g.duty ? json::value(name(*g.duty)) : json::value()},
                                  {"person", people.person(g.user)},
                                  {"from", format_time(g.from)},
                                  {"to", format_time(g.to)},
                                  {"shifts", std::move(shifts)},
                                  {"text", phrase("gap." + std::string(name(g.kind)), args, c.language)}});
    }
    return answered(people, 200,
                    {{"from", format_day(days.from)},
                     {"to", format_day(days.to)},
                     {"gaps", std::move(list)},
                     {"more", found.size() > kMostGaps}});
  });
}

void get_duty_now(Call call) {
  const auto tree = call.services.grids.tree();
  if (!call.request.query_value("grid")) return call.fail({Errc::missing_field, Where::at_field("grid"), {}});
  const auto grid = queried_grid(call, *tree, Right::roster_read);
  if (!grid) return call.fail(grid.error());
  std::vector<Duty> duties = all_duties();
  if (const auto text = call.request.query_value("duty")) {
    const auto duty = parse_duty(*text);
    if (!duty)
      return call.fail({Errc::bad_value,
                        Where::at_field("duty"),
                        {{"value", *text}, {"allowed", "agent, shift_leader, officer, on_call"}}});
    duties = {*duty};
  }
  Instant at = call.services.clock.now();
  if (const auto text = call.request.query_value("at")) {
    const auto read = parse_time(*text);
    if (!read) return call.fail({Errc::bad_time, Where::at_field("at"), {{"value", *text}}});
    at = *read;
  }
  read(std::move(call),
       [tree, id = (*grid)->id, path = (*grid)->path, duties, at](Call& c, Tx& tx) -> Result<Response> {
         auto calendar = calendars::load(tx);
         if (!calendar) return tl::unexpected(std::move(calendar).error());
         auto facts = roster::facts(tx, *tree, id, *calendar, c.services.zone, at);
         if (!facts) return tl::unexpected(std::move(facts).error());
         People people(tx);
         json::array list;
         for (const Duty duty : duties)
           for (const OnDuty& one : who_is_on(*facts, duty, at))
             list.push_back(on_duty_json(c, people, one, name(duty), path));
         return answered(people, 200,
                         {{"grid", grid_or_null(*tree, id)},
                          {"at", format_time(at)},
                          {"working_time", calendar->is_working_time(c.services.zone, at)},
                          {"people", std::move(list)}});
       });
}

// ---- shifts ----

void add_shift(Call call) {
  Input in(call.request);
  const WantedShift wanted = read_shift(in, call.services.clock.now());
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [wanted](Call& c, Tx& tx) -> Result<Written> {
    const auto tree = c.services.grids.tree();
    auto grid = settled(c, tx, *tree, wanted, c.services.zone.day(wanted.from));
    if (!grid) return tl::unexpected(std::move(grid).error());
    const Shift shift{{c.services.ids.draw<ShiftId>().value, {}},
                      (*grid)->id,
                      (*grid)->path,
                      wanted.duty,
                      wanted.user,
                      wanted.user,
                      wanted.from,
                      wanted.to,
                      1};
    LINLI_TRY(roster::add(tx, shift, c.actor().id, c.services.clock.now()));
    LINLI_TRY(changed(c, tx, shift.grid));
    People people(tx);
    return written(people, 201, shift_json(c, people, shift), shift.revision);
  });
}

void change_shift(Call call) {
  const auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  const WantedShift wanted = read_shift(in, call.services.clock.now());
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [wanted, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    const Instant now = c.services.clock.now();
    auto before = known_shift(c, tx, Right::roster_change);
    if (!before) return tl::unexpected(std::move(before).error());
    const auto tree = c.services.grids.tree();
    auto grid = settled(c, tx, *tree, wanted, c.services.zone.day(wanted.from));
    if (!grid) return tl::unexpected(std::move(grid).error());
    Shift shift{before->key, (*grid)->id, (*grid)->path, wanted.duty, wanted.user,
                wanted.user, wanted.from, wanted.to,     seen + 1};
    if (before->key.of_pattern()) {
      if (before->revision != seen) return fail(Errc::stale, Where::at_field("If-Match"));
      LINLI_TRY(roster::remove(tx, *before, c.actor().id, now));
      shift.key = {c.services.ids.draw<ShiftId>().value, {}};
      shift.revision = 1;
      LINLI_TRY(roster::add(tx, shift, c.actor().id, now));
    } else {
      LINLI_TRY(roster::change(tx, shift, seen, c.actor().id, now));
    }
    LINLI_TRY(changed(c, tx, before->grid));
    if (shift.grid != before->grid) LINLI_TRY(changed(c, tx, shift.grid));
    People people(tx);
    return written(people, 200, shift_json(c, people, shift), shift.revision);
  });
}

void remove_shift(Call call) {
  write_once(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    auto shift = known_shift(c, tx, Right::roster_change);
    if (!shift) return tl::unexpected(std::move(shift).error());
    LINLI_TRY(roster::remove(tx, *shift, c.actor().id, c.services.clock.now()));
    LINLI_TRY(changed(c, tx, shift->grid));
    return Written{nothing(), {}};
  });
}

// ---- patterns ----

void add_pattern(Call call) {
  Input in(call.request);
  const WantedPattern wanted = read_pattern(in);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [wanted](Call& c, Tx& tx) -> Result<Written> {
    auto pattern = pattern_of(c, tx, wanted);
    if (!pattern) return tl::unexpected(std::move(pattern).error());
    LINLI_TRY(roster::add(tx, *pattern, c.actor().id, c.services.clock.now()));
    LINLI_TRY(changed(c, tx, pattern->grid));
    People people(tx);
    return written(people, 201, pattern_json(c, people, *pattern), 1);
  });
}

void end_pattern(Call call) {
  write_once(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    auto pattern = known_pattern(c, tx);
    if (!pattern) return tl::unexpected(std::move(pattern).error());
    LINLI_TRY(roster::end(tx, *pattern, c.actor().today, c.actor().id, c.services.clock.now()));
    LINLI_TRY(changed(c, tx, pattern->grid));
    return Written{nothing(), {}};
  });
}

// ---- absences ----

void add_absence(Call call) {
  Input in(call.request);
  Absence absence{call.services.ids.draw<AbsenceId>(), call.actor().id, {}, {}};
  if (const auto text = in.optional_text("user_id", 1, 64)) {
    if (const auto user = parse_id<UserTag>(*text)) absence.user = *user;
    else in.wrong(Errc::unknown_user, "user_id");
  }
  const auto from = in.optional_time("from"), to = in.optional_time("to");
  if (!from) in.wrong(Errc::missing_field, "from");
  if (!to) in.wrong(Errc::missing_field, "to");
  if (from && to) {
    absence.from = *from;
    absence.to = *to;
    if (*to <= *from || *to <= call.services.clock.now())
      in.wrong(Errc::bad_value, "to", {{"value", format_time(*to)}, {"allowed", "> " + format_time(*from)}});
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [absence](Call& c, Tx& tx) -> Result<Written> {
    auto may = may_note_absence(c, tx, absence.user);
    if (!may) return tl::unexpected(std::move(may).error());
    auto user = users::find(tx, absence.user);
    if (!user) return tl::unexpected(std::move(user).error());
    if (!*may || !*user) return fail(Errc::unknown_user, Where::at_field("user_id"));
    LINLI_TRY(roster::add(tx, absence, c.actor().id, c.services.clock.now()));
    LINLI_TRY(record(c, tx, "absence.noted", "user", to_text(absence.user)));
    People people(tx);
    auto response = answered(people, 201, absence_json(people, absence, true));
    if (!response) return tl::unexpected(std::move(response).error());
    return Written{std::move(*response), {}};
  });
}

void end_absence(Call call) {
  write_once(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    const auto id = parse_id<AbsenceTag>(c.request.params[0]);
    auto absence = id ? roster::find(tx, *id) : Result<std::optional<Absence>>(std::nullopt);
    if (!absence) return tl::unexpected(std::move(absence).error());
    if (!*absence) return tl::unexpected(kUnknownAbsence);
    auto may = may_note_absence(c, tx, (*absence)->user);
    if (!may) return tl::unexpected(std::move(may).error());
    if (!*may) return tl::unexpected(kUnknownAbsence);
    LINLI_TRY(roster::end(tx, **absence, c.services.clock.now()));
    LINLI_TRY(record(c, tx, "absence.ended", "user", to_text((*absence)->user)));
    return Written{nothing(), {}};
  });
}

}  // namespace linli::api
