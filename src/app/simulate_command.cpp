#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/command.h"
#include "app/commands.h"
#include "app/simulation.h"

namespace linli::app {

void add_simulate(CLI::App& app) {
  auto* command = app.add_subcommand("simulate", "Play a district's day: is the promise kept with this staff?");
  struct Asked {
    std::string days = "data/training";
    SimulationInput input;
    double appeals = 5;
    bool json = false;
  };
  auto asked = std::make_shared<Asked>();
  command->add_option("--days", asked->days, "Folder of labelled days that are remixed")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  command->add_option("--seed", asked->input.seed, "The same seed gives the same day")->capture_default_str();
  command->add_option("--residents", asked->input.residents, "")
      ->check(CLI::Range(1'000, 2'000'000))
      ->capture_default_str();
  command->add_option("--agents", asked->input.agents, "On duty 8:00-22:00")
      ->check(CLI::Range(0, 200))
      ->capture_default_str();
  command->add_option("--night-agents", asked->input.night_agents, "On duty at night")
      ->check(CLI::Range(0, 200))
      ->capture_default_str();
  command->add_option("--grids-per-officer", asked->input.grids_per_officer, "")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("--appeals", asked->appeals, "Percent of messages that belong to appeals")
      ->check(CLI::Range(0.1, 90.0))
      ->capture_default_str();
  command->add_option("--by-hand", asked->input.by_hand, "Percent of groups that people copy words into, one day each")
      ->check(CLI::Range(0, 100))
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--copy-seconds", asked->input.copy_seconds, "What one copy costs")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  command->add_flag("--json", asked->json, "One line of JSON instead of the table");
  command->callback([asked] {
    asked->input.appeals = asked->appeals / 100;
    const Simulated simulated = need(simulate(asked->days, asked->input));
    std::cout << (asked->json ? as_json(simulated) : as_text(simulated));
  });
}

}  // namespace linli::app
