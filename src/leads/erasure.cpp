#include "leads/erasure.h"

#include <set>

#include "channels/messages.h"
#include "leads/lead_store.h"
#include "people/audit.h"
#include "store/outbox.h"

namespace linli::erasure {
namespace {

// flags: channels/messages.cpp, 4 is "recalled": hidden from everyone.
constexpr std::string_view kEmptyMessage =
    "UPDATE messages SET body = $2, sender = 0, flags = flags + CASE WHEN (flags / 4) % 2 = 0 THEN 4 ELSE 0 END "
    "WHERE id = $1";
constexpr std::string_view kWindow =
    "SELECT MAX(id), COUNT(*) FROM (SELECT id FROM messages WHERE id > $1 AND received_at < $2 ORDER BY id LIMIT $3) "
    "page";
constexpr std::string_view kChatterFiles =
    "DELETE FROM attachments WHERE message_id > $1 AND message_id <= $2 AND NOT EXISTS (SELECT 1 FROM lead_messages l "
    "WHERE l.message_id = attachments.message_id)";
constexpr std::string_view kChatterReports =
    "DELETE FROM reports WHERE message_id > $1 AND message_id <= $2 AND NOT EXISTS (SELECT 1 FROM lead_messages l "
    "WHERE "
    "l.message_id = reports.message_id)";
constexpr std::string_view kChatterMoves =
    "DELETE FROM moved_messages WHERE message_id > $1 AND message_id <= $2 AND lead_id IS NULL";
constexpr std::string_view kChatter =
    "DELETE FROM messages WHERE id > $1 AND id <= $2 AND NOT EXISTS (SELECT 1 FROM lead_messages l WHERE l.message_id "
    "= "
    "messages.id)";
constexpr std::string_view kCursor = "retention";

// The message without its words. Its id and group stay: they are the channel's, and find it again as known.
Result<void> empty_message(Tx& tx, const Sealer& sealer, const StoredMessage& message) {
  Message bare;
  bare.id = message.message.id;
  bare.group = message.message.group;
  const std::string body = seal_body(sealer, bare);
  LINLI_TRY(tx.run(kEmptyMessage, {message.id, Blob{body}}));
  LINLI_TRY(tx.run("DELETE FROM attachments WHERE message_id = $1", {message.id}));
  LINLI_TRY(tx.run("DELETE FROM reports WHERE message_id = $1", {message.id}));
  LINLI_TRY(tx.run("DELETE FROM public_links WHERE message_id = $1", {message.id}));
  LINLI_TRY(tx.run("UPDATE lead_messages SET reasons = $2 WHERE message_id = $1", {message.id, Blob{}}));
  // What the machine answered may call them by name.
  LINLI_TRY(tx.run("UPDATE companion_answers SET content = $2 WHERE message_id = $1", {message.id, Blob{}}));
  LINLI_TRY(tx.run(
      "UPDATE outgoing SET words = $2, why = NULL, words_hash = 0 WHERE purpose = 'companion' AND subject_id = $1",
      {message.id, Blob{}}));
  return {};
}

enum class Tell { consoles, index };  // the search index learns of it in any case

Result<void> empty_lead(Tx& tx, const Sealer& sealer, LeadId id, Instant now, Tell tell) {
  auto found = lead_store::find(tx, sealer, id);
  if (!found) return tl::unexpected(std::move(found).error());
  if (!*found) return {};
  Lead& lead = **found;
  lead.place.clear();
  lead.summary = kGone;
  lead.machine.place.clear();
  lead.machine.summary.clear();
  for (auto* reasons : {&lead.category_reasons, &lead.urgency_reasons, &lead.place_reasons}) reasons->clear();
  const std::string content = lead_store::seal_content(sealer, lead);
  LINLI_TRY(
      tx.run("UPDATE leads SET content = $2, note = NULL, revision = revision + 1 WHERE id = $1", {id, Blob{content}}));
  LINLI_TRY(tx.run("UPDATE lead_history SET detail = $2 WHERE lead_id = $1", {id, Blob{}}));
  // What was answered may tell of them; what was corrected knows their place; why it was looked at, their name.
  LINLI_TRY(
      tx.run("UPDATE outgoing SET words = $2, why = NULL, words_hash = 0 WHERE purpose = 'reply' AND subject_id IN "
             "(SELECT id FROM "
             "replies WHERE lead_id = $1)",
             {id, Blob{}}));
  LINLI_TRY(tx.run("UPDATE replies SET content = $2 WHERE lead_id = $1", {id, Blob{}}));
  LINLI_TRY(tx.run("DELETE FROM place_corrections WHERE lead_id = $1", {id}));
  LINLI_TRY(tx.run("UPDATE case_timeline SET detail = $2 WHERE case_id IN (SELECT id FROM cases WHERE lead_id = $1)",
                   {id, Blob{}}));
  LINLI_TRY(tx.run("UPDATE cases SET content = $2, revision = revision + 1 WHERE lead_id = $1", {id, Blob{}}));
  LINLI_TRY(
      tx.run("UPDATE case_tasks SET content = $2, contact_why = '', link_open = 0, version = version + 1 WHERE case_id "
             "IN (SELECT "
             "id FROM cases WHERE lead_id = $1)",
             {id, Blob{}}));
  LINLI_TRY(tx.run("DELETE FROM files WHERE case_id IN (SELECT id FROM cases WHERE lead_id = $1)", {id}));
  LINLI_TRY(tx.run(
      "DELETE FROM public_links WHERE lead_id = $1 OR case_id IN (SELECT id FROM cases WHERE lead_id = $1)", {id}));
  LINLI_TRY(tx.run("DELETE FROM lead_corrections WHERE lead_id = $1", {id}));
  LINLI_TRY(audit::erase(tx, {"lead", to_text(id)}));
  LINLI_TRY(tx.run("DELETE FROM lead_proposals WHERE lead_id = $1", {id}));
  if (tell == Tell::index) return Outbox::append(tx, Event{0, "lead.emptied", id.value, lead.grid_path, {}, now, {}});
  std::vector<Event> events{{0, "lead.changed", id.value, lead.grid_path, "leads.read", now, {}}};
  LINLI_TRY(tx.each("SELECT id, grid_path FROM cases WHERE lead_id = $1", {id}, [&](const Row& r) {
    events.push_back({0, "case.changed", r.get<std::int64_t>(0), r.get<std::string>(1), "cases.read", now, {}});
  }));
  return Outbox::append(tx, events);
}

Result<std::vector<MessageId>> ids(Tx& tx, std::string_view sql, Params params) {
  std::vector<MessageId> out;
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) { out.push_back(r.get<MessageId>(0)); }));
  return out;
}

