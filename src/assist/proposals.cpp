#include "assist/proposals.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "store/outbox.h"

namespace linli::assist::proposals {
namespace {

namespace json = boost::json;

constexpr std::string_view kPlace = "lead_proposals.content";
constexpr std::string_view kOfLead =
    "SELECT kind, content, model, prompt, message_count, at FROM lead_proposals WHERE lead_id = $1";
constexpr std::string_view kWrite =
    "INSERT INTO lead_proposals (lead_id, kind, content, model, prompt, message_count, at) VALUES ($1, $2, $3, $4, $5, "
    "$6, "
    "$7) ON CONFLICT (lead_id, kind) DO UPDATE SET content = excluded.content, model = excluded.model, prompt = "
    "excluded.prompt, message_count = excluded.message_count, at = excluded.at";
// flags: channels/messages.cpp, 4 is "recalled"; erased ones have it too.
constexpr std::string_view kStanding =
    "SELECT s.message_id FROM lead_messages s JOIN messages m ON m.id = s.message_id WHERE s.lead_id = $1 AND (m.flags "
    "/ 4) "
    "% 2 = 0";

json::array ids_json(const std::vector<MessageId>& ids) {
  json::array out;
  for (const MessageId id : ids) out.push_back(id.value);
  return out;
}

std::vector<MessageId> ids_of(const json::value& from) {
  std::vector<MessageId> out;
  for (const auto& id : from.as_array()) out.push_back(MessageId{id.as_int64()});
  return out;
}

Result<std::set<MessageId>> standing(Tx& tx, LeadId lead) {
  std::set<MessageId> out;
  LINLI_TRY(tx.each(kStanding, {lead}, [&](const Row& r) { out.insert(r.get<MessageId>(0)); }));
  return out;
}

bool holds(const ProposalHead& head, const std::set<MessageId>& standing) {
  return std::ranges::all_of(head.seen, [&](MessageId id) { return standing.contains(id); });
}

Result<bool> write(Tx& tx, const Sealer& sealer, LeadId lead, std::string_view kind, const ProposalHead& head,
                   json::object content) {
  std::string state, grid_path;
  LINLI_TRY(tx.first("SELECT state, grid_path FROM leads WHERE id = $1", {lead}, [&](const Row& r) {
    state = r.get<std::string>(0);
    grid_path = r.get<std::string>(1);
  }));
  if (state != name(LeadState::open)) return false;
  auto now = standing(tx, lead);
  if (!now) return tl::unexpected(std::move(now).error());
  if (!holds(head, *now)) return false;
  content["seen"] = ids_json(head.seen);
  const std::string sealed = sealer.seal(kPlace, json::serialize(content));
  LINLI_TRY(tx.run(kWrite, {lead, kind, Blob{sealed}, head.from.model, head.from.prompt, head.message_count, head.at}));
  LINLI_TRY(Outbox::append(tx, Event{0, "lead.proposed", lead.value, grid_path, "leads.read", head.at, {}}));
  return true;
}

}  // namespace

Result<Proposals> of_lead(Tx& tx, const Sealer& sealer, LeadId lead) {
  Proposals out;
  std::optional<Error> broken;
  auto now = standing(tx, lead);
  if (!now) return tl::unexpected(std::move(now).error());
  LINLI_TRY(tx.each(kOfLead, {lead}, [&](const Row& r) {
    auto opened = sealer.open(kPlace, r.bytes(1));
    if (!opened) {
      broken = std::move(opened).error();
      return;
    }
    const json::value value = json::parse(*opened);  // ours: sealed, so nobody else's
    const json::object& from = value.as_object();
    ProposalHead head{
        ids_of(from.at("seen")), r.get<int>(4), {r.get<std::string>(2), r.get<std::string>(3)}, r.get<Instant>(5)};
    if (!holds(head, *now)) return;
    const auto text = [&](const char* name) { return std::string(from.at(name).as_string()); };
    if (r.get<std::string>(0) == "refine") {
      Refinement one{std::move(head), text("summary"), text("category"), text("place")};
      one.urgency = static_cast<int>(from.at("urgency").as_int64());
      if (from.at("same_as").is_int64()) one.same_as = LeadId{from.at("same_as").as_int64()};
      one.evidence = ids_of(from.at("evidence"));
      one.orders = from.at("orders").as_bool();
      out.refined = std::move(one);
    } else {
      Judgement one{std::move(head), from.at("appeal").as_bool(), {}};
      if (from.at("category").is_string()) one.category = text("category");
      out.judged = std::move(one);
    }
  }));
  if (broken) return tl::unexpected(std::move(*broken));
  if (out.refined && out.refined->same_as) {
    auto state = tx.value<std::string>("SELECT state FROM leads WHERE id = $1", {*out.refined->same_as});
    if (!state) return tl::unexpected(std::move(state).error());
    if (*state != std::string(name(LeadState::open))) out.refined->same_as.reset();
  }
  return out;
}

Result<bool> write(Tx& tx, const Sealer& sealer, LeadId lead, const Refinement& r) {
  return write(tx, sealer, lead, "refine", r.head,
               {{"summary", r.summary},
                {"category", r.category},
                {"place", r.place},
                {"urgency", r.urgency},
                {"same_as", r.same_as ? json::value(r.same_as->value) : json::value()},
                {"evidence", ids_json(r.evidence)},
                {"orders", r.orders}});
}

Result<bool> write(Tx& tx, const Sealer& sealer, LeadId lead, const Judgement& j) {
  return write(tx, sealer, lead, "judge", j.head,
               {{"appeal", j.appeal}, {"category", j.category ? json::value(*j.category) : json::value()}});
}

}  // namespace linli::assist::proposals
