#include "store/data_folder.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <cstring>

#include "base/log.h"

namespace linli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxLine = 1 << 20;
constexpr int kMaxAnswering = 8;

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

tl::unexpected<Error> failed(Errc code, const std::filesystem::path& path) {
  return fail(code, Where::at(path.string()), {{"why", std::strerror(errno)}});
}

// A socket's address holds 107 bytes; folders may lie deeper. So it is reached through the opened folder.
struct Address {
  Fd folder;
  sockaddr_un name{};

  explicit Address(const std::filesystem::path& path) : folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    name.sun_family = AF_UNIX;
    const std::string text = "/proc/self/fd/" + std::to_string(folder.get()) + "/socket";
    std::strncpy(name.sun_path, text.c_str(), sizeof name.sun_path - 1);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

bool send_line(int fd, const json::object& object) {
  const std::string line = json::serialize(object) + "\n";
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t n = ::send(fd, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

// Reads lines; nullopt: the end, a line that is too long, or one that is no JSON object.
class Lines {
 public:
  explicit Lines(int fd) : fd_(fd) {}
  std::optional<json::object> next() {
    for (;;) {
      if (const auto end = buffer_.find('\n'); end != std::string::npos) {
        json::error_code broken;
        json::value value = json::parse(std::string_view(buffer_).substr(0, end), broken);
        buffer_.erase(0, end + 1);
        if (broken || !value.is_object()) return {};
        return std::move(value.as_object());
      }
      if (buffer_.size() > kMaxLine) return {};
      char part[4096];
      const ssize_t n = ::recv(fd_, part, sizeof part, 0);
      if (n <= 0) return {};
      buffer_.append(part, static_cast<std::size_t>(n));
    }
  }

 private:
  int fd_;
  std::string buffer_;
};

json::object to_json(const Error& error) {
  json::object args;
  for (const auto& [key, value] : error.args) args[key] = value;
  return {{"code", name(error.code)}, {"place", error.where.place}, {"line", error.where.line}, {"field", error.where.field}, {"args", args}};
}

Error from_json(const json::object& object) {
  Error error{Errc::internal, {}, {}};
  const auto text = [&](const char* key) {
    const json::value* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
  };
  static constexpr Errc codes[] = {
#define LINLI_ERROR(name, http_status) Errc::name,
#include "base/errors.def"
#undef LINLI_ERROR
  };
  for (Errc code : codes)
    if (name(code) == text("code")) error.code = code;
  error.where = {text("place"), object.contains("line") ? object.at("line").to_number<long>() : 0, text("field")};
  if (const json::value* args = object.if_contains("args"); args && args->is_object())
    for (const auto& [key, value] : args->as_object())
      if (value.is_string()) error.args.emplace_back(key, value.as_string());
  return error;
}

}  // namespace

class DataFolder::Impl {
 public:
  Impl(std::filesystem::path path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  ~Impl() { stop(); }

  const std::filesystem::path& path() const { return path_; }

  Result<void> answer_commands(AnswerCommand answer) {
    answer_ = std::move(answer);
    const Address address(path_);
    ::unlink((path_ / "socket").c_str());  // of a program that was killed: we have the lock
    Fd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!address.folder || !listening || ::bind(listening.get(), address.get(), sizeof address.name) != 0 ||
        ::chmod((path_ / "socket").c_str(), 0600) != 0 || ::listen(listening.get(), 8) != 0)
      return failed(Errc::file_unwritable, path_ / "socket");
    listening_ = std::move(listening);
    tasks_.spawn("commands", [this](std::stop_token stop) { accept(stop); });
    return {};
  }

  void stop() {
    tasks_.stop();
    if (listening_) ::unlink((path_ / "socket").c_str());
    listening_ = Fd();
  }

 private:
  void accept(std::stop_token stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{listening_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 200) <= 0) continue;
      Fd client(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client) continue;
      if (answering_ >= kMaxAnswering) {
        send_line(client.get(), {{"error", to_json({Errc::overloaded, {}, {}})}});
        continue;
      }
      ++answering_;
      auto shared = std::make_shared<Fd>(std::move(client));
      if (!tasks_.spawn("command", [this, shared](std::stop_token) {
            answer(shared->get());
            --answering_;
          }))
        --answering_;
    }
  }

  void answer(int client) {
    const timeval patience{10, 0};
    ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const auto request = Lines(client).next();
    if (!request) {
      send_line(client, {{"error", to_json({Errc::bad_request, {}, {}})}});
      return;
    }
    const auto answer = answer_(*request, [client](const json::object& progress) { send_line(client, {{"progress", progress}}); });
    if (answer) send_line(client, {{"ok", *answer}});
    else send_line(client, {{"error", to_json(answer.error())}});
  }

  const std::filesystem::path path_;
  Fd lock_;
  Fd listening_;
  AnswerCommand answer_;
  std::atomic<int> answering_{0};
  TaskGroup tasks_;
};

DataFolder::DataFolder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DataFolder::DataFolder(DataFolder&&) noexcept = default;
DataFolder& DataFolder::operator=(DataFolder&&) noexcept = default;
DataFolder::~DataFolder() = default;

Result<DataFolder> DataFolder::lock(const std::filesystem::path& folder) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(folder, error);
  if (error) return fail(Errc::file_unwritable, Where::at(folder.string()), {{"why", error.message()}});
  if (made && ::chmod(folder.c_str(), 0700) != 0) return failed(Errc::file_unwritable, folder);
  const auto file = folder / "lock";
  Fd lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return failed(Errc::file_unwritable, file);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed(Errc::file_unwritable, file);
    return fail(Errc::data_in_use, Where::at(folder.string()), {{"folder", folder.string()}});
  }
  return DataFolder(std::make_unique<Impl>(std::filesystem::absolute(folder), std::move(lock)));
}

const std::filesystem::path& DataFolder::path() const { return impl_->path(); }
Result<void> DataFolder::answer_commands(AnswerCommand answer) { return impl_->answer_commands(std::move(answer)); }
void DataFolder::stop_answering() { impl_->stop(); }

Result<std::optional<json::object>> ask_running(const std::filesystem::path& folder, const json::object& request, const Progress& progress) {
  const Address address(folder);
  const Fd server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!address.folder || !server || ::connect(server.get(), address.get(), sizeof address.name) != 0) return std::optional<json::object>{};
  if (!send_line(server.get(), request)) return fail(Errc::not_running, Where::at(folder.string()));
  Lines lines(server.get());
  while (auto line = lines.next()) {
    if (const json::value* step = line->if_contains("progress"); step && step->is_object()) {
      if (progress) progress(step->as_object());
    } else if (const json::value* error = line->if_contains("error"); error && error->is_object()) {
      return tl::unexpected(from_json(error->as_object()));
    } else if (json::value* ok = line->if_contains("ok"); ok && ok->is_object()) {
      return std::optional<json::object>(std::move(ok->as_object()));
    }
  }
  return fail(Errc::not_running, Where::at(folder.string()));
}

}  // namespace linli
