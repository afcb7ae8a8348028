// linli train: learns data/model/linli.bin from labelled days. linli eval: the figures of labelled days.
#pragma once
#include "app/command.h"

namespace linli::app {

void add_train(CLI::App& app);
void add_eval(CLI::App& app);

}  // namespace linli::app
