// One line for a lead, taken from its own words.
#pragma once
#include <string>
#include <string_view>

#include "leads/engine/state.h"

namespace linli::engine {

// "锦苑3栋2单元 漏水渗水：天花板在滴水". The words are the opening message's, with the sender's next ones where it is short.
std::string summary_line(const Lead& lead, std::string_view place, std::string_view category_zh);

}  // namespace linli::engine
