// `linli eval --engine llm|both`: the engine's leads with a model server's refinements on top.
#pragma once
#include <string>
#include <vector>

#include "assist/refine_days.h"

namespace linli::app {

struct EvalServer {
  std::string url, model;
  std::string key_env;       // the environment variable that holds the key; empty: none
  bool own_machine = false;  // nothing is masked
  std::int64_t tokens = 0;   // at most so many
};

struct EvalUsage {
  std::int64_t calls = 0, prompt_tokens = 0, answer_tokens = 0;
  std::vector<std::pair<std::string, std::int64_t>> failures;  // by kind
};

// Errors: bad_setting (url, key).
Result<std::pair<assist::RefinedDays, EvalUsage>> refine_by(const EvalServer& server,
                                                            const std::vector<LabelledDay>& days,
                                                            const std::vector<train::Predicted>& predicted);
void print_usage(const assist::RefinedDays& refined, const EvalUsage& usage);

}  // namespace linli::app
