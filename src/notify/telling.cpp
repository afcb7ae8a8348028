#include "notify/telling.h"

#include <algorithm>
#include <map>
#include <set>

#include "notify/notifications.h"
#include "notify/wishes.h"
#include "people/roster_store.h"

namespace linli::notify {
namespace {

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
// Deliveries of one thing on their way into the table, by what each person wants.
class Ringer {
 public:
  Ringer(Tx& tx, const Context& context, Kind kind, int round)
      : tx_(tx), context_(context), kind_(kind), round_(round) {}

  Result<void> open() {
    auto district = district_ways(tx_, context_.sealer);
    if (!district) return tl::unexpected(std::move(district).error());
    set_up_ = *std::move(district);
    has_ = district_ways_of(kind_, {set_up_.robot.works(), set_up_.webhook.works()});
    any_ = context_.email || set_up_.wecom.works() || set_up_.sms() || set_up_.voice();
    LINLI_TRY(tx_.each("SELECT DISTINCT user_id FROM push_subscriptions", {},
                       [&](const Row& row) { have_browsers_.insert(row.get<UserId>(0)); }));
    return {};
  }

  void of_district(LeadId lead) {
    if (has_.robot) deliver(Way::robot, lead.value, {}, DeliveryState::queued, context_.now);
    if (has_.webhook) deliver(Way::webhook, lead.value, {}, DeliveryState::queued, context_.now);
  }

  void in_app(UserId user, std::int64_t subject) {
    deliver(Way::in_app, subject, user, DeliveryState::sent, context_.now);
  }

  // By the person's own ways; why by none of them stands in the log.
  Result<void> reach(UserId user, std::int64_t subject, int step, Instant due) {
    // Most people of a flood: what they wish need not be read.
    if (!have_browsers_.contains(user) && (!any_ || kind_ == Kind::amber)) return {};
    auto known = known_.find(user);
    if (known == known_.end()) {
      auto read = wishes(tx_, context_.sealer, user);
      if (!read) return tl::unexpected(std::move(read).error());
      known = known_.emplace(user, std::move(*read)).first;
    }
    const Wishes& w = known->second;
    const Usable can = usable(w, set_up_, context_.email);
    const auto ways = ways_to(kind_, step, can.ways, has_);
    const bool quiet = kind_ != Kind::emergency && is_quiet(w.quiet, context_.zone.time_of_day(context_.now));
    if (w.digest && kind_ == Kind::breach) due = next_half_hour(due);
    for (const Way way : ways)
      deliver(way, subject, user, quiet ? DeliveryState::skipped : DeliveryState::queued, due,
              quiet ? "quiet_hours" : "");
    // Nothing to be said of it where the district has no such way at all, or where the kind does not leave the console.
    if (can.ways.empty() && any_ && step == 0 && kind_ != Kind::amber &&
        !(kind_ == Kind::emergency && (has_.robot || has_.webhook)))
      deliver(Way::email, subject, user, DeliveryState::skipped, due, can.why);
    return {};
  }

  Result<void> next_after(const Delivery& failed) {
    auto read = wishes(tx_, context_.sealer, failed.user);
    if (!read) return tl::unexpected(std::move(read).error());
    if (const auto way = next_way(kind_, failed.way, usable(*read, set_up_, context_.email).ways))
      deliver(*way, failed.subject, failed.user, DeliveryState::queued, context_.now);
    return {};
  }

  DeliveryId deliver(Way way, std::int64_t subject, UserId user, DeliveryState state, Instant due,
                     std::string_view reason = {}) {
    Delivery d;
    d.id = context_.ids.draw<DeliveryId>();
    d.way = way;
    d.kind = kind_;
    d.subject = subject ? subject : d.id.value;
    d.user = user;
    d.round = round_;
    d.state = state;
    d.due_at = due;
    d.reason = reason;
    d.at = context_.now;
    deliveries_.push_back(std::move(d));
    return deliveries_.back().id;
  }

