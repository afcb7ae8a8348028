#include "people/calendar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <unordered_map>

#include "base/utf8.h"

namespace linli {
namespace {

using std::chrono::minutes;

constexpr minutes kDay{24 * 60};
constexpr std::size_t kMostWrong = 1'000, kMaxName = 64;

// 2026-05-01, 2026/5/1, 2026.5.1, 2026年5月1日, and 46143: how XLSX keeps a day, counted from the end of 1899.
std::optional<Day> read_day(std::string_view text) {
  std::array<int, 3> parts{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] < '0' || text[i] > '9') {
      ++i;
      continue;
    }
    int value = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), value);
    if (error != std::errc{} || count == 3) return {};
    parts[count++] = value;
    i = static_cast<std::size_t>(end - text.data());
  }
  if (count == 1 && parts[0] >= 30'000 && parts[0] <= 80'000 && text.size() == 5) return Day{parts[0] - 25'569};
  constexpr std::string_view separators[] = {"-", "/", ".", "年", "月", "日"};
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] >= '0' && text[i] <= '9') {
      ++i;
      continue;
    }
    const auto* separator = std::ranges::find_if(separators, [&](auto s) { return text.substr(i).starts_with(s); });
    if (separator == std::end(separators)) return {};
    i += separator->size();
  }
  if (count != 3 || parts[0] > 9999) return {};
  std::array<char, 40> iso{};
  std::snprintf(iso.data(), iso.size(), "%04d-%02d-%02d", parts[0], parts[1], parts[2]);
  return parse_day(iso.data());
}

// 调休 alone says neither: to some it is the day off, to others the day that makes up for it.
std::optional<DayKind> read_kind(std::string_view text) {
  if (const auto kind = parse_day_kind(text)) return kind;
  constexpr std::string_view off[] = {"放假", "休", "休息", "节假日", "法定节假日", "放假调休"};
  constexpr std::string_view on[] = {"上班", "班", "补班", "工作日", "调休上班"};
  if (std::ranges::count(off, text) > 0) return DayKind::holiday;
  if (std::ranges::count(on, text) > 0) return DayKind::workday;
  return {};
}

}  // namespace

std::string_view name(DayKind kind) { return kind == DayKind::holiday ? "holiday" : "workday"; }
std::optional<DayKind> parse_day_kind(std::string_view text) {
  if (text == "holiday") return DayKind::holiday;
  if (text == "workday") return DayKind::workday;
  return {};
}

std::string format_time_of_day(minutes time) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d", static_cast<int>(time.count() / 60),
                static_cast<int>(time.count() % 60));
  return text.data();
}

std::optional<minutes> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return {};
  for (const std::size_t i : {0, 1, 3, 4})
    if (text[i] < '0' || text[i] > '9') return {};
  const int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
  const minutes time{hour * 60 + minute};
  if (minute > 59 || time > kDay) return {};
  return time;
}

Result<std::vector<Hours>> checked_hours(std::vector<Hours> hours) {
  std::ranges::sort(hours, {}, &Hours::from);
  bool good = !hours.empty();
  for (std::size_t i = 0; good && i < hours.size(); ++i)
    good = hours[i].from < hours[i].to && hours[i].to <= kDay && (i == 0 || hours[i - 1].to <= hours[i].from);
  if (!good) return fail(Errc::bad_value, Where::at_field("hours"), {{"allowed", "09:00-12:00, 13:30-18:00"}});
  return hours;
}

Calendar::Calendar(std::vector<SpecialDay> days, std::vector<Hours> hours)
    : days_(std::move(days)), hours_(std::move(hours)) {
  std::ranges::sort(days_, {}, &SpecialDay::day);
}

std::vector<Hours> Calendar::usual_hours() {
  return {{minutes(9 * 60), minutes(12 * 60)}, {minutes(13 * 60 + 30), minutes(18 * 60)}};
}

const SpecialDay* Calendar::special(Day day) const {
  const auto at = std::ranges::lower_bound(days_, day, {}, &SpecialDay::day);
  return at != days_.end() && at->day == day ? &*at : nullptr;
}

bool Calendar::is_holiday(Day day) const {
  const SpecialDay* special = this->special(day);
  return special && special->kind == DayKind::holiday;
}

bool Calendar::is_working_day(Day day) const {
  if (const SpecialDay* special = this->special(day)) return special->kind == DayKind::workday;
  const unsigned weekday = weekday_of(day).iso_encoding();
  return weekday <= 5;
}

Day Calendar::next_working_day(Day day) const {
  do day = day + 1;
  while (!is_working_day(day));
  return day;
}

bool Calendar::is_working_time(const TimeZone& zone, Instant at) const {
  const minutes time = zone.time_of_day(at);
  return is_working_day(zone.day(at)) &&
         std::ranges::any_of(hours_, [&](const Hours& h) { return h.from <= time && time < h.to; });
}

std::vector<Span> Calendar::working_time(const TimeZone& zone, Instant from, Instant to) const {
  std::vector<Span> out;
  for (Day day = zone.day(from); zone.at(day) < to; day = day + 1) {
    if (!is_working_day(day)) continue;
    for (const Hours& h : hours_) {
      const Span span{std::max(from, zone.at(day, h.from)), std::min(to, zone.at(day, h.to))};
      if (span.from < span.to) out.push_back(span);
    }
  }
  return out;
}

