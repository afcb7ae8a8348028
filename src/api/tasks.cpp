// Sub-tasks of cases for handling units: the office's side.
#include "cases/tasks.h"

#include <boost/json.hpp>

#include "api/case_handlers.h"
#include "api/case_json.h"
#include "api/input.h"
#include "people/masking.h"

namespace linli::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestWhat = 500, kLongestNote = 1'000, kLongestReason = 500;
constexpr std::string_view kPage = "/r/task/";  // of the units' page, with the token behind it

const Error kUnknownCase{Errc::unknown_case, Where::at_field("case"), {}};
const Error kUnknownTask{Errc::not_found, Where::at_field("task"), {}};

cases::Office office(const Services& s, const GridTree& tree) { return {s.sealer, s.ids, tree, s.zone, s.clock.now()}; }

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }
json::value time_or_null(const std::optional<Instant>& at) {
  return at ? json::value(format_time(*at)) : json::value();
}

UnitId read_unit_id(Input& in) {
  const auto text = in.optional_text("unit_id", 1, 64);
  const auto unit = text ? parse_id<UnitTag>(*text) : std::nullopt;
  if (text && !unit) in.wrong(Errc::not_found, "unit_id");
  return unit.value_or(UnitId{});
}

// The sub-task as it stands now, with the link where one was made.
Result<Written> sent_answer(Call& call, Tx& tx, int status, CaseId of, const tasks::Sent& sent) {
  auto shown = cases::find(tx, call.services.sealer, call.actor(), of);
  if (!shown) return tl::unexpected(std::move(shown).error());
  json::object body{{"task", task_json(call, sent.task, shown->one)}, {"token", nullptr}, {"path", nullptr}};
  if (!sent.token.empty()) {
    body["token"] = sent.token;
    body["path"] = std::string(kPage) + sent.token;
  }
  Response response = json_answer(status, json::serialize(body));
  response.headers.emplace_back("etag", "\"" + std::to_string(sent.task.version) + "\"");
  response.headers.emplace_back("cache-control", "no-store");
  return Written{std::move(response), {}};
}

Result<void> log(Call& call, Tx& tx, std::string what, const Task& task, json::object detail = {}) {
  detail["task"] = to_text(task.id);
  detail["unit"] = to_text(task.unit);
  return record(call, tx, std::move(what), "case", to_text(task.of), json::serialize(detail));
}

}  // namespace

json::object task_json(const Call& call, const Task& t, const Case& one) {
  const bool content = sees_content(one, call.actor());
  const bool names = call.actor().may(Right::names_read, one.grid_path);
  const auto words = [&](const std::string& text) {
    return content ? text_or_null(names ? text : mask_numbers(text)) : json::value();
  };
  json::array pictures, offers;
  if (content)
    for (const AttachmentId id : t.pictures) pictures.emplace_back(to_text(id));
  for (const TaskRule* rule : task_steps(t.state, tasks::task_hats(one, call.actor()))) {
    if (rule->action == TaskAction::send_again && !is_open(one.state)) continue;
    offers.push_back(task_offer_json(*rule));
  }
  json::object out{
      {"id", to_text(t.id)},
      {"number", one.number + "-" + std::to_string(t.seq)},
      {"version", t.version},
      {"unit", {{"id", to_text(t.unit)}, {"name", t.unit_name}, {"kind", name(t.unit_kind)}}},
      {"state", name(t.state)},
      {"what", words(t.what)},
      {"place", words(t.place)},
      {"contact", nullptr},
      {"due_at", format_time(t.due_at)},
      {"late", is_late(t, call.services.clock.now())},
      {"sent_at", format_time(t.sent_at)},
      {"accepted_at", time_or_null(t.accepted_at)},
      {"done_at", time_or_null(t.done_at)},
      {"ended_at", time_or_null(t.ended_at)},
      {"seen_at", time_or_null(t.seen_at)},
      {"reason", words(t.reason)},
      {"report", words(t.report)},
      {"pictures", std::move(pictures)},
      {"link",
       {{"open", t.link_open && t.link_until > call.services.clock.now()}, {"expires_at", format_time(t.link_until)}}},
      {"actions", std::move(offers)}};
  if (content && !t.contact_why.empty())
    out["contact"] = {{"name", text_or_null(names ? t.contact_name : mask_name(t.contact_name))},
                      {"phone", words(t.contact_phone)},
                      {"why", t.contact_why}};
  return out;
}

json::object task_offer_json(const TaskRule& rule) {
  const auto fields = [](TaskFields bits) {
    json::array out;
    for (std::size_t i = 0; i < kTaskFields; ++i)
      if (bits & field(static_cast<TaskField>(i))) out.emplace_back(name(static_cast<TaskField>(i)));
    return out;
  };
  return {{"action", name(rule.action)},
          {"state", name(rule.to)},
          {"needs", fields(rule.needs)},
          {"may", fields(rule.may)}};
}

