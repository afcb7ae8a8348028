#include "webhooks/feed.h"

#include <algorithm>
#include <atomic>
#include <map>

#include "base/log.h"
#include "base/task_group.h"
#include "notify/telling.h"
#include "people/fetch.h"
#include "webhooks/event.h"

namespace linli::webhooks {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kEvents = 500;  // read at a time
constexpr auto kLook = 30s;           // also when nothing woke it

}  // namespace

class Feed::Impl {
 public:
  Impl(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock, const TimeZone& zone,
       const Grids& grids, Options options, std::function<void()> queued)
      : writer_(writer),
        readers_(readers),
        sealer_(sealer),
        ids_(ids),
        clock_(clock),
        zone_(zone),
        grids_(grids),
        options_(std::move(options)),
        queued_(std::move(queued)) {}

  void start(Outbox& outbox) {
    listening_ = outbox.listen([this] { wake(); });
    tasks_.spawn("webhooks", [this](std::stop_token stop) { run(stop); });
  }
  void wake() {
    woken_ = true;
    fetches_.wake();
  }
  void stop() {
    listening_.reset();
    tasks_.stop();
  }

 private:
  void run(std::stop_token stop) {
    const std::stop_callback end(stop, [this] { fetches_.wake(); });
    while (!stop.stop_requested()) {
      woken_ = false;
      bool more = take_events();
      more = send_due() || more;
      fetches_.poll(more || woken_ ? 0ms : fetches_.running() > 0 ? 200ms : until_next());
      keep();
    }
  }

  // Whether there may be more at once.
  bool take_events() {
    auto known = readers_.read([&](Tx& tx) { return all(tx, sealer_); }).get();
    if (!known) return unread(known.error());
    std::erase_if(*known, [](const Webhook& w) { return w.state != State::on || w.waiting >= kMostWaiting; });
    bool more = false;
    for (const Webhook& w : *known) {
      auto full = take_events_of(w);
      if (!full) return unread(full.error());
      more = more || *full;
    }
    return more;
  }

  Result<bool> take_events_of(const Webhook& w) {
    Position& seen = seen_[w.id];
    seen = std::max(seen, w.cursor);
    const auto tree = grids_.tree();
    const Grid* grid = w.grid ? tree->find(w.grid) : nullptr;
    if (w.grid && !grid) return false;  // its grid is no more
    const std::string path = grid ? grid->path : std::string();
    struct Taken {
      std::vector<Sending> fresh;
      Position last = 0;
      bool full = false;
    };
    auto taken = readers_
                     .read([&](Tx& tx) -> Result<Taken> {
                       Taken out;
                       auto events = Outbox::after(tx, seen, kEvents);
                       if (!events) return tl::unexpected(std::move(events).error());
                       out.full = events->size() == kEvents;
                       out.last = events->empty() ? seen : events->back().position;
                       for (const Event& event : *events) {
                         if (!wants(w, path, event)) continue;
                         auto body = cloud_event(tx, sealer_, *tree, event, path, options_.source);
                         if (!body) return tl::unexpected(std::move(body).error());
                         if (!*body) continue;
                         Sending s;
                         s.webhook = w.id;
                         s.event_id = event_id(event);
                         s.kind = event.kind;
                         s.body = **std::move(body);
                         out.fresh.push_back(std::move(s));
                       }
                       return out;
                     })
                     .get();
    if (!taken) return tl::unexpected(std::move(taken).error());
    if (taken->last == seen) return false;
    // Nothing of what came is for it: the cursor is written only now and then.
    if (taken->fresh.empty() && taken->last - w.cursor < static_cast<Position>(kEvents)) {
      seen = taken->last;
      return taken->full;
    }
    const Instant now = clock_.now();
    auto written = writer_
                       .write([&](Tx& tx) -> Result<bool> {
                         for (Sending s : taken->fresh) {
                           s.id = ids_.draw<SendingId>();
                           s.at = s.due_at = now;
                           LINLI_TRY(sendings::add(tx, s));
                         }
                         LINLI_TRY(set_cursor(tx, w.id, taken->last));
                         return true;
                       })
                       .get();
    if (!written) return tl::unexpected(std::move(written).error());
    seen = taken->last;
    return taken->full;
  }

  bool send_due() {
    if (fetches_.running() >= kAtOnce) return false;
    const Instant now = clock_.now();
    if (now >= recovered_ + 30s || now < recovered_) {
      recovered_ = now;
      auto again = writer_.write([&](Tx& tx) { return sendings::recover(tx, now); }).get();
      if (!again) return unread(again.error());
    }
    auto due = readers_.read([&](Tx& tx) { return sendings::due(tx, sealer_, now, 500); }).get();
    if (!due) return unread(due.error());
    std::map<WebhookId, std::size_t> busy = running_;
    std::erase_if(*due, [&](const Sending& s) { return ++busy[s.webhook] > kPerWebhook; });
    if (due->size() > kAtOnce) due->resize(kAtOnce);
    if (due->empty()) return false;
    auto hooks = readers_.read([&](Tx& tx) { return all(tx, sealer_); }).get();
    if (!hooks) return unread(hooks.error());
    auto begun = writer_
                     .write([&](Tx& tx) -> Result<std::vector<Sending>> {
                       std::vector<Sending> mine;
                       for (Sending s : *due) {
                         auto taken = sendings::begin(tx, s, now);
                         if (!taken) return tl::unexpected(std::move(taken).error());
                         if (*taken) mine.push_back(std::move(s));
                       }
                       return mine;
                     })
                     .get();
    if (!begun) return unread(begun.error());
    for (Sending& s : *begun) {
      const auto hook = std::ranges::find(*hooks, s.webhook, &Webhook::id);
      if (hook != hooks->end()) send(*hook, std::move(s), now);
    }
    return false;
  }

