// What the routes of the demo day ask of the program (src/app/demo.h gives it).
#pragma once
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace linli::api {

class DemoControl {  // any thread
 public:
  struct State {
    bool running = false, paused = false;
    double speed = 1;  // chat seconds a second
    Instant chat_time{}, day_start{}, day_end{};
    std::int64_t messages_sent = 0, messages_total = 0, round = 0;
  };
  virtual ~DemoControl() = default;
  virtual State state() const = 0;
  virtual void set(std::optional<bool> paused, std::optional<double> speed) = 0;  // 1 <= speed <= 600
};

}  // namespace linli::api
