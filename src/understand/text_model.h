// The linear model over hashed character n-grams (1-4) and word-list features: one row of 64 signed bytes, one cache line,
// for each n-gram that the training texts hold twice or more. A tag of 8 bits keeps n-grams that were never seen from
// speaking by accident and from costing a cache line.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "understand/lexicon.h"
#include "understand/understand.h"

namespace linli {

// Columns of a row.
struct Outputs {
  static constexpr std::size_t act = 0, category = 9, urgency = 57, appeal = 61, opens = 62, reply = 63, count = 64;
};

// What a text shows to the model, before any weights: hashes of its n-grams and of its other features.
struct TextFeatures {
  std::vector<std::uint64_t> grams;  // in order of appearance; some more than once
  std::vector<std::uint64_t> facts;  // word lists, role, type, form
};
// The fact that a word of a category's list is there: the trainer starts from what the lists say.
std::uint64_t category_fact(std::size_t category, bool strong);
// Needs `u.normal`. Long texts: the first 300 characters and the last 60.
void text_grams(const Understanding& u, TextFeatures& out);
// Needs normal, hits, signs, strong and weak of `u`.
void text_facts(const Message& message, const Understanding& u, const Lexicon& lexicon, TextFeatures& out);
// Both.
void text_features(const Message& message, const Understanding& u, const Lexicon& lexicon, TextFeatures& out);

class TextModel {
 public:
  static constexpr std::size_t kSlotBits = 16, kSlots = std::size_t{1} << kSlotBits, kWays = 2;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  // The row of a feature, or kNone.
  std::uint32_t find(std::uint64_t hash) const {
    const auto slot = static_cast<std::uint32_t>(hash >> 16 & (kSlots - 1));
    const auto tag = tag_of(hash);
    if (tags_[slot] == tag) return slot;
    if (tags_[slot ^ 1] == tag) return slot ^ 1;
    return kNone;
  }
  static std::uint8_t tag_of(std::uint64_t hash) { return static_cast<std::uint8_t>((hash >> 48) % 255 + 1); }
  float idf(std::uint32_t row) const { return static_cast<float>(idf_[row]) * kIdfStep; }
  bool empty() const { return tags_.empty(); }

  // Fills rows of `u`, from the n-grams alone, and asks for their weights: they come while the words are looked for.
  void look_up(const TextFeatures& features, Understanding& u) const;
  // After look_up(): fills all probabilities of `u`.
  void score(const TextFeatures& features, Understanding& u) const;
  // The raw sums, for --explain: how much a feature's row speaks for a column.
  float weight(std::uint32_t row, std::size_t column) const {
    return static_cast<float>(weights_[row * Outputs::count + column]) * scale_[column];
  }

  void write(std::string& out) const;
  static bool read(std::string_view& in, TextModel& out);

 private:
  friend class TextTrainer;
  // Of those hashes that are known, each once, in order of appearance.
  void rows_of(const std::vector<std::uint64_t>& hashes, std::vector<std::uint32_t>& out) const;
  static constexpr float kIdfStep = 1.0f / 20;
  std::vector<std::uint8_t> tags_;    // kSlots; 0: free
  std::vector<std::uint8_t> idf_;     // kSlots, steps of kIdfStep
  std::vector<std::int8_t> weights_;  // kSlots rows; an n-gram's row already holds its idf
  std::array<float, Outputs::count> scale_{}, bias_{};
};

}  // namespace linli
