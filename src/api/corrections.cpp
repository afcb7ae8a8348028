// What people put right on leads: fields, merging, splitting, moving messages; many at once.
#include <boost/json.hpp>
#include <cmath>
#include <set>

#include "api/handlers.h"
#include "api/input.h"
#include "api/lead_json.h"
#include "cases/moving.h"
#include "desk/bulk.h"
#include "desk/similar.h"
#include "understand/taxonomy.h"

namespace linli::api {
namespace {

namespace json = boost::json;

const Error kUnknown{Errc::unknown_lead, Where::at_field("lead"), {}};

std::optional<LeadId> lead_of(const Request& request) { return parse_id<LeadTag>(request.params[0]); }

void tell(const Services& services, const std::optional<Placing::Moved>& moved) {
  if (moved && services.moved) services.moved(*moved);
}

json::value other_json(const Services& services, const std::optional<Lead>& other, Instant now) {
  if (!other) return nullptr;
  return lead_summary(*other, labels(services), {}, now);
}

// The lead that the call was about, and the other one that it changed.
Result<Written> done(Call& c, Tx& tx, const char* what, LeadId id, Result<corrections::Done> done,
                     json::object detail) {
  if (!done) return tl::unexpected(std::move(done).error());
  detail["decision_version"] = done->lead.decision_version;
  if (done->other) detail["other"] = to_text(done->other->id);
  LINLI_TRY(record(c, tx, what, "lead", to_text(id), json::serialize(detail)));
  const Instant now = c.services.clock.now();
  Response response =
      json_answer(200, json::serialize(json::object{{"lead", lead_summary(done->lead, labels(c.services), {}, now)},
                                                    {"other", other_json(c.services, done->other, now)}}));
  response.headers.emplace_back("etag", etag(done->lead));
  return Written{std::move(response), [&services = c.services, moved = done->moved] { tell(services, moved); }};
}

// A whole number; not there or not whole: an error.
int whole(Input& in, std::string_view member, int least, int most) {
  const auto number = in.optional_number(member, least, most);
  if (!number) in.wrong(Errc::missing_field, member);
  else if (std::floor(*number) != *number) in.wrong(Errc::bad_value, member);
  return static_cast<int>(number.value_or(least));
}

json::object outcome_json(const bulk::Outcome& one, const Labels& names, Language language, Instant now) {
  json::object out{{"id", to_text(one.lead)}, {"done", !one.problem}, {"problem", nullptr}, {"lead", nullptr}};
  if (one.stands) out["lead"] = lead_summary(*one.stands, names, {}, now);
  if (!one.problem) return out;
  const Words said = words(*one.problem, language);
  json::object problem{{"code", linli::name(one.problem->code)}, {"title", said.text}, {"remedy", said.remedy}};
  json::object args;
  for (const auto& [key, value] : one.problem->args) args[key] = value;
  problem["args"] = std::move(args);
  out["problem"] = std::move(problem);
  return out;
}

json::object outcomes_json(Call& c, const bulk::Outcomes& outcomes) {
  const Instant now = c.services.clock.now();
  json::array leads;
  std::size_t can = 0;
  for (const bulk::Outcome& one : outcomes.leads) {
    can += !one.problem;
    leads.push_back(outcome_json(one, labels(c.services), c.language, now));
  }
  json::object out{
      {"batch", nullptr}, {"done", can}, {"not_done", outcomes.leads.size() - can}, {"leads", std::move(leads)}};
  if (outcomes.batch) out["batch"] = to_text(outcomes.batch);
  return out;
}

// An entry for each lead: the log of one tells all that was done with it.
Result<void> record_each(Call& c, Tx& tx, const char* what, const bulk::Outcomes& outcomes) {
  for (const bulk::Outcome& one : outcomes.leads) {
    if (one.problem) continue;
    LINLI_TRY(record(c, tx, what, "lead", to_text(one.lead),
                     json::serialize(json::object{{"batch", to_text(outcomes.batch)},
                                                  {"decision_version", one.stands->decision_version}})));
  }
  return {};
}

}  // namespace

void edit_lead(Call call) {
  const auto lead = lead_of(call.request);
  if (!lead) return call.fail(kUnknown);
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  corrections::Edit edit;
  edit.seen_version = *seen;
  const auto change = [&](std::string_view member, std::size_t least, std::size_t most) {
    corrections::Edit::Change<std::string> out;
    if (in.says(member)) out = in.optional_text(member, least, most);
    return out;
  };
  edit.category = change("category", 1, 64);
  if (edit.category && *edit.category && !Taxonomy::embedded().find(**edit.category))
    in.wrong(Errc::bad_value, "category", {{"value", **edit.category}, {"allowed", "GET /api/v1/taxonomy"}});
  edit.place = change("place", 0, 100);
  edit.summary = change("summary", 1, 200);
  if (in.says("urgency")) {
    edit.urgency.emplace();  // null: back to the machine
    if (in.has("urgency")) *edit.urgency = whole(in, "urgency", 1, 4);
    else in.optional_number("urgency", 1, 4);
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [id = *lead, edit](Call& c, Tx& tx) mutable -> Result<Written> {
    Services& services = c.services;
    auto before = desk::find(tx, services.sealer, c.actor(), id);
    if (!before) return tl::unexpected(std::move(before).error());
    if (const auto group = services.groups.find(before->group))
      edit.route = [&services, group](const std::string& place) {
        return services.routing.path({place, {}, group->grid_id, group->community_key}, group->grid_path);
      };
    const Instant now = services.clock.now();
    auto edited = corrections::edit(tx, services.sealer, c.actor(), id, edit, now);
    if (!edited) return tl::unexpected(std::move(edited).error());
    if (edited->decision_version != before->decision_version) {
      json::array fields;  // which, not what: the words tell of residents
      if (edit.category) fields.emplace_back("category");
      if (edit.urgency) fields.emplace_back("urgency");
      if (edit.place) fields.emplace_back("place");
      if (edit.summary) fields.emplace_back("summary");
      LINLI_TRY(record(c, tx, "lead.edited", "lead", to_text(id),
                       json::serialize(json::object{{"decision_version", edited->decision_version},
                                                    {"fields", std::move(fields)}})));
    }
    const auto tree = services.grids.tree();
    LINLI_TRY(cases::follow_lead(tx, {services.sealer, services.ids, *tree, services.zone, now}, c.actor(), id,
                                 edited->grid_path));
    auto claim = claims::of_lead(tx, id, now);
    if (!claim) return tl::unexpected(std::move(claim).error());
    Response response = json_answer(200, json::serialize(lead_summary(*edited, labels(services), *claim, now)));
    response.headers.emplace_back("etag", etag(*edited));
    return Written{std::move(response), {}};
  });
}

void merge_lead(Call call) {
  const auto lead = lead_of(call.request);
  if (!lead) return call.fail(kUnknown);
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  const auto into = parse_id<LeadTag>(in.text("into", 1, 64));
  if (!into) in.wrong(Errc::unknown_lead, "into");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [id = *lead, seen = *seen, into = *into](Call& c, Tx& tx) {
    return done(c, tx, "lead.merged", id,
                corrections::merge(tx, c.services.sealer, c.actor(), id, seen, into, c.services.clock.now()), {});
  });
}

