#include "desk/replies.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "assist/companion_answers.h"
#include "cases/case_store.h"
#include "channels/messages.h"
#include "desk/claims.h"
#include "leads/erasure.h"
#include "leads/lead_store.h"
#include "people/policies.h"
#include "store/outbox.h"

namespace linli::replies {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kWays{"group", "phone", "door", "one_to_one"};
constexpr std::string_view kContent = "replies.content", kPurpose = "reply";

// Words that wait for a hand or went wrong; those that the machine made ready only while they help: nobody has answered, and
// not longer than a night.
#define LINLI_WAITING_MINE                                      \
  LINLI_IN_SCOPE("l.grid_path", replies_send, "$1", "$2", "$3") \
  " AND " LINLI_LEAD_NOT_HIDDEN("l.id", "$5", "$2", "$3")
constexpr std::string_view kWaiting =
    "SELECT o.id, r.lead_id FROM outgoing o JOIN replies r ON r.id = o.subject_id JOIN leads l ON l.id = r.lead_id "
    "WHERE o.purpose = 'reply' AND o.state IN ('to_relay', 'failed', 'unknown') AND " LINLI_WAITING_MINE
    " UNION ALL SELECT o.id, a.lead_id FROM outgoing o JOIN companion_answers a ON a.message_id = o.subject_id JOIN "
    "leads l ON l.id = a.lead_id WHERE o.purpose = 'companion' AND o.state = 'to_relay' AND o.due_at > $6 AND l.state "
    "IN ('open', 'confirmed') AND l.answered_at IS NULL AND l.claimed_at IS NULL AND " LINLI_WAITING_MINE
    " ORDER BY 1 LIMIT $4";
constexpr std::chrono::hours kPreparedHolds{14};
// Other leads that the reply $3 answers too.
#define LINLI_OR_WITH " OR id IN (SELECT w.lead_id FROM replies w WHERE w.with_reply = $3 AND w.withdrawn_at IS NULL)"

#define LINLI_REPLY_COLUMNS                                                                                     \
  "r.id, r.lead_id, r.user_id, u.display_name, r.at, r.way, r.ends, r.content, r.withdrawn_at, r.withdrawn_why" \
  " FROM replies r JOIN users u ON u.id = r.user_id "

Result<Reply> reply_of(const Row& row, const Sealer& sealer) {
  Reply out;
  out.id = row.get<ReplyId>(0);
  out.lead = row.get<LeadId>(1);
  out.by = row.get<UserId>(2);
  out.by_name = row.get<std::string>(3);
  out.at = row.get<Instant>(4);
  out.way = parse_way(row.bytes(5)).value_or(Way::group);
  out.ends = row.get<bool>(6);
  out.withdrawn_at = row.get<std::optional<Instant>>(8);
  out.withdrawn_why = row.get<std::string>(9);
  if (row.bytes(7).empty()) {
    out.text = erasure::kGone;
    return out;
  }
  auto plain = sealer.open(kContent, row.bytes(7));
  if (!plain) return tl::unexpected(std::move(plain).error());
  json::error_code broken;
  const json::value content = json::parse(*plain, broken);
  if (broken || !content.is_object()) return fail(Errc::sealed_broken, Where::at(std::string(kContent)));
  out.text = content.as_object().at("text").as_string();
  out.machine = content.as_object().at("machine").as_bool();
  for (const json::value& source : content.as_object().at("sources").as_array())
    out.sources.emplace_back(source.as_string());
  return out;
}

Result<std::vector<Reply>> read(Tx& tx, const Sealer& sealer, std::string_view where, Params params) {
  std::vector<Reply> out;
  std::optional<Error> broken;
  LINLI_TRY(tx.each("SELECT " LINLI_REPLY_COLUMNS + std::string(where), params, [&](const Row& row) {
    auto reply = reply_of(row, sealer);
    if (reply) out.push_back(*std::move(reply));
    else broken = std::move(reply).error();
  }));
  if (broken) return tl::unexpected(*std::move(broken));
  for (Reply& reply : out) {
    auto items = outgoing::of_subject(tx, sealer, kPurpose, reply.id.value);
    if (!items) return tl::unexpected(std::move(items).error());
    reply.out = *std::move(items);
  }
  return out;
}

Result<Reply> find(Tx& tx, const Sealer& sealer, ReplyId id) {
  auto found = read(tx, sealer, "WHERE r.id = $1", {id});
  if (!found) return tl::unexpected(std::move(found).error());
  if (found->empty()) return fail(Errc::not_found, Where::at_field("reply"));
  return std::move(found->front());
}

// The lead of a reply, where the actor may answer.
Result<Lead> lead_of(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id) {
  auto lead = desk::find(tx, sealer, actor, id);
  if (!lead) return lead;
  if (!actor.may(Right::replies_send, lead->grid_path)) return fail(Errc::not_allowed, Where::at_field("lead"));
  return lead;
}

Result<void> note(Tx& tx, const Sealer& sealer, const Lead& lead, const Actor& actor, const char* kind, Args args,
                  Instant now) {
  LINLI_TRY(lead_store::add_history(tx, sealer, lead.id,
                                    {lead.revision, now, actor.id, actor.display_name, kind, std::move(args)}));
  return {};
}

Result<void> tell(Tx& tx, const Lead& lead, const char* kind, Instant now) {
  return Outbox::append(tx, Event{0, kind, lead.id.value, lead.grid_path, "leads.read", now, {}});
}

// Where its words stand now is told to whoever sees the lead.
Result<void> tell(Tx& tx, LeadId id, Instant now) {
  auto raised = lead_store::raise(tx, id);
  if (!raised) return tl::unexpected(std::move(raised).error());
  std::string path;
  LINLI_TRY(tx.each("SELECT grid_path FROM leads WHERE id = $1", {id},
                    [&](const Row& row) { path = row.get<std::string>(0); }));
  return Outbox::append(tx, Event{0, "lead.changed", id.value, path, "leads.read", now, {}});
}

Result<std::optional<LeadId>> lead_of_item(Tx& tx, const outgoing::Item& item) {
  if (item.purpose != kPurpose) return companion::lead_of(tx, item);
  return tx.value<LeadId>("SELECT lead_id FROM replies WHERE id = $1", {item.subject});
}

tl::unexpected<Error> answered(const Lead& lead) {
  return fail(Errc::answered_already, Where::at_field("lead"),
              {{"who", lead.decided_by_name}, {"at", lead.decided_at ? format_time(*lead.decided_at) : std::string()}});
}

// The channel's id of the quoted message, for the group that it stands in.
struct Quote {
  GroupId group;
  std::string external_id;
};
Result<Quote> quote_of(Tx& tx, const Sealer& sealer, const Lead& lead, MessageId message) {
  if (!message) return Quote{};
  const MessageId one[] = {message};
  auto found = read_messages(tx, sealer, one);
  if (!found) return tl::unexpected(std::move(found).error());
  if (found->empty() || found->front().recalled ||
      std::ranges::find(lead.groups, found->front().group) == lead.groups.end())
    return fail(Errc::bad_value, Where::at_field("quotes"));
  return Quote{found->front().group, found->front().message.id};
}

}  // namespace

