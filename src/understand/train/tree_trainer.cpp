#include "understand/train/tree_trainer.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace linli {
namespace {

constexpr std::size_t kBins = 32;

// Borders between bins of one feature: about equal numbers of samples, values midway between two that occur.
std::vector<float> borders_of(std::vector<float> values) {
  std::sort(values.begin(), values.end());
  std::vector<float> borders;
  const std::size_t n = values.size();
  for (std::size_t b = 1; b < kBins; ++b) {
    const std::size_t at = b * n / kBins;
    if (at == 0 || at >= n) continue;
    float low = values[at], high = 0;
    const auto above = std::upper_bound(values.begin(), values.end(), low);
    if (above == values.end()) continue;
    high = *above;
    const float border = low + (high - low) / 2;
    if (borders.empty() || border > borders.back()) borders.push_back(border);
  }
  // Rare values at the low end (a flag that is mostly set) would fall between the steps.
  const auto second = std::upper_bound(values.begin(), values.end(), values.empty() ? 0 : values.front());
  if (second != values.end()) {
    const float border = values.front() + (*second - values.front()) / 2;
    if (borders.empty() || border < borders.front()) borders.insert(borders.begin(), border);
    // … and at the high end.
    const auto last = std::lower_bound(values.begin(), values.end(), values.back());
    const float top = *(last - 1) + (*last - *(last - 1)) / 2;
    if (top > borders.back()) borders.push_back(top);
  }
  return borders;
}

}  // namespace

