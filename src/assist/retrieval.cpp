#include "assist/retrieval.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/embedded.h"
#include "base/normal_form.h"
#include "base/utf8.h"

namespace linli::retrieval {
namespace {

constexpr float kSaturation = 1.2f, kLength = 0.6f;       // BM25's k1 and b
constexpr float kAnswer = 0.35f;                          // what an answer's words count beside those of a form
constexpr float kCategory = 1.15f;                        // the same category: the score times this
constexpr float kWeak = 0.15f;                            // a word that says how something is asked
constexpr float kOfLength[] = {0.35f, 1.0f, 0.8f, 1.5f};  // grams of 1, 2, 3 characters; a Latin word or a number
constexpr float kImpact = 65'535.0f / (kSaturation + 1);
constexpr std::size_t kMostPoints = 500;

// ---- words that mean the same ----

class Synonyms {
 public:
  enum class Kind : std::uint8_t { plain, weak, drop };
  struct Word {
    std::u32string read_as;
    Kind kind = Kind::plain;
  };

  static const Synonyms& embedded() {
    static const Synonyms synonyms;
    return synonyms;
  }

  // The longest word that stands at `text`'s beginning; null: none does.
  const Word* longest(std::u32string_view text, std::size_t& length) const {
    for (length = std::min(longest_, text.size()); length > 0; --length)
      if (const auto at = words_.find(text.substr(0, length)); at != words_.end()) return &at->second;
    return nullptr;
  }

 private:
  Synonyms() {
    std::string_view text;
    for (const EmbeddedFile& file : embedded::lexicon())
      if (file.path == "synonyms.txt") text = file.bytes;
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.empty() || line.front() == '#') continue;
      const auto colon = line.find(": ");
      if (colon == line.npos) throw std::runtime_error("data/lexicon/synonyms.txt: no ': ' in " + std::string(line));
      const std::string_view head = line.substr(0, colon);
      line.remove_prefix(colon + 2);
      const std::u32string canonical = normalize(head).points;
      const bool drop = head == "drop", weak = head == "weak";
      for (std::size_t i = 0; i < line.size();) {
        const auto stop = std::min(line.find(' ', i), line.size());
        if (stop > i) {
          const std::u32string word = normalize(line.substr(i, stop - i)).points;
          if (drop) words_.try_emplace(word, Word{{}, Kind::drop});
          else if (weak) words_.try_emplace(word, Word{word, Kind::weak});
          else words_.try_emplace(word, Word{canonical, kind_of(canonical)});
          longest_ = std::max(longest_, word.size());
        }
        i = stop + 1;
      }
      if (!drop && !weak) words_.try_emplace(canonical, Word{canonical, Kind::plain});
      longest_ = std::max(longest_, canonical.size());
    }
  }

  Kind kind_of(const std::u32string& word) const {  // the lists of weak words stand before the others
    const auto at = words_.find(word);
    return at == words_.end() ? Kind::plain : at->second.kind;
  }

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::u32string_view text) const { return std::hash<std::u32string_view>{}(text); }
  };
  std::unordered_map<std::u32string, Word, Hash, std::equal_to<>> words_;
  std::size_t longest_ = 0;
};

bool is_han(char32_t c) { return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || c >= 0x20000; }
bool is_latin(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_letter(char32_t c) { return is_han(c) || is_latin(c) || u_isalnum(static_cast<UChar32>(c)); }

// A text as it is compared: synonyms read as one, what says nothing left out.
struct Reading {
  struct Point {
    char32_t c = 0;  // 0: an edge
    bool weak = false;
    std::uint32_t begin = 0, end = 0;  // in the normal form
  };
  std::vector<Point> points;
};

void read(const NormalForm& normal, Reading& out) {
  const Synonyms& synonyms = Synonyms::embedded();
  const std::u32string_view text = std::u32string_view(normal.points).substr(0, kMostPoints);
  out.points.clear();
  const auto edge = [&] {
    if (!out.points.empty() && out.points.back().c != 0) out.points.push_back({});
  };
  for (std::size_t i = 0; i < text.size();) {
    if (is_latin(text[i])) {  // whole words only: "app" in "apply" is no word
      std::size_t end = i;
      while (end < text.size() && is_latin(text[end])) ++end;
      for (; i < end; ++i)
        out.points.push_back({text[i], false, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i + 1)});
      continue;
    }
    std::size_t length = 0;
    if (const auto* word = synonyms.longest(text.substr(i), length)) {
      for (const char32_t c : word->read_as)
        out.points.push_back({c, word->kind == Synonyms::Kind::weak, static_cast<std::uint32_t>(i),
                              static_cast<std::uint32_t>(i + length)});
      i += length;
    } else {
      if (is_letter(text[i]))
        out.points.push_back({text[i], false, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i + 1)});
      else edge();
      ++i;
    }
  }
}

