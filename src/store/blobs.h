// Files that people send, each encrypted in a file of its own, named by the keyed digest of its content: the same picture in
// ten groups is stored once, and its name tells nothing. Written and synced BEFORE the row that names it, so that a row
// never points to nothing; what no row names (a crash in between) is swept later. The door behind which S3 can stand later.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli {

class Blobs {  // any thread; calls wait for the disk
 public:
  // The folder is made (0700). The sealer must outlive this.
  static Result<Blobs> open(std::filesystem::path folder, const Sealer& sealer);

  // Durable when it returns. What is there already is not written again. Errors: disk_full, file_unwritable.
  Result<Digest> put(std::string_view bytes);
  // Errors: blob_missing, sealed_broken, file_unreadable.
  Result<std::string> get(const Digest& digest) const;

  // Removes what no row of `attachments` or `files` names and what was begun and never finished, if it is older than an hour (a row may
  // be on its way to a younger one). Returns how many.
  Result<std::int64_t> sweep(Tx& tx, Instant now);

  // Calls `file` for each stored one, in no order, with its path relative to the folder; for backups.
  Result<void> each(const std::function<Result<void>(const std::filesystem::path&)>& file) const;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  Blobs(std::filesystem::path folder, const Sealer& sealer) : folder_(std::move(folder)), sealer_(&sealer) {}
  std::filesystem::path folder_;
  const Sealer* sealer_;
};

// As a parameter or value of a query.
inline Blob blob(const Digest& digest) { return {{reinterpret_cast<const char*>(digest.data()), digest.size()}}; }
// The other way; nothing for a value of another size.
std::optional<Digest> to_digest(std::string_view bytes);

}  // namespace linli
