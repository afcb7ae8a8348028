// The model server: which one, what it is asked for, whether it works, what it used; and what it proposes for a lead.
#include <algorithm>
#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"
#include "assist/proposals.h"
#include "desk/desk.h"
#include "people/policies.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using assist::ModelServer;
using assist::ServerSettings;

constexpr int kDays = 14;

// These concern everybody's words: they take the right everywhere.
bool may(const Call& call) { return call.actor().everywhere(Right::assist_change); }

json::value time_or_null(const std::optional<Instant>& at) {
  return at ? json::value(format_time(*at)) : json::value();
}

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value() : json::value(std::string(text));
}

Response settings_answer(const ServerSettings& s, int revision) {
  json::array tasks;
  for (const assist::Task task : s.tasks) tasks.push_back(json::value(std::string(assist::name(task))));
  Response response = json_answer(200, json::serialize(json::object{{"base_url", text_or_null(s.base_url)},
                                                                    {"model", text_or_null(s.model)},
                                                                    {"has_key", !s.key.empty()},
                                                                    {"own_machine", s.own_machine},
                                                                    {"daily_tokens", s.daily_tokens},
                                                                    {"deadline_seconds", s.deadline.count() / 1000},
                                                                    {"tasks", std::move(tasks)}}));
  response.headers.emplace_back("etag", "\"" + std::to_string(revision) + "\"");
  return response;
}

std::string_view breaker_name(ModelServer::Health::Breaker breaker) {
  using Breaker = ModelServer::Health::Breaker;
  return breaker == Breaker::closed ? "closed" : breaker == Breaker::open ? "open" : "half_open";
}

json::object health_json(const ServerSettings& settings, const ModelServer::Health& health, std::size_t waiting) {
  const bool failing = health.breaker != ModelServer::Health::Breaker::closed ||
                       (health.last_bad && (!health.last_good || *health.last_bad > *health.last_good));
  const char* state = !settings.on() ? "off" : failing ? "failing" : health.last_good ? "good" : "unknown";
  return {{"state", state},
          {"breaker", std::string(breaker_name(health.breaker))},
          {"tries_again_in", (health.opens_in.count() + 999) / 1000},
          {"last_good_at", time_or_null(health.last_good)},
          {"last_bad_at", time_or_null(health.last_bad)},
          {"failure", health.failure ? json::value(std::string(assist::name(*health.failure))) : json::value()},
          {"why", text_or_null(health.why)},
          {"form", health.form ? json::value(std::string(assist::name(*health.form))) : json::value()},
          {"in_flight", health.in_flight},
          {"waiting", waiting}};
}

std::int64_t count_of(const assist::Counts& counts, std::string_view what) {
  const auto found = counts.find(what);
  return found == counts.end() ? 0 : found->second;
}

json::object counts_json(const assist::Counts& counts) {
  json::object failures;
  for (const auto& [what, n] : counts)
    if (what.starts_with("failed.") && n > 0) failures[what.substr(7)] = n;
  return {{"calls", count_of(counts, "calls")},
          {"cached", count_of(counts, "cached")},
          {"repaired", count_of(counts, "repaired")},
          {"prompt_tokens", count_of(counts, "prompt_tokens")},
          {"answer_tokens", count_of(counts, "answer_tokens")},
          {"failures", std::move(failures)}};
}

json::object day_json(Day day, const assist::Usage::OfDay& of) {
  json::object tasks;
  for (const auto& [task, counts] : of.tasks) tasks[task] = counts_json(counts);
  json::object out = counts_json(of.all);
  out["day"] = format_day(day);
  out["tasks"] = std::move(tasks);
  return out;
}

json::object head_json(const assist::ProposalHead& head) {
  return {{"model", head.from.model}, {"prompt", head.from.prompt}, {"at", format_time(head.at)}};
}

}  // namespace

void get_model_server(Call call) {
  if (!may(call)) return call.fail({Errc::not_allowed, {}, {}});
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto kept = assist::server_settings::find(tx, c.services.sealer);
    if (!kept) return tl::unexpected(std::move(kept).error());
    return settings_answer(kept->first, kept->second);
  });
}

