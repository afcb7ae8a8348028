#include "people/id_token.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <sodium.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

namespace linli {
namespace {

namespace json = boost::json;

template <auto F>
struct Free {
  template <class T>
  void operator()(T* p) const {
    F(p);
  }
};
using BigNumber = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Pkey = std::shared_ptr<EVP_PKEY>;

constexpr std::size_t kMostToken = 16u << 10, kMostKeys = 100;

tl::unexpected<Error> refused(std::string why) { return fail(Errc::sign_on_refused, {}, {{"why", std::move(why)}}); }

// Strict: no padding, no other characters.
std::optional<std::string> from_base64url(std::string_view text) {
  std::string out(text.size() * 3 / 4 + 3, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr,
                        &size, &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size())
    return {};
  out.resize(size);
  return out;
}

std::optional<json::object> parse_object(std::string_view text) {
  json::error_code broken;
  json::value value = json::parse(text, broken);
  if (broken || !value.is_object()) return {};
  return std::move(value.as_object());
}

std::string_view text_of(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  return value && value->is_string() ? std::string_view(value->as_string()) : std::string_view{};
}

std::optional<double> number_of(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  if (!value || !value->is_number()) return {};
  return value->to_number<double>();
}

BigNumber number_from(std::string_view base64url) {
  const auto bytes = from_base64url(base64url);
  if (!bytes || bytes->empty()) return nullptr;
  return BigNumber(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes->data()), static_cast<int>(bytes->size()), nullptr));
}

Pkey made(const char* type, OSSL_PARAM_BLD* build) {
  const std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>> params(OSSL_PARAM_BLD_to_param(build));
  const std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return Pkey(key, EVP_PKEY_free);
}

Pkey rsa_key(const json::object& jwk) {
  const BigNumber n = number_from(text_of(jwk, "n")), e = number_from(text_of(jwk, "e"));
  if (!n || !e || BN_num_bits(n.get()) < 2048 || BN_num_bits(n.get()) > 8192) return nullptr;
  const std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>> build(OSSL_PARAM_BLD_new());
  if (!build || OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  return made("RSA", build.get());
}

Pkey ec_key(const json::object& jwk) {
  const auto x = from_base64url(text_of(jwk, "x")), y = from_base64url(text_of(jwk, "y"));
  if (text_of(jwk, "crv") != "P-256" || !x || !y || x->size() != 32 || y->size() != 32) return nullptr;
  const std::string point = "\x04" + *x + *y;  // uncompressed
  const std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>> build(OSSL_PARAM_BLD_new());
  if (!build || OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return nullptr;
  return made("EC", build.get());
}

// ES256 signatures are r and s, 32 bytes each; OpenSSL takes them as DER.
std::optional<std::string> der_of(std::string_view signature) {
  if (signature.size() != 64) return {};
  const auto* at = reinterpret_cast<const unsigned char*>(signature.data());
  const std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> sig(ECDSA_SIG_new());
  BigNumber r(BN_bin2bn(at, 32, nullptr)), s(BN_bin2bn(at + 32, 32, nullptr));
  if (!sig || !r || !s || ECDSA_SIG_set0(sig.get(), r.get(), s.get()) != 1) return {};
  (void)r.release(), (void)s.release();
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(sig.get(), &bytes);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return out;
}

bool signed_by(EVP_PKEY* key, std::string_view signed_part, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size()) == 1;
}

bool for_us(const json::object& claims, const std::string& client) {
  const json::value* aud = claims.if_contains("aud");
  if (!aud) return false;
  // Who it was issued to, where it says so: us.
  if (const json::value* azp = claims.if_contains("azp"); azp && text_of(claims, "azp") != client) return false;
  if (aud->is_string()) return std::string_view(aud->as_string()) == client;
  if (!aud->is_array()) return false;
  const json::array& all = aud->as_array();
  const bool named = std::ranges::any_of(
      all, [&](const json::value& one) { return one.is_string() && std::string_view(one.as_string()) == client; });
  return named && (all.size() == 1 || claims.contains("azp"));
}

}  // namespace

