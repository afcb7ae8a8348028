// Tells which of a set of labels a text has: any set, learned from any labelled texts (train/classifier_trainer.h). The
// same normal form, n-grams and bytes for weights as the product's own text model (grams.h, text_model.h), without its
// word lists, roles and fixed outputs. Immutable after loading: any thread may call; deterministic; no network.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace linli {

// The n-grams of a text in one or several fields, as a classifier counts them: each kind once, ascending by hash.
struct GramCount {
  std::uint32_t hash;
  std::uint16_t times;
  std::uint8_t kind;  // length of the n-gram - 1; + kOwn: of the first field alone
};
struct ClassifierFeatures {
  static constexpr std::uint8_t kOwn = 4;
  // A text of several fields shows the n-grams of them all, and those of its first field (a title) once more by themselves.
  // Of a field the first kMostPoints code points are read.
  static constexpr std::size_t kMostPoints = 20'000;
  static void count(std::span<const std::string_view> fields, std::vector<GramCount>& out);
  // Long n-grams repeat what the short ones in them say; a title says more than a body.
  static float importance(std::uint8_t kind) {
    constexpr std::array<float, 4> by_length = {1, 1, 0.6f, 0.3f};
    return by_length[kind & 3] * (kind & kOwn ? 2.0f : 1.0f);
  }
};

class Classifier {
 public:
  struct Answer {
    std::size_t label = 0;  // index into labels()
    float score = 0;        // probability of it, calibrated on texts that training kept aside
  };

  const std::vector<std::string>& labels() const { return labels_; }  // as JSON: "环境保护" with its quotes, or 1
  const std::vector<std::string>& fields() const { return fields_; }  // names in the training file
  const std::string& figures() const { return figures_; }             // JSON object of cross-validated figures
  std::size_t features() const { return rows_; }

  // One text for each of fields(); an empty one says nothing.
  Answer classify(std::span<const std::string_view> fields) const;
  // The margins of all labels: above 0 speaks for a label.
  void margins(std::span<const std::string_view> fields, std::vector<float>& out) const;

  std::string write() const;
  // `source` names the file in errors (model_broken).
  static Result<Classifier> read(std::string_view bytes, std::string_view source);

 private:
  friend class ClassifierTrainer;
  static constexpr float kValueStep = 1.0f / 12;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  std::uint32_t find(std::uint32_t hash) const;
  void index();

  std::vector<std::string> labels_, fields_;
  std::string figures_;
  float steepness_ = 1;              // from margins to probabilities
  std::vector<float> scale_, bias_;  // of each label
  // Rows by ascending hash.
  std::size_t rows_ = 0;
  std::vector<std::uint32_t> hash_;
  std::vector<std::uint8_t> value_;   // rarity times importance, in steps of kValueStep
  std::vector<std::int8_t> weights_;  // labels a row
  std::vector<std::uint32_t> slots_;  // open addressing over the rows; built at loading
};

}  // namespace linli
