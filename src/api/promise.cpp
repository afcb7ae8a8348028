// The promise of the whole district: breaches for the post-mortem, forecast, the hours that bind.
#include <algorithm>
#include <boost/json.hpp>
#include <unordered_map>

#include "api/duty_json.h"
#include "api/handlers.h"
#include "api/input.h"
#include "notify/breach_notes.h"
#include "notify/case_promise.h"
#include "notify/circle.h"
#include "notify/promise_steps.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using notify::PromiseHours;

constexpr int kMostBreaches = 500;

json::value time_or_null(const std::optional<Instant>& at) {
  return at ? json::value(format_time(*at)) : json::value();
}

json::object grid_json(const GridTree& tree, const std::string& path) {
  const Grid* grid = notify::grid_of_path(tree, path);
  return {{"id", grid ? json::value(to_text(grid->id)) : json::value()}, {"name", grid ? grid->name : ""}};
}

// `revision`: what If-Match names; 0 where nothing was written yet.
json::object note_json(People& people, const std::optional<notify::BreachNote>& note) {
  if (!note) return {{"text", nullptr}, {"by", nullptr}, {"at", nullptr}, {"revision", 0}};
  return {{"text", note->text.empty() ? json::value() : json::value(note->text)},
          {"by", people.person(note->by)},
          {"at", format_time(note->at)},
          {"revision", note->revision}};
}

json::object hours_json(const PromiseHours& hours) {
  json::array spans;
  for (const Hours& one : hours.hours)
    spans.push_back(json::object{{"from", format_time_of_day(one.from)}, {"to", format_time_of_day(one.to)}});
  return {{"bind", notify::name(hours.bind)}, {"hours", std::move(spans)}};
}

Response hours_answer(const PromiseHours& hours, int revision) {
  Response response = json_answer(200, json::serialize(hours_json(hours)));
  response.headers.emplace_back("etag", "\"" + std::to_string(revision) + "\"");
  return response;
}

}  // namespace

void list_breaches(Call call) {
  const Instant now = call.services.clock.now();
  Instant from = now - std::chrono::hours(24), to = now;
  for (auto [field, into] : {std::pair{"from", &from}, std::pair{"to", &to}}) {
    const auto text = call.request.query_value(field);
    if (!text) continue;
    const auto read = parse_time(*text);
    if (!read) return call.fail({Errc::bad_time, Where::at_field(field), {{"value", *text}}});
    *into = *read;
  }
  auto within = queried_grid(call, *call.services.grids.tree(), Right::leads_read);
  if (!within) return call.fail(within.error());
  const std::string top = *within ? (*within)->path : std::string();
  read(std::move(call), [from, to, top](Call& c, Tx& tx) -> Result<Response> {
    const Services& s = c.services;
    auto found = notify::promise_steps::breaches(tx, c.actor(), from, to, top, kMostBreaches);
    if (!found) return tl::unexpected(std::move(found).error());
    const auto tree = s.grids.tree();
    json::array list, causes, grids;
    People people(tx);
    for (const auto& one : found->breaches) {
      const auto group = s.groups.find(one.group);
      // Notes are history: not for who sees none.
      std::optional<notify::BreachNote> note;
      if (c.actor().may(Right::history_read, one.grid_path)) {
        auto written = notify::breach_note(tx, s.sealer, one.lead);
        if (!written) return tl::unexpected(std::move(written).error());
        note = *std::move(written);
      }
      list.push_back(json::object{{"lead", to_text(one.lead)},
                                  {"case", nullptr},
                                  {"number", nullptr},
                                  {"grid", grid_json(*tree, one.grid_path)},
                                  {"group", group ? group->name : ""},
                                  {"category", one.category},
                                  {"urgency", one.urgency},
                                  {"state", name(one.state)},
                                  {"cause", name(one.cause)},
                                  {"asked_at", format_time(one.asked_at)},
                                  {"at", format_time(one.at)},
                                  {"looked_at", time_or_null(one.looked_at)},
                                  {"answered_at", time_or_null(one.answered_at)},
                                  {"note", note_json(people, note)}});
    }
    auto by_hand = notify::case_promise::breaches(tx, c.actor(), from, to, kMostBreaches);
    if (!by_hand) return tl::unexpected(std::move(by_hand).error());
    for (const auto& one : *by_hand) {
      ++found->by_cause[one.cause];
      ++found->total;
      list.push_back(json::object{{"lead", nullptr},
                                  {"case", to_text(one.one)},
                                  {"number", one.number},
                                  {"grid", grid_json(*tree, one.grid_path)},
                                  {"group", ""},
                                  {"category", one.category},
                                  {"urgency", one.urgency},
                                  {"state", name(one.state)},
                                  {"cause", name(one.cause)},
                                  {"asked_at", format_time(one.asked_at)},
                                  {"at", format_time(one.at)},
                                  {"looked_at", time_or_null(one.looked_at)},
                                  {"answered_at", time_or_null(one.answered_at)},
                                  {"note", note_json(people, std::nullopt)}});
    }
    std::ranges::stable_sort(list, std::greater(),
                             [](const json::value& one) { return std::string(one.as_object().at("at").as_string()); });
    for (const auto& [path, count] : found->by_grid)
      grids.push_back(json::object{{"grid", grid_json(*tree, path)}, {"count", count}});
    for (const auto& [cause, count] : found->by_cause)
      causes.push_back(json::object{{"cause", name(cause)}, {"count", count}});
    return answered(people, 200,
                    {{"from", format_time(from)},
                     {"to", format_time(to)},
                     {"total", found->total},
                     {"causes", std::move(causes)},
                     {"grids", std::move(grids)},
                     {"breaches", std::move(list)}});
  });
}

