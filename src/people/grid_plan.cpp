#include "people/grid_plan.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <unordered_set>

#include "base/trim.h"
#include "base/utf8.h"

namespace linli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostWrong = 1'000;
constexpr std::size_t kMaxName = 64, kMaxCode = 32, kMaxListed = 5'000;  // characters; names in a list
constexpr std::size_t kMaxBoundary = 256u << 10;                         // bytes

enum Column { code, level, parent_code, grid_name, aliases, places, boundary, kColumns };
struct Heading {
  std::string_view name;
  std::vector<std::string_view> words;
};
const std::array<Heading, kColumns> kHeadings{{{"code", {"编码", "网格编码", "代码"}},
                                               {"level", {"层级", "级别", "网格层级"}},
                                               {"parent", {"上级编码", "上级", "上级网格编码"}},
                                               {"name", {"名称", "网格名称"}},
                                               {"aliases", {"别名", "又称"}},
                                               {"places", {"地点", "楼栋", "楼栋与地点"}},
                                               {"boundary", {"边界"}}}};
constexpr std::array<std::string_view, kGridLevels> kLevelWords{"市",       "区县",   "街道",    "社区",
                                                                "一般网格", "微网格", "专属网格"};
constexpr std::pair<std::string_view, GridLevel> kOtherLevelWords[] = {
    {"区", GridLevel::district},  {"县", GridLevel::district},   {"镇", GridLevel::street},
    {"乡", GridLevel::street},    {"街道办", GridLevel::street}, {"总网格", GridLevel::community},
    {"村", GridLevel::community}, {"网格", GridLevel::grid}};

std::optional<GridLevel> read_level(std::string_view text) {
  if (const auto level = parse_grid_level(text)) return level;
  for (std::size_t i = 0; i < kLevelWords.size(); ++i)
    if (kLevelWords[i] == text) return static_cast<GridLevel>(i);
  for (const auto& [word, level] : kOtherLevelWords)
    if (word == text) return level;
  return {};
}

std::string allowed_levels() {
  std::string out;
  for (const auto word : kLevelWords) (out += out.empty() ? "" : "、") += word;
  return out;
}

std::vector<std::string> read_list(std::string_view text) {
  std::vector<std::string> out;
  constexpr std::string_view separators[] = {"、", ";", "；", "\n"};
  while (!text.empty()) {
    std::size_t end = text.size(), next = text.size();
    for (const auto separator : separators)
      if (const auto at = text.find(separator); at < end) end = at, next = at + separator.size();
    const std::string_view item = trim(text.substr(0, end));
    if (!item.empty() && std::ranges::find(out, item) == out.end()) out.emplace_back(item);
    text.remove_prefix(next);
  }
  return out;
}

std::string write_list(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& item : list) (out += out.empty() ? "" : "、") += item;
  return out;
}

bool is_boundary(std::string_view text) {
  if (text.size() > kMaxBoundary) return false;
  json::error_code broken;
  const json::value value = json::parse(text, broken);
  if (broken || !value.is_object()) return false;
  const json::value* type = value.as_object().if_contains("type");
  const json::value* rings = value.as_object().if_contains("coordinates");
  if (!type || !rings || !type->is_string() || !rings->is_array() || rings->as_array().empty()) return false;
  if (type->as_string() != "Polygon" && type->as_string() != "MultiPolygon") return false;
  // Positions, however deep: two or three numbers, longitude and latitude in degrees.
  const std::function<bool(const json::value&)> good = [&](const json::value& v) {
    if (!v.is_array() || v.as_array().empty()) return false;
    const json::array& list = v.as_array();
    if (!list[0].is_number()) return std::ranges::all_of(list, good);
    if (list.size() < 2 || list.size() > 3 || !list[1].is_number()) return false;
    return std::abs(list[0].to_number<double>()) <= 180 && std::abs(list[1].to_number<double>()) <= 90;
  };
  return good(*rings);
}

class Planner {
 public:
  Planner(const GridTree& tree, const GridPlanOptions& options, const std::function<GridId()>& draw, Instant now)
      : tree_(tree), options_(options), draw_(draw), now_(now) {}

  Result<GridPlan> plan(const Table& table) {
    if (table.rows.empty()) return fail(Errc::missing_field, Where::at_field("code"));
    LINLI_TRY(read_header(table.rows.front()));
    for (std::size_t i = 1; i < table.rows.size(); ++i) read(table.rows[i]);
    for (Line& line : lines_) settle_parent(line);
    check_children();
    if (plan_.wrong_total > 0) return std::move(plan_);
    compare();
    return std::move(plan_);
  }

 private:
  struct Line {
    long number;
    Grid grid;
    std::string parent_code;
  };

