#include "people/routing.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/normal_form.h"

namespace linli {
namespace {

constexpr std::uint64_t kPrime = 0x9E3779B97F4A7C15ULL;
std::uint64_t step(std::uint64_t hash, char32_t point) { return (hash ^ point) * kPrime + (hash >> 29); }

std::uint64_t hash_of(std::u32string_view points) {
  std::uint64_t hash = 0;
  for (const char32_t c : points) hash = step(hash, c);
  return hash;
}

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_letter(char32_t c) { return c >= 'a' && c <= 'z'; }
bool is_dash(char32_t c) { return c == '-' || c == U'—' || c == U'–' || c == '~' || c == '_'; }
// Left out wherever they stand.
bool is_noise(char32_t c) {
  constexpr std::u32string_view noise = U" ,.，。、·:：;；!?！？()（）\"'“”";
  return noise.find(c) != noise.npos;
}

int han_digit(char32_t c) {
  constexpr std::u32string_view digits = U"零一二三四五六七八九";
  if (c == U'两') return 2;
  const auto at = digits.find(c);
  return at == digits.npos ? -1 : static_cast<int>(at);
}

// A number as it is written in digits or 三, 十二, 二十一, or a letter as buildings have; `end` behind it.
struct Number {
  std::u32string text;
  std::size_t end = 0;
  bool han = false;
};
std::optional<Number> number_at(std::u32string_view t, std::size_t at) {
  std::size_t i = at;
  Number out;
  while (i < t.size() && is_digit(t[i])) out.text += t[i++];
  if (i == at && i < t.size() && is_letter(t[i]) && (i == 0 || !is_letter(t[i - 1])) &&
      (i + 1 == t.size() || !is_letter(t[i + 1])))
    out.text = t[i++];
  if (i == at) {
    int value = 0, ones = 0;
    bool tens = false;
    for (; i < t.size() && i - at < 4; ++i) {
      if (t[i] == U'十' && !tens) {
        value = (i == at ? 1 : ones) * 10;
        ones = 0;
        tens = true;
      } else if (const int d = han_digit(t[i]); d >= 0) {
        ones = tens ? d : ones * 10 + d;
      } else {
        break;
      }
    }
    if (i == at) return {};
    out.han = true;
    for (const char c : std::to_string(value + ones)) out.text += static_cast<char32_t>(c);
  }
  while (out.text.size() > 1 && out.text[0] == '0') out.text.erase(0, 1);
  out.end = i;
  return out;
}

std::size_t starts(std::u32string_view t, std::size_t at, std::u32string_view what) {
  return at <= t.size() && t.substr(at).starts_with(what) ? what.size() : 0;
}

// Points of what makes a number a building's: 栋 幢 座 号楼 号栋 #楼 #; 0: none.
std::size_t building_suffix(std::u32string_view t, std::size_t at) {
  for (const std::u32string_view suffix : {U"号楼栋", U"号楼", U"号栋", U"#楼", U"#栋", U"栋", U"幢", U"座", U"#"})
    if (const auto n = starts(t, at, suffix)) return n;
  return 0;
}

class KeyWriter {
 public:
  KeyWriter(std::u32string_view text, PlaceText kind) : t_(text), kind_(kind) {}

  std::u32string write() {
    for (std::size_t i = 0; i < t_.size();) i = step(i);
    return std::move(out_);
  }

