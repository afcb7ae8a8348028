// What is addressed to me, and the log of deliveries.
#include "notify/notifications.h"

#include <boost/json.hpp>
#include <charconv>

#include "api/case_json.h"
#include "api/duty_json.h"
#include "api/handlers.h"
#include "api/input.h"
#include "api/lead_json.h"
#include "notify/alarms.h"
#include "notify/deliveries.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using notify::Notification;

json::value time_or_null(const std::optional<Instant>& at) {
  return at ? json::value(format_time(*at)) : json::value();
}

Result<int> limit_of(const Request& request, int most, int usual) {
  const auto text = request.query_value("limit");
  if (!text) return usual;
  int value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < 1 || value > most)
    return fail(Errc::bad_value, Where::at_field("limit"),
                {{"value", *text}, {"allowed", "1-" + std::to_string(most)}});
  return value;
}

// The lead is told as far as the person may see it.
Result<json::object> notification_json(Call& c, Tx& tx, People& people, const Notification& n) {
  json::object out{{"id", to_text(n.id)},
                   {"kind", notify::name(n.kind)},
                   {"lead", nullptr},
                   {"case", nullptr},
                   {"count", n.count},
                   {"round", n.round},
                   {"at", format_time(n.at)},
                   {"seen_at", time_or_null(n.seen_at)},
                   {"acknowledged_at", time_or_null(n.acknowledged_at)},
                   {"verified", nullptr},
                   {"taken_by", nullptr},
                   {"over", false}};
  if (!n.lead) return out;
  const Services& s = c.services;
  auto lead = desk::find(tx, s.sealer, c.actor(), n.lead);
  if (!lead && lead.error().code != Errc::unknown_lead) return tl::unexpected(std::move(lead).error());
  if (!lead) {
    auto one = cases::find(tx, s.sealer, c.actor(), CaseId{n.lead.value});
    if (!one && one.error().code != Errc::unknown_case) return tl::unexpected(std::move(one).error());
    if (one) out["case"] = case_summary(c, people, *one);
  }
  if (lead) out["lead"] = lead_summary(*lead, {s.groups, s.grids}, {}, s.clock.now());
  if (n.kind != notify::Kind::emergency) return out;
  auto taken = notify::alarms::acknowledged(tx, n.lead);
  if (!taken) return tl::unexpected(std::move(taken).error());
  if (*taken) out["taken_by"] = people.person((*taken)->first);
  auto over = notify::alarms::over(tx, n.lead);
  if (!over) return tl::unexpected(std::move(over).error());
  out["over"] = *over;
  if (lead) out["verified"] = lead->state != LeadState::open;
  return out;
}

}  // namespace

void list_notifications(Call call) {
  const auto limit = limit_of(call.request, 200, 30);
  if (!limit) return call.fail(limit.error());
  const std::string cursor = call.request.query_value("cursor").value_or("");
  read(std::move(call), [limit = *limit, cursor](Call& c, Tx& tx) -> Result<Response> {
    auto page = notify::list(tx, c.actor().id, cursor, limit);
    if (!page) return tl::unexpected(std::move(page).error());
    People people(tx);
    json::array list;
    for (const Notification& n : page->notifications) {
      auto one = notification_json(c, tx, people, n);
      if (!one) return tl::unexpected(std::move(one).error());
      list.push_back(*std::move(one));
    }
    json::value next;
    if (!page->next_cursor.empty()) next = page->next_cursor;
    return answered(people, 200,
                    {{"notifications", std::move(list)},
                     {"unseen", page->unseen},
                     {"unacknowledged", page->unacknowledged},
                     {"next_cursor", std::move(next)}});
  });
}

void acknowledge_notification(Call call) {
  const auto id = parse_id<notify::NotificationTag>(call.request.params[0]);
  if (!id) return call.fail({Errc::not_found, Where::at_field("notification"), {}});
  write(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Written> {
    auto n = notify::acknowledge(tx, c.services.sealer, c.actor(), id, c.services.clock.now());
    if (!n) return tl::unexpected(std::move(n).error());
    if (n->lead)
      LINLI_TRY(record(c, tx, "lead.acknowledged", "lead", to_text(n->lead),
                       json::serialize(json::object{{"kind", notify::name(n->kind)}})));
    People people(tx);
    auto body = notification_json(c, tx, people, *n);
    if (!body) return tl::unexpected(std::move(body).error());
    auto response = answered(people, 200, *body);
    if (!response) return tl::unexpected(std::move(response).error());
    return Written{*std::move(response), {}};
  });
}

