#include "notify/notifications.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <map>

#include "leads/lead_store.h"
#include "notify/circle.h"
#include "store/outbox.h"

namespace linli::notify {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 6> kStates{"queued", "sending", "sent", "failed", "unknown", "skipped"};
constexpr std::string_view kWhy = "deliveries.why";

// A clock that was ahead leaves times that lie too far in the future: they are due.
constexpr std::chrono::minutes kFarthest{10};

const Insert kNotifications{"notifications",
                            {{"user_id", Param::Kind::integer},
                             {"kind", Param::Kind::text},
                             {"subject_id", Param::Kind::integer},
                             {"id", Param::Kind::integer},
                             {"round", Param::Kind::integer},
                             {"digest", Param::Kind::integer},
                             {"count", Param::Kind::integer},
                             {"at", Param::Kind::integer}},
                            3};
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

#define LINLI_WAITS "l.state NOT IN ('dismissed', 'merged') AND l.answered_at IS NULL AND l.claimed_at IS NULL"

#define LINLI_NOTIFICATION_COLUMNS "id, user_id, kind, subject_id, round, digest, count, at, seen_at, acknowledged_at"
Notification notification_of(const Row& row) {
  Notification out;
  out.id = row.get<NotificationId>(0);
  out.user = row.get<UserId>(1);
  out.kind = parse_kind(row.bytes(2)).value_or(Kind::amber);
  if (!row.get<bool>(5)) out.lead = row.get<LeadId>(3);
  out.round = row.get<int>(4);
  out.count = row.get<int>(6);
  out.at = row.get<Instant>(7);
  out.seen_at = row.get<std::optional<Instant>>(8);
  out.acknowledged_at = row.get<std::optional<Instant>>(9);
  return out;
}

#define LINLI_DELIVERY_COLUMNS                                                                                 \
  "d.id, d.way, d.kind, d.subject_id, d.user_id, d.round, d.state, d.due_at, d.tries, d.reason, d.why, d.at, " \
  "d.done_at"
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
    out.push_back(std::move(d));
  }));
  if (wrong) return tl::unexpected(*wrong);
  return out;
}

Result<void> say(Tx& tx, std::string_view what, std::int64_t subject, UserId user, Instant now) {
  return Outbox::append(tx, Event{0,
                                  "notification." + std::string(what),
                                  subject,
                                  {},
                                  "console",
                                  now,
                                  json::serialize(json::object{{"user", to_text(user)}})});
}

// Rows of one tell() on their way into the tables.
class Teller {
 public:
  Teller(Tx& tx, const Context& context, Kind kind, int round)
      : tx_(tx), context_(context), kind_(kind), round_(round) {}

  Result<void> open() {
    auto district = district_ways(tx_, context_.sealer);
    if (!district) return tl::unexpected(std::move(district).error());
    ways_ = ways_of(kind_, {context_.email, district->robot.works(), district->webhook.works()});
    return {};
  }
  const Ways& ways() const { return ways_; }

  void of_district(LeadId lead) {
    if (ways_.robot) deliver(Way::robot, lead.value, {}, DeliveryState::queued, context_.now, {});
    if (ways_.webhook) deliver(Way::webhook, lead.value, {}, DeliveryState::queued, context_.now, {});
  }

  void notify(UserId user, std::int64_t subject, bool digest, int count) {
    const auto id = context_.ids.draw<NotificationId>();
    rows_.push_back({user, digest ? id.value : subject, id, digest, count});
  }

  // By e-mail, if the person wants it so and has an address.
  Result<void> mail(UserId user, std::int64_t subject, Instant due) {
    auto wants = wished_.find(user);
    if (wants == wished_.end()) {
      auto read = wishes(tx_, context_.sealer, user);
      if (!read) return tl::unexpected(std::move(read).error());
      wants = wished_.emplace(user, std::move(*read)).first;
    }
    const Wishes& w = wants->second;
    const bool quiet = kind_ != Kind::emergency && is_quiet(w.quiet, context_.zone.time_of_day(context_.now));
    const std::string_view why = w.email.empty() ? "no_address" : !w.email_on ? "off" : quiet ? "quiet_hours" : "";
    deliver(Way::email, subject, user, why.empty() ? DeliveryState::queued : DeliveryState::skipped, due, why);
    return {};
  }

