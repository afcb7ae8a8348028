// Slows down guessing of passwords and codes: after some tries each further one has to wait, twice as long each time. Counted
// by name (a short wait at most, so that nobody can lock somebody else out for long) and by address (IPv6: the network of 64
// bits, which is one household or office). In memory, bounded; failures are also kept in the store, as keyed hashes, so that
// a restart does not make guessing faster.
#pragma once
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::api {

class SignInGuard {  // any thread
 public:
  SignInGuard(const Clock& clock, const Sealer& sealer) : clock_(clock), sealer_(sealer) {}

  // What was kept before a restart.
  Result<void> load(Tx& tx);

  // One try begins: it counts as failed until succeeded(), so many at the same time count too.
  // Error: too_many_requests with {seconds} to wait; nothing is counted then.
  // An empty name: only the address is looked at and counted.
  Result<void> begin(std::string_view name, std::string_view address);
  // Takes back what the name failed before, and this one try of the address.
  void succeeded(std::string_view name, std::string_view address);
  // To single sign-on and back, by address: who is sent away again and again and never signs in waits.
  Result<void> sent_away(std::string_view address);  // error as begin()
  void came_back(std::string_view address);
  // How both stand now, into the store.
  Result<void> store(Tx& tx, std::string_view name, std::string_view address);

  static constexpr int kFreeOfName = 5, kFreeOfAddress = 20;  // tries without a wait; an office shares an address
  static constexpr int kFreeToSignOn = 200;                   // on their way at the same time, or never signed in
  static constexpr std::chrono::seconds kNameCap{30}, kAddressCap{900};
  static constexpr std::chrono::minutes kForget{30};  // since the last failure
  static constexpr std::size_t kMost = 20'000;  // names and addresses; the first to go do not wait and failed least

 private:
  struct Tries {
    int failures = 0;
    Instant last{}, free_at{};
  };
  std::string name_key(std::string_view name) const;
  std::string address_key(std::string_view address) const;
  std::string sign_on_key(std::string_view address) const;
  std::vector<std::string> keys(std::string_view name, std::string_view address) const;  // the address's last
  Result<void> check_free(const std::vector<std::string>& keys, Instant now) const;
  void take_back(const std::string& key);
  void count(Tries& tries, int free, std::chrono::seconds cap, Instant now);
  void make_room(Instant now);

  const Clock& clock_;
  const Sealer& sealer_;
  std::mutex mutex_;
  std::unordered_map<std::string, Tries> tries_;  // by keyed hash
};

}  // namespace linli::api
