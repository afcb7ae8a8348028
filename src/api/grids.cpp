#include "people/grids.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "api/handlers.h"
#include "api/input.h"
#include "api/people.h"
#include "api/table_json.h"
#include "people/grid_plan.h"

namespace linli::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostChanges = 500;  // that an answer shows
constexpr std::string_view kXlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

const Error kUnknown{Errc::not_found, Where::at_field("grid"), {}};

json::array texts_json(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

// What summaries and whole grids share.
json::object grid_json(const GridTree& tree, const Groups& groups, const Grid& grid) {
  json::object out = grid_name_json(grid);
  json::array line;
  for (const Grid* above : tree.line(grid.parent)) line.push_back(grid_name_json(*above));
  out["aliases"] = texts_json(grid.aliases);
  out["line"] = std::move(line);
  out["children"] = tree.child_count(grid.id);
  out["groups"] = groups.bound_to(grid.id);
  return out;
}

json::object summary_json(const GridTree& tree, const Groups& groups, const Grid& grid) {
  json::object out = grid_json(tree, groups, grid);
  out["places"] = grid.places.size();
  return out;
}

Result<json::object> whole_json(Tx& tx, const GridTree& tree, const Groups& groups, const Grid& grid) {
  auto entries = Grids::history(tx, grid.id, 100);
  if (!entries) return tl::unexpected(std::move(entries).error());
  json::array history;
  for (const Grids::Entry& entry : *entries)
    history.push_back(json::object{{"at", format_time(entry.at)},
                                   {"by", entry.by_name.empty() ? json::value() : json::value(entry.by_name)},
                                   {"kind", entry.kind},
                                   {"fields", texts_json(entry.fields)}});
  json::object out = grid_json(tree, groups, grid);
  json::error_code broken;
  out["places"] = texts_json(grid.places);
  out["boundary"] = grid.boundary.empty() ? json::value() : json::parse(grid.boundary, broken);
  out["opened_at"] = format_time(grid.opened_at);
  out["closed_at"] = grid.closed_at ? json::value(format_time(*grid.closed_at)) : json::value();
  out["history"] = std::move(history);
  return out;
}

json::object plan_json(const GridPlan& plan, bool applied, Language language) {
  json::object out{{"applied", applied}};
  for (const auto kind :
       {GridChange::Kind::opened, GridChange::Kind::changed, GridChange::Kind::closed, GridChange::Kind::reopened})
    out[linli::name(kind)] = std::ranges::count(plan.changes, kind, &GridChange::kind);
  out["unchanged"] = plan.unchanged;
  out["missing"] = plan.missing;
  out["wrong_total"] = plan.wrong_total;
  json::array changes;
  for (std::size_t i = 0; i < std::min(kMostChanges, plan.changes.size()); ++i) {
    const GridChange& change = plan.changes[i];
    changes.push_back(json::object{{"kind", linli::name(change.kind)},
                                   {"line", change.line},
                                   {"code", change.grid.code},
                                   {"level", linli::name(change.grid.level)},
                                   {"name", change.grid.name},
                                   {"fields", texts_json(change.fields)}});
  }
  out["wrong"] = wrong_json(plan.wrong, language);
  out["changes"] = std::move(changes);
  return out;
}

Result<GridPlan> plan_for(Call& call, const GridTree& tree, const Table& table, const GridPlanOptions& options) {
  return plan_grids(
      tree, table, options, [&call] { return call.services.ids.draw<GridId>(); }, call.services.clock.now());
}

// A plan that was written: the tree in memory changes after the commit, and places with it.
struct Change {
  std::shared_ptr<const GridTree> base, next;
  std::shared_ptr<const GridPlan> plan;

  // Error: not_allowed, when a grid of the plan lies, or lay, where the actor changes none.
  static Result<Change> write(Call& call, Tx& tx, std::shared_ptr<const GridTree> base, GridPlan plan) {
    for (const GridChange& change : plan.changes) {
      const Grid* before = base->find(change.grid.id);
      if (!call.actor().may(Right::grids_change, change.grid.path) ||
          (before && !call.actor().may(Right::grids_change, before->path)))
        return fail(Errc::not_allowed, Where::at_field("code"));
    }
    LINLI_TRY(Grids::write(tx, plan, call.actor().id, call.services.clock.now()));
    if (!plan.changes.empty()) {
      const std::string one = plan.changes.size() == 1 ? to_text(plan.changes.front().grid.id) : std::string();
      LINLI_TRY(record(call, tx, "grid.changed", one.empty() ? "" : "grid", one, change_counts(plan)));
    }
    auto next = std::make_shared<const GridTree>(after(*base, plan));
    return Change{std::move(base), std::move(next), std::make_shared<const GridPlan>(std::move(plan))};
  }
  std::function<void()> kept(Services& services) const {
    return [&services, change = *this] {
      services.grids.keep(change.base, change.next, *change.plan);
      if (services.directories_changed) services.directories_changed();
    };
  }
};

}  // namespace

