#include "understand/text_model.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "understand/bytes.h"
#include "understand/grams.h"
#include "understand/taxonomy.h"

namespace linli {
namespace {

constexpr std::size_t kHead = 300, kTail = 60;

std::uint64_t fact(std::uint64_t kind, std::uint64_t value) {
  return mix((kind + 1) << 40 ^ value * 0x9E3779B97F4A7C15ull);
}

void add_grams(std::u32string_view text, std::vector<std::uint64_t>& out) {
  each_gram(text, [&](std::uint64_t hash, std::size_t) { out.push_back(hash); });
}

void softmax(const float* in, float* out, std::size_t n) {
  float top = in[0];
  for (std::size_t i = 1; i < n; ++i) top = std::max(top, in[i]);
  float sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += out[i] = std::exp(in[i] - top);
  for (std::size_t i = 0; i < n; ++i) out[i] /= sum;
}

// With wider registers where the machine has them (chosen once, at start; integers: the same sums everywhere). Sanitizers
// start too late for that choice.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define LINLI_WIDE __attribute__((target_clones("arch=haswell", "default")))
#else
#define LINLI_WIDE
#endif
LINLI_WIDE void add_rows(const std::int8_t* weights, const std::uint32_t* rows, std::size_t n, std::int16_t* sum) {
  std::int16_t part[Outputs::count] = {};
  for (std::size_t r = 0; r < n; ++r) {
    const std::int8_t* w = weights + std::size_t{rows[r]} * Outputs::count;
    for (std::size_t i = 0; i < Outputs::count; ++i) part[i] = static_cast<std::int16_t>(part[i] + w[i]);
  }
  std::copy(std::begin(part), std::end(part), sum);
}

float logistic(float x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

std::uint64_t category_fact(std::size_t category, bool strong) { return fact(strong ? 4 : 6, category); }

void text_features(const Message& message, const Understanding& u, const Lexicon& lexicon, TextFeatures& out) {
  out.grams.clear();
  out.facts.clear();
  const std::u32string_view text = u.normal.points;
  if (text.size() <= kHead + kTail) {
    add_grams(text, out.grams);
  } else {
    add_grams(text.substr(0, kHead), out.grams);
    add_grams(text.substr(text.size() - kTail), out.grams);
  }
  const std::size_t role = static_cast<std::size_t>(message.role);
  out.facts.push_back(fact(1, role));
  out.facts.push_back(fact(2, static_cast<std::size_t>(message.type)));
  for (const WordHit& hit : u.hits) {
    if (lexicon.words()[hit.word].points > 1) out.facts.push_back(fact(3, lexicon.words()[hit.word].hash));
  }
  for (std::size_t c = 0; c < kMaxCategories; ++c) {
    if (u.strong[c]) out.facts.push_back(category_fact(c, true));
    if (u.strong[c] > 1) out.facts.push_back(fact(5, c));
    if (u.weak[c]) out.facts.push_back(category_fact(c, false));
  }
  bool any = false;
  for (std::size_t s = 0; s < kMaxSigns; ++s) {
    if (!u.signs[s]) continue;
    any = true;
    out.facts.push_back(fact(7, s));
    if (u.signs[s] > 1) out.facts.push_back(fact(8, s));
    out.facts.push_back(fact(9, s * 8 + role));
  }
  if (!any) out.facts.push_back(fact(10, role));
  std::size_t length = 0;
  for (std::size_t n = text.size(); n > 1; n = n * 2 / 3) ++length;
  out.facts.push_back(fact(11, length));
  out.facts.push_back(fact(12, length * 8 + role));
  bool han = false, digit = false, mark = false, blank = false;
  for (const char32_t c : text) {
    han |= c >= 0x4E00 && c <= 0x9FFF;
    digit |= c >= '0' && c <= '9';
    mark |= c == '?' || c == '!';
    blank |= c == ' ';
  }
  out.facts.push_back(fact(13, han * 8 + digit * 4 + mark * 2 + blank));
  if (!message.reply_to.empty()) out.facts.push_back(fact(14, role));
  if (!message.mentions.empty() || text.find(U'@') != text.npos) out.facts.push_back(fact(15, role));
  // 1.张三 一份: a line of a sign-up list
  std::size_t i = 0;
  while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
  if (i > 0 && i <= 3 && i < text.size() && (text[i] == '.' || text[i] == U'、')) out.facts.push_back(fact(16, 0));
}

void TextModel::score(const TextFeatures& features, Understanding& u) const {
  u.rows.clear();
  std::array<float, Outputs::count> sum = bias_;
  if (!empty()) {
    float norm = 0;
    for (const std::uint64_t hash : features.grams) {
      const std::uint32_t row = find(hash);
      if (row == kNone) continue;
      __builtin_prefetch(&weights_[row * Outputs::count]);
      u.rows.push_back(row);
    }
    std::sort(u.rows.begin(), u.rows.end());
    u.rows.erase(std::unique(u.rows.begin(), u.rows.end()), u.rows.end());
    for (const std::uint32_t row : u.rows) norm += idf(row) * idf(row);
    // 16 bits hold 258 rows of signed bytes; what a longer text says beyond is added in further rounds.
    alignas(64) std::array<std::int16_t, Outputs::count> part;
    alignas(64) std::array<std::int32_t, Outputs::count> grams{}, facts{};
    const auto add_all = [&](const std::vector<std::uint32_t>& rows, std::array<std::int32_t, Outputs::count>& to) {
      for (std::size_t begin = 0; begin < rows.size(); begin += 256) {
        add_rows(weights_.data(), &rows[begin], std::min<std::size_t>(rows.size() - begin, 256), part.data());
        for (std::size_t i = 0; i < Outputs::count; ++i) to[i] += part[i];
      }
    };
    thread_local std::vector<std::uint32_t> fact_rows;
    fact_rows.clear();
    for (const std::uint64_t hash : features.facts) {
      const std::uint32_t row = find(hash);
      if (row == kNone) continue;
      __builtin_prefetch(&weights_[row * Outputs::count]);
      fact_rows.push_back(row);
    }
    std::sort(fact_rows.begin(), fact_rows.end());
    fact_rows.erase(std::unique(fact_rows.begin(), fact_rows.end()), fact_rows.end());
    add_all(u.rows, grams);
    add_all(fact_rows, facts);
    const float gram_value = norm > 0 ? 1 / std::sqrt(norm) : 0;
    for (std::size_t i = 0; i < Outputs::count; ++i) {
      sum[i] += (static_cast<float>(grams[i]) * gram_value + static_cast<float>(facts[i])) * scale_[i];
    }
  }
  const std::size_t categories = Taxonomy::embedded().categories().size();
  softmax(&sum[Outputs::act], u.act.data(), kActs);
  softmax(&sum[Outputs::category], u.category.data(), categories);
  softmax(&sum[Outputs::urgency], u.urgency.data(), 4);
  u.appeal = logistic(sum[Outputs::appeal]);
  u.opens = logistic(sum[Outputs::opens]);
  u.reply = logistic(sum[Outputs::reply]);
}

void TextModel::write(std::string& out) const {
  bytes::put_vector(out, tags_);
  bytes::put_vector(out, idf_);
  bytes::put_vector(out, weights_);
  for (const float f : scale_) bytes::put(out, f);
  for (const float f : bias_) bytes::put(out, f);
}

bool TextModel::read(std::string_view& in, TextModel& out) {
  bool good =
      bytes::get_vector(in, out.tags_) && bytes::get_vector(in, out.idf_) && bytes::get_vector(in, out.weights_);
  for (float& f : out.scale_) good = good && bytes::get(in, f);
  for (float& f : out.bias_) good = good && bytes::get(in, f);
  if (!good || (out.tags_.empty() && out.weights_.empty() && out.idf_.empty())) return good;
  return out.tags_.size() == kSlots && out.idf_.size() == kSlots && out.weights_.size() == kSlots * Outputs::count;
}

}  // namespace linli
