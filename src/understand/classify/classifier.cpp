#include "understand/classify/classifier.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/normal_form.h"
#include "understand/bytes.h"
#include "understand/grams.h"

namespace linli {
namespace {

constexpr std::string_view kMagic = "linli classifier 1\n";
constexpr std::size_t kMostLabels = 1000, kMostFields = 16;

bool get_strings(std::string_view& in, std::vector<std::string>& out, std::size_t most) {
  std::uint32_t n = 0;
  if (!bytes::get(in, n) || n == 0 || n > most) return false;
  out.resize(n);
  return std::all_of(out.begin(), out.end(), [&](std::string& s) { return bytes::get_string(in, s); });
}

void put_strings(std::string& out, const std::vector<std::string>& strings) {
  bytes::put(out, static_cast<std::uint32_t>(strings.size()));
  for (const auto& s : strings) bytes::put_string(out, s);
}

}  // namespace

void ClassifierFeatures::count(std::span<const std::string_view> fields, std::vector<GramCount>& out) {
  thread_local NormalForm normal;
  thread_local std::vector<std::uint64_t> seen;  // hash above, kind below
  seen.clear();
  for (std::size_t f = 0; f < fields.size(); ++f) {
    // A code point has at most four bytes: what is cut off here would be cut off below.
    normalize(fields[f].substr(0, kMostPoints * 4), normal);
    const auto text = std::u32string_view(normal.points).substr(0, kMostPoints);
    const bool own = f == 0 && fields.size() > 1;
    if (text.empty()) continue;
    each_gram(text, [&](std::uint64_t hash, std::size_t length) {
      seen.push_back((hash & 0xFFFFFFFF00000000ull) | (length - 1));
      if (own) seen.push_back((mix(hash + 1) & 0xFFFFFFFF00000000ull) | (length - 1) | kOwn);
    });
  }
  std::sort(seen.begin(), seen.end());
  out.clear();
  for (std::size_t i = 0; i < seen.size();) {
    const auto hash = static_cast<std::uint32_t>(seen[i] >> 32);
    const auto kind = static_cast<std::uint8_t>(seen[i]);
    std::size_t end = i;
    while (end < seen.size() && seen[end] >> 32 == hash) ++end;
    out.push_back({hash, static_cast<std::uint16_t>(std::min<std::size_t>(end - i, 65535)), kind});
    i = end;
  }
}

std::uint32_t Classifier::find(std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    if (slots_[i] == kNone || hash_[slots_[i]] == hash) return slots_[i];
  }
}

void Classifier::index() {
  slots_.assign(std::bit_ceil(rows_ * 2 + 2), kNone);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t row = 0; row < rows_; ++row) {
    std::size_t i = hash_[row] & mask;
    while (slots_[i] != kNone) i = (i + 1) & mask;
    slots_[i] = row;
  }
}

void Classifier::margins(std::span<const std::string_view> fields, std::vector<float>& out) const {
  thread_local std::vector<GramCount> grams;
  ClassifierFeatures::count(fields, grams);
  const std::size_t n = labels_.size();
  out.assign(n, 0);
  float square = 0;
  for (const GramCount& g : grams) {
    const std::uint32_t row = find(g.hash);
    if (row == kNone) continue;
    const float value =
        static_cast<float>(value_[row]) * kValueStep * (g.times > 1 ? 1 + std::log(static_cast<float>(g.times)) : 1);
    square += value * value;
    const std::int8_t* w = &weights_[row * n];
    for (std::size_t k = 0; k < n; ++k) out[k] += value * static_cast<float>(w[k]);
  }
  const float length = square > 0 ? 1 / std::sqrt(square) : 0;
  for (std::size_t k = 0; k < n; ++k) out[k] = out[k] * length * scale_[k] + bias_[k];
}

Classifier::Answer Classifier::classify(std::span<const std::string_view> fields) const {
  thread_local std::vector<float> m;
  margins(fields, m);
  const auto best = std::max_element(m.begin(), m.end());
  float sum = 0;
  for (const float x : m) sum += std::exp(steepness_ * (x - *best));
  Answer a;
  a.label = static_cast<std::size_t>(best - m.begin());
  a.score = 1 / sum;
  return a;
}

std::string Classifier::write() const {
  std::string out(kMagic);
  put_strings(out, labels_);
  put_strings(out, fields_);
  bytes::put_string(out, figures_);
  bytes::put(out, steepness_);
  bytes::put_vector(out, scale_);
  bytes::put_vector(out, bias_);
  bytes::put_vector(out, hash_);
  bytes::put_vector(out, value_);
  bytes::put_vector(out, weights_);
  return out;
}

Result<Classifier> Classifier::read(std::string_view in, std::string_view source) {
  const auto broken = [&] { return fail(Errc::model_broken, Where::at(std::string(source))); };
  if (!in.starts_with(kMagic)) return broken();
  in.remove_prefix(kMagic.size());
  Classifier c;
  if (!get_strings(in, c.labels_, kMostLabels) || !get_strings(in, c.fields_, kMostFields) ||
      !bytes::get_string(in, c.figures_) || !bytes::get(in, c.steepness_) || !bytes::get_vector(in, c.scale_) ||
      !bytes::get_vector(in, c.bias_) || !bytes::get_vector(in, c.hash_) || !bytes::get_vector(in, c.value_) ||
      !bytes::get_vector(in, c.weights_) || !in.empty()) {
    return broken();
  }
  c.rows_ = c.hash_.size();
  const std::size_t n = c.labels_.size();
  const auto finite = [](float f) { return std::isfinite(f); };
  if (c.scale_.size() != n || c.bias_.size() != n || c.value_.size() != c.rows_ || c.weights_.size() != c.rows_ * n ||
      !finite(c.steepness_) || !std::all_of(c.scale_.begin(), c.scale_.end(), finite) ||
      !std::all_of(c.bias_.begin(), c.bias_.end(), finite) || !std::is_sorted(c.hash_.begin(), c.hash_.end()) ||
      std::adjacent_find(c.hash_.begin(), c.hash_.end()) != c.hash_.end()) {
    return broken();
  }
  c.index();
  return c;
}

}  // namespace linli
