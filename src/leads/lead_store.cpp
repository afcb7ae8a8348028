#include "leads/lead_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <iterator>

#include "channels/json_text.h"

namespace linli::lead_store {
namespace {

namespace json = boost::json;

// ---- sealed columns: small JSON objects ----

void append_reasons(std::string& out, const std::vector<Reason>& reasons) {
  out += '[';
  for (const Reason& r : reasons) {
    if (out.back() != '[') out += ',';
    out += '[';
    append_json_string(out, r.code);
    fmt::format_to(std::back_inserter(out), ",{},{},{},", r.message, r.begin, r.end);
    append_json_string(out, r.word);
    fmt::format_to(std::back_inserter(out), ",{}]", std::isfinite(r.weight) ? r.weight : 0.F);
  }
  out += ']';
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

// What was sealed by us is well-formed; if it is not, the column was damaged. Nothing to seal: empty.
Result<json::value> open_json(const Sealer& sealer, std::string_view place, std::string_view sealed) {
  if (sealed.empty()) return json::object();
  auto plain = sealer.open(place, sealed);
  if (!plain) return tl::unexpected(std::move(plain).error());
  json::error_code broken;
  json::value value = json::parse(*plain, broken);
  if (broken) return fail(Errc::sealed_broken, Where::at(std::string(place)));
  return value;
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

using Kind = Param::Kind;

const Insert kLeads{"leads",
                    {{"id", Kind::integer},
                     {"opening_message_id", Kind::integer},
                     {"state", Kind::text},
                     {"revision", Kind::integer},
                     {"decision_version", Kind::integer},
                     {"community", Kind::text},
                     {"grid_path", Kind::text},
                     {"group_id", Kind::integer},
                     {"group_ids", Kind::text},
                     {"category", Kind::text},
                     {"urgency", Kind::integer},
                     {"reply_suffices", Kind::integer},
                     {"area_wide", Kind::integer},
                     {"review", Kind::integer},
                     {"resolved", Kind::integer},
                     {"live", Kind::integer},
                     {"content", Kind::blob},
                     {"model_version", Kind::text},
                     {"asked_at", Kind::integer},
                     {"opened_at", Kind::integer},
                     {"latest_at", Kind::integer},
                     {"answered_at", Kind::integer},
                     {"message_count", Kind::integer}},
                    0};
const Insert kLinks{"lead_messages",
                    {{"message_id", Kind::integer},
                     {"lead_id", Kind::integer},
                     {"act", Kind::integer},
                     {"score", Kind::real},
                     {"reasons", Kind::blob}},
                    0};
const Insert kHistory{"lead_history",
                      {{"lead_id", Kind::integer},
                       {"revision", Kind::integer},
                       {"at", Kind::integer},
                       {"user_id", Kind::integer},
                       {"model_version", Kind::text},
                       {"kind", Kind::text},
                       {"detail", Kind::blob}},
                      0};

}  // namespace

std::string seal_content(const Sealer& sealer, const Lead& lead) {
  std::string plain = "{\"place\":";
  append_json_string(plain, lead.place);
  plain += ",\"summary\":";
  append_json_string(plain, lead.summary);
  plain += ",\"category\":";
  append_reasons(plain, lead.category_reasons);
  plain += ",\"urgency\":";
  append_reasons(plain, lead.urgency_reasons);
  plain += ",\"where\":";
  append_reasons(plain, lead.place_reasons);
  if (lead.by_person) {
    plain += ",\"machine\":{\"category\":";
    append_json_string(plain, lead.machine.category);
    fmt::format_to(std::back_inserter(plain), ",\"urgency\":{},\"place\":", lead.machine.urgency);
    append_json_string(plain, lead.machine.place);
    plain += ",\"summary\":";
    append_json_string(plain, lead.machine.summary);
    plain += '}';
  }
  plain += '}';
  return sealer.seal("leads.content", plain);
}

std::string seal_reasons(const Sealer& sealer, const std::vector<Reason>& reasons) {
  if (reasons.empty()) return {};
  std::string plain;
  append_reasons(plain, reasons);
  return sealer.seal("lead_messages.reasons", plain);
}

std::string seal_detail(const Sealer& sealer, const LeadHistory& entry) {
  if (entry.args.empty()) return {};
  std::string plain;
  for (const auto& [key, value] : entry.args) {
    plain += plain.empty() ? '{' : ',';
    append_json_string(plain, key);
    plain += ':';
    append_json_string(plain, value);
  }
  plain += '}';
  return sealer.seal("lead_history.detail", plain);
}

Result<void> insert(Tx& tx, std::span<const LeadRow> leads) {
  std::vector<std::string> groups;
  groups.reserve(leads.size());
  std::vector<Param> values;
  values.reserve(leads.size() * kLeads.width());
  for (const LeadRow& row : leads) {
    const Lead& l = *row.lead;
    groups.push_back(join(l.groups));
    values.insert(values.end(),
                  {l.id,        l.opening,   name(l.state), l.revision,    l.decision_version, l.community,
                   l.grid_path, l.group,     groups.back(), l.category,    l.urgency,          l.reply_suffices,
                   l.area_wide, l.review,    l.resolved,    l.live,        Blob{row.content},  l.model_version,
                   l.asked_at,  l.opened_at, l.latest_at,   l.answered_at, l.message_count});
  }
  LINLI_TRY(tx.insert(kLeads, values));
  return {};
}

Result<void> insert(Tx& tx, const Sealer& sealer, const Lead& lead) {
  const LeadRow row{&lead, seal_content(sealer, lead)};
  return insert(tx, std::span(&row, 1));
}

Result<bool> update_view(Tx& tx, const LeadRow& row, int seen) {
  const Lead& l = *row.lead;
  const std::string groups = join(l.groups);
  auto changed = tx.run(
      "UPDATE leads SET revision = $2, group_ids = $3, category = $4, urgency = $5, reply_suffices = $6, area_wide = "
      "$7, review = $8, resolved = $9, live = $10, content = $11, model_version = $12, asked_at = $13, latest_at = "
      "$14, "
      "answered_at = $15, message_count = $16, grid_path = CASE WHEN grid_by IS NULL THEN $18 ELSE grid_path END WHERE "
      "id = $1 AND revision = $17",
      {l.id, l.revision, groups, l.category, l.urgency, l.reply_suffices, l.area_wide, l.review, l.resolved, l.live,
       Blob{row.content}, l.model_version, l.asked_at, l.latest_at, l.answered_at, l.message_count, seen, l.grid_path});
  if (!changed) return tl::unexpected(std::move(changed).error());
  return *changed > 0;
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

Result<void> update_fields(Tx& tx, const Sealer& sealer, const Lead& lead) {
  const std::string content = seal_content(sealer, lead);
  LINLI_TRY(
      tx.run("UPDATE leads SET category = $2, urgency = $3, content = $4, by_person = $5, review = $6, grid_path = $7, "
             "revision = $8, decision_version = $9 WHERE id = $1",
             {lead.id, lead.category, lead.urgency, Blob{content}, static_cast<int>(lead.by_person), lead.review,
              lead.grid_path, lead.revision, lead.decision_version}));
  return {};
}

// As OpenLeads::take_facts() has them.
Result<void> update_facts(Tx& tx, Lead& lead) {
  std::vector<GroupId> groups;
  std::optional<Instant> first, live, latest;
  lead.message_count = 0;
  LINLI_TRY(
      tx.each("SELECT m.group_id, m.sent_at, m.flags FROM lead_messages l JOIN messages m ON m.id = l.message_id WHERE "
              "l.lead_id = $1 ORDER BY m.id",
              {lead.id}, [&](const Row& r) {
                const auto group = r.get<GroupId>(0);
                const auto at = r.get<Instant>(1);
                if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
                if (!first) first = at;
                if (!live && r.get<int>(2) % 2) live = at;
                latest = std::max(latest.value_or(at), at);
                ++lead.message_count;
              }));
  if (first) {
    lead.groups = std::move(groups);
    lead.live = live.has_value();
    lead.asked_at = live.value_or(*first);
    lead.latest_at = *latest;
  }
  LINLI_TRY(tx.run(
      "UPDATE leads SET group_ids = $2, live = $3, asked_at = $4, latest_at = $5, message_count = $6, answered_at = "
      "$7, revision = $8 WHERE id = $1",
      {lead.id, join(lead.groups), lead.live, lead.asked_at, lead.latest_at, lead.message_count, lead.answered_at,
       ++lead.revision}));
  return {};
}

Result<void> relink(Tx& tx, LeadId from, LeadId to) {
  LINLI_TRY(tx.run("UPDATE lead_messages SET lead_id = $2 WHERE lead_id = $1", {from, to}));
  return {};
}

Result<void> relink(Tx& tx, MessageId message, LeadId to) {
  LINLI_TRY(tx.run("UPDATE lead_messages SET lead_id = $2 WHERE message_id = $1", {message, to}));
  return {};
}

Result<LeadId> survivor(Tx& tx, LeadId lead) {
  for (LeadId next = lead; next;) {
    lead = next;
    auto into = tx.value<LeadId>("SELECT merged_into FROM leads WHERE id = $1", {lead});
    if (!into) return tl::unexpected(std::move(into).error());
    next = into->value_or(LeadId{});
  }
  return lead;
}

Result<std::vector<MessageId>> recent_apart(Tx& tx, Instant since) {
  std::vector<MessageId> out;
  LINLI_TRY(
      tx.each("SELECT message_id FROM moved_messages WHERE lead_id IS NULL AND message_id >= $1 ORDER BY message_id",
              {IdSource::floor(since)}, [&](const Row& r) { out.push_back(r.get<MessageId>(0)); }));
  return out;
}

Result<bool> is_moved(Tx& tx, MessageId message) {
  auto found = tx.value<std::int64_t>("SELECT COUNT(*) FROM moved_messages WHERE message_id = $1", {message});
  if (!found) return tl::unexpected(std::move(found).error());
  return found->value_or(0) > 0;
}

Result<void> update_grid(Tx& tx, const Lead& lead) {
  LINLI_TRY(tx.run("UPDATE leads SET grid_path = $2, grid_by = $3, revision = $4, decision_version = $5 WHERE id = $1",
                   {lead.id, lead.grid_path, lead.grid_by ? std::optional(lead.grid_by) : std::nullopt, lead.revision,
                    lead.decision_version}));
  return {};
}

Result<int> raise(Tx& tx, LeadId lead) {
  LINLI_TRY(tx.run("UPDATE leads SET revision = revision + 1 WHERE id = $1", {lead}));
  auto revision = tx.value<int>("SELECT revision FROM leads WHERE id = $1", {lead});
  if (!revision) return tl::unexpected(std::move(revision).error());
  return revision->value_or(0);
}

Result<void> link(Tx& tx, std::span<const LinkRow> links) {
  std::vector<Param> values;
  values.reserve(links.size() * kLinks.width());
  for (const LinkRow& l : links)
    values.insert(values.end(),
                  {l.message, l.lead, static_cast<int>(l.act), static_cast<double>(l.score), Blob{l.reasons}});
  LINLI_TRY(tx.insert(kLinks, values));
  return {};
}

Result<void> unlink(Tx& tx, MessageId message) {
  LINLI_TRY(tx.run("DELETE FROM lead_messages WHERE message_id = $1", {message}));
  return {};
}

Result<void> add_history(Tx& tx, std::span<const HistoryRow> entries) {
  std::vector<Param> values;
  values.reserve(entries.size() * kHistory.width());
  for (const HistoryRow& row : entries) {
    const LeadHistory& e = *row.entry;
    values.insert(values.end(), {row.lead, e.revision, e.at, e.by ? Param(e.by) : Param(nullptr),
                                 e.by ? Param("") : Param(e.by_name), e.kind, Blob{row.detail}});
  }
  LINLI_TRY(tx.insert(kHistory, values));
  return {};
}

Result<void> add_history(Tx& tx, const Sealer& sealer, LeadId lead, const LeadHistory& entry) {
  const HistoryRow row{lead, &entry, seal_detail(sealer, entry)};
  return add_history(tx, std::span(&row, 1));
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
  lead.grid_by = row.get<UserId>(++c);
  lead.claimed_at = row.get<std::optional<Instant>>(++c);
  lead.merged_into = row.get<LeadId>(++c);
  lead.by_person = static_cast<std::uint8_t>(row.get<int>(++c));
  if (const json::value* machine = object.if_contains("machine")) {
    const json::object& look = machine->as_object();
    lead.machine = {text_of(look, "category"), look.at("urgency").to_number<int>(), text_of(look, "place"),
                    text_of(look, "summary")};
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
