#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"
#include "api/lead_json.h"
#include "assist/knowledge.h"
#include "assist/tasks.h"
#include "channels/messages.h"
#include "desk/canned.h"
#include "desk/draft.h"
#include "leads/lead_store.h"
#include "understand/taxonomy.h"

namespace linli::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kAsked = 5;  // messages that make up the question
constexpr int kOffered = 3;

const Error kUnknown{Errc::unknown_lead, Where::at_field("lead"), {}};

json::object waiting_json(const replies::Waiting& waiting, const Labels& names, Language language) {
  json::object out = outgoing_json(waiting.item, names, language);
  out["machine"] = waiting.item.purpose != "reply";
  out["lead"] = to_text(waiting.lead);
  return out;
}

// What the knowledge base holds for the words that opened the lead, at its place, today.
Result<std::vector<desk::Known>> known_of(Services& s, Tx& tx, const Lead& lead, const std::vector<LeadLink>& links) {
  std::vector<MessageId> asked;
  for (const LeadLink& link : links)
    if (link.act == Act::report || link.act == Act::detail) asked.push_back(link.message);
  if (asked.size() > kAsked) asked.resize(kAsked);
  auto messages = read_messages(tx, s.sealer, asked);
  if (!messages) return tl::unexpected(std::move(messages).error());
  std::string question;
  for (const StoredMessage& m : *messages)
    if (!m.recalled) question += m.message.text + "\n";
  if (question.empty()) question = lead.summary;
  std::vector<desk::Known> out;
  for (const Offer& offer :
       s.knowledge.offers(question, lead.grid_path, lead.category, s.zone.day(s.clock.now()), kOffered)) {
    const KnowledgeEntry& entry = *offer.entry;
    desk::Known known{to_text(entry.id), entry.title, entry.answer, {}, offer.confident};
    if (!entry.sources.empty()) {
      known.source = entry.sources.front().title;
      if (const std::string& office = entry.sources.front().office; !office.empty()) known.source += "，" + office;
    }
    out.push_back(std::move(known));
  }
  return out;
}

struct Asked {
  std::vector<assist::Spoken> messages;
  std::vector<assist::Source> sources;
};
Result<Asked> question_of(Services& s, Tx& tx, const Actor& actor, LeadId id) {
  auto card = desk::card(tx, s.sealer, actor, id);
  if (!card) return tl::unexpected(std::move(card).error());
  if (!actor.may(Right::replies_send, card->lead.grid_path)) return fail(Errc::not_allowed, Where::at_field("lead"));
  auto links = lead_store::links(tx, s.sealer, id);
  if (!links) return tl::unexpected(std::move(links).error());
  auto known = known_of(s, tx, card->lead, *links);
  if (!known) return tl::unexpected(std::move(known).error());
  Asked out;
  for (const desk::CardMessage& m : card->messages)
    if (m.link && !m.message.recalled)
      out.messages.push_back(
          {to_text(m.message.id), m.message.message.sender_name, m.message.message.role, m.message.message.text});
  for (desk::Known& one : *known) out.sources.push_back({one.id, one.title, one.answer, one.source});
  return out;
}

}  // namespace

void claim_lead(Call call) {
  const auto lead = parse_id<LeadTag>(call.request.params[0]);
  if (!lead) return call.fail(kUnknown);
  Input in(call.request);
  const auto doing = claims::parse_doing(in.text("doing", 1, 20));
  if (!doing) in.wrong(Errc::bad_value, "doing", {{"allowed", "viewing, writing"}});
  const bool take_over = in.optional_bool("take_over").value_or(false);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [lead = *lead, doing = *doing, take_over](Call& c, Tx& tx) -> Result<Written> {
    auto claim = claims::take(tx, c.services.sealer, c.actor(), lead, doing, take_over, c.services.clock.now());
    if (!claim) return tl::unexpected(std::move(claim).error());
    return Written{json_answer(200, json::serialize(claim_json(*claim))), {}};
  });
}

void leave_lead(Call call) {
  const auto lead = parse_id<LeadTag>(call.request.params[0]);
  if (!lead) return call.fail(kUnknown);
  write(std::move(call), [lead = *lead](Call& c, Tx& tx) -> Result<Written> {
    LINLI_TRY(claims::leave(tx, c.services.sealer, c.actor(), lead, c.services.clock.now()));
    return Written{Response{204, {}, {}}, {}};
  });
}