void send_task(Call call) {
  const auto id = parse_id<CaseTag>(call.request.params[0]);
  if (!id) return call.fail(kUnknownCase);
  Input in(call.request);
  tasks::New what;
  what.unit = read_unit_id(in);
  if (!in.has("unit_id")) in.wrong(Errc::missing_field, "unit_id");
  what.what = in.text("what", 1, kLongestWhat);
  what.place = in.optional_text("place", 0, 200).value_or("");
  if (const auto due = in.optional_time("due_at")) what.due_at = *due;
  else in.wrong(Errc::missing_field, "due_at");
  if (in.has("pictures"))
    for (const std::string& text : in.texts("pictures", 20, 1, 64)) {
      if (const auto picture = parse_id<AttachmentTag>(text)) what.pictures.push_back(*picture);
      else in.wrong(Errc::bad_value, "pictures", {{"value", text}});
    }
  if (auto contact = in.object("contact")) {
    what.contact_name = contact->optional_text("name", 0, 64).value_or("");
    what.contact_phone = contact->optional_text("phone", 0, 32).value_or("");
    what.contact_why = contact->text("why", 1, 20);
    in.finish(*contact);
  }
  what.reason = in.optional_text("reason", 4, kLongestReason).value_or("");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [id = *id, what](Call& c, Tx& tx) -> Result<Written> {
    const auto tree = c.services.grids.tree();
    auto sent = tasks::send(tx, office(c.services, *tree), c.actor(), id, what);
    if (!sent) return tl::unexpected(std::move(sent).error());
    LINLI_TRY(
        log(c, tx, "task.sent", sent->task, {{"contact", what.contact_why}, {"confidential", !what.reason.empty()}}));
    return sent_answer(c, tx, 201, id, *sent);
  });
}

void act_on_task(Call call) {
  const auto id = parse_id<CaseTag>(call.request.params[0]);
  const auto task = parse_id<TaskTag>(call.request.params[1]);
  if (!id) return call.fail(kUnknownCase);
  if (!task) return call.fail(kUnknownTask);
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  tasks::Said said;
  said.seen_version = *seen;
  if (const auto action = parse_task_action(in.text("action", 1, 20))) said.action = *action;
  else in.wrong(Errc::bad_value, "action");
  said.note = in.optional_text("note", 0, kLongestNote).value_or("");
  said.reason = in.optional_text("reason", 0, kLongestReason).value_or("");
  said.unit = read_unit_id(in);
  said.due_at = in.optional_time("due_at");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [id = *id, task = *task, said](Call& c, Tx& tx) -> Result<Written> {
    const auto tree = c.services.grids.tree();
    auto sent = tasks::act(tx, office(c.services, *tree), c.actor(), id, task, said);
    if (!sent) return tl::unexpected(std::move(sent).error());
    LINLI_TRY(log(c, tx, "task." + std::string(name(said.action)), sent->task, {{"state", name(sent->task.state)}}));
    return sent_answer(c, tx, 200, id, *sent);
  });
}

void renew_task_link(Call call) {
  const auto id = parse_id<CaseTag>(call.request.params[0]);
  const auto task = parse_id<TaskTag>(call.request.params[1]);
  if (!id) return call.fail(kUnknownCase);
  if (!task) return call.fail(kUnknownTask);
  write(std::move(call), [id = *id, task = *task](Call& c, Tx& tx) -> Result<Written> {
    const auto tree = c.services.grids.tree();
    auto sent = tasks::renew_link(tx, office(c.services, *tree), c.actor(), id, task);
    if (!sent) return tl::unexpected(std::move(sent).error());
    LINLI_TRY(log(c, tx, "task.link_renewed", sent->task));
    return sent_answer(c, tx, 200, id, *sent);
  });
}

void revoke_task_link(Call call) {
  const auto id = parse_id<CaseTag>(call.request.params[0]);
  const auto task = parse_id<TaskTag>(call.request.params[1]);
  if (!id) return call.fail(kUnknownCase);
  if (!task) return call.fail(kUnknownTask);
  write(std::move(call), [id = *id, task = *task](Call& c, Tx& tx) -> Result<Written> {
    const auto tree = c.services.grids.tree();
    auto revoked = tasks::revoke_link(tx, office(c.services, *tree), c.actor(), id, task);
    if (!revoked) return tl::unexpected(std::move(revoked).error());
    LINLI_TRY(log(c, tx, "task.link_revoked", *revoked));
    auto shown = cases::find(tx, c.services.sealer, c.actor(), id);
    if (!shown) return tl::unexpected(std::move(shown).error());
    return Written{json_answer(200, json::serialize(task_json(c, *revoked, shown->one))), {}};
  });
}

}  // namespace linli::api
