// Cases: dispatched from a lead or filed by hand, listed, moved step by step.
#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "api/case_json.h"
#include "api/handlers.h"
#include "api/input.h"
#include "api/lead_json.h"
#include "api/people.h"
#include "cases/files.h"
#include "cases/policy.h"
#include "cases/resident_policy.h"
#include "desk/dispatch.h"
#include "understand/taxonomy.h"

namespace linli::api {
namespace {

namespace json = boost::json;

const Error kUnknownLead{Errc::unknown_lead, Where::at_field("lead"), {}};
const Error kUnknownCase{Errc::unknown_case, Where::at_field("case"), {}};
constexpr std::size_t kLongestNote = 1'000, kLongestReason = 500, kLongestName = 200, kLongestTitle = 100;

std::optional<CaseId> case_of(const Request& request) { return parse_id<CaseTag>(request.params[0]); }

cases::Office office(const Services& s, const GridTree& tree) {
  return {s.sealer, s.ids, tree, s.zone, s.clock.now(), s.residents_url};
}

Response with_etag(Response response, int version) {
  response.headers.emplace_back("etag", "\"" + std::to_string(version) + "\"");
  return response;
}

UserId read_user(Input& in, std::string_view member) {
  const auto text = in.optional_text(member, 1, 64);
  const auto user = text ? parse_id<UserTag>(*text) : std::nullopt;
  if (text && !user) in.wrong(Errc::unknown_user, member);
  return user.value_or(UserId{});
}

std::optional<replies::New> read_tell(Input& in) {
  auto within = in.object("tell");
  if (!within) return {};
  replies::New said;
  said.text = within->text("text", 1, replies::kMostText);
  if (const auto way = replies::parse_way(within->text("way", 1, 20))) said.way = *way;
  else within->wrong(Errc::bad_value, "way", {{"allowed", "group, phone, door, one_to_one"}});
  said.machine = within->optional_bool("machine").value_or(false);
  said.link = within->optional_bool("link").value_or(false);
  if (const auto quotes = within->optional_text("quotes", 1, 64)) {
    if (const auto message = parse_id<MessageTag>(*quotes)) said.quotes = *message;
    else within->wrong(Errc::bad_value, "quotes");
  }
  if (within->has("groups"))
    for (const std::string& text : within->texts("groups", 100, 1, 64)) {
      if (const auto group = parse_id<GroupTag>(text)) said.groups.push_back(*group);
      else within->wrong(Errc::bad_value, "groups");
    }
  in.finish(*within);
  return said;
}

json::value reply_or_null(const Call& call, const std::optional<replies::Reply>& reply) {
  if (!reply) return nullptr;
  return reply_json(*reply, {call.services.groups, call.services.grids}, call.language);
}

// The case as it stands now, as this caller sees it; the promise with it.
Result<Response> card_answer(const Call& call, Tx& tx, int status, CaseId id) {
  auto shown = cases::find(tx, call.services.sealer, call.actor(), id);
  if (!shown) return tl::unexpected(std::move(shown).error());
  People people(tx);
  auto card = case_card(call, tx, people, *shown);
  if (!card) return tl::unexpected(std::move(card).error());
  auto response = answered(people, status, *card);
  if (!response) return response;
  return with_etag(*std::move(response), shown->one.version);
}

// One line to where it was first said, when the district wants that and the officer writes none of their own. Whether.
Result<bool> tell_progress(Tx& tx, const cases::Office& where, const Actor& actor, const Case& one, CaseAction action) {
  if (action != CaseAction::accept && action != CaseAction::report_done && action != CaseAction::reject) return false;
  if (!one.lead || one.confidential || one.answer_by != AnswerBy::group ||
      !actor.may(Right::replies_send, one.grid_path))
    return false;
  auto policy = resident_policy::load(tx);
  if (!policy) return tl::unexpected(std::move(policy).error());
  if (!policy->first.tell_progress) return false;
  replies::New words;
  words.text = phrase("public.progress." + std::string(name(action)), {{"number", one.number}}, Language::zh);
  words.link = true;
  auto reply = dispatch::tell(tx, where, actor, one, std::move(words));
  if (!reply && reply.error().code == Errc::claimed) return false;  // somebody is writing to them just now
  if (!reply) return tl::unexpected(std::move(reply).error());
  return true;
}

std::function<void()> wake_sender(Services& services, bool words) {
  return [&services, words] {
    if (words && services.words_queued) services.words_queued();
  };
}

}  // namespace

// ---- from a lead ----

void dispatch_lead(Call call) {
  const auto lead = parse_id<LeadTag>(call.request.params[0]);
  if (!lead) return call.fail(kUnknownLead);
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  dispatch::New what;
  what.seen_version = *seen;
  what.to = read_user(in, "to");
  what.title = in.optional_text("title", 1, kLongestTitle).value_or("");
  what.note = in.optional_text("note", 0, kLongestNote).value_or("");
  what.confidential = in.optional_bool("confidential").value_or(false);
  what.tell = read_tell(in);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [lead = *lead, what](Call& c, Tx& tx) -> Result<Written> {
    Services& s = c.services;
    const auto tree = s.grids.tree();
    auto done = dispatch::send(tx, office(s, *tree), c.actor(), lead, what);
    if (!done) return tl::unexpected(std::move(done).error());
    const Case& one = done->one;
    LINLI_TRY(record(c, tx, "case.dispatched", "case", to_text(one.id),
                     json::serialize(json::object{{"lead", to_text(lead)},
                                                  {"to", one.assignee ? to_text(one.assignee) : ""},
                                                  {"confidential", one.confidential},
                                                  {"told", done->reply.has_value()}})));
    auto shown = cases::find(tx, s.sealer, c.actor(), one.id);
    if (!shown) return tl::unexpected(std::move(shown).error());
    People people(tx);
    auto card = case_card(c, tx, people, *shown);
    if (!card) return tl::unexpected(std::move(card).error());
    auto response = answered(people, 201, {{"case", *std::move(card)}, {"reply", reply_or_null(c, done->reply)}});
    if (!response) return tl::unexpected(std::move(response).error());
    return Written{with_etag(*std::move(response), one.version), wake_sender(s, done->reply.has_value())};
  });
}

