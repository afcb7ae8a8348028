// How many messages a second are parsed on one core? Lifelike: 500 messages of the training chats in one body.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "channels/message_json.h"

namespace {

// `messages` lines of the training chats, as an array or a line each.
std::string body_of(std::size_t messages, linli::BodyForm form) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(LINLI_SOURCE_DIR "/data/training")) {
    if (file.path().string().ends_with(".messages.jsonl")) files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  const bool array = form == linli::BodyForm::json;
  std::string body = array ? "[" : "";
  std::size_t count = 0;
  while (count < messages && !files.empty()) {
    for (const auto& file : files) {
      std::ifstream in(file);
      for (std::string line; count < messages && std::getline(in, line); ++count) {
        if (array && count) body += ',';
        body += line;
        if (!array) body += '\n';
      }
    }
  }
  return array ? body + "]" : body;
}

void parse(benchmark::State& state, linli::BodyForm form) {
  constexpr std::size_t kMessages = 500;
  const std::string body = body_of(kMessages, form);
  if (const auto batch = linli::parse_batch(body, form); !batch || batch->messages.size() != kMessages) {
    return state.SkipWithError("the answer is wrong");
  }
  for (auto _ : state) benchmark::DoNotOptimize(linli::parse_batch(body, form));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMessages));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

BENCHMARK_CAPTURE(parse, array, linli::BodyForm::json)->Repetitions(5)->ReportAggregatesOnly();
BENCHMARK_CAPTURE(parse, ndjson, linli::BodyForm::ndjson)->Repetitions(5)->ReportAggregatesOnly();

}  // namespace

BENCHMARK_MAIN();