void list_grids(Call call) {
  const auto tree = call.services.grids.tree();
  std::size_t limit = 200;
  if (const auto text = call.request.query_value("limit")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc() || end != text->data() + text->size() || limit < 1 || limit > 1'000)
      return call.fail({Errc::bad_value, Where::at_field("limit"), {{"allowed", "1 … 1000"}}});
  }
  std::vector<const Grid*> found;
  if (const auto text = call.request.query_value("q")) {
    found = tree->search(*text, limit);
  } else if (const auto parent = call.request.query_value("parent")) {
    const auto id = parse_id<GridTag>(*parent);
    if (!id || !tree->find(*id)) return call.fail({Errc::not_found, Where::at_field("parent"), {}});
    found = tree->children(*id);
  } else {
    found = tree->roots();
  }
  json::array list;
  for (std::size_t i = 0; i < std::min(limit, found.size()); ++i)
    list.push_back(summary_json(*tree, call.services.groups, *found[i]));
  call.answer(json_answer(200, json::serialize(json::object{{"grids", std::move(list)}, {"total", tree->open()}})));
}

void get_grid(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    const auto tree = c.services.grids.tree();
    const auto id = parse_id<GridTag>(c.request.params[0]);
    const Grid* grid = id ? tree->find(*id) : nullptr;
    if (!grid) return tl::unexpected(kUnknown);
    auto whole = whole_json(tx, *tree, c.services.groups, *grid);
    if (!whole) return tl::unexpected(std::move(whole).error());
    return json_answer(200, json::serialize(*whole));
  });
}

// One grid is a table of one row: the same rules, the same words.
void put_grid(Call call) {
  Input in(call.request);
  Table table{{{1, {"code", "level", "name", "parent"}}, {1, {}}}};
  auto& header = table.rows[0].cells;
  auto& row = table.rows[1].cells;
  const std::string code = in.text("code", 1, 32);
  row = {code, in.text("level", 1, 20), in.text("name", 1, 64), in.optional_text("parent", 0, 32).value_or("")};
  for (const char* list : {"aliases", "places"}) {
    if (!in.has(list)) continue;
    std::string joined;
    for (const std::string& text : in.texts(list, 5'000, 1, 64)) (joined += joined.empty() ? "" : "\n") += text;
    header.emplace_back(list);
    row.push_back(std::move(joined));
  }
  const bool stays = !in.has("parent");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [table, code, stays](Call& c, Tx& tx) mutable -> Result<Written> {
    const auto tree = c.services.grids.tree();
    if (const Grid* known = tree->find_code(code); known && stays)
      if (const Grid* parent = tree->find(known->parent)) table.rows[1].cells[3] = parent->code;
    auto plan = plan_for(c, *tree, table, {});
    if (!plan) return tl::unexpected(std::move(plan).error());
    if (plan->wrong_total > 0) {
      Error error = plan->wrong.front().error;
      error.where = Where::at_field(plan->wrong.front().column);
      return tl::unexpected(std::move(error));
    }
    auto change = Change::write(c, tx, tree, std::move(*plan));
    if (!change) return tl::unexpected(std::move(change).error());
    auto whole = whole_json(tx, *change->next, c.services.groups, *change->next->find_code(code));
    if (!whole) return tl::unexpected(std::move(whole).error());
    return Written{json_answer(200, json::serialize(*whole)), change->kept(c.services)};
  });
}

void import_grids(Call call) {
  const auto apply = flag(call.request, "apply"), close_missing = flag(call.request, "close_missing");
  if (!apply) return call.fail(apply.error());
  if (!close_missing) return call.fail(close_missing.error());
  // Reading the file takes as long as it is: never on the writer's thread.
  auto shared = std::make_shared<Call>(std::move(call));
  const GridPlanOptions options{*close_missing};
  auto taken = shared->services.readers.submit([shared, options, apply = *apply](Result<Tx*> tx) {
    if (!tx) return shared->fail(tx.error());
    auto table = read_table(shared->request.body);
    if (!table) return shared->fail(table.error());
    if (!apply) {
      auto plan = plan_for(*shared, *shared->services.grids.tree(), *table, options);
      if (!plan) return shared->fail(plan.error());
      return shared->answer(json_answer(200, json::serialize(plan_json(*plan, false, shared->language))));
    }
    write(
        std::move(*shared),
        [table = std::move(*table), options](Call& c, Tx& wtx) -> Result<Written> {
          const auto tree = c.services.grids.tree();
          auto plan = plan_for(c, *tree, table, options);
          if (!plan) return tl::unexpected(std::move(plan).error());
          if (plan->wrong_total > 0)
            return Written{json_answer(200, json::serialize(plan_json(*plan, false, c.language))), {}};
          auto change = Change::write(c, wtx, tree, std::move(*plan));
          if (!change) return tl::unexpected(std::move(change).error());
          return Written{json_answer(200, json::serialize(plan_json(*change->plan, true, c.language))),
                         change->kept(c.services)};
        },
        Guard::bare);
  });
  if (!taken) shared->fail(taken.error());
}

void export_grids(Call call) {
  const std::string format = call.request.query_value("format").value_or("csv");
  if (format != "csv" && format != "xlsx")
    return call.fail({Errc::bad_value, Where::at_field("format"), {{"allowed", "csv, xlsx"}}});
  read(std::move(call), [format](Call& c, Tx&) -> Result<Response> {
    const bool xlsx = format == "xlsx";
    auto bytes = write_table(grid_table(*c.services.grids.tree()), xlsx ? TableForm::xlsx : TableForm::csv);
    if (!bytes) return tl::unexpected(std::move(bytes).error());
    Response response;
    response.content_type = xlsx ? std::string(kXlsx) : "text/csv; charset=utf-8";
    response.body = std::move(*bytes);
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"linli-grids." + format + "\"");
    return response;
  });
}

}  // namespace linli::api
