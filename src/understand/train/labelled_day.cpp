#include "understand/train/labelled_day.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <unordered_map>

#include "base/clock.h"

namespace linli {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

Result<std::vector<json::object>> read_lines(const fs::path& file, std::size_t most = SIZE_MAX) {
  std::ifstream in(file);
  if (!in) return fail(Errc::file_unreadable, Where::at(file.string()));
  std::vector<json::object> out;
  std::string line;
  long number = 0;
  while (out.size() < most && std::getline(in, line)) {
    ++number;
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    boost::system::error_code error;
    json::value value = json::parse(line, error);
    if (error || !value.is_object()) return fail(Errc::bad_json, Where::at(file.string(), number));
    out.push_back(std::move(value.as_object()));
  }
  return out;
}

std::string text_of(const json::object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  return v && v->is_string() ? std::string(v->as_string()) : std::string();
}

bool flag(const json::object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  return v && v->is_bool() && v->as_bool();
}

Result<Message> to_message(const json::object& o, const fs::path& file, long line) {
  Message m;
  const auto wrong = [&](const char* field) { return fail(Errc::bad_value, Where::at(file.string(), line, field)); };
  m.id = text_of(o, "id");
  m.group = text_of(o, "group");
  if (m.id.empty()) return wrong("id");
  const auto at = parse_time(text_of(o, "ts"));
  if (!at) return wrong("ts");
  m.sent_at = *at;
  m.sender = text_of(o, "sender");
  m.sender_name = text_of(o, "sender_name");
  const auto role = parse_role(text_of(o, "role"));
  if (!role) return wrong("role");
  m.role = *role;
  const auto type = parse_message_type(text_of(o, "type"));
  if (!type) return wrong("type");
  m.type = *type;
  m.text = text_of(o, "text");
  m.reply_to = text_of(o, "reply_to");
  m.recalls = text_of(o, "recalls");
  if (const auto* v = o.if_contains("mentions")) {
    if (v->is_string() && v->as_string() == "all") m.mentions_all = true;
    if (v->is_array()) {
      for (const auto& who : v->as_array()) {
        if (!who.is_string()) continue;
        if (who.as_string() == "all") m.mentions_all = true;
        else m.mentions.emplace_back(who.as_string());
      }
    }
  }
  return m;
}

PlaceDirectory to_directory(const json::object& o) {
  PlaceDirectory d;
  if (const auto* groups = o.if_contains("groups"); groups && groups->is_array()) {
    for (const auto& g : groups->as_array()) {
      if (!g.is_object()) continue;
      const auto& f = g.as_object();
      d.groups.push_back(
          {text_of(f, "group"), text_of(f, "name"), text_of(f, "grid"), text_of(f, "community"), text_of(f, "street")});
    }
  }
  if (const auto* places = o.if_contains("places"); places && places->is_array()) {
    for (const auto& p : places->as_array()) {
      if (p.is_string()) d.places.emplace_back(p.as_string());
    }
  }
  return d;
}

}  // namespace

namespace {

Result<void> read_plain_file(const fs::path& file, std::vector<PlainText>& out) {
  std::ifstream in(file);
  std::string line;
  for (long number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const auto first = line.find('\t'), second = first == line.npos ? first : line.find('\t', first + 1);
    if (second == line.npos) return fail(Errc::training_data_wrong, Where::at(file.string(), number));
    PlainText t;
    t.category = line.substr(0, first);
    t.text = line.substr(second + 1);
    if (t.category == "-") {
      t.category.clear();
    } else if (second != first + 2 || line[first + 1] < '1' || line[first + 1] > '4') {
      return fail(Errc::training_data_wrong, Where::at(file.string(), number));
    } else {
      t.urgency = line[first + 1] - '0';
    }
    out.push_back(std::move(t));
  }
  return {};
}

}  // namespace

