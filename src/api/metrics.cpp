#include "api/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

#include "api/services.h"
#include "api/stream.h"

namespace linli::api {

class Metrics::Impl {
 public:
  void answered(std::string_view route, std::string_view method, int status, std::chrono::microseconds took) {
    requests_.Add({{"route", std::string(route)}, {"method", std::string(method)}, {"status", std::to_string(status)}})
        .Increment();
    seconds_
        .Add({{"route", std::string(route)}},
             prometheus::Histogram::BucketBoundaries{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5})
        .Observe(std::chrono::duration<double>(took).count());
  }

  std::string text(const Services& services) {
    std::lock_guard lock(mutex_);  // counters are moved up by their difference
    intake(services.intake.figures());
    writer(services.writer.figures());
    if (services.placing) placing(services.placing());
    if (server) http(server());
    gauge("linli_stream_clients", "Open event streams")
        .Set(services.stream ? static_cast<double>(services.stream->listeners()) : 0);
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

  std::function<Server::Figures()> server;

 private:
  template <class N>
  void count(const char* name, const char* help, N now, const prometheus::Labels& labels = {}) {
    auto& counter = prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add(labels);
    counter.Increment(static_cast<double>(now) - counter.Value());
  }
  prometheus::Gauge& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add({});
  }

  void intake(const Intake::Figures& f) {
    constexpr const char* name = "linli_intake_messages_total";
    constexpr const char* help = "Messages that came in, by what became of them";
    count(name, help, f.fresh, {{"outcome", "new"}});
    count(name, help, f.known, {{"outcome", "known"}});
    count(name, help, f.refused, {{"outcome", "refused"}});
    for (const auto reason : {Intake::Drop::one_to_one, Intake::Drop::not_admitted, Intake::Drop::too_many_groups,
                              Intake::Drop::opted_out}) {
      count(name, help, f.dropped[static_cast<std::size_t>(reason)], {{"outcome", std::string(linli::name(reason))}});
    }
    count("linli_intake_deliveries_total", "Posts of messages", f.deliveries);
    count("linli_intake_overloaded_total", "Posts that were answered 503", f.overloaded);
    count("linli_intake_bad_signature_total", "Posts with a wrong signature", f.bad_signature);
    gauge("linli_intake_waiting", "Messages between arrival and commit").Set(static_cast<double>(f.waiting));
  }

  void writer(const Writer::Figures& f) {
    count("linli_writer_commits_total", "Transactions that were committed", f.commits);
    count("linli_writer_rows_total", "Rows that were written", f.rows);
    count("linli_writer_failed_total", "Works that failed", f.failed);
    count("linli_writer_commit_seconds_total", "Time in transactions", f.commit_seconds);
    gauge("linli_writer_waiting_rows", "Rows that wait for their transaction").Set(static_cast<double>(f.waiting_rows));
  }

  void placing(const Placing::Figures& f) {
    count("linli_placing_placed_total", "Messages that found their place", f.placed);
    count("linli_placing_opened_total", "Leads that were opened", f.opened);
    count("linli_placing_failed_writes_total", "Transactions of placing that failed", f.failed_writes);
    gauge("linli_placing_waiting", "Committed messages that wait for their place").Set(static_cast<double>(f.waiting));
    gauge("linli_placing_lag_seconds", "From arrival to the durable lead, oldest of the latest batch")
        .Set(static_cast<double>(f.lag_ms) / 1000);
  }

  void http(const Server::Figures& f) {
    gauge("linli_http_connections", "Open connections").Set(static_cast<double>(f.connections));
    gauge("linli_http_waiting_calls", "Calls that wait for their answer").Set(static_cast<double>(f.waiting_calls));
    gauge("linli_http_body_bytes", "Bytes of bodies in memory").Set(static_cast<double>(f.body_bytes));
    count("linli_http_turned_away_total", "Connections beyond the limit", f.turned_away);
  }

  std::mutex mutex_;
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_ = prometheus::BuildCounter()
                                                           .Name("linli_http_requests_total")
                                                           .Help("Answers by route and status")
                                                           .Register(registry_);
  prometheus::Family<prometheus::Histogram>& seconds_ = prometheus::BuildHistogram()
                                                            .Name("linli_http_request_seconds")
                                                            .Help("From the head of a request to its answer")
                                                            .Register(registry_);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;
void Metrics::answered(std::string_view route, std::string_view method, int status, std::chrono::microseconds took) {
  impl_->answered(route, method, status, took);
}
void Metrics::server(std::function<Server::Figures()> figures) { impl_->server = std::move(figures); }
std::string Metrics::text(const Services& services) { return impl_->text(services); }

}  // namespace linli::api
