// Learns linear separators, one a label against all others: support vector machines with squared hinge loss by dual
// coordinate descent (Hsieh et al. 2008), half of them on features that are scaled by how differently the label and the
// rest use them (naive Bayes log-count ratios, Wang and Manning 2012); both are linear, so that their sum is one machine.
// Knows nothing of texts: rows of numbers in, weights out. Seeded; the same bytes for the same samples, whatever the
// number of threads.
#pragma once
#include <cstdint>
#include <vector>

namespace linli {

// Sparse rows one after the other. Columns of a row are distinct.
struct LinearSamples {
  std::vector<std::uint32_t> column;
  std::vector<float> value;
  std::vector<std::size_t> end;  // of each row, in the two above
  std::vector<std::uint32_t> label;
  std::vector<float> weight;  // of each row; empty: 1
  std::size_t size() const { return label.size(); }
};

struct LinearOptions {
  float cost = 1;         // of a sample on the wrong side, against weights far from zero
  float naive = 0.7f;     // share of the separator on scaled features, 0..1
  float naive_cost = .5;  // its cost, as a part of `cost`
  float balance = 0.5f;   // 0: each sample weighs the same; 1: each label does
  int rounds = 30;        // at most, through all samples
  std::uint64_t seed = 1;
};

struct LinearWeights {
  std::vector<float> weight;  // column after column, each with a value for each label
  std::vector<float> bias;    // a value for each label
};

// Labels without any sample get a bias of -1 and nothing else.
LinearWeights train_linear(const LinearSamples& samples, std::size_t columns, std::size_t labels,
                           const LinearOptions& options);

}  // namespace linli
