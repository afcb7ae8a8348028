#include "cases/cases.h"

#include <charconv>
#include <utility>

#include "cases/policy.h"
#include "cases/target.h"
#include "cases/tasks.h"

namespace linli::cases {
namespace {

constexpr int kLongestSleep = 366;  // days

Result<void> tell(Tx& tx, const Case& one, const char* kind, Instant now) {
  return Outbox::append(tx, Event{0, kind, one.id.value, one.grid_path, "cases.read", now, {}});
}

case_target::Asked asked(Tx& tx, const Office& office) {
  return {tx, office.sealer, office.tree, office.zone, office.now};
}

// Its clocks as they are now: the one until it is accepted runs while it waits, the one until it is done always does, but for
// pauses.
Result<void> wind(Tx& tx, const Office& office, Case& one) {
  auto calendar = calendars::load(tx);
  if (!calendar) return tl::unexpected(std::move(calendar).error());
  one.accept_by.reset();
  if (one.accept_from) one.accept_by = due_at({*one.accept_from, one.accept_within}, {}, *calendar, office.zone);
  auto pauses = case_store::pauses(tx, one.id);
  if (!pauses) return tl::unexpected(std::move(pauses).error());
  one.due_at = due_at({one.due_from, one.due_within}, *pauses, *calendar, office.zone);
  return {};
}

CaseFields given(const Said& said) {
  CaseFields out = 0;
  const auto add = [&](bool there, CaseField one) { out |= there ? field(one) : CaseFields{}; };
  add(!said.note.empty(), CaseField::note);
  add(bool(said.to), CaseField::to);
  add(!said.reason.empty(), CaseField::reason);
  add(said.wake_on.has_value(), CaseField::wake_on);
  add(!said.responsible.empty(), CaseField::responsible);
  add(said.due_at.has_value(), CaseField::due_at);
  add(said.stars.has_value(), CaseField::stars);
  add(bool(said.parent), CaseField::parent);
  return out;
}

Result<void> check_fields(const WorkflowRule& rule, const Said& said, const Office& office) {
  const CaseFields there = given(said);
  for (std::size_t i = 0; i < kCaseFields; ++i) {
    const auto one = static_cast<CaseField>(i);
    const auto where = Where::at_field(std::string(name(one)));
    if ((rule.needs & field(one)) && !(there & field(one))) return fail(Errc::missing_field, where);
    if ((there & field(one)) && !((rule.needs | rule.may) & field(one)))
      return fail(Errc::bad_value, where, {{"value", std::string(name(rule.action))}});
  }
  const Day today = office.zone.day(office.now);
  if (said.wake_on && (*said.wake_on <= today || *said.wake_on - today > kLongestSleep))
    return fail(Errc::bad_value, Where::at_field("wake_on"),
                {{"value", format_day(*said.wake_on)},
                 {"allowed", format_day(today + 1) + " … " + format_day(today + kLongestSleep)}});
  if (said.due_at && *said.due_at <= office.now)
    return fail(Errc::bad_value, Where::at_field("due_at"),
                {{"value", format_time(*said.due_at)}, {"allowed", "> " + format_time(office.now)}});
  return {};
}

// What `child` hangs on from now on: open, no child itself, and seen by the actor.
Result<Case> parent_for(Tx& tx, const Office& office, const Actor& actor, CaseId parent, CaseId child) {
  auto found = find(tx, office.sealer, actor, parent);
  if (!found) return fail(Errc::unknown_case, Where::at_field("parent"));
  const Case& one = found->one;
  if (parent == child || one.parent || !is_open(one.state) || one.confidential)
    return fail(Errc::bad_value, Where::at_field("parent"), {{"value", one.number}});
  return std::move(found->one);
}

Result<void> end_children(Tx& tx, const Office& office, const Case& parent, const WorkflowRule& rule, const Said& said);

// The step is allowed and everything was said: what becomes of the case.
Result<Case> apply(Tx& tx, const Office& office, UserId by, std::string kind, Case one, const Step& step,
                   const Said& said) {
  const WorkflowRule& rule = *step.rule;
  const int seen = one.revision;
  const UserId held = one.assignee;
  CaseEntry entry;
  entry.at = office.now;
  entry.by = by;
  entry.kind = std::move(kind);
  entry.state = step.to;
  entry.open_to_residents = rule.open_to_residents;
  entry.note = said.note;
  entry.reason = said.reason;
  entry.responsible = said.responsible;
  entry.wake_on = said.wake_on;
  entry.due_at = said.due_at;
  entry.stars = said.stars;

  if (rule.has(Effect::bounces)) ++one.bounces;
  if (step.raised) {
    auto up = case_target::above(asked(tx, office), one.grid_path, one.raised_to, by, one.assignee);
    if (!up) return tl::unexpected(std::move(up).error());
    one.assignee = up->user;
    one.raised_to = up->path;
    if (!rule.has(Effect::raises)) {
      entry.kind = "bounced";
      entry.times = one.bounces;
    }
  } else if (rule.has(Effect::gives)) {
    if (said.to) {
      LINLI_TRY(case_target::check(asked(tx, office), said.to, one.grid_path));
      if (said.to == one.assignee && one.state != CaseState::reopened && one.state != CaseState::escalated)
        return fail(Errc::bad_value, Where::at_field("to"));
      one.assignee = said.to;
    } else {
      auto found = case_target::whom(asked(tx, office), one.grid_path, one.category);
      if (!found) return tl::unexpected(std::move(found).error());
      one.assignee = *found;
    }
  } else if (rule.has(Effect::takes)) {
    one.assignee = by;
  } else if (rule.has(Effect::leaves)) {
    one.assignee = {};
  }
  if (step.raised || rule.has(Effect::gives)) entry.to = one.assignee;

  if (rule.has(Effect::pauses)) {
    LINLI_TRY(case_store::begin_pause(tx, one.id, office.now));
    one.wake_on = said.wake_on;
  }
  if (rule.has(Effect::resumes) && one.state == CaseState::suspended) {
    LINLI_TRY(case_store::end_pause(tx, one.id, office.now));
    one.wake_on.reset();
  }
  if (rule.has(Effect::renews)) {
    one.done_at.reset();
    one.closed_at.reset();
    one.stars.reset();
    one.due_from = office.now;
    one.bounces = 0;
    one.raised_to.clear();
  }
  if (rule.has(Effect::ends)) one.closed_at = office.now;
  if (rule.has(Effect::answers) && !one.answered_at) one.answered_at = office.now;
  if (rule.has(Effect::ties)) one.parent = said.parent;
  if (rule.has(Effect::unties)) one.parent = {};
  if (step.to == CaseState::reported_done && one.state != step.to) one.done_at = office.now;
  if (said.stars) one.stars = said.stars;
  if (rule.action == CaseAction::urge) one.urged = CaseMark{office.now, by, said.due_at};
  if (rule.action == CaseAction::supervise) one.supervised = CaseMark{office.now, by, said.due_at};

  if (rule.to) {
    one.state = step.to;
    one.content.reason = said.reason;
    one.content.responsible = said.responsible;
    if (one.assignee != held) one.seen_at.reset();
    if (is_waiting(one.state)) {
      one.accept_from = office.now;
      one.accepted_at.reset();
    } else {
      one.accept_from.reset();
      if (rule.has(Effect::takes)) one.accepted_at = office.now;
      if (rule.has(Effect::leaves)) one.accepted_at.reset();
    }
    ++one.version;
  }
  LINLI_TRY(wind(tx, office, one));
  entry.seq = ++one.revision;
  LINLI_TRY(case_store::update(tx, office.sealer, one, seen));
  LINLI_TRY(case_store::add_entry(tx, office.sealer, one.id, entry));
  LINLI_TRY(tell(tx, one, "case.changed", office.now));
  if (rule.has(Effect::ends)) {
    LINLI_TRY(tasks::cancel_open(tx, office.sealer, one.id, office.now));
    if (one.children > 0) LINLI_TRY(end_children(tx, office, one, rule, said));
  }
  return one;
}

Result<void> end_children(Tx& tx, const Office& office, const Case& parent, const WorkflowRule& rule,
                          const Said& said) {
  std::vector<CaseId> open;
  LINLI_TRY(tx.each("SELECT id FROM cases WHERE parent_id = $1 AND is_open = 1 ORDER BY id", {parent.id},
                    [&](const Row& row) { open.push_back(row.get<CaseId>(0)); }));
  for (const CaseId id : open) {
    auto child = case_store::find(tx, office.sealer, id);
    if (!child) return tl::unexpected(std::move(child).error());
    auto next = step((*child)->state, rule.action, hat(Hat::machine), (*child)->bounces, Tie::child);
    if (!next) return tl::unexpected(std::move(next).error());
    auto done = apply(tx, office, {}, rule.action == CaseAction::close ? "closed_with_parent" : "rejected_with_parent",
                      std::move(**child), *next,
                      {.action = rule.action, .reason = said.reason, .responsible = said.responsible});
    if (!done) return tl::unexpected(std::move(done).error());
  }
  return {};
}

}  // namespace

Result<Case> enter(Tx& tx, const Office& office, Case one, CaseEntry entry) {
  const int seen = one.revision;
  LINLI_TRY(wind(tx, office, one));
  entry.at = office.now;
  entry.state = one.state;
  entry.seq = ++one.revision;
  LINLI_TRY(case_store::update(tx, office.sealer, one, seen));
  LINLI_TRY(case_store::add_entry(tx, office.sealer, one.id, entry));
  LINLI_TRY(tell(tx, one, "case.changed", office.now));
  return one;
}

Result<Case> open(Tx& tx, const Office& office, const Actor& actor, New what) {
  if (!actor.may(Right::cases_work, what.grid_path))
    return fail(Errc::not_allowed, Where::at_field(what.lead ? "lead" : "grid_id"));
  auto policy = case_policy::load(tx);
  if (!policy) return tl::unexpected(std::move(policy).error());
  Case one;
  one.id = office.ids.draw<CaseId>();
  one.lead = what.lead;
  one.lead_state_before = what.lead_state_before;
  one.grid_path = std::move(what.grid_path);
  one.category = std::move(what.category);
  one.urgency = what.urgency;
  one.opened_by = actor.id;
  one.opened_at = one.due_from = office.now;
  one.confidential = what.confidential;
  one.came_by = what.came_by;
  one.answer_by = what.answer_by;
  one.content = std::move(what.content);
  if (!one.lead && one.answer_by != AnswerBy::none) {
    one.promise_step = 0;
    if (what.answered) one.answered_at = office.now;
  }
  if (what.parent) {
    auto parent = parent_for(tx, office, actor, what.parent, one.id);
    if (!parent) return tl::unexpected(std::move(parent).error());
    one.parent = parent->id;
  }
  const CaseTimes times = case_times(policy->first.times, one.category, one.urgency);
  one.accept_within = times.accept;
  one.due_within = times.done;
  if (what.dispatch) {
    one.state = CaseState::dispatched;
    one.accept_from = office.now;
    if (what.to) {
      LINLI_TRY(case_target::check(asked(tx, office), what.to, one.grid_path));
      one.assignee = what.to;
    } else {
      auto found = case_target::whom(asked(tx, office), one.grid_path, one.category);
      if (!found) return tl::unexpected(std::move(found).error());
      one.assignee = *found;
    }
  }
  LINLI_TRY(wind(tx, office, one));
  auto number = case_store::next_number(tx, case_policy::prefix(policy->first, office.tree, one.grid_path),
                                        office.zone.day(office.now));
  if (!number) return tl::unexpected(std::move(number).error());
  one.number = *std::move(number);
  LINLI_TRY(case_store::insert(tx, office.sealer, one));
  CaseEntry entry;
  entry.seq = one.revision;
  entry.at = office.now;
  entry.by = actor.id;
  entry.kind = one.lead ? "dispatched_from_lead" : "filed";
  entry.state = one.state;
  entry.open_to_residents = true;
  entry.to = one.assignee;
  entry.note = std::move(what.note);
  LINLI_TRY(case_store::add_entry(tx, office.sealer, one.id, entry));
  LINLI_TRY(tell(tx, one, "case.opened", office.now));
  return one;
}

Result<void> note_reply(Tx& tx, CaseId id, std::int64_t reply) {
  LINLI_TRY(tx.run("UPDATE cases SET dispatch_reply = $2 WHERE id = $1", {id, reply}));
  return {};
}

bool may_withdraw(const Case& one, UserId actor, Instant now) {
  return one.lead && one.opened_by == actor && one.state == CaseState::dispatched && one.version == 1 &&
         now <= one.opened_at + kUndo && (!one.seen_at || one.assignee == actor);
}

Result<void> withdraw(Tx& tx, const Office& office, const Actor& actor, const Case& one) {
  auto busy = tasks::any(tx, one.id);  // a unit knows of it
  if (!busy) return tl::unexpected(std::move(busy).error());
  if (*busy || one.children > 0 || !may_withdraw(one, actor.id, office.now))
    return fail(Errc::not_in_state, Where::at_field("case"),
                {{"state", std::string(name(one.state))}, {"action", "take_back"}});
  LINLI_TRY(case_store::remove(tx, one.id));
  return tell(tx, one, "case.withdrawn", office.now);
}

Result<Case> act(Tx& tx, const Office& office, const Actor& actor, CaseId id, const Said& said) {
  auto found = find(tx, office.sealer, actor, id);
  if (!found) return tl::unexpected(std::move(found).error());
  Case& one = found->one;
  if (one.version != said.seen_version) return fail(Errc::stale, Where::at_field("If-Match"));
  auto next = step(one.state, said.action, hats_of(one, actor), one.bounces, tie_of(one));
  if (!next) return tl::unexpected(std::move(next).error());
  LINLI_TRY(check_fields(*next->rule, said, office));
  if (said.action == CaseAction::answer && one.lead) return fail(Errc::bad_value, Where::at_field("action"));
  if (next->rule->has(Effect::ties)) {
    auto parent = parent_for(tx, office, actor, said.parent, one.id);
    if (!parent) return tl::unexpected(std::move(parent).error());
    LINLI_TRY(tell(tx, *parent, "case.changed", office.now));
  }
  return apply(tx, office, actor.id, std::string(name(said.action)), std::move(one), *next, said);
}

std::optional<Instant> reopen_until(const Case& one) {
  if (one.state != CaseState::closed || !one.closed_at) return {};
  return *one.closed_at + std::chrono::days(kReopenDays);
}

std::vector<CaseAction> may_be_heard(const Case& one, Instant now) {
  std::vector<CaseAction> out;
  for (const Step& step : steps(one.state, hat(Hat::resident), one.bounces, tie_of(one))) {
    const auto until = reopen_until(one);
    if (step.rule->action != CaseAction::reopen || !until || now <= *until) out.push_back(step.rule->action);
  }
  return out;
}

Result<Case> hear(Tx& tx, const Office& office, Case one, const Said& said) {
  auto next = step(one.state, said.action, hat(Hat::resident), one.bounces, tie_of(one));
  if (!next) return tl::unexpected(std::move(next).error());
  LINLI_TRY(check_fields(*next->rule, said, office));
  if (const auto until = reopen_until(one); said.action == CaseAction::reopen && until && office.now > *until)
    return fail(Errc::reopen_over, {}, {{"days", std::to_string(kReopenDays)}});
  if (said.action != CaseAction::note)
    LINLI_TRY(
        tx.run("INSERT INTO case_ratings (case_id, at, fixed, stars) VALUES ($1, $2, $3, $4) ON CONFLICT (case_id, at) "
               "DO UPDATE SET fixed = excluded.fixed, stars = excluded.stars",
               {one.id, office.now, said.action != CaseAction::reopen, said.stars}));
  return apply(tx, office, {}, "resident_" + std::string(name(said.action)), std::move(one), *next, said);
}

Result<int> wake(Tx& tx, const Office& office, int limit) {
  std::vector<CaseId> due;
  LINLI_TRY(tx.each("SELECT id FROM cases WHERE state = 'suspended' AND wake_day <= $1 ORDER BY wake_day, id LIMIT $2",
                    {office.zone.day(office.now).number, limit},
                    [&](const Row& row) { due.push_back(row.get<CaseId>(0)); }));
  for (const CaseId id : due) {
    auto one = case_store::find(tx, office.sealer, id);
    if (!one) return tl::unexpected(std::move(one).error());
    auto next = step((*one)->state, CaseAction::resume, hat(Hat::machine), (*one)->bounces);
    if (!next) return tl::unexpected(std::move(next).error());
    auto done = apply(tx, office, {}, "woken", std::move(**one), *next, {.action = CaseAction::resume});
    if (!done) return tl::unexpected(std::move(done).error());
  }
  return static_cast<int>(due.size());
}

Result<erasure::Step> empty_old(Tx& tx, Instant before, Instant now, std::int64_t limit) {
  std::vector<CaseId> old;
  std::vector<Event> events;
  LINLI_TRY(
      tx.each("SELECT id, grid_path FROM cases WHERE lead_id IS NULL AND is_open = 0 AND closed_at < $1 AND "
              "length(content) > 0 "
              "LIMIT $2",
              {before, limit}, [&](const Row& row) {
                old.push_back(row.get<CaseId>(0));
                events.push_back({0, "case.emptied", old.back().value, row.get<std::string>(1), {}, now, {}});
              }));
  for (const CaseId id : old) {
    LINLI_TRY(tx.run("UPDATE case_timeline SET detail = $2 WHERE case_id = $1", {id, Blob{}}));
    LINLI_TRY(tasks::empty(tx, id));
    LINLI_TRY(tx.run("UPDATE cases SET content = $2, revision = revision + 1 WHERE id = $1", {id, Blob{}}));
    LINLI_TRY(tx.run("DELETE FROM files WHERE case_id = $1", {id}));
    LINLI_TRY(tx.run("DELETE FROM public_links WHERE case_id = $1", {id}));
  }
  LINLI_TRY(Outbox::append(tx, events));
  return erasure::Step{.done = static_cast<std::int64_t>(old.size()) < limit};
}

// ---- reading ----

namespace {

#define LINLI_CASE_SELECT                                                                \
  "SELECT " LINLI_CASE_COLUMNS                                                           \
  ", l.live, l.asked_at, l.answered_at, l.claimed_at FROM cases c LEFT JOIN leads l ON " \
  "l.id = c.lead_id "
#define LINLI_CASE_SCOPE LINLI_IN_SCOPE("c.grid_path", cases_read, "$1", "$2", "$3")
// What a page's filter looks like to SQL: each part is either NULL or must match. A category is no way to find out what a
// confidential case is about.
//   $1-$3 scope  $4 states, a blank round each  $5 late: now  $6 grid path  $7 category  $8 urgency  $9 everywhere(cases_hidden)
//   $13, $14 late within  $15 children of; else what hangs on one that the actor sees stays out
#define LINLI_CASE_FILTER \
  LINLI_CASE_SCOPE        \
  " AND (CAST($4 AS TEXT) IS NULL OR CAST($4 AS TEXT) LIKE '% ' || c.state || ' %')"                               \
  " AND (CAST($5 AS BIGINT) IS NULL OR c.late_at < CAST($5 AS BIGINT))"                                            \
  " AND (CAST($6 AS TEXT) IS NULL OR substr(c.grid_path || '/', 1, length(CAST($6 AS TEXT)) + 1) = CAST($6 AS "    \
  "TEXT) || '/')"                                                                                                  \
  " AND (CAST($7 AS TEXT) IS NULL OR (c.category = CAST($7 AS TEXT) AND (c.confidential = 0 OR c.opened_by = $2 OR " \
  "c.assignee = $2 OR " LINLI_IN_SCOPE("c.grid_path", cases_hidden, "$9", "$2", "$3") ")))"                        \
  " AND (CAST($8 AS BIGINT) IS NULL OR c.urgency = CAST($8 AS BIGINT))"                                            \
  " AND (CAST($13 AS BIGINT) IS NULL OR (c.late_at >= CAST($13 AS BIGINT) AND c.late_at < CAST($14 AS BIGINT)))"   \
  " AND CASE WHEN CAST($15 AS BIGINT) IS NOT NULL THEN c.parent_id = CAST($15 AS BIGINT) ELSE c.parent_id IS NULL " \
  "OR c.is_open = 0 OR NOT EXISTS (SELECT 1 FROM cases p WHERE p.id = c.parent_id AND "                            \
  LINLI_IN_SCOPE("p.grid_path", cases_read, "$1", "$2", "$3") ") END"
// $10 null on the first page; $10, $11 the cursor's key; $12 the limit
#define LINLI_CASES_OPEN_PAGE                                                \
  " AND (CAST($10 AS BIGINT) IS NULL OR c.order_key > CAST($10 AS BIGINT)"   \
  "  OR (c.order_key = CAST($10 AS BIGINT) AND c.id > CAST($11 AS BIGINT)))" \
  " ORDER BY c.order_key, c.id LIMIT $12"
#define LINLI_CASES_ALL_PAGE \
  " AND (CAST($10 AS BIGINT) IS NULL OR c.id < CAST($11 AS BIGINT)) ORDER BY c.id DESC LIMIT $12"

constexpr std::string_view kFind = LINLI_CASE_SELECT "WHERE c.id = $4 AND " LINLI_CASE_SCOPE;
constexpr std::string_view kOpenPage =
    LINLI_CASE_SELECT "WHERE c.is_open = 1 AND " LINLI_CASE_FILTER LINLI_CASES_OPEN_PAGE;
constexpr std::string_view kMyOpenPage =
    LINLI_CASE_SELECT "WHERE c.is_open = 1 AND c.assignee = $2 AND " LINLI_CASE_FILTER LINLI_CASES_OPEN_PAGE;
constexpr std::string_view kPage = LINLI_CASE_SELECT "WHERE " LINLI_CASE_FILTER LINLI_CASES_ALL_PAGE;
constexpr std::string_view kMyPage =
    LINLI_CASE_SELECT "WHERE c.assignee = $2 AND " LINLI_CASE_FILTER LINLI_CASES_ALL_PAGE;

Result<void> read(Tx& tx, const Sealer& sealer, std::string_view sql, Params params, std::vector<Shown>& out) {
  std::optional<Error> broken;
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) {
    auto one = case_store::row(r, sealer);
    if (!one) {
      broken = std::move(one).error();
      return;
    }
    Shown shown{*std::move(one), {}};
    if (shown.one.lead)
      shown.asked = cases::Asked{r.get<bool>(case_store::kCaseColumns), r.get<Instant>(case_store::kCaseColumns + 1),
                                 r.get<std::optional<Instant>>(case_store::kCaseColumns + 2),
                                 r.get<std::optional<Instant>>(case_store::kCaseColumns + 3)};
    else if (shown.one.promise_step)  // said by hand: nothing proves it
      shown.asked = cases::Asked{true, shown.one.opened_at, {}, shown.one.answered_at};
    out.push_back(std::move(shown));
  }));
  if (broken) return tl::unexpected(*std::move(broken));
  return {};
}

