// One message, understood: act, appeal, category, urgency, signs, with the words that speak for it.
// Pure and deterministic; microseconds; no network. An Understander is immutable after loading: any thread may call.
// Places need the community's directory and are read by place_parser.h; what a message means among others is for `leads`.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/normal_form.h"
#include "base/result.h"
#include "channels/message.h"

namespace linli {

enum class Act : std::uint8_t { none, report, confirm, detail, urge, answer, resolved, thanks, other };
inline constexpr std::size_t kActs = 9;
std::string_view name(Act act);
std::optional<Act> parse_act(std::string_view text);

class Lexicon;
class Taxonomy;
class Model;

inline constexpr std::size_t kMaxCategories = 48;
inline constexpr std::size_t kMaxSigns = 32;

// A word of the lists where it stands in the normal form.
struct WordHit {
  std::uint32_t word;        // index in the lexicon
  std::uint32_t begin, end;  // points of Understanding::normal
};

struct Understanding {
  NormalForm normal;
  std::vector<WordHit> hits;  // by their end
  std::vector<std::uint32_t>
      rows;  // the n-grams that the model knows, as its rows, each once, unordered: what two texts share
  std::array<float, kActs> act{};                // probabilities, from the text alone
  std::array<float, kMaxCategories> category{};  // probabilities, should it be an appeal; order of the taxonomy
  std::array<float, 4> urgency{};                // probabilities of urgency 1..4, should it be an appeal
  float appeal = 0;                              // probability that it belongs to some lead
  float opens = 0;                               // … that it is the first clear word of a matter
  float reply = 0;                               // … that information alone settles it
  std::array<std::uint8_t, kMaxSigns> signs{};   // hits of each list of signs
  std::array<std::uint8_t, kMaxCategories> strong{}, weak{};  // hits of each category's words

  int best_category() const;
  Act best_act() const;  // never Act::none: the act, should it belong to a lead
};

// Identifies what the results depend on.
struct ModelInfo {
  std::string version;  // "1.1a2b3c4d": hash of the model itself
  std::string data_hash;
  std::string figures;  // JSON object of cross-validated figures, as printed by `linli train`
};

class Understander {
 public:
  // From the files inside the program (data/lexicon, data/model/linli.bin).
  static Result<Understander> embedded();
  // With another model; empty bytes: without any, so that the word lists alone speak (the trainer starts so).
  static Result<Understander> with_model(std::string_view bytes, std::string_view source);
  // `words` false: as if all word lists were empty, to see what they are worth.
  static Understander with_model(std::shared_ptr<const Model> model, bool words = true);

  // Reuses the memory of `out`.
  void understand(const Message& message, Understanding& out) const;
  Understanding understand(const Message& message) const;

  const Lexicon& lexicon() const { return *lexicon_; }
  const Taxonomy& taxonomy() const { return *taxonomy_; }
  const Model& model() const { return *model_; }
  const ModelInfo& info() const;

 private:
  std::shared_ptr<const Lexicon> lexicon_;
  std::shared_ptr<const Taxonomy> taxonomy_;
  std::shared_ptr<const Model> model_;
  bool words_ = true;
};

}  // namespace linli
