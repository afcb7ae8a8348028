// Where leads belong and to whom they go: the rules, what corrections taught, and why.
#include "people/routing.h"

#include <boost/json.hpp>

#include "api/duty_json.h"
#include "api/handlers.h"
#include "api/input.h"
#include "api/people.h"
#include "channels/messages.h"
#include "desk/desk.h"
#include "understand/taxonomy.h"

namespace linli::api {
namespace {

namespace json = boost::json;

const Error kUnknownRule{Errc::not_found, Where::at_field("rule"), {}};
const Error kUnknownCorrection{Errc::not_found, Where::at_field("correction"), {}};
constexpr std::size_t kMostCorrections = 100;  // a page

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

json::value unit_json(const RoutingRule& rule, bool contact) {
  if (rule.target != RoutingTarget::unit) return nullptr;
  return {{"name", rule.unit_name},
          {"kind", rule.unit_kind},
          {"contact", contact ? text_or_null(rule.unit_contact) : json::value()}};
}

json::object rule_json(const Call& call, const rules::Kept& kept, bool contact) {
  const RoutingRule& rule = kept.rule;
  return {{"id", to_text(rule.id)},
          {"grid", grid_or_null(*call.services.grids.tree(), rule.grid)},
          {"category", text_or_null(rule.category)},
          {"domain", text_or_null(rule.domain)},
          {"target", name(rule.target)},
          {"unit", unit_json(rule, contact)},
          {"also_street", rule.also_street},
          {"changed_at", format_time(kept.at)},
          {"changed_by", text_or_null(kept.by_name)},
          {"may_change", call.actor().may(Right::routing_change, rule.path)}};
}

// A rule is shown with its number to who sees numbers where it counts; above their own grids, too, who sees any.
bool shows_contact(const Call& call, const RoutingRule& rule) {
  return sees_numbers(call.actor(), rule.path) || std::ranges::any_of(call.actor().holdings, [&](const Holding& h) {
           return h.role != StaffRole::volunteer && has(rights_of(h.role), Right::roster_read) &&
                  (rule.path.empty() || (h.path + "/").starts_with(rule.path + "/"));
         });
}

std::string domain_of(std::string_view category) {
  const auto at = Taxonomy::embedded().find(category);
  return at ? Taxonomy::embedded().categories()[*at].domain : std::string();
}

bool is_domain(std::string_view text) {
  return std::ranges::any_of(Taxonomy::embedded().categories(), [&](const Category& c) { return c.domain == text; });
}

std::string grid_name(const GridTree& tree, GridId id) {
  const Grid* grid = id ? tree.find(id) : nullptr;
  return grid ? grid->name : std::string();
}

// Named to whom they concern: a grid where the actor may look at grids.
bool shows_grid(const Call& call, const GridTree& tree, GridId id) {
  const Grid* grid = id ? tree.find(id) : nullptr;
  return grid && call.actor().may(Right::grids_read, grid->path);
}
std::string shown_name(const Call& call, const GridTree& tree, GridId id) {
  return shows_grid(call, tree, id) ? grid_name(tree, id) : phrase("routing.another_grid", {}, call.language);
}

json::object step_json(const Call& call, const GridTree& tree, const RoutingStep& step) {
  Args args;
  if (!step.place.empty()) args.emplace_back("place", step.place);
  if (step.grid) args.emplace_back("grid", shown_name(call, tree, step.grid));
  const std::string key = "routing." + std::string(name(step.what)) + "." + std::string(name(step.outcome));
  return {{"step", name(step.what)},
          {"found", step.outcome == RoutingStep::Outcome::found},
          {"text", phrase(key, args, call.language)}};
}

// What is to be explained.
struct Question {
  std::string place, sender, category;
  std::shared_ptr<const Group> group;
  std::optional<GridId> stands;  // a lead: where it is; 0: in no grid of the tree
  std::string chosen_by;         // who put it there; empty: nobody did
};

Result<Question> question_of_lead(Call& call, Tx& tx, LeadId id) {
  auto lead = desk::find(tx, call.services.sealer, call.actor(), id);
  if (!lead) return tl::unexpected(std::move(lead).error());
  const auto tree = call.services.grids.tree();
  const Grid* grid = tree->find_code(std::string_view(lead->grid_path).substr(lead->grid_path.rfind('/') + 1));
  Question out{lead->place, {}, lead->category, call.services.groups.find(lead->group), grid ? grid->id : GridId{}, {}};
  if (lead->grid_by) {
    People people(tx);
    out.chosen_by = people.name(lead->grid_by);
    if (people.error()) return tl::unexpected(*people.error());
  }
  return out;
}

Result<Question> question_of_text(const Call& call) {
  const Request& request = call.request;
  Question out{request.query_value("text").value_or(""),
               request.query_value("sender").value_or(""),
               request.query_value("category").value_or(""),
               nullptr,
               std::nullopt,
               {}};
  for (const auto& [field, text] : {std::pair{"text", &out.place}, {"sender", &out.sender}})
    if (text->size() > 300) return fail(Errc::too_long, Where::at_field(field), {{"max", "300"}});
  if (!out.category.empty() && !Taxonomy::embedded().find(out.category))
    return fail(Errc::bad_value, Where::at_field("category"), {{"value", out.category}});
  if (const auto text = request.query_value("group")) {
    const auto id = parse_id<GroupTag>(*text);
    if (id) out.group = call.services.groups.find(*id);
    if (!out.group || !call.actor().may(Right::leads_read, out.group->grid_path))
      return fail(Errc::unknown_group, Where::at_field("group"));
  }
  return out;
}

Result<Response> explained(Call& call, Tx& tx, const Question& question) {
  Services& services = call.services;
  const auto tree = services.grids.tree();
  const Instant now = services.clock.now();
  Routed routed =
      services.routing.route({question.place, question.sender, question.group ? question.group->grid_id : GridId{},
                              question.group ? question.group->community_key : std::string()});
  json::array steps;
  std::string_view by = name(routed.by);
  const auto stands = [&](std::string_view step, const Args& args) {
    by = step;
    steps.push_back(json::object{{"step", step},
                                 {"found", true},
                                 {"text", phrase("routing." + std::string(step) + ".found", args, call.language)}});
    routed.candidates.clear();
  };
  // A lead is where it is: what decided then need not be what would decide now.
  if (question.stands && *question.stands && !question.chosen_by.empty()) {
    stands("person", {{"who", question.chosen_by}, {"grid", grid_name(*tree, *question.stands)}});
  } else if (question.stands && *question.stands && *question.stands != routed.grid) {
    Args args{{"grid", grid_name(*tree, *question.stands)}};
    if (routed.grid) args.emplace_back("now", shown_name(call, *tree, routed.grid));
    stands("earlier", args);
  } else {
    for (const RoutingStep& step : routed.steps) steps.push_back(step_json(call, *tree, step));
  }
  if (question.stands) routed.grid = *question.stands;
  const bool shown = shows_grid(call, *tree, routed.grid);
  const Grid* grid = shown ? tree->find(routed.grid) : nullptr;
  People people(tx);
  json::array line, candidates, on;
  for (const GridId id : routed.candidates)
    if (shows_grid(call, *tree, id)) candidates.push_back(grid_or_null(*tree, id));
  json::object out{{"grid", grid ? grid_or_null(*tree, grid->id) : json::value()},
                   {"by", by},
                   {"steps", std::move(steps)},
                   {"candidates", std::move(candidates)},
                   {"rule", nullptr},
                   {"unit", nullptr}};
  std::string text = phrase(routed.grid ? "routing.to_another" : "routing.to_nobody", {}, call.language);
  if (grid) {
    for (const Grid* g : tree->line(grid->id)) line.push_back(grid_name_json(*g));
    const std::vector<GridId> ids = tree->upwards(grid->id);
    auto kept = rules::over(tx, services.sealer, ids);
    if (!kept) return tl::unexpected(std::move(kept).error());
    std::vector<RoutingRule> all;
    for (const auto& one : *kept) all.push_back(one.rule);
    const RoutingRule* rule = rule_for(all, ids, question.category, domain_of(question.category));
    const RoutingTarget target = rule ? rule->target : RoutingTarget::officer;
    if (rule) {
      const auto& whole = (*kept)[static_cast<std::size_t>(rule - all.data())];
      out["rule"] = rule_json(call, whole, shows_contact(call, *rule));
      out["unit"] = unit_json(*rule, shows_contact(call, *rule));
    }
    auto calendar = calendars::load(tx);
    if (!calendar) return tl::unexpected(std::move(calendar).error());
    auto facts = roster::facts(tx, *tree, grid->id, *calendar, services.zone, now);
    if (!facts) return tl::unexpected(std::move(facts).error());
    const auto add = [&](const std::vector<OnDuty>& who, std::string_view duty) {
      for (const OnDuty& one : who) on.push_back(on_duty_json(call, people, one, duty, grid->path));
    };
    const auto add_holders = [&](GridId where, StaffRole role, std::string_view duty) -> Result<void> {
      auto who = roster::holders(tx, *tree, where, role, call.actor().today, now);
      if (!who) return tl::unexpected(std::move(who).error());
      add(*who, duty);
      return {};
    };
    if (target == RoutingTarget::grid_head) LINLI_TRY(add_holders(grid->id, StaffRole::grid_head, "grid_head"));
    // Whoever does the work, an officer answers for it; outside of their hours who is on call.
    if (target != RoutingTarget::grid_head || on.empty()) add(who_is_on(*facts, Duty::officer, now), "officer");
    if (on.empty()) add(who_is_on(*facts, Duty::on_call, now), "on_call");
    const Grid* street = rule && rule->also_street ? tree->above(grid->id, GridLevel::street) : nullptr;
    if (street) LINLI_TRY(add_holders(street->id, StaffRole::manager, "manager"));
    Args args{{"grid", grid->name}};
    if (target == RoutingTarget::unit) args.emplace_back("unit", rule->unit_name);
    if (street) args.emplace_back("street", street->name);
    text = phrase("routing.to_" + std::string(name(target)), args, call.language);
  }
  out["line"] = std::move(line);
  out["people"] = std::move(on);
  out["text"] = text;
  return answered(people, 200, out);
}

}  // namespace

void explain_routing(Call call) {
  const auto lead = call.request.query_value("lead");
  if (!lead && !call.request.query_value("text") && !call.request.query_value("sender"))
    return call.fail({Errc::missing_field, Where::at_field("text"), {}});
  read(std::move(call), [lead](Call& c, Tx& tx) -> Result<Response> {
    const auto id = lead ? parse_id<LeadTag>(*lead) : std::nullopt;
    if (lead && !id) return fail(Errc::unknown_lead, Where::at_field("lead"));
    auto question = id ? question_of_lead(c, tx, *id) : question_of_text(c);
    if (!question) return tl::unexpected(std::move(question).error());
    return explained(c, tx, *question);
  });
}

// ---- rules ----

void list_rules(Call call) {
  const auto tree = call.services.grids.tree();
  const auto grid = queried_grid(call, *tree, Right::grids_read);
  if (!grid) return call.fail(grid.error());
  read(std::move(call), [tree, id = *grid ? (*grid)->id : GridId{}](Call& c, Tx& tx) -> Result<Response> {
    auto kept =
        id ? rules::over(tx, c.services.sealer, tree->upwards(id)) : rules::list(tx, c.services.sealer, c.actor());
    if (!kept) return tl::unexpected(std::move(kept).error());
    json::array list;
    for (const rules::Kept& one : *kept) list.push_back(rule_json(c, one, shows_contact(c, one.rule)));
    return json_answer(200, json::serialize(json::object{{"rules", std::move(list)}}));
  });
}

void put_rule(Call call) {
  Input in(call.request);
  RoutingRule rule;
  const auto grid = in.optional_text("grid_id", 1, 64);
  rule.category = in.optional_text("category", 1, 64).value_or("");
  rule.domain = in.optional_text("domain", 1, 64).value_or("");
  if (!rule.category.empty() && !Taxonomy::embedded().find(rule.category))
    in.wrong(Errc::bad_value, "category", {{"value", rule.category}});
  if (!rule.domain.empty() && (!is_domain(rule.domain) || !rule.category.empty()))
    in.wrong(Errc::bad_value, "domain", {{"value", rule.domain}});
  const std::string target = in.text("target", 1, 20);
  if (const auto read = parse_routing_target(target)) rule.target = *read;
  else in.wrong(Errc::bad_value, "target", {{"value", target}, {"allowed", "officer, grid_head, unit"}});
  if (auto unit = in.object("unit")) {
    rule.unit_name = unit->text("name", 1, 64);
    rule.unit_kind = unit->text("kind", 1, 20);
    rule.unit_contact = unit->optional_text("contact", 0, 64).value_or("");
    if (!is_unit_kind(rule.unit_kind))
      unit->wrong(Errc::bad_value, "kind",
                  {{"value", rule.unit_kind}, {"allowed", "property, gas, water, power, lift, department"}});
    in.finish(*unit);
  }
  if ((rule.target == RoutingTarget::unit) != in.has("unit"))
    in.wrong(rule.target == RoutingTarget::unit ? Errc::missing_field : Errc::bad_value, "unit");
  rule.also_street = in.optional_bool("also_street").value_or(false);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  rule.id = call.services.ids.draw<RuleId>();
  write_once(std::move(call), [rule, grid](Call& c, Tx& tx) -> Result<Written> {
    RoutingRule wanted = rule;
    const auto tree = c.services.grids.tree();
    if (grid) {
      auto known = known_grid(c, *tree, *grid, "grid_id", Right::grids_read);
      if (!known) return tl::unexpected(std::move(known).error());
      wanted.grid = (*known)->id;
      wanted.path = (*known)->path;
    }
    if (!c.actor().may(Right::routing_change, wanted.path)) return fail(Errc::not_allowed, Where::at_field("grid_id"));
    auto id = rules::put(tx, c.services.sealer, wanted, c.actor().id, c.services.clock.now());
    if (!id) return tl::unexpected(std::move(id).error());
    LINLI_TRY(record(c, tx, "routing_rule.changed", "routing_rule", to_text(*id)));
    auto kept = rules::find(tx, c.services.sealer, *id);
    if (!kept) return tl::unexpected(std::move(kept).error());
    if (!*kept) return tl::unexpected(kUnknownRule);
    return Written{json_answer(200, json::serialize(rule_json(c, **kept, true))), {}};
  });
}

void remove_rule(Call call) {
  write_once(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    const auto id = parse_id<RuleTag>(c.request.params[0]);
    auto kept = id ? rules::find(tx, c.services.sealer, *id) : Result<std::optional<rules::Kept>>(std::nullopt);
    if (!kept) return tl::unexpected(std::move(kept).error());
    const bool known = *kept && (!(*kept)->rule.grid || c.actor().may(Right::grids_read, (*kept)->rule.path));
    if (!known) return tl::unexpected(kUnknownRule);
    if (!c.actor().may(Right::routing_change, (*kept)->rule.path))
      return fail(Errc::not_allowed, Where::at_field("rule"));
    LINLI_TRY(rules::remove(tx, *id));
    LINLI_TRY(record(c, tx, "routing_rule.removed", "routing_rule", to_text(*id)));
    Response response;
    response.status = 204;
    return Written{std::move(response), {}};
  });
}

