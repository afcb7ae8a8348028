#include "people/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

namespace linli {
namespace {

struct Close {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Transfer {
  Transfer(const Outgoing& r, CURL* c) : request(r), curl(c) {}
  const Outgoing& request;
  CURL* curl;
  Fetched out{};
  std::size_t taken = 0;
  bool enough = false;
  bool inner = false;  // it would have gone to a private address
  std::unique_ptr<curl_slist, FreeList> headers{};
  char why[CURL_ERROR_SIZE] = "";
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

namespace {

// Addresses of this machine, of offices, of links, and those that mean nobody.
bool is_inner(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const std::uint32_t a = ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr);
    return a >> 24 == 0 || a >> 24 == 10 || a >> 24 == 127 || a >> 20 == 0xAC1 || a >> 16 == 0xC0A8 ||
           a >> 16 == 0xA9FE || a >> 22 == 0x191 /* 100.64/10 */ || a >> 17 == 0x6309 /* 198.18/15 */ || a >> 28 >= 14;
  }
  if (address->sa_family != AF_INET6) return true;
  const auto& six = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  const auto* b = six.s6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    std::copy_n(b + 12, 4, reinterpret_cast<unsigned char*>(&four.sin_addr));
    return is_inner(reinterpret_cast<const sockaddr*>(&four));
  }
  return (b[0] & 0xE0) != 0x20;  // not 2000::/3, the addresses of the internet
}

// The address as it was resolved for this connection: a name that changes its mind does not get by.
curl_socket_t open_outside(void* from, curlsocktype, curl_sockaddr* address) {
  auto& t = *static_cast<Transfer*>(from);
  if (is_inner(&address->addr)) {
    t.inner = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

tl::unexpected<Error> failed(const Outgoing& request, std::string why) {
  return fail(request.unreachable, {}, {{"why", std::move(why)}});
}

bool may_go(const Outgoing& request) {
  if (request.outside) return is_safe_url(request.url) && request.url.starts_with("https://");
  return request.near ? is_near_url(request.url) : is_safe_url(request.url);
}

// The request must outlive the transfer.
void prepare(Transfer& t, std::chrono::milliseconds limit) {
  const Outgoing& request = t.request;
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(t.curl, option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limit.count() / 2));
  set(CURLOPT_WRITEFUNCTION, take);
  set(CURLOPT_WRITEDATA, &t);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, check_stop);
  set(CURLOPT_XFERINFODATA, &t);
  set(CURLOPT_ERRORBUFFER, t.why);
  set(CURLOPT_USERAGENT, "linli/" LINLI_VERSION);
  if (request.outside) {
    set(CURLOPT_OPENSOCKETFUNCTION, open_outside);
    set(CURLOPT_OPENSOCKETDATA, &t);
    set(CURLOPT_PROXY, "");  // it would resolve the name itself
  }
  if (const std::string& sent = request.form.empty() ? request.body : request.form; !sent.empty()) {
    set(CURLOPT_POSTFIELDS, sent.c_str());
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(sent.size()));
  }
  for (const std::string& header : request.headers)
    t.headers.reset(curl_slist_append(t.headers.release(), header.c_str()));
  if (t.headers) set(CURLOPT_HTTPHEADER, t.headers.get());
  if (!request.user.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, request.user.c_str());
    set(CURLOPT_PASSWORD, request.password.c_str());
  }
  if (!request.bearer.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    set(CURLOPT_XOAUTH2_BEARER, request.bearer.c_str());
  }
}

Result<Fetched> outcome(Transfer& t, CURLcode done) {
  if (done != CURLE_OK && !t.enough) {
    auto out_of_it = failed(t.request, t.inner ? "private address" : *t.why ? t.why : curl_easy_strerror(done));
    if (done == CURLE_COULDNT_RESOLVE_HOST || done == CURLE_COULDNT_CONNECT || done == CURLE_SSL_CONNECT_ERROR ||
        done == CURLE_PEER_FAILED_VERIFICATION)
      out_of_it.value().args.emplace_back("sent", "no");
    return out_of_it;
  }
  long status = 0;
  curl_off_t wait = 0;
  curl_easy_getinfo(t.curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(t.curl, CURLINFO_RETRY_AFTER, &wait);
  t.out.status = static_cast<int>(status);
  t.out.retry_after = std::chrono::seconds(wait);
  return std::move(t.out);
}

CURLcode started() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  return once;
}

}  // namespace

