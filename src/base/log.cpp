#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>

#include "base/clock.h"

namespace linli::log {
namespace {

constexpr std::string_view level_names[] = {"debug", "info", "warn", "error"};
constexpr spdlog::level::level_enum spdlog_levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                       spdlog::level::err};

std::mutex capture_mutex;
std::string* captured = nullptr;

// Never destroyed: threads may log until the very end.
spdlog::logger& logger() {
  static auto* const one = [] {
    auto* made = new spdlog::logger("linli", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    return made;
  }();
  return *one;
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<int>(c));
    else out += c;
  }
  out += '"';
}

void append_field(std::string& out, const Field& field) {
  out += ',';
  append_text(out, field.name);
  out += ':';
  std::visit(
      [&](const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>) append_text(out, value);
        else out += fmt::format("{}", value);
      },
      field.value);
}

void write(Level level, std::string_view event, const Error* what, Fields fields) {
  const auto index = static_cast<std::size_t>(level);
  if (!logger().should_log(spdlog_levels[index])) return;
  std::string line = R"({"time":")" + format_time(SystemClock().now()) + R"(","level":")";
  line.append(level_names[index]).append(R"(","event":)");
  append_text(line, event);
  if (what) {
    append_field(line, {"code", name(what->code)});
    if (!what->where.place.empty()) append_field(line, {"place", what->where.place});
    if (what->where.line) append_field(line, {"line", what->where.line});
    if (!what->where.field.empty()) append_field(line, {"field", what->where.field});
    for (const auto& [key, value] : what->args) append_field(line, {key, value});
  }
  for (const Field& field : fields) append_field(line, field);
  line += '}';
  std::unique_lock lock(capture_mutex);
  if (captured) {
    captured->append(line).push_back('\n');
    return;
  }
  lock.unlock();
  logger().log(spdlog_levels[index], "{}", line);
}

}  // namespace

const Setting<std::string> level_setting{"log.level",
                                         "info",
                                         {{"debug", "info", "warn", "error"}},
                                         Restart::no,
                                         "The least level of lines that are written to the log."};

void set_level(Level level) { logger().set_level(spdlog_levels[static_cast<std::size_t>(level)]); }

Level parse_level(std::string_view text) {
  for (std::size_t i = 0; i < std::size(level_names); ++i)
    if (level_names[i] == text) return static_cast<Level>(i);
  return Level::info;
}

void debug(std::string_view event, Fields fields) { write(Level::debug, event, nullptr, fields); }
void info(std::string_view event, Fields fields) { write(Level::info, event, nullptr, fields); }
void warn(std::string_view event, Fields fields) { write(Level::warn, event, nullptr, fields); }
void error(std::string_view event, Fields fields) { write(Level::error, event, nullptr, fields); }
void error(std::string_view event, const Error& what, Fields fields) { write(Level::error, event, &what, fields); }
void warn(std::string_view event, const Error& what, Fields fields) { write(Level::warn, event, &what, fields); }

void capture(std::string* sink) {
  std::lock_guard lock(capture_mutex);
  captured = sink;
}

}  // namespace linli::log
