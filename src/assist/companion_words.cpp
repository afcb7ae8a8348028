#include "assist/companion_words.h"

#include <unicode/uchar.h>

#include <toml++/toml.h>
#include <algorithm>
#include <stdexcept>

#include "base/embedded.h"
#include "base/normal_form.h"

namespace linli::companion {
namespace {

// The order in which danger is asked: what has its own guidance first, "any" last.
constexpr std::string_view kDangers[] = {"gas",   "electric", "fire",    "elevator", "medical",
                                         "crime", "missing",  "falling", "water",    "any"};

bool has_any(std::string_view text, const std::vector<std::string>& words) {
  return std::ranges::any_of(words, [&](const std::string& word) { return text.find(word) != text.npos; });
}

void replace(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

// Values filled in; a part in 〔 〕 goes where something in it has no value.
std::string fill(std::string text, const Words::Values& values) {
  constexpr std::string_view open = "〔", close = "〕";
  const auto filled = [&](std::string part) {
    for (const auto& [name, value] : values)
      if (!value.empty()) replace(part, "{" + name + "}", value);
    return part;
  };
  for (std::size_t from = text.find(open); from != text.npos; from = text.find(open, from)) {
    const std::size_t to = text.find(close, from);
    if (to == text.npos) break;
    std::string part = filled(text.substr(from + open.size(), to - from - open.size()));
    if (part.find('{') != part.npos) part.clear();
    text.replace(from, to + close.size() - from, part);
  }
  return filled(std::move(text));
}

std::vector<std::string> list_of(const toml::node_view<const toml::node>& node) {
  std::vector<std::string> out;
  if (const toml::array* words = node.as_array())
    for (const auto& word : *words) out.push_back(normalize(word.value_or(std::string())).bytes);
  if (out.empty() || std::ranges::find(out, std::string()) != out.end())
    throw std::runtime_error("data/companion/words.toml: a list without words");
  return out;
}

template <class Map>
void texts_of(const toml::table& file, std::string_view section, Map& into) {
  const toml::table* table = file[section].as_table();
  if (!table) throw std::runtime_error("data/companion/words.toml: no [" + std::string(section) + "]");
  for (const auto& [key, value] : *table) into[std::string(key.str())] = value.value_or(std::string());
}

void lists_of(const toml::table& file, std::string_view section,
              std::map<std::string, std::vector<std::string>, std::less<>>& into) {
  const toml::table* table = file[section].as_table();
  if (!table) throw std::runtime_error("data/companion/words.toml: no [" + std::string(section) + "]");
  for (const auto& [key, value] : *table) into[std::string(key.str())] = list_of(file[section][key.str()]);
}

}  // namespace

std::string bare(std::string_view text) {
  std::string out;
  for (const char32_t point : normalize(text).points)
    if (u_isalnum(static_cast<UChar32>(point))) append_utf8(out, point);
  return out;
}

Words::Words() {
  const auto files = embedded::companion();
  if (files.size() != 1) throw std::runtime_error("data/companion/words.toml");
  const toml::table file = toml::parse(files.front().bytes);
  version_ = file["version"].value_or(0);
  texts_of(file, "say", say_);
  texts_of(file, "guidance", guidance_);
  texts_of(file, "guidance_phone", guidance_phone_);
  texts_of(file, "guidance_of", guidance_of_);
  for (const std::string_view kind : kDangers) {
    if (!guidance_.contains(kind)) throw std::runtime_error("data/companion/words.toml: no guidance for a danger");
    danger_.emplace_back(kind, list_of(file["danger"][kind]));
  }
  lists_of(file, "named", named_);
  lists_of(file, "never", never_);
  lists_of(file, "never_said", never_said_);
  lists_of(file, "listen", listen_);
  if (version_ < 1) throw std::runtime_error("data/companion/words.toml: no version");
}

const Words& Words::embedded() {
  static const Words words;
  return words;
}

std::string Words::say(std::string_view name, const Values& values) const {
  const auto found = say_.find(name);
  if (found == say_.end()) throw std::runtime_error("data/companion/words.toml: " + std::string(name));
  return fill(found->second, values);
}

std::string Words::guidance(std::string_view kind, const Rules& rules) const {
  const auto found = guidance_.find(kind);
  if (found == guidance_.end()) throw std::runtime_error("data/companion/words.toml: " + std::string(kind));
  const auto who = guidance_phone_.find(kind);
  const auto number = who == guidance_phone_.end() ? rules.phones.end() : rules.phones.find(who->second);
  return fill(found->second, {{"电话", number == rules.phones.end() ? std::string() : number->second}});
}

std::string_view Words::danger(std::string_view text) const {
  for (const auto& [kind, words] : danger_)
    if (has_any(text, words)) return kind;
  return {};
}

std::string_view Words::guidance_of(std::string_view category) const {
  const auto found = guidance_of_.find(category);
  return found == guidance_of_.end() ? std::string_view() : std::string_view(found->second);
}

bool Words::named(std::string_view text) const { return has_any(text, named_.at("words")); }

std::string_view Words::never(std::string_view text, const Rules& rules) const {
  for (const auto& [topic, words] : never_)
    if (has_any(text, words)) return topic;
  for (const std::string& word : rules.topics)
    if (const std::string plain = normalize(word).bytes; !plain.empty() && text.find(plain) != text.npos)
      return "district";
  return {};
}

bool Words::tells_where(std::string_view place) const {
  const NormalForm plain = normalize(place);
  return std::ranges::any_of(plain.points, [](char32_t point) { return point >= U'0' && point <= U'9'; }) ||
         has_any(plain.bytes, listen_.at("landmark"));
}

bool Words::is(std::string_view list, std::string_view text) const {
  const auto found = listen_.find(list);
  if (found == listen_.end()) throw std::runtime_error("data/companion/words.toml: " + std::string(list));
  const std::string plain = bare(text);
  if (list == "who") return has_any(plain, found->second);
  return std::ranges::find(found->second, plain) != found->second.end();
}

bool Words::promises(std::string_view text, std::string_view given) const {
  const std::string plain = normalize(text).bytes, known = normalize(given).bytes;
  return std::ranges::any_of(never_said_.at("words"), [&](const std::string& word) {
    return plain.find(word) != plain.npos && known.find(word) == known.npos;
  });
}

std::vector<std::string> Words::sayings() const {
  std::vector<std::string> out;
  for (const auto& [name, text] : say_) out.push_back(text);
  for (const auto& [name, text] : guidance_) out.push_back(text);
  return out;
}

}  // namespace linli::companion
