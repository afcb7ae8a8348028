// What a model proposes for a lead, beside what the engine saw and what people decided: it overwrites neither. A proposal
// holds as long as every message that it was made from stands in the lead: one that was taken back, moved or erased takes it
// along. One of each kind for a lead, the latest. Sealed; erased with the lead's words.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "assist/tasks.h"
#include "base/clock.h"
#include "base/id.h"
#include "leads/lead.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::assist {

struct ProposalHead {
  std::vector<MessageId> seen;  // messages that it was made from
  int message_count = 0;        // of the lead then
  From from;
  Instant at{};
};

struct Refinement {
  ProposalHead head;
  std::string summary, category, place;
  int urgency = 3;
  std::optional<LeadId> same_as;  // an open lead that may be the same matter
  std::vector<MessageId> evidence;
  bool orders = false;  // tasks.h, Refined::orders
};

struct Judgement {
  ProposalHead head;
  bool appeal = false;
  std::optional<std::string> category;
};

struct Proposals {
  std::optional<Refinement> refined;
  std::optional<Judgement> judged;
};

namespace proposals {

// Those that hold. Who may see the lead is the caller's to check (desk::find), of same_as too.
Result<Proposals> of_lead(Tx& tx, const Sealer& sealer, LeadId lead);

// With the event lead.proposed. False, and nothing is written: the lead is decided, or a message that it was made from has
// gone meanwhile.
Result<bool> write(Tx& tx, const Sealer& sealer, LeadId lead, const Refinement& refinement);
Result<bool> write(Tx& tx, const Sealer& sealer, LeadId lead, const Judgement& judgement);

}  // namespace proposals
}  // namespace linli::assist
