#include "notify/breach_notes.h"

namespace linli::notify {
namespace {

constexpr std::string_view kNote = "breach_notes.note";

}  // namespace

Result<std::optional<BreachNote>> breach_note(Tx& tx, const Sealer& sealer, LeadId lead) {
  std::optional<BreachNote> out;
  std::optional<Error> wrong;
  LINLI_TRY(
      tx.first("SELECT note, by_user, at, revision FROM breach_notes WHERE lead_id = $1", {lead}, [&](const Row& row) {
        auto text = sealer.open(kNote, row.bytes(0));
        if (text) out = BreachNote{*std::move(text), row.get<UserId>(1), row.get<Instant>(2), row.get<int>(3)};
        else wrong = std::move(text).error();
      }));
  if (wrong) return tl::unexpected(*wrong);
  return out;
}

Result<int> set_breach_note(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, const std::string& text,
                            int seen, Instant now) {
  auto broken = tx.value<int>(
      "SELECT 1 FROM promise_steps s JOIN leads l ON l.id = s.lead_id WHERE s.lead_id = $1 AND s.step = 'breach' "
      "AND " LINLI_IN_SCOPE("l.grid_path", leads_decide, "$2", "$3", "$4"),
      {lead, actor.everywhere(Right::leads_decide), actor.id, actor.today.number});
  if (!broken) return tl::unexpected(std::move(broken).error());
  if (!*broken) return fail(Errc::unknown_lead, Where::at_field("lead"));
  const std::string sealed = sealer.seal(kNote, text);
  auto changed = tx.run(
      "INSERT INTO breach_notes (lead_id, note, by_user, at, revision) VALUES ($1, $2, $3, $4, $5 + 1) ON CONFLICT "
      "(lead_id) DO UPDATE SET note = excluded.note, by_user = excluded.by_user, at = excluded.at, revision = "
      "excluded.revision WHERE breach_notes.revision = $5",
      {lead, Blob{sealed}, actor.id, now, seen});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  return seen + 1;
}

}  // namespace linli::notify