void send_reply(Call call) {
  const auto lead = parse_id<LeadTag>(call.request.params[0]);
  if (!lead) return call.fail(kUnknown);
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  replies::New said;
  said.seen_version = *seen;
  said.text = in.text("text", 1, replies::kMostText);
  const auto way = replies::parse_way(in.text("way", 1, 20));
  if (!way) in.wrong(Errc::bad_value, "way", {{"allowed", "group, phone, door, one_to_one"}});
  else said.way = *way;
  said.ends = in.optional_bool("ends").value_or(true);
  said.again = in.optional_bool("again").value_or(false);
  said.machine = in.optional_bool("machine").value_or(false);
  if (in.has("sources")) said.sources = in.texts("sources", 10, 1, 64);
  if (const auto quotes = in.optional_text("quotes", 1, 64)) {
    const auto message = parse_id<MessageTag>(*quotes);
    if (message) said.quotes = *message;
    else in.wrong(Errc::bad_value, "quotes");
  }
  if (in.has("groups"))
    for (const std::string& text : in.texts("groups", 500, 1, 64)) {
      const auto group = parse_id<GroupTag>(text);
      if (group) said.groups.push_back(*group);
      else in.wrong(Errc::bad_value, "groups");
    }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [lead = *lead, said](Call& c, Tx& tx) -> Result<Written> {
    Services& s = c.services;
    auto reply = replies::send(tx, s.sealer, s.ids, c.actor(), lead, said, s.clock.now());
    if (!reply) return tl::unexpected(std::move(reply).error());
    LINLI_TRY(record(c, tx, "reply.sent", "lead", to_text(lead),
                     json::serialize(json::object{{"reply", to_text(reply->id)},
                                                  {"way", replies::name(reply->way)},
                                                  {"groups", reply->out.size()},
                                                  {"machine", reply->machine}})));
    return Written{json_answer(201, json::serialize(reply_json(*reply, labels(s), c.language))), [&s] {
                     if (s.words_queued) s.words_queued();
                   }};
  });
}

void take_reply_back(Call call) {
  const auto id = parse_id<ReplyTag>(call.request.params[0]);
  if (!id) return call.fail({Errc::not_found, Where::at_field("reply"), {}});
  write(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Written> {
    auto reply = replies::take_back(tx, c.services.sealer, c.actor(), id, c.services.clock.now());
    if (!reply) return tl::unexpected(std::move(reply).error());
    LINLI_TRY(record(c, tx, "reply.taken_back", "lead", to_text(reply->lead),
                     json::serialize(json::object{{"reply", to_text(id)}})));
    return Written{json_answer(200, json::serialize(reply_json(*reply, labels(c.services), c.language))), {}};
  });
}

void get_draft(Call call) {
  const auto id = parse_id<LeadTag>(call.request.params[0]);
  if (!id) return call.fail(kUnknown);
  read(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Response> {
    Services& s = c.services;
    auto lead = desk::find(tx, s.sealer, c.actor(), id);
    if (!lead) return tl::unexpected(std::move(lead).error());
    auto links = lead_store::links(tx, s.sealer, id);
    if (!links) return tl::unexpected(std::move(links).error());
    auto known = known_of(s, tx, *lead, *links);
    if (!known) return tl::unexpected(std::move(known).error());
    const desk::Draft draft = desk::draft(*lead, *links, *known);
    json::array groups, sources;
    for (const GroupId group : draft.groups) groups.emplace_back(to_text(group));
    for (const desk::Known& one : *known)
      sources.push_back(json::object{{"id", one.id},
                                     {"title", one.title},
                                     {"answer", one.answer},
                                     {"source", one.source},
                                     {"confident", one.confident}});
    const auto can = [&](assist::Task task) { return s.model_server && s.model_server->settings()->on(task); };
    json::value quotes;
    if (draft.quotes) quotes = to_text(draft.quotes);
    return json_answer(200, json::serialize(json::object{{"kind", desk::name(draft.kind)},
                                                         {"text", draft.text},
                                                         {"ends", draft.ends},
                                                         {"private", draft.starts_private},
                                                         {"quotes", std::move(quotes)},
                                                         {"groups", std::move(groups)},
                                                         {"sources", std::move(sources)},
                                                         {"model_drafts", can(assist::Task::draft)},
                                                         {"model_polishes", can(assist::Task::polish)}}));
  });
}

// The same by the model server, from what the knowledge base offers and from nothing else.
void draft_by_model(Call call) {
  const auto id = parse_id<LeadTag>(call.request.params[0]);
  if (!id) return call.fail(kUnknown);
  assist::ModelServer* server = call.services.model_server;
  if (!server || !server->settings()->on()) return call.fail({Errc::model_server_off, {}, {}});
  auto shared = std::make_shared<Call>(std::move(call));
  auto taken = shared->services.readers.submit([shared, server, id = *id](Result<Tx*> tx) {
    if (!tx) return shared->fail(tx.error());
    auto asked = question_of(shared->services, **tx, shared->actor(), id);
    if (!asked) return shared->fail(asked.error());
    auto submitted = server->submit([shared, server, asked = *std::move(asked)] {
      auto drafted = assist::draft(*server, asked.messages, asked.sources);
      if (!drafted) return shared->fail(drafted.error());
      json::array sources;
      for (const std::string& source : drafted->sources) sources.emplace_back(source);
      shared->answer(json_answer(200, json::serialize(json::object{{"text", drafted->reply},
                                                                   {"sources", std::move(sources)},
                                                                   {"missing", drafted->missing},
                                                                   {"model", drafted->from.model}})));
    });
    if (!submitted) shared->fail(submitted.error());
  });
  if (!taken) shared->fail(taken.error());
}