Result<Fetched> fetch(const Outgoing& request, std::chrono::milliseconds limit) {
  if (!may_go(request)) return failed(request, "https");
  const std::unique_ptr<CURL, Close> curl(started() == CURLE_OK ? curl_easy_init() : nullptr);
  if (!curl) return failed(request, "curl");
  Transfer transfer{request, curl.get()};
  prepare(transfer, limit);
  return outcome(transfer, curl_easy_perform(curl.get()));
}

class Fetches::Impl {
 public:
  Impl() : multi_(started() == CURLE_OK ? curl_multi_init() : nullptr) {
    if (!multi_) return;
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, 64L);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 256L);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  }
  ~Impl() {
    for (const auto& [curl, one] : running_) curl_multi_remove_handle(multi_, curl);
    running_.clear();
    curl_multi_cleanup(multi_);
  }

  void add(Outgoing request, Done done, std::chrono::milliseconds limit) {
    auto one = std::make_unique<One>(std::move(request), std::move(done));
    if (!may_go(one->request)) return refuse(std::move(one), "https");
    one->curl.reset(multi_ ? curl_easy_init() : nullptr);
    if (!one->curl) return refuse(std::move(one), "curl");
    one->transfer.emplace(one->request, one->curl.get());
    prepare(*one->transfer, limit);
    curl_multi_add_handle(multi_, one->curl.get());
    running_.emplace(one->curl.get(), std::move(one));
  }

  void poll(std::chrono::milliseconds wait) {
    int busy = 0;
    if (multi_) {
      curl_multi_perform(multi_, &busy);
      collect();
      if (ended_.empty()) {
        curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait.count()), nullptr);
        curl_multi_perform(multi_, &busy);
        collect();
      }
    }
    for (auto& [one, result] : std::exchange(ended_, {})) one->done(std::move(result));
  }
  void wake() {
    if (multi_) curl_multi_wakeup(multi_);
  }
  std::size_t running() const { return running_.size() + ended_.size(); }

 private:
  struct One {
    One(Outgoing r, Done d) : request(std::move(r)), done(std::move(d)) {}
    Outgoing request;
    Done done;
    std::unique_ptr<CURL, Close> curl;
    std::optional<Transfer> transfer;
  };

  void refuse(std::unique_ptr<One> one, const char* why) {
    Result<Fetched> result = failed(one->request, why);
    ended_.emplace_back(std::move(one), std::move(result));
  }

  void collect() {
    int left = 0;
    while (CURLMsg* said = curl_multi_info_read(multi_, &left)) {
      if (said->msg != CURLMSG_DONE) continue;
      const CURLcode code = said->data.result;
      const auto at = running_.find(said->easy_handle);
      if (at == running_.end()) continue;
      auto one = std::move(at->second);
      running_.erase(at);
      curl_multi_remove_handle(multi_, one->curl.get());
      auto result = outcome(*one->transfer, code);
      ended_.emplace_back(std::move(one), std::move(result));
    }
  }

  CURLM* multi_;
  std::map<CURL*, std::unique_ptr<One>> running_;
  std::vector<std::pair<std::unique_ptr<One>, Result<Fetched>>> ended_;
};

Fetches::Fetches() : impl_(std::make_unique<Impl>()) {}
Fetches::~Fetches() = default;
void Fetches::add(Outgoing request, Done done, std::chrono::milliseconds limit) {
  impl_->add(std::move(request), std::move(done), limit);
}
void Fetches::poll(std::chrono::milliseconds wait) { impl_->poll(wait); }
void Fetches::wake() { impl_->wake(); }
std::size_t Fetches::running() const { return impl_->running(); }

}  // namespace linli
