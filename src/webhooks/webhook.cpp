#include "webhooks/webhook.h"

#include <algorithm>
#include <array>

namespace linli::webhooks {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 3> kStates{"on", "off", "broken"};
constexpr std::array<std::string_view, 17> kKinds{
    "lead.opened",   "lead.changed",        "lead.confirmed", "lead.dismissed", "lead.answered",    "lead.in_case",
    "lead.merged",   "lead.moved",          "lead.reopened",  "case.opened",    "case.changed",     "case.withdrawn",
    "promise.amber", "promise.call_leader", "promise.breach", "group.heard",    "knowledge.changed"};
constexpr std::array<milliseconds, 9> kPauses{5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
static_assert(kPauses.size() + 1 == kMostTries);
constexpr std::string_view kUrl = "webhooks.url", kSecret = "webhooks.secret", kOld = "webhooks.old_secret";

#define LINLI_WEBHOOKS                                                                                               \
  "SELECT w.id, w.name, w.url, w.kinds, w.grid_id, w.role, w.secret, w.old_secret, w.old_until, w.state, w.cursor, " \
  "w.revision, w.created_by, w.created_at, (SELECT COUNT(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id "    \
  "AND d.state IN ('queued', 'sending')), (SELECT COUNT(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id AND " \
  "d.state = 'dead') FROM webhooks w WHERE w.removed_at IS NULL"

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) (out += out.empty() ? "" : ",") += text;
  return out;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    out.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

bool fits(std::string_view pattern, std::string_view kind) {
  if (pattern.ends_with(".*")) return kind.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == kind;
}

Result<std::vector<Webhook>> read(Tx& tx, const Sealer& sealer, std::string_view sql, Params params) {
  std::vector<Webhook> out;
  std::optional<Error> wrong;
  const auto secret_of = [&](std::string_view place, std::string_view sealed) -> std::optional<WebhookSecret> {
    auto text = sealer.open(place, sealed);
    auto secret = text ? WebhookSecret::parse(*text) : tl::unexpected(std::move(text).error());
    if (secret) return *std::move(secret);
    wrong = std::move(secret).error();
    return {};
  };
  LINLI_TRY(tx.each(sql, params, [&](const Row& row) {
    Webhook w;
    w.id = row.get<WebhookId>(0);
    w.name = row.get<std::string>(1);
    auto url = sealer.open(kUrl, row.bytes(2));
    if (url) w.url = *std::move(url);
    else wrong = std::move(url).error();
    w.kinds = split(row.bytes(3));
    w.grid = row.get<GridId>(4);
    w.role = parse_staff_role(row.bytes(5)).value_or(StaffRole::volunteer);
    if (auto secret = secret_of(kSecret, row.bytes(6))) w.secret = *std::move(secret);
    if (!row.is_null(7)) w.old_secret = secret_of(kOld, row.bytes(7));
    w.old_until = row.get<std::optional<Instant>>(8);
    const auto state = std::ranges::find(kStates, row.bytes(9));
    w.state = state == kStates.end() ? State::off : static_cast<State>(state - kStates.begin());
    w.cursor = row.get<Position>(10);
    w.revision = row.get<int>(11);
    w.created_by = row.get<UserId>(12);
    w.created_at = row.get<Instant>(13);
    w.waiting = row.get<std::int64_t>(14);
    w.dead = row.get<std::int64_t>(15);
    out.push_back(std::move(w));
  }));
  if (wrong) return tl::unexpected(*wrong);
  return out;
}

}  // namespace

std::string_view name(State state) { return kStates[static_cast<std::size_t>(state)]; }

std::span<const std::string_view> kinds() { return kKinds; }

bool is_kind_pattern(std::string_view text) {
  return std::ranges::any_of(kKinds, [&](std::string_view kind) { return fits(text, kind); });
}

bool wants(const Webhook& w, std::string_view grid_path, const Event& event) {
  if (std::ranges::find(kKinds, event.kind) == kKinds.end()) return false;
  if (std::ranges::none_of(w.kinds, [&](const std::string& pattern) { return fits(pattern, event.kind); }))
    return false;
  const auto right = parse_right(event.min_right);
  if (!right || !has(rights_of(w.role), *right)) return false;
  if (grid_path.empty()) return true;
  return event.grid_path.starts_with(grid_path) &&
         (event.grid_path.size() == grid_path.size() || event.grid_path[grid_path.size()] == '/');
}