// One's own words in another tone, by the model server.
void polish_words(Call call) {
  Input in(call.request);
  const std::string text = in.text("text", 1, replies::kMostText);
  const auto tone = assist::parse_tone(in.text("tone", 1, 20));
  if (!tone) in.wrong(Errc::bad_value, "tone", {{"allowed", "plain, warm, formal"}});
  if (auto wrong = in.finish()) return call.fail(*wrong);
  assist::ModelServer* server = call.services.model_server;
  if (!server || !server->settings()->on()) return call.fail({Errc::model_server_off, {}, {}});
  auto shared = std::make_shared<Call>(std::move(call));
  auto submitted = server->submit([shared, server, text, tone = *tone] {
    auto polished = assist::polish(*server, text, tone);
    if (!polished) return shared->fail(polished.error());
    shared->answer(
        json_answer(200, json::serialize(json::object{{"text", polished->first}, {"model", polished->second.model}})));
  });
  if (!submitted) shared->fail(submitted.error());
}

namespace {

Response canned_answer(const std::vector<canned::Words>& words, int revision) {
  json::array out;
  for (const auto& one : words)
    out.push_back(json::object{{"title", one.title},
                               {"text", one.text},
                               {"category", one.category.empty() ? json::value() : json::value(one.category)}});
  Response response =
      json_answer(200, json::serialize(json::object{{"replies", std::move(out)}, {"revision", revision}}));
  response.headers.emplace_back("etag", "\"" + std::to_string(revision) + "\"");
  return response;
}

}  // namespace

void get_canned_replies(Call call) {
  read(std::move(call), [](Call&, Tx& tx) -> Result<Response> {
    auto kept = canned::find(tx);
    if (!kept) return tl::unexpected(std::move(kept).error());
    return canned_answer(kept->first, kept->second);
  });
}

// They are everybody's: it takes the right everywhere.
void set_canned_replies(Call call) {
  if (!call.actor().everywhere(Right::knowledge_change)) return call.fail({Errc::not_allowed, {}, {}});
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  std::vector<canned::Words> words;
  for (Input& one : in.objects("replies", canned::kMost)) {
    words.push_back(
        {one.text("title", 1, 40), one.text("text", 1, 500), one.optional_text("category", 1, 64).value_or("")});
    if (const std::string& of = words.back().category; !of.empty() && !Taxonomy::embedded().find(of))
      one.wrong(Errc::bad_value, "category", {{"value", of}, {"allowed", "GET /api/v1/taxonomy"}});
    in.finish(one);
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [words, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    auto revision = canned::set(tx, words, seen, c.actor().id, c.services.clock.now());
    if (!revision) return tl::unexpected(std::move(revision).error());
    LINLI_TRY(record(c, tx, "setting.changed", "setting", "canned_replies",
                     json::serialize(json::object{{"count", words.size()}})));
    return Written{canned_answer(words, *revision), {}};
  });
}

void list_outgoing(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto waiting = replies::waiting(tx, c.services.sealer, c.actor(), 200, c.services.clock.now());
    if (!waiting) return tl::unexpected(std::move(waiting).error());
    json::array out;
    for (const auto& one : *waiting) out.push_back(waiting_json(one, labels(c.services), c.language));
    return json_answer(200, json::serialize(json::object{{"outgoing", std::move(out)}}));
  });
}

void step_outgoing(Call call) {
  const auto id = parse_id<OutgoingTag>(call.request.params[0]);
  if (!id) return call.fail({Errc::not_found, Where::at_field("outgoing"), {}});
  Input in(call.request);
  const std::string text = in.text("step", 1, 20);
  const auto step = replies::parse_step(text);
  if (!step) in.wrong(Errc::bad_value, "step", {{"allowed", "said, not_said, by_hand, retry"}});
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [id = *id, step = *step, text](Call& c, Tx& tx) -> Result<Written> {
    Services& s = c.services;
    auto waiting = replies::take_step(tx, s.sealer, c.actor(), id, step, s.clock.now());
    if (!waiting) return tl::unexpected(std::move(waiting).error());
    LINLI_TRY(record(c, tx, "reply.step", "lead", to_text(waiting->lead),
                     json::serialize(json::object{{"outgoing", to_text(id)}, {"step", text}})));
    return Written{json_answer(200, json::serialize(waiting_json(*waiting, labels(s), c.language))), [&s] {
                     if (s.words_queued) s.words_queued();
                   }};
  });
}

}  // namespace linli::api
