#include "leads/lead_store.h"

#include <boost/json.hpp>
#include <charconv>

namespace linli::lead_store {
namespace {

namespace json = boost::json;

// ---- sealed columns: small JSON objects ----

json::array reasons_to_json(const std::vector<Reason>& reasons) {
  json::array out;
  for (const Reason& r : reasons) out.push_back(json::array{r.code, r.message, r.begin, r.end, r.word, r.weight});
  return out;
}

std::vector<Reason> reasons_from_json(const json::value* value) {
  std::vector<Reason> out;
  if (!value || !value->is_array()) return out;
  for (const json::value& item : value->as_array()) {
    const json::array& f = item.as_array();
    out.push_back({std::string(f[0].as_string()), f[1].to_number<MessageNumber>(), f[2].to_number<std::uint32_t>(),
                   f[3].to_number<std::uint32_t>(), std::string(f[4].as_string()), f[5].to_number<float>()});
  }
  return out;
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

// What was sealed by us is well-formed; if it is not, the column was damaged.
Result<json::value> open_json(const Sealer& sealer, std::string_view place, std::string_view sealed) {
  auto plain = sealer.open(place, sealed);
  if (!plain) return tl::unexpected(std::move(plain).error());
  json::error_code broken;
  json::value value = json::parse(*plain, broken);
  if (broken) return fail(Errc::sealed_broken, Where::at(std::string(place)));
  return value;
}

std::string seal_content(const Sealer& sealer, const Lead& lead) {
  return sealer.seal("leads.content", json::serialize(json::object{{"place", lead.place},
                                                                   {"summary", lead.summary},
                                                                   {"category", reasons_to_json(lead.category_reasons)},
                                                                   {"urgency", reasons_to_json(lead.urgency_reasons)},
                                                                   {"where", reasons_to_json(lead.place_reasons)}}));
}

std::string join(const std::vector<GroupId>& groups) {
  std::string out;
  for (GroupId group : groups) out += (out.empty() ? "" : ",") + std::to_string(group.value);
  return out;
}

std::vector<GroupId> split(std::string_view text) {
  std::vector<GroupId> out;
  for (const char *at = text.data(), *end = at + text.size(); at < end; ++at) {
    GroupId group;
    at = std::from_chars(at, end, group.value).ptr;
    out.push_back(group);
  }
  return out;
}

std::optional<Blob> blob(const std::string& bytes) {
  if (bytes.empty()) return {};
  return Blob{bytes};
}

}  // namespace

Result<void> insert(Tx& tx, const Sealer& sealer, const Lead& lead) {
  const std::string content = seal_content(sealer, lead), groups = join(lead.groups);
  LINLI_TRY(tx.run(
      "INSERT INTO leads (id, opening_message_id, state, revision, decision_version, community, grid_path, group_id, "
      "group_ids, "
      "category, urgency, reply_suffices, area_wide, review, resolved, live, content, model_version, asked_at, "
      "opened_at, "
      "latest_at, answered_at, message_count) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, "
      "$23)",
      {lead.id,        lead.opening,   name(lead.state), lead.revision,    lead.decision_version, lead.community,
       lead.grid_path, lead.group,     groups,           lead.category,    lead.urgency,          lead.reply_suffices,
       lead.area_wide, lead.review,    lead.resolved,    lead.live,        Blob{content},         lead.model_version,
       lead.asked_at,  lead.opened_at, lead.latest_at,   lead.answered_at, lead.message_count}));
  return {};
}

Result<void> update_view(Tx& tx, const Sealer& sealer, const Lead& lead) {
  const std::string content = seal_content(sealer, lead), groups = join(lead.groups);
  LINLI_TRY(tx.run(
      "UPDATE leads SET revision = $2, group_ids = $3, category = $4, urgency = $5, reply_suffices = $6, area_wide = "
      "$7, "
      "review = $8, resolved = $9, live = $10, content = $11, model_version = $12, asked_at = $13, latest_at = $14, "
      "answered_at = $15, message_count = $16 WHERE id = $1",
      {lead.id, lead.revision, groups, lead.category, lead.urgency, lead.reply_suffices, lead.area_wide, lead.review,
       lead.resolved, lead.live, Blob{content}, lead.model_version, lead.asked_at, lead.latest_at, lead.answered_at,
       lead.message_count}));
  return {};
}

Result<void> update_decision(Tx& tx, const Sealer& sealer, const Lead& lead) {
  const std::string note = lead.note.empty() ? std::string() : sealer.seal("leads.note", lead.note);
  std::optional<std::string_view> reason;
  if (lead.dismiss_reason) reason = name(*lead.dismiss_reason);
  std::optional<UserId> by;
  if (lead.decided_by) by = lead.decided_by;
  LINLI_TRY(tx.run(
      "UPDATE leads SET state = $2, revision = $3, decision_version = $4, decided_by = $5, decided_at = $6, "
      "dismiss_reason = $7, note = $8 WHERE id = $1",
      {lead.id, name(lead.state), lead.revision, lead.decision_version, by, lead.decided_at, reason, blob(note)}));
  return {};
}

Result<void> link(Tx& tx, const Sealer& sealer, LeadId lead, const LeadLink& link) {
  const std::string reasons = sealer.seal("lead_messages.reasons", json::serialize(reasons_to_json(link.reasons)));
  LINLI_TRY(tx.run(
      "INSERT INTO lead_messages (message_id, lead_id, act, score, reasons) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (message_id) DO UPDATE SET lead_id = excluded.lead_id, act = excluded.act, score = excluded.score, "
      "reasons = excluded.reasons",
      {link.message, lead, static_cast<int>(link.act), static_cast<double>(link.score), Blob{reasons}}));
  return {};
}

Result<void> unlink(Tx& tx, MessageId message) {
  LINLI_TRY(tx.run("DELETE FROM lead_messages WHERE message_id = $1", {message}));
  return {};
}

Result<void> add_history(Tx& tx, const Sealer& sealer, LeadId lead, const LeadHistory& entry) {
  json::object args;
  for (const auto& [key, value] : entry.args) args[key] = value;
  const std::string detail = sealer.seal("lead_history.detail", json::serialize(args));
  std::optional<UserId> by;
  if (entry.by) by = entry.by;
  const std::string model = entry.by ? std::string() : entry.by_name;
  LINLI_TRY(
      tx.run("INSERT INTO lead_history (lead_id, revision, at, user_id, model_version, kind, detail) VALUES ($1, $2, "
             "$3, $4, $5, $6, $7)",
             {lead, entry.revision, entry.at, by, model, entry.kind, Blob{detail}}));
  return {};
}

Result<Lead> row(const Row& row, const Sealer& sealer) {
  Lead lead;
  int c = 0;
  lead.id = row.get<LeadId>(c++);
  lead.opening = row.get<MessageId>(c++);
  lead.state = parse_lead_state(row.bytes(c++)).value_or(LeadState::open);
  lead.revision = row.get<int>(c++);
  lead.decision_version = row.get<int>(c++);
  lead.community = row.get<std::string>(c++);
  lead.grid_path = row.get<std::string>(c++);
  lead.group = row.get<GroupId>(c++);
  lead.groups = split(row.bytes(c++));
  lead.category = row.get<std::string>(c++);
  lead.urgency = row.get<int>(c++);
  lead.reply_suffices = row.get<bool>(c++);
  lead.area_wide = row.get<bool>(c++);
  lead.review = row.get<bool>(c++);
  lead.resolved = row.get<bool>(c++);
  lead.live = row.get<bool>(c++);
  auto content = open_json(sealer, "leads.content", row.bytes(c++));
  if (!content) return tl::unexpected(std::move(content).error());
  const json::object& object = content->as_object();
  lead.place = text_of(object, "place");
  lead.summary = text_of(object, "summary");
  lead.category_reasons = reasons_from_json(object.if_contains("category"));
  lead.urgency_reasons = reasons_from_json(object.if_contains("urgency"));
  lead.place_reasons = reasons_from_json(object.if_contains("where"));
  lead.model_version = row.get<std::string>(c++);
  lead.asked_at = row.get<Instant>(c++);
  lead.opened_at = row.get<Instant>(c++);
  lead.latest_at = row.get<Instant>(c++);
  lead.answered_at = row.get<std::optional<Instant>>(c++);
  lead.message_count = row.get<int>(c++);
  lead.decided_by = row.get<UserId>(c++);
  lead.decided_by_name = row.get<std::string>(c++);
  lead.decided_at = row.get<std::optional<Instant>>(c++);
  if (!row.is_null(c)) lead.dismiss_reason = parse_dismiss_reason(row.bytes(c));
  ++c;
  if (!row.is_null(c)) {
    auto note = sealer.open("leads.note", row.bytes(c));
    if (!note) return tl::unexpected(std::move(note).error());
    lead.note = std::move(*note);
  }
  return lead;
}

namespace {

// Calls row() for each row and stops at the first that does not open.
Result<std::vector<Lead>> rows(Tx& tx, const Sealer& sealer, std::string_view sql, Params params) {
  std::vector<Lead> leads;
  std::optional<Error> broken;
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) {
    if (broken) return;
    auto lead = row(r, sealer);
    if (lead) leads.push_back(std::move(*lead));
    else broken = std::move(lead).error();
  }));
  if (broken) return tl::unexpected(std::move(*broken));
  return leads;
}

}  // namespace

