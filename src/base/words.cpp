#include "base/words.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <stdexcept>

#include "base/embedded.h"

namespace linli {
namespace {

constexpr std::array<std::string_view, 2> language_names = {"zh", "en"};
using Table = std::map<std::string, Words, std::less<>>;

// A table with a "text" is an entry; other tables are parts of the key.
void collect(const toml::table& table, const std::string& prefix, Table& out) {
  for (const auto& [key, node] : table) {
    const auto* inner = node.as_table();
    if (!inner) continue;
    const std::string name = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
    if (const auto text = (*inner)["text"].value<std::string>())
      out[name] = {*text, (*inner)["remedy"].value_or(std::string())};
    collect(*inner, name, out);
  }
}

Table load(std::string_view language) {
  Table out;
  for (const EmbeddedFile& file : embedded::messages())
    if (file.path == std::string(language) + ".toml") collect(toml::parse(file.bytes), {}, out);
  if (out.empty()) throw std::logic_error("no words embedded for " + std::string(language));
  return out;
}

const Table& table(Language language) {
  static const std::array<Table, 2> tables = {load("zh"), load("en")};
  return tables[static_cast<std::size_t>(language)];
}

const std::string* value_of(const Args& args, std::string_view name) {
  for (const auto& [key, value] : args)
    if (key == name && !value.empty()) return &value;
  return nullptr;
}

// Puts the arguments in. [[…]] is left out when an argument inside it is missing.
std::string fill(std::string_view pattern, const Args& args, bool* missing = nullptr) {
  std::string out;
  while (!pattern.empty()) {
    if (pattern.starts_with("[[")) {
      const auto end = pattern.find("]]");
      bool lacks = false;
      const std::string part = fill(pattern.substr(2, end - 2), args, &lacks);
      if (!lacks) out += part;
      pattern = end == pattern.npos ? std::string_view() : pattern.substr(end + 2);
    } else if (const auto end = pattern.find('}'); pattern[0] == '{' && end != pattern.npos) {
      const std::string* value = value_of(args, pattern.substr(1, end - 1));
      if (!value && missing) *missing = true;
      out += value ? *value : "?";
      pattern.remove_prefix(end + 1);
    } else {
      out += pattern[0];
      pattern.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

std::string_view name(Language language) { return language_names[static_cast<std::size_t>(language)]; }

std::optional<Language> parse_language(std::string_view text) {
  for (std::size_t i = 0; i < language_names.size(); ++i)
    if (language_names[i] == text) return static_cast<Language>(i);
  return {};
}

Language language_from_header(std::string_view header) {
  Language best = Language::zh;
  double best_weight = 0;
  while (!header.empty()) {
    auto range = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), range.size() + 1));
    while (range.starts_with(' ')) range.remove_prefix(1);
    double weight = 1;
    if (const auto q = range.find("q="); q != range.npos) {
      const auto number = range.substr(q + 2);
      if (std::from_chars(number.data(), number.data() + number.size(), weight).ec != std::errc()) weight = 0;
    }
    std::string primary(range.substr(0, 2));
    for (char& c : primary) c = static_cast<char>(c | 0x20);
    const auto language = range.size() == 2 || (range.size() > 2 && !std::isalnum(static_cast<unsigned char>(range[2])))
                              ? parse_language(primary)
                              : std::nullopt;
    if (language && weight > best_weight) {
      best = *language;
      best_weight = weight;
    }
  }
  return best;
}

Words words(const Error& error, Language language) {
  const auto it = table(language).find(name(error.code));
  if (it == table(language).end()) return {std::string(name(error.code)), {}};
  Args args = error.args;
  args.emplace_back("place", error.where.place);
  args.emplace_back("line", error.where.line ? std::to_string(error.where.line) : std::string());
  args.emplace_back("field", error.where.field);
  return {fill(it->second.text, args), fill(it->second.remedy, args)};
}

std::string phrase(std::string_view key, const Args& args, Language language) {
  const auto it = table(language).find(key);
  return it == table(language).end() ? std::string(key) : fill(it->second.text, args);
}

std::string for_terminal(const Error& error, Language language) {
  const Words said = words(error, language);
  std::string out = error.where.place;
  if (error.where.line) out += ":" + std::to_string(error.where.line);
  if (!out.empty()) out += ": ";
  out += said.text;
  if (!said.remedy.empty()) out += "\n  " + said.remedy;
  return out;
}

std::vector<std::string> word_keys(Language language) {
  std::vector<std::string> out;
  for (const auto& [key, words] : table(language)) out.push_back(key);
  return out;
}

const Words* word_pattern(std::string_view key, Language language) {
  const auto it = table(language).find(key);
  return it == table(language).end() ? nullptr : &it->second;
}

}  // namespace linli
