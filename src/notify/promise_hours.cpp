#include "notify/promise_hours.h"

#include <array>
#include <boost/json.hpp>

namespace linli::notify {
namespace {

namespace json = boost::json;
using Bind = PromiseHours::Bind;

constexpr std::string_view kPolicy = "promise_hours";
constexpr std::array<std::string_view, 3> kBinds{"always", "working_time", "daily"};

std::optional<Hours> hours_of(const json::value& value) {
  if (!value.is_object()) return {};
  const auto text = [&](std::string_view member) -> std::string_view {
    const json::value* found = value.as_object().if_contains(member);
    return found && found->is_string() ? std::string_view(found->as_string()) : std::string_view();
  };
  const auto from = parse_time_of_day(text("from")), to = parse_time_of_day(text("to"));
  if (!from || !to || *from >= *to) return {};
  return Hours{*from, *to};
}

}  // namespace

std::string_view name(Bind bind) { return kBinds[static_cast<std::size_t>(bind)]; }
std::optional<Bind> parse_bind(std::string_view text) {
  for (std::size_t i = 0; i < kBinds.size(); ++i)
    if (kBinds[i] == text) return static_cast<Bind>(i);
  return {};
}

// What cannot be read binds always: the stricter promise.
Result<std::pair<PromiseHours, int>> promise_hours(Tx& tx) {
  auto kept = policies::find(tx, kPolicy);
  if (!kept) return tl::unexpected(std::move(kept).error());
  std::pair<PromiseHours, int> out{{}, kept->revision};
  json::error_code broken;
  const json::value value = json::parse(kept->value, broken);
  if (broken || !value.is_object()) return out;
  const json::value* bind = value.as_object().if_contains("bind");
  const auto read = bind && bind->is_string() ? parse_bind(bind->as_string()) : std::nullopt;
  if (!read) return out;
  if (const json::value* hours = value.as_object().if_contains("hours"); hours && hours->is_array())
    for (const json::value& one : hours->as_array())
      if (const auto span = hours_of(one)) out.first.hours.push_back(*span);
  if (*read != Bind::daily || !out.first.hours.empty()) out.first.bind = *read;
  return out;
}

Result<int> set_promise_hours(Tx& tx, const PromiseHours& hours, int seen, UserId by, Instant now) {
  json::array spans;
  for (const Hours& one : hours.hours)
    spans.push_back(json::object{{"from", format_time_of_day(one.from)}, {"to", format_time_of_day(one.to)}});
  return policies::set(tx, kPolicy,
                       json::serialize(json::object{{"bind", name(hours.bind)}, {"hours", std::move(spans)}}), seen, by,
                       now);
}

bool PromiseTime::binds(int urgency, Instant at) const {
  if (urgency <= 2 || always()) return true;
  if (hours_.bind == Bind::working_time) return calendar_.is_working_time(zone_, at);
  const auto time = zone_.time_of_day(at);
  for (const Hours& one : hours_.hours)
    if (one.from <= time && time < one.to) return true;
  return false;
}

Instant PromiseTime::after(int urgency, Instant asked, minutes time) const {
  if (urgency <= 2 || always()) return asked + time;
  if (hours_.bind == Bind::working_time) return calendar_.add_working_time(zone_, asked, time);
  milliseconds left = time;
  for (Day day = zone_.day(asked);; day = day + 1)
    for (const Hours& one : hours_.hours) {
      const Instant from = std::max(asked, zone_.at(day, one.from));
      const Instant to = one.to == minutes(24 * 60) ? zone_.at(day + 1) : zone_.at(day, one.to);
      if (from >= to) continue;
      if (from + left <= to) return from + left;
      left -= to - from;
    }
}

Result<PromiseTime> promise_time(Tx& tx, const TimeZone& zone) {
  auto hours = promise_hours(tx);
  if (!hours) return tl::unexpected(std::move(hours).error());
  auto calendar = calendars::load(tx);
  if (!calendar) return tl::unexpected(std::move(calendar).error());
  return PromiseTime(std::move(hours->first), std::move(*calendar), zone);
}

}  // namespace linli::notify