std::optional<milliseconds> pause_after(int tries, std::uint64_t seed) {
  if (tries < 1 || tries >= kMostTries) return {};
  const milliseconds pause = kPauses[static_cast<std::size_t>(tries - 1)];
  // Ids that are drawn one after the other differ in their last bits: they are spread (Knuth, TAOCP 3, 6.4).
  const std::uint64_t spread = ((seed + static_cast<std::uint64_t>(tries)) * 0x9E3779B97F4A7C15u) >> 44;  // 20 bits
  return pause * 9 / 10 + milliseconds(pause.count() / 5 * static_cast<std::int64_t>(spread) / (1 << 20));
}

Result<void> add(Tx& tx, const Sealer& sealer, const Webhook& w) {
  const std::string url = sealer.seal(kUrl, w.url), secret = sealer.seal(kSecret, w.secret.text());
  auto newest = Outbox::newest(tx);
  if (!newest) return tl::unexpected(std::move(newest).error());
  LINLI_TRY(
      tx.run("INSERT INTO webhooks (id, name, url, kinds, grid_id, role, secret, state, cursor, revision, created_by, "
             "created_at) "
             "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11)",
             {w.id, w.name, Blob{url}, joined(w.kinds), w.grid, linli::name(w.role), Blob{secret}, name(w.state),
              *newest, w.created_by, w.created_at}));
  return {};
}

Result<void> change(Tx& tx, const Sealer& sealer, const Webhook& w, Instant now) {
  auto before = find(tx, sealer, w.id);
  if (!before) return tl::unexpected(std::move(before).error());
  Position cursor = before->cursor;
  if (before->state == State::off && w.state == State::on) {
    auto newest = Outbox::newest(tx);
    if (!newest) return tl::unexpected(std::move(newest).error());
    cursor = *newest;
  }
  const std::string url = sealer.seal(kUrl, w.url), secret = sealer.seal(kSecret, w.secret.text());
  const bool both = w.old_secret && w.old_until && *w.old_until > now;
  const std::string old = both ? sealer.seal(kOld, w.old_secret->text()) : std::string();
  auto changed = tx.run(
      "UPDATE webhooks SET name = $2, url = $3, kinds = $4, grid_id = $5, role = $6, secret = $7, old_secret = $8, "
      "old_until = $9, state = $10, cursor = $11, revision = revision + 1 WHERE id = $1 AND revision = $12 AND "
      "removed_at "
      "IS NULL",
      {w.id, w.name, Blob{url}, joined(w.kinds), w.grid, linli::name(w.role), Blob{secret},
       both ? Param(Blob{old}) : Param(nullptr), both ? Param(*w.old_until) : Param(nullptr), name(w.state), cursor,
       w.revision});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  return {};
}

Result<Webhook> find(Tx& tx, const Sealer& sealer, WebhookId id) {
  auto found = read(tx, sealer, LINLI_WEBHOOKS " AND w.id = $1", {id});
  if (!found) return tl::unexpected(std::move(found).error());
  if (found->empty()) return fail(Errc::not_found, Where::at_field("webhook"));
  return std::move(found->front());
}

Result<std::vector<Webhook>> all(Tx& tx, const Sealer& sealer) {
  return read(tx, sealer, LINLI_WEBHOOKS " ORDER BY w.id", {});
}

Result<void> remove(Tx& tx, WebhookId id, Instant now) {
  auto removed = tx.run(
      "UPDATE webhooks SET removed_at = $2, state = 'off', revision = revision + 1 WHERE id = $1 AND removed_at IS "
      "NULL",
      {id, now});
  if (!removed) return tl::unexpected(std::move(removed).error());
  if (*removed == 0) return fail(Errc::not_found, Where::at_field("webhook"));
  LINLI_TRY(tx.run("DELETE FROM webhook_deliveries WHERE webhook_id = $1", {id}));
  return {};
}

Result<void> set_cursor(Tx& tx, WebhookId id, Position position) {
  LINLI_TRY(tx.run("UPDATE webhooks SET cursor = $2 WHERE id = $1 AND cursor < $2", {id, position}));
  return {};
}

Result<bool> give_up(Tx& tx, WebhookId id) {
  auto broken =
      tx.run("UPDATE webhooks SET state = 'broken', revision = revision + 1 WHERE id = $1 AND state = 'on'", {id});
  if (!broken) return tl::unexpected(std::move(broken).error());
  return *broken > 0;
}

}  // namespace linli::webhooks
