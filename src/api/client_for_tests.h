// A small HTTP client for tests: blocking sockets, one request after another on one connection, raw bytes where a test wants
// to misbehave.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace linli::api {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; the last of several
  std::string body;
};

class Client {
 public:
  explicit Client(std::uint16_t port) : port_(port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  using Headers = std::map<std::string, std::string>;

  Answer call(std::string_view method, std::string_view target, std::string_view body = {}, Headers headers = {}) {
    headers.try_emplace("host", "localhost:" + std::to_string(port_));
    if (!body.empty()) headers.try_emplace("content-length", std::to_string(body.size()));
    std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    send(text + "\r\n" + std::string(body));
    return receive(method == "HEAD");
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the other side has closed: its answer tells why
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // status 0: the connection was closed without an answer.
  Answer receive(bool head_only = false) {
    Answer answer;
    std::size_t end;
    while ((end = buffer_.find("\r\n\r\n")) == buffer_.npos) {
      if (!more()) return answer;
    }
    std::string head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    answer.status = std::stoi(head.substr(9, 3));
    for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
      const std::size_t line = head.find("\r\n", at), colon = head.find(": ", at);
      std::string name = head.substr(at, colon - at);
      std::transform(name.begin(), name.end(), name.begin(), ::tolower);
      answer.headers[name] = head.substr(colon + 2, line - colon - 2);
      at = line + 2;
    }
    if (answer.status == 100) return receive(head_only);
    const auto length = answer.headers.find("content-length");
    if (head_only || length == answer.headers.end()) return answer;
    const std::size_t size = std::stoul(length->second);
    while (buffer_.size() < size && more()) {
    }
    answer.body = buffer_.substr(0, size);
    buffer_.erase(0, std::min(size, buffer_.size()));
    return answer;
  }

  // Of an event stream: everything up to and with `text`; what came when it does not appear.
  std::string until(std::string_view text, int millis = 5'000) {
    std::size_t at;
    while ((at = buffer_.find(text)) == buffer_.npos) {
      if (!more(millis)) return std::exchange(buffer_, {});
    }
    std::string out = buffer_.substr(0, at + text.size());
    buffer_.erase(0, at + text.size());
    return out;
  }

  // Closed by the other side (with or without bytes before) within this time.
  bool closes(int millis = 5'000) {
    while (more(millis)) {
    }
    return closed_;
  }

 private:
  bool more(int millis = 15'000) {
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, millis) <= 0) return false;
    char bytes[16'384];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) {
      closed_ = true;
      return false;
    }
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  const std::uint16_t port_;
  int fd_ = -1;
  bool closed_ = false;
  std::string buffer_;
};

}  // namespace linli::api
