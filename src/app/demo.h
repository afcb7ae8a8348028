// The demo day: a fictional community's evening (data/demo), replayed round after round at an adjustable speed, through
// the same door as every other channel. Messages carry the time at which they are said here, so promises run in real time
// while the talk itself goes faster.
#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task_group.h"
#include "channels/message.h"
#include "people/place.h"

namespace linli::app {

struct DemoDay {
  std::string_view grids;  // the fictional district's grid tree, as a table
  PlaceDirectory directory;
  std::vector<Message> messages;  // sent_at: the script's time

  // The embedded day. An error is a broken build.
  static Result<DemoDay> embedded();
};

class Demo {
 public:
  struct State {
    bool running = true, paused = false;
    double speed = 10;  // chat seconds a second
    Instant chat_time{}, day_start{}, day_end{};
    std::int64_t messages_sent = 0, messages_total = 0, round = 1;
  };
  // Delivers one message; an error is logged and the message is tried again.
  using Deliver = std::function<Result<void>(Message)>;
  // Called before each round but the first; an error is logged, the round begins all the same.
  using BeginAgain = std::function<Result<void>()>;

  // Ids of messages carry the time of the start, so that they never repeat.
  Demo(DemoDay day, Deliver deliver, BeginAgain begin_again, const Clock& clock, double speed);
  ~Demo();

  void start();
  void stop();
  State state() const;                                                // any thread
  void set(std::optional<bool> paused, std::optional<double> speed);  // any thread; 1 <= speed <= 600

 private:
  void run(std::stop_token stop);
  bool wait_for(Instant script_time, std::stop_token stop);

  const DemoDay day_;
  const Deliver deliver_;
  const BeginAgain begin_again_;
  const Clock& clock_;
  const std::string start_;
  mutable std::mutex mutex_;
  State state_;
  TaskGroup tasks_;
};

}  // namespace linli::app
