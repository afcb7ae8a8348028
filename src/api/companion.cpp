// The companion: the district's rules for it, and what it said, to be looked at.
#include <boost/json.hpp>
#include <charconv>

#include "api/duty_json.h"
#include "api/handlers.h"
#include "api/input.h"
#include "api/lead_json.h"
#include "assist/companion_answers.h"
#include "channels/messages.h"
#include "desk/desk.h"
#include "people/masking.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using companion::Answer;
using companion::Rules;

constexpr int kMostAnswers = 100;

json::value time_or_null(const std::optional<Instant>& at) {
  return at ? json::value(format_time(*at)) : json::value();
}

// Whether words can go there by software is told beside: only there it speaks.
Response rules_answer(const Call& call, const Rules& rules, int revision) {
  json::object body = json::parse(companion::to_json(rules)).as_object();
  json::array writable;
  if (call.services.may_write)
    for (const auto& group : call.services.groups.all(call.actor()))
      if (group->state == GroupState::admitted && call.services.may_write(*group))
        writable.push_back(json::object{{"id", to_text(group->id)}, {"name", group->name}, {"grid", group->grid}});
  body["writable"] = std::move(writable);
  Response response = json_answer(200, json::serialize(body));
  response.headers.emplace_back("etag", "\"" + std::to_string(revision) + "\"");
  return response;
}

std::string number_of(Input& in, std::string_view field) {
  const std::string number = in.optional_text(field, 2, 20).value_or("");
  for (const char c : number)
    if ((c < '0' || c > '9') && c != '-' && c != ' ' && c != '+') {
      in.wrong(Errc::bad_value, field, {{"value", number}, {"allowed", "028-8888 0000"}});
      break;
    }
  return number;
}

Rules read_rules(Input& in, const Groups& groups) {
  Rules wanted;
  const auto on = in.optional_bool("on");
  if (!on) in.wrong(Errc::missing_field, "on");
  wanted.on = on.value_or(false);
  if (const auto when = companion::parse_when(in.text("when", 1, 20))) wanted.when = *when;
  else in.wrong(Errc::bad_value, "when", {{"allowed", "off_hours, always"}});
  wanted.prepares = in.optional_bool("prepares").value_or(true);
  wanted.machine = in.text("machine", 1, 10);
  wanted.mark = in.text("mark", 4, 40);
  for (const std::string& text : in.texts("groups", Rules::kMostGroups, 1, 64)) {
    const auto id = parse_id<GroupTag>(text);
    const auto group = id ? groups.find(*id) : nullptr;
    if (!group || group->state != GroupState::admitted) in.wrong(Errc::unknown_group, "groups");
    else wanted.groups.push_back(*id);
  }
  wanted.topics = in.texts("topics", Rules::kMostTopics, 2, 30);
  if (auto phones = in.object("phones")) {
    for (const std::string_view who : companion::kPhones)
      if (std::string number = number_of(*phones, who); !number.empty()) wanted.phones[std::string(who)] = number;
    in.finish(*phones);
  }
  return wanted;
}

Result<json::object> answer_json(const Call& call, Tx& tx, People& people, const Answer& a) {
  const Services& s = call.services;
  const auto group = s.groups.find(a.group);
  json::value lead;
  bool hidden = false;
  if (a.lead) {
    auto seen = desk::find(tx, s.sealer, call.actor(), a.lead);
    if (seen) lead = to_text(a.lead);
    else if (seen.error().code != Errc::unknown_lead) return tl::unexpected(std::move(seen).error());
    else hidden = true;
  }
  const MessageId asked[] = {a.message};
  auto messages = read_messages(tx, s.sealer, asked);
  if (!messages) return tl::unexpected(std::move(messages).error());
  json::value question;  // null: taken back, erased, or of a lead that the caller may not see
  if (!hidden && !messages->empty() && !messages->front().recalled && !messages->front().message.text.empty()) {
    const Message& m = messages->front().message;
    const bool shown = call.actor().may(Right::names_read, a.grid_path);
    question = json::object{{"text", shown ? m.text : mask_numbers(m.text)},
                            {"sender_name", shown ? m.sender_name : mask_name(m.sender_name)},
                            {"sent_at", format_time(m.sent_at)}};
  }
  json::array sources;
  for (const auto& one : a.sources)
    sources.push_back(json::object{{"id", one.id}, {"title", one.title}, {"source", one.source}});
  auto out = outgoing::of_subject(tx, s.sealer, companion::kPurpose, a.message.value);
  if (!out) return tl::unexpected(std::move(out).error());
  return json::object{
      {"id", to_text(a.id)},
      {"at", format_time(a.at)},
      {"kind", companion::name(a.kind)},
      {"why", a.why.empty() ? json::value() : json::value(a.why)},
      {"way", companion::name(a.way)},
      {"called", a.called},
      {"group", {{"id", to_text(a.group)}, {"name", group ? group->name : ""}, {"grid", group ? group->grid : ""}}},
      {"lead", std::move(lead)},
      {"question", std::move(question)},
      {"text", a.text.empty() || hidden ? json::value() : json::value(a.text)},
      {"sources", std::move(sources)},
      {"model", a.model.empty() ? json::value() : json::value(a.model)},
      {"words_version", a.words_version},
      {"outgoing",
       out->empty() || hidden ? json::value() : json::value(outgoing_json(out->front(), labels(s), call.language))},
      {"verdict", a.verdict ? json::value(companion::name(*a.verdict)) : json::value()},
      {"looked_by", people.person(a.looked_by)},
      {"looked_at", time_or_null(a.looked_at)},
      {"revision", a.revision}};
}

}  // namespace

