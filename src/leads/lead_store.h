// The tables leads, lead_messages and lead_history. Places, summaries, notes and reasons are sealed.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "leads/lead.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::lead_store {

// ---- writing: inside the writer's transaction ----
Result<void> insert(Tx& tx, const Sealer& sealer, const Lead& lead);
// What the machine sees now. Leaves state, decision and note alone.
Result<void> update_view(Tx& tx, const Sealer& sealer, const Lead& lead);
// What a person decided (or the machine: recalled, relapse): state, decision, note, revision, decision_version.
Result<void> update_decision(Tx& tx, const Sealer& sealer, const Lead& lead);
// The message stands in this lead from now on, in no other.
Result<void> link(Tx& tx, const Sealer& sealer, LeadId lead, const LeadLink& link);
Result<void> unlink(Tx& tx, MessageId message);
Result<void> add_history(Tx& tx, const Sealer& sealer, LeadId lead, const LeadHistory& entry);

// ---- reading ----
Result<std::optional<Lead>> find(Tx& tx, const Sealer& sealer, LeadId lead);
Result<std::vector<LeadLink>> links(Tx& tx, const Sealer& sealer, LeadId lead);
Result<std::vector<LeadHistory>> history(Tx& tx, const Sealer& sealer, LeadId lead);
// Leads that may still take in messages: heard of after `since`, in any state.
Result<std::vector<Lead>> recent(Tx& tx, const Sealer& sealer, Instant since);
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
  "u.display_name, l.decided_at, l.dismiss_reason, l.note"
Result<Lead> row(const Row& row, const Sealer& sealer);

}  // namespace linli::lead_store
