// Who acts, and what they may see. The one place where scope is made into SQL: every query of people's data carries it.
#pragma once
#include <string>

#include "base/id.h"

namespace linli {

struct Actor {
  UserId id;
  std::string display_name;
  // An administrator sees all grids; others those of user_grids and everything below them.
  bool sees_all = false;
};

// SQL condition: the grid path in `column` lies in the actor's scope. Takes two parameters of the statement, their numbers
// as literals: sees_all and id.   "… WHERE l.id = $1 AND " LINLI_IN_SCOPE("l.grid_path", "$2", "$3")
#define LINLI_IN_SCOPE(column, sees_all, user)                                                                    \
  "(" sees_all " = 1 OR EXISTS (SELECT 1 FROM user_grids scope WHERE scope.user_id = " user " AND substr(" column \
  " || '/', 1, length(scope.grid_path) + 1) = scope.grid_path || '/'))"

}  // namespace linli
