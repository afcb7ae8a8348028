#include "notify/case_promise.h"

#include <boost/json.hpp>
#include <map>

#include "notify/circle.h"
#include "store/outbox.h"

namespace linli::notify::case_promise {
namespace {

// Who rejects a case has told nobody: only an end by answer, or one that is closed, lets nobody wait.
#define LINLI_CASE_GONE "c.state IN ('rejected', 'archived')"

// $1 asked until, $2 urgencies that bind, $3 limit. A case is due when its next step is over: 5, 10, 15 minutes.
constexpr std::string_view kDue =
    "SELECT c.id, c.grid_path, c.opened_at, c.urgency, c.promise_step, c.state, c.answered_at, c.seen_at FROM cases c "
    "WHERE c.promise_step < 3 AND c.urgency <= $2 AND c.opened_at <= CAST($1 AS BIGINT) - CASE c.promise_step WHEN 0 "
    "THEN 300000 WHEN 1 "
    "THEN 600000 ELSE 900000 END AND (c.answered_at IS NULL OR c.opened_at <= CAST($1 AS BIGINT) - 900000) ORDER BY "
    "c.opened_at, c.id "
    "LIMIT $3";
static_assert(kAmber == minutes(5) && kCallLeader == minutes(10) && kPromise == minutes(15));

int binding(const PromiseTime& time, Instant now) { return time.binds(4, now) ? 4 : 2; }

struct Due {
  CaseId id;
  std::string grid_path;
  int urgency = 3;
  std::optional<Instant> looked_at;
  Followed followed;
};

Result<std::vector<Due>> due(Tx& tx, const PromiseTime& time, Instant now, std::size_t limit) {
  std::vector<Due> out;
  LINLI_TRY(tx.each(kDue, {now, binding(time, now), limit}, [&](const Row& row) {
    Due one{row.get<CaseId>(0), row.get<std::string>(1), row.get<int>(3), row.get<std::optional<Instant>>(7), {}};
    const auto state = parse_case_state(row.bytes(5)).value_or(CaseState::new_);
    one.followed.asked = row.get<Instant>(2);
    one.followed.step = row.get<int>(4);
    one.followed.gone = state == CaseState::rejected || state == CaseState::archived;
    one.followed.kept = row.get<std::optional<Instant>>(6);
    out.push_back(std::move(one));
  }));
  return out;
}

Result<BreachCause> cause_of(Tx& tx, Circles& circles, const Due& one, Instant broken) {
  BreachFacts facts;
  facts.looked = one.looked_at && *one.looked_at <= broken;
  auto around = circles.at(one.grid_path);
  if (!around) return tl::unexpected(std::move(around).error());
  facts.on_duty = (*around)->working;
  auto asked = tx.value<int>(
      "SELECT COUNT(*) FROM leads WHERE live = 1 AND asked_at > $1 AND asked_at <= $2 AND (CAST($3 AS TEXT) = '' OR "
      "substr(grid_path || '/', 1, length(CAST($3 AS TEXT)) + 1) = CAST($3 AS TEXT) || '/')",
      {broken - kPromise, broken, (*around)->working_path});
  if (!asked) return tl::unexpected(std::move(asked).error());
  facts.asked_meanwhile = asked->value_or(0) + 1;
  return breach_cause(facts);
}

}  // namespace

Result<bool> any_due(Tx& tx, const PromiseTime& time, Instant now) {
  auto found = due(tx, time, now, 1);
  if (!found) return tl::unexpected(std::move(found).error());
  return !found->empty();
}

Result<promise_steps::Recorded> record(Tx& tx, const GridTree& tree, const PromiseTime& time, Instant now,
                                       std::size_t limit) {
  auto found = due(tx, time, now, limit);
  if (!found) return tl::unexpected(std::move(found).error());
  Circles circles(tx, tree, time.calendar(), time.zone(), now);
  promise_steps::Recorded out;
  for (const Due& one : *found) {
    const auto after = [&](Instant asked, minutes m) { return time.after(one.urgency, asked, m); };
    const Follow next = follow(one.followed, after, now);
    int step = next.over ? 3 : one.followed.step;
    for (const Crossed& crossed : next.crossed) {
      step = std::max(step, static_cast<int>(crossed.step));
      std::string cause;
      if (crossed.step == PromiseStep::breach) {
        auto why = cause_of(tx, circles, one, crossed.at);
        if (!why) return tl::unexpected(std::move(why).error());
        cause = name(*why);
      }
      auto written = tx.run(
          "INSERT INTO case_promise_steps (case_id, step, at, recorded_at, cause, told) VALUES ($1, $2, $3, $4, $5, 0) "
          "ON CONFLICT DO NOTHING",
          {one.id, name(crossed.step), crossed.at, now, cause.empty() ? Param(nullptr) : Param(cause)});
      if (!written) return tl::unexpected(std::move(written).error());
      if (*written == 0) continue;
      boost::json::object detail{{"at", format_time(crossed.at)}};
      if (!cause.empty()) detail["cause"] = cause;
      LINLI_TRY(Outbox::append(tx, Event{0, "promise." + std::string(name(crossed.step)), one.id.value, one.grid_path,
                                         "cases.read", now, boost::json::serialize(detail)}));
      ++out.steps;
    }
    if (step == one.followed.step) continue;  // outside of the hours that bind: not yet
    LINLI_TRY(tx.run("UPDATE cases SET promise_step = $2 WHERE id = $1 AND promise_step < $2", {one.id, step}));
    ++out.leads;
  }
  return out;
}

Result<bool> any_untold(Tx& tx) {
  auto any = tx.value<int>("SELECT 1 FROM case_promise_steps WHERE told = 0 LIMIT 1");
  if (!any) return tl::unexpected(std::move(any).error());
  return any->has_value();
}

Result<std::vector<Untold>> take_untold(Tx& tx, std::size_t limit) {
  std::map<CaseId, PromiseStep> latest;
  LINLI_TRY(tx.each(
      "UPDATE case_promise_steps SET told = 1 WHERE told = 0 AND case_id IN (SELECT case_id FROM case_promise_steps "
      "WHERE told = 0 ORDER BY case_id LIMIT $1) RETURNING case_id, step",
      {limit}, [&](const Row& row) {
        const auto step = parse_promise_step(row.bytes(1)).value_or(PromiseStep::breach);
        auto& kept = latest.try_emplace(row.get<CaseId>(0), step).first->second;
        kept = std::max(kept, step);
      }));
  std::vector<Untold> out;
  for (const auto& [id, step] : latest)
    LINLI_TRY(
        tx.each("SELECT c.grid_path, c.assignee FROM cases c WHERE c.id = $1 AND c.answered_at IS NULL AND NOT "
                "(" LINLI_CASE_GONE ")",
                {id}, [&, step = step, id = id](const Row& row) {
                  out.push_back({id, row.get<std::string>(0), row.get<UserId>(1), step});
                }));
  return out;
}

Result<std::vector<Breach>> breaches(Tx& tx, const Actor& actor, Instant from, Instant to, int limit) {
  std::vector<Breach> out;
  LINLI_TRY(tx.each(
      "SELECT c.id, c.number, c.grid_path, CASE WHEN c.confidential = 1 THEN '' ELSE c.category END, c.urgency, "
      "c.state, "
      "s.cause, c.opened_at, s.at, c.seen_at, c.answered_at FROM case_promise_steps s JOIN cases c ON c.id = s.case_id "
      "WHERE s.step = 'breach' AND s.at >= $1 AND s.at < $2 AND " LINLI_IN_SCOPE(
          "c.grid_path", cases_read, "$3", "$4", "$5") " ORDER BY s.at DESC, c.id DESC LIMIT $6",
      {from, to, actor.everywhere(Right::cases_read), actor.id, actor.today.number, limit}, [&](const Row& row) {
        Breach one;
        one.one = row.get<CaseId>(0);
        one.number = row.get<std::string>(1);
        one.grid_path = row.get<std::string>(2);
        one.category = row.get<std::string>(3);
        one.urgency = row.get<int>(4);
        one.state = parse_case_state(row.bytes(5)).value_or(CaseState::new_);
        for (const BreachCause cause : {BreachCause::not_delivered, BreachCause::not_answered,
                                        BreachCause::nobody_on_duty, BreachCause::queue_too_long})
          if (name(cause) == row.bytes(6)) one.cause = cause;
        one.asked_at = row.get<Instant>(7);
        one.at = row.get<Instant>(8);
        one.looked_at = row.get<std::optional<Instant>>(9);
        one.answered_at = row.get<std::optional<Instant>>(10);
        out.push_back(std::move(one));
      }));
  return out;
}

Result<std::vector<Ahead>> ahead(Tx& tx, const PromiseTime& time, const Actor& actor, int limit) {
  std::vector<Ahead> out;
  LINLI_TRY(
      tx.each("SELECT c.id, c.urgency, c.opened_at, c.grid_path FROM cases c WHERE c.promise_step IS NOT NULL AND "
              "c.is_open = 1 "
              "AND c.answered_at IS NULL AND " LINLI_IN_SCOPE("c.grid_path", cases_read, "$1", "$2",
                                                              "$3") " ORDER BY c.opened_at, c.id LIMIT $4",
              {actor.everywhere(Right::cases_read), actor.id, actor.today.number, limit}, [&](const Row& row) {
                const int urgency = row.get<int>(1);
                out.push_back({{row.get<CaseId>(0).value, urgency, time.after(urgency, row.get<Instant>(2), kPromise)},
                               row.get<std::string>(3)});
              }));
  return out;
}

}  // namespace linli::notify::case_promise
