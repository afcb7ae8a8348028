// Time is a parameter. Instants are UTC milliseconds everywhere, also in the database (int64).
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace linli {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
using std::chrono::milliseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;  // any thread
};

class SystemClock final : public Clock {
 public:
  Instant now() const override { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }
};

// Stands still until it is set: for tests and simulation.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start) : now_(start.time_since_epoch().count()) {}
  Instant now() const override { return Instant(milliseconds(now_.load())); }
  void set(Instant now) { now_ = now.time_since_epoch().count(); }
  void advance(milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_;
};

inline std::int64_t to_millis(Instant at) { return at.time_since_epoch().count(); }
inline Instant from_millis(std::int64_t millis) { return Instant(milliseconds(millis)); }

// RFC 3339. Reads any offset ("+08:00", "Z") and up to 9 digits of seconds, requires an offset; nullopt for anything else.
std::optional<Instant> parse_time(std::string_view text);
// "2026-11-23T02:32:10.344Z"; whole seconds without fraction.
std::string format_time(Instant at);

}  // namespace linli
