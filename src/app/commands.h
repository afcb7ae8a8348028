// Every subcommand, a function each that adds it to the command line.
#pragma once
#include <CLI/CLI.hpp>

namespace linli::app {

void add_serve(CLI::App& app);
void add_state_commands(CLI::App& app);  // channel, user
void add_import(CLI::App& app);          // import
void add_grid(CLI::App& app);            // grid
void add_audit(CLI::App& app);           // audit
void add_privacy(CLI::App& app);
void add_backup(CLI::App& app);  // backup, restore
void add_analyze(CLI::App& app);
void add_simulate(CLI::App& app);
void add_train(CLI::App& app);
void add_train_classify(CLI::App& app);  // after add_train
void add_train_spans(CLI::App& app);     // after add_train
void add_classify(CLI::App& app);
void add_eval(CLI::App& app);
void add_check_config(CLI::App& app);
void add_routes(CLI::App& app);

}  // namespace linli::app
