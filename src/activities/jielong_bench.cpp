// What does a 接龙 message of 60 lines cost, read by itself and taken into a group's state?
// Rival: what one would write first, a std::regex over the lines; it has no houses, notes, kinds or re-posts.
#include "activities/jielong.h"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <regex>

namespace linli {
namespace {

struct Sample {
  std::string text;
  std::vector<std::string> names;
  std::vector<int> numbers;
};

// Sixty lines as they are written, in the forms that occur; the regex can read them too.
const Sample& sample() {
  static const Sample s = [] {
    constexpr std::string_view given[] = {"王姐",   "李叔", "老赵", "周伯",   "豆豆妈",
                                          "钱老师", "小满", "阿珍", "吴孃孃", "郑师傅"};
    constexpr std::string_view tails[] = {"", " 2人", "3人", " 2人 带血压计", "（上午场）"};
    constexpr int counts[] = {1, 2, 3, 2, 1};
    Sample out;
    out.text = "周六上午社区义诊，要来的接龙\n地点：活动中心一楼\n";
    for (int i = 0; i < 60; ++i) {
      const std::string house =
          std::to_string(1 + i / 20) + "-" + std::to_string(1 + i % 3) + "-" + std::to_string(101 + i * 37 % 1800);
      const std::string name(given[static_cast<std::size_t>(i) % 10]);
      out.text += std::to_string(i + 1) + ". " + house + name + std::string(tails[i % 5]) + "\n";
      out.names.push_back(name);
      out.numbers.push_back(counts[i % 5]);
    }
    return out;
  }();
  return s;
}

// Line, number, house, name, how many.
std::vector<std::pair<std::string, int>> by_regex(const std::string& text) {
  static const std::regex line(
      R"((\d+)(?:\.|、|\))\s*(\d+-\d+-\d+)?([^\s\d(]+?)\s*(?:(\d+)\s*人)?(?:\s.*|（.*|\(.*)?)");
  std::vector<std::pair<std::string, int>> out;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find('\n', begin);
    if (end == text.npos) end = text.size();
    std::match_results<std::string::const_iterator> m;
    if (std::regex_match(text.begin() + static_cast<std::ptrdiff_t>(begin),
                         text.begin() + static_cast<std::ptrdiff_t>(end), m, line))
      out.emplace_back(m[3], m[4].matched ? std::stoi(m[4]) : 1);
    begin = end + 1;
  }
  return out;
}

// The answer first.
void check() {
  const Sample& s = sample();
  const JielongText read = parse_list(s.text);
  const auto rival = by_regex(s.text);
  bool right = read.kind == JielongKind::sign_up && read.lines.size() == 60 && rival.size() == 60;
  for (std::size_t i = 0; right && i < 60; ++i)
    right = read.lines[i].name == s.names[i] && read.lines[i].number == s.numbers[i] && rival[i].first == s.names[i] &&
            rival[i].second == s.numbers[i];
  JielongState state;
  step(state, {"u1", "王姐", s.text, {}});
  const auto changes = step(state, {"u2", "孙哥", s.text + "61. 孙哥\n", {}});
  right = right && changes.size() == 1 && state.lists.at(0).entries.size() == 61;
  if (right) return;
  std::fprintf(stderr, "jielong_bench: the list of 60 lines is read wrongly (%zu lines, rival %zu)\n",
               read.lines.size(), rival.size());
  std::exit(1);
}

void read_60_lines(benchmark::State& state) {
  check();
  for (auto _ : state) benchmark::DoNotOptimize(parse_list(sample().text));
}
BENCHMARK(read_60_lines)->Unit(benchmark::kMicrosecond)->Repetitions(9)->ReportAggregatesOnly();

void regex_60_lines(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(by_regex(sample().text));
}
BENCHMARK(regex_60_lines)->Unit(benchmark::kMicrosecond)->Repetitions(9)->ReportAggregatesOnly();

// A re-post of 60 lines with one more, into a state that knows the 60 and 15 versions of them.
void repost_60_lines(benchmark::State& state) {
  JielongState known;
  for (int i = 0; i < 15; ++i) step(known, {"u1", "王姐", sample().text, {}});
  const std::string longer = sample().text + "61. 孙哥\n";
  for (auto _ : state) {
    state.PauseTiming();
    JielongState copy = known;
    state.ResumeTiming();
    benchmark::DoNotOptimize(step(copy, {"u2", "孙哥", longer, {}}));
  }
}
BENCHMARK(repost_60_lines)->Unit(benchmark::kMicrosecond)->Repetitions(9)->ReportAggregatesOnly();

// What every other message of a group costs.
void chatter(benchmark::State& state) {
  JielongState known;
  step(known, {"u1", "王姐", sample().text, {}});
  for (auto _ : state)
    benchmark::DoNotOptimize(step(known, {"u3", "4-1-302老郭", "今天菜市场的豌豆尖好贵哦，八块钱一斤", {}}));
}
BENCHMARK(chatter)->Unit(benchmark::kMicrosecond)->Repetitions(9)->ReportAggregatesOnly();

}  // namespace
}  // namespace linli

BENCHMARK_MAIN();
