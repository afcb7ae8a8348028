// How many messages a second go from text to their place on one core, with many groups at once? Does the time of a message
// grow with the open leads of other groups? Communities of 20 groups, each with a Leads of its own, as in production.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "leads/collect.h"
#include "understand/train/labelled_day.h"

namespace linli {
namespace {

struct Input {
  Understander understander = *Understander::embedded();
  std::vector<LabelledDay> days = *read_days(std::string(LINLI_SOURCE_DIR) + "/data/training");

  Input() {
    // The answer first: most labelled messages must stand in leads, most others must not.
    std::size_t right = 0, all = 0;
    for (std::size_t d = 0; d < days.size(); d += 5) {
      std::vector<Message> messages;
      for (const auto& m : days[d].messages) messages.push_back(m.message);
      collect_leads(understander, days[d].directory, messages, [&](std::size_t i, const Placement& p) {
        right += p.lead.has_value() == (days[d].messages[i].lead >= 0);
        ++all;
      });
    }
    if (static_cast<double>(right) < 0.85 * static_cast<double>(all)) {
      std::fprintf(stderr, "leads_bench: only %zu of %zu messages stand right: data/model is broken\n", right, all);
      std::exit(1);
    }
  }
};

const Input& input() {
  static const Input i;
  return i;
}

// What the engines have taken since is the difference of two.
double resident_mb() {
  std::ifstream in("/proc/self/statm");
  double pages = 0;
  in >> pages >> pages;
  return pages * 4096 / (1 << 20);
}

// A day's groups are copied until there are `groups` of them; their messages come interleaved, minute by minute.
void place(benchmark::State& state) {
  const Input& in = input();
  const auto groups = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t kCommunity = 20;
  struct Copy {
    const LabelledDay* day;
    std::string suffix;
  };
  std::vector<std::unique_ptr<Leads>> communities;
  std::vector<std::pair<Leads*, Message>> stream;
  std::size_t made = 0;
  std::vector<std::vector<std::pair<Leads*, Message>>> talks;
  std::vector<PlaceDirectory> directories;
  while (made < groups) {
    PlaceDirectory directory;
    std::vector<std::vector<std::pair<Leads*, Message>>> mine;
    std::size_t in_community = 0;
    while (in_community < kCommunity && made < groups) {
      const LabelledDay& day = in.days[made % in.days.size()];
      const std::string suffix = "#" + std::to_string(made);
      for (auto g : day.directory.groups) {
        g.group += suffix;
        directory.groups.push_back(std::move(g));
      }
      directory.places.insert(directory.places.end(), day.directory.places.begin(), day.directory.places.end());
      std::vector<std::pair<Leads*, Message>> talk;
      for (const auto& m : day.messages) {
        Message copy = m.message;
        copy.group += suffix;
        copy.id += suffix;
        if (!copy.reply_to.empty()) copy.reply_to += suffix;
        talk.emplace_back(nullptr, std::move(copy));
      }
      mine.push_back(std::move(talk));
      in_community += day.directory.groups.size();
      made += day.directory.groups.size();
    }
    communities.push_back(std::make_unique<Leads>(in.understander, directory));
    for (auto& talk : mine) {
      for (auto& [leads, m] : talk) leads = communities.back().get();
      talks.push_back(std::move(talk));
    }
  }
  const std::size_t at_most = 400'000 / std::max<std::size_t>(1, talks.size());
  for (std::size_t i = 0; i < std::min<std::size_t>(at_most, 250); ++i) {
    for (auto& talk : talks) {
      if (i < talk.size()) stream.push_back(talk[i]);
    }
  }
  const double before = resident_mb();
  // Each pass is a day later, so that nothing is a message seen before and time goes on.
  MessageNumber number = 0;
  std::size_t i = 0, pass = 0;
  for (auto _ : state) {
    auto& [leads, m] = stream[i];
    benchmark::DoNotOptimize(leads->place(++number, m));
    if (++i == stream.size()) {
      state.PauseTiming();
      i = 0;
      ++pass;
      for (auto& [l, message] : stream) {
        message.sent_at += std::chrono::hours(24);
        message.id += "'";
        if (!message.reply_to.empty()) message.reply_to += "'";
      }
      state.ResumeTiming();
    }
  }
  state.SetItemsProcessed(state.iterations());
  std::size_t open = 0;
  for (const auto& l : communities) open += l->all().size();
  state.counters["open_leads"] = static_cast<double>(open);
  state.counters["engine_mb"] = resident_mb() - before;
}
BENCHMARK(place)->Arg(20)->Arg(200)->Arg(2000)->Arg(20000)->Arg(100000)->MinTime(2);

}  // namespace
}  // namespace linli

BENCHMARK_MAIN();
