// What SIGHUP does: the settings are read again, all or nothing. Those that need no restart are taken up; of the others that
// changed the log says that they wait for one.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/settings.h"

namespace linli::app {

struct Changed {
  std::vector<std::string> now;            // names of settings that take effect at once
  std::vector<std::string> after_restart;  // names of those that do not
};

Changed changed_settings(std::span<const AnySetting> known, const Settings& before, const Settings& after);

}  // namespace linli::app
