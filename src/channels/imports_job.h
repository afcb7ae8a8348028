// What Imports keeps of one file, and its bytes on the disk.
#pragma once
#include <atomic>
#include <boost/json/object.hpp>
#include <filesystem>
#include <istream>
#include <mutex>
#include <string>

#include "channels/imports.h"

namespace linli {

struct Imports::Job {
  ImportId id;
  GroupId group;
  UserId by;
  Instant created_at{}, began{};
  std::string file_name;
  std::int64_t size = 0;
  Language language = Language::zh;

  std::mutex writing;        // one piece at a time
  mutable std::mutex mutex;  // all below
  ImportState state = ImportState::receiving;
  std::int64_t received = 0;
  Choice choice;
  ExportShape shape;
  boost::json::object survey, error;
  struct Counts {
    std::int64_t fresh = 0, known = 0, dropped = 0, system_lines = 0, wrong = 0;
  } counts;
  bool resumed = false;  // a restart came in between: what was taken before it counts as known
  bool active = false;   // the thread of Imports is at it

  std::atomic<bool> cancelled{false};
  std::atomic<std::int64_t> read{0};  // bytes, of the pass that runs

  // Under the lock. As answers show it, but for what Imports adds.
  boost::json::object to_json() const;
  std::string to_body() const;
  void from_body(const std::string& text);
};

namespace imports {

bool is_over(ImportState state);    // nothing comes any more
bool is_queued(ImportState state);  // the thread is to do something
boost::json::object error_json(const Error& error, Language language);

std::string joined(const std::vector<std::string>& headings);
std::string columns_text(const ColumnMap& columns);
ColumnMap columns_from(std::string_view text);

// Pieces are files named by where they begin, so that they stand in order. Durable when it returns.
Result<void> put_piece(const std::filesystem::path& folder, std::int64_t offset, const std::string& sealed);
std::int64_t stored_bytes(const std::filesystem::path& folder);

// The bytes of all pieces, one in memory at a time. What cannot be opened ends them; then bad() is set.
class Bytes final : public std::istream {
 public:
  Bytes(std::filesystem::path folder, const Sealer& sealer, std::atomic<std::int64_t>& read);
  ~Bytes() override;

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
};

}  // namespace imports
}  // namespace linli
