// Boosted oblivious trees: every level of a tree asks one question of all samples, so that a tree of depth d is d
// comparisons and one look-up, without a branch. Leaves hold one value for each output.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace linli {

class Trees {
 public:
  struct Level {
    std::uint32_t feature;
    float above;  // the bit is set where x > above
  };

  std::size_t features() const { return features_; }
  std::size_t outputs() const { return base_.size(); }
  bool empty() const { return base_.empty(); }

  // Raw scores: log odds (one output) or the softmax's inputs. `x` has features() values, `out` outputs().
  void score(std::span<const float> x, std::span<float> out) const;
  float probability(std::span<const float> x) const;  // one output
  // The same of any number of rows of `stride` values, one output; bit by bit what probability() gives.
  void probabilities(const float* rows, std::size_t count, std::size_t stride, float* out) const;
  // Eight inputs side by side (feature f of input i at x[f * 8 + i]), one output: their probabilities.
  void probabilities_of_8(const float* x, float* out) const;
  void probabilities(std::span<const float> x, std::span<float> out) const;  // several

  // How often each feature is asked, weighted by gain in training; empty after reading from a file.
  std::vector<float> gain;

  void write(std::string& out) const;
  static bool read(std::string_view& in, Trees& out);

 private:
  friend class TreeTrainer;
  std::uint32_t features_ = 0, depth_ = 0;
  std::vector<float> base_;
  std::vector<Level> levels_;  // depth_ a tree
  std::vector<float> leaves_;  // (1 << depth_) * outputs a tree
};

}  // namespace linli