  void send(const Webhook& w, Sending s, Instant now) {
    const std::string at = std::to_string(now.time_since_epoch() / 1s);
    std::string signature = sign(w.secret, s.event_id, at, s.body);
    if (w.old_secret && w.old_until && now < *w.old_until)
      signature += ' ' + sign(*w.old_secret, s.event_id, at, s.body);
    Outgoing request{.url = w.url, .body = s.body};
    request.headers = {"content-type: application/cloudevents+json; charset=utf-8", "webhook-id: " + s.event_id,
                       "webhook-timestamp: " + at, "webhook-signature: " + signature, "expect:"};
    request.outside = !options_.private_too;
    request.near = options_.private_too;
    ++running_[s.webhook];
    fetches_.add(
        std::move(request),
        [this, s](Result<Fetched> answer) {
          if (--running_[s.webhook] == 0) running_.erase(s.webhook);
          settle(s, answer);
        },
        options_.limit);
  }

  void settle(Sending s, const Result<Fetched>& answer) {
    const Instant now = clock_.now();
    bool gone = false;
    milliseconds asked{0};
    s.status.reset();
    s.why.clear();
    if (answer) {
      s.status = answer->status;
      gone = answer->status == 410;
      if (answer->status == 429 || answer->status == 502 || answer->status == 503 || answer->status == 504)
        asked = std::min<milliseconds>(answer->retry_after, 24h);
    } else {
      for (const auto& [key, value] : answer.error().args)
        if (key == "why") s.why = value;
    }
    s.due_at = now;
    s.done_at = now;
    if (answer && answer->status / 100 == 2) {
      s.state = SendingState::sent;
    } else {
      const auto pause =
          gone || s.kind == kTestKind ? std::nullopt : options_.pause(s.tries, static_cast<std::uint64_t>(s.id.value));
      s.state = pause ? SendingState::queued : SendingState::dead;
      if (pause) {
        s.due_at = now + std::max(*pause, asked);
        s.done_at.reset();
      }
    }
    log::info("webhook.out", {{"webhook", to_text(s.webhook)},
                              {"event", s.event_id},
                              {"state", name(s.state)},
                              {"status", s.status.value_or(0)},
                              {"try", s.tries}});
    ended_.push_back(std::move(s));
  }

  // What came of the calls, in one transaction; what is not written is sent again.
  void keep() {
    if (ended_.empty()) return;
    bool told = false;
    auto written = writer_
                       .write([&](Tx& tx) -> Result<bool> {
                         told = false;
                         for (const Sending& s : ended_) {
                           LINLI_TRY(sendings::end(tx, sealer_, s));
                           if (s.state != SendingState::dead || s.kind == kTestKind) continue;
                           auto broken = give_up(tx, s.webhook);
                           if (!broken) return broken;
                           if (!*broken) continue;
                           log::warn("webhook.given_up", {{"webhook", to_text(s.webhook)}});
                           const notify::Context context{sealer_, ids_, zone_, options_.email, clock_.now()};
                           auto to_send = notify::tell_administrators(tx, context, *grids_.tree(),
                                                                      notify::Kind::webhook_off, s.id.value);
                           if (!to_send) return to_send;
                           told = told || *to_send;
                         }
                         return true;
                       })
                       .get();
    if (!written) {
      unread(written.error());
      return;
    }
    ended_.clear();
    if (told && queued_) queued_();
  }

  milliseconds until_next() {
    auto next = readers_.read([&](Tx& tx) { return sendings::next_due(tx); }).get();
    if (!next) return 1s;
    if (!*next) return kLook;
    return std::clamp(std::chrono::duration_cast<milliseconds>(**next - clock_.now()), 10ms, milliseconds(kLook));
  }

  bool unread(const Error& error) {
    if (error.code != Errc::shutting_down) log::error("webhooks.stuck", error);
    fetches_.poll(1s);
    return false;
  }

  Writer& writer_;
  Readers& readers_;
  const Sealer& sealer_;
  IdSource& ids_;
  const Clock& clock_;
  const TimeZone& zone_;
  const Grids& grids_;
  const Options options_;
  const std::function<void()> queued_;
  std::atomic<bool> woken_{false};
  std::unique_ptr<Outbox::Listener> listening_;
  // The thread's:
  std::map<WebhookId, Position> seen_;
  std::map<WebhookId, std::size_t> running_;
  std::vector<Sending> ended_;
  Instant recovered_{};
  Fetches fetches_;
  TaskGroup tasks_;
};

Feed::Feed(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock,
           const TimeZone& zone, const Grids& grids, Options options, std::function<void()> queued)
    : impl_(std::make_unique<Impl>(writer, readers, sealer, ids, clock, zone, grids, std::move(options),
                                   std::move(queued))) {}
Feed::~Feed() { stop(); }
void Feed::start(Outbox& outbox) { impl_->start(outbox); }
void Feed::wake() { impl_->wake(); }
void Feed::stop() { impl_->stop(); }

}  // namespace linli::webhooks
