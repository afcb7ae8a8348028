// Web Push: a message sealed for one browser (RFC 8291 with RFC 8188) and who sends it (VAPID, RFC 8292). No package of Debian
// does this; it is some hundred lines over OpenSSL, held against the RFCs' vectors. Pure but for randomness; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace linli::notify {

// A pair on P-256: an uncompressed point of 65 bytes, a number of 32.
struct PushKeys {
  std::string public_key, private_key;
  static PushKeys generate();
};

struct Browser {  // as its PushSubscription says
  std::string endpoint;
  std::string p256dh, auth;  // 65 and 16 bytes
};
// From base64url. Error: bad_value with the field: endpoint (no https address), p256dh (no point on the curve), auth.
Result<Browser> parse_browser(std::string_view endpoint, std::string_view p256dh, std::string_view auth);

inline constexpr std::size_t kMostPushed = 3'000;  // bytes of a message; services take 4,096 sealed ones

// The body of a request with content-encoding aes128gcm. None: not a point on the curve.
std::optional<std::string> seal_for(const Browser& browser, std::string_view message);
// The same with what is drawn given: for the RFC's vector.
std::optional<std::string> seal_for(const Browser& browser, std::string_view message, const PushKeys& sender,
                                    std::string_view salt);

// "https://push.example.net", of an address there.
std::string origin_of(std::string_view endpoint);
// The header authorization for push services of that origin, good until `expires` (at most 24 h ahead). `contact`: "mailto:…" or
// "https://…"; empty: none.
std::string vapid(const PushKeys& keys, std::string_view origin, std::string_view contact, Instant expires);

std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);  // with or without padding

}  // namespace linli::notify
