// Emergencies that ring, round by round, until somebody has them (table alarms). In the writer's transaction.
#pragma once
#include <optional>
#include <utility>

#include "notify/telling.h"
#include "people/grid.h"

namespace linli::notify {
namespace alarms {

// Open leads of urgency 1 that were not rung yet are rung; what nobody has taken for kNextRound goes to the next. Whether there
// is something to send. At most 200 at once: call again while `more`.
Result<bool> any_due(Tx& tx, Instant now);
struct Rung {
  int rung = 0, again = 0, over = 0;
  bool to_send = false, more = false;
};
Result<Rung> ring(Tx& tx, const Context& context, const GridTree& tree);
// Nobody has to be told any more.
Result<bool> over(Tx& tx, LeadId lead);
// Who acknowledged first.
Result<std::optional<std::pair<UserId, Instant>>> acknowledged(Tx& tx, LeadId lead);

}  // namespace alarms

}  // namespace linli::notify
