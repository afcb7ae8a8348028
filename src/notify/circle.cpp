#include "notify/circle.h"

#include <algorithm>

namespace linli::notify {
namespace {

std::vector<UserId> people(const std::vector<OnDuty>& on) {
  std::vector<UserId> out;
  for (const OnDuty& one : on)
    if (std::ranges::find(out, one.user) == out.end()) out.push_back(one.user);
  return out;
}

// They come nearest first.
std::vector<OnDuty> nearest(std::vector<OnDuty> on) {
  if (!on.empty()) std::erase_if(on, [grid = on.front().grid](const OnDuty& one) { return one.grid != grid; });
  return on;
}

}  // namespace

const Grid* grid_of_path(const GridTree& tree, std::string_view path) {
  const Grid* grid = tree.find_code(path.substr(path.rfind('/') + 1));
  return grid && grid->path == path ? grid : nullptr;
}

Result<const Circles::Around*> Circles::at(const std::string& path) {
  auto known = known_.find(path);
  if (known == known_.end()) {
    const Grid* grid = grid_of_path(tree_, path);
    auto around = read(grid ? grid->id : GridId{});
    if (!around) return tl::unexpected(std::move(around).error());
    known = known_.emplace(path, std::move(*around)).first;
  }
  return &known->second;
}

Result<Circles::Around> Circles::read(GridId grid) {
  auto facts = roster::facts(tx_, tree_, grid, calendar_, zone_, now_);
  if (!facts) return tl::unexpected(std::move(facts).error());
  const Day today = zone_.day(now_);
  const auto holders = [&](StaffRole role) { return roster::holders(tx_, tree_, grid, role, today, now_); };
  // On duty; where the rosters leave nobody, who holds the role.
  const auto on = [&](Duty duty, StaffRole role) -> Result<std::vector<OnDuty>> {
    auto out = who_is_on(*facts, duty, now_);
    if (!out.empty()) return out;
    return holders(role);
  };
  auto agents = on(Duty::agent, StaffRole::agent);
  if (!agents) return tl::unexpected(std::move(agents).error());
  auto leaders = on(Duty::shift_leader, StaffRole::shift_leader);
  if (!leaders) return tl::unexpected(std::move(leaders).error());
  auto officers = on(Duty::officer, StaffRole::officer);
  if (!officers) return tl::unexpected(std::move(officers).error());
  std::vector<OnDuty> called = nearest(*officers);
  for (OnDuty& one : nearest(who_is_on(*facts, Duty::on_call, now_))) called.push_back(std::move(one));

  Around out;
  Circle& c = out.circle;
  c.agents = people(*agents);
  c.leaders = people(*leaders);
  c.officers = people(called);
  for (const Holding& h : facts->holdings)
    for (const auto* list : {&c.agents, &c.leaders, &c.officers})
      if (h.deputy_for && !facts->away.contains(h.user) && std::ranges::find(*list, h.deputy_for) != list->end() &&
          std::ranges::find(c.deputies, h.user) == c.deputies.end())
        c.deputies.push_back(h.user);
  for (const auto& [role, into] :
       {std::pair(StaffRole::grid_head, &c.grid_heads), std::pair(StaffRole::secretary, &c.secretaries),
        std::pair(StaffRole::administrator, &c.administrators)}) {
    auto held = holders(role);
    if (!held) return tl::unexpected(std::move(held).error());
    *into = people(nearest(std::move(*held)));
  }
  std::vector<OnDuty> working = nearest(*agents);
  if (working.empty()) {
    working = called;
    working.insert(working.end(), leaders->begin(), leaders->end());
  }
  out.working = static_cast<int>(people(working).size());
  if (!working.empty())
    if (const Grid* stands = tree_.find(working.front().grid)) out.working_path = stands->path;
  return out;
}

}  // namespace linli::notify
