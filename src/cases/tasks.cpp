#include "cases/tasks.h"

#include <algorithm>
#include <boost/json.hpp>

namespace linli::tasks {
namespace {

namespace json = boost::json;

constexpr std::string_view kContent = "case_tasks.content", kLink = "case_tasks.link_hash";

#define LINLI_TASKS                                                                                                \
  "SELECT t.id, t.case_id, t.seq, t.unit_id, u.name, u.kind, t.state, t.version, t.sent_by, t.sent_at, t.due_at, " \
  "t.seen_at, t.accepted_at, t.done_at, t.ended_at, t.link_until, t.link_open, t.contact_why, t.content FROM "     \
  "case_tasks t JOIN units u ON u.id = t.unit_id WHERE "

std::string seal(const Sealer& sealer, const Task& t) {
  return sealer.seal(kContent, json::serialize(json::object{{"what", t.what},
                                                            {"place", t.place},
                                                            {"contact_name", t.contact_name},
                                                            {"contact_phone", t.contact_phone},
                                                            {"reason", t.reason},
                                                            {"report", t.report}}));
}

Result<void> unseal(const Sealer& sealer, std::string_view sealed, Task& t) {
  if (sealed.empty()) return {};
  auto plain = sealer.open(kContent, sealed);
  if (!plain) return tl::unexpected(std::move(plain).error());
  json::error_code wrong;
  const json::value kept = json::parse(*plain, wrong);
  if (wrong || !kept.is_object()) return fail(Errc::sealed_broken, Where::at(std::string(kContent)));
  const auto text = [&](std::string_view member) {
    const json::value* value = kept.as_object().if_contains(member);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
  };
  t.what = text("what");
  t.place = text("place");
  t.contact_name = text("contact_name");
  t.contact_phone = text("contact_phone");
  t.reason = text("reason");
  t.report = text("report");
  return {};
}

Result<std::vector<Task>> read(Tx& tx, const Sealer& sealer, std::string_view sql, Params params) {
  std::vector<Task> out;
  std::optional<Error> broken;
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) {
    Task t;
    t.id = r.get<TaskId>(0);
    t.of = r.get<CaseId>(1);
    t.seq = r.get<int>(2);
    t.unit = r.get<UnitId>(3);
    t.unit_name = r.get<std::string>(4);
    t.unit_kind = parse_unit_kind(r.bytes(5)).value_or(UnitKind::other);
    t.state = parse_task_state(r.bytes(6)).value_or(TaskState::cancelled);
    t.version = r.get<int>(7);
    t.sent_by = r.get<UserId>(8);
    t.sent_at = r.get<Instant>(9);
    t.due_at = r.get<Instant>(10);
    t.seen_at = r.get<std::optional<Instant>>(11);
    t.accepted_at = r.get<std::optional<Instant>>(12);
    t.done_at = r.get<std::optional<Instant>>(13);
    t.ended_at = r.get<std::optional<Instant>>(14);
    t.link_until = r.get<Instant>(15);
    t.link_open = r.get<bool>(16);
    t.contact_why = r.get<std::string>(17);
    if (auto open = unseal(sealer, r.bytes(18), t); !open) broken = std::move(open).error();
    out.push_back(std::move(t));
  }));
  if (broken) return tl::unexpected(*std::move(broken));
  for (Task& t : out)
    LINLI_TRY(tx.each("SELECT attachment_id FROM case_task_pictures WHERE task_id = $1 ORDER BY attachment_id", {t.id},
                      [&](const Row& r) { t.pictures.push_back(r.get<AttachmentId>(0)); }));
  return out;
}

Digest hash_of(const Sealer& sealer, std::string_view token) { return sealer.digest(kLink, token); }
Blob blob(const Digest& digest) { return {{reinterpret_cast<const char*>(digest.data()), digest.size()}}; }

// All that may change; its version in the store must be `seen`. Error: stale.
Result<void> update(Tx& tx, const Sealer& sealer, const Task& t, int seen) {
  const std::string content = seal(sealer, t);
  auto changed = tx.run(
      "UPDATE case_tasks SET unit_id = $3, state = $4, version = $5, due_at = $6, accepted_at = $7, done_at = $8, "
      "ended_at = $9, seen_at = $10, link_until = $11, link_open = $12, content = $13 WHERE id = $1 AND version = $2",
      {t.id, seen, t.unit, name(t.state), t.version, t.due_at, t.accepted_at, t.done_at, t.ended_at, t.seen_at,
       t.link_until, t.link_open, Blob{content}});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  return {};
}

