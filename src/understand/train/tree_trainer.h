// Learns Trees: gradient boosting of oblivious trees on second-order gains, seeded, the same bytes for the same samples.
#pragma once
#include <cstdint>
#include <vector>

#include "understand/trees.h"

namespace linli {

struct TreeSamples {
  std::size_t features = 0;
  std::vector<float> x;    // row after row
  std::vector<int> label;  // 0/1, or the class
  std::vector<float> weight;
  std::size_t size() const { return label.size(); }
  void add(const float* row, int y, float w) {
    x.insert(x.end(), row, row + features);
    label.push_back(y);
    weight.push_back(w);
  }
};

struct TreeOptions {
  int classes = 1;  // 1: binary with log odds
  int trees = 150, depth = 4;
  float rate = 0.1f, lambda = 8;
  float rows = 0.7f, columns = 0.5f;  // share of samples and features that a tree may see
  std::uint64_t seed = 1;
};

class TreeTrainer {
 public:
  static Trees train(const TreeSamples& samples, const TreeOptions& options);
};

}  // namespace linli
