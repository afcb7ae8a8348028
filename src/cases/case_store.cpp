#include "cases/case_store.h"

#include <boost/json.hpp>
#include <chrono>

#include "leads/erasure.h"

namespace linli::case_store {
namespace {

namespace json = boost::json;

constexpr std::string_view kContent = "cases.content", kDetail = "case_timeline.detail";
constexpr std::chrono::hours kEmergencyFirst{24 * 3650};

std::string seal(const Sealer& sealer, const Case::Content& c) {
  return sealer.seal(kContent, json::serialize(json::object{{"title", c.title},
                                                            {"summary", c.summary},
                                                            {"place", c.place},
                                                            {"contact_name", c.contact_name},
                                                            {"contact_phone", c.contact_phone},
                                                            {"reason", c.reason},
                                                            {"responsible", c.responsible}}));
}

Result<json::object> opened(const Sealer& sealer, std::string_view place, std::string_view sealed) {
  auto plain = sealer.open(place, sealed);
  if (!plain) return tl::unexpected(std::move(plain).error());
  json::error_code broken;
  json::value value = json::parse(*plain, broken);
  if (broken || !value.is_object()) return fail(Errc::sealed_broken, Where::at(std::string(place)));
  return std::move(value.as_object());
}

std::string text_of(const json::object& from, std::string_view member) {
  const json::value* value = from.if_contains(member);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::optional<std::int64_t> number_of(const json::object& from, std::string_view member) {
  const json::value* value = from.if_contains(member);
  return value && value->is_int64() ? std::optional(value->as_int64()) : std::nullopt;
}

std::optional<UserId> or_null(UserId user) { return user ? std::optional(user) : std::nullopt; }

std::optional<Instant> at(const std::optional<CaseMark>& mark) { return mark ? std::optional(mark->at) : std::nullopt; }
std::optional<UserId> by(const std::optional<CaseMark>& mark) { return mark ? std::optional(mark->by) : std::nullopt; }
std::optional<Instant> due(const std::optional<CaseMark>& mark) { return mark ? mark->due_at : std::nullopt; }

// $1 id, $2-$27 what may change, $28 content, $29 the revision that was seen, $30 on what may change.
#define LINLI_CHANGING                                                                                                 \
  "state = $2, revision = $3, version = $4, assignee = $5, raised_to = $6, bounces = $7, accept_from = $8, "           \
  "accept_by = $9, due_from = $10, due_at = $11, seen_at = $12, accepted_at = $13, done_at = $14, closed_at = $15, "   \
  "wake_day = $16, urged_at = $17, urged_by = $18, urged_due = $19, supervised_at = $20, supervised_by = $21, "        \
  "supervised_due = $22, stars = $23, is_open = $24, late_at = $25, order_key = $26, dispatch_reply = $27, content = " \
  "$28, parent_id = $30, promise_step = $31, answered_at = $32, grid_path = $33"

constexpr std::string_view kInsert =
    "INSERT INTO cases (id, number, lead_id, parent_id, grid_path, category, urgency, opened_by, opened_at, "
    "confidential, came_by, answer_by, accept_minutes, accept_working, due_minutes, due_working, lead_state_before, "
    "state, revision, version, raised_to, bounces, due_from, is_open, order_key, content) VALUES ($1, $2, $3, $4, $5, "
    "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)";
constexpr std::string_view kUpdate = "UPDATE cases SET " LINLI_CHANGING " WHERE id = $1 AND revision = $29";

}  // namespace

Instant order_key(const Case& one) {
  Instant key = late_at(one).value_or(one.done_at.value_or(one.due_at.value_or(one.opened_at)));
  if (one.state == CaseState::suspended && one.wake_on) key = Instant(std::chrono::hours(24) * one.wake_on->number);
  return one.urgency == 1 ? key - kEmergencyFirst : key;
}

Result<void> insert(Tx& tx, const Sealer& sealer, const Case& one) {
  std::optional<LeadId> lead;
  if (one.lead) lead = one.lead;
  std::optional<CaseId> parent;
  if (one.parent) parent = one.parent;
  std::optional<std::string_view> before;
  if (one.lead_state_before) before = name(*one.lead_state_before);
  const std::string content = seal(sealer, one.content);
  LINLI_TRY(tx.run(kInsert, {one.id,
                             one.number,
                             lead,
                             parent,
                             one.grid_path,
                             one.category,
                             one.urgency,
                             one.opened_by,
                             one.opened_at,
                             one.confidential,
                             name(one.came_by),
                             name(one.answer_by),
                             one.accept_within.time.count(),
                             one.accept_within.working,
                             one.due_within.time.count(),
                             one.due_within.working,
                             before,
                             name(one.state),
                             one.revision,
                             one.version,
                             one.raised_to,
                             one.bounces,
                             one.due_from,
                             is_open(one.state),
                             order_key(one),
                             Blob{content}}));
  return update(tx, sealer, one, one.revision);
}

Result<void> update(Tx& tx, const Sealer& sealer, const Case& one, int seen) {
  const std::string content = seal(sealer, one.content);
  std::optional<std::int64_t> wake, reply;
  std::optional<CaseId> parent;
  if (one.parent) parent = one.parent;
  if (one.wake_on) wake = one.wake_on->number;
  if (one.dispatch_reply) reply = one.dispatch_reply;
  auto changed = tx.run(kUpdate, {one.id,
                                  name(one.state),
                                  one.revision,
                                  one.version,
                                  or_null(one.assignee),
                                  one.raised_to,
                                  one.bounces,
                                  one.accept_from,
                                  one.accept_by,
                                  one.due_from,
                                  one.due_at,
                                  one.seen_at,
                                  one.accepted_at,
                                  one.done_at,
                                  one.closed_at,
                                  wake,
                                  at(one.urged),
                                  by(one.urged),
                                  due(one.urged),
                                  at(one.supervised),
                                  by(one.supervised),
                                  due(one.supervised),
                                  one.stars,
                                  is_open(one.state),
                                  late_at(one),
                                  order_key(one),
                                  reply,
                                  Blob{content},
                                  seen,
                                  parent,
                                  one.promise_step,
                                  one.answered_at,
                                  one.grid_path});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  return {};
}

Result<void> remove(Tx& tx, CaseId id) {
  LINLI_TRY(tx.run("DELETE FROM case_timeline WHERE case_id = $1", {id}));
  LINLI_TRY(tx.run("DELETE FROM case_pauses WHERE case_id = $1", {id}));
  LINLI_TRY(tx.run("DELETE FROM public_links WHERE case_id = $1", {id}));
  LINLI_TRY(tx.run("DELETE FROM files WHERE case_id = $1", {id}));
  LINLI_TRY(tx.run("DELETE FROM cases WHERE id = $1", {id}));
  return {};
}

Result<void> add_entry(Tx& tx, const Sealer& sealer, CaseId id, const CaseEntry& e) {
  json::object detail{
      {"note", e.note}, {"reason", e.reason}, {"responsible", e.responsible}, {"about", e.about}, {"times", e.times}};
  if (e.wake_on) detail["wake_on"] = e.wake_on->number;
  if (e.due_at) detail["due_at"] = to_millis(*e.due_at);
  if (e.stars) detail["stars"] = *e.stars;
  const std::string sealed = sealer.seal(kDetail, json::serialize(detail));
  LINLI_TRY(
      tx.run("INSERT INTO case_timeline (case_id, seq, at, user_id, kind, state, visibility, to_user, detail) VALUES "
             "($1, $2, $3, $4, $5, $6, $7, $8, $9)",
             {id, e.seq, e.at, or_null(e.by), e.kind, name(e.state), e.open_to_residents ? "public" : "staff",
              or_null(e.to), Blob{sealed}}));
  return {};
}

Result<void> begin_pause(Tx& tx, CaseId id, Instant now) {
  LINLI_TRY(tx.run("INSERT INTO case_pauses (case_id, from_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", {id, now}));
  // Suspended again within the millisecond in which the last pause ended: that one goes on.
  LINLI_TRY(tx.run("UPDATE case_pauses SET to_at = NULL WHERE case_id = $1 AND from_at = $2", {id, now}));
  return {};
}

Result<void> end_pause(Tx& tx, CaseId id, Instant now) {
  LINLI_TRY(tx.run("UPDATE case_pauses SET to_at = $2 WHERE case_id = $1 AND to_at IS NULL", {id, now}));
  return {};
}

Result<void> mark_seen(Tx& tx, CaseId id, UserId assignee, Instant now) {
  LINLI_TRY(
      tx.run("UPDATE cases SET seen_at = $3 WHERE id = $1 AND assignee = $2 AND seen_at IS NULL", {id, assignee, now}));
  return {};
}

Result<std::string> next_number(Tx& tx, const std::string& prefix, Day day) {
  auto last = tx.value<std::int64_t>(
      "INSERT INTO case_numbers (prefix, day, last) VALUES ($1, $2, 1) ON CONFLICT (prefix, day) DO UPDATE SET last = "
      "case_numbers.last + 1 RETURNING last",
      {prefix, day.number});
  if (!last) return tl::unexpected(std::move(last).error());
  std::string date = format_day(day), count = std::to_string(last->value_or(0));
  std::erase(date, '-');
  if (count.size() < 4) count.insert(0, 4 - count.size(), '0');
  return prefix + "-" + date + "-" + count;
}

Result<Case> row(const Row& r, const Sealer& sealer) {
  Case c;
  int n = 0;
  c.id = r.get<CaseId>(n++);
  c.number = r.get<std::string>(n++);
  c.lead = r.get<LeadId>(n++);
  c.parent = r.get<CaseId>(n++);
  c.grid_path = r.get<std::string>(n++);
  c.category = r.get<std::string>(n++);
  c.urgency = r.get<int>(n++);
  c.state = parse_case_state(r.bytes(n++)).value_or(CaseState::new_);
  c.revision = r.get<int>(n++);
  c.version = r.get<int>(n++);
  c.opened_by = r.get<UserId>(n++);
  c.opened_at = r.get<Instant>(n++);
  c.assignee = r.get<UserId>(n++);
  c.raised_to = r.get<std::string>(n++);
  c.bounces = r.get<int>(n++);
  c.confidential = r.get<bool>(n++);
  c.came_by = parse_came_by(r.bytes(n++)).value_or(CameBy::lead);
  c.answer_by = parse_answer_by(r.bytes(n++)).value_or(AnswerBy::none);
  c.accept_from = r.get<std::optional<Instant>>(n++);
  c.accept_within.time = std::chrono::minutes(r.integer(n++));
  c.accept_within.working = r.get<bool>(n++);
  c.accept_by = r.get<std::optional<Instant>>(n++);
  c.due_from = r.get<Instant>(n++);
  c.due_within.time = std::chrono::minutes(r.integer(n++));
  c.due_within.working = r.get<bool>(n++);
  c.due_at = r.get<std::optional<Instant>>(n++);
  c.seen_at = r.get<std::optional<Instant>>(n++);
  c.accepted_at = r.get<std::optional<Instant>>(n++);
  c.done_at = r.get<std::optional<Instant>>(n++);
  c.closed_at = r.get<std::optional<Instant>>(n++);
  if (const auto day = r.get<std::optional<std::int32_t>>(n++)) c.wake_on = Day{*day};
  for (auto* mark : {&c.urged, &c.supervised}) {
    if (!r.is_null(n)) *mark = CaseMark{r.get<Instant>(n), r.get<UserId>(n + 1), r.get<std::optional<Instant>>(n + 2)};
    n += 3;
  }
  c.stars = r.get<std::optional<int>>(n++);
  c.lead_state_before = parse_lead_state(r.bytes(n++));
  c.dispatch_reply = r.get<std::int64_t>(n++);
  c.promise_step = r.get<std::optional<int>>(n++);
  c.answered_at = r.get<std::optional<Instant>>(n++);
  c.children = r.get<int>(n++);
  if (r.bytes(n).empty()) {
    c.content.title = erasure::kGone;
    return c;
  }
  auto content = opened(sealer, kContent, r.bytes(n));
  if (!content) return tl::unexpected(std::move(content).error());
  c.content = {text_of(*content, "title"),        text_of(*content, "summary"),       text_of(*content, "place"),
               text_of(*content, "contact_name"), text_of(*content, "contact_phone"), text_of(*content, "reason"),
               text_of(*content, "responsible")};
  return c;
}

namespace {

Result<std::optional<Case>> one(Tx& tx, const Sealer& sealer, std::string_view sql, Params params) {
  std::optional<Result<Case>> found;
  LINLI_TRY(tx.first(sql, params, [&](const Row& r) { found = row(r, sealer); }));
  if (!found) return std::optional<Case>{};
  if (!*found) return tl::unexpected(std::move(*found).error());
  return std::optional<Case>(std::move(**found));
}

}  // namespace

Result<std::optional<Case>> find(Tx& tx, const Sealer& sealer, CaseId id) {
  return one(tx, sealer, "SELECT " LINLI_CASE_COLUMNS " FROM cases c WHERE c.id = $1", {id});
}

Result<std::optional<Case>> of_lead(Tx& tx, const Sealer& sealer, LeadId lead) {
  return one(tx, sealer, "SELECT " LINLI_CASE_COLUMNS " FROM cases c WHERE c.lead_id = $1", {lead});
}

Result<std::vector<CaseEntry>> timeline(Tx& tx, const Sealer& sealer, CaseId id) {
  std::vector<CaseEntry> out;
  std::optional<Error> broken;
  LINLI_TRY(
      tx.each("SELECT seq, at, user_id, kind, state, visibility, to_user, detail FROM case_timeline WHERE case_id = $1 "
              "ORDER BY "
              "seq",
              {id}, [&](const Row& r) {
                CaseEntry e;
                e.seq = r.get<int>(0);
                e.at = r.get<Instant>(1);
                e.by = r.get<UserId>(2);
                e.kind = r.get<std::string>(3);
                e.state = parse_case_state(r.bytes(4)).value_or(CaseState::new_);
                e.open_to_residents = r.bytes(5) == "public";
                e.to = r.get<UserId>(6);
                if (!r.bytes(7).empty()) {
                  auto detail = opened(sealer, kDetail, r.bytes(7));
                  if (!detail) {
                    broken = std::move(detail).error();
                    return;
                  }
                  e.note = text_of(*detail, "note");
                  e.reason = text_of(*detail, "reason");
                  e.responsible = text_of(*detail, "responsible");
                  e.about = text_of(*detail, "about");
                  e.times = static_cast<int>(number_of(*detail, "times").value_or(0));
                  if (const auto day = number_of(*detail, "wake_on")) e.wake_on = Day{static_cast<std::int32_t>(*day)};
                  if (const auto when = number_of(*detail, "due_at")) e.due_at = from_millis(*when);
                  if (const auto stars = number_of(*detail, "stars")) e.stars = static_cast<int>(*stars);
                }
                out.push_back(std::move(e));
              }));
  if (broken) return tl::unexpected(*std::move(broken));
  return out;
}

Result<std::vector<Pause>> pauses(Tx& tx, CaseId id) {
  std::vector<Pause> out;
  LINLI_TRY(
      tx.each("SELECT from_at, to_at FROM case_pauses WHERE case_id = $1 ORDER BY from_at", {id}, [&](const Row& r) {
        out.push_back({r.get<Instant>(0), r.get<std::optional<Instant>>(1)});
      }));
  return out;
}

}  // namespace linli::case_store
