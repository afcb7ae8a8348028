#include "understand/classify/train/span_trainer.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <limits>
#include <numeric>
#include <random>

#include "base/normal_form.h"
#include "understand/grams.h"

namespace linli {
namespace {

// What stands around each character: single characters and runs of two and three, digits as one digit.
std::vector<std::vector<std::uint32_t>> rows_of(std::u32string_view text, std::size_t rows) {
  const auto at = [&](std::ptrdiff_t i) -> char32_t {
    if (i < 0 || i >= static_cast<std::ptrdiff_t>(text.size())) return 2;
    const char32_t c = text[static_cast<std::size_t>(i)];
    return c >= '0' && c <= '9' ? U'0' : c >= 'A' && c <= 'Z' ? c + 32 : c;
  };
  struct Window {
    int from, length;
  };
  constexpr Window kWindows[] = {{0, 1},  {-1, 1}, {1, 1},  {-2, 1}, {2, 1}, {-1, 2}, {0, 2},
                                 {-2, 2}, {1, 2},  {-1, 3}, {-2, 3}, {0, 3}, {-3, 3}, {1, 3}};
  std::vector<std::vector<std::uint32_t>> out(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (std::size_t w = 0; w < std::size(kWindows); ++w) {
      std::uint64_t h = w + 1;
      for (int k = 0; k < kWindows[w].length; ++k)
        h = mix(h * 0x9E3779B97F4A7C15ull ^ at(static_cast<std::ptrdiff_t>(i) + kWindows[w].from + k));
      out[i].push_back(static_cast<std::uint32_t>(h % rows));
    }
  }
  return out;
}

bool may_follow(std::size_t before, std::size_t state) {
  // Further characters of a label only after its first or a further one.
  return state == 0 || state % 2 == 1 || before == state || before + 1 == state;
}

}  // namespace

Result<std::vector<SpanText>> read_span_texts(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Errc::file_unreadable, Where::at(file));
  std::vector<SpanText> out;
  std::string line;
  for (long number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    const auto wrong = [&](const char* field) {
      return fail(Errc::bad_value, Where::at(file, number, field),
                  {{"allowed", "[[begin, end, label], …], ascending"}});
    };
    boost::system::error_code failed;
    const auto value = boost::json::parse(line, failed);
    const auto* object = failed ? nullptr : value.if_object();
    const auto* text = object ? object->if_contains("text") : nullptr;
    const auto* spans = object ? object->if_contains("spans") : nullptr;
    if (!text || !text->is_string()) return fail(Errc::missing_field, Where::at(file, number, "text"));
    if (!spans || !spans->is_array()) return fail(Errc::missing_field, Where::at(file, number, "spans"));
    SpanText t;
    t.text = text->as_string();
    const auto length = static_cast<std::int64_t>(decode_utf8(t.text).size());
    std::int64_t last = 0;
    for (const auto& s : spans->as_array()) {
      const auto* part = s.if_array();
      if (!part || part->size() != 3 || !(*part)[0].is_int64() || !(*part)[1].is_int64() || !(*part)[2].is_string())
        return wrong("spans");
      const auto begin = (*part)[0].as_int64(), end = (*part)[1].as_int64();
      if (begin < last || end <= begin || end > length) return wrong("spans");
      std::string label((*part)[2].as_string());
      for (char& c : label) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      t.spans.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), label});
      last = end;
    }
    out.push_back(std::move(t));
  }
  return out;
}

