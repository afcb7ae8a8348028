#include "cases/moving.h"

#include "cases/target.h"

namespace linli::cases {
namespace {

Result<Case> put(Tx& tx, const Office& office, UserId by, Case one, const Grid& to) {
  const case_target::Asked asked{tx, office.sealer, office.tree, office.zone, office.now};
  const bool waits = is_waiting(one.state) || one.state == CaseState::new_ || one.state == CaseState::returned;
  one.grid_path = to.path;
  one.raised_to.clear();
  bool given = one.state != CaseState::new_ && one.state != CaseState::returned;
  if (given && !waits) {
    auto works = case_target::check(asked, one.assignee, to.path);
    if (!works && works.error().code != Errc::not_of_grid) return tl::unexpected(std::move(works).error());
    given = !works;
    if (given) one.state = CaseState::transferred;
  }
  if (given) {
    auto found = case_target::whom(asked, to.path, one.category);
    if (!found) return tl::unexpected(std::move(found).error());
    one.assignee = *found;
    one.accept_from = office.now;
    one.accepted_at.reset();
    one.seen_at.reset();
  }
  ++one.version;
  CaseEntry entry;
  entry.by = by;
  entry.kind = "moved";
  entry.about = to.name;
  if (given) entry.to = one.assignee;
  return enter(tx, office, std::move(one), std::move(entry));
}

}  // namespace

Result<Case> move(Tx& tx, const Office& office, const Actor& actor, CaseId id, int seen_version, const Grid& to) {
  auto shown = find(tx, office.sealer, actor, id);
  if (!shown) return tl::unexpected(std::move(shown).error());
  Case& one = shown->one;
  if (one.version != seen_version) return fail(Errc::stale, Where::at_field("If-Match"));
  constexpr Hats kMay = hat(Hat::assignee) | hat(Hat::head) | hat(Hat::desk) | hat(Hat::supervisor);
  if (!(hats_of(one, actor) & kMay)) return fail(Errc::not_allowed, Where::at_field("case"));
  if (!is_open(one.state) || one.done_at || one.state == CaseState::suspended || one.parent)
    return fail(Errc::not_in_state, Where::at_field("case"),
                {{"state", std::string(name(one.state))}, {"action", "move"}});
  if (one.grid_path == to.path) return fail(Errc::bad_value, Where::at_field("grid_id"), {{"value", to.name}});
  return put(tx, office, actor.id, std::move(one), to);
}

Result<void> follow_lead(Tx& tx, const Office& office, const Actor& actor, LeadId lead, std::string_view grid_path) {
  auto found = case_store::of_lead(tx, office.sealer, lead);
  if (!found) return tl::unexpected(std::move(found).error());
  if (!*found || (*found)->grid_path == grid_path || (*found)->parent) return {};
  const CaseState state = (*found)->state;
  if (state != CaseState::new_ && state != CaseState::dispatched && state != CaseState::transferred &&
      state != CaseState::returned)
    return {};
  const Grid* to = office.tree.find_code(grid_path.substr(grid_path.rfind('/') + 1));
  if (!to) return {};
  LINLI_TRY(put(tx, office, actor.id, **std::move(found), *to));
  return {};
}

}  // namespace linli::cases
