// What the text model learns from a labelled day.
#pragma once
#include <vector>

#include "understand/train/labelled_day.h"
#include "understand/train/text_trainer.h"

namespace linli::train {

// Needs no model in `u`: only word lists and normal forms are looked at.
std::vector<TextExample> text_examples(const LabelledDay& day, const Understander& u);

// Plain sentences stand outside any talk: they say less about what an appeal is than about its category and urgency.
struct PlainWeights {
  float appeal = 0.5f, category = 1, urgency = 0.7f;
};
std::vector<TextExample> text_examples(const std::vector<PlainText>& texts, const Understander& u,
                                       const PlainWeights& weights);

}  // namespace linli::train
