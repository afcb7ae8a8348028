#include "api/origin.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace linli::api {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool holds(const std::vector<std::string>& list, std::string_view one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') == host.npos ? host.npos : host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool is_address(std::string_view name) {
  return name.starts_with('[') || (!name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || c == '.';
         }));
}

}  // namespace

std::string network_of(std::string_view address) {
  std::array<unsigned char, 16> bytes;
  const std::string text(address);
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(mapped.begin(), mapped.end(), bytes.begin())) return text;  // an IPv4 address in IPv6's clothes
  return {reinterpret_cast<const char*>(bytes.data()), 8};
}

void take_forwarded(Request& request, const std::vector<std::string>& trusted) {
  const std::string_view forwarded = request.header("x-forwarded-for");
  if (!holds(trusted, request.client)) {
    if (!forwarded.empty() || !request.header("forwarded").empty() || !request.header("via").empty())
      request.local = false;
    return;
  }
  request.local = false;
  request.secure = trimmed(request.header("x-forwarded-proto")) == "https";
  // From the right: the last one that none of our proxies wrote for another of them.
  std::string_view rest = forwarded;
  while (!rest.empty()) {
    const std::size_t comma = rest.rfind(',');
    const std::string_view one = trimmed(comma == rest.npos ? rest : rest.substr(comma + 1));
    rest = comma == rest.npos ? std::string_view{} : rest.substr(0, comma);
    if (one.empty() || one.size() > 64) return;
    request.client = one;
    if (!holds(trusted, one)) return;
  }
}

bool host_is_ours(std::string_view host, bool listens_on_loopback, const std::vector<std::string>& names) {
  const std::string name = lower(without_port(host));
  if (name == "localhost" || name == "127.0.0.1" || name == "[::1]") return true;
  if (holds(names, name)) return true;
  if (listens_on_loopback) return false;
  return names.empty() || is_address(name);
}

bool origin_is_ours(const Request& request) {
  if (safe(request.method)) return true;
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return true;
  const std::size_t scheme = origin.find("://");
  return scheme != origin.npos && lower(origin.substr(scheme + 3)) == lower(request.header("host"));
}

}  // namespace linli::api
