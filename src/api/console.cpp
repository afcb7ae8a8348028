#include "api/console.h"

#include <sodium.h>

#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/crc.hpp>

namespace linli::api {
namespace {

struct Type {
  const char *ending, *type;
};
constexpr Type kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".woff2", "font/woff2"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
};

std::string type_of(std::string_view path) {
  for (const Type& type : kTypes) {
    if (path.ends_with(type.ending)) return type.type;
  }
  return "application/octet-stream";
}

std::string etag_of(std::string_view bytes) {
  unsigned char hash[crypto_generichash_BYTES_MIN];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
  char text[2 * sizeof hash + 1];
  return '"' + std::string(sodium_bin2hex(text, sizeof text, hash, sizeof hash)) + '"';
}

constexpr std::size_t kWorthZipping = 1'024;

bool is_text(std::string_view type) {
  return type.starts_with("text/") || type.find("json") != type.npos || type.find("svg") != type.npos;
}

// RFC 1952: a head without a name, one deflated block after another, the sum and the size.
std::string zipped(std::string_view bytes) {
  namespace zlib = boost::beast::zlib;
  zlib::deflate_stream deflate;
  deflate.reset(9, 15, 8, zlib::Strategy::normal);
  std::string out("\x1f\x8b\x08\0\0\0\0\0\x02\xff", 10);
  const std::size_t head = out.size();
  out.resize(head + deflate.upper_bound(bytes.size()) + 8);
  zlib::z_params z{};
  z.next_in = bytes.data();
  z.avail_in = bytes.size();
  z.next_out = out.data() + head;
  z.avail_out = out.size() - head - 8;
  boost::system::error_code ec;
  deflate.write(z, zlib::Flush::finish, ec);
  if (ec != zlib::error::end_of_stream) return {};
  out.resize(head + z.total_out);
  boost::crc_32_type sum;
  sum.process_bytes(bytes.data(), bytes.size());
  for (const auto number : {static_cast<std::uint32_t>(sum.checksum()), static_cast<std::uint32_t>(bytes.size())})
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift);
  return out;
}

// Accept-Encoding: "gzip", unless it is said with a weight of nothing.
bool takes_gzip(std::string_view header) {
  const std::size_t at = header.find("gzip");
  if (at == header.npos) return false;
  const std::string_view weight = header.substr(at + 4, header.find(',', at) - at - 4);
  return weight.find("q=0") == weight.npos || weight.find("q=0.") != weight.npos;
}

// If-None-Match: a list, perhaps with weak marks that a proxy put there.
bool names(std::string_view header, std::string_view etag) { return header == "*" || header.find(etag) != header.npos; }

// "console.css" is a file, "leads" and "leads/lead_0f3k" are pages.
bool looks_like_a_file(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return path.find('.', slash == path.npos ? 0 : slash) != path.npos;
}

}  // namespace

Console::Console(std::span<const EmbeddedFile> console, std::span<const EmbeddedFile> residents) {
  add("/", console);
  add("/r/", residents);
}

void Console::add(std::string_view under, std::span<const EmbeddedFile> files) {
  for (const EmbeddedFile& file : files) {
    const std::string type = type_of(file.path);
    std::string small;
    if (is_text(type) && file.bytes.size() >= kWorthZipping) small = zipped(file.bytes);
    if (small.size() >= file.bytes.size()) small.clear();
    files_[std::string(under) + std::string(file.path)] = {file.bytes, std::move(small), type, etag_of(file.bytes),
                                                           file.path.starts_with("assets/")};
  }
}

std::optional<Response> Console::page(const Request& request) const {
  if (request.path == "/api" || request.path.starts_with("/api/")) return {};
  Response response;
  const bool resident = request.path == "/r" || request.path.starts_with("/r/");
  auto file = files_.find(request.path);
  if (file == files_.end()) {
    if (looks_like_a_file(request.path)) return {};
    file = files_.find(resident ? "/r/index.html" : "/index.html");
  }
  if (file == files_.end()) {
    if (request.path != "/" && request.path != "/r/") return {};
    response.content_type = "text/plain; charset=utf-8";
    response.body = resident
                        ? "This build of linli has no residents' pages. scripts/bootstrap installs what they need.\n"
                        : "This build of linli has no console (LINLI_WEB=OFF). The API answers under /api/v1.\n";
    return response;
  }
  const File& found = file->second;
  const bool small = !found.zipped.empty() && takes_gzip(request.header("accept-encoding"));
  std::string etag = found.etag;
  if (small) etag.insert(etag.size() - 1, "-gzip");
  response.headers.emplace_back("etag", etag);
  if (!found.zipped.empty()) response.headers.emplace_back("vary", "accept-encoding");
  response.headers.emplace_back("cache-control", found.for_ever ? "public, max-age=31536000, immutable" : "no-cache");
  if (names(request.header("if-none-match"), etag)) {
    response.status = 304;
    return response;
  }
  response.content_type = found.type;
  response.fixed = small ? std::string_view(found.zipped) : found.bytes;
  if (small) response.headers.emplace_back("content-encoding", "gzip");
  return response;
}

}  // namespace linli::api
