#include "webhooks/event.h"

#include <boost/json.hpp>

#include "assist/knowledge.h"
#include "cases/case_store.h"
#include "leads/lead_store.h"
#include "notify/circle.h"
#include "notify/text.h"
#include "promise/promise.h"

namespace linli::webhooks {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<Instant>& at) {
  return at ? json::value(format_time(*at)) : json::value();
}

json::value category_or_null(const std::string& category) {
  return notify::named_people_only(category) ? json::value() : json::value(category);
}

json::value grid_json(const GridTree& tree, const std::string& path) {
  const Grid* grid = notify::grid_of_path(tree, path);
  if (!grid) return nullptr;
  return json::object{{"id", to_text(grid->id)}, {"code", grid->code}, {"name", grid->name}};
}

bool lies_in(std::string_view path, std::string_view top) {
  return top.empty() || (path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/'));
}

std::string serialized(std::string_view id, std::string_view type, std::string_view source, Instant at,
                       std::string_view subject, json::object data) {
  json::object out{{"specversion", "1.0"},    {"id", id},
                   {"source", source},        {"type", type},
                   {"time", format_time(at)}, {"datacontenttype", "application/json"}};
  if (!subject.empty()) out["subject"] = subject;
  out["data"] = std::move(data);
  return json::serialize(out);
}

Result<bool> in_confidence(Tx& tx, LeadId lead) {
  auto hidden = tx.value<int>("SELECT 1 FROM cases WHERE lead_id = $1 AND confidential = 1 LIMIT 1", {lead});
  if (!hidden) return tl::unexpected(std::move(hidden).error());
  return hidden->has_value();
}

// None: gone, or not to be told.
Result<std::optional<json::object>> lead_data(Tx& tx, const GridTree& tree, const Event& event, std::string_view top) {
  const LeadId id{event.subject};
  auto hidden = in_confidence(tx, id);
  if (!hidden) return tl::unexpected(std::move(hidden).error());
  if (*hidden) return std::optional<json::object>{};
  std::optional<json::object> out;
  LINLI_TRY(
      tx.first("SELECT state, grid_path, category, urgency, live, area_wide, asked_at, opened_at, answered_at, "
               "claimed_at, group_id "
               "FROM leads WHERE id = $1",
               {id}, [&](const Row& row) {
                 out.emplace(json::object{{"lead", to_text(id)}});
                 const std::string path = row.get<std::string>(1);
                 if (event.kind == "lead.moved" || !lies_in(path, top)) return;
                 (*out)["state"] = row.bytes(0);
                 (*out)["grid"] = grid_json(tree, path);
                 (*out)["group"] = to_text(row.get<GroupId>(10));
                 (*out)["category"] = category_or_null(row.get<std::string>(2));
                 (*out)["urgency"] = row.get<int>(3);
                 (*out)["live"] = row.get<bool>(4);
                 (*out)["area_wide"] = row.get<bool>(5);
                 const Instant asked = row.get<Instant>(6);
                 (*out)["asked_at"] = format_time(asked);
                 (*out)["opened_at"] = format_time(row.get<Instant>(7));
                 (*out)["due_at"] = row.get<bool>(4) ? json::value(format_time(asked + kPromise)) : json::value();
                 (*out)["answered_at"] = time_or_null(row.get<std::optional<Instant>>(8));
                 (*out)["claimed_at"] = time_or_null(row.get<std::optional<Instant>>(9));
               }));
  return out;
}

Result<std::optional<json::object>> case_data(Tx& tx, const Sealer& sealer, const GridTree& tree, const Event& event,
                                              std::string_view top) {
  const CaseId id{event.subject};
  json::object out{{"case", to_text(id)}};
  auto one = case_store::find(tx, sealer, id);
  if (!one) return tl::unexpected(std::move(one).error());
  if (!*one) {
    if (event.kind != "case.withdrawn") return std::optional<json::object>{};
    return std::optional(std::move(out));
  }
  const Case& c = **one;
  if (c.confidential) return std::optional<json::object>{};
  if (lies_in(c.grid_path, top)) {
    out["number"] = c.number;
    out["lead"] = c.lead ? json::value(to_text(c.lead)) : json::value();
    out["state"] = name(c.state);
    out["grid"] = grid_json(tree, c.grid_path);
    out["category"] = category_or_null(c.category);
    out["urgency"] = c.urgency;
    out["opened_at"] = format_time(c.opened_at);
    out["due_at"] = time_or_null(c.due_at);
    out["accepted_at"] = time_or_null(c.accepted_at);
    out["done_at"] = time_or_null(c.done_at);
    out["closed_at"] = time_or_null(c.closed_at);
  }
  return std::optional(std::move(out));
}

}  // namespace

std::string event_id(const Event& event) { return "evt_" + std::to_string(event.position); }

Result<std::optional<std::string>> cloud_event(Tx& tx, const Sealer& sealer, const GridTree& tree, const Event& event,
                                               std::string_view top, std::string_view source) {
  Result<std::optional<json::object>> data = std::optional<json::object>{};
  std::string subject;
  if (event.kind.starts_with("lead.") || event.kind.starts_with("promise.")) {
    subject = "lead/" + to_text(LeadId{event.subject});
    data = lead_data(tx, tree, event, top);
  } else if (event.kind.starts_with("case.")) {
    subject = "case/" + to_text(CaseId{event.subject});
    data = case_data(tx, sealer, tree, event, top);
  } else if (event.kind.starts_with("group.")) {
    subject = "group/" + to_text(GroupId{event.subject});
    data = std::optional(
        json::object{{"group", to_text(GroupId{event.subject})}, {"grid", grid_json(tree, event.grid_path)}});
  } else {
    const std::string entry = to_text(KnowledgeId{event.subject});
    subject = "knowledge/" + entry;
    data = std::optional(json::object{{"entry", entry}});
  }
  if (!data) return tl::unexpected(std::move(data).error());
  if (!*data) return std::optional<std::string>{};
  // Of a promise: when the step was crossed, and the cause.
  json::error_code broken;
  if (event.kind.starts_with("promise."))
    if (const json::value detail = json::parse(event.detail.empty() ? "{}" : event.detail, broken);
        !broken && detail.is_object())
      for (const auto& [key, value] : detail.as_object()) (**data)[key == "at" ? "crossed_at" : key] = value;
  return std::optional(
      serialized(event_id(event), "cn.linli." + event.kind, source, event.at, subject, **std::move(data)));
}

std::string test_event(std::string_view id, std::string_view source, Instant now) {
  return serialized(id, "cn.linli.test", source, now, {}, {});
}

}  // namespace linli::webhooks
