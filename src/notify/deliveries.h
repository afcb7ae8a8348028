// Every try to reach somebody (table deliveries): the log, and what keeps anything from going out twice. Changing functions run
// in the writer's transaction.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "notify/way.h"
#include "notify/whom.h"
#include "people/actor.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::notify {

struct DeliveryTag {
  static constexpr std::string_view prefix = "dlv";
};
using DeliveryId = Id<DeliveryTag>;

enum class DeliveryState { queued, sending, sent, failed, unknown, skipped };
std::string_view name(DeliveryState state);
std::optional<DeliveryState> parse_delivery_state(std::string_view text);

struct Delivery {
  DeliveryId id;
  Way way = Way::in_app;
  Kind kind = Kind::amber;
  std::int64_t subject = 0;  // of a LeadId; of a digest and what is about no lead: of its NotificationId, or its own
  UserId user;               // 0: the district's way
  int round = 0;
  DeliveryState state = DeliveryState::queued;
  Instant due_at{};
  int tries = 0;
  std::string reason;    // quiet_hours, over, off, no_address, not_reached, refused, unknown; empty: went well
  std::string why;       // what the other side said
  bool of_lead = false;  // read only
  Instant at{};
  std::optional<Instant> done_at;
};

namespace deliveries {

// Those that are there already (way, kind, subject, user, round) stay as they are. Whether anything is to be sent.
Result<bool> add(Tx& tx, std::span<const Delivery> deliveries);
// Queued and due, oldest first.
Result<std::vector<Delivery>> due(Tx& tx, const Sealer& sealer, Way way, Instant now, int limit);
Result<std::optional<Instant>> next_due(Tx& tx, Way way);
// queued -> sending, tries + 1; false: another has it, or it is over (then it is skipped).
Result<bool> begin(Tx& tx, Delivery& delivery, Instant now);
// sending -> what came of it.
Result<void> end(Tx& tx, const Sealer& sealer, const Delivery& delivery);
// What was left in `sending` by a node that died: after a minute. Where the other side knows repetitions it is queued again; the
// rest, which is given back, is unknown now.
Result<std::vector<Delivery>> recover(Tx& tx, const Sealer& sealer, Instant now);

struct Filter {
  std::optional<Way> way;
  std::optional<DeliveryState> state;
  std::optional<UserId> user;
  std::optional<LeadId> lead;
  DeliveryId only;    // 0: any
  DeliveryId before;  // 0: the latest
  int limit = 100;
};
// Of leads where the actor has people.read, latest first.
Result<std::vector<Delivery>> list(Tx& tx, const Sealer& sealer, const Actor& actor, const Filter& filter);
// Older ones go, with the notifications of that time; at most `limit` of each: how many.
Result<std::int64_t> forget(Tx& tx, Instant before, int limit);

}  // namespace deliveries
}  // namespace linli::notify
