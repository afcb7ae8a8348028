#include "cases/due.h"

#include <algorithm>
#include <array>

namespace linli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<CaseTimes, 4> kUsual{{{{minutes(5), false}, {hours(2), false}},
                                           {{minutes(15), false}, {hours(24), false}},
                                           {{hours(4), true}, {minutes(3 * 450), true}},
                                           {{minutes(450), true}, {minutes(5 * 450), true}}}};

milliseconds worth(const Clockwork& clock, Instant from, Instant to, const Calendar& calendar, const TimeZone& zone) {
  if (to <= from) return {};
  if (!clock.allowed.working) return to - from;
  milliseconds out{};
  for (const Span& span : calendar.working_time(zone, from, to)) out += span.to - span.from;
  return out;
}

std::string length(milliseconds time, Language language) {
  const auto all = std::chrono::floor<minutes>(time);
  const auto whole = std::chrono::floor<hours>(all);
  Args args;
  if (whole.count() > 0) args.emplace_back("hours", std::to_string(whole.count()));
  if (all > whole || whole.count() == 0) args.emplace_back("minutes", std::to_string((all - whole).count()));
  std::string out = phrase("due.length", args, language);
  return out.erase(0, out.find_first_not_of(' '));
}

std::string moment(Instant at, Day beside, const TimeZone& zone) {
  const std::string time = format_time_of_day(zone.time_of_day(at));
  const Day day = zone.day(at);
  return day == beside ? time : format_day(day) + " " + time;
}

}  // namespace

CaseTimes case_times(std::span<const CaseTimesRule> rules, std::string_view category, int urgency) {
  for (const CaseTimesRule& rule : rules)
    if ((rule.category.empty() || rule.category == category) && (rule.urgency == 0 || rule.urgency == urgency))
      return rule.times;
  return kUsual[static_cast<std::size_t>(std::clamp(urgency, 1, 4) - 1)];
}

std::optional<Instant> due_at(const Clockwork& clock, std::span<const Pause> pauses, const Calendar& calendar,
                              const TimeZone& zone) {
  // What is left of the time is carried over each pause: all in milliseconds, so that nothing is rounded away.
  Instant from = clock.from;
  milliseconds left = clock.allowed.time;
  for (const Pause& pause : pauses) {
    if (pause.to && *pause.to <= from) continue;
    const milliseconds used = worth(clock, from, std::max(from, pause.from), calendar, zone);
    if (used >= left && pause.from > from) break;
    left -= used;
    if (!pause.to) return {};
    from = std::max(from, *pause.to);
  }
  if (!clock.allowed.working) return from + left;
  // add_working_time() takes whole minutes: the rest is added where the last of them ends, or begins, in working time.
  const auto whole = std::chrono::floor<minutes>(left);
  const Instant almost = calendar.add_working_time(zone, from, whole);
  const milliseconds rest = left - whole;
  if (rest.count() == 0) return almost;
  const Instant next = calendar.add_working_time(zone, almost, minutes(1));
  return next - (minutes(1) - rest);
}

std::string explain(const Clockwork& clock, std::span<const Pause> pauses, const Calendar& calendar,
                    const TimeZone& zone, Language language) {
  const auto due = due_at(clock, pauses, calendar, zone);
  const Day begun = zone.day(clock.from);
  milliseconds paused{};
  for (const Pause& pause : pauses)
    if (pause.to && *pause.to > clock.from) paused += *pause.to - std::max(pause.from, clock.from);
  Args args{{"from", moment(clock.from, due ? zone.day(*due) : begun, zone)},
            {"time", length(clock.allowed.time, language)}};
  if (due) args.emplace_back("at", moment(*due, begun, zone));
  if (paused.count() > 0) args.emplace_back("paused", length(paused, language));
  return phrase(std::string("due.") + (due ? "" : "paused.") + (clock.allowed.working ? "working" : "always"), args,
                language);
}

}  // namespace linli
