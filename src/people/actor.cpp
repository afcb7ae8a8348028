#include "people/actor.h"

#include <algorithm>

namespace linli {

bool Actor::may(Right right) const {
  return std::ranges::any_of(holdings, [&](const Holding& h) { return has(rights_of(h.role), right); });
}

bool Actor::may(Right right, std::string_view grid_path) const {
  return std::ranges::any_of(holdings,
                             [&](const Holding& h) { return has(rights_of(h.role), right) && h.covers(grid_path); });
}

Rights Actor::rights() const {
  Rights out;
  for (const Holding& h : holdings) out |= rights_of(h.role);
  return out;
}

Actor Actor::all_powerful() {
  Actor actor;
  actor.holdings.push_back({.role = StaffRole::administrator});
  return actor;
}

}  // namespace linli