struct Key {
  std::int64_t at = 0, id = 0;
};
std::optional<Key> read_cursor(std::string_view text) {
  Key key;
  const char *at = text.data(), *end = at + text.size();
  auto [next, error] = std::from_chars(at, end, key.at);
  if (error != std::errc() || next == end || *next != '.') return {};
  const auto [last, wrong] = std::from_chars(next + 1, end, key.id);
  if (wrong != std::errc() || last != end) return {};
  return key;
}

}  // namespace

Result<Shown> find(Tx& tx, const Sealer& sealer, const Actor& actor, CaseId id) {
  std::vector<Shown> found;
  LINLI_TRY(read(tx, sealer, kFind, {actor.everywhere(Right::cases_read), actor.id, actor.today.number, id}, found));
  if (found.empty()) return fail(Errc::unknown_case, Where::at_field("case"));
  return std::move(found.front());
}

Result<Page> list(Tx& tx, const Sealer& sealer, const Actor& actor, const Filter& filter, Instant now) {
  std::optional<Key> after;
  if (!filter.cursor.empty() && !(after = read_cursor(filter.cursor)))
    return fail(Errc::bad_value, Where::at_field("cursor"), {{"value", "?"}, {"allowed", "next_cursor"}});
  std::optional<std::string> states, path;
  bool open = true;
  for (const CaseState state : filter.states) {
    if (!states) states = " ";
    (*states += name(state)) += ' ';
    open = open && is_open(state);
  }
  if (!filter.grid_path.empty()) path = filter.grid_path;
  std::optional<Instant> late;
  if (filter.late) late = now;
  std::optional<CaseId> parent;
  if (filter.parent) parent = filter.parent;
  std::optional<std::int64_t> at, id;
  if (after) at = after->at, id = after->id;
  Page page;
  LINLI_TRY(read(tx, sealer,
                 open          ? filter.mine ? kMyOpenPage : kOpenPage
                 : filter.mine ? kMyPage
                               : kPage,
                 {actor.everywhere(Right::cases_read), actor.id, actor.today.number, states, late, path,
                  filter.category, filter.urgency, actor.everywhere(Right::cases_hidden), at, id, filter.limit + 1,
                  filter.late_before ? std::optional(now) : std::nullopt, filter.late_before, parent},
                 page.cases));
  if (page.cases.size() > static_cast<std::size_t>(filter.limit)) {
    page.cases.pop_back();
    const Case& last = page.cases.back().one;
    page.next_cursor =
        std::to_string(open ? to_millis(case_store::order_key(last)) : 0) + "." + std::to_string(last.id.value);
  }
  auto newest = Outbox::newest(tx);
  if (!newest) return tl::unexpected(std::move(newest).error());
  page.stream_position = *newest;
  return page;
}

