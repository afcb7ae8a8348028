#include "desk/children.h"

#include <algorithm>
#include <map>

namespace linli::children {
namespace {

// `work` within a savepoint: its error ends nothing else.
template <class F>
Result<void> apart(Tx& tx, Taken& out, std::string id, F work) {
  auto savepoint = Savepoint::make(tx);
  if (!savepoint) return tl::unexpected(std::move(savepoint).error());
  auto done = work();
  if (!done) {
    out.refused.push_back({std::move(id), std::move(done).error()});
    return {};
  }
  LINLI_TRY(savepoint->keep());
  ++out.count;
  return {};
}

Result<std::vector<Case>> open_children(Tx& tx, const Sealer& sealer, CaseId parent) {
  std::vector<CaseId> ids;
  LINLI_TRY(tx.each("SELECT id FROM cases WHERE parent_id = $1 AND is_open = 1 ORDER BY id", {parent},
                    [&](const Row& row) { ids.push_back(row.get<CaseId>(0)); }));
  std::vector<Case> out;
  for (const CaseId id : ids) {
    auto one = case_store::find(tx, sealer, id);
    if (!one) return tl::unexpected(std::move(one).error());
    if (*one) out.push_back(**std::move(one));
  }
  return out;
}

}  // namespace

Result<Taken> take_in(Tx& tx, const cases::Office& office, const Actor& actor, CaseId parent, const New& what) {
  auto shown = cases::find(tx, office.sealer, actor, parent);
  if (!shown) return tl::unexpected(std::move(shown).error());
  const Case& one = shown->one;
  if (one.parent || one.confidential) return fail(Errc::bad_value, Where::at_field("case"), {{"value", one.number}});
  if (!is_open(one.state))
    return fail(Errc::not_in_state, Where::at_field("case"),
                {{"state", std::string(name(one.state))}, {"action", "join"}});
  constexpr Hats kMayJoin = hat(Hat::assignee) | hat(Hat::desk) | hat(Hat::supervisor);
  if (!(hats_of(one, actor) & kMayJoin)) return fail(Errc::not_allowed, Where::at_field("case"));

  Taken out;
  for (const New::Lead& lead : what.leads)
    LINLI_TRY(apart(tx, out, to_text(lead.id), [&] {
      dispatch::New as;
      as.seen_version = lead.seen_version;
      as.parent = parent;
      return dispatch::send(tx, office, actor, lead.id, as);
    }));
  for (const New::Case& joins : what.cases)
    LINLI_TRY(apart(tx, out, to_text(joins.id), [&] {
      cases::Said said;
      said.action = CaseAction::join;
      said.seen_version = joins.seen_version;
      said.parent = parent;
      return cases::act(tx, office, actor, joins.id, said);
    }));
  if (out.count == 0) return out;
  auto now = case_store::find(tx, office.sealer, parent);
  if (!now) return tl::unexpected(std::move(now).error());
  CaseEntry entry;
  entry.by = actor.id;
  entry.kind = "took_in";
  entry.times = out.count;
  entry.note = what.note;
  LINLI_TRY(cases::enter(tx, office, **std::move(now), std::move(entry)));
  return out;
}

Result<Told> tell(Tx& tx, const cases::Office& office, const Actor& actor, CaseId parent, const std::string& text,
                  bool preview) {
  auto shown = cases::find(tx, office.sealer, actor, parent);
  if (!shown) return tl::unexpected(std::move(shown).error());
  auto all = open_children(tx, office.sealer, parent);
  if (!all) return tl::unexpected(std::move(all).error());
  all->insert(all->begin(), std::move(shown->one));

  Told out;
  std::map<GroupId, std::pair<ReplyId, int>> said;  // what is said there, and to how many
  for (Case& one : *all) {
    if (!one.lead) {
      if (one.promise_step && !one.answered_at) out.calls.push_back(std::move(one));
      continue;
    }
    auto lead = desk::find(tx, office.sealer, actor, one.lead);
    if (!lead) {
      out.refused.emplace_back(std::move(one), std::move(lead).error());
      continue;
    }
    auto& there = said[lead->group];
    auto savepoint = Savepoint::make(tx);
    if (!savepoint) return tl::unexpected(std::move(savepoint).error());
    replies::New words;
    words.text = text;
    words.with = there.first;
    auto reply = dispatch::tell(tx, office, actor, one, words);
    if (!reply) {
      out.refused.emplace_back(std::move(one), std::move(reply).error());
      continue;
    }
    if (!preview) LINLI_TRY(savepoint->keep());  // else it is undone, and would have gone well
    if (!there.first && !preview) there.first = reply->id;
    ++there.second;
    ++out.leads;
  }
  for (const auto& [group, what] : said)
    if (what.second > 0) out.groups.push_back({group, what.second});
  return out;
}

}  // namespace linli::children
