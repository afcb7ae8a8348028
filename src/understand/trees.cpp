#include "understand/trees.h"

#include <algorithm>
#include <cmath>

#include "understand/bytes.h"

namespace linli {

void Trees::score(std::span<const float> x, std::span<float> out) const {
  std::copy(base_.begin(), base_.end(), out.begin());
  const std::size_t n = base_.size(), leaves = (std::size_t{1} << depth_) * n;
  const Level* level = levels_.data();
  const float* leaf = leaves_.data();
  for (std::size_t t = depth_ ? levels_.size() / depth_ : 0; t > 0; --t, leaf += leaves) {
    std::size_t index = 0;
    for (std::size_t d = 0; d < depth_; ++d, ++level)
      index |= static_cast<std::size_t>(x[level->feature] > level->above) << d;
    for (std::size_t i = 0; i < n; ++i) out[i] += leaf[index * n + i];
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
