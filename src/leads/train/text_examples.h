// What the text model learns from a labelled day.
#pragma once
#include <vector>

#include "understand/train/labelled_day.h"
#include "understand/train/text_trainer.h"

namespace linli::train {

// Needs no model in `u`: only word lists and normal forms are looked at.
std::vector<TextExample> text_examples(const LabelledDay& day, const Understander& u);

std::vector<TextExample> text_examples(const std::vector<PlainText>& texts, const Understander& u);

}  // namespace linli::train