void take_dispatch_back(Call call) {
  const auto lead = parse_id<LeadTag>(call.request.params[0]);
  if (!lead) return call.fail(kUnknownLead);
  write(std::move(call), [lead = *lead](Call& c, Tx& tx) -> Result<Written> {
    Services& s = c.services;
    const auto tree = s.grids.tree();
    auto back = dispatch::take_back(tx, office(s, *tree), c.actor(), lead);
    if (!back) return tl::unexpected(std::move(back).error());
    LINLI_TRY(record(c, tx, "case.dispatch_taken_back", "lead", to_text(lead)));
    Response response =
        json_answer(200, json::serialize(lead_summary(*back, {s.groups, s.grids}, std::nullopt, s.clock.now())));
    response.headers.emplace_back("etag", etag(*back));
    return Written{std::move(response), {}};
  });
}

// ---- by hand ----

void file_case(Call call) {
  Input in(call.request);
  cases::New what;
  what.content.title = in.text("title", 1, kLongestTitle);
  what.content.summary = in.optional_text("summary", 0, 2'000).value_or("");
  what.content.place = in.optional_text("place", 0, kLongestName).value_or("");
  what.content.contact_name = in.optional_text("contact_name", 0, 64).value_or("");
  what.content.contact_phone = in.optional_text("contact_phone", 0, 32).value_or("");
  what.category = in.text("category", 1, 64);
  if (!what.category.empty() && !Taxonomy::embedded().find(what.category))
    in.wrong(Errc::bad_value, "category", {{"value", what.category}});
  const auto urgency = in.optional_number("urgency", 1, 4);
  if (!urgency) in.wrong(Errc::missing_field, "urgency");
  else if (*urgency != static_cast<int>(*urgency)) in.wrong(Errc::bad_value, "urgency", {{"allowed", "1-4"}});
  else what.urgency = static_cast<int>(*urgency);
  const std::string grid_id = in.text("grid_id", 1, 64);
  const auto came_by = parse_came_by(in.text("came_by", 1, 20));
  if (!came_by || *came_by == CameBy::lead) in.wrong(Errc::bad_value, "came_by", {{"allowed", "phone, door, counter"}});
  else what.came_by = *came_by;
  const auto answer_by = parse_answer_by(in.text("answer_by", 1, 20));
  if (!answer_by || *answer_by == AnswerBy::group)
    in.wrong(Errc::bad_value, "answer_by", {{"allowed", "phone, door, counter, none"}});
  else what.answer_by = *answer_by;
  if (what.answer_by == AnswerBy::phone && what.content.contact_phone.empty())
    in.wrong(Errc::missing_field, "contact_phone");
  what.confidential = in.optional_bool("confidential").value_or(false);
  what.dispatch = in.optional_bool("dispatch").value_or(true);
  what.answered = in.optional_bool("answered").value_or(false);
  what.to = read_user(in, "to");
  if (what.to && !what.dispatch) in.wrong(Errc::bad_value, "to");
  what.note = in.optional_text("note", 0, kLongestNote).value_or("");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [what, grid_id](Call& c, Tx& tx) -> Result<Written> {
    Services& s = c.services;
    const auto tree = s.grids.tree();
    auto grid = known_grid(c, *tree, grid_id, "grid_id", Right::cases_read);
    if (!grid) return tl::unexpected(std::move(grid).error());
    cases::New filed = what;
    filed.grid_path = (*grid)->path;
    auto one = cases::open(tx, office(s, *tree), c.actor(), std::move(filed));
    if (!one) return tl::unexpected(std::move(one).error());
    LINLI_TRY(record(c, tx, "case.filed", "case", to_text(one->id),
                     json::serialize(json::object{{"came_by", name(one->came_by)},
                                                  {"to", one->assignee ? to_text(one->assignee) : ""},
                                                  {"confidential", one->confidential}})));
    auto response = card_answer(c, tx, 201, one->id);
    if (!response) return tl::unexpected(std::move(response).error());
    return Written{*std::move(response), {}};
  });
}