 private:
  std::size_t step(std::size_t i) {
    if (is_noise(t_[i])) return i + 1;
    if (starts(t_, i, U"小区") && named()) return i + 2;
    const bool inside = i > 0 && is_digit(t_[i]) && is_digit(t_[i - 1]);
    const auto n = inside ? std::nullopt : number_at(t_, i);
    if (!n) return copy(i);
    if (!n->han)
      if (const std::size_t end = chain(*n, i)) return end;
    if (const std::size_t suffix = building_suffix(t_, n->end)) {
      (out_ += n->text) += U'栋';
      return n->end + suffix;
    }
    if (starts(t_, n->end, U"单元")) {
      (out_ += n->text) += U"单元";
      const std::size_t dash = n->end + 2 < t_.size() && is_dash(t_[n->end + 2]) ? 1 : 0;
      return n->end + 2 + dash;
    }
    if (n->han && !suffixed(n->end)) return copy(i);
    out_ += n->han ? n->text : std::u32string(t_.substr(i, n->end - i));
    if (starts(t_, n->end, U"号房")) return n->end + 2;
    return n->end + (starts(t_, n->end, U"室") ? 1 : 0);
  }

  std::size_t copy(std::size_t i) {
    out_ += t_[i];
    return i + 1;
  }

  // Something with a name was written before: 小区 after it says nothing more.
  bool named() const { return out_.size() >= 2 && !is_digit(out_.back()) && out_.back() != U'栋'; }

  bool suffixed(std::size_t at) const {
    constexpr std::u32string_view suffixes = U"号期组楼层区";
    return at < t_.size() && suffixes.find(t_[at]) != suffixes.npos;
  }

  // 3-2-1502, 3#2-1502, 3-1502; in nicknames also 3-2. Returns the end, or 0.
  std::size_t chain(const Number& first, std::size_t begin) {
    if (begin > 0 && (is_dash(t_[begin - 1]) || is_digit(t_[begin - 1]))) return 0;
    std::size_t at = first.end;
    const std::size_t suffix = building_suffix(t_, at);
    if (suffix && at + suffix < t_.size() && is_dash(t_[at + suffix])) at += suffix + 1;
    else if (suffix && t_[at] == '#') at += suffix;
    else if (at < t_.size() && is_dash(t_[at])) ++at;
    else return 0;
    const auto second = digits_at(at);
    if (!second || first.text.size() > 3) return 0;
    if (second->text.size() <= 2) {
      std::size_t third_at = second->end;
      if (const auto n = starts(t_, third_at, U"单元")) third_at += n;
      if (third_at < t_.size() && is_dash(t_[third_at])) ++third_at;
      const auto third = third_at > second->end ? digits_at(third_at) : std::nullopt;
      if (third) {
        ((((out_ += first.text) += U'栋') += second->text) += U"单元") += third->text;
        return third->end + (starts(t_, third->end, U"室") ? 1 : 0);
      }
      const bool alone = kind_ == PlaceText::nickname && begin == 0 && third_at == second->end;
      if (!alone) return 0;
      (((out_ += first.text) += U'栋') += second->text) += U"单元";
      return second->end;
    }
    if (second->text.size() > 4) return 0;
    ((out_ += first.text) += U'栋') += second->text;
    return second->end + (starts(t_, second->end, U"室") ? 1 : 0);
  }

  std::optional<Number> digits_at(std::size_t at) const {
    if (at >= t_.size() || !is_digit(t_[at])) return {};
    return number_at(t_, at);
  }