void unmerge_lead(Call call) {
  const auto lead = lead_of(call.request);
  if (!lead) return call.fail(kUnknown);
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  write_once(std::move(call), [id = *lead, seen = *seen](Call& c, Tx& tx) {
    return done(c, tx, "lead.unmerged", id,
                corrections::unmerge(tx, c.services.sealer, c.actor(), id, seen, c.services.clock.now()), {});
  });
}

void split_lead(Call call) {
  const auto lead = lead_of(call.request);
  if (!lead) return call.fail(kUnknown);
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  std::vector<MessageId> messages;
  const auto texts = in.texts("messages", 200, 1, 64);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (const auto message = parse_id<MessageTag>(texts[i])) messages.push_back(*message);
    else in.wrong(Errc::bad_value, "messages[" + std::to_string(i) + "]");
  }
  if (texts.empty()) in.wrong(Errc::missing_field, "messages");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [id = *lead, seen = *seen, messages](Call& c, Tx& tx) {
    return done(c, tx, "lead.split", id,
                corrections::split(tx, c.services.sealer, c.services.ids, c.actor(), id, seen, messages,
                                   c.services.clock.now()),
                {{"messages", messages.size()}});
  });
}

void move_lead_message(Call call) {
  const auto lead = lead_of(call.request);
  if (!lead) return call.fail(kUnknown);
  const auto message = parse_id<MessageTag>(call.request.params[1]);
  if (!message) return call.fail({Errc::not_found, Where::at_field("message"), {}});
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  std::optional<LeadId> to;
  if (!in.says("to")) in.wrong(Errc::missing_field, "to");
  if (const auto text = in.optional_text("to", 1, 64)) {
    to = parse_id<LeadTag>(*text);
    if (!to) in.wrong(Errc::unknown_lead, "to");
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [id = *lead, message = *message, seen = *seen, to](Call& c, Tx& tx) {
    return done(c, tx, "lead.message_moved", id,
                corrections::move(tx, c.services.sealer, c.actor(), id, seen, message, to, c.services.clock.now()),
                {{"message", to_text(message)}});
  });
}