Result<std::vector<PlainText>> read_plain_texts(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& e : fs::directory_iterator(folder)) {
    if (e.path().extension() == ".tsv" && e.path().filename().string().starts_with("plain")) files.push_back(e.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<PlainText> out;
  for (const auto& file : files) {
    if (auto read = read_plain_file(file, out); !read) return tl::unexpected(std::move(read).error());
  }
  return out;
}

Result<PlaceDirectory> read_directory(const fs::path& file) {
  auto lines = read_lines(file, 1);
  if (!lines) return tl::unexpected(std::move(lines).error());
  if (lines->empty()) return fail(Errc::training_data_wrong, Where::at(file.string(), 1));
  return to_directory(lines->front());
}

Result<std::vector<Message>> read_messages(const fs::path& file) {
  auto lines = read_lines(file);
  if (!lines) return tl::unexpected(std::move(lines).error());
  std::vector<Message> out;
  long number = 0;
  for (const auto& o : *lines) {
    auto m = to_message(o, file, ++number);
    if (!m) return tl::unexpected(std::move(m).error());
    out.push_back(std::move(*m));
  }
  return out;
}

Result<LabelledDay> read_day(const fs::path& folder, const std::string& name) {
  LabelledDay day;
  day.name = name;
  const fs::path leads_file = folder / (name + ".leads.jsonl"), messages_file = folder / (name + ".messages.jsonl");
  auto leads = read_lines(leads_file);
  if (!leads) return tl::unexpected(std::move(leads).error());
  auto lines = read_lines(messages_file);
  if (!lines) return tl::unexpected(std::move(lines).error());
  if (leads->empty()) return fail(Errc::training_data_wrong, Where::at(leads_file.string(), 1));
  day.directory = to_directory(leads->front());
  std::unordered_map<std::string, int> index;
  for (std::size_t i = 1; i < leads->size(); ++i) {
    const auto& o = (*leads)[i];
    LabelledLead l;
    l.id = text_of(o, "lead");
    l.category = text_of(o, "category");
    l.place = text_of(o, "place");
    l.summary = text_of(o, "summary");
    if (const auto* u = o.if_contains("urgency"); u && u->is_int64()) l.urgency = static_cast<int>(u->as_int64());
    if (l.id.empty() || l.urgency < 1 || l.urgency > 4)
      return fail(Errc::training_data_wrong, Where::at(leads_file.string(), static_cast<long>(i + 1)));
    l.reply = text_of(o, "handling") == "reply";
    l.area_wide = flag(o, "area_wide");
    l.resolved = flag(o, "resolved");
    index[l.id] = static_cast<int>(day.leads.size());
    day.leads.push_back(std::move(l));
  }
  long number = 0;
  for (const auto& o : *lines) {
    auto m = to_message(o, messages_file, ++number);
    if (!m) return tl::unexpected(std::move(m).error());
    LabelledMessage labelled{std::move(*m), -1, Act::none};
    if (const std::string lead = text_of(o, "lead"); !lead.empty()) {
      const auto it = index.find(lead);
      const auto act = parse_act(text_of(o, "act"));
      if (it == index.end() || !act)
        return fail(Errc::training_data_wrong,
                    Where::at(messages_file.string(), number, it == index.end() ? "lead" : "act"));
      labelled.lead = it->second;
      labelled.act = *act;
    }
    day.messages.push_back(std::move(labelled));
  }
  return day;
}

Result<std::vector<LabelledDay>> read_days(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  constexpr std::string_view ending = ".messages.jsonl";
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string file = entry.path().filename().string();
    if (file.ends_with(ending)) names.push_back(file.substr(0, file.size() - ending.size()));
  }
  if (error || names.empty()) return fail(Errc::file_unreadable, Where::at(folder.string()));
  std::sort(names.begin(), names.end());
  std::vector<LabelledDay> days;
  for (const auto& name : names) {
    auto day = read_day(folder, name);
    if (!day) return tl::unexpected(std::move(day).error());
    days.push_back(std::move(*day));
  }
  return days;
}

}  // namespace linli
