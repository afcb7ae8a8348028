// Questions that no entry of the knowledge base answered: what is to be written next. A gap keeps the leads that asked, never
// their words: those are read in the lead, by whoever may see it, and go when the lead's words go.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assist/knowledge.h"
#include "leads/lead.h"
#include "store/sealing.h"

namespace linli {

struct GapTag {
  static constexpr std::string_view prefix = "gap";
};
using GapId = Id<GapTag>;

}  // namespace linli

namespace linli::knowledge_gaps {

enum class State { open, answered, dismissed };
std::string_view name(State state);

struct Gap {
  GapId id;
  State state = State::open;
  std::string grid_path;
  std::string category;
  std::int64_t count = 0;  // leads that asked
  Instant first_at{}, last_at{};
  LeadId lead;  // that asked last
};

// ---- in the writer's transaction ----

struct Asked {
  LeadId lead;
  std::string_view question;
  std::string_view grid_path, category;
};
// The same question (as retrieval::bare() reads it) of the same grid counts together; the same lead counts once, so that this
// may be called again. A dismissed gap only counts on; an answered one is open again. False: there was nothing to note.
Result<bool> note(Tx& tx, const Sealer& sealer, IdSource& ids, const Asked& asked, Instant now);

// note() for a lead that information alone would settle, where nothing fits what its first message asks.
Result<bool> note_lead(Tx& tx, const Sealer& sealer, IdSource& ids, const Knowledge& knowledge, const Lead& lead,
                       Day today, Instant now);

// False: it is not there, or not open. `entry` 0: dismissed.
Result<bool> close(Tx& tx, GapId gap, KnowledgeId entry, UserId by, Instant now);

// ---- reading ----

Result<std::optional<Gap>> find(Tx& tx, GapId gap);
// Open ones that lie where the actor may read the knowledge base; most asked first.
Result<std::vector<Gap>> open(Tx& tx, const Actor& actor, int limit);

}  // namespace linli::knowledge_gaps