Result<TokenKeys> TokenKeys::parse(std::string_view jwks) {
  const auto set = parse_object(jwks);
  const json::value* list = set ? set->if_contains("keys") : nullptr;
  if (!list || !list->is_array()) return fail(Errc::sign_on_unreachable, {}, {{"why", "jwks_uri"}});
  TokenKeys out;
  for (const json::value& one : list->as_array()) {
    if (!one.is_object() || out.keys_.size() >= kMostKeys) continue;
    const json::object& jwk = one.as_object();
    const std::string_view kty = text_of(jwk, "kty"), use = text_of(jwk, "use"), alg = text_of(jwk, "alg");
    if (!use.empty() && use != "sig") continue;
    const std::string fits = kty == "RSA" ? "RS256" : kty == "EC" ? "ES256" : "";
    if (fits.empty() || (!alg.empty() && alg != fits)) continue;
    if (Pkey key = kty == "RSA" ? rsa_key(jwk) : ec_key(jwk))
      out.keys_.push_back({std::string(text_of(jwk, "kid")), fits, std::move(key)});
  }
  return out;
}

bool TokenKeys::has(std::string_view kid) const {
  return std::ranges::any_of(keys_, [&](const Key& key) { return key.kid == kid; });
}

std::string key_id_of(std::string_view token) {
  const auto header = from_base64url(token.substr(0, token.find('.')));
  const auto object = header ? parse_object(*header) : std::nullopt;
  return object ? std::string(text_of(*object, "kid")) : std::string();
}

Result<json::object> check_id_token(std::string_view token, const TokenKeys& keys, const ExpectedToken& expected) {
  const std::size_t first = token.find('.'), last = token.rfind('.');
  if (token.size() > kMostToken || first == token.npos || first == last || token.find('.', first + 1) != last)
    return refused("format");
  const auto header_text = from_base64url(token.substr(0, first));
  const auto payload = from_base64url(token.substr(first + 1, last - first - 1));
  const auto signature = from_base64url(token.substr(last + 1));
  const auto header = header_text ? parse_object(*header_text) : std::nullopt;
  const auto claims = payload ? parse_object(*payload) : std::nullopt;
  if (!header || !claims || !signature) return refused("format");

  // The list is ours, never the token's choice.
  const std::string_view alg = text_of(*header, "alg"), kid = text_of(*header, "kid");
  if ((alg != "RS256" && alg != "ES256") || header->contains("crit")) return refused("algorithm");
  const TokenKeys::Key* key = nullptr;
  int fitting = 0;
  for (const TokenKeys::Key& one : keys.keys_) {
    if (one.alg != alg || (!kid.empty() && one.kid != kid)) continue;
    key = &one;
    ++fitting;
  }
  if (fitting != 1) return refused("key");
  const std::optional<std::string> der = alg == "ES256" ? der_of(*signature) : *signature;
  if (!der || !signed_by(key->key.get(), token.substr(0, last), *der)) return refused("signature");

  if (text_of(*claims, "iss") != expected.issuer) return refused("issuer");
  if (!for_us(*claims, expected.client_id)) return refused("audience");
  const double now = static_cast<double>(to_millis(expected.now)) / 1000, skew = kTokenSkew.count();
  const auto expires = number_of(*claims, "exp"), issued = number_of(*claims, "iat"), from = number_of(*claims, "nbf");
  if (!expires || *expires + skew <= now) return refused("expired");
  if (!issued || *issued - skew > now || (from && *from - skew > now)) return refused("time");
  if (expected.nonce.empty() || text_of(*claims, "nonce") != expected.nonce) return refused("nonce");
  const std::string_view subject = text_of(*claims, "sub");
  if (subject.empty() || subject.size() > 255) return refused("subject");
  return *claims;
}

std::string safe_return_to(std::string_view wanted) {
  constexpr std::size_t most = 512;
  if (!wanted.starts_with('/') || wanted.size() > most) return "/";
  if (wanted.size() > 1 && (wanted[1] == '/' || wanted[1] == '\\')) return "/";
  for (const char c : wanted)
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f || c == '\\') return "/";
  return std::string(wanted);
}

}  // namespace linli
