#include "webhooks/sendings.h"

#include <algorithm>
#include <array>

namespace linli::webhooks {
namespace {

constexpr std::array<std::string_view, 4> kStates{"queued", "sending", "sent", "dead"};
constexpr std::string_view kWhy = "webhook_deliveries.why";

#define LINLI_SENDINGS                                                                                         \
  "SELECT d.id, d.webhook_id, d.event_id, d.kind, d.body, d.state, d.due_at, d.tries, d.status, d.why, d.at, " \
  "d.done_at FROM webhook_deliveries d "

Result<std::vector<Sending>> read(Tx& tx, const Sealer& sealer, std::string_view sql, Params params) {
  std::vector<Sending> out;
  std::optional<Error> wrong;
  LINLI_TRY(tx.each(sql, params, [&](const Row& row) {
    Sending s;
    s.id = row.get<SendingId>(0);
    s.webhook = row.get<WebhookId>(1);
    s.event_id = row.get<std::string>(2);
    s.kind = row.get<std::string>(3);
    s.body = row.get<std::string>(4);
    s.state = parse_sending_state(row.bytes(5)).value_or(SendingState::dead);
    s.due_at = row.get<Instant>(6);
    s.tries = row.get<int>(7);
    s.status = row.get<std::optional<int>>(8);
    if (!row.is_null(9)) {
      auto why = sealer.open(kWhy, row.bytes(9));
      if (why) s.why = *std::move(why);
      else wrong = std::move(why).error();
    }
    s.at = row.get<Instant>(10);
    s.done_at = row.get<std::optional<Instant>>(11);
    out.push_back(std::move(s));
  }));
  if (wrong) return tl::unexpected(*wrong);
  return out;
}

}  // namespace

std::string_view name(SendingState state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<SendingState> parse_sending_state(std::string_view text) {
  const auto found = std::ranges::find(kStates, text);
  if (found == kStates.end()) return {};
  return static_cast<SendingState>(found - kStates.begin());
}

namespace sendings {

Result<void> add(Tx& tx, const Sending& s) {
  LINLI_TRY(
      tx.run("INSERT INTO webhook_deliveries (id, webhook_id, event_id, kind, body, state, due_at, tries, at) VALUES "
             "($1, $2, $3, "
             "$4, $5, 'queued', $6, 0, $7) ON CONFLICT (webhook_id, event_id) DO NOTHING",
             {s.id, s.webhook, s.event_id, s.kind, s.body, s.due_at, s.at}));
  return {};
}

Result<std::vector<Sending>> due(Tx& tx, const Sealer& sealer, Instant now, int limit) {
  return read(
      tx, sealer,
      LINLI_SENDINGS
      "JOIN webhooks w ON w.id = d.webhook_id WHERE d.state IN ('queued', 'sending') AND d.state = 'queued' AND "
      "d.due_at <= $1 AND (w.state = 'on' OR d.kind = 'test') ORDER BY d.due_at, d.id LIMIT $2",
      {now, limit});
}

Result<std::optional<Instant>> next_due(Tx& tx) {
  auto at = tx.value<std::optional<Instant>>(
      "SELECT MIN(d.due_at) FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE d.state IN "
      "('queued', "
      "'sending') AND d.state = 'queued' AND (w.state = 'on' OR d.kind = 'test')");
  if (!at) return tl::unexpected(std::move(at).error());
  return at->value_or(std::nullopt);
}

Result<bool> begin(Tx& tx, Sending& s, Instant now) {
  auto begun = tx.run(
      "UPDATE webhook_deliveries SET state = 'sending', tries = tries + 1, due_at = $2 WHERE id = $1 AND state = "
      "'queued'",
      {s.id, now});
  if (!begun) return tl::unexpected(std::move(begun).error());
  s.state = SendingState::sending;
  ++s.tries;
  return *begun > 0;
}

Result<void> end(Tx& tx, const Sealer& sealer, const Sending& s) {
  const std::string why = s.why.empty() ? std::string() : sealer.seal(kWhy, s.why);
  LINLI_TRY(
      tx.run("UPDATE webhook_deliveries SET state = $2, due_at = $3, status = $4, why = $5, done_at = $6 WHERE id = $1 "
             "AND state = "
             "'sending'",
             {s.id, name(s.state), s.due_at, s.status, why.empty() ? Param(nullptr) : Param(Blob{why}), s.done_at}));
  return {};
}

Result<std::int64_t> recover(Tx& tx, Instant now) {
  return tx.run(
      "UPDATE webhook_deliveries SET state = 'queued' WHERE state IN ('queued', 'sending') AND state = 'sending' AND "
      "due_at "
      "< $1",
      {now - std::chrono::minutes(1)});
}

Result<std::vector<Sending>> list(Tx& tx, const Sealer& sealer, WebhookId webhook, const Filter& f) {
  return read(tx, sealer,
              LINLI_SENDINGS
              "WHERE d.webhook_id = $1 AND ($2 = '' OR d.state = $2) AND d.id < $3 ORDER BY d.id DESC LIMIT $4",
              {webhook, f.state ? name(*f.state) : "", f.before ? f.before.value : INT64_MAX, f.limit});
}

Result<std::int64_t> resend(Tx& tx, WebhookId webhook, SendingId only, Instant now) {
  return tx.run(
      "UPDATE webhook_deliveries SET state = 'queued', tries = 0, due_at = $3, done_at = NULL WHERE webhook_id = $1 "
      "AND ($2 "
      "= 0 OR id = $2) AND state = 'dead'",
      {webhook, only, now});
}

Result<std::int64_t> forget(Tx& tx, Instant before, int limit) {
  return tx.run(
      "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE done_at < $1 ORDER BY "
      "done_at "
      "LIMIT $2)",
      {before, limit});
}

}  // namespace sendings
}  // namespace linli::webhooks
