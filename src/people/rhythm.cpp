#include "people/rhythm.h"

#include <mutex>

namespace linli {

Silence silence(const HourCounts& counts, std::int32_t hour) {
  Silence out;
  const auto present = counts.lower_bound(hour);
  if (present != counts.end() || present == counts.begin()) return out;  // heard in this hour, or never
  const std::int32_t last = std::prev(present)->first, first = counts.begin()->first;
  out.hours = hour - last - 1;
  if (out.hours < 2) return out;
  for (int back = 1; back <= kRhythmDays; ++back) {
    const std::int32_t from = last + 1 - back * 24, to = hour - back * 24;  // the same hours of an earlier day
    if (from < first) break;
    // A window that reaches into the silence itself tells nothing.
    if (to > last + 1) continue;
    ++out.days;
    const auto in = counts.lower_bound(from);
    out.days_heard += in != counts.end() && in->first < to;
  }
  out.too_long = out.days >= 5 && out.days_heard * 20 >= out.days * 19;
  return out;
}

std::int32_t Rhythms::hour_of(Instant at) const {
  return zone_.day(at).number * 24 + static_cast<std::int32_t>(zone_.time_of_day(at) / std::chrono::hours(1));
}

Result<void> Rhythms::load(Tx& tx, Instant now) {
  std::unordered_map<GroupId, HourCounts> found;
  LINLI_TRY(tx.each("SELECT group_id, hour, count FROM group_hours WHERE hour > $1", {hour_of(now) - kRhythmDays * 24},
                    [&](const Row& r) { found[r.get<GroupId>(0)][r.get<std::int32_t>(1)] = r.get<std::int32_t>(2); }));
  std::unique_lock lock(mutex_);
  counts_ = std::move(found);
  return {};
}

void Rhythms::heard(GroupId group, std::int64_t messages, Instant at) {
  if (messages <= 0) return;
  const std::int32_t hour = hour_of(at);
  std::unique_lock lock(mutex_);
  HourCounts& counts = counts_[group];
  const std::int32_t now = counts[hour] += static_cast<std::int32_t>(messages);
  unwritten_[{group.value, hour}] = now;
  while (counts.begin()->first <= hour - kRhythmDays * 24) counts.erase(counts.begin());
}

Result<void> Rhythms::write(Tx& tx, Instant now) {
  {
    std::unique_lock lock(mutex_);
    for (const auto& [key, count] : unwritten_) writing_[key] = count;
    unwritten_.clear();
  }
  for (const auto& [key, count] : writing_)
    LINLI_TRY(
        tx.run("INSERT INTO group_hours (group_id, hour, count) VALUES ($1, $2, $3) ON CONFLICT (group_id, hour) DO "
               "UPDATE SET count = excluded.count",
               {key.first, key.second, count}));
  if (!writing_.empty())
    LINLI_TRY(tx.run("DELETE FROM group_hours WHERE hour <= $1", {hour_of(now) - kRhythmDays * 24}));
  return {};
}

void Rhythms::written() {
  std::unique_lock lock(mutex_);
  writing_.clear();
}

Silence Rhythms::of(GroupId group, Instant now) const {
  const std::int32_t hour = hour_of(now);
  std::shared_lock lock(mutex_);
  const auto at = counts_.find(group);
  return at == counts_.end() ? Silence{} : silence(at->second, hour);
}

}  // namespace linli