  Result<void> read_header(const Table::Row& header) {
    columns_.fill(-1);
    for (std::size_t i = 0; i < header.cells.size(); ++i)
      for (std::size_t c = 0; c < kColumns; ++c)
        if (header.cells[i] == kHeadings[c].name || std::ranges::count(kHeadings[c].words, header.cells[i]) > 0)
          columns_[c] = static_cast<int>(i);
    for (const Column needed : {code, level, parent_code, grid_name})
      if (columns_[needed] < 0)
        return fail(Errc::missing_field, Where::at({}, header.line,
                                                   std::string(kHeadings[needed].words.front()) + " / " +
                                                       std::string(kHeadings[needed].name)));
    return {};
  }

  bool has(Column column) const { return columns_[column] >= 0; }
  std::string_view cell(const Table::Row& row, Column column) const {
    const auto at = static_cast<std::size_t>(columns_[column]);
    return has(column) && at < row.cells.size() ? std::string_view(row.cells[at]) : std::string_view();
  }

  void wrong(long line, Column column, Errc errc, Args args = {}) {
    ++plan_.wrong_total;
    const std::string name(kHeadings[column].name);
    if (plan_.wrong.size() < kMostWrong)
      plan_.wrong.push_back({line, name, Error{errc, Where::at({}, line, name), std::move(args)}});
  }

  std::string text(const Table::Row& row, Column column, std::size_t most) {
    const std::string_view value = cell(row, column);
    if (value.empty()) wrong(row.line, column, Errc::missing_field);
    else if (code_points(value) > most) wrong(row.line, column, Errc::too_long, {{"max", std::to_string(most)}});
    return std::string(value);
  }

  std::vector<std::string> list(const Table::Row& row, Column column) {
    auto items = read_list(cell(row, column));
    if (items.size() > kMaxListed) wrong(row.line, column, Errc::too_long, {{"max", std::to_string(kMaxListed)}});
    for (const std::string& item : items)
      if (code_points(item) > kMaxName) {
        wrong(row.line, column, Errc::too_long, {{"max", std::to_string(kMaxName)}});
        break;
      }
    return items;
  }

  void read(const Table::Row& row) {
    Line line{row.line, {}, std::string(cell(row, parent_code))};
    Grid& grid = line.grid;
    grid.code = text(row, code, kMaxCode);
    if (grid.code.find('/') != grid.code.npos) wrong(row.line, code, Errc::bad_value, {{"value", "/"}});
    const Grid* known = tree_.find_code(grid.code);
    if (known) grid = *known;
    grid.closed_at.reset();
    grid.name = text(row, grid_name, kMaxName);
    if (const auto l = read_level(cell(row, level))) grid.level = *l;
    else
      wrong(row.line, level, Errc::bad_value,
            {{"value", std::string(cell(row, level))}, {"allowed", allowed_levels()}});
    if (has(aliases)) grid.aliases = list(row, aliases);
    if (has(places)) std::ranges::sort(grid.places = list(row, places));
    if (has(boundary)) {
      grid.boundary = cell(row, boundary);
      if (!grid.boundary.empty() && !is_boundary(grid.boundary))
        wrong(row.line, boundary, Errc::bad_value, {{"allowed", "GeoJSON Polygon, MultiPolygon"}});
    }
    if (!known) {
      grid.id = draw_();
      grid.opened_at = now_;
    }
    const auto [before, first] = by_code_.emplace(grid.code, lines_.size());
    if (!first) wrong(row.line, code, Errc::duplicate, {{"first_line", std::to_string(lines_[before->second].number)}});
    lines_.push_back(std::move(line));
  }

  const Line* line_of(std::string_view code) const {
    const auto at = by_code_.find(std::string(code));
    return at == by_code_.end() ? nullptr : &lines_[at->second];
  }

  void settle_parent(Line& line) {
    line.grid.parent = {};
    if (line.parent_code.empty()) return;
    const Line* in_file = line_of(line.parent_code);
    const Grid* parent = in_file ? &in_file->grid : tree_.find_code(line.parent_code);
    if (!parent || (!in_file && (parent->closed_at || options_.close_missing)))
      return wrong(line.number, parent_code, Errc::not_found, {{"value", line.parent_code}});
    if (!may_stand_below(line.grid.level, parent->level))
      return wrong(line.number, level, Errc::bad_value,
                   {{"value", std::string(kLevelWords[static_cast<std::size_t>(line.grid.level)]) + " ↑ " +
                                  std::string(kLevelWords[static_cast<std::size_t>(parent->level)])},
                    {"allowed", allowed_levels()}});
    line.grid.parent = parent->id;
  }

  // Grids that the file leaves as they are: their parent may have got another level. Circles cannot be: levels fall from
  // parent to child.
  void check_children() {
    for (const Grid& grid : tree_.all()) {
      if (grid.closed_at || line_of(grid.code)) continue;
      if (options_.close_missing) continue;
      ++plan_.missing;
      const Grid* parent = tree_.find(grid.parent);
      const Line* moved = parent ? line_of(parent->code) : nullptr;
      if (moved && !may_stand_below(grid.level, moved->grid.level))
        wrong(moved->number, level, Errc::bad_value, {{"value", grid.code}, {"allowed", allowed_levels()}});
    }
  }

