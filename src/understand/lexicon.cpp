#include "understand/lexicon.h"

#include <hs/hs.h>

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include "base/embedded.h"
#include "understand/taxonomy.h"

namespace linli {
namespace {

constexpr std::string_view kSignNames[] = {
    "confirm",  "urge",  "resolved", "thanks",   "answer",    "question", "emergency", "urgent", "wide",
    "past",     "news",  "joke",     "ad",       "greeting",  "signup",   "leisure",   "notice", "ack",
    "surprise", "anger", "here",     "breakage", "ask_staff", "again",    "suppose"};
static_assert(std::size(kSignNames) == static_cast<std::size_t>(Sign::count));
static_assert(std::size(kSignNames) <= kMaxSigns);

struct List {
  std::string name;
  bool weak = false;
  std::vector<std::string> words;
};

std::string normal_word(std::string_view word) {
  std::string spaced(word);
  std::replace(spaced.begin(), spaced.end(), '_', ' ');
  return normalize(spaced).bytes;
}

// "name: word word", "name~: word"; a line without a colon belongs to the nameless list.
std::vector<List> read_lists(std::string_view text) {
  std::vector<List> lists;
  while (!text.empty()) {
    const auto line_end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, line_end);
    text.remove_prefix(std::min(line_end + 1, text.size()));
    if (line.starts_with('#')) continue;
    List list;
    if (const auto colon = line.find(": "); colon != line.npos && line.substr(0, colon).find(' ') == line.npos) {
      list.name = line.substr(0, colon);
      list.weak = list.name.ends_with('~');
      if (list.weak) list.name.pop_back();
      line.remove_prefix(colon + 2);
    }
    for (std::size_t i = 0; i < line.size();) {
      const auto end = std::min(line.find(' ', i), line.size());
      if (end > i) list.words.push_back(normal_word(line.substr(i, end - i)));
      i = end + 1;
    }
    if (!list.words.empty()) lists.push_back(std::move(list));
  }
  return lists;
}

std::uint64_t fnv(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ull;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return h;
}

struct Scratch {
  hs_scratch_t* scratch = nullptr;
  ~Scratch() { hs_free_scratch(scratch); }
};

}  // namespace

std::string_view name(Sign sign) { return kSignNames[static_cast<std::size_t>(sign)]; }

struct Lexicon::Automaton {
  hs_database_t* database = nullptr;
  ~Automaton() { hs_free_database(database); }
};

Lexicon::Lexicon() : automaton_(std::make_unique<Automaton>()) {
  std::unordered_map<std::string, std::size_t> index;
  const auto entry = [&](const std::string& word) -> WordEntry& {
    const auto [it, fresh] = index.try_emplace(word, words_.size());
    if (fresh)
      words_.push_back({word, static_cast<std::uint32_t>(decode_utf8(word).size()), fnv(word), {}, {}, {}, false});
    return words_[it->second];
  };
  const auto add = [](std::vector<std::uint8_t>& to, std::size_t value) {
    const auto v = static_cast<std::uint8_t>(value);
    if (std::find(to.begin(), to.end(), v) == to.end()) to.push_back(v);
  };
  const Taxonomy& taxonomy = Taxonomy::embedded();
  for (const auto& file : embedded::lexicon()) {
    if (file.path == "synonyms.txt") continue;  // for finding answers, not for understanding (assist/retrieval.h)
    for (const List& list : file.path.ends_with(".txt") ? read_lists(file.bytes) : std::vector<List>{}) {
      const auto category = taxonomy.find(list.name);
      const auto sign = std::find(std::begin(kSignNames), std::end(kSignNames), list.name) - std::begin(kSignNames);
      for (const std::string& word : list.words) {
        WordEntry& e = entry(word);
        if (file.path == "categories.txt" && category) add(list.weak ? e.weak : e.strong, *category);
        else if (file.path == "signs.txt" && sign < std::ssize(kSignNames))
          add(e.signs, static_cast<std::size_t>(sign));
        else if (file.path == "spots.txt" && list.name.empty()) e.spot = true;
        else throw std::runtime_error("data/lexicon/" + std::string(file.path) + ": unknown list " + list.name);
      }
    }
  }
  std::vector<const char*> patterns;
  std::vector<unsigned> flags, ids;
  std::vector<std::size_t> lengths;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    patterns.push_back(words_[i].text.c_str());
    flags.push_back(0);
    ids.push_back(static_cast<unsigned>(i));
    lengths.push_back(words_[i].text.size());
  }
  hs_compile_error_t* error = nullptr;
  if (hs_compile_lit_multi(patterns.data(), flags.data(), ids.data(), lengths.data(),
                           static_cast<unsigned>(words_.size()), HS_MODE_BLOCK, nullptr, &automaton_->database,
                           &error) != HS_SUCCESS) {
    const std::string why = error ? error->message : "";
    hs_free_compile_error(error);
    throw std::runtime_error("data/lexicon: the automaton cannot be built: " + why);
  }
}

Lexicon::~Lexicon() = default;

const Lexicon& Lexicon::embedded() {
  static const Lexicon lexicon;
  return lexicon;
}

void Lexicon::scan(const NormalForm& text, std::vector<WordHit>& hits) const {
  thread_local Scratch mine;
  if (!mine.scratch && hs_alloc_scratch(automaton_->database, &mine.scratch) != HS_SUCCESS) throw std::bad_alloc();
  struct Context {
    const Lexicon* lexicon;
    const NormalForm* text;
    std::vector<WordHit>* hits;
    std::uint32_t point;  // cursor: hits come by their end
  } context{this, &text, &hits, 0};
  hits.clear();
  if (text.bytes.empty()) return;
  const auto on_hit = [](unsigned id, unsigned long long, unsigned long long to, unsigned, void* data) {
    auto& c = *static_cast<Context*>(data);
    while (c.text->offset[c.point] < to) ++c.point;
    const std::uint32_t length = c.lexicon->words_[id].points;
    if (c.point >= length) c.hits->push_back({id, c.point - length, c.point});
    return 0;
  };
  hs_scan(automaton_->database, text.bytes.data(), static_cast<unsigned>(text.bytes.size()), 0, mine.scratch, on_hit,
          &context);
  std::sort(hits.begin(), hits.end(),
            [](const WordHit& a, const WordHit& b) { return a.end != b.end ? a.end < b.end : a.word < b.word; });
}

}  // namespace linli
