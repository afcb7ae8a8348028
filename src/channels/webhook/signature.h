// Standard Webhooks 1.0.0, the symmetric half (v1: HMAC-SHA256 of "id.timestamp.body"). Pure but for secret generation; any
// thread. https://github.com/standard-webhooks/standard-webhooks
#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace linli {

// A shared key, written "whsec_" + base64. It is wiped from memory when it goes.
class WebhookSecret {
 public:
  // With or without the prefix and with or without base64 padding. Error: bad_value (empty, or no base64).
  static Result<WebhookSecret> parse(std::string_view text);
  static WebhookSecret generate();  // 32 random bytes

  WebhookSecret(const WebhookSecret&) = default;
  WebhookSecret& operator=(const WebhookSecret&) = default;
  ~WebhookSecret();

  std::string text() const;  // to be shown once
  std::string_view key() const { return key_; }

 private:
  explicit WebhookSecret(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

struct WebhookHeaders {  // views, valid during the call; empty: the header is missing
  std::string_view id, timestamp, signature;
};

inline constexpr std::chrono::minutes kWebhookTolerance{5};  // both ways

// Any `v1` entry made with any of the secrets passes (two secrets while one replaces the other). Comparing takes the same
// time wherever the difference is. Errors: bad_signature, signature_too_old (also when it is too far ahead).
Result<void> verify(std::span<const WebhookSecret> secrets, const WebhookHeaders& headers, std::string_view body,
                    Instant now);

// Of the header webhook-signature: "v1,<base64>". With two secrets, while one replaces the other, both, a blank between them.
std::string sign(const WebhookSecret& secret, std::string_view id, std::string_view timestamp, std::string_view body);

}  // namespace linli
