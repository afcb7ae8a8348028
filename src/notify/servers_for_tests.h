// Servers that stand in for what is not ours: a mail server and a web server, each on a free port of this machine, with a thread
// that serves one connection after the other.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace linli {

class ListenerForTests {
 public:
  explicit ListenerForTests(std::function<void(int socket)> serve) : serve_(std::move(serve)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket_, 16) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no port for a test server");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (int one; (one = ::accept(socket_, nullptr, nullptr)) >= 0;) {
        const timeval limit{5, 0};
        ::setsockopt(one, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        serve_(one);
        ::close(one);
      }
    });
  }
  ~ListenerForTests() {
    ::shutdown(socket_, SHUT_RDWR);
    ::close(socket_);
    thread_.join();
  }
  int port() const { return port_; }

 private:
  std::function<void(int)> serve_;
  int socket_ = -1, port_ = 0;
  std::thread thread_;
};

inline void say_to(int socket, const std::string& text) { (void)!::write(socket, text.data(), text.size()); }

// Lines as they come; false: the other side is gone.
class LinesForTests {
 public:
  explicit LinesForTests(int socket) : socket_(socket) {}
  bool line(std::string& out) {
    for (std::size_t end; (end = kept_.find("\r\n")) == kept_.npos;)
      if (!more()) return false;
    const std::size_t end = kept_.find("\r\n");
    out = kept_.substr(0, end);
    kept_.erase(0, end + 2);
    return true;
  }
  bool bytes(std::size_t count, std::string& out) {
    while (kept_.size() < count)
      if (!more()) return false;
    out = kept_.substr(0, count);
    kept_.erase(0, count);
    return true;
  }

 private:
  bool more() {
    char part[4096];
    const ssize_t got = ::read(socket_, part, sizeof part);
    if (got <= 0) return false;
    kept_.append(part, static_cast<std::size_t>(got));
    return true;
  }
  int socket_;
  std::string kept_;
};

// Speaks enough of SMTP (RFC 5321) to take mail. `answers`: to the end of a mail, one after the other, the last for ever;
// "hang up": it closes the connection instead.
class SmtpServerForTests {
 public:
  struct Mail {
    std::string from, to, data;
  };
  std::vector<Mail> mails() {
    std::lock_guard lock(mutex_);
    return mails_;
  }
  void answer(std::vector<std::string> answers) {
    std::lock_guard lock(mutex_);
    answers_ = std::move(answers);
  }
  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(listener_.port()); }

 private:
  void serve(int socket) {
    LinesForTests lines(socket);
    say_to(socket, "220 stand-in\r\n");
    Mail mail;
    for (std::string line; lines.line(line);) {
      if (line.starts_with("EHLO")) say_to(socket, "250-stand-in\r\n250 8BITMIME\r\n");
      else if (line.starts_with("MAIL FROM:")) mail = {line.substr(10), {}, {}}, say_to(socket, "250 ok\r\n");
      else if (line.starts_with("RCPT TO:")) {
        mail.to = line.substr(8);
        say_to(socket, mail.to.find("nobody@") == mail.to.npos ? "250 ok\r\n" : "550 no such box\r\n");
      } else if (line == "DATA") {
        say_to(socket, "354 go on\r\n");
        for (std::string text; lines.line(text) && text != ".";) (mail.data += text) += '\n';
        std::string answer;
        {
          std::lock_guard lock(mutex_);
          mails_.push_back(mail);
          answer = answers_.front();
          if (answers_.size() > 1) answers_.erase(answers_.begin());
        }
        if (answer == "hang up") return;
        say_to(socket, answer + "\r\n");
      } else if (line == "QUIT") {
        say_to(socket, "221 bye\r\n");
        return;
      } else {
        say_to(socket, "250 ok\r\n");
      }
    }
  }
  std::mutex mutex_;
  std::vector<Mail> mails_;
  std::vector<std::string> answers_{"250 taken"};
  ListenerForTests listener_{[this](int socket) { serve(socket); }};
};

// `answers` as above: status line and body.
class WebServerForTests {
 public:
  struct Request {
    std::string target, headers, body;  // headers in lower case, a line each
  };
  struct Answer {
    int status = 200;
    std::string body = "{}";
    bool hang_up = false;
    std::string header{};  // one more line
    int wait_ms = 0;
  };
  std::vector<Request> requests() {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  void answer(std::vector<Answer> answers) {
    std::lock_guard lock(mutex_);
    answers_ = std::move(answers);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()); }

 private:
  void serve(int socket) {
    LinesForTests lines(socket);
    std::string line;
    if (!lines.line(line)) return;
    Request request{line.substr(line.find(' ') + 1), {}, {}};
    request.target.resize(request.target.find(' '));
    std::size_t size = 0;
    while (lines.line(line) && !line.empty()) {
      if (const std::size_t colon = line.find(':'); colon != line.npos)
        for (std::size_t i = 0; i < colon; ++i) line[i] = static_cast<char>(std::tolower(line[i]));
      (request.headers += line) += '\n';
      if (line.starts_with("content-length: ")) size = std::stoul(line.substr(16));
    }
    if (!lines.bytes(size, request.body)) return;
    Answer answer;
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
      answer = answers_.front();
      if (answers_.size() > 1) answers_.erase(answers_.begin());
    }
    if (answer.wait_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(answer.wait_ms));
    if (answer.hang_up) return;
    say_to(socket, "HTTP/1.1 " + std::to_string(answer.status) +
                       " x\r\ncontent-length: " + std::to_string(answer.body.size()) + "\r\n" +
                       (answer.header.empty() ? "" : answer.header + "\r\n") + "connection: close\r\n\r\n" +
                       answer.body);
  }
  std::mutex mutex_;
  std::vector<Request> requests_;
  std::vector<Answer> answers_{{}};
  ListenerForTests listener_{[this](int socket) { serve(socket); }};
};

}  // namespace linli
