#include "notify/deliverer.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/log.h"
#include "notify/circle.h"
#include "notify/posts.h"
#include "people/users.h"

namespace linli::notify {

using namespace std::chrono_literals;
using How = Sender::Said::How;

class Deliverer::Impl {
 public:
  Impl(Writer& writer, Readers& readers, const Sealer& sealer, const Clock& clock, const TimeZone& zone,
       const Grids& grids, Options options)
      : writer_(writer),
        readers_(readers),
        sealer_(sealer),
        clock_(clock),
        zone_(zone),
        grids_(grids),
        options_(std::move(options)),
        smtp_(options_.smtp) {}

  void start() {
    for (const Way way : {Way::email, Way::robot, Way::webhook})
      tasks_.spawn("notify-" + std::string(name(way)), [this, way](std::stop_token stop) { run(way, stop); });
  }
  void wake() {
    std::lock_guard lock(mutex_);
    for (auto& woken : woken_) woken = true;
    changed_.notify_all();
  }
  void stop() { tasks_.stop(); }

 private:
  // A delivery with what its words need.
  struct Ready {
    Delivery delivery;
    About about;
    int count = 1;
    std::string email;
    Language language = Language::zh;
  };

  void run(Way way, std::stop_token stop) {
    while (!stop.stop_requested()) {
      if (way == Way::webhook) recover();
      auto due = readers_.read([&](Tx& tx) { return deliveries::due(tx, sealer_, way, clock_.now(), 200); }).get();
      if (!due) {
        log::error("notify.unreadable", due.error());
        wait(way, stop, 1s);
        continue;
      }
      if (due->empty()) {
        wait(way, stop, until_next(way));
        continue;
      }
      bool well = true;
      if (way == Way::robot) well = robot(*due);
      else
        for (Delivery& d : *due) {
          if (stop.stop_requested()) return;
          well = one(way, d) && well;
        }
      if (!well) wait(way, stop, 1s);
      else if (way == Way::robot) pause(stop, options_.robot_pause);
    }
  }

  void recover() {
    auto done = writer_.write([&](Tx& tx) { return deliveries::recover(tx, clock_.now()); }).get();
    if (!done && done.error().code != Errc::shutting_down) log::error("notify.unwritten", done.error());
  }

  // False: the database did not take it, or could not be read.
  bool one(Way way, Delivery d) {
    const auto begun = begin_all({d});
    if (!begun) return false;
    if (begun->empty()) return true;
    d = begun->front();
    auto ready = prepare(d);
    if (!ready) return finish({d}, {How::again, {}, {}}, ready.error().code == Errc::not_found ? "off" : "not_reached");
    Sender::Said said;
    const std::string link = notify::link(options_.console, ready->about);
    if (way == Way::email) {
      const std::string words = line(d, ready->about, ready->count, zone_, ready->language);
      said = smtp_.send({ready->email, cut(words, 300), words + "\n" + link + "\n", to_text(d.id), clock_.now()});
    } else {
      auto ways = readers_.read([&](Tx& tx) { return district_ways(tx, sealer_); }).get();
      if (!ways) return finish({d}, {How::again, {}, {}}, "not_reached");
      if (!ways->webhook.works()) return finish({d}, {How::failed, {}, {}}, "off");
      said =
          post_webhook(ways->webhook, to_text(d.id), webhook_body(d, ready->about, link, clock_.now()), clock_.now());
    }
    return finish({d}, said);
  }

  // All that wait, in one message.
  bool robot(std::vector<Delivery> due) {
    auto ways = readers_.read([&](Tx& tx) { return district_ways(tx, sealer_); }).get();
    if (!ways) return false;
    std::ranges::stable_sort(due, {}, [](const Delivery& d) { return d.kind != Kind::emergency; });
    auto begun = begin_all(due);
    if (!begun) return false;
    if (begun->empty()) return true;
    std::vector<std::string> lines;
    About only;
    for (const Delivery& d : *begun) {
      auto ready = prepare(d);
      if (!ready) return finish(*begun, {How::again, {}, {}}, "not_reached");
      lines.push_back(line(d, ready->about, ready->count, zone_, Language::zh));
      only = lines.size() == 1 ? ready->about : About{};
    }
    if (!ways->robot.works()) return finish(*begun, {How::failed, {}, {}}, "off");
    return finish(*begun, post_robot(ways->robot.url, robot_body(lines, link(options_.console, only))));
  }

  // Those that are ours to send now. None: the database did not take it.
  std::optional<std::vector<Delivery>> begin_all(const std::vector<Delivery>& due) {
    auto begun = writer_
                     .write([&](Tx& tx) -> Result<std::vector<Delivery>> {
                       std::vector<Delivery> mine;
                       for (Delivery d : due) {
                         auto taken = deliveries::begin(tx, d, clock_.now());
                         if (!taken) return tl::unexpected(std::move(taken).error());
                         if (*taken) mine.push_back(std::move(d));
                       }
                       return mine;
                     })
                     .get();
    if (begun) return *std::move(begun);
    if (begun.error().code != Errc::shutting_down) log::error("notify.unwritten", begun.error());
    return {};
  }