  const std::u32string_view t_;
  const PlaceText kind_;
  std::u32string out_;
};

std::u32string key_points(std::string_view text, PlaceText kind) {
  thread_local NormalForm form;
  normalize(text, form);
  return KeyWriter(form.points, kind).write();
}

// Where "3栋2单元1502" begins and ends in a key: the building, its unit, behind it what is left.
struct AddressIn {
  std::size_t begin = 0, building = 0, unit = 0;  // ends; unit == building: none
};
std::optional<AddressIn> address_in(std::u32string_view key) {
  const auto mark = key.find(U'栋');
  if (mark == key.npos || mark == 0) return {};
  AddressIn out{mark, mark + 1, mark + 1};
  while (out.begin > 0 && is_digit(key[out.begin - 1])) --out.begin;
  if (out.begin == mark && is_letter(key[mark - 1])) --out.begin;
  if (out.begin == mark) return {};
  std::size_t i = out.building;
  while (i < key.size() && is_digit(key[i])) ++i;
  if (i > out.building && starts(key, i, U"单元")) out.unit = i + 2;
  return out;
}

// Whether a name that ends before `rest` is really meant: 锦苑 is not 锦苑北路, 锦江路1 is not 锦江路12.
bool ends_well(char32_t last, std::u32string_view rest) {
  if (rest.empty()) return true;
  if (is_digit(last) && is_digit(rest[0])) return false;
  constexpr std::u32string_view sides = U"东西南北中上下前后一二三四五六七八九十";
  while (!rest.empty() && sides.find(rest[0]) != sides.npos) rest.remove_prefix(1);
  return !starts(rest, 0, U"路") && !starts(rest, 0, U"街") && !starts(rest, 0, U"巷") && !starts(rest, 0, U"大道");
}

}  // namespace

std::string place_key(std::string_view text, PlaceText kind) { return encode_utf8(key_points(text, kind)); }

std::string without_room(std::string_view key) {
  const std::u32string points = decode_utf8(key);
  const auto at = address_in(points);
  return at ? encode_utf8(std::u32string_view(points).substr(0, at->unit)) : std::string(key);
}

std::string_view name(RoutedBy by) {
  constexpr std::array<std::string_view, 7> names{"person",   "correction", "place",  "building",
                                                  "nickname", "group",      "nothing"};
  return names[static_cast<std::size_t>(by)];
}
std::string_view name(RoutingStep::Outcome outcome) {
  constexpr std::array<std::string_view, 4> names{"found", "not_found", "ambiguous", "nothing_said"};
  return names[static_cast<std::size_t>(outcome)];
}

// ---- corrections ----

namespace {
std::string correction_of(std::string_view community, std::string_view key) {
  return (std::string(community) += '\n') += key;
}
}  // namespace

void Corrections::put(std::string_view community, std::string_view key, GridId grid) {
  grids_[correction_of(community, key)] = grid;
}
void Corrections::remove(std::string_view community, std::string_view key) {
  grids_.erase(correction_of(community, key));
}
std::optional<std::pair<GridId, std::string>> Corrections::find(std::string_view community,
                                                                std::u32string_view key) const {
  if (grids_.empty() || key.empty()) return {};
  const auto address = address_in(key);
  std::array<std::u32string_view, 2> tries{key, {}};
  if (address) tries = {key.substr(0, address->unit), key.substr(0, address->building)};
  for (const std::u32string_view part : tries) {
    if (part.empty()) continue;
    std::string text = encode_utf8(part);
    if (const auto at = grids_.find(correction_of(community, text)); at != grids_.end())
      return std::pair(at->second, std::move(text));
  }
  return {};
}

// ---- the index ----

PlaceIndex::PlaceIndex(std::shared_ptr<const GridTree> tree) : tree_(std::move(tree)) {
  struct Entry {
    std::u32string key;
    std::uint32_t grid;
  };
  std::vector<Entry> entries;
  const auto all = tree_->all();
  std::unordered_map<GridId, std::uint32_t> index;
  for (std::uint32_t i = 0; i < all.size(); ++i) index.emplace(all[i].id, i);
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    const Grid& grid = all[i];
    if (grid.closed_at) continue;
    const auto add = [&](std::string_view text) {
      std::u32string key = key_points(text, PlaceText::text);
      if (key.size() >= 2) entries.push_back({std::move(key), i});
    };
    for (const std::string& place : grid.places) add(place);
    // A school or mall is a place by its name.
    if (grid.level != GridLevel::special) continue;
    add(grid.name);
    for (const std::string& alias : grid.aliases) add(alias);
  }
  std::ranges::sort(entries, {}, [](const Entry& e) { return std::pair(std::u32string_view(e.key), e.grid); });

