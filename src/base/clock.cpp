#include "base/clock.h"

#include <fmt/format.h>

namespace linli {
namespace {

// Reads RFC 3339 from the left.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool number(std::size_t digits, int& out) {
    if (text_.size() < digits) return false;
    out = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return false;
      out = out * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(digits);
    return true;
  }
  bool skip(std::string_view one_of) {
    if (text_.empty() || one_of.find(text_[0]) == text_.npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  // Up to 9 digits; what is finer than a millisecond is cut off.
  bool fraction(int& millis) {
    millis = 0;
    std::size_t digits = 0;
    for (; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits)
      if (digits < 3) millis = millis * 10 + (text_[digits] - '0');
    if (digits == 0 || digits > 9) return false;
    for (std::size_t i = digits; i < 3; ++i) millis *= 10;
    text_.remove_prefix(digits);
    return true;
  }
  char peek() const { return text_.empty() ? '\0' : text_[0]; }
  bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
};

// ":60" is a leap second: the instant after it.
bool read_time_of_day(Reader& in, milliseconds& out) {
  int hour, minute, second, millis = 0;
  if (!in.number(2, hour) || !in.skip(":") || !in.number(2, minute) || !in.skip(":") || !in.number(2, second))
    return false;
  if (hour > 23 || minute > 59 || second > 60) return false;
  if (in.skip(".") && !in.fraction(millis)) return false;
  if (second == 60) millis = 0;
  out = std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) + milliseconds(millis);
  return true;
}

bool read_offset(Reader& in, std::chrono::minutes& out) {
  if (in.skip("Zz")) {
    out = std::chrono::minutes(0);
    return true;
  }
  const bool west = in.peek() == '-';
  int hours, minutes;
  if (!in.skip("+-") || !in.number(2, hours) || !in.skip(":") || !in.number(2, minutes) || hours > 23 || minutes > 59)
    return false;
  out = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  if (west) out = -out;
  return true;
}

}  // namespace

std::optional<Instant> parse_time(std::string_view text) {
  Reader in(text);
  int year, month, day;
  milliseconds time;
  std::chrono::minutes offset;
  if (!in.number(4, year) || !in.skip("-") || !in.number(2, month) || !in.skip("-") || !in.number(2, day)) return {};
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || !in.skip("Tt") || !read_time_of_day(in, time) || !read_offset(in, offset) || !in.at_end())
    return {};
  return std::chrono::sys_days(date) + time - offset;
}

std::string format_time(Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                time.hours().count(), time.minutes().count(), time.seconds().count());
  if (const auto millis = time.subseconds().count()) out += fmt::format(".{:03}", millis);
  return out + 'Z';
}

}  // namespace linli
