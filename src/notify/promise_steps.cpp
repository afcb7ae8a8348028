#include "notify/promise_steps.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "notify/case_promise.h"
#include "notify/circle.h"
#include "store/outbox.h"

namespace linli::notify::promise_steps {
namespace {

using namespace std::chrono_literals;

#define LINLI_FOLLOWED                                                                                      \
  "SELECT l.id, l.grid_path, l.asked_at, l.urgency, l.promise_step, l.state, l.answered_at, l.claimed_at, " \
  "l.looked_at FROM leads l WHERE l.live = 1 AND l.promise_step < 3 AND "
#define LINLI_WAITS "l.state NOT IN ('dismissed', 'merged') AND l.answered_at IS NULL AND l.claimed_at IS NULL"

// $1 asked until, $2 urgencies that bind, $3 limit. The terms of the partial index stand in each.
constexpr std::string_view kAmberDue =
    LINLI_FOLLOWED "l.promise_step = 0 AND l.asked_at <= $1 AND l.urgency <= $2 AND " LINLI_WAITS
                   " ORDER BY l.asked_at, l.id LIMIT $3";
constexpr std::string_view kLeaderDue =
    LINLI_FOLLOWED "l.promise_step = 1 AND l.asked_at <= $1 AND l.urgency <= $2 AND " LINLI_WAITS
                   " ORDER BY l.asked_at, l.id LIMIT $3";
constexpr std::string_view kOverDue = LINLI_FOLLOWED
    "l.promise_step IN (0, 1, 2) AND l.asked_at <= $1 AND l.urgency <= $2 ORDER BY l.asked_at, l.id LIMIT $3";

struct Due {
  std::string_view sql;
  PromiseStep step;
};
constexpr Due kDue[] = {
    {kOverDue, PromiseStep::breach}, {kLeaderDue, PromiseStep::call_leader}, {kAmberDue, PromiseStep::amber}};

// $2: where each hour binds. Kept in time, or nobody waits any more: over without a word.
constexpr std::string_view kSettle =
    "UPDATE leads SET promise_step = 3 WHERE live = 1 AND promise_step < 3 AND promise_step IN (0, 1, 2) AND asked_at "
    "<= $1 AND urgency <= $2 AND (state IN ('dismissed', 'merged') OR answered_at <= asked_at + $3 OR claimed_at <= "
    "asked_at + $3)";

const Insert kInsertSteps{"promise_steps",
                          {{"lead_id", Param::Kind::integer},
                           {"step", Param::Kind::text},
                           {"at", Param::Kind::integer},
                           {"recorded_at", Param::Kind::integer},
                           {"cause", Param::Kind::text},
                           {"told", Param::Kind::integer}},
                          2};

constexpr std::string_view kFollowedUpTo =
    "UPDATE leads SET promise_step = $1 WHERE promise_step < $1 AND id IN (SELECT s.lead_id FROM promise_steps s WHERE "
    "s.recorded_at = $2 AND s.step = $3)";

// Of all leads that a look may find broken; $1 asked until.
constexpr std::string_view kWordsWait =
    "SELECT DISTINCT r.lead_id FROM leads l JOIN replies r ON r.lead_id = l.id JOIN outgoing o ON o.purpose = 'reply' "
    "AND "
    "o.subject_id = r.id WHERE l.live = 1 AND l.promise_step < 3 AND l.promise_step IN (0, 1, 2) AND l.asked_at <= $1 "
    "AND "
    "l.state <> 'open' AND r.withdrawn_at IS NULL AND o.state IN ('held', 'queued', 'sending', 'failed', 'unknown', "
    "'to_relay')";

constexpr std::string_view kAskedMeanwhile =
    "SELECT grid_path, COUNT(*) FROM leads WHERE live = 1 AND state IN ('open', 'confirmed', 'dismissed', 'merged', "
    "'answered', 'in_case') AND asked_at > $1 AND asked_at <= $2 GROUP BY grid_path";

struct Lead {
  LeadId id;
  std::string grid_path;
  int urgency = 3;
  std::string state;
  std::optional<Instant> looked_at;
  Followed followed;
};

Lead lead_of(const Row& row) {
  Lead lead{row.get<LeadId>(0),
            row.get<std::string>(1),
            row.get<int>(3),
            row.get<std::string>(5),
            row.get<std::optional<Instant>>(8),
            {}};
  lead.followed.asked = row.get<Instant>(2);
  lead.followed.step = row.get<int>(4);
  lead.followed.gone = lead.state == "dismissed" || lead.state == "merged";
  lead.followed.kept = row.get<std::optional<Instant>>(6);
  const auto claimed = row.get<std::optional<Instant>>(7);
  if (claimed && (!lead.followed.kept || *claimed < *lead.followed.kept)) lead.followed.kept = claimed;
  return lead;
}

// Urgencies up to this one bind now.
int binding(const PromiseTime& time, Instant now) { return time.binds(4, now) ? 4 : 2; }

// Why promises broke, with what many of them share read once.
class Causes {
 public:
  Causes(Tx& tx, const GridTree& tree, const PromiseTime& time, Instant now, Circles::Known* known)
      : tx_(tx), now_(now), circles_(tx, tree, time.calendar(), time.zone(), now), shared_(known) {
    if (shared_) circles_.know(std::move(*shared_));
  }
  ~Causes() {
    if (shared_) *shared_ = circles_.take();
  }

