#include "notify/notifications.h"

#include <boost/json.hpp>

#include "leads/lead_store.h"
#include "store/outbox.h"

namespace linli::notify {
namespace {

namespace json = boost::json;

#define LINLI_NOTIFICATION_COLUMNS "id, user_id, kind, subject_id, round, digest, count, at, seen_at, acknowledged_at"
Notification notification_of(const Row& row) {
  Notification out;
  out.id = row.get<NotificationId>(0);
  out.user = row.get<UserId>(1);
  out.kind = parse_kind(row.bytes(2)).value_or(Kind::amber);
  if (!row.get<bool>(5) && out.kind != Kind::webhook_off) out.lead = row.get<LeadId>(3);
  out.round = row.get<int>(4);
  out.count = row.get<int>(6);
  out.at = row.get<Instant>(7);
  out.seen_at = row.get<std::optional<Instant>>(8);
  out.acknowledged_at = row.get<std::optional<Instant>>(9);
  return out;
}

}  // namespace

Result<void> say(Tx& tx, std::string_view what, std::int64_t subject, UserId user, Instant now) {
  return Outbox::append(tx, Event{0,
                                  "notification." + std::string(what),
                                  subject,
                                  {},
                                  "console",
                                  now,
                                  json::serialize(json::object{{"user", to_text(user)}})});
}

Result<NotificationPage> list(Tx& tx, UserId user, const std::string& cursor, int limit) {
  NotificationPage out;
  int rank = 0;
  std::int64_t below = INT64_MAX;
  if (!cursor.empty()) {
    const auto id = cursor.size() > 2 ? parse_id<NotificationTag>(std::string_view(cursor).substr(2)) : std::nullopt;
    if (!id || cursor[1] != '.' || (cursor[0] != '0' && cursor[0] != '1'))
      return fail(Errc::bad_value, Where::at_field("cursor"), {{"value", "?"}, {"allowed", "next_cursor"}});
    rank = cursor[0] - '0';
    below = id->value;
  }
  LINLI_TRY(tx.each(
      "SELECT " LINLI_NOTIFICATION_COLUMNS
      " FROM (SELECT n.*, CASE WHEN n.seen_at IS NULL THEN 0 ELSE 1 END AS rank FROM notifications n WHERE n.user_id = "
      "$1) listed WHERE rank > $2 OR (rank = $2 AND id < $3) ORDER BY rank, id DESC LIMIT $4",
      {user, rank, below, limit}, [&](const Row& row) { out.notifications.push_back(notification_of(row)); }));
  if (out.notifications.size() == static_cast<std::size_t>(limit) && limit > 0) {
    const Notification& last = out.notifications.back();
    out.next_cursor = (last.seen_at ? "1." : "0.") + to_text(last.id);
  }
  auto unseen =
      tx.value<std::int64_t>("SELECT COUNT(*) FROM notifications WHERE user_id = $1 AND seen_at IS NULL", {user});
  if (!unseen) return tl::unexpected(std::move(unseen).error());
  out.unseen = unseen->value_or(0);
  auto ringing = tx.value<std::int64_t>(
      "SELECT COUNT(*) FROM alarms a JOIN notifications n ON n.subject_id = a.lead_id AND n.kind = 'emergency' WHERE "
      "a.next_at IS NOT NULL AND n.user_id = $1 AND n.acknowledged_at IS NULL",
      {user});
  if (!ringing) return tl::unexpected(std::move(ringing).error());
  out.unacknowledged = ringing->value_or(0);
  return out;
}

Result<std::int64_t> see(Tx& tx, UserId user, std::optional<std::span<const NotificationId>> ids, Instant now) {
  std::int64_t seen = 0;
  if (!ids) {
    auto changed = tx.run("UPDATE notifications SET seen_at = $2 WHERE user_id = $1 AND seen_at IS NULL", {user, now});
    if (!changed) return changed;
    seen = *changed;
  } else {
    for (const NotificationId id : *ids) {
      auto changed = tx.run("UPDATE notifications SET seen_at = $3 WHERE user_id = $1 AND id = $2 AND seen_at IS NULL",
                            {user, id, now});
      if (!changed) return changed;
      seen += *changed;
    }
  }
  if (seen > 0) LINLI_TRY(say(tx, "changed", user.value, user, now));
  return seen;
}

Result<Notification> acknowledge(Tx& tx, const Sealer& sealer, const Actor& actor, NotificationId id, Instant now) {
  std::optional<Notification> found;
  LINLI_TRY(tx.first("SELECT " LINLI_NOTIFICATION_COLUMNS " FROM notifications WHERE id = $1 AND user_id = $2",
                     {id, actor.id}, [&](const Row& row) { found = notification_of(row); }));
  if (!found) return fail(Errc::not_found, Where::at_field("notification"));
  if (found->acknowledged_at) return *found;
  found->acknowledged_at = now;
  if (!found->seen_at) found->seen_at = now;
  LINLI_TRY(
      tx.run("UPDATE notifications SET seen_at = $2, acknowledged_at = $3 WHERE id = $1", {id, found->seen_at, now}));
  LINLI_TRY(say(tx, "changed", id.value, actor.id, now));
  if (found->kind != Kind::emergency || !found->lead) return *found;
  auto first = tx.run(
      "UPDATE alarms SET next_at = NULL, over_why = 'acknowledged', acknowledged_by = $2, acknowledged_at = $3 WHERE "
      "lead_id = $1 AND next_at IS NOT NULL",
      {found->lead, actor.id, now});
  if (!first) return tl::unexpected(std::move(first).error());
  if (*first == 0) return *found;
  // The others see who has it.
  std::vector<std::pair<std::int64_t, UserId>> others;
  LINLI_TRY(
      tx.each("SELECT id, user_id FROM notifications WHERE kind = 'emergency' AND subject_id = $1 AND user_id <> $2",
              {found->lead, actor.id},
              [&](const Row& row) { others.emplace_back(row.get<std::int64_t>(0), row.get<UserId>(1)); }));
  for (const auto& [other, user] : others) LINLI_TRY(say(tx, "changed", other, user, now));
  auto raised = lead_store::raise(tx, found->lead);
  if (!raised) return tl::unexpected(std::move(raised).error());
  LINLI_TRY(lead_store::add_history(tx, sealer, found->lead,
                                    {*raised, now, actor.id, actor.display_name, "acknowledged", {}}));
  auto path = tx.value<std::string>("SELECT grid_path FROM leads WHERE id = $1", {found->lead});
  if (!path) return tl::unexpected(std::move(path).error());
  LINLI_TRY(Outbox::append(tx, Event{0, "lead.changed", found->lead.value, path->value_or(""), "leads.read", now, {}}));
  return *found;
}

}  // namespace linli::notify