  std::size_t slots = 16;
  while (slots < entries.size() * 2) slots *= 2;
  slots_.assign(slots, 0);
  seen_.assign(std::max<std::size_t>(slots * 8, 64) / 64, 0);
  grids_of_.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size();) {
    const std::u32string& key = entries[i].key;
    Name name{hash_of(key), static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(key.size()),
              static_cast<std::uint32_t>(grids_of_.size()), 0};
    texts_ += key;
    longest_ = std::max(longest_, key.size());
    const auto address = address_in(key);
    std::size_t j = i;
    for (; j < entries.size() && entries[j].key == key; ++j) {
      const std::uint32_t grid = entries[j].grid;
      if (name.count > 0 && grids_of_.back() == grid) continue;
      grids_of_.push_back(grid);
      ++name.count;
      if (!address || address->begin == 0) continue;
      if (const Grid* community = community_of(all[grid].id))
        buildings_.push_back({index.at(community->id), hash_of(std::u32string_view(key).substr(address->begin)), grid,
                              hash_of(std::u32string_view(key).substr(0, address->begin))});
    }
    std::size_t slot = name.hash & (slots - 1);
    while (slots_[slot]) slot = (slot + 1) & (slots - 1);
    names_.push_back(name);
    slots_[slot] = static_cast<std::uint32_t>(names_.size());
    const std::size_t bit = (name.hash >> 8) % (seen_.size() * 64);
    seen_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    i = j;
  }
  std::ranges::sort(buildings_);
}

const PlaceIndex::Name* PlaceIndex::find(std::uint64_t hash, std::u32string_view text) const {
  const std::size_t bit = (hash >> 8) % (seen_.size() * 64);
  if (!(seen_[bit / 64] >> (bit % 64) & 1)) return nullptr;
  for (std::size_t slot = hash & (slots_.size() - 1); slots_[slot]; slot = (slot + 1) & (slots_.size() - 1)) {
    const Name& name = names_[slots_[slot] - 1];
    if (name.hash == hash && std::u32string_view(texts_).substr(name.text, name.size) == text) return &name;
  }
  return nullptr;
}

// The names that stand in the key, the longest first; of the same length, the first. A place is no novel: what goes on after
// 64 points is not looked at.
std::vector<PlaceIndex::Found> PlaceIndex::names_in(std::u32string_view key) const {
  std::vector<Found> out;
  key = key.substr(0, 64);
  for (std::size_t begin = 0; begin < key.size(); ++begin) {
    if (begin > 0 && is_digit(key[begin]) && is_digit(key[begin - 1])) continue;
    std::uint64_t hash = 0;
    for (std::size_t end = begin; end < std::min(key.size(), begin + longest_); ++end) {
      hash = step(hash, key[end]);
      const Name* name = find(hash, key.substr(begin, end + 1 - begin));
      if (name && ends_well(key[end], key.substr(end + 1)))
        out.push_back({static_cast<std::uint32_t>(name - names_.data()), name->size});
    }
  }
  std::ranges::stable_sort(out, std::greater<>(), &Found::size);
  return out;
}

const Grid* PlaceIndex::community_of(GridId grid) const { return tree_->above(grid, GridLevel::community); }

const Grid* PlaceIndex::one_of(std::vector<const Grid*>& grids, const Grid* home, GridId group) const {
  // Who lies above another one of them has it only because the other has.
  std::unordered_set<GridId> above_one;
  for (const Grid* g : grids)
    for (const Grid* up = tree_->find(g->parent); up && above_one.insert(up->id).second;) up = tree_->find(up->parent);
  std::erase_if(grids, [&](const Grid* g) { return above_one.contains(g->id); });
  if (grids.size() > 1 && group) {
    std::vector<const Grid*> inside;
    for (const Grid* g : grids)
      if (tree_->holds(group, g->id)) inside.push_back(g);
    if (inside.size() == 1) return inside.front();
  }
  if (grids.size() <= 1) return grids.empty() ? nullptr : grids.front();
  const Grid* community = home ? home : community_of(grids.front()->id);
  const Grid* above = grids.front();
  while (above && std::ranges::any_of(grids, [&](const Grid* g) { return !tree_->holds(above->id, g->id); }))
    above = tree_->find(above->parent);
  return above && community && tree_->holds(community->id, above->id) ? above : nullptr;
}