// ---- reading ----

void list_cases(Call call) {
  auto filter = case_filter(call);
  if (!filter) return call.fail(filter.error());
  read(std::move(call), [filter = *std::move(filter)](Call& c, Tx& tx) -> Result<Response> {
    auto page = cases::list(tx, c.services.sealer, c.actor(), filter, c.services.clock.now());
    if (!page) return tl::unexpected(std::move(page).error());
    People people(tx);
    json::array out;
    for (const cases::Shown& shown : page->cases) out.push_back(case_summary(c, people, shown));
    json::object body{{"cases", std::move(out)},
                      {"next_cursor", nullptr},
                      {"stream_position", std::to_string(page->stream_position)}};
    if (!page->next_cursor.empty()) body["next_cursor"] = page->next_cursor;
    return answered(people, 200, body);
  });
}

void get_case_board(Call call) {
  auto grid = queried_grid(call, *call.services.grids.tree(), Right::cases_read);
  if (!grid) return call.fail(grid.error());
  const auto mine = flag(call.request, "mine");
  if (!mine) return call.fail(mine.error());
  const std::string path = *grid ? (*grid)->path : std::string();
  read(std::move(call), [path, mine = *mine](Call& c, Tx& tx) -> Result<Response> {
    const Instant now = c.services.clock.now();
    auto board = cases::board(tx, c.actor(), mine, path, now, now + kSoon);
    if (!board) return tl::unexpected(std::move(board).error());
    json::array states;
    for (std::size_t i = 0; i < kCaseStates; ++i)
      states.push_back(json::object{{"state", name(static_cast<CaseState>(i))},
                                    {"count", board->states[i].all},
                                    {"late", board->states[i].late}});
    return json_answer(200, json::serialize(json::object{{"states", std::move(states)},
                                                         {"open", board->open},
                                                         {"late", board->late},
                                                         {"soon", board->soon},
                                                         {"unassigned", board->unassigned},
                                                         {"urged", board->urged},
                                                         {"supervised", board->supervised},
                                                         {"stream_position", std::to_string(board->stream_position)}}));
  });
}

