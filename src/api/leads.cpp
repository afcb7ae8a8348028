#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "api/handlers.h"
#include "api/input.h"
#include "api/lead_json.h"
#include "assist/gaps.h"
#include "cases/moving.h"
#include "notify/promise_steps.h"

namespace linli::api {
namespace {

namespace json = boost::json;

tl::unexpected<Error> wrong(std::string_view field, std::string allowed = {}) {
  Args args;
  if (!allowed.empty()) args.emplace_back("allowed", std::move(allowed));
  return fail(Errc::bad_value, Where::at_field(std::string(field)), std::move(args));
}

Result<std::optional<int>> number(const Request& request, std::string_view name, int least, int most) {
  const auto text = request.query_value(name);
  if (!text) return std::optional<int>{};
  int value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < least || value > most) {
    return wrong(name, std::to_string(least) + "-" + std::to_string(most));
  }
  return std::optional(value);
}

Result<std::vector<LeadState>> states(const std::string& text) {
  std::vector<LeadState> out;
  std::string_view rest = text;
  while (true) {
    const std::size_t comma = rest.find(',');
    const auto state = parse_lead_state(rest.substr(0, comma));
    if (!state) return wrong("state", "open, confirmed, dismissed, merged, answered, in_case");
    if (std::find(out.begin(), out.end(), *state) == out.end()) out.push_back(*state);
    if (comma == rest.npos) return out;
    rest.remove_prefix(comma + 1);
  }
}

Result<desk::Filter> filter_of(const Request& request) {
  desk::Filter filter;
  if (const auto text = request.query_value("state")) {
    auto read = states(*text);
    if (!read) return tl::unexpected(std::move(read).error());
    filter.states = *std::move(read);
  }
  filter.category = request.query_value("category");
  auto urgency = number(request, "urgency", 1, 4);
  if (!urgency) return tl::unexpected(std::move(urgency).error());
  filter.urgency = *urgency;
  if (const auto text = request.query_value("group")) {
    filter.group = parse_id<GroupTag>(*text);
    if (!filter.group) return wrong("group");
  }
  if (const auto text = request.query_value("live")) {
    if (*text != "true" && *text != "false") return wrong("live", "true, false");
    filter.live = *text == "true";
  }
  auto limit = number(request, "limit", 1, 200);
  if (!limit) return tl::unexpected(std::move(limit).error());
  filter.limit = limit->value_or(50);
  filter.cursor = request.query_value("cursor").value_or("");
  return filter;
}

Names names_for(const Actor& actor, std::string_view grid_path) {
  return actor.may(Right::names_read, grid_path) ? Names::shown : Names::masked;
}

// None: whatever it names, there is no such lead.
std::optional<LeadId> lead_of(const Request& request) { return parse_id<LeadTag>(request.params[0]); }
const Error kUnknown{Errc::unknown_lead, Where::at_field("lead"), {}};

Result<std::optional<MessageId>> message_of(const Request& request, std::string_view name) {
  const auto text = request.query_value(name);
  if (!text) return std::optional<MessageId>{};
  const auto id = parse_id<MessageTag>(*text);
  if (!id) return wrong(name);
  return std::optional(*id);
}

// The card as this caller sees it.
Result<json::object> card_json(Call& c, Tx& tx, LeadId id, Names names, const desk::Card& card) {
  const Instant now = c.services.clock.now();
  auto claim = claims::of_lead(tx, id, now);
  if (!claim) return tl::unexpected(std::move(claim).error());
  auto said = replies::of_lead(tx, c.services.sealer, id);
  if (!said) return tl::unexpected(std::move(said).error());
  return lead_card(card, labels(c.services), *claim, *said, now, c.language, names);
}

Response lead_answer(const Lead& lead, const json::object& body) {
  Response response = json_answer(200, json::serialize(body));
  response.headers.emplace_back("etag", etag(lead));
  return response;
}

std::string what_of(desk::Decision::Kind kind) {
  switch (kind) {
    case desk::Decision::Kind::confirm: return "lead.confirmed";
    case desk::Decision::Kind::dismiss: return "lead.dismissed";
    case desk::Decision::Kind::reopen: break;
  }
  return "lead.reopened";
}

// By the forecast of all that waits, whatever the filter shows of it. Later pages go on as the first began.
Result<bool> broken_last(Call& c, Tx& tx, const desk::Filter& filter, Instant now) {
  const bool open = std::ranges::all_of(filter.states, [](LeadState state) { return state == LeadState::open; });
  if (!open || filter.live == false || !filter.cursor.empty()) return false;
  auto time = notify::promise_time(tx, c.services.zone);
  if (!time) return tl::unexpected(std::move(time).error());
  auto ahead = notify::promise_steps::ahead(tx, *c.services.grids.tree(), *time, c.actor(), now);
  if (!ahead) return tl::unexpected(std::move(ahead).error());
  return ahead->broken_last;
}

void decide(Call call, desk::Decision decision) {
  const auto lead = lead_of(call.request);
  if (!lead) return call.fail(kUnknown);
  write_once(std::move(call), [lead = *lead, decision](Call& c, Tx& tx) -> Result<Written> {
    Services& services = c.services;
    const Instant now = services.clock.now();
    auto decided = desk::decide(tx, services.sealer, c.actor(), lead, decision, now);
    if (!decided) return tl::unexpected(std::move(decided).error());
    if (decision.kind == desk::Decision::Kind::confirm)
      LINLI_TRY(knowledge_gaps::note_lead(tx, services.sealer, services.ids, services.knowledge, *decided,
                                          c.actor().today, now));
    json::object detail{{"decision_version", decided->decision_version}};
    if (decided->dismiss_reason) detail["reason"] = linli::name(*decided->dismiss_reason);
    LINLI_TRY(record(c, tx, what_of(decision.kind), "lead", to_text(lead), json::serialize(detail)));
    return Written{lead_answer(*decided, lead_summary(*decided, labels(services), {}, now)),
                   [&services, lead, kind = decision.kind] {
                     if (kind == desk::Decision::Kind::dismiss && services.dismissed) services.dismissed(lead);
                     if (kind == desk::Decision::Kind::reopen && services.reopened) services.reopened(lead);
                   }};
  });
}

}  // namespace

