#include "api/http_wire.h"

#include <sodium.h>

#include <ctime>

namespace linli::api {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get: return Method::get;
    case http::verb::head: return Method::head;
    case http::verb::post: return Method::post;
    case http::verb::put: return Method::put;
    case http::verb::patch: return Method::patch;
    case http::verb::delete_: return Method::del;
    default: return Method::other;
  }
}

std::string request_id() {
  unsigned char random[8];
  randombytes_buf(random, sizeof random);
  char text[2 * sizeof random + 1];
  return sodium_bin2hex(text, sizeof text, random, sizeof random);
}

// "Sun, 06 Nov 1994 08:49:37 GMT", made anew once a second.
std::string_view date_text() {
  static thread_local std::time_t made = 0;
  static thread_local char text[32];
  static constexpr const char *kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
                              *kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (const std::time_t now = std::time(nullptr); now != made) {
    made = now;
    std::tm t{};
    gmtime_r(&now, &t);
    std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[t.tm_wday], t.tm_mday,
                  kMonths[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
  }
  return text;
}

}  // namespace

Request request_of(const Parser& parser, const tcp::endpoint& peer) {
  const auto& head = parser.get();
  Request request;
  request.method = method_of(head.method());
  const std::string_view target(head.target().data(), head.target().size());
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != target.npos) request.query = target.substr(question + 1);
  for (const auto& field : head) {
    std::string name(field.name_string().data(), field.name_string().size());
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    request.headers.emplace_back(std::move(name), std::string(field.value().data(), field.value().size()));
  }
  request.id = request_id();
  auto address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  request.client = address.to_string();
  request.local = address.is_loopback();
  return request;
}

std::string head_text(const Response& response, const Request& request, bool keep, bool stream) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  out.append(reason.data(), reason.size());
  out += "\r\n";
  const auto put = [&](std::string_view name, std::string_view value) { (((out += name) += ": ") += value) += "\r\n"; };
  put("date", date_text());
  if (!response.content_type.empty()) put("content-type", response.content_type);
  if (!stream && response.status != 204 && response.status != 304)
    put("content-length", std::to_string(response.body_size()));
  for (const auto& [name, value] : response.headers) put(name, value);
  if (!request.id.empty()) put("x-request-id", request.id);
  put("connection", keep ? "keep-alive" : "close");
  return out += "\r\n";
}

}  // namespace linli::api
