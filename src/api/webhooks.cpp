// Webhooks: who hears of events outside, tried, with a new secret, what was sent and what was given up. They belong to no grid's office
// but lead out of the building, as channels do: they take the same rights, everywhere.
#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "api/duty_json.h"
#include "api/handlers.h"
#include "api/input.h"
#include "people/fetch.h"
#include "webhooks/event.h"
#include "webhooks/sendings.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using webhooks::Sending;
using webhooks::Webhook;
using webhooks::WebhookId;

json::value time_or_null(const std::optional<Instant>& at) {
  return at ? json::value(format_time(*at)) : json::value();
}

bool refuses(Call& call, Right right) {
  if (call.actor().everywhere(right)) return false;
  call.fail({Errc::not_allowed, {}, {}});
  return true;
}

std::optional<WebhookId> id_of(Call& call) {
  const auto id = parse_id<webhooks::WebhookTag>(call.request.params[0]);
  if (!id) call.fail({Errc::not_found, Where::at_field("webhook"), {}});
  return id;
}

// The address may hold a key: told is where it leads.
json::object webhook_json(const Call& c, const Webhook& w) {
  const auto tree = c.services.grids.tree();
  const std::size_t host = w.url.find("://") + 3;
  json::array kinds;
  for (const std::string& kind : w.kinds) kinds.push_back(json::value(kind));
  const bool both = w.old_secret && w.old_until && *w.old_until > c.services.clock.now();
  return {{"id", to_text(w.id)},
          {"name", w.name},
          {"host", w.url.substr(host, w.url.find('/', host) - host)},
          {"kinds", std::move(kinds)},
          {"grid", grid_or_null(*tree, w.grid)},
          {"role", name(w.role)},
          {"state", webhooks::name(w.state)},
          {"old_secret_until", both ? json::value(format_time(*w.old_until)) : json::value()},
          {"waiting", w.waiting},
          {"dead", w.dead},
          {"created_at", format_time(w.created_at)},
          {"secret", nullptr}};
}

Response with_revision(int status, json::object body, int revision) {
  Response response = json_answer(status, json::serialize(body));
  response.headers.emplace_back("etag", "\"" + std::to_string(revision) + "\"");
  return response;
}

struct Wanted {
  std::optional<std::string> name, url;
  std::optional<std::vector<std::string>> kinds;
  std::optional<GridId> grid;
  std::optional<StaffRole> role;
  std::optional<bool> on;
};

Wanted wanted_of(Input& in, const Call& call, bool fresh) {
  Wanted out;
  const Services& s = call.services;
  if (fresh || in.has("name")) out.name = in.text("name", 1, 64);
  if (fresh || in.has("url")) {
    out.url = in.text("url", 10, 500);
    const bool good =
        s.outgoing_private ? is_near_url(*out.url) : is_safe_url(*out.url) && out.url->starts_with("https://");
    if (!good)
      in.wrong(Errc::bad_value, "url", {{"allowed", s.outgoing_private ? "https://…, http://10.…" : "https://…"}});
  }
  if (fresh || in.has("kinds")) {
    out.kinds = in.texts("kinds", 30, 1, 40);
    for (const std::string& kind : *out.kinds)
      if (!webhooks::is_kind_pattern(kind))
        in.wrong(Errc::bad_value, "kinds", {{"value", kind}, {"allowed", "lead.opened, case.*, promise.breach …"}});
    if (out.kinds->empty()) in.wrong(Errc::bad_value, "kinds", {{"allowed", "lead.opened, case.*, promise.breach …"}});
  }
  if (in.says("grid_id")) {
    out.grid = GridId{};
    if (const auto text = in.optional_text("grid_id", 1, 64)) {
      auto grid = known_grid(call, *s.grids.tree(), *text, "grid_id", Right::channels_change);
      if (grid) out.grid = (*grid)->id;
      else in.wrong(grid.error().code, "grid_id", grid.error().args);
    }
  }
  if (const auto text = in.optional_text("role", 1, 20)) {
    out.role = parse_staff_role(*text);
    if (!out.role)
      in.wrong(Errc::bad_value, "role", {{"value", *text}, {"allowed", "integrator, manager, department …"}});
    // Nobody gives a way out more than they may look at themselves, everywhere.
    else
      for (std::size_t right = 0; right < kRights; ++right)
        if (rights_of(*out.role)[right] && !call.actor().everywhere(static_cast<Right>(right))) {
          in.wrong(Errc::not_allowed, "role");
          break;
        }
  }
  if (!fresh) out.on = in.optional_bool("on");
  return out;
}