// Calls each(hash, weight, first point, past the last) for all grams: 1 to 3 characters, or a whole Latin word or number.
template <class Each>
void each_gram(const Reading& reading, Each&& each) {
  const auto& points = reading.points;
  const auto add = [](std::uint64_t h, char32_t c) {
    h = (h ^ c) * 0x9E3779B97F4A7C15ull;
    return h ^ h >> 29;
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].c == 0) continue;
    std::uint64_t h = 0x2545F4914F6CDD1Dull;
    if (is_latin(points[i].c)) {
      std::size_t end = i;
      while (end < points.size() && is_latin(points[end].c)) h = add(h, points[end++].c);
      each(h, kOfLength[3], i, end);
      i = end - 1;
      continue;
    }
    bool weak = false;
    for (std::size_t k = 0; k < 3 && i + k < points.size(); ++k) {
      const auto& p = points[i + k];
      if (p.c == 0 || is_latin(p.c)) break;
      h = add(h, p.c);
      weak |= p.weak;
      each(h, kOfLength[k] * (weak ? kWeak : 1.0f), i, i + k + 1);
    }
  }
}

// Numbers for hashes, in order of their coming. Open addressing: std::unordered_map spends most of an index's making on nodes.
class Numbers {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  std::uint32_t find(std::uint64_t hash) const {
    if (slots_.empty()) return kNone;
    for (std::size_t i = hash & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1))
      if (slots_[i].number == kNone || slots_[i].hash == hash) return slots_[i].number;
  }
  std::uint32_t of(std::uint64_t hash) {
    if (2 * (count_ + 1) > slots_.size()) grow();
    std::size_t i = hash & (slots_.size() - 1);
    while (slots_[i].number != kNone && slots_[i].hash != hash) i = (i + 1) & (slots_.size() - 1);
    if (slots_[i].number == kNone) slots_[i] = {hash, count_++};
    return slots_[i].number;
  }
  std::uint32_t size() const { return count_; }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t number = kNone;
  };
  void grow() {
    std::vector<Slot> before(std::max<std::size_t>(64, 2 * slots_.size()));
    before.swap(slots_);
    for (const Slot& slot : before) {
      if (slot.number == kNone) continue;
      std::size_t i = slot.hash & (slots_.size() - 1);
      while (slots_[i].number != kNone) i = (i + 1) & (slots_.size() - 1);
      slots_[i] = slot;
    }
  }
  std::vector<Slot> slots_;
  std::uint32_t count_ = 0;
};

}  // namespace

// Forms and answers are documents; those of a text stand together, its answer last.
struct Index::Parts {
  std::vector<std::shared_ptr<const Text>> texts;
  std::vector<std::uint32_t> first;  // document of each text; one more for the end
  Numbers terms;
  std::vector<std::uint64_t> postings;  // of each term, where its documents begin; one more for the end
  std::vector<std::uint32_t> in_texts;  // of each term: in how many texts
  std::vector<std::uint32_t> documents;
  std::vector<std::uint16_t> impacts;  // BM25's share of the term in the document, without what the term itself weighs
};

