// Do lists of cases stay quick with 100,000 open ones? An officer's own, a community's, a district's, and the board.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "cases/cases.h"
#include "people/holdings.h"
#include "people/users.h"
#include "store/migrate.h"

namespace linli {
namespace {

constexpr int kCases = 100'000, kCommunities = 50, kOfficers = 500;
const Instant kNow = *parse_time("2026-11-23T10:00:00+08:00");

struct District {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / "linli_cases_bench";
  Sealer sealer = Sealer::for_test();
  std::optional<Connection> connection;
  Actor officer, secretary, manager, newcomer;

  District() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    Database database = Database::sqlite(folder / "linli.db");
    connection.emplace(std::move(*database.connect(Access::write)));
    must(migrate(*connection, database));
    auto tx = must(connection->begin());
    must(tx.run(
        "INSERT INTO grids (id, level, code, name, path, opened_at) VALUES (1, 'district', 'jn', '锦宁区', 'jn', 0)"));
    for (int c = 0; c < kCommunities; ++c) {
      const std::string code = "c" + std::to_string(c);
      must(
          tx.run("INSERT INTO grids (id, parent_id, level, code, name, path, opened_at) VALUES ($1, 1, 'community', "
                 "$2, $2, 'jn/' || $2, 0)",
                 {2 + c, code}));
    }
    must(tx.run(
        "INSERT INTO grids (id, parent_id, level, code, name, path, opened_at) VALUES (99, 1, 'community', 'new', "
        "'new', 'jn/new', 0)"));
    for (int u = 0; u <= kOfficers + 2; ++u) {
      const User user{UserId{1 + u}, "u" + std::to_string(u), "小周", {}, {}};
      must(users::add(tx, user, kNow));
      const StaffRole role = u == kOfficers  ? StaffRole::secretary
                             : u > kOfficers ? StaffRole::manager
                                             : StaffRole::officer;
      const GridId grid{u == kOfficers + 2 ? 99 : u > kOfficers ? 1 : 2 + u % kCommunities};
      must(holdings::give(tx, {HoldingId{1 + u}, user.id, role, grid, {}, {}, kNoEnd, {}}, {}, kNow));
      Actor* kept = u == 0               ? &officer
                    : u == kOfficers     ? &secretary
                    : u == kOfficers + 1 ? &manager
                    : u == kOfficers + 2 ? &newcomer
                                         : nullptr;
      if (kept) *kept = must(holdings::actor(tx, user, Day{20'000}));
    }
    for (int i = 0; i < kCases; ++i) {
      Case one;
      one.id = CaseId{1'000 + i};
      one.number = "JN-" + std::to_string(i);
      one.grid_path = "jn/c" + std::to_string(i % kCommunities);
      one.category = i % 5 ? "water_leak" : "noise_life";
      one.urgency = 1 + i % 100 / 25;
      one.state = i % 3 ? CaseState::in_progress : CaseState::dispatched;
      one.opened_by = UserId{1};
      one.opened_at = one.due_from = kNow - std::chrono::minutes(i % 10'000);
      one.assignee = UserId{1 + i % kOfficers};
      one.due_at = one.opened_at + std::chrono::hours(72);
      if (one.state == CaseState::dispatched)
        one.accept_from = one.opened_at, one.accept_by = one.opened_at + std::chrono::hours(4);
      one.content.title = "3栋2单元1502天花板滴水";
      one.content.place = "锦苑3栋2单元";
      must(case_store::insert(tx, sealer, one));
    }
    must(tx.commit());
    must(connection->script("ANALYZE"));
    auto look = must(connection->begin(Access::read));
    const auto mine = must(cases::list(look, sealer, officer, {.mine = true}, kNow));
    if (mine.cases.size() != 50 || must(cases::board(look, manager, false, {}, kNow, kNow)).open != kCases)
      std::abort();
  }
  ~District() { std::filesystem::remove_all(folder); }

  template <class T>
  static T must(Result<T> result) {
    if (!result) {
      std::fprintf(stderr, "%s\n", for_terminal(result.error(), Language::en).c_str());
      std::abort();
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }
};

District& district() {
  static District one;
  return one;
}

void list(benchmark::State& state, const Actor& who, const cases::Filter& filter) {
  District& d = district();
  for (auto _ : state) {
    auto tx = District::must(d.connection->begin(Access::read));
    benchmark::DoNotOptimize(District::must(cases::list(tx, d.sealer, who, filter, kNow)));
  }
}
void mine(benchmark::State& state) { list(state, district().officer, {.mine = true}); }
void community(benchmark::State& state) { list(state, district().secretary, {}); }
void late_of_a_community(benchmark::State& state) { list(state, district().secretary, {.late = true}); }
void whole_district(benchmark::State& state) { list(state, district().manager, {}); }
void a_grid_without_any(benchmark::State& state) { list(state, district().newcomer, {}); }
void board(benchmark::State& state) {
  District& d = district();
  for (auto _ : state) {
    auto tx = District::must(d.connection->begin(Access::read));
    benchmark::DoNotOptimize(District::must(cases::board(tx, d.manager, false, {}, kNow, kNow)));
  }
}
#define ONE(name)                                                                                           \
  BENCHMARK(name)                                                                                           \
      ->Unit(benchmark::kMillisecond)                                                                       \
      ->ComputeStatistics("max", [](const std::vector<double>& v) { return *std::ranges::max_element(v); }) \
      ->Repetitions(20)                                                                                     \
      ->Iterations(1)
ONE(mine);
ONE(community);
ONE(late_of_a_community);
ONE(whole_district);
ONE(a_grid_without_any);
ONE(board);

}  // namespace
}  // namespace linli

BENCHMARK_MAIN();
