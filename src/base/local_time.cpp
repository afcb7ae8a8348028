#include "base/local_time.h"

#include <unicode/basictz.h>
#include <unicode/timezone.h>

#include <array>
#include <charconv>
#include <cstdio>

namespace linli {

using namespace std::chrono;

std::string format_day(Day day) {
  const year_month_day date{sys_days{days{day.number}}};
  std::array<char, 24> text;
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::optional<Day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return {};
  const auto number = [&](std::size_t begin, std::size_t length) -> std::optional<int> {
    int value = 0;
    const char* first = text.data() + begin;
    const auto [end, error] = std::from_chars(first, first + length, value);
    if (error != std::errc{} || end != first + length || value < 0) return {};
    return value;
  };
  const auto y = number(0, 4), m = number(5, 2), d = number(8, 2);
  if (!y || !m || !d || *y < 1970) return {};
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, std::chrono::day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return {};
  return Day{static_cast<std::int32_t>(sys_days{date}.time_since_epoch().count())};
}

weekday weekday_of(Day day) { return weekday{sys_days{days{day.number}}}; }

struct TimeZone::Rules {
  std::unique_ptr<icu::TimeZone> zone;
};

std::optional<TimeZone> TimeZone::named(std::string_view name) {
  const icu::UnicodeString id = icu::UnicodeString::fromUTF8({name.data(), static_cast<std::int32_t>(name.size())});
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(id));
  if (!zone || *zone == icu::TimeZone::getUnknown()) return {};
  TimeZone out;
  out.name_ = name;
  out.rules_ = std::make_shared<const Rules>(Rules{std::move(zone)});
  return out;
}

const TimeZone& TimeZone::shanghai() {
  static const TimeZone zone = *named("Asia/Shanghai");
  return zone;
}

milliseconds TimeZone::offset(Instant at) const {
  std::int32_t raw = 0, summer = 0;
  UErrorCode status = U_ZERO_ERROR;
  rules_->zone->getOffset(static_cast<UDate>(to_millis(at)), false, raw, summer, status);
  return milliseconds(raw + summer);
}

Day TimeZone::day(Instant at) const {
  return {static_cast<std::int32_t>(floor<days>((at + offset(at)).time_since_epoch()).count())};
}

minutes TimeZone::time_of_day(Instant at) const {
  const auto local = (at + offset(at)).time_since_epoch();
  return floor<minutes>(local - floor<days>(local));
}

Instant TimeZone::at(Day day, minutes time_of_day) const {
  const Instant wall{duration_cast<milliseconds>(days{day.number} + time_of_day)};
  // The offset before any change near by, then the one that is in force there.
  const Instant first = wall - offset(wall - hours(24));
  if (first + offset(first) == wall) return first;
  return wall - offset(wall - offset(wall + hours(24)));
}

}  // namespace linli