void apply(Webhook& w, const Wanted& wanted) {
  if (wanted.name) w.name = *wanted.name;
  if (wanted.url) w.url = *wanted.url;
  if (wanted.kinds) w.kinds = *wanted.kinds;
  if (wanted.grid) w.grid = *wanted.grid;
  if (wanted.role) w.role = *wanted.role;
  if (wanted.on) w.state = *wanted.on ? webhooks::State::on : webhooks::State::off;
}

std::string detail_of(const json::object& told) {
  json::object out;
  for (const char* key : {"name", "host", "kinds", "role", "state"}) out[key] = told.at(key);
  return json::serialize(out);
}

std::function<void()> woken(const Call& c) {
  return [changed = c.services.webhooks_changed] {
    if (changed) changed();
  };
}

// Reads it, changes it, answers as it stands then.
template <class F>
void change_webhook(Call call, std::optional<int> seen, std::string what, F change) {
  const auto id = id_of(call);
  if (!id) return;
  write(std::move(call), [id = *id, seen, what, change](Call& c, Tx& tx) -> Result<Written> {
    const Services& s = c.services;
    auto w = webhooks::find(tx, s.sealer, id);
    if (!w) return tl::unexpected(std::move(w).error());
    if (seen && *seen != w->revision) return fail(Errc::stale, Where::at_field("If-Match"));
    const bool tells_secret = change(*w);
    LINLI_TRY(webhooks::change(tx, s.sealer, *w, s.clock.now()));
    ++w->revision;
    json::object body = webhook_json(c, *w);
    LINLI_TRY(record(c, tx, what, "webhook", to_text(id), detail_of(body)));
    if (tells_secret) body["secret"] = w->secret.text();
    return Written{with_revision(200, std::move(body), w->revision), woken(c)};
  });
}

}  // namespace

void list_webhooks(Call call) {
  if (refuses(call, Right::channels_read)) return;
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto all = webhooks::all(tx, c.services.sealer);
    if (!all) return tl::unexpected(std::move(all).error());
    json::array list, kinds;
    for (const Webhook& w : *all) list.push_back(webhook_json(c, w));
    for (const std::string_view kind : webhooks::kinds()) kinds.push_back(json::value(kind));
    return json_answer(200, json::serialize(json::object{{"webhooks", std::move(list)}, {"kinds", std::move(kinds)}}));
  });
}

void add_webhook(Call call) {
  if (refuses(call, Right::channels_change)) return;
  Input in(call.request);
  const Wanted wanted = wanted_of(in, call, true);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  Webhook w;
  apply(w, wanted);
  w.id = call.services.ids.draw<WebhookId>();
  w.revision = 1;
  w.created_by = call.actor().id;
  w.created_at = call.services.clock.now();
  write_once(std::move(call), [w](Call& c, Tx& tx) -> Result<Written> {
    LINLI_TRY(webhooks::add(tx, c.services.sealer, w));
    json::object body = webhook_json(c, w);
    LINLI_TRY(record(c, tx, "webhook.added", "webhook", to_text(w.id), detail_of(body)));
    body["secret"] = w.secret.text();
    return Written{with_revision(201, std::move(body), 1), woken(c)};
  });
}

void get_webhook(Call call) {
  if (refuses(call, Right::channels_read)) return;
  const auto id = id_of(call);
  if (!id) return;
  read(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Response> {
    auto w = webhooks::find(tx, c.services.sealer, id);
    if (!w) return tl::unexpected(std::move(w).error());
    return with_revision(200, webhook_json(c, *w), w->revision);
  });
}

void set_webhook(Call call) {
  if (refuses(call, Right::channels_change)) return;
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  const Wanted wanted = wanted_of(in, call, false);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  change_webhook(std::move(call), *seen, "webhook.changed", [wanted](Webhook& w) {
    apply(w, wanted);
    return false;
  });
}

void renew_webhook_secret(Call call) {
  if (refuses(call, Right::channels_change)) return;
  const Instant until = call.services.clock.now() + webhooks::kBothSecrets;
  change_webhook(std::move(call), {}, "webhook.secret_renewed", [until](Webhook& w) {
    w.old_secret = w.secret;
    w.old_until = until;
    w.secret = WebhookSecret::generate();
    return true;
  });
}