std::string_view name(Way way) { return kWays[static_cast<std::size_t>(way)]; }
std::optional<Way> parse_way(std::string_view text) {
  for (std::size_t i = 0; i < kWays.size(); ++i)
    if (kWays[i] == text) return static_cast<Way>(i);
  return {};
}
std::optional<Step> parse_step(std::string_view text) {
  constexpr std::array<std::string_view, 4> names{"said", "not_said", "by_hand", "retry"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<Step>(i);
  return {};
}

Result<Ready> sendable(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, const New& said, Instant now) {
  auto found = lead_of(tx, sealer, actor, id);
  if (!found) return tl::unexpected(std::move(found).error());
  Lead lead = *std::move(found);
  if (lead.state == LeadState::answered && !said.again) return answered(lead);
  if (lead.state == LeadState::dismissed || lead.state == LeadState::merged ||
      said.seen_version != lead.decision_version)
    LINLI_TRY(desk::check_decidable(lead, said.seen_version));
  LINLI_TRY(claims::check(tx, actor, id, now));
  std::vector<GroupId> groups = said.groups;
  if (groups.empty()) groups.push_back(lead.group);
  for (const GroupId group : groups)
    if (std::ranges::find(lead.groups, group) == lead.groups.end())
      return fail(Errc::bad_value, Where::at_field("groups"));
  if (auto quote = quote_of(tx, sealer, lead, said.quotes); !quote) return tl::unexpected(std::move(quote).error());
  return Ready{std::move(lead), std::move(groups)};
}

Result<Reply> send(Tx& tx, const Sealer& sealer, IdSource& ids, const Actor& actor, LeadId id, const New& said,
                   Instant now) {
  auto ready = sendable(tx, sealer, actor, id, said, now);
  if (!ready) return tl::unexpected(std::move(ready).error());
  auto& [lead, groups] = *ready;
  LINLI_TRY(claims::end(tx, id));
  auto quote = quote_of(tx, sealer, lead, said.quotes);
  if (!quote) return tl::unexpected(std::move(quote).error());

  Reply reply{ids.draw<ReplyId>(),
              id,
              actor.id,
              actor.display_name,
              now,
              said.way,
              said.ends,
              said.text,
              said.sources,
              said.machine,
              {},
              {},
              {}};
  json::array sources;
  for (const std::string& source : said.sources) sources.emplace_back(source);
  const std::string content = sealer.seal(
      kContent, json::serialize(json::object{{"text", said.text}, {"sources", sources}, {"machine", said.machine}}));
  LINLI_TRY(tx.run(
      "INSERT INTO replies (id, lead_id, user_id, at, way, ends, state_before, was_answered, content, with_reply) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {reply.id, id, actor.id, now, name(said.way), said.ends, name(lead.state), lead.answered_at.has_value(),
       Blob{content}, said.with ? Param(said.with) : Param(nullptr)}));
  std::string text = said.text;
  if (said.machine) {
    auto mark = ai_mark(tx);
    if (!mark) return tl::unexpected(std::move(mark).error());
    text += "\n（" + mark->first + "）";
  }
  if (said.way == Way::group && !said.with) {
    for (const GroupId group : groups) {
      outgoing::Item item;
      item.id = ids.draw<OutgoingId>();
      item.purpose = kPurpose;
      item.subject = reply.id.value;
      item.group = group;
      item.due_at = now + outgoing::kHold;
      item.words.text = text;
      if (group == quote->group) item.words.quotes = quote->external_id;
      LINLI_TRY(outgoing::add(tx, sealer, item));
      reply.out.push_back(std::move(item));
    }
  }

  const bool undecided = lead.state == LeadState::open || lead.state == LeadState::confirmed;
  if (undecided) {
    lead.state = said.ends ? LeadState::answered : LeadState::confirmed;
    lead.decided_by = actor.id;
    lead.decided_at = now;
  }
  ++lead.revision;
  ++lead.decision_version;
  LINLI_TRY(lead_store::update_decision(tx, sealer, lead));
  if (said.way != Way::group)
    LINLI_TRY(tx.run("UPDATE leads SET answered_at = COALESCE(answered_at, $2) WHERE id = $1", {id, now}));
  LINLI_TRY(note(tx, sealer, lead, actor, "answered", {{"way", std::string(name(said.way))}}, now));
  LINLI_TRY(tell(tx, lead, undecided && said.ends ? "lead.answered" : "lead.changed", now));
  return reply;
}

