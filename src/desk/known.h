// "Already known?": what is open at a place and may be what somebody is about to report. For people without a session, so it
// gives ids and kinds only; the caller says no more than the contract allows.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cases/case.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::desk {

struct Known {
  LeadId lead;
  std::string grid_path, category;
  std::optional<CaseState> state;  // none: no case yet
  Instant asked_at{};
};
// Of the last week, below that grid, not decided away, in no confidential case; one place must hold the other (the same building,
// with or without its compound). Likeliest first by the words, three at most. The latest 200 are looked at.
Result<std::vector<Known>> known(Tx& tx, const Sealer& sealer, std::string_view grid_path, std::string_view place,
                                 std::string_view text, Instant now);

}  // namespace linli::desk
