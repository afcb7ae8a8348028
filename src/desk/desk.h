// The agents' queue: list leads by their promise, look at one with its talk, confirm it, dismiss it, take that back.
// Reading functions run in a reader's snapshot, deciding ones in the writer's transaction. Everything takes the
// actor and shows or changes only what the actor's scope holds. The lead of a confidential case is there for its dispatcher,
// its assignee and those with cases.hidden only.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/words.h"
#include "channels/message.h"
#include "leads/lead.h"
#include "people/actor.h"
#include "people/grid.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::desk {

struct Filter {
  std::vector<LeadState> states{LeadState::open};
  std::optional<std::string> category;
  std::optional<int> urgency;
  std::optional<GroupId> group;
  std::optional<bool> live;
  Instant broken{};    // promises of before are broken and stand behind those that hold; 0: none does
  int limit = 50;      // 1..200
  std::string cursor;  // of the page before
};

struct Page {
  std::vector<Lead> leads;
  std::string next_cursor;  // empty: the last page
  std::int64_t total = 0;
  std::int64_t stream_position = 0;  // of the outbox when the page was read: a stream after it misses nothing
};

// Open leads: urgency 1 first, historic ones last; between them the promise that ends first, then, where the filter says so,
// the broken ones, longest waiting first, then those that somebody has answered by hand. Other states: latest decision first.
// What `broken` is stays so from page to page, whatever the later filters say.
Result<Page> list(Tx& tx, const Sealer& sealer, const Actor& actor, const Filter& filter);

// A message on a lead's card; in_lead false: talk around it.
struct CardMessage {
  StoredMessage message;
  std::optional<LeadLink> link;
  std::optional<MessageId> quoted;  // the message that reply_to names, where it is stored
  std::string quoted_sender, quoted_text;
  struct File {
    AttachmentId id;
    std::string name, media_type;
    std::int64_t size = 0;
    bool stored = false;
  };
  std::vector<File> attachments;
};

struct Card {
  Lead lead;
  std::vector<CardMessage> messages;  // by time; the lead's own and a few around each of them
  std::vector<LeadHistory> history;   // empty, and no talk around, without the right to it (history.read)
};

Result<Card> card(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead);
// Up to `limit` messages of the same group directly before or after a message of the card, in order of time.
Result<std::vector<CardMessage>> context(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead,
                                         std::optional<MessageId> before, std::optional<MessageId> after, int limit);
Result<Lead> find(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead);

struct Decision {
  enum class Kind { confirm, dismiss, reopen } kind;
  int seen_version = 0;                         // decision_version that the person saw (If-Match)
  DismissReason reason = DismissReason::other;  // dismiss
  std::string note;                             // dismiss
};

// What the person saw is what stands. Errors: already_decided, stale.
Result<void> check_seen(const Lead& lead, int seen_version);
// Who decided what, and when.
tl::unexpected<Error> decided_already(const Lead& lead);
// What the person saw is what stands, and nobody has decided otherwise. Errors: already_decided, stale.
Result<void> check_decidable(const Lead& lead, int seen_version);

// Whether decide() would do it; the lead as it stands.
Result<Lead> decidable(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, const Decision& decision);
// One transaction: state, history, outbox. Errors: unknown_lead; already_decided (args who, what, at) when another person
// decided since; stale when the version differs without a decision standing. A machine's changes never make it fail.
Result<Lead> decide(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, const Decision& decision,
                    Instant now);

// Puts the lead into another grid, or, with `to` null, gives it back to the machine, which puts it into `machine`. One
// transaction: grid, history, outbox; a machine never moves it again. Errors: as decide(); not_allowed, where the actor
// decides nothing there.
struct Move {
  int seen_version = 0;
  const Grid* to = nullptr;
  std::string machine;             // grid path
  std::string from_name, to_name;  // for the history
};
Result<Lead> move(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, const Move& move, Instant now);

// An entry of the history in plain words.
std::string describe(const LeadHistory& entry, Language language);

}  // namespace linli::desk
