// Finds texts that are ciphertext in the database by their words: an index of keyed hashes of character pairs, in a file of
// its own (SQLite FTS5, "search.db"). It holds no text; whoever has the file without the key learns how many texts share
// hashes, not which words they are.
//
// What it finds may contain the words: pairs say nothing about their order. The caller opens the texts and looks for them
// (find_squeezed()).
// The file can be deleted at any time: its owner fills it again. It is not part of backups.
//
// Any thread: one writes at a time, one reads at a time.
#pragma once
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"
#include "store/outbox.h"
#include "store/sealing.h"

namespace linli {

// The form in which words are looked for: normal form (base/normal_form.h) without blanks, punctuation and signs, so that
// "3 栋-2单元" and "3栋2单元" are the same.
std::string squeeze(std::string_view utf8);
// Where a text holds a squeezed term: code points [begin, end) of the text as it is. None: it does not.
struct FoundAt {
  std::uint32_t begin = 0, end = 0;
};
std::optional<FoundAt> find_squeezed(std::string_view text, std::string_view term);
// What a person typed: parts between blanks, squeezed; those without a letter or digit are left out.
std::vector<std::string> search_terms(std::string_view typed);

class TokenIndex {
 public:
  struct Document {
    std::int64_t id = 0;             // rises with age: newer ones are found first
    std::vector<std::string> texts;  // as people wrote them; none: it is taken out
    std::vector<std::string> paths;  // "锦和街道/锦和社区": in one of these one must have a right to find it
  };
  // How far its owner has fed it.
  struct Progress {
    Position position = 0;    // of the outbox: what changed up to there is in, as far as it is filled
    bool complete = false;    // everything that there was at first is in
    std::int64_t filled = 0;  // until then: the greatest id that is in
    bool operator==(const Progress&) const = default;
  };

  // Makes the file (0600), also anew where it is broken, of another key or of another version. `sealer` outlives it. Errors:
  // file_unwritable, database_failed.
  static Result<TokenIndex> open(const std::filesystem::path& file, const Sealer& sealer);
  TokenIndex(TokenIndex&&) noexcept;
  ~TokenIndex();

  // One transaction; what was there of these ids is replaced.
  Result<void> put(std::span<const Document> documents, const Progress& progress);
  Result<Progress> progress() const;
  Result<void> clear();
  // Works on what replacing and deleting leave behind, some pages at a time.
  Result<void> tidy();

  // Ids that hold all pairs of all terms (one of a single character has none; only such: nothing is found), in one of these
  // paths or below it (none: anywhere), less than `before` (0: the newest), newest first.
  Result<std::vector<std::int64_t>> find(std::span<const std::string> terms,
                                         const std::optional<std::vector<std::string>>& paths, std::int64_t before,
                                         int limit) const;

 private:
  struct Impl;
  explicit TokenIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli
