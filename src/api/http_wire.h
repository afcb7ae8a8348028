// The texts of HTTP/1.1, apart from the connections that they go over. Internal to the server.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http.hpp>
#include <string>

#include "api/http.h"

namespace linli::api {

using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

// The head that was read, without its body; with a new id.
Request request_of(const Parser& parser, const boost::asio::ip::tcp::endpoint& peer);

// The head of an answer; the body goes out beside it without being copied. I/O thread only (keeps the text of the date).
std::string head_text(const Response& response, const Request& request, bool keep, bool stream);

}  // namespace linli::api
