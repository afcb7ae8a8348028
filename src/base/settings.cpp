#include "base/settings.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "base/trim.h"

extern char** environ;

namespace linli {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::int64_t millis;
};
constexpr Unit units[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1'000}, {"ms", 1}};

std::string_view setting_name(const AnySetting& setting) {
  return std::visit([](const auto* s) { return std::string_view(s->name); }, setting);
}

// "intake.max_waiting" -> "LINLI_INTAKE_MAX_WAITING"
std::string variable_of(std::string_view name) {
  std::string out = "LINLI_";
  for (const char c : name) out += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

// Levenshtein distance; names are short.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string nearest(const std::vector<std::string>& names, std::string_view unknown) {
  const auto best = std::min_element(names.begin(), names.end(), [&](const auto& a, const auto& b) {
    return distance(a, unknown) < distance(b, unknown);
  });
  return best == names.end() ? std::string() : *best;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto item = trim(text.substr(0, comma));
    if (!item.empty()) out.emplace_back(item);
    text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
  }
  return out;
}

// ---- values as text, for messages and the reference page ----

std::string show(bool value) { return value ? "true" : "false"; }
std::string show(std::int64_t value) { return std::to_string(value); }
std::string show(milliseconds value) { return format_duration(value); }
std::string show(const std::string& value) { return value; }
std::string show(const std::vector<std::string>& value) { return fmt::format("{}", fmt::join(value, ", ")); }

std::string allowed(const Range<bool>&) { return "true, false"; }
template <class T>
std::string allowed(const Range<T>& range) {
  return show(range.least) + " … " + show(range.greatest);
}
std::string allowed(const Range<std::string>& range) { return fmt::format("{}", fmt::join(range.choices, ", ")); }
std::string allowed(const Range<std::vector<std::string>>&) { return {}; }

// ---- text to value; nullopt: not of this type or out of range ----

std::optional<bool> read(const Setting<bool>&, std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return {};
}

std::optional<std::int64_t> read(const Setting<std::int64_t>& setting, std::string_view text) {
  std::int64_t value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  if (value < setting.range.least || value > setting.range.greatest) return {};
  return value;
}

std::optional<milliseconds> read(const Setting<milliseconds>& setting, std::string_view text) {
  const auto value = parse_duration(text);
  if (!value || *value < setting.range.least || *value > setting.range.greatest) return {};
  return value;
}

std::optional<std::string> read(const Setting<std::string>& setting, std::string_view text) {
  const auto& choices = setting.range.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end()) return {};
  return std::string(text);
}

// ---- the file ----

struct Given {
  std::string name;
  std::vector<std::string> texts;
  Where where;
};

std::string text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* yes = node.as_boolean()) return show(yes->get());
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  return out.str();
}

void flatten(const toml::table& table, const std::string& prefix, const std::string& file, std::vector<Given>& out) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      flatten(*inner, name, file, out);
      continue;
    }
    Given given{name, {}, Where::at(file, static_cast<long>(key.source().begin.line), name)};
    if (const auto* list = node.as_array())
      for (const auto& item : *list) given.texts.push_back(text_of(item));
    else given.texts.push_back(text_of(node));
    out.push_back(std::move(given));
  }
}

Result<std::vector<Given>> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  if (!in || !(text << in.rdbuf())) {
    // An empty file is a fine file; rdbuf() then sets failbit.
    if (!in.is_open() || in.bad())
      return fail(Errc::file_unreadable, Where::at(file.string()), {{"file", file.string()}});
  }
  try {
    std::vector<Given> given;
    flatten(toml::parse(text.str()), {}, file.string(), given);
    return given;
  } catch (const toml::parse_error& broken) {
    return fail(Errc::bad_setting, Where::at(file.string(), static_cast<long>(broken.source().begin.line)),
                {{"why", std::string(broken.description())}});
  }
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  std::int64_t number;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return {};
  const auto name = trim(std::string_view(end, static_cast<std::size_t>(text.data() + text.size() - end)));
  for (const Unit& unit : units)
    if (name == unit.name && number <= std::numeric_limits<std::int64_t>::max() / unit.millis)
      return milliseconds(number * unit.millis);
  return {};
}

