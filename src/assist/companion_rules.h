// What a district lets the companion do: kept as one policy, versioned, audited by who changes it. Off until somebody
// switches it on.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "people/calendar.h"
#include "people/policies.h"

namespace linli::companion {

enum class When {
  off_hours,  // outside the working time of the district's calendar: nights, weekends, holidays
  always,
};
std::string_view name(When when);
std::optional<When> parse_when(std::string_view text);

// Whose emergency number a district may give.
inline constexpr std::string_view kPhones[] = {"duty", "gas", "water", "power", "property"};

struct Rules {
  bool on = false;
  When when = When::off_hours;
  std::vector<GroupId> groups;      // in which it speaks, where the group's channel lets software write
  bool prepares = true;             // elsewhere: words about leads are made ready for the person on call to copy
  std::vector<std::string> topics;  // words that it hands over at, besides its own lists
  std::string machine = "小邻";
  std::string mark = "机器自动答复，未经人工审核";  // stands under everything that it says
  std::map<std::string, std::string, std::less<>> phones;

  static constexpr std::size_t kMostTopics = 200, kMostGroups = 5'000;
  bool operator==(const Rules&) const = default;

  bool works_at(const Calendar& calendar, const TimeZone& zone, Instant at) const {
    return on && (when == When::always || !calendar.is_working_time(zone, at));
  }
  bool speaks_in(GroupId group) const;
  // The words carry this machine's mark: whoever the channel says has said them, a machine has.
  bool is_machine(std::string_view text) const { return !mark.empty() && text.find(mark) != text.npos; }
};

std::string to_json(const Rules& rules);
Result<std::pair<Rules, int>> rules(Tx& tx);  // with its revision; what cannot be read: off
Result<int> set_rules(Tx& tx, const Rules& rules, int seen, UserId by, Instant now);  // Error: stale

}  // namespace linli::companion
