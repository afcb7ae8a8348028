#include "desk/corrections.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/utf8.h"
#include "channels/messages.h"
#include "desk/claims.h"
#include "leads/lead_store.h"
#include "store/outbox.h"

namespace linli::corrections {
namespace {

constexpr std::string_view kKeepMerge =
    "INSERT INTO lead_merges (lead_id, at, state_before, decided_by_before, decided_at_before, into_answered_before) "
    "VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kKeepMessages =
    "INSERT INTO merged_messages (lead_id, message_id) SELECT lead_id, message_id FROM lead_messages WHERE lead_id = "
    "$1";
// Those that a person has moved elsewhere since stay there.
constexpr std::string_view kBrought =
    "SELECT b.message_id FROM merged_messages b JOIN lead_messages l ON l.message_id = b.message_id WHERE b.lead_id = "
    "$1 AND l.lead_id = $2 ORDER BY b.message_id";
constexpr std::string_view kMoved =
    "INSERT INTO moved_messages (message_id, lead_id, user_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT (message_id) DO "
    "UPDATE SET lead_id = excluded.lead_id, user_id = excluded.user_id, at = excluded.at";
constexpr std::string_view kExample =
    "INSERT INTO lead_corrections (lead_id, field, content, user_id, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT "
    "(lead_id, field) DO UPDATE SET content = excluded.content, user_id = excluded.user_id, at = excluded.at";

Result<void> note(Tx& tx, const Sealer& sealer, const Lead& lead, const Actor& actor, const char* kind, Args args,
                  Instant now) {
  return lead_store::add_history(tx, sealer, lead.id,
                                 {lead.revision, now, actor.id, actor.display_name, kind, std::move(args)});
}

Result<void> tell(Tx& tx, const Lead& lead, const char* kind, Instant now) {
  return Outbox::append(tx, Event{0, kind, lead.id.value, lead.grid_path, "leads.read", now, {}});
}

// Which lead it was, for another one's history: no words of residents, which would outlive the lead's own.
Args which(const Lead& lead) { return {{"lead", to_text(lead.id)}, {"category", lead.category}}; }

Placing::Moved::To taker(const Lead& lead, bool made) { return {lead.id, lead.opening.value, lead.group, made}; }

// Where the actor decides, in the version that they saw.
Result<Lead> decidable(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, int seen_version) {
  auto lead = desk::find(tx, sealer, actor, id);
  if (!lead) return lead;
  if (!actor.may(Right::leads_decide, lead->grid_path)) return fail(Errc::not_allowed, Where::at_field("lead"));
  LINLI_TRY(desk::check_decidable(*lead, seen_version));
  return lead;
}

// Another lead that takes messages in.
Result<Lead> open_to(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, const char* field) {
  auto lead = desk::find(tx, sealer, actor, id);
  if (!lead) {
    if (lead.error().code == Errc::unknown_lead) lead.error().where.field = field;
    return lead;
  }
  if (!actor.may(Right::leads_decide, lead->grid_path)) return fail(Errc::not_allowed, Where::at_field(field));
  auto open = desk::check_decidable(*lead, lead->decision_version);
  if (!open) {
    open.error().where.field = field;
    return tl::unexpected(std::move(open).error());
  }
  return lead;
}

// After messages left it by a person's hand.
Result<void> write_changed(Tx& tx, const Sealer& sealer, Lead& lead) {
  ++lead.decision_version;
  LINLI_TRY(lead_store::update_facts(tx, lead));
  return lead_store::update_decision(tx, sealer, lead);
}

class Editing {
 public:
  Editing(Tx& tx, const Sealer& sealer, const Actor& actor, Lead& lead, Instant now)
      : tx_(tx), sealer_(sealer), actor_(actor), lead_(lead), now_(now) {}

