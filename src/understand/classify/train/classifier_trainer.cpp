#include "understand/classify/train/classifier_trainer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>

#include "understand/grams.h"

namespace linli {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;
// Two texts count as near-duplicates if one of kBands sketches is the same; each is made of kRows minima over their
// n-grams' hashes, so that texts with half of their n-grams in common are found about half of the time, with 0.8 nearly
// always.
constexpr std::size_t kBands = 12, kRows = 4;

std::string format(const char* pattern, double a, double b, double c) {
  char text[160];
  std::snprintf(text, sizeof text, pattern, a, b, c);
  return text;
}

std::size_t best_of(const float* margins, std::size_t n) {
  return static_cast<std::size_t>(std::max_element(margins, margins + n) - margins);
}

}  // namespace

bool ClassifierTrainer::add(std::span<const std::string_view> fields, const std::string& label) {
  auto known = label_of_.find(label);
  if (known == label_of_.end()) {
    if (labels_.size() == kMostLabels) return false;
    known = label_of_.emplace(label, static_cast<std::uint32_t>(labels_.size())).first;
    labels_.push_back(label);
  }
  std::vector<GramCount> counts;
  ClassifierFeatures::count(fields, counts);
  std::array<std::uint64_t, kBands * kRows> least;
  least.fill(std::numeric_limits<std::uint64_t>::max());
  for (const GramCount& g : counts) {
    const auto [it, fresh] = gram_of_.try_emplace(g.hash, static_cast<std::uint32_t>(grams_.size()));
    if (fresh) grams_.push_back({g.hash, g.kind});
    entries_.push_back({it->second, g.times});
    for (std::size_t i = 0; i < least.size(); ++i)
      least[i] = std::min(least[i], mix(g.hash ^ (0x9E3779B97F4A7C15ull * (i + 1))));
  }
  const auto number = static_cast<std::uint32_t>(texts_.size());
  for (std::size_t b = 0; b < kBands; ++b) {
    std::uint64_t sketch = b;
    for (std::size_t r = 0; r < kRows; ++r) sketch = mix(sketch ^ least[b * kRows + r]);
    sketches_.emplace_back(sketch, number);
  }
  texts_.push_back({entries_.size(), known->second, 0});
  return true;
}

void ClassifierTrainer::part_into_folds() {
  std::vector<std::uint32_t> first(texts_.size());
  std::iota(first.begin(), first.end(), 0);
  const auto root = [&](std::uint32_t t) {
    while (first[t] != t) t = first[t] = first[first[t]];
    return t;
  };
  std::sort(sketches_.begin(), sketches_.end());
  for (std::size_t i = 1; i < sketches_.size(); ++i) {
    if (sketches_[i].first != sketches_[i - 1].first) continue;
    const auto a = root(sketches_[i].second), b = root(sketches_[i - 1].second);
    first[std::max(a, b)] = std::min(a, b);
  }
  sketches_ = {};
  for (std::uint32_t t = 0; t < texts_.size(); ++t) {
    near_duplicates_ += root(t) != t;
    texts_[t].fold = static_cast<std::uint32_t>(mix(root(t) + options_.linear.seed) % options_.folds);
  }
}

ClassifierTrainer::View ClassifierTrainer::view(std::size_t without) const {
  View v;
  std::vector<std::uint32_t> seen(grams_.size(), 0);
  double n = 0;
  for (std::size_t t = 0, e = 0; t < texts_.size(); ++t) {
    if (texts_[t].fold == without) {
      e = texts_[t].end;
      continue;
    }
    ++n;
    for (; e < texts_[t].end; ++e) ++seen[entries_[e].gram];
  }
  for (std::uint32_t g = 0; g < grams_.size(); ++g) {
    if (seen[g] >= options_.seen) v.gram.push_back(g);
  }
  if (v.gram.size() > options_.most_features) {
    std::sort(v.gram.begin(), v.gram.end(),
              [&](auto a, auto b) { return seen[a] != seen[b] ? seen[a] > seen[b] : grams_[a].hash < grams_[b].hash; });
    v.gram.resize(options_.most_features);
  }
  std::sort(v.gram.begin(), v.gram.end(), [&](auto a, auto b) { return grams_[a].hash < grams_[b].hash; });
  v.column.assign(grams_.size(), kNone);
  for (std::uint32_t c = 0; c < v.gram.size(); ++c) {
    const std::uint32_t g = v.gram[c];
    v.column[g] = c;
    const double rarity = std::log((n + 1) / seen[g]);
    const double value = rarity * double{ClassifierFeatures::importance(grams_[g].kind)};
    v.value.push_back(
        static_cast<std::uint8_t>(std::clamp(std::lround(value / double{Classifier::kValueStep}), 1l, 255l)));
  }
  return v;
}

