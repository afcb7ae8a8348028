#include "api/router.h"

#include <optional>

namespace linli::api {
namespace {

// The next part of a path, without its '/'.
std::string_view next_part(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size());
  return part;
}

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> params;
  while (pattern.starts_with('/') && path.starts_with('/')) {
    const std::string_view wanted = next_part(pattern), given = next_part(path);
    if (!wanted.starts_with('{')) {
      if (wanted != given) return {};
      continue;
    }
    auto param = percent_decoded(given);
    if (!param || param->empty()) return {};
    params.push_back(*std::move(param));
  }
  if (!pattern.empty() || !path.empty()) return {};
  return params;
}

}  // namespace

std::string_view name(Caller caller) {
  switch (caller) {
    case Caller::anyone: return "public";
    case Caller::channel: return "channel";
    case Caller::session: return "session";
    case Caller::person: return "person";
    case Caller::local: break;
  }
  return "local";
}

std::variant<Match, NoMatch> find_route(std::span<const Route> routes, Method method, std::string_view path) {
  const Method wanted = method == Method::head ? Method::get : method;
  std::string allowed;
  for (const Route& route : routes) {
    auto params = match(route.path, path);
    if (!params) continue;
    if (route.method == wanted) return Match{&route, *std::move(params)};
    (allowed += allowed.empty() ? "" : ", ") += name(route.method);
  }
  return NoMatch{std::move(allowed)};
}

}  // namespace linli::api
