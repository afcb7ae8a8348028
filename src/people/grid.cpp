#include "people/grid.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace linli {
namespace {

constexpr std::array<std::string_view, kGridLevels> kLevels{"city", "district",   "street", "community",
                                                            "grid", "micro_grid", "special"};
constexpr std::uint32_t kNone = UINT32_MAX;

}  // namespace

std::string_view name(GridLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

std::optional<GridLevel> parse_grid_level(std::string_view text) {
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    if (kLevels[i] == text) return static_cast<GridLevel>(i);
  return {};
}

bool may_stand_below(GridLevel level, GridLevel parent) {
  if (level == GridLevel::special)
    return parent == GridLevel::street || parent == GridLevel::community || parent == GridLevel::grid;
  return parent != GridLevel::special && parent < level;
}

GridTree::GridTree(std::vector<Grid> grids) : grids_(std::move(grids)), nodes_(grids_.size()) {
  by_id_.reserve(grids_.size());
  by_code_.reserve(grids_.size());
  for (std::uint32_t i = 0; i < grids_.size(); ++i) {
    by_id_.emplace(grids_[i].id, i);
    by_code_.emplace(grids_[i].code, i);
    if (!grids_[i].closed_at) order_.push_back(i);
  }
  open_ = order_.size();
  std::ranges::sort(order_, [this](std::uint32_t a, std::uint32_t b) {
    return std::tie(grids_[a].parent, grids_[a].code) < std::tie(grids_[b].parent, grids_[b].code);
  });
  for (std::uint32_t at = 0; at < order_.size();) {
    const GridId parent = grids_[order_[at]].parent;
    std::uint32_t end = at;
    while (end < order_.size() && grids_[order_[end]].parent == parent) ++end;
    if (!parent) roots_ = end;
    else if (const std::uint32_t p = index(parent); p != kNone)
      nodes_[p].first_child = at, nodes_[p].children = end - at;
    at = end;
  }
  std::uint32_t next = 0;
  for (std::uint32_t i = 0; i < roots_; ++i) number(order_[i], next);
}

// Walks in depth without recursion: a broken file could nest deeply.
void GridTree::number(std::uint32_t root, std::uint32_t& next) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> way{{root, 0}};
  nodes_[root].enter = ++next;
  while (!way.empty()) {
    auto& [at, child] = way.back();
    if (child == nodes_[at].children) {
      nodes_[at].leave = next;
      way.pop_back();
      continue;
    }
    const std::uint32_t below = order_[nodes_[at].first_child + child++];
    nodes_[below].enter = ++next;
    way.emplace_back(below, 0);
  }
}

std::uint32_t GridTree::index(GridId id) const {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? kNone : at->second;
}

const Grid* GridTree::find(GridId id) const {
  const std::uint32_t at = index(id);
  return at == kNone ? nullptr : &grids_[at];
}

const Grid* GridTree::find_code(std::string_view code) const {
  const auto at = by_code_.find(code);
  return at == by_code_.end() ? nullptr : &grids_[at->second];
}

std::vector<const Grid*> GridTree::roots() const {
  std::vector<const Grid*> out;
  for (std::uint32_t i = 0; i < roots_; ++i) out.push_back(&grids_[order_[i]]);
  return out;
}

std::vector<const Grid*> GridTree::children(GridId id) const {
  std::vector<const Grid*> out;
  if (const std::uint32_t at = index(id); at != kNone)
    for (std::uint32_t i = 0; i < nodes_[at].children; ++i) out.push_back(&grids_[order_[nodes_[at].first_child + i]]);
  return out;
}

std::size_t GridTree::child_count(GridId id) const {
  const std::uint32_t at = index(id);
  return at == kNone ? 0 : nodes_[at].children;
}

std::vector<const Grid*> GridTree::line(GridId id) const {
  std::vector<const Grid*> out;
  for (const Grid* grid = find(id); grid && out.size() < kGridLevels; grid = find(grid->parent)) out.push_back(grid);
  std::ranges::reverse(out);
  return out;
}

std::vector<GridId> GridTree::upwards(GridId id) const {
  std::vector<GridId> out;
  for (const Grid* grid : line(id)) out.push_back(grid->id);
  std::ranges::reverse(out);
  return out;
}

const Grid* GridTree::above(GridId id, GridLevel level) const {
  for (const Grid* grid = find(id); grid; grid = find(grid->parent))
    if (grid->level == level) return grid;
  return nullptr;
}

std::vector<std::string> GridTree::places_within(GridId id) const {
  std::vector<std::string> out;
  std::vector<const Grid*> waiting;
  if (const Grid* grid = find(id)) waiting.push_back(grid);
  while (!waiting.empty()) {
    const Grid* grid = waiting.back();
    waiting.pop_back();
    out.insert(out.end(), grid->places.begin(), grid->places.end());
    for (const Grid* below : children(grid->id)) waiting.push_back(below);
  }
  return out;
}

bool GridTree::holds(GridId outer, GridId inner) const {
  const std::uint32_t a = index(outer), b = index(inner);
  if (a == kNone || b == kNone) return false;
  if (a == b) return true;
  const Node &o = nodes_[a], &i = nodes_[b];
  if (i.enter > 0) return o.enter > 0 && o.enter <= i.enter && i.leave <= o.leave;
  // A closed grid is in no walk: it lies where it lay.
  for (const Grid* grid = find(grids_[b].parent); grid; grid = find(grid->parent))
    if (grid->id == outer) return true;
  return false;
}

std::vector<const Grid*> GridTree::search(std::string_view text, std::size_t limit) const {
  std::vector<std::pair<int, const Grid*>> found;
  const auto rank = [&](const Grid& grid) {
    if (grid.code == text || grid.name == text) return 0;
    if (grid.name.starts_with(text) || grid.code.starts_with(text)) return 1;
    if (grid.name.find(text) != std::string::npos) return 2;
    for (const std::string& alias : grid.aliases)
      if (alias.find(text) != std::string::npos) return 2;
    return 3;
  };
  if (text.empty()) return {};
  for (const std::uint32_t at : order_)
    if (const int r = rank(grids_[at]); r < 3) found.emplace_back(r, &grids_[at]);
  const std::size_t shown = std::min(limit, found.size());
  std::partial_sort(
      found.begin(), found.begin() + static_cast<std::ptrdiff_t>(shown), found.end(), [](const auto& a, const auto& b) {
        return std::tie(a.first, a.second->level, a.second->code) < std::tie(b.first, b.second->level, b.second->code);
      });
  std::vector<const Grid*> out;
  for (std::size_t i = 0; i < shown; ++i) out.push_back(found[i].second);
  return out;
}

}  // namespace linli
