// Words that agents often send, kept by the district (people/policies.h); until it has its own, those that come with linli.
// They may hold {地点} and {事情}, filled in from the lead (draft.h), and {我}, the one who sends.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "store/database.h"

namespace linli::canned {

struct Words {
  std::string title, text;
  std::string category = {};  // of the taxonomy; empty: for every matter
  bool operator==(const Words&) const = default;
};
inline constexpr std::size_t kMost = 100;

Result<std::pair<std::vector<Words>, int>> find(Tx& tx);  // with their revision, 0: those that come with linli
// Error: stale.
Result<int> set(Tx& tx, const std::vector<Words>& words, int seen, UserId by, Instant now);

}  // namespace linli::canned
