// Ways of looking at the queue that a person keeps under a name: a tab and a filter. One's own; another person gets them as
// an address.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "store/database.h"

namespace linli::views {

struct View {
  std::string name;
  std::string tab;  // open, historic, confirmed, answered, dismissed
  std::optional<std::string> category;
  std::optional<int> urgency;
  std::optional<GroupId> group;
  bool operator==(const View&) const = default;
};
inline constexpr std::size_t kMost = 30;
bool is_tab(std::string_view text);

Result<std::pair<std::vector<View>, int>> find(Tx& tx, UserId user);  // in the person's order; with their revision
// All of them, anew. Error: stale.
Result<int> set(Tx& tx, UserId user, const std::vector<View>& views, int seen, Instant now);

}  // namespace linli::views