Index::Index(std::vector<std::shared_ptr<const Text>> texts) {
  auto parts = std::make_unique<Parts>();
  parts->texts = std::move(texts);
  struct Entry {
    std::uint32_t term, count;
  };
  std::vector<Entry> entries;          // of all documents, one after another
  std::vector<std::size_t> ends;       // in entries
  std::vector<std::uint32_t> lengths;  // grams of each document
  NormalForm normal;
  Reading reading;
  std::vector<std::uint32_t> grams;
  const auto add = [&](const std::string& text) {
    normalize(text, normal);
    read(normal, reading);
    grams.clear();
    each_gram(reading,
              [&](std::uint64_t hash, float, std::size_t, std::size_t) { grams.push_back(parts->terms.of(hash)); });
    lengths.push_back(static_cast<std::uint32_t>(grams.size()));
    std::ranges::sort(grams);
    for (std::size_t i = 0; i < grams.size();) {
      std::size_t end = i;
      while (end < grams.size() && grams[end] == grams[i]) ++end;
      entries.push_back({grams[i], static_cast<std::uint32_t>(end - i)});
      i = end;
    }
    ends.push_back(entries.size());
  };
  for (const auto& text : parts->texts) {
    parts->first.push_back(static_cast<std::uint32_t>(ends.size()));
    for (const std::string& form : text->forms) add(form);
    add(text->answer);
  }
  parts->first.push_back(static_cast<std::uint32_t>(ends.size()));

  // The usual length, of forms and of answers.
  double form_sum = 0, answer_sum = 0;
  for (std::size_t t = 0; t < parts->texts.size(); ++t) {
    for (std::uint32_t d = parts->first[t]; d + 1 < parts->first[t + 1]; ++d) form_sum += lengths[d];
    answer_sum += lengths[parts->first[t + 1] - 1];
  }
  const double answers = std::max<double>(1, static_cast<double>(parts->texts.size()));
  const double forms = std::max<double>(1, static_cast<double>(ends.size()) - answers);
  const float form_length = static_cast<float>(std::max(1.0, form_sum / forms));
  const float answer_length = static_cast<float>(std::max(1.0, answer_sum / answers));

  const std::size_t count = parts->terms.size();
  parts->postings.assign(count + 1, 0);
  for (const Entry& e : entries) ++parts->postings[e.term + 1];
  for (std::size_t i = 0; i < count; ++i) parts->postings[i + 1] += parts->postings[i];
  parts->documents.resize(entries.size());
  parts->impacts.resize(entries.size());
  parts->in_texts.assign(count, 0);
  std::vector<std::uint64_t> next(parts->postings.begin(), parts->postings.end() - 1);
  std::vector<std::uint32_t> seen(count, UINT32_MAX);
  std::size_t at = 0;
  for (std::uint32_t t = 0; t < parts->texts.size(); ++t)
    for (std::uint32_t d = parts->first[t]; d < parts->first[t + 1]; ++d) {
      const float usual = d + 1 == parts->first[t + 1] ? answer_length : form_length;
      const float norm = kSaturation * (1 - kLength + kLength * static_cast<float>(lengths[d]) / usual);
      for (; at < ends[d]; ++at) {
        const auto [term, n] = entries[at];
        const float impact = static_cast<float>(n) * (kSaturation + 1) / (static_cast<float>(n) + norm);
        parts->documents[next[term]] = d;
        parts->impacts[next[term]++] = static_cast<std::uint16_t>(std::lround(impact * kImpact));
        if (std::exchange(seen[term], t) != t) ++parts->in_texts[term];
      }
    }
  parts_ = std::move(parts);
}

Index::~Index() = default;
Index::Index(Index&&) noexcept = default;
Index& Index::operator=(Index&&) noexcept = default;
std::size_t Index::size() const { return parts_->texts.size(); }

namespace {

constexpr std::uint32_t kNone = Numbers::kNone;

// How telling words are, over all indexes.
class Telling {
 public:
  explicit Telling(std::span<const Index* const> indexes) : indexes_(indexes) {
    for (const Index* index : indexes) texts_ += static_cast<float>(index->size());
  }
  float operator()(std::uint64_t hash) const {
    float in = 0;
    for (const Index* index : indexes_)
      if (const auto term = index->parts().terms.find(hash); term != kNone)
        in += static_cast<float>(index->parts().in_texts[term]);
    return std::log(1 + (texts_ - in + 0.5f) / (in + 0.5f));
  }

