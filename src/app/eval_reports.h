// What `linli eval` can tell beyond the figures.
#pragma once
#include <string>
#include <vector>

#include "leads/train/score.h"

namespace linli::app {

void write_error_page(const std::vector<LabelledDay>& days, const std::vector<train::Predicted>& predicted,
                      const std::string& model, const std::string& file);

// Gains and losses from a to b; of each kind `listed` cases.
void print_comparison(const std::vector<LabelledDay>& days, const std::vector<train::Predicted>& a,
                      const std::vector<train::Predicted>& b, std::size_t listed);

}  // namespace linli::app