Result<Reply> take_back(Tx& tx, const Sealer& sealer, const Actor& actor, ReplyId id, Instant now) {
  auto reply = find(tx, sealer, id);
  if (!reply) return reply;
  auto found = lead_of(tx, sealer, actor, reply->lead);
  if (!found) return tl::unexpected(std::move(found).error());
  if (reply->withdrawn_at) return reply;
  const bool held = std::ranges::all_of(reply->out, [](const auto& item) { return item.state == OutState::held; });
  if (!held || (reply->out.empty() && now > reply->at + outgoing::kHold)) return fail(Errc::reply_gone);
  for (outgoing::Item& item : reply->out) {
    item.state = OutState::withdrawn;
    auto changed = outgoing::change(tx, sealer, item, OutState::held);
    if (!changed) return tl::unexpected(std::move(changed).error());
    if (!*changed) return fail(Errc::reply_gone);
  }
  LINLI_TRY(tx.run("UPDATE replies SET withdrawn_at = $2, withdrawn_why = 'taken_back' WHERE id = $1", {id, now}));
  reply->withdrawn_at = now;
  reply->withdrawn_why = "taken_back";
  std::string before;
  bool was_answered = false;
  LINLI_TRY(tx.each("SELECT state_before, was_answered FROM replies WHERE id = $1", {id}, [&](const Row& row) {
    before = row.get<std::string>(0);
    was_answered = row.get<bool>(1);
  }));
  Lead lead = *std::move(found);
  const LeadState made = reply->ends ? LeadState::answered : LeadState::confirmed;
  if (lead.state == made && lead.decided_by == reply->by) {
    lead.state = parse_lead_state(before).value_or(lead.state);
    if (lead.state == LeadState::open) lead.decided_by = {}, lead.decided_at.reset();
  }
  ++lead.revision;
  ++lead.decision_version;
  LINLI_TRY(lead_store::update_decision(tx, sealer, lead));
  if (reply->way != Way::group && !was_answered)
    LINLI_TRY(tx.run("UPDATE leads SET answered_at = NULL WHERE id = $1", {lead.id}));
  LINLI_TRY(note(tx, sealer, lead, actor, "reply_taken_back", {}, now));
  LINLI_TRY(tell(tx, lead, lead.state == LeadState::open ? "lead.reopened" : "lead.changed", now));
  return reply;
}

