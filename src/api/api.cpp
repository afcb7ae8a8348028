#include "api/api.h"

#include <algorithm>
#include <charconv>

#include "api/console.h"
#include "api/metrics.h"
#include "api/origin.h"
#include "api/public_guard.h"
#include "api/router.h"
#include "api/stream.h"
#include "people/holdings.h"

namespace linli::api {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; object-src "
    "'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

void protect(Response& response, const Request& request) {
  const auto put = [&](std::string_view name, std::string_view value) {
    for (const auto& header : response.headers) {
      if (header.first == name) return;
    }
    response.headers.emplace_back(name, value);
  };
  put("content-security-policy", kPolicy);
  put("x-content-type-options", "nosniff");
  put("referrer-policy", "no-referrer");
  put("cross-origin-opener-policy", "same-origin");
  put("cross-origin-resource-policy", "same-origin");
  put("cache-control", "no-store");
  if (request.secure) put("strict-transport-security", "max-age=31536000");
}

Language language_of(const Request& request) { return language_from_header(request.header("accept-language")); }

// The token of "Authorization: Bearer …". Other schemes are a proxy's own and none of ours.
std::optional<std::string_view> bearer_of(const Request& request) {
  constexpr std::string_view scheme = "bearer";
  const std::string_view header = request.header("authorization");
  if (header.size() < scheme.size() || (header.size() > scheme.size() && header[scheme.size()] != ' ')) return {};
  for (std::size_t i = 0; i < scheme.size(); ++i)
    if ((header[i] | 0x20) != scheme[i]) return {};
  return header.substr(std::min(header.size(), scheme.size() + 1));
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

}  // namespace

const Setting<std::string> Api::listen_setting{
    "listen", "127.0.0.1:8080", {}, Restart::yes, "ADDRESS:PORT of the console and the API; port 0: any free one."};
const Setting<std::vector<std::string>> Api::names_setting{
    "http.names",
    {},
    {},
    Restart::yes,
    "Host names by which people reach linli, beside localhost. Requests for others are refused."};
const Setting<std::vector<std::string>> Api::trusted_proxies_setting{
    "proxy.trusted",
    {},
    {},
    Restart::yes,
    "Addresses of proxies in front of linli whose X-Forwarded-For and X-Forwarded-Proto are believed."};
const Setting<std::int64_t> Api::max_connections_setting{
    "http.max_connections", 2'000, {10, 100'000}, Restart::yes, "Open connections; more are answered 503."};

const Setting<std::string> Api::residents_url_setting{"residents.url",
                                                      "",
                                                      {},
                                                      Restart::yes,
                                                      "Where residents reach their pages, on a domain of the "
                                                      "district's own (https://…/r/). Empty: words to them carry no "
                                                      "link."};

std::span<const AnySetting> Api::settings() {
  static const AnySetting all[] = {&residents_url_setting, &listen_setting, &names_setting, &trusted_proxies_setting,
                                   &max_connections_setting};
  return all;
}

Result<Api::Options> Api::Options::from(const Settings& settings, const std::string& listen) {
  const std::string where = listen.empty() ? settings.get(listen_setting) : listen;
  Options options;
  const std::size_t colon = where.rfind(':');
  std::string address = where.substr(0, colon == where.npos ? 0 : colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  const std::string_view port = colon == where.npos ? std::string_view{} : std::string_view(where).substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), options.server.port);
  if (address.empty() || port.empty() || error != std::errc{} || end != port.data() + port.size()) {
    return fail(Errc::bad_setting, Where::at_field("listen"),
                {{"setting", "listen"}, {"value", where}, {"allowed", "ADDRESS:PORT"}});
  }
  options.server.address = address == "localhost" ? "127.0.0.1" : address;
  options.server.max_connections = static_cast<std::size_t>(settings.get(max_connections_setting));
  options.names = settings.get(names_setting);
  options.trusted_proxies = settings.get(trusted_proxies_setting);
  return options;
}

