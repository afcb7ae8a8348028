// What is addressed to me, how I want to be told, the district's ways, and the log of deliveries.
#include "notify/notifications.h"

#include <boost/json.hpp>
#include <charconv>

#include "api/case_json.h"
#include "api/duty_json.h"
#include "api/handlers.h"
#include "api/input.h"
#include "api/lead_json.h"
#include "people/fetch.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using notify::Notification;
using notify::Way;

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

Response with_revision(const json::object& body, int revision) {
  Response response = json_answer(200, json::serialize(body));
  response.headers.emplace_back("etag", "\"" + std::to_string(revision) + "\"");
  return response;
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

// ---- my ways ----

namespace {

json::object wishes_json(const notify::Wishes& w, bool mail_works) {
  json::object out{{"email", w.email.empty() ? json::value() : json::value(w.email)},
                   {"email_on", w.email_on},
                   {"email_works", mail_works},
                   {"quiet", nullptr}};
  if (w.quiet) out["quiet"] = {{"from", format_time_of_day(w.quiet->from)}, {"to", format_time_of_day(w.quiet->to)}};
  return out;
}

}  // namespace

void get_my_notify(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto w = notify::wishes(tx, c.services.sealer, c.actor().id);
    if (!w) return tl::unexpected(std::move(w).error());
    return with_revision(wishes_json(*w, c.services.mail_works), w->revision);
  });
}

void set_my_notify(Call call) {
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  notify::Wishes wanted;
  wanted.revision = *seen;
  wanted.email = in.optional_text("email", 3, 254).value_or("");
  if (!wanted.email.empty() && !notify::is_email(wanted.email))
    in.wrong(Errc::bad_value, "email", {{"allowed", "name@district.example"}});
  wanted.email_on = in.optional_bool("email_on").value_or(true);
  if (auto quiet = in.object("quiet")) {
    const auto from = parse_time_of_day(quiet->text("from", 1, 5)), to = parse_time_of_day(quiet->text("to", 1, 5));
    if (!from) quiet->wrong(Errc::bad_value, "from", {{"allowed", "22:00"}});
    if (!to || (from && *from == *to)) quiet->wrong(Errc::bad_value, "to", {{"allowed", "07:00"}});
    if (from && to) wanted.quiet = {*from, *to};
    in.finish(*quiet);
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [wanted](Call& c, Tx& tx) mutable -> Result<Written> {
    auto revision = notify::set_wishes(tx, c.services.sealer, c.actor().id, wanted, c.services.clock.now());
    if (!revision) return tl::unexpected(std::move(revision).error());
    LINLI_TRY(record(c, tx, "user.ways_changed", "user", to_text(c.actor().id)));
    return Written{with_revision(wishes_json(wanted, c.services.mail_works), *revision), {}};
  });
}

// ---- the district's ways ----

namespace {

std::string host_of(const std::string& url) {
  const std::size_t from = url.find("://");
  if (from == url.npos) return {};
  return url.substr(from + 3, url.find('/', from + 3) - from - 3);
}

// A robot's address holds its key, and a webhook's may: told is only where it goes.
json::object way_json(const notify::DistrictWay& way) {
  json::object out{{"on", way.on}, {"host", nullptr}, {"signed", way.secret.has_value()}};
  if (!way.url.empty()) out["host"] = host_of(way.url);
  return out;
}

int revision_of(const notify::DistrictWays& ways) { return ways.robot.revision + ways.webhook.revision; }

Result<Response> ways_answer(Call& c, Tx& tx, const std::optional<WebhookSecret>& fresh = {}) {
  auto ways = notify::district_ways(tx, c.services.sealer);
  if (!ways) return tl::unexpected(std::move(ways).error());
  json::object body{{"robot", way_json(ways->robot)},
                    {"webhook", way_json(ways->webhook)},
                    {"email", {{"on", c.services.mail_works}}},
                    {"secret", nullptr}};
  if (fresh) body["secret"] = fresh->text();
  return with_revision(body, revision_of(*ways));
}

struct WantedWay {
  std::optional<bool> on;
  std::optional<std::string> url;  // empty: none any more
  bool renew = false;
};

std::optional<WantedWay> wanted_way(Input& in, std::string_view member, bool (*good)(std::string_view),
                                    const char* allowed) {
  auto object = in.object(member);
  if (!object) return {};
  WantedWay out;
  out.on = object->optional_bool("on");
  if (object->says("url")) out.url = object->optional_text("url", 1, 500).value_or("");
  if (out.url && !out.url->empty() && !good(*out.url)) object->wrong(Errc::bad_value, "url", {{"allowed", allowed}});
  if (member == "webhook") out.renew = object->optional_bool("new_secret").value_or(false);
  in.finish(*object);
  return out;
}

}  // namespace

