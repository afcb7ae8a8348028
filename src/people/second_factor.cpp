#include "people/second_factor.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <qrencode.h>
#include <sodium.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "people/fetch.h"
#include "people/tokens.h"

namespace linli {
namespace {

constexpr std::size_t kSecretBytes = 20;  // as long as the hash, RFC 4226 section 4
constexpr std::string_view kSecretPlace = "second_factors.secret", kRecoveryPlace = "recovery_codes.hash";

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

// As people type it: blanks and dashes are nothing, letters are small; what Crockford's alphabet reads alike is alike.
std::string plain_code(std::string_view typed) {
  std::string out;
  for (char c : typed) {
    if (c == ' ' || c == '-') continue;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (c == 'o') c = '0';
    if (c == 'i' || c == 'l') c = '1';
    out += c;
  }
  return out;
}

// "0f3k7-8wq2m": 50 random bits. Kept as a keyed hash: who has the database alone cannot try them.
std::string new_recovery_code() {
  constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string out;
  for (int i = 0; i < 10; ++i) {
    if (i == 5) out += '-';
    out += alphabet[randombytes_uniform(32)];
  }
  return out;
}

Digest recovery_hash(const Sealer& sealer, UserId user, std::string_view plain) {
  return sealer.digest(kRecoveryPlace, std::to_string(user.value) + " " + std::string(plain));
}

struct Kept {
  std::string secret;
  bool confirmed = false;
  std::int64_t last_step = 0;
};

Result<std::optional<Kept>> find(Tx& tx, const Sealer& sealer, UserId user) {
  std::optional<Kept> out;
  LINLI_TRY(tx.first("SELECT secret, confirmed_at, last_step FROM second_factors WHERE user_id = $1", {user},
                     [&](const Row& r) {
                       out = Kept{r.get<std::string>(0), !r.is_null(1), r.get<std::int64_t>(2)};
                     }));
  if (!out) return out;
  auto secret = sealer.open(kSecretPlace, out->secret);
  if (!secret) return tl::unexpected(std::move(secret).error());
  out->secret = std::move(*secret);
  return out;
}

Result<std::vector<std::string>> write_recovery_codes(Tx& tx, const Sealer& sealer, UserId user) {
  LINLI_TRY(tx.run("DELETE FROM recovery_codes WHERE user_id = $1", {user}));
  std::vector<std::string> out;
  for (int i = 0; i < second_factor::kRecoveryCodes; ++i) {
    out.push_back(new_recovery_code());
    LINLI_TRY(tx.run("INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)",
                     {user, blob(recovery_hash(sealer, user, plain_code(out.back())))}));
  }
  return out;
}

}  // namespace

// ---- the codes themselves ----

namespace totp {

std::string code(std::string_view secret, std::int64_t step, int digits) {
  std::array<unsigned char, 8> counter;
  for (int i = 7; i >= 0; --i, step >>= 8) counter[static_cast<std::size_t>(i)] = static_cast<unsigned char>(step);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned size = 0;
  if (!HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), mac.data(),
            &size) ||
      size != 20)
    throw std::runtime_error("HMAC-SHA-1 is not there");
  const std::size_t at = mac[19] & 15;
  const std::uint32_t bits = (mac[at] & 0x7fu) << 24 | static_cast<std::uint32_t>(mac[at + 1]) << 16 |
                             static_cast<std::uint32_t>(mac[at + 2]) << 8 | mac[at + 3];
  std::uint32_t modulus = 1;
  for (int i = 0; i < digits; ++i) modulus *= 10;
  std::string text = std::to_string(bits % modulus);
  return std::string(static_cast<std::size_t>(digits) - text.size(), '0') + text;
}

std::optional<std::int64_t> matching(std::string_view secret, std::string_view given, Instant now, std::int64_t used) {
  std::optional<std::int64_t> found;
  for (int i = -kTolerance; i <= kTolerance; ++i) {  // always all of them: the time tells nothing
    const std::int64_t step = step_of(now) + i;
    if (same(code(secret, step), given) && step > used && !found) found = step;
  }
  return found;
}

std::string base32(std::string_view bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (have += 8; have >= 5; have -= 5) out += alphabet[bits >> (have - 5) & 31];
  }
  if (have > 0) out += alphabet[bits << (5 - have) & 31];
  return out;
}

std::string uri(std::string_view issuer, std::string_view account, std::string_view secret) {
  return "otpauth://totp/" + percent_encoded(issuer) + ":" + percent_encoded(account) + "?secret=" + base32(secret) +
         "&issuer=" + percent_encoded(issuer) + "&algorithm=SHA1&digits=6&period=30";
}

std::string qr_svg(const std::string& text) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> qr(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M),
                                                           QRcode_free);
  if (!qr) throw std::runtime_error("the text is too long for a QR code");
  const int quiet = 4, size = qr->width + 2 * quiet;
  const std::string side = std::to_string(size);
  std::string path;
  for (int y = 0; y < qr->width; ++y) {
    for (int x = 0; x < qr->width; ++x) {
      if (!(qr->data[y * qr->width + x] & 1)) continue;
      int run = 1;
      while (x + run < qr->width && (qr->data[y * qr->width + x + run] & 1)) ++run;
      path += "M" + std::to_string(x + quiet) + " " + std::to_string(y + quiet) + "h" + std::to_string(run) + "v1h-" +
              std::to_string(run) + "z";
      x += run;
    }
  }
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " + side +
         "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + side + "v" + side + "H0z\"/><path d=\"" +
         path + "\"/></svg>";
}

}  // namespace totp

