#include "store/blobs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstring>
#include <unordered_set>
#include <vector>

#include "store/files.h"

namespace linli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view sealed_place = "blobs.bytes", digest_place = "blobs.digest";
constexpr std::chrono::hours unnamed_for{1};

// "ab/cdef…": two characters of folder keep folders short.
fs::path name_of(const Digest& digest) {
  std::string hex;
  for (const auto byte : digest) hex += fmt::format("{:02x}", byte);
  return fs::path(hex.substr(0, 2)) / hex.substr(2);
}

std::optional<Instant> changed_at(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return from_millis(status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000);
}

}  // namespace

std::optional<Digest> to_digest(std::string_view bytes) {
  Digest out;
  if (bytes.size() != out.size()) return {};
  std::memcpy(out.data(), bytes.data(), out.size());
  return out;
}

Result<Blobs> Blobs::open(fs::path folder, const Sealer& sealer) {
  LINLI_TRY(files::make_folder(folder));
  return Blobs(std::move(folder), sealer);
}

Result<Digest> Blobs::put(std::string_view bytes) {
  const Digest digest = sealer_->digest(digest_place, bytes);
  const fs::path file = folder_ / name_of(digest);
  // There already: its time is renewed, so that a sweep leaves it to the row that is about to name it.
  if (::utimensat(AT_FDCWD, file.c_str(), nullptr, 0) == 0) return digest;
  LINLI_TRY(files::make_folder(file.parent_path()));
  LINLI_TRY(files::write(file, sealer_->seal(sealed_place, bytes)));
  return digest;
}

Result<std::string> Blobs::get(const Digest& digest) const {
  const fs::path file = folder_ / name_of(digest);
  if (!fs::exists(file)) return fail(Errc::blob_missing, Where::at(file.filename().string()));
  auto sealed = files::read(file);
  if (!sealed) return sealed;
  return sealer_->open(sealed_place, *sealed);
}

Result<void> Blobs::each(const std::function<Result<void>(const fs::path&)>& visit) const {
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(folder_, error); !error && it != fs::end(it); it.increment(error))
    if (it->is_regular_file(error) && it->path().extension() != ".new")
      LINLI_TRY(visit(fs::relative(it->path(), folder_)));
  if (error) return fail(Errc::file_unreadable, Where::at(folder_.string()), {{"file", folder_.string()}});
  return {};
}

Result<std::int64_t> Blobs::sweep(Tx& tx, Instant now) {
  std::unordered_set<std::string> named;
  LINLI_TRY(tx.each("SELECT blob FROM attachments WHERE blob IS NOT NULL UNION SELECT blob FROM files", {},
                    [&](const Row& row) {
                      if (const auto digest = to_digest(row.bytes(0))) named.insert(name_of(*digest).string());
                    }));
  std::int64_t removed = 0;
  std::error_code error;
  std::vector<fs::path> old;
  for (auto it = fs::recursive_directory_iterator(folder_, error); !error && it != fs::end(it); it.increment(error)) {
    if (!it->is_regular_file(error) || named.contains(fs::relative(it->path(), folder_).string())) continue;
    const auto changed = changed_at(it->path());
    if (changed && now - *changed > unnamed_for) old.push_back(it->path());
  }
  for (const fs::path& file : old) removed += fs::remove(file, error);
  return removed;
}

}  // namespace linli
