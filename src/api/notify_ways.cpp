// How I want to be told, in which browsers, and the district's ways: set, tried, with a new secret.
#include <algorithm>
#include <boost/json.hpp>

#include "api/duty_json.h"
#include "api/handlers.h"
#include "api/input.h"
#include "notify/posts.h"
#include "notify/push_subscriptions.h"
#include "notify/telling.h"
#include "notify/wecom.h"
#include "notify/wishes.h"
#include "people/fetch.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using notify::Way;
using namespace std::chrono_literals;

constexpr Way kPersonal[] = {Way::push, Way::wecom, Way::email, Way::sms, Way::voice};
constexpr const char* kPersonalNames = "push, wecom, email, sms, voice";

Response with_revision(const json::object& body, int revision) {
  Response response = json_answer(200, json::serialize(body));
  response.headers.emplace_back("etag", "\"" + std::to_string(revision) + "\"");
  return response;
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

// ---- mine ----

json::object wishes_json(const notify::Wishes& w, const notify::DistrictWays& district, bool mail_works) {
  json::array ways;
  for (const Way way : w.ways) ways.push_back(json::value(notify::name(way)));
  json::object works{{"push", true},
                     {"wecom", district.wecom.works()},
                     {"email", mail_works},
                     {"sms", district.sms()},
                     {"voice", district.voice()}};
  json::object out{{"email", text_or_null(w.email)},
                   {"phone", text_or_null(w.phone)},
                   {"wecom", text_or_null(w.wecom)},
                   {"ways", std::move(ways)},
                   {"works", std::move(works)},
                   {"browsers", w.browsers},
                   {"digest", w.digest},
                   {"quiet", nullptr}};
  if (w.quiet) out["quiet"] = {{"from", format_time_of_day(w.quiet->from)}, {"to", format_time_of_day(w.quiet->to)}};
  return out;
}

Result<Response> wishes_answer(Call& c, Tx& tx) {
  auto w = notify::wishes(tx, c.services.sealer, c.actor().id);
  if (!w) return tl::unexpected(std::move(w).error());
  auto district = notify::district_ways(tx, c.services.sealer);
  if (!district) return tl::unexpected(std::move(district).error());
  return with_revision(wishes_json(*w, *district, c.services.mail_works), w->revision);
}

}  // namespace

void get_my_notify(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) { return wishes_answer(c, tx); });
}

void set_my_notify(Call call) {
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  notify::Wishes wanted;
  wanted.revision = *seen;
  const auto address = [&](std::string_view field, bool (*good)(std::string_view), const char* allowed) {
    std::string text = in.optional_text(field, 1, 254).value_or("");
    if (!text.empty() && !good(text)) in.wrong(Errc::bad_value, field, {{"allowed", allowed}});
    return text;
  };
  wanted.email = address("email", notify::is_email, "name@district.example");
  wanted.phone = address("phone", notify::is_phone, "+8613800000000");
  wanted.wecom = address("wecom", notify::is_wecom_id, "zhangwei");
  if (in.has("ways")) {
    wanted.ways.clear();
    for (const std::string& text : in.texts("ways", std::size(kPersonal), 1, 10)) {
      const auto way = notify::parse_way(text);
      if (!way || std::ranges::find(kPersonal, *way) == std::end(kPersonal) ||
          std::ranges::find(wanted.ways, *way) != wanted.ways.end())
        in.wrong(Errc::bad_value, "ways", {{"value", text}, {"allowed", kPersonalNames}});
      else wanted.ways.push_back(*way);
    }
  }
  wanted.digest = in.optional_bool("digest").value_or(false);
  if (auto quiet = in.object("quiet")) {
    const auto from = parse_time_of_day(quiet->text("from", 1, 5)), to = parse_time_of_day(quiet->text("to", 1, 5));
    if (!from) quiet->wrong(Errc::bad_value, "from", {{"allowed", "22:00"}});
    if (!to || (from && *from == *to)) quiet->wrong(Errc::bad_value, "to", {{"allowed", "07:00"}});
    if (from && to) wanted.quiet = {*from, *to};
    in.finish(*quiet);
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [wanted](Call& c, Tx& tx) -> Result<Written> {
    auto revision = notify::set_wishes(tx, c.services.sealer, c.actor().id, wanted, c.services.clock.now());
    if (!revision) return tl::unexpected(std::move(revision).error());
    LINLI_TRY(record(c, tx, "user.ways_changed", "user", to_text(c.actor().id)));
    auto response = wishes_answer(c, tx);
    if (!response) return tl::unexpected(std::move(response).error());
    return Written{*std::move(response), {}};
  });
}

