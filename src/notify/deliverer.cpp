#include "notify/deliverer.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/log.h"
#include "base/task_group.h"
#include "notify/posts.h"
#include "notify/push_lane.h"
#include "notify/wecom.h"

namespace linli::notify {

using namespace std::chrono_literals;
using How = Sender::Said::How;

namespace {

// What goes in one message: to the robot all that waits, to a person all that waits for them, but each emergency alone.
std::vector<std::vector<Delivery>> grouped(Way way, std::vector<Delivery> due) {
  std::ranges::stable_sort(due, {}, [](const Delivery& d) { return d.kind != Kind::emergency; });
  std::vector<std::vector<Delivery>> out;
  if (way == Way::robot) {
    out.push_back(std::move(due));
    return out;
  }
  std::map<UserId, std::size_t> of;
  for (Delivery& d : due) {
    const bool alone = way == Way::webhook || way == Way::voice || d.kind == Kind::emergency || d.kind == Kind::test;
    const auto known = alone ? of.end() : of.find(d.user);
    if (known != of.end()) {
      out[known->second].push_back(std::move(d));
      continue;
    }
    if (!alone) of.emplace(d.user, out.size());
    out.emplace_back().push_back(std::move(d));
  }
  return out;
}

std::string in_lines(const Letter& letter) {
  std::string out;
  for (const std::string& line : letter.lines) (out += out.empty() ? "" : "\n") += line;
  return out;
}

}  // namespace

class Deliverer::Impl {
 public:
  Impl(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock, const TimeZone& zone,
       const Grids& grids, Options options)
      : options_(std::move(options)),
        letters_(writer, readers, sealer, ids, clock, zone, grids,
                 {options_.console, options_.smtp.on(), options_.most_tries, options_.first_pause}, [this] { wake(); }),
        smtp_(options_.smtp) {
    if (!options_.push) return;
    const std::string contact = options_.console.starts_with("https://") ? options_.console
                                : options_.smtp.on()                     ? "mailto:" + options_.smtp.from
                                                                         : std::string();
    push_.emplace(letters_, PushLane::Options{*options_.push, contact, options_.private_too, options_.push_at_once,
                                              options_.push_limit});
  }

  void start() {
    for (const Way way : {Way::email, Way::robot, Way::webhook, Way::wecom, Way::sms, Way::voice})
      tasks_.spawn("notify-" + std::string(name(way)), [this, way](std::stop_token stop) { run(way, stop); });
    if (push_) tasks_.spawn("notify-push", [this](std::stop_token stop) { run_push(stop); });
  }
  void wake() {
    std::lock_guard lock(mutex_);
    for (auto& woken : woken_) woken = true;
    changed_.notify_all();
    push_woken_ = true;
    if (push_) push_->wake();
  }
  void stop() {
    letters_.stop();
    tasks_.stop();
  }

 private:
  void run(Way way, std::stop_token stop) {
    while (!stop.stop_requested()) {
      if (way == Way::webhook) letters_.recover();
      auto due = letters_.due(way, 200);
      if (!due) {
        log::error("notify.unreadable", due.error());
        wait(way, stop, 1s);
        continue;
      }
      if (due->empty()) {
        wait(way, stop, letters_.until_next(way));
        continue;
      }
      bool well = true;
      for (auto& group : grouped(way, *std::move(due))) {
        if (stop.stop_requested()) return;
        well = send(way, std::move(group)) && well;
      }
      if (!well) wait(way, stop, 1s);
      else if (way == Way::robot) pause(stop, options_.robot_pause);
    }
  }

  void run_push(std::stop_token stop) {
    const std::stop_callback end(stop, [this] { push_->wake(); });
    while (!stop.stop_requested()) {
      const bool woken = push_woken_.exchange(false);
      const auto wait = push_->idle() && !woken ? letters_.until_next(Way::push) : 0ms;
      if (!push_->turn(wait)) pause(stop, 1s);
    }
  }

  // False: the database did not take it, or could not be read.
  bool send(Way way, std::vector<Delivery> group) {
    auto begun = letters_.begin(std::move(group));
    if (!begun) return false;
    if (begun->empty()) return true;
    auto written = letters_.write({*begun});
    auto ways = letters_.district();
    if (!written || !ways) {
      log::error("notify.unreadable", (written ? ways.error() : written.error()));
      Letter unread;
      unread.of = *std::move(begun);
      letters_.settle(unread, {How::again, {}, {}});
      return letters_.keep(std::move(unread.of));
    }
    Letter& letter = written->front();
    const auto said = letter.gone ? std::nullopt : say(way, letter, *ways);
    if (said) letters_.settle(letter, *said);
    else letters_.settle(letter, {How::failed, {}, {}}, Letters::kOff);
    return letters_.keep(std::move(letter.of));
  }

  // None: the district has no such way any more.
  std::optional<Sender::Said> say(Way way, const Letter& letter, const DistrictWays& ways) {
    const Delivery& first = letter.of.front();
    const std::string link = letters_.link(letter), id = to_text(first.id);
    const Instant now = letters_.now();
    switch (way) {
      case Way::email: {
        if (!options_.smtp.on()) return {};
        const std::string title = cut(letter.lines.front(), 300);
        return smtp_.send({letter.to.email, title, in_lines(letter) + "\n" + link + "\n", id, now});
      }
      case Way::robot:
        if (!ways.robot.works()) return {};
        return post_robot(ways.robot.url, robot_body(letter.lines, link));
      case Way::webhook:
        if (!ways.webhook.works()) return {};
        return post_webhook(ways.webhook, id, webhook_body(first, letter.about.front(), link, now), now);
      case Way::wecom:
        if (!ways.wecom.works()) return {};
        return wecom_.send(
            ways.wecom,
            {letter.to.wecom, phrase("notify.title." + std::string(name(first.kind)), {}, letter.language),
             in_lines(letter), link},
            now);
      case Way::sms:
      case Way::voice: {
        if (!(way == Way::sms ? ways.sms() : ways.voice())) return {};
        const std::string body =
            gateway_body(ways.gateway.gateway.body, letter.to.phone, way, cut(in_lines(letter), 600));
        return post_gateway(ways.gateway, id, body, now);
      }
      case Way::in_app:
      case Way::push: break;
    }
    return {};
  }

  void wait(Way way, const std::stop_token& stop, std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    bool& woken = woken_[static_cast<std::size_t>(way)];
    changed_.wait_for(lock, stop, limit, [&] { return woken; });
    woken = false;
  }
  void pause(const std::stop_token& stop, std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, time, [] { return false; });
  }

  const Options options_;
  Letters letters_;
  Smtp smtp_;    // the e-mail thread's
  Wecom wecom_;  // the WeCom thread's
  std::optional<PushLane> push_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::array<bool, kWays> woken_{};
  std::atomic<bool> push_woken_{false};
  TaskGroup tasks_;
};

Deliverer::Deliverer(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock,
                     const TimeZone& zone, const Grids& grids, Options options)
    : impl_(std::make_unique<Impl>(writer, readers, sealer, ids, clock, zone, grids, std::move(options))) {}
Deliverer::~Deliverer() { stop(); }
void Deliverer::start() { impl_->start(); }
void Deliverer::wake() { impl_->wake(); }
void Deliverer::stop() { impl_->stop(); }

}  // namespace linli::notify
