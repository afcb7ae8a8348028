// How grids, roles and people look in answers.
#pragma once
#include <boost/json/object.hpp>

#include "people/actor.h"

namespace linli::api {

boost::json::object grid_name_json(const Grid& grid);  // {id, code, level, name}

// {id, role, grid: {id, code, level, name} | null for everywhere, from, until, deputy_for}
boost::json::object holding_json(const GridTree& tree, const Holding& holding);

}  // namespace linli::api
