// What one batch of placing changes in the store. Placing's thread makes it ready (revised, sealed), the writer's thread
// only writes it. A person may have decided on a lead between the two: then the store is newer than what was made ready,
// and the lead is read and revised anew, inside the transaction. So no decision is ever written over: what was placed in a
// lead that is merged meanwhile goes to its survivor, and a message that a person moved stays where it is.
#pragma once
#include <string>
#include <vector>

#include "leads/lead_store.h"
#include "leads/revise.h"

namespace linli {

struct LeadChange {
  enum class Kind {
    opened,   // a new row
    changed,  // what the machine sees differs
    emptied,  // its last message was recalled
  } kind = Kind::changed;
  LeadKey key = 0;
  Lead lead;                         // as it shall stand; without `seen` only its id, groups, times and `live` count
  std::optional<int> seen;           // the revision that `lead` was made from; none: it must be read
  LeadView view;                     // opened and changed
  std::string grid_path;             // where the view's place lies; counts where the lead had another place
  std::string left;                  // the grid path that it leaves; empty: it stays
  Revision revision;                 // from `seen` to `lead`
  std::string content;               // sealed
  std::vector<std::string> details;  // sealed, of revision.history
};

struct Changes {
  std::vector<LeadChange> leads;
  std::vector<MessageId> unlinked;         // stand in no lead any more, or in another one of `links`
  std::vector<lead_store::LinkRow> links;  // by message
  MessageId last;                          // the mark how far placing has come
  std::string model;                       // its version
  Instant now{};
  std::size_t opened = 0;

  std::size_t rows() const { return leads.size() * 3 + links.size() + unlinked.size() + 1; }
};

// Revises `change.lead` from `change.view`, whose groups, times and `live` are set, and seals it.
void make_ready(LeadChange& change, const Sealer& sealer, const std::string& model, Instant now);

// One work of the writer; may run twice. `corrected` is overwritten: the leads, with their key, that stood otherwise in
// the store than was thought, as they stand now.
Result<void> write_changes(Tx& tx, const Sealer& sealer, const Changes& changes,
                           std::vector<std::pair<LeadKey, Lead>>& corrected);

}  // namespace linli
