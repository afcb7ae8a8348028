// How often somebody without a session may do something within an hour: by address (IPv6: the network of 64 bits), whatever
// links and numbers they try with, and for some also by the one thing they aim at. In memory, bounded; kept in the store as
// keyed hashes too, so that a restart gives nobody new tries.
#pragma once
#include <array>
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

class PublicGuard {  // any thread
 public:
  enum class What {
    miss,     // a link that is none
    file,     // a picture
    report,   // by the form
    similar,  // "is it known?"
    find,     // by number and phone digits; also by number
    word,     // to a case; also by link
  };
  struct Limit {
    int of_address, of_thing;  // within kWindow; 0: not counted
  };
  static constexpr std::array<Limit, 6> kLimits{{{60, 0}, {60, 0}, {10, 0}, {60, 0}, {5, 5}, {40, 20}}};
  static constexpr std::chrono::hours kWindow{1};  // from the first one on
  static constexpr std::size_t kMost = 50'000;     // kept in mind; of more the least busy go

  PublicGuard(const Clock& clock, const Sealer& sealer) : clock_(clock), sealer_(sealer) {}

  Result<bool> load(Tx& tx);
  // Error: too_many_requests with {seconds} to wait; nothing is counted then.
  Result<void> check(What what, std::string_view address, std::string_view thing = {}) const;
  // One more. Errors as check().
  Result<void> take(What what, std::string_view address, std::string_view thing = {});
  // It was right: this one does not count.
  void give_back(What what, std::string_view address, std::string_view thing = {});
  // How both stand now, into the store.
  Result<void> store(Tx& tx, What what, std::string_view address, std::string_view thing = {}) const;

 private:
  struct Tries {
    Instant since{};
    int count = 0;
  };
  struct Counted {
    std::string key;
    int most;
  };
  std::vector<Counted> counted(What what, std::string_view address, std::string_view thing) const;
  Result<void> check_locked(const std::vector<Counted>& keys, Instant now) const;
  void make_room(Instant now);

  const Clock& clock_;
  const Sealer& sealer_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Tries> tries_;  // by keyed hash
};

}  // namespace linli::api