class Api::Impl final : public Application {
 public:
  Impl(Services& services, Outbox& outbox, Options options)
      : services_(services),
        options_(std::move(options)),
        loopback_(is_loopback(options_.server.address)),
        public_guard_(services.clock, services.sealer),
        server_(*this, options_.server),
        stream_(outbox, services.readers, services.sealer, services.clock, Labels{services.groups, services.grids},
                [this](UniqueFunction<void()> task) { server_.post(std::move(task)); }) {
    services_.stream = &stream_;
    services_.public_guard = &public_guard_;
    services_.post = [this](UniqueFunction<void()> task) { server_.post(std::move(task)); };
    services_.metrics.server([this] { return server_.figures(); });
  }
  ~Impl() override { stop(Deadline::in(std::chrono::seconds(10))); }

  Result<void> start() {
    auto loaded = services_.readers.read([this](Tx& tx) { return public_guard_.load(tx); }).get();
    if (!loaded) return tl::unexpected(std::move(loaded).error());
    LINLI_TRY(stream_.start());
    return server_.start();
  }
  std::uint16_t port() const { return server_.port(); }
  void stop(Deadline by) {
    server_.stop(by);
    stream_.stop();
  }

  // ---- Application ----

  std::variant<Response, std::size_t> head(Request& request) override {
    take_forwarded(request, options_.trusted_proxies);
    if (!host_is_ours(request.header("host"), loopback_, options_.names))
      return refusal({Errc::not_allowed, Where::at_field("host"), {}}, request);
    if (!origin_is_ours(request)) return refusal({Errc::not_allowed, Where::at_field("origin"), {}}, request);

    auto found = find_route(routes(), request.method, request.path);
    if (auto* none = std::get_if<NoMatch>(&found)) return without_route(*none, request);
    const Match& match = std::get<Match>(found);
    // Who cannot have a session need not send a body.
    if (needs_session(*match.route)) {
      const bool key = bearer_of(request).has_value();
      if (key && match.route->caller == Caller::person) return refusal({Errc::needs_person, {}, {}}, request);
      if (!key && request.cookie("linli_session").empty()) return refusal({Errc::not_signed_in, {}, {}}, request);
    }
    return match.route->body_limit;
  }

  void call(Request request, Reply reply) override {
    auto found = find_route(routes(), request.method, request.path);
    auto& match = std::get<Match>(found);
    request.params = std::move(match.params);
    const Route& route = *match.route;
    const Language language = language_of(request);
    Call call(services_, std::move(request), protecting(std::move(reply), request_outline(request)));
    call.language = language;
    if (!needs_session(route) && (route.caller != Caller::local || call.request.local))
      return handle(route, std::move(call));
    if (bearer_of(call.request)) with_key(route, std::move(call));
    else with_session(route, std::move(call));
  }

  Response refusal(const Error& error, const Request& request) override {
    Response response = problem(error, language_of(request), request.id);
    protect(response, request);
    return response;
  }

  void answered(const Request& request, int status, std::chrono::microseconds took) override {
    const auto found = find_route(routes(), request.method, request.path);
    const auto* match = std::get_if<Match>(&found);
    const std::string_view route = match ? match->route->path : "other";
    services_.metrics.answered(route, api::name(request.method), status, took);
    const Line line = status >= 500 ? Line(log::warn) : status >= 400 ? Line(log::info) : Line(log::debug);
    line_of(line, request, route, status, took);
  }

 private:
  using Line = void (*)(std::string_view, log::Fields);
  static void line_of(Line line, const Request& request, std::string_view route, int status,
                      std::chrono::microseconds took) {
    line("http.answered", {{"request", request.id},
                           {"method", api::name(request.method)},
                           {"route", route},
                           {"status", status},
                           {"millis", static_cast<double>(took.count()) / 1000}});
  }

 private:
  Response without_route(const NoMatch& none, const Request& request) {
    if (!none.allowed.empty()) {
      Response response = refusal({Errc::method_not_allowed, {}, {{"allowed", none.allowed}}}, request);
      response.headers.emplace_back("allow", none.allowed);
      return response;
    }
    if (safe(request.method)) {
      if (auto page = console_.page(request)) {
        protect(*page, request);
        return *std::move(page);
      }
    }
    return refusal({Errc::not_found, {}, {}}, request);
  }

  // What protect() looks at.
  static Request request_outline(const Request& request) {
    Request outline;
    outline.secure = request.secure;
    return outline;
  }

