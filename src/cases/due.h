// Until when a case is to be accepted and reported done: by category and urgency, on the district's calendar. Pure, and each
// time can be explained.
#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/words.h"
#include "people/calendar.h"

namespace linli {

struct Allowance {
  std::chrono::minutes time{};
  bool working = false;  // of working time; else day and night
  bool operator==(const Allowance&) const = default;
};

struct CaseTimes {
  Allowance accept, done;
  bool operator==(const CaseTimes&) const = default;
};

// What a district decided otherwise; the first that fits counts: an empty category fits all, urgency 0 all.
struct CaseTimesRule {
  std::string category;
  int urgency = 0;
  CaseTimes times;
  bool operator==(const CaseTimesRule&) const = default;
};
CaseTimes case_times(std::span<const CaseTimesRule> rules, std::string_view category, int urgency);

struct Pause {
  Instant from{};
  std::optional<Instant> to;  // none: still
};

struct Clockwork {  // one running clock of a case
  Instant from{};
  Allowance allowed;
};
// None: it stands. Pauses in order of time, none overlapping; those before `from` count nothing.
std::optional<Instant> due_at(const Clockwork& clock, std::span<const Pause> pauses, const Calendar& calendar,
                              const TimeZone& zone);
// "16:40 到期：工作时间 4 小时，从 12:40 起算", with the day where it is another one, and the pauses.
std::string explain(const Clockwork& clock, std::span<const Pause> pauses, const Calendar& calendar,
                    const TimeZone& zone, Language language);

}  // namespace linli
