#include "notify/deliveries.h"

#include <algorithm>
#include <array>

#include "notify/alarms.h"

namespace linli::notify {
namespace {

constexpr std::array<std::string_view, 6> kStates{"queued", "sending", "sent", "failed", "unknown", "skipped"};
constexpr std::string_view kWhy = "deliveries.why";

// A clock that was ahead leaves times that lie too far in the future: they are due. What comes together waits half an hour.
constexpr std::chrono::minutes kFarthest{45};

const Insert kDeliveries{"deliveries",
                         {{"way", Param::Kind::text},
                          {"kind", Param::Kind::text},
                          {"subject_id", Param::Kind::integer},
                          {"user_id", Param::Kind::integer},
                          {"round", Param::Kind::integer},
                          {"id", Param::Kind::integer},
                          {"state", Param::Kind::text},
                          {"due_at", Param::Kind::integer},
                          {"tries", Param::Kind::integer},
                          {"reason", Param::Kind::text},
                          {"at", Param::Kind::integer},
                          {"done_at", Param::Kind::integer}},
                         5};

#define LINLI_DELIVERY_COLUMNS                                                                                 \
  "d.id, d.way, d.kind, d.subject_id, d.user_id, d.round, d.state, d.due_at, d.tries, d.reason, d.why, d.at, " \
  "d.done_at, EXISTS (SELECT 1 FROM leads known WHERE known.id = d.subject_id)"
Result<std::vector<Delivery>> read_deliveries(Tx& tx, const Sealer& sealer, std::string_view sql, Params params) {
  std::vector<Delivery> out;
  std::optional<Error> wrong;
  LINLI_TRY(tx.each(sql, params, [&](const Row& row) {
    Delivery d;
    d.id = row.get<DeliveryId>(0);
    d.way = parse_way(row.bytes(1)).value_or(Way::in_app);
    d.kind = parse_kind(row.bytes(2)).value_or(Kind::amber);
    d.subject = row.get<std::int64_t>(3);
    d.user = row.get<UserId>(4);
    d.round = row.get<int>(5);
    d.state = parse_delivery_state(row.bytes(6)).value_or(DeliveryState::failed);
    d.due_at = row.get<Instant>(7);
    d.tries = row.get<int>(8);
    d.reason = row.get<std::string>(9);
    if (!row.is_null(10)) {
      auto why = sealer.open(kWhy, row.bytes(10));
      if (why) d.why = *std::move(why);
      else wrong = std::move(why).error();
    }
    d.at = row.get<Instant>(11);
    d.done_at = row.get<std::optional<Instant>>(12);
    d.of_lead = row.get<bool>(13);
    out.push_back(std::move(d));
  }));
  if (wrong) return tl::unexpected(*wrong);
  return out;
}

#define LINLI_WAITS "l.state NOT IN ('dismissed', 'merged') AND l.answered_at IS NULL AND l.claimed_at IS NULL"

}  // namespace

std::string_view name(DeliveryState state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<DeliveryState> parse_delivery_state(std::string_view text) {
  const auto found = std::ranges::find(kStates, text);
  if (found == kStates.end()) return {};
  return static_cast<DeliveryState>(found - kStates.begin());
}

namespace deliveries {

Result<bool> add(Tx& tx, std::span<const Delivery> all) {
  std::vector<Param> values;
  values.reserve(all.size() * kDeliveries.width());
  for (const Delivery& d : all) {
    const bool done = d.state == DeliveryState::sent || d.state == DeliveryState::skipped;
    values.insert(values.end(),
                  {name(d.way), name(d.kind), d.subject, d.user, d.round, d.id, name(d.state), d.due_at, 0,
                   d.reason.empty() ? Param(nullptr) : Param(d.reason), d.at, done ? Param(d.at) : Param(nullptr)});
  }
  auto written = tx.insert(kDeliveries, values);
  if (!written) return tl::unexpected(std::move(written).error());
  bool queued = false;
  for (std::size_t i = 0; i < all.size(); ++i)
    queued = queued || ((*written)[i] && all[i].state == DeliveryState::queued);
  return queued;
}

Result<std::vector<Delivery>> due(Tx& tx, const Sealer& sealer, Way way, Instant now, int limit) {
  return read_deliveries(
      tx, sealer,
      "SELECT " LINLI_DELIVERY_COLUMNS
      " FROM deliveries d WHERE d.way = $1 AND d.state IN ('queued', 'sending') AND d.state = "
      "'queued' AND (d.due_at <= $2 OR d.due_at > $3) ORDER BY CASE d.kind WHEN 'emergency' THEN 0 ELSE 1 END, "
      "d.due_at, d.id LIMIT $4",
      {name(way), now, now + kFarthest, limit});
}

Result<std::optional<Instant>> next_due(Tx& tx, Way way) {
  auto at = tx.value<std::optional<Instant>>(
      "SELECT MIN(due_at) FROM deliveries WHERE way = $1 AND state IN ('queued', 'sending') AND state = 'queued'",
      {name(way)});
  if (!at) return tl::unexpected(std::move(at).error());
  return at->value_or(std::nullopt);
}

namespace {

// Nobody has to be told any more. A breach is told whatever came after it.
Result<bool> is_over(Tx& tx, const Delivery& d) {
  if (d.kind == Kind::emergency) return alarms::over(tx, LeadId{d.subject});
  if (d.kind == Kind::breach) return false;
  auto known = tx.value<int>("SELECT 1 FROM leads WHERE id = $1", {d.subject});
  if (!known) return tl::unexpected(std::move(known).error());
  if (!*known) {  // a case filed by hand, or a digest
    auto answered = tx.value<int>("SELECT 1 FROM cases WHERE id = $1 AND answered_at IS NOT NULL", {d.subject});
    if (!answered) return tl::unexpected(std::move(answered).error());
    return answered->has_value() && d.kind != Kind::task && d.kind != Kind::resident_word;
  }
  auto waits = tx.value<int>("SELECT 1 FROM leads l WHERE l.id = $1 AND " LINLI_WAITS, {d.subject});
  if (!waits) return tl::unexpected(std::move(waits).error());
  return !*waits;
}

}  // namespace

Result<bool> begin(Tx& tx, Delivery& d, Instant now) {
  auto over = is_over(tx, d);
  if (!over) return over;
  if (*over) {
    auto skipped = tx.run(
        "UPDATE deliveries SET state = 'skipped', reason = 'over', done_at = $2 WHERE id = $1 AND state = 'queued'",
        {d.id, now});
    if (!skipped) return tl::unexpected(std::move(skipped).error());
    return false;
  }
  auto begun = tx.run(
      "UPDATE deliveries SET state = 'sending', tries = tries + 1, due_at = $2 WHERE id = $1 AND state = 'queued'",
      {d.id, now});
  if (!begun) return tl::unexpected(std::move(begun).error());
  d.state = DeliveryState::sending;
  ++d.tries;
  return *begun > 0;
}

Result<void> end(Tx& tx, const Sealer& sealer, const Delivery& d) {
  const std::string why = d.why.empty() ? std::string() : sealer.seal(kWhy, d.why);
  LINLI_TRY(tx.run(
      "UPDATE deliveries SET state = $2, due_at = $3, reason = $4, why = $5, done_at = $6 WHERE id = $1 AND state = "
      "'sending'",
      {d.id, name(d.state), d.due_at, d.reason.empty() ? Param(nullptr) : Param(d.reason),
       why.empty() ? Param(nullptr) : Param(Blob{why}), d.done_at}));
  return {};
}

Result<std::vector<Delivery>> recover(Tx& tx, const Sealer& sealer, Instant now) {
  const Instant before = now - std::chrono::minutes(1);
  LINLI_TRY(tx.run(
      "UPDATE deliveries SET state = 'queued' WHERE state IN ('queued', 'sending') AND state = 'sending' AND way IN "
      "('webhook', 'push') AND due_at < $1",
      {before}));
  auto lost = read_deliveries(tx, sealer,
                              "SELECT " LINLI_DELIVERY_COLUMNS
                              " FROM deliveries d WHERE d.state IN ('queued', 'sending') AND d.state = 'sending' AND "
                              "d.due_at < $1",
                              {before});
  if (!lost) return lost;
  LINLI_TRY(tx.run(
      "UPDATE deliveries SET state = 'unknown', reason = 'unknown', done_at = $2 WHERE state IN ('queued', 'sending') "
      "AND state = 'sending' AND due_at < $1",
      {before, now}));
  return lost;
}

Result<std::vector<Delivery>> list(Tx& tx, const Sealer& sealer, const Actor& actor, const Filter& f) {
  return read_deliveries(tx, sealer,
                         "SELECT " LINLI_DELIVERY_COLUMNS
                         " FROM deliveries d LEFT JOIN leads l ON l.id = d.subject_id WHERE ($1 = '' OR d.way = $1) "
                         "AND ($2 = '' OR d.state "
                         "= $2) AND ($3 = 0 OR d.user_id = $3) AND d.id < $4 AND ($9 = 0 OR d.subject_id = $9) AND "
                         "($10 = 0 OR d.id = $10) AND " LINLI_IN_SCOPE("COALESCE(l.grid_path, '')", people_read, "$5",
                                                                       "$6", "$7") " ORDER BY d.id DESC LIMIT $8",
                         {f.way ? name(*f.way) : "", f.state ? name(*f.state) : "", f.user ? f.user->value : 0,
                          f.before ? f.before.value : INT64_MAX, actor.everywhere(Right::people_read), actor.id,
                          actor.today.number, f.limit, f.lead ? f.lead->value : 0, f.only});
}

Result<std::int64_t> forget(Tx& tx, Instant before, int limit) {
  auto told =
      tx.run("DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE id < $1 ORDER BY id LIMIT $2)",
             {IdSource::floor(before), limit});
  if (!told) return told;
  auto tried =
      tx.run("DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE at < $1 ORDER BY at LIMIT $2)",
             {before, limit});
  if (!tried) return tried;
  return *told + *tried;
}

}  // namespace deliveries
}  // namespace linli::notify
