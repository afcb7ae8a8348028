#include "assist/gaps.h"

#include <array>

#include "assist/retrieval.h"
#include "base/utf8.h"
#include "channels/messages.h"

namespace linli::knowledge_gaps {
namespace {

constexpr std::array<std::string_view, 3> kStates{"open", "answered", "dismissed"};

constexpr std::string_view kCounted = "SELECT gap_id FROM knowledge_gap_leads WHERE lead_id = $1";
constexpr std::string_view kSame =
    "SELECT id, state FROM knowledge_gaps WHERE words = $1 AND grid_path = $2 ORDER BY id DESC LIMIT 1";
constexpr std::string_view kAdd =
    "INSERT INTO knowledge_gaps (id, grid_path, words, category, state, first_at, last_at) VALUES ($1, $2, $3, $4, "
    "'open', $5, $5)";
constexpr std::string_view kAgain =
    "UPDATE knowledge_gaps SET last_at = $2, state = $3, entry_id = CASE WHEN $3 = 'open' THEN NULL ELSE entry_id END "
    "WHERE id = $1";
constexpr std::string_view kCount = "INSERT INTO knowledge_gap_leads (lead_id, gap_id, asked_at) VALUES ($1, $2, $3)";
constexpr std::string_view kClose =
    "UPDATE knowledge_gaps SET state = $2, entry_id = $3, closed_at = $4, closed_by = $5 WHERE id = $1 AND state = "
    "'open'";
#define LINLI_GAP_COLUMNS                                                                                         \
  "g.id, g.state, g.grid_path, g.category, g.first_at, g.last_at, (SELECT COUNT(*) FROM knowledge_gap_leads c "   \
  "WHERE c.gap_id = g.id) AS asked, (SELECT c.lead_id FROM knowledge_gap_leads c WHERE c.gap_id = g.id ORDER BY " \
  "c.asked_at DESC, c.lead_id DESC LIMIT 1) FROM knowledge_gaps g "
constexpr std::string_view kFind = "SELECT " LINLI_GAP_COLUMNS "WHERE g.id = $1";
constexpr std::string_view kOpen =
    "SELECT " LINLI_GAP_COLUMNS "WHERE g.state = 'open' AND " LINLI_IN_SCOPE("g.grid_path", knowledge_read, "$1", "$2",
                                                                             "$3") " ORDER BY asked DESC, g.last_at "
                                                                                   "DESC, g.id DESC LIMIT $4";

Gap gap_of(const Row& r) {
  Gap gap;
  gap.id = r.get<GapId>(0);
  for (std::size_t i = 0; i < kStates.size(); ++i)
    if (kStates[i] == r.bytes(1)) gap.state = static_cast<State>(i);
  gap.grid_path = r.get<std::string>(2);
  gap.category = r.get<std::string>(3);
  gap.first_at = r.get<Instant>(4), gap.last_at = r.get<Instant>(5);
  gap.count = r.get<std::int64_t>(6);
  gap.lead = r.get<LeadId>(7);
  return gap;
}

}  // namespace

std::string_view name(State state) { return kStates[static_cast<std::size_t>(state)]; }

Result<bool> note(Tx& tx, const Sealer& sealer, IdSource& ids, const Asked& asked, Instant now) {
  const std::string bare = retrieval::bare(asked.question);
  if (code_points(bare) < 2) return false;
  auto counted = tx.value<std::int64_t>(kCounted, {asked.lead});
  if (!counted) return tl::unexpected(std::move(counted).error());
  if (*counted) return false;
  const std::int64_t words = sealer.hash("knowledge_gaps.words", bare);
  GapId gap;
  std::string state;
  LINLI_TRY(tx.first(kSame, {words, asked.grid_path}, [&](const Row& r) {
    gap = r.get<GapId>(0);
    state = r.get<std::string>(1);
  }));
  if (gap) {
    LINLI_TRY(tx.run(kAgain, {gap, now, state == "dismissed" ? state : std::string("open")}));
  } else {
    gap = ids.draw<GapId>();
    LINLI_TRY(tx.run(kAdd, {gap, asked.grid_path, words, asked.category, now}));
  }
  LINLI_TRY(tx.run(kCount, {asked.lead, gap, now}));
  return true;
}

Result<bool> note_lead(Tx& tx, const Sealer& sealer, IdSource& ids, const Knowledge& knowledge, const Lead& lead,
                       Day today, Instant now) {
  if (!lead.reply_suffices) return false;
  const MessageId opening[] = {lead.opening};
  auto messages = read_messages(tx, sealer, opening);
  if (!messages) return tl::unexpected(std::move(messages).error());
  if (messages->empty()) return false;
  const std::string& question = messages->front().message.text;
  const auto offers = knowledge.offers(question, lead.grid_path, lead.category, today, 1);
  if (!offers.empty() && offers.front().confident) return false;
  return note(tx, sealer, ids, {lead.id, question, lead.grid_path, lead.category}, now);
}

Result<bool> close(Tx& tx, GapId gap, KnowledgeId entry, UserId by, Instant now) {
  auto changed =
      tx.run(kClose, {gap, name(entry ? State::answered : State::dismissed),
                      entry ? std::optional(entry) : std::nullopt, now, by ? std::optional(by) : std::nullopt});
  if (!changed) return tl::unexpected(std::move(changed).error());
  return *changed == 1;
}

Result<std::optional<Gap>> find(Tx& tx, GapId id) {
  std::optional<Gap> found;
  LINLI_TRY(tx.first(kFind, {id}, [&](const Row& r) { found = gap_of(r); }));
  return found;
}

Result<std::vector<Gap>> open(Tx& tx, const Actor& actor, int limit) {
  std::vector<Gap> out;
  LINLI_TRY(tx.each(kOpen, {actor.everywhere(Right::knowledge_read), actor.id, actor.today.number, limit},
                    [&](const Row& r) { out.push_back(gap_of(r)); }));
  return out;
}

}  // namespace linli::knowledge_gaps
