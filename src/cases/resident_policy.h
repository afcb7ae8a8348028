// What a district decides about its residents' pages (policies, "residents").
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "store/database.h"

namespace linli {

struct ResidentPolicy {
  struct Phone {
    std::string name, number;
    bool operator==(const Phone&) const = default;
  };
  std::string name;  // of the office; empty: a word for it
  std::vector<Phone> phones;
  bool form_open = false;
  bool tell_progress = false;  // one line to the group when it is accepted, done, refused
  bool operator==(const ResidentPolicy&) const = default;
};

namespace resident_policy {

Result<std::pair<ResidentPolicy, int>> load(Tx& tx);  // with its revision
// Error: stale.
Result<int> set(Tx& tx, const ResidentPolicy& policy, int seen, UserId by, Instant now);

}  // namespace resident_policy
}  // namespace linli
