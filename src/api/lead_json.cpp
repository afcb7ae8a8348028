#include "api/lead_json.h"

#include <algorithm>
#include <boost/json.hpp>

#include "api/people.h"
#include "api/services.h"
#include "people/masking.h"
#include "promise/promise.h"

namespace linli::api {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<Instant>& at) {
  if (!at) return nullptr;
  return json::value(format_time(*at));
}

json::value text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return json::value(text);
}

json::array reasons_of(const std::vector<Reason>& reasons, Language language) {
  json::array out;
  for (const Reason& reason : reasons) {
    json::object one{{"code", reason.code},    {"text", phrase(reason.code, {{"word", reason.word}}, language)},
                     {"message", nullptr},     {"begin", reason.begin},
                     {"end", reason.end},      {"word", reason.word},
                     {"weight", reason.weight}};
    if (reason.message) one["message"] = to_text(MessageId{reason.message});
    out.push_back(std::move(one));
  }
  return out;
}

// The pieces of the message's own text that its reasons point to, in order, none overlapping.
json::array evidence_of(MessageId message, const std::vector<Reason>& reasons) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pieces;
  for (const Reason& reason : reasons) {
    if (reason.begin < reason.end && (reason.message == 0 || reason.message == message.value)) {
      pieces.emplace_back(reason.begin, reason.end);
    }
  }
  std::sort(pieces.begin(), pieces.end());
  json::array out;
  for (std::size_t i = 0; i < pieces.size();) {
    auto [begin, end] = pieces[i];
    for (++i; i < pieces.size() && pieces[i].first <= end; ++i) end = std::max(end, pieces[i].second);
    out.push_back(json::object{{"begin", begin}, {"end", end}});
  }
  return out;
}

json::object message_of(const desk::CardMessage& m, Language language, Names names) {
  const StoredMessage& stored = m.message;
  const auto person = [&](const std::string& name) { return names == Names::shown ? name : mask_name(name); };
  const auto words = [&](const std::string& text) { return names == Names::shown ? text : mask_numbers(text); };
  json::object out{{"id", to_text(stored.id)},
                   {"group", to_text(stored.group)},
                   {"sent_at", format_time(stored.message.sent_at)},
                   {"sender_name", person(stored.message.sender_name)},
                   {"role", linli::name(stored.message.role)},
                   {"type", linli::name(stored.message.type)},
                   {"text", words(stored.message.text)},
                   {"reply_to", nullptr},
                   {"in_lead", m.link.has_value()},
                   {"act", nullptr},
                   {"recalled", stored.recalled},
                   {"evidence", json::array{}},
                   {"reasons", json::array{}}};
  if (m.quoted)
    out["reply_to"] = {
        {"id", to_text(*m.quoted)}, {"sender_name", person(m.quoted_sender)}, {"text", words(m.quoted_text)}};
  if (m.link) {
    if (m.link->act != Act::none) out["act"] = linli::name(m.link->act);
    out["evidence"] = evidence_of(stored.id, m.link->reasons);
    out["reasons"] = reasons_of(m.link->reasons, language);
  }
  // A name such as "张三 合同.pdf" tells who: only what kind of file it is.
  const auto file_name = [&](const std::string& name) {
    const auto dot = name.rfind('.');
    return names == Names::shown ? name : dot == name.npos ? std::string("＊") : "＊" + name.substr(dot);
  };
  json::array files;
  for (const auto& file : m.attachments) {
    files.push_back(json::object{
        {"id", nullptr}, {"name", file_name(file.name)}, {"media_type", file.media_type}, {"size", file.size}});
    if (file.stored) files.back().as_object()["id"] = to_text(file.id);
  }
  out["attachments"] = std::move(files);
  return out;
}

json::object history_of(const LeadHistory& entry, Language language) {
  return {{"revision", entry.revision},
          {"at", format_time(entry.at)},
          {"actor", {{"kind", entry.by ? "person" : "machine"}, {"display_name", entry.by_name}}},
          {"kind", entry.kind},
          {"text", desk::describe(entry, language)}};
}

}  // namespace

Labels labels(const Services& services) { return {services.groups, services.grids}; }

std::string etag(const Lead& lead) { return "\"" + std::to_string(lead.decision_version) + "\""; }

json::object claim_json(const claims::Claim& claim) {
  return {{"by", {{"id", to_text(claim.by)}, {"display_name", claim.by_name}}},
          {"doing", claims::name(claim.doing)},
          {"since", format_time(claim.since)},
          {"until", format_time(claim.until)}};
}

json::object outgoing_json(const outgoing::Item& item, const Labels& labels, Language language) {
  const auto group = labels.groups.find(item.group);
  json::object out{
      {"id", to_text(item.id)},
      {"group", {{"id", to_text(item.group)}, {"name", group ? group->name : ""}, {"grid", group ? group->grid : ""}}},
      {"state", linli::name(item.state)},
      {"text", item.words.text},
      {"due_at", format_time(item.due_at)},
      {"tries", item.tries},
      {"said_at", time_or_null(item.said_at)},
      {"heard_at", time_or_null(item.heard_at)},
      {"problem", nullptr}};
  if (!item.error.empty()) out["problem"] = phrase("outgoing." + item.error, {{"why", item.why}}, language);
  return out;
}

