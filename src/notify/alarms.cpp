#include "notify/alarms.h"

#include <set>

#include "notify/circle.h"

namespace linli::notify {
namespace alarms {
namespace {

constexpr int kAtOnce = 200;
// A clock that was ahead leaves times that lie too far in the future: they are due.
constexpr std::chrono::minutes kFarthest{10};
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
  auto called = call_again(tx, context, due.lead, due.round);
  if (!called) return called;
  return to_send || *called;
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
}  // namespace linli::notify
