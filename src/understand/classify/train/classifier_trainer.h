// Learns a Classifier from labelled texts. Takes each text once and keeps counts of its n-grams, not the text: about 40
// bytes a character. Settings are chosen by cross-validation inside the texts given, near-duplicates always in the same
// part. Seeded: the same texts in the same order give the same file, byte for byte (on the same compiler and flags).
#pragma once
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "understand/classify/classifier.h"
#include "understand/classify/train/label_figures.h"
#include "understand/classify/train/linear_trainer.h"

namespace linli {

struct ClassifierOptions {
  std::vector<std::string> fields;                    // names, kept in the model
  std::vector<float> costs = {0.25f, 0.5f, 1, 2, 4};  // tried by cross-validation; one alone is taken as it is
  std::size_t folds = 5;
  std::uint32_t seen = 2;               // an n-gram must stand in so many texts
  std::size_t most_features = 150'000;  // the frequent first
  LinearOptions linear;
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

class ClassifierTrainer {
 public:
  static constexpr std::size_t kMostLabels = 200;

  explicit ClassifierTrainer(ClassifierOptions options) : options_(std::move(options)) {}

  // `label` as JSON. False: the text would bring the label after the last that is allowed.
  bool add(std::span<const std::string_view> fields, const std::string& label);
  std::size_t size() const { return texts_.size(); }
  const std::vector<std::string>& labels() const { return labels_; }
  std::size_t near_duplicates() const { return near_duplicates_; }

  struct Outcome {
    Classifier model;
    LabelFigures cross_validated;  // each text judged by a model that saw neither it nor its near-duplicates
    float cost = 1;
  };
  // Needs two labels. Once.
  Outcome train();

 private:
  struct Entry {
    std::uint32_t gram;  // index into grams_
    std::uint16_t times;
  };
  struct Text {
    std::size_t end;  // of its entries
    std::uint32_t label, fold;
  };
  struct Gram {
    std::uint32_t hash;
    std::uint8_t kind;
  };
  // What a training run on some texts sees of the n-grams.
  struct View {
    std::vector<std::uint32_t> column;  // of each n-gram; or kNone
    std::vector<std::uint32_t> gram;    // of each column, by ascending hash
    std::vector<std::uint8_t> value;    // of each column
  };
  // The texts of all folds but one; `without` == folds: all.
  View view(std::size_t without) const;
  LinearSamples samples(const View& view, bool inside, std::size_t without) const;
  void part_into_folds();
  Outcome cross_validate(std::vector<std::vector<float>>& margins);
  float steepness(const std::vector<std::vector<float>>& margins) const;
  void fill(Classifier& model, const View& view, const LinearWeights& weights) const;

  ClassifierOptions options_;
  std::vector<std::string> labels_;
  std::unordered_map<std::string, std::uint32_t> label_of_;
  std::unordered_map<std::uint32_t, std::uint32_t> gram_of_;  // by hash
  std::vector<Gram> grams_;
  std::vector<Entry> entries_;
  std::vector<Text> texts_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> sketches_;  // what near-duplicates share, and the text
  std::size_t near_duplicates_ = 0;
};

}  // namespace linli
