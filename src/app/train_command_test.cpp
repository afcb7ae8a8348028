#include "app/train_command.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace linli::app {
namespace {

// No model is written: who names a file for it is told so at once, not after minutes.
TEST(TrainCommand, WithoutAPartNothingIsWritten) {
  for (const char* file : {"--out /tmp/linli-never.bin", "--errors /tmp/linli-never.txt"}) {
    CLI::App app;
    add_train(app);
    try {
      app.parse(std::string("train --data /nowhere --without lexicon ") + file);
      FAIL() << file;
    } catch (const CLI::ExcludesError& e) {
      EXPECT_NE(std::string(e.what()).find("--without"), std::string::npos) << e.what();
      EXPECT_NE(std::string(e.what()).find(std::string(file).substr(0, 5)), std::string::npos) << e.what();
    }
  }
}

}  // namespace
}  // namespace linli::app