void set_breach_note(Call call) {
  const auto lead = parse_id<LeadTag>(call.request.params[0]);
  if (!lead) return call.fail({Errc::unknown_lead, Where::at_field("lead"), {}});
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  const std::string text = in.optional_text("text", 1, 2'000).value_or("");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [lead = *lead, seen = *seen, text](Call& c, Tx& tx) -> Result<Written> {
    const Services& s = c.services;
    auto revision = notify::set_breach_note(tx, s.sealer, c.actor(), lead, text, seen, s.clock.now());
    if (!revision) return tl::unexpected(std::move(revision).error());
    LINLI_TRY(record(c, tx, "breach.noted", "lead", to_text(lead)));
    auto note = notify::breach_note(tx, s.sealer, lead);
    if (!note) return tl::unexpected(std::move(note).error());
    People people(tx);
    auto response = answered(people, 200, {{"note", note_json(people, *note)}});
    if (!response) return tl::unexpected(std::move(response).error());
    response->headers.emplace_back("etag", "\"" + std::to_string(*revision) + "\"");
    return Written{*std::move(response), {}};
  });
}

void get_forecast(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    const Services& s = c.services;
    auto time = notify::promise_time(tx, s.zone);
    if (!time) return tl::unexpected(std::move(time).error());
    const auto tree = s.grids.tree();
    auto ahead = notify::promise_steps::ahead(tx, *tree, *time, c.actor(), s.clock.now());
    if (!ahead) return tl::unexpected(std::move(ahead).error());
    std::int64_t missed = 0;
    json::array leads;
    std::map<std::int64_t, std::int64_t> by_minute;
    for (const Expected& one : ahead->leads) {
      missed += one.missed;
      ++by_minute[std::chrono::floor<minutes>(one.lead.due).time_since_epoch().count()];
      const bool by_hand = ahead->cases.contains(one.lead.lead);
      if (leads.size() < 200)
        leads.push_back(json::object{{"lead", by_hand ? json::value() : json::value(to_text(LeadId{one.lead.lead}))},
                                     {"case", by_hand ? json::value(to_text(CaseId{one.lead.lead})) : json::value()},
                                     {"urgency", one.lead.urgency},
                                     {"due_at", format_time(one.lead.due)},
                                     {"answer_at", time_or_null(one.answer_at)},
                                     {"missed", one.missed}});
    }
    json::array due;
    for (const auto& [minute, count] : by_minute)
      due.push_back(json::object{{"at", format_time(Instant(minutes(minute)))}, {"count", count}});
    People people(tx);
    json::array on_duty;
    for (const UserId user : ahead->on_duty) on_duty.push_back(people.person(user));
    return answered(people, 200,
                    {{"now", format_time(ahead->now)},
                     {"waiting", ahead->waiting},
                     {"holding", ahead->leads.size()},
                     {"expected_missed", missed},
                     {"broken_last", ahead->broken_last},
                     {"seconds_per_lead", kPerLead.count()},
                     {"on_duty", std::move(on_duty)},
                     {"due", std::move(due)},
                     {"leads", std::move(leads)}});
  });
}

void get_promise_hours(Call call) {
  read(std::move(call), [](Call&, Tx& tx) -> Result<Response> {
    auto hours = notify::promise_hours(tx);
    if (!hours) return tl::unexpected(std::move(hours).error());
    return hours_answer(hours->first, hours->second);
  });
}

// They are everybody's, as the calendar is.
void set_promise_hours(Call call) {
  if (!call.actor().everywhere(Right::roster_change)) return call.fail({Errc::not_allowed, {}, {}});
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  PromiseHours wanted;
  const auto bind = notify::parse_bind(in.text("bind", 1, 20));
  if (!bind) in.wrong(Errc::bad_value, "bind", {{"allowed", "always, working_time, daily"}});
  else wanted.bind = *bind;
  if (in.has("hours"))
    for (Input& one : in.objects("hours", 8)) {
      const auto from = parse_time_of_day(one.text("from", 1, 5)), to = parse_time_of_day(one.text("to", 1, 5));
      if (!from) one.wrong(Errc::bad_value, "from", {{"allowed", "08:00"}});
      if (!to) one.wrong(Errc::bad_value, "to", {{"allowed", "22:00"}});
      if (from && to) wanted.hours.push_back({*from, *to});
      in.finish(one);
    }
  if (wanted.bind == PromiseHours::Bind::daily) {
    auto checked = checked_hours(wanted.hours);
    if (checked) wanted.hours = *std::move(checked);
    else in.wrong(checked.error().code, "hours", checked.error().args);
  } else if (!wanted.hours.empty()) {
    in.wrong(Errc::bad_value, "hours", {{"allowed", "[]"}});
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [wanted, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    auto before = notify::promise_hours(tx);
    if (!before) return tl::unexpected(std::move(before).error());
    auto revision = notify::set_promise_hours(tx, wanted, seen, c.actor().id, c.services.clock.now());
    if (!revision) return tl::unexpected(std::move(revision).error());
    auto entry = c.entry("setting.changed", "setting", "promise_hours");
    entry.before = json::serialize(hours_json(before->first));
    entry.after = json::serialize(hours_json(wanted));
    auto added = audit::add(tx, c.services.sealer, entry);
    if (!added) return tl::unexpected(std::move(added).error());
    return Written{hours_answer(wanted, *revision), {}};
  });
}

}  // namespace linli::api
