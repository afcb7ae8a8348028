// The district's calendar. It belongs to no grid: changing it takes the right everywhere.
#include "people/calendar.h"

#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"
#include "api/table_json.h"

namespace linli::api {
namespace {

namespace json = boost::json;

json::object day_json(const SpecialDay& day) {
  return {{"date", format_day(day.day)}, {"kind", name(day.kind)}, {"name", day.name}};
}

json::object calendar_json(const Call& call, const Calendar& calendar, Day from, Day to) {
  json::array hours, days;
  for (const Hours& h : calendar.hours())
    hours.push_back(json::object{{"from", format_time_of_day(h.from)}, {"to", format_time_of_day(h.to)}});
  for (const SpecialDay& day : calendar.days())
    if (from <= day.day && day.day <= to) days.push_back(day_json(day));
  return {{"hours", std::move(hours)},
          {"days", std::move(days)},
          {"may_change", call.actor().everywhere(Right::roster_change)}};
}

json::object plan_json(const CalendarPlan& plan, bool applied, Language language) {
  std::size_t added = 0;
  json::array changes;
  for (const CalendarChange& change : plan.changes) {
    added += !change.before;
    json::object one = day_json(change.day);
    one["line"] = change.line;
    one["before"] = change.before ? json::value(day_json(*change.before)) : json::value();
    changes.push_back(std::move(one));
  }
  return {{"applied", applied},
          {"added", added},
          {"changed", plan.changes.size() - added},
          {"unchanged", plan.unchanged},
          {"wrong_total", plan.wrong_total},
          {"wrong", wrong_json(plan.wrong, language)},
          {"changes", std::move(changes)}};
}

Result<CalendarPlan> plan(Tx& tx, const Table& table) {
  auto calendar = calendars::load(tx);
  if (!calendar) return tl::unexpected(std::move(calendar).error());
  return plan_calendar(*calendar, table);
}

}  // namespace

void get_calendar(Call call) {
  const auto from = day(call.request, "from"), to = day(call.request, "to");
  if (!from) return call.fail(from.error());
  if (!to) return call.fail(to.error());
  read(std::move(call), [from = from->value_or(Day{}), to = to->value_or(kNoEnd)](Call& c, Tx& tx) -> Result<Response> {
    auto calendar = calendars::load(tx);
    if (!calendar) return tl::unexpected(std::move(calendar).error());
    return json_answer(200, json::serialize(calendar_json(c, *calendar, from, to)));
  });
}

void change_calendar(Call call) {
  if (!call.actor().everywhere(Right::roster_change)) return call.fail({Errc::not_allowed, {}, {}});
  Input in(call.request);
  struct Wanted {
    std::vector<SpecialDay> put;
    std::vector<Day> removed;
    std::optional<std::vector<Hours>> hours;
  } wanted;
  for (Input& one : in.objects("days", 1'000)) {
    const std::string date = one.text("date", 1, 10);
    const auto day = parse_day(date);
    if (!day) one.wrong(Errc::bad_value, "date", {{"value", date}, {"allowed", "2026-05-01"}});
    const auto kind = one.optional_text("kind", 1, 20);
    const auto name = one.optional_text("name", 0, 64).value_or("");
    const auto read = kind ? parse_day_kind(*kind) : std::nullopt;
    if (kind && !read) one.wrong(Errc::bad_value, "kind", {{"value", *kind}, {"allowed", "holiday, workday, null"}});
    if (day && read) wanted.put.push_back({*day, *read, name});
    else if (day) wanted.removed.push_back(*day);
    in.finish(one);
  }
  if (in.has("hours")) {
    std::vector<Hours> hours;
    for (Input& one : in.objects("hours", 8)) {
      const auto from = parse_time_of_day(one.text("from", 1, 5)), to = parse_time_of_day(one.text("to", 1, 5));
      if (!from) one.wrong(Errc::bad_value, "from", {{"allowed", "09:00"}});
      if (!to) one.wrong(Errc::bad_value, "to", {{"allowed", "18:00"}});
      if (from && to) hours.push_back({*from, *to});
      in.finish(one);
    }
    if (auto checked = checked_hours(std::move(hours))) wanted.hours = std::move(*checked);
    else in.wrong(checked.error().code, "hours", checked.error().args);
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [wanted](Call& c, Tx& tx) -> Result<Written> {
    for (const SpecialDay& day : wanted.put) LINLI_TRY(calendars::put(tx, day));
    for (const Day day : wanted.removed) LINLI_TRY(calendars::remove(tx, day));
    if (wanted.hours) LINLI_TRY(calendars::put_hours(tx, *wanted.hours));
    LINLI_TRY(record(c, tx, "calendar.changed"));
    auto calendar = calendars::load(tx);
    if (!calendar) return tl::unexpected(std::move(calendar).error());
    return Written{json_answer(200, json::serialize(calendar_json(c, *calendar, Day{}, kNoEnd))), {}};
  });
}

void import_calendar(Call call) {
  if (!call.actor().everywhere(Right::roster_change)) return call.fail({Errc::not_allowed, {}, {}});
  const auto apply = flag(call.request, "apply");
  if (!apply) return call.fail(apply.error());
  auto shared = std::make_shared<Call>(std::move(call));
  auto taken = shared->services.readers.submit([shared, apply = *apply](Result<Tx*> tx) {
    if (!tx) return shared->fail(tx.error());
    auto table = read_table(shared->request.body, {.rows = 5'000});
    if (!table) return shared->fail(table.error());
    if (!apply) {
      auto planned = plan(**tx, *table);
      if (!planned) return shared->fail(planned.error());
      return shared->answer(json_answer(200, json::serialize(plan_json(*planned, false, shared->language))));
    }
    write(std::move(*shared), [table = std::move(*table)](Call& c, Tx& wtx) -> Result<Written> {
      auto planned = plan(wtx, table);
      if (!planned) return tl::unexpected(std::move(planned).error());
      const bool good = planned->wrong_total == 0;
      if (good)
        for (const CalendarChange& change : planned->changes) LINLI_TRY(calendars::put(wtx, change.day));
      if (good) LINLI_TRY(record(c, wtx, "calendar.changed"));
      return Written{json_answer(200, json::serialize(plan_json(*planned, good, c.language))), {}};
    });
  });
  if (!taken) shared->fail(taken.error());
}

}  // namespace linli::api
