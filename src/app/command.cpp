#include "app/command.h"

#include <cstdlib>
#include <iostream>

namespace linli::app {

Language terminal_language() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && *value)
      return std::string_view(value).starts_with("zh") ? Language::zh : Language::en;
  return Language::en;
}

void fail(const Error& error) {
  std::cerr << "linli: " << for_terminal(error, terminal_language()) << "\n";
  throw CLI::RuntimeError(1);
}

}  // namespace linli::app