  template <class T>
  Result<void> set(LeadField field, const Edit::Change<T>& change, T& shown, T& machine) {
    if (!change) return {};
    const bool was = lead_.set_by_person(field);
    const auto bit = static_cast<std::uint8_t>(field);
    if (!*change) {
      if (!was) return {};
      changed_ = true;
      lead_.by_person = static_cast<std::uint8_t>(lead_.by_person & ~bit);
      write("given_back", {{"what", std::string(name(field))}, {"to", text(machine)}});
      shown = std::exchange(machine, {});
      LINLI_TRY(tx_.run("DELETE FROM lead_corrections WHERE lead_id = $1 AND field = $2", {lead_.id, name(field)}));
      return {};
    }
    if (was && shown == **change) return {};
    changed_ = true;
    if (!was) machine = shown;
    lead_.by_person = static_cast<std::uint8_t>(lead_.by_person | bit);
    if (shown != **change)
      write("changed", {{"what", std::string(name(field))}, {"from", text(shown)}, {"to", text(**change)}});
    shown = **change;
    if (field == LeadField::summary) return {};
    const std::string content =
        sealer_.seal("lead_corrections.content",
                     boost::json::serialize(boost::json::object{{"from", text(machine)}, {"to", text(shown)}}));
    LINLI_TRY(tx_.run(kExample, {lead_.id, name(field), Blob{content}, actor_.id, now_}));
    return {};
  }

  bool changed() const { return changed_; }
  Result<void> finish() {
    if (history_.empty()) ++lead_.revision;
    for (const LeadHistory& entry : history_) LINLI_TRY(lead_store::add_history(tx_, sealer_, lead_.id, entry));
    return {};
  }

 private:
  static std::string text(const std::string& value) { return value; }
  static std::string text(int value) { return std::to_string(value); }
  void write(const char* kind, Args args) {
    history_.push_back({++lead_.revision, now_, actor_.id, actor_.display_name, kind, std::move(args)});
  }