void read_notifications(Call call) {
  Input in(call.request);
  std::optional<std::vector<notify::NotificationId>> ids;
  if (in.has("ids")) {
    ids.emplace();
    for (const std::string& text : in.texts("ids", 200, 1, 64)) {
      const auto id = parse_id<notify::NotificationTag>(text);
      if (id) ids->push_back(*id);
      else in.wrong(Errc::bad_value, "ids", {{"value", text}, {"allowed", "ntf_…"}});
    }
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [ids](Call& c, Tx& tx) -> Result<Written> {
    std::optional<std::span<const notify::NotificationId>> some;
    if (ids) some = std::span<const notify::NotificationId>(*ids);
    auto seen = notify::see(tx, c.actor().id, some, c.services.clock.now());
    if (!seen) return tl::unexpected(std::move(seen).error());
    return Written{json_answer(200, json::serialize(json::object{{"seen", *seen}})), {}};
  });
}

// ---- the log ----

namespace {

// What it is about; null: a digest, a test, or no lead.
json::value lead_of(const notify::Delivery& d) {
  if (d.kind == notify::Kind::test || d.kind == notify::Kind::webhook_off || !d.of_lead) return nullptr;
  return json::value(to_text(LeadId{d.subject}));
}

}  // namespace

void list_deliveries(Call call) {
  notify::deliveries::Filter filter;
  const auto limit = limit_of(call.request, 500, 100);
  if (!limit) return call.fail(limit.error());
  filter.limit = *limit;
  const auto wrong = [&](const char* field, std::string value, const char* allowed) {
    call.fail({Errc::bad_value, Where::at_field(field), {{"value", std::move(value)}, {"allowed", allowed}}});
  };
  if (const auto text = call.request.query_value("way"); text && !(filter.way = notify::parse_way(*text)))
    return wrong("way", *text, "in_app, email, robot, webhook, push, wecom, sms, voice");
  if (const auto text = call.request.query_value("state");
      text && !(filter.state = notify::parse_delivery_state(*text)))
    return wrong("state", *text, "queued, sending, sent, failed, unknown, skipped");
  if (const auto text = call.request.query_value("user"); text && !(filter.user = parse_id<UserTag>(*text)))
    return wrong("user", *text, "usr_…");
  if (const auto text = call.request.query_value("lead"); text && !(filter.lead = parse_id<LeadTag>(*text)))
    return wrong("lead", *text, "lead_…");
  if (const auto text = call.request.query_value("delivery")) {
    const auto id = parse_id<notify::DeliveryTag>(*text);
    if (!id) return wrong("delivery", *text, "dlv_…");
    filter.only = *id;
  }
  if (const auto text = call.request.query_value("before")) {
    const auto id = parse_id<notify::DeliveryTag>(*text);
    if (!id) return wrong("before", *text, "dlv_…");
    filter.before = *id;
  }
  read(std::move(call), [filter](Call& c, Tx& tx) -> Result<Response> {
    auto found = notify::deliveries::list(tx, c.services.sealer, c.actor(), filter);
    if (!found) return tl::unexpected(std::move(found).error());
    People people(tx);
    json::array list;
    for (const auto& d : *found) {
      json::object one{{"id", to_text(d.id)},
                       {"way", notify::name(d.way)},
                       {"kind", notify::name(d.kind)},
                       {"lead", lead_of(d)},
                       {"user", people.person(d.user)},
                       {"round", d.round},
                       {"state", notify::name(d.state)},
                       {"tries", d.tries},
                       {"reason", d.reason.empty() ? json::value() : json::value(d.reason)},
                       {"why", d.why.empty() ? json::value() : json::value(d.why)},
                       {"at", format_time(d.at)},
                       {"due_at", format_time(d.due_at)},
                       {"done_at", time_or_null(d.done_at)}};
      list.push_back(std::move(one));
    }
    return answered(people, 200, {{"deliveries", std::move(list)}});
  });
}

}  // namespace linli::api
