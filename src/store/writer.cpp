#include "store/writer.h"

#include <atomic>
#include <mutex>
#include <vector>

#include "base/log.h"
#include "store/checkpoints.h"

namespace linli {
namespace {

using Steady = std::chrono::steady_clock;

struct Item {
  Writer::Work work;
  Writer::Done done;
  UniqueFunction<void(Connection&)> between;  // instead of work and done
  WriteOptions options;
  Result<void> result{};
};

Result<void> call(Writer::Work& work, Tx& tx) {
  try {
    return work(tx);
  } catch (const std::exception& bug) {
    log::error("store.work_threw", {{"what", bug.what()}});
    return fail(Errc::internal);
  }
}

bool connection_lost(const Result<void>& result) {
  return !result && result.error().code == Errc::database_unreachable;
}

}  // namespace

class Writer::Impl {
 public:
  Impl(Connection connection, Options options)
      : options_(options), connection_(std::move(connection)), queue_(options.max_waiting) {
    if (options_.checkpoints && connection_.engine() == Engine::sqlite)
      checkpoints_ = std::make_unique<Checkpoints>(*options_.checkpoints, connection_);
    threads_.spawn("linli-writer", [this](std::stop_token) { loop(); });
  }

  Result<void> submit(Item item) {
    const std::size_t rows = item.options.rows;
    switch (queue_.try_push(std::move(item), rows)) {
      case Push::taken: return {};
      case Push::full: return fail(Errc::overloaded);
      case Push::closed: break;
    }
    return fail(Errc::shutting_down);
  }

  void stop() {
    queue_.close();
    threads_.stop();
  }

  Figures figures() const {
    std::lock_guard lock(figures_mutex_);
    Figures out = figures_;
    out.waiting_rows = queue_.weight();
    return out;
  }

  std::function<void(Connection&)> hook;

 private:
  void loop() {
    for (;;) {
      auto item = carried_ ? std::exchange(carried_, {}) : queue_.pop(Deadline::in(std::chrono::hours(1)));
      if (!item && queue_.finished()) return;
      if (!item) continue;
      if (item->between) item->between(connection_);
      else write_group(std::move(*item));
      if (checkpoints_) checkpoints_->between_commits();
    }
  }

  void write_group(Item first) {
    const auto started = Steady::now();
    std::vector<Item> group;
    group.push_back(std::move(first));
    auto wrote = run_group(group);
    // A connection that was lost before the commit did nothing: once more. A work that failed unguarded spoils its
    // neighbours: once more with a savepoint each.
    if (wrote == Outcome::again) {
      count([](Figures& f) { ++f.redone; });
      wrote = rerun_group(group);
    }
    if (wrote == Outcome::committed && hook) hook(connection_);
    finish(group, started, wrote == Outcome::committed);
  }

  enum class Outcome { committed, nothing, again };

  // Runs what is in the group and takes in more from the queue while there is time and room.
  Outcome run_group(std::vector<Item>& group) {
    auto tx = connection_.begin(Access::write);
    if (!tx) return refuse(group, tx.error());
    const auto until = Steady::now() + options_.gather;
    std::size_t rows = 0;
    for (std::size_t next = 0;; ++next) {
      if (next == group.size()) {
        if (rows >= options_.rows_per_commit || Steady::now() >= until || !take_more(group)) break;
      }
      Item& item = group[next];
      rows += item.options.rows;
      if (item.options.by.passed()) {
        item.result = fail(Errc::too_late);
        continue;
      }
      const bool guarded = item.options.guard == Guard::savepoint;
      item.result = guarded ? guarded_call(item, *tx) : call(item.work, *tx);
      if (connection_lost(item.result) || (!item.result && !guarded)) return Outcome::again;
    }
    return commit(group, *tx);
  }

  Outcome rerun_group(std::vector<Item>& group) {
    auto tx = connection_.begin(Access::write);
    if (!tx) return refuse(group, tx.error());
    for (Item& item : group) {
      item.result = item.options.by.passed() ? Result<void>(fail(Errc::too_late)) : guarded_call(item, *tx);
      if (connection_lost(item.result)) return refuse(group, Error(item.result.error()));
    }
    return commit(group, *tx);
  }

  static Result<void> guarded_call(Item& item, Tx& tx) {
    auto savepoint = Savepoint::make(tx);
    if (!savepoint) return tl::unexpected(std::move(savepoint).error());
    LINLI_TRY(call(item.work, tx));
    return savepoint->keep();
  }

