#include "people/users.h"

#include <sodium.h>

#include <array>

#include "base/utf8.h"

namespace linli {
namespace {

using Hash = std::array<unsigned char, 32>;

std::string random_token() {
  std::array<unsigned char, 32> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING)> text;
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return text.data();
}

// Tokens are random, so a plain hash keeps them secret. `use` keeps the hashes of one token apart.
Hash hash_of(std::string_view use, std::string_view token) {
  Hash out;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, out.size());
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(use.data()), use.size());
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(token.data()), token.size());
  crypto_generichash_final(&state, out.data(), out.size());
  return out;
}

Blob blob(const Hash& hash) { return Blob{{reinterpret_cast<const char*>(hash.data()), hash.size()}}; }

#define LINLI_USER_COLUMNS "u.id, u.name, u.display_name, u.role, u.locale, u.password_hash"

User user_of(const Row& r) {
  return {r.get<UserId>(0),      r.get<std::string>(1), r.get<std::string>(2),
          r.get<std::string>(3), r.get<std::string>(4), r.get<std::optional<std::string>>(5)};
}

}  // namespace

Result<void> check_password_rules(std::string_view password) {
  const std::size_t characters = code_points(password);
  if (characters > kGreatestPassword)
    return fail(Errc::too_long, Where::at_field("password"), {{"max", std::to_string(kGreatestPassword)}});
  if (characters < kLeastPassword)
    return fail(Errc::password_too_short, Where::at_field("password"), {{"min", std::to_string(kLeastPassword)}});
  return {};
}

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
  static const std::string nobody = hash_now(random_token());
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

Result<std::optional<User>> find(Tx& tx, std::string_view name) {
  std::optional<User> user;
  LINLI_TRY(tx.first("SELECT " LINLI_USER_COLUMNS " FROM users u WHERE u.name = $1 AND u.disabled_at IS NULL", {name},
                     [&](const Row& r) { user = user_of(r); }));
  return user;
}

Result<std::optional<User>> find(Tx& tx, UserId id) {
  std::optional<User> user;
  LINLI_TRY(tx.first("SELECT " LINLI_USER_COLUMNS " FROM users u WHERE u.id = $1 AND u.disabled_at IS NULL", {id},
                     [&](const Row& r) { user = user_of(r); }));
  return user;
}

Result<void> add(Tx& tx, const User& user, Instant now) {
  auto added = tx.run(
      "INSERT INTO users (id, name, display_name, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON "
      "CONFLICT (name) DO NOTHING",
      {user.id, user.name, user.display_name, user.role, user.password_hash, now});
  if (!added) return tl::unexpected(std::move(added).error());
  if (*added == 0) return fail(Errc::name_taken, Where::at_field("name"), {{"name", user.name}});
  return {};
}

Result<void> set_password(Tx& tx, UserId user, const std::string& hash) {
  LINLI_TRY(tx.run("UPDATE users SET password_hash = $2 WHERE id = $1", {user, hash}));
  return {};
}

}  // namespace users

// ---- sessions ----

namespace sessions {

std::string csrf_of(std::string_view session_token) {
  const Hash hash = hash_of("csrf", session_token);
  std::array<char, sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING)> text;
  sodium_bin2base64(text.data(), text.size(), hash.data(), hash.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return text.data();
}

bool csrf_matches(std::string_view session_token, std::string_view csrf) {
  const std::string right = csrf_of(session_token);
  return csrf.size() == right.size() && sodium_memcmp(csrf.data(), right.data(), right.size()) == 0;
}

Result<Tokens> open(Tx& tx, UserId user, bool by_link, Instant now) {
  Tokens tokens;
  tokens.session = random_token();
  tokens.csrf = csrf_of(tokens.session);
  LINLI_TRY(
      tx.run("INSERT INTO sessions (token_hash, user_id, by_link, created_at, expires_at, last_seen_at) VALUES ($1, "
             "$2, $3, $4, $5, $4)",
             {blob(hash_of("session", tokens.session)), user, by_link, now, now + kLifetime}));
  return tokens;
}

Result<std::optional<Session>> find(Tx& tx, std::string_view session_token, Instant now) {
  std::optional<Session> session;
  LINLI_TRY(tx.first("SELECT " LINLI_USER_COLUMNS
                     ", s.expires_at, s.by_link FROM sessions s JOIN users u ON u.id = s.user_id "
                     "WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.disabled_at IS NULL",
                     {blob(hash_of("session", session_token)), now}, [&](const Row& r) {
                       session = Session{user_of(r), r.get<Instant>(6), r.get<bool>(7)};
                     }));
  return session;
}

Result<void> close(Tx& tx, std::string_view session_token) {
  LINLI_TRY(tx.run("DELETE FROM sessions WHERE token_hash = $1", {blob(hash_of("session", session_token))}));
  return {};
}

Result<void> close_others(Tx& tx, UserId user, std::string_view session_token) {
  LINLI_TRY(tx.run("DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2",
                   {user, blob(hash_of("session", session_token))}));
  return {};
}

Result<void> forget_expired(Tx& tx, Instant now) {
  LINLI_TRY(tx.run("DELETE FROM sessions WHERE expires_at <= $1", {now}));
  LINLI_TRY(tx.run("DELETE FROM sign_in_links WHERE expires_at <= $1", {now}));
  return {};
}

Result<std::string> make_link(Tx& tx, UserId user, Instant now) {
  std::string token = random_token();
  LINLI_TRY(tx.run("INSERT INTO sign_in_links (token_hash, user_id, expires_at) VALUES ($1, $2, $3)",
                   {blob(hash_of("link", token)), user, now + kLinkLifetime}));
  return token;
}

Result<UserId> use_link(Tx& tx, std::string_view token, Instant now) {
  const Hash hash = hash_of("link", token);
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
