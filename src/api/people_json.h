// How roles look in answers.
#pragma once
#include <boost/json/object.hpp>

#include "people/actor.h"

namespace linli::api {

// {id, role, grid: {id, code, level, name} | null for everywhere, from, until, deputy_for}
boost::json::object holding_json(const GridTree& tree, const Holding& holding);

}  // namespace linli::api