  // Whether anything is to be sent.
  Result<bool> close() {
    std::vector<Param> values;
    for (const One& r : rows_)
      values.insert(values.end(), {r.user, name(kind_), r.subject, r.id, round_, r.digest, r.count, context_.now});
    auto written = tx_.insert(kNotifications, values);
    if (!written) return tl::unexpected(std::move(written).error());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!(*written)[i]) continue;
      const One& r = rows_[i];
      deliver(Way::in_app, r.subject, r.user, DeliveryState::sent, context_.now, {});
      if (ways_.email) LINLI_TRY(mail(r.user, r.subject, r.digest ? context_.now + kFlood : context_.now));
      LINLI_TRY(say(tx_, "added", r.id.value, r.user, context_.now));
    }
    values.clear();
    bool queued = false;
    for (const Delivery& d : deliveries_) {
      queued = queued || d.state == DeliveryState::queued;
      const bool done = d.state == DeliveryState::sent || d.state == DeliveryState::skipped;
      values.insert(values.end(), {name(d.way), name(kind_), d.subject, d.user, round_, d.id, name(d.state), d.due_at,
                                   0, d.reason.empty() ? Param(nullptr) : Param(d.reason), context_.now,
                                   done ? Param(context_.now) : Param(nullptr)});
    }
    LINLI_TRY(tx_.insert(kDeliveries, values));
    return queued;
  }

 private:
  struct One {
    UserId user;
    std::int64_t subject;
    NotificationId id;
    bool digest;
    int count;
  };

  void deliver(Way way, std::int64_t subject, UserId user, DeliveryState state, Instant due, std::string_view reason) {
    Delivery d;
    d.id = context_.ids.draw<DeliveryId>();
    d.way = way;
    d.subject = subject;
    d.user = user;
    d.state = state;
    d.due_at = due;
    d.reason = reason;
    deliveries_.push_back(std::move(d));
  }

  Tx& tx_;
  const Context& context_;
  const Kind kind_;
  const int round_;
  Ways ways_;
  std::map<UserId, Wishes> wished_;
  std::vector<One> rows_;
  std::vector<Delivery> deliveries_;
};

// More than kSingle within kFlood become one, which grows while the flood lasts.
Result<void> tell_many(Tx& tx, Teller& out, const Context& context, Kind kind, UserId user,
                       const std::vector<LeadId>& leads) {
  std::size_t singles = leads.size();
  if (kind != Kind::emergency) {
    auto recent = tx.value<std::int64_t>(
        "SELECT COUNT(*) FROM notifications WHERE user_id = $1 AND kind = $2 AND digest = 0 AND at > $3",
        {user, name(kind), context.now - kFlood});
    if (!recent) return tl::unexpected(std::move(recent).error());
    singles = std::min<std::size_t>(singles, static_cast<std::size_t>(std::max<std::int64_t>(0, kSingle - **recent)));
  }
  for (std::size_t i = 0; i < singles; ++i) out.notify(user, leads[i].value, false, 1);
  const int rest = static_cast<int>(leads.size() - singles);
  if (rest == 0) return {};
  auto digest = tx.value<NotificationId>(
      "SELECT id FROM notifications WHERE user_id = $1 AND kind = $2 AND digest = 1 AND seen_at IS NULL AND at > $3 "
      "ORDER BY id DESC LIMIT 1",
      {user, name(kind), context.now - kFlood});
  if (!digest) return tl::unexpected(std::move(digest).error());
  if (!*digest) {
    out.notify(user, 0, true, rest);
    return {};
  }
  LINLI_TRY(
      tx.run("UPDATE notifications SET count = count + $2, at = $3 WHERE id = $1", {**digest, rest, context.now}));
  return say(tx, "changed", (*digest)->value, user, context.now);
}

}  // namespace