  static Reply protecting(Reply reply, Request outline) {
    return Reply([reply = std::move(reply), outline = std::move(outline)](Response response) mutable {
      protect(response, outline);
      reply(std::move(response));
    });
  }

  // Back on the I/O thread with the session, or refused.
  void with_session(const Route& route, Call call) {
    call.session_token = call.request.cookie("linli_session");
    if (call.session_token.empty()) return call.fail({Errc::not_signed_in, {}, {}});
    auto shared = std::make_shared<Call>(std::move(call));
    auto taken = services_.readers.submit([this, &route, shared](Result<Tx*> tx) {
      if (!tx) return shared->fail(tx.error());
      auto session =
          sessions::find(**tx, shared->session_token, services_.clock.now(), services_.zone.day(services_.clock.now()));
      if (!session) return shared->fail(session.error());
      if (!*session) return shared->fail({Errc::not_signed_in, {}, {}});
      if (const auto own = parse_language((*session)->user.locale)) shared->language = *own;
      if (needs_csrf(route) && !sessions::csrf_matches(shared->session_token, shared->request.header("x-csrf-token"))) {
        return shared->fail({Errc::csrf, {}, {}});
      }
      if (route.right && !(*session)->actor.may(*route.right)) return shared->fail({Errc::not_allowed, {}, {}});
      shared->session = *std::move(*session);
      note_seen(*shared->session);
      server_.post([&route, shared] { handle(route, std::move(*shared)); });
    });
    if (!taken) shared->fail(taken.error());
  }

  // The same with an API key. A cookie that came along is not looked at.
  void with_key(const Route& route, Call call) {
    auto shared = std::make_shared<Call>(std::move(call));
    auto taken = services_.readers.submit([this, &route, shared](Result<Tx*> tx) {
      if (!tx) return shared->fail(tx.error());
      const Instant now = services_.clock.now();
      auto key = api_keys::find(**tx, *bearer_of(shared->request), now);
      if (!key) return shared->fail(key.error());
      if (!*key) return shared->fail({Errc::bad_api_key, {}, {}});
      auto holder = api_keys::holder(**tx, **key);
      if (!holder) return shared->fail(holder.error());
      if (!*holder) return shared->fail({Errc::bad_api_key, {}, {}});
      auto actor = holdings::actor(**tx, **holder, services_.zone.day(now));
      if (!actor) return shared->fail(actor.error());
      if (route.right && !actor->may(*route.right)) return shared->fail({Errc::not_allowed, {}, {}});
      shared->session = Session{**std::move(holder), *std::move(actor), (*key)->expires_at};
      shared->api_key = **std::move(key);
      if (api_keys::should_note_use(*shared->api_key, now))
        (void)services_.writer.submit(
            [id = shared->api_key->id, now](Tx& wtx) { return api_keys::note_use(wtx, id, now); }, [](Result<void>) {});
      server_.post([&route, shared] { handle(route, std::move(*shared)); });
    });
    if (!taken) shared->fail(taken.error());
  }

  // Now and then, and nobody waits for it.
  void note_seen(const Session& session) {
    const Instant now = services_.clock.now();
    if (now - session.last_seen_at < sessions::kSeenEvery) return;
    (void)services_.writer.submit([id = session.id, now](Tx& tx) { return sessions::seen(tx, id, now); },
                                  [](Result<void>) {});
  }

  static void handle(const Route& route, Call call) {
    try {
      route.handle(std::move(call));  // a call that goes without its answer is answered 500
    } catch (const std::exception& e) {
      log::error("http.handler_failed", {{"route", route.path}, {"what", e.what()}});
    }
  }

  Services& services_;
  const Options options_;
  const bool loopback_;
  const Console console_;
  PublicGuard public_guard_;
  Server server_;
  Stream stream_;
};

Api::Api(Services& services, Outbox& outbox, Options options)
    : impl_(std::make_unique<Impl>(services, outbox, std::move(options))) {}
Api::~Api() = default;
Result<void> Api::start() { return impl_->start(); }
std::uint16_t Api::port() const { return impl_->port(); }
void Api::stop(Deadline by) { impl_->stop(by); }

}  // namespace linli::api
