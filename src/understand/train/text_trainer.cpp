#include "understand/train/text_trainer.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>
#include <unordered_map>

#include "understand/classify/train/linear_trainer.h"
#include "understand/quick_math.h"
#include "understand/taxonomy.h"

namespace linli {
namespace {

using Row = std::array<float, Outputs::count>;

struct Sparse {
  std::vector<std::uint32_t> grams, facts;
  float norm = 0;  // 1 / length of the vector of idf values
};

void softmax_gradient(const Row& sum, Row& gradient, std::size_t from, std::size_t n, int label, float weight) {
  float top = sum[from];
  for (std::size_t i = 1; i < n; ++i) top = std::max(top, sum[from + i]);
  float total = 0;
  for (std::size_t i = 0; i < n; ++i) total += gradient[from + i] = quick_exp(sum[from + i] - top);
  for (std::size_t i = 0; i < n; ++i) {
    gradient[from + i] = weight * (gradient[from + i] / total - (static_cast<int>(i) == label ? 1.0f : 0.0f));
  }
}

void binary_gradient(const Row& sum, Row& gradient, std::size_t at, int label, float weight) {
  gradient[at] = weight * (1 / (1 + quick_exp(-sum[at])) - static_cast<float>(label));
}

Row gradient_of(const TextExample& e, const Row& sum, std::size_t categories, const std::vector<float>& balance) {
  Row g{};
  if (e.act >= 0) softmax_gradient(sum, g, Outputs::act, kActs, e.act, e.weight);
  if (e.category >= 0)
    softmax_gradient(sum, g, Outputs::category, categories, e.category,
                     e.category_weight * balance[static_cast<std::size_t>(e.category)]);
  if (e.urgency >= 0) softmax_gradient(sum, g, Outputs::urgency, 4, e.urgency, e.urgency_weight);
  if (e.appeal >= 0) binary_gradient(sum, g, Outputs::appeal, e.appeal, e.weight);
  if (e.opens >= 0) binary_gradient(sum, g, Outputs::opens, e.opens, e.weight);
  if (e.reply >= 0) binary_gradient(sum, g, Outputs::reply, e.reply, 1);
  return g;
}

// One step of AdaGrad for columns [from, to); columns that are not asked (gradient 0) stay.
[[gnu::always_inline]] inline void learn(const Row& g, Row& w, Row& q, float v, float decay, float rate,
                                         std::size_t from, std::size_t to) {
  for (std::size_t c = from; c < to; ++c) {
    const float d = g[c] == 0 ? 0 : g[c] * v + decay * w[c];
    q[c] += d * d;
    w[c] -= rate * d / std::sqrt(q[c] + 1e-3f);
  }
}

}  // namespace

TextModel TextTrainer::train(const std::vector<TextExample>& examples, const TextTrainerOptions& options) {
  // The features that are kept, the frequent first, so that they win the slots.
  std::unordered_map<std::uint64_t, std::pair<std::uint32_t, bool>> seen;
  const auto once = [](std::vector<std::uint64_t> hashes) {
    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    return hashes;
  };
  for (const auto& e : examples) {
    for (const auto h : once(e.features.grams)) ++seen.try_emplace(h, 0, true).first->second.first;
    for (const auto h : once(e.features.facts)) ++seen.try_emplace(h, 0, false).first->second.first;
  }
  struct Feature {
    std::uint64_t hash;
    std::uint32_t count;
    bool gram;
  };
  std::vector<Feature> kept;
  for (const auto& [hash, what] : seen) {
    if (what.first >= options.seen) kept.push_back({hash, what.first, what.second});
  }
  std::sort(kept.begin(), kept.end(), [](const Feature& a, const Feature& b) {
    return a.gram != b.gram ? b.gram : a.count != b.count ? a.count > b.count : a.hash < b.hash;
  });
  TextModel model;
  model.tags_.assign(TextModel::kSlots, 0);
  model.idf_.assign(TextModel::kSlots, 0);
  model.weights_.assign(TextModel::kSlots * Outputs::count, 0);
  for (const Feature& f : kept) {
    if (model.find(f.hash) != TextModel::kNone) continue;  // the same tag: they share the row
    auto slot = static_cast<std::uint32_t>(f.hash >> 16 & (TextModel::kSlots - 1));
    if (model.tags_[slot]) slot ^= 1;
    if (model.tags_[slot]) continue;
    model.tags_[slot] = TextModel::tag_of(f.hash);
    const double idf = std::log(static_cast<double>(examples.size() + 1) / f.count);
    model.idf_[slot] = static_cast<std::uint8_t>(std::clamp(std::lround(idf / TextModel::kIdfStep), 1l, 255l));
  }

  std::vector<Sparse> inputs(examples.size());
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto rows = [&](const std::vector<std::uint64_t>& hashes, std::vector<std::uint32_t>& out) {
      for (const auto h : hashes) {
        if (const auto row = model.find(h); row != TextModel::kNone) out.push_back(row);
      }
      std::sort(out.begin(), out.end());
      out.erase(std::unique(out.begin(), out.end()), out.end());
    };
    rows(examples[i].features.grams, inputs[i].grams);
    rows(examples[i].features.facts, inputs[i].facts);
    float norm = 0;
    for (const auto row : inputs[i].grams) norm += model.idf(row) * model.idf(row);
    inputs[i].norm = norm > 0 ? 1 / std::sqrt(norm) : 0;
  }