void remove_webhook(Call call) {
  if (refuses(call, Right::channels_change)) return;
  const auto id = id_of(call);
  if (!id) return;
  write(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Written> {
    LINLI_TRY(webhooks::remove(tx, id, c.services.clock.now()));
    LINLI_TRY(record(c, tx, "webhook.removed", "webhook", to_text(id)));
    return Written{Response{.status = 204}, woken(c)};
  });
}

void test_webhook(Call call) {
  if (refuses(call, Right::channels_change)) return;
  const auto id = id_of(call);
  if (!id) return;
  write(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Written> {
    const Services& s = c.services;
    auto w = webhooks::find(tx, s.sealer, id);
    if (!w) return tl::unexpected(std::move(w).error());
    Sending sending;
    sending.id = s.ids.draw<webhooks::SendingId>();
    sending.webhook = id;
    sending.event_id = "test_" + to_text(sending.id);
    sending.kind = webhooks::kTestKind;
    sending.at = sending.due_at = s.clock.now();
    sending.body = webhooks::test_event(sending.event_id, s.event_source, sending.at);
    LINLI_TRY(webhooks::sendings::add(tx, sending));
    LINLI_TRY(record(c, tx, "webhook.tested", "webhook", to_text(id)));
    return Written{json_answer(202, json::serialize(json::object{{"delivery", to_text(sending.id)}})), woken(c)};
  });
}

void list_webhook_deliveries(Call call) {
  if (refuses(call, Right::channels_read)) return;
  const auto id = id_of(call);
  if (!id) return;
  webhooks::sendings::Filter filter;
  const auto wrong = [&](const char* field, std::string value, const char* allowed) {
    call.fail({Errc::bad_value, Where::at_field(field), {{"value", std::move(value)}, {"allowed", allowed}}});
  };
  if (const auto text = call.request.query_value("state");
      text && !(filter.state = webhooks::parse_sending_state(*text)))
    return wrong("state", *text, "queued, sending, sent, dead");
  if (const auto text = call.request.query_value("before")) {
    const auto before = parse_id<webhooks::SendingTag>(*text);
    if (!before) return wrong("before", *text, "whd_…");
    filter.before = *before;
  }
  read(std::move(call), [id = *id, filter](Call& c, Tx& tx) -> Result<Response> {
    auto w = webhooks::find(tx, c.services.sealer, id);
    if (!w) return tl::unexpected(std::move(w).error());
    auto found = webhooks::sendings::list(tx, c.services.sealer, id, filter);
    if (!found) return tl::unexpected(std::move(found).error());
    json::array list;
    for (const Sending& s : *found) {
      const bool waits = s.state == webhooks::SendingState::queued;
      list.push_back(json::object{{"id", to_text(s.id)},
                                  {"event_id", s.event_id},
                                  {"kind", s.kind},
                                  {"state", webhooks::name(s.state)},
                                  {"tries", s.tries},
                                  {"status", s.status ? json::value(*s.status) : json::value()},
                                  {"why", s.why.empty() ? json::value() : json::value(s.why)},
                                  {"at", format_time(s.at)},
                                  {"next_at", waits ? json::value(format_time(s.due_at)) : json::value()},
                                  {"done_at", time_or_null(s.done_at)}});
    }
    return json_answer(200, json::serialize(json::object{{"deliveries", std::move(list)}}));
  });
}

void resend_webhook_deliveries(Call call) {
  if (refuses(call, Right::channels_change)) return;
  const auto id = id_of(call);
  if (!id) return;
  Input in(call.request);
  webhooks::SendingId only;
  if (const auto text = in.optional_text("delivery", 1, 64)) {
    const auto one = parse_id<webhooks::SendingTag>(*text);
    if (one) only = *one;
    else in.wrong(Errc::bad_value, "delivery", {{"value", *text}, {"allowed", "whd_…"}});
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [id = *id, only](Call& c, Tx& tx) -> Result<Written> {
    auto w = webhooks::find(tx, c.services.sealer, id);
    if (!w) return tl::unexpected(std::move(w).error());
    auto again = webhooks::sendings::resend(tx, id, only, c.services.clock.now());
    if (!again) return tl::unexpected(std::move(again).error());
    LINLI_TRY(
        record(c, tx, "webhook.resent", "webhook", to_text(id), json::serialize(json::object{{"count", *again}})));
    return Written{json_answer(200, json::serialize(json::object{{"resent", *again}})), woken(c)};
  });
}

}  // namespace linli::api
