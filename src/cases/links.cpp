#include "cases/links.h"

#include "cases/case_store.h"
#include "store/blobs.h"

namespace linli::public_links {
namespace {

constexpr std::string_view kToken = "public_links.token_hash";
constexpr int kMostMerges = 20;

template <class IdType>
std::optional<IdType> or_null(IdType id) {
  return id ? std::optional(id) : std::nullopt;
}

}  // namespace

Result<std::string> make(Tx& tx, const Sealer& sealer, const Link& link) {
  std::string token = random_link_token();
  const Digest hash = sealer.digest(kToken, token);
  LINLI_TRY(
      tx.run("INSERT INTO public_links (token_hash, case_id, lead_id, message_id, speaks, made_at, until, opened) "
             "VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
             {blob(hash), or_null(link.case_id), or_null(link.lead), or_null(link.message), link.speaks, link.made_at,
              link.until}));
  return token;
}

Result<std::optional<Link>> find(Tx& tx, const Sealer& sealer, std::string_view token, Instant now) {
  const Digest hash = sealer.digest(kToken, token);
  std::optional<Link> out;
  LINLI_TRY(
      tx.first("SELECT case_id, lead_id, message_id, speaks, made_at, until FROM public_links WHERE token_hash = $1 "
               "AND (until IS NULL OR until > $2)",
               {blob(hash), now}, [&](const Row& r) {
                 out = Link{r.get<CaseId>(0), r.get<LeadId>(1),  r.get<MessageId>(2),
                            r.get<bool>(3),   r.get<Instant>(4), r.get<std::optional<Instant>>(5)};
               }));
  return out;
}

Result<void> opened(Tx& tx, const Sealer& sealer, std::string_view token) {
  const Digest hash = sealer.digest(kToken, token);
  LINLI_TRY(tx.run("UPDATE public_links SET opened = opened + 1 WHERE token_hash = $1", {blob(hash)}));
  return {};
}

Result<void> revoke(Tx& tx, const Case& one) {
  LINLI_TRY(tx.run("DELETE FROM public_links WHERE case_id = $1", {one.id}));
  if (!one.lead) return {};
  LINLI_TRY(tx.run("DELETE FROM public_links WHERE lead_id = $1", {one.lead}));
  LINLI_TRY(
      tx.run("DELETE FROM public_links WHERE message_id IN (SELECT message_id FROM lead_messages WHERE lead_id = $1)",
             {one.lead}));
  return {};
}

Result<std::int64_t> forget(Tx& tx, Instant now) {
  return tx.run(
      "DELETE FROM public_links WHERE until < $1 OR (message_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM messages m "
      "WHERE m.id = public_links.message_id))",
      {now});
}

Result<std::optional<Standing>> follow(Tx& tx, const Sealer& sealer, const Link& link) {
  Standing out;
  out.link = link;
  const std::optional<Standing> gone;
  if (link.case_id) {
    auto one = case_store::find(tx, sealer, link.case_id);
    if (!one) return tl::unexpected(std::move(one).error());
    out.one = *std::move(one);
    if (!out.one) return gone;
    out.lead = out.one->lead;
  }
  if (link.message) {
    // A message that was emptied has no sender any more (leads/erasure.h).
    auto there = tx.first("SELECT sent_at FROM messages WHERE id = $1 AND sender <> 0", {link.message},
                          [&](const Row& r) { out.asked_at = r.get<Instant>(0); });
    if (!there) return tl::unexpected(std::move(there).error());
    if (!*there) return gone;
    auto lead = tx.value<LeadId>("SELECT lead_id FROM lead_messages WHERE message_id = $1", {link.message});
    if (!lead) return tl::unexpected(std::move(lead).error());
    if (!*lead) return std::optional(std::move(out));
    out.lead = **lead;
  }
  if (link.lead) out.lead = link.lead;
  for (int i = 0; out.lead && i < kMostMerges; ++i) {
    LeadId into;
    auto there = tx.first("SELECT state, grid_path, asked_at, merged_into FROM leads WHERE id = $1", {out.lead},
                          [&](const Row& r) {
                            out.state = parse_lead_state(r.bytes(0)).value_or(LeadState::open);
                            out.grid_path = r.get<std::string>(1);
                            if (!link.message) out.asked_at = r.get<Instant>(2);
                            into = r.get<LeadId>(3);
                          });
    if (!there) return tl::unexpected(std::move(there).error());
    if (!*there) return gone;
    if (!into || out.state != LeadState::merged) break;
    out.lead = into;
  }
  if (!out.one && out.lead) {
    auto one = case_store::of_lead(tx, sealer, out.lead);
    if (!one) return tl::unexpected(std::move(one).error());
    out.one = *std::move(one);
  }
  if (out.one) {
    if (out.one->confidential) return gone;
    out.grid_path = out.one->grid_path;
    if (!out.lead) out.asked_at = out.one->opened_at;
  }
  return std::optional(std::move(out));
}

std::string url(std::string_view base, std::string_view token) {
  if (base.empty()) return {};
  return std::string(base) + "?t=" + std::string(token);
}

}  // namespace linli::public_links
