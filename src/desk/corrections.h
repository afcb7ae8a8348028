// What people put right on a lead: its fields, and which messages belong to it. Each call is one work of the writer's
// transaction: state, history, outbox. What a person did, no later look of the machine undoes. Messages that moved are told
// to placing after the commit (Placing::moved()), which then looks at both leads anew.
//
// Common errors: unknown_lead; not_allowed, where the actor does not decide in the grid of every lead that changes;
// already_decided and stale as desk::decide(). A decision version rises for the lead that the call is about, not for the
// other one: a merge makes nobody's confirmation of the survivor fail.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "desk/desk.h"
#include "leads/placing.h"

namespace linli::corrections {

// So long a merge can be undone; later its messages are split off.
inline constexpr std::chrono::hours kUndo{24};

struct Edit {
  int seen_version = 0;
  // Not set: stays. Set without a value: given back to the machine.
  template <class T>
  using Change = std::optional<std::optional<T>>;
  Change<std::string> category;  // of the taxonomy
  Change<int> urgency;           // 1..4
  Change<std::string> place;     // "": a person says that nobody tells it
  Change<std::string> summary;
  // Grid path of a place; the lead follows where no person put it into a grid and the actor decides there. Not set: stays.
  std::function<std::string(const std::string& place)> route;
};
// What the machine saw and the person said of category, urgency and place is kept as an example to learn from, until it is
// given back. Changes nothing and raises nothing where it stands so already.
Result<Lead> edit(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, const Edit& edit, Instant now);

struct Done {
  Lead lead;
  std::optional<Lead> other;            // survivor, the one split off, target
  std::optional<Placing::Moved> moved;  // for placing, after the commit
};

// The lead's messages go to `into`, later ones too; the promise keeps the earlier start. Open, confirmed and answered leads
// can be merged; into those and into leads with a case.
Result<Done> merge(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, int seen_version, LeadId into,
                   Instant now);
// The messages that it brought along and that still stand in its survivor go back, and it stands as before. Errors:
// not_in_state: it is not merged; undo_over.
Result<Done> unmerge(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, int seen_version, Instant now);

// These of its messages become a lead of their own, open, whose promise starts with its first message. Until placing has
// looked, it has category and urgency of the old one. Errors: bad_value: a message stands elsewhere; last_message.
Result<Done> split(Tx& tx, const Sealer& sealer, IdSource& ids, const Actor& actor, LeadId lead, int seen_version,
                   const std::vector<MessageId>& messages, Instant now);

// The lead's message goes to another lead, or, without `to`, to none. A message of the lead's groups that stands in no lead
// comes into it, where `to` is the lead itself. Errors: not_found: no such message here; last_message.
Result<Done> move(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, int seen_version, MessageId message,
                  std::optional<LeadId> to, Instant now);

// ---- many at once (bulk.h) ----

// Whether merge() would do it; changes nothing.
struct Pair {
  Lead lead, into;
};
Result<Pair> mergeable(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, int seen_version, LeadId into);
// merge() without the survivor's row and history: settle() writes them after the last one.
Result<Placing::Moved> absorb(Tx& tx, const Sealer& sealer, const Actor& actor, Lead& lead, Lead& into, Instant now);
Result<void> settle(Tx& tx, const Sealer& sealer, const Actor& actor, Lead& into, const std::vector<Lead>& took,
                    Instant now);

}  // namespace linli::corrections
