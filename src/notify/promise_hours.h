// In which hours the promise binds for urgency 3 and 4; urgency 1 and 2 bind day and night. A district's policy.
#pragma once
#include <utility>
#include <vector>

#include "people/calendar.h"
#include "people/policies.h"
#include "promise/steps.h"

namespace linli::notify {

struct PromiseHours {
  enum class Bind {
    always,
    working_time,  // of the calendar: no holidays, no nights
    daily,         // `hours` of every day
  } bind = Bind::always;
  std::vector<Hours> hours{};  // daily: in order, at least one
  bool operator==(const PromiseHours&) const = default;
};
std::string_view name(PromiseHours::Bind bind);
std::optional<PromiseHours::Bind> parse_bind(std::string_view text);

Result<std::pair<PromiseHours, int>> promise_hours(Tx& tx);  // with its revision
Result<int> set_promise_hours(Tx& tx, const PromiseHours& hours, int seen, UserId by, Instant now);

// The hours with what they are counted by. A value.
class PromiseTime {
 public:
  PromiseTime(PromiseHours hours, Calendar calendar, TimeZone zone)
      : hours_(std::move(hours)), calendar_(std::move(calendar)), zone_(std::move(zone)) {}

  bool always() const { return hours_.bind == PromiseHours::Bind::always; }
  bool binds(int urgency, Instant at) const;
  // When so much time that binds has passed since `asked`: what is asked in the night begins in the morning.
  Instant after(int urgency, Instant asked, minutes time) const;

  const Calendar& calendar() const { return calendar_; }
  const TimeZone& zone() const { return zone_; }

 private:
  PromiseHours hours_;
  Calendar calendar_;
  TimeZone zone_;
};
Result<PromiseTime> promise_time(Tx& tx, const TimeZone& zone);

}  // namespace linli::notify
