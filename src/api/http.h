// A request and its answer, as handlers see them. Nothing of the library that speaks HTTP shows here.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_function.h"
#include "base/words.h"

namespace linli::api {

enum class Method { get, head, post, put, patch, del, other };
std::string_view name(Method method);  // "GET"
// GET and HEAD change nothing.
inline bool safe(Method method) { return method == Method::get || method == Method::head; }

struct Request {
  Method method = Method::other;
  std::string path;                                          // raw, without the query
  std::string query;                                         // raw, behind '?'
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  std::string id;                   // x-request-id of the answer, "request" in the log
  std::string client;               // address of the caller; behind a trusted proxy the one that the proxy tells
  bool secure = false;              // came by TLS (to us or to the trusted proxy)
  bool local = false;               // from this machine and not through a proxy
  std::vector<std::string> params;  // the {parts} of the route's path, decoded, in their order

  // The first one with this (lower case) name; empty: none.
  std::string_view header(std::string_view name) const;
  std::string_view cookie(std::string_view name) const;
  // Decoded; nullopt: not there. Several: the first.
  std::optional<std::string> query_value(std::string_view name) const;
};

// Percent-decoding; nullopt: broken, not UTF-8, or with a NUL.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank = false);

// What an event stream sends, piece by piece. The server owns and calls it, on the I/O thread only.
class Feed {
 public:
  virtual ~Feed() = default;
  // Moves what is waiting to the end of `out`. False: it is over, close the connection.
  virtual bool take(std::string& out) = 0;
  // `wake` is called, on the I/O thread, when something is waiting or it is over.
  virtual void on_wake(std::function<void()> wake) = 0;
};

struct Response {
  int status = 200;
  std::string content_type;
  std::string body;
  std::string_view fixed;  // instead of body: bytes that live as long as the program (embedded files)
  std::vector<std::pair<std::string, std::string>> headers;
  std::unique_ptr<Feed> feed;  // instead of a body: an event stream
  std::size_t body_size() const { return fixed.empty() ? body.size() : fixed.size(); }
};

// The way back to the client: called once, from any thread. One that goes without having been called answers 500.
class Reply {
 public:
  Reply() = default;
  explicit Reply(UniqueFunction<void(Response)> send) : send_(std::move(send)) {}
  Reply(Reply&&) = default;
  Reply& operator=(Reply&&) = default;
  ~Reply();
  void operator()(Response response);

 private:
  UniqueFunction<void(Response)> send_;
};

Response json_answer(int status, std::string json);
// RFC 9457 with the words of the error in this language. `retry-after` stands on 429 and 503.
Response problem(const Error& error, Language language, std::string_view request_id);

}  // namespace linli::api
