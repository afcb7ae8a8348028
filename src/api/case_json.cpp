#include "api/case_json.h"

#include <boost/json.hpp>

#include "api/file_json.h"
#include "api/people.h"
#include "cases/tasks.h"
#include "people/masking.h"
#include "promise/promise.h"

namespace linli::api {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

json::value time_or_null(const std::optional<Instant>& at) {
  if (!at) return nullptr;
  return json::value(format_time(*at));
}

json::value day_or_null(const std::optional<Day>& day) {
  if (!day) return nullptr;
  return json::value(format_day(*day));
}

json::value mark_json(People& people, const std::optional<CaseMark>& mark) {
  if (!mark) return nullptr;
  return {{"at", format_time(mark->at)}, {"due_at", time_or_null(mark->due_at)}, {"by", people.person(mark->by)}};
}

bool shows_names(const Call& call, const Case& one) { return call.actor().may(Right::names_read, one.grid_path); }

// Words of staff may hold numbers of residents.
json::value words(const std::string& text, bool names) { return text_or_null(names ? text : mask_numbers(text)); }

json::array fields_json(CaseFields bits) {
  json::array out;
  for (std::size_t i = 0; i < kCaseFields; ++i)
    if (bits & field(static_cast<CaseField>(i))) out.emplace_back(name(static_cast<CaseField>(i)));
  return out;
}

json::object due_json(const Clockwork& clock, std::span<const Pause> pauses, const Calendar& calendar,
                      const Call& call) {
  const TimeZone& zone = call.services.zone;
  return {{"due_at", time_or_null(due_at(clock, pauses, calendar, zone))},
          {"minutes", clock.allowed.time.count()},
          {"working", clock.allowed.working},
          {"from", format_time(clock.from)},
          {"text", explain(clock, pauses, calendar, zone, call.language)}};
}

json::object entry_json(const Call& call, People& people, const CaseEntry& e, bool content, bool names,
                        const std::vector<CaseFile>& files) {
  json::array with;
  for (const CaseFile& file : files)
    if (content && file.seq == e.seq) with.push_back(file_json(file));
  Args args;
  if (e.to) args.emplace_back("to", people.name(e.to));
  if (e.wake_on) args.emplace_back("wake_on", format_day(*e.wake_on));
  if (e.due_at) {
    const TimeZone& zone = call.services.zone;
    args.emplace_back("due_at",
                      format_day(zone.day(*e.due_at)) + " " + format_time_of_day(zone.time_of_day(*e.due_at)));
  }
  if (e.stars) args.emplace_back("stars", std::to_string(*e.stars));
  if (content && !e.about.empty()) args.emplace_back("about", e.about);
  if (e.times > 0) args.emplace_back("times", std::to_string(e.times));
  if (content && !e.responsible.empty())
    args.emplace_back("responsible", names ? e.responsible : mask_numbers(e.responsible));
  return {{"at", format_time(e.at)},
          {"by", people.person(e.by)},
          {"kind", e.kind},
          {"state", name(e.state)},
          {"text", phrase("case_entry." + e.kind, args, call.language)},
          {"note", content ? words(e.note, names) : json::value()},
          {"reason", content ? words(e.reason, names) : json::value()},
          {"to", people.person(e.to)},
          {"public", e.open_to_residents},
          {"files", std::move(with)}};
}

}  // namespace

json::object case_summary(const Call& call, People& people, const cases::Shown& shown) {
  const Case& one = shown.one;
  const Instant now = call.services.clock.now();
  const bool content = sees_content(one, call.actor());
  const bool names = shows_names(call, one);
  const auto tree = call.services.grids.tree();
  const Grid* grid = tree->find_code(std::string_view(one.grid_path).substr(one.grid_path.rfind('/') + 1));
  const auto late = late_at(one);
  json::object out{{"id", to_text(one.id)},
                   {"number", one.number},
                   {"lead", nullptr},
                   {"revision", one.revision},
                   {"version", one.version},
                   {"state", name(one.state)},
                   {"open", is_open(one.state)},
                   {"category", nullptr},
                   {"urgency", one.urgency},
                   {"title", nullptr},
                   {"place", nullptr},
                   {"grid", grid ? json::value(grid_name_json(*grid)) : json::value()},
                   {"confidential", one.confidential},
                   {"hidden", !content},
                   {"assignee", people.person(one.assignee)},
                   {"opened_by", people.person(one.opened_by)},
                   {"opened_at", format_time(one.opened_at)},
                   {"accept_by", time_or_null(one.accept_by)},
                   {"accepted_at", time_or_null(one.accepted_at)},
                   {"due_at", time_or_null(one.due_at)},
                   {"late", late && *late < now},
                   {"done_at", time_or_null(one.done_at)},
                   {"closed_at", time_or_null(one.closed_at)},
                   {"wake_on", day_or_null(one.wake_on)},
                   {"urged", mark_json(people, one.urged)},
                   {"supervised", mark_json(people, one.supervised)},
                   {"stars", nullptr},
                   {"came_by", name(one.came_by)},
                   {"answer_by", name(one.answer_by)},
                   {"parent", nullptr},
                   {"children", one.children},
                   {"promise", nullptr}};
  if (one.stars) out["stars"] = *one.stars;
  if (one.parent) out["parent"] = to_text(one.parent);
  if (shown.asked) {
    const auto& asked = *shown.asked;
    const Promise kept = promise(asked.live, asked.asked_at, asked.answered_at, asked.claimed_at, now);
    out["promise"] = {{"light", name(kept.light)},
                      {"due_at", time_or_null(kept.due_at)},
                      {"kept_at", time_or_null(kept.kept_at)},
                      {"proved", kept.proved}};
  }
  if (!content) return out;
  if (one.lead) out["lead"] = to_text(one.lead);
  out["category"] = one.category;
  out["title"] = words(one.content.title, names);
  out["place"] = words(one.content.place, names);
  return out;
}

