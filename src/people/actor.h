// Who acts, and what they may see and do. The one place where scope is decided: in memory by may(), in SQL by LINLI_IN_SCOPE,
// both from the same holdings and the same table (people/role.h).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/local_time.h"
#include "people/grid.h"
#include "people/role.h"

namespace linli {

struct HoldingTag {
  static constexpr std::string_view prefix = "hold";
};
using HoldingId = Id<HoldingTag>;

// A role over a grid and everything below it, from a day to a day, both included.
struct Holding {
  HoldingId id;
  UserId user;
  StaffRole role = StaffRole::volunteer;
  GridId grid;       // 0: everywhere
  std::string path;  // of that grid, as the tree is now; empty: everywhere
  Day from{}, until = kNoEnd;
  UserId deputy_for;  // 0: in one's own right

  bool on(Day day) const { return from <= day && day <= until; }
  bool covers(std::string_view grid_path) const {
    return path.empty() ||
           (grid_path.starts_with(path) && (grid_path.size() == path.size() || grid_path[path.size()] == '/'));
  }
};

// One call's view: made when the call comes in, good for that day.
struct Actor {
  UserId id;
  std::string display_name;
  Day today{};
  std::vector<Holding> holdings;  // of today

  bool may(Right right) const;                                   // somewhere
  bool may(Right right, std::string_view grid_path) const;       // there
  bool everywhere(Right right) const { return may(right, {}); }  // what has no grid (yet) too
  Rights rights() const;                                         // somewhere

  static Actor all_powerful();  // for the program itself; never made from what a caller sent
};

// SQL condition: the grid path in `column` lies where the actor has `right` (a name of LINLI_RIGHTS). Takes three parameters
// of the statement, their numbers as literals: everywhere(right), the actor's id, and today as a number.
//   "… WHERE l.id = $1 AND " LINLI_IN_SCOPE("l.grid_path", leads_read, "$2", "$3", "$4")
#define LINLI_IN_SCOPE(column, right, everywhere, user, today)                                                        \
  "(" everywhere                                                                                                      \
  " = 1 OR EXISTS (SELECT 1 FROM holdings scope JOIN grids top ON top.id = scope.grid_id WHERE scope.user_id = " user \
  " AND scope.from_day <= " today " AND scope.until_day >= " today " AND '" LINLI_ROLES_##right                       \
      "' LIKE '% ' || scope.role || ' %' AND substr(" column " || '/', 1, length(top.path) + 1) = top.path || '/'))"

}  // namespace linli
