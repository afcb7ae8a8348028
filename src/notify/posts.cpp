#include "notify/posts.h"

#include <boost/json.hpp>

#include "people/fetch.h"
#include "promise/promise.h"

namespace linli::notify {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using How = Sender::Said::How;

std::string why_of(const Error& error) {
  for (const auto& [key, value] : error.args)
    if (key == "why") return value;
  return {};
}

}  // namespace

std::string robot_body(const std::vector<std::string>& lines, const std::string& link) {
  const std::size_t room = kRobotBytes - link.size() - 64;  // for the last line
  std::string text;
  std::size_t shown = 0;
  for (const std::string& one : lines) {
    if (shown > 0 && text.size() + one.size() + 1 > room) break;
    if (!text.empty()) text += '\n';
    text += cut(one, room);
    ++shown;
  }
  if (shown < lines.size())
    text += '\n' + phrase("notify.more", {{"count", std::to_string(lines.size() - shown)}}, Language::zh);
  if (!link.empty()) text += '\n' + link;
  return json::serialize(json::object{{"msgtype", "text"}, {"text", {{"content", text}}}});
}

Sender::Said post_robot(const std::string& url, const std::string& body) {
  Outgoing request{.url = url, .body = body};
  request.headers = {"content-type: application/json"};
  auto answer = fetch(request);
  if (!answer) {
    for (const auto& [key, value] : answer.error().args)
      if (key == "sent" && value == "no") return {How::again, {}, why_of(answer.error())};
    return {How::unknown, {}, why_of(answer.error())};
  }
  if (answer->status != 200)
    return {answer->status == 429 || answer->status >= 500 ? How::again : How::failed,
            {},
            "HTTP " + std::to_string(answer->status)};
  json::error_code broken;
  const json::value said = json::parse(answer->body, broken);
  const json::value* code = !broken && said.is_object() ? said.as_object().if_contains("errcode") : nullptr;
  if (!code || !code->is_int64()) return {How::unknown, {}, "no errcode"};
  const std::int64_t number = code->as_int64();
  if (number == 0) return {How::sent, {}, {}};
  return {number == 45009 || number == -1 ? How::again : How::failed, {}, "errcode " + std::to_string(number)};
}

std::string webhook_body(const Delivery& delivery, const About& about, const std::string& link, Instant now) {
  json::object data{{"kind", name(delivery.kind)}, {"round", delivery.round}};
  if (about.lead) {
    data["lead"] = to_text(about.lead);
    data["category"] = named_people_only(about.category) ? json::value() : json::value(about.category);
    data["urgency"] = about.urgency;
    data["grid"] = about.grid_name;
    data["asked_at"] = format_time(about.asked_at);
    data["due_at"] = format_time(about.asked_at + kPromise);
  }
  if (delivery.kind == Kind::emergency) data["verified"] = false;
  if (!link.empty()) data["link"] = link;
  return json::serialize(json::object{{"type", "notify." + std::string(name(delivery.kind))},
                                      {"timestamp", format_time(now)},
                                      {"data", std::move(data)}});
}

namespace {

Result<Fetched> post_signed(const DistrictWay& way, const std::string& id, const std::string& body, Instant now) {
  const std::string at = std::to_string(now.time_since_epoch() / 1s);
  Outgoing request{.url = way.url, .body = body};
  request.headers = {"content-type: application/json", "webhook-id: " + id, "webhook-timestamp: " + at};
  if (way.secret) {
    std::string signature = sign(*way.secret, id, at, body);
    if (way.old_secret && now < way.old_until) signature += ' ' + sign(*way.old_secret, id, at, body);
    request.headers.push_back("webhook-signature: " + signature);
  }
  return fetch(request);
}

Sender::Said judged(const Fetched& answer) {
  if (answer.status >= 200 && answer.status < 300) return {How::sent, {}, {}};
  const bool later = answer.status == 429 || answer.status >= 500;
  return {later ? How::again : How::failed, {}, "HTTP " + std::to_string(answer.status), answer.retry_after};
}

}  // namespace

Sender::Said post_webhook(const DistrictWay& way, const std::string& id, const std::string& body, Instant now) {
  auto answer = post_signed(way, id, body, now);
  if (!answer) return {How::again, {}, why_of(answer.error())};  // the receiver knows repetitions
  return judged(*answer);
}

std::string gateway_body(std::string_view body, std::string_view to, Way way, std::string_view text) {
  const auto quoted = [](std::string_view plain) {
    const std::string json = json::serialize(json::value(plain));
    return json.substr(1, json.size() - 2);
  };
  std::string out;
  bool has_to = false, has_text = false;
  while (!body.empty()) {
    if (body.starts_with("{to}")) out += quoted(to), body.remove_prefix(4), has_to = true;
    else if (body.starts_with("{kind}")) out += name(way), body.remove_prefix(6);
    else if (body.starts_with("{text}")) out += quoted(text), body.remove_prefix(6), has_text = true;
    else out += body.front(), body.remove_prefix(1);
  }
  json::error_code broken;
  json::parse(out, broken);
  return broken || !has_to || !has_text ? std::string() : out;
}

Sender::Said post_gateway(const DistrictWay& way, const std::string& id, const std::string& body, Instant now) {
  auto answer = post_signed(way, id, body, now);
  if (!answer) {
    for (const auto& [key, value] : answer.error().args)
      if (key == "sent" && value == "no") return {How::again, {}, why_of(answer.error())};
    return {How::unknown, {}, why_of(answer.error())};
  }
  // 500, 502 and 504 may come from behind a call that went through.
  if (answer->status >= 500 && answer->status != 503)
    return {How::unknown, {}, "HTTP " + std::to_string(answer->status)};
  return judged(*answer);
}

}  // namespace linli::notify