Result<std::vector<Reply>> of_lead(Tx& tx, const Sealer& sealer, LeadId lead) {
  return read(tx, sealer, "WHERE r.lead_id = $1 ORDER BY r.id DESC", {lead});
}

Result<std::vector<Waiting>> waiting(Tx& tx, const Sealer& sealer, const Actor& actor, int limit, Instant now) {
  std::vector<std::pair<OutgoingId, LeadId>> found;
  LINLI_TRY(tx.each(kWaiting,
                    {actor.everywhere(Right::replies_send), actor.id, actor.today.number, limit,
                     actor.everywhere(Right::cases_hidden), now - kPreparedHolds},
                    [&](const Row& row) { found.emplace_back(row.get<OutgoingId>(0), row.get<LeadId>(1)); }));
  std::vector<Waiting> out;
  for (const auto& [id, lead] : found) {
    auto item = outgoing::find(tx, sealer, id);
    if (!item) return tl::unexpected(std::move(item).error());
    if (*item) out.push_back({std::move(**item), lead});
  }
  return out;
}

Result<Waiting> take_step(Tx& tx, const Sealer& sealer, const Actor& actor, OutgoingId id, Step step, Instant now) {
  auto found = outgoing::find(tx, sealer, id);
  if (!found) return tl::unexpected(std::move(found).error());
  if (!*found) return fail(Errc::not_found, Where::at_field("outgoing"));
  outgoing::Item item = std::move(**found);
  auto lead_id = lead_of_item(tx, item);
  if (!lead_id) return tl::unexpected(std::move(lead_id).error());
  if (!*lead_id) return fail(Errc::not_found, Where::at_field("outgoing"));
  auto lead = lead_of(tx, sealer, actor, **lead_id);
  if (!lead) return tl::unexpected(std::move(lead).error());

  const OutState from = item.state;
  const bool wrong = from == OutState::failed || from == OutState::unknown;
  const bool fits = step == Step::said       ? wrong || from == OutState::to_relay
                    : step == Step::not_said ? from == OutState::relayed
                                             : wrong;
  if (!fits)
    return fail(Errc::not_in_state, Where::at_field("outgoing"),
                {{"state", std::string(linli::name(from))}, {"action", "step"}});
  item.said_at.reset();
  item.said_by = {};
  switch (step) {
    case Step::said:
      item.state = OutState::relayed;
      item.said_at = now;
      item.said_by = actor.id;
      break;
    case Step::not_said:
    case Step::by_hand: item.state = OutState::to_relay; break;
    case Step::retry:
      item.state = OutState::queued;
      item.tries = 0;
      item.due_at = now;
      item.error.clear();
      item.why.clear();
      break;
  }
  auto changed_now = outgoing::change(tx, sealer, item, from);
  if (!changed_now) return tl::unexpected(std::move(changed_now).error());
  if (!*changed_now) return fail(Errc::stale, Where::at_field("outgoing"));
  // A machine's words do not keep the promise, whoever carries them.
  const bool promised = item.purpose == kPurpose;
  if (promised && step == Step::said)
    LINLI_TRY(tx.run("UPDATE leads SET claimed_at = COALESCE(claimed_at, $2) WHERE id = $1" LINLI_OR_WITH,
                     {lead->id, now, item.subject}));
  if (promised && step == Step::not_said)
    LINLI_TRY(tx.run(
        "UPDATE leads SET claimed_at = (SELECT MIN(o.said_at) FROM outgoing o JOIN replies r ON r.id = o.subject_id "
        "WHERE o.purpose = 'reply' AND o.state = 'relayed' AND r.lead_id = $1) WHERE id = $1",
        {lead->id}));
  LINLI_TRY(tell(tx, lead->id, now));
  return Waiting{std::move(item), lead->id};
}

