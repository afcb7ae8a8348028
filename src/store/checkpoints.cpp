#include "store/checkpoints.h"

#include <sqlite3.h>

#include "base/log.h"

namespace linli {
namespace {

constexpr int kWorth = 2'000;     // pages of 4 KiB: less is not worth a sync
constexpr int kTooLong = 16'000;  // 64 MiB
constexpr int kMost = 24'000;     // 96 MiB: then the writer waits

// Moves what no reader stands in the way of. The pages of the log that were moved; -1: an error.
int move_pages(Connection& connection) {
  int in_log = 0, moved = 0;
  auto* const db = static_cast<sqlite3*>(connection.native());
  const int code = sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
  if (code == SQLITE_OK || code == SQLITE_BUSY) return moved;
  log::warn("store.checkpoint_failed", {{"why", sqlite3_errmsg(db)}});
  return -1;
}

}  // namespace

Checkpoints::Checkpoints(const Database& database, Connection& writing)
    : database_(database), writing_(writing), too_long_(kTooLong) {
  // Takes the place of SQLite's own checkpoints within a commit.
  sqlite3_wal_hook(
      static_cast<sqlite3*>(writing_.native()),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Checkpoints*>(self)->committed(pages);
        return SQLITE_OK;
      },
      this);
  threads_.spawn("checkpoints", [this](std::stop_token stop) { loop(stop); });
}

Checkpoints::~Checkpoints() { sqlite3_wal_hook(static_cast<sqlite3*>(writing_.native()), nullptr, nullptr); }

void Checkpoints::committed(int pages) {
  {
    std::lock_guard lock(mutex_);
    pages_ = pages;
  }
  if (pages >= kWorth) grown_.notify_one();
}

void Checkpoints::between_commits() {
  int pages = 0;
  {
    std::lock_guard lock(mutex_);
    pages = pages_;
  }
  if (pages < kTooLong) too_long_ = kTooLong;
  if (pages < too_long_) return;
  std::unique_lock moving(moving_, std::defer_lock);
  if (pages >= kMost) moving.lock();
  else if (!moving.try_lock()) {
    too_long_ = pages + kWorth;
    return;
  }
  // A reader with an old snapshot may keep the log from beginning anew: then again when it has grown a little more.
  too_long_ = move_pages(writing_) >= pages ? kTooLong : pages + kWorth;
}

void Checkpoints::loop(std::stop_token stop) {
  auto connection = database_.connect(Access::write);
  if (!connection) return log::warn("store.checkpoint_failed", connection.error());
  int moved = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      // Fewer pages than were moved: the log has begun anew.
      grown_.wait(lock, stop, [&] { return pages_ - (pages_ < moved ? 0 : moved) >= kWorth; });
      if (stop.stop_requested()) return;
    }
    {
      std::lock_guard moving(moving_);
      moved = move_pages(*connection);
    }
    if (moved >= 0) continue;
    moved = 0;
    std::unique_lock lock(mutex_);
    grown_.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
  }
}

}  // namespace linli
