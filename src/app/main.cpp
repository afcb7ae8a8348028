// linli: reads the groups of a district's residents, finds what they want, keeps the promise of an answer.
#include <iostream>

#include "app/command.h"
#include "app/commands.h"

int main(int argc, char** argv) {
  using namespace linli::app;
  CLI::App app{
      "linli 邻里: finds residents' appeals in group chats and keeps the promise of an answer within 15 minutes",
      "linli"};
  app.set_version_flag("--version", LINLI_VERSION);
  app.set_help_all_flag("--help-all", "Help of all subcommands");
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(34);
  add_serve(app);
  add_state_commands(app);
  add_import(app);
  add_grid(app);
  add_audit(app);
  add_privacy(app);
  add_backup(app);
  add_analyze(app);
  add_simulate(app);
  add_train(app);
  add_train_classify(app);
  add_train_spans(app);
  add_classify(app);
  add_eval(app);
  add_check_config(app);
  add_routes(app);
  // Not app.help(): that would be the help of the subcommand that runs.
  app.add_subcommand("help", "Show this help")->callback([&app] {
    std::cout << app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal);
  });
  app.footer("linli SUBCOMMAND --help tells more. First steps: linli serve --demo");

  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) std::cout << app.help();
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::cerr << "linli: " << error.what() << "\n";
    return 70;
  }
}
