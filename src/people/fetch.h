// Outgoing HTTP to servers that the settings name: certificates are checked, nothing is followed elsewhere, answers are small
// and in time. Blocking: on threads of one's own. Any thread.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"

namespace linli {

struct Outgoing {
  std::string url;                     // https, or http to this machine
  std::string form{};                  // sent by POST, when not empty
  std::string user{}, password{};      // HTTP Basic, when not empty
  std::string bearer{};                // an access token, when not empty
  std::string body{};                  // sent by POST, when not empty; a header says what it is
  std::vector<std::string> headers{};  // "name: value"
  bool near = false;                   // http to the office's own network too (is_near_url)
  bool outside = false;                // https only, and to no private address, whatever the name resolves to
  // Takes the bytes of an answer 2xx as they come, instead of Fetched.body; false ends the transfer there, which is no error.
  std::function<bool(std::string_view)> take{};
  std::stop_token stop{};                        // ends the transfer within a second
  Errc unreachable = Errc::sign_on_unreachable;  // the error's code
};

struct Fetched {
  int status = 0;
  std::string body;
  std::chrono::seconds retry_after{0};  // as the server asks for; 0: it does not
};

inline constexpr std::size_t kMostFetched = 1u << 20;

// Error: request.unreachable with {why}, and {sent} "no" where nothing can have arrived.
Result<Fetched> fetch(const Outgoing& request, std::chrono::milliseconds limit = std::chrono::seconds(10));

// Many at once. One thread; wake() from any.
class Fetches {
 public:
  using Done = std::function<void(Result<Fetched>)>;
  Fetches();
  ~Fetches();  // what still runs ends there, its Done is not called
  // `done` is called in poll(), with what fetch() would have given.
  void add(Outgoing request, Done done, std::chrono::milliseconds limit = std::chrono::seconds(10));
  // Goes on with all of them; waits so long for something to happen.
  void poll(std::chrono::milliseconds wait);
  void wake();
  std::size_t running() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// "https://…", or "http://127.0.0.1…", "http://localhost…", "http://[::1]…".
bool is_safe_url(std::string_view url);
// A safe one, or http to an address that is private (10.…, 172.16.…, 192.168.…, fd…) or a name within the office: without a
// dot, or ending in .local, .lan, .internal, .home.arpa.
bool is_near_url(std::string_view url);

std::string percent_encoded(std::string_view text);

}  // namespace linli
