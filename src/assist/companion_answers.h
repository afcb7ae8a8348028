// What the companion said, made ready or called somebody for (table companion_answers), to be looked at by a person the next
// morning; and where its talks stand. Changing functions run in the writer's transaction.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "assist/companion_talk.h"
#include "channels/outgoing.h"
#include "people/actor.h"
#include "store/sealing.h"

namespace linli::companion {

inline constexpr std::string_view kPurpose = "companion";  // in `outgoing`; its subject is the message that is answered

struct AnswerTag {
  static constexpr std::string_view prefix = "ans";
};
using AnswerId = Id<AnswerTag>;

enum class Way { said, prepared, none };  // none: it was silent and called somebody
std::string_view name(Way way);
enum class Verdict { right, wrong };
std::string_view name(Verdict verdict);
std::optional<Verdict> parse_verdict(std::string_view text);

struct Source {
  std::string id, title, source;  // of the knowledge entry, as they were
};
struct Answer {
  AnswerId id;
  MessageId message;
  GroupId group;
  LeadId lead;  // 0: none
  std::string grid_path;
  Instant at{};
  Kind kind = Kind::silent;
  std::string why;
  bool called = false;
  Way way = Way::said;
  int words_version = 0;
  std::string model;  // that phrased it; empty: none
  std::string text;   // with the mark; empty: nothing was said, or it was erased
  std::vector<Source> sources;
  std::optional<Verdict> verdict;
  UserId looked_by;
  std::optional<Instant> looked_at;
  int revision = 1;
};

// ---- talks ----
Result<Talk> talk(Tx& tx, GroupId group, std::int64_t sender);
Result<void> keep_talk(Tx& tx, GroupId group, std::int64_t sender, const Talk& talk);
// When somebody on duty last wrote in the group, by their own hand or from the desk; of the last half day.
Result<std::optional<Instant>> person_at(Tx& tx, GroupId group, Instant now);
// Somebody on duty writes: all talks of the group are over, what was not said yet is withdrawn.
Result<void> person_writes(Tx& tx, const Sealer& sealer, GroupId group, Instant at);

// ---- answers ----
// False: this message was answered before; nothing is changed.
Result<bool> add(Tx& tx, const Sealer& sealer, const Answer& answer);
// The lead that an outgoing item of this purpose belongs to; none: it stands in none.
Result<std::optional<LeadId>> lead_of(Tx& tx, const outgoing::Item& item);
Result<bool> spoken_of(Tx& tx, LeadId lead, GroupId group);
// The message with this channel's id is one of the machine's in the group.
Result<bool> is_ours(Tx& tx, GroupId group, std::string_view external_id, Instant now);
// For the sender: false, and it is withdrawn, when a person has written or answered since, when the message was taken back, or
// when it is too late for it to help.
Result<bool> still_wanted(Tx& tx, const Sealer& sealer, const outgoing::Item& item, Instant now);

struct Page {
  std::vector<Answer> answers;  // latest first
  std::string next_cursor;      // empty: the last page
  std::int64_t waiting = 0;     // of all in scope: nobody has looked
};
// Where the actor has replies.send. Error: bad_value (cursor).
Result<Page> list(Tx& tx, const Sealer& sealer, const Actor& actor, bool waiting_only, const std::string& cursor,
                  int limit);
Result<Answer> find(Tx& tx, const Sealer& sealer, const Actor& actor, AnswerId id);  // Errors: not_found, not_allowed
// A person has looked; nothing: the mark was a mistake. A wrong answer to a lead's question is a gap of the knowledge base.
// Errors: as find(), stale.
Result<Answer> judge(Tx& tx, const Sealer& sealer, IdSource& ids, const Actor& actor, AnswerId id, int seen,
                     std::optional<Verdict> verdict, Instant now);

// Of answers older than `answers`, and of talks older than `talks`; how many rows went.
Result<std::int64_t> forget(Tx& tx, Instant answers, Instant talks, int limit);

}  // namespace linli::companion
