// Commands that change state: one dispatcher, run in the server (asked over the data folder's socket) or, when none runs,
// in the command's own process.
#pragma once
#include <boost/json/object.hpp>
#include <filesystem>
#include <string>

#include "app/command.h"
#include "app/program.h"

namespace linli::app {

// Where the state is: the options that all such commands share.
struct Place {
  std::filesystem::path data = "linli-data";
  std::filesystem::path config;
};
// Adds --data and --config.
void add_place(CLI::App& command, Place& place);
// The settings file of --config, if there is one, and the environment.
Result<Settings> load_settings(const Place& place);

// {"command": "channel-add" | "user-password" | "user-link" | "import" | "backup" …}. `url` is where the console is, for
// links; empty when no server runs.
Result<boost::json::object> answer(Program& program, const std::string& url, const boost::json::object& request,
                                   const Progress& progress);

// Asks the running program or does it here; ends the command on errors.
boost::json::object perform(const Place& place, const boost::json::object& request, const Progress& progress = {});

}  // namespace linli::app