Result<bool> still_wanted(Tx& tx, const Sealer& sealer, const outgoing::Item& item, Instant now) {
  if (item.purpose == companion::kPurpose) return companion::still_wanted(tx, sealer, item, now);
  if (item.purpose != kPurpose) return true;
  // By hand: nothing of this reply was said yet, and yet the lead is answered since.
  auto by_hand = tx.value<std::int64_t>(
      "SELECT COUNT(*) FROM replies r JOIN leads l ON l.id = r.lead_id WHERE r.id = $1 AND r.was_answered = 0 AND "
      "l.answered_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outgoing o WHERE o.purpose = 'reply' AND o.subject_id = "
      "r.id AND o.said_at IS NOT NULL)",
      {item.subject});
  if (!by_hand) return tl::unexpected(std::move(by_hand).error());
  if (by_hand->value_or(0) == 0 || item.tries > 0) return true;
  outgoing::Item withdrawn = item;
  withdrawn.state = OutState::withdrawn;
  for (const OutState from : {OutState::held, OutState::queued}) {
    auto changed_now = outgoing::change(tx, sealer, withdrawn, from);
    if (!changed_now) return changed_now;
  }
  LINLI_TRY(tx.run(
      "UPDATE replies SET withdrawn_at = $2, withdrawn_why = 'answered_by_hand' WHERE id = $1 AND withdrawn_at IS NULL",
      {item.subject, now}));
  auto lead = lead_of_item(tx, item);
  if (!lead) return tl::unexpected(std::move(lead).error());
  if (*lead) LINLI_TRY(tell(tx, **lead, now));
  return false;
}

Result<void> changed(Tx& tx, const outgoing::Item& item, Instant now) {
  auto lead = lead_of_item(tx, item);
  if (!lead) return tl::unexpected(std::move(lead).error());
  if (!*lead) return {};
  if (item.state == OutState::sent && item.purpose == kPurpose)
    LINLI_TRY(tx.run("UPDATE leads SET answered_at = COALESCE(answered_at, $2) WHERE id = $1" LINLI_OR_WITH,
                     {**lead, now, item.subject}));
  return tell(tx, **lead, now);
}

Result<void> heard(Tx& tx, const Sealer& sealer, OutgoingId id, Instant at, Instant now) {
  auto found = outgoing::find(tx, sealer, id);
  if (!found) return tl::unexpected(std::move(found).error());
  if (!*found) return {};
  outgoing::Item item = std::move(**found);
  LINLI_TRY(outgoing::heard(tx, id, at));
  // Copied and said, but not marked; or said by the channel, which did not tell.
  if (const OutState from = item.state; from == OutState::to_relay || from == OutState::unknown) {
    item.state = from == OutState::to_relay ? OutState::relayed : OutState::sent;
    item.said_at = at;
    item.error.clear();
    item.why.clear();
    auto changed_now = outgoing::change(tx, sealer, item, from);
    if (!changed_now) return tl::unexpected(std::move(changed_now).error());
  }
  auto lead = lead_of_item(tx, item);
  if (!lead) return tl::unexpected(std::move(lead).error());
  if (!*lead) return {};
  if (item.purpose == kPurpose)
    LINLI_TRY(tx.run("UPDATE leads SET answered_at = COALESCE(answered_at, claimed_at, $2) WHERE id = $1" LINLI_OR_WITH,
                     {**lead, at, item.subject}));
  return tell(tx, **lead, now);
}

}  // namespace linli::replies