std::vector<std::uint32_t> SpanTagger::best_row(const std::vector<std::vector<std::uint32_t>>& rows) const {
  const std::size_t n = rows.size(), k = states();
  constexpr float kNever = std::numeric_limits<float>::lowest() / 4;
  std::vector<float> score(k, kNever), next(k);
  std::vector<std::uint32_t> from(n * k, 0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t s = 0; s < k; ++s) {
      float best = i == 0 ? (may_follow(0, s) ? 0 : kNever) : kNever;
      for (std::size_t b = 0; i > 0 && b < k; ++b) {
        if (!may_follow(b, s)) continue;
        const float x = score[b] + follows_[b * k + s];
        if (x > best) best = x, from[i * k + s] = static_cast<std::uint32_t>(b);
      }
      next[s] = best;
    }
    for (const auto row : rows[i]) {
      for (std::size_t s = 0; s < k; ++s) next[s] += weights_[row * k + s];
    }
    std::swap(score, next);
  }
  std::vector<std::uint32_t> out(n);
  if (n == 0) return out;
  auto at = static_cast<std::uint32_t>(std::max_element(score.begin(), score.end()) - score.begin());
  for (std::size_t i = n; i-- > 0; at = from[i * k + at]) out[i] = at;
  return out;
}

SpanTagger SpanTagger::train(const std::vector<SpanText>& texts, int rounds, std::uint64_t seed) {
  SpanTagger t;
  for (const auto& text : texts) {
    for (const auto& s : text.spans) {
      if (std::find(t.labels_.begin(), t.labels_.end(), s.label) == t.labels_.end()) t.labels_.push_back(s.label);
    }
  }
  std::sort(t.labels_.begin(), t.labels_.end());
  const std::size_t k = t.states();
  t.weights_.assign(kRows * k, 0);
  t.follows_.assign(k * k, 0);
  std::vector<float> weights_sum(t.weights_.size(), 0), follows_sum(t.follows_.size(), 0);  // of steps times their time
  std::vector<std::vector<std::vector<std::uint32_t>>> rows;
  std::vector<std::vector<std::uint32_t>> truth;
  for (const auto& text : texts) {
    rows.push_back(rows_of(decode_utf8(text.text), kRows));
    std::vector<std::uint32_t> states(rows.back().size(), 0);
    for (const auto& s : text.spans) {
      const auto label =
          static_cast<std::uint32_t>(std::lower_bound(t.labels_.begin(), t.labels_.end(), s.label) - t.labels_.begin());
      for (auto i = s.begin; i < s.end; ++i) states[i] = 1 + 2 * label + (i > s.begin);
    }
    truth.push_back(std::move(states));
  }
  std::vector<std::size_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 random(seed);
  float time = 1;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    for (const auto index : order) {
      const auto told = t.best_row(rows[index]);
      const auto step = [&](std::vector<float>& w, std::vector<float>& sum, std::size_t at, float by) {
        w[at] += by;
        sum[at] += by * time;
      };
      for (std::size_t i = 0; i < told.size(); ++i) {
        const auto right = truth[index][i];
        if (told[i] != right) {
          for (const auto row : rows[index][i]) {
            step(t.weights_, weights_sum, row * k + right, 1);
            step(t.weights_, weights_sum, row * k + told[i], -1);
          }
        }
        if (i == 0 || (told[i] == right && told[i - 1] == truth[index][i - 1])) continue;
        step(t.follows_, follows_sum, truth[index][i - 1] * k + right, 1);
        step(t.follows_, follows_sum, told[i - 1] * k + told[i], -1);
      }
      ++time;
    }
  }
  for (std::size_t i = 0; i < t.weights_.size(); ++i) t.weights_[i] -= weights_sum[i] / time;
  for (std::size_t i = 0; i < t.follows_.size(); ++i) t.follows_[i] -= follows_sum[i] / time;
  return t;
}

std::vector<Span> SpanTagger::tag(std::string_view text) const {
  const auto states = best_row(rows_of(decode_utf8(text), kRows));
  std::vector<Span> out;
  for (std::uint32_t i = 0; i < states.size(); ++i) {
    if (states[i] == 0) continue;
    if (states[i] % 2 == 1) out.push_back({i, i + 1, labels_[(states[i] - 1) / 2]});
    else if (!out.empty()) out.back().end = i + 1;
  }
  return out;
}

}  // namespace linli
