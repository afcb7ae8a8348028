// The tables leads, lead_messages and lead_history. Places, summaries, notes and reasons are sealed.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "leads/lead.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::lead_store {

// ---- writing: inside the writer's transaction ----
// What is sealed is sealed before, by the thread that has it; so the writer only writes.
struct LeadRow {
  const Lead* lead = nullptr;
  std::string content;  // seal_content()
};
struct LinkRow {
  MessageId message;
  LeadId lead;
  Act act = Act::none;
  float score = 0;
  std::string reasons;  // seal_reasons()
};
struct HistoryRow {
  LeadId lead;
  const LeadHistory* entry = nullptr;
  std::string detail;  // seal_detail()
};
std::string seal_content(const Sealer& sealer, const Lead& lead);
std::string seal_reasons(const Sealer& sealer, const std::vector<Reason>& reasons);
std::string seal_detail(const Sealer& sealer, const LeadHistory& entry);

Result<void> insert(Tx& tx, std::span<const LeadRow> leads);
Result<void> insert(Tx& tx, const Sealer& sealer, const Lead& lead);
// What the machine sees now; leaves state, decision and note alone, and the grid where a person chose it. False, and nothing is changed, when the lead's
// revision in the store is not `seen`: a person decided meanwhile.
Result<bool> update_view(Tx& tx, const LeadRow& row, int seen);
// What a person decided (or the machine: recalled, relapse): state, decision, note, revision, decision_version.
Result<void> update_decision(Tx& tx, const Sealer& sealer, const Lead& lead);
// What a person set or gave back: category, urgency, content, by_person, review, grid, revision, decision_version.
Result<void> update_fields(Tx& tx, const Sealer& sealer, const Lead& lead);
// After messages came or went by a person's hand: groups, times, `live`, the number of messages, from those that stand in it
// now; with them its first answer and its revision, which rises by one.
Result<void> update_facts(Tx& tx, Lead& lead);
// All messages of a lead, or one, stand in another one.
Result<void> relink(Tx& tx, LeadId from, LeadId to);
Result<void> relink(Tx& tx, MessageId message, LeadId to);
// Where its messages are now: itself, or what it was merged into, and so on.
Result<LeadId> survivor(Tx& tx, LeadId lead);
// Into which grid a person put it (or, with grid_by 0, gave it back to the machine): grid, revision, decision_version.
Result<void> update_grid(Tx& tx, const Lead& lead);
// Something beside it changed that its readers must see: its revision rises; the new one.
Result<int> raise(Tx& tx, LeadId lead);
// The messages stand in these leads; none of them may stand in one (unlink() before).
Result<void> link(Tx& tx, std::span<const LinkRow> links);
Result<void> unlink(Tx& tx, MessageId message);
Result<void> add_history(Tx& tx, std::span<const HistoryRow> entries);
Result<void> add_history(Tx& tx, const Sealer& sealer, LeadId lead, const LeadHistory& entry);

// ---- reading ----
Result<std::optional<Lead>> find(Tx& tx, const Sealer& sealer, LeadId lead);
Result<std::vector<LeadLink>> links(Tx& tx, const Sealer& sealer, LeadId lead);
Result<std::vector<LeadHistory>> history(Tx& tx, const Sealer& sealer, LeadId lead);
// Leads that may still take in messages: heard of after `since`, in any state.
Result<std::vector<Lead>> recent(Tx& tx, const Sealer& sealer, Instant since);
// Messages from `since` on of which a person said that they belong to no lead; ascending.
Result<std::vector<MessageId>> recent_apart(Tx& tx, Instant since);
// A person said where it belongs.
Result<bool> is_moved(Tx& tx, MessageId message);
// (message, lead, act) of the links of leads heard of after `since`, by message.
struct Standing {
  MessageId message;
  LeadId lead;
  Act act = Act::none;
};
Result<std::vector<Standing>> recent_links(Tx& tx, Instant since);

// The columns that row() reads, for queries of the desk: "SELECT " LINLI_LEAD_COLUMNS " FROM leads l LEFT JOIN users u ON …".
#define LINLI_LEAD_COLUMNS                                                                                       \
  "l.id, l.opening_message_id, l.state, l.revision, l.decision_version, l.community, l.grid_path, l.group_id, "  \
  "l.group_ids, l.category, l.urgency, l.reply_suffices, l.area_wide, l.review, l.resolved, l.live, l.content, " \
  "l.model_version, l.asked_at, l.opened_at, l.latest_at, l.answered_at, l.message_count, l.decided_by, "        \
  "u.display_name, l.decided_at, l.dismiss_reason, l.note, l.grid_by, l.claimed_at, l.merged_into, l.by_person"
Result<Lead> row(const Row& row, const Sealer& sealer);

}  // namespace linli::lead_store
