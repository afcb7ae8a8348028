// How a chat usually goes: messages by the hour, of the last weeks. Tells a dead listener from a quiet evening, and says how
// it knows: "on 20 of the last 20 days there was talk at this time, today there has been none for five hours".
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <shared_mutex>
#include <unordered_map>

#include "base/clock.h"
#include "base/id.h"
#include "base/local_time.h"
#include "base/result.h"
#include "store/database.h"

namespace linli {

inline constexpr int kRhythmDays = 35;

// Messages of each local hour (days since 1970 * 24 + hour of the day), of the last kRhythmDays; hours without any are left out.
using HourCounts = std::map<std::int32_t, std::int32_t>;

struct Silence {
  bool too_long = false;
  int hours = 0;       // whole hours without a message until now
  int days_heard = 0;  // of so many earlier days that can be compared there was talk in the same hours
  int days = 0;
};
// `hour`: the present one, which is not over and does not count. Too long: at least two whole hours, at least five days to
// compare with, and talk on at least 19 of 20 of them. Days before the first message are not compared with.
Silence silence(const HourCounts& counts, std::int32_t hour);

class Rhythms {  // any thread
 public:
  explicit Rhythms(const TimeZone& zone) : zone_(zone) {}

  Result<void> load(Tx& tx, Instant now);
  void heard(GroupId group, std::int64_t messages, Instant at);
  // Writes what was counted since the last time and removes what is too old. Twice the same work is once.
  Result<void> write(Tx& tx, Instant now);
  // After the commit of write(): what it wrote need not be written again.
  void written();

  Silence of(GroupId group, Instant now) const;

 private:
  std::int32_t hour_of(Instant at) const;

  const TimeZone& zone_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<GroupId, HourCounts> counts_;
  std::map<std::pair<std::int64_t, std::int32_t>, std::int32_t> unwritten_;  // (group, hour) -> the count as it is now
  std::map<std::pair<std::int64_t, std::int32_t>, std::int32_t> writing_;
};

}  // namespace linli
