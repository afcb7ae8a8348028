// The figures that docs/understanding.md gives for texts that nobody here wrote, in short: with the settings that
// cross-validation chose, and the smallest of the sets only. All of them: classify_bench.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "understand/classify/text_lines.h"
#include "understand/classify/train/classifier_trainer.h"

namespace linli {
namespace {

TEST(PublicSets, CitizensLettersByTheirTitles) {
  const auto folder = std::filesystem::path(LINLI_SOURCE_DIR) / "../shared/data/taidi_c2020_messages";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "../shared/data/taidi_c2020_messages is not there";
  ClassifierOptions options;
  options.fields = {"title"};
  options.folds = 2;
  options.costs = {0.5f};
  ClassifierTrainer trainer(options);
  auto train = TextLines::open(folder / "train.jsonl", options.fields, "label");
  ASSERT_TRUE(train);
  for (auto line = train->next(); line && *line; line = train->next()) trainer.add((*line)->views(), (*line)->label);
  const auto outcome = trainer.train();
  EXPECT_LT(outcome.model.write().size(), 2'000'000u);

  LabelFigures figures(outcome.model.labels().size());
  auto dev = TextLines::open(folder / "dev.jsonl", options.fields, "label");
  ASSERT_TRUE(dev);
  for (auto line = dev->next(); line && *line; line = dev->next()) {
    const auto& labels = outcome.model.labels();
    const auto truth = std::find(labels.begin(), labels.end(), (*line)->label);
    ASSERT_NE(truth, labels.end());
    figures.add(static_cast<std::size_t>(truth - labels.begin()), outcome.model.classify((*line)->views()).label);
  }
  EXPECT_EQ(figures.size(), 1807u);
  EXPECT_GE(figures.macro_f1(), 0.875);
}

}  // namespace
}  // namespace linli
