// Times as chat windows and exports write them, and what instants they mean. Pure.
//
//   2026-11-23 22:10[:05]   2026/11/23 22:10   2026年11月23日 22:10   11-23 22:10:05   10月3日 下午3:05
//   昨天 22:10   前天 22:10   今天 22:10   星期三 22:10   周三 22:10   凌晨1:05   22:10   3:05 PM
//   2026-11-23T22:10:05+08:00   1628863878 (seconds)   1628863878000 (milliseconds)
#pragma once
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/local_time.h"
#include "base/result.h"

namespace linli {

struct ChatTime {
  enum class Day { none, full, without_year, days_ago, weekday } day = Day::none;
  int year = 0, month = 0, date = 0;
  int days_ago = 0;  // 昨天: 1
  int weekday = 0;   // Monday is 1
  int hour = -1;     // -1: a day alone
  int minute = 0;
  int second = -1;                 // -1: not told
  std::optional<Instant> instant;  // told with its zone, or as a number
};

// Reads one at the front; how many bytes it took, 0: there is none. Days that there are not (2026-13-45) are read: they are
// wrong times, not names.
std::size_t read_chat_time(std::string_view text, ChatTime& out);
// The whole text is a time of day, with or without its day, or an instant.
std::optional<ChatTime> whole_chat_time(std::string_view text);
// At the end of the text, after a blank: "张三  昨天 22:10". What stands before it goes to `before`, without blanks.
std::optional<ChatTime> chat_time_at_end(std::string_view text, std::string_view& before);

// How often a file goes back to an earlier month without telling a year, or to an earlier hour without telling a day. A
// file is written in the order of its messages, and its last one lies before now: so the first one's year is known when
// the whole was looked through once.
struct Wraps {
  int years = 0, days = 0;
  int month = 0, date = 0;  // of the last time without a year; 0: there is none
  int minute = -1;          // of the day, of the last time without a day; -1: there is none
  bool any() const { return month > 0 || minute >= 0; }
};

// Turns times into instants, in the order of the file.
class ChatClock {
 public:
  // `as_of`: when the text was copied; 昨天 and 星期三 go by it. `total`: what an earlier run over the same file counted.
  ChatClock(const TimeZone& zone, Instant as_of, Wraps total = {});

  // A line that tells the day (and perhaps the hour) of what comes behind it. False: there is no such day.
  bool begin_day(const ChatTime& day);
  // Error: bad_time (no such day or hour, before 2000, more than a day after as_of).
  Result<Instant> at(const ChatTime& time);
  const Wraps& wraps() const { return seen_; }  // so far

 private:
  std::optional<Day> day_of(const ChatTime& time);
  int year_of(int month, int date);

  const TimeZone& zone_;
  const Instant as_of_;
  const Day today_;
  const int minute_now_;
  const Wraps total_;
  Wraps seen_;
  std::optional<Day> day_;  // told by the last line that told one
};

}  // namespace linli