// ---- what corrections taught ----

void list_corrections(Call call) {
  CorrectionId before;
  if (const auto text = call.request.query_value("cursor")) {
    const auto id = parse_id<CorrectionTag>(*text);
    if (!id) return call.fail({Errc::bad_value, Where::at_field("cursor"), {{"allowed", "next_cursor"}}});
    before = *id;
  }
  read(std::move(call), [before](Call& c, Tx& tx) -> Result<Response> {
    auto found = Routing::list(tx, c.services.sealer, c.actor(), before, static_cast<int>(kMostCorrections) + 1);
    if (!found) return tl::unexpected(std::move(found).error());
    json::value next;
    if (found->size() > kMostCorrections) {
      found->pop_back();
      next = to_text(found->back().id);
    }
    const auto tree = c.services.grids.tree();
    People people(tx);
    json::array list;
    for (const Correction& one : *found) {
      const Grid* community = tree->find_code(std::string_view(one.community).substr(one.community.rfind('/') + 1));
      list.push_back(json::object{{"id", to_text(one.id)},
                                  {"community", community ? community->name : one.community},
                                  {"place", one.place},
                                  {"grid", grid_or_null(*tree, one.grid)},
                                  {"by", text_or_null(people.name(one.by))},
                                  {"at", format_time(one.at)},
                                  {"lead", one.lead ? json::value(to_text(LeadId{one.lead})) : json::value()}});
    }
    return answered(people, 200, {{"corrections", std::move(list)}, {"next_cursor", std::move(next)}});
  });
}

void forget_correction(Call call) {
  write_once(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    const auto id = parse_id<CorrectionTag>(c.request.params[0]);
    auto found = id ? Routing::find(tx, c.services.sealer, *id) : Result<std::optional<Correction>>(std::nullopt);
    if (!found) return tl::unexpected(std::move(found).error());
    const auto tree = c.services.grids.tree();
    const Grid* grid = *found ? tree->find((*found)->grid) : nullptr;
    if (!grid || !c.actor().may(Right::routing_change, grid->path)) return tl::unexpected(kUnknownCorrection);
    LINLI_TRY(Routing::remove(tx, *id));
    LINLI_TRY(record(c, tx, "correction.forgotten", "correction", to_text(*id)));
    Response response;
    response.status = 204;
    return Written{std::move(response), [&services = c.services, one = **found] { services.routing.forget(one); }};
  });
}

}  // namespace linli::api
