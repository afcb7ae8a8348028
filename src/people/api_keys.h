// Keys for machines: "linli_" and 256 random bits, told once, kept as a hash. A key holds roles over a grid as a person does
// (people/holdings.h), by a user of its own who cannot sign in; so scope is one and the same for both. Whoever makes one gives
// it no more than they could give a colleague. It ends by its time, by being revoked, or when its maker is disabled.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "people/users.h"
#include "store/database.h"

namespace linli {

struct ApiKey {
  ApiKeyId id;
  std::string name;
  UserId owner, holder;
  Instant created_at{}, expires_at{};
  std::optional<Instant> last_used_at, revoked_at;

  bool valid(Instant now) const { return !revoked_at && expires_at > now; }
};

namespace api_keys {

inline constexpr std::string_view kPrefix = "linli_";  // so that scanners of code find one that was lost
inline constexpr std::chrono::hours kGreatestLifetime{24 * 400};
inline constexpr std::chrono::minutes kUsedEvery{10};  // how exact last_used_at is

// With the user that it acts as. The caller gives that user its roles. Returns the token.
Result<std::string> add(Tx& tx, const ApiKey& key);
// None: unknown, expired, revoked, or its owner may not sign in any more.
Result<std::optional<ApiKey>> find(Tx& tx, std::string_view token, Instant now);
// What it acts as: nobody that users::find() would find.
Result<std::optional<User>> holder(Tx& tx, const ApiKey& key);
// Newest first, also what is over. `owner` 0: everyone's.
Result<std::vector<ApiKey>> list(Tx& tx, UserId owner);
// False: no such key of this owner (0: of anyone), or revoked already.
Result<bool> revoke(Tx& tx, ApiKeyId key, UserId owner, Instant now);
inline bool should_note_use(const ApiKey& key, Instant now) {
  return !key.last_used_at || now - *key.last_used_at >= kUsedEvery;
}
Result<void> note_use(Tx& tx, ApiKeyId key, Instant now);

}  // namespace api_keys
}  // namespace linli
