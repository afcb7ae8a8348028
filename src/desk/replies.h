// Words that answer a lead: in its groups (through channels/outgoing.h), or told by phone, at the door, one to one. A person
// sends; who took words over from a machine says so by `machine`, and they carry the district's mark (people/policies.h). Everything runs in
// the writer's transaction, reading functions in a snapshot.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "channels/outgoing.h"
#include "desk/desk.h"

namespace linli {

struct ReplyTag {
  static constexpr std::string_view prefix = "rpl";
};
using ReplyId = Id<ReplyTag>;

namespace replies {

enum class Way { group, phone, door, one_to_one };
std::string_view name(Way way);
std::optional<Way> parse_way(std::string_view text);

inline constexpr std::size_t kMostText = 2'000;  // bytes; chats show no more in one message

struct Reply {
  ReplyId id;
  LeadId lead;
  UserId by;
  std::string by_name;
  Instant at{};
  Way way = Way::group;
  bool ends = true;
  std::string text;
  std::vector<std::string> sources;  // ids of knowledge entries that it was drafted from
  bool machine = false;
  std::optional<Instant> withdrawn_at;
  std::string withdrawn_why;        // taken_back, answered_by_hand
  std::vector<outgoing::Item> out;  // one a group; none when it was told
};

struct New {
  int seen_version = 0;  // decision_version that the person saw (If-Match)
  std::string text;
  Way way = Way::group;
  bool ends = true;             // false: a question back, or a word in between
  bool again = false;           // the person knows that it was answered before
  std::vector<GroupId> groups;  // of the lead's; empty: where it was first said
  MessageId quotes;             // a message of the lead; 0: none
  std::vector<std::string> sources;
  bool machine = false;
  ReplyId with;       // the words of that reply, in the same group, answer this lead too; 0: they are said for it
  bool link = false;  // of a case: where it stands goes with the words (dispatch.h)
};

// Whether send() would do it; changes nothing. send(): the lead becomes answered (or, where it does not end it, confirmed). Errors: unknown_lead, not_allowed, already_decided,
// stale; answered_already (who, at); claimed; bad_value (groups, quotes).
struct Ready {
  Lead lead;
  std::vector<GroupId> groups;
};
Result<Ready> sendable(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, const New& said, Instant now);
Result<Reply> send(Tx& tx, const Sealer& sealer, IdSource& ids, const Actor& actor, LeadId lead, const New& said,
                   Instant now);

// Within outgoing::kHold; the lead stands as before. Errors: not_found, not_allowed, reply_gone.
Result<Reply> take_back(Tx& tx, const Sealer& sealer, const Actor& actor, ReplyId reply, Instant now);

// Latest first.
Result<std::vector<Reply>> of_lead(Tx& tx, const Sealer& sealer, LeadId lead);

// ---- words on their way ----

// Words of a reply, or of the companion (assist/companion.h), that wait for a person or went wrong, in scope, oldest first.
struct Waiting {
  outgoing::Item item;
  LeadId lead;
};
Result<std::vector<Waiting>> waiting(Tx& tx, const Sealer& sealer, const Actor& actor, int limit, Instant now);

enum class Step {
  said,      // copied and said by hand: to_relay, failed, unknown -> relayed; the promise is claimed
  not_said,  // the mark was a mistake: relayed -> to_relay
  by_hand,   // failed, unknown -> to_relay
  retry,     // failed, unknown -> queued
};
std::optional<Step> parse_step(std::string_view text);
// Errors: not_found, not_allowed, not_in_state.
Result<Waiting> take_step(Tx& tx, const Sealer& sealer, const Actor& actor, OutgoingId id, Step step, Instant now);

// For the sender: false, and it is withdrawn, when somebody on duty has answered by hand since.
Result<bool> still_wanted(Tx& tx, const Sealer& sealer, const outgoing::Item& item, Instant now);
// For the sender: keeps the promise when it was sent, tells the desk.
Result<void> changed(Tx& tx, const outgoing::Item& item, Instant now);
// The group has heard the words: what was claimed or unknown is proved.
Result<void> heard(Tx& tx, const Sealer& sealer, OutgoingId id, Instant at, Instant now);

}  // namespace replies
}  // namespace linli