void set_model_server(Call call) {
  if (!may(call)) return call.fail({Errc::not_allowed, {}, {}});
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  ServerSettings wanted;
  wanted.base_url = in.optional_text("base_url", 1, 300).value_or("");
  if (!in.says("base_url")) in.wrong(Errc::missing_field, "base_url");
  wanted.model = in.optional_text("model", 1, 200).value_or("");
  // Not said: as it is; null: none.
  const auto key = in.optional_text("key", 1, 500);
  const bool says_key = in.says("key");
  const auto own = in.optional_bool("own_machine");
  if (!own) in.wrong(Errc::missing_field, "own_machine");
  wanted.own_machine = own.value_or(false);
  const auto whole = [&](std::string_view field, double least, double most, std::string allowed) -> std::int64_t {
    const auto value = in.optional_number(field, least, most);
    if (!value) in.wrong(Errc::missing_field, field);
    else if (*value != static_cast<double>(static_cast<std::int64_t>(*value)) || *value < least || *value > most)
      in.wrong(Errc::bad_value, field, {{"allowed", std::move(allowed)}});
    return value ? static_cast<std::int64_t>(std::clamp(*value, least, most)) : static_cast<std::int64_t>(least);
  };
  wanted.daily_tokens =
      whole("daily_tokens", ServerSettings::kLeastTokens, ServerSettings::kMostTokens, "1000-1000000000");
  wanted.deadline = std::chrono::seconds(whole("deadline_seconds", 2, 120, "2-120"));
  wanted.tasks.clear();
  if (!in.says("tasks")) in.wrong(Errc::missing_field, "tasks");
  for (const std::string& text : in.texts("tasks", 4, 1, 20)) {
    const auto task =
        std::ranges::find(assist::kTasks, text, [](assist::Task t) { return std::string(assist::name(t)); });
    if (task == std::end(assist::kTasks))
      in.wrong(Errc::bad_value, "tasks", {{"allowed", "refine, judge, draft, polish"}});
    else wanted.tasks.insert(*task);
  }
  while (wanted.base_url.ends_with('/')) wanted.base_url.pop_back();
  if (!assist::server_settings::good_url(wanted.base_url, wanted.own_machine))
    in.wrong(
        Errc::bad_value, "base_url",
        {{"allowed", wanted.own_machine ? "https://…, http://192.168.…/v1" : "https://…/v1, http://127.0.0.1:…/v1"}});
  if (wanted.on() && wanted.model.empty()) in.wrong(Errc::missing_field, "model");
  if (key && !std::ranges::all_of(*key, [](unsigned char c) { return c > ' ' && c < 0x7F; }))
    in.wrong(Errc::bad_value, "key", {{"allowed", "ASCII"}});
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [wanted, key, says_key, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    auto before = assist::server_settings::find(tx, c.services.sealer);
    if (!before) return tl::unexpected(std::move(before).error());
    ServerSettings now = wanted;
    if (key) now.key = *key;
    // The key belongs to the server that it was given for.
    else if (!says_key &&
             assist::server_settings::origin(now.base_url) == assist::server_settings::origin(before->first.base_url))
      now.key = before->first.key;
    auto revision =
        assist::server_settings::set(tx, c.services.sealer, now, seen, c.actor().id, c.services.clock.now());
    if (!revision) return tl::unexpected(std::move(revision).error());
    auto entry = c.entry("setting.changed", "setting", "model_server",
                         json::serialize(json::object{{"key_changed", now.key != before->first.key}}));
    entry.before = assist::server_settings::without_key(before->first);
    entry.after = assist::server_settings::without_key(now);
    auto added = audit::add(tx, c.services.sealer, entry);
    if (!added) return tl::unexpected(std::move(added).error());
    return Written{settings_answer(now, *revision), [server = c.services.model_server, now] {
                     if (server) server->use(now);
                   }};
  });
}

void test_model_server(Call call) {
  if (!may(call)) return call.fail({Errc::not_allowed, {}, {}});
  ModelServer* server = call.services.model_server;
  if (!server || !server->settings()->on()) return call.fail({Errc::model_server_off, {}, {}});
  auto shared = std::make_shared<Call>(std::move(call));
  auto taken = server->submit([shared, server] {
    auto answer = std::make_shared<Result<Response>>(fail(Errc::internal));
    if (auto tested = server->test(); tested)
      *answer = json_answer(200, json::serialize(json::object{{"latency_ms", tested->took.count()},
                                                              {"form", std::string(assist::name(tested->form))},
                                                              {"model", tested->model}}));
    else *answer = tl::unexpected(std::move(tested).error());
    // Behind what the call has counted: who looks at the usage next sees it.
    auto behind = shared->services.writer.submit(
        [](Tx&) -> Result<void> { return {}; }, [shared, answer](Result<void>) { shared->answer(std::move(*answer)); });
    if (!behind) shared->fail(behind.error());
  });
  if (!taken) shared->fail(taken.error());
}

