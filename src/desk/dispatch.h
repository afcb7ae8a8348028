// A lead becomes a case and goes to somebody, with words to the asker where there are any: one transaction. In the first
// seconds it can be taken back.
#pragma once
#include <optional>
#include <string>

#include "cases/cases.h"
#include "desk/desk.h"
#include "desk/replies.h"

namespace linli::dispatch {

struct New {
  int seen_version = 0;  // decision_version that the person saw (If-Match)
  UserId to;             // 0: by routing and roster
  std::string title;     // empty: the lead's summary
  std::string note;
  bool confidential = false;
  CaseId parent;                     // 0: none; else it hangs on that one, and is with nobody itself
  std::optional<replies::New> tell;  // its seen_version is not looked at
};
struct Done {
  Case one;
  std::optional<replies::Reply> reply;
};
// The lead is in_case. Errors: unknown_lead; not_allowed (leads.decide and cases.work there); already_decided, also when the
// lead has a case; stale; claimed; those of cases::open() and replies::send().
Result<Done> send(Tx& tx, const cases::Office& office, const Actor& actor, LeadId lead, const New& what);

// The case is gone, its words are withdrawn, the lead stands as before. Errors: unknown_lead, unknown_case, not_in_state.
Result<Lead> take_back(Tx& tx, const cases::Office& office, const Actor& actor, LeadId lead);

// Words to the asker of a case, as a reply to its lead. Errors: bad_value (`tell`: filed by hand, it has no lead); those of
// replies::send(). Where words.link: a public link is made and goes with them, unless the case is confidential or the office has
// no residents_url.
Result<replies::Reply> tell(Tx& tx, const cases::Office& office, const Actor& actor, const Case& one,
                            replies::New words);

}  // namespace linli::dispatch