Result<json::object> case_card(const Call& call, Tx& tx, People& people, const cases::Shown& shown) {
  const Case& one = shown.one;
  const bool content = sees_content(one, call.actor()), names = shows_names(call, one);
  auto timeline = case_store::timeline(tx, call.services.sealer, one.id);
  if (!timeline) return tl::unexpected(std::move(timeline).error());
  auto files = case_files::of_case(tx, call.services.sealer, one.id);
  if (!files) return tl::unexpected(std::move(files).error());
  auto pauses = case_store::pauses(tx, one.id);
  if (!pauses) return tl::unexpected(std::move(pauses).error());
  auto calendar = calendars::load(tx);
  if (!calendar) return tl::unexpected(std::move(calendar).error());

  json::object out = case_summary(call, people, shown);
  out["names_shown"] = names;
  out["summary"] = content ? words(one.content.summary, names) : json::value();
  out["contact"] = nullptr;
  const auto& [contact, phone] = std::tie(one.content.contact_name, one.content.contact_phone);
  if (content && (!contact.empty() || !phone.empty()))
    out["contact"] = {{"name", text_or_null(names ? contact : mask_name(contact))}, {"phone", words(phone, names)}};
  out["reason"] = content ? words(one.content.reason, names) : json::value();
  out["responsible"] = content ? words(one.content.responsible, names) : json::value();
  out["accept"] = nullptr;
  if (one.accept_from) out["accept"] = due_json({*one.accept_from, one.accept_within}, {}, *calendar, call);
  out["due"] = nullptr;
  if (is_open(one.state) && !one.done_at)
    out["due"] = due_json({one.due_from, one.due_within}, *pauses, *calendar, call);
  json::array stood, happened, offers;
  for (const Pause& pause : *pauses)
    stood.push_back(json::object{{"from", format_time(pause.from)}, {"to", time_or_null(pause.to)}});
  for (const CaseEntry& entry : *timeline) happened.push_back(entry_json(call, people, entry, content, names, *files));
  for (const Step& step : steps(one.state, hats_of(one, call.actor()), one.bounces, tie_of(one))) {
    if (step.rule->action == CaseAction::answer && (one.lead || one.answer_by == AnswerBy::none)) continue;
    offers.push_back(json::object{{"action", name(step.rule->action)},
                                  {"state", name(step.to)},
                                  {"needs", fields_json(step.rule->needs)},
                                  {"may", fields_json(step.rule->may)}});
  }
  out["pauses"] = std::move(stood);
  out["returns"] = one.bounces;
  out["timeline"] = std::move(happened);
  out["actions"] = std::move(offers);
  auto all = tasks::of_case(tx, call.services.sealer, one.id);
  if (!all) return tl::unexpected(std::move(all).error());
  json::array done;
  for (const Task& task : *all) done.push_back(task_json(call, task, one));
  out["tasks"] = std::move(done);
  out["may_send_task"] = content && is_open(one.state) && !one.done_at && tasks::task_hats(one, call.actor()) &&
                         (!one.confidential || one.assignee == call.actor().id);
  out["undo_until"] = nullptr;
  if (cases::may_withdraw(one, call.actor().id, call.services.clock.now()))
    out["undo_until"] = format_time(one.opened_at + cases::kUndo);
  return out;
}

json::object case_event(const std::string& kind, const Case& one) {
  json::object about{{"id", to_text(one.id)},    {"number", one.number},
                     {"state", name(one.state)}, {"revision", one.revision},
                     {"version", one.version},   {"urgency", one.urgency},
                     {"assignee", nullptr},      {"due_at", time_or_null(one.due_at)}};
  if (one.assignee) about["assignee"] = to_text(one.assignee);
  return {{"kind", kind}, {"case", std::move(about)}};
}

json::object times_json(const CaseTimesRule& rule) {
  json::object out{{"category", text_or_null(rule.category)},          {"urgency", nullptr},
                   {"accept_minutes", rule.times.accept.time.count()}, {"accept_working", rule.times.accept.working},
                   {"due_minutes", rule.times.done.time.count()},      {"due_working", rule.times.done.working}};
  if (rule.urgency) out["urgency"] = rule.urgency;
  return out;
}

}  // namespace linli::api
