// Learns to mark spans of a text (parts of an address) from texts with marked spans: an averaged perceptron over the
// characters around each place and the label before it, the best row of labels by Viterbi. For measuring what such texts
// allow; the product reads places by rules (place_parser.h). Seeded: the same texts give the same figures.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace linli {

struct Span {
  std::uint32_t begin, end;  // code points of the text
  std::string label;         // in lower case
  bool operator==(const Span&) const = default;
};

struct SpanText {
  std::string text;
  std::vector<Span> spans;  // ascending, apart
};

// {"text": …, "spans": [[begin, end, label], …]}, one a line. Errors name file and line.
Result<std::vector<SpanText>> read_span_texts(const std::string& file);

class SpanTagger {
 public:
  static SpanTagger train(const std::vector<SpanText>& texts, int rounds = 8, std::uint64_t seed = 1);
  std::vector<Span> tag(std::string_view text) const;
  const std::vector<std::string>& labels() const { return labels_; }

 private:
  static constexpr std::size_t kRows = std::size_t{1} << 18;
  std::size_t states() const { return 1 + 2 * labels_.size(); }  // outside; first and further characters of each label
  std::vector<std::uint32_t> best_row(const std::vector<std::vector<std::uint32_t>>& rows) const;

  std::vector<std::string> labels_;
  std::vector<float> weights_;  // kRows times states()
  std::vector<float> follows_;  // from state to state
};

}  // namespace linli
