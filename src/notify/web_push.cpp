#include "notify/web_push.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <sodium.h>

#include <boost/json.hpp>
#include <memory>
#include <stdexcept>

#include "people/fetch.h"

namespace linli::notify {
namespace {

template <auto F>
struct Free {
  template <class T>
  void operator()(T* p) const {
    F(p);
  }
};
using Pkey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;

constexpr std::size_t kPoint = 65, kScalar = 32, kAuth = 16, kSalt = 16, kTag = 16;
constexpr std::uint32_t kRecord = 4'096;

unsigned char* at(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
const unsigned char* at(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

// With the private half where it is given. Null: no point on the curve.
Pkey key_of(std::string_view point, std::string_view scalar = {}) {
  if (point.size() != kPoint || point[0] != 4) return nullptr;
  const std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>> build(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  const Number number(scalar.empty() ? nullptr : BN_bin2bn(at(scalar), static_cast<int>(scalar.size()), nullptr));
  if (number) OSSL_PARAM_BLD_push_BN_pad(build.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get(), kScalar);
  const std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>> params(OSSL_PARAM_BLD_to_param(build.get()));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, number ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return Pkey(key);
}

std::string shared_secret(EVP_PKEY* mine, EVP_PKEY* theirs) {
  const PkeyContext context(EVP_PKEY_CTX_new(mine, nullptr));
  std::string out(kScalar, '\0');
  std::size_t size = out.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), theirs) != 1 ||
      EVP_PKEY_derive(context.get(), at(out), &size) != 1 || size != kScalar)
    return {};
  return out;
}

std::string hmac(std::string_view key, std::string_view text) {
  std::string out(32, '\0');
  unsigned int size = 32;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), at(text), text.size(), at(out), &size);
  return out;
}
// HKDF of one block (RFC 5869).
std::string derived(std::string_view salt, std::string_view secret, std::string info, std::size_t size) {
  info += '\1';
  return hmac(hmac(salt, secret), info).substr(0, size);
}

}  // namespace

std::string to_base64url(std::string_view bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(out.data(), out.size(), at(bytes), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  out.pop_back();
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out(text.size() * 3 / 4 + 3, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(at(out), out.size(), text.data(), text.size(), nullptr, &size, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size())
    return {};
  out.resize(size);
  return out;
}

PushKeys PushKeys::generate() {
  const Pkey key(EVP_EC_gen("P-256"));
  PushKeys out{std::string(kPoint, '\0'), std::string(kScalar, '\0')};
  std::size_t size = 0;
  BIGNUM* number = nullptr;
  if (!key ||
      EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, at(out.public_key), kPoint, &size) != 1 ||
      size != kPoint || EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1)
    throw std::runtime_error("OpenSSL makes no key on P-256");
  const Number owned(number);
  BN_bn2binpad(number, at(out.private_key), kScalar);
  return out;
}

Result<Browser> parse_browser(std::string_view endpoint, std::string_view p256dh, std::string_view auth) {
  const auto bad = [](const char* field, const char* allowed) {
    return fail(Errc::bad_value, Where::at_field(field), {{"allowed", allowed}});
  };
  if (endpoint.size() > 2'000 || !is_safe_url(endpoint)) return bad("endpoint", "https://…");
  auto point = from_base64url(p256dh);
  if (!point || !key_of(*point)) return bad("p256dh", "PushSubscription.getKey('p256dh')");
  auto secret = from_base64url(auth);
  if (!secret || secret->size() != kAuth) return bad("auth", "PushSubscription.getKey('auth')");
  return Browser{std::string(endpoint), *std::move(point), *std::move(secret)};
}

std::optional<std::string> seal_for(const Browser& browser, std::string_view message, const PushKeys& sender,
                                    std::string_view salt) {
  const Pkey theirs = key_of(browser.p256dh), mine = key_of(sender.public_key, sender.private_key);
  if (!theirs || !mine || message.size() > kMostPushed) return {};
  const std::string shared = shared_secret(mine.get(), theirs.get());
  if (shared.empty()) return {};
  const std::string secret =
      derived(browser.auth, shared, std::string("WebPush: info\0", 14) + browser.p256dh + sender.public_key, 32);
  const std::string key = derived(salt, secret, std::string("Content-Encoding: aes128gcm\0", 28), 16);
  const std::string nonce = derived(salt, secret, std::string("Content-Encoding: nonce\0", 24), 12);

  std::string out(salt);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(kRecord >> shift);
  out += static_cast<char>(kPoint);
  out += sender.public_key;
  const std::string plain = std::string(message) + '\2';  // the last record
  const std::size_t head = out.size();
  out.resize(head + plain.size() + kTag);
  const std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>> cipher(EVP_CIPHER_CTX_new());
  int size = 0, rest = 0;
  if (!cipher || EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr, at(key), at(nonce)) != 1 ||
      EVP_EncryptUpdate(cipher.get(), at(out) + head, &size, at(plain), static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(cipher.get(), at(out) + head + size, &rest) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, at(out) + head + plain.size()) != 1)
    return {};
  return out;
}

std::optional<std::string> seal_for(const Browser& browser, std::string_view message) {
  std::string salt(kSalt, '\0');
  if (RAND_bytes(at(salt), kSalt) != 1) return {};
  return seal_for(browser, message, PushKeys::generate(), salt);
}

std::string origin_of(std::string_view endpoint) {
  const std::size_t host = endpoint.find("://");
  if (host == endpoint.npos) return {};
  return std::string(endpoint.substr(0, endpoint.find('/', host + 3)));
}

std::string vapid(const PushKeys& keys, std::string_view origin, std::string_view contact, Instant expires) {
  boost::json::object claims{{"aud", origin}, {"exp", expires.time_since_epoch() / std::chrono::seconds(1)}};
  if (!contact.empty()) claims["sub"] = contact;
  const std::string text =
      to_base64url(R"({"typ":"JWT","alg":"ES256"})") + '.' + to_base64url(boost::json::serialize(claims));
  const Pkey key = key_of(keys.public_key, keys.private_key);
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> digest(EVP_MD_CTX_new());
  unsigned char der[80];
  std::size_t size = sizeof der;
  if (!key || !digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(digest.get(), der, &size, at(text), text.size()) != 1)
    throw std::runtime_error("OpenSSL does not sign");
  // A JWT carries both numbers one after the other (RFC 7518, 3.4).
  const unsigned char* from = der;
  const std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> signature(
      d2i_ECDSA_SIG(nullptr, &from, static_cast<long>(size)));
  std::string raw(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), at(raw), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), at(raw) + 32, 32);
  return "vapid t=" + text + '.' + to_base64url(raw) + ", k=" + to_base64url(keys.public_key);
}

}  // namespace linli::notify
