// What a district decides and changes in pages, one JSON text a matter. Read when it is needed; no setting of the file
// stands here too.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "store/database.h"

namespace linli {

namespace policies {

struct Kept {
  std::string value;  // JSON
  int revision = 0;   // 0: never set
};
Result<Kept> find(Tx& tx, std::string_view name);
// Error: stale, when it was changed since `seen`.
Result<int> set(Tx& tx, std::string_view name, const std::string& value, int seen, UserId by, Instant now);

}  // namespace policies

// What stands under words that a person took over from a machine, the district's own. Never empty.
inline constexpr std::string_view kUsualAiMark = "由AI辅助生成，经人工审核";
Result<std::pair<std::string, int>> ai_mark(Tx& tx);  // with its revision
Result<int> set_ai_mark(Tx& tx, const std::string& mark, int seen, UserId by, Instant now);

// How long things are kept. What is older goes, every night.
struct Retention {
  int chatter_days = 30;    // messages that stand in no lead
  int lead_days = 3 * 365;  // decided leads: then the words in them go, the bare lead stays for the figures
  // At least as long as open leads and their talk are kept in mind (leads/placing.h): less would make a restart forget.
  static constexpr int kLeast = 3, kMost = 3650;
  bool operator==(const Retention&) const = default;
};
Result<std::pair<Retention, int>> retention(Tx& tx);  // with its revision
Result<int> set_retention(Tx& tx, const Retention& retention, int seen, UserId by, Instant now);

}  // namespace linli
