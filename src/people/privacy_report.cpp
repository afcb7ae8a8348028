#include "people/privacy_report.h"

#include <boost/json.hpp>

namespace linli {

Result<PrivacyReport> privacy_report(Tx& tx, Instant now) {
  PrivacyReport out;
  out.at = now;
  const auto number = [&](std::int64_t& into, std::string_view sql, Params params = {}) -> Result<void> {
    auto value = tx.value<std::int64_t>(sql, params);
    if (!value) return tl::unexpected(std::move(value).error());
    into = value->value_or(0);
    return {};
  };
  LINLI_TRY(number(out.groups, "SELECT COUNT(*) FROM groups WHERE state = 'admitted'"));
  LINLI_TRY(number(out.messages, "SELECT COUNT(*) FROM messages"));
  LINLI_TRY(number(out.messages_in_leads, "SELECT COUNT(*) FROM lead_messages"));
  LINLI_TRY(number(out.leads, "SELECT COUNT(*) FROM leads"));
  // An emptied message has no sender (leads/erasure.h).
  LINLI_TRY(number(out.leads_emptied,
                   "SELECT COUNT(DISTINCT s.lead_id) FROM lead_messages s JOIN messages m ON m.id = s.message_id WHERE "
                   "m.sender = 0"));
  LINLI_TRY(number(out.attachments, "SELECT COUNT(*) FROM attachments"));
  LINLI_TRY(number(out.opt_outs, "SELECT COUNT(*) FROM opt_outs WHERE opted_out = 1"));
  auto oldest = tx.value<std::optional<Instant>>(
      "SELECT received_at FROM messages m WHERE NOT EXISTS (SELECT 1 FROM lead_messages s WHERE s.message_id = m.id) "
      "ORDER BY m.id LIMIT 1");
  if (!oldest) return tl::unexpected(std::move(oldest).error());
  if (*oldest) out.oldest_message_at = **oldest;
  LINLI_TRY(tx.each("SELECT reason, SUM(count) FROM dropped GROUP BY reason", {},
                    [&](const Row& r) { out.dropped[r.get<std::string>(0)] = r.get<std::int64_t>(1); }));
  auto kept = retention(tx);
  if (!kept) return tl::unexpected(std::move(kept).error());
  out.retention = kept->first;
  LINLI_TRY(tx.each(
      "SELECT what, COUNT(*) FROM audit WHERE at >= $1 AND what IN ('resident.erased', 'data.revealed', "
      "'export.made') GROUP BY what",
      {now - std::chrono::hours(24 * 365)}, [&](const Row& r) {
        const auto what = r.get<std::string>(0);
        auto& into = what == "resident.erased" ? out.erasures : what == "data.revealed" ? out.reveals : out.exports;
        into = r.get<std::int64_t>(1);
      }));
  return out;
}

boost::json::object to_json(const Retention& r) {
  return {{"chatter_days", r.chatter_days}, {"lead_days", r.lead_days}};
}

boost::json::object to_json(const PrivacyReport& r) {
  boost::json::object dropped;
  for (const auto& [reason, count] : r.dropped) dropped[reason] = count;
  boost::json::value oldest;
  if (r.oldest_message_at) oldest = format_time(*r.oldest_message_at);
  return {{"at", format_time(r.at)},
          {"groups", r.groups},
          {"messages", r.messages},
          {"messages_in_leads", r.messages_in_leads},
          {"oldest_message_at", std::move(oldest)},
          {"leads", r.leads},
          {"leads_emptied", r.leads_emptied},
          {"attachments", r.attachments},
          {"opt_outs", r.opt_outs},
          {"dropped", std::move(dropped)},
          {"retention", to_json(r.retention)},
          {"last_year", {{"erasures", r.erasures}, {"reveals", r.reveals}, {"exports", r.exports}}}};
}

}  // namespace linli
