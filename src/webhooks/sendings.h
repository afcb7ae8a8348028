// Events on their way to webhooks, one row for each (table webhook_deliveries): the queue, the log, and those that were given up. A row
// stands before the call is made; what was begun and not ended is sent again under the same id.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "webhooks/webhook.h"

namespace linli::webhooks {

enum class SendingState { queued, sending, sent, dead };
std::string_view name(SendingState state);
std::optional<SendingState> parse_sending_state(std::string_view text);

struct Sending {
  SendingId id;
  WebhookId webhook;
  std::string event_id, kind, body;
  SendingState state = SendingState::queued;
  Instant due_at{};
  int tries = 0;
  std::optional<int> status;  // HTTP, of the last answer
  std::string why;            // where there was none
  Instant at{};
  std::optional<Instant> done_at;
};
inline constexpr std::string_view kTestKind = "test";
inline constexpr std::int64_t kMostWaiting = 10'000;  // of one webhook: then its events wait in the outbox

namespace sendings {

// One that stands already (webhook, event) stays as it is.
Result<void> add(Tx& tx, const Sending& fresh);
// Queued and due, of webhooks that are on, oldest first.
Result<std::vector<Sending>> due(Tx& tx, const Sealer& sealer, Instant now, int limit);
Result<std::optional<Instant>> next_due(Tx& tx);
// queued -> sending, tries + 1; false: another has it.
Result<bool> begin(Tx& tx, Sending& sending, Instant now);
Result<void> end(Tx& tx, const Sealer& sealer, const Sending& sending);
// What was left in `sending` by a node that died, after a minute: queued again.
Result<std::int64_t> recover(Tx& tx, Instant now);

struct Filter {
  std::optional<SendingState> state;
  SendingId before;  // 0: the latest
  int limit = 50;
};
// Latest first.
Result<std::vector<Sending>> list(Tx& tx, const Sealer& sealer, WebhookId webhook, const Filter& filter);
// dead -> queued, from the first try; `only` 0: all. How many.
Result<std::int64_t> resend(Tx& tx, WebhookId webhook, SendingId only, Instant now);
// Done before; at most so many. How many.
Result<std::int64_t> forget(Tx& tx, Instant before, int limit);

}  // namespace sendings
}  // namespace linli::webhooks
