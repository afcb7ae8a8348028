// Chat groups and their admission. Only admitted groups are read; of all others messages are counted and dropped.
// All groups are in memory (a district has some thousands), so that intake decides without a query. Changes are written in
// the writer's transaction first and taken into memory after its commit.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "people/actor.h"
#include "people/grid.h"
#include "people/place.h"
#include "store/database.h"

namespace linli {

enum class GroupState { waiting, admitted, refused };
std::string_view name(GroupState state);
std::optional<GroupState> parse_group_state(std::string_view text);

struct Group {
  GroupId id;
  ChannelId channel;
  std::string external_id;  // the channel's own id
  std::string name;
  GroupState state = GroupState::waiting;
  GridId grid_id;                       // 0: bound by names only
  std::string street, community, grid;  // names
  std::string community_key;            // what its community's directory and open leads go by
  std::string grid_path;                // for scope: of the grid, or "street/community/grid"
  std::string responsible;              // the body that answers for reading it
  std::string legal_basis;
  std::optional<Instant> notice_at;  // when the notice was posted in the group
  std::string notice_token;          // of the page that the notice links to; since the first admission
  std::optional<Instant> admitted_at;
  UserId admitted_by;
  std::optional<Instant> last_heard_at;
  std::int64_t messages = 0;  // stored
  std::int64_t dropped = 0;   // counted and thrown away
};

struct Admission {
  std::string street, community, grid, responsible, legal_basis;
  std::optional<Instant> notice_at;
  std::vector<std::string> places;  // added to the community's directory
  GridId grid_id{};                 // bind() fills these three in
  std::string community_key{}, grid_path{};
};

// Says where the group is at home by the grid that it is bound to, at any level; names come from the tree. A group above all
// communities is a community of its own. False: there is no such open grid.
bool bind(Admission& admission, const GridTree& tree, GridId grid);

class Groups {  // any thread
 public:
  // Everything that the store holds; counts what was stored since the counts were last written.
  Result<void> load(Tx& tx);

  // ---- from memory: what is given out never changes ----
  std::shared_ptr<const Group> find(ChannelId channel, std::string_view external_id) const;  // null: never heard of
  std::shared_ptr<const Group> find(GroupId id) const;
  std::shared_ptr<const Group> find_notice(std::string_view token) const;  // admitted ones only
  // By state (waiting first), then name. Only what the actor may see; groups without a grid are for those who see everything.
  std::vector<std::shared_ptr<const Group>> all(const Actor& actor) const;
  std::vector<GroupPlace> of_community(std::string_view community_key) const;
  std::size_t bound_to(GridId grid) const;  // admitted ones

  // ---- changes: write() inside the transaction, keep() after its commit ----
  static Result<void> write(Tx& tx, const Group& group);
  // A group that was never heard of. Two deliveries may tell of it at once, and an administrator may have admitted it in
  // between: what is there already stays as it is. False: it was there. keep_new() after the commit, the same way.
  static Result<bool> add(Tx& tx, const Group& group);
  void keep_new(Group group);
  static Result<void> write_places(Tx& tx, const std::string& community_key, const std::vector<std::string>& places);
  static Result<std::vector<std::string>> places(Tx& tx, const std::string& community_key);
  void keep(Group group);

  // ---- counts: in memory at once, in the store now and then ----
  void heard(GroupId id, std::int64_t stored, std::int64_t dropped, Instant at);
  // Writes what was counted; `last` is the newest message that heard() was told of. A crash loses counts of dropped
  // messages since the last time, nothing else.
  Result<void> write_counts(Tx& tx, MessageId last);
  struct Totals {
    std::int64_t admitted = 0, waiting = 0, messages = 0, dropped = 0;
    std::optional<Instant> last_heard_at;
  };
  Totals totals(const Actor& actor) const;       // of groups that the actor may see
  std::size_t waiting(ChannelId channel) const;  // groups of this channel that nobody has decided on

 private:
  struct Key {
    std::int64_t channel;
    std::string external_id;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string>{}(key.external_id) * 31 + static_cast<std::size_t>(key.channel);
    }
  };
  void put(std::shared_ptr<Group> group);

  mutable std::shared_mutex mutex_;
  std::unordered_map<ChannelId, std::size_t> waiting_;
  std::unordered_map<GroupId, std::shared_ptr<Group>> by_id_;
  std::unordered_map<Key, std::shared_ptr<Group>, Hash> by_key_;
  std::unordered_map<std::string, GroupId> by_notice_;
};

// Admits or refuses; the caller writes and keeps the result.
Group admitted(Group group, const Admission& admission, UserId by, Instant at);
Group refused(Group group);

}  // namespace linli
