// Which model server is asked, and for what: a district's decision, kept in the database. The key is sealed and never given
// back. Without a server everything works; with one, what leaves is masked unless it stands on the district's own machines.
#pragma once
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::assist {

enum class Task { refine, judge, draft, polish };
inline constexpr Task kTasks[] = {Task::refine, Task::judge, Task::draft, Task::polish};
std::string_view name(Task task);

struct ServerSettings {
  std::string base_url;      // "/chat/completions" goes behind it; empty: no server
  std::string model;         // as the server calls it
  std::string key;           // empty: none
  bool own_machine = false;  // nothing is masked
  std::int64_t daily_tokens = 500'000;
  std::chrono::milliseconds deadline{20'000};  // of a whole call with its retries
  std::set<Task> tasks{kTasks, kTasks + 4};

  static constexpr std::int64_t kLeastTokens = 1'000, kMostTokens = 1'000'000'000;
  static constexpr std::chrono::milliseconds kLeastDeadline{2'000}, kMostDeadline{120'000};

  bool on() const { return !base_url.empty(); }
  bool on(Task task) const { return on() && tasks.contains(task); }
  bool operator==(const ServerSettings&) const = default;
};

namespace server_settings {

// With their revision; 0: never set.
Result<std::pair<ServerSettings, int>> find(Tx& tx, const Sealer& sealer);
// Error: stale.
Result<int> set(Tx& tx, const Sealer& sealer, const ServerSettings& settings, int seen, UserId by, Instant now);
// For the audit log: JSON of everything but the key.
std::string without_key(const ServerSettings& settings);
// Scheme, host and port: the key belongs to them and goes nowhere else.
std::string origin(std::string_view url);
// What is wrong with the address; empty: nothing. A server elsewhere is reached by https.
bool good_url(const std::string& url, bool own_machine);

}  // namespace server_settings
}  // namespace linli::assist
