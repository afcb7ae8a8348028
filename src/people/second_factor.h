// The second factor of a sign-in: codes of an authenticator app (TOTP, RFC 6238: SHA-1, 30 s, 6 digits), and recovery codes
// for when the phone is lost. Secrets are sealed, recovery codes kept as keyed hashes; each code counts once.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli {

// ---- the codes themselves, pure ----

namespace totp {

inline constexpr std::int64_t kStepSeconds = 30;
inline constexpr int kTolerance = 1;  // steps before and after: clocks differ, typing takes time

inline std::int64_t step_of(Instant at) { return to_millis(at) / 1000 / kStepSeconds; }
std::string code(std::string_view secret, std::int64_t step, int digits = 6);
// The step that this code belongs to, near `now` and after `used`; none: it is wrong or too old.
std::optional<std::int64_t> matching(std::string_view secret, std::string_view code, Instant now, std::int64_t used);

std::string base32(std::string_view bytes);  // RFC 4648, without padding
// "otpauth://totp/linli:admin?secret=…", what the QR code tells an app.
std::string uri(std::string_view issuer, std::string_view account, std::string_view secret);
// A square picture, black on white with its quiet zone. Texts up to some 1,000 bytes.
std::string qr_svg(const std::string& text);

}  // namespace totp

// ---- of a user ----

namespace second_factor {

inline constexpr int kRecoveryCodes = 10;

struct State {
  bool on = false;
  std::optional<Instant> since;
  int recovery_left = 0;
};
Result<State> state(Tx& tx, UserId user);

// A new secret that counts after confirm(). Begun again, the secret before is forgotten. Error: second_factor_on.
Result<std::string> begin(Tx& tx, const Sealer& sealer, UserId user, Instant now);
// Errors: second_factor_on, second_factor_off (not begun), bad_code. Returns the recovery codes, told once.
Result<std::vector<std::string>> confirm(Tx& tx, const Sealer& sealer, UserId user, std::string_view code, Instant now);
// New recovery codes; the old ones count no more. Error: second_factor_off.
Result<std::vector<std::string>> renew_recovery_codes(Tx& tx, const Sealer& sealer, UserId user);

enum class Match { none, code, recovery_code };
// Uses the code up. Blanks and '-' in it do not matter.
Result<Match> use(Tx& tx, const Sealer& sealer, UserId user, std::string_view code, Instant now);

// Also what was only begun. Twice is once.
Result<void> turn_off(Tx& tx, UserId user);

}  // namespace second_factor

// ---- between the first factor and the second ----

namespace pending_sign_ins {

inline constexpr std::chrono::minutes kLifetime{5};
inline constexpr int kTries = 5;

// The token that goes with the code.
Result<std::string> open(Tx& tx, UserId user, bool by_link, Instant now);

struct Pending {
  UserId user;
  bool by_link = false;
};
// Counts a try; the caller commits also when the code is wrong. None: unknown, expired or tried too often.
Result<std::optional<Pending>> take_try(Tx& tx, std::string_view token, Instant now);
Result<void> close(Tx& tx, std::string_view token);

}  // namespace pending_sign_ins
}  // namespace linli
