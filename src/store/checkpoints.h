// SQLite: moves what was committed from the write-ahead log into the database beside the writer, on a thread and a
// connection of its own, so that hardly a commit waits for it. Commits are durable in the log already; a crash at any
// moment of this loses nothing.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/task_group.h"
#include "store/database.h"

namespace linli {

class Checkpoints {
 public:
  // `writing`: the writer's connection, which outlives this and commits by one thread.
  Checkpoints(const Database& database, Connection& writing);
  ~Checkpoints();
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;

  // On the writer's thread, between two transactions. The log begins anew only when all of it was moved, which a busy
  // writer never leaves time for: when it has grown too long, what is left of it is moved here. While the other thread is at
  // it, the writer goes on, up to a length at which it waits: the log is bounded, however slow the disk (only a reader with
  // an old snapshot keeps it from beginning anew).
  void between_commits();

 private:
  void loop(std::stop_token stop);
  void committed(int pages);  // on the writer's thread, within the commit

  const Database database_;
  Connection& writing_;
  std::mutex moving_;  // one of the two threads moves at a time
  std::mutex mutex_;   // for pages_
  std::condition_variable_any grown_;
  int pages_ = 0;  // in the log, by the latest commit
  int too_long_;   // writer's thread: at so many pages between_commits() does its part
  TaskGroup threads_;
};

}  // namespace linli
