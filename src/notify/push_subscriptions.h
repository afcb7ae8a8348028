// The browsers in which people allowed push, and the district's pair of keys for it. Addresses and keys are sealed.
#pragma once
#include <string>
#include <vector>

#include "notify/web_push.h"
#include "people/actor.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::notify {

struct PushSubscriptionTag {
  static constexpr std::string_view prefix = "psh";
};
using PushSubscriptionId = Id<PushSubscriptionTag>;

struct PushSubscription {
  PushSubscriptionId id;
  UserId user;
  Browser browser;
  std::string device;  // as the browser names itself, 60 characters at most
  Instant created_at{};
  std::optional<Instant> told_at;
};

namespace push_subscriptions {

inline constexpr int kMost = 10;  // of one person: the oldest goes

// In the writer's transaction: made at the first call, for ever.
Result<PushKeys> keys(Tx& tx, const Sealer& sealer, Instant now);
// The public half; empty: not made yet.
Result<std::string> public_key(Tx& tx);

// The same browser again is the same subscription, with its new keys; of another person: theirs now. Its id.
Result<PushSubscriptionId> add(Tx& tx, const Sealer& sealer, const PushSubscription& fresh);
Result<std::vector<PushSubscription>> of(Tx& tx, const Sealer& sealer, UserId user);
// Error: not_found, of another person too.
Result<void> remove(Tx& tx, UserId user, PushSubscriptionId id);
// The push service says that it is gone (404, 410).
Result<void> gone(Tx& tx, PushSubscriptionId id);
Result<void> told(Tx& tx, PushSubscriptionId id, Instant now);

}  // namespace push_subscriptions
}  // namespace linli::notify
