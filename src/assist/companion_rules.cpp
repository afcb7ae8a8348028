#include "assist/companion_rules.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace linli::companion {
namespace {

namespace json = boost::json;

constexpr std::string_view kPolicy = "companion";
constexpr std::array<std::string_view, 2> kWhens{"off_hours", "always"};

const json::array* list(const json::object& from, std::string_view member) {
  const json::value* found = from.if_contains(member);
  return found ? found->if_array() : nullptr;
}

void read(const json::object& from, std::string_view member, std::string& into) {
  if (const json::value* found = from.if_contains(member); found && found->is_string()) into = found->as_string();
}

}  // namespace

std::string_view name(When when) { return kWhens[static_cast<std::size_t>(when)]; }
std::optional<When> parse_when(std::string_view text) {
  for (std::size_t i = 0; i < kWhens.size(); ++i)
    if (kWhens[i] == text) return static_cast<When>(i);
  return {};
}

bool Rules::speaks_in(GroupId group) const { return std::ranges::find(groups, group) != groups.end(); }

std::string to_json(const Rules& r) {
  json::array groups, topics;
  for (const GroupId group : r.groups) groups.emplace_back(to_text(group));
  for (const std::string& topic : r.topics) topics.emplace_back(topic);
  json::object phones;
  for (const auto& [who, number] : r.phones) phones[who] = number;
  return json::serialize(json::object{{"on", r.on},
                                      {"when", name(r.when)},
                                      {"groups", std::move(groups)},
                                      {"prepares", r.prepares},
                                      {"topics", std::move(topics)},
                                      {"machine", r.machine},
                                      {"mark", r.mark},
                                      {"phones", std::move(phones)}});
}

Result<std::pair<Rules, int>> rules(Tx& tx) {
  auto kept = policies::find(tx, kPolicy);
  if (!kept) return tl::unexpected(std::move(kept).error());
  std::pair<Rules, int> out{{}, kept->revision};
  json::error_code broken;
  const json::value value = json::parse(kept->value, broken);
  if (broken || !value.is_object()) return out;
  const json::object& o = value.as_object();
  Rules& r = out.first;
  if (const auto* on = o.if_contains("on"); on && on->is_bool()) r.on = on->as_bool();
  if (const auto* on = o.if_contains("prepares"); on && on->is_bool()) r.prepares = on->as_bool();
  std::string when;
  read(o, "when", when);
  r.when = parse_when(when).value_or(When::off_hours);
  read(o, "machine", r.machine);
  read(o, "mark", r.mark);
  if (const json::array* groups = list(o, "groups"))
    for (const json::value& one : *groups)
      if (const auto group = one.is_string() ? parse_id<GroupTag>(one.as_string()) : std::nullopt)
        r.groups.push_back(*group);
  if (const json::array* topics = list(o, "topics"))
    for (const json::value& one : *topics)
      if (one.is_string()) r.topics.emplace_back(one.as_string());
  if (const json::value* phones = o.if_contains("phones"); phones && phones->is_object())
    for (const auto& [who, number] : phones->as_object())
      if (number.is_string()) r.phones[who] = number.as_string();
  return out;
}

Result<int> set_rules(Tx& tx, const Rules& rules, int seen, UserId by, Instant now) {
  return policies::set(tx, kPolicy, to_json(rules), seen, by, now);
}

}  // namespace linli::companion
