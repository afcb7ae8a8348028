// Every setting of the program, from the lists of its modules.
#pragma once
#include <vector>

#include "base/settings.h"

namespace linli::app {

std::vector<AnySetting> all_settings();

}  // namespace linli::app
