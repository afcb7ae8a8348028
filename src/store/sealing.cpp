#include "store/sealing.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace linli {
namespace {

using Key = std::array<unsigned char, crypto_kdf_KEYBYTES>;
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(Sealer::overhead == 1 + nonce_size + tag_size);
constexpr std::string_view first_line = "linli-key 1";
constexpr std::string_view check_plain = "linli";

Key derive(const Key& master, std::uint64_t purpose) {
  Key out;
  crypto_kdf_derive_from_key(out.data(), out.size(), purpose, "linliKey", master.data());
  return out;
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string to_base64(const Key& key) {
  std::string out(sodium_base64_ENCODED_LEN(key.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), key.data(), key.size(), sodium_base64_VARIANT_ORIGINAL);
  out.resize(std::strlen(out.c_str()));
  return out;
}

// A file that is there whole or not at all, readable by us only.
Result<void> write_key_file(const std::filesystem::path& file, const Key& key) {
  const std::string text =
      "# The key of linli's data. Keep a copy apart from the data and from its backups: without this file nothing "
      "personal\n"
      "# that is stored can be read again, by anybody. Never remove a line.\n" +
      std::string(first_line) + "\n1 " + to_base64(key) + "\n";
  const auto unwritable = [&] {
    return fail(Errc::file_unwritable, Where::at(file.string()), {{"file", file.string()}});
  };
  std::error_code error;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), error);
  const std::string temporary = file.string() + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return unwritable();
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  // link, not rename: never over a key that another process made meanwhile.
  const bool linked = written && ::link(temporary.c_str(), file.c_str()) == 0;
  ::unlink(temporary.c_str());
  if (!linked) return unwritable();
  const int folder =
      ::open(file.has_parent_path() ? file.parent_path().c_str() : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
  return {};
}

}  // namespace

std::string random_link_token() {
  std::array<unsigned char, 16> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, sodium_base64_ENCODED_LEN(16, sodium_base64_VARIANT_URLSAFE_NO_PADDING)> text;
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return text.data();
}

struct Sealer::Keys {
  struct Version {
    Key seal;
  };
  std::map<std::uint8_t, Version> versions;
  std::uint8_t newest = 0;
  Key hash{};
  // Nonces: 16 random bytes of this object and a counter. Unique without asking the system for each.
  std::array<unsigned char, 16> nonce_start{};
  mutable std::atomic<std::uint64_t> nonce_counter{0};

  Keys() {
    if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
    randombytes_buf(nonce_start.data(), nonce_start.size());
  }
  void add(std::uint8_t version, const Key& master) {
    if (versions.empty()) hash = derive(master, 2);
    versions[version] = {derive(master, 1)};
    newest = std::max(newest, version);
  }
};

Sealer::Sealer(std::unique_ptr<Keys> keys) : keys_(std::move(keys)) {}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

Result<Sealer> Sealer::from_file(const std::filesystem::path& file, WhenMissing when_missing) {
  auto keys = std::make_unique<Keys>();
  const Where where = Where::at(file.string());
  const Args args = {{"file", file.string()}};
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    if (errno != ENOENT) return fail(Errc::file_unreadable, where, args);
    if (when_missing == WhenMissing::refuse) return fail(Errc::key_missing, where, args);
    Key fresh;
    randombytes_buf(fresh.data(), fresh.size());
    LINLI_TRY(write_key_file(file, fresh));
  } else if (status.st_mode & 077) {
    return fail(Errc::key_exposed, where, args);
  }
  std::ifstream in(file);
  if (!in) return fail(Errc::file_unreadable, where, args);
  bool ours = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (!ours) {
      if (line != first_line) return fail(Errc::key_broken, where, args);
      ours = true;
      continue;
    }
    std::istringstream parts(line);
    int version = 0;
    std::string text;
    Key key;
    std::size_t size = 0;
    if (!(parts >> version >> text) || version < 1 || version > 255 ||
        sodium_base642bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size, nullptr,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        size != key.size())
      return fail(Errc::key_broken, where, args);
    keys->add(static_cast<std::uint8_t>(version), key);
  }
  if (keys->versions.empty()) return fail(Errc::key_broken, where, args);
  return Sealer(std::move(keys));
}

