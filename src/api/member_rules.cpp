#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"
#include "channels/messages.h"
#include "leads/erasure.h"
#include "people/masking.h"

namespace linli::api {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

json::object rule_json(const Call& call, const MemberRule& rule) {
  const auto tree = call.services.grids.tree();
  const Grid* grid = rule.grid ? tree->find(rule.grid) : nullptr;
  json::value where;
  if (grid) where = {{"id", to_text(grid->id)}, {"name", grid->name}};
  const bool names = call.actor().may(Right::names_read, rule.path);
  return {{"id", to_text(rule.id)},
          {"contains", text_or_null(rule.contains)},
          {"label", text_or_null(rule.label.empty() || names ? rule.label : mask_name(rule.label))},
          {"grid", std::move(where)},
          {"role", linli::name(rule.role)}};
}

audit::Person person_of(const MemberRule& rule) { return {"member_rule", to_text(rule.id)}; }

Result<void> noted(const Call& call, Tx& tx, const char* what, const MemberRule& rule) {
  json::object detail{{"role", linli::name(rule.role)}, {"grid", rule.path}};
  audit::Entry entry = call.entry(what, "member_rule", to_text(rule.id), json::serialize(detail));
  entry.after = rule.contains;  // may be a resident's name: kept in the log as long as the rule is
  entry.person = person_of(rule);
  auto added = audit::add(tx, call.services.sealer, entry);
  if (!added) return tl::unexpected(std::move(added).error());
  return {};
}

}  // namespace

// Those of everywhere, and those of grids that the caller may see.
void list_member_rules(Call call) {
  json::array list;
  for (const MemberRule& rule : call.services.member_roles.all())
    if (rule.path.empty() || call.actor().may(Right::groups_read, rule.path)) list.push_back(rule_json(call, rule));
  call.answer(json_answer(200, json::serialize(json::object{{"rules", std::move(list)}})));
}

void add_member_rule(Call call) {
  Input in(call.request);
  MemberRule rule;
  const auto contains = in.optional_text("contains", 1, 64), message = in.optional_text("message", 1, 64);
  if (contains.has_value() == message.has_value()) in.wrong(Errc::missing_field, "contains");
  rule.contains = contains.value_or("");
  if (const auto role = parse_role(in.text("role", 1, 40))) rule.role = *role;
  else in.wrong(Errc::bad_value, "role");
  if (const auto text = in.optional_text("grid_id", 1, 64)) {
    const auto tree = call.services.grids.tree();
    const auto id = parse_id<GridTag>(*text);
    const Grid* grid = id ? tree->find(*id) : nullptr;
    if (!grid || grid->closed_at) in.wrong(Errc::not_found, "grid_id");
    else rule.grid = grid->id, rule.path = grid->path;
  }
  const auto id = message ? parse_id<MessageTag>(*message) : std::nullopt;
  if (message && !id) in.wrong(Errc::not_found, "message");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  if (!call.actor().may(Right::groups_change, rule.path))
    return call.fail({Errc::not_allowed, Where::at_field("grid_id"), {}});
  rule.id = call.services.ids.draw<MemberRuleId>();
  write_once(std::move(call), [rule, id](Call& c, Tx& tx) mutable -> Result<Written> {
    if (id) {
      const MessageId one[] = {*id};
      auto found = read_messages(tx, c.services.sealer, one);
      if (!found) return tl::unexpected(std::move(found).error());
      const auto group = found->empty() ? nullptr : c.services.groups.find(found->front().group);
      if (!group || !c.actor().may(Right::leads_read, group->grid_path))
        return fail(Errc::not_found, Where::at_field("message"));
      auto person = erasure::resident_of(tx, *id);
      if (!person) return tl::unexpected(std::move(person).error());
      if (!*person) return fail(Errc::not_found, Where::at_field("message"));
      rule.person = **person;
      rule.label = found->front().message.sender_name;
    }
    LINLI_TRY(MemberRoles::write(tx, c.services.sealer, rule, c.actor().id, c.services.clock.now()));
    LINLI_TRY(noted(c, tx, "member_rule.added", rule));
    return Written{json_answer(201, json::serialize(rule_json(c, rule))),
                   [&roles = c.services.member_roles, rule] { roles.keep(rule); }};
  });
}

void remove_member_rule(Call call) {
  const auto id = parse_id<MemberRuleTag>(call.request.params[0]);
  const Error unknown{Errc::not_found, Where::at_field("rule"), {}};
  std::optional<MemberRule> rule;
  for (const MemberRule& r : call.services.member_roles.all())
    if (id && r.id == *id) rule = r;
  if (!rule || (!rule->path.empty() && !call.actor().may(Right::groups_read, rule->path))) return call.fail(unknown);
  if (!call.actor().may(Right::groups_change, rule->path))
    return call.fail({Errc::not_allowed, Where::at_field("rule"), {}});
  write(std::move(call), [rule = *rule](Call& c, Tx& tx) -> Result<Written> {
    auto removed = MemberRoles::remove(tx, rule.id);
    if (!removed) return tl::unexpected(std::move(removed).error());
    LINLI_TRY(noted(c, tx, "member_rule.removed", rule));
    LINLI_TRY(audit::erase(tx, person_of(rule)));
    Response response;
    response.status = 204;
    return Written{std::move(response), [&roles = c.services.member_roles, id = rule.id] { roles.drop(id); }};
  });
}

}  // namespace linli::api
