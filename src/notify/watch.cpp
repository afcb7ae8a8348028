#include "notify/watch.h"

#include <condition_variable>
#include <map>
#include <mutex>

#include "base/log.h"
#include "notify/alarms.h"
#include "notify/case_promise.h"
#include "notify/circle.h"
#include "notify/promise_steps.h"

namespace linli::notify {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kLeads = 2'000;  // in one transaction: between them intake goes on
constexpr std::size_t kTold = 500;
constexpr auto kKnownFor = 10s;

}  // namespace

class Watch::Impl {
 public:
  Impl(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock, const TimeZone& zone,
       const Grids& grids, bool email, std::function<void()> queued)
      : writer_(writer),
        readers_(readers),
        sealer_(sealer),
        ids_(ids),
        clock_(clock),
        zone_(zone),
        grids_(grids),
        email_(email),
        queued_(std::move(queued)) {}

  void start(Outbox& outbox) {
    listening_ = outbox.listen([this] {
      std::lock_guard lock(mutex_);
      woken_ = true;
      changed_.notify_one();
    });
    tasks_.spawn("promise-watch", [this](std::stop_token stop) {
      while (!stop.stop_requested()) {
        if (auto done = tick(); !done && done.error().code != Errc::shutting_down)
          log::error("promise.watch_failed", done.error());
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, 1s, [this] { return woken_; });
        woken_ = false;
        lock.unlock();
        if (!stop.stop_requested()) std::this_thread::sleep_for(200ms);  // a burst of events is one look
      }
    });
  }
  void stop() {
    listening_.reset();
    tasks_.stop();
  }

  Result<Done> tick() {
    Done done;
    struct Due {
      std::optional<PromiseTime> time;
      bool steps = false, untold = false, alarms = false, cases = false;
    };
    auto due = readers_
                   .read([&](Tx& tx) -> Result<Due> {
                     Due out;
                     auto time = promise_time(tx, zone_);
                     if (!time) return tl::unexpected(std::move(time).error());
                     auto steps = promise_steps::any_due(tx, *time, clock_.now());
                     if (!steps) return tl::unexpected(std::move(steps).error());
                     auto untold = promise_steps::any_untold(tx);
                     if (!untold) return tl::unexpected(std::move(untold).error());
                     auto alarms = alarms::any_due(tx, clock_.now());
                     if (!alarms) return tl::unexpected(std::move(alarms).error());
                     auto case_steps = case_promise::any_due(tx, *time, clock_.now());
                     if (!case_steps) return tl::unexpected(std::move(case_steps).error());
                     auto case_untold = case_promise::any_untold(tx);
                     if (!case_untold) return tl::unexpected(std::move(case_untold).error());
                     out = {std::move(*time), *steps, *untold, *alarms, *case_steps || *case_untold};
                     return out;
                   })
                   .get();
    if (!due) return tl::unexpected(std::move(due).error());
    if (due->alarms) LINLI_TRY(ring(done));
    if (due->steps) LINLI_TRY(record(*due->time, done));
    if (due->untold || done.steps > 0) LINLI_TRY(tell_steps(*due->time, done));
    if (due->cases) LINLI_TRY(follow_cases(*due->time, done));
    return done;
  }

 private:
  Context context() const { return {sealer_, ids_, zone_, email_, clock_.now()}; }

  Result<void> ring(Done& done) {
    for (bool more = true; more;) {
      auto rung = writer_.write([&](Tx& tx) { return alarms::ring(tx, context(), *grids_.tree()); }).get();
      if (!rung) return tl::unexpected(std::move(rung).error());
      done.rung += static_cast<std::size_t>(rung->rung);
      done.again += static_cast<std::size_t>(rung->again);
      if (rung->to_send && queued_) queued_();
      if (rung->rung + rung->again > 0)
        log::warn("promise.rung", {{"leads", rung->rung}, {"again", rung->again}, {"over", rung->over}});
      more = rung->more;
    }
    return {};
  }

  Result<void> record(const PromiseTime& time, Done& done) {
    for (std::size_t moved = kLeads; moved == kLeads;) {
      auto recorded = writer_
                          .write(
                              [&](Tx& tx) {
                                const auto tree = grids_.tree();
                                const Instant now = clock_.now();
                                forget_circles(tree, now);
                                return promise_steps::record(tx, *tree, time, now, kLeads, &known_);
                              },
                              {.rows = kLeads, .guard = Guard::bare})
                          .get();
      if (!recorded) return tl::unexpected(std::move(recorded).error());
      moved = recorded->leads;
      done.steps += recorded->steps;
    }
    return {};
  }

  // Those filed by hand are few: recorded and told in one transaction. The one who has a case is told first.
  Result<void> follow_cases(const PromiseTime& time, Done& done) {
    bool to_send = false;
    auto followed = writer_
                        .write(
                            [&](Tx& tx) -> Result<promise_steps::Recorded> {
                              to_send = false;
                              auto recorded = case_promise::record(tx, *grids_.tree(), time, clock_.now(), kTold);
                              if (!recorded) return recorded;
                              auto untold = case_promise::take_untold(tx, kTold);
                              if (!untold) return tl::unexpected(std::move(untold).error());
                              const Context now = context();
                              const auto tree = grids_.tree();
                              Circles circles(tx, *tree, time.calendar(), zone_, now.now);
                              std::map<Kind, std::vector<Telling>> tellings;
                              for (const auto& one : *untold) {
                                auto around = circles.at(one.grid_path);
                                if (!around) return tl::unexpected(std::move(around).error());
                                Circle circle = (*around)->circle;
                                if (one.assignee) circle.claimed_by = one.assignee;
                                tellings[kind_of(one.step)].push_back(
                                    {LeadId{one.one.value}, whom_to_tell(circle, kind_of(one.step))});
                              }
                              for (const auto& [kind, cases] : tellings) {
                                auto sent = tell(tx, now, kind, 0, cases);
                                if (!sent) return tl::unexpected(std::move(sent).error());
                                to_send = to_send || *sent;
                              }
                              return recorded;
                            },
                            {.rows = kTold, .guard = Guard::bare})
                        .get();
    if (!followed) return tl::unexpected(std::move(followed).error());
    done.steps += followed->steps;
    if (to_send && queued_) queued_();
    return {};
  }

  Result<void> tell_steps(const PromiseTime& time, Done& done) {
    for (std::size_t taken = kTold; taken >= kTold;) {
      bool to_send = false;
      std::size_t told = 0;
      auto told_now = writer_
                          .write(
                              [&](Tx& tx) -> Result<std::size_t> {
                                to_send = false;
                                told = 0;
                                return tell_some(tx, time, to_send, told);
                              },
                              {.rows = kTold, .guard = Guard::bare})
                          .get();
      if (!told_now) return tl::unexpected(std::move(told_now).error());
      taken = *told_now;
      done.told += told;
      if (to_send && queued_) queued_();
    }
    return {};
  }

  Result<std::size_t> tell_some(Tx& tx, const PromiseTime& time, bool& to_send, std::size_t& told) {
    auto untold = promise_steps::take_untold(tx, kTold);
    if (!untold) return tl::unexpected(std::move(untold).error());
    const Context now = context();
    const auto tree = grids_.tree();
    Circles circles(tx, *tree, time.calendar(), zone_, now.now);
    forget_circles(tree, now.now);
    circles.know(std::move(known_));
    known_.clear();
    std::map<Kind, std::vector<Telling>> tellings;
    for (const auto& one : untold->first) {
      auto around = circles.at(one.grid_path);
      if (!around) return tl::unexpected(std::move(around).error());
      Circle circle = (*around)->circle;
      if (one.step == PromiseStep::amber) {
        auto by = tx.value<UserId>("SELECT user_id FROM claims WHERE lead_id = $1 AND until > $2", {one.lead, now.now});
        if (!by) return tl::unexpected(std::move(by).error());
        circle.claimed_by = *by;
      }
      const Kind kind = kind_of(one.step);
      tellings[kind].push_back({one.lead, whom_to_tell(circle, kind)});
    }
    for (const auto& [kind, leads] : tellings) {
      auto sent = tell(tx, now, kind, 0, leads);
      if (!sent) return tl::unexpected(std::move(sent).error());
      to_send = to_send || *sent;
      told += leads.size();
    }
    known_ = circles.take();
    return untold->second;
  }

  // Rosters change by the hour: what was read some seconds ago still holds, in the same tree.
  void forget_circles(const std::shared_ptr<const GridTree>& tree, Instant now) {
    if (tree == known_tree_ && now >= known_at_ && now < known_at_ + kKnownFor) return;
    known_.clear();
    known_at_ = now;
    known_tree_ = tree;
  }

  Writer& writer_;
  Readers& readers_;
  const Sealer& sealer_;
  IdSource& ids_;
  const Clock& clock_;
  const TimeZone& zone_;
  const Grids& grids_;
  const bool email_;
  const std::function<void()> queued_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ = false;
  std::unique_ptr<Outbox::Listener> listening_;
  // The writer's thread's: who stands round which grid, for steps; emergencies look anew.
  Circles::Known known_;
  Instant known_at_{};
  std::shared_ptr<const GridTree> known_tree_;
  TaskGroup tasks_;
};

Watch::Watch(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock,
             const TimeZone& zone, const Grids& grids, bool email, std::function<void()> queued)
    : impl_(std::make_unique<Impl>(writer, readers, sealer, ids, clock, zone, grids, email, std::move(queued))) {}
Watch::~Watch() { stop(); }
void Watch::start(Outbox& outbox) { impl_->start(outbox); }
void Watch::stop() { impl_->stop(); }
Result<Watch::Done> Watch::tick() { return impl_->tick(); }

}  // namespace linli::notify
