#include "notify/mail.h"

#include <curl/curl.h>
#include <fmt/chrono.h>
#include <openssl/evp.h>

#include "notify/wishes.h"

namespace linli::notify {
namespace {

using How = Sender::Said::How;

const Setting<std::string> smtp_url{
    "smtp.url",
    "",
    {},
    Restart::yes,
    "The mail server for notifications, smtp://host:587 (with STARTTLS) or smtps://host:465; empty: no e-mail. Without "
    "TLS only on this machine."};
const Setting<std::string> smtp_user{"smtp.user", "", {}, Restart::yes, "The name to sign in with at the mail server."};
const Setting<std::string> smtp_password{"smtp.password", "", {}, Restart::yes, "The password for it."};
const Setting<std::string> smtp_from{
    "smtp.from", "", {}, Restart::yes, "The address that e-mails come from, such as linli@district.example."};

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

// Encoded words of at most 75 characters each (RFC 2047): 45 bytes of text, cut between characters.
std::string encoded_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t size = std::min<std::size_t>(text.size(), 42);
    while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    if (size == 0) size = std::min<std::size_t>(text.size(), 42);
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return out;
}

bool on_this_machine(std::string_view url) {
  for (const std::string_view own : {"smtp://127.0.0.1", "smtp://localhost", "smtp://[::1]"})
    if (url.starts_with(own) && (url.size() == own.size() || url[own.size()] == ':' || url[own.size()] == '/'))
      return true;
  return false;
}

struct Close {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Upload {
  std::string_view left;
  bool all_given = false;
};
std::size_t give(char* to, std::size_t size, std::size_t count, void* from) {
  auto& upload = *static_cast<Upload*>(from);
  const std::size_t given = std::min(size * count, upload.left.size());
  upload.left.copy(to, given);
  upload.left.remove_prefix(given);
  if (upload.left.empty()) upload.all_given = true;
  return given;
}

}  // namespace

std::vector<AnySetting> SmtpOptions::settings() { return {&smtp_url, &smtp_user, &smtp_password, &smtp_from}; }

Result<SmtpOptions> SmtpOptions::from_settings(const Settings& settings) {
  SmtpOptions out{settings.get(smtp_url), settings.get(smtp_user), settings.get(smtp_password),
                  settings.get(smtp_from)};
  if (out.url.empty()) return out;
  const auto bad = [](const char* setting, const std::string& value, const char* allowed) {
    return fail(Errc::bad_setting, Where::at_field(setting),
                {{"setting", setting}, {"value", value}, {"allowed", allowed}});
  };
  if (!(out.url.starts_with("smtp://") || out.url.starts_with("smtps://")) || out.url.find('@') != out.url.npos)
    return bad("smtp.url", out.url, "smtp://host:587, smtps://host:465");
  if (!is_email(out.from)) return bad("smtp.from", out.from, "linli@district.example");
  return out;
}

std::string compose(const Mail& mail, const std::string& from) {
  const std::string host = from.substr(from.find('@') + 1);
  std::string out = fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\n",
                                fmt::gmtime(std::chrono::system_clock::to_time_t(mail.at)));
  out += "From: linli <" + from + ">\r\nTo: <" + mail.to + ">\r\nSubject: " + encoded_words(mail.subject) +
         "\r\nMessage-ID: <" + mail.id + "@" + host +
         ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
         "charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  const std::string body = base64(mail.text);
  for (std::size_t at = 0; at < body.size(); at += 76) (out += body.substr(at, 76)) += "\r\n";
  return out;
}

class Smtp::Impl {
 public:
  explicit Impl(SmtpOptions options) : options_(std::move(options)) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started == CURLE_OK) curl_.reset(curl_easy_init());
  }

  Sender::Said send(const Mail& mail) {
    if (!curl_) return {How::again, {}, "curl"};
    curl_easy_reset(curl_.get());  // the connection stays
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl_.get(), option, value); };
    const std::string words = compose(mail, options_.from), from = "<" + options_.from + ">";
    Upload upload{words};
    char why[CURL_ERROR_SIZE] = "";
    const std::unique_ptr<curl_slist, FreeList> to(curl_slist_append(nullptr, ("<" + mail.to + ">").c_str()));
    set(CURLOPT_URL, options_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, 20'000L);
    set(CURLOPT_CONNECTTIMEOUT_MS, 8'000L);
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, 10L);
    set(CURLOPT_USE_SSL, static_cast<long>(on_this_machine(options_.url) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    set(CURLOPT_ERRORBUFFER, why);
    if (!options_.user.empty()) {
      set(CURLOPT_USERNAME, options_.user.c_str());
      set(CURLOPT_PASSWORD, options_.password.c_str());
    }
    set(CURLOPT_MAIL_FROM, from.c_str());
    set(CURLOPT_MAIL_RCPT, to.get());
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, give);
    set(CURLOPT_READDATA, &upload);
    const CURLcode done = curl_easy_perform(curl_.get());
    if (done == CURLE_OK) return {How::sent, {}, {}};
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    const std::string words_of_it = *why ? why : curl_easy_strerror(done);
    if (status >= 500) return {How::failed, {}, words_of_it};
    if (status >= 400) return {How::again, {}, words_of_it};
    return {upload.all_given ? How::unknown : How::again, {}, words_of_it};
  }

 private:
  const SmtpOptions options_;
  std::unique_ptr<CURL, Close> curl_;
};

Smtp::Smtp(SmtpOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Smtp::~Smtp() = default;
Sender::Said Smtp::send(const Mail& mail) { return impl_->send(mail); }

}  // namespace linli::notify
