#include "activities/jielong.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "activities/jielong_set.h"

namespace linli {
namespace {

std::vector<LabelledJielong> half(bool final_half) {
  auto all = read_jielong_set(LINLI_SOURCE_DIR "/data/jielong/cases.jsonl");
  if (!all) throw std::runtime_error("data/jielong/cases.jsonl cannot be read");
  std::vector<LabelledJielong> out;
  for (auto& c : *all)
    if (c.final_half() == final_half) out.push_back(std::move(c));
  return out;
}

TEST(JielongSet, Dev) {
  const auto score = score_jielong(half(false));
  std::cout << table_of(score);
  if (std::getenv("LINLI_JIELONG_WRONG") != nullptr)
    for (const auto& w : score.wrong) std::cout << w << "\n";
}

}  // namespace
}  // namespace linli