 private:
  std::span<const Index* const> indexes_;
  float texts_ = 0;
};

struct Asked {
  struct Gram {
    std::uint64_t hash;
    float base;        // by length and kind, times how often it is said
    float weight = 0;  // times how telling it is
  };
  NormalForm normal;
  Reading reading;
  std::vector<Gram> grams;  // each once, by hash
  float weight = 0;
};

Asked ask(std::string_view text, const Telling& telling) {
  Asked asked;
  normalize(first_code_points(text, kMostPoints), asked.normal);
  read(asked.normal, asked.reading);
  each_gram(asked.reading, [&](std::uint64_t hash, float base, std::size_t, std::size_t) {
    asked.grams.push_back({hash, base});
  });
  std::ranges::stable_sort(asked.grams, {}, &Asked::Gram::hash);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < asked.grams.size();) {
    std::size_t end = i;
    while (end < asked.grams.size() && asked.grams[end].hash == asked.grams[i].hash) ++end;
    asked.grams[kept] = asked.grams[i];
    asked.grams[kept++].base *= std::sqrt(static_cast<float>(end - i));
    i = end;
  }
  asked.grams.resize(kept);
  for (Asked::Gram& gram : asked.grams) asked.weight += gram.weight = gram.base * telling(gram.hash);
  return asked;
}

// The share of the text that the question has; `has`: the words of the question that it has.
float shared(const Asked& asked, const std::string& text, const Telling& telling, std::vector<bool>& has) {
  thread_local NormalForm normal;
  thread_local Reading reading;
  thread_local std::vector<std::pair<std::uint64_t, float>> grams;
  normalize(text, normal);
  read(normal, reading);
  grams.clear();
  each_gram(reading, [&](std::uint64_t hash, float base, std::size_t, std::size_t) { grams.emplace_back(hash, base); });
  std::ranges::sort(grams);
  grams.erase(std::unique(grams.begin(), grams.end(), [](auto& a, auto& b) { return a.first == b.first; }),
              grams.end());
  float all = 0, both = 0;
  for (const auto& [hash, base] : grams) {
    const auto at = std::ranges::lower_bound(asked.grams, hash, {}, &Asked::Gram::hash);
    const bool in = at != asked.grams.end() && at->hash == hash;
    const float weight = base * telling(hash);
    all += weight;
    if (!in) continue;
    both += weight;
    has[static_cast<std::size_t>(at - asked.grams.begin())] = true;
  }
  return all > 0 ? both / all : 0;
}

// A word that was read as another counts only where all of what it was read as is shared.
std::vector<std::string> words_of(const Asked& asked, const std::vector<bool>& has) {
  const auto& points = asked.reading.points;
  std::vector<bool> covered(points.size() + 1, false);
  each_gram(asked.reading, [&](std::uint64_t hash, float base, std::size_t first, std::size_t last) {
    const auto at = std::ranges::lower_bound(asked.grams, hash, {}, &Asked::Gram::hash);
    if (base < kOfLength[0] || at == asked.grams.end() || !has[static_cast<std::size_t>(at - asked.grams.begin())])
      return;
    std::fill(covered.begin() + static_cast<std::ptrdiff_t>(first), covered.begin() + static_cast<std::ptrdiff_t>(last),
              true);
  });
  std::vector<std::string> words;
  std::uint32_t begin = 0, end = 0;  // in the normal form
  const auto put = [&] {
    std::string word = encode_utf8(std::u32string_view(asked.normal.points).substr(begin, end - begin));
    if (end > begin && std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
    begin = end = 0;
  };
  for (std::size_t i = 0; i < points.size();) {
    std::size_t next = i + 1;
    while (next < points.size() && points[next].c != 0 && points[next].end == points[i].end) ++next;
    const bool whole =
        points[i].c != 0 && std::all_of(covered.begin() + static_cast<std::ptrdiff_t>(i),
                                        covered.begin() + static_cast<std::ptrdiff_t>(next), [](bool c) { return c; });
    if (whole && end != points[i].begin) put(), begin = points[i].begin;
    if (whole) end = points[i].end;
    else put();
    i = next;
  }
  put();
  return words;
}

}  // namespace

float confidence(const Signs& s) {
  // Fitted on the training questions of data/knowledge (LINLI_FIT=1 retrieval_bench), 2026-11-28.
  const float z = -7.24f + 3.49f * s.form + 2.27f * s.all + 1.74f * s.weight + 2.88f * s.lead;
  return 1 / (1 + std::exp(-z));
}

