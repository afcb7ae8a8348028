// What is addressed to one person, and every try to reach them (tables notifications, deliveries, alarms). Changing functions
// run in the writer's transaction.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/local_time.h"
#include "notify/wishes.h"
#include "people/actor.h"

namespace linli::notify {

struct NotificationTag {
  static constexpr std::string_view prefix = "ntf";
};
struct DeliveryTag {
  static constexpr std::string_view prefix = "dlv";
};
using NotificationId = Id<NotificationTag>;
using DeliveryId = Id<DeliveryTag>;

struct Notification {
  NotificationId id;
  UserId user;
  Kind kind = Kind::amber;
  LeadId lead;  // 0: a digest; of a case filed by hand, and of `task`, the case's: ids are drawn from one source
  int round = 0;
  int count = 1;  // of a digest: how many it stands for
  Instant at{};
  std::optional<Instant> seen_at, acknowledged_at;
};

enum class DeliveryState { queued, sending, sent, failed, unknown, skipped };
std::string_view name(DeliveryState state);
std::optional<DeliveryState> parse_delivery_state(std::string_view text);

struct Delivery {
  DeliveryId id;
  Way way = Way::in_app;
  Kind kind = Kind::amber;
  std::int64_t subject = 0;  // of a LeadId; of a digest: of its NotificationId
  UserId user;               // 0: the district's way
  int round = 0;
  DeliveryState state = DeliveryState::queued;
  Instant due_at{};
  int tries = 0;
  std::string reason;  // quiet_hours, over, off, not_reached, refused, unknown; empty: went well
  std::string why;     // what the other side said
  Instant at{};
  std::optional<Instant> done_at;
};

// ---- telling ----

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

// ---- emergencies ----
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

// ---- a person's list ----

struct NotificationPage {
  std::vector<Notification> notifications;      // unseen first, then latest first
  std::string next_cursor;                      // empty: the last page
  std::int64_t unseen = 0, unacknowledged = 0;  // unacknowledged: emergencies that go on
};
// Error: bad_value (cursor).
Result<NotificationPage> list(Tx& tx, UserId user, const std::string& cursor, int limit);
// Those with these ids, or all: seen. How many.
Result<std::int64_t> see(Tx& tx, UserId user, std::optional<std::span<const NotificationId>> ids, Instant now);
// Seen, and "I have it": an emergency rings nobody else. Said again it changes nothing. Error: not_found.
Result<Notification> acknowledge(Tx& tx, const Sealer& sealer, const Actor& actor, NotificationId id, Instant now);

// ---- deliveries ----
namespace deliveries {

// Queued and due, oldest first.
Result<std::vector<Delivery>> due(Tx& tx, const Sealer& sealer, Way way, Instant now, int limit);
Result<std::optional<Instant>> next_due(Tx& tx, Way way);
// queued -> sending, tries + 1; false: another has it, or it is over (then it is skipped).
Result<bool> begin(Tx& tx, Delivery& delivery, Instant now);
// sending -> what came of it.
Result<void> end(Tx& tx, const Sealer& sealer, const Delivery& delivery);
// What was left in `sending` by a node that died: after a minute. Where the other side knows repetitions it is queued again.
Result<std::int64_t> recover(Tx& tx, Instant now);

struct Filter {
  std::optional<Way> way;
  std::optional<DeliveryState> state;
  std::optional<UserId> user;
  DeliveryId before;  // 0: the latest
  int limit = 100;
};
// Of leads where the actor has people.read, latest first.
Result<std::vector<Delivery>> list(Tx& tx, const Sealer& sealer, const Actor& actor, const Filter& filter);
// Older ones go, with the notifications of that time; at most `limit` of each: how many.
Result<std::int64_t> forget(Tx& tx, Instant before, int limit);

}  // namespace deliveries
}  // namespace linli::notify
