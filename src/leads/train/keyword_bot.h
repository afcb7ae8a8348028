// The rival that one would script in a day: a message with a word of any category opens a lead, or joins the one of its
// group that is not older than 45 minutes.
#pragma once
#include "leads/train/score.h"

namespace linli::train {

Predicted keyword_bot(const LabelledDay& day, const Understander& understander);

}  // namespace linli::train
