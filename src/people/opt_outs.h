// Residents who want none of it. Whoever writes 退出邻里 in a group, and nothing else, is heard at once: from then on nothing of
// theirs is kept or analysed, in all groups of that channel. 加入邻里 takes it back. The words prove who says so: the channel
// tells the sender. People who cannot or will not write it ask the office, which does it for them (leads/erasure.h).
//
// Files and paste know people by the names that were shown, so the name that somebody opted out under is kept too, as a keyed
// hash: what is imported under it is not kept either, whoever it was of several people of that name.
//
// What was said last counts, by the chat's time: a delivery that comes again, or late, changes nothing. Both at the same time:
// out.
#pragma once
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "store/database.h"

namespace linli {

inline constexpr std::string_view kOptOutWords = "退出邻里", kOptInWords = "加入邻里";

enum class OptOutSaying { none, out, in };
// The words alone; blanks, punctuation and a leading # aside.
OptOutSaying opt_out_saying(std::string_view text);

// A person in a chat, by the keyed hash that messages.sender holds.
struct Resident {
  ChannelId channel;
  std::int64_t sender = 0;
  auto operator<=>(const Resident&) const = default;
};

struct ResidentHash {
  std::size_t operator()(const Resident& r) const {
    return static_cast<std::size_t>(r.sender ^ (r.channel.value * 0x9E3779B97F4A7C15));
  }
};

struct OptOut {
  bool out = false;  // false: in again
  Instant at{};
  bool over(const OptOut& before) const { return at > before.at || (at == before.at && out && !before.out); }
};

class OptOuts {  // any thread
 public:
  Result<void> load(Tx& tx);
  bool has(const Resident& resident) const;  // nanoseconds while nobody has
  std::size_t count() const;
  bool has_name(const Resident& name) const;  // sender: the keyed hash of the name

  // Whether it would change anything, as far as is known here.
  bool is_new(const Resident& resident, const OptOut& said) const;

  // write() inside the transaction, keep() after its commit. Twice is once.
  // False: they said the same then already, or something later.
  static Result<bool> write(Tx& tx, const Resident& resident, const OptOut& said);
  void keep(const Resident& resident, const OptOut& said);
  static Result<void> write_name(Tx& tx, const Resident& name, const OptOut& said);
  void keep_name(const Resident& name, const OptOut& said);

 private:
  mutable std::shared_mutex mutex_;
  using Said = std::unordered_map<Resident, OptOut, ResidentHash>;
  Said said_, names_;
};

}  // namespace linli
