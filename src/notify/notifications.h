// What is addressed to one person (table notifications): their list, what they saw, "I have it". Changing functions run in the
// writer's transaction.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "notify/whom.h"
#include "people/actor.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::notify {

struct NotificationTag {
  static constexpr std::string_view prefix = "ntf";
};
using NotificationId = Id<NotificationTag>;

struct Notification {
  NotificationId id;
  UserId user;
  Kind kind = Kind::amber;
  LeadId
      lead;  // 0: a digest, or about no lead; of a case filed by hand, and of `task`, the case's: ids are of one source
  int round = 0;
  int count = 1;  // of a digest: how many it stands for
  Instant at{};
  std::optional<Instant> seen_at, acknowledged_at;
};

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

// Tells the person's consoles that something came ("added") or changed. No more than that.
Result<void> say(Tx& tx, std::string_view what, std::int64_t subject, UserId user, Instant now);

}  // namespace linli::notify