// Empties these and the leads that they stand in.
Result<Step> empty(Tx& tx, const Sealer& sealer, const std::vector<MessageId>& messages, Instant now, Tell tell) {
  Step step;
  std::set<LeadId> leads;
  auto stored = read_messages(tx, sealer, messages);
  if (!stored) return tl::unexpected(std::move(stored).error());
  for (const StoredMessage& message : *stored) {
    auto lead = tx.value<LeadId>("SELECT lead_id FROM lead_messages WHERE message_id = $1", {message.id});
    if (!lead) return tl::unexpected(std::move(lead).error());
    if (*lead) leads.insert(**lead);
    LINLI_TRY(empty_message(tx, sealer, message));
    ++step.messages;
  }
  // The words of those that were merged into them stand in their own rows.
  for (std::vector<LeadId> next(leads.begin(), leads.end()); !next.empty();) {
    const LeadId into = next.back();
    next.pop_back();
    LINLI_TRY(tx.each("SELECT id FROM leads WHERE merged_into = $1", {into}, [&](const Row& r) {
      if (const auto lead = r.get<LeadId>(0); leads.insert(lead).second) next.push_back(lead);
    }));
  }
  for (const LeadId lead : leads) LINLI_TRY(empty_lead(tx, sealer, lead, now, tell));
  step.leads = static_cast<std::int64_t>(leads.size());
  return step;
}

}  // namespace