  Result<BreachCause> of(const Lead& lead, Instant broken) {
    BreachFacts facts;
    facts.looked = lead.looked_at && *lead.looked_at <= broken;
    if (lead.state != "open") {
      if (!words_wait_) {
        words_wait_.emplace();
        LINLI_TRY(
            tx_.each(kWordsWait, {now_ - kPromise}, [&](const Row& row) { words_wait_->insert(row.get<LeadId>(0)); }));
      }
      facts.words_wait = words_wait_->contains(lead.id);
    }
    auto around = circles_.at(lead.grid_path);
    if (!around) return tl::unexpected(std::move(around).error());
    facts.on_duty = (*around)->working;
    auto asked = asked_meanwhile((*around)->working_path, broken);
    if (!asked) return tl::unexpected(std::move(asked).error());
    facts.asked_meanwhile = *asked;
    return breach_cause(facts);
  }

 private:
  using Minute = std::chrono::sys_time<minutes>;

  // By the minute: what came in is much the same for all that broke in it.
  Result<int> asked_meanwhile(const std::string& path, Instant broken) {
    const Minute minute = std::chrono::floor<minutes>(broken);
    auto [all, fresh] = asked_.try_emplace(minute);
    if (fresh)
      LINLI_TRY(tx_.each(kAskedMeanwhile, {Instant(minute) - kPromise, Instant(minute)}, [&](const Row& row) {
        all->second.emplace_back(row.get<std::string>(0) + '/', row.get<int>(1));
      }));
    auto [known, unknown] = within_.try_emplace({path, minute}, 0);
    if (unknown)
      for (const auto& [grid, count] : all->second)
        if (path.empty() || grid.starts_with(path + '/')) known->second += count;
    return known->second;
  }

  Tx& tx_;
  const Instant now_;
  Circles circles_;
  Circles::Known* const shared_;
  std::optional<std::set<LeadId>> words_wait_;
  std::map<Minute, std::vector<std::pair<std::string, int>>> asked_;
  std::map<std::pair<std::string, Minute>, int> within_;
};

}  // namespace

Result<bool> any_due(Tx& tx, const PromiseTime& time, Instant now) {
  for (const Due& due : kDue) {
    bool any = false;
    LINLI_TRY(tx.each(due.sql, {now - waited(due.step), binding(time, now), 1}, [&](const Row&) { any = true; }));
    if (any) return true;
  }
  return false;
}

Result<Recorded> record(Tx& tx, const GridTree& tree, const PromiseTime& time, Instant now, std::size_t limit,
                        Circles::Known* known) {
  LINLI_TRY(tx.run(kSettle, {now - kPromise, time.always() ? 4 : 2, milliseconds(kPromise).count()}));

  // A lead may be due for several steps after a pause: it comes once, by the last of them.
  std::vector<Lead> leads;
  std::set<LeadId> met;
  for (const Due& due : kDue) {
    if (leads.size() >= limit) break;
    LINLI_TRY(tx.each(due.sql, {now - waited(due.step), binding(time, now), limit - leads.size()}, [&](const Row& row) {
      Lead lead = lead_of(row);
      if (met.insert(lead.id).second) leads.push_back(std::move(lead));
    }));
  }

  struct Step {
    const Lead* lead;
    Crossed crossed;
    std::string_view cause;
  };
  std::vector<Step> steps;
  std::size_t moved = 0;
  Causes causes(tx, tree, time, now, known);
  for (const Lead& lead : leads) {
    const auto after = [&](Instant asked, minutes m) { return time.after(lead.urgency, asked, m); };
    const Follow found = follow(lead.followed, after, now);
    for (const Crossed& crossed : found.crossed) {
      Step step{&lead, crossed, {}};
      if (crossed.step == PromiseStep::breach) {
        auto cause = causes.of(lead, crossed.at);
        if (!cause) return tl::unexpected(std::move(cause).error());
        step.cause = name(*cause);
      }
      steps.push_back(step);
    }
    if (found.over && found.crossed.empty())
      LINLI_TRY(tx.run("UPDATE leads SET promise_step = 3 WHERE id = $1", {lead.id}));
    if (found.over || !found.crossed.empty()) ++moved;
  }
  std::vector<Param> values;
  values.reserve(steps.size() * kInsertSteps.width());
  for (const Step& step : steps)
    values.insert(values.end(), {step.lead->id, name(step.crossed.step), step.crossed.at, now,
                                 step.cause.empty() ? Param(nullptr) : Param(step.cause), false});
  auto written = tx.insert(kInsertSteps, values);
  if (!written) return tl::unexpected(std::move(written).error());

  std::vector<Event> events;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!(*written)[i]) continue;
    const Step& step = steps[i];
    boost::json::object detail{{"at", format_time(step.crossed.at)}};
    if (!step.cause.empty()) detail["cause"] = step.cause;
    events.push_back({0, "promise." + std::string(name(step.crossed.step)), step.lead->id.value, step.lead->grid_path,
                      "leads.read", now, boost::json::serialize(detail)});
  }
  LINLI_TRY(Outbox::append(tx, events));
  for (const PromiseStep step : {PromiseStep::breach, PromiseStep::call_leader, PromiseStep::amber})
    LINLI_TRY(tx.run(kFollowedUpTo, {static_cast<int>(step), now, name(step)}));
  // Leads that are looked at and not due yet (outside of the hours that bind) must not make the caller come again.
  return Recorded{moved, events.size()};
}