std::string format_duration(milliseconds duration) {
  for (const Unit& unit : units)
    if (duration.count() != 0 && duration.count() % unit.millis == 0)
      return std::to_string(duration.count() / unit.millis) + std::string(unit.name);
  return "0s";
}

Environment process_environment() {
  Environment out;
  for (char** at = environ; at && *at; ++at) {
    const std::string_view entry(*at);
    const auto equals = entry.find('=');
    if (entry.starts_with("LINLI_") && equals != entry.npos)
      out.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return out;
}

Result<void> Settings::take(const AnySetting& setting, const std::vector<std::string>& texts, Where where) {
  const auto refuse = [&](const auto& s) {
    return fail(Errc::bad_setting, std::move(where),
                {{"setting", s.name}, {"value", show(texts)}, {"allowed", allowed(s.range)}});
  };
  return std::visit(
      [&](const auto* s) -> Result<void> {
        using T = std::decay_t<decltype(s->fallback)>;
        if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          values_[s->name] = texts;
        } else {
          if (texts.size() != 1) return refuse(*s);
          auto value = read(*s, trim(texts[0]));
          if (!value) return refuse(*s);
          values_[s->name] = std::move(*value);
        }
        return {};
      },
      setting);
}

Result<Settings> Settings::load(std::span<const AnySetting> known, const std::filesystem::path& file,
                                const Environment& environment) {
  std::vector<std::string> names, variables;
  for (const AnySetting& setting : known) {
    names.emplace_back(setting_name(setting));
    variables.push_back(variable_of(names.back()));
  }
  Settings settings;
  if (!file.empty()) {
    auto given = read_file(file);
    if (!given) return tl::unexpected(std::move(given).error());
    for (Given& g : *given) {
      const auto it = std::find(names.begin(), names.end(), g.name);
      if (it == names.end())
        return fail(Errc::unknown_setting, std::move(g.where),
                    {{"setting", g.name}, {"nearest", nearest(names, g.name)}});
      LINLI_TRY(settings.take(known[static_cast<std::size_t>(it - names.begin())], g.texts, std::move(g.where)));
    }
  }
  for (const auto& [variable, text] : environment) {
    if (!variable.starts_with("LINLI_") || variable.starts_with("LINLI_TEST_")) continue;
    Where where = Where::at("environment", 0, variable);
    const auto it = std::find(variables.begin(), variables.end(), variable);
    if (it == variables.end())
      return fail(Errc::unknown_setting, std::move(where),
                  {{"setting", variable}, {"nearest", nearest(variables, variable)}});
    const AnySetting& setting = known[static_cast<std::size_t>(it - variables.begin())];
    const bool list = std::holds_alternative<const Setting<std::vector<std::string>>*>(setting);
    LINLI_TRY(settings.take(setting, list ? split_list(text) : std::vector{text}, std::move(where)));
  }
  return settings;
}

std::string settings_reference(std::span<const AnySetting> known) {
  std::vector<AnySetting> sorted(known.begin(), known.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return setting_name(a) < setting_name(b); });
  std::string out =
      "# Settings\n\nMade by `linli check-config --reference`; do not edit.\n\n"
      "A TOML file (`linli serve --config FILE`) and the environment, which wins. `section.key` stands in the file as\n"
      "`key` under `[section]`, in the environment as `LINLI_SECTION_KEY` (lists: separated by commas). Durations are "
      "a\n"
      "number with `ms`, `s`, `min`, `h` or `d`. An unknown or impossible value stops the start and tells where it "
      "is.\nSIGHUP (`systemctl reload linli`) reads them again, all or nothing: those without restart take effect at "
      "once,\nof the others that changed the log tells.\n\n"
      "| setting | default | allowed | restart | what it does |\n|---|---|---|---|---|\n";
  for (const AnySetting& setting : sorted)
    std::visit(
        [&](const auto* s) {
          const std::string fallback = show(s->fallback), range = allowed(s->range);
          out += fmt::format("| `{}` | {} | {} | {} | {} |\n", s->name,
                             fallback.empty() ? fallback : fmt::format("`{}`", fallback), range,
                             s->restart == Restart::yes ? "yes" : "no", s->explanation);
        },
        setting);
  return out;
}

}  // namespace linli