void list_similar_leads(Call call) {
  const auto lead = lead_of(call.request);
  if (!lead) return call.fail(kUnknown);
  read(std::move(call), [id = *lead](Call& c, Tx& tx) -> Result<Response> {
    const Instant now = c.services.clock.now();
    auto found = desk::similar(tx, c.services.sealer, c.actor(), id, c.services.zone.at(c.services.zone.day(now)));
    if (!found) return tl::unexpected(std::move(found).error());
    json::array out;
    for (const desk::Similar& one : *found) {
      json::array reasons;
      for (const auto& [code, args] : one.reasons) {
        Args said = args;
        for (auto& [key, value] : said)
          if (key == "category") value = phrase("category." + value, {}, c.language);
        reasons.push_back(json::object{{"code", code}, {"text", phrase(code, said, c.language)}});
      }
      out.push_back(json::object{{"lead", lead_summary(one.lead, labels(c.services), {}, now)},
                                 {"score", one.score},
                                 {"reasons", std::move(reasons)}});
    }
    return json_answer(200, json::serialize(json::object{{"leads", std::move(out)}}));
  });
}

void decide_leads(Call call) {
  Input in(call.request);
  bulk::Wanted wanted;
  const auto action = bulk::parse_action(in.text("action", 1, 20));
  if (!action) in.wrong(Errc::bad_value, "action", {{"allowed", "confirm, dismiss, merge, reply"}});
  wanted.action = action.value_or(bulk::Action::confirm);
  std::set<LeadId> seen;
  auto items = in.objects("leads", bulk::kMost);
  if (items.empty()) in.wrong(Errc::missing_field, "leads");
  for (std::size_t i = 0; i < items.size(); ++i) {
    Input& item = items[i];
    const std::string text = item.text("id", 1, 64);
    const int version = whole(item, "decision_version", 0, 1'000'000'000);
    const auto id = parse_id<LeadTag>(text);
    if (!id) item.wrong(Errc::bad_value, "id");
    else if (!seen.insert(*id).second) item.wrong(Errc::duplicate, "id");
    else wanted.leads.push_back({*id, version});
    in.finish(item);
  }
  const auto reason = in.optional_text("reason", 1, 40);
  const auto note = in.optional_text("note", 0, 500);
  const auto into = in.optional_text("into", 1, 64);
  const bool dry = in.optional_bool("dry_run").value_or(false);
  if (wanted.action == bulk::Action::dismiss) {
    const auto why = parse_dismiss_reason(reason.value_or(""));
    if (!reason) in.wrong(Errc::missing_field, "reason");
    else if (!why || *why == DismissReason::recalled)
      in.wrong(Errc::bad_value, "reason", {{"allowed", "not_an_appeal, duplicate, settled, advertisement, other"}});
    wanted.reason = why.value_or(DismissReason::other);
    wanted.note = note.value_or("");
  } else if (reason || note) {
    in.wrong(Errc::bad_value, reason ? "reason" : "note", {{"allowed", "action dismiss"}});
  }
  if (wanted.action == bulk::Action::merge) {
    const auto survivor = parse_id<LeadTag>(into.value_or(""));
    if (!into) in.wrong(Errc::missing_field, "into");
    else if (!survivor) in.wrong(Errc::unknown_lead, "into");
    wanted.into = survivor.value_or(LeadId{});
    if (seen.contains(wanted.into)) in.wrong(Errc::bad_value, "into", {{"allowed", "none of leads"}});
  } else if (into) {
    in.wrong(Errc::bad_value, "into", {{"allowed", "action merge"}});
  }
  const auto text = in.optional_text("text", 1, replies::kMostText);
  if (wanted.action == bulk::Action::reply) {
    if (!text) in.wrong(Errc::missing_field, "text");
    wanted.text = text.value_or("");
  } else if (text) {
    in.wrong(Errc::bad_value, "text", {{"allowed", "action reply"}});
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  // Words to residents are a person's.
  if (wanted.action == bulk::Action::reply && call.api_key) return call.fail({Errc::needs_person, {}, {}});

  if (dry) {
    return read(std::move(call), [wanted](Call& c, Tx& tx) -> Result<Response> {
      auto outcomes = bulk::preview(tx, c.services.sealer, c.actor(), wanted, c.services.clock.now());
      if (!outcomes) return tl::unexpected(std::move(outcomes).error());
      return json_answer(200, json::serialize(outcomes_json(c, *outcomes)));
    });
  }
  write_once(
      std::move(call),
      [wanted](Call& c, Tx& tx) -> Result<Written> {
        auto outcomes = bulk::apply(tx, c.services.sealer, c.services.ids, c.actor(), wanted, c.services.clock.now());
        if (!outcomes) return tl::unexpected(std::move(outcomes).error());
        LINLI_TRY(record_each(c, tx,
                              wanted.action == bulk::Action::confirm   ? "lead.confirmed"
                              : wanted.action == bulk::Action::dismiss ? "lead.dismissed"
                              : wanted.action == bulk::Action::reply   ? "reply.sent"
                                                                       : "lead.merged",
                              *outcomes));
        Response response = json_answer(200, json::serialize(outcomes_json(c, *outcomes)));
        return Written{std::move(response), [&services = c.services, dismiss = wanted.action == bulk::Action::dismiss,
                                             leads = std::move(outcomes->leads)] {
                         if (services.words_queued) services.words_queued();
                         for (const bulk::Outcome& one : leads) {
                           tell(services, one.moved);
                           if (dismiss && !one.problem && services.dismissed) services.dismissed(one.lead);
                         }
                       }};
      },
      Guard::bare);
}

void undo_lead_batch(Call call) {
  const auto batch = parse_id<bulk::BatchTag>(call.request.params[0]);
  if (!batch) return call.fail({Errc::not_found, Where::at_field("batch"), {}});
  write_once(
      std::move(call),
      [batch = *batch](Call& c, Tx& tx) -> Result<Written> {
        auto outcomes = bulk::undo(tx, c.services.sealer, c.actor(), batch, c.services.clock.now());
        if (!outcomes) return tl::unexpected(std::move(outcomes).error());
        LINLI_TRY(record_each(c, tx, "lead.reopened", *outcomes));
        Response response = json_answer(200, json::serialize(outcomes_json(c, *outcomes)));
        return Written{std::move(response), [&services = c.services, leads = std::move(outcomes->leads)] {
                         for (const bulk::Outcome& one : leads) {
                           tell(services, one.moved);
                           if (!one.problem && services.reopened) services.reopened(one.lead);
                         }
                       }};
      },
      Guard::bare);
}

}  // namespace linli::api