std::string_view name(DeliveryState state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<DeliveryState> parse_delivery_state(std::string_view text) {
  const auto found = std::ranges::find(kStates, text);
  if (found == kStates.end()) return {};
  return static_cast<DeliveryState>(found - kStates.begin());
}

Result<bool> tell(Tx& tx, const Context& context, Kind kind, int round, std::span<const Telling> tellings) {
  Teller out(tx, context, kind, round);
  LINLI_TRY(out.open());
  std::map<UserId, std::vector<LeadId>> by_user;
  for (const Telling& one : tellings) {
    out.of_district(one.lead);
    for (const UserId user : one.users) by_user[user].push_back(one.lead);
  }
  for (const auto& [user, leads] : by_user) LINLI_TRY(tell_many(tx, out, context, kind, user, leads));
  return out.close();
}

// ---- emergencies ----

namespace alarms {
namespace {

constexpr int kAtOnce = 200;
constexpr int kLoudRounds = 5;   // the district's ways are used again so often
constexpr int kMostRounds = 60;  // about an hour: then it is given up

// Of urgency 1, and those for which the companion calls (assist/companion.h).
#define LINLI_UNRUNG                                                                                             \
  "l.live = 1 AND l.state = 'open' AND l.answered_at IS NULL AND l.claimed_at IS NULL AND NOT EXISTS (SELECT 1 " \
  "FROM alarms a WHERE a.lead_id = l.id)"
constexpr std::string_view kUnrung =
    "SELECT l.id, l.grid_path FROM leads l WHERE l.urgency = 1 AND " LINLI_UNRUNG
    " UNION SELECT l.id, l.grid_path FROM companion_calls c JOIN leads l ON l.id = c.lead_id WHERE " LINLI_UNRUNG
    " ORDER BY 1 LIMIT $1";
// $1 now, $2 the farthest that a next round can be, $3 limit.
constexpr std::string_view kDueAgain =
    "SELECT a.lead_id, a.round, l.grid_path, l.state, l.answered_at, l.claimed_at, (SELECT COUNT(*) FROM claims c "
    "WHERE "
    "c.lead_id = a.lead_id AND c.doing = 'writing' AND c.until > $1) FROM alarms a JOIN leads l ON l.id = a.lead_id "
    "WHERE a.next_at IS NOT NULL AND (a.next_at <= $1 OR a.next_at > $2) ORDER BY a.lead_id LIMIT $3";

const Insert kAlarms{"alarms",
                     {{"lead_id", Param::Kind::integer},
                      {"rung_at", Param::Kind::integer},
                      {"round", Param::Kind::integer},
                      {"next_at", Param::Kind::integer}},
                     1};

struct Due {
  LeadId lead;
  std::string grid_path;
  int round = 0;
  std::string_view over;
};

// Those who were called in the round before and have not said that they have it: by e-mail too.
Result<bool> mail_again(Tx& tx, const Context& context, LeadId lead, int round) {
  if (!context.email) return false;
  std::vector<UserId> users;
  LINLI_TRY(
      tx.each("SELECT user_id FROM notifications WHERE kind = 'emergency' AND subject_id = $1 AND round = $2 AND "
              "acknowledged_at "
              "IS NULL",
              {lead, round - 1}, [&](const Row& row) { users.push_back(row.get<UserId>(0)); }));
  Teller out(tx, context, Kind::emergency, round);
  LINLI_TRY(out.open());
  if (out.ways().email) return false;  // they had it at once
  for (const UserId user : users) LINLI_TRY(out.mail(user, lead.value, context.now));
  return out.close();
}

Result<bool> ring_round(Tx& tx, const Context& context, Circles& circles, const Due& due) {
  std::set<UserId> told;
  LINLI_TRY(tx.each("SELECT user_id FROM notifications WHERE kind = 'emergency' AND subject_id = $1", {due.lead},
                    [&](const Row& row) { told.insert(row.get<UserId>(0)); }));
  auto around = circles.at(due.grid_path);
  if (!around) return tl::unexpected(std::move(around).error());
  const Telling telling{due.lead, whom_to_tell((*around)->circle, Kind::emergency, told)};
  bool to_send = false;
  if (due.round < kLoudRounds || !telling.users.empty()) {
    auto sent = tell(tx, context, Kind::emergency, due.round, std::span(&telling, 1));
    if (!sent) return sent;
    to_send = *sent;
  }
  if (due.round == 0) return to_send;
  auto mailed = mail_again(tx, context, due.lead, due.round);
  if (!mailed) return mailed;
  return to_send || *mailed;
}

Result<std::vector<Due>> due_again(Tx& tx, Instant now, int limit) {
  std::vector<Due> out;
  LINLI_TRY(tx.each(kDueAgain, {now, now + kFarthest, limit}, [&](const Row& row) {
    Due due{row.get<LeadId>(0), row.get<std::string>(2), row.get<int>(1) + 1, {}};
    if (row.bytes(3) != "open" || !row.is_null(4) || !row.is_null(5)) due.over = "decided";
    else if (row.get<int>(6) > 0) due.over = "at_work";
    else if (due.round > kMostRounds) due.over = "nobody_left";
    out.push_back(std::move(due));
  }));
  return out;
}

}  // namespace

Result<bool> any_due(Tx& tx, Instant now) {
  bool any = false;
  LINLI_TRY(tx.each(kUnrung, {1}, [&](const Row&) { any = true; }));
  if (any) return true;
  auto again = due_again(tx, now, 1);
  if (!again) return tl::unexpected(std::move(again).error());
  return !again->empty();
}

Result<Rung> ring(Tx& tx, const Context& context, const GridTree& tree) {
  Rung out;
  auto calendar = calendars::load(tx);
  if (!calendar) return tl::unexpected(std::move(calendar).error());
  Circles circles(tx, tree, *calendar, context.zone, context.now);
  const Instant next = context.now + kNextRound;

  std::vector<Due> fresh;
  LINLI_TRY(tx.each(kUnrung, {kAtOnce}, [&](const Row& row) {
    fresh.push_back({row.get<LeadId>(0), row.get<std::string>(1), 0, {}});
  }));
  std::vector<Param> values;
  for (const Due& due : fresh) values.insert(values.end(), {due.lead, context.now, 0, next});
  auto mine = tx.insert(kAlarms, values);  // another node may have been first
  if (!mine) return tl::unexpected(std::move(mine).error());
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    if (!(*mine)[i]) continue;
    auto sent = ring_round(tx, context, circles, fresh[i]);
    if (!sent) return tl::unexpected(std::move(sent).error());
    out.to_send = out.to_send || *sent;
    ++out.rung;
  }

  auto again = due_again(tx, context.now, kAtOnce);
  if (!again) return tl::unexpected(std::move(again).error());
  for (const Due& due : *again) {
    const bool over = !due.over.empty();
    auto taken = tx.run(
        "UPDATE alarms SET round = $2, next_at = $3, over_why = $4 WHERE lead_id = $1 AND round = $5 AND next_at IS "
        "NOT "
        "NULL",
        {due.lead, over ? due.round - 1 : due.round, over ? Param(nullptr) : Param(next),
         over ? Param(due.over) : Param(nullptr), due.round - 1});
    if (!taken) return tl::unexpected(std::move(taken).error());
    if (*taken == 0) continue;
    if (over) {
      ++out.over;
      continue;
    }
    auto sent = ring_round(tx, context, circles, due);
    if (!sent) return tl::unexpected(std::move(sent).error());
    out.to_send = out.to_send || *sent;
    ++out.again;
  }
  out.more = fresh.size() == static_cast<std::size_t>(kAtOnce) || again->size() == static_cast<std::size_t>(kAtOnce);
  return out;
}

Result<bool> over(Tx& tx, LeadId lead) {
  auto next = tx.value<std::optional<Instant>>("SELECT next_at FROM alarms WHERE lead_id = $1", {lead});
  if (!next) return tl::unexpected(std::move(next).error());
  return !*next || !**next;
}

Result<std::optional<std::pair<UserId, Instant>>> acknowledged(Tx& tx, LeadId lead) {
  std::optional<std::pair<UserId, Instant>> out;
  LINLI_TRY(
      tx.first("SELECT acknowledged_by, acknowledged_at FROM alarms WHERE lead_id = $1 AND acknowledged_by IS NOT NULL",
               {lead}, [&](const Row& row) { out.emplace(row.get<UserId>(0), row.get<Instant>(1)); }));
  return out;
}

}  // namespace alarms

