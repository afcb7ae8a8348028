#include "store/data_folder.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>

#include "base/log.h"
#include "store/files.h"

namespace linli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr int control_threads = 4;
constexpr std::size_t longest_line = 1 << 20;
constexpr std::chrono::seconds request_wait{10};

// A socket's path may have 107 bytes only; through the opened folder it is always short.
sockaddr_un address_in(int folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(folder) + "/linli.sock";
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

int open_folder(const fs::path& path) { return ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); }

// Lines over a socket, with a deadline for each.
class Lines {
 public:
  explicit Lines(int socket) : socket_(socket) {}

  bool send(const json::object& object) {
    const std::string line = json::serialize(object) + "\n";
    for (std::size_t done = 0; done < line.size();) {
      const ssize_t put = ::send(socket_, line.data() + done, line.size() - done, MSG_NOSIGNAL);
      if (put <= 0) return false;
      done += static_cast<std::size_t>(put);
    }
    return true;
  }

  enum class Got { line, end, nothing_in_time };
  Got receive(json::object& out, Deadline by) {
    for (;;) {
      if (const auto end = buffer_.find('\n'); end != buffer_.npos) {
        boost::system::error_code error;
        const json::value value = json::parse(std::string_view(buffer_).substr(0, end), error);
        buffer_.erase(0, end + 1);
        if (error || !value.is_object()) return Got::end;
        out = value.as_object();
        return Got::line;
      }
      pollfd waiting{socket_, POLLIN, 0};
      const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(by.left().count(), 60'000)));
      if (ready < 0 && errno != EINTR) return Got::end;
      if (ready <= 0) {
        if (by.passed()) return Got::nothing_in_time;
        continue;
      }
      char bytes[4096];
      const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
      if (got <= 0 || buffer_.size() > longest_line) return Got::end;
      buffer_.append(bytes, static_cast<std::size_t>(got));
    }
  }

 private:
  int socket_;
  std::string buffer_;
};

json::object to_json(const Error& error) {
  json::array args;
  for (const auto& [name, value] : error.args) args.push_back(json::array{name, value});
  return {{"code", name(error.code)},
          {"place", error.where.place},
          {"line", error.where.line},
          {"field", error.where.field},
          {"args", args}};
}

// Both ends are one program; a stranger's nonsense becomes "internal".
Error error_from(const json::object& object) {
  try {
    Error error{parse_errc(object.at("code").as_string()).value_or(Errc::internal), {}, {}};
    error.where.place = object.at("place").as_string();
    error.where.line = object.at("line").as_int64();
    error.where.field = object.at("field").as_string();
    for (const json::value& arg : object.at("args").as_array())
      error.args.emplace_back(arg.at(0).as_string(), arg.at(1).as_string());
    return error;
  } catch (const std::exception&) {
    return {Errc::internal, {}, {}};
  }
}

}  // namespace

// ---- DataFolder ----

Result<DataFolder> DataFolder::take(const fs::path& path) {
  LINLI_TRY(files::make_folder(path));
  const fs::path file = path / "linli.lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return tl::unexpected(files::write_error(file));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return fail(Errc::data_in_use, Where::at(path.string()), {{"folder", path.string()}});
  }
  return DataFolder(path, lock);
}

DataFolder::DataFolder(DataFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
DataFolder::~DataFolder() {
  if (lock_ >= 0) ::close(lock_);
}

fs::path DataFolder::default_key_file(const fs::path& path) {
  fs::path plain = fs::absolute(path).lexically_normal();
  if (!plain.has_filename()) plain = plain.parent_path();
  plain += ".key";
  return plain;
}

// ---- Control ----

Result<std::unique_ptr<Control>> Control::listen(const DataFolder& folder, Handler handler) {
  const fs::path path = folder.path() / "linli.sock";
  files::Handle opened(open_folder(folder.path()));
  files::Handle socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!opened || !socket) return tl::unexpected(files::write_error(path));
  ::unlink(path.c_str());  // of a program that was killed; the lock is ours
  const sockaddr_un address = address_in(opened.fd());
  if (::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(socket.fd(), 16) != 0)
    return tl::unexpected(files::write_error(path));
  return std::unique_ptr<Control>(new Control(path, ::dup(socket.fd()), ::dup(opened.fd()), std::move(handler)));
}

Control::Control(fs::path path, int socket, int folder, Handler handler)
    : path_(std::move(path)), socket_(socket), folder_(folder), handler_(std::move(handler)) {
  for (int i = 0; i < control_threads; ++i)
    threads_.spawn("linli-control", [this](std::stop_token stop) { serve(stop); });
}

Control::~Control() {
  threads_.stop();
  ::unlink(path_.c_str());
  ::close(socket_);
  ::close(folder_);
}

void Control::serve(std::stop_token stop) {
  while (!stop.stop_requested()) {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, 200) <= 0) continue;
    const files::Handle connection(::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) continue;  // another thread was quicker
    // An asker who does not read holds a thread no longer than this.
    const timeval patience{request_wait.count(), 0};
    ::setsockopt(connection.fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    answer(connection.fd());
  }
}

void Control::answer(int connection) {
  Lines lines(connection);
  ControlObject request;
  if (lines.receive(request, Deadline::in(request_wait)) != Lines::Got::line) return;
  try {
    auto done = handler_(request, [&](const ControlObject& progress) { lines.send({{"progress", progress}}); });
    if (done) lines.send({{"done", *done}});
    else lines.send({{"error", to_json(done.error())}});
  } catch (const std::exception& bug) {
    log::error("control.threw", {{"what", bug.what()}});
    lines.send({{"error", to_json({Errc::internal, {}, {}})}});
  }
}

Result<ControlObject> ask(const fs::path& data_folder, const ControlObject& request, const Progress& progress,
                          std::chrono::milliseconds silence) {
  const auto not_running = [&] { return fail(Errc::not_running, Where::at(data_folder.string())); };
  const files::Handle folder(open_folder(data_folder));
  const files::Handle socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!folder || !socket) return not_running();
  const sockaddr_un address = address_in(folder.fd());
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return not_running();
  Lines lines(socket.fd());
  if (!lines.send(request)) return not_running();
  for (;;) {
    ControlObject line;
    switch (lines.receive(line, Deadline::in(silence))) {
      case Lines::Got::end: return not_running();  // it was stopped or killed meanwhile
      case Lines::Got::nothing_in_time: return fail(Errc::too_late);
      case Lines::Got::line: break;
    }
    if (const auto* done = line.if_contains("done"); done && done->is_object()) return done->as_object();
    if (const auto* error = line.if_contains("error"); error && error->is_object())
      return tl::unexpected(error_from(error->as_object()));
    if (const auto* told = line.if_contains("progress"); told && told->is_object() && progress)
      progress(told->as_object());
  }
}

}  // namespace linli