Result<std::optional<Lead>> find(Tx& tx, const Sealer& sealer, LeadId lead) {
  auto found = rows(
      tx, sealer, "SELECT " LINLI_LEAD_COLUMNS " FROM leads l LEFT JOIN users u ON u.id = l.decided_by WHERE l.id = $1",
      {lead});
  if (!found) return tl::unexpected(std::move(found).error());
  if (found->empty()) return std::optional<Lead>{};
  return std::optional<Lead>(std::move(found->front()));
}

Result<std::vector<Lead>> recent(Tx& tx, const Sealer& sealer, Instant since) {
  return rows(tx, sealer,
              "SELECT " LINLI_LEAD_COLUMNS
              " FROM leads l LEFT JOIN users u ON u.id = l.decided_by WHERE l.latest_at >= $1 ORDER BY l.id",
              {since});
}

Result<std::vector<LeadLink>> links(Tx& tx, const Sealer& sealer, LeadId lead) {
  std::vector<LeadLink> out;
  std::optional<Error> broken;
  LINLI_TRY(tx.each("SELECT message_id, act, score, reasons FROM lead_messages WHERE lead_id = $1 ORDER BY message_id",
                    {lead}, [&](const Row& r) {
                      auto reasons = open_json(sealer, "lead_messages.reasons", r.bytes(3));
                      if (!reasons) {
                        broken = std::move(reasons).error();
                        return;
                      }
                      out.push_back({r.get<MessageId>(0), static_cast<Act>(r.get<int>(1)), r.get<float>(2),
                                     reasons_from_json(&*reasons)});
                    }));
  if (broken) return tl::unexpected(std::move(*broken));
  return out;
}