  Tx& tx_;
  const Sealer& sealer_;
  const Actor& actor_;
  Lead& lead_;
  const Instant now_;
  bool changed_ = false;
  std::vector<LeadHistory> history_;
};

}  // namespace

Result<Lead> edit(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, const Edit& edit, Instant now) {
  auto found = decidable(tx, sealer, actor, id, edit.seen_version);
  if (!found) return found;
  Lead lead = *std::move(found);
  const std::string place = lead.place;
  Editing editing(tx, sealer, actor, lead, now);
  LINLI_TRY(editing.set(LeadField::category, edit.category, lead.category, lead.machine.category));
  LINLI_TRY(editing.set(LeadField::urgency, edit.urgency, lead.urgency, lead.machine.urgency));
  LINLI_TRY(editing.set(LeadField::place, edit.place, lead.place, lead.machine.place));
  LINLI_TRY(editing.set(LeadField::summary, edit.summary, lead.summary, lead.machine.summary));
  if (!editing.changed()) return lead;
  LINLI_TRY(editing.finish());
  if (edit.urgency && *edit.urgency) lead.review = false;  // somebody has looked
  std::string left;
  if (lead.place != place && edit.route && !lead.grid_by) {
    std::string path = edit.route(lead.place);
    if (!path.empty() && path != lead.grid_path && actor.may(Right::leads_decide, path))
      left = std::exchange(lead.grid_path, std::move(path));
  }
  ++lead.decision_version;
  LINLI_TRY(lead_store::update_fields(tx, sealer, lead));
  if (!left.empty()) LINLI_TRY(Outbox::append(tx, Event{0, "lead.moved", id.value, left, "leads.read", now, {}}));
  LINLI_TRY(tell(tx, lead, "lead.changed", now));
  return lead;
}

// ---- merging ----

Result<Pair> mergeable(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, int seen_version, LeadId into) {
  if (id == into) return fail(Errc::bad_value, Where::at_field("into"), {{"allowed", "another lead"}});
  auto lead = decidable(tx, sealer, actor, id, seen_version);
  if (!lead) return tl::unexpected(std::move(lead).error());
  // Its case is its own: cases are joined where they are worked on.
  if (lead->state == LeadState::in_case) return desk::decided_already(*lead);
  auto survivor = open_to(tx, sealer, actor, into, "into");
  if (!survivor) return tl::unexpected(std::move(survivor).error());
  return Pair{*std::move(lead), *std::move(survivor)};
}

Result<Placing::Moved> absorb(Tx& tx, const Sealer& sealer, const Actor& actor, Lead& lead, Lead& into, Instant now) {
  LINLI_TRY(tx.run(kKeepMerge,
                   {lead.id, now, name(lead.state), lead.decided_by ? std::optional(lead.decided_by) : std::nullopt,
                    lead.decided_at, into.answered_at}));
  LINLI_TRY(tx.run(kKeepMessages, {lead.id}));
  LINLI_TRY(lead_store::relink(tx, lead.id, into.id));
  lead.state = LeadState::merged;
  lead.merged_into = into.id;
  lead.decided_by = actor.id;
  lead.decided_by_name = actor.display_name;
  lead.decided_at = now;
  lead.message_count = 0;
  ++lead.revision;
  ++lead.decision_version;
  LINLI_TRY(lead_store::update_decision(tx, sealer, lead));
  LINLI_TRY(tx.run("UPDATE leads SET merged_into = $2, message_count = 0 WHERE id = $1", {lead.id, into.id}));
  LINLI_TRY(claims::end(tx, lead.id));
  LINLI_TRY(note(tx, sealer, lead, actor, "merged", which(into), now));
  LINLI_TRY(tell(tx, lead, "lead.merged", now));
  if (lead.answered_at) into.answered_at = std::min(into.answered_at.value_or(*lead.answered_at), *lead.answered_at);
  return Placing::Moved{lead.id, {}, taker(into, false)};
}

Result<void> settle(Tx& tx, const Sealer& sealer, const Actor& actor, Lead& into, const std::vector<Lead>& took,
                    Instant now) {
  LINLI_TRY(lead_store::update_facts(tx, into));
  Args args = took.size() == 1 ? which(took.front()) : Args{};
  args.emplace_back("leads", std::to_string(took.size()));
  LINLI_TRY(note(tx, sealer, into, actor, "took_in", std::move(args), now));
  return tell(tx, into, "lead.changed", now);
}

Result<Done> merge(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, int seen_version, LeadId into,
                   Instant now) {
  auto pair = mergeable(tx, sealer, actor, id, seen_version, into);
  if (!pair) return tl::unexpected(std::move(pair).error());
  auto moved = absorb(tx, sealer, actor, pair->lead, pair->into, now);
  if (!moved) return tl::unexpected(std::move(moved).error());
  LINLI_TRY(settle(tx, sealer, actor, pair->into, {pair->lead}, now));
  return Done{std::move(pair->lead), std::move(pair->into), *std::move(moved)};
}

Result<Done> unmerge(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, int seen_version, Instant now) {
  auto found = desk::find(tx, sealer, actor, id);
  if (!found) return tl::unexpected(std::move(found).error());
  Lead lead = *std::move(found);
  if (!actor.may(Right::leads_decide, lead.grid_path)) return fail(Errc::not_allowed, Where::at_field("lead"));
  LINLI_TRY(desk::check_seen(lead, seen_version));
  if (lead.state != LeadState::merged)
    return fail(Errc::not_in_state, Where::at_field("lead"),
                {{"state", std::string(name(lead.state))}, {"action", "unmerge"}});
  auto into = lead_store::survivor(tx, id);
  if (!into) return tl::unexpected(std::move(into).error());
  auto standing = open_to(tx, sealer, actor, *into, "into");
  if (!standing) return tl::unexpected(std::move(standing).error());
  Lead survivor = *std::move(standing);

  Instant at{};
  std::optional<Instant> answered;
  auto kept = tx.first(
      "SELECT at, state_before, decided_by_before, decided_at_before, into_answered_before FROM lead_merges WHERE "
      "lead_id = $1",
      {id}, [&](const Row& row) {
        at = row.get<Instant>(0);
        lead.state = parse_lead_state(row.bytes(1)).value_or(LeadState::open);
        lead.decided_by = row.get<UserId>(2);
        lead.decided_at = row.get<std::optional<Instant>>(3);
        answered = row.get<std::optional<Instant>>(4);
      });
  if (!kept) return tl::unexpected(std::move(kept).error());
  if (now - at > kUndo) return fail(Errc::undo_over, Where::at_field("lead"), {{"at", format_time(at)}});

  Placing::Moved moved{survivor.id, {}, taker(lead, true)};
  LINLI_TRY(
      tx.each(kBrought, {id, survivor.id}, [&](const Row& row) { moved.messages.push_back(row.get<MessageId>(0)); }));
  for (const MessageId message : moved.messages) LINLI_TRY(lead_store::relink(tx, message, id));
  LINLI_TRY(tx.run("DELETE FROM merged_messages WHERE lead_id = $1", {id}));
  LINLI_TRY(tx.run("DELETE FROM lead_merges WHERE lead_id = $1", {id}));
  LINLI_TRY(tx.run("UPDATE leads SET merged_into = NULL WHERE id = $1", {id}));
  lead.merged_into = {};
  LINLI_TRY(write_changed(tx, sealer, lead));
  if (survivor.answered_at == lead.answered_at) survivor.answered_at = answered;
  LINLI_TRY(lead_store::update_facts(tx, survivor));
  LINLI_TRY(note(tx, sealer, lead, actor, "unmerged", {}, now));
  LINLI_TRY(note(tx, sealer, survivor, actor, "gave_back", which(lead), now));
  LINLI_TRY(tell(tx, lead, "lead.reopened", now));
  LINLI_TRY(tell(tx, survivor, "lead.changed", now));
  // Whose name decided_by is, the store knows.
  auto again = desk::find(tx, sealer, actor, id);
  if (!again) return tl::unexpected(std::move(again).error());
  Done done{*std::move(again), std::move(survivor), {}};
  if (!moved.messages.empty()) done.moved = std::move(moved);
  return done;
}

// ---- splitting and moving ----

Result<Done> split(Tx& tx, const Sealer& sealer, IdSource& ids, const Actor& actor, LeadId id, int seen_version,
                   const std::vector<MessageId>& messages, Instant now) {
  auto found = decidable(tx, sealer, actor, id, seen_version);
  if (!found) return tl::unexpected(std::move(found).error());
  Lead lead = *std::move(found);
  auto links = lead_store::links(tx, sealer, id);
  if (!links) return tl::unexpected(std::move(links).error());
  std::vector<MessageId> picked = messages;
  std::ranges::sort(picked);
  picked.erase(std::unique(picked.begin(), picked.end()), picked.end());
  for (const MessageId message : picked)
    if (!std::ranges::binary_search(*links, message, {}, &LeadLink::message))
      return fail(Errc::bad_value, Where::at_field("messages"),
                  {{"value", to_text(message)}, {"allowed", "messages of this lead"}});
  if (picked.size() == links->size()) return fail(Errc::last_message, Where::at_field("messages"));
  auto stored = read_messages(tx, sealer, std::span(picked).first(1));
  if (!stored) return tl::unexpected(std::move(stored).error());

  Lead made;
  made.id = ids.draw<LeadId>();
  made.opening = MessageId{made.id.value};
  made.community = lead.community;
  made.grid_path = lead.grid_path;
  made.group = stored->empty() ? lead.group : stored->front().group;
  made.category = lead.category;
  made.urgency = lead.urgency;
  made.reply_suffices = lead.reply_suffices;
  made.summary = stored->empty() ? lead.summary : std::string(first_code_points(stored->front().message.text, 60));
  made.model_version = lead.model_version;
  made.opened_at = now;
  LINLI_TRY(lead_store::insert(tx, sealer, made));
  for (const MessageId message : picked) {
    LINLI_TRY(lead_store::relink(tx, message, made.id));
    LINLI_TRY(tx.run(kMoved, {message, made.id, actor.id, now}));
  }
  LINLI_TRY(lead_store::update_facts(tx, made));
  LINLI_TRY(write_changed(tx, sealer, lead));
  LINLI_TRY(note(tx, sealer, lead, actor, "split",
                 {{"count", std::to_string(picked.size())}, {"lead", to_text(made.id)}}, now));
  LINLI_TRY(note(tx, sealer, made, actor, "split_off", which(lead), now));
  LINLI_TRY(tell(tx, made, "lead.opened", now));
  LINLI_TRY(tell(tx, lead, "lead.changed", now));
  Placing::Moved moved{id, std::move(picked), taker(made, true)};
  return Done{std::move(lead), std::move(made), std::move(moved)};
}

Result<Done> move(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, int seen_version, MessageId message,
                  std::optional<LeadId> to, Instant now) {
  auto found = decidable(tx, sealer, actor, id, seen_version);
  if (!found) return tl::unexpected(std::move(found).error());
  Lead lead = *std::move(found);
  const auto unknown = fail(Errc::not_found, Where::at_field("message"));
  auto stands = tx.value<LeadId>("SELECT lead_id FROM lead_messages WHERE message_id = $1", {message});
  if (!stands) return tl::unexpected(std::move(stands).error());

  if (!*stands) {  // talk around it
    const MessageId one[] = {message};
    auto stored = read_messages(tx, sealer, one);
    if (!stored) return tl::unexpected(std::move(stored).error());
    if (stored->empty() || stored->front().recalled || stored->front().message.type == MessageType::recall ||
        std::ranges::find(lead.groups, stored->front().group) == lead.groups.end())
      return unknown;
    if (to != id) return fail(Errc::bad_value, Where::at_field("to"), {{"allowed", to_text(id)}});
    const lead_store::LinkRow link{message, id, Act::none, 0, {}};
    LINLI_TRY(lead_store::link(tx, std::span(&link, 1)));
    LINLI_TRY(tx.run(kMoved, {message, id, actor.id, now}));
    LINLI_TRY(write_changed(tx, sealer, lead));
    LINLI_TRY(note(tx, sealer, lead, actor, "message_moved_in", {}, now));
    LINLI_TRY(tell(tx, lead, "lead.changed", now));
    Placing::Moved moved{{}, {message}, taker(lead, false)};
    return Done{std::move(lead), {}, std::move(moved)};
  }

  if (**stands != id) return unknown;
  if (to == id) return fail(Errc::bad_value, Where::at_field("to"), {{"allowed", "another lead, null"}});
  std::optional<Lead> target;
  if (to) {
    auto other = open_to(tx, sealer, actor, *to, "to");
    if (!other) return tl::unexpected(std::move(other).error());
    target = *std::move(other);
  }
  auto all = tx.value<std::int64_t>("SELECT COUNT(*) FROM lead_messages WHERE lead_id = $1", {id});
  if (!all) return tl::unexpected(std::move(all).error());
  if (all->value_or(0) < 2) return fail(Errc::last_message, Where::at_field("message"));
  if (target) LINLI_TRY(lead_store::relink(tx, message, target->id));
  else LINLI_TRY(lead_store::unlink(tx, message));
  LINLI_TRY(tx.run(kMoved, {message, to, actor.id, now}));
  LINLI_TRY(write_changed(tx, sealer, lead));
  if (target) {
    LINLI_TRY(lead_store::update_facts(tx, *target));
    LINLI_TRY(note(tx, sealer, lead, actor, "message_moved_out", which(*target), now));
    LINLI_TRY(note(tx, sealer, *target, actor, "message_moved_in", which(lead), now));
    LINLI_TRY(tell(tx, *target, "lead.changed", now));
  } else {
    LINLI_TRY(note(tx, sealer, lead, actor, "message_moved_away", {}, now));
  }
  LINLI_TRY(tell(tx, lead, "lead.changed", now));
  Placing::Moved moved{id, {message}, {}};
  if (target) moved.to = taker(*target, false);
  return Done{std::move(lead), std::move(target), std::move(moved)};
}

}  // namespace linli::corrections
