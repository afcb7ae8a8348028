// Days and hours as the district's clock on the wall tells them. Never the server's own zone. The zone's rules come from ICU.
#pragma once
#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace linli {

// A local day; stored as days since 1970-01-01.
struct Day {
  std::int32_t number = 0;
  auto operator<=>(const Day&) const = default;
  Day operator+(int days) const { return {number + days}; }
  Day operator-(int days) const { return {number - days}; }
  int operator-(Day other) const { return number - other.number; }
};
inline constexpr Day kNoEnd{2'932'896};  // 9999-12-31: until somebody ends it

std::string format_day(Day day);                      // "2026-11-23"
std::optional<Day> parse_day(std::string_view text);  // years 1970 … 9999; nullopt for days that there are not
std::chrono::weekday weekday_of(Day day);

class TimeZone {  // any thread
 public:
  // "Asia/Shanghai"; nullopt: ICU does not know it.
  static std::optional<TimeZone> named(std::string_view name);
  static const TimeZone& shanghai();

  const std::string& name() const { return name_; }
  std::chrono::milliseconds offset(Instant at) const;  // from UTC
  Day day(Instant at) const;
  std::chrono::minutes time_of_day(Instant at) const;
  // When the clock shows this. A time that a change of summer time leaves out is the one after it; of two, the first.
  Instant at(Day day, std::chrono::minutes time_of_day = {}) const;

 private:
  struct Rules;
  std::string name_;
  std::shared_ptr<const Rules> rules_;
};

}  // namespace linli
