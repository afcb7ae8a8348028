// The one way out to residents (table `outgoing`): held while it can be taken back, queued, sending, sent; or failed, unknown;
// or to_relay, relayed, where people copy the words by hand. Unique by (purpose, subject, group): nothing is said twice.
// Functions run inside a transaction; the words are sealed. Who may do what is the caller's business (desk/replies.h).
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli {

struct OutgoingTag {
  static constexpr std::string_view prefix = "out";
};
using OutgoingId = Id<OutgoingTag>;

enum class OutState { held, queued, sending, sent, failed, unknown, to_relay, relayed, withdrawn };
std::string_view name(OutState state);
std::optional<OutState> parse_out_state(std::string_view text);

namespace outgoing {

inline constexpr std::chrono::seconds kHold{8};  // in which it can be taken back

struct Words {
  std::string text;
  std::string quotes;  // the channel's id of the message that it answers; empty: none
};

struct Item {
  OutgoingId id;
  std::string purpose;  // "reply"
  std::int64_t subject = 0;
  GroupId group;
  OutState state = OutState::held;
  Instant due_at{};
  int tries = 0;
  std::string error;  // code of errors.def, or empty
  std::string why;    // what the other side said
  Words words;
  std::optional<Instant> said_at, heard_at;
  UserId said_by;  // who marked it as said by hand
};

// Held from `now` on. Error: answered_already, when the same was said to the group before.
Result<void> add(Tx& tx, const Sealer& sealer, const Item& item);
Result<std::optional<Item>> find(Tx& tx, const Sealer& sealer, OutgoingId id);
Result<std::vector<Item>> of_subject(Tx& tx, const Sealer& sealer, std::string_view purpose, std::int64_t subject);
// Held or queued, due until `now`, oldest first.
Result<std::vector<Item>> due(Tx& tx, const Sealer& sealer, Instant now, int limit);
// What somebody was saying, and nobody knows what came of it.
Result<std::vector<Item>> sending(Tx& tx, const Sealer& sealer);
Result<std::optional<Instant>> next_due(Tx& tx);

// Changes state, due time, tries, error, and when and by whom it was said, if it still stands at `from`; false: it does not.
Result<bool> change(Tx& tx, const Sealer& sealer, const Item& item, OutState from);
Result<void> set_external_id(Tx& tx, OutgoingId id, std::string_view external_id);

// Words that stand in a group and may be ours: the outgoing item that they are the echo of, of the last day and not heard yet.
Result<std::optional<OutgoingId>> echo_of(Tx& tx, const Sealer& sealer, GroupId group, std::string_view text,
                                          Instant now);
Result<void> heard(Tx& tx, OutgoingId id, Instant at);
std::int64_t words_hash(const Sealer& sealer, std::string_view text);

}  // namespace outgoing
}  // namespace linli
