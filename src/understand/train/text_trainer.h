// Learns a TextModel: AdaGrad over all columns at once, seeded, the same bytes for the same examples.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "understand/text_model.h"

namespace linli {

struct TextExample {
  TextFeatures features;
  // Labels; -1: this example says nothing about it.
  int act = -1, category = -1, urgency = -1, appeal = -1, opens = -1, reply = -1;
  float weight = 1;  // of act, appeal, opens
  float category_weight = 1, urgency_weight = 1;
};

struct TextTrainerOptions {
  int epochs = 10;
  float rate = 0.15f;
  float decay = 5e-4f;     // L2
  std::uint32_t seen = 2;  // an n-gram must stand in so many examples
  float strong_prior = 2.5f,
        weak_prior = 0.8f;  // what a word of a category's list speaks for it before any example (log odds)
  float balance = 0.9f;     // 0: each category weighs what its examples do; 1: all weigh the same
  float heed = 0.02f;       // examples whose greatest gradient is smaller are passed over
  std::uint64_t seed = 1;
  // Category: a linear machine for each, as a classifier learns its labels (classify/train/linear_trainer.h), added to
  // what the gradient steps found. Its share; what it pays for a mistake; from its margins to log odds; a fact's value.
  float machine = 0.7f, machine_cost = 1.5f, steepness = 4, machine_fact = 0.1f;
};

class TextTrainer {
 public:
  static TextModel train(const std::vector<TextExample>& examples, const TextTrainerOptions& options);
};

}  // namespace linli