  // Error: not_found, where the person has no address any more or is no colleague any more.
  Result<Ready> prepare(const Delivery& d) {
    return readers_
        .read([&](Tx& tx) -> Result<Ready> {
          Ready out;
          out.delivery = d;
          std::string path;
          LINLI_TRY(tx.first("SELECT grid_path, category, urgency, asked_at FROM leads WHERE id = $1", {d.subject},
                             [&](const Row& row) {
                               out.about.lead = LeadId{d.subject};
                               path = row.get<std::string>(0);
                               out.about.category = row.get<std::string>(1);
                               out.about.urgency = row.get<int>(2);
                               out.about.asked_at = row.get<Instant>(3);
                             }));
          // Filed by hand, or a unit's answer: the subject is a case.
          if (!out.about.lead)
            LINLI_TRY(tx.first(
                "SELECT grid_path, CASE WHEN confidential = 1 THEN '' ELSE category END, urgency, opened_at FROM cases "
                "WHERE id = $1",
                {d.subject}, [&](const Row& row) {
                  out.about.one = CaseId{d.subject};
                  path = row.get<std::string>(0);
                  out.about.category = row.get<std::string>(1);
                  out.about.urgency = row.get<int>(2);
                  out.about.asked_at = row.get<Instant>(3);
                }));
          const auto tree = grids_.tree();
          if (const Grid* grid = grid_of_path(*tree, path)) out.about.grid_name = grid->name;
          if (!out.about.lead && !out.about.one) {
            auto count = tx.value<int>("SELECT count FROM notifications WHERE id = $1", {d.subject});
            if (!count) return tl::unexpected(std::move(count).error());
            out.count = count->value_or(1);
          }
          if (d.way != Way::email) return out;
          auto wants = wishes(tx, sealer_, d.user);
          if (!wants) return tl::unexpected(std::move(wants).error());
          auto user = users::find(tx, d.user);
          if (!user) return tl::unexpected(std::move(user).error());
          if (!*user || wants->email.empty() || !wants->email_on) return fail(Errc::not_found);
          out.email = wants->email;
          out.language = parse_language((*user)->locale).value_or(Language::zh);
          return out;
        })
        .get();
  }

  // What came of one call.
  bool finish(std::vector<Delivery> said_of, const Sender::Said& said, std::string_view reason = {}) {
    for (Delivery& d : said_of) {
      take(d, said, reason);
      log::info("notify.out",
                {{"delivery", to_text(d.id)}, {"way", name(d.way)}, {"state", name(d.state)}, {"try", d.tries}});
    }
    // It was said: that must be written. What is not is `sending` at the next start.
    for (auto wait = 100ms;; wait = std::min(wait * 2, 5'000ms)) {
      auto written = writer_
                         .write([&](Tx& tx) -> Result<bool> {
                           for (const Delivery& d : said_of) LINLI_TRY(deliveries::end(tx, sealer_, d));
                           return true;
                         })
                         .get();
      if (written) return true;
      if (written.error().code == Errc::shutting_down || stopping()) return false;
      log::error("notify.unwritten", written.error());
      std::this_thread::sleep_for(wait);
    }
  }

  void take(Delivery& d, const Sender::Said& said, std::string_view reason) const {
    const Instant now = clock_.now();
    d.why = said.why;
    d.reason = reason;
    d.due_at = now;
    d.done_at = now;
    const bool more = d.tries < options_.most_tries && reason != "off";
    switch (said.how) {
      case How::sent: d.state = DeliveryState::sent; break;
      case How::again:
        d.state = more ? DeliveryState::queued : DeliveryState::failed;
        if (d.reason.empty()) d.reason = "not_reached";
        if (!more) break;
        d.done_at.reset();
        d.due_at = now + options_.first_pause * (1 << std::min(d.tries - 1, 6));
        break;
      case How::failed:
        d.state = DeliveryState::failed;
        if (d.reason.empty()) d.reason = "refused";
        break;
      case How::unknown:
        d.state = DeliveryState::unknown;
        d.reason = "unknown";
        break;
    }
  }

  bool stopping() {
    std::lock_guard lock(mutex_);
    return stopping_;
  }

  std::chrono::milliseconds until_next(Way way) {
    auto next = readers_.read([&](Tx& tx) { return deliveries::next_due(tx, way); }).get();
    if (!next || !*next) return 30s;
    return std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(**next - clock_.now()), 10ms, 30'000ms);
  }

  void wait(Way way, const std::stop_token& stop, std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    bool& woken = woken_[static_cast<std::size_t>(way)];
    changed_.wait_for(lock, stop, limit, [&] { return woken; });
    woken = false;
    if (stop.stop_requested()) stopping_ = true;
  }
  void pause(const std::stop_token& stop, std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, time, [] { return false; });
  }

  Writer& writer_;
  Readers& readers_;
  const Sealer& sealer_;
  const Clock& clock_;
  const TimeZone& zone_;
  const Grids& grids_;
  const Options options_;
  Smtp smtp_;  // the e-mail thread's
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::array<bool, kWays> woken_{};
  bool stopping_ = false;
  TaskGroup tasks_;
};

Deliverer::Deliverer(Writer& writer, Readers& readers, const Sealer& sealer, const Clock& clock, const TimeZone& zone,
                     const Grids& grids, Options options)
    : impl_(std::make_unique<Impl>(writer, readers, sealer, clock, zone, grids, std::move(options))) {}
Deliverer::~Deliverer() { stop(); }
void Deliverer::start() { impl_->start(); }
void Deliverer::wake() { impl_->wake(); }
void Deliverer::stop() { impl_->stop(); }

}  // namespace linli::notify
