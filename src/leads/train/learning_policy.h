// Writes down what the models should have said, and decides by the labels (teacher) or by the models themselves.
#pragma once
#include "leads/engine/policy.h"
#include "understand/train/labelled_day.h"
#include "understand/train/tree_trainer.h"

namespace linli::train {

// The label that most messages of the candidate have; -1: none.
int label_of(const LabelledDay& day, const engine::Candidate& candidate);

class LearningPolicy final : public engine::Policy {
 public:
  // `pairs` and `messages` take samples where given; `messages` needs a model with trees "pair".
  LearningPolicy(const LabelledDay& day, const Model& model, bool teacher, TreeSamples* pairs, TreeSamples* messages);
  void at(std::size_t index) { index_ = index; }
  engine::Decision decide(engine::Situation& s) override;

 private:
  const LabelledDay& day_;
  engine::ModelPolicy models_;
  bool teacher_;
  TreeSamples* pairs_;
  TreeSamples* messages_;
  std::size_t index_ = 0;
};

}  // namespace linli::train
