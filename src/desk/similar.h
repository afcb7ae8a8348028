// Leads that may be the same matter as one, for merging: the likeliest first, with what speaks for it.
#pragma once
#include <string>
#include <vector>

#include "desk/desk.h"

namespace linli::desk {

struct SimilarReason {
  std::string code;  // "similar.same_place": words in data/messages
  Args args;         // category: its code
};
struct Similar {
  Lead lead;
  double score = 0;  // 0..1; a sum of what speaks for it, no probability
  std::vector<SimilarReason> reasons;
};

// Open and confirmed leads, and those answered since `today` began, within three days of this one and in the actor's scope;
// five at most. Places and summaries are sealed, so only the hundred that grid, group, category and time speak for most are
// opened: cheap with thousands of open leads.
Result<std::vector<Similar>> similar(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, Instant today);

}  // namespace linli::desk
