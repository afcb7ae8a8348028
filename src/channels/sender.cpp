#include "channels/sender.h"

#include <algorithm>
#include <boost/json.hpp>
#include <condition_variable>
#include <mutex>

#include "base/log.h"
#include "people/fetch.h"

namespace linli {

namespace json = boost::json;
using namespace std::chrono_literals;
using outgoing::Item;

class Sender::Impl {
 public:
  Impl(Writer& writer, Readers& readers, const Sealer& sealer, const Clock& clock, Ports ports, Options options)
      : writer_(writer),
        readers_(readers),
        sealer_(sealer),
        clock_(clock),
        ports_(std::move(ports)),
        options_(options) {}

  void start() {
    tasks_.spawn("sender", [this](std::stop_token stop) { run(stop); });
  }
  void wake() {
    std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_one();
  }
  void stop() { tasks_.stop(); }

 private:
  void run(std::stop_token stop) {
    while (!stop.stop_requested() && !recover()) wait(stop, 1s);
    while (!stop.stop_requested()) {
      auto due = readers_.read([&](Tx& tx) { return outgoing::due(tx, sealer_, clock_.now(), 20); }).get();
      if (!due) {
        log::error("sender.unreadable", due.error());
        wait(stop, 1s);
        continue;
      }
      bool well = true;
      for (const Item& item : *due) {
        if (stop.stop_requested()) return;
        well = send(item, stop) && well;
      }
      if (!well) wait(stop, 1s);
      else if (due->empty()) wait(stop, until_next());
    }
  }

  // What a crash left in `sending`.
  // False: the database did not answer, and nothing may be sent before it was asked.
  bool recover() {
    auto left = readers_.read([&](Tx& tx) { return outgoing::sending(tx, sealer_); }).get();
    if (!left) {
      log::error("sender.unreadable", left.error());
      return false;
    }
    for (Item item : *left) {
      const WayOut way = ports_.way(item.group);
      item.state = way.say && way.idempotent ? OutState::queued : OutState::unknown;
      item.error = item.state == OutState::unknown ? "unknown" : "";
      if (!change(item, OutState::sending)) return false;
    }
    return true;
  }

  // False: the database did not take it.
  bool send(Item item, std::stop_token stop) {
    const WayOut way = ports_.way(item.group);
    const OutState from = item.state;
    item.state = way.say ? OutState::sending : OutState::to_relay;
    bool begun = false;
    if (!change(item, from, &begun)) return false;
    if (!begun || !way.say) return true;
    Said said;
    try {
      said = way.say(item);
    } catch (const std::exception& e) {
      said = {Said::How::unknown, {}, e.what()};
    }
    take(item, said, way.idempotent);
    log::info("words.out", {{"outgoing", to_text(item.id)}, {"state", name(item.state)}, {"try", item.tries}});
    // It was said: that must be written, however long the database is away. What is not written is `sending` at the next start.
    for (auto pause = 100ms; !change(item, OutState::sending, nullptr, said.external_id);
         pause = std::min(pause * 2, 5'000ms)) {
      if (stop.stop_requested()) return false;
      std::this_thread::sleep_for(pause);
    }
    return true;
  }

  void take(Item& item, const Said& said, bool idempotent) const {
    ++item.tries;
    item.why = said.why;
    const bool more = item.tries < options_.most_tries;
    switch (said.how) {
      case Said::How::sent:
        item.state = OutState::sent;
        item.said_at = clock_.now();
        item.error.clear();
        return;
      case Said::How::again:
        item.state = more ? OutState::queued : OutState::failed;
        item.error = "not_reached";
        break;
      case Said::How::failed:
        item.state = OutState::failed;
        item.error = "refused";
        return;
      case Said::How::unknown:
        item.state = idempotent ? more ? OutState::queued : OutState::failed : OutState::unknown;
        item.error = idempotent ? "not_reached" : "unknown";
        break;
    }
    item.due_at = clock_.now() + options_.first_pause * (1 << std::min(item.tries - 1, 6));
  }

  // False: the database did not take it. `begun`: to begin with it is asked whether it is still wanted; set to whether it is
  // and stood as thought.
  bool change(const Item& item, OutState from, bool* begun = nullptr, const std::string& external_id = {}) {
    auto written = writer_
                       .write([&](Tx& tx) -> Result<bool> {
                         if (begun) {
                           auto wanted = ports_.still_wanted(tx, item);
                           if (!wanted || !*wanted) return wanted;
                         }
                         auto changed = outgoing::change(tx, sealer_, item, from);
                         if (!changed || !*changed) return changed;
                         if (!external_id.empty()) LINLI_TRY(outgoing::set_external_id(tx, item.id, external_id));
                         LINLI_TRY(ports_.changed(tx, item));
                         return true;
                       })
                       .get();
    if (!written) log::error("sender.unwritten", written.error());
    if (begun) *begun = written && *written;
    return written.has_value();
  }

  std::chrono::milliseconds until_next() {
    auto next = readers_.read([&](Tx& tx) { return outgoing::next_due(tx); }).get();
    if (!next || !*next) return 60s;
    return std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(**next - clock_.now()), 10ms, 60'000ms);
  }

  void wait(std::stop_token stop, std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, limit, [&] { return woken_; });
    woken_ = false;
  }

  Writer& writer_;
  Readers& readers_;
  const Sealer& sealer_;
  const Clock& clock_;
  const Ports ports_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ = false;
  TaskGroup tasks_;
};

Sender::Sender(Writer& writer, Readers& readers, const Sealer& sealer, const Clock& clock, Ports ports, Options options)
    : impl_(std::make_unique<Impl>(writer, readers, sealer, clock, std::move(ports), options)) {}
Sender::~Sender() { stop(); }
void Sender::start() { impl_->start(); }
void Sender::wake() { impl_->wake(); }
void Sender::stop() { impl_->stop(); }

Sender::Said post_words(const Channel& channel, const std::string& group, const Item& item, Instant now) {
  using How = Sender::Said::How;
  const std::string id = to_text(item.id);
  json::object data{{"id", id}, {"group", group}, {"text", item.words.text}};
  if (!item.words.quotes.empty()) data["reply_to"] = item.words.quotes;
  const std::string body =
      json::serialize(json::object{{"type", "message.send"}, {"timestamp", format_time(now)}, {"data", data}});
  const std::string at = std::to_string(now.time_since_epoch() / 1s);
  Outgoing request{.url = channel.send_url, .body = body};
  request.headers = {"content-type: application/json", "webhook-id: " + id, "webhook-timestamp: " + at};
  if (!channel.secrets.empty())
    request.headers.push_back("webhook-signature: " + sign(channel.secrets[0], id, at, body));
  auto answer = fetch(request);
  if (!answer) {
    std::string why;
    for (const auto& [key, value] : answer.error().args)
      if (key == "why") why = value;
    return {How::unknown, {}, why};  // it may have arrived
  }
  if (answer->status >= 200 && answer->status < 300) {
    json::error_code broken;
    const json::value said = json::parse(answer->body, broken);
    const json::value* given = !broken && said.is_object() ? said.as_object().if_contains("id") : nullptr;
    return {
        How::sent, given && given->is_string() ? std::string(given->as_string().subview(0, 200)) : std::string(), {}};
  }
  const bool later = answer->status == 429 || answer->status >= 500;
  return {later ? How::again : How::failed, {}, "HTTP " + std::to_string(answer->status)};
}

}  // namespace linli
