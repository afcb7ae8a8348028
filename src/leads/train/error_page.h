// One HTML page, complete in itself, that shows labelled days beside what a model found in them: chat, true and found
// leads, mistakes marked and to be filtered, in Chinese and English. Texts of the chat go in as data and are never read as
// HTML. It holds the chat in clear: keep it where the chat may be kept.
#pragma once
#include <string>
#include <vector>

#include "leads/train/score.h"

namespace linli::train {

// `model` is what the page calls the model.
std::string error_page(const std::vector<LabelledDay>& days, const std::vector<Predicted>& predicted,
                       const std::string& model);

}  // namespace linli::train
