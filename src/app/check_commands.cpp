// check-config and routes: what this program would do, told without doing it.
#include <iostream>

#include "api/router.h"
#include "app/commands.h"
#include "app/perform.h"
#include "app/settings_list.h"
#include "cases/workflow.h"

namespace linli::app {
namespace {

std::string header(std::string_view first) {
  std::string out = "| " + std::string(first) + " |", line = "| --- |";
  for (std::size_t i = 0; i < kStaffRoles; ++i) {
    (out += " ") += std::string(name(static_cast<StaffRole>(i))) + " |";
    line += " --- |";
  }
  return out + "\n" + line + "\n";
}

template <class May>
std::string row(const std::string& first, May may) {
  std::string out = "| " + first + " |";
  for (std::size_t i = 0; i < kStaffRoles; ++i) out += may(static_cast<StaffRole>(i)) ? " ● |" : "  |";
  return out + "\n";
}

std::string roles_page() {
  std::string out =
      "# Roles and rights\n\nPrinted by `linli routes --roles`; a test keeps it so. A person holds roles over a grid "
      "and "
      "everything below it, from a day to a day; what a role brings counts there and then. A mark means that the role "
      "has the right, or that a call of the route is not refused for want of it; what it then shows is what lies "
      "in the person's grids.\n\n## Rights\n\n" +
      header("right");
  for (std::size_t i = 0; i < kRights; ++i) {
    const auto right = static_cast<Right>(i);
    out += row("`" + std::string(name(right)) + "`", [&](StaffRole role) { return has(rights_of(role), right); });
  }
  out += "\n## Routes\n\nThose that take a session. The others: `linli routes`.\n\n" + header("route");
  for (const api::Route& route : api::routes())
    if (route.caller == api::Caller::session || route.caller == api::Caller::person)
      out += row("`" + std::string(name(route.method)) + " " + route.path + "`",
                 [&](StaffRole role) { return !route.right || has(rights_of(role), *route.right); });
  return out;
}

}  // namespace

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
  auto table = std::make_shared<bool>(false), workflow = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "routes", "List the HTTP routes: method, path, who may call, whether a CSRF token is needed, the right it takes");
  command->add_flag("--roles", *table, "Print the page of roles, rights and routes (Markdown)");
  command->add_flag("--workflow", *workflow, "Print the page of the workflow of cases (Markdown)");
  command->callback([table, workflow] {
    if (*workflow) {
      std::cout << workflow_page();
      return;
    }
    if (*table) {
      std::cout << roles_page();
      return;
    }
    for (const api::Route& route : api::routes())
      std::cout << name(route.method) << " " << route.path << " " << name(route.caller) << " "
                << (api::needs_csrf(route) ? "csrf" : "-") << " " << (route.right ? name(*route.right) : "-") << "\n";
  });
}

}  // namespace linli::app