RoutingStep PlaceIndex::by_place(std::u32string_view key, const Grid* community, GridId group, Routed& out) const {
  RoutingStep step{RoutedBy::place, RoutingStep::Outcome::not_found, {}, {}};
  const std::vector<Found> found = names_in(key);
  if (found.empty()) return step;
  const auto grids_of = [&](const Found& f, bool own) {
    std::vector<const Grid*> grids;
    const Name& name = names_[f.name];
    for (std::uint32_t i = name.first; i < name.first + name.count; ++i) {
      const Grid* grid = &tree_->all()[grids_of_[i]];
      if (!own || tree_->holds(community->id, grid->id)) grids.push_back(grid);
    }
    return grids;
  };
  const Found* best = nullptr;
  std::vector<const Grid*> grids;
  for (std::size_t i = 0; community && i < found.size() && grids.empty(); ++i) {
    grids = grids_of(found[i], true);
    best = &found[i];
  }
  const bool own = !grids.empty();
  if (!own) {
    best = &found.front();
    grids = grids_of(*best, false);
  }
  const Name& name = names_[best->name];
  step.place = encode_utf8(std::u32string_view(texts_).substr(name.text, name.size));
  const bool several = grids.size() > 1;
  if (const Grid* one = one_of(grids, own ? community : nullptr, group)) {
    step.outcome = RoutingStep::Outcome::found;
    step.grid = one->id;
  } else {
    step.outcome = RoutingStep::Outcome::ambiguous;
  }
  if (several)
    for (const Grid* g : grids)
      if (g->id != step.grid) out.candidates.push_back(g->id);
  return step;
}

RoutingStep PlaceIndex::by_building(RoutedBy what, std::u32string_view key, const Grid* community, GridId group,
                                    Routed& out) const {
  RoutingStep step{what, RoutingStep::Outcome::not_found, {}, {}};
  const auto address = address_in(key);
  if (!address || address->begin > 0) {
    if (what == RoutedBy::nickname) step.outcome = RoutingStep::Outcome::nothing_said;
    return step;
  }
  if (!community) return step;
  const auto all = tree_->all();
  const auto here = static_cast<std::uint32_t>(community - all.data());
  for (const std::size_t end : {address->unit, address->building}) {
    const std::u32string_view building = key.substr(0, end);
    const std::uint64_t hash = hash_of(building);
    const auto key_of = [](const Building& b) { return std::pair(b.community, b.hash); };
    const auto from = std::ranges::lower_bound(buildings_, std::pair(here, hash), {}, key_of);
    const auto to = std::ranges::upper_bound(from, buildings_.end(), std::pair(here, hash), {}, key_of);
    if (from == to) continue;
    step.place = encode_utf8(building);
    // Of the group's own grid; else of its compound, which may go on in other grids; else the only one in the community.
    std::vector<Building> best;
    const auto inside = [&](const Building& b) { return tree_->holds(group, all[b.grid].id); };
    std::ranges::copy_if(from, to, std::back_inserter(best), inside);
    if (best.empty()) {
      const auto first = std::ranges::lower_bound(buildings_, here, {}, &Building::community);
      const auto last = std::ranges::upper_bound(first, buildings_.end(), here, {}, &Building::community);
      std::unordered_set<std::uint64_t> compounds;
      std::for_each(first, last, [&](const Building& b) {
        if (inside(b)) compounds.insert(b.compound);
      });
      std::ranges::copy_if(from, to, std::back_inserter(best),
                           [&](const Building& b) { return compounds.contains(b.compound); });
    }
    if (best.empty()) best.assign(from, to);
    const bool one_compound =
        std::ranges::all_of(best, [&](const Building& b) { return b.compound == best.front().compound; });
    std::vector<const Grid*> grids;
    for (const Building& b : best) grids.push_back(&all[b.grid]);
    const Grid* one = one_compound ? one_of(grids, community, group) : nullptr;
    step.outcome = one ? RoutingStep::Outcome::found : RoutingStep::Outcome::ambiguous;
    if (one) step.grid = one->id;
    else
      for (const Grid* g : grids) out.candidates.push_back(g->id);
    return step;
  }
  return step;
}

