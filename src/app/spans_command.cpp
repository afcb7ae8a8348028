// linli train spans: how well the parts of addresses can be marked, learned from marked ones; and how many buildings, units
// and rooms among them the product's own rules read.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include "app/command.h"
#include "app/commands.h"
#include "understand/classify/train/span_trainer.h"
#include "understand/place_parser.h"

namespace linli::app {
namespace {

struct Tally {
  std::size_t right = 0, told = 0, truth = 0;
  double precision() const { return told ? static_cast<double>(right) / static_cast<double>(told) : 0; }
  double recall() const { return truth ? static_cast<double>(right) / static_cast<double>(truth) : 0; }
  double f1() const { return right ? 2 * precision() * recall() / (precision() + recall()) : 0; }
  void print(const char* what) const {
    std::printf("%-24s precision %.4f   recall %.4f   F1 %.4f   (%zu in the texts, %zu told)\n", what, precision(),
                recall(), f1(), truth, told);
  }
};

void judge_tagger(const SpanTagger& tagger, const std::vector<SpanText>& texts) {
  Tally all;
  std::map<std::string, Tally> by_label;
  for (const auto& t : texts) {
    const auto told = tagger.tag(t.text);
    for (const auto& s : t.spans) ++all.truth, ++by_label[s.label].truth;
    for (const auto& s : told) {
      const bool right = std::find(t.spans.begin(), t.spans.end(), s) != t.spans.end();
      ++all.told, ++by_label[s.label].told;
      all.right += right, by_label[s.label].right += right;
    }
  }
  all.print("all spans");
  for (const auto& [label, tally] : by_label) tally.print(("  " + label).c_str());
}

// -1: no digits.
std::int32_t number_in(std::string_view text) {
  const auto begin = text.find_first_of("0123456789");
  if (begin == text.npos) return -1;
  std::int32_t n = 0;
  for (auto i = begin; i < text.size() && text[i] >= '0' && text[i] <= '9' && i < begin + 6; ++i)
    n = n * 10 + (text[i] - '0');
  return n;
}

// The first building, unit and room of a text as numbers: what the product's rules read, and the digits in its spans.
void judge_rules(const std::vector<SpanText>& texts) {
  const PlaceParser parser(PlaceDirectory{});
  const Lexicon& lexicon = Lexicon::embedded();
  Tally building, unit, room;
  const auto count = [](Tally& t, std::int32_t told, std::int32_t truth) {
    t.told += told >= 0;
    t.truth += truth >= 0;
    t.right += truth >= 0 && told == truth;
  };
  std::vector<WordHit> hits;
  for (const auto& t : texts) {
    const NormalForm normal = normalize(t.text);
    lexicon.scan(normal, hits);
    const PlaceMention m = parser.parse(normal, hits, lexicon);
    PlaceMention truth;
    const std::u32string points = decode_utf8(t.text);
    for (const auto& s : t.spans) {
      const std::string part =
          normalize(encode_utf8(std::u32string_view(points).substr(s.begin, s.end - s.begin))).bytes;
      const auto has = [&](std::string_view what) { return part.find(what) != part.npos; };
      const std::int32_t number = number_in(part);
      const bool house = has("幢") || has("栋") || has("座") || has("号楼") || has("#");
      if (s.label == "houseno" && house && truth.building < 0) truth.building = number;
      if (s.label == "cellno" && truth.unit < 0) truth.unit = number;
      if (s.label == "roomno" && truth.room < 0) truth.room = number;
    }
    count(building, m.building, truth.building);
    count(unit, m.unit, truth.unit);
    count(room, m.room, truth.room);
  }
  building.print("  building");
  unit.print("  unit");
  room.print("  room");
}

struct Asked {
  std::string train, dev;
  int rounds = 8;
  std::uint64_t seed = 1;
};

void run(const Asked& asked) {
  const auto texts = need(read_span_texts(asked.train)), dev = need(read_span_texts(asked.dev));
  const SpanTagger tagger = SpanTagger::train(texts, asked.rounds, asked.seed);
  std::printf("%zu texts, %zu labels; judged on %zu others\n", texts.size(), tagger.labels().size(), dev.size());
  judge_tagger(tagger, dev);
  std::printf("the product's rules for places, the same texts (spans without digits are left aside):\n");
  judge_rules(dev);
}

}  // namespace

void add_train_spans(CLI::App& app) {
  auto* command = app.get_subcommand("train")->add_subcommand(
      "spans", "Learn to mark the parts of addresses; prints figures, writes no model");
  auto asked = std::make_shared<Asked>();
  command->add_option("train", asked->train, "JSONL: text, spans [[begin, end, label], …] in characters")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--dev", asked->dev, "Judged once")->required()->check(CLI::ExistingFile);
  command->add_option("--rounds", asked->rounds, "Times through the texts")
      ->capture_default_str()
      ->check(CLI::Range(1, 50));
  command->add_option("--seed", asked->seed, "Order of the texts")->capture_default_str();
  command->callback([asked] { run(*asked); });
}

}  // namespace linli::app
