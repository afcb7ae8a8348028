#include "understand/trees.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "understand/bytes.h"
#include "understand/quick_math.h"

namespace linli {
namespace {

// Written as vectors, for left to itself the compiler does the eight one after the other.
using Eight = float __attribute__((vector_size(32)));
using EightBits = std::int32_t __attribute__((vector_size(32)));

template <std::size_t Depth>
[[gnu::always_inline]] inline void add_trees_of_8(const Trees::Level* level, const float* leaf, std::size_t trees,
                                                  const float* x, float* out) {
  constexpr std::size_t kLanes = 8, kLeaves = std::size_t{1} << Depth;
  Eight sum;
  std::memcpy(&sum, out, sizeof sum);
  for (; trees > 0; --trees, level += Depth, leaf += kLeaves) {
    EightBits index = {};
    for (std::size_t d = 0; d < Depth; ++d) {
      Eight v;
      std::memcpy(&v, x + std::size_t{level[d].feature} * kLanes, sizeof v);
      index |= (v > level[d].above) & (std::int32_t{1} << d);
    }
    sum += Eight{leaf[index[0]], leaf[index[1]], leaf[index[2]], leaf[index[3]],
                 leaf[index[4]], leaf[index[5]], leaf[index[6]], leaf[index[7]]};
  }
  std::memcpy(out, &sum, sizeof sum);
}

LINLI_WIDE void add_trees_of_8(const Trees::Level* level, const float* leaf, std::size_t trees, std::size_t depth,
                               const float* x, float* out) {
  if (depth == 3) add_trees_of_8<3>(level, leaf, trees, x, out);
  else if (depth == 4) add_trees_of_8<4>(level, leaf, trees, x, out);
  else if (depth == 5) add_trees_of_8<5>(level, leaf, trees, x, out);
  else if (depth == 6) add_trees_of_8<6>(level, leaf, trees, x, out);
}

}  // namespace

void Trees::score(std::span<const float> x, std::span<float> out) const {
  std::copy(base_.begin(), base_.end(), out.begin());
  const std::size_t n = base_.size(), leaves = (std::size_t{1} << depth_) * n;
  const Level* level = levels_.data();
  const float* leaf = leaves_.data();
  const float* const in = x.data();
  for (std::size_t t = depth_ ? levels_.size() / depth_ : 0; t > 0; --t, leaf += leaves) {
    std::size_t index = 0;
    for (std::size_t d = 0; d < depth_; ++d, ++level)
      index |= static_cast<std::size_t>(in[level->feature] > level->above) << d;
    const float* value = leaf + index * n;
    if (n == 3) out[0] += value[0], out[1] += value[1], out[2] += value[2];
    else
      for (std::size_t i = 0; i < n; ++i) out[i] += value[i];
  }
}

void Trees::probabilities_of_8(const float* x, float* out) const {
  std::fill(out, out + 8, base_[0]);
  if (depth_ >= 3 && depth_ <= 6) {
    add_trees_of_8(levels_.data(), leaves_.data(), levels_.size() / depth_, depth_, x, out);
  }
  for (std::size_t i = 0; i < 8; ++i) out[i] = 1 / (1 + quick_exp(-out[i]));
}

void Trees::probabilities(const float* rows, std::size_t count, std::size_t stride, float* out) const {
  constexpr std::size_t kLanes = 8;
  if (depth_ < 3 || depth_ > 6 || count == 1) {
    for (std::size_t i = 0; i < count; ++i) out[i] = probability({rows + i * stride, features_});
    return;
  }
  thread_local std::vector<float> x;
  x.resize(features_ * kLanes);
  for (std::size_t begin = 0; begin < count; begin += kLanes) {
    const std::size_t n = std::min(kLanes, count - begin);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t f = 0; f < features_; ++f) x[f * kLanes + i] = rows[(begin + i) * stride + f];
    }
    float sums[kLanes];
    std::fill(sums, sums + kLanes, base_[0]);
    add_trees_of_8(levels_.data(), leaves_.data(), levels_.size() / depth_, depth_, x.data(), sums);
    for (std::size_t i = 0; i < n; ++i) out[begin + i] = 1 / (1 + std::exp(-sums[i]));
  }
}

float Trees::probability(std::span<const float> x) const {
  float score_ = 0;
  score(x, {&score_, 1});
  return 1 / (1 + std::exp(-score_));
}

void Trees::probabilities(std::span<const float> x, std::span<float> out) const {
  score(x, out);
  const std::size_t n = base_.size();
  const float top = *std::max_element(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(n));
  float sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += out[i] = std::exp(out[i] - top);
  for (std::size_t i = 0; i < n; ++i) out[i] /= sum;
}

void Trees::write(std::string& out) const {
  bytes::put(out, features_);
  bytes::put(out, depth_);
  bytes::put_vector(out, base_);
  bytes::put_vector(out, levels_);
  bytes::put_vector(out, leaves_);
}

bool Trees::read(std::string_view& in, Trees& out) {
  if (!bytes::get(in, out.features_) || !bytes::get(in, out.depth_) || !bytes::get_vector(in, out.base_) ||
      !bytes::get_vector(in, out.levels_) || !bytes::get_vector(in, out.leaves_)) {
    return false;
  }
  if (out.depth_ > 10 || (out.depth_ == 0 && !out.levels_.empty())) return false;
  const std::size_t trees = out.depth_ ? out.levels_.size() / out.depth_ : 0;
  if (out.levels_.size() != trees * out.depth_ ||
      out.leaves_.size() != trees * (std::size_t{1} << out.depth_) * out.base_.size()) {
    return false;
  }
  return std::all_of(out.levels_.begin(), out.levels_.end(), [&](const Level& l) { return l.feature < out.features_; });
}

}  // namespace linli
