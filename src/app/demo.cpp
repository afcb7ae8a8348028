#include "app/demo.h"

#include <boost/json.hpp>
#include <thread>

#include "base/embedded.h"
#include "base/log.h"
#include "channels/message_json.h"

namespace linli::app {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;

constexpr auto kTick = milliseconds(100);
constexpr auto kBetweenRounds = std::chrono::minutes(5);  // of chat time

Result<PlaceDirectory> read_directory(std::string_view line) {
  boost::json::error_code broken;
  const auto value = boost::json::parse(line, broken);
  if (broken) return linli::fail(Errc::bad_json, Where::at("data/demo", 1));
  PlaceDirectory directory;
  for (const auto& g : value.at("groups").as_array()) {
    const auto text = [&](const char* key) { return std::string(g.at(key).as_string()); };
    directory.groups.push_back({text("group"), text("name"), text("grid"), text("community"), text("street")});
  }
  for (const auto& place : value.at("places").as_array()) directory.places.emplace_back(place.as_string());
  return directory;
}

}  // namespace

Result<DemoDay> DemoDay::embedded() {
  DemoDay day;
  MessageParser parser;
  for (const EmbeddedFile& file : linli::embedded::demo()) {
    if (file.path.ends_with(".csv")) {
      day.grids = file.bytes;
      continue;
    }
    const bool scenario = file.path.ends_with(".leads.jsonl");
    for (std::string_view rest = file.bytes; !rest.empty();) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (line.empty()) continue;
      if (scenario) {  // the first line only: what the directory tells, never the labels
        auto directory = read_directory(line);
        if (!directory) return tl::unexpected(std::move(directory).error());
        day.directory = std::move(*directory);
        break;
      }
      auto message = parser.parse(line);
      if (!message) return tl::unexpected(std::move(message).error());
      day.messages.push_back(std::move(*message));
    }
  }
  if (day.messages.empty()) return linli::fail(Errc::file_unreadable, Where::at("data/demo"));
  for (Message& message : day.messages)
    for (const GroupPlace& group : day.directory.groups)
      if (group.group == message.group) message.group_name = group.name;
  return day;
}

Demo::Demo(DemoDay day, Deliver deliver, BeginAgain begin_again, const Clock& clock, double speed)
    : day_(std::move(day)),
      deliver_(std::move(deliver)),
      begin_again_(std::move(begin_again)),
      clock_(clock),
      start_(crockford(to_millis(clock.now()))) {
  state_.speed = speed;
  state_.day_start = day_.messages.front().sent_at;
  state_.day_end = day_.messages.back().sent_at;
  state_.chat_time = state_.day_start;
  state_.messages_total = static_cast<std::int64_t>(day_.messages.size());
}

Demo::~Demo() { stop(); }
void Demo::start() {
  tasks_.spawn("demo", [this](std::stop_token stop) { run(stop); });
}
void Demo::stop() { tasks_.stop(); }

Demo::State Demo::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

void Demo::set(std::optional<bool> paused, std::optional<double> speed) {
  std::lock_guard lock(mutex_);
  if (paused) state_.paused = *paused;
  if (speed) state_.speed = *speed;
}

// Moves the script's time forward to `script_time`, as fast as the speed says; false: stopped.
bool Demo::wait_for(Instant script_time, std::stop_token stop) {
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (stop.stop_requested()) return false;
      if (state_.chat_time >= script_time) return true;
      if (!state_.paused)
        state_.chat_time = std::min(script_time, state_.chat_time + duration_cast<milliseconds>(kTick * state_.speed));
    }
    std::this_thread::sleep_for(kTick);
  }
}

void Demo::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const std::int64_t round = state().round;
    const auto in_round = [&](const std::string& id) {
      return id.empty() ? id : start_ + "-" + std::to_string(round) + "-" + id;
    };
    for (const Message& scripted : day_.messages) {
      if (!wait_for(scripted.sent_at, stop)) return;
      Message message = scripted;
      message.id = in_round(scripted.id);
      message.reply_to = in_round(scripted.reply_to);
      message.sent_at = clock_.now();
      while (!stop.stop_requested()) {
        auto delivered = deliver_(message);
        if (delivered) break;
        log::warn("demo.retry", delivered.error());
        std::this_thread::sleep_for(milliseconds(500));
      }
      std::lock_guard lock(mutex_);
      ++state_.messages_sent;
    }
    if (!wait_for(state().day_end + kBetweenRounds, stop)) return;
    if (auto cleared = begin_again_(); !cleared) log::error("demo.not_cleared", cleared.error());
    std::lock_guard lock(mutex_);
    ++state_.round;
    state_.messages_sent = 0;
    state_.chat_time = state_.day_start;
  }
}

}  // namespace linli::app
