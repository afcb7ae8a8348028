// Cases that stand for many: what hangs on them, the word to all of them, another grid, who may take one over.
#include <boost/json.hpp>

#include "api/case_handlers.h"
#include "api/case_json.h"
#include "api/input.h"
#include "api/people.h"
#include "cases/moving.h"
#include "cases/target.h"
#include "desk/children.h"
#include "people/masking.h"

namespace linli::api {
namespace {

namespace json = boost::json;

const Error kUnknownCase{Errc::unknown_case, Where::at_field("case"), {}};

cases::Office office(const Services& s, const GridTree& tree) { return {s.sealer, s.ids, tree, s.zone, s.clock.now()}; }

json::object with_words(json::object out, const Error& why, Language language) {
  const Words said = words(why, language);
  out["code"] = name(why.code);
  out["text"] = said.text;
  out["remedy"] = said.remedy;
  return out;
}

Result<Response> card(const Call& call, Tx& tx, CaseId id, json::object& out) {
  auto shown = cases::find(tx, call.services.sealer, call.actor(), id);
  if (!shown) return tl::unexpected(std::move(shown).error());
  People people(tx);
  auto one = case_card(call, tx, people, *shown);
  if (!one) return tl::unexpected(std::move(one).error());
  out["case"] = *std::move(one);
  return answered(people, 200, out);
}

int whole(Input& in, std::string_view member) {
  const auto value = in.optional_number(member, 0, 1e9);
  if (!value) in.wrong(Errc::missing_field, member);
  return static_cast<int>(value.value_or(0));
}

}  // namespace

void take_in_children(Call call) {
  const auto id = parse_id<CaseTag>(call.request.params[0]);
  if (!id) return call.fail(kUnknownCase);
  Input in(call.request);
  children::New what;
  for (Input& one : in.objects("leads", children::kMost)) {
    const auto lead = parse_id<LeadTag>(one.text("lead", 1, 64));
    if (!lead) one.wrong(Errc::unknown_lead, "lead");
    what.leads.push_back({lead.value_or(LeadId{}), whole(one, "decision_version")});
    in.finish(one);
  }
  for (Input& one : in.objects("cases", children::kMost)) {
    const auto child = parse_id<CaseTag>(one.text("case", 1, 64));
    if (!child) one.wrong(Errc::unknown_case, "case");
    what.cases.push_back({child.value_or(CaseId{}), whole(one, "version")});
    in.finish(one);
  }
  what.note = in.optional_text("note", 0, 1'000).value_or("");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [id = *id, what](Call& c, Tx& tx) -> Result<Written> {
    const auto tree = c.services.grids.tree();
    auto taken = children::take_in(tx, office(c.services, *tree), c.actor(), id, what);
    if (!taken) return tl::unexpected(std::move(taken).error());
    LINLI_TRY(record(c, tx, "case.took_in", "case", to_text(id),
                     json::serialize(json::object{{"taken", taken->count}, {"refused", taken->refused.size()}})));
    json::array refused;
    for (const auto& one : taken->refused) refused.push_back(with_words({{"id", one.id}}, one.why, c.language));
    json::object body{{"taken", taken->count}, {"refused", std::move(refused)}};
    auto response = card(c, tx, id, body);
    if (!response) return tl::unexpected(std::move(response).error());
    return Written{*std::move(response), {}};
  });
}

