// How many messages a second are understood on one core (normal form, word lists, act, appeal, category, urgency, place)?
// Rival: fastText predict (64 classes, dim 16) on the same texts in the same run, where the library is installed.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "understand/place_parser.h"
#include "understand/train/labelled_day.h"
#ifdef LINLI_FASTTEXT
#include <fasttext/fasttext.h>
#include <sstream>
#endif

namespace linli {
namespace {

struct Input {
  Understander understander = *Understander::embedded();
  std::vector<LabelledDay> days = *read_days(std::string(LINLI_SOURCE_DIR) + "/data/training");
  std::vector<Message> messages;
  PlaceParser places{days.front().directory};

  Input() {
    for (const auto& day : days) {
      for (const auto& m : day.messages) messages.push_back(m.message);
    }
    // The answer first: what is measured must be what it claims to be.
    std::size_t right = 0, all = 0;
    for (const auto& day : days) {
      for (const auto& m : day.messages)
        right += (understander.understand(m.message).appeal >= 0.5f) == (m.lead >= 0), ++all;
    }
    if (static_cast<double>(right) < 0.85 * static_cast<double>(all)) {
      std::fprintf(stderr, "understand_bench: only %zu of %zu appeals are right: data/model is broken\n", right, all);
      std::exit(1);
    }
  }
};

const Input& input() {
  static const Input i;
  return i;
}

void understand(benchmark::State& state) {
  const Input& in = input();
  Understanding u;
  std::size_t i = 0, bytes = 0;
  for (auto _ : state) {
    const Message& m = in.messages[i];
    in.understander.understand(m, u);
    benchmark::DoNotOptimize(u.appeal);
    benchmark::DoNotOptimize(in.places.parse(u.normal, u.hits, in.understander.lexicon()));
    bytes += m.text.size();
    if (++i == in.messages.size()) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(understand)->Repetitions(5)->ReportAggregatesOnly();

void normal_form(benchmark::State& state) {
  const Input& in = input();
  NormalForm n;
  std::size_t i = 0;
  for (auto _ : state) {
    normalize(in.messages[i].text, n);
    benchmark::DoNotOptimize(n.bytes.data());
    if (++i == in.messages.size()) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(normal_form);

void words(benchmark::State& state) {
  const Input& in = input();
  std::vector<NormalForm> texts;
  for (const auto& m : in.messages) texts.push_back(normalize(m.text));
  std::vector<WordHit> hits;
  std::size_t i = 0;
  for (auto _ : state) {
    in.understander.lexicon().scan(texts[i], hits);
    benchmark::DoNotOptimize(hits.data());
    if (++i == texts.size()) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(words);

#ifdef LINLI_FASTTEXT
// Characters as words, as one would prepare Chinese for it; word n-grams up to 2; 64 labels by hash.
void fasttext_predict(benchmark::State& state) {
  const Input& in = input();
  const auto spaced = [](const std::string& text) {
    std::string out;
    for (const char32_t c : normalize(text).points) {
      append_utf8(out, c);
      out += ' ';
    }
    return out;
  };
  const auto folder = std::filesystem::temp_directory_path();
  const std::string file = (folder / "linli-fasttext.txt").string();
  {
    std::ofstream out(file);
    for (std::size_t i = 0; i < in.messages.size(); ++i)
      out << "__label__" << i % 64 << ' ' << spaced(in.messages[i].text) << '\n';
  }
  fasttext::Args args;
  args.input = file;
  args.model = fasttext::model_name::sup;
  args.loss = fasttext::loss_name::softmax;
  args.dim = 16;
  args.wordNgrams = 2;
  args.minn = args.maxn = 0;
  args.epoch = 1;
  args.thread = 1;
  args.bucket = 1 << 18;
  args.verbose = 0;
  fasttext::FastText rival;
  rival.train(args);
  std::filesystem::remove(file);
  std::vector<std::string> texts;
  for (const auto& m : in.messages) texts.push_back(spaced(m.text) + "\n");
  std::size_t i = 0;
  for (auto _ : state) {
    std::istringstream text(texts[i]);
    std::vector<std::pair<fasttext::real, std::string>> out;
    rival.predictLine(text, out, 1, 0);
    benchmark::DoNotOptimize(out.data());
    if (++i == texts.size()) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(fasttext_predict)->Repetitions(5)->ReportAggregatesOnly();
#endif

}  // namespace
}  // namespace linli

BENCHMARK_MAIN();
