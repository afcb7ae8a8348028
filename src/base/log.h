// The log: one JSON object a line on stderr, {"time":…,"level":…,"event":…, fields}. For those who run linli.
// Events are fixed names ("intake.committed"), not sentences. NOTHING PERSONAL: ids, counts, codes, durations;
// never message text, names, numbers or what a client sent. A request's lines carry the field "request".
//   log::info("intake.committed", {{"request", id}, {"new", 500}, {"millis", 12}});
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/result.h"
#include "base/settings.h"

namespace linli::log {

enum class Level { debug, info, warn, error };

extern const Setting<std::string> level_setting;  // log.level

// A view: lives as long as the call.
struct Field {
  std::string_view name;
  std::variant<std::int64_t, double, bool, std::string_view> value;

  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  template <class T>
  requires std::is_arithmetic_v<T> Field(std::string_view n, T v) : name(n) {
    if constexpr (std::is_same_v<T, bool>) value = v;
    else if constexpr (std::is_floating_point_v<T>) value = static_cast<double>(v);
    else value = static_cast<std::int64_t>(v);
  }
};
using Fields = std::initializer_list<Field>;

// Any thread, at any time. Lines of a level below are not even formatted. Default: info.
void set_level(Level level);
Level parse_level(std::string_view text);  // unknown: info

void debug(std::string_view event, Fields fields = {});
void info(std::string_view event, Fields fields = {});
void warn(std::string_view event, Fields fields = {});
void error(std::string_view event, Fields fields = {});
// Adds code, place, line, field and the arguments of the error.
void error(std::string_view event, const Error& what, Fields fields = {});
void warn(std::string_view event, const Error& what, Fields fields = {});

// For tests: lines go to `sink` instead of stderr until it is set back to nullptr.
void capture(std::string* sink);

}  // namespace linli::log