Result<std::string> new_link(Tx& tx, const Sealer& sealer, Task& t, Instant now) {
  std::string token = random_link_token();
  t.link_until = std::max(t.due_at, now) + kLinkAfterDue;
  t.link_open = true;
  t.seen_at.reset();
  LINLI_TRY(tx.run("UPDATE case_tasks SET link_hash = $2 WHERE id = $1", {t.id, blob(hash_of(sealer, token))}));
  return token;
}

constexpr std::string_view kPicture =
    "SELECT 1 FROM attachments a JOIN lead_messages s ON s.message_id = a.message_id JOIN messages m ON m.id = "
    "a.message_id WHERE a.id = $1 AND s.lead_id = $2 AND a.blob IS NOT NULL AND (m.flags / 4) % 2 = 0 AND a.media_type "
    "IN ('image/jpeg', 'image/png', 'image/gif', 'image/webp') LIMIT 1";
Result<bool> is_picture_of(Tx& tx, LeadId lead, AttachmentId picture) {
  auto found = tx.value<int>(kPicture, {picture, lead});
  if (!found) return tl::unexpected(std::move(found).error());
  return found->has_value();
}

Result<Unit> unit_for(Tx& tx, const cases::Office& office, UnitId id, const Case& one) {
  auto unit = units::find(tx, office.sealer, id);
  if (!unit) return tl::unexpected(std::move(unit).error());
  if (!*unit || (*unit)->retired_at) return fail(Errc::not_found, Where::at_field("unit_id"));
  if (!units::serves(**unit, office.tree, one.grid_path)) return fail(Errc::not_of_grid, Where::at_field("unit_id"));
  return **std::move(unit);
}

Result<void> check_due(Instant due, Instant now) {
  if (due > now && due <= now + kFarthestDue) return {};
  return fail(Errc::bad_value, Where::at_field("due_at"),
              {{"value", format_time(due)}, {"allowed", format_time(now) + " … " + format_time(now + kFarthestDue)}});
}

// What is shown of the resident goes with their yes or in an emergency only.
Result<void> check_contact(const Actor& actor, const Case& one, const New& what) {
  if (what.contact_why.empty()) return {};
  if (!actor.may(Right::names_read, one.grid_path)) return fail(Errc::not_allowed, Where::at_field("contact"));
  if (what.contact_name.empty() && what.contact_phone.empty())
    return fail(Errc::missing_field, Where::at_field("contact"));
  if (what.contact_why != "consent" && !(what.contact_why == "emergency" && one.urgency == 1))
    return fail(Errc::bad_value, Where::at_field("contact.why"),
                {{"value", what.contact_why}, {"allowed", one.urgency == 1 ? "consent, emergency" : "consent"}});
  return {};
}

Result<void> enter(Tx& tx, const cases::Office& office, Case one, UserId by, std::string kind, const Task& t,
                   std::string note, std::string reason) {
  CaseEntry entry;
  entry.by = by;
  entry.kind = std::move(kind);
  entry.about = t.unit_name;
  entry.note = std::move(note);
  entry.reason = std::move(reason);
  if (is_with_unit(t.state)) entry.due_at = t.due_at;
  LINLI_TRY(cases::enter(tx, office, std::move(one), std::move(entry)));
  return {};
}

struct Found {
  Case one;
  Task task;
};
Result<Found> find(Tx& tx, const Sealer& sealer, const Actor& actor, CaseId of, TaskId id) {
  auto shown = cases::find(tx, sealer, actor, of);
  if (!shown) return tl::unexpected(std::move(shown).error());
  auto task = read(tx, sealer, LINLI_TASKS "t.id = $1 AND t.case_id = $2", {id, of});
  if (!task) return tl::unexpected(std::move(task).error());
  if (task->empty()) return fail(Errc::not_found, Where::at_field("task"));
  return Found{std::move(shown->one), std::move(task->front())};
}

