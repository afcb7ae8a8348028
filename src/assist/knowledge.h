// The knowledge base: what the office has written down to be said again, with where it comes from, where and how long it
// holds, and who looks after it. Replies and the companion take their answers from here and from nowhere else.
//
// All entries live in memory beside the store. What is not published, not valid on the day or not for the place is never
// offered, whatever the index holds: that is looked at anew with each question.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "assist/retrieval.h"
#include "base/local_time.h"
#include "base/result.h"
#include "people/actor.h"
#include "people/grids.h"
#include "store/database.h"

namespace linli {

struct KnowledgeTag {
  static constexpr std::string_view prefix = "know";
};
using KnowledgeId = Id<KnowledgeTag>;

enum class KnowledgeState { draft, published, withdrawn };
std::string_view name(KnowledgeState state);
std::optional<KnowledgeState> parse_knowledge_state(std::string_view text);

struct KnowledgeSource {
  std::string title;   // "停水通知"
  std::string office;  // who issued it; may be empty
  std::string link;    // http(s); may be empty
  bool operator==(const KnowledgeSource&) const = default;
};

struct KnowledgeEntry {
  KnowledgeId id;
  KnowledgeState state = KnowledgeState::draft;
  std::string title;
  std::vector<std::string> questions;  // how people ask it
  std::string answer;
  std::vector<KnowledgeSource> sources;
  GridId grid;                              // there and below; 0: everywhere
  std::string category;                     // of the taxonomy; empty: none
  std::optional<Day> valid_from, valid_to;  // both included; none: no end on that side
  std::optional<Day> review_on;             // the day somebody looks whether it still holds
  UserId owner;                             // 0: nobody
  int revision = 0;
  Instant created_at{}, changed_at{};
  UserId changed_by;  // 0: a command

  bool valid_on(Day day) const { return (!valid_from || *valid_from <= day) && (!valid_to || day <= *valid_to); }
  bool due(Day day) const { return state != KnowledgeState::withdrawn && review_on && *review_on <= day; }
};

// What is wrong with an entry, by the names of the interface's fields; empty: nothing. A published one needs a source.
struct KnowledgeFault {
  std::string field;
  Errc code;
  Args args;
};
std::vector<KnowledgeFault> faults(const KnowledgeEntry& entry);
// Fields in which they differ, by their names; revision, times and who aside.
std::vector<std::string> differences(const KnowledgeEntry& a, const KnowledgeEntry& b);
// The whole entry as JSON, for the audit log.
std::string to_json(const KnowledgeEntry& entry);

// Of the entry's grid as the tree is now; empty: everywhere.
std::string grid_path(const GridTree& tree, const KnowledgeEntry& entry);
// Entries of one's own grids and of those above them: what holds there.
bool may_see(const Actor& actor, std::string_view entry_path);
bool may_change(const Actor& actor, std::string_view entry_path);

// An entry that may answer the question.
struct Offer {
  std::shared_ptr<const KnowledgeEntry> entry;
  float score = 0;                 // orders; no meaning of its own
  float confidence = 0;            // 0 … 1: how likely it answers the question
  bool confident = false;          // confidence >= retrieval::kConfident. None of the offers: nothing fits
  std::vector<std::string> words;  // of the question, that speak for it
};

class Knowledge {  // any thread
 public:
  explicit Knowledge(const Grids& grids) : grids_(grids) {}
  Result<void> load(Tx& tx);

  // Best first, at most `limit`, of what is published, valid on `today` and holds at `grid_path` (empty: only what holds
  // everywhere). With the base of a district (5,000 entries) under a millisecond. `draft` is looked at as if published.
  std::vector<Offer> offers(std::string_view question, std::string_view grid_path,
                            const std::optional<std::string>& category, Day today, int limit,
                            std::shared_ptr<const KnowledgeEntry> draft = {}) const;

  std::vector<std::shared_ptr<const KnowledgeEntry>> all() const;  // by title
  std::shared_ptr<const KnowledgeEntry> find(KnowledgeId id) const;

  // Inside the writer's transaction; what they wrote goes to keep() after the commit.
  static Result<void> insert(Tx& tx, const KnowledgeEntry& entry);
  // False, and nothing is changed, where its revision in the store is not `seen`. Writes entry.revision as it is given.
  static Result<bool> update(Tx& tx, const KnowledgeEntry& entry, int seen);
  // Takes them into memory: what does not count any more is not offered from now on; what is new is found from now on, too,
  // unless more than a hundred entries have changed. True: then reindex() is due, on a thread that has a second.
  bool keep(std::vector<KnowledgeEntry> entries);
  void reindex();

 private:
  using EntryPtr = std::shared_ptr<const KnowledgeEntry>;
  struct Part {  // an index and whose texts are in it
    std::shared_ptr<const retrieval::Index> index;
    std::shared_ptr<const std::vector<KnowledgeId>> ids;
  };
  static Part index_of(const std::vector<EntryPtr>& entries);
  Part index_of_changed() const;  // with the lock held

  const Grids& grids_;
  std::mutex reindexing_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<KnowledgeId, EntryPtr> entries_;
  Part main_, fresh_;                        // fresh_: what changed since main_ was made
  std::unordered_set<KnowledgeId> changed_;  // since then: main_'s texts of these do not count
};

}  // namespace linli
