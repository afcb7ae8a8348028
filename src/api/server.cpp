#include "api/server.h"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "api/http_wire.h"
#include "base/log.h"

namespace linli::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using asio::awaitable;
using boost::system::error_code;

constexpr auto use = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kChunk = 64 << 10;
constexpr std::size_t kDrained = 8u << 20;  // of a body that nobody wanted
constexpr std::chrono::seconds kDrainTime{2};

// Arguments of coroutines have names: g++ 12 destroys temporaries in a co_await expression twice.
const Request kNoRequest;

}  // namespace

class Server::Impl {
 public:
  Impl(Application& application, ServerOptions options)
      : application_(application), options_(std::move(options)), acceptor_(io_), ended_(io_) {}

  ~Impl() { stop(Deadline::in(std::chrono::seconds(10))); }

  Result<void> start() {
    error_code ec;
    const auto address = asio::ip::make_address(options_.address, ec);
    if (ec) return fail(Errc::bad_setting, Where::at("listen"), {{"value", options_.address}, {"setting", "listen"}});
    const tcp::endpoint endpoint(address, options_.port);
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(512, ec);
    if (ec) {
      return fail(Errc::port_taken, Where::at("listen"),
                  {{"address", options_.address}, {"port", std::to_string(options_.port)}, {"reason", ec.message()}});
    }
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "http");
      io_.run();
    });
    return {};
  }

  std::uint16_t port() const { return port_; }

  void post(UniqueFunction<void()> task) {
    asio::post(io_, [task = std::move(task)]() mutable { task(); });
  }

  void stop(Deadline by) {
    std::lock_guard lock(stopping_mutex_);
    if (!thread_.joinable()) return;
    asio::post(io_, [this, by] { begin_stop(by); });
    thread_.join();
    // What still sits in the context (posted answers, frames of coroutines) goes with it; nothing of it runs any more.
  }

  Figures figures() const { return {connections_, streams_, waiting_, bodies_, accepted_, turned_away_}; }

 private:
  struct Connection {
    explicit Connection(tcp::socket socket) : stream(std::move(socket)), wake(stream.get_executor()) {
      error_code ec;
      peer = stream.socket().remote_endpoint(ec);
      stream.socket().set_option(tcp::no_delay(true), ec);
    }
    beast::tcp_stream stream;
    asio::steady_timer wake;  // an answer or an event is there: cancelled
    tcp::endpoint peer;
    beast::flat_buffer buffer;
    bool busy = false;  // between a request's head and the end of its answer
  };

  // What a call's reply shares with the connection that waits for it.
  struct Waiting {
    std::optional<Response> response;
    std::weak_ptr<Connection> connection;
  };

  awaitable<void> accept() {
    while (!stopping_) {
      auto [ec, socket] = co_await acceptor_.async_accept(use);
      if (ec == asio::error::operation_aborted || stopping_) co_return;
      if (ec) {  // no file descriptors left, for instance: connections will end
        asio::steady_timer pause(io_, std::chrono::milliseconds(50));
        co_await pause.async_wait(use);
        continue;
      }
      ++accepted_;
      auto connection = std::make_shared<Connection>(std::move(socket));
      if (connections_ >= options_.max_connections) {
        ++turned_away_;
        asio::co_spawn(io_, turn_away(std::move(connection)), asio::detached);
        continue;
      }
      ++connections_;
      open_.push_back(connection);
      const auto here = std::prev(open_.end());
      asio::co_spawn(io_, serve(connection), [this, here](std::exception_ptr failure) {
        if (failure) log_exception(failure);
        open_.erase(here);
        --connections_;
        if (stopping_ && open_.empty()) ended_.cancel();
      });
    }
  }

  static void log_exception(const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      log::error("http.connection_failed", {{"what", e.what()}});
    } catch (...) {
      log::error("http.connection_failed");
    }
  }

  awaitable<void> turn_away(std::shared_ptr<Connection> c) {
    Response response = application_.refusal({Errc::overloaded, {}, {}}, kNoRequest);
    co_await answer(*c, std::move(response), kNoRequest, false);
    co_await close(*c);
  }

  awaitable<void> serve(std::shared_ptr<Connection> c) {
    while (!stopping_) {
      if (!co_await first_byte(*c)) break;
      c->busy = true;
      const bool keep = co_await one_request(c);
      c->busy = false;
      if (!keep) break;
    }
    co_await close(*c);
  }

  awaitable<bool> first_byte(Connection& c) {
    if (c.buffer.size() > 0) co_return true;
    c.stream.expires_after(options_.idle);
    auto [ec, size] = co_await c.stream.async_read_some(c.buffer.prepare(4096), use);
    c.buffer.commit(size);
    co_return !ec;
  }

  // True: the connection stays for the next one.
  awaitable<bool> one_request(std::shared_ptr<Connection> c) {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(options_.max_head));
    parser.body_limit(boost::none);  // set when the route is known
    c->stream.expires_after(options_.head_within);
    auto [ec, size] = co_await http::async_read_header(c->stream, c->buffer, parser, use);
    if (ec) co_return co_await refuse_broken(*c, ec);

    const auto began = std::chrono::steady_clock::now();
    Request request = request_of(parser, c->peer);
    const bool keep = parser.keep_alive();
    const auto done = [&](int status) {
      application_.answered(
          request, status,
          std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began));
    };
    auto decided = application_.head(request);
    if (auto* early = std::get_if<Response>(&decided)) {
      done(early->status);
      const bool unread = !parser.is_done() && (parser.chunked() || parser.content_length().value_or(0) > 0);
      const bool stays = keep && !unread && !stopping_;
      co_return co_await answer(*c, std::move(*early), request, stays) && stays;
    }

    const std::size_t limit = std::get<std::size_t>(decided);
    auto refused = co_await read_body(*c, parser, limit, request);
    if (refused) {
      done(refused->status);
      co_await answer(*c, std::move(*refused), request, false);
      co_return false;
    }
    const std::size_t held = parser.get().body().size();
    bodies_ += held;
    request.body = std::move(parser.get().body());
    Request outline;  // what is needed of it after the call
    outline.method = request.method;
    outline.path = request.path;
    outline.id = request.id;
    Response response = co_await call(c, std::move(request));
    bodies_ -= held;
    request = std::move(outline);
    done(response.status);
    if (response.feed) {
      co_await stream_events(c, std::move(response), request);
      co_return false;
    }
    const bool stays = keep && !stopping_;
    co_return co_await answer(*c, std::move(response), request, stays) && stays;
  }

  // Nothing: the body is there. Else what to answer before closing.
  awaitable<std::optional<Response>> read_body(Connection& c, Parser& parser, std::size_t limit,
                                               const Request& request) {
    const std::size_t told = parser.content_length().value_or(parser.chunked() ? limit : 0);
    if (told > limit)
      co_return application_.refusal({Errc::body_too_large, {}, {{"max", std::to_string(limit)}}}, request);
    if (waiting_ >= options_.max_waiting_calls || (told > 0 && bodies_ >= options_.max_bodies)) {
      co_return application_.refusal({Errc::overloaded, {}, {}}, request);
    }
    if (parser.is_done()) co_return std::nullopt;
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      c.stream.expires_after(options_.write_within);
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(c.stream, asio::buffer(kContinue), use);
    }
    parser.body_limit(limit);
    c.stream.expires_after(options_.body_within);
    // What has come is charged, not what was announced: who sends slowly, or nothing, holds no room that others need.
    std::size_t come = 0;
    bool fits = true;
    error_code ec;
    while (!ec && fits && !parser.is_done()) {
      std::size_t size = 0;
      std::tie(ec, size) = co_await http::async_read_some(c.stream, c.buffer, parser, use);
      const std::size_t now = parser.get().body().size();
      bodies_ += now - come;
      come = now;
      fits = bodies_ <= options_.max_bodies;
    }
    bodies_ -= come;
    if (!fits) co_return application_.refusal({Errc::overloaded, {}, {}}, request);
    if (!ec) co_return std::nullopt;
    if (ec == http::error::body_limit) {
      co_return application_.refusal({Errc::body_too_large, {}, {{"max", std::to_string(limit)}}}, request);
    }
    co_return application_.refusal({Errc::bad_request, {}, {}}, request);
  }

  // Hands the request over and waits for its answer.
  awaitable<Response> call(std::shared_ptr<Connection> c, Request request) {
    auto waiting = std::make_shared<Waiting>();
    waiting->connection = c;
    Request outline;
    outline.id = request.id;
    ++waiting_;
    c->stream.expires_never();
    application_.call(std::move(request), Reply([this, waiting](Response response) {
                        asio::post(io_, [waiting, response = std::make_shared<Response>(std::move(response))] {
                          waiting->response = std::move(*response);
                          if (auto connection = waiting->connection.lock()) connection->wake.cancel();
                        });
                      }));
    c->wake.expires_after(options_.answer_within);
    while (!waiting->response && c->wake.expiry() > std::chrono::steady_clock::now()) co_await c->wake.async_wait(use);
    --waiting_;
    waiting->connection.reset();
    if (!waiting->response) co_return application_.refusal({Errc::too_late, {}, {}}, outline);
    co_return std::move(*waiting->response);
  }

  awaitable<bool> answer(Connection& c, Response response, const Request& request, bool keep) {
    const std::string head = head_text(response, request, keep, false);
    std::string_view body = response.fixed.empty() ? std::string_view(response.body) : response.fixed;
    if (request.method == Method::head || response.status == 204 || response.status == 304) body = {};
    std::array<asio::const_buffer, 2> first{asio::buffer(head), asio::buffer(body.substr(0, kChunk))};
    c.stream.expires_after(options_.write_within);
    auto [ec, size] = co_await asio::async_write(c.stream, first, use);
    // The time is for progress, not for the whole: a slow line may take a large file in its own time.
    for (std::size_t at = kChunk; !ec && at < body.size(); at += kChunk) {
      c.stream.expires_after(options_.write_within);
      std::tie(ec, size) = co_await asio::async_write(c.stream, asio::buffer(body.substr(at, kChunk)), use);
    }
    co_return !ec;
  }

  awaitable<bool> refuse_broken(Connection& c, error_code ec) {
    // Silence and broken lines are no requests; everything else is told.
    if (ec == http::error::end_of_stream || ec == asio::error::eof || ec == asio::error::connection_reset ||
        ec == asio::error::operation_aborted || ec == http::error::partial_message || ec == beast::error::timeout) {
      co_return false;
    }
    Response response = application_.refusal({Errc::bad_request, {}, {}}, kNoRequest);
    if (ec == http::error::header_limit) response.status = 431;
    application_.answered(kNoRequest, response.status, {});
    co_await answer(c, std::move(response), kNoRequest, false);
    co_return false;
  }

  awaitable<void> stream_events(std::shared_ptr<Connection> c, Response response, Request request) {
    ++streams_;
    std::string out = head_text(response, request, false, true);
    const std::shared_ptr<Feed> feed = std::move(response.feed);
    feed->on_wake([weak = std::weak_ptr<Connection>(c)] {
      if (auto connection = weak.lock()) connection->wake.cancel();
    });
    bool more = true;
    while (more && !stopping_) {
      more = feed->take(out);
      if (!out.empty()) {
        c->stream.expires_after(options_.write_within);
        auto [ec, size] = co_await asio::async_write(c->stream, asio::buffer(out), use);
        if (ec) break;
        out.clear();
        if (out.capacity() > kChunk) out.shrink_to_fit();
        continue;
      }
      if (!more) break;
      c->wake.expires_after(options_.heartbeat);
      auto [ec] = co_await c->wake.async_wait(use);
      if (!ec) out = ": \n\n";  // nobody woke us
    }
    feed->on_wake({});
    --streams_;
  }

  // Says that nothing more comes, and listens for a moment: closing on unread bytes would reset the line and destroy the
  // answer that the client is about to read.
  awaitable<void> close(Connection& c) {
    error_code ec;
    c.stream.socket().shutdown(tcp::socket::shutdown_send, ec);
    if (!ec && !stopping_) {
      char sink[4096];
      c.stream.expires_after(kDrainTime);
      for (std::size_t drained = 0; drained < kDrained;) {
        auto [failed, size] = co_await c.stream.async_read_some(asio::buffer(sink), use);
        if (failed) break;
        drained += size;
      }
    }
    c.stream.close();
  }

  void begin_stop(Deadline by) {
    stopping_ = true;
    error_code ec;
    acceptor_.close(ec);
    for (auto& connection : open_) {
      if (connection->busy) connection->wake.cancel();  // ends streams; calls look whether their answer is there
      else connection->stream.cancel();
    }
    asio::co_spawn(io_, wait_for_end(by), asio::detached);
  }

  awaitable<void> wait_for_end(Deadline by) {
    if (!open_.empty()) {
      ended_.expires_at(by.at());
      co_await ended_.async_wait(use);
    }
    io_.stop();
  }

  Application& application_;
  const ServerOptions options_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer ended_;  // cancelled when the last connection of a stopping server goes
  std::list<std::shared_ptr<Connection>> open_;
  bool stopping_ = false;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> connections_{0}, streams_{0}, waiting_{0}, bodies_{0};
  std::atomic<std::uint64_t> accepted_{0}, turned_away_{0};
  std::mutex stopping_mutex_;
  std::thread thread_;
};

Server::Server(Application& application, ServerOptions options)
    : impl_(std::make_unique<Impl>(application, std::move(options))) {}
Server::~Server() = default;
Result<void> Server::start() { return impl_->start(); }
std::uint16_t Server::port() const { return impl_->port(); }
void Server::post(UniqueFunction<void()> task) { impl_->post(std::move(task)); }
void Server::stop(Deadline by) { impl_->stop(by); }
Server::Figures Server::figures() const { return impl_->figures(); }

}  // namespace linli::api