Result<void> check_fields(const TaskRule& rule, const Said& said) {
  const auto one = [&](TaskField f, bool there) -> Result<void> {
    const auto where = Where::at_field(f == TaskField::unit ? "unit_id" : std::string(name(f)));
    if ((rule.needs & field(f)) && !there) return fail(Errc::missing_field, where);
    if (there && !((rule.needs | rule.may) & field(f)))
      return fail(Errc::bad_value, where, {{"value", std::string(name(rule.action))}});
    return {};
  };
  LINLI_TRY(one(TaskField::note, !said.note.empty()));
  LINLI_TRY(one(TaskField::reason, !said.reason.empty()));
  LINLI_TRY(one(TaskField::unit, bool(said.unit)));
  return one(TaskField::due_at, said.due_at.has_value());
}

std::string entry_kind(TaskAction action) {
  switch (action) {
    case TaskAction::accept: return "task_accepted";
    case TaskAction::return_: return "task_returned";
    case TaskAction::report_done: return "task_done";
    case TaskAction::confirm: return "task_confirmed";
    case TaskAction::send_back: return "task_sent_back";
    case TaskAction::send_again: return "task_sent";
    case TaskAction::cancel: return "task_cancelled";
  }
  return "task_cancelled";
}

// One step of the table, for whoever has the hats.
Result<Sent> move(Tx& tx, const cases::Office& office, UserId by, TaskHats hats, Found found, const Said& said) {
  Task& t = found.task;
  if (t.version != said.seen_version) return fail(Errc::stale, Where::at_field("If-Match"));
  auto rule = task_step(t.state, said.action, hats);
  if (!rule) return tl::unexpected(std::move(rule).error());
  LINLI_TRY(check_fields(**rule, said));
  if (!is_open(found.one.state) && said.action == TaskAction::send_again)
    return fail(Errc::not_in_state, Where::at_field("case"),
                {{"state", std::string(name(found.one.state))}, {"action", std::string(name(said.action))}});
  if (said.due_at) {
    LINLI_TRY(check_due(*said.due_at, office.now));
    t.due_at = *said.due_at;
  }
  if (said.action == TaskAction::send_again) {
    auto unit = unit_for(tx, office, said.unit ? said.unit : t.unit, found.one);
    if (!unit) return tl::unexpected(std::move(unit).error());
    t.unit = unit->id;
    t.unit_name = unit->name;
    t.unit_kind = unit->kind;
    if (t.due_at <= office.now) return fail(Errc::missing_field, Where::at_field("due_at"));
    t.accepted_at.reset();
    t.done_at.reset();
    t.report.clear();
  }
  const int seen = t.version++;
  t.state = (*rule)->to;
  t.reason = said.reason;
  if (said.action == TaskAction::accept) t.accepted_at = office.now;
  if (said.action == TaskAction::report_done) {
    t.done_at = office.now;
    t.report = said.note;
    if (!t.accepted_at) t.accepted_at = office.now;
  }
  if (said.action == TaskAction::send_back) t.done_at.reset();
  if (is_over(t.state)) t.ended_at = office.now;
  Sent out;
  if ((*rule)->new_link) {
    auto token = new_link(tx, office.sealer, t, office.now);
    if (!token) return tl::unexpected(std::move(token).error());
    out.token = *std::move(token);
  }
  LINLI_TRY(update(tx, office.sealer, t, seen));
  LINLI_TRY(enter(tx, office, std::move(found.one), by, entry_kind(said.action), t, said.note, said.reason));
  out.task = std::move(t);
  return out;
}

}  // namespace

TaskHats task_hats(const Case& one, const Actor& actor) {
  constexpr Hats kOffice = hat(Hat::assignee) | hat(Hat::head) | hat(Hat::desk) | hat(Hat::supervisor);
  return linli::hats_of(one, actor) & kOffice ? hat(TaskHat::office) : TaskHats{};
}