  const std::size_t categories = Taxonomy::embedded().categories().size();
  // Categories that are spoken of much must not swallow the others.
  std::vector<float> mass(categories, 0.5f), balance(categories, 1);
  for (const auto& e : examples) {
    if (e.category >= 0) mass[static_cast<std::size_t>(e.category)] += e.category_weight;
  }
  const float mean = std::accumulate(mass.begin(), mass.end(), 0.0f) / static_cast<float>(categories);
  for (std::size_t c = 0; c < categories; ++c)
    balance[c] = std::clamp(std::pow(mean / mass[c], options.balance), 0.3f, 3.0f);
  std::vector<std::uint8_t> is_fact(TextModel::kSlots, 0);
  for (const Feature& f : kept) {
    if (f.gram) continue;
    if (const auto row = model.find(f.hash); row != TextModel::kNone) is_fact[row] = 1;
  }
  std::vector<Row> weights(TextModel::kSlots, Row{}), squares(TextModel::kSlots, Row{});
  Row bias{}, bias_squares{};
  std::vector<std::uint32_t> order(examples.size());
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 random(options.seed);
  constexpr float kFactValue = 0.25f;
  for (std::size_t c = 0; c < categories; ++c) {
    for (const bool strong : {true, false}) {
      const auto row = model.find(category_fact(c, strong));
      if (row != TextModel::kNone)
        weights[row][Outputs::category + c] = (strong ? options.strong_prior : options.weak_prior) / kFactValue;
    }
  }
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    const float rate = options.rate * (1 - 0.9f * static_cast<float>(epoch) / static_cast<float>(options.epochs));
    for (const auto index : order) {
      const Sparse& x = inputs[index];
      Row sum = bias;
      for (const auto row : x.grams) {
        const float v = model.idf(row) * x.norm;
        for (std::size_t c = 0; c < Outputs::count; ++c) sum[c] += weights[row][c] * v;
      }
      for (const auto row : x.facts) {
        for (std::size_t c = 0; c < Outputs::count; ++c) sum[c] += weights[row][c] * kFactValue;
      }
      const Row g = gradient_of(examples[index], sum, categories, balance);
      // What is known well already has nothing to teach.
      float most = 0;
      for (const float x_ : g) most = std::max(most, std::abs(x_));
      if (most < options.heed) continue;
      // Category and urgency are asked of few examples: the columns before and behind them always.
      const bool all = examples[index].category >= 0 || examples[index].urgency >= 0 || examples[index].reply >= 0;
      const auto step = [&](Row& w, Row& q, float v, float decay) {
        learn(g, w, q, v, decay, rate, 0, Outputs::category);
        if (all) learn(g, w, q, v, decay, rate, Outputs::category, Outputs::appeal);
        learn(g, w, q, v, decay, rate, Outputs::appeal, Outputs::count);
      };
      for (const auto row : x.grams) step(weights[row], squares[row], model.idf(row) * x.norm, options.decay);
      for (const auto row : x.facts) step(weights[row], squares[row], kFactValue, options.decay);
      step(bias, bias_squares, 1, 0);
    }
  }

  if (options.machine > 0) {
    LinearSamples samples;
    for (std::size_t i = 0; i < examples.size(); ++i) {
      if (examples[i].category < 0 || examples[i].category_weight <= 0) continue;
      for (const auto row : inputs[i].grams) {
        samples.column.push_back(row);
        samples.value.push_back(model.idf(row) * inputs[i].norm);
      }
      for (const auto row : inputs[i].facts) {
        // An n-gram's row that a fact shares by accident.
        if (std::binary_search(inputs[i].grams.begin(), inputs[i].grams.end(), row)) continue;
        samples.column.push_back(row);
        samples.value.push_back(options.machine_fact);
      }
      samples.end.push_back(samples.value.size());
      samples.label.push_back(static_cast<std::uint32_t>(examples[i].category));
      samples.weight.push_back(examples[i].category_weight);
    }
    LinearOptions linear;
    linear.cost = options.machine_cost;
    linear.naive = 0;  // with facts and n-grams side by side, ratios made it worse
    linear.seed = options.seed;
    const LinearWeights w = train_linear(samples, TextModel::kSlots, categories, linear);
    const auto mixed = [&](float steps, float margins) {
      return (1 - options.machine) * steps + options.machine * options.steepness * margins;
    };
    for (std::size_t c = 0; c < categories; ++c) {
      bias[Outputs::category + c] = mixed(bias[Outputs::category + c], w.bias[c]);
      for (std::size_t row = 0; row < TextModel::kSlots; ++row) {
        const float value = is_fact[row] ? options.machine_fact / kFactValue : 1;
        float& weight = weights[row][Outputs::category + c];
        weight = mixed(weight, value * w.weight[row * categories + c]);
      }
    }
  }

  // Into bytes: an n-gram's row takes in its idf, a fact's row its value; each column has its own scale.
  const auto value = [&](std::uint32_t row) { return is_fact[row] ? kFactValue : model.idf(row); };
  for (std::size_t c = 0; c < Outputs::count; ++c) {
    float top = 1e-6f;
    for (std::uint32_t row = 0; row < TextModel::kSlots; ++row) {
      if (model.tags_[row]) top = std::max(top, std::abs(weights[row][c] * value(row)));
    }
    model.scale_[c] = top / 127;
    model.bias_[c] = bias[c];
    for (std::uint32_t row = 0; row < TextModel::kSlots; ++row) {
      if (!model.tags_[row]) continue;
      model.weights_[row * Outputs::count + c] =
          static_cast<std::int8_t>(std::lround(weights[row][c] * value(row) / model.scale_[c]));
    }
  }
  return model;
}

}  // namespace linli
