// What a handling unit sees and does by its link, without an account: the sub-task, the place, the photos; never who raised
// it, but with their recorded yes or in an emergency. The way in is the token alone: 128 random bits that nobody guesses.
#include <boost/json.hpp>

#include "api/case_handlers.h"
#include "api/case_json.h"
#include "api/input.h"
#include "cases/tasks.h"
#include "notify/telling.h"
#include "people/masking.h"

namespace linli::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestNote = 1'000, kLongestReason = 500, kTokenLength = 22;
const Error kUnknown{Errc::not_found, Where::at_field("token"), {}};

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

Response public_answer(const Call& call, const tasks::ByLink& link) {
  const Task& t = link.task;
  json::array pictures, offers;
  // What is over is theirs no more.
  const bool over = is_over(t.state);
  if (!over)
    for (const AttachmentId id : t.pictures) pictures.emplace_back(to_text(id));
  for (const TaskRule* rule : task_steps(t.state, hat(TaskHat::unit))) offers.push_back(task_offer_json(*rule));
  json::object out{{"number", link.one.number + "-" + std::to_string(t.seq)},
                   {"version", t.version},
                   {"unit", t.unit_name},
                   {"state", name(t.state)},
                   {"what", text_or_null(mask_numbers(t.what))},
                   {"place", text_or_null(mask_numbers(t.place))},
                   {"contact", nullptr},
                   {"due_at", format_time(t.due_at)},
                   {"late", is_late(t, call.services.clock.now())},
                   {"sent_at", format_time(t.sent_at)},
                   {"reason", text_or_null(mask_numbers(t.reason))},
                   {"report", text_or_null(t.report)},
                   {"pictures", std::move(pictures)},
                   {"expires_at", format_time(t.link_until)},
                   {"actions", std::move(offers)}};
  if (!over && !t.contact_why.empty())
    out["contact"] = {
        {"name", text_or_null(t.contact_name)}, {"phone", text_or_null(t.contact_phone)}, {"why", t.contact_why}};
  Response response = json_answer(200, json::serialize(out));
  response.headers.emplace_back("etag", "\"" + std::to_string(t.version) + "\"");
  response.headers.emplace_back("cache-control", "no-store");
  response.headers.emplace_back("referrer-policy", "no-referrer");
  return response;
}

// The one who has the case hears of it, else who sent the sub-task.
Result<void> tell_office(Call& call, Tx& tx, const tasks::ByLink& link) {
  const Services& s = call.services;
  const LeadId subject{link.one.id.value};  // of a case: ids are drawn from one source
  LINLI_TRY(tx.run("DELETE FROM notifications WHERE kind = 'task' AND subject_id = $1", {subject}));
  const notify::Telling telling{subject, {link.one.assignee ? link.one.assignee : link.task.sent_by}};
  const notify::Context context{s.sealer, s.ids, s.zone, s.mail_works, s.clock.now()};
  LINLI_TRY(notify::tell(tx, context, notify::Kind::task, link.one.revision, std::span(&telling, 1)));
  return {};
}

}  // namespace

void get_public_task(Call call) {
  if (call.request.params[0].size() != kTokenLength) return call.fail(kUnknown);
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    Services& s = c.services;
    auto link = tasks::by_link(tx, s.sealer, c.request.params[0], s.clock.now());
    if (!link) return tl::unexpected(std::move(link).error());
    // Lost with a crash, it is marked the next time.
    if (!link->task.seen_at)
      (void)s.writer.submit(
          [id = link->task.id, now = s.clock.now()](Tx& wtx) { return tasks::mark_seen(wtx, id, now); },
          [](Result<void>) {});
    return public_answer(c, *link);
  });
}

void act_on_public_task(Call call) {
  if (call.request.params[0].size() != kTokenLength) return call.fail(kUnknown);
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  tasks::Said said;
  said.seen_version = *seen;
  if (const auto action = parse_task_action(in.text("action", 1, 20))) said.action = *action;
  else in.wrong(Errc::bad_value, "action", {{"allowed", "accept, return, report_done"}});
  said.note = in.optional_text("note", 0, kLongestNote).value_or("");
  said.reason = in.optional_text("reason", 0, kLongestReason).value_or("");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [said](Call& c, Tx& tx) -> Result<Written> {
    Services& s = c.services;
    const auto tree = s.grids.tree();
    auto link = tasks::act_by_link(tx, {s.sealer, s.ids, *tree, s.zone, s.clock.now()}, c.request.params[0], said);
    if (!link) return tl::unexpected(std::move(link).error());
    LINLI_TRY(record(
        c, tx, "task." + std::string(name(said.action)), "case", to_text(link->one.id),
        json::serialize(json::object{
            {"task", to_text(link->task.id)}, {"unit", to_text(link->task.unit)}, {"state", name(link->task.state)}})));
    auto now = case_store::find(tx, s.sealer, link->one.id);
    if (!now) return tl::unexpected(std::move(now).error());
    link->one = **std::move(now);
    LINLI_TRY(tell_office(c, tx, *link));
    return Written{public_answer(c, *link), {}};
  });
}

void get_public_task_picture(Call call) {
  const Error missing{Errc::not_found, Where::at_field("attachment"), {}};
  const auto id = parse_id<AttachmentTag>(call.request.params[1]);
  if (call.request.params[0].size() != kTokenLength) return call.fail(kUnknown);
  if (!id || !call.services.open_blob) return call.fail(missing);
  read(std::move(call), [id = *id, missing](Call& c, Tx& tx) -> Result<Response> {
    const Services& s = c.services;
    auto link = tasks::by_link(tx, s.sealer, c.request.params[0], s.clock.now());
    if (!link) return tl::unexpected(std::move(link).error());
    auto shows = tasks::shows_picture(tx, *link, id);
    if (!shows) return tl::unexpected(std::move(shows).error());
    if (!*shows) return tl::unexpected(missing);
    std::string media_type, blob;
    LINLI_TRY(tx.first("SELECT media_type, blob FROM attachments WHERE id = $1", {id}, [&](const Row& row) {
      media_type = row.get<std::string>(0);
      blob = row.get<std::string>(1);
    }));
    auto bytes = s.open_blob(blob);
    if (!bytes) return tl::unexpected(std::move(bytes).error());
    Response response;
    response.content_type = media_type;
    response.body = *std::move(bytes);
    response.headers.emplace_back("content-disposition", "inline");
    response.headers.emplace_back("content-security-policy", "default-src 'none'; sandbox");
    response.headers.emplace_back("cache-control", "private, no-store");
    return response;
  });
}

}  // namespace linli::api