Result<Sent> send(Tx& tx, const cases::Office& office, const Actor& actor, CaseId of, const New& what) {
  auto shown = cases::find(tx, office.sealer, actor, of);
  if (!shown) return tl::unexpected(std::move(shown).error());
  Case& one = shown->one;
  if (!task_hats(one, actor)) return fail(Errc::not_allowed, Where::at_field("case"));
  if (!is_open(one.state) || one.done_at)
    return fail(Errc::not_in_state, Where::at_field("case"),
                {{"state", std::string(name(one.state))}, {"action", "send_task"}});
  if (one.confidential) {
    if (one.assignee != actor.id) return fail(Errc::not_allowed, Where::at_field("case"));
    if (what.reason.empty()) return fail(Errc::missing_field, Where::at_field("reason"));
  } else if (!what.reason.empty()) {
    return fail(Errc::bad_value, Where::at_field("reason"));
  }
  auto unit = unit_for(tx, office, what.unit, one);
  if (!unit) return tl::unexpected(std::move(unit).error());
  LINLI_TRY(check_due(what.due_at, office.now));
  LINLI_TRY(check_contact(actor, one, what));
  for (const AttachmentId picture : what.pictures) {
    auto fits = is_picture_of(tx, one.lead, picture);
    if (!fits) return tl::unexpected(std::move(fits).error());
    if (!*fits) return fail(Errc::bad_value, Where::at_field("pictures"), {{"value", to_text(picture)}});
  }

  Sent out;
  Task& t = out.task;
  t.id = office.ids.draw<TaskId>();
  t.of = of;
  t.unit = unit->id;
  t.unit_name = unit->name;
  t.unit_kind = unit->kind;
  t.sent_by = actor.id;
  t.sent_at = office.now;
  t.due_at = what.due_at;
  t.link_until = t.due_at + kLinkAfterDue;
  t.contact_why = what.contact_why;
  t.what = what.what;
  t.place = what.place.empty() ? one.content.place : what.place;
  t.contact_name = what.contact_name;
  t.contact_phone = what.contact_phone;
  t.pictures = what.pictures;
  std::ranges::sort(t.pictures);
  t.pictures.erase(std::ranges::unique(t.pictures).begin(), t.pictures.end());
  auto last = tx.value<int>("SELECT COALESCE(MAX(seq), 0) FROM case_tasks WHERE case_id = $1", {of});
  if (!last) return tl::unexpected(std::move(last).error());
  t.seq = last->value_or(0) + 1;
  out.token = random_link_token();
  const std::string content = seal(office.sealer, t);
  LINLI_TRY(
      tx.run("INSERT INTO case_tasks (id, case_id, seq, unit_id, state, version, sent_by, sent_at, due_at, link_hash, "
             "link_until, link_open, contact_why, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
             "$13, $14)",
             {t.id, t.of, t.seq, t.unit, name(t.state), t.version, t.sent_by, t.sent_at, t.due_at,
              blob(hash_of(office.sealer, out.token)), t.link_until, t.link_open, t.contact_why, Blob{content}}));
  for (const AttachmentId picture : t.pictures)
    LINLI_TRY(tx.run("INSERT INTO case_task_pictures (task_id, attachment_id) VALUES ($1, $2)", {t.id, picture}));
  LINLI_TRY(enter(tx, office, std::move(one), actor.id, "task_sent", t, what.what, what.reason));
  return out;
}

Result<Sent> act(Tx& tx, const cases::Office& office, const Actor& actor, CaseId of, TaskId id, const Said& said) {
  auto found = find(tx, office.sealer, actor, of, id);
  if (!found) return tl::unexpected(std::move(found).error());
  const TaskHats hats = task_hats(found->one, actor);
  return move(tx, office, actor.id, hats, *std::move(found), said);
}

Result<Sent> renew_link(Tx& tx, const cases::Office& office, const Actor& actor, CaseId of, TaskId id) {
  auto found = find(tx, office.sealer, actor, of, id);
  if (!found) return tl::unexpected(std::move(found).error());
  if (!task_hats(found->one, actor)) return fail(Errc::not_allowed, Where::at_field("case"));
  Task& t = found->task;
  if (is_over(t.state))
    return fail(Errc::not_in_state, Where::at_field("task"),
                {{"state", std::string(name(t.state))}, {"action", "link"}});
  auto token = new_link(tx, office.sealer, t, office.now);
  if (!token) return tl::unexpected(std::move(token).error());
  LINLI_TRY(update(tx, office.sealer, t, t.version));
  LINLI_TRY(enter(tx, office, std::move(found->one), actor.id, "task_link_renewed", t, {}, {}));
  return Sent{std::move(t), *std::move(token)};
}

