#include "people/grids.h"

#include <algorithm>
#include <boost/json.hpp>

namespace linli {
namespace {

namespace json = boost::json;

std::string join_lines(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) (out += out.empty() ? "" : "\n") += line;
  return out;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out.emplace_back(text.substr(0, end));
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

std::string detail_of(const GridChange& change) {
  json::object detail;
  if (!change.fields.empty()) detail["fields"] = json::array(change.fields.begin(), change.fields.end());
  detail["name"] = change.grid.name;
  detail["path"] = change.grid.path;
  return json::serialize(detail);
}

Result<void> write_opened(Tx& tx, const std::vector<const GridChange*>& opened) {
  using Kind = Param::Kind;
  static const Insert insert{"grids",
                             {{"id", Kind::integer},
                              {"parent_id", Kind::integer},
                              {"level", Kind::text},
                              {"code", Kind::text},
                              {"name", Kind::text},
                              {"aliases", Kind::text},
                              {"boundary", Kind::text},
                              {"path", Kind::text},
                              {"opened_at", Kind::integer}},
                             0};
  std::vector<std::string> aliases;
  for (const GridChange* c : opened) aliases.push_back(join_lines(c->grid.aliases));
  std::vector<Param> values;
  for (std::size_t i = 0; i < opened.size(); ++i) {
    const Grid& g = opened[i]->grid;
    values.insert(values.end(), {Param(g.id), g.parent ? Param(g.parent) : Param(std::optional<GridId>()),
                                 Param(name(g.level)), Param(g.code), Param(g.name), Param(aliases[i]),
                                 Param(g.boundary), Param(g.path), Param(g.opened_at)});
  }
  if (!values.empty()) LINLI_TRY(tx.insert(insert, values));
  return {};
}

Result<void> write_places(Tx& tx, const GridPlan& plan) {
  static const Insert insert{"grid_places", {{"grid_id", Param::Kind::integer}, {"name", Param::Kind::text}}, 2};
  std::vector<Param> values;
  for (const GridChange& change : plan.changes) {
    const bool opened = change.kind == GridChange::Kind::opened;
    if (!opened && std::ranges::count(change.fields, "places") == 0) continue;
    if (!opened) LINLI_TRY(tx.run("DELETE FROM grid_places WHERE grid_id = $1", {change.grid.id}));
    for (const std::string& place : change.grid.places)
      values.insert(values.end(), {Param(change.grid.id), Param(place)});
  }
  if (!values.empty()) LINLI_TRY(tx.insert(insert, values));
  return {};
}

Result<void> write_history(Tx& tx, const GridPlan& plan, UserId by, Instant now) {
  using Kind = Param::Kind;
  static const Insert insert{"grid_history",
                             {{"grid_id", Kind::integer},
                              {"at", Kind::integer},
                              {"user_id", Kind::integer},
                              {"kind", Kind::text},
                              {"detail", Kind::text}},
                             0};
  std::vector<std::string> details;
  for (const GridChange& change : plan.changes) details.push_back(detail_of(change));
  std::vector<Param> values;
  for (std::size_t i = 0; i < plan.changes.size(); ++i)
    values.insert(values.end(),
                  {Param(plan.changes[i].grid.id), Param(now), by ? Param(by) : Param(std::optional<UserId>()),
                   Param(name(plan.changes[i].kind)), Param(details[i])});
  if (!values.empty()) LINLI_TRY(tx.insert(insert, values));
  return {};
}

}  // namespace

Result<void> Grids::load(Tx& tx) {
  std::vector<Grid> grids;
  std::unordered_map<GridId, std::size_t> at;
  LINLI_TRY(tx.each(
      "SELECT id, parent_id, level, code, name, aliases, boundary, path, opened_at, closed_at FROM grids ORDER BY id",
      {}, [&](const Row& r) {
        Grid g;
        g.id = r.get<GridId>(0);
        g.parent = r.get<GridId>(1);
        g.level = parse_grid_level(r.bytes(2)).value_or(GridLevel::grid);
        g.code = r.get<std::string>(3);
        g.name = r.get<std::string>(4);
        g.aliases = split_lines(r.bytes(5));
        g.boundary = r.get<std::string>(6);
        g.path = r.get<std::string>(7);
        g.opened_at = r.get<Instant>(8);
        g.closed_at = r.get<std::optional<Instant>>(9);
        at.emplace(g.id, grids.size());
        grids.push_back(std::move(g));
      }));
  LINLI_TRY(tx.each("SELECT grid_id, name FROM grid_places ORDER BY grid_id", {}, [&](const Row& r) {
    if (const auto found = at.find(r.get<GridId>(0)); found != at.end())
      grids[found->second].places.push_back(r.get<std::string>(1));
  }));
  for (Grid& grid : grids) std::ranges::sort(grid.places);
  auto tree = std::make_shared<const GridTree>(std::move(grids));
  std::lock_guard lock(mutex_);
  tree_ = std::move(tree);
  return {};
}

std::shared_ptr<const GridTree> Grids::tree() const {
  std::lock_guard lock(mutex_);
  return tree_;
}

void Grids::keep(const std::shared_ptr<const GridTree>& base, std::shared_ptr<const GridTree> next,
                 const GridPlan& plan) {
  std::lock_guard lock(mutex_);
  tree_ = tree_ == base ? std::move(next) : std::make_shared<const GridTree>(after(*tree_, plan));
}

Result<void> Grids::write(Tx& tx, const GridPlan& plan, UserId by, Instant now) {
  std::vector<const GridChange*> opened;
  for (const GridChange& change : plan.changes)
    if (change.kind == GridChange::Kind::opened) opened.push_back(&change);
  LINLI_TRY(write_opened(tx, opened));
  for (const GridChange& change : plan.changes) {
    if (change.kind == GridChange::Kind::opened) continue;
    const Grid& g = change.grid;
    LINLI_TRY(
        tx.run("UPDATE grids SET parent_id = $2, level = $3, name = $4, aliases = $5, boundary = $6, path = $7, "
               "closed_at = $8 WHERE id = $1",
               {g.id, g.parent ? std::optional(g.parent) : std::nullopt, name(g.level), g.name, join_lines(g.aliases),
                g.boundary, g.path, g.closed_at}));
  }
  LINLI_TRY(write_places(tx, plan));
  return write_history(tx, plan, by, now);
}

Result<std::vector<Grids::Entry>> Grids::history(Tx& tx, GridId grid, int limit) {
  std::vector<Entry> out;
  LINLI_TRY(
      tx.each("SELECT h.at, h.user_id, u.display_name, h.kind, h.detail FROM grid_history h LEFT JOIN users u ON u.id "
              "= h.user_id "
              "WHERE h.grid_id = $1 ORDER BY h.at DESC LIMIT $2",
              {grid, limit}, [&](const Row& r) {
                Entry entry{r.get<Instant>(0), r.get<UserId>(1), r.get<std::string>(2), r.get<std::string>(3), {}};
                json::error_code broken;
                const json::value detail = json::parse(r.bytes(4), broken);
                if (const auto* fields = detail.is_object() ? detail.as_object().if_contains("fields") : nullptr;
                    fields && !broken)
                  for (const auto& field : fields->as_array()) entry.fields.emplace_back(field.as_string());
                out.push_back(std::move(entry));
              }));
  return out;
}

}  // namespace linli
