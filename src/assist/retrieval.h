// Finds the answers that fit a question. Pure and in memory: character n-grams of the normal form, weighted as BM25 does, over
// the ways in which each entry says that it is asked, and over its answer; words that mean the same are read as one
// (data/lexicon/synonyms.txt). An Index never changes; any thread may search.
//
// Besides the score, which only orders, each hit has a confidence: the estimated probability that it answers what was asked.
// It says whether anything fits at all. How it was fitted and what it is worth: docs/knowledge.md.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace linli::retrieval {

// Below this nothing is said to fit: three times in five, at worst, what is offered as fitting is the answer.
inline constexpr float kConfident = 0.6f;

struct Text {
  std::vector<std::string> forms;  // how it is asked; its title is one of them
  std::string answer;
  std::string category;  // empty: none
};

class Index {
 public:
  // `texts` in the order by which hits name them. Some 30 µs an entry.
  explicit Index(std::vector<std::shared_ptr<const Text>> texts);
  ~Index();
  Index(Index&&) noexcept;
  Index& operator=(Index&&) noexcept;

  std::size_t size() const;
  struct Parts;
  const Parts& parts() const { return *parts_; }

 private:
  std::unique_ptr<const Parts> parts_;
};

struct Hit {
  std::uint32_t index = 0;  // which of the indexes …
  std::uint32_t text = 0;   // … and which of its texts
  float score = 0;
  float confidence = 0;            // 0 … 1
  std::vector<std::string> words;  // of the question, in normal form, that the entry has too
};

struct Question {
  std::string_view text;      // the first 500 characters count
  std::string_view category;  // what it is about, where that is known: weighs a little
};

// Best first, at most `limit`, of those that `accept` takes. How telling a word is, is judged over all indexes together, so
// that a base in two parts answers as it would in one. Without a word in common there is no hit.
std::vector<Hit> search(std::span<const Index* const> indexes, const Question& question, std::size_t limit,
                        const std::function<bool(std::uint32_t index, std::uint32_t text)>& accept);

// What the question is compared by: for a keyed hash that counts the same question together, however politely it is put.
std::string bare(std::string_view question);

// ---- for fitting the confidence (retrieval_bench) ----
struct Signs {
  float form = 0;    // share of the best form's weight that the question has
  float all = 0;     // share of the question's weight that the whole entry has
  float weight = 0;  // how much the question says at all, 0 … 1
  float lead = 0;    // score beside the best other hit's, at most 2
};
float confidence(const Signs& signs);
struct SignedHit {
  Hit hit;
  Signs signs;
};
std::vector<SignedHit> search_with_signs(std::span<const Index* const> indexes, const Question& question,
                                         std::size_t limit,
                                         const std::function<bool(std::uint32_t, std::uint32_t)>& accept);

}  // namespace linli::retrieval
