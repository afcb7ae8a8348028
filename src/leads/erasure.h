// What goes, and what stays of it: messages that no lead needs any more, the words in old leads, and all words of a person who
// asks for it. A lead stays as a bare matter (category, urgency, times, grid, what was done), for the figures; who said what
// about which home is gone from the database, and with the next backup from the backups.
//
// All in the writer's transaction, some rows at a time, so that intake never waits long: call again until `done`.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.h"
#include "leads/lead.h"
#include "people/opt_outs.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::erasure {

// What stands in place of a summary whose words are gone.
inline constexpr std::string_view kGone = "（内容已删除）";

struct Step {
  std::int64_t messages = 0;  // removed, or emptied
  std::int64_t leads = 0;     // without words now
  bool done = true;           // nothing is left to do
};

// Messages that stand in no lead and came before that; attachments with them. Their keys stay: sent again they are known.
Result<Step> remove_chatter(Tx& tx, Instant before, std::int64_t limit);

// The words of decided leads that were last heard of before that. Consoles are not told, the search index is (event
// lead.emptied, which nobody's right lets through).
Result<Step> empty_leads(Tx& tx, const Sealer& sealer, Instant before, Instant now, std::int64_t limit);

// ---- one person ----

// Who wrote it; none: it is not there, or its words are gone.
Result<std::optional<Resident>> resident_of(Tx& tx, MessageId message);

struct Found {
  std::int64_t messages = 0, attachments = 0, leads = 0;
};
Result<Found> count(Tx& tx, const Resident& resident);
// With their rules of member_rules, which the caller drops from memory; the leads' change is told. `named` is emptied last,
// so that a work that broke off can be asked for again by it. Placing must forget it all afterwards (words_erased()).
Result<Step> erase(Tx& tx, const Sealer& sealer, const Resident& resident, MessageId named, Instant now,
                   std::int64_t limit);

}  // namespace linli::erasure
