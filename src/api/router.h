// The list of all routes, those of docs/openapi.yaml, and how a path finds its route. `linli routes` prints the list; a test
// compares it with the contract, others walk it to see that each route asks who is calling.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/call.h"
#include "api/http.h"

namespace linli::api {

enum class Caller {
  anyone,
  channel,  // the handler checks a channel's signature
  session,  // signed in, or with an API key
  person,   // signed in with a browser: what an API key must not do
  local,    // from this machine, not through a proxy; or as session
};
std::string_view name(Caller caller);  // "public", "channel", "session", "person", "local"

struct Route {
  Method method;
  const char* path;  // "/api/v1/leads/{lead}/confirm"
  Caller caller;
  std::optional<Right> right;  // that a session needs, somewhere; the handler asks where. None: any session
  std::size_t body_limit;      // bytes
  void (*handle)(Call);
};

inline bool needs_session(const Route& route) {
  return route.caller == Caller::session || route.caller == Caller::person;
}
// What changes something in the name of a session needs its token. (With an API key there is none, and no cookie counts.)
inline bool needs_csrf(const Route& route) { return needs_session(route) && !safe(route.method); }

std::span<const Route> routes();

struct Match {
  const Route* route;
  std::vector<std::string> params;  // decoded
};
struct NoMatch {
  std::string allowed;  // "GET, POST" when only the method is wrong; else empty
};
// HEAD finds the routes of GET. Empty or broken parts match nothing.
std::variant<Match, NoMatch> find_route(std::span<const Route> routes, Method method, std::string_view path);

}  // namespace linli::api
