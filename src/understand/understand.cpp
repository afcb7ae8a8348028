#include "understand/understand.h"

#include <algorithm>

#include "base/embedded.h"
#include "understand/lexicon.h"
#include "understand/model.h"
#include "understand/taxonomy.h"

namespace linli {
namespace {

constexpr std::string_view kActNames[kActs] = {"none",   "report",   "confirm", "detail", "urge",
                                               "answer", "resolved", "thanks",  "other"};

void count_words(const Lexicon& lexicon, Understanding& u) {
  u.signs.fill(0);
  u.strong.fill(0);
  u.weak.fill(0);
  const auto more = [](std::uint8_t& n) { n = static_cast<std::uint8_t>(n < 255 ? n + 1 : n); };
  for (const WordHit& hit : u.hits) {
    const WordEntry& word = lexicon.words()[hit.word];
    for (const auto s : word.signs) more(u.signs[s]);
    for (const auto c : word.strong) more(u.strong[c]);
    for (const auto c : word.weak) more(u.weak[c]);
  }
}

}  // namespace

std::string_view name(Act act) { return kActNames[static_cast<std::size_t>(act)]; }

std::optional<Act> parse_act(std::string_view text) {
  const auto it = std::find(std::begin(kActNames), std::end(kActNames), text);
  if (it == std::end(kActNames)) return std::nullopt;
  return static_cast<Act>(it - std::begin(kActNames));
}

int Understanding::best_category() const {
  return static_cast<int>(std::max_element(category.begin(), category.end()) - category.begin());
}

Act Understanding::best_act() const {
  return static_cast<Act>(std::max_element(act.begin() + 1, act.end()) - act.begin());
}

Result<Understander> Understander::embedded() {
  for (const auto& file : embedded::model()) {
    if (file.path == "linli.bin") return with_model(file.bytes, "data/model/linli.bin");
  }
  return with_model({}, {});
}

Result<Understander> Understander::with_model(std::string_view bytes, std::string_view source) {
  if (bytes.empty()) return with_model(std::make_shared<const Model>());
  auto model = Model::read(bytes, source);
  if (!model) return tl::unexpected(std::move(model).error());
  return with_model(std::make_shared<const Model>(std::move(*model)));
}

Understander Understander::with_model(std::shared_ptr<const Model> model, bool words) {
  Understander u;
  // Both live as long as the program.
  u.lexicon_ = std::shared_ptr<const Lexicon>(std::shared_ptr<void>(), &Lexicon::embedded());
  u.taxonomy_ = std::shared_ptr<const Taxonomy>(std::shared_ptr<void>(), &Taxonomy::embedded());
  u.model_ = std::move(model);
  u.words_ = words;
  return u;
}

const ModelInfo& Understander::info() const { return model_->info; }

void Understander::understand(const Message& message, Understanding& out) const {
  thread_local TextFeatures features;
  normalize(message.text, out.normal);
  text_grams(out, features);
  model_->text.look_up(features, out);
  out.hits.clear();
  if (words_) lexicon_->scan(out.normal, out.hits);
  count_words(*lexicon_, out);
  text_facts(message, out, *lexicon_, features);
  model_->text.score(features, out);
}

Understanding Understander::understand(const Message& message) const {
  Understanding out;
  understand(message, out);
  return out;
}

}  // namespace linli
