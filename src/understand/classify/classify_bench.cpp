// How well and how fast are texts told that nobody here wrote? Learns each public set as `linli train classify` does
// (settings by cross-validation inside the training file), judges its dev file, prints both figures, and texts a second on
// one core. Ends with 1 where a figure falls below what docs/understanding.md promises. Skips where ../shared is absent.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "understand/classify/text_lines.h"
#include "understand/classify/train/classifier_trainer.h"

namespace {

using namespace linli;
using Clock = std::chrono::steady_clock;

struct Set {
  const char* name;
  const char* folder;
  std::vector<std::string> fields;
  bool accuracy;  // else macro-F1
  double target;
};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::vector<TextLine> read(const std::filesystem::path& file, const std::vector<std::string>& fields) {
  std::vector<TextLine> out;
  auto lines = TextLines::open(file, fields, "label").value();
  while (auto line = lines.next().value()) {
    if (line->complete) out.push_back(std::move(*line));
  }
  return out;
}

bool measure(const Set& set, const std::filesystem::path& folder) {
  ClassifierOptions options;
  options.fields = set.fields;
  ClassifierTrainer trainer(options);
  for (const auto& line : read(folder / "train.jsonl", set.fields)) trainer.add(line.views(), line.label);
  const auto start = Clock::now();
  const auto outcome = trainer.train();
  const double training = seconds_since(start);
  const auto& labels = outcome.model.labels();
  const auto dev = read(folder / "dev.jsonl", set.fields);
  LabelFigures figures(labels.size());
  const auto told = Clock::now();
  for (const auto& line : dev) {
    const auto truth = static_cast<std::size_t>(std::find(labels.begin(), labels.end(), line.label) - labels.begin());
    figures.add(truth, outcome.model.classify(line.views()).label);
  }
  const double rate = static_cast<double>(dev.size()) / seconds_since(told);
  const auto figure = [&](const LabelFigures& f) { return set.accuracy ? f.accuracy() : f.macro_f1(); };
  std::printf("%-26s %s   cross-validated %.4f   dev %.4f   target %.3f   cost %.3g   %.0f s to learn   %.0f texts/s\n",
              set.name, set.accuracy ? "accuracy" : "macro-F1", figure(outcome.cross_validated), figure(figures),
              set.target, double{outcome.cost}, training, rate);
  return figure(figures) >= set.target;
}

}  // namespace

int main() {
  const auto shared = std::filesystem::path(LINLI_SOURCE_DIR) / "../shared/data";
  bool good = true;
  for (const Set& set : {Set{"letters, title", "taidi_c2020_messages", {"title"}, false, 0.875},
                         Set{"letters, title and body", "taidi_c2020_messages", {"title", "body"}, false, 0.90},
                         Set{"reviews, sentiment", "sentiment_reviews", {"text"}, true, 0.88}}) {
    if (!std::filesystem::exists(shared / set.folder)) {
      std::printf("%-26s skipped: ../shared/data/%s is not there\n", set.name, set.folder);
      continue;
    }
    good &= measure(set, shared / set.folder);
  }
  return good ? 0 : 1;
}
