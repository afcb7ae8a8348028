#include "people/fetch.h"

#include <curl/curl.h>

#include <memory>

namespace linli {
namespace {

struct Close {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + size * count > kMostFetched) return 0;  // ends the transfer
  body.append(bytes, size * count);
  return size * count;
}

bool is_own(std::string_view url) {
  for (const std::string_view own : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
    if (!url.starts_with(own)) continue;
    const std::string_view rest = url.substr(own.size());
    if (rest.empty() || rest[0] == ':' || rest[0] == '/') return rest.find('@') == rest.npos;
  }
  return false;
}

}  // namespace

bool is_safe_url(std::string_view url) {
  return (url.starts_with("https://") && url.size() > 8 && url.find('@') == url.npos) || is_own(url);
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (plain.find(c) != plain.npos) out += c;
    else ((out += '%') += digits[byte >> 4]) += digits[byte & 15];
  }
  return out;
}

Result<Fetched> fetch(const Outgoing& request, std::chrono::milliseconds limit) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  const auto failed = [](std::string why) { return fail(Errc::sign_on_unreachable, {}, {{"why", std::move(why)}}); };
  if (!is_safe_url(request.url)) return failed("https");
  const std::unique_ptr<CURL, Close> curl(started == CURLE_OK ? curl_easy_init() : nullptr);
  if (!curl) return failed("curl");
  Fetched out;
  char why[CURL_ERROR_SIZE] = "";
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limit.count() / 2));
  set(CURLOPT_WRITEFUNCTION, take);
  set(CURLOPT_WRITEDATA, &out.body);
  set(CURLOPT_ERRORBUFFER, why);
  set(CURLOPT_USERAGENT, "linli/" LINLI_VERSION);
  if (const std::string& sent = request.form.empty() ? request.body : request.form; !sent.empty()) {
    set(CURLOPT_POSTFIELDS, sent.c_str());
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(sent.size()));
  }
  std::unique_ptr<curl_slist, FreeList> headers;
  for (const std::string& header : request.headers) headers.reset(curl_slist_append(headers.release(), header.c_str()));
  if (headers) set(CURLOPT_HTTPHEADER, headers.get());
  if (!request.user.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, request.user.c_str());
    set(CURLOPT_PASSWORD, request.password.c_str());
  }
  if (!request.bearer.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    set(CURLOPT_XOAUTH2_BEARER, request.bearer.c_str());
  }
  const CURLcode done = curl_easy_perform(curl.get());
  if (done != CURLE_OK) {
    auto out_of_it = failed(*why ? why : curl_easy_strerror(done));
    if (done == CURLE_COULDNT_RESOLVE_HOST || done == CURLE_COULDNT_CONNECT || done == CURLE_SSL_CONNECT_ERROR ||
        done == CURLE_PEER_FAILED_VERIFICATION)
      out_of_it.value().args.emplace_back("sent", "no");
    return out_of_it;
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  out.status = static_cast<int>(status);
  return out;
}

}  // namespace linli
