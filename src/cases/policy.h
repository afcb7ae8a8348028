// What a district decides about its cases (policies, "cases"): what their numbers begin with, and their times.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "cases/due.h"
#include "people/grid.h"
#include "store/database.h"

namespace linli {

struct CasePolicy {
  std::map<GridId, std::string> prefixes;  // of a district; without one its grid's code
  std::vector<CaseTimesRule> times;
  bool operator==(const CasePolicy&) const = default;
};

namespace case_policy {

Result<std::pair<CasePolicy, int>> load(Tx& tx);  // with its revision
// Error: stale.
Result<int> set(Tx& tx, const CasePolicy& policy, int seen, UserId by, Instant now);

// What a number of that grid begins with: of its district, else of the topmost grid above it; "case" where there is no tree.
std::string prefix(const CasePolicy& policy, const GridTree& tree, std::string_view grid_path);

}  // namespace case_policy
}  // namespace linli
