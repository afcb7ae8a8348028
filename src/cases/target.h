// To whom a case goes: whom routing rules and the roster name, and who stands above.
#pragma once
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/local_time.h"
#include "people/grid.h"
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

struct Above {
  UserId user;       // 0: nobody
  std::string path;  // of the grid that they answer for
};
// The nearest grid head, secretary or manager; strictly above `raised_to` where that is not empty; neither of `but`.
Result<Above> above(const Asked& asked, std::string_view grid_path, std::string_view raised_to, UserId but, UserId nor);

}  // namespace linli::case_target
