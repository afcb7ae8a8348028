// How late are the steps of promises when many are due? 20,000 leads, spread over 400 grids, whose step falls into one minute, and
// the worst of it: all in one second. Is each recorded once? On SQLite, and on PostgreSQL where its
// binaries are.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "base/words.h"
#include "leads/lead_store.h"
#include "notify/watch.h"
#include "people/holdings.h"
#include "store/migrate.h"
#include "store/postgres_for_tests.h"

namespace linli::notify {
namespace {

using namespace std::chrono_literals;
using Stopwatch = std::chrono::steady_clock;

constexpr int kLeads = 20'000, kGrids = 400;

template <class T>
T need(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "%s\n", for_terminal(result.error(), Language::en).c_str());
  std::exit(1);
}

double seconds(Stopwatch::duration time) { return std::chrono::duration<double>(time).count(); }

void run(const char* name, const Database& database, bool in_one_second) {
  auto connection = need(database.connect(Access::write));
  need(migrate(connection, database));
  const Instant start = *parse_time("2026-11-23T10:00:00+08:00");
  ManualClock clock(start);
  IdSource ids(clock);
  Sealer sealer = Sealer::for_test();
  Grids grids;
  Writer writer(std::move(connection), Writer::Options{});
  Outbox outbox(writer);
  Readers readers(database, 2);
  need(writer
           .write([&](Tx& tx) -> Result<bool> {
             for (int g = 1; g <= kGrids; ++g) {
               const std::string code = "c" + std::to_string(g);
               LINLI_TRY(
                   tx.run("INSERT INTO grids (id, level, code, name, path, opened_at) VALUES ($1, 'community', $2, "
                          "$2, $2, 0)",
                          {g, code}));
               for (const StaffRole role : {StaffRole::agent, StaffRole::shift_leader, StaffRole::secretary}) {
                 const User user{
                     ids.draw<UserId>(), "u" + std::to_string(g) + std::string(linli::name(role)), "x", {}, {}};
                 LINLI_TRY(users::add(tx, user, start));
                 LINLI_TRY(holdings::give(tx, {ids.draw<HoldingId>(), user.id, role, GridId{g}, {}, {}, kNoEnd, {}}, {},
                                          start));
               }
             }
             LINLI_TRY(grids.load(tx));
             for (int i = 0; i < kLeads; ++i) {
               Lead lead;
               lead.id = ids.draw<LeadId>();
               lead.opening = ids.draw<MessageId>();
               lead.revision = 1;
               lead.grid_path = "c" + std::to_string(1 + i % kGrids);
               lead.category = "water_leak";
               lead.urgency = 3;
               const milliseconds spread = in_one_second ? 0ms : milliseconds(std::int64_t{60'000} * i / kLeads);
               lead.asked_at = lead.opened_at = lead.latest_at = start + spread;
               LINLI_TRY(lead_store::insert(tx, sealer, lead));
             }
             return true;
           })
           .get());
  {
    auto looking = need(database.connect(Access::write));
    need(looking.script("ANALYZE").map([] { return true; }));  // as a database that has lived a while
  }
  Watch watch(writer, readers, sealer, ids, clock, TimeZone::shanghai(), grids, false, [] {});
  for (const auto& [step, after] :
       {std::pair("amber", 5min), std::pair("call_leader", 10min), std::pair("breach", 15min)}) {
    std::vector<double> looks;
    std::size_t steps = 0;
    for (int second = 0; second <= 60; ++second) {
      clock.set(start + after + std::chrono::seconds(second));
      const auto began = Stopwatch::now();
      steps += need(watch.tick()).steps;
      looks.push_back(seconds(Stopwatch::now() - began));
    }
    std::ranges::sort(looks);
    // A step that falls between two looks waits for the next: a second, and that look's own time.
    std::printf("%-10s %-10s %-12s %6zu steps   a look: median %7.1f ms   greatest %7.1f ms\n", name,
                in_one_second ? "at once" : "a minute", step, steps, looks[30] * 1e3, looks.back() * 1e3);
    if (steps != static_cast<std::size_t>(kLeads)) std::exit(1);
  }
  const auto written =
      need(readers
               .read([](Tx& tx) {
                 return tx.value<std::int64_t>("SELECT COUNT(*) FROM outbox WHERE kind LIKE 'promise.%'");
               })
               .get());
  if (written != 3 * kLeads) {
    std::fprintf(stderr, "%lld events, not %d\n", static_cast<long long>(written.value_or(0)), 3 * kLeads);
    std::exit(1);
  }
  writer.stop();
  readers.stop();
}

}  // namespace
}  // namespace linli::notify

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  using namespace linli;
  for (const bool at_once : {false, true}) {
    TemporaryFolder folder;
    notify::run("SQLite", Database::sqlite(folder.path() / "linli.db"), at_once);
    if (auto* server = PostgresForTests::instance())
      notify::run("PostgreSQL", Database::postgres(server->fresh_url()), at_once);
  }
}
