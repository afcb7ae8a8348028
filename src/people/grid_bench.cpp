// A city's tree: 150,000 grids. Is one below the other, how long does an import take, how long a search. Each answer is checked
// first, against the plain way: walking up parent by parent.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "people/grid_plan.h"
#include "people/grids.h"
#include "store/migrate.h"
#include "store/postgres_for_tests.h"

namespace linli {
namespace {

using Steady = std::chrono::steady_clock;
double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "wrong answer: %s\n", what);
  std::exit(1);
}

// 20 districts of 12 streets of 10 communities of 6 grids of 9 micro-grids: 150,000 and a few.
std::string city() {
  std::string out = "code,level,name,parent,places\nC,city,城,,\n";
  const auto row = [&](const std::string& code, const char* level, const std::string& parent,
                       const std::string& places) {
    out += code + "," + level + ",网格" + code + "," + parent + "," + places + "\n";
  };
  for (int d = 0; d < 20; ++d) {
    const std::string district = "C" + std::to_string(d + 10);
    row(district, "district", "C", "");
    for (int s = 0; s < 12; ++s) {
      const std::string street = district + std::to_string(s + 10);
      row(street, "street", district, "");
      for (int c = 0; c < 10; ++c) {
        const std::string community = street + std::to_string(c);
        row(community, "community", street, "");
        for (int g = 0; g < 6; ++g) {
          const std::string grid = community + std::to_string(g);
          row(grid, "grid", community, "");
          for (int m = 0; m < 9; ++m)
            row(grid + std::to_string(m), "micro_grid", grid,
                "小区" + grid + "、小区" + grid + std::to_string(m) + "栋");
        }
      }
    }
  }
  return out;
}

bool holds_by_walking(const GridTree& tree, GridId outer, GridId inner) {
  for (const Grid* grid = tree.find(inner); grid; grid = tree.find(grid->parent))
    if (grid->id == outer) return true;
  return false;
}

void run() {
  const TemporaryFolder folder;
  const Database database = Database::sqlite(folder.path() / "linli.db");
  auto connection = database.connect(Access::write).value();
  if (!migrate(connection, database)) give_up("schema");
  const std::string file = city();
  std::int64_t ids = 0;
  const Instant now = from_millis(1'790'000'000'000);

  auto start = Steady::now();
  const Table table = read_table(file).value();
  const GridPlan plan = plan_grids(
                            {}, table, {}, [&] { return GridId{++ids}; }, now)
                            .value();
  if (plan.wrong_total > 0) give_up("the table is good");
  const double planned = seconds_since(start);
  auto tx = connection.begin().value();
  if (!Grids::write(tx, plan, UserId{}, now) || !tx.commit()) give_up("written");
  const GridTree tree = after({}, plan);
  const double imported = seconds_since(start);
  start = Steady::now();
  Grids grids;
  {
    auto read = connection.begin(Access::read).value();
    if (!grids.load(read)) give_up("loaded");
  }
  const double loaded = seconds_since(start);
  if (grids.tree()->open() != plan.changes.size()) give_up("all are there");

  std::vector<std::pair<GridId, GridId>> pairs;
  for (int i = 0; i < 4'096; ++i) {
    GridId inner{i * 7919LL % ids + 1}, outer = inner;
    if (i % 2)
      for (int up = 0; up < i % 5; ++up)
        if (const Grid* grid = tree.find(outer); grid && grid->parent) outer = grid->parent;
    if (i % 2 == 0) outer = GridId{i * 104'729LL % ids + 1};
    pairs.emplace_back(outer, inner);
    if (tree.holds(outer, inner) != holds_by_walking(tree, outer, inner)) give_up("holds");
  }
  constexpr int kRounds = 200;
  std::size_t held = 0;
  const auto timed = [&](auto&& holds) {
    start = Steady::now();
    for (int round = 0; round < kRounds; ++round)
      for (const auto& [outer, inner] : pairs) held += holds(outer, inner);
    return seconds_since(start) / (kRounds * static_cast<double>(pairs.size())) * 1e9;
  };
  const double ours = timed([&](GridId a, GridId b) { return tree.holds(a, b); });
  const double walking = timed([&](GridId a, GridId b) { return holds_by_walking(tree, a, b); });
  benchmark::DoNotOptimize(held);
  start = Steady::now();
  const std::size_t found = tree.search("1234", 200).size();
  const double searched = seconds_since(start);
  if (found == 0) give_up("search");

  std::printf("%zu grids: read and planned in %.2f s, written to SQLite in %.2f s altogether, loaded in %.2f s\n",
              tree.open(), planned, imported, loaded);
  std::printf("may see: %.0f ns (walking up: %.0f ns); a search over all: %.1f ms\n", ours, walking, searched * 1e3);
}

}  // namespace
}  // namespace linli

int main() { linli::run(); }
