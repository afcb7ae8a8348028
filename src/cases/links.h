// Public links (table `public_links`): what a resident sees without signing in, by a token that nobody guesses (128 bits) and
// that is stored as a keyed hash only. A link points to a case, to a lead, or to the message of a report; from there on it
// follows the matter: merged leads to the one that took them in, a lead to its case. Of a confidential case there is none.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "cases/case.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::public_links {

inline constexpr std::chrono::hours kFoundHolds{24};  // a token that number and phone digits gave

struct Link {
  CaseId case_id;  // one of these three
  LeadId lead;
  MessageId message;
  bool speaks = false;  // the asker's: may add, rate, reopen, and sees the pictures
  Instant made_at{};
  std::optional<Instant> until;
};
// The token; it is told this once.
Result<std::string> make(Tx& tx, const Sealer& sealer, const Link& link);
Result<std::optional<Link>> find(Tx& tx, const Sealer& sealer, std::string_view token, Instant now);
Result<void> opened(Tx& tx, const Sealer& sealer, std::string_view token);
// All links to the case, its lead and the reports in it.
Result<void> revoke(Tx& tx, const Case& one);
Result<std::int64_t> forget(Tx& tx, Instant now);

// Where the matter of a link stands.
struct Standing {
  Link link;
  std::optional<Case> one;
  LeadId lead;                        // 0: a report that nobody has placed yet, or a case filed by hand
  LeadState state = LeadState::open;  // of the lead
  std::string grid_path;              // of case or lead; empty: of neither
  Instant asked_at{};
};
// None: the matter is gone, or confidential.
Result<std::optional<Standing>> follow(Tx& tx, const Sealer& sealer, const Link& link);

// The page: `base` is the setting residents.url; empty where it is.
std::string url(std::string_view base, std::string_view token);

}  // namespace linli::public_links
