#include "api/http.h"

#include <boost/json.hpp>

#include "base/utf8.h"

namespace linli::api {

std::string_view name(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
    case Method::other: break;
  }
  return "other";
}

std::string_view Request::header(std::string_view wanted) const {
  for (const auto& [name, value] : headers) {
    if (name == wanted) return value;
  }
  return {};
}

std::string_view Request::cookie(std::string_view wanted) const {
  std::string_view rest = header("cookie");
  while (!rest.empty()) {
    const std::size_t end = rest.find(';');
    std::string_view one = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    while (one.starts_with(' ')) one.remove_prefix(1);
    const std::size_t equals = one.find('=');
    if (equals != one.npos && one.substr(0, equals) == wanted) return one.substr(equals + 1);
  }
  return {};
}

std::optional<std::string> Request::query_value(std::string_view wanted) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view one = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    const std::size_t equals = one.find('=');
    if (percent_decoded(one.substr(0, equals), true) != wanted) continue;
    return percent_decoded(equals == one.npos ? std::string_view{} : one.substr(equals + 1), true);
  }
  return {};
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return {};
      const int high = digit(text[i + 1]), low = digit(text[i + 2]);
      if (high < 0 || low < 0) return {};
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  if (!valid_utf8(out) || has_nul(out)) return {};
  return out;
}

Reply::~Reply() {
  if (send_) (*this)(problem({Errc::internal, {}, {}}, Language::zh, {}));
}

void Reply::operator()(Response response) {
  if (auto send = std::exchange(send_, {})) send(std::move(response));
}

Response json_answer(int status, std::string json) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(json);
  return response;
}

Response problem(const Error& error, Language language, std::string_view request_id) {
  const Words said = words(error, language);
  boost::json::object body{{"type", "about:blank"},
                           {"title", said.text},
                           {"status", http_status(error.code)},
                           {"code", linli::name(error.code)},
                           {"remedy", said.remedy}};
  if (!error.where.field.empty()) body["field"] = error.where.field;
  if (!error.args.empty()) {
    boost::json::object args;
    for (const auto& [key, value] : error.args) args[key] = value;
    body["args"] = std::move(args);
  }
  if (!request_id.empty()) body["request_id"] = request_id;

  Response response = json_answer(http_status(error.code), boost::json::serialize(body));
  response.content_type = "application/problem+json";
  if (response.status == 503) response.headers.emplace_back("retry-after", "2");
  if (response.status == 429) {
    std::string seconds = "5";
    for (const auto& [key, value] : error.args) {
      if (key == "seconds") seconds = value;
    }
    response.headers.emplace_back("retry-after", seconds);
  }
  return response;
}

}  // namespace linli::api