Trees TreeTrainer::train(const TreeSamples& s, const TreeOptions& options) {
  const std::size_t n = s.size(), features = s.features, outputs = static_cast<std::size_t>(options.classes);
  Trees trees;
  trees.features_ = static_cast<std::uint32_t>(features);
  trees.depth_ = static_cast<std::uint32_t>(options.depth);
  trees.gain.assign(features, 0);
  std::vector<double> mass(outputs, 1e-3);
  double total = 1e-3;
  for (std::size_t i = 0; i < n; ++i) {
    total += s.weight[i];
    if (outputs == 1) mass[0] += s.weight[i] * static_cast<float>(s.label[i]);
    else mass[static_cast<std::size_t>(s.label[i])] += s.weight[i];
  }
  for (std::size_t k = 0; k < outputs; ++k) {
    const double p = std::clamp(mass[k] / total, 1e-4, 1 - 1e-4);
    trees.base_.push_back(static_cast<float>(outputs == 1 ? std::log(p / (1 - p)) : std::log(p)));
  }
  if (n == 0 || options.trees == 0) return trees.depth_ = 0, trees;

  std::vector<std::vector<float>> borders(features);
  std::vector<std::uint8_t> bins(n * features);  // feature after feature
  for (std::size_t f = 0; f < features; ++f) {
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = s.x[i * features + f];
    borders[f] = borders_of(values);
    for (std::size_t i = 0; i < n; ++i) {
      bins[f * n + i] = static_cast<std::uint8_t>(std::lower_bound(borders[f].begin(), borders[f].end(), values[i]) -
                                                  borders[f].begin());
    }
  }

  std::mt19937_64 random(options.seed);
  std::vector<float> score(n * outputs);
  for (std::size_t i = 0; i < n; ++i) std::copy(trees.base_.begin(), trees.base_.end(), &score[i * outputs]);
  std::vector<float> gradient(n * outputs), hessian(n * outputs);
  std::vector<std::uint16_t> leaf(n);
  const std::size_t max_leaves = std::size_t{1} << options.depth, all_bins = kBins + 2;
  std::vector<float> gh(max_leaves * all_bins * outputs * 2);
  for (int t = 0; t < options.trees; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      const float w = s.weight[i];
      float* out = &score[i * outputs];
      if (outputs == 1) {
        const float p = 1 / (1 + std::exp(-out[0]));
        gradient[i] = w * (p - static_cast<float>(s.label[i]));
        hessian[i] = w * std::max(p * (1 - p), 1e-4f);
        continue;
      }
      float top = out[0], sum = 0;
      for (std::size_t k = 1; k < outputs; ++k) top = std::max(top, out[k]);
      for (std::size_t k = 0; k < outputs; ++k) sum += std::exp(out[k] - top);
      for (std::size_t k = 0; k < outputs; ++k) {
        const float p = std::exp(out[k] - top) / sum;
        gradient[i * outputs + k] = w * (p - (static_cast<int>(k) == s.label[i] ? 1.0f : 0.0f));
        hessian[i * outputs + k] = w * std::max(p * (1 - p), 1e-4f);
      }
    }
    std::vector<std::uint32_t> rows;
    const auto draw = [&](float share) { return static_cast<float>(random() >> 40) * 0x1p-24f < share; };
    for (std::uint32_t i = 0; i < n; ++i) {
      if (draw(options.rows)) rows.push_back(i);
    }
    std::vector<std::uint32_t> columns;
    for (std::uint32_t f = 0; f < features; ++f) {
      if (draw(options.columns) && !borders[f].empty()) columns.push_back(f);
    }
    std::fill(leaf.begin(), leaf.end(), std::uint16_t{0});
    std::vector<std::pair<std::uint32_t, std::uint8_t>> splits;  // feature, bin: the bit is set above it
    for (int d = 0; d < options.depth; ++d) {
      const std::size_t leaves = std::size_t{1} << d;
      double best = -1;
      std::pair<std::uint32_t, std::uint8_t> choice{0, 255};
      for (const auto f : columns) {
        const std::size_t nb = borders[f].size() + 1;
        std::fill(gh.begin(), gh.begin() + static_cast<std::ptrdiff_t>(leaves * nb * outputs * 2), 0.0f);
        const std::uint8_t* bin = &bins[f * n];
        for (const auto i : rows) {
          float* to = &gh[(leaf[i] * nb + bin[i]) * outputs * 2];
          for (std::size_t k = 0; k < outputs; ++k) {
            to[2 * k] += gradient[i * outputs + k];
            to[2 * k + 1] += hessian[i * outputs + k];
          }
        }
        std::vector<double> gains(nb, 0);
        for (std::size_t l = 0; l < leaves; ++l) {
          for (std::size_t k = 0; k < outputs; ++k) {
            double g = 0, h = 0;
            for (std::size_t b = 0; b < nb; ++b) {
              g += gh[((l * nb + b) * outputs + k) * 2];
              h += gh[((l * nb + b) * outputs + k) * 2 + 1];
            }
            double lg = 0, lh = 0;
            for (std::size_t b = 0; b + 1 < nb; ++b) {
              lg += gh[((l * nb + b) * outputs + k) * 2];
              lh += gh[((l * nb + b) * outputs + k) * 2 + 1];
              const double rg = g - lg, rh = h - lh;
              gains[b] +=
                  lg * lg / (lh + options.lambda) + rg * rg / (rh + options.lambda) - g * g / (h + options.lambda);
            }
          }
        }
        for (std::size_t b = 0; b + 1 < nb; ++b) {
          if (gains[b] > best) best = gains[b], choice = {f, static_cast<std::uint8_t>(b)};
        }
      }
      if (choice.second == 255) choice = {0, 254};  // nothing to ask: no value lies above
      else trees.gain[choice.first] += static_cast<float>(std::max(best, 0.0));
      splits.push_back(choice);
      const std::uint8_t* bin = &bins[choice.first * n];
      for (std::size_t i = 0; i < n; ++i) leaf[i] = static_cast<std::uint16_t>(leaf[i] | (bin[i] > choice.second) << d);
    }
    std::vector<double> g(max_leaves * outputs, 0), h(max_leaves * outputs, 0);
    for (const auto i : rows) {
      for (std::size_t k = 0; k < outputs; ++k) {
        g[leaf[i] * outputs + k] += gradient[i * outputs + k];
        h[leaf[i] * outputs + k] += hessian[i * outputs + k];
      }
    }
    for (const auto& [f, b] : splits) {
      trees.levels_.push_back({f, b == 254 ? std::numeric_limits<float>::infinity() : borders[f][b]});
    }
    std::vector<float> value(max_leaves * outputs);
    for (std::size_t i = 0; i < value.size(); ++i) {
      value[i] = static_cast<float>(-options.rate * g[i] / (h[i] + options.lambda));
    }
    trees.leaves_.insert(trees.leaves_.end(), value.begin(), value.end());
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < outputs; ++k) score[i * outputs + k] += value[leaf[i] * outputs + k];
    }
  }
  return trees;
}

}  // namespace linli
