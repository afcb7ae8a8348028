#include "people/api_keys.h"

#include "people/tokens.h"

namespace linli::api_keys {
namespace {

#define LINLI_API_KEY_COLUMNS \
  "k.id, k.name, k.user_id, k.holder_id, k.created_at, k.expires_at, k.last_used_at, k.revoked_at"

ApiKey key_of(const Row& r) {
  ApiKey key;
  key.id = r.get<ApiKeyId>(0);
  key.name = r.get<std::string>(1);
  key.owner = r.get<UserId>(2);
  key.holder = r.get<UserId>(3);
  key.created_at = r.get<Instant>(4);
  key.expires_at = r.get<Instant>(5);
  key.last_used_at = r.get<std::optional<Instant>>(6);
  key.revoked_at = r.get<std::optional<Instant>>(7);
  return key;
}

}  // namespace

Result<std::string> add(Tx& tx, const ApiKey& key) {
  std::string token = std::string(kPrefix) + tokens::random();
  LINLI_TRY(users::add(tx, {key.holder, to_text(key.id), key.name, {}, {}}, key.created_at));
  LINLI_TRY(tx.run(
      "INSERT INTO api_keys (id, token_hash, name, user_id, holder_id, created_at, expires_at) VALUES ($1, $2, $3, $4, "
      "$5, "
      "$6, $7)",
      {key.id, blob(tokens::hash("api key", token)), key.name, key.owner, key.holder, key.created_at, key.expires_at}));
  return token;
}

Result<std::optional<ApiKey>> find(Tx& tx, std::string_view token, Instant now) {
  std::optional<ApiKey> key;
  if (!token.starts_with(kPrefix)) return key;
  LINLI_TRY(tx.first("SELECT " LINLI_API_KEY_COLUMNS
                     " FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.token_hash = $1 AND u.disabled_at IS "
                     "NULL",
                     {blob(tokens::hash("api key", token))}, [&](const Row& r) { key = key_of(r); }));
  if (key && !key->valid(now)) key.reset();
  return key;
}

Result<std::optional<User>> holder(Tx& tx, const ApiKey& key) {
  std::optional<User> user;
  LINLI_TRY(tx.first("SELECT " LINLI_USER_COLUMNS " FROM users u WHERE u.id = $1", {key.holder},
                     [&](const Row& r) { user = users::of_row(r); }));
  return user;
}

Result<std::vector<ApiKey>> list(Tx& tx, UserId owner) {
  std::vector<ApiKey> out;
  LINLI_TRY(tx.each("SELECT " LINLI_API_KEY_COLUMNS
                    " FROM api_keys k WHERE (CAST($1 AS BIGINT) = 0 OR k.user_id = CAST($1 AS BIGINT)) ORDER BY "
                    "k.created_at DESC, k.id DESC LIMIT 1000",
                    {owner}, [&](const Row& r) { out.push_back(key_of(r)); }));
  return out;
}

Result<bool> revoke(Tx& tx, ApiKeyId key, UserId owner, Instant now) {
  auto revoked = tx.run(
      "UPDATE api_keys SET revoked_at = $3 WHERE id = $1 AND (CAST($2 AS BIGINT) = 0 OR user_id = CAST($2 AS BIGINT)) "
      "AND "
      "revoked_at IS NULL",
      {key, owner, now});
  if (!revoked) return tl::unexpected(std::move(revoked).error());
  return *revoked == 1;
}

Result<void> note_use(Tx& tx, ApiKeyId key, Instant now) {
  LINLI_TRY(tx.run("UPDATE api_keys SET last_used_at = $2 WHERE id = $1", {key, now}));
  return {};
}

}  // namespace linli::api_keys
