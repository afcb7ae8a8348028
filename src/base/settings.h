// Settings that a start needs: a TOML file and the environment. What a district decides lives in the database instead.
//
// A module lists its own, typed:
//   inline const Setting<milliseconds> historic_after{"intake.historic_after", 30min, {1min, 24h}, Restart::no,
//       "Messages that arrive later than this make historic leads: no promise, no ring."};
// the program collects the lists and loads them once; the whole file is taken or nothing. An unknown or impossible value
// stops the start with a remedy. `linli check-config --reference` prints docs/operations/settings.md from the lists.
//
// In the file:       [intake]  historic_after = "30min"
// In the environment (wins over the file):  LINLI_INTAKE_HISTORIC_AFTER=30min   lists: separated by commas
// Durations: a number with ms, s, min, h or d. Names starting with LINLI_TEST_ are left to tests.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace linli {

enum class Restart { no, yes };  // no: SIGHUP is enough

template <class T>
struct Range {  // both ends allowed
  T least, greatest;
};
template <>
struct Range<bool> {};
template <>
struct Range<std::string> {
  std::vector<std::string> choices;  // empty: any text
};
template <>
struct Range<std::vector<std::string>> {};

template <class T>
struct Setting {
  const char* name;  // "section.key" or "key"
  T fallback;
  Range<T> range;
  Restart restart;
  const char* explanation;  // one or two English sentences for the reference page
};

using AnySetting =
    std::variant<const Setting<bool>*, const Setting<std::int64_t>*, const Setting<std::chrono::milliseconds>*,
                 const Setting<std::string>*, const Setting<std::vector<std::string>>*>;
using Environment = std::map<std::string, std::string>;

// LINLI_* of this process.
Environment process_environment();

// A value: copied or shared as const; reading is safe from any thread.
class Settings {
 public:
  // `file` empty: the environment and the defaults only. Errors: file_unreadable, unknown_setting (with the nearest known
  // name), bad_setting; where() tells file, line and setting.
  static Result<Settings> load(std::span<const AnySetting> known, const std::filesystem::path& file,
                               const Environment& environment);

  // The setting must be one of those that were loaded (else its default is returned).
  template <class T>
  const T& get(const Setting<T>& setting) const {
    const auto it = values_.find(setting.name);
    return it == values_.end() ? setting.fallback : std::get<T>(it->second);
  }

 private:
  using Value = std::variant<bool, std::int64_t, std::chrono::milliseconds, std::string, std::vector<std::string>>;
  Result<void> take(const AnySetting& setting, const std::vector<std::string>& texts, Where where);
  std::map<std::string, Value, std::less<>> values_;
};

// The Markdown page, sorted by name.
std::string settings_reference(std::span<const AnySetting> known);

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);  // "30min"
std::string format_duration(std::chrono::milliseconds duration);  // "30min", the greatest unit that is exact

}  // namespace linli