void get_companion_rules(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto rules = companion::rules(tx);
    if (!rules) return tl::unexpected(std::move(rules).error());
    return rules_answer(c, rules->first, rules->second);
  });
}

// They are everybody's: it takes the right everywhere.
void set_companion_rules(Call call) {
  if (!call.actor().everywhere(Right::assist_change)) return call.fail({Errc::not_allowed, {}, {}});
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  const Rules wanted = read_rules(in, call.services.groups);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [wanted, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    auto before = companion::rules(tx);
    if (!before) return tl::unexpected(std::move(before).error());
    auto revision = companion::set_rules(tx, wanted, seen, c.actor().id, c.services.clock.now());
    if (!revision) return tl::unexpected(std::move(revision).error());
    auto entry = c.entry("setting.changed", "setting", "companion", json::serialize(json::object{{"on", wanted.on}}));
    entry.before = companion::to_json(before->first);
    entry.after = companion::to_json(wanted);
    auto added = audit::add(tx, c.services.sealer, entry);
    if (!added) return tl::unexpected(std::move(added).error());
    return Written{rules_answer(c, wanted, *revision), [&s = c.services, wanted] {
                     if (s.companion_changed) s.companion_changed(wanted);
                   }};
  });
}

void list_companion_answers(Call call) {
  const auto waiting = flag(call.request, "waiting");
  if (!waiting) return call.fail(waiting.error());
  const std::string cursor = call.request.query_value("cursor").value_or("");
  read(std::move(call), [waiting = *waiting, cursor](Call& c, Tx& tx) -> Result<Response> {
    auto page = companion::list(tx, c.services.sealer, c.actor(), waiting, cursor, kMostAnswers);
    if (!page) return tl::unexpected(std::move(page).error());
    People people(tx);
    json::array list;
    for (const Answer& one : page->answers) {
      auto body = answer_json(c, tx, people, one);
      if (!body) return tl::unexpected(std::move(body).error());
      list.push_back(*std::move(body));
    }
    return answered(people, 200,
                    {{"answers", std::move(list)},
                     {"waiting", page->waiting},
                     {"next_cursor", page->next_cursor.empty() ? json::value() : json::value(page->next_cursor)}});
  });
}

void judge_companion_answer(Call call) {
  const auto id = parse_id<companion::AnswerTag>(call.request.params[0]);
  if (!id) return call.fail({Errc::not_found, Where::at_field("answer"), {}});
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  std::optional<companion::Verdict> verdict;
  if (!in.says("verdict")) in.wrong(Errc::missing_field, "verdict");
  if (const auto text = in.optional_text("verdict", 1, 10)) {
    verdict = companion::parse_verdict(*text);
    if (!verdict) in.wrong(Errc::bad_value, "verdict", {{"allowed", "right, wrong, null"}});
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [id = *id, seen = *seen, verdict](Call& c, Tx& tx) -> Result<Written> {
    const Services& s = c.services;
    auto judged = companion::judge(tx, s.sealer, s.ids, c.actor(), id, seen, verdict, s.clock.now());
    if (!judged) return tl::unexpected(std::move(judged).error());
    LINLI_TRY(record(
        c, tx, "companion.judged", "answer", to_text(id),
        json::serialize(json::object{{"verdict", verdict ? json::value(companion::name(*verdict)) : json::value()}})));
    People people(tx);
    auto body = answer_json(c, tx, people, *judged);
    if (!body) return tl::unexpected(std::move(body).error());
    auto response = answered(people, 200, *body);
    if (!response) return tl::unexpected(std::move(response).error());
    response->headers.emplace_back("etag", "\"" + std::to_string(judged->revision) + "\"");
    return Written{*std::move(response), {}};
  });
}

}  // namespace linli::api
