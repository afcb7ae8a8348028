#include <gtest/gtest.h>

#include <random>

#include "understand/model.h"
#include "understand/train/text_trainer.h"
#include "understand/train/tree_trainer.h"

namespace linli {
namespace {

TreeSamples exclusive_or() {
  TreeSamples s;
  s.features = 3;
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    const float x[3] = {static_cast<float>(random() % 100), static_cast<float>(random() % 100),
                        static_cast<float>(random() % 100)};
    s.add(x, (x[0] > 50) != (x[1] > 50), 1);
  }
  return s;
}

TEST(TreeTrainer, LearnsWhatNoLineCan) {
  TreeOptions o;
  o.columns = 1;
  const Trees trees = TreeTrainer::train(exclusive_or(), o);
  const float same[3] = {90, 80, 1}, other[3] = {90, 10, 1};
  EXPECT_LT(trees.probability(same), 0.1f);
  EXPECT_GT(trees.probability(other), 0.9f);
}

TEST(TreeTrainer, SameSamplesSameBytes) {
  std::string a, b;
  TreeTrainer::train(exclusive_or(), {}).write(a);
  TreeTrainer::train(exclusive_or(), {}).write(b);
  EXPECT_EQ(a, b);
}

TEST(TreeTrainer, SeveralClasses) {
  TreeSamples s;
  s.features = 1;
  for (int i = 0; i < 600; ++i) {
    const auto x = static_cast<float>(i % 3);
    s.add(&x, i % 3, 1);
  }
  TreeOptions o;
  o.classes = 3;
  o.columns = 1;
  const Trees trees = TreeTrainer::train(s, o);
  std::array<float, 3> p{};
  for (int c = 0; c < 3; ++c) {
    const auto x = static_cast<float>(c);
    trees.probabilities({&x, 1}, p);
    EXPECT_GT(p[static_cast<std::size_t>(c)], 0.9f);
  }
}

TEST(TreeTrainer, NothingToLearn) {
  TreeSamples s;
  s.features = 2;
  EXPECT_EQ(TreeTrainer::train(s, {}).outputs(), 1u);
}

std::vector<TextExample> texts() {
  std::vector<TextExample> out;
  const Understander u = Understander::with_model(std::make_shared<const Model>());
  for (int i = 0; i < 40; ++i) {
    Message m;
    m.text = (i % 2 ? "灯坏了没人修" : "一起去喝茶") + std::to_string(i);
    TextExample e;
    const Understanding seen = u.understand(m);
    text_features(m, seen, u.lexicon(), e.features);
    e.act = i % 2;
    e.appeal = i % 2;
    e.category = i % 2 ? 8 : -1;
    out.push_back(std::move(e));
  }
  return out;
}

TEST(TextTrainer, LearnsAndRepeats) {
  Model model;
  model.text = TextTrainer::train(texts(), {});
  std::string a, b;
  model.text.write(a);
  TextTrainer::train(texts(), {}).write(b);
  EXPECT_EQ(a, b);
  const Understander u = Understander::with_model(std::make_shared<const Model>(model));
  Message m;
  m.text = "楼道灯坏了";
  EXPECT_GT(u.understand(m).appeal, 0.5f);
  m.text = "喝茶";
  EXPECT_LT(u.understand(m).appeal, 0.5f);
}

}  // namespace
}  // namespace linli
