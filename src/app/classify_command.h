// linli train classify: learns to tell labels from any labelled texts. linli classify: tells them.
#pragma once
#include "app/command.h"

namespace linli::app {

// After add_train(): `classify` is a part of `train`.
void add_train_classify(CLI::App& app);
void add_classify(CLI::App& app);

}  // namespace linli::app
