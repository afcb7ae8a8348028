// One outage, one case: leads and cases of the same matter hang on a parent, which is handled, told of and closed for all.
// Changing functions run in the writer's transaction; each lead and case is decided for itself, and what cannot be done is
// told and stops nothing else.
#pragma once
#include <string>
#include <vector>

#include "desk/dispatch.h"

namespace linli::children {

inline constexpr std::size_t kMost = 500;  // at once

struct New {
  struct Lead {
    LeadId id;
    int seen_version = 0;  // decision_version
  };
  struct Case {
    CaseId id;
    int seen_version = 0;  // version
  };
  std::vector<Lead> leads;  // become cases that hang on it
  std::vector<Case> cases;  // join it
  std::string note;         // on the parent
};
struct Refused {
  std::string id;  // of the lead or case
  Error why;
};
struct Taken {
  int count = 0;
  std::vector<Refused> refused;
};
// Errors: unknown_case; not_allowed (may not join others to it); bad_value (it hangs on another one, or is confidential);
// not_in_state (it has ended).
Result<Taken> take_in(Tx& tx, const cases::Office& office, const Actor& actor, CaseId parent, const New& what);

// One word to the asker of the parent and of each open child. In a group where several asked it is said once and answers them
// all. Who was filed by hand has no group: those are listed, for somebody to ring them up.
struct Told {
  struct Group {
    GroupId id;
    int leads = 0;
  };
  std::vector<Group> groups;
  int leads = 0;            // whose askers are answered
  std::vector<Case> calls;  // by hand, and not answered yet
  std::vector<std::pair<Case, Error>> refused;
};
// Errors: unknown_case; those of replies::send() stand in `refused`. With `preview` nothing is done.
Result<Told> tell(Tx& tx, const cases::Office& office, const Actor& actor, CaseId parent, const std::string& text,
                  bool preview);

}  // namespace linli::children