Result<bool> any_untold(Tx& tx) {
  auto any = tx.value<int>("SELECT 1 FROM promise_steps WHERE told = 0 LIMIT 1");
  if (!any) return tl::unexpected(std::move(any).error());
  return any->has_value();
}

Result<std::pair<std::vector<Untold>, std::size_t>> take_untold(Tx& tx, std::size_t limit) {
  std::map<LeadId, Untold> latest;
  std::size_t taken = 0;
  LINLI_TRY(tx.each(
      "UPDATE promise_steps SET told = 1 WHERE told = 0 AND lead_id IN (SELECT lead_id FROM promise_steps WHERE "
      "told = 0 ORDER BY lead_id LIMIT $1) RETURNING lead_id, step",
      {limit}, [&](const Row& row) {
        ++taken;
        const auto step = parse_promise_step(row.bytes(1)).value_or(PromiseStep::breach);
        const auto lead = row.get<LeadId>(0);
        auto& kept = latest.try_emplace(lead, Untold{lead, {}, step}).first->second;
        kept.step = std::max(kept.step, step);
      }));
  std::pair<std::vector<Untold>, std::size_t> out{{}, taken};
  for (auto& [id, untold] : latest) {
    bool waits = false;
    LINLI_TRY(tx.first("SELECT l.grid_path, l.promise_step FROM leads l WHERE l.id = $1 AND " LINLI_WAITS, {id},
                       [&, step = static_cast<int>(untold.step), to = &untold](const Row& row) {
                         to->grid_path = row.get<std::string>(0);
                         waits = row.get<int>(1) <= step;
                       }));
    if (waits) out.first.push_back(std::move(untold));
  }
  return out;
}

namespace {

#define LINLI_BROKEN                                                    \
  "s.step = 'breach' AND s.at >= $1 AND s.at < $2 AND " LINLI_IN_SCOPE( \
      "l.grid_path", leads_read, "$3", "$4",                            \
      "$5") " AND ($6 = '' OR substr(l.grid_path || '/', 1, length($6) + 1) = $6 || '/')"

// $1 from, $2 to, $3-$5 scope, $6 grid, $7 limit.
constexpr std::string_view kBreaches =
    "SELECT l.id, l.grid_path, l.category, l.urgency, l.group_id, l.state, s.cause, l.asked_at, s.at, l.looked_at, "
    "l.answered_at, l.claimed_at FROM promise_steps s JOIN leads l ON l.id = s.lead_id WHERE " LINLI_BROKEN
    " ORDER BY s.at DESC, l.id DESC LIMIT $7";
constexpr std::string_view kBreachCounts =
    "SELECT s.cause, l.grid_path, COUNT(*) FROM promise_steps s JOIN leads l ON l.id = s.lead_id WHERE " LINLI_BROKEN
    " GROUP BY s.cause, l.grid_path";
// $1-$3 scope, $4 now, $5 limit.
constexpr std::string_view kAhead =
    "SELECT l.id, l.urgency, l.asked_at, l.grid_path FROM leads l WHERE l.live = 1 AND l.promise_step < 3 "
    "AND " LINLI_WAITS
    " AND " LINLI_IN_SCOPE("l.grid_path", leads_read, "$1", "$2", "$3") " ORDER BY l.asked_at, l.id LIMIT $4";
constexpr std::string_view kWaiting =
    "SELECT COUNT(*) FROM leads l WHERE l.live = 1 AND l.state IN ('open', 'confirmed', 'answered', 'in_case') AND "
    "l.answered_at IS NULL AND l.claimed_at IS NULL AND " LINLI_IN_SCOPE("l.grid_path", leads_read, "$1", "$2", "$3");

BreachCause cause_of(std::string_view text) {
  for (const BreachCause cause : {BreachCause::not_delivered, BreachCause::not_answered, BreachCause::nobody_on_duty,
                                  BreachCause::queue_too_long})
    if (name(cause) == text) return cause;
  return BreachCause::nobody_looked;
}

}  // namespace

