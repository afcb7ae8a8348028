// Finds leads and cases by the words in them: what was said in a lead's messages, its summary and place, a case's number,
// title and place. Nothing else can be searched: no chatter, no names of residents, no telephone numbers for those who do not
// see them; there is no way to ask what one person said.
//
// The words are ciphertext; store/token_index.h finds candidates, each is opened and looked at with the actor's own scope
// before it is told. A case and its lead are one result.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cases/cases.h"
#include "leads/lead.h"
#include "people/actor.h"
#include "store/outbox.h"
#include "store/sealing.h"
#include "store/token_index.h"
#include "store/writer.h"

namespace linli::desk {

class Search {
 public:
  // All outlive it.
  Search(Readers& readers, Outbox& outbox, const Sealer& sealer, TokenIndex index);
  ~Search();  // stop()
  // From now on the index follows what changes: a thread of its own, at low priority.
  void start();
  void stop();
  // Everything that is stored at this moment is in, within this time. For tests and commands.
  bool wait_until_fed(std::chrono::milliseconds time);

  struct Query {
    std::string typed;        // parts between blanks must all be there
    int limit = 20;           // results, 1..50
    std::int64_t before = 0;  // go on from here; 0: the newest
  };
  struct Spot {
    enum class Of { message, summary, place, title, number } of = Of::message;
    std::string before, words, after;  // the text where it was found, cut
  };
  struct Match {
    std::optional<Lead> lead;         // where the actor may see it
    std::optional<cases::Shown> one;  // likewise
    std::vector<Spot> spots;          // one for each term that was typed, each text once
  };
  struct Found {
    std::vector<Match> matches;  // newest first
    std::int64_t next = 0;       // for `before`; 0: that was all
    bool complete = true;        // false: the index is still being made, older ones may be missing
  };
  // In a reader's snapshot. Error: bad_value (no part of two characters, or more than 8 parts).
  Result<Found> find(Tx& tx, const Actor& actor, const Query& query) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli::desk
