#include "channels/chatlog/chat_time.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

namespace linli {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  std::size_t at() const { return at_; }
  void back_to(std::size_t at) { at_ = at; }
  bool done() const { return at_ == text_.size(); }

  bool word(std::string_view w) {
    if (!text_.substr(at_).starts_with(w)) return false;
    at_ += w.size();
    return true;
  }
  bool any_of(std::string_view characters, char& which) {
    if (done() || characters.find(text_[at_]) == characters.npos) return false;
    which = text_[at_++];
    return true;
  }
  // At most `most` digits, at least `least`; -1: there are none.
  int number(std::size_t least, std::size_t most) {
    int value = 0;
    std::size_t digits = 0;
    while (at_ + digits < text_.size() && digits <= most && text_[at_ + digits] >= '0' && text_[at_ + digits] <= '9')
      value = value * 10 + (text_[at_ + digits++] - '0');
    if (digits < least || digits > most) return -1;
    at_ += digits;
    return value;
  }
  bool blanks() {
    const std::size_t before = at_;
    char c;
    while (any_of(" \t", c) || word("　") || word("\xC2\xA0")) {
    }
    return at_ > before;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

struct Word {
  std::string_view text;
  int value;
};
constexpr Word kDaysAgo[] = {{"今天", 0}, {"昨天", 1}, {"前天", 2}, {"Today", 0}, {"Yesterday", 1}};
constexpr Word kWeekdays[] = {{"星期一", 1}, {"星期二", 2},   {"星期三", 3},  {"星期四", 4},    {"星期五", 5},
                              {"星期六", 6}, {"星期日", 7},   {"星期天", 7},  {"周一", 1},      {"周二", 2},
                              {"周三", 3},   {"周四", 4},     {"周五", 5},    {"周六", 6},      {"周日", 7},
                              {"周天", 7},   {"Monday", 1},   {"Tuesday", 2}, {"Wednesday", 3}, {"Thursday", 4},
                              {"Friday", 5}, {"Saturday", 6}, {"Sunday", 7}};
// 1: of the first half of the day (12 is 0); 2: of the second.
constexpr Word kHalves[] = {{"凌晨", 1}, {"清晨", 1}, {"早上", 1}, {"早晨", 1}, {"上午", 1}, {"中午", 3}, {"下午", 2},
                            {"傍晚", 2}, {"晚上", 2}, {"AM", 1},   {"PM", 2},   {"am", 1},   {"pm", 2}};

int one_of(Reader& in, std::span<const Word> words) {
  for (const Word& w : words)
    if (in.word(w.text)) return w.value;
  return -1;
}

bool read_day(Reader& in, ChatTime& out) {
  const std::size_t begin = in.at();
  if (const int ago = one_of(in, kDaysAgo); ago >= 0) {
    out.day = ChatTime::Day::days_ago;
    out.days_ago = ago;
    return true;
  }
  if (const int weekday = one_of(in, kWeekdays); weekday > 0) {
    out.day = ChatTime::Day::weekday;
    out.weekday = weekday;
    return true;
  }
  char first, second;
  if (const int year = in.number(4, 4); year >= 0) {
    if (in.word("年")) {
      out.month = in.number(1, 2);
      if (out.month >= 0 && in.word("月") && (out.date = in.number(1, 2)) >= 0 && in.word("日")) {
        out.year = year;
        out.day = ChatTime::Day::full;
        return true;
      }
    } else if (in.any_of("-/.", first)) {
      out.month = in.number(1, 2);
      if (out.month >= 0 && in.any_of("-/.", second) && first == second && (out.date = in.number(1, 2)) >= 0) {
        out.year = year;
        out.day = ChatTime::Day::full;
        return true;
      }
    }
    in.back_to(begin);
    return false;
  }
  if (const int month = in.number(1, 2); month >= 0) {
    out.month = month;
    if (in.word("月") ? (out.date = in.number(1, 2)) >= 0 && in.word("日")
                      : in.any_of("-/", first) && (out.date = in.number(1, 2)) >= 0) {
      out.day = ChatTime::Day::without_year;
      return true;
    }
  }
  in.back_to(begin);
  return false;
}

bool colon(Reader& in) { return in.word(":") || in.word("："); }

bool read_hour(Reader& in, ChatTime& out) {
  const std::size_t begin = in.at();
  int half = one_of(in, kHalves);
  if (half > 0) in.blanks();
  out.hour = in.number(1, 2);
  if (out.hour < 0 || !colon(in) || (out.minute = in.number(2, 2)) < 0) {
    in.back_to(begin);
    out.hour = -1;
    return false;
  }
  const std::size_t short_form = in.at();
  if (!colon(in) || (out.second = in.number(2, 2)) < 0) {
    in.back_to(short_form);
    out.second = -1;
  }
  if (half < 0) {
    const std::size_t end = in.at();
    in.blanks();
    half = one_of(in, std::span(kHalves).last(4));
    if (half < 0) in.back_to(end);
  }
  if (half == 1 && out.hour == 12) out.hour = 0;
  if ((half == 2 && out.hour < 12) || (half == 3 && out.hour < 11)) out.hour += 12;
  return true;
}

bool is_clock(const ChatTime& t) { return t.hour >= 0 && t.hour < 24 && t.minute < 60 && t.second < 60; }

std::optional<Day> to_day(int year, int month, int date) {
  const std::chrono::year_month_day day{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                        std::chrono::day(static_cast<unsigned>(date))};
  if (!day.ok() || year < 1970) return {};
  return Day{static_cast<std::int32_t>(std::chrono::sys_days(day).time_since_epoch().count())};
}

std::chrono::year_month_day parts(Day day) { return std::chrono::sys_days(std::chrono::days(day.number)); }

}  // namespace

std::size_t read_chat_time(std::string_view text, ChatTime& out) {
  out = {};
  Reader in(text);
  if (read_day(in, out)) {
    const std::size_t day_end = in.at();
    if (in.blanks()) one_of(in, kWeekdays), in.blanks();  // 2026年11月23日 星期一 22:10
    if (!read_hour(in, out)) in.back_to(day_end);
    return in.at();
  }
  return read_hour(in, out) ? in.at() : 0;
}

std::optional<ChatTime> whole_chat_time(std::string_view text) {
  ChatTime out;
  if (const std::size_t size = read_chat_time(text, out); size > 0 && size == text.size() && out.hour >= 0) return out;
  out = {};
  if (text.size() >= 20 && text.size() <= 40) {
    out.instant = parse_time(text);
    if (out.instant) {
      out.second = 0;
      return out;
    }
  }
  if (text.size() >= 9 && text.size() <= 16 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    std::int64_t number = 0;
    for (const char c : text) number = number * 10 + (c - '0');
    out.instant = from_millis(number >= 1'000'000'000'000 ? number : number * 1'000);
    out.second = 0;
    return out;
  }
  return {};
}

std::optional<ChatTime> chat_time_at_end(std::string_view text, std::string_view& before) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.size() < 5) return {};
  const char last = text.back();
  if ((last < '0' || last > '9') && last != 'M' && last != 'm') return {};
  if (text.substr(text.size() - std::min<std::size_t>(14, text.size())).find_first_of(":\xEF") == text.npos) return {};
  ChatTime out;
  // The longest one: "张三 10月3日 22:10" has its day within.
  const std::size_t from = text.size() > 64 ? text.size() - 64 : 0;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (at > 0 && !is_blank(text[at - 1]) && !(at >= 2 && text.substr(at - 2, 2) == "\xC2\xA0")) continue;
    if (read_chat_time(text.substr(at), out) != text.size() - at || out.hour < 0) continue;
    before = text.substr(0, at);
    while (!before.empty() && is_blank(before.back())) before.remove_suffix(1);
    return out;
  }
  return {};
}