  bool take_more(std::vector<Item>& group) {
    auto item = queue_.try_pop();
    if (!item) return false;
    if (item->between) {
      carried_ = std::move(item);  // its turn comes after this commit
      return false;
    }
    group.push_back(std::move(*item));
    return true;
  }

  static Outcome refuse(std::vector<Item>& group, const Error& error) {
    for (Item& item : group) item.result = tl::unexpected(error);
    return Outcome::nothing;
  }

  static Outcome commit(std::vector<Item>& group, Tx& tx) {
    auto committed = tx.commit();
    if (committed) return Outcome::committed;
    for (Item& item : group)
      if (item.result) item.result = committed;
    return Outcome::nothing;
  }

  void finish(std::vector<Item>& group, Steady::time_point started, bool committed) {
    const std::chrono::duration<double> took = Steady::now() - started;
    count([&](Figures& f) {
      f.commits += committed;
      f.works += group.size();
      f.commit_seconds += took.count();
      for (const Item& item : group) item.result ? f.rows += item.options.rows : ++f.failed;
    });
    const Error* told = nullptr;
    for (Item& item : group) {
      // A refusal (already_decided …) is the caller's answer; a sick database is for the log, once a group.
      if (!item.result && !told && http_status(item.result.error().code) >= 500 &&
          item.result.error().code != Errc::too_late) {
        told = &item.result.error();
        log::error("store.write_failed", *told, {{"works", group.size()}});
      }
      if (item.done) item.done(std::move(item.result));
    }
  }

  template <class F>
  void count(F change) {
    std::lock_guard lock(figures_mutex_);
    change(figures_);
  }

  const Options options_;
  Connection connection_;
  std::unique_ptr<Checkpoints> checkpoints_;
  BoundedQueue<Item> queue_;
  std::optional<Item> carried_;
  mutable std::mutex figures_mutex_;
  Figures figures_;
  TaskGroup threads_;
};

Writer::Writer(Connection connection, Options options)
    : impl_(std::make_unique<Impl>(std::move(connection), options)) {}
Writer::~Writer() { stop(); }

Result<void> Writer::submit(Work work, Done done, WriteOptions options) {
  return impl_->submit({std::move(work), std::move(done), {}, options});
}
Result<void> Writer::between(UniqueFunction<void(Connection&)> task) {
  return impl_->submit({{}, {}, std::move(task), {}});
}
void Writer::after_commit(std::function<void(Connection&)> hook) { impl_->hook = std::move(hook); }
void Writer::stop() { impl_->stop(); }
Writer::Figures Writer::figures() const { return impl_->figures(); }

// ---- Readers ----

class Readers::Impl {
 public:
  Impl(const Database& database, int threads, std::size_t max_waiting) : database_(database), queue_(max_waiting) {
    for (int i = 0; i < threads; ++i) threads_.spawn("linli-reader", [this](std::stop_token) { loop(); });
  }

  Result<void> submit(Work work, Deadline by) {
    switch (queue_.try_push({std::move(work), by})) {
      case Push::taken: return {};
      case Push::full: return fail(Errc::overloaded);
      case Push::closed: break;
    }
    return fail(Errc::shutting_down);
  }

  void stop() {
    queue_.close();
    threads_.stop();
  }

 private:
  struct Item {
    Work work;
    Deadline by;
  };

  void loop() {
    std::optional<Connection> connection;  // made when first needed, again after it was lost
    for (;;) {
      auto item = queue_.pop(Deadline::in(std::chrono::hours(1)));
      if (item) run(*item, connection);
      else if (queue_.finished()) return;
    }
  }

  void run(Item& item, std::optional<Connection>& connection) {
    try {
      if (item.by.passed()) return item.work(fail(Errc::too_late));
      if (!connection) {
        auto made = database_.connect(Access::read);
        if (!made) return item.work(tl::unexpected(std::move(made).error()));
        connection.emplace(std::move(*made));
      }
      auto tx = connection->begin(Access::read);
      if (tx) return item.work(&*tx);
      item.work(tl::unexpected(std::move(tx).error()));
    } catch (const std::exception& bug) {
      log::error("store.read_threw", {{"what", bug.what()}});
    }
  }

  const Database database_;
  BoundedQueue<Item> queue_;
  TaskGroup threads_;
};

Readers::Readers(const Database& database, int threads, std::size_t max_waiting)
    : impl_(std::make_unique<Impl>(database, threads, max_waiting)) {}
Readers::~Readers() { stop(); }
Result<void> Readers::submit(Work work, Deadline by) { return impl_->submit(std::move(work), by); }
void Readers::stop() { impl_->stop(); }

}  // namespace linli
