// Personal data is ciphertext in the database: message text, sender names, notes. The key stands in a file of its own,
// outside the data folder and outside every backup: who has the database alone can read nothing.
//
// Format of a sealed value: 1 byte key version, 24 bytes nonce, ciphertext, 16 bytes tag (XChaCha20-Poly1305). The place
// ("messages.body") is authenticated with it: a value copied into another column does not open. Behind this interface SM4
// can stand later.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/database.h"

namespace linli {

using Digest = std::array<std::uint8_t, 32>;

// 128 random bits for an address that nobody guesses, 22 characters of base64url.
std::string random_link_token();

class Sealer {
 public:
  enum class WhenMissing { create, refuse };

  // Reads the key file, or makes it (0600, synced) with a new random key. Errors: key_missing, file_unreadable,
  // file_unwritable, bad_setting (not a key file, or readable by others).
  static Result<Sealer> from_file(const std::filesystem::path& key_file, WhenMissing when_missing);
  // For tests: a key made from `seed`.
  static Sealer for_test(std::uint64_t seed = 1);

  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) noexcept;
  ~Sealer();

  // All of these: any thread. `place` is "table.column". An empty text is sealed too (its length shows as empty).
  std::string seal(std::string_view place, std::string_view plain) const;
  void seal_into(std::string& out, std::string_view place, std::string_view plain) const;  // appends; saves allocations
  // Errors: wrong_key (a key version that the file does not have), sealed_broken.
  Result<std::string> open(std::string_view place, std::string_view sealed) const;

  // Keyed hash (BLAKE2b) for equality look-ups: the same bytes in the same place give the same hash, for ever (it does not
  // depend on the newest key version but on the first).
  Digest digest(std::string_view place, std::string_view bytes) const;
  std::int64_t hash(std::string_view place, std::string_view bytes) const;  // its first 8 bytes

  // Whether something may have been sealed in this database: then its key must be there, a new one is of no use.
  static Result<bool> belongs_to_a_key(Tx& tx);
  // Compares with the check value in the database (written at the first start). Error: wrong_key.
  Result<void> check(Tx& tx) const;

  static constexpr std::size_t overhead = 1 + 24 + 16;

 private:
  struct Keys;
  explicit Sealer(std::unique_ptr<Keys> keys);
  std::unique_ptr<Keys> keys_;
};

}  // namespace linli
