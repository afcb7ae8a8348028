// All changes of the database go through the Writer: one thread with the one writing connection. Works that wait together
// share one transaction and one sync of the disk (group commit), in the order of their submission; each is all or nothing
// on its own. Done is called after the durable commit, never before: written before said.
//
// Readers is the other half: a few connections with their own threads for queries, so that the I/O threads never wait for
// the database.
#pragma once
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <type_traits>

#include "base/bounded_queue.h"
#include "base/deadline.h"
#include "base/result.h"
#include "base/task_group.h"
#include "base/unique_function.h"
#include "store/database.h"

namespace linli {

// How a work stands beside the others in its transaction.
//   savepoint  may fail halfway: undone alone.
//   bare       hardly ever fails; saves the savepoint. When it fails after all, the whole transaction is rolled back and
//              every work of it is run again, each in a savepoint.
enum class Guard { savepoint, bare };

struct WriteOptions {
  std::size_t rows = 1;  // about how many it writes: its weight in the queue and in the commit
  Guard guard = Guard::savepoint;
  Deadline by = Deadline::in(std::chrono::seconds(30));  // still waiting then: too_late, and nothing is done
};

class Writer {
 public:
  struct Options {
    std::size_t max_waiting = 60'000;  // rows in the queue; more: overloaded
    std::size_t rows_per_commit = 5'000;
    std::chrono::milliseconds gather{5};  // a transaction takes in what arrives while it runs, up to this long;
                                          // nothing ever waits for company
    std::optional<Database> checkpoints;  // SQLite: move the log beside the commits (store/checkpoints.h)
  };
  // MAY BE CALLED TWICE (Guard::bare, lost connection): it overwrites what it gives out and touches nothing else but the
  // transaction. It never commits or rolls back. An error that it returns undoes it and goes to Done.
  // It must not throw; what it throws is taken for Errc::internal.
  using Work = UniqueFunction<Result<void>(Tx&)>;
  // On the writer's thread: quick, never blocking (post it to where it belongs). Called exactly once for each taken work.
  using Done = UniqueFunction<void(Result<void>)>;

  Writer(Connection connection, Options options);
  ~Writer();  // stop()

  // Any thread. Errors at once, and Done is not called: overloaded, shutting_down.
  Result<void> submit(Work work, Done done, WriteOptions options = {});

  // The same with a future, for threads that may wait: `work` is Result<T>(Tx&).
  template <class F>
  auto write(F work, WriteOptions options = {}) -> std::future<std::invoke_result_t<F&, Tx&>>;

  // Called on the writer's thread after each commit, before the Dones of its works; with the idle connection, so that the
  // outbox can number what was committed. Before the first submit.
  void after_commit(std::function<void(Connection&)> hook);

  // Runs on the writer's thread between two transactions (checkpoint, VACUUM, backup step).
  Result<void> between(UniqueFunction<void(Connection&)> task);

  // Finishes everything taken, then ends. submit() answers shutting_down from the first moment. Twice is once.
  void stop();

  struct Figures {  // for /metrics; since the start
    std::uint64_t commits = 0, works = 0, rows = 0, failed = 0, redone = 0;
    std::size_t waiting_rows = 0;
    double commit_seconds = 0;  // sum over commits, from begin to durable
  };
  Figures figures() const;  // any thread

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

class Readers {
 public:
  using Work = UniqueFunction<void(Result<Tx*>)>;  // the transaction (a snapshot), or why there is none

  Readers(const Database& database, int threads = 2, std::size_t max_waiting = 1'000);
  ~Readers();  // stop()

  // Any thread. `work` runs on a reader's thread and does its own answering; the snapshot ends when it returns.
  // Still waiting at the deadline: it is called with too_late. Errors at once: overloaded, shutting_down.
  Result<void> submit(Work work, Deadline by = Deadline::in(std::chrono::seconds(10)));

  // `work` is Result<T>(Tx&).
  template <class F>
  auto read(F work, Deadline by = Deadline::in(std::chrono::seconds(10))) -> std::future<std::invoke_result_t<F&, Tx&>>;

  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// ---- implementation of the templates ----

template <class F>
auto Writer::write(F work, WriteOptions options) -> std::future<std::invoke_result_t<F&, Tx&>> {
  using R = std::invoke_result_t<F&, Tx&>;
  struct Shared {
    std::promise<R> promise;
    std::optional<R> result;
  };
  auto shared = std::make_shared<Shared>();
  auto future = shared->promise.get_future();
  auto taken = submit(
      [shared, work = std::move(work)](Tx& tx) mutable -> Result<void> {
        shared->result.emplace(work(tx));
        if (!*shared->result) return tl::unexpected(shared->result->error());
        return {};
      },
      [shared](Result<void> done) {
        if (!done) shared->promise.set_value(tl::unexpected(std::move(done).error()));
        else shared->promise.set_value(std::move(*shared->result));
      },
      options);
  if (!taken) shared->promise.set_value(tl::unexpected(std::move(taken).error()));
  return future;
}

template <class F>
auto Readers::read(F work, Deadline by) -> std::future<std::invoke_result_t<F&, Tx&>> {
  using R = std::invoke_result_t<F&, Tx&>;
  auto promise = std::make_shared<std::promise<R>>();
  auto future = promise->get_future();
  auto taken = submit(
      [promise, work = std::move(work)](Result<Tx*> tx) mutable {
        if (!tx) promise->set_value(tl::unexpected(std::move(tx).error()));
        else promise->set_value(work(**tx));
      },
      by);
  if (!taken) promise->set_value(tl::unexpected(std::move(taken).error()));
  return future;
}

}  // namespace linli
