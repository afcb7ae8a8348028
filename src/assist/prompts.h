// What models are told: data/prompts/*.toml, one file a task, with the form of the answer. Versioned: what a model said is
// kept with the version that asked for it.
#pragma once
#include <boost/json/value.hpp>
#include <string>

#include "assist/server_settings.h"

namespace linli::assist {

struct Prompt {
  Task task;
  int version = 0;
  std::string system;
  double temperature = 0;
  int most_tokens = 0;
  boost::json::value schema;
  std::string fingerprint;  // of the file, so that a test sees a change without a new version

  std::string label() const { return std::string(name(task)) + " " + std::to_string(version); }  // "refine 1"
};

// Lives as long as the program. Throws std::runtime_error when the program was built with a broken file.
const Prompt& prompt_of(Task task);

}  // namespace linli::assist