LinearSamples ClassifierTrainer::samples(const View& view, bool inside, std::size_t without) const {
  LinearSamples s;
  for (std::size_t t = 0, e = 0; t < texts_.size(); ++t) {
    if ((texts_[t].fold != without) != inside) {
      e = texts_[t].end;
      continue;
    }
    const std::size_t begin = s.value.size();
    float square = 0;
    for (; e < texts_[t].end; ++e) {
      const std::uint32_t column = view.column[entries_[e].gram];
      if (column == kNone) continue;
      const float times = entries_[e].times;
      const float value = static_cast<float>(view.value[column]) * Classifier::kValueStep * (1 + std::log(times));
      square += value * value;
      s.column.push_back(column);
      s.value.push_back(value);
    }
    const float length = square > 0 ? 1 / std::sqrt(square) : 0;
    for (std::size_t i = begin; i < s.value.size(); ++i) s.value[i] *= length;
    s.end.push_back(s.value.size());
    s.label.push_back(texts_[t].label);
  }
  return s;
}

// `margins` gets, for each cost, the labels' margins of each text by a model that did not see it.
ClassifierTrainer::Outcome ClassifierTrainer::cross_validate(std::vector<std::vector<float>>& margins) {
  const std::size_t labels = labels_.size(), costs = options_.costs.size();
  margins.assign(costs, std::vector<float>(texts_.size() * labels, 0));
  for (std::size_t fold = 0; fold < options_.folds; ++fold) {
    const View v = view(fold);
    const LinearSamples seen = samples(v, true, fold), unseen = samples(v, false, fold);
    for (std::size_t c = 0; c < costs; ++c) {
      LinearOptions linear = options_.linear;
      linear.cost = options_.costs[c];
      const LinearWeights w = train_linear(seen, v.gram.size(), labels, linear);
      for (std::size_t t = 0, row = 0; t < texts_.size(); ++t) {
        if (texts_[t].fold != fold) continue;
        float* m = &margins[c][t * labels];
        std::copy(w.bias.begin(), w.bias.end(), m);
        for (std::size_t k = row ? unseen.end[row - 1] : 0; k < unseen.end[row]; ++k) {
          const float* weight = &w.weight[unseen.column[k] * labels];
          for (std::size_t l = 0; l < labels; ++l) m[l] += weight[l] * unseen.value[k];
        }
        ++row;
      }
    }
    options_.say(format("part %.0f of %.0f kept aside and judged", static_cast<double>(fold + 1),
                        static_cast<double>(options_.folds), 0));
  }
  Outcome best;
  std::size_t chosen = 0;
  for (std::size_t c = 0; c < costs; ++c) {
    LabelFigures f(labels);
    for (std::size_t t = 0; t < texts_.size(); ++t) f.add(texts_[t].label, best_of(&margins[c][t * labels], labels));
    options_.say(
        format("cost %.3g: accuracy %.4f, macro-F1 %.4f", double{options_.costs[c]}, f.accuracy(), f.macro_f1()));
    if (c > 0 && f.macro_f1() <= best.cross_validated.macro_f1()) continue;
    best.cross_validated = f;
    best.cost = options_.costs[c];
    chosen = c;
  }
  std::swap(margins[0], margins[chosen]);
  margins.resize(1);
  return best;
}

// The factor from margins to log odds that makes the kept-aside texts likeliest.
float ClassifierTrainer::steepness(const std::vector<std::vector<float>>& margins) const {
  const std::size_t labels = labels_.size();
  float best = 1;
  double least = std::numeric_limits<double>::max();
  for (float s = 0.25f; s < 16; s *= 1.1f) {
    double surprise = 0;
    for (std::size_t t = 0; t < texts_.size(); ++t) {
      const float* m = &margins[0][t * labels];
      double sum = 0;
      for (std::size_t l = 0; l < labels; ++l) sum += std::exp(double{s} * double{m[l] - m[texts_[t].label]});
      surprise += std::log(sum);
    }
    if (surprise < least) least = surprise, best = s;
  }
  return best;
}

void ClassifierTrainer::fill(Classifier& model, const View& v, const LinearWeights& w) const {
  const std::size_t labels = labels_.size();
  model.labels_ = labels_;
  model.fields_ = options_.fields;
  model.bias_ = w.bias;
  model.scale_.assign(labels, 1e-9f);
  model.rows_ = v.gram.size();
  model.value_ = v.value;
  for (const auto g : v.gram) model.hash_.push_back(grams_[g].hash);
  for (std::size_t i = 0; i < w.weight.size(); ++i)
    model.scale_[i % labels] = std::max(model.scale_[i % labels], std::abs(w.weight[i]) / 127);
  model.weights_.resize(w.weight.size());
  for (std::size_t i = 0; i < w.weight.size(); ++i)
    model.weights_[i] = static_cast<std::int8_t>(std::lround(w.weight[i] / model.scale_[i % labels]));
  model.index();
}

ClassifierTrainer::Outcome ClassifierTrainer::train() {
  gram_of_ = {};
  part_into_folds();
  std::vector<std::vector<float>> margins;
  Outcome out = cross_validate(margins);
  LinearOptions linear = options_.linear;
  linear.cost = out.cost;
  const View v = view(options_.folds);
  fill(out.model, v, train_linear(samples(v, true, options_.folds), v.gram.size(), labels_.size(), linear));
  out.model.steepness_ = steepness(margins);
  out.model.figures_ =
      format("{\"cost\": %.3g, \"cross_validated_accuracy\": %.4f, \"cross_validated_macro_f1\": %.4f}",
             double{out.cost}, out.cross_validated.accuracy(), out.cross_validated.macro_f1());
  return out;
}

}  // namespace linli
