// What routes about people share.
#pragma once
#include <boost/json/object.hpp>

#include "api/call.h"
#include "people/holdings.h"

namespace linli::api {

// {id, code, level, name}
boost::json::object grid_name_json(const Grid& grid);

// {id, role, grid: {id, code, level, name} | null for everywhere, from, until, deputy_for}
boost::json::object holding_json(const GridTree& tree, const Holding& holding);

// The person that {user} of the path names, if the caller may change them: who could not give somebody their roles does not
// sign in as them by a link either. Errors: unknown_user, not_allowed.
Result<User> changeable_user(const Call& call, Tx& tx);

}  // namespace linli::api