void list_leads(Call call) {
  auto filter = filter_of(call.request);
  if (!filter) return call.fail(filter.error());
  read(std::move(call), [filter = *std::move(filter)](Call& c, Tx& tx) mutable -> Result<Response> {
    const Instant now = c.services.clock.now();
    auto behind = broken_last(c, tx, filter, now);
    if (!behind) return tl::unexpected(std::move(behind).error());
    if (*behind) filter.broken = now - kPromise;
    auto page = desk::list(tx, c.services.sealer, c.actor(), filter);
    if (!page) return tl::unexpected(std::move(page).error());
    const Labels names = labels(c.services);
    auto standing = claims::all(tx, now);
    if (!standing) return tl::unexpected(std::move(standing).error());
    json::array leads;
    for (const Lead& lead : page->leads) {
      const auto claim = standing->find(lead.id);
      leads.push_back(
          lead_summary(lead, names, claim == standing->end() ? std::nullopt : std::optional(claim->second), now));
    }
    json::object body{{"leads", std::move(leads)},
                      {"next_cursor", nullptr},
                      {"total", page->total},
                      {"broken_last", *behind},
                      {"stream_position", std::to_string(page->stream_position)}};
    if (!page->next_cursor.empty()) body["next_cursor"] = page->next_cursor;
    return json_answer(200, json::serialize(body));
  });
}

void get_lead(Call call) {
  const auto lead = lead_of(call.request);
  if (!lead) return call.fail(kUnknown);
  read(std::move(call), [lead = *lead](Call& c, Tx& tx) -> Result<Response> {
    auto card = desk::card(tx, c.services.sealer, c.actor(), lead);
    if (!card) return tl::unexpected(std::move(card).error());
    auto body = card_json(c, tx, lead, names_for(c.actor(), card->lead.grid_path), *card);
    if (!body) return tl::unexpected(std::move(body).error());
    return lead_answer(card->lead, *body);
  });
}

// The card with names and numbers as they are, for those who see them masked: the reason goes into the audit log.
void reveal_lead(Call call) {
  const auto lead = lead_of(call.request);
  if (!lead) return call.fail(kUnknown);
  Input in(call.request);
  const std::string reason = in.text("reason", 4, 200);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [lead = *lead, reason](Call& c, Tx& tx) -> Result<Written> {
    auto card = desk::card(tx, c.services.sealer, c.actor(), lead);
    if (!card) return tl::unexpected(std::move(card).error());
    if (!c.actor().may(Right::names_reveal, card->lead.grid_path))
      return fail(Errc::not_allowed, Where::at_field("lead"));
    auto entry = c.entry("data.revealed", "lead", to_text(lead));
    entry.after = reason;  // it may tell of the residents: it goes with the lead's words
    entry.person = audit::Person{"lead", to_text(lead)};
    auto added = audit::add(tx, c.services.sealer, entry);
    if (!added) return tl::unexpected(std::move(added).error());
    auto body = card_json(c, tx, lead, Names::shown, *card);
    if (!body) return tl::unexpected(std::move(body).error());
    return Written{lead_answer(card->lead, *body), {}};
  });
}

