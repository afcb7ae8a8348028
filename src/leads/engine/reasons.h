// Why: words and messages that speak for a decision, strongest first, a few of them.
#pragma once
#include <vector>

#include "leads/engine/view.h"

namespace linli::engine {

std::vector<Reason> explain_placement(const Situation& s, const Decision& decision, const Understander& understander);
void explain_view(const Lead& lead, std::size_t category, const PlaceChoice& place, PlaceLevel level,
                  const Understander& understander, LeadView& view);

}  // namespace linli::engine
