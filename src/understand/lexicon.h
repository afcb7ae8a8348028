// The word lists of data/lexicon as one automaton: all words of a text in one pass.
// Immutable; any thread may scan (each thread keeps a scratch of its own).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "understand/understand.h"

namespace linli {

// Lists of data/lexicon/signs.txt that code asks for by name; the others only feed the models.
enum class Sign : std::uint8_t {
  confirm,
  urge,
  resolved,
  thanks,
  answer,
  question,
  emergency,
  urgent,
  wide,
  past,
  news,
  joke,
  ad,
  greeting,
  signup,
  leisure,
  notice,
  ack,
  surprise,
  anger,
  here,
  breakage,
  ask_staff,
  again,
  suppose,
  count
};
std::string_view name(Sign sign);

struct WordEntry {
  std::string text;  // normal form
  std::uint32_t points = 0;
  std::uint64_t hash = 0;                  // of the text: the same on every machine
  std::vector<std::uint8_t> strong, weak;  // categories
  std::vector<std::uint8_t> signs;
  bool spot = false;
};

class Lexicon {
 public:
  static const Lexicon& embedded();  // throws std::runtime_error when the program was built with broken lists
  ~Lexicon();

  // Hits by their end, then by their word; a long word does not hide a short one inside it.
  void scan(const NormalForm& text, std::vector<WordHit>& hits) const;
  const std::vector<WordEntry>& words() const { return words_; }

 private:
  Lexicon();
  std::vector<WordEntry> words_;
  struct Automaton;
  std::unique_ptr<Automaton> automaton_;
};

}  // namespace linli