void get_case(Call call) {
  const auto id = case_of(call.request);
  if (!id) return call.fail(kUnknownCase);
  read(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Response> {
    auto shown = cases::find(tx, c.services.sealer, c.actor(), id);
    if (!shown) return tl::unexpected(std::move(shown).error());
    // What the assignee has seen is not taken back behind their back. Lost with a crash, it is marked the next time.
    if (shown->one.assignee == c.actor().id && !c.api_key && !shown->one.seen_at)
      (void)c.services.writer.submit([id, who = c.actor().id, now = c.services.clock.now()](
                                         Tx& wtx) { return case_store::mark_seen(wtx, id, who, now); },
                                     [](Result<void>) {});
    People people(tx);
    auto card = case_card(c, tx, people, *shown);
    if (!card) return tl::unexpected(std::move(card).error());
    auto response = answered(people, 200, *card);
    if (!response) return response;
    return with_etag(*std::move(response), shown->one.version);
  });
}

// ---- steps ----

void act_on_case(Call call) {
  const auto id = case_of(call.request);
  if (!id) return call.fail(kUnknownCase);
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  cases::Said said;
  said.seen_version = *seen;
  if (const auto action = parse_case_action(in.text("action", 1, 20))) said.action = *action;
  else in.wrong(Errc::bad_value, "action");
  said.note = in.optional_text("note", 0, kLongestNote).value_or("");
  said.to = read_user(in, "to");
  said.reason = in.optional_text("reason", 0, kLongestReason).value_or("");
  if (const auto day = in.optional_text("wake_on", 1, 20)) {
    said.wake_on = parse_day(*day);
    if (!said.wake_on) in.wrong(Errc::bad_value, "wake_on", {{"value", *day}, {"allowed", "2026-12-03"}});
  }
  said.responsible = in.optional_text("responsible", 0, kLongestName).value_or("");
  said.due_at = in.optional_time("due_at");
  if (const auto stars = in.optional_number("stars", 1, 5)) {
    said.stars = static_cast<int>(*stars);
    if (*stars != *said.stars) in.wrong(Errc::bad_value, "stars", {{"allowed", "1-5"}});
  }
  if (const auto parent = in.optional_text("parent", 1, 64)) {
    if (const auto parent_id = parse_id<CaseTag>(*parent)) said.parent = *parent_id;
    else in.wrong(Errc::unknown_case, "parent");
  }
  std::vector<FileId> files;
  const bool shown = in.optional_bool("files_shown").value_or(false);
  if (in.has("files")) {
    for (const std::string& text : in.texts("files", case_files::kMost, 1, 64)) {
      if (const auto file = parse_id<FileTag>(text)) files.push_back(*file);
      else in.wrong(Errc::bad_value, "files");
    }
    if (!files.empty() && said.action != CaseAction::note && said.action != CaseAction::report_done)
      in.wrong(Errc::bad_value, "files");
  }
  auto tell = read_tell(in);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [id = *id, said, tell, files, shown](Call& c, Tx& tx) -> Result<Written> {
    Services& s = c.services;
    const auto tree = s.grids.tree();
    const cases::Office where = office(s, *tree);
    auto before = cases::find(tx, s.sealer, c.actor(), id);
    if (!before) return tl::unexpected(std::move(before).error());
    auto one = cases::act(tx, where, c.actor(), id, said);
    if (!one) return tl::unexpected(std::move(one).error());
    LINLI_TRY(case_files::bind(tx, files, c.actor().id, id, one->revision, shown));
    bool told = tell.has_value();
    if (tell) {
      auto next = step(before->one.state, said.action, hats_of(before->one, c.actor()), before->one.bounces,
                       tie_of(before->one));
      if (!next || !next->rule->has(Effect::tells)) return linli::fail(Errc::bad_value, Where::at_field("tell"));
      auto reply = dispatch::tell(tx, where, c.actor(), *one, *tell);
      if (!reply) return tl::unexpected(std::move(reply).error());
    } else {
      auto progress = tell_progress(tx, where, c.actor(), *one, said.action);
      if (!progress) return tl::unexpected(std::move(progress).error());
      told = *progress;
    }
    LINLI_TRY(record(c, tx, "case." + std::string(name(said.action)), "case", to_text(id),
                     json::serialize(json::object{{"state", name(one->state)},
                                                  {"version", one->version},
                                                  {"to", one->assignee ? to_text(one->assignee) : ""},
                                                  {"told", told}})));
    auto response = card_answer(c, tx, 200, id);
    if (!response) return tl::unexpected(std::move(response).error());
    return Written{*std::move(response), wake_sender(s, told)};
  });
}