Result<Breaches> breaches(Tx& tx, const Actor& actor, Instant from, Instant to, std::string_view grid_path, int limit) {
  Breaches out;
  const bool everywhere = actor.everywhere(Right::leads_read);
  LINLI_TRY(
      tx.each(kBreaches, {from, to, everywhere, actor.id, actor.today.number, grid_path, limit}, [&](const Row& row) {
        Breach one{row.get<LeadId>(0), row.get<std::string>(1), row.get<std::string>(2), row.get<int>(3),
                   row.get<GroupId>(4)};
        one.state = parse_lead_state(row.bytes(5)).value_or(LeadState::open);
        one.cause = cause_of(row.bytes(6));
        one.asked_at = row.get<Instant>(7);
        one.at = row.get<Instant>(8);
        one.looked_at = row.get<std::optional<Instant>>(9);
        one.answered_at = row.get<std::optional<Instant>>(10);
        if (!one.answered_at) one.answered_at = row.get<std::optional<Instant>>(11);
        out.breaches.push_back(std::move(one));
      }));
  LINLI_TRY(
      tx.each(kBreachCounts, {from, to, everywhere, actor.id, actor.today.number, grid_path}, [&](const Row& row) {
        const auto count = row.get<std::int64_t>(2);
        out.by_cause[cause_of(row.bytes(0))] += count;
        out.by_grid[row.get<std::string>(1)] += count;
        out.total += count;
      }));
  return out;
}

Result<Ahead> ahead(Tx& tx, const GridTree& tree, const PromiseTime& time, const Actor& actor, Instant now) {
  Ahead out;
  out.now = now;
  const bool everywhere = actor.everywhere(Right::leads_read);
  std::vector<Waiting> leads;
  std::set<std::string> paths;
  LINLI_TRY(tx.each(kAhead, {everywhere, actor.id, actor.today.number, 5'000}, [&](const Row& row) {
    const int urgency = row.get<int>(1);
    const Instant due = time.after(urgency, row.get<Instant>(2), kPromise);
    if (due <= now) return;
    leads.push_back({row.get<LeadId>(0).value, urgency, due});
    paths.insert(row.get<std::string>(3));
  }));
  auto waiting = tx.value<std::int64_t>(kWaiting, {everywhere, actor.id, actor.today.number});
  if (!waiting) return tl::unexpected(std::move(waiting).error());
  out.waiting = waiting->value_or(0);
  auto by_hand = case_promise::ahead(tx, time, actor, 5'000);
  if (!by_hand) return tl::unexpected(std::move(by_hand).error());
  for (const auto& one : *by_hand) {
    ++out.waiting;
    if (one.waiting.due <= now) continue;
    leads.push_back(one.waiting);
    out.cases.insert(one.waiting.lead);
    paths.insert(one.grid_path);
  }
  // Nothing waits: still worth knowing who would be there, over the actor's own grids.
  if (paths.empty())
    for (const Holding& h : actor.holdings) paths.insert(h.path);
  Circles circles(tx, tree, time.calendar(), time.zone(), now);
  std::set<UserId> people;
  for (const std::string& path : paths) {
    auto around = circles.at(path);
    if (!around) return tl::unexpected(std::move(around).error());
    const Circle& c = (*around)->circle;
    const auto& working = !c.agents.empty() ? c.agents : !c.officers.empty() ? c.officers : c.leaders;
    people.insert(working.begin(), working.end());
  }
  out.on_duty.assign(people.begin(), people.end());
  out.leads = forecast(std::move(leads), static_cast<int>(people.size()), now);
  out.broken_last = broken_last(out.leads, out.waiting - static_cast<std::int64_t>(out.leads.size()),
                                static_cast<int>(people.size()));
  return out;
}

}  // namespace linli::notify::promise_steps
