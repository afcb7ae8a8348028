// Outgoing HTTP to servers that the settings name: certificates are checked, nothing is followed elsewhere, answers are small
// and in time. Blocking: on threads of one's own. Any thread.
#pragma once
#include <chrono>
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
};

struct Fetched {
  int status = 0;
  std::string body;
};

inline constexpr std::size_t kMostFetched = 1u << 20;

// Error: sign_on_unreachable with {why}, and {sent} "no" where nothing can have arrived.
Result<Fetched> fetch(const Outgoing& request, std::chrono::milliseconds limit = std::chrono::seconds(10));

// "https://…", or "http://127.0.0.1…", "http://localhost…", "http://[::1]…".
bool is_safe_url(std::string_view url);

std::string percent_encoded(std::string_view text);

}  // namespace linli