ChatClock::ChatClock(const TimeZone& zone, Instant as_of, Wraps total)
    : zone_(zone),
      as_of_(as_of),
      today_(zone.day(as_of)),
      minute_now_(static_cast<int>(zone.time_of_day(as_of).count())),
      total_(total) {}

// The last time without a year lies in the last 12 months; each wrap before the end is a year earlier.
int ChatClock::year_of(int month, int date) {
  if (seen_.month > 0 && month * 32 + date < seen_.month * 32 + seen_.date - 32) ++seen_.years;
  seen_.month = month;
  seen_.date = date;
  const int last_month = total_.month > 0 ? total_.month : month, last_date = total_.month > 0 ? total_.date : date;
  const auto now = parts(today_ + 1);
  int year = static_cast<int>(now.year());
  if (std::pair(last_month, last_date) > std::pair(static_cast<int>(static_cast<unsigned>(now.month())),
                                                   static_cast<int>(static_cast<unsigned>(now.day()))))
    --year;
  return year - std::max(0, total_.years - seen_.years);
}

std::optional<Day> ChatClock::day_of(const ChatTime& t) {
  switch (t.day) {
    case ChatTime::Day::full: return to_day(t.year, t.month, t.date);
    case ChatTime::Day::without_year:
      if (!to_day(2000, t.month, t.date)) return {};  // a leap year: no day is missing
      return to_day(year_of(t.month, t.date), t.month, t.date);
    case ChatTime::Day::days_ago: return today_ - t.days_ago;
    case ChatTime::Day::weekday: {
      const int now = static_cast<int>(weekday_of(today_).iso_encoding());
      return today_ - ((now - t.weekday + 6) % 7 + 1);
    }
    case ChatTime::Day::none: break;
  }
  return {};
}

bool ChatClock::begin_day(const ChatTime& time) {
  if (time.day == ChatTime::Day::none) return false;
  const auto day = day_of(time);
  if (day) day_ = day;
  return day.has_value();
}

Result<Instant> ChatClock::at(const ChatTime& t) {
  std::optional<Instant> out = t.instant;
  if (!out && is_clock(t)) {
    const int minute = t.hour * 60 + t.minute;
    std::optional<Day> day;
    if (t.day != ChatTime::Day::none) {
      day = day_of(t);
    } else if (day_) {
      day = day_;
    } else {
      // Back by more than some minutes: the next day has begun.
      if (seen_.minute >= 0 && minute < seen_.minute - 5) ++seen_.days;
      seen_.minute = minute;
      const int last = total_.minute >= 0 ? total_.minute : minute;
      day = today_ - (last > minute_now_ + 5 ? 1 : 0) - std::max(0, total_.days - seen_.days);
    }
    if (day) out = zone_.at(*day, std::chrono::minutes(minute)) + std::chrono::seconds(std::max(0, t.second));
  }
  static const Instant first = *parse_time("2000-01-01T00:00:00Z");
  if (!out || *out < first || *out > as_of_ + std::chrono::hours(24))
    return fail(Errc::bad_time, Where::at_field("time"));
  return *out;
}

}  // namespace linli
