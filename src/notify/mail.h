// E-mail by SMTP (libcurl). Blocking: on a thread of one's own.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/settings.h"
#include "channels/sender.h"

namespace linli::notify {

struct SmtpOptions {
  std::string url;  // "smtp://mail.example:587", "smtps://mail.example:465"; empty: no e-mail
  std::string user, password;
  std::string from;  // an address
  static std::vector<AnySetting> settings();
  // Error: bad_setting (url, or a url without from).
  static Result<SmtpOptions> from_settings(const Settings& settings);
  bool on() const { return !url.empty(); }
};

struct Mail {
  std::string to, subject, text;
  std::string id;  // without blanks; the same again is the same mail
  Instant at{};
};
// RFC 5322 with a body in UTF-8, lines ended by CR LF.
std::string compose(const Mail& mail, const std::string& from);

class Smtp {  // one thread
 public:
  explicit Smtp(SmtpOptions options);
  ~Smtp();
  // Within 20 s. Without TLS only to this machine. unknown: the server had the mail and did not say what became of it.
  Sender::Said send(const Mail& mail);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli::notify
