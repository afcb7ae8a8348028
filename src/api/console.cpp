#include "api/console.h"

#include <sodium.h>

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

// If-None-Match: a list, perhaps with weak marks that a proxy put there.
bool names(std::string_view header, std::string_view etag) { return header == "*" || header.find(etag) != header.npos; }

// "console.css" is a file, "leads" and "leads/lead_0f3k" are pages.
bool looks_like_a_file(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return path.find('.', slash == path.npos ? 0 : slash) != path.npos;
}

}  // namespace

Console::Console(std::span<const EmbeddedFile> files) {
  for (const EmbeddedFile& file : files) {
    files_["/" + std::string(file.path)] = {file.bytes, type_of(file.path), etag_of(file.bytes),
                                            file.path.starts_with("assets/")};
  }
}

std::optional<Response> Console::page(const Request& request) const {
  if (request.path == "/api" || request.path.starts_with("/api/")) return {};
  Response response;
  auto file = files_.find(request.path);
  if (file == files_.end()) {
    if (looks_like_a_file(request.path)) return {};
    file = files_.find("/index.html");
  }
  if (file == files_.end()) {
    if (request.path != "/") return {};
    response.content_type = "text/plain; charset=utf-8";
    response.body = "This build of linli has no console (LINLI_WEB=OFF). The API answers under /api/v1.\n";
    return response;
  }
  const File& found = file->second;
  response.headers.emplace_back("etag", found.etag);
  response.headers.emplace_back("cache-control", found.for_ever ? "public, max-age=31536000, immutable" : "no-cache");
  if (names(request.header("if-none-match"), found.etag)) {
    response.status = 304;
    return response;
  }
  response.content_type = found.type;
  response.fixed = found.bytes;
  return response;
}

}  // namespace linli::api
