// linli import: old talk from a file.
#include <boost/json.hpp>
#include <iostream>

#include "app/commands.h"
#include "app/perform.h"

namespace linli::app {
namespace {

namespace json = boost::json;

bool chinese() { return terminal_language() == Language::zh; }

struct Import : Place {
  std::filesystem::path file;
  std::string channel = "import", group, format, encoding, me, as_of;
  std::array<std::string, kColumns> columns;
  bool admit_all = false, dry_run = false;
};

void show_progress(const json::object& progress) {
  std::cerr << "\r" << progress.at("lines").as_int64() << (chinese() ? " 条" : " messages") << std::flush;
}

std::string count(const json::object& done, const char* key) { return std::to_string(done.at(key).as_int64()); }

void print_counts(const json::object& done) {
  for (const auto& error : done.at("errors").as_array()) std::cerr << std::string_view(error.as_string()) << "\n";
  if (chinese())
    std::cout << "新消息 " << count(done, "new") << " 条，已有 " << count(done, "known") << " 条，丢弃 "
              << count(done, "dropped") << " 条，格式有误 " << count(done, "refused") << " 条。\n";
  else
    std::cout << count(done, "new") << " new, " << count(done, "known") << " known, " << count(done, "dropped")
              << " dropped, " << count(done, "refused") << " refused.\n";
}

// linli's own JSONL or CSV, which tell their groups.
void import_log(const Import& import) {
  const auto done = perform(import,
                            {{"command", "import"},
                             {"file", std::filesystem::absolute(import.file).string()},
                             {"channel", import.channel},
                             {"admit_all", import.admit_all},
                             {"language", name(terminal_language())}},
                            show_progress);
  print_counts(done);
  if (done.at("dropped").as_int64() > 0)
    std::cout << (chinese() ? "丢弃的是还没接入的群：在管理台的“群”页面接入这些群，再导入一次即可。\n"
                            : "Dropped are groups that are not admitted: admit them on the console's page Groups, then "
                              "import again.\n");
}

void print_survey(const json::object& done) {
  const json::object& survey = done.at("survey").as_object();
  const auto text = [](const json::value& value) {
    return value.is_string() ? std::string(value.as_string()) : std::string("-");
  };
  std::cout << text(done.at("format")) << ", " << text(done.at("encoding")) << "\n"
            << text(survey.at("from")) << " … " << text(survey.at("to")) << "\n";
  if (chinese())
    std::cout << "消息 " << count(survey, "messages") << " 条，其中新的 " << count(survey, "new") << " 条；"
              << count(survey, "people_total") << " 人；读不出的 " << count(survey, "wrong_total")
              << " 行。这只是预览。\n";
  else
    std::cout << count(survey, "messages") << " messages, " << count(survey, "new") << " of them new; "
              << count(survey, "people_total") << " people; " << count(survey, "wrong_total")
              << " lines that cannot be read. This was a preview.\n";
  for (const auto& one : survey.at("first").as_array())
    std::cout << "  " << text(one.at("ts")) << "  " << text(one.at("sender_name")) << ": " << text(one.at("text"))
              << "\n";
  for (const auto& wrong : survey.at("wrong").as_array())
    std::cerr << wrong.at("line").as_int64() << ": " << text(wrong.at("text")) << " " << text(wrong.at("remedy"))
              << "\n";
}

void import_export(const Import& import) {
  json::object request{{"command", "import-export"},
                       {"file", std::filesystem::absolute(import.file).string()},
                       {"group", import.group},
                       {"format", import.format},
                       {"encoding", import.encoding},
                       {"me", import.me},
                       {"as_of", import.as_of},
                       {"dry_run", import.dry_run},
                       {"language", name(terminal_language())}};
  for (std::size_t c = 0; c < kColumns; ++c)
    request["column_" + std::string(name(static_cast<Column>(c)))] = import.columns[c];
  const auto done = perform(import, request, show_progress);
  if (import.dry_run) print_survey(done);
  else print_counts(done);
}

}  // namespace

void add_import(CLI::App& app) {
  auto import = std::make_shared<Import>();
  CLI::App* command = app.add_subcommand("import",
                                         "Read old messages from a file as history: no promise, no alarm. With "
                                         "--group: what a chat program or tool exported");
  command
      ->add_option("FILE", import->file,
                   "With --group any export (TXT, CSV, XLSX, JSON, HTML); else linli's JSONL or CSV")
      ->required()
      ->check(CLI::ExistingFile);
  CLI::Option* group =
      command->add_option("--group", import->group, "The admitted group that the export is of: its id or name");
  command->add_option("--format", import->format, "Instead of finding it")
      ->needs(group)
      ->check(CLI::IsMember({"mail", "name_time", "time_name", "bracket", "dialogue", "table", "json", "html"}));
  command->add_option("--encoding", import->encoding, "Instead of finding it")
      ->needs(group)
      ->check(CLI::IsMember({"utf-8", "utf-16le", "utf-16be", "gb18030"}));
  command->add_option("--me", import->me, "The name in the group of who exported it, where the file says \"me\"")
      ->needs(group);
  command
      ->add_option("--as-of", import->as_of,
                   "When it was exported, 2026-11-23T10:00:00+08:00: \"yesterday\" goes by it")
      ->needs(group);
  for (std::size_t c = 0; c < kColumns; ++c)
    command
        ->add_option("--column-" + std::string(name(static_cast<Column>(c))), import->columns[c],
                     "The heading that holds it")
        ->needs(group)
        ->group("Columns of a table");
  command->add_flag("--dry-run", import->dry_run, "Only show how it reads")->needs(group);
  command
      ->add_option("--channel", import->channel,
                   "Without --group: the channel that they belong to; made when it is not there")
      ->capture_default_str();
  command->add_flag("--admit-all", import->admit_all,
                    "When the channel is made now: admit its groups; otherwise an administrator admits them first");
  add_place(*command, *import);
  command->callback([import] { import->group.empty() ? import_log(*import) : import_export(*import); });
}

}  // namespace linli::app
