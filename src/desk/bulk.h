// One action on many leads: after an outage two hundred of them are one matter. Each lead is decided for itself, with its own
// history entry, as if a person had gone through them one by one; what cannot be done is told and stops nothing else.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "desk/corrections.h"
#include "desk/replies.h"

namespace linli::bulk {

inline constexpr std::size_t kMost = 500;  // leads

struct BatchTag {
  static constexpr std::string_view prefix = "bat";
};
using BatchId = Id<BatchTag>;

enum class Action { confirm, dismiss, merge, reply };
std::string_view name(Action action);
std::optional<Action> parse_action(std::string_view text);

struct Wanted {
  Action action = Action::confirm;
  struct One {
    LeadId lead;
    int seen_version = 0;
  };
  std::vector<One> leads;                       // each once
  DismissReason reason = DismissReason::other;  // dismiss
  std::string note;                             // dismiss
  LeadId into;                                  // merge
  std::string text;                             // reply: to where each was first said, {地点} and {事情} filled in
};

struct Outcome {
  LeadId lead;
  std::optional<Lead> stands;    // as it is afterwards (preview: now); none: it is not there for this actor
  std::optional<Error> problem;  // why nothing is done: unknown_lead, not_allowed, stale, already_decided …
  std::optional<Placing::Moved> moved;
  std::optional<ReplyId> reply;
};
struct Outcomes {
  BatchId batch;  // 0: nothing was done
  std::vector<Outcome> leads;
};

// What apply() would do. Errors of the whole: those of the lead to merge into.
Result<Outcomes> preview(Tx& tx, const Sealer& sealer, const Actor& actor, const Wanted& wanted, Instant now);
Result<Outcomes> apply(Tx& tx, const Sealer& sealer, IdSource& ids, const Actor& actor, const Wanted& wanted,
                       Instant now);

// Takes back those that still stand as the batch left them; the others are told with who changed them. Errors: not_found:
// no such batch; undo_over, after corrections::kUndo. Words that have left stay said (reply_gone). Twice: nothing is left to take back.
Result<Outcomes> undo(Tx& tx, const Sealer& sealer, const Actor& actor, BatchId batch, Instant now);

}  // namespace linli::bulk