void get_lead_context(Call call) {
  const auto lead = lead_of(call.request);
  if (!lead) return call.fail(kUnknown);
  auto before = message_of(call.request, "before"), after = message_of(call.request, "after");
  auto limit = number(call.request, "limit", 1, 100);
  if (!before) return call.fail(before.error());
  if (!after) return call.fail(after.error());
  if (!limit) return call.fail(limit.error());
  if (before->has_value() == after->has_value()) return call.fail({Errc::missing_field, Where::at_field("before"), {}});
  read(std::move(call),
       [lead = *lead, before = *before, after = *after, limit = limit->value_or(20)](Call& c,
                                                                                     Tx& tx) -> Result<Response> {
         auto found = desk::find(tx, c.services.sealer, c.actor(), lead);
         if (!found) return tl::unexpected(std::move(found).error());
         auto messages = desk::context(tx, c.services.sealer, c.actor(), lead, before, after, limit);
         if (!messages) return tl::unexpected(std::move(messages).error());
         const Names names = names_for(c.actor(), found->grid_path);
         return json_answer(200,
                            json::serialize(json::object{{"messages", lead_messages(*messages, c.language, names)}}));
       });
}

void confirm_lead(Call call) {
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  desk::Decision decision{.kind = desk::Decision::Kind::confirm, .seen_version = *seen};
  decide(std::move(call), std::move(decision));
}

void dismiss_lead(Call call) {
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  const auto reason = parse_dismiss_reason(in.text("reason", 1, 40));
  const auto note = in.optional_text("note", 0, 500);
  if (!reason || *reason == DismissReason::recalled) {
    in.wrong(Errc::bad_value, "reason", {{"allowed", "not_an_appeal, duplicate, settled, advertisement, other"}});
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  decide(std::move(call),
         {.kind = desk::Decision::Kind::dismiss, .seen_version = *seen, .reason = *reason, .note = note.value_or("")});
}

// The grid as it is called; empty: none of the tree.
std::string grid_name(const GridTree& tree, std::string_view path) {
  const Grid* grid = tree.find_code(path.substr(path.rfind('/') + 1));
  return grid ? grid->name : std::string();
}

void set_lead_grid(Call call) {
  const auto lead = lead_of(call.request);
  if (!lead) return call.fail(kUnknown);
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  const auto text = in.optional_text("grid_id", 1, 64);
  if (!in.says("grid_id")) in.wrong(Errc::missing_field, "grid_id");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [id = *lead, seen = *seen, text](Call& c, Tx& tx) -> Result<Written> {
    Services& services = c.services;
    const Instant now = services.clock.now();
    const auto tree = services.grids.tree();
    desk::Move move{.seen_version = seen, .to = nullptr, .machine = {}, .from_name = {}, .to_name = {}};
    if (text) {
      const auto to = parse_id<GridTag>(*text);
      move.to = to ? tree->find(*to) : nullptr;
      if (!move.to || move.to->closed_at) return fail(Errc::not_found, Where::at_field("grid_id"));
    }
    auto before = desk::find(tx, services.sealer, c.actor(), id);
    if (!before) return tl::unexpected(std::move(before).error());
    const auto group = services.groups.find(before->group);
    const std::string community = group ? group->community_key : std::string();

    // What this lead taught before is forgotten; what it teaches now is kept.
    auto taught = Routing::of_lead(tx, services.sealer, id.value);
    if (!taught) return tl::unexpected(std::move(taught).error());
    std::optional<Correction> teaches;
    if (std::string place = without_room(place_key(before->place)); move.to && !place.empty() && !community.empty())
      teaches = Correction{
          services.ids.draw<CorrectionId>(), community, std::move(place), move.to->id, id.value, c.actor().id, now};
    if (!move.to) {
      const Routed routed =
          services.routing.route_without({before->place, {}, group ? group->grid_id : GridId{}, community}, *taught);
      const Grid* grid = routed.grid ? tree->find(routed.grid) : nullptr;
      move.machine = grid ? grid->path : group ? group->grid_path : before->grid_path;
    }
    move.from_name = grid_name(*tree, before->grid_path);
    move.to_name = grid_name(*tree, move.to ? move.to->path : move.machine);
    auto moved = desk::move(tx, services.sealer, c.actor(), id, move, now);
    if (!moved) return tl::unexpected(std::move(moved).error());
    LINLI_TRY(record(c, tx, "lead.moved", "lead", to_text(id)));
    LINLI_TRY(cases::follow_lead(tx, {services.sealer, services.ids, *tree, services.zone, now}, c.actor(), id,
                                 moved->grid_path));
    for (const Correction& one : *taught) LINLI_TRY(Routing::remove(tx, one.id));
    if (teaches) LINLI_TRY(Routing::write(tx, services.sealer, *teaches));
    auto claim = claims::of_lead(tx, id, now);
    if (!claim) return tl::unexpected(std::move(claim).error());
    return Written{lead_answer(*moved, lead_summary(*moved, labels(services), *claim, now)),
                   [&services, taught = std::move(*taught), teaches] {
                     for (const Correction& one : taught) services.routing.forget(one);
                     if (teaches) services.routing.keep(*teaches);
                   }};
  });
}

void reopen_lead(Call call) {
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  decide(std::move(call), {.kind = desk::Decision::Kind::reopen, .seen_version = *seen});
}

}  // namespace linli::api
