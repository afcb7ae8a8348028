#include "understand/text_model.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "understand/bytes.h"
#include "understand/grams.h"
#include "understand/quick_math.h"
#include "understand/taxonomy.h"

namespace linli {
namespace {

constexpr std::size_t kHead = 300, kTail = 60;

std::uint64_t fact(std::uint64_t kind, std::uint64_t value) {
  return mix((kind + 1) << 40 ^ value * 0x9E3779B97F4A7C15ull);
}

void add_grams(std::u32string_view text, std::vector<std::uint64_t>& out) {
  const std::size_t before = out.size();
  out.resize(before + kLongestGram * (text.size() + 2));
  std::uint64_t* to = out.data() + before;
  each_gram(text, [&](std::uint64_t hash, std::size_t) { *to++ = hash; });
  out.resize(static_cast<std::size_t>(to - out.data()));
}

constexpr std::size_t kLanes = 8;

// Sums of eight lanes each, so that wide and narrow registers add in the same order.
[[gnu::always_inline]] inline void softmax(const float* in, float* out, std::size_t n) {
  float top = in[0];
  for (std::size_t i = 1; i < n; ++i) top = in[i] > top ? in[i] : top;
  for (std::size_t i = 0; i < n; ++i) out[i] = quick_exp(in[i] - top);
  float lane[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lane[k] += out[i + k];
  }
  for (; i < n; ++i) lane[0] += out[i];
  float sum = 0;
  for (const float l : lane) sum += l;
  const float scale = 1 / sum;
  for (i = 0; i < n; ++i) out[i] *= scale;
}

float logistic(float x) { return 1 / (1 + quick_exp(-x)); }

// Sixteen columns at a time, written out: left to itself the compiler adds two rows byte after byte.
using Bytes = std::int8_t __attribute__((vector_size(16)));
using Shorts = std::int16_t __attribute__((vector_size(32)));
constexpr std::size_t kParts = Outputs::count / 16;

LINLI_WIDE void add_rows(const std::int8_t* weights, const std::uint32_t* rows, std::size_t n, std::int32_t* sum) {
  // 16 bits hold 256 rows of signed bytes.
  for (std::size_t begin = 0; begin < n; begin += 256) {
    const std::size_t end = std::min(n, begin + 256);
    Shorts part[kParts] = {};
    for (std::size_t r = begin; r < end; ++r) {
      const std::int8_t* w = weights + std::size_t{rows[r]} * Outputs::count;
      for (std::size_t p = 0; p < kParts; ++p) {
        Bytes b;
        std::memcpy(&b, w + p * 16, sizeof b);
        part[p] += __builtin_convertvector(b, Shorts);
      }
    }
    for (std::size_t p = 0; p < kParts; ++p) {
      for (std::size_t i = 0; i < 16; ++i) sum[p * 16 + i] += part[p][i];
    }
  }
}

LINLI_WIDE void to_probabilities(const std::int32_t* grams, const std::int32_t* facts, float gram_value,
                                 const float* scale, const float* bias, std::size_t categories, Understanding& u) {
  alignas(64) float sum[Outputs::count];
  for (std::size_t i = 0; i < Outputs::count; ++i)
    sum[i] = bias[i] + (static_cast<float>(grams[i]) * gram_value + static_cast<float>(facts[i])) * scale[i];
  softmax(&sum[Outputs::act], u.act.data(), kActs);
  softmax(&sum[Outputs::category], u.category.data(), categories);
  softmax(&sum[Outputs::urgency], u.urgency.data(), 4);
  u.appeal = logistic(sum[Outputs::appeal]);
  u.opens = logistic(sum[Outputs::opens]);
  u.reply = logistic(sum[Outputs::reply]);
}

// Which rows a text has had already; all bits are 0 between two texts.
struct Seen {
  std::array<std::uint64_t, TextModel::kSlots / 64> bits{};
};

}  // namespace

std::uint64_t category_fact(std::size_t category, bool strong) { return fact(strong ? 4 : 6, category); }

void text_features(const Message& message, const Understanding& u, const Lexicon& lexicon, TextFeatures& out) {
  text_grams(u, out);
  text_facts(message, u, lexicon, out);
}

void text_grams(const Understanding& u, TextFeatures& out) {
  out.grams.clear();
  const std::u32string_view text = u.normal.points;
  if (text.size() <= kHead + kTail) {
    add_grams(text, out.grams);
  } else {
    add_grams(text.substr(0, kHead), out.grams);
    add_grams(text.substr(text.size() - kTail), out.grams);
  }
}

void text_facts(const Message& message, const Understanding& u, const Lexicon& lexicon, TextFeatures& out) {
  out.facts.clear();
  const std::u32string_view text = u.normal.points;
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

void TextModel::rows_of(const std::vector<std::uint64_t>& hashes, std::vector<std::uint32_t>& out) const {
  thread_local Seen seen;
  out.resize(hashes.size());
  std::size_t n = 0;
  for (const std::uint64_t hash : hashes) {
    // Both ways at once, without a branch: most texts mix known and unknown n-grams.
    const auto slot = static_cast<std::uint32_t>(hash >> 16 & (kSlots - 1));
    const auto tag = tag_of(hash);
    const bool first = tags_[slot] == tag, second = tags_[slot ^ 1] == tag;
    const std::uint32_t row = first ? slot : slot ^ 1;
    std::uint64_t& word = seen.bits[row / 64];
    const std::uint64_t bit = std::uint64_t{1} << row % 64;
    const bool fresh = (first | second) & !(word & bit);
    word |= fresh ? bit : 0;
    out[n] = row;
    n += fresh;
  }
  out.resize(n);
  for (const std::uint32_t row : out) {
    __builtin_prefetch(&weights_[row * Outputs::count]);
    seen.bits[row / 64] = 0;
  }
}

void TextModel::look_up(const TextFeatures& features, Understanding& u) const {
  u.rows.clear();
  if (!empty()) rows_of(features.grams, u.rows);
}

void TextModel::score(const TextFeatures& features, Understanding& u) const {
  alignas(64) std::array<std::int32_t, Outputs::count> grams{}, facts{};
  float gram_value = 0;
  if (!empty()) {
    thread_local std::vector<std::uint32_t> fact_rows;
    rows_of(features.facts, fact_rows);
    std::uint32_t norm = 0;  // whole steps: the same in any order
    for (const std::uint32_t row : u.rows) norm += std::uint32_t{idf_[row]} * idf_[row];
    add_rows(weights_.data(), u.rows.data(), u.rows.size(), grams.data());
    add_rows(weights_.data(), fact_rows.data(), fact_rows.size(), facts.data());
    if (norm > 0) gram_value = 1 / (std::sqrt(static_cast<float>(norm)) * kIdfStep);
  }
  static const std::size_t categories = Taxonomy::embedded().categories().size();
  to_probabilities(grams.data(), facts.data(), gram_value, scale_.data(), bias_.data(), categories, u);
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
