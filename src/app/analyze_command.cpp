#include "app/analyze_command.h"

#include <algorithm>
#include <boost/json.hpp>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>

#include "channels/chatlog/chatlog.h"
#include "leads/collect.h"
#include "understand/taxonomy.h"
#include "understand/train/labelled_day.h"

namespace linli::app {
namespace {

const Message& message_of(const Analysis& a, MessageNumber number) {
  return a.messages[static_cast<std::size_t>(number - 1)];
}

// Chengdu's clock: a chat file names no district, and China has one time.
std::string local_time(Instant at) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count() + 8 * 3600;
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  char text[32];
  std::strftime(text, sizeof text, "%m-%d %H:%M", &tm);
  return text;
}

std::string group_name(const Analysis& a, const std::string& group) {
  for (const auto& g : a.directory.groups) {
    if (g.group == group && !g.name.empty()) return g.name;
  }
  for (const auto& m : a.messages) {
    if (m.group == group && !m.group_name.empty()) return m.group_name;
  }
  return group;
}

std::string category_name(const std::string& code, Language language) {
  const Taxonomy& taxonomy = Taxonomy::embedded();
  const auto c = taxonomy.find(code);
  return c && language == Language::zh ? taxonomy.categories()[*c].zh : code;
}

std::string reason_line(const Analysis& a, const Reason& r, Language language) {
  std::string line = phrase(r.code, {{"word", r.word}}, language);
  if (r.message) line += " (" + message_of(a, r.message).id + ")";
  return line;
}

std::string joined(const Analysis& a, const std::vector<Reason>& reasons, Language language) {
  std::string out;
  for (const auto& r : reasons) {
    if (!out.empty()) out += language == Language::zh ? "；" : "; ";
    out += reason_line(a, r, language);
  }
  return out;
}

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == by) out.emplace_back();
    else out.back() += c;
  }
  return out;
}

void explain_lead(const Analysis& a, const LeadView& v, Language language, std::ostream& out) {
  const auto line = [&](const char* key, const std::string& text) {
    if (!text.empty()) out << "    " << phrase(key, {}, language) << ": " << text << '\n';
  };
  line("analyze.category", category_name(v.category, language) + " ← " + joined(a, v.category_reasons, language));
  line("analyze.urgency", std::to_string(v.urgency) + " ← " + joined(a, v.urgency_reasons, language));
  if (!v.place.empty()) line("analyze.place", v.place + " ← " + joined(a, v.place_reasons, language));
  for (const auto number : v.messages) {
    const Message& m = message_of(a, number);
    const Placement& p = a.placements[static_cast<std::size_t>(number - 1)];
    out << "    " << m.id << "  " << m.sender_name << ": " << m.text << "\n        ";
    if (number == v.key) out << phrase("analyze.opens", {}, language);
    else if (!p.lead) out << phrase("analyze.with_earlier", {}, language);
    else out << phrase("analyze.joins", {}, language);
    if (const std::string why = joined(a, p.reasons, language); !why.empty()) out << " ← " << why;
    out << '\n';
  }
}

struct Asked {
  std::string chat, scenario, out;
  bool explain = false;
};

void run(const Asked& asked) {
  std::optional<std::filesystem::path> scenario;
  if (!asked.scenario.empty()) scenario = asked.scenario;
  const Analysis a = need(analyze(asked.chat, scenario));
  if (asked.out.empty()) return write_table(a, asked.explain, terminal_language(), std::cout);
  std::ofstream out(asked.out, std::ios::binary | std::ios::trunc);
  write_predictions(a, out);
  if (!out.flush()) fail(Error{Errc::file_unwritable, Where::at(asked.out), {}});
  if (asked.explain) write_table(a, true, terminal_language(), std::cout);
}

}  // namespace

Result<Analysis> analyze(const std::filesystem::path& chat, const std::optional<std::filesystem::path>& scenario) {
  Analysis a;
  if (scenario) {
    auto directory = read_directory(*scenario);
    if (!directory) return tl::unexpected(std::move(directory).error());
    a.directory = std::move(*directory);
  }
  auto log = Chatlog::open(chat);
  if (!log) return tl::unexpected(std::move(log).error());
  while (true) {
    auto next = log->next();
    if (!next) return tl::unexpected(std::move(next).error());
    if (!*next) break;
    a.messages.push_back(std::move(**next));
  }
  const auto understander = Understander::embedded();
  if (!understander) return tl::unexpected(understander.error());
  a.placements.resize(a.messages.size());
  a.leads = collect_leads(*understander, a.directory, a.messages,
                          [&](std::size_t i, const Placement& p) { a.placements[i] = p; });
  return a;
}

void write_predictions(const Analysis& a, std::ostream& out) {
  for (const LeadView& v : a.leads) {
    boost::json::object o;
    o["lead"] = "L" + message_of(a, v.key).id;
    boost::json::array messages;
    for (const auto number : v.messages) messages.emplace_back(message_of(a, number).id);
    o["messages"] = std::move(messages);
    o["opened_at"] = message_of(a, v.key).id;
    o["category"] = v.category;
    o["urgency"] = v.urgency;
    if (v.place.empty()) o["place"] = nullptr;
    else o["place"] = v.place;
    o["handling"] = v.reply_suffices ? "reply" : "workflow";
    o["area_wide"] = v.area_wide;
    o["resolved"] = v.resolved;
    o["summary"] = v.summary;
    out << boost::json::serialize(o) << '\n';
  }
}

void write_table(const Analysis& a, bool explain, Language language, std::ostream& out) {
  std::size_t in_leads = 0;
  for (const auto& v : a.leads) in_leads += v.messages.size();
  const Args args = {{"leads", std::to_string(a.leads.size())},
                     {"messages", std::to_string(a.messages.size())},
                     {"in_leads", std::to_string(in_leads)}};
  out << phrase(a.leads.empty() ? "analyze.none" : "analyze.title", args, language) << "\n\n";
  if (a.leads.empty()) return;
  std::vector<std::vector<std::string>> rows = {split(phrase("analyze.headings", {}, language), '|')};
  for (const auto& v : a.leads) {
    std::string groups;
    for (const auto& g : v.groups) groups += (groups.empty() ? "" : "+") + group_name(a, g);
    rows.push_back({local_time(v.asked_at), groups, category_name(v.category, language), std::to_string(v.urgency),
                    v.place.empty() ? "-" : v.place, v.summary,
                    std::to_string(v.messages.size()) + (v.resolved ? " ✓" : "")});
  }
  // A Han character is two columns wide.
  const auto width = [](const std::string& text) {
    std::size_t w = 0;
    for (const char32_t c : decode_utf8(text)) w += c >= 0x2E80 ? 2 : 1;
    return w;
  };
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      out << rows[r][i];
      if (i + 1 < rows[r].size()) out << std::string(widths[i] - width(rows[r][i]) + 2, ' ');
    }
    out << '\n';
    if (explain && r > 0) explain_lead(a, a.leads[r - 1], language, out);
  }
}

void add_analyze(CLI::App& app) {
  auto* command = app.add_subcommand("analyze", "Show the leads of a chat file, without any server");
  auto asked = std::make_shared<Asked>();
  command->add_option("file", asked->chat, "Chat log: JSONL (one message a line) or CSV with a header")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--scenario", asked->scenario, "File whose first line tells groups and known places")
      ->check(CLI::ExistingFile);
  command->add_option("--out", asked->out, "Write one lead a line as JSON instead of the table");
  command->add_flag("--explain", asked->explain, "Show which words and messages speak for each decision");
  command->callback([asked] { run(*asked); });
}

}  // namespace linli::app