void get_notify_ways(Call call) {
  if (!call.actor().everywhere(Right::channels_change)) return call.fail({Errc::not_allowed, {}, {}});
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> { return ways_answer(c, tx); });
}

void set_notify_ways(Call call) {
  if (!call.actor().everywhere(Right::channels_change)) return call.fail({Errc::not_allowed, {}, {}});
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  const auto robot =
      wanted_way(in, "robot", notify::is_robot_url, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…");
  const auto webhook = wanted_way(in, "webhook", is_safe_url, "https://…");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [robot, webhook, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    const Services& s = c.services;
    auto ways = notify::district_ways(tx, s.sealer);
    if (!ways) return tl::unexpected(std::move(ways).error());
    if (revision_of(*ways) != seen) return fail(Errc::stale, Where::at_field("If-Match"));
    std::optional<WebhookSecret> fresh;
    for (const auto& [way, wanted, stands] :
         {std::tuple(Way::robot, &robot, &ways->robot), std::tuple(Way::webhook, &webhook, &ways->webhook)}) {
      if (!*wanted) continue;
      notify::DistrictWay next = *stands;
      if ((*wanted)->url) next.url = *(*wanted)->url;
      next.on = (*wanted)->on.value_or(next.on) && !next.url.empty();
      if (next.url.empty()) next.secret.reset();
      else if (way == Way::webhook && (!next.secret || (*wanted)->renew))
        fresh = next.secret = WebhookSecret::generate();
      auto revision = notify::set_way(tx, s.sealer, way, next, c.actor().id, s.clock.now());
      if (!revision) return tl::unexpected(std::move(revision).error());
      LINLI_TRY(record(c, tx, "setting.changed", "setting", "notify." + std::string(notify::name(way)),
                       json::serialize(json::object{{"on", next.on}, {"host", host_of(next.url)}})));
    }
    auto response = ways_answer(c, tx, fresh);
    if (!response) return tl::unexpected(std::move(response).error());
    return Written{*std::move(response), {}};
  });
}

// ---- the log ----

void list_deliveries(Call call) {
  notify::deliveries::Filter filter;
  const auto limit = limit_of(call.request, 500, 100);
  if (!limit) return call.fail(limit.error());
  filter.limit = *limit;
  const auto wrong = [&](const char* field, std::string value, const char* allowed) {
    call.fail({Errc::bad_value, Where::at_field(field), {{"value", std::move(value)}, {"allowed", allowed}}});
  };
  if (const auto text = call.request.query_value("way"); text && !(filter.way = notify::parse_way(*text)))
    return wrong("way", *text, "in_app, email, robot, webhook");
  if (const auto text = call.request.query_value("state");
      text && !(filter.state = notify::parse_delivery_state(*text)))
    return wrong("state", *text, "queued, sending, sent, failed, unknown, skipped");
  if (const auto text = call.request.query_value("user"); text && !(filter.user = parse_id<UserTag>(*text)))
    return wrong("user", *text, "usr_…");
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
