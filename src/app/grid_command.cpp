// linli grid: the grid tree from and to a table.
#include <boost/json.hpp>
#include <iostream>

#include "app/commands.h"
#include "app/perform.h"

namespace linli::app {
namespace {

namespace json = boost::json;

bool chinese() { return terminal_language() == Language::zh; }

void print_plan(const json::object& plan, bool apply) {
  for (const auto& wrong : plan.at("wrong").as_array()) std::cerr << std::string_view(wrong.as_string()) << "\n";
  const auto count = [&](const char* key) { return std::to_string(plan.at(key).as_int64()); };
  if (chinese())
    std::cout << "新增 " << count("opened") << "，修改 " << count("changed") << "，关闭 " << count("closed")
              << "，重新启用 " << count("reopened") << "，不变 " << count("unchanged") << "，表里没有而保留 "
              << count("missing") << "，有误 " << count("wrong_total") << "。\n";
  else
    std::cout << count("opened") << " new, " << count("changed") << " changed, " << count("closed") << " closed, "
              << count("reopened") << " opened again, " << count("unchanged") << " unchanged, " << count("missing")
              << " not in the table and kept, " << count("wrong_total") << " wrong.\n";
  if (plan.at("applied").as_bool()) std::cout << (chinese() ? "已写入。\n" : "Written.\n");
  else if (plan.at("wrong_total").as_int64() > 0)
    std::cout << (chinese() ? "什么都没有写入：请先改正上面的错误。\n"
                            : "Nothing was written: mend what is wrong first.\n");
  else if (!apply)
    std::cout << (chinese() ? "这只是预览。加上 --apply 才会写入。\n" : "This was a preview. --apply writes it.\n");
}

}  // namespace

void add_grid(CLI::App& app) {
  CLI::App* grid = app.add_subcommand("grid", "The grid tree: import a table, export it");
  grid->require_subcommand(1);

  struct Import : Place {
    std::filesystem::path file;
    bool apply = false, close_missing = false;
  };
  auto import = std::make_shared<Import>();
  CLI::App* command = grid->add_subcommand(
      "import", "Show what a table (CSV or XLSX) would change; with --apply change it, where nothing in it is wrong");
  command->add_option("FILE", import->file, "Columns code, level, name, parent; aliases, places, boundary")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_flag("--apply", import->apply, "Write it");
  command->add_flag("--close-missing", import->close_missing,
                    "The table is the whole tree: open grids that it does not name are closed");
  add_place(*command, *import);
  command->callback([import] {
    const auto plan = perform(*import, {{"command", "grid-import"},
                                        {"file", std::filesystem::absolute(import->file).string()},
                                        {"apply", import->apply},
                                        {"close_missing", import->close_missing},
                                        {"language", name(terminal_language())}});
    print_plan(plan, import->apply);
    if (plan.at("wrong_total").as_int64() > 0) throw CLI::RuntimeError(1);
  });

  struct Export : Place {
    std::filesystem::path file;
  };
  auto out = std::make_shared<Export>();
  command = grid->add_subcommand("export", "Write the open tree as a table");
  command->add_option("FILE", out->file, "Ends with .csv or .xlsx")->required();
  add_place(*command, *out);
  command->callback([out] {
    const auto done =
        perform(*out, {{"command", "grid-export"}, {"file", std::filesystem::absolute(out->file).string()}});
    std::cout << done.at("grids").as_int64() << (chinese() ? " 个网格已写入 " : " grids written to ")
              << out->file.string() << "\n";
  });
}

}  // namespace linli::app
