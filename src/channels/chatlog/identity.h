// When is a message of an export the same as one that is here already? Exports overlap, in whatever order they come, and a
// group's messages may have come live by its channel before.
//
// The id of an exported message is a keyed hash of group, minute, sender's name, type, text and its ordinal: how many equal
// ones (same minute, sender, type and text) stood before it in this file. So
// - the same file again, or one that overlaps, gives the same ids, in any order;
// - two equal "收到" in one minute are two, when one file shows both;
// - a file that begins in the middle of a minute shows the last k of n equal ones and numbers them 1 … k: they are counted as
//   the first k of the others. Equal messages cannot be told apart, so only their number matters, and it is the greatest that
//   any one file shows. Never more than there were; fewer only when two files meet within one minute and neither shows it
//   whole, where nobody can know.
// Minutes, because some exports tell no seconds. Names, because copied text has no ids.
//
// What came by the channel itself is known by the same sender (name or id), type and text within two minutes; each of those
// stands for one exported message of a file.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "channels/chatlog/export.h"
#include "channels/message.h"
#include "people/groups.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli {

// What the store holds of a group. 48 bytes a message that came by its channel, 8 a message that came by an export.
struct HeardBefore {
  struct Heard {
    std::uint64_t what;  // hash of sender, type and text
    std::int64_t at;     // milliseconds
    std::uint32_t message;
    auto operator<=>(const Heard&) const = default;
  };
  std::vector<Heard> heard;                              // sorted; a message twice: by name and by id
  std::uint32_t messages = 0;                            // of heard
  std::unordered_map<std::string, std::string> senders;  // the channel's ids by names; a name of several people: empty
  std::vector<std::int64_t> exported;                    // sorted
};
Result<HeardBefore> heard_before(Tx& tx, const Sealer& sealer, const Group& group);

class ExportIdentity {  // one file; one thread
 public:
  static constexpr std::int64_t tolerance_ms = 2 * 60'000;

  // `me`: the name of who exported it, for messages that only say "me".
  ExportIdentity(const Sealer& sealer, const Group& group, HeardBefore before, std::string me);

  struct Identified {
    Message message;
    bool known = false;  // here already
  };
  // In the order of the file. Not for type system.
  Identified identify(const ExportedMessage& exported);

  // The name that a message is shown under; empty: of who exported it, and `me` was not said.
  const std::string& name_of(const ExportedMessage& exported) const {
    return exported.own && !me_.empty() ? me_ : exported.name;
  }

 private:
  std::string sender_of(const std::string& name, const std::string& id) const;
  int ordinal(std::int64_t minute, std::uint64_t what);
  bool came_live(const std::string& name, const std::string& id, MessageType type, std::string_view text,
                 std::int64_t at);
  void find_mentions(Message& message);

  const Sealer& sealer_;
  const std::string group_id_, group_, prefix_;
  HeardBefore before_;
  std::vector<bool> used_;  // by Heard::message
  const std::string me_;
  std::map<std::int64_t, std::unordered_map<std::uint64_t, int>> minutes_;  // the last ones: a file is nearly in order
  std::unordered_map<std::uint64_t, std::string> quotable_;                 // ids by sender and beginning of the text
  std::deque<std::uint64_t> quotable_order_;
  std::unordered_set<std::string> names_;
};

}  // namespace linli
