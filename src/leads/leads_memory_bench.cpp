// How much memory do the engines of 2,000 groups take as days go by, and does it stop growing? Millions of messages, days of
// chat one after the other; open leads are those of 72 hours.
//   leads_memory_bench [MILLIONS] [GROUPS]
#include <malloc.h>

#include "leads/leads_for_bench.h"

int main(int argc, char** argv) {
  using namespace linli;
  const double millions = argc > 1 ? std::atof(argv[1]) : 2;
  const auto groups = static_cast<std::size_t>(argc > 2 ? std::atol(argv[2]) : 2000);
  bench::Stream stream(bench::input(), groups, 250);
  malloc_trim(0);
  const double before = bench::resident_mb();
  std::printf("%zu groups in %zu communities, %zu messages a day\n", groups, stream.communities.size(),
              stream.messages.size());
  std::printf("%10s %6s %10s %10s %10s %10s %10s\n", "messages", "days", "leads", "ready", "digests", "B/digest", "MB");
  const auto wanted = static_cast<MessageNumber>(millions * 1e6);
  MessageNumber number = 0;
  for (int day = 1; number < wanted; ++day) {
    for (auto& [leads, m] : stream.messages) {
      leads->place(++number, m);
      if (number == wanted) break;
    }
    stream.forget();
    Leads::Sizes sum;
    for (const auto& l : stream.communities) {
      const Leads::Sizes s = l->sizes();
      sum.leads += s.leads, sum.ready += s.ready, sum.digests += s.digests, sum.digest_bytes += s.digest_bytes;
    }
    std::printf("%10lld %6d %10zu %10zu %10zu %10.0f %10.1f\n", static_cast<long long>(number), day, sum.leads,
                sum.ready, sum.digests, static_cast<double>(sum.digest_bytes) / static_cast<double>(sum.digests),
                bench::resident_mb() - before);
    std::fflush(stdout);
    stream.next_day();
  }
}
