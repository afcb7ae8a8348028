// The end of a wait, handed down from caller to callee. Measured by the steady clock: stepping the system's clock changes
// no deadline.
#pragma once
#include <algorithm>
#include <chrono>

namespace linli {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(Clock::time_point at) : at_(at) {}
  static Deadline in(std::chrono::milliseconds wait) { return Deadline(Clock::now() + wait); }
  static Deadline passed_already() { return Deadline(Clock::time_point::min()); }

  bool passed() const { return Clock::now() >= at_; }
  Clock::time_point at() const { return at_; }
  // Never negative.
  std::chrono::milliseconds left() const {
    const auto now = Clock::now();
    return now >= at_ ? std::chrono::milliseconds(0) : std::chrono::ceil<std::chrono::milliseconds>(at_ - now);
  }
  Deadline sooner(Deadline other) const { return Deadline(std::min(at_, other.at_)); }

 private:
  Clock::time_point at_;
};

}  // namespace linli
