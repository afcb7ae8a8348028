#include "people/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace linli {
namespace {

struct Close {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Transfer {
  const Outgoing& request;
  CURL* curl;
  Fetched out{};
  std::size_t taken = 0;
  bool enough = false;
};

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& t = *static_cast<Transfer*>(to);
  t.taken += size * count;
  if (t.taken > kMostFetched) return 0;  // ends the transfer
  long status = 0;
  curl_easy_getinfo(t.curl, CURLINFO_RESPONSE_CODE, &status);
  if (t.request.take && status / 100 == 2) {
    t.enough = !t.request.take({bytes, size * count});
    return t.enough ? 0 : size * count;
  }
  t.out.body.append(bytes, size * count);
  return size * count;
}

int check_stop(void* from, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(from)->request.stop.stop_requested() ? 1 : 0;
}

bool is_own(std::string_view url) {
  for (const std::string_view own : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
    if (!url.starts_with(own)) continue;
    const std::string_view rest = url.substr(own.size());
    if (rest.empty() || rest[0] == ':' || rest[0] == '/') return rest.find('@') == rest.npos;
  }
  return false;
}

// The host of http://host:port/…; empty: no such address, or one with a user before it.
std::string plain_host(std::string_view url) {
  if (!url.starts_with("http://")) return {};
  url.remove_prefix(7);
  url = url.substr(0, url.find_first_of("/?#"));
  if (url.empty() || url.find('@') != url.npos) return {};
  if (url[0] == '[') return std::string(url.substr(1, url.find(']') - 1));
  return std::string(url.substr(0, url.find(':')));
}

bool is_private(const std::string& host) {
  in_addr four{};
  in6_addr six{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
    const std::uint32_t a = ntohl(four.s_addr);
    return a >> 24 == 10 || a >> 20 == 0xAC1 || a >> 16 == 0xC0A8 || a >> 24 == 127;
  }
  if (inet_pton(AF_INET6, host.c_str(), &six) == 1) return (six.s6_addr[0] & 0xFE) == 0xFC || host == "::1";
  const bool letters =
      std::ranges::all_of(host, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.'; });
  // Digits alone, or 0x…: an address in one of its other spellings.
  if (host.empty() || !letters || std::isdigit(static_cast<unsigned char>(host[0]))) return false;
  if (host.find('.') == host.npos) return true;
  return std::ranges::any_of(std::initializer_list<std::string_view>{".local", ".lan", ".internal", ".home.arpa"},
                             [&](std::string_view end) { return host.size() > end.size() && host.ends_with(end); });
}

}  // namespace

bool is_near_url(std::string_view url) { return is_safe_url(url) || is_private(plain_host(url)); }

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
  const auto failed = [&](std::string why) { return fail(request.unreachable, {}, {{"why", std::move(why)}}); };
  if (!(request.near ? is_near_url(request.url) : is_safe_url(request.url))) return failed("https");
  const std::unique_ptr<CURL, Close> curl(started == CURLE_OK ? curl_easy_init() : nullptr);
  if (!curl) return failed("curl");
  Transfer transfer{request, curl.get()};
  char why[CURL_ERROR_SIZE] = "";
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limit.count() / 2));
  set(CURLOPT_WRITEFUNCTION, take);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, check_stop);
  set(CURLOPT_XFERINFODATA, &transfer);
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
  if (done != CURLE_OK && !transfer.enough) {
    auto out_of_it = failed(*why ? why : curl_easy_strerror(done));
    if (done == CURLE_COULDNT_RESOLVE_HOST || done == CURLE_COULDNT_CONNECT || done == CURLE_SSL_CONNECT_ERROR ||
        done == CURLE_PEER_FAILED_VERIFICATION)
      out_of_it.value().args.emplace_back("sent", "no");
    return out_of_it;
  }
  long status = 0;
  curl_off_t wait = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl.get(), CURLINFO_RETRY_AFTER, &wait);
  transfer.out.status = static_cast<int>(status);
  transfer.out.retry_after = std::chrono::seconds(wait);
  return std::move(transfer.out);
}

}  // namespace linli