Routed PlaceIndex::route(const RoutingQuery& query, const Corrections& corrections) const {
  using Outcome = RoutingStep::Outcome;
  Routed out;
  const auto decided = [&](RoutingStep step) {
    const bool found = step.outcome == Outcome::found;
    if (found) {
      out.grid = step.grid;
      out.by = step.what;
    }
    out.steps.push_back(std::move(step));
    return found;
  };
  const Grid* bound = query.group ? tree_->find(query.group) : nullptr;
  if (bound && bound->closed_at) bound = nullptr;
  const GridId group = bound ? bound->id : GridId{};
  const Grid* community = bound ? community_of(bound->id) : nullptr;

  out.steps.reserve(5);
  const std::u32string key = query.place.empty() ? std::u32string() : key_points(query.place, PlaceText::text);
  if (key.empty()) {
    decided({RoutedBy::place, Outcome::nothing_said, {}, {}});
  } else {
    if (const auto taught = corrections.find(query.community, key)) {
      const Grid* grid = tree_->find(taught->first);
      if (grid && !grid->closed_at && decided({RoutedBy::correction, Outcome::found, taught->second, grid->id}))
        return out;
    }
    if (out.steps.empty()) decided({RoutedBy::correction, Outcome::not_found, {}, {}});
    if (decided(by_place(key, community, group, out))) return out;
    if (decided(by_building(RoutedBy::building, key, community, group, out))) return out;
  }
  if (!query.sender.empty() &&
      decided(by_building(RoutedBy::nickname, key_points(query.sender, PlaceText::nickname), community, group, out)))
    return out;
  decided({RoutedBy::group, group ? Outcome::found : Outcome::not_found, {}, group});
  return out;
}

// ---- to whom ----

std::string_view name(RoutingTarget target) {
  constexpr std::array<std::string_view, 3> names{"officer", "grid_head", "unit"};
  return names[static_cast<std::size_t>(target)];
}
std::optional<RoutingTarget> parse_routing_target(std::string_view text) {
  for (const auto target : {RoutingTarget::officer, RoutingTarget::grid_head, RoutingTarget::unit})
    if (name(target) == text) return target;
  return {};
}
bool is_unit_kind(std::string_view text) {
  constexpr std::array<std::string_view, 6> kinds{"property", "gas", "water", "power", "lift", "department"};
  return std::ranges::count(kinds, text) > 0;
}

const RoutingRule* rule_for(std::span<const RoutingRule> rules, std::span<const GridId> line, std::string_view category,
                            std::string_view domain) {
  const auto in = [&](GridId grid) -> const RoutingRule* {
    const RoutingRule* best = nullptr;
    int weight = 0;
    for (const RoutingRule& r : rules) {
      if (r.grid != grid) continue;
      const bool fits = !r.category.empty() ? r.category == category : r.domain.empty() || r.domain == domain;
      const int weighs = !r.category.empty() ? 3 : !r.domain.empty() ? 2 : 1;
      if (fits && weighs > weight) best = &r, weight = weighs;
    }
    return best;
  };
  for (const GridId grid : line)
    if (const RoutingRule* rule = in(grid)) return rule;
  return in(GridId{});
}

}  // namespace linli