std::vector<SignedHit> search_with_signs(std::span<const Index* const> indexes, const Question& question,
                                         std::size_t limit,
                                         const std::function<bool(std::uint32_t, std::uint32_t)>& accept) {
  const Telling telling(indexes);
  const Asked asked = ask(question.text, telling);
  struct Candidate {
    float score;
    std::uint32_t index, text, form;
    bool operator<(const Candidate& b) const {  // a heap's top is the worst
      return std::tie(b.score, index, text) < std::tie(score, b.index, b.text);
    }
  };
  std::vector<Candidate> best;
  thread_local std::vector<float> scores;
  for (std::uint32_t n = 0; n < indexes.size() && limit > 0; ++n) {
    const Index::Parts& parts = indexes[n]->parts();
    scores.assign(parts.first.back(), 0);
    for (const Asked::Gram& gram : asked.grams) {
      const auto term = parts.terms.find(gram.hash);
      if (term == kNone) continue;
      const float weight = gram.weight / kImpact;
      for (std::uint64_t i = parts.postings[term]; i < parts.postings[term + 1]; ++i)
        scores[parts.documents[i]] += weight * static_cast<float>(parts.impacts[i]);
    }
    for (std::uint32_t t = 0; t < parts.texts.size(); ++t) {
      std::uint32_t form = kNone;
      float of_form = 0;
      const std::uint32_t answer = parts.first[t + 1] - 1;
      for (std::uint32_t d = parts.first[t]; d < answer; ++d)
        if (scores[d] > of_form) of_form = scores[d], form = d - parts.first[t];
      float score = of_form + kAnswer * scores[answer];
      if (score <= 0) continue;
      if (!question.category.empty() && parts.texts[t]->category == question.category) score *= kCategory;
      const Candidate candidate{score, n, t, form};
      if (best.size() == limit && !(candidate < best.front())) continue;
      if (!accept(n, t)) continue;
      best.push_back(candidate);
      std::push_heap(best.begin(), best.end());
      if (best.size() <= limit) continue;
      std::pop_heap(best.begin(), best.end());
      best.pop_back();
    }
  }
  std::sort(best.begin(), best.end());
  std::vector<SignedHit> out;
  std::vector<bool> has;
  for (const Candidate& candidate : best) {
    const Text& text = *indexes[candidate.index]->parts().texts[candidate.text];
    has.assign(asked.grams.size(), false);
    float form = 0;
    if (candidate.form != kNone) form = shared(asked, text.forms[candidate.form], telling, has);
    for (std::size_t f = 0; f < text.forms.size(); ++f)
      if (f != candidate.form) shared(asked, text.forms[f], telling, has);
    shared(asked, text.answer, telling, has);
    float all = 0;
    for (std::size_t i = 0; i < asked.grams.size(); ++i)
      if (has[i]) all += asked.grams[i].weight;
    SignedHit hit;
    const float rival = best.size() == 1 ? 0 : &candidate == &best.front() ? best[1].score : best.front().score;
    hit.signs = {form, asked.weight > 0 ? all / asked.weight : 0, asked.weight / (asked.weight + 10),
                 std::min(2.0f, candidate.score / std::max(rival, 1e-6f))};
    hit.hit = {candidate.index, candidate.text, candidate.score, confidence(hit.signs), words_of(asked, has)};
    out.push_back(std::move(hit));
  }
  return out;
}

std::vector<Hit> search(std::span<const Index* const> indexes, const Question& question, std::size_t limit,
                        const std::function<bool(std::uint32_t, std::uint32_t)>& accept) {
  std::vector<Hit> out;
  for (SignedHit& hit : search_with_signs(indexes, question, limit, accept)) out.push_back(std::move(hit.hit));
  return out;
}

std::string bare(std::string_view question) {
  NormalForm normal;
  Reading reading;
  normalize(first_code_points(question, kMostPoints), normal);
  read(normal, reading);
  std::string out;
  for (const auto& point : reading.points)
    if (point.c != 0) append_utf8(out, point.c);
  return out;
}

}  // namespace linli::retrieval
