// A city's tree: 150,000 grids with three places each, 200,000 people. Is one grid below the other, may a person do it there,
// where does a place lie, how long does an import take, how long a search. Each answer is checked first, against the plain
// way: walking up parent by parent, looking through all places.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "people/grid_plan.h"
#include "people/grids.h"
#include "people/holdings.h"
#include "people/routing.h"
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

// A name that no other has: its code's digits, in words.
std::string named(const std::string& code) {
  constexpr const char* words[] = {"春", "夏", "秋", "冬", "梅", "兰", "竹", "菊", "松", "柏"};
  std::string out;
  for (const char c : code)
    if (c >= '0' && c <= '9') out += words[c - '0'];
  return out;
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
                named(grid) + "苑、" + named(grid) + "苑" + std::to_string(m + 1) + "栋、" +
                    named(grid + std::to_string(m)) + "超市");
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

// ---- may a person do it there ----

bool may_by_walking(const GridTree& tree, const Actor& actor, Right right, const Grid& grid) {
  for (const Holding& h : actor.holdings)
    if (has(rights_of(h.role), right) && (!h.grid || holds_by_walking(tree, h.grid, grid.id))) return true;
  return false;
}

void bench_may(const GridTree& tree) {
  constexpr std::size_t kPeople = 200'000;
  std::uint64_t seed = 1;
  const auto draw = [&](std::size_t below) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(seed >> 33) % below;
  };
  const auto all = tree.all();
  std::vector<Actor> people(kPeople);
  for (std::size_t i = 0; i < kPeople; ++i) {
    people[i].id = UserId{static_cast<std::int64_t>(i) + 1};
    for (std::size_t n = 1 + draw(3); n > 0; --n) {
      const Grid* grid = &all[draw(all.size())];
      for (std::size_t up = draw(4); up > 0 && grid->parent; --up) grid = tree.find(grid->parent);
      people[i].holdings.push_back({HoldingId{1},
                                    people[i].id,
                                    static_cast<StaffRole>(1 + draw(kStaffRoles - 1)),
                                    grid->id,
                                    grid->path,
                                    {},
                                    kNoEnd,
                                    {}});
    }
  }
  struct Check {
    const Actor* who;
    Right right;
    const Grid* where;
  };
  std::vector<Check> checks;
  std::size_t yes = 0;
  for (int i = 0; i < 65'536; ++i) {
    const Actor& who = people[draw(kPeople)];
    const Grid* where = &all[draw(all.size())];
    if (i % 2) {  // below one of theirs
      where = tree.find(who.holdings[draw(who.holdings.size())].grid);
      while (tree.child_count(where->id) > 0) where = tree.children(where->id)[draw(tree.child_count(where->id))];
    }
    checks.push_back({&who, static_cast<Right>(draw(kRights)), where});
    const Check& c = checks.back();
    const bool may = c.who->may(c.right, c.where->path);
    if (may != may_by_walking(tree, *c.who, c.right, *c.where)) give_up("may");
    yes += may;
  }
  if (yes == 0 || yes == checks.size()) give_up("some may and some may not");
  std::vector<double> rounds;
  std::size_t granted = 0;
  for (int round = 0; round < 50; ++round) {
    const auto start = Steady::now();
    for (const Check& c : checks) granted += c.who->may(c.right, c.where->path);
    rounds.push_back(seconds_since(start) / static_cast<double>(checks.size()) * 1e9);
  }
  benchmark::DoNotOptimize(granted);
  std::ranges::sort(rounds);
  std::printf("may a person do it there: median %.0f ns, p99 of rounds %.0f ns (%zu people, %.0f %% may)\n", rounds[25],
              rounds[49], kPeople, 100.0 * static_cast<double>(yes) / static_cast<double>(checks.size()));
}

// ---- where does a place lie ----

// All names that stand in the text, of one community where it has any; the longest; its deepest grid.
GridId placed_plainly(const GridTree& tree, const std::vector<std::pair<std::string, const Grid*>>& places,
                      const std::string& text, const Grid* community) {
  const std::string key = place_key(text);
  std::vector<const Grid*> best;
  std::size_t length = 0;
  for (const bool own : {true, false}) {
    for (const auto& [name, grid] : places) {
      if (key.find(name) == key.npos || (own && !holds_by_walking(tree, community->id, grid->id))) continue;
      if (name.size() > length) best.clear(), length = name.size();
      if (name.size() == length) best.push_back(grid);
    }
    if (!best.empty()) break;
  }
  return best.size() == 1 ? best.front()->id : GridId{};
}

void bench_routing(const std::shared_ptr<const GridTree>& tree) {
  auto start = Steady::now();
  const PlaceIndex index(tree);
  const double built = seconds_since(start);
  struct Query {
    std::string place, sender;
    GridId group;
    GridId at;
  };
  std::vector<Query> queries;
  std::vector<std::pair<std::string, const Grid*>> places;
  std::vector<const Grid*> micro;
  for (const Grid& g : tree->all()) {
    for (const std::string& place : g.places) places.emplace_back(place_key(place), &g);
    if (g.level == GridLevel::micro_grid) micro.push_back(&g);
  }
  const Corrections nothing_taught;
  for (std::size_t i = 0; i < 8'192; ++i) {
    const Grid& at = *micro[i * 104'729 % micro.size()];
    const Grid& other = *micro[i * 7'919 % micro.size()];
    const std::string& building =
        *std::ranges::find_if(at.places, [](const std::string& p) { return p.ends_with("栋"); });
    const GridId community = tree->above(at.id, GridLevel::community)->id;
    switch (i % 4) {
      case 0: queries.push_back({building + "2单元1502", "", community, at.id}); break;
      case 1:
        queries.push_back({building + "2单元1502室", "", tree->above(other.id, GridLevel::community)->id, at.id});
        break;
      case 2: queries.push_back({"门口的" + named(at.code) + "超市", "", community, at.id}); break;
      case 3:
        queries.push_back({"", building.substr(building.rfind("苑") + 3, 1) + "-2-1502李姐", at.parent, at.id});
        break;
    }
    const Query& q = queries.back();
    if (index.route({q.place, q.sender, q.group, {}}, nothing_taught).grid != q.at) give_up("routed");
    if (i % 64 < 3 && placed_plainly(*tree, places, q.place, tree->above(q.group, GridLevel::community)) != q.at)
      give_up("routed as by looking through all");
  }
  std::vector<double> rounds;
  for (int round = 0; round < 30; ++round) {
    start = Steady::now();
    for (const Query& q : queries)
      benchmark::DoNotOptimize(index.route({q.place, q.sender, q.group, {}}, nothing_taught));
    rounds.push_back(seconds_since(start) / static_cast<double>(queries.size()) * 1e6);
  }
  std::ranges::sort(rounds);
  std::printf("where a place lies: median %.2f µs, p99 of rounds %.2f µs (%zu places; index built in %.2f s)\n",
              rounds[15], rounds[29], places.size(), built);
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
  std::printf("is one below the other: %.0f ns (walking up: %.0f ns); a search over all: %.1f ms\n", ours, walking,
              searched * 1e3);
  bench_may(*grids.tree());
  bench_routing(grids.tree());
}

}  // namespace
}  // namespace linli

int main() { linli::run(); }
