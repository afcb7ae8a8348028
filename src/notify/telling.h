// Tells people: a notification for each, and deliveries by the ways they want (whom.h). In the writer's transaction.
#pragma once
#include <span>
#include <vector>

#include "base/local_time.h"
#include "notify/deliveries.h"
#include "people/grid.h"

namespace linli::notify {

struct Context {
  const Sealer& sealer;
  IdSource& ids;
  const TimeZone& zone;
  bool email = false;  // a mail server is set up
  Instant now{};
};
struct Telling {
  LeadId lead;
  std::vector<UserId> users;
};
// Tells these people of these leads, each once: again, it changes nothing. More than kSingle of a kind within kFlood become one
// notification (not of emergencies). Writes deliveries and an event for each person; says whether anything is to be sent.
Result<bool> tell(Tx& tx, const Context& context, Kind kind, int round, std::span<const Telling> tellings);

// Those who were told of an emergency in a round before and have not said that they have it: by their next ways.
Result<bool> call_again(Tx& tx, const Context& context, LeadId lead, int round);

// What did not reach a person goes by the next way that they want. Whether anything is to be sent.
Result<bool> try_next_way(Tx& tx, const Context& context, const Delivery& failed);

// All administrators, of something that is about no lead (Kind::webhook_off); `subject` once. Whether anything is to be sent.
Result<bool> tell_administrators(Tx& tx, const Context& context, const GridTree& tree, Kind kind, std::int64_t subject);

// One delivery to try a way out; to `user`, or by the district's way. It stands in the log like all others.
Result<DeliveryId> try_way(Tx& tx, const Context& context, Way way, UserId user);

}  // namespace linli::notify
