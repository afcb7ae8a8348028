// The whole of the HTTP interface: server, routes, sessions, live feed, console. Every request comes by here: from where,
// which route, who is calling, may they; then its handler.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "api/server.h"
#include "api/services.h"
#include "base/settings.h"
#include "store/outbox.h"

namespace linli::api {

class Api {
 public:
  static const Setting<std::string> listen_setting;                        // listen
  static const Setting<std::vector<std::string>> names_setting;            // http.names
  static const Setting<std::vector<std::string>> trusted_proxies_setting;  // proxy.trusted
  static const Setting<std::int64_t> max_connections_setting;              // http.max_connections
  static const Setting<std::string> residents_url_setting;                 // residents.url
  static std::span<const AnySetting> settings();

  struct Options {
    ServerOptions server;
    std::vector<std::string> names;            // host names by which people reach it, beside localhost
    std::vector<std::string> trusted_proxies;  // addresses whose X-Forwarded-For and -Proto are believed
    // `listen` "ADDRESS:PORT" ("[::1]:8080") wins over the setting; empty: the setting. Error: bad_setting.
    static Result<Options> from(const Settings& settings, const std::string& listen = {});
  };

  // `services` and `outbox` outlive it; services.stream and services.post are set here.
  Api(Services& services, Outbox& outbox, Options options);
  ~Api();  // stop()

  Result<void> start();
  std::uint16_t port() const;
  // Stops accepting, answers what was asked until the deadline, ends the streams. Before intake, writer and readers stop.
  void stop(Deadline by = Deadline::in(std::chrono::seconds(10)));

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli::api
