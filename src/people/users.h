// Users, their passwords, sessions and one-time links. Tokens are 256 random bits, told once and stored as hashes only.
// Passwords are hashed by argon2id on threads of their own, so that a sign-in never stalls anything else.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "base/task_group.h"
#include "base/unique_function.h"
#include "people/actor.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli {

struct User {
  UserId id;
  std::string name;  // for signing in, lower case
  std::string display_name;
  std::string locale;  // "zh", "en", empty: the browser's
  std::optional<std::string> password_hash;
  int revision = 1;  // rises with any change
  std::optional<Instant> disabled_at;
};

// ---- argon2id ----

inline constexpr std::size_t kLeastPassword = 10;  // characters
inline constexpr std::size_t kGreatestPassword = 256;
// Errors: too_long, password_too_short, password_too_easy (the names, common words, rows and years do not count).
Result<void> check_password_rules(std::string_view password, std::string_view name = {},
                                  std::string_view display_name = {});

// A few threads that hash and compare, with a bounded queue. 64 MiB a hash at work.
class Passwords {
 public:
  explicit Passwords(int threads = 1, std::size_t max_waiting = 32);
  ~Passwords();
  // `done` is called on one of the threads. Error at once: overloaded.
  Result<void> hash(std::string password, UniqueFunction<void(std::string)> done);
  // No hash (unknown name, no password yet): takes as long and is false.
  Result<void> verify(std::string password, std::optional<std::string> hash, UniqueFunction<void(bool)> done);
  void stop();

  // The same at once, for commands: tens of milliseconds.
  static std::string hash_now(std::string_view password);
  static bool verify_now(std::string_view password, const std::optional<std::string>& hash);

 private:
  BoundedQueue<UniqueFunction<void()>> queue_;
  TaskGroup tasks_;
};

// ---- users ----

#define LINLI_USER_COLUMNS "u.id, u.name, u.display_name, u.locale, u.password_hash, u.revision, u.disabled_at"

// Of users u. What an API key acts as (people/api_keys.h) stands among the users and is nobody: it never signs in, and
// nobody finds, changes or calls it.
#define LINLI_IS_PERSON "NOT EXISTS (SELECT 1 FROM api_keys held_by WHERE held_by.holder_id = u.id)"
#define LINLI_IS_AT_WORK "u.disabled_at IS NULL AND " LINLI_IS_PERSON

namespace users {

// Of LINLI_USER_COLUMNS from this column on.
User of_row(const Row& row, int column = 0);

// Disabled ones and those of API keys are not found: they cannot sign in and nobody finds them at work.
Result<std::optional<User>> find(Tx& tx, std::string_view name);
Result<std::optional<User>> find(Tx& tx, UserId id);
Result<void> add(Tx& tx, const User& user, Instant now);  // error: name_taken
// Links and sign-ins that wait for a second factor end with the old one; sessions are the caller's.
Result<void> set_password(Tx& tx, UserId user, const std::string& hash);

// For a name to sign in: letters, digits, '.', '-', '_', lower case. Error: bad_value.
Result<void> check_name(std::string_view name);

// ---- for the page of people ----

struct Search {
  std::string text;               // of the name or the display name; empty: all
  std::optional<StaffRole> role;  // held today
  std::string grid_path;          // held there or below; empty: anywhere
  bool disabled = false;          // those who were, instead
  int limit = 50;                 // 1..200
  UserId after;                   // of the page before
};
// Whom the actor may know of: who holds a role where the actor has people.read, and themselves. By id: newest last.
Result<std::vector<User>> list(Tx& tx, const Actor& actor, const Search& search);
Result<std::optional<User>> find_any(Tx& tx, const Actor& actor, UserId id);  // disabled ones too

struct Change {
  std::optional<std::string> display_name;
  std::optional<std::string> phone;  // empty: none any more
  std::optional<bool> disabled;      // ends all sessions, links and sign-ins on their way
};
// Errors: stale (another changed it since `seen_revision`), last_administrator.
Result<User> change(Tx& tx, const Sealer& sealer, User user, const Change& change, int seen_revision, Day today,
                    Instant now);
Result<std::string> phone(Tx& tx, const Sealer& sealer, UserId user);  // empty: not known

}  // namespace users

// ---- sessions ----

struct Session {
  User user;
  Actor actor;
  Instant expires_at{};
  bool by_link = false;  // a password may be set without the old one
  SessionId id{};
  Instant last_seen_at{};
};

// Where a session was opened, for its user to recognise it.
struct SessionPlace {
  std::string address, device;
};

struct ListedSession {
  SessionId id;
  SessionPlace place;
  Instant created_at{}, last_seen_at{}, expires_at{};
};

struct Tokens {         // told to the browser, once
  std::string session;  // the cookie
  std::string csrf;     // derived from the session: the same whenever the session is looked up
};

namespace sessions {

inline constexpr std::chrono::hours kLifetime{12};
inline constexpr std::chrono::minutes kLinkLifetime{60};

inline constexpr std::chrono::minutes kSeenEvery{5};  // how exact last_seen_at is

Result<Tokens> open(Tx& tx, UserId user, bool by_link, Instant now, const SessionPlace& place = {});
// None: unknown or expired. `today`: for what the user may do.
Result<std::optional<Session>> find(Tx& tx, std::string_view session_token, Instant now, Day today);
std::string csrf_of(std::string_view session_token);
bool csrf_matches(std::string_view session_token, std::string_view csrf);  // constant time
Result<void> close(Tx& tx, std::string_view session_token);
// Last seen first.
Result<std::vector<ListedSession>> list(Tx& tx, UserId user, Instant now);
// False: this user has no such session.
Result<bool> close(Tx& tx, UserId user, SessionId session);
Result<void> seen(Tx& tx, SessionId session, Instant now);
// The password was set: from now on the old one is asked for, also where a link opened the session.
Result<void> link_served(Tx& tx, SessionId session);
// All of a user's sessions but this one.
Result<void> close_others(Tx& tx, UserId user, std::string_view session_token);
Result<void> forget_expired(Tx& tx, Instant now);

// A link that signs in once: the token of http://…/sign-in#TOKEN.
Result<std::string> make_link(Tx& tx, UserId user, Instant now);
// Uses it up. Error: link_used (used, expired or never made).
Result<UserId> use_link(Tx& tx, std::string_view token, Instant now);

}  // namespace sessions
}  // namespace linli