namespace {

Result<Response> push_answer(Call& c, Tx& tx, int status = 200) {
  auto key = notify::push_subscriptions::public_key(tx);
  if (!key) return tl::unexpected(std::move(key).error());
  auto mine = notify::push_subscriptions::of(tx, c.services.sealer, c.actor().id);
  if (!mine) return tl::unexpected(std::move(mine).error());
  json::array list;
  for (const auto& one : *mine)
    list.push_back(json::object{{"id", to_text(one.id)},
                                {"device", one.device},
                                {"created_at", format_time(one.created_at)},
                                {"told_at", one.told_at ? json::value(format_time(*one.told_at)) : json::value()}});
  return json_answer(status, json::serialize(json::object{{"public_key", notify::to_base64url(*key)},
                                                          {"subscriptions", std::move(list)}}));
}

}  // namespace

void get_my_push(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) { return push_answer(c, tx); });
}

void add_my_push(Call call) {
  Input in(call.request);
  const std::string endpoint = in.text("endpoint", 10, 2'000), point = in.text("p256dh", 1, 200),
                    auth = in.text("auth", 1, 100), device = in.optional_text("device", 1, 60).value_or("");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  auto browser = notify::parse_browser(endpoint, point, auth);
  if (!browser) return call.fail(browser.error());
  if (!call.services.outgoing_private && !endpoint.starts_with("https://"))
    return call.fail({Errc::bad_value, Where::at_field("endpoint"), {{"allowed", "https://…"}}});
  notify::PushSubscription fresh{call.services.ids.draw<notify::PushSubscriptionId>(),
                                 call.actor().id,
                                 *std::move(browser),
                                 device,
                                 call.services.clock.now(),
                                 {}};
  write(std::move(call), [fresh](Call& c, Tx& tx) -> Result<Written> {
    auto keys = notify::push_subscriptions::keys(tx, c.services.sealer, c.services.clock.now());
    if (!keys) return tl::unexpected(std::move(keys).error());
    auto id = notify::push_subscriptions::add(tx, c.services.sealer, fresh);
    if (!id) return tl::unexpected(std::move(id).error());
    LINLI_TRY(record(c, tx, "user.push_added", "user", to_text(c.actor().id),
                     json::serialize(json::object{{"subscription", to_text(*id)}})));
    auto response = push_answer(c, tx, 201);
    if (!response) return tl::unexpected(std::move(response).error());
    return Written{*std::move(response), {}};
  });
}

void remove_my_push(Call call) {
  const auto id = parse_id<notify::PushSubscriptionTag>(call.request.params[0]);
  if (!id) return call.fail({Errc::not_found, Where::at_field("subscription"), {}});
  write(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Written> {
    LINLI_TRY(notify::push_subscriptions::remove(tx, c.actor().id, id));
    LINLI_TRY(record(c, tx, "user.push_removed", "user", to_text(c.actor().id),
                     json::serialize(json::object{{"subscription", to_text(id)}})));
    auto response = push_answer(c, tx);
    if (!response) return tl::unexpected(std::move(response).error());
    return Written{*std::move(response), {}};
  });
}

namespace {

// A test goes out like everything else; how it went stands in the log.
void try_way(Call call, Way way, bool personal) {
  write(std::move(call), [way, personal](Call& c, Tx& tx) -> Result<Written> {
    const Services& s = c.services;
    const notify::Context context{s.sealer, s.ids, s.zone, s.mail_works, s.clock.now()};
    auto id = notify::try_way(tx, context, way, personal ? c.actor().id : UserId{});
    if (!id) return tl::unexpected(std::move(id).error());
    LINLI_TRY(record(c, tx, "notify.tested", "setting", "notify." + std::string(notify::name(way))));
    return Written{json_answer(202, json::serialize(json::object{{"delivery", to_text(*id)}})),
                   [queued = s.notify_queued] {
                     if (queued) queued();
                   }};
  });
}

}  // namespace

void test_my_way(Call call) {
  Input in(call.request);
  const auto way = notify::parse_way(in.text("way", 1, 10));
  if (!way || std::ranges::find(kPersonal, *way) == std::end(kPersonal))
    in.wrong(Errc::bad_value, "way", {{"allowed", kPersonalNames}});
  if (auto wrong = in.finish()) return call.fail(*wrong);
  try_way(std::move(call), *way, true);
}

void test_notify_way(Call call) {
  if (!call.actor().everywhere(Right::channels_change)) return call.fail({Errc::not_allowed, {}, {}});
  Input in(call.request);
  const auto way = notify::parse_way(in.text("way", 1, 10));
  if (!way || *way == Way::in_app || *way == Way::push)
    in.wrong(Errc::bad_value, "way", {{"allowed", "robot, webhook, email, wecom, sms, voice"}});
  if (auto wrong = in.finish()) return call.fail(*wrong);
  try_way(std::move(call), *way, *way != Way::robot && *way != Way::webhook);
}

// How a test of mine went.
void get_my_test(Call call) {
  const auto id = parse_id<notify::DeliveryTag>(call.request.params[0]);
  if (!id) return call.fail({Errc::not_found, Where::at_field("delivery"), {}});
  read(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Response> {
    auto found = notify::deliveries::list(tx, c.services.sealer, Actor::all_powerful(), {.only = id, .limit = 1});
    if (!found) return tl::unexpected(std::move(found).error());
    if (found->empty() || found->front().user != c.actor().id)
      return fail(Errc::not_found, Where::at_field("delivery"));
    const auto& d = found->front();
    return json_answer(200, json::serialize(json::object{{"way", notify::name(d.way)},
                                                         {"state", notify::name(d.state)},
                                                         {"reason", text_or_null(d.reason)},
                                                         {"why", text_or_null(d.why)}}));
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
json::object way_json(const notify::DistrictWay& way, Instant now) {
  json::object out{{"on", way.on}, {"host", nullptr}, {"signed", way.secret.has_value()}, {"old_until", nullptr}};
  if (!way.url.empty()) out["host"] = host_of(way.url);
  if (way.old_secret && now < way.old_until) out["old_until"] = format_time(way.old_until);
  return out;
}

constexpr Way kDistrict[] = {Way::robot, Way::webhook, Way::wecom, Way::sms};

int revision_of(const notify::DistrictWays& ways) {
  return ways.robot.revision + ways.webhook.revision + ways.wecom.revision + ways.gateway.revision;
}

Result<Response> ways_answer(Call& c, Tx& tx, const std::optional<WebhookSecret>& fresh = {},
                             const std::optional<WebhookSecret>& fresh_gateway = {}) {
  auto ways = notify::district_ways(tx, c.services.sealer);
  if (!ways) return tl::unexpected(std::move(ways).error());
  const Instant now = c.services.clock.now();
  json::object wecom = way_json(ways->wecom, now), gateway = way_json(ways->gateway, now);
  wecom.erase("signed");
  wecom.erase("old_until");
  wecom["corp"] = text_or_null(ways->wecom.app.corp);
  wecom["agent"] = ways->wecom.app.corp.empty() ? json::value() : json::value(ways->wecom.app.agent);
  gateway["sms"] = ways->gateway.gateway.sms;
  gateway["voice"] = ways->gateway.gateway.voice;
  gateway["body"] =
      ways->gateway.gateway.body.empty() ? std::string(notify::kUsualGatewayBody) : ways->gateway.gateway.body;
  json::object body{{"robot", way_json(ways->robot, now)},
                    {"webhook", way_json(ways->webhook, now)},
                    {"wecom", std::move(wecom)},
                    {"gateway", std::move(gateway)},
                    {"email", {{"on", c.services.mail_works}}},
                    {"secret", nullptr},
                    {"gateway_secret", nullptr}};
  if (fresh) body["secret"] = fresh->text();
  if (fresh_gateway) body["gateway_secret"] = fresh_gateway->text();
  return with_revision(body, revision_of(*ways));
}

struct WantedWay {
  std::optional<bool> on;
  std::optional<std::string> url;  // empty: none any more
  bool renew = false;
  std::optional<std::string> corp, app_secret, body;
  std::optional<std::int64_t> agent;
  std::optional<bool> sms, voice;
};

// What a way may be given, by its name in the body.
std::optional<WantedWay> wanted_way(Input& in, Way way) {
  auto object = in.object(way == Way::sms ? "gateway" : notify::name(way));
  if (!object) return {};
  WantedWay out;
  out.on = object->optional_bool("on");
  if (object->says("url")) out.url = object->optional_text("url", 1, 500).value_or("");
  const bool good =
      !out.url || out.url->empty() || (way == Way::robot ? notify::is_robot_url(*out.url) : is_safe_url(*out.url));
  if (!good)
    object->wrong(
        Errc::bad_value, "url",
        {{"allowed", way == Way::robot ? "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…" : "https://…"}});
  if (way == Way::webhook || way == Way::sms) out.renew = object->optional_bool("new_secret").value_or(false);
  if (way == Way::wecom) {
    out.corp = object->optional_text("corp", 1, 64);
    out.app_secret = object->optional_text("secret", 1, 200);
    if (const auto agent = object->optional_number("agent", 1, 1e12)) out.agent = static_cast<std::int64_t>(*agent);
  }
  if (way == Way::sms) {
    out.sms = object->optional_bool("sms");
    out.voice = object->optional_bool("voice");
    out.body = object->optional_text("body", 2, 2'000);
    if (out.body && notify::gateway_body(*out.body, "+8613800000000", Way::sms, "\"").empty())
      object->wrong(Errc::bad_value, "body", {{"allowed", std::string(notify::kUsualGatewayBody)}});
  }
  in.finish(*object);
  return out;
}

// The way as it shall stand, with its fresh secret. Errors: missing_field.
Result<std::optional<WebhookSecret>> apply(notify::DistrictWay& way, Way which, const WantedWay& wanted, Instant now) {
  std::optional<WebhookSecret> fresh;
  if (wanted.url) way.url = *wanted.url;
  if (wanted.corp) way.app.corp = *wanted.corp;
  if (wanted.app_secret) way.app.secret = *wanted.app_secret;
  if (wanted.agent) way.app.agent = *wanted.agent;
  if (wanted.sms) way.gateway.sms = *wanted.sms;
  if (wanted.voice) way.gateway.voice = *wanted.voice;
  if (wanted.body) way.gateway.body = *wanted.body;
  if (which == Way::sms && way.gateway.body.empty()) way.gateway.body = notify::kUsualGatewayBody;
  if (which == Way::wecom && !way.app.corp.empty() && way.url.empty() && !wanted.url) way.url = notify::kWecomApi;
  way.on = wanted.on.value_or(way.on) && !way.url.empty();
  if (which == Way::wecom && way.on)
    for (const auto& [field, missing] :
         {std::pair("wecom.corp", way.app.corp.empty()), std::pair("wecom.agent", way.app.agent == 0),
          std::pair("wecom.secret", way.app.secret.empty())})
      if (missing) return fail(Errc::missing_field, Where::at_field(field));
  if (which != Way::webhook && which != Way::sms) return fresh;
  if (way.url.empty()) {
    way.secret.reset();
    way.old_secret.reset();
  } else if (!way.secret || wanted.renew) {
    if (way.secret) {
      way.old_secret = way.secret;
      way.old_until = now + 24h;
    }
    fresh = way.secret = WebhookSecret::generate();
  }
  return fresh;
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
  std::vector<std::pair<Way, WantedWay>> wanted;
  for (const Way way : kDistrict)
    if (auto one = wanted_way(in, way)) wanted.emplace_back(way, *std::move(one));
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [wanted, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    const Services& s = c.services;
    auto ways = notify::district_ways(tx, s.sealer);
    if (!ways) return tl::unexpected(std::move(ways).error());
    if (revision_of(*ways) != seen) return fail(Errc::stale, Where::at_field("If-Match"));
    std::optional<WebhookSecret> fresh, fresh_gateway;
    for (const auto& [way, what] : wanted) {
      notify::DistrictWay next = *ways->find(way);
      auto made = apply(next, way, what, s.clock.now());
      if (!made) return tl::unexpected(std::move(made).error());
      if (*made) (way == Way::sms ? fresh_gateway : fresh) = **made;
      auto revision = notify::set_way(tx, s.sealer, way, next, c.actor().id, s.clock.now());
      if (!revision) return tl::unexpected(std::move(revision).error());
      LINLI_TRY(record(c, tx, "setting.changed", "setting",
                       "notify." + std::string(way == Way::sms ? "gateway" : notify::name(way)),
                       json::serialize(json::object{{"on", next.on}, {"host", host_of(next.url)}})));
    }
    auto response = ways_answer(c, tx, fresh, fresh_gateway);
    if (!response) return tl::unexpected(std::move(response).error());
    return Written{*std::move(response), {}};
  });
}

}  // namespace linli::api
