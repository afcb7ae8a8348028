// Durable files.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace linli::files {

// A file descriptor that closes itself.
class Handle {
 public:
  explicit Handle(int fd) : fd_(fd) {}
  Handle(Handle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle();
  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

// What errno says about writing `file`: disk_full, else file_unwritable.
Error write_error(const std::filesystem::path& file);

Result<std::string> read(const std::filesystem::path& file);  // error: file_unreadable
// Whole or not at all, durable: into `file`.new with the mode, synced, renamed, the folder synced.
Result<void> write(const std::filesystem::path& file, std::string_view bytes, unsigned mode = 0600);
Result<void> sync_folder(const std::filesystem::path& folder);
Result<void> make_folder(const std::filesystem::path& folder);  // 0700, with its parents; there already: fine

}  // namespace linli::files