void get_model_usage(Call call) {
  if (!may(call)) return call.fail({Errc::not_allowed, {}, {}});
  ModelServer* server = call.services.model_server;
  assist::Usage* usage = call.services.model_usage;
  if (!server || !usage) return call.fail({Errc::model_server_off, {}, {}});
  read(std::move(call), [server, usage](Call& c, Tx& tx) -> Result<Response> {
    const auto settings = server->settings();
    const Day today = usage->today();
    auto days = assist::Usage::days(tx, today - (kDays - 1));
    if (!days) return tl::unexpected(std::move(days).error());
    json::array all;
    for (int back = 0; back < kDays; ++back) {
      const Day day = today - back;
      const auto found = std::ranges::find(*days, day, &assist::Usage::OfDay::day);
      all.push_back(day_json(day, found == days->end() ? assist::Usage::OfDay{day, {}, {}} : *found));
    }
    const std::int64_t used = usage->spent();
    const std::size_t waiting = c.services.refining ? c.services.refining().waiting : 0;
    return json_answer(
        200, json::serialize(json::object{{"daily_tokens", settings->daily_tokens},
                                          {"used_tokens", used},
                                          {"left_tokens", std::max<std::int64_t>(0, settings->daily_tokens - used)},
                                          {"health", health_json(*settings, server->health(), waiting)},
                                          {"days", std::move(all)}}));
  });
}

void get_lead_proposal(Call call) {
  const auto lead = parse_id<LeadTag>(call.request.params[0]);
  if (!lead) return call.fail({Errc::unknown_lead, Where::at_field("lead"), {}});
  read(std::move(call), [lead = *lead](Call& c, Tx& tx) -> Result<Response> {
    auto found = desk::find(tx, c.services.sealer, c.actor(), lead);
    if (!found) return tl::unexpected(std::move(found).error());
    auto proposals = assist::proposals::of_lead(tx, c.services.sealer, lead);
    if (!proposals) return tl::unexpected(std::move(proposals).error());
    json::object body{{"refined", nullptr}, {"judged", nullptr}};
    if (const auto& r = proposals->refined) {
      json::object one = head_json(r->head);
      one["summary"] = r->summary;
      one["category"] = r->category;
      one["urgency"] = r->urgency;
      one["place"] = r->place;
      one["orders"] = r->orders;
      json::array evidence;
      for (const MessageId message : r->evidence) evidence.push_back(json::value(to_text(message)));
      one["evidence"] = std::move(evidence);
      // Of a lead that the caller cannot see nothing is told.
      one["same_as"] = r->same_as && desk::find(tx, c.services.sealer, c.actor(), *r->same_as)
                           ? json::value(to_text(*r->same_as))
                           : json::value();
      body["refined"] = std::move(one);
    }
    if (const auto& j = proposals->judged) {
      json::object one = head_json(j->head);
      one["appeal"] = j->appeal;
      one["category"] = j->category ? json::value(*j->category) : json::value();
      body["judged"] = std::move(one);
    }
    return json_answer(200, json::serialize(body));
  });
}

namespace {

Response mark_answer(const std::string& mark, int revision) {
  Response response = json_answer(200, json::serialize(json::object{{"mark", mark}}));
  response.headers.emplace_back("etag", "\"" + std::to_string(revision) + "\"");
  return response;
}

}  // namespace

void get_ai_mark(Call call) {
  read(std::move(call), [](Call&, Tx& tx) -> Result<Response> {
    auto mark = ai_mark(tx);
    if (!mark) return tl::unexpected(std::move(mark).error());
    return mark_answer(mark->first, mark->second);
  });
}

void set_ai_mark(Call call) {
  if (!may(call)) return call.fail({Errc::not_allowed, {}, {}});
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  const std::string mark = in.text("mark", 4, 40);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [mark, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    auto before = ai_mark(tx);
    if (!before) return tl::unexpected(std::move(before).error());
    auto revision = linli::set_ai_mark(tx, mark, seen, c.actor().id, c.services.clock.now());
    if (!revision) return tl::unexpected(std::move(revision).error());
    auto entry = c.entry("setting.changed", "setting", "ai_mark");
    entry.before = before->first;
    entry.after = mark;
    auto added = audit::add(tx, c.services.sealer, entry);
    if (!added) return tl::unexpected(std::move(added).error());
    return Written{mark_answer(mark, *revision), {}};
  });
}

}  // namespace linli::api