void tell_children(Call call) {
  const auto id = parse_id<CaseTag>(call.request.params[0]);
  if (!id) return call.fail(kUnknownCase);
  Input in(call.request);
  const std::string text = in.text("text", 1, replies::kMostText);
  const bool preview = in.optional_bool("preview").value_or(false);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [id = *id, text, preview](Call& c, Tx& tx) -> Result<Written> {
    Services& s = c.services;
    const auto tree = s.grids.tree();
    auto told = children::tell(tx, office(s, *tree), c.actor(), id, text, preview);
    if (!told) return tl::unexpected(std::move(told).error());
    json::array groups, calls, refused;
    for (const auto& one : told->groups) {
      const auto group = s.groups.find(one.id);
      groups.push_back(json::object{{"id", to_text(one.id)}, {"name", group ? group->name : ""}, {"leads", one.leads}});
    }
    for (const Case& one : told->calls) {
      const bool names = c.actor().may(Right::names_read, one.grid_path), content = sees_content(one, c.actor());
      const std::string& who = one.content.contact_name;
      const std::string& phone = one.content.contact_phone;
      json::object call_them{{"case", to_text(one.id)},
                             {"number", one.number},
                             {"answer_by", name(one.answer_by)},
                             {"name", nullptr},
                             {"phone", nullptr}};
      if (content && !who.empty()) call_them["name"] = names ? who : mask_name(who);
      if (content && !phone.empty()) call_them["phone"] = names ? phone : mask_numbers(phone);
      calls.push_back(std::move(call_them));
    }
    for (const auto& [one, why] : told->refused)
      refused.push_back(with_words({{"case", to_text(one.id)}, {"number", one.number}}, why, c.language));
    if (!preview)
      LINLI_TRY(record(c, tx, "case.told_all", "case", to_text(id),
                       json::serialize(json::object{{"leads", told->leads}, {"groups", told->groups.size()}})));
    return Written{json_answer(200, json::serialize(json::object{{"preview", preview},
                                                                 {"groups", std::move(groups)},
                                                                 {"leads", told->leads},
                                                                 {"calls", std::move(calls)},
                                                                 {"refused", std::move(refused)}})),
                   [&s, preview] {
                     if (!preview && s.words_queued) s.words_queued();
                   }};
  });
}

void move_case(Call call) {
  const auto id = parse_id<CaseTag>(call.request.params[0]);
  if (!id) return call.fail(kUnknownCase);
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  const std::string grid_id = in.text("grid_id", 1, 64);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [id = *id, seen = *seen, grid_id](Call& c, Tx& tx) -> Result<Written> {
    const auto tree = c.services.grids.tree();
    auto grid = known_grid(c, *tree, grid_id, "grid_id", Right::cases_read);
    if (!grid) return tl::unexpected(std::move(grid).error());
    auto one = cases::move(tx, office(c.services, *tree), c.actor(), id, seen, **grid);
    if (!one) return tl::unexpected(std::move(one).error());
    LINLI_TRY(record(c, tx, "case.moved", "case", to_text(id),
                     json::serialize(json::object{{"grid", to_text((*grid)->id)},
                                                  {"to", one->assignee ? to_text(one->assignee) : ""}})));
    json::object body;
    auto response = card(c, tx, id, body);
    if (!response) return tl::unexpected(std::move(response).error());
    response->body = json::serialize(body.at("case"));
    response->headers.emplace_back("etag", "\"" + std::to_string(one->version) + "\"");
    return Written{*std::move(response), {}};
  });
}

void list_case_colleagues(Call call) {
  const auto id = parse_id<CaseTag>(call.request.params[0]);
  if (!id) return call.fail(kUnknownCase);
  read(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Response> {
    const Services& s = c.services;
    auto shown = cases::find(tx, s.sealer, c.actor(), id);
    if (!shown) return tl::unexpected(std::move(shown).error());
    const auto tree = s.grids.tree();
    auto able = case_target::able({tx, s.sealer, *tree, s.zone, s.clock.now()}, shown->one.grid_path);
    if (!able) return tl::unexpected(std::move(able).error());
    json::array out;
    for (const auto& one : *able)
      out.push_back(json::object{{"id", to_text(one.user)},
                                 {"display_name", one.display_name},
                                 {"role", name(one.role)},
                                 {"on_duty", one.on_duty}});
    return json_answer(200, json::serialize(json::object{{"colleagues", std::move(out)}}));
  });
}

}  // namespace linli::api