// ---- of a user ----

namespace second_factor {

Result<State> state(Tx& tx, UserId user) {
  State out;
  LINLI_TRY(tx.first("SELECT confirmed_at FROM second_factors WHERE user_id = $1", {user},
                     [&](const Row& r) { out.since = r.get<std::optional<Instant>>(0); }));
  out.on = out.since.has_value();
  auto left = tx.value<int>("SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL", {user});
  if (!left) return tl::unexpected(std::move(left).error());
  out.recovery_left = left->value_or(0);
  return out;
}

Result<std::string> begin(Tx& tx, const Sealer& sealer, UserId user, Instant now) {
  std::string secret(kSecretBytes, '\0');
  randombytes_buf(secret.data(), secret.size());
  auto begun = tx.run(
      "INSERT INTO second_factors (user_id, secret, created_at, last_step) VALUES ($1, $2, $3, 0) ON CONFLICT "
      "(user_id) "
      "DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0 WHERE "
      "second_factors.confirmed_at IS NULL",
      {user, Blob{sealer.seal(kSecretPlace, secret)}, now});
  if (!begun) return tl::unexpected(std::move(begun).error());
  if (*begun == 0) return fail(Errc::second_factor_on);
  return secret;
}

Result<std::vector<std::string>> confirm(Tx& tx, const Sealer& sealer, UserId user, std::string_view code,
                                         Instant now) {
  auto row = find(tx, sealer, user);
  if (!row) return tl::unexpected(std::move(row).error());
  if (!*row) return fail(Errc::second_factor_off);
  if ((*row)->confirmed) return fail(Errc::second_factor_on);
  const auto step = totp::matching((*row)->secret, plain_code(code), now, (*row)->last_step);
  if (!step) return fail(Errc::bad_code, Where::at_field("code"));
  LINLI_TRY(
      tx.run("UPDATE second_factors SET confirmed_at = $2, last_step = $3 WHERE user_id = $1", {user, now, *step}));
  return write_recovery_codes(tx, sealer, user);
}

Result<std::vector<std::string>> renew_recovery_codes(Tx& tx, const Sealer& sealer, UserId user) {
  auto now = state(tx, user);
  if (!now) return tl::unexpected(std::move(now).error());
  if (!now->on) return fail(Errc::second_factor_off);
  return write_recovery_codes(tx, sealer, user);
}

Result<Match> use(Tx& tx, const Sealer& sealer, UserId user, std::string_view typed, Instant now) {
  auto row = find(tx, sealer, user);
  if (!row) return tl::unexpected(std::move(row).error());
  if (!*row || !(*row)->confirmed) return Match::none;
  const std::string code = plain_code(typed);
  if (const auto step = totp::matching((*row)->secret, code, now, (*row)->last_step)) {
    // Of two at the same time one comes first.
    auto used = tx.run("UPDATE second_factors SET last_step = $2 WHERE user_id = $1 AND last_step < $2", {user, *step});
    if (!used) return tl::unexpected(std::move(used).error());
    return *used == 1 ? Match::code : Match::none;
  }
  auto used = tx.run("UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND hash = $2 AND used_at IS NULL",
                     {user, blob(recovery_hash(sealer, user, code)), now});
  if (!used) return tl::unexpected(std::move(used).error());
  return *used == 1 ? Match::recovery_code : Match::none;
}

Result<void> turn_off(Tx& tx, UserId user) {
  LINLI_TRY(tx.run("DELETE FROM second_factors WHERE user_id = $1", {user}));
  LINLI_TRY(tx.run("DELETE FROM recovery_codes WHERE user_id = $1", {user}));
  LINLI_TRY(tx.run("DELETE FROM pending_sign_ins WHERE user_id = $1", {user}));
  return {};
}

}  // namespace second_factor

// ---- between the first factor and the second ----

namespace pending_sign_ins {

Result<std::string> open(Tx& tx, UserId user, bool by_link, Instant now) {
  LINLI_TRY(tx.run("DELETE FROM pending_sign_ins WHERE expires_at <= $1", {now}));
  std::string token = tokens::random();
  LINLI_TRY(tx.run(
      "INSERT INTO pending_sign_ins (token_hash, user_id, by_link, tries, expires_at) VALUES ($1, $2, $3, 0, $4)",
      {blob(tokens::hash("pending", token)), user, by_link, now + kLifetime}));
  return token;
}

Result<std::optional<Pending>> take_try(Tx& tx, std::string_view token, Instant now) {
  std::optional<Pending> out;
  LINLI_TRY(
      tx.first("UPDATE pending_sign_ins SET tries = tries + 1 WHERE token_hash = $1 AND expires_at > $2 AND tries < $3 "
               "RETURNING "
               "user_id, by_link",
               {blob(tokens::hash("pending", token)), now, kTries}, [&](const Row& r) {
                 out = Pending{r.get<UserId>(0), r.get<bool>(1)};
               }));
  return out;
}

Result<void> close(Tx& tx, std::string_view token) {
  LINLI_TRY(tx.run("DELETE FROM pending_sign_ins WHERE token_hash = $1", {blob(tokens::hash("pending", token))}));
  return {};
}

}  // namespace pending_sign_ins
}  // namespace linli
