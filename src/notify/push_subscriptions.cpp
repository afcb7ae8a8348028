#include "notify/push_subscriptions.h"

namespace linli::notify::push_subscriptions {
namespace {

constexpr std::string_view kEndpoint = "push_subscriptions.endpoint", kPoint = "push_subscriptions.p256dh",
                           kAuth = "push_subscriptions.auth", kPrivate = "push_keys.private_key";

}  // namespace

Result<PushKeys> keys(Tx& tx, const Sealer& sealer, Instant now) {
  std::optional<PushKeys> known;
  std::optional<Error> wrong;
  LINLI_TRY(tx.first("SELECT public_key, private_key FROM push_keys WHERE id = 1", {}, [&](const Row& row) {
    auto opened = sealer.open(kPrivate, row.bytes(1));
    if (opened) known = PushKeys{row.get<std::string>(0), *std::move(opened)};
    else wrong = std::move(opened).error();
  }));
  if (wrong) return tl::unexpected(*wrong);
  if (known) return *std::move(known);
  PushKeys made = PushKeys::generate();
  const std::string sealed = sealer.seal(kPrivate, made.private_key);
  auto mine = tx.run(
      "INSERT INTO push_keys (id, public_key, private_key, made_at) VALUES (1, $1, $2, $3) ON CONFLICT DO NOTHING",
      {Blob{made.public_key}, Blob{sealed}, now});
  if (!mine) return tl::unexpected(std::move(mine).error());
  return *mine > 0 ? Result<PushKeys>(std::move(made)) : keys(tx, sealer, now);  // another node was first
}

Result<std::string> public_key(Tx& tx) {
  std::string out;
  LINLI_TRY(tx.first("SELECT public_key FROM push_keys WHERE id = 1", {},
                     [&](const Row& row) { out = row.get<std::string>(0); }));
  return out;
}

Result<PushSubscriptionId> add(Tx& tx, const Sealer& sealer, const PushSubscription& s) {
  const std::string endpoint = sealer.seal(kEndpoint, s.browser.endpoint),
                    point = sealer.seal(kPoint, s.browser.p256dh), auth = sealer.seal(kAuth, s.browser.auth);
  PushSubscriptionId id;
  LINLI_TRY(tx.each(
      "INSERT INTO push_subscriptions (id, user_id, endpoint_hash, endpoint, p256dh, auth, device, created_at) VALUES "
      "($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (endpoint_hash) DO UPDATE SET user_id = excluded.user_id, endpoint "
      "= "
      "excluded.endpoint, p256dh = excluded.p256dh, auth = excluded.auth, device = excluded.device RETURNING id",
      {s.id, s.user, sealer.hash(kEndpoint, s.browser.endpoint), Blob{endpoint}, Blob{point}, Blob{auth}, s.device,
       s.created_at},
      [&](const Row& row) { id = row.get<PushSubscriptionId>(0); }));
  LINLI_TRY(
      tx.run("DELETE FROM push_subscriptions WHERE user_id = $1 AND id IN (SELECT id FROM push_subscriptions WHERE "
             "user_id = $1 "
             "ORDER BY id DESC LIMIT 100 OFFSET $2)",
             {s.user, kMost}));
  return id;
}

Result<std::vector<PushSubscription>> of(Tx& tx, const Sealer& sealer, UserId user) {
  std::vector<PushSubscription> out;
  std::optional<Error> wrong;
  const auto open = [&](std::string_view place, std::string_view sealed) {
    auto plain = sealer.open(place, sealed);
    if (plain) return *std::move(plain);
    wrong = std::move(plain).error();
    return std::string();
  };
  LINLI_TRY(
      tx.each("SELECT id, endpoint, p256dh, auth, device, created_at, told_at FROM push_subscriptions WHERE user_id = "
              "$1 ORDER BY "
              "id",
              {user}, [&](const Row& row) {
                out.push_back({row.get<PushSubscriptionId>(0),
                               user,
                               {open(kEndpoint, row.bytes(1)), open(kPoint, row.bytes(2)), open(kAuth, row.bytes(3))},
                               row.get<std::string>(4),
                               row.get<Instant>(5),
                               row.get<std::optional<Instant>>(6)});
              }));
  if (wrong) return tl::unexpected(*wrong);
  return out;
}

Result<void> remove(Tx& tx, UserId user, PushSubscriptionId id) {
  auto removed = tx.run("DELETE FROM push_subscriptions WHERE id = $1 AND user_id = $2", {id, user});
  if (!removed) return tl::unexpected(std::move(removed).error());
  if (*removed == 0) return fail(Errc::not_found, Where::at_field("subscription"));
  return {};
}

Result<void> gone(Tx& tx, PushSubscriptionId id) {
  LINLI_TRY(tx.run("DELETE FROM push_subscriptions WHERE id = $1", {id}));
  return {};
}

Result<void> told(Tx& tx, PushSubscriptionId id, Instant now) {
  LINLI_TRY(tx.run("UPDATE push_subscriptions SET told_at = $2 WHERE id = $1", {id, now}));
  return {};
}

}  // namespace linli::notify::push_subscriptions
