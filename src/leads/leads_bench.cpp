// How many messages a second go from text to their place on one core, with many groups at once? Does the time of a message
// grow with the open leads of other groups? Communities of 20 groups, each with a Leads of its own, as in production.
#include <benchmark/benchmark.h>

#include "leads/leads_for_bench.h"

namespace linli {
namespace {

void place(benchmark::State& state) {
  const auto groups = static_cast<std::size_t>(state.range(0));
  bench::Stream stream(bench::input(), groups, std::min<std::size_t>(250, 1 + 1'200'000 / groups));
  const double before = bench::resident_mb();
  MessageNumber number = 0;
  std::size_t i = 0;
  for (auto _ : state) {
    auto& [leads, m] = stream.messages[i];
    benchmark::DoNotOptimize(leads->place(++number, m));
    if (number % 2000 == 0) leads->forget();
    if (++i == stream.messages.size()) {
      state.PauseTiming();
      i = 0;
      stream.next_day();
      stream.forget();
      state.ResumeTiming();
    }
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["open_leads"] = static_cast<double>(stream.open_leads());
  state.counters["engine_mb"] = bench::resident_mb() - before;
}
BENCHMARK(place)->Arg(20)->Arg(200)->Arg(2000)->Arg(20000)->Arg(100000)->MinTime(2);

}  // namespace
}  // namespace linli

BENCHMARK_MAIN();