Sealer Sealer::for_test(std::uint64_t seed) {
  auto keys = std::make_unique<Keys>();
  Key key{};
  std::memcpy(key.data(), &seed, sizeof seed);
  keys->add(1, key);
  return Sealer(std::move(keys));
}

void Sealer::seal_into(std::string& out, std::string_view place, std::string_view plain) const {
  const std::size_t start = out.size();
  out.resize(start + overhead + plain.size());
  auto* const at = reinterpret_cast<unsigned char*>(out.data() + start);
  at[0] = keys_->newest;
  const std::uint64_t counter = keys_->nonce_counter.fetch_add(1, std::memory_order_relaxed);
  std::memcpy(at + 1, keys_->nonce_start.data(), 16);
  std::memcpy(at + 17, &counter, 8);
  crypto_aead_xchacha20poly1305_ietf_encrypt(at + 1 + nonce_size, nullptr, bytes_of(plain), plain.size(),
                                             bytes_of(place), place.size(), nullptr, at + 1,
                                             keys_->versions.at(keys_->newest).seal.data());
}

std::string Sealer::seal(std::string_view place, std::string_view plain) const {
  std::string out;
  seal_into(out, place, plain);
  return out;
}

Result<std::string> Sealer::open(std::string_view place, std::string_view sealed) const {
  const auto broken = [&] { return fail(Errc::sealed_broken, Where::at(std::string(place))); };
  if (sealed.size() < overhead) return broken();
  const auto version = keys_->versions.find(static_cast<std::uint8_t>(sealed[0]));
  if (version == keys_->versions.end()) return fail(Errc::wrong_key, Where::at(std::string(place)));
  std::string out(sealed.size() - overhead, '\0');
  const auto* at = bytes_of(sealed);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char*>(out.data()), nullptr, nullptr,
                                                 at + 1 + nonce_size, sealed.size() - 1 - nonce_size, bytes_of(place),
                                                 place.size(), at + 1, version->second.seal.data()) != 0)
    return broken();
  return out;
}

Digest Sealer::digest(std::string_view place, std::string_view bytes) const {
  Digest out;
  crypto_generichash_state state;
  crypto_generichash_init(&state, keys_->hash.data(), keys_->hash.size(), out.size());
  // The place's length first, so that no place and bytes run together into another pair.
  const auto length = static_cast<std::uint8_t>(place.size());
  crypto_generichash_update(&state, &length, 1);
  crypto_generichash_update(&state, bytes_of(place), place.size());
  crypto_generichash_update(&state, bytes_of(bytes), bytes.size());
  crypto_generichash_final(&state, out.data(), out.size());
  return out;
}

std::int64_t Sealer::hash(std::string_view place, std::string_view bytes) const {
  const Digest whole = digest(place, bytes);
  std::int64_t out;
  std::memcpy(&out, whole.data(), sizeof out);
  return out;
}

Result<bool> Sealer::belongs_to_a_key(Tx& tx) {
  auto any = tx.value<int>("SELECT 1 FROM sealing_check LIMIT 1");
  if (!any) return tl::unexpected(std::move(any).error());
  return any->has_value();
}

Result<void> Sealer::check(Tx& tx) const {
  std::map<std::int64_t, std::string> stored;
  LINLI_TRY(tx.each("SELECT key_version, value FROM sealing_check", {},
                    [&](const Row& row) { stored.emplace(row.get<std::int64_t>(0), row.get<std::string>(1)); }));
  for (const auto& [version, value] : stored) {
    const auto plain = open("sealing_check.value", value);
    if (!plain || *plain != check_plain) return fail(Errc::wrong_key, {}, {{"version", std::to_string(version)}});
  }
  if (stored.contains(keys_->newest)) return {};
  LINLI_TRY(tx.run("INSERT INTO sealing_check (key_version, value) VALUES ($1, $2)",
                   {keys_->newest, Blob{seal("sealing_check.value", check_plain)}}));
  return {};
}

}  // namespace linli
