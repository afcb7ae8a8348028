// The grid tree: city, district, street, community (总网格), grid (一般网格), micro-grid (微网格), special grid (专属网格: a
// school, a mall, an office block). Who may see what, where a group stands and who answers for a place hang on it.
//
// A GridTree is a value that never changes: whoever holds one may read it from any thread; a change makes a new one.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/id.h"

namespace linli {

struct GridTag {
  static constexpr std::string_view prefix = "grid";
};
using GridId = Id<GridTag>;

enum class GridLevel { city, district, street, community, grid, micro_grid, special };
inline constexpr std::size_t kGridLevels = 7;
std::string_view name(GridLevel level);  // "micro_grid"
std::optional<GridLevel> parse_grid_level(std::string_view text);
// Whether a grid of `level` may stand directly below one of `parent`: levels may be left out, not turned round. A special
// grid stands below a street, community or grid.
bool may_stand_below(GridLevel level, GridLevel parent);

struct Grid {
  GridId id;
  GridId parent;  // 0: a root
  GridLevel level = GridLevel::grid;
  std::string code;  // the office's own; unique among all grids there ever were, never changed
  std::string name;
  std::vector<std::string> aliases;
  std::vector<std::string> places;  // buildings, compounds, roads, shops that lie in it; sorted
  std::string boundary;             // GeoJSON geometry; empty: not known
  std::string path;                 // codes from the root down, "510107/510107001": for scope (people/actor.h)
  Instant opened_at{};
  std::optional<Instant> closed_at;

  bool operator==(const Grid&) const = default;
};

class GridTree {
 public:
  GridTree() = default;
  // Parents must be among them. Closed grids are found by id and code; they are nobody's child and in no search.
  explicit GridTree(std::vector<Grid> grids);

  const Grid* find(GridId id) const;
  const Grid* find_code(std::string_view code) const;
  std::span<const Grid> all() const { return grids_; }  // closed ones too, in no order
  std::size_t open() const { return open_; }

  // Open ones, by code.
  std::vector<const Grid*> roots() const;
  std::vector<const Grid*> children(GridId id) const;
  std::size_t child_count(GridId id) const;
  // From the root down to the grid itself; empty when it is unknown.
  std::vector<const Grid*> line(GridId id) const;
  // The same the other way round: the grid itself first.
  std::vector<GridId> upwards(GridId id) const;
  // The nearest of that level on the way up, itself included; null: there is none.
  const Grid* above(GridId id, GridLevel level) const;
  // Places of the grid and of all open grids below it.
  std::vector<std::string> places_within(GridId id) const;
  // Whether `inner` is `outer` or lies below it. Constant time.
  bool holds(GridId outer, GridId inner) const;

  // Open grids whose code begins with the text or whose name or alias contains it, best first: whole names, then higher levels.
  std::vector<const Grid*> search(std::string_view text, std::size_t limit) const;

 private:
  struct Node {
    std::uint32_t first_child = 0, children = 0;  // in order_
    std::uint32_t enter = 0, leave = 0;           // of a walk in depth: holds() compares them
  };
  std::uint32_t index(GridId id) const;
  void number(std::uint32_t root, std::uint32_t& next);

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  std::vector<Grid> grids_;
  std::vector<Node> nodes_;           // beside grids_
  std::vector<std::uint32_t> order_;  // open grids by parent, then code
  std::uint32_t roots_ = 0;           // the first so many of order_
  std::size_t open_ = 0;
  std::unordered_map<GridId, std::uint32_t> by_id_;
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> by_code_;
};

}  // namespace linli
