// A browser's half of Web Push, by RFC 8291 with OpenSSL's own HKDF: opens what web_push.h seals, and checks a VAPID header.
#pragma once
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>

#include <optional>
#include <string>

#include "notify/web_push.h"

namespace linli::notify {

inline EVP_PKEY* ec_key_for_tests(const std::string& point, const std::string& scalar) {
  OSSL_PARAM_BLD* build = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  BIGNUM* number = nullptr;
  if (!scalar.empty()) {
    number = BN_bin2bn(reinterpret_cast<const unsigned char*>(scalar.data()), static_cast<int>(scalar.size()), nullptr);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number);
  }
  OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(build);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context);
  EVP_PKEY_fromdata(context, &key, scalar.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR, params);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(build);
  BN_free(number);
  return key;
}

class BrowserForTests {
 public:
  BrowserForTests() : keys_(PushKeys::generate()), auth_(PushKeys::generate().private_key.substr(0, 16)) {}
  BrowserForTests(std::string private_key, std::string public_key, std::string auth)
      : keys_{std::move(public_key), std::move(private_key)}, auth_(std::move(auth)) {}
  const std::string& p256dh() const { return keys_.public_key; }
  const std::string& auth() const { return auth_; }

  std::optional<std::string> open(const std::string& body) const {
    if (body.size() < 21 + 65 + 17 || body[20] != 65) return {};
    const std::string salt = body.substr(0, 16), theirs = body.substr(21, 65), sealed = body.substr(86);
    EVP_PKEY *mine = ec_key_for_tests(keys_.public_key, keys_.private_key), *peer = ec_key_for_tests(theirs, {});
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(mine, nullptr);
    std::string shared(32, '\0');
    std::size_t size = 32;
    EVP_PKEY_derive_init(context);
    EVP_PKEY_derive_set_peer(context, peer);
    EVP_PKEY_derive(context, reinterpret_cast<unsigned char*>(shared.data()), &size);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(mine);
    EVP_PKEY_free(peer);
    const std::string secret = hkdf(auth_, shared, std::string("WebPush: info") + '\0' + keys_.public_key + theirs, 32);
    const std::string key = hkdf(salt, secret, std::string("Content-Encoding: aes128gcm") + '\0', 16);
    const std::string nonce = hkdf(salt, secret, std::string("Content-Encoding: nonce") + '\0', 12);
    const auto bytes = [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
    EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
    std::string plain(sealed.size(), '\0');
    int got = 0, rest = 0;
    const int length = static_cast<int>(sealed.size()) - 16;
    EVP_DecryptInit_ex(cipher, EVP_aes_128_gcm(), nullptr, bytes(key), bytes(nonce));
    EVP_DecryptUpdate(cipher, reinterpret_cast<unsigned char*>(plain.data()), &got, bytes(sealed), length);
    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, 16, const_cast<char*>(sealed.data()) + length);
    const bool good = EVP_DecryptFinal_ex(cipher, reinterpret_cast<unsigned char*>(plain.data()) + got, &rest) == 1;
    EVP_CIPHER_CTX_free(cipher);
    plain.resize(static_cast<std::size_t>(got));
    if (!good || plain.empty() || plain.back() != '\2') return {};
    plain.pop_back();
    return plain;
  }

 private:
  static std::string hkdf(const std::string& salt, const std::string& secret, std::string info, std::size_t size) {
    EVP_KDF* kind = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
    EVP_KDF_CTX* context = EVP_KDF_CTX_new(kind);
    char digest[] = "SHA256";
    const auto octets = [](const char* name, const std::string& text) {
      return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(text.data()), text.size());
    };
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                                 octets(OSSL_KDF_PARAM_SALT, salt), octets(OSSL_KDF_PARAM_KEY, secret),
                                 octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
    std::string out(size, '\0');
    EVP_KDF_derive(context, reinterpret_cast<unsigned char*>(out.data()), size, params);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kind);
    return out;
  }
  PushKeys keys_;
  std::string auth_;
};

// "vapid t=…, k=…": whether the token is signed with that key.
inline bool vapid_holds(const std::string& header) {
  const std::size_t t = header.find("t="), k = header.find(", k=");
  if (t == header.npos || k == header.npos) return false;
  const std::string token = header.substr(t + 2, k - t - 2);
  const auto key = from_base64url(std::string_view(header).substr(k + 4));
  const std::size_t dot = token.rfind('.');
  const auto raw = from_base64url(std::string_view(token).substr(dot + 1));
  if (!key || !raw || raw->size() != 64) return false;
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw->data());
  ECDSA_SIG* signature = ECDSA_SIG_new();
  ECDSA_SIG_set0(signature, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature, &der);
  EVP_PKEY* pkey = ec_key_for_tests(*key, {});
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(digest, nullptr, EVP_sha256(), nullptr, pkey);
  const bool good = EVP_DigestVerify(digest, der, static_cast<std::size_t>(size),
                                     reinterpret_cast<const unsigned char*>(token.data()), dot) == 1;
  EVP_MD_CTX_free(digest);
  EVP_PKEY_free(pkey);
  OPENSSL_free(der);
  ECDSA_SIG_free(signature);
  return good;
}

}  // namespace linli::notify
