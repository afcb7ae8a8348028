// The audit log: who did what, to what, when, from where. Entries are written in the transaction of what they tell, and only
// ever added. Each entry's hash covers the one before it, so a changed, missing, swapped or added entry shows:
//
//   hash = SHA-256(hash before (32 zero bytes for the first) | sequence | at | by kind | by id | what | object kind |
//          object id | address | detail | key id | before | after)
//   numbers: 8 bytes, big endian; texts and bytes: their length as such a number, then they
//
// Whoever can write the database could compute all hashes anew; so the end of the chain is kept sealed beside it (with the
// key that is outside the database), and, while the server runs, hourly in a file of anchors and in the program's log.
// What this finds and what it cannot find: docs/operations/audit.md.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::audit {

// Who acts. anyone: nobody who is known, as with a wrong password.
struct By {
  enum class Kind { anyone, user, api_key, command, machine } kind = Kind::anyone;
  std::int64_t id = 0;  // of a user or key

  static By user(UserId id) { return {Kind::user, id.value}; }
  static By api_key(ApiKeyId id) { return {Kind::api_key, id.value}; }
  static By command() { return {Kind::command, 0}; }
  static By machine() { return {Kind::machine, 0}; }
};
std::string_view name(By::Kind kind);
std::string to_text(const By& by);                  // "usr_…", "key_…", else the kind
std::optional<By> parse_by(std::string_view text);  // what to_text() writes

// Whose data before and after are; of residents it is what holds their words or names.
struct Person {
  std::string kind;  // "user", "lead", "member_rule"
  std::string id;    // as the interface shows it; it goes when the person is erased
};

struct Entry {
  Instant at{};
  By by;
  std::string what;                    // stable, one dot at most: "sign_in.failed", "lead.confirmed", "sign_out" …
  std::string object_kind, object_id;  // "lead", "lead_0f3k…"; empty: none
  std::string address;                 // of the caller; empty: this machine
  std::string detail;                  // a JSON object of ids, counts and choices, no personal value; empty: none
  std::string before, after;           // texts; personal ones only with the person whose they are
  std::optional<Person> person;
};

// The writer's transaction. Nodes on one PostgreSQL take turns here until their commit: the chain never forks.
// Returns the entry's sequence.
Result<std::int64_t> add(Tx& tx, const Sealer& sealer, const Entry& entry);

// The values of this person in the log can be opened by nobody any more; the chain still fits. Erasing again changes nothing.
// Copies of the database from before keep the key.
Result<void> erase(Tx& tx, const Person& person);

// ---- reading ----

struct Recorded {
  std::int64_t sequence = 0;
  Entry entry;                              // before and after opened; empty where they are erased
  std::string by_name;                      // as it is now; empty: none
  bool erased = false;                      // there were values of a person who was erased
  std::string hash;                         // 32 bytes
  std::string sealed_before, sealed_after;  // the stored bytes where they are sealed
};

struct Filter {
  std::optional<By> by;
  std::string what;  // the whole or its beginning up to the dot: "sign_in" finds sign_in.failed
  std::string object_kind, object_id;
  std::optional<Instant> from, to;  // from <= at < to
};

// Newest first, at most `limit`, older than the sequence `before` (0: from the newest on).
Result<std::vector<Recorded>> list(Tx& tx, const Sealer& sealer, const Filter& filter, std::int64_t before, int limit);
// Oldest first, all that fit; one page in memory at a time.
Result<void> each(Tx& tx, const Sealer& sealer, const Filter& filter,
                  const std::function<Result<void>(const Recorded&)>& take);

// One line of JSON: what a reader needs, and everything that the hash covers.
std::string to_json(const Recorded& entry);
// The columns of the CSV form, and an entry's cells.
std::vector<std::string> csv_header();
std::vector<std::string> csv_cells(const Recorded& entry);

// ---- verifying ----

struct Head {
  std::int64_t sequence = 0;  // 0: no entry yet
  Digest hash{};
};
Result<Head> head(Tx& tx);
std::string to_text(const Head& head);           // "1234:<hash>", to be noted elsewhere
Result<Head> parse_head(std::string_view text);  // error: bad_value

// A place in the chain that was noted elsewhere.
struct Anchor {
  Head head;
  Instant at{};
  long line = 0;        // in the file
  bool genuine = true;  // false: not written by us, or changed since
};
// "2026-11-23T02:32:10Z 1234 <hash> <check>", for a line of the file; `check` is keyed.
std::string anchor_line(const Sealer& sealer, const Head& head, Instant at);
std::vector<Anchor> read_anchors(const Sealer& sealer, std::string_view text);
// Appends the head to the file (0600, synced) unless its last line is this head already. Error: file_unwritable.
Result<void> keep_anchor(const std::filesystem::path& file, const Sealer& sealer, const Head& head, Instant at);

struct Flaw {
  enum class Kind {
    changed,       // the entry or its place is not what was written
    missing,       // entries from here on, `count` of them
    cut_off,       // entries at the end, `count` of them
    head,          // the sealed end does not fit: it or the whole chain was written anew
    anchor,        // the entry is not the one that the anchor noted
    anchor_false,  // a line of the anchors' file was not written by linli; `sequence` is the line
  } kind;
  std::int64_t sequence = 0;
  std::int64_t count = 1;
};
std::string_view name(Flaw::Kind kind);

struct Verdict {
  std::int64_t entries = 0;
  Head head;
  std::size_t anchors = 0;
  std::int64_t flaw_count = 0;
  std::vector<Flaw> flaws;  // the first 100
};
// Walks the whole chain, in order, in one snapshot.
Result<Verdict> verify(Tx& tx, const Sealer& sealer, std::span<const Anchor> anchors);

}  // namespace linli::audit
