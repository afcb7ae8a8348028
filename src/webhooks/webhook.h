// Who hears of events outside: a subscription of another system, with the rights of a role over a grid. Rules here are pure; the
// functions of `webhooks` are the store, changing ones in the writer's transaction.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "channels/webhook/signature.h"
#include "people/grid.h"
#include "people/role.h"
#include "store/database.h"
#include "store/outbox.h"
#include "store/sealing.h"

namespace linli::webhooks {

struct WebhookTag {
  static constexpr std::string_view prefix = "whk";
};
struct SendingTag {
  static constexpr std::string_view prefix = "whd";
};
using WebhookId = Id<WebhookTag>;
using SendingId = Id<SendingTag>;

enum class State {
  on,
  off,    // by a person: what happens meanwhile is not told
  broken  // given up after the last try: on again, it goes on where it stopped, as far as events are kept
};
std::string_view name(State state);

// All kinds of events that are told outside.
std::span<const std::string_view> kinds();
// Each is one of kinds(), or "lead.*" for all of its beginning.
bool is_kind_pattern(std::string_view text);

struct Webhook {
  WebhookId id;
  std::string name, url;
  std::vector<std::string> kinds;  // patterns
  GridId grid;                     // 0: everywhere
  StaffRole role = StaffRole::integrator;
  WebhookSecret secret = WebhookSecret::generate();
  std::optional<WebhookSecret> old_secret;  // signs beside the new one until then
  std::optional<Instant> old_until;
  State state = State::on;
  Position cursor = 0;
  int revision = 0;
  UserId created_by;
  Instant created_at{};
  // Read only: what waits, what was given up.
  std::int64_t waiting = 0, dead = 0;
};
inline constexpr std::chrono::hours kBothSecrets{24};

// By kind, by the least right that the event takes, by grid. `grid_path`: of the webhook's grid; empty: everywhere.
bool wants(const Webhook& webhook, std::string_view grid_path, const Event& event);

// How long after try number `tries` (from 1) the next one follows: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, as Standard
// Webhooks recommends, a tenth more or less by `seed`. None: it is given up.
std::optional<milliseconds> pause_after(int tries, std::uint64_t seed);
inline constexpr int kMostTries = 10;

Result<void> add(Tx& tx, const Sealer& sealer, const Webhook& webhook);
// All but id, cursor and who made it. Turned on by a person after off: it begins with what comes now. Error: stale.
Result<void> change(Tx& tx, const Sealer& sealer, const Webhook& webhook, Instant now);
// Errors: not_found.
Result<Webhook> find(Tx& tx, const Sealer& sealer, WebhookId id);
Result<std::vector<Webhook>> all(Tx& tx, const Sealer& sealer);
// What waits for it goes too. Error: not_found.
Result<void> remove(Tx& tx, WebhookId id, Instant now);
Result<void> set_cursor(Tx& tx, WebhookId id, Position position);
// on -> broken; false: it was no longer on.
Result<bool> give_up(Tx& tx, WebhookId id);

}  // namespace linli::webhooks