  void compare() {
    std::unordered_map<GridId, const Grid*> future;  // of the file
    for (const Line& line : lines_) future.emplace(line.grid.id, &line.grid);
    const auto parent_of = [&](const Grid& grid) -> const Grid* {
      const auto at = future.find(grid.parent);
      return at != future.end() ? at->second : tree_.find(grid.parent);
    };
    const auto path_of = [&](const Grid& grid) {
      std::string path = grid.code;
      for (const Grid* up = parent_of(grid); up; up = parent_of(*up)) path = up->code + "/" + path;
      return path;
    };
    for (Line& line : lines_) {
      Grid grid = line.grid;
      grid.path = path_of(grid);
      const Grid* before = tree_.find(grid.id);
      if (before && *before == grid) {
        ++plan_.unchanged;
        continue;
      }
      using Kind = GridChange::Kind;
      const Kind kind = !before ? Kind::opened : before->closed_at ? Kind::reopened : Kind::changed;
      plan_.changes.push_back(
          {kind, line.number, grid, before ? differences(*before, grid) : std::vector<std::string>{}});
    }
    for (const Grid& grid : tree_.all()) {
      if (grid.closed_at || future.contains(grid.id)) continue;
      if (options_.close_missing) {
        Grid closed = grid;
        closed.closed_at = now_;
        plan_.changes.push_back({GridChange::Kind::closed, 0, std::move(closed), {}});
      } else if (std::string path = path_of(grid); path != grid.path) {  // something above it moved
        Grid moved = grid;
        moved.path = std::move(path);
        plan_.changes.push_back({GridChange::Kind::changed, 0, std::move(moved), {"path"}});
      }
    }
    std::ranges::stable_sort(plan_.changes, {},
                             [](const GridChange& c) { return std::ranges::count(c.grid.path, '/'); });
  }

  static std::vector<std::string> differences(const Grid& a, const Grid& b) {
    std::vector<std::string> out;
    if (a.name != b.name) out.emplace_back("name");
    if (a.level != b.level) out.emplace_back("level");
    if (a.parent != b.parent) out.emplace_back("parent");
    if (a.aliases != b.aliases) out.emplace_back("aliases");
    if (a.places != b.places) out.emplace_back("places");
    if (a.boundary != b.boundary) out.emplace_back("boundary");
    if (out.empty() && a.path != b.path) out.emplace_back("path");
    return out;
  }

  const GridTree& tree_;
  const GridPlanOptions& options_;
  const std::function<GridId()>& draw_;
  const Instant now_;
  std::array<int, kColumns> columns_{};
  std::vector<Line> lines_;
  std::unordered_map<std::string, std::size_t> by_code_;
  GridPlan plan_;
};

}  // namespace

std::string_view name(GridChange::Kind kind) {
  constexpr std::array<std::string_view, 4> names{"opened", "changed", "closed", "reopened"};
  return names[static_cast<std::size_t>(kind)];
}

Result<GridPlan> plan_grids(const GridTree& tree, const Table& table, const GridPlanOptions& options,
                            const std::function<GridId()>& draw, Instant now) {
  return Planner(tree, options, draw, now).plan(table);
}

GridTree after(const GridTree& tree, const GridPlan& plan) {
  std::unordered_map<GridId, const Grid*> changed;
  for (const GridChange& change : plan.changes) changed.emplace(change.grid.id, &change.grid);
  std::vector<Grid> grids;
  grids.reserve(tree.all().size() + plan.changes.size());
  for (const Grid& grid : tree.all())
    if (!changed.contains(grid.id)) grids.push_back(grid);
  for (const GridChange& change : plan.changes) grids.push_back(change.grid);
  return GridTree(std::move(grids));
}

std::vector<std::vector<std::string>> grid_table(const GridTree& tree) {
  std::vector<std::vector<std::string>> rows{{"编码", "层级", "名称", "上级编码", "别名", "地点", "边界"}};
  std::vector<const Grid*> waiting = tree.roots();
  std::ranges::reverse(waiting);
  while (!waiting.empty()) {
    const Grid& grid = *waiting.back();
    waiting.pop_back();
    const Grid* parent = tree.find(grid.parent);
    rows.push_back({grid.code, std::string(kLevelWords[static_cast<std::size_t>(grid.level)]), grid.name,
                    parent ? parent->code : std::string(), write_list(grid.aliases), write_list(grid.places),
                    grid.boundary});
    auto below = tree.children(grid.id);
    waiting.insert(waiting.end(), below.rbegin(), below.rend());
  }
  return rows;
}

std::string change_counts(const GridPlan& plan) {
  json::object out;
  json::array codes;
  for (const GridChange& change : plan.changes) {
    json::value& count = out[name(change.kind)];
    count = count.is_int64() ? count.as_int64() + 1 : std::int64_t{1};
    if (codes.size() < 20) codes.emplace_back(change.grid.code);
  }
  out["codes"] = std::move(codes);
  if (plan.changes.size() == 1)
    out["fields"] = json::array(plan.changes.front().fields.begin(), plan.changes.front().fields.end());
  return json::serialize(out);
}

}  // namespace linli
