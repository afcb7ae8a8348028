#include "app/perform.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "app/settings_list.h"
#include "people/audit.h"
#include "people/privacy_report.h"

namespace linli::app {
namespace {

namespace json = boost::json;

std::string text(const json::object& request, std::string_view key) {
  const json::value* value = request.if_contains(key);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

bool flag(const json::object& request, std::string_view key) {
  const json::value* value = request.if_contains(key);
  return value && value->is_bool() && value->as_bool();
}

Result<json::object> add_channel(Program& program, const json::object& request) {
  const auto kind = parse_channel_kind(text(request, "kind"));
  if (!kind || *kind == ChannelKind::demo)
    return linli::fail(Errc::bad_value, Where::at_field("kind"),
                       {{"value", text(request, "kind")}, {"allowed", "webhook, file"}});
  auto channel = program.operations().add_channel(text(request, "name"), *kind, flag(request, "admit_all"));
  if (!channel) return tl::unexpected(std::move(channel).error());
  json::object out{{"id", to_text(channel->id)}, {"name", channel->name}};
  if (!channel->secrets.empty()) out["secret"] = channel->secrets.front().text();
  return out;
}

Result<json::object> list_channels(Program& program) {
  json::array out;
  for (const auto& channel : program.channels().all())
    out.push_back(json::object{{"id", to_text(channel->id)},
                               {"name", channel->name},
                               {"kind", name(channel->kind)},
                               {"admit_all", channel->admit_all}});
  return json::object{{"channels", std::move(out)}};
}

Result<json::object> import_file(Program& program, const json::object& request, const Progress& progress) {
  const Language language = parse_language(text(request, "language")).value_or(Language::zh);
  auto imported = program.operations().import_file(text(request, "file"), text(request, "channel"),
                                                   flag(request, "admit_all"), language, [&](std::int64_t lines) {
                                                     if (progress) progress({{"lines", lines}});
                                                   });
  if (!imported) return tl::unexpected(std::move(imported).error());
  json::array errors;
  for (const std::string& error : imported->first_errors) errors.emplace_back(error);
  return json::object{{"new", imported->fresh},
                      {"known", imported->known},
                      {"dropped", imported->dropped},
                      {"refused", imported->refused},
                      {"errors", std::move(errors)}};
}

Result<json::object> import_export(Program& program, const json::object& request, const Progress& progress) {
  const Language language = parse_language(text(request, "language")).value_or(Language::zh);
  Operations::Export asked{
      text(request, "file"), text(request, "group"), text(request, "me"), {}, flag(request, "dry_run")};
  if (!text(request, "format").empty()) asked.choice.format = parse_export_format(text(request, "format"));
  if (!text(request, "encoding").empty()) asked.choice.encoding = parse_encoding(text(request, "encoding"));
  if (!text(request, "as_of").empty()) {
    const auto as_of = parse_time(text(request, "as_of"));
    if (!as_of) return linli::fail(Errc::bad_time, Where::at_field("as-of"), {{"value", text(request, "as_of")}});
    asked.choice.as_of = *as_of;
  }
  for (std::size_t c = 0; c < kColumns; ++c)
    if (const std::string heading = text(request, "column_" + std::string(name(static_cast<Column>(c))));
        !heading.empty())
      asked.choice.columns[c] = {heading};
  auto done = program.operations().import_export(asked, [&](std::int64_t messages) {
    if (progress) progress({{"lines", messages}});
  });
  if (!done) return tl::unexpected(std::move(done).error());
  json::object out = to_json(done->shape);
  if (done->survey) {
    out["survey"] = to_json(*done->survey, language);
    return out;
  }
  json::array errors;
  for (Error& error : done->taken.wrong) {
    error.where.place = asked.file.string();
    if (errors.size() < 10) errors.emplace_back(for_terminal(error, language));
  }
  out["new"] = done->taken.fresh;
  out["known"] = done->taken.known;
  out["dropped"] = done->taken.dropped;
  out["system_lines"] = done->taken.system_lines;
  out["refused"] = done->taken.wrong_total;
  out["errors"] = std::move(errors);
  return out;
}

Result<json::object> import_grids(Program& program, const json::object& request) {
  const Language language = parse_language(text(request, "language")).value_or(Language::zh);
  const bool apply = flag(request, "apply");
  auto table = read_table_file(text(request, "file"));
  if (!table) return tl::unexpected(std::move(table).error());
  auto plan = program.operations().import_grids(*table, {flag(request, "close_missing")}, apply);
  if (!plan) return tl::unexpected(std::move(plan).error());
  json::array wrong;
  for (const WrongCell& cell : plan->wrong) {
    Error error = cell.error;
    error.where.place = text(request, "file");
    if (wrong.size() < 50) wrong.emplace_back(for_terminal(error, language));
  }
  json::object out{{"applied", apply && plan->wrong_total == 0},
                   {"unchanged", plan->unchanged},
                   {"missing", plan->missing},
                   {"wrong_total", plan->wrong_total},
                   {"wrong", std::move(wrong)}};
  for (const auto kind :
       {GridChange::Kind::opened, GridChange::Kind::changed, GridChange::Kind::closed, GridChange::Kind::reopened})
    out[name(kind)] = std::ranges::count(plan->changes, kind, &GridChange::kind);
  if (apply && plan->wrong_total == 0) program.placing().directories_changed();
  return out;
}

Result<json::object> export_grids(Program& program, const json::object& request) {
  const std::filesystem::path file = text(request, "file");
  const auto rows = grid_table(*program.grids().tree());
  auto bytes = write_table(rows, file.extension() == ".xlsx" ? TableForm::xlsx : TableForm::csv);
  if (!bytes) return tl::unexpected(std::move(bytes).error());
  std::ofstream out(file, std::ios::binary);
  if (!(out << *bytes) || !out.flush()) return linli::fail(Errc::file_unwritable, Where::at(file.string()));
  return json::object{{"grids", rows.size() - 1}};
}

Result<json::object> verify_audit(Program& program, const json::object& request) {
  std::vector<audit::Anchor> anchors;
  const std::filesystem::path file = program.anchors_file();
  std::ifstream in(file, std::ios::binary);
  if (in) anchors = audit::read_anchors(program.sealer(), std::string(std::istreambuf_iterator<char>(in), {}));
  for (const json::value& known : request.at("known").as_array()) {
    auto head = audit::parse_head(std::string_view(known.as_string()));
    if (!head) return tl::unexpected(std::move(head).error());
    anchors.push_back({*head, {}, 0, true});
  }
  auto verdict = program.readers().read([&](Tx& tx) { return audit::verify(tx, program.sealer(), anchors); }).get();
  if (!verdict) return tl::unexpected(std::move(verdict).error());
  json::array flaws;
  for (const audit::Flaw& flaw : verdict->flaws)
    flaws.push_back(json::object{{"kind", name(flaw.kind)}, {"sequence", flaw.sequence}, {"count", flaw.count}});
  return json::object{{"entries", verdict->entries},
                      {"anchors", static_cast<std::int64_t>(verdict->anchors)},
                      {"head", audit::to_text(verdict->head)},
                      {"flaw_count", verdict->flaw_count},
                      {"flaws", std::move(flaws)}};
}

Result<json::object> export_audit(Program& program, const json::object& request) {
  constexpr std::size_t kPiece = 64 * 1024;
  const std::filesystem::path file = text(request, "file");
  audit::Filter filter;
  filter.what = text(request, "what");
  for (auto [name, into] : {std::pair("from", &filter.from), std::pair("to", &filter.to)}) {
    if (text(request, name).empty()) continue;
    *into = parse_time(text(request, name));
    if (!*into) return linli::fail(Errc::bad_time, Where::at_field(name), {{"value", text(request, name)}});
  }
  const bool csv = file.extension() == ".csv";
  std::ofstream out(file, std::ios::binary);
  std::string lines;
  if (csv) append_csv(lines = begin_csv(), audit::csv_header());
  std::int64_t count = 0;
  auto read = program.readers()
                  .read([&](Tx& tx) {
                    return audit::each(tx, program.sealer(), filter, [&](const audit::Recorded& one) -> Result<void> {
                      ++count;
                      if (csv) append_csv(lines, audit::csv_cells(one));
                      else (lines += audit::to_json(one)) += '\n';
                      if (lines.size() >= kPiece) out << std::exchange(lines, {});
                      return {};
                    });
                  })
                  .get();
  LINLI_TRY(read);
  out << lines;
  if (!out.flush()) return linli::fail(Errc::file_unwritable, Where::at(file.string()), {{"file", file.string()}});
  LINLI_TRY(program.operations().record(
      "export.made",
      json::serialize(json::object{{"of", "audit"}, {"format", csv ? "csv" : "ndjson"}, {"count", count}})));
  return json::object{{"entries", count}};
}

Result<json::object> report_privacy(Program& program) {
  auto read = program.readers().read([&](Tx& tx) { return privacy_report(tx, program.clock().now()); },
                                     Deadline::in(std::chrono::minutes(5)));
  auto report = read.get();
  if (!report) return tl::unexpected(std::move(report).error());
  return to_json(*report);
}

}  // namespace

void add_place(CLI::App& command, Place& place) {
  command.add_option("--data", place.data, "The data folder")->capture_default_str();
  command.add_option("--config", place.config, "The settings file (TOML)");
}

Result<Settings> load_settings(const Place& place) {
  return Settings::load(all_settings(), place.config, process_environment());
}

Result<json::object> answer(Program& program, const std::string& url, const json::object& request,
                            const Progress& progress) {
  const std::string command = text(request, "command");
  if (command == "channel-add") return add_channel(program, request);
  if (command == "channel-list") return list_channels(program);
  if (command == "import") return import_file(program, request, progress);
  if (command == "import-export") return import_export(program, request, progress);
  if (command == "grid-import") return import_grids(program, request);
  if (command == "grid-export") return export_grids(program, request);
  if (command == "privacy-report") return report_privacy(program);
  if (command == "user-add") {
    const auto role = parse_staff_role(text(request, "role"));
    if (!role) return linli::fail(Errc::bad_value, Where::at_field("role"), {{"value", text(request, "role")}});
    LINLI_TRY(program.operations().add_user(text(request, "name"), text(request, "display_name"), *role,
                                            text(request, "grid")));
    return json::object{};
  }
  if (command == "audit-verify") return verify_audit(program, request);
  if (command == "audit-export") return export_audit(program, request);
  if (command == "user-password") {
    LINLI_TRY(program.operations().set_password(text(request, "name"), text(request, "password")));
    return json::object{};
  }
  if (command == "user-second-factor") {
    LINLI_TRY(program.operations().reset_second_factor(text(request, "name")));
    return json::object{};
  }
  if (command == "user-link") {
    auto token = program.operations().make_sign_in_link(text(request, "name"));
    if (!token) return tl::unexpected(std::move(token).error());
    return json::object{{"path", "/sign-in#" + *token}, {"url", url}};
  }
  return linli::fail(Errc::bad_request, Where::at_field("command"), {{"why", command}});
}

json::object perform(const Place& place, const json::object& request, const Progress& progress) {
  if (std::filesystem::exists(place.data)) {
    auto asked = ask(place.data, request, progress);
    if (asked) return std::move(*asked);
    if (asked.error().code != Errc::not_running) fail(asked.error());
  }
  auto program = need(Program::open(place.data, need(load_settings(place))));
  need(program->operations().ensure_administrator());
  auto answered = answer(*program, {}, request, progress);
  program->stop();
  return need(std::move(answered));
}

}  // namespace linli::app
