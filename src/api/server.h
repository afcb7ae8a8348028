// Speaks HTTP/1.1 to clients. One I/O thread; a coroutine a connection. Every wait has its time, every size its bound.
// Only server.cpp and http_wire know Beast.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "api/http.h"
#include "base/deadline.h"
#include "base/result.h"

namespace linli::api {

// What is served. Both are called on the I/O thread and do not block.
class Application {
 public:
  virtual ~Application() = default;
  // The head has come. Either an answer at once (no such page, not allowed), and the body is not read; or how many bytes
  // the body may have.
  virtual std::variant<Response, std::size_t> head(Request& request) = 0;
  // The whole has come. `reply` may be called later and from any thread.
  virtual void call(Request request, Reply reply) = 0;
  // An answer that is made by the server itself: a broken or too large request, an overload, an answer that did not come.
  virtual Response refusal(const Error& error, const Request& request) = 0;
  // For counters: every answer, with the time from the end of the head to the answer.
  virtual void answered(const Request& request, int status, std::chrono::microseconds took) = 0;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;            // 0: any free one
  std::size_t max_connections = 2'000;  // more are answered 503 and closed
  std::size_t max_head = 16u << 10;
  std::size_t max_bodies = 64u << 20;             // bytes of all bodies on their way; more: 503
  std::size_t max_waiting_calls = 1'000;          // calls without their answer; more: 503
  std::chrono::milliseconds head_within{10'000};  // from its first byte
  std::chrono::milliseconds body_within{60'000};
  std::chrono::milliseconds idle{60'000};           // between two requests
  std::chrono::milliseconds answer_within{60'000};  // then 504
  std::chrono::milliseconds write_within{30'000};   // without progress
  std::chrono::milliseconds heartbeat{15'000};      // a comment line on silent event streams
};

class Server {
 public:
  Server(Application& application, ServerOptions options);
  ~Server();  // stop()

  // Errors: bad_setting (no such address), port_taken.
  Result<void> start();
  std::uint16_t port() const;  // after start()

  // Any thread: runs `task` on the I/O thread. After the end of the server tasks are thrown away.
  void post(UniqueFunction<void()> task);

  // Accepts nothing new; answers what was asked until the deadline; ends the streams. Twice is once.
  void stop(Deadline by = Deadline::in(std::chrono::seconds(10)));

  struct Figures {
    std::size_t connections = 0, streams = 0, waiting_calls = 0, body_bytes = 0;
    std::uint64_t accepted = 0, turned_away = 0;
  };
  Figures figures() const;  // any thread

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli::api
