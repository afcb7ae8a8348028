// What people are in a chat, where the channel does not say it: by a piece of the name that they bear in the group
// (网格员, 物业 …), or because somebody of the office said so of one person. An answer of someone on duty keeps the promise, so
// a rule counts in its grid only, and one for a person goes before one for a name.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "channels/message.h"
#include "people/grid.h"
#include "people/opt_outs.h"
#include "store/sealing.h"

namespace linli {

struct MemberRuleTag {
  static constexpr std::string_view prefix = "rule";
};
using MemberRuleId = Id<MemberRuleTag>;

struct MemberRule {
  MemberRuleId id;
  GridId grid;           // 0: everywhere
  std::string path;      // of the grid as the tree was when it was loaded
  std::string contains;  // a piece of the name; empty: for `person`
  std::optional<Resident> person;
  std::string label;  // the person's name when the rule was made; sealed in the store
  Role role = Role::resident;
};

class MemberRoles {  // any thread
 public:
  Result<void> load(Tx& tx, const Sealer& sealer);

  // What the message's sender is: `told` when the channel told anything but resident.
  Role role(Role told, std::string_view grid_path, const Resident& sender, std::string_view name) const;
  std::vector<MemberRule> all() const;  // those for names first, by text

  // write(), remove() inside the transaction, keep(), drop() after its commit.
  static Result<void> write(Tx& tx, const Sealer& sealer, const MemberRule& rule, UserId by, Instant now);
  static Result<bool> remove(Tx& tx, MemberRuleId rule);
  void keep(MemberRule rule);
  void drop(MemberRuleId rule);
  void drop(const Resident& person);  // their rules

 private:
  void put(MemberRule rule);  // with the lock held

  mutable std::shared_mutex mutex_;
  std::vector<MemberRule> by_name_;  // in the order in which they decide
  std::unordered_map<Resident, std::vector<MemberRule>, ResidentHash> of_person_;
};

}  // namespace linli
