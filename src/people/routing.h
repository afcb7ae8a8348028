// Where a lead belongs, and to whom it goes. The place decides; else the building that the sender's nickname tells; else the
// group's grid. What people corrected comes before what the tables say. Pure; people/routing_store.h reads and writes.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "people/grid.h"

namespace linli {

// A place as it is compared: the normal form without blanks, numbers in digits, 幢 座 号楼 # as 栋, without 小区 and 室:
// "锦苑小区 三幢2单元1502室" -> "锦苑3栋2单元1502", "锦苑3-2-1502" -> the same. In nicknames 3-2 is a building and a unit.
enum class PlaceText { text, nickname };
std::string place_key(std::string_view text, PlaceText kind = PlaceText::text);
// "锦苑3栋2单元1502" -> "锦苑3栋2单元": what a correction is remembered by. Without a building it stays as it is.
std::string without_room(std::string_view key);

struct RoutingQuery {
  std::string_view place;      // as the lead has it; empty: the chat never tells
  std::string_view sender;     // nickname; empty: not to be looked at
  GridId group;                // the grid that the group is bound to; 0: none
  std::string_view community;  // the group's community_key, for corrections
};

enum class RoutedBy { person, correction, place, building, nickname, group, nothing };
std::string_view name(RoutedBy by);

struct RoutingStep {
  RoutedBy what = RoutedBy::place;
  enum class Outcome { found, not_found, ambiguous, nothing_said } outcome = Outcome::not_found;
  std::string place;  // what was recognised, as it is compared
  GridId grid;        // found
};
std::string_view name(RoutingStep::Outcome outcome);

struct Routed {
  GridId grid;  // 0: nothing decided
  RoutedBy by = RoutedBy::nothing;
  std::vector<RoutingStep> steps;  // what was tried, in order; the last one decided
  std::vector<GridId> candidates;  // among which a place could not decide
};

// (community, place as compared) -> grid
class Corrections {
 public:
  void put(std::string_view community, std::string_view key, GridId grid);
  void remove(std::string_view community, std::string_view key);
  // Of the place without its room, else of its building.
  std::optional<std::pair<GridId, std::string>> find(std::string_view community, std::u32string_view key) const;

 private:
  std::unordered_map<std::string, GridId> grids_;  // community, line end, key
};

// All places of a tree's open grids. Built once for a tree, then never changed: any thread.
class PlaceIndex {
 public:
  explicit PlaceIndex(std::shared_ptr<const GridTree> tree);

  const GridTree& tree() const { return *tree_; }
  // The deepest grid that has the place. A place of the group's own community comes before one elsewhere, then the longest
  // name wins. Where several grids of one community have it, the nearest grid above them all; else it is ambiguous.
  Routed route(const RoutingQuery& query, const Corrections& corrections) const;

 private:
  struct Name {
    std::uint64_t hash;
    std::uint32_t text, size;    // in texts_
    std::uint32_t first, count;  // in grids_of_
  };
  struct Building {  // "3栋" of a community
    std::uint32_t community;
    std::uint64_t hash;
    std::uint32_t grid;
    std::uint64_t compound;  // hash of its name
    auto operator<=>(const Building&) const = default;
  };
  struct Found {
    std::uint32_t name, size;
  };
  const Name* find(std::uint64_t hash, std::u32string_view text) const;
  std::vector<Found> names_in(std::u32string_view key) const;
  const Grid* community_of(GridId grid) const;
  // One grid of these, or the nearest above them all; null: they do not lie in one community.
  const Grid* one_of(std::vector<const Grid*>& grids, const Grid* home, GridId group) const;
  RoutingStep by_place(std::u32string_view key, const Grid* community, GridId group, Routed& out) const;
  RoutingStep by_building(RoutedBy what, std::u32string_view key, const Grid* community, GridId group,
                          Routed& out) const;

  std::shared_ptr<const GridTree> tree_;
  std::u32string texts_;
  std::vector<Name> names_;
  std::vector<std::uint32_t> grids_of_;  // indexes into tree_->all()
  std::vector<std::uint32_t> slots_;     // open addressing: 1 + index into names_
  std::vector<std::uint64_t> seen_;      // a bit for each hash that a name has
  std::size_t longest_ = 0;              // points
  std::vector<Building> buildings_;      // sorted
};

// ---- to whom ----

struct RuleTag {
  static constexpr std::string_view prefix = "rul";
};
using RuleId = Id<RuleTag>;

enum class RoutingTarget { officer, grid_head, unit };
std::string_view name(RoutingTarget target);
std::optional<RoutingTarget> parse_routing_target(std::string_view text);
// property, gas, water, power, lift, department
bool is_unit_kind(std::string_view text);

struct RoutingRule {
  RuleId id;
  GridId grid;                   // there and below; 0: everywhere
  std::string path;              // of that grid
  std::string category, domain;  // one of them, or neither: all leads
  RoutingTarget target = RoutingTarget::officer;
  std::string unit_name, unit_kind, unit_contact;  // of a unit
  bool also_street = false;
};

// The rule that counts for a lead: of the nearest grid (`line`: the grid first, then those above it), there by category before
// domain before all. Null: none; then it goes to the officer of the grid.
const RoutingRule* rule_for(std::span<const RoutingRule> rules, std::span<const GridId> line, std::string_view category,
                            std::string_view domain);

}  // namespace linli