  Result<bool> close() { return deliveries::add(tx_, deliveries_); }

 private:
  static Instant next_half_hour(Instant at) { return std::chrono::floor<std::chrono::minutes>(at) + rest(at); }
  static std::chrono::minutes rest(Instant at) {
    const auto minute = std::chrono::floor<std::chrono::minutes>(at).time_since_epoch().count();
    return kDigest - std::chrono::minutes(minute % kDigest.count());
  }

  Tx& tx_;
  const Context& context_;
  const Kind kind_;
  const int round_;
  DistrictWays set_up_;
  DistrictHas has_;
  bool any_ = false;  // a way to persons beside push
  std::set<UserId> have_browsers_;
  std::map<UserId, Wishes> known_;
  std::vector<Delivery> deliveries_;
};

// The notifications of one tell(), and with each what leaves the console.
class Teller {
 public:
  Teller(Tx& tx, const Context& context, Kind kind, int round)
      : tx_(tx), context_(context), kind_(kind), round_(round), out_(tx, context, kind, round) {}

  Result<void> open() { return out_.open(); }
  void of_district(LeadId lead) { out_.of_district(lead); }

  void notify(UserId user, std::int64_t subject, bool digest, int count) {
    const auto id = context_.ids.draw<NotificationId>();
    rows_.push_back({user, digest ? id.value : subject, id, digest, count});
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
      out_.in_app(r.user, r.subject);
      LINLI_TRY(out_.reach(r.user, r.subject, 0, r.digest ? context_.now + kFlood : context_.now));
      LINLI_TRY(say(tx_, "added", r.id.value, r.user, context_.now));
    }
    return out_.close();
  }

 private:
  struct One {
    UserId user;
    std::int64_t subject;
    NotificationId id;
    bool digest;
    int count;
  };
  Tx& tx_;
  const Context& context_;
  const Kind kind_;
  const int round_;
  Ringer out_;
  std::vector<One> rows_;
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

Result<bool> call_again(Tx& tx, const Context& context, LeadId lead, int round) {
  std::vector<std::pair<UserId, int>> waiting;
  LINLI_TRY(tx.each(
      "SELECT user_id, round FROM notifications WHERE kind = 'emergency' AND subject_id = $1 AND round >= $2 AND round "
      "< "
      "$3 AND acknowledged_at IS NULL",
      {lead, round - 2, round}, [&](const Row& row) { waiting.emplace_back(row.get<UserId>(0), row.get<int>(1)); }));
  Ringer out(tx, context, Kind::emergency, round);
  LINLI_TRY(out.open());
  for (const auto& [user, since] : waiting) LINLI_TRY(out.reach(user, lead.value, round - since, context.now));
  return out.close();
}

Result<bool> try_next_way(Tx& tx, const Context& context, const Delivery& failed) {
  Ringer out(tx, context, failed.kind, failed.round);
  LINLI_TRY(out.open());
  LINLI_TRY(out.next_after(failed));
  return out.close();
}

Result<bool> tell_administrators(Tx& tx, const Context& context, const GridTree& tree, Kind kind,
                                 std::int64_t subject) {
  auto holders =
      roster::holders(tx, tree, GridId{}, StaffRole::administrator, context.zone.day(context.now), context.now);
  if (!holders) return tl::unexpected(std::move(holders).error());
  Teller out(tx, context, kind, 0);
  LINLI_TRY(out.open());
  for (const OnDuty& one : *holders) out.notify(one.user, subject, false, 1);
  return out.close();
}

Result<DeliveryId> try_way(Tx& tx, const Context& context, Way way, UserId user) {
  Ringer out(tx, context, Kind::test, 0);
  const DeliveryId id = out.deliver(way, 0, user, DeliveryState::queued, context.now);
  auto added = out.close();
  if (!added) return tl::unexpected(std::move(added).error());
  return id;
}

}  // namespace linli::notify
