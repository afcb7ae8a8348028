// check-config and routes: what this program would do, told without doing it.
#include <iostream>

#include "api/router.h"
#include "app/commands.h"
#include "app/perform.h"
#include "app/settings_list.h"

namespace linli::app {

void add_check_config(CLI::App& app) {
  struct Check : Place {
    bool reference = false;
  };
  auto check = std::make_shared<Check>();
  CLI::App* command =
      app.add_subcommand("check-config", "Check the settings file and the environment; nothing is started");
  command->add_option("--config", check->config, "The settings file (TOML)");
  command->add_flag("--reference", check->reference, "Print the page of all settings (Markdown)");
  command->callback([check] {
    if (check->reference) {
      std::cout << settings_reference(all_settings());
      return;
    }
    need(load_settings(*check));
    std::cout << (terminal_language() == Language::zh ? "设置没有问题。\n" : "The settings are good.\n");
  });
}

void add_routes(CLI::App& app) {
  app.add_subcommand("routes", "List the HTTP routes: method, path, who may call, whether a CSRF token is needed")
      ->callback([] {
        for (const api::Route& route : api::routes())
          std::cout << name(route.method) << " " << route.path << " " << name(route.caller) << " "
                    << (api::needs_csrf(route) ? "csrf" : "-") << "\n";
      });
}

}  // namespace linli::app
