#include "understand/classify/train/linear_trainer.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <random>
#include <thread>

namespace linli {
namespace {

// Ends when no sample in a round wants more than this change of its margin.
constexpr double kGoodEnough = 0.05;

struct Separator {
  std::vector<float> weight;
  float bias = 0;
};

// One label against the rest. `value` stands beside samples.column.
Separator separate(const LinearSamples& samples, const std::vector<float>& value, std::uint32_t label,
                   std::size_t columns, const std::vector<double>& slack, const LinearOptions& options) {
  Separator s;
  s.weight.assign(columns, 0);
  const std::size_t n = samples.size();
  std::vector<double> alpha(n, 0), curvature(n);
  const auto begin = [&](std::size_t i) { return i ? samples.end[i - 1] : 0; };
  for (std::size_t i = 0; i < n; ++i) {
    double square = 1;  // of the bias
    for (std::size_t k = begin(i); k < samples.end[i]; ++k) square += double{value[k]} * value[k];
    curvature[i] = square + slack[i];
  }
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 random(options.seed);
  for (int round = 0; round < options.rounds; ++round) {
    for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    double most = 0;
    for (const auto i : order) {
      const float side = samples.label[i] == label ? 1.0f : -1.0f;
      float sum = s.bias;
      for (std::size_t k = begin(i); k < samples.end[i]; ++k) sum += s.weight[samples.column[k]] * value[k];
      const double gradient = double{sum} * side - 1 + alpha[i] * slack[i];
      const double projected = alpha[i] == 0 ? std::min(gradient, 0.0) : gradient;
      if (std::abs(projected) < 1e-9) continue;
      most = std::max(most, std::abs(projected));
      const double before = alpha[i];
      alpha[i] = std::max(before - gradient / curvature[i], 0.0);
      const float step = static_cast<float>(alpha[i] - before) * side;
      for (std::size_t k = begin(i); k < samples.end[i]; ++k) s.weight[samples.column[k]] += step * value[k];
      s.bias += step;
    }
    if (most < kGoodEnough) break;
  }
  return s;
}

// |log(how often the label's rows hold the column / how often the others' do)|, both with one more of each.
std::vector<float> naive_ratios(const LinearSamples& samples, std::uint32_t label, std::size_t columns) {
  std::vector<float> with(columns, 1), without(columns, 1);
  double all_with = static_cast<double>(columns), all_without = all_with;
  for (std::size_t i = 0, k = 0; i < samples.size(); ++i) {
    const bool mine = samples.label[i] == label;
    (mine ? all_with : all_without) += static_cast<double>(samples.end[i] - k);
    for (; k < samples.end[i]; ++k) ++(mine ? with : without)[samples.column[k]];
  }
  const float shift = static_cast<float>(std::log(all_without / all_with));
  for (std::size_t c = 0; c < columns; ++c) with[c] = std::abs(std::log(with[c] / without[c]) + shift);
  return with;
}

}  // namespace

LinearWeights train_linear(const LinearSamples& samples, std::size_t columns, std::size_t labels,
                           const LinearOptions& options) {
  LinearWeights out;
  out.weight.assign(columns * labels, 0);
  out.bias.assign(labels, -1);
  std::vector<double> mass(labels, 0);
  const auto weight = [&](std::size_t i) { return samples.weight.empty() ? 1.0 : double{samples.weight[i]}; };
  double all = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) mass[samples.label[i]] += weight(i), all += weight(i);
  const auto used = static_cast<double>(std::count_if(mass.begin(), mass.end(), [](double m) { return m > 0; }));
  const auto slack = [&](float cost) {
    std::vector<double> s(samples.size());
    for (std::size_t i = 0; i < s.size(); ++i) {
      const double fair = all / (used * mass[samples.label[i]]);
      s[i] = 0.5 / (cost * weight(i) * std::pow(fair, double{options.balance}));
    }
    return s;
  };
  const std::vector<double> plain_slack = slack(options.cost), naive_slack = slack(options.cost * options.naive_cost);

  const auto learn = [&](std::uint32_t label) {
    const auto keep = [&](const Separator& s, float share) {
      for (std::size_t c = 0; c < columns; ++c) out.weight[c * labels + label] += share * s.weight[c];
      out.bias[label] += share * s.bias;
    };
    out.bias[label] = 0;
    if (options.naive < 1)
      keep(separate(samples, samples.value, label, columns, plain_slack, options), 1 - options.naive);
    if (options.naive > 0) {
      const std::vector<float> ratio = naive_ratios(samples, label, columns);
      std::vector<float> scaled(samples.value.size());
      for (std::size_t k = 0; k < scaled.size(); ++k) scaled[k] = samples.value[k] * ratio[samples.column[k]];
      Separator s = separate(samples, scaled, label, columns, naive_slack, options);
      for (std::size_t c = 0; c < columns; ++c) s.weight[c] *= ratio[c];
      keep(s, options.naive);
    }
  };

  // Two labels are one question: the second's separator is the first's, turned round.
  const std::size_t questions = labels == 2 ? 1 : labels;
  std::atomic<std::uint32_t> next = 0;
  const auto work = [&] {
    for (std::uint32_t l = next++; l < questions; l = next++) {
      if (mass[l] > 0) learn(l);
    }
  };
  std::vector<std::jthread> others;
  const std::size_t threads = std::min<std::size_t>(std::max(1u, std::thread::hardware_concurrency()), questions);
  for (std::size_t t = 1; t < threads; ++t) others.emplace_back(work);
  work();
  others.clear();
  if (labels == 2) {
    for (std::size_t c = 0; c < columns; ++c) out.weight[c * 2 + 1] = -out.weight[c * 2];
    out.bias[1] = -out.bias[0];
  }
  return out;
}

}  // namespace linli