// ---- what a district decides ----

namespace {

Result<Response> policy_answer(const Call& call, const CasePolicy& policy, int revision) {
  json::array prefixes, times, usual;
  const auto tree = call.services.grids.tree();
  for (const auto& [grid, prefix] : policy.prefixes)
    prefixes.push_back(json::object{{"grid", grid_or_null(*tree, grid)}, {"prefix", prefix}});
  for (const CaseTimesRule& rule : policy.times) times.push_back(times_json(rule));
  for (int urgency = 1; urgency <= 4; ++urgency)
    usual.push_back(times_json({{}, urgency, case_times({}, {}, urgency)}));
  return with_etag(json_answer(200, json::serialize(json::object{{"revision", revision},
                                                                 {"prefixes", std::move(prefixes)},
                                                                 {"times", std::move(times)},
                                                                 {"usual", std::move(usual)}})),
                   revision);
}

Allowance read_allowance(Input& in, std::string_view minutes, std::string_view working) {
  constexpr int kMost = 100'000;
  const auto time = in.optional_number(minutes, 1, kMost);
  const auto of_work = in.optional_bool(working);
  if (!time) in.wrong(Errc::missing_field, minutes);
  if (!of_work) in.wrong(Errc::missing_field, working);
  return {std::chrono::minutes(static_cast<int>(time.value_or(1))), of_work.value_or(false)};
}

}  // namespace

void get_case_policy(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto policy = case_policy::load(tx);
    if (!policy) return tl::unexpected(std::move(policy).error());
    return policy_answer(c, policy->first, policy->second);
  });
}

void set_case_policy(Call call) {
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  if (!call.actor().everywhere(Right::routing_change)) return call.fail({Errc::not_allowed, {}, {}});
  const auto tree = call.services.grids.tree();
  Input in(call.request);
  if (!in.has("prefixes")) in.wrong(Errc::missing_field, "prefixes");
  if (!in.has("times")) in.wrong(Errc::missing_field, "times");
  CasePolicy policy;
  for (Input& one : in.objects("prefixes", 100)) {
    const std::string id = one.text("grid_id", 1, 64), prefix = one.text("prefix", 1, 12);
    const auto grid_id = parse_id<GridTag>(id);
    const Grid* grid = grid_id ? tree->find(*grid_id) : nullptr;
    if (!grid || grid->level != GridLevel::district) one.wrong(Errc::bad_value, "grid_id", {{"allowed", "district"}});
    else if (!policy.prefixes.emplace(grid->id, prefix).second) one.wrong(Errc::bad_value, "grid_id");
    if (!std::ranges::all_of(prefix, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }))
      one.wrong(Errc::bad_value, "prefix", {{"value", prefix}, {"allowed", "A-Z, 0-9"}});
    in.finish(one);
  }
  for (Input& one : in.objects("times", 200)) {
    CaseTimesRule rule;
    rule.category = one.optional_text("category", 1, 64).value_or("");
    if (!rule.category.empty() && !Taxonomy::embedded().find(rule.category))
      one.wrong(Errc::bad_value, "category", {{"value", rule.category}});
    rule.urgency = static_cast<int>(one.optional_number("urgency", 1, 4).value_or(0));
    rule.times.accept = read_allowance(one, "accept_minutes", "accept_working");
    rule.times.done = read_allowance(one, "due_minutes", "due_working");
    in.finish(one);
    policy.times.push_back(std::move(rule));
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [policy, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    auto revision = case_policy::set(tx, policy, seen, c.actor().id, c.services.clock.now());
    if (!revision) return tl::unexpected(std::move(revision).error());
    LINLI_TRY(record(c, tx, "case.policy_changed", "policy", "cases"));
    auto response = policy_answer(c, policy, *revision);
    if (!response) return tl::unexpected(std::move(response).error());
    return Written{*std::move(response), {}};
  });
}

}  // namespace linli::api