Result<Task> revoke_link(Tx& tx, const cases::Office& office, const Actor& actor, CaseId of, TaskId id) {
  auto found = find(tx, office.sealer, actor, of, id);
  if (!found) return tl::unexpected(std::move(found).error());
  if (!task_hats(found->one, actor)) return fail(Errc::not_allowed, Where::at_field("case"));
  Task& t = found->task;
  if (!t.link_open) return std::move(t);
  t.link_open = false;
  LINLI_TRY(update(tx, office.sealer, t, t.version));
  LINLI_TRY(enter(tx, office, std::move(found->one), actor.id, "task_link_revoked", t, {}, {}));
  return std::move(t);
}

// ---- by link ----

Result<ByLink> by_link(Tx& tx, const Sealer& sealer, std::string_view token, Instant now) {
  auto task = read(tx, sealer, LINLI_TASKS "t.link_hash = $1", {blob(hash_of(sealer, token))});
  if (!task) return tl::unexpected(std::move(task).error());
  if (task->empty()) return fail(Errc::not_found, Where::at_field("token"));
  Task& t = task->front();
  if (!t.link_open || t.link_until <= now) return fail(Errc::not_found, Where::at_field("token"));
  auto one = case_store::find(tx, sealer, t.of);
  if (!one) return tl::unexpected(std::move(one).error());
  if (!*one) return fail(Errc::not_found, Where::at_field("token"));
  return ByLink{std::move(t), **std::move(one)};
}

Result<ByLink> act_by_link(Tx& tx, const cases::Office& office, std::string_view token, const Said& said) {
  auto link = by_link(tx, office.sealer, token, office.now);
  if (!link) return link;
  auto done = move(tx, office, {}, hat(TaskHat::unit), Found{link->one, std::move(link->task)}, said);
  if (!done) return tl::unexpected(std::move(done).error());
  link->task = std::move(done->task);
  return link;
}

Result<void> mark_seen(Tx& tx, TaskId id, Instant now) {
  LINLI_TRY(tx.run("UPDATE case_tasks SET seen_at = $2 WHERE id = $1 AND seen_at IS NULL", {id, now}));
  return {};
}

Result<bool> shows_picture(Tx& tx, const ByLink& link, AttachmentId picture) {
  if (is_over(link.task.state) || !std::ranges::count(link.task.pictures, picture)) return false;
  return is_picture_of(tx, link.one.lead, picture);
}

// ---- of a case ----

Result<std::vector<Task>> of_case(Tx& tx, const Sealer& sealer, CaseId of) {
  return read(tx, sealer, LINLI_TASKS "t.case_id = $1 ORDER BY t.seq", {of});
}

Result<bool> any(Tx& tx, CaseId of) {
  auto found = tx.value<int>("SELECT 1 FROM case_tasks WHERE case_id = $1 LIMIT 1", {of});
  if (!found) return tl::unexpected(std::move(found).error());
  return found->has_value();
}

Result<void> cancel_open(Tx& tx, const Sealer& sealer, CaseId of, Instant now) {
  auto all = of_case(tx, sealer, of);
  if (!all) return tl::unexpected(std::move(all).error());
  for (Task& t : *all) {
    auto rule = task_step(t.state, TaskAction::cancel, hat(TaskHat::machine));
    if (!rule) continue;  // over
    const int seen = t.version++;
    t.state = (*rule)->to;
    t.reason.clear();
    t.ended_at = now;
    LINLI_TRY(update(tx, sealer, t, seen));
  }
  return {};
}

Result<void> empty(Tx& tx, CaseId of) {
  LINLI_TRY(
      tx.run("DELETE FROM case_task_pictures WHERE task_id IN (SELECT id FROM case_tasks WHERE case_id = $1)", {of}));
  LINLI_TRY(tx.run(
      "UPDATE case_tasks SET content = $2, contact_why = '', link_open = 0, version = version + 1 WHERE case_id = $1",
      {of, Blob{}}));
  return {};
}

}  // namespace linli::tasks
