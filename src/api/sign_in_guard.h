// Slows down guessing of passwords: after some failures each further try has to wait, twice as long each time. Counted by
// name (a short wait at most, so that nobody can lock somebody else out for long) and by address. In memory, bounded.
#pragma once
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"

namespace linli::api {

class SignInGuard {  // any thread
 public:
  explicit SignInGuard(const Clock& clock) : clock_(clock) {}

  // Error: too_many_requests with {seconds} to wait.
  Result<void> check(std::string_view name, std::string_view address);
  void failed(std::string_view name, std::string_view address);
  void succeeded(std::string_view name, std::string_view address);

  static constexpr int kFree = 5;  // failures without a wait
  static constexpr std::chrono::seconds kNameCap{30}, kAddressCap{900};
  static constexpr std::chrono::minutes kForget{30};  // since the last failure
  static constexpr std::size_t kMost = 20'000;        // names and addresses that are remembered

 private:
  struct Tries {
    int failures = 0;
    Instant last{}, free_at{};
  };
  void fail_one(std::string key, std::chrono::seconds cap, Instant now);
  void forget_old(Instant now);

  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Tries> tries_;
};

}  // namespace linli::api
