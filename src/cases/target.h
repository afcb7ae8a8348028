// To whom a case goes: whom routing rules and the roster name, and who stands above.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/local_time.h"
#include "people/grid.h"
#include "people/role.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::case_target {

struct Asked {
  Tx& tx;
  const Sealer& sealer;
  const GridTree& tree;
  const TimeZone& zone;
  Instant now;
};

// Whether they may work on cases there today. Errors: unknown_user, not_of_grid.
Result<void> check(const Asked& asked, UserId user, std::string_view grid_path);

// The first who may work on cases there: by the routing rule the grid head or the officer on duty, then who is on call, then
// the grid head. 0: nobody; or the path names no grid of the tree.
Result<UserId> whom(const Asked& asked, std::string_view grid_path, std::string_view category);

// Who may work on cases there today, who is on duty first, then by role and name; 200 at most.
struct Able {
  UserId user;
  std::string display_name;
  StaffRole role = StaffRole::officer;
  bool on_duty = false;
};
Result<std::vector<Able>> able(const Asked& asked, std::string_view grid_path);

struct Above {
  UserId user;       // 0: nobody
  std::string path;  // of the grid that they answer for
};
// The nearest grid head, secretary or manager; strictly above `raised_to` where that is not empty; neither of `but`.
Result<Above> above(const Asked& asked, std::string_view grid_path, std::string_view raised_to, UserId but, UserId nor);

}  // namespace linli::case_target
