#include "assist/server_settings.h"

#include <sodium.h>

#include <algorithm>
#include <boost/json.hpp>

#include "people/fetch.h"
#include "people/policies.h"
#include "people/tokens.h"

namespace linli::assist {

std::string_view name(Task task) {
  switch (task) {
    case Task::refine: return "refine";
    case Task::judge: return "judge";
    case Task::draft: return "draft";
    case Task::polish: break;
  }
  return "polish";
}

namespace server_settings {
namespace {

namespace json = boost::json;

constexpr std::string_view kName = "model_server", kKeyPlace = "policies.model_server";

std::string from_base64url(std::string_view text) {
  std::string out(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr,
                        &size, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
    return {};
  out.resize(size);
  return out;
}

json::object bare(const ServerSettings& s) {
  json::array tasks;
  for (const Task task : s.tasks) tasks.push_back(json::value(std::string(assist::name(task))));
  return {{"base_url", s.base_url},
          {"model", s.model},
          {"own_machine", s.own_machine},
          {"daily_tokens", s.daily_tokens},
          {"deadline_ms", s.deadline.count()},
          {"tasks", std::move(tasks)}};
}

std::string text_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace

Result<std::pair<ServerSettings, int>> find(Tx& tx, const Sealer& sealer) {
  auto kept = policies::find(tx, kName);
  if (!kept) return tl::unexpected(std::move(kept).error());
  ServerSettings out;
  json::error_code broken;
  const auto value = json::parse(kept->value, broken);
  if (broken || !value.is_object()) return std::pair(out, kept->revision);
  const json::object& from = value.as_object();
  out.base_url = text_of(from, "base_url");
  out.model = text_of(from, "model");
  if (const std::string sealed = from_base64url(text_of(from, "key")); !sealed.empty()) {
    auto opened = sealer.open(kKeyPlace, sealed);
    if (!opened) return tl::unexpected(std::move(opened).error());
    out.key = *std::move(opened);
  }
  if (const auto* own = from.if_contains("own_machine")) out.own_machine = own->is_bool() && own->as_bool();
  const auto number = [&](std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most) {
    const auto* n = from.if_contains(name);
    return n && n->is_int64() ? std::clamp(n->as_int64(), least, most) : fallback;
  };
  out.daily_tokens = number("daily_tokens", out.daily_tokens, out.kLeastTokens, out.kMostTokens);
  out.deadline =
      milliseconds(number("deadline_ms", out.deadline.count(), out.kLeastDeadline.count(), out.kMostDeadline.count()));
  if (const auto* tasks = from.if_contains("tasks"); tasks && tasks->is_array()) {
    out.tasks.clear();
    for (const Task task : kTasks)
      if (std::ranges::count(tasks->as_array(), json::value(std::string(assist::name(task))))) out.tasks.insert(task);
  }
  return std::pair(std::move(out), kept->revision);
}

Result<int> set(Tx& tx, const Sealer& sealer, const ServerSettings& s, int seen, UserId by, Instant now) {
  json::object value = bare(s);
  if (!s.key.empty()) value["key"] = tokens::base64url(sealer.seal(kKeyPlace, s.key));
  return policies::set(tx, kName, json::serialize(value), seen, by, now);
}

std::string without_key(const ServerSettings& s) {
  json::object value = bare(s);
  value["has_key"] = !s.key.empty();
  return json::serialize(value);
}

std::string origin(std::string_view url) {
  const std::size_t host = url.find("://");
  if (host == url.npos) return {};
  std::string out(url.substr(0, url.find_first_of("/?#", host + 3)));
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

bool good_url(const std::string& url, bool own_machine) {
  if (url.empty()) return true;
  if (url.size() > 300 || url.find_first_of("?# \t\r\n\"'<>\\") != url.npos) return false;
  return own_machine ? is_near_url(url) : is_safe_url(url);
}

}  // namespace server_settings
}  // namespace linli::assist