json::object reply_json(const replies::Reply& reply, const Labels& labels, Language language) {
  json::array out, sources;
  for (const auto& item : reply.out) out.push_back(outgoing_json(item, labels, language));
  for (const auto& source : reply.sources) sources.emplace_back(source);
  json::object body{{"id", to_text(reply.id)},
                    {"by", {{"id", to_text(reply.by)}, {"display_name", reply.by_name}}},
                    {"at", format_time(reply.at)},
                    {"way", replies::name(reply.way)},
                    {"ends", reply.ends},
                    {"text", reply.text},
                    {"sources", std::move(sources)},
                    {"machine", reply.machine},
                    {"outgoing", std::move(out)},
                    {"withdrawn_at", time_or_null(reply.withdrawn_at)},
                    {"withdrawn_why", nullptr}};
  if (reply.withdrawn_at) body["withdrawn_why"] = reply.withdrawn_why;
  return body;
}

json::object lead_summary(const Lead& lead, const Labels& labels, const std::optional<claims::Claim>& claim,
                          Instant now) {
  const Promise kept = promise(lead.live, lead.asked_at, lead.answered_at, lead.claimed_at, now);
  json::array in;
  for (const GroupId id : lead.groups) {
    const auto group = labels.groups.find(id);
    in.push_back(
        json::object{{"id", to_text(id)}, {"name", group ? group->name : ""}, {"grid", group ? group->grid : ""}});
  }
  // The last code of its path: a code is never given twice. Leads of groups that are bound by names have none.
  const auto tree = labels.grids.tree();
  const Grid* grid = tree->find_code(std::string_view(lead.grid_path).substr(lead.grid_path.rfind('/') + 1));
  const auto first = labels.groups.find(lead.group);
  json::object out{{"id", to_text(lead.id)},
                   {"revision", lead.revision},
                   {"decision_version", lead.decision_version},
                   {"state", linli::name(lead.state)},
                   {"category", lead.category},
                   {"urgency", lead.urgency},
                   {"place", text_or_null(lead.place)},
                   {"summary", mask_numbers(lead.summary)},
                   {"community", first ? first->community : ""},
                   {"grid", grid ? json::value(grid_name_json(*grid)) : json::value()},
                   {"groups", std::move(in)},
                   {"handling", lead.reply_suffices ? "reply" : "workflow"},
                   {"area_wide", lead.area_wide},
                   {"review", lead.review},
                   {"resolved", lead.resolved},
                   {"live", lead.live},
                   {"asked_at", format_time(lead.asked_at)},
                   {"opened_at", format_time(lead.opened_at)},
                   {"latest_at", format_time(lead.latest_at)},
                   {"promise",
                    {{"light", linli::name(kept.light)},
                     {"due_at", time_or_null(kept.due_at)},
                     {"kept_at", time_or_null(kept.kept_at)},
                     {"proved", kept.proved}}},
                   {"message_count", lead.message_count},
                   {"decided_by", nullptr},
                   {"decided_at", time_or_null(lead.decided_at)},
                   {"dismiss_reason", nullptr},
                   {"merged_into", nullptr},
                   {"by_person", json::array{}},
                   {"claim", nullptr}};
  if (lead.merged_into) out["merged_into"] = to_text(lead.merged_into);
  for (const LeadField field : kLeadFields)
    if (lead.set_by_person(field)) out["by_person"].as_array().emplace_back(linli::name(field));
  if (claim) out["claim"] = claim_json(*claim);
  if (lead.decided_by) out["decided_by"] = {{"id", to_text(lead.decided_by)}, {"display_name", lead.decided_by_name}};
  if (lead.dismiss_reason) out["dismiss_reason"] = linli::name(*lead.dismiss_reason);
  return out;
}

json::array lead_messages(const std::vector<desk::CardMessage>& messages, Language language, Names names) {
  json::array out;
  for (const auto& message : messages) out.push_back(message_of(message, language, names));
  return out;
}

json::object lead_card(const desk::Card& card, const Labels& labels, const std::optional<claims::Claim>& claim,
                       const std::vector<replies::Reply>& replies, Instant now, Language language, Names names) {
  json::object out = lead_summary(card.lead, labels, claim, now);
  out["messages"] = lead_messages(card.messages, language, names);
  out["names_shown"] = names == Names::shown;
  out["reasons"] = {{"category", reasons_of(card.lead.category_reasons, language)},
                    {"urgency", reasons_of(card.lead.urgency_reasons, language)},
                    {"place", reasons_of(card.lead.place_reasons, language)}};
  json::array history;
  for (const LeadHistory& entry : card.history) history.push_back(history_of(entry, language));
  out["history"] = std::move(history);
  json::array said;
  for (const auto& reply : replies) said.push_back(reply_json(reply, labels, language));
  out["replies"] = std::move(said);
  out["model_version"] = card.lead.model_version;
  out["note"] = card.lead.note;
  return out;
}

}  // namespace linli::api