Result<Step> remove_chatter(Tx& tx, Instant before, std::int64_t limit) {
  auto cursor = tx.value<std::int64_t>("SELECT position FROM cursors WHERE name = $1", {kCursor});
  if (!cursor) return tl::unexpected(std::move(cursor).error());
  const std::int64_t from = cursor->value_or(0);
  std::int64_t to = 0, seen = 0;
  LINLI_TRY(tx.first(kWindow, {from, before, limit}, [&](const Row& r) {
    to = r.get<std::int64_t>(0);
    seen = r.get<std::int64_t>(1);
  }));
  Step step;
  if (seen == 0) return step;
  LINLI_TRY(tx.run(kChatterFiles, {from, to}));
  LINLI_TRY(tx.run(kChatterReports, {from, to}));
  LINLI_TRY(tx.run(kChatterMoves, {from, to}));
  auto removed = tx.run(kChatter, {from, to});
  if (!removed) return tl::unexpected(std::move(removed).error());
  LINLI_TRY(
      tx.run("INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = "
             "excluded.position",
             {kCursor, to}));
  step.messages = *removed;
  step.done = seen < limit;
  return step;
}

Result<Step> empty_leads(Tx& tx, const Sealer& sealer, Instant before, Instant now, std::int64_t limit) {
  // An emptied message has no sender.
  auto found = ids(tx,
                   "SELECT m.id FROM leads l JOIN lead_messages s ON s.lead_id = l.id JOIN messages m ON m.id = "
                   "s.message_id WHERE l.latest_at < $1 AND l.state <> 'open' AND m.sender <> 0 LIMIT $2",
                   {before, limit});
  if (!found) return tl::unexpected(std::move(found).error());
  auto step = empty(tx, sealer, *found, now, Tell::index);
  if (step) step->done = static_cast<std::int64_t>(found->size()) < limit;
  return step;
}

Result<std::optional<Resident>> resident_of(Tx& tx, MessageId message) {
  std::optional<Resident> out;
  LINLI_TRY(
      tx.first("SELECT channel_id, sender FROM messages WHERE id = $1 AND sender <> 0", {message}, [&](const Row& r) {
        out = Resident{r.get<ChannelId>(0), r.get<std::int64_t>(1)};
      }));
  return out;
}

Result<Found> count(Tx& tx, const Resident& r) {
  Found out;
  LINLI_TRY(
      tx.first("SELECT COUNT(*), COUNT(DISTINCT s.lead_id) FROM messages m LEFT JOIN lead_messages s ON "
               "s.message_id = m.id WHERE m.channel_id = $1 AND m.sender = $2",
               {r.channel, r.sender}, [&](const Row& row) {
                 out.messages = row.get<std::int64_t>(0);
                 out.leads = row.get<std::int64_t>(1);
               }));
  auto files = tx.value<std::int64_t>(
      "SELECT COUNT(*) FROM attachments a JOIN messages m ON m.id = a.message_id WHERE m.channel_id = $1 AND m.sender "
      "= $2",
      {r.channel, r.sender});
  if (!files) return tl::unexpected(std::move(files).error());
  out.attachments = files->value_or(0);
  return out;
}

Result<Step> erase(Tx& tx, const Sealer& sealer, const Resident& r, MessageId named, Instant now, std::int64_t limit) {
  LINLI_TRY(tx.run("DELETE FROM member_rules WHERE channel_id = $1 AND sender = $2", {r.channel, r.sender}));
  auto found =
      ids(tx,
          "SELECT id FROM messages WHERE channel_id = $1 AND sender = $2 ORDER BY CASE WHEN id = $3 THEN 1 ELSE 0 "
          "END, id LIMIT $4",
          {r.channel, r.sender, named, limit});
  if (!found) return tl::unexpected(std::move(found).error());
  auto step = empty(tx, sealer, *found, now, Tell::consoles);
  if (step) step->done = static_cast<std::int64_t>(found->size()) < limit;
  return step;
}

}  // namespace linli::erasure
