// The district's calendar: public holidays (法定节假日), make-up working days (调休上班), working hours. All other Mondays to
// Fridays are working days. A Calendar is a value; all of its functions are pure.
#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/local_time.h"
#include "base/result.h"
#include "base/table_file.h"
#include "store/database.h"

namespace linli {

enum class DayKind { holiday, workday };
std::string_view name(DayKind kind);  // "holiday"
std::optional<DayKind> parse_day_kind(std::string_view text);

struct SpecialDay {
  Day day;
  DayKind kind = DayKind::holiday;
  std::string name;  // "春节"
  bool operator==(const SpecialDay&) const = default;
};

// A part of each working day, by the clock on the wall; `to` is no longer part of it. 24:00 is the day's end.
struct Hours {
  std::chrono::minutes from{}, to{};
  bool operator==(const Hours&) const = default;
};
std::string format_time_of_day(std::chrono::minutes time);                     // "09:00"
std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text);  // "00:00" … "24:00"
Result<std::vector<Hours>> checked_hours(std::vector<Hours> hours);  // in order. Error: bad_value (empty, overlapping)

struct Span {  // of time, [from, to)
  Instant from{}, to{};
  bool operator==(const Span&) const = default;
};

class Calendar {
 public:
  explicit Calendar(std::vector<SpecialDay> days = {}, std::vector<Hours> hours = usual_hours());
  static std::vector<Hours> usual_hours();  // 09:00-12:00, 13:30-18:00

  std::span<const SpecialDay> days() const { return days_; }  // by day
  std::span<const Hours> hours() const { return hours_; }     // at least one
  const SpecialDay* special(Day day) const;                   // null: a day like any other
  bool is_holiday(Day day) const;                             // a public one; Sundays as such are not
  bool is_working_day(Day day) const;
  Day next_working_day(Day day) const;  // the first one after it

  bool is_working_time(const TimeZone& zone, Instant at) const;
  std::vector<Span> working_time(const TimeZone& zone, Instant from, Instant to) const;  // in order
  // When so much working time has passed; what is asked in the night begins in the morning. The last minute of a morning
  // ends at noon, not after the break.
  Instant add_working_time(const TimeZone& zone, Instant from, std::chrono::minutes time) const;

 private:
  std::vector<SpecialDay> days_;
  std::vector<Hours> hours_;
};

// ---- out of a table that an office keeps ----
// Columns, in any order: date 日期, kind 类型 (放假 or 上班), name 名称. The first two are needed.

struct CalendarChange {
  long line = 0;
  SpecialDay day;
  std::optional<SpecialDay> before;  // none: new
};
struct CalendarPlan {
  std::vector<CalendarChange> changes;  // by day
  std::size_t unchanged = 0;
  std::vector<WrongCell> wrong;  // at most 1,000; with any, nothing may be written
  std::size_t wrong_total = 0;
};
// Error: of the header (missing_field with the column).
Result<CalendarPlan> plan_calendar(const Calendar& calendar, const Table& table);

// ---- in the store ----
namespace calendars {

Result<Calendar> load(Tx& tx);
Result<void> put(Tx& tx, const SpecialDay& day);
Result<void> remove(Tx& tx, Day day);
Result<void> put_hours(Tx& tx, std::span<const Hours> hours);  // as checked_hours() gave them

}  // namespace calendars
}  // namespace linli
