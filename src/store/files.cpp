#include "store/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace linli::files {

Handle::~Handle() {
  if (fd_ >= 0) ::close(fd_);
}

Error write_error(const std::filesystem::path& file) {
  if (errno == ENOSPC || errno == EDQUOT) return {Errc::disk_full, Where::at(file.string()), {}};
  return {Errc::file_unwritable, Where::at(file.string()), {{"file", file.string()}}};
}

Result<std::string> read(const std::filesystem::path& file) {
  const auto unreadable = [&] {
    return fail(Errc::file_unreadable, Where::at(file.string()), {{"file", file.string()}});
  };
  const Handle in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!in || ::fstat(in.fd(), &status) != 0) return unreadable();
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got = ::read(in.fd(), bytes.data() + done, bytes.size() - done);
    if (got <= 0) return unreadable();
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

Result<void> write(const std::filesystem::path& file, std::string_view bytes, unsigned mode) {
  static std::atomic<unsigned> number{0};  // two threads may write the same file
  const std::string temporary =
      file.string() + "." + std::to_string(::getpid()) + "-" + std::to_string(++number) + ".new";
  const auto failed = [&] {
    Error error = write_error(file);
    ::unlink(temporary.c_str());
    return tl::unexpected(std::move(error));
  };
  const Handle out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!out) return failed();
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t put = ::write(out.fd(), bytes.data() + done, bytes.size() - done);
    if (put < 0) return failed();
    done += static_cast<std::size_t>(put);
  }
  if (::fsync(out.fd()) != 0 || ::rename(temporary.c_str(), file.c_str()) != 0) return failed();
  return sync_folder(file.has_parent_path() ? file.parent_path() : ".");
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const Handle opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::fsync(opened.fd()) != 0) return tl::unexpected(write_error(folder));
  return {};
}

Result<void> make_folder(const std::filesystem::path& folder) {
  if (std::filesystem::is_directory(folder)) return {};
  if (folder.has_parent_path() && folder.parent_path() != folder) LINLI_TRY(make_folder(folder.parent_path()));
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return tl::unexpected(write_error(folder));
  return sync_folder(folder.has_parent_path() ? folder.parent_path() : ".");
}

}  // namespace linli::files
