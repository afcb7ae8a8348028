#include "people/users.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "people/holdings.h"
#include "people/tokens.h"

namespace linli {
namespace {

constexpr std::string_view kPhone = "users.phone";

// $1 everywhere  $2 actor  $3 today. Who holds no role yet is seen by those who see everyone.
#define LINLI_KNOWN_TO                                                                                     \
  "($1 = 1 OR u.id = $2 OR EXISTS (SELECT 1 FROM holdings held JOIN grids g ON g.id = held.grid_id WHERE " \
  "held.user_id = u.id AND " LINLI_IN_SCOPE("g.path", people_read, "$1", "$2", "$3") "))"

constexpr std::string_view kList =
    "SELECT " LINLI_USER_COLUMNS " FROM users u WHERE " LINLI_KNOWN_TO " AND u.id > $4 AND " LINLI_IS_PERSON
    " AND (u.disabled_at IS NOT NULL) = (CAST($5 AS BIGINT) = 1)"
    " AND (CAST($6 AS TEXT) IS NULL OR lower(u.name) LIKE CAST($6 AS TEXT) OR "
    "lower(u.display_name) LIKE CAST($6 AS TEXT))"
    " AND (CAST($7 AS TEXT) IS NULL AND CAST($8 AS TEXT) IS NULL OR EXISTS (SELECT 1 "
    "FROM holdings h LEFT JOIN grids g ON"
    " g.id = h.grid_id WHERE h.user_id = u.id AND h.from_day <= $3 AND h.until_day >= $3"
    " AND (CAST($7 AS TEXT) IS NULL OR h.role = CAST($7 AS TEXT))"
    " AND (CAST($8 AS TEXT) IS NULL OR substr(g.path || '/', 1, length(CAST($8 AS "
    "TEXT)) + 1) = CAST($8 AS TEXT) || '/')))"
    " ORDER BY u.id LIMIT $9";
constexpr std::string_view kFindAny =
    "SELECT " LINLI_USER_COLUMNS " FROM users u WHERE u.id = $4 AND " LINLI_IS_PERSON " AND " LINLI_KNOWN_TO;
constexpr std::string_view kIsOnlyAdministrator =
    "SELECT COUNT(*) FROM holdings h JOIN users u ON u.id = h.user_id WHERE h.role = 'administrator' AND h.grid_id IS "
    "NULL AND " LINLI_IS_AT_WORK " AND u.id <> $1 AND h.from_day <= $2 AND h.until_day >= $2";

// What would become a session yet.
Result<void> close_ways_in(Tx& tx, UserId user) {
  LINLI_TRY(tx.run("DELETE FROM sign_in_links WHERE user_id = $1", {user}));
  LINLI_TRY(tx.run("DELETE FROM pending_sign_ins WHERE user_id = $1", {user}));
  return {};
}

}  // namespace

// ---- argon2id ----

std::string Passwords::hash_now(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> out;
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc();
  return out.data();
}

bool Passwords::verify_now(std::string_view password, const std::optional<std::string>& hash) {
  // Unknown names take as long as known ones: compared with the hash of nobody's password.
  static const std::string nobody = hash_now(tokens::random());
  const std::string& against = hash ? *hash : nobody;
  return crypto_pwhash_str_verify(against.c_str(), password.data(), password.size()) == 0 && hash;
}

Passwords::Passwords(int threads, std::size_t max_waiting) : queue_(max_waiting) {
  for (int i = 0; i < threads; ++i)
    tasks_.spawn("passwords", [this](std::stop_token stop) {
      while (!stop.stop_requested() && !queue_.finished())
        if (auto work = queue_.pop(Deadline::in(milliseconds(200)))) (*work)();
    });
}

Passwords::~Passwords() { stop(); }
void Passwords::stop() {
  queue_.close();
  tasks_.stop();
}

Result<void> Passwords::hash(std::string password, UniqueFunction<void(std::string)> done) {
  UniqueFunction<void()> work = [password = std::move(password), done = std::move(done)]() mutable {
    done(hash_now(password));
  };
  if (queue_.try_push(std::move(work)) != Push::taken) return fail(Errc::overloaded);
  return {};
}

Result<void> Passwords::verify(std::string password, std::optional<std::string> hash, UniqueFunction<void(bool)> done) {
  UniqueFunction<void()> work = [password = std::move(password), hash = std::move(hash),
                                 done = std::move(done)]() mutable { done(verify_now(password, hash)); };
  if (queue_.try_push(std::move(work)) != Push::taken) return fail(Errc::overloaded);
  return {};
}

// ---- users ----

namespace users {

User of_row(const Row& r, int c) {
  return {r.get<UserId>(c),
          r.get<std::string>(c + 1),
          r.get<std::string>(c + 2),
          r.get<std::string>(c + 3),
          r.get<std::optional<std::string>>(c + 4),
          r.get<int>(c + 5),
          r.get<std::optional<Instant>>(c + 6)};
}

Result<void> check_name(std::string_view name) {
  const bool good = !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
  if (!good)
    return fail(Errc::bad_value, Where::at_field("name"), {{"value", std::string(name)}, {"allowed", "a-z 0-9 . - _"}});
  return {};
}

Result<std::optional<User>> find(Tx& tx, std::string_view name) {
  std::optional<User> user;
  LINLI_TRY(tx.first("SELECT " LINLI_USER_COLUMNS " FROM users u WHERE u.name = $1 AND " LINLI_IS_AT_WORK, {name},
                     [&](const Row& r) { user = users::of_row(r); }));
  return user;
}

Result<std::optional<User>> find(Tx& tx, UserId id) {
  std::optional<User> user;
  LINLI_TRY(tx.first("SELECT " LINLI_USER_COLUMNS " FROM users u WHERE u.id = $1 AND " LINLI_IS_AT_WORK, {id},
                     [&](const Row& r) { user = users::of_row(r); }));
  return user;
}

Result<void> add(Tx& tx, const User& user, Instant now) {
  auto added = tx.run(
      "INSERT INTO users (id, name, display_name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT "
      "(name) DO NOTHING",
      {user.id, user.name, user.display_name, user.password_hash, now});
  if (!added) return tl::unexpected(std::move(added).error());
  if (*added == 0) return fail(Errc::name_taken, Where::at_field("name"), {{"name", user.name}});
  return {};
}

Result<void> set_password(Tx& tx, UserId user, const std::string& hash) {
  LINLI_TRY(tx.run("UPDATE users SET password_hash = $2 WHERE id = $1", {user, hash}));
  return close_ways_in(tx, user);
}

Result<std::vector<User>> list(Tx& tx, const Actor& actor, const Search& search) {
  std::optional<std::string> text, role, path;
  if (!search.text.empty()) {
    text = "%";
    for (const char c : search.text)
      if (c != '%' && c != '_') *text += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    *text += '%';
  }
  if (search.role) role = linli::name(*search.role);
  if (!search.grid_path.empty()) path = search.grid_path;
  std::vector<User> out;
  LINLI_TRY(tx.each(kList,
                    {actor.everywhere(Right::people_read), actor.id, actor.today.number, search.after, search.disabled,
                     text, role, path, search.limit},
                    [&](const Row& r) { out.push_back(of_row(r)); }));
  return out;
}

Result<std::optional<User>> find_any(Tx& tx, const Actor& actor, UserId id) {
  std::optional<User> user;
  LINLI_TRY(tx.first(kFindAny, {actor.everywhere(Right::people_read), actor.id, actor.today.number, id},
                     [&](const Row& r) { user = of_row(r); }));
  return user;
}

Result<User> change(Tx& tx, const Sealer& sealer, User user, const Change& change, int seen_revision, Day today,
                    Instant now) {
  if (change.disabled.value_or(false) && !user.disabled_at) {
    auto administrator = tx.value<std::int64_t>(
        "SELECT COUNT(*) FROM holdings h WHERE h.user_id = $1 AND h.role = 'administrator' AND h.grid_id IS NULL AND "
        "h.from_day <= $2 AND h.until_day >= $2",
        {user.id, today.number});
    auto others = tx.value<std::int64_t>(kIsOnlyAdministrator, {user.id, today.number});
    if (!administrator) return tl::unexpected(std::move(administrator).error());
    if (!others) return tl::unexpected(std::move(others).error());
    if (administrator->value_or(0) > 0 && others->value_or(0) == 0) return fail(Errc::last_administrator);
  }
  if (change.display_name) user.display_name = *change.display_name;
  if (change.disabled && *change.disabled != user.disabled_at.has_value())
    user.disabled_at = *change.disabled ? std::optional(now) : std::nullopt;
  auto changed = tx.run(
      "UPDATE users SET display_name = $2, disabled_at = $3, revision = revision + 1 WHERE id = $1 AND revision = $4",
      {user.id, user.display_name, user.disabled_at, seen_revision});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  if (change.phone) {
    const std::string sealed = change.phone->empty() ? std::string() : sealer.seal(kPhone, *change.phone);
    LINLI_TRY(tx.run("UPDATE users SET phone = $2 WHERE id = $1",
                     {user.id, sealed.empty() ? Param(nullptr) : Param(Blob{sealed})}));
  }
  if (user.disabled_at) {
    LINLI_TRY(tx.run("DELETE FROM sessions WHERE user_id = $1", {user.id}));
    LINLI_TRY(close_ways_in(tx, user.id));
  }
  user.revision = seen_revision + 1;
  return user;
}

Result<std::string> phone(Tx& tx, const Sealer& sealer, UserId user) {
  auto sealed = tx.value<std::string>("SELECT phone FROM users WHERE id = $1 AND phone IS NOT NULL", {user});
  if (!sealed) return tl::unexpected(std::move(sealed).error());
  if (!*sealed) return std::string();
  return sealer.open(kPhone, **sealed);
}

}  // namespace users

// ---- sessions ----

namespace sessions {

std::string csrf_of(std::string_view session_token) {
  return tokens::base64url(blob(tokens::hash("csrf", session_token)).bytes);
}

bool csrf_matches(std::string_view session_token, std::string_view csrf) {
  const std::string right = csrf_of(session_token);
  return csrf.size() == right.size() && sodium_memcmp(csrf.data(), right.data(), right.size()) == 0;
}

Result<Tokens> open(Tx& tx, UserId user, bool by_link, Instant now, const SessionPlace& place) {
  Tokens tokens;
  tokens.session = tokens::random();
  tokens.csrf = csrf_of(tokens.session);
  std::int64_t id = 0;
  randombytes_buf(&id, sizeof id);
  id = (id & 0x7fff'ffff'ffff'ffff) | 1;
  LINLI_TRY(
      tx.run("INSERT INTO sessions (token_hash, user_id, by_link, created_at, expires_at, last_seen_at, id, address, "
             "device) VALUES ($1, $2, $3, $4, $5, $4, $6, $7, $8)",
             {blob(tokens::hash("session", tokens.session)), user, by_link, now, now + kLifetime, id, place.address,
              place.device}));
  return tokens;
}

Result<std::optional<Session>> find(Tx& tx, std::string_view session_token, Instant now, Day today) {
  std::optional<Session> session;
  LINLI_TRY(tx.first("SELECT " LINLI_USER_COLUMNS
                     ", s.expires_at, s.by_link, s.id, s.last_seen_at FROM sessions s JOIN users u ON u.id = s.user_id "
                     "WHERE s.token_hash = $1 AND s.expires_at > $2 AND " LINLI_IS_AT_WORK,
                     {blob(tokens::hash("session", session_token)), now}, [&](const Row& r) {
                       session = Session{users::of_row(r),  {}, r.get<Instant>(7), r.get<bool>(8), r.get<SessionId>(9),
                                         r.get<Instant>(10)};
                     }));
  if (session) {
    auto actor = holdings::actor(tx, session->user, today);
    if (!actor) return tl::unexpected(std::move(actor).error());
    session->actor = *std::move(actor);
  }
  return session;
}

Result<std::vector<ListedSession>> list(Tx& tx, UserId user, Instant now) {
  std::vector<ListedSession> out;
  LINLI_TRY(
      tx.each("SELECT id, address, device, created_at, last_seen_at, expires_at FROM sessions WHERE user_id = $1 AND "
              "expires_at > "
              "$2 ORDER BY last_seen_at DESC, id",
              {user, now}, [&](const Row& r) {
                out.push_back({r.get<SessionId>(0),
                               {r.get<std::string>(1), r.get<std::string>(2)},
                               r.get<Instant>(3),
                               r.get<Instant>(4),
                               r.get<Instant>(5)});
              }));
  return out;
}

Result<bool> close(Tx& tx, UserId user, SessionId session) {
  auto closed = tx.run("DELETE FROM sessions WHERE user_id = $1 AND id = $2", {user, session});
  if (!closed) return tl::unexpected(std::move(closed).error());
  return *closed == 1;
}

Result<void> seen(Tx& tx, SessionId session, Instant now) {
  LINLI_TRY(tx.run("UPDATE sessions SET last_seen_at = $2 WHERE id = $1", {session, now}));
  return {};
}

Result<void> link_served(Tx& tx, SessionId session) {
  LINLI_TRY(tx.run("UPDATE sessions SET by_link = 0 WHERE id = $1", {session}));
  return {};
}

Result<void> close(Tx& tx, std::string_view session_token) {
  LINLI_TRY(tx.run("DELETE FROM sessions WHERE token_hash = $1", {blob(tokens::hash("session", session_token))}));
  return {};
}

Result<void> close_others(Tx& tx, UserId user, std::string_view session_token) {
  LINLI_TRY(tx.run("DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2",
                   {user, blob(tokens::hash("session", session_token))}));
  return {};
}

Result<void> forget_expired(Tx& tx, Instant now) {
  LINLI_TRY(tx.run("DELETE FROM sessions WHERE expires_at <= $1", {now}));
  LINLI_TRY(tx.run("DELETE FROM sign_in_links WHERE expires_at <= $1", {now}));
  LINLI_TRY(tx.run("DELETE FROM pending_sign_ins WHERE expires_at <= $1", {now}));
  LINLI_TRY(tx.run("DELETE FROM sign_on_requests WHERE expires_at <= $1", {now}));
  return {};
}

Result<std::string> make_link(Tx& tx, UserId user, Instant now) {
  std::string token = tokens::random();
  LINLI_TRY(tx.run("INSERT INTO sign_in_links (token_hash, user_id, expires_at) VALUES ($1, $2, $3)",
                   {blob(tokens::hash("link", token)), user, now + kLinkLifetime}));
  return token;
}

Result<UserId> use_link(Tx& tx, std::string_view token, Instant now) {
  const Digest hash = tokens::hash("link", token);
  auto used =
      tx.run("UPDATE sign_in_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
             {blob(hash), now});
  if (!used) return tl::unexpected(std::move(used).error());
  if (*used == 0) return fail(Errc::link_used, Where::at_field("token"));
  auto user = tx.value<UserId>("SELECT user_id FROM sign_in_links WHERE token_hash = $1", {blob(hash)});
  if (!user) return tl::unexpected(std::move(user).error());
  return user->value_or(UserId{});
}

}  // namespace sessions
}  // namespace linli
