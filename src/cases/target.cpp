#include "cases/target.h"

#include <algorithm>

#include "people/holdings.h"
#include "people/roster_store.h"
#include "people/routing_store.h"
#include "understand/taxonomy.h"

namespace linli::case_target {
namespace {

const Grid* grid_of(const Asked& asked, std::string_view path) {
  return asked.tree.find_code(path.substr(path.rfind('/') + 1));
}

Result<bool> works(const Asked& asked, UserId id, std::string_view grid_path) {
  auto user = users::find(asked.tx, id);
  if (!user) return tl::unexpected(std::move(user).error());
  if (!*user) return fail(Errc::unknown_user, Where::at_field("to"));
  auto actor = holdings::actor(asked.tx, **user, asked.zone.day(asked.now));
  if (!actor) return tl::unexpected(std::move(actor).error());
  return actor->may(Right::cases_work, grid_path);
}

}  // namespace

Result<void> check(const Asked& asked, UserId user, std::string_view grid_path) {
  auto may = works(asked, user, grid_path);
  if (!may) return tl::unexpected(std::move(may).error());
  if (!*may) return fail(Errc::not_of_grid, Where::at_field("to"));
  return {};
}

Result<UserId> whom(const Asked& asked, std::string_view grid_path, std::string_view category) {
  const Grid* grid = grid_of(asked, grid_path);
  if (!grid) return UserId{};
  const std::vector<GridId> line = asked.tree.upwards(grid->id);
  auto kept = rules::over(asked.tx, asked.sealer, line);
  if (!kept) return tl::unexpected(std::move(kept).error());
  std::vector<RoutingRule> all;
  for (auto& one : *kept) all.push_back(std::move(one.rule));
  const auto at = Taxonomy::embedded().find(category);
  const RoutingRule* rule =
      rule_for(all, line, category, at ? Taxonomy::embedded().categories()[*at].domain : std::string_view());
  auto calendar = calendars::load(asked.tx);
  if (!calendar) return tl::unexpected(std::move(calendar).error());
  auto facts = roster::facts(asked.tx, asked.tree, grid->id, *calendar, asked.zone, asked.now);
  if (!facts) return tl::unexpected(std::move(facts).error());
  auto heads =
      roster::holders(asked.tx, asked.tree, grid->id, StaffRole::grid_head, asked.zone.day(asked.now), asked.now);
  if (!heads) return tl::unexpected(std::move(heads).error());

  // Whoever does the work, an officer answers for it; outside of their hours who is on call.
  std::vector<OnDuty> order;
  const bool head_first = rule && rule->target == RoutingTarget::grid_head;
  if (head_first) order = *heads;
  for (const Duty duty : {Duty::officer, Duty::on_call})
    std::ranges::copy(who_is_on(*facts, duty, asked.now), std::back_inserter(order));
  if (!head_first) std::ranges::copy(*heads, std::back_inserter(order));
  for (const OnDuty& one : order) {
    auto may = works(asked, one.user, grid_path);
    if (!may) return tl::unexpected(std::move(may).error());
    if (*may) return one.user;
  }
  return UserId{};
}

Result<std::vector<Able>> able(const Asked& asked, std::string_view grid_path) {
  std::vector<Able> out;
  const Grid* grid = grid_of(asked, grid_path);
  if (grid) {
    auto calendar = calendars::load(asked.tx);
    if (!calendar) return tl::unexpected(std::move(calendar).error());
    auto facts = roster::facts(asked.tx, asked.tree, grid->id, *calendar, asked.zone, asked.now);
    if (!facts) return tl::unexpected(std::move(facts).error());
    std::vector<UserId> on;
    for (const Duty duty : {Duty::officer, Duty::on_call})
      for (const OnDuty& one : who_is_on(*facts, duty, asked.now)) on.push_back(one.user);
    LINLI_TRY(
        asked.tx.each("SELECT h.user_id, u.display_name, h.role FROM holdings h JOIN users u ON u.id = h.user_id LEFT "
                      "JOIN grids g ON "
                      "g.id = h.grid_id WHERE u.disabled_at IS NULL AND h.from_day <= $1 AND h.until_day >= $1 AND "
                      "'" LINLI_ROLES_cases_work "' LIKE '% ' || h.role || ' %' AND (h.grid_id IS NULL OR "
                      "substr(CAST($2 AS TEXT) || '/', 1, length(g.path) + 1) = "
                      "g.path || '/') ORDER BY u.display_name, h.id LIMIT 200",
                      {asked.zone.day(asked.now).number, grid_path}, [&](const Row& row) {
                        const auto user = row.get<UserId>(0);
                        if (std::ranges::count(out, user, &Able::user)) return;
                        out.push_back({user, row.get<std::string>(1),
                                       parse_staff_role(row.bytes(2)).value_or(StaffRole::officer),
                                       std::ranges::count(on, user) > 0});
                      }));
  }
  std::ranges::stable_sort(out, {}, [](const Able& one) { return std::pair(!one.on_duty, one.role); });
  return out;
}

Result<Above> above(const Asked& asked, std::string_view grid_path, std::string_view raised_to, UserId but,
                    UserId nor) {
  const Grid* grid = grid_of(asked, grid_path);
  if (!grid) return Above{{}, std::string(raised_to)};
  const std::vector<GridId> line = asked.tree.upwards(grid->id);
  // How far up it was before: the index in the line of the first grid that may answer now.
  std::size_t first = 0;
  if (!raised_to.empty())
    for (std::size_t i = 0; i < line.size(); ++i)
      if (asked.tree.find(line[i])->path == raised_to) first = i + 1;
  std::optional<std::pair<std::size_t, UserId>> best;
  for (const StaffRole role : {StaffRole::grid_head, StaffRole::secretary, StaffRole::manager}) {
    auto held = roster::holders(asked.tx, asked.tree, grid->id, role, asked.zone.day(asked.now), asked.now);
    if (!held) return tl::unexpected(std::move(held).error());
    for (const OnDuty& one : *held) {
      // Everywhere comes after the topmost grid.
      const auto height = static_cast<std::size_t>(std::ranges::find(line, one.grid) - line.begin());
      if (height < first || one.user == but || one.user == nor) continue;
      if (!best || height < best->first) best = {height, one.user};
    }
  }
  if (!best) return Above{{}, std::string(raised_to)};
  return Above{best->second, asked.tree.find(line[std::min(best->first, line.size() - 1)])->path};
}

}  // namespace linli::case_target
