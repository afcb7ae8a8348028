#include "channels/webhook/signature.h"

#include <sodium.h>

#include <array>
#include <charconv>

namespace linli {
namespace {

using Mac = std::array<unsigned char, crypto_auth_hmacsha256_BYTES>;
constexpr std::size_t kMacCharacters = 44;  // base64 of 32 bytes with its padding

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Mac mac_of(const WebhookSecret& secret, std::string_view id, std::string_view timestamp, std::string_view body) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(secret.key()), secret.key().size());
  for (const std::string_view part : {id, std::string_view("."), timestamp, std::string_view("."), body}) {
    crypto_auth_hmacsha256_update(&state, bytes(part), part.size());
  }
  Mac mac;
  crypto_auth_hmacsha256_final(&state, mac.data());
  sodium_memzero(&state, sizeof state);
  return mac;
}

// The text of one "v1," entry as bytes; anything but 32 bytes is none of ours.
bool decode(std::string_view text, Mac& mac) {
  if (text.size() != kMacCharacters) return false;
  std::size_t size = 0;
  const char* end = nullptr;
  return sodium_base642bin(mac.data(), mac.size(), text.data(), text.size(), nullptr, &size, &end,
                           sodium_base64_VARIANT_ORIGINAL) == 0 &&
         size == mac.size() && end == text.data() + text.size();
}

// Base64 without padding. Unlike libsodium's it passes over left-over bits, as the reference libraries do.
std::optional<std::string> decode_key(std::string_view text) {
  std::string key;
  unsigned bits = 0, held = 0;
  for (const char c : text) {
    unsigned value;
    if (c >= 'A' && c <= 'Z') value = static_cast<unsigned>(c - 'A');
    else if (c >= 'a' && c <= 'z') value = static_cast<unsigned>(c - 'a') + 26;
    else if (c >= '0' && c <= '9') value = static_cast<unsigned>(c - '0') + 52;
    else if (c == '+') value = 62;
    else if (c == '/') value = 63;
    else return {};
    bits = bits << 6 | value;
    held += 6;
    if (held >= 8) key += static_cast<char>(bits >> (held -= 8) & 0xFF);
  }
  return key;
}

std::optional<Instant> parse_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  if (seconds < 0 || seconds > 253'402'300'799) return {};  // the year 9999
  return Instant(std::chrono::seconds(seconds));
}

}  // namespace

Result<WebhookSecret> WebhookSecret::parse(std::string_view text) {
  if (text.starts_with("whsec_")) text.remove_prefix(6);
  while (text.ends_with('=')) text.remove_suffix(1);
  auto key = decode_key(text);
  if (!key || key->empty()) return fail(Errc::bad_value, Where::at_field("secret"));
  return WebhookSecret(*std::move(key));
}

WebhookSecret WebhookSecret::generate() {
  std::string key(32, '\0');
  randombytes_buf(key.data(), key.size());
  return WebhookSecret(std::move(key));
}

WebhookSecret::~WebhookSecret() { sodium_memzero(key_.data(), key_.size()); }

std::string WebhookSecret::text() const {
  std::string text(sodium_base64_encoded_len(key_.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes(key_), key_.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // its NUL
  return "whsec_" + text;
}

Result<void> verify(std::span<const WebhookSecret> secrets, const WebhookHeaders& headers, std::string_view body,
                    Instant now) {
  for (const auto& [name, value] :
       {std::pair{"webhook-id", headers.id}, std::pair{"webhook-timestamp", headers.timestamp},
        std::pair{"webhook-signature", headers.signature}}) {
    if (value.empty()) return fail(Errc::bad_signature, Where::at_field(name));
  }
  const auto at = parse_seconds(headers.timestamp);
  if (!at) return fail(Errc::bad_signature, Where::at_field("webhook-timestamp"));
  if (*at < now - kWebhookTolerance || *at > now + kWebhookTolerance) {
    return fail(Errc::signature_too_old, Where::at_field("webhook-timestamp"));
  }

  std::vector<Mac> right;
  for (const WebhookSecret& secret : secrets) right.push_back(mac_of(secret, headers.id, headers.timestamp, body));
  int passed = 0;
  std::string_view rest = headers.signature;
  while (!rest.empty()) {
    const std::size_t blank = rest.find(' ');
    const std::string_view entry = rest.substr(0, blank);
    rest = blank == rest.npos ? std::string_view{} : rest.substr(blank + 1);
    Mac given;
    if (!entry.starts_with("v1,") || !decode(entry.substr(3), given)) continue;  // other versions are none of ours
    for (const Mac& mac : right) passed |= sodium_memcmp(mac.data(), given.data(), mac.size()) == 0;
  }
  if (!passed) return fail(Errc::bad_signature, Where::at_field("webhook-signature"));
  return {};
}

std::string sign(const WebhookSecret& secret, std::string_view id, std::string_view timestamp, std::string_view body) {
  const Mac mac = mac_of(secret, id, timestamp, body);
  std::string text(sodium_base64_encoded_len(mac.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), mac.data(), mac.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return "v1," + text;
}

}  // namespace linli