Instant Calendar::add_working_time(const TimeZone& zone, Instant from, minutes time) const {
  milliseconds left = time;
  for (Day day = zone.day(from);; day = day + 1) {
    if (!is_working_day(day)) continue;
    for (const Hours& h : hours_) {
      const Instant begin = std::max(from, zone.at(day, h.from)), end = zone.at(day, h.to);
      if (begin >= end) continue;
      if (left <= end - begin) return begin + left;
      left -= end - begin;
    }
  }
}

Result<CalendarPlan> plan_calendar(const Calendar& calendar, const Table& table) {
  enum Column { date, kind, day_name, kColumns };
  constexpr std::array<std::array<std::string_view, 2>, kColumns> headings{
      {{"date", "日期"}, {"kind", "类型"}, {"name", "名称"}}};
  std::array<int, kColumns> columns;
  columns.fill(-1);
  const auto header = table.rows.empty() ? std::vector<std::string>{} : table.rows.front().cells;
  for (std::size_t i = 0; i < header.size(); ++i)
    for (std::size_t c = 0; c < kColumns; ++c)
      if (std::ranges::count(headings[c], header[i]) > 0) columns[c] = static_cast<int>(i);
  for (const Column needed : {date, kind})
    if (columns[needed] < 0)
      return fail(Errc::missing_field,
                  Where::at({}, table.rows.empty() ? 1 : table.rows.front().line,
                            std::string(headings[needed][1]) + " / " + std::string(headings[needed][0])));

  CalendarPlan plan;
  std::unordered_map<std::int32_t, long> lines;
  for (std::size_t i = 1; i < table.rows.size(); ++i) {
    const Table::Row& row = table.rows[i];
    const auto cell = [&](Column column) {
      const auto at = static_cast<std::size_t>(columns[column]);
      return columns[column] >= 0 && at < row.cells.size() ? std::string_view(row.cells[at]) : std::string_view();
    };
    bool good = true;
    const auto wrong = [&](Column column, Errc code, Args args) {
      good = false;
      ++plan.wrong_total;
      const std::string field(headings[column][0]);
      if (plan.wrong.size() < kMostWrong)
        plan.wrong.push_back({row.line, field, Error{code, Where::at({}, row.line, field), std::move(args)}});
    };
    CalendarChange change{row.line, {}, {}};
    if (const auto day = read_day(cell(date))) change.day.day = *day;
    else wrong(date, Errc::bad_value, {{"value", std::string(cell(date))}, {"allowed", "2026-05-01"}});
    if (const auto read = read_kind(cell(kind))) change.day.kind = *read;
    else wrong(kind, Errc::bad_value, {{"value", std::string(cell(kind))}, {"allowed", "放假, 上班"}});
    change.day.name = cell(day_name);
    if (code_points(change.day.name) > kMaxName) wrong(day_name, Errc::too_long, {{"max", std::to_string(kMaxName)}});
    if (!good) continue;
    if (const auto [first, once] = lines.emplace(change.day.day.number, row.line); !once) {
      wrong(date, Errc::duplicate, {{"first_line", std::to_string(first->second)}});
      continue;
    }
    if (const SpecialDay* before = calendar.special(change.day.day)) {
      if (*before == change.day) {
        ++plan.unchanged;
        continue;
      }
      change.before = *before;
    }
    plan.changes.push_back(std::move(change));
  }
  std::ranges::sort(plan.changes, {}, [](const CalendarChange& c) { return c.day.day; });
  return plan;
}

namespace calendars {

Result<Calendar> load(Tx& tx) {
  std::vector<SpecialDay> days;
  LINLI_TRY(tx.each("SELECT day, kind, name FROM calendar_days ORDER BY day", {}, [&](const Row& r) {
    if (const auto kind = parse_day_kind(r.bytes(1)))
      days.push_back({Day{r.get<std::int32_t>(0)}, *kind, r.get<std::string>(2)});
  }));
  std::vector<Hours> hours;
  LINLI_TRY(tx.each("SELECT from_minute, to_minute FROM working_hours ORDER BY from_minute", {}, [&](const Row& r) {
    hours.push_back({minutes(r.get<int>(0)), minutes(r.get<int>(1))});
  }));
  if (hours.empty()) return Calendar(std::move(days));
  return Calendar(std::move(days), std::move(hours));
}

Result<void> put(Tx& tx, const SpecialDay& day) {
  LINLI_TRY(
      tx.run("INSERT INTO calendar_days (day, kind, name) VALUES ($1, $2, $3) ON CONFLICT (day) DO UPDATE SET kind = "
             "excluded.kind, name = excluded.name",
             {day.day.number, name(day.kind), day.name}));
  return {};
}

Result<void> remove(Tx& tx, Day day) {
  LINLI_TRY(tx.run("DELETE FROM calendar_days WHERE day = $1", {day.number}));
  return {};
}

Result<void> put_hours(Tx& tx, std::span<const Hours> hours) {
  LINLI_TRY(tx.run("DELETE FROM working_hours"));
  for (const Hours& h : hours)
    LINLI_TRY(
        tx.run("INSERT INTO working_hours (from_minute, to_minute) VALUES ($1, $2)", {h.from.count(), h.to.count()}));
  return {};
}

}  // namespace calendars
}  // namespace linli
