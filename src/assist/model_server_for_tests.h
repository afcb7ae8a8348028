// A model server for tests, on a free loopback port, which fails in every way that real ones do. Each answer is made by a
// function of what was asked; the faults are small functions below.
//
//   ModelServerForTests server;
//   server.answers([](const Asked& asked) { return whole(R"({"ok":true})"); });
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace linli::assist {

struct Asked {
  int nth = 0;  // from 1
  std::string path, authorization;
  boost::json::object body;
  std::string raw;

  bool stream() const { return body.at("stream").as_bool(); }
  // "json_schema", "json_object", "free"
  std::string form() const {
    const auto* format = body.if_contains("response_format");
    return format ? std::string(format->at("type").as_string()) : "free";
  }
  std::string words(std::size_t from_end = 0) const {
    const auto& messages = body.at("messages").as_array();
    return std::string(messages[messages.size() - 1 - from_end].at("content").as_string());
  }
};

struct Reply {
  int status = 200;
  std::string headers{};                 // "retry-after: 1\r\n"
  std::vector<std::string> pieces;       // written one after another
  std::chrono::milliseconds wait{0};     // before the first byte
  std::chrono::milliseconds between{0};  // pieces
  bool cut = false;                      // closes without the end that it has announced
  std::string type = "application/json";
};

// ---- what a server says ----

inline std::string completion_json(const std::string& content, const std::string& finish = "stop", int prompt = 40,
                                   int answer = 20) {
  return boost::json::serialize(boost::json::object{
      {"id", "chatcmpl-1"},
      {"object", "chat.completion"},
      {"created", 1757141666},
      {"model", "test-model"},
      {"choices",
       {{{"index", 0}, {"message", {{"role", "assistant"}, {"content", content}}}, {"finish_reason", finish}}}},
      {"usage", {{"prompt_tokens", prompt}, {"completion_tokens", answer}, {"total_tokens", prompt + answer}}}});
}
inline Reply whole(const std::string& content, const std::string& finish = "stop") {
  return {.pieces = {completion_json(content, finish)}};
}
inline Reply body(std::string bytes, int status = 200) { return {.status = status, .pieces = {std::move(bytes)}}; }
inline Reply problem(int status, const std::string& message = "something", std::string headers = {}) {
  return {.status = status,
          .headers = std::move(headers),
          .pieces = {boost::json::serialize(
              boost::json::object{{"error", {{"message", message}, {"type", "some_error"}, {"code", status}}}})}};
}
inline std::string frame(const std::string& words) {
  return "data: " +
         boost::json::serialize(boost::json::object{
             {"object", "chat.completion.chunk"},
             {"model", "test-model"},
             {"choices", {{{"index", 0}, {"delta", {{"content", words}}}, {"finish_reason", nullptr}}}}}) +
         "\n\n";
}
// The content in frames of `size` characters of ASCII or whole pieces of others, with usage and [DONE].
inline std::vector<std::string> frames(const std::vector<std::string>& words) {
  std::vector<std::string> out{": keep-alive\n\n",
                               "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null},"
                               "\"finish_reason\":null}]}\r\n\r\n"};
  for (const auto& each : words) out.push_back(frame(each));
  out.push_back("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n");
  out.push_back("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":40,\"completion_tokens\":20}}\n\n");
  out.push_back("data: [DONE]\n\n");
  return out;
}
inline Reply streamed(std::vector<std::string> pieces) {
  return {.pieces = std::move(pieces), .type = "text/event-stream"};
}
// Answers as it is asked, whole or streamed.
inline Reply says(const Asked& asked, const std::string& content) {
  return asked.stream() ? streamed(frames({content})) : whole(content);
}

class ModelServerForTests {
 public:
  ModelServerForTests() {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0)
      throw std::runtime_error("cannot listen");
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    accepting_ = std::jthread([this](std::stop_token stop) { accept(stop); });
  }
  ~ModelServerForTests() {
    stopping_ = true;
    accepting_.request_stop();
    accepting_.join();
    ::close(listener_);
    for (auto& each : serving_) each.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

  void answers(std::function<Reply(const Asked&)> make) {
    std::lock_guard lock(mutex_);
    make_ = std::move(make);
    asked_.clear();
    most_ = 0;
  }
  std::vector<Asked> asked() const {
    std::lock_guard lock(mutex_);
    return asked_;
  }
  int most_at_once() const { return most_; }

 private:
  void accept(std::stop_token stop) {
    while (!stop.stop_requested()) {
      pollfd wait{listener_, POLLIN, 0};
      if (::poll(&wait, 1, 20) <= 0) continue;
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd >= 0) serving_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void sleep(std::chrono::milliseconds time) const {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!stopping_ && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::min(time, std::chrono::milliseconds(5)));
  }

  void serve(int fd) {
    one(fd);
    ::shutdown(fd, SHUT_WR);
    // What the client has not read would be lost by a close with unread bytes on our side.
    char rest[1024];
    pollfd wait{fd, POLLIN, 0};
    while (!stopping_ && ::poll(&wait, 1, 500) > 0 && ::recv(fd, rest, sizeof rest, 0) > 0) {
    }
    ::close(fd);
  }

  void one(int fd) {
    std::string bytes;
    std::size_t end = 0, length = 0;
    while (true) {
      end = bytes.find("\r\n\r\n");
      if (end != bytes.npos) {
        std::string head = bytes.substr(0, end);
        std::transform(head.begin(), head.end(), head.begin(), ::tolower);
        const std::size_t at = head.find("content-length: ");
        length = at == head.npos ? 0 : std::stoul(head.substr(at + 16));
        if (bytes.size() >= end + 4 + length) break;
      }
      char more[16'384];
      pollfd wait{fd, POLLIN, 0};
      if (stopping_ || ::poll(&wait, 1, 5'000) <= 0) return;
      const ssize_t got = ::recv(fd, more, sizeof more, 0);
      if (got <= 0) return;
      bytes.append(more, static_cast<std::size_t>(got));
    }
    Asked asked;
    const std::size_t blank = bytes.find(' ');
    asked.path = bytes.substr(blank + 1, bytes.find(' ', blank + 1) - blank - 1);
    if (const std::size_t at = bytes.find("Authorization: "); at < end)
      asked.authorization = bytes.substr(at + 15, bytes.find("\r\n", at) - at - 15);
    asked.raw = bytes.substr(end + 4);
    boost::json::error_code broken;
    auto value = boost::json::parse(asked.raw, broken);
    if (!broken && value.is_object()) asked.body = value.as_object();
    std::function<Reply(const Asked&)> make;
    {
      std::lock_guard lock(mutex_);
      asked.nth = static_cast<int>(asked_.size()) + 1;
      asked_.push_back(asked);
      make = make_;
      most_ = std::max(most_.load(), ++at_once_);
    }
    const Reply reply = make ? make(asked) : problem(500);
    sleep(reply.wait);
    --at_once_;  // before it answers: who has the answer may ask the next thing
    std::size_t size = reply.cut ? 100 : 0;
    for (const auto& piece : reply.pieces) size += piece.size();
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " x\r\ncontent-type: " + reply.type +
                       "\r\nconnection: close\r\n" + reply.headers;
    // A stream has no length: its end is the end of the connection.
    if (reply.type != "text/event-stream") head += "content-length: " + std::to_string(size) + "\r\n";
    send(fd, head + "\r\n");
    for (const auto& piece : reply.pieces) {
      if (stopping_ || !send(fd, piece)) return;
      sleep(reply.between);
    }
  }

  static bool send(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::function<Reply(const Asked&)> make_;
  std::vector<Asked> asked_;
  std::atomic<int> at_once_ = 0, most_ = 0;
  std::atomic<bool> stopping_ = false;
  std::list<std::thread> serving_;
  std::jthread accepting_;  // last: it goes first
};

}  // namespace linli::assist
