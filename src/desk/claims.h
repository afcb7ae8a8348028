// Who is at a lead just now, so that two people do not work on one unknowingly. A claim lapses by itself; another person
// takes it over openly. It is no lock on deciding (versions are, desk.h), but words to residents take it (replies.h).
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "desk/desk.h"

namespace linli::claims {

inline constexpr std::chrono::seconds kLasts{90};  // after it was last said

enum class Doing { viewing, writing };
std::string_view name(Doing doing);
std::optional<Doing> parse_doing(std::string_view text);

struct Claim {
  LeadId lead;
  UserId by;
  std::string by_name;
  Doing doing = Doing::viewing;
  Instant since{}, until{};
};

// Said again every 30 seconds while the lead is open on the screen. Errors: unknown_lead, not_allowed; claimed (who), while
// another one's stands and `take_over` is not said. Taking over stands in the lead's history.
Result<Claim> take(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, Doing doing, bool take_over,
                   Instant now);
// Nothing happens where it is another one's.
Result<void> leave(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead, Instant now);

Result<void> end(Tx& tx, LeadId lead);  // it was decided

// Those that stand. A district's agents are few.
Result<std::map<LeadId, Claim>> all(Tx& tx, Instant now);
Result<std::optional<Claim>> of_lead(Tx& tx, LeadId lead, Instant now);
// Error: claimed, when another one writes there.
Result<void> check(Tx& tx, const Actor& actor, LeadId lead, Instant now);

}  // namespace linli::claims