Result<Board> board(Tx& tx, const Actor& actor, bool mine, const std::string& grid_path, Instant now, Instant until) {
  std::optional<std::string> path;
  if (!grid_path.empty()) path = grid_path;
  std::optional<UserId> who;
  if (mine) who = actor.id;
  Board out;
  LINLI_TRY(tx.each(
      // Counted by grid first: scope is asked for once a grid and state, not once a case.
      "SELECT c.state, SUM(c.n), SUM(c.late), SUM(c.unassigned), SUM(c.urged), SUM(c.supervised), SUM(c.soon) FROM "
      "(SELECT "
      "grid_path, "
      "state, COUNT(*) AS n, SUM(CASE WHEN late_at < $4 THEN 1 ELSE 0 END) AS late, SUM(CASE WHEN assignee IS NULL "
      "THEN "
      "1 ELSE 0 END) AS unassigned, SUM(CASE WHEN urged_at IS NULL THEN 0 ELSE 1 END) AS urged, SUM(CASE WHEN "
      "supervised_at IS NULL THEN 0 ELSE 1 END) AS supervised, SUM(CASE WHEN late_at >= $4 AND late_at < $7 THEN 1 "
      "ELSE "
      "0 END) AS soon FROM cases WHERE (CAST($6 AS BIGINT) IS NULL OR assignee = CAST($6 AS BIGINT)) AND (parent_id IS "
      "NULL OR state IN ('closed', 'rejected', 'archived')) GROUP BY grid_path, state) c WHERE " LINLI_CASE_SCOPE
      " AND (CAST($5 AS TEXT) IS NULL OR substr(c.grid_path || '/', 1, length(CAST($5 AS TEXT)) + 1) = CAST($5 AS "
      "TEXT) || '/') GROUP BY c.state",
      {actor.everywhere(Right::cases_read), actor.id, actor.today.number, now, path, who, until}, [&](const Row& row) {
        const auto state = parse_case_state(row.bytes(0));
        if (!state) return;
        out.states[static_cast<std::size_t>(*state)] = {row.integer(1), row.integer(2)};
        if (!is_open(*state)) return;
        out.open += row.integer(1);
        out.late += row.integer(2);
        out.unassigned += row.integer(3);
        out.urged += row.integer(4);
        out.supervised += row.integer(5);
        out.soon += row.integer(6);
      }));
  auto newest = Outbox::newest(tx);
  if (!newest) return tl::unexpected(std::move(newest).error());
  out.stream_position = *newest;
  return out;
}

Result<std::optional<Insiders>> insiders(Tx& tx, LeadId lead) {
  std::optional<Insiders> out;
  LINLI_TRY(tx.first("SELECT opened_by, assignee, grid_path FROM cases WHERE lead_id = $1 AND confidential = 1", {lead},
                     [&](const Row& row) {
                       out = Insiders{row.get<UserId>(0), row.get<UserId>(1), row.get<std::string>(2)};
                     }));
  return out;
}

}  // namespace linli::cases
