// What people wrote about a broken promise, for the talk afterwards. Sealed: it may name people.
#pragma once
#include <optional>
#include <string>

#include "leads/lead.h"
#include "people/actor.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::notify {

struct BreachNote {
  std::string text;
  UserId by;
  Instant at{};
  int revision = 0;
};
Result<std::optional<BreachNote>> breach_note(Tx& tx, const Sealer& sealer, LeadId lead);
// Empty: none any more. Errors: unknown_lead (no broken promise where the actor has leads.decide), stale. The new revision.
Result<int> set_breach_note(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, const std::string& text,
                            int seen, Instant now);

}  // namespace linli::notify
