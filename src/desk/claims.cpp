#include "desk/claims.h"

#include "leads/lead_store.h"
#include "store/outbox.h"

namespace linli::claims {
namespace {

constexpr std::string_view kStanding =
    "SELECT c.lead_id, c.user_id, u.display_name, c.doing, c.since, c.until FROM claims c JOIN users u ON u.id = "
    "c.user_id WHERE c.until > $1";

Claim claim_of(const Row& row) {
  return {row.get<LeadId>(0),      row.get<UserId>(1),
          row.get<std::string>(2), parse_doing(row.bytes(3)).value_or(Doing::viewing),
          row.get<Instant>(4),     row.get<Instant>(5)};
}

tl::unexpected<Error> taken(const Claim& claim) {
  return fail(Errc::claimed, Where::at_field("lead"), {{"who", claim.by_name}});
}

Result<void> tell(Tx& tx, const Lead& lead, Instant now) {
  return Outbox::append(tx, Event{0, "lead.claimed", lead.id.value, lead.grid_path, "leads.read", now, {}});
}

}  // namespace

std::string_view name(Doing doing) { return doing == Doing::writing ? "writing" : "viewing"; }
std::optional<Doing> parse_doing(std::string_view text) {
  if (text == "writing") return Doing::writing;
  if (text == "viewing") return Doing::viewing;
  return {};
}

Result<std::map<LeadId, Claim>> all(Tx& tx, Instant now) {
  std::map<LeadId, Claim> out;
  LINLI_TRY(tx.each(kStanding, {now}, [&](const Row& row) {
    Claim claim = claim_of(row);
    out.emplace(claim.lead, std::move(claim));
  }));
  return out;
}

Result<std::optional<Claim>> of_lead(Tx& tx, LeadId lead, Instant now) {
  std::optional<Claim> out;
  LINLI_TRY(tx.each(std::string(kStanding) + " AND c.lead_id = $2", {now, lead},
                    [&](const Row& row) { out = claim_of(row); }));
  return out;
}

Result<void> check(Tx& tx, const Actor& actor, LeadId lead, Instant now) {
  auto standing = of_lead(tx, lead, now);
  if (!standing) return tl::unexpected(std::move(standing).error());
  if (*standing && (*standing)->by != actor.id && (*standing)->doing == Doing::writing) return taken(**standing);
  return {};
}

Result<Claim> take(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, Doing doing, bool take_over,
                   Instant now) {
  auto lead = desk::find(tx, sealer, actor, id);
  if (!lead) return tl::unexpected(std::move(lead).error());
  if (!actor.may(Right::leads_decide, lead->grid_path)) return fail(Errc::not_allowed, Where::at_field("lead"));
  auto standing = of_lead(tx, id, now);
  if (!standing) return tl::unexpected(std::move(standing).error());
  const bool mine = *standing && (*standing)->by == actor.id;
  if (*standing && !mine && !take_over) return taken(**standing);
  const Claim claim{id, actor.id, actor.display_name, doing, mine ? (*standing)->since : now, now + kLasts};
  LINLI_TRY(tx.run(
      "INSERT INTO claims (lead_id, user_id, doing, since, until) VALUES ($1, $2, $3, $4, $5) ON CONFLICT "
      "(lead_id) DO UPDATE SET user_id = excluded.user_id, doing = excluded.doing, since = excluded.since, until "
      "= excluded.until",
      {id, claim.by, name(doing), claim.since, claim.until}));
  LINLI_TRY(tx.run("UPDATE leads SET looked_at = $2 WHERE id = $1 AND looked_at IS NULL", {id, now}));
  if (*standing && !mine) {
    auto raised = lead_store::raise(tx, id);
    if (!raised) return tl::unexpected(std::move(raised).error());
    LINLI_TRY(lead_store::add_history(
        tx, sealer, id, {*raised, now, actor.id, actor.display_name, "taken_over", {{"from", (*standing)->by_name}}}));
  }
  LINLI_TRY(tell(tx, *lead, now));
  return claim;
}

Result<void> leave(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, Instant now) {
  auto lead = desk::find(tx, sealer, actor, id);
  if (!lead) return tl::unexpected(std::move(lead).error());
  auto gone = tx.run("DELETE FROM claims WHERE lead_id = $1 AND user_id = $2", {id, actor.id});
  if (!gone) return tl::unexpected(std::move(gone).error());
  if (*gone > 0) LINLI_TRY(tell(tx, *lead, now));
  return {};
}

Result<void> end(Tx& tx, LeadId id) {
  LINLI_TRY(tx.run("DELETE FROM claims WHERE lead_id = $1", {id}));
  return {};
}

}  // namespace linli::claims