Result<std::vector<LeadHistory>> history(Tx& tx, const Sealer& sealer, LeadId lead) {
  std::vector<LeadHistory> out;
  std::optional<Error> broken;
  LINLI_TRY(tx.each(
      "SELECT h.revision, h.at, h.user_id, h.model_version, u.display_name, h.kind, h.detail FROM lead_history h "
      "LEFT JOIN users u ON u.id = h.user_id WHERE h.lead_id = $1 ORDER BY h.revision",
      {lead}, [&](const Row& r) {
        auto detail = open_json(sealer, "lead_history.detail", r.bytes(6));
        if (!detail) {
          broken = std::move(detail).error();
          return;
        }
        LeadHistory entry{r.get<int>(0),         r.get<Instant>(1),
                          r.get<UserId>(2),      r.get<std::string>(r.is_null(2) ? 3 : 4),
                          r.get<std::string>(5), {}};
        for (const auto& [key, value] : detail->as_object()) entry.args.emplace_back(key, value.as_string());
        out.push_back(std::move(entry));
      }));
  if (broken) return tl::unexpected(std::move(*broken));
  return out;
}

Result<std::vector<Standing>> recent_links(Tx& tx, Instant since) {
  std::vector<Standing> out;
  LINLI_TRY(
      tx.each("SELECT m.message_id, m.lead_id, m.act FROM lead_messages m JOIN leads l ON l.id = m.lead_id WHERE "
              "l.latest_at >= $1 "
              "ORDER BY m.message_id",
              {since}, [&](const Row& r) {
                out.push_back({r.get<MessageId>(0), r.get<LeadId>(1), static_cast<Act>(r.get<int>(2))});
              }));
  return out;
}

}  // namespace linli::lead_store