// ---- a person's list ----

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

// ---- deliveries ----

namespace deliveries {

Result<std::vector<Delivery>> due(Tx& tx, const Sealer& sealer, Way way, Instant now, int limit) {
  return read_deliveries(tx, sealer,
                         "SELECT " LINLI_DELIVERY_COLUMNS
                         " FROM deliveries d WHERE d.way = $1 AND d.state IN ('queued', 'sending') AND d.state = "
                         "'queued' AND (d.due_at <= $2 OR d.due_at > $3) ORDER BY d.due_at, d.id LIMIT $4",
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
  if (!*known) return false;  // a digest
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

Result<std::int64_t> recover(Tx& tx, Instant now) {
  const Instant before = now - std::chrono::minutes(1);
  auto again = tx.run(
      "UPDATE deliveries SET state = 'queued' WHERE state IN ('queued', 'sending') AND state = 'sending' AND way = "
      "'webhook' AND due_at < $1",
      {before});
  if (!again) return again;
  auto unknown = tx.run(
      "UPDATE deliveries SET state = 'unknown', reason = 'unknown', done_at = $2 WHERE state IN ('queued', 'sending') "
      "AND state = 'sending' AND due_at < $1",
      {before, now});
  if (!unknown) return unknown;
  return *again + *unknown;
}

Result<std::vector<Delivery>> list(Tx& tx, const Sealer& sealer, const Actor& actor, const Filter& f) {
  return read_deliveries(tx, sealer,
                         "SELECT " LINLI_DELIVERY_COLUMNS
                         " FROM deliveries d LEFT JOIN leads l ON l.id = d.subject_id WHERE ($1 = '' OR d.way = $1) "
                         "AND ($2 = '' OR d.state "
                         "= $2) AND ($3 = 0 OR d.user_id = $3) AND d.id < $4 AND " LINLI_IN_SCOPE(
                             "COALESCE(l.grid_path, '')", people_read, "$5", "$6", "$7") " ORDER BY d.id DESC LIMIT $8",
                         {f.way ? name(*f.way) : "", f.state ? name(*f.state) : "", f.user ? f.user->value : 0,
                          f.before ? f.before.value : INT64_MAX, actor.everywhere(Right::people_read), actor.id,
                          actor.today.number, f.limit});
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
