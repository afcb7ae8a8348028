#include "app/reload.h"

namespace linli::app {

Changed changed_settings(std::span<const AnySetting> known, const Settings& before, const Settings& after) {
  Changed out;
  for (const AnySetting& setting : known)
    std::visit(
        [&](const auto* s) {
          if (before.get(*s) != after.get(*s))
            (s->restart == Restart::no ? out.now : out.after_restart).push_back(s->name);
        },
        setting);
  return out;
}

}  // namespace linli::app
