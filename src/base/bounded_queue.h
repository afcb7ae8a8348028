// A queue between threads with a bound. Items have a weight (rows, bytes), so that the bound is one of memory.
// Full: try_push refuses and the caller says so to its own caller; push waits until the deadline.
// An empty queue takes one item of any weight: what is heavier than the bound still passes, alone.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/deadline.h"

namespace linli {

enum class Push { taken, full, closed };

template <class T>
class BoundedQueue {  // any thread
 public:
  explicit BoundedQueue(std::size_t max_weight) : max_(max_weight) {}

  // Leaves `item` untouched unless it is taken.
  Push try_push(T&& item, std::size_t weight = 1) {
    {
      std::lock_guard lock(mutex_);
      if (closed_) return Push::closed;
      if (!fits(weight)) return Push::full;
      put(std::move(item), weight);
    }
    filled_.notify_one();
    return Push::taken;
  }

  Push push(T&& item, Deadline by, std::size_t weight = 1) {
    {
      std::unique_lock lock(mutex_);
      emptied_.wait_until(lock, by.at(), [&] { return closed_ || fits(weight); });
      if (closed_) return Push::closed;
      if (!fits(weight)) return Push::full;
      put(std::move(item), weight);
    }
    filled_.notify_one();
    return Push::taken;
  }

  // Waits for an item; nullopt: the deadline passed, or the queue is closed and empty (see finished()).
  std::optional<T> pop(Deadline by) {
    std::optional<T> item;
    {
      std::unique_lock lock(mutex_);
      filled_.wait_until(lock, by.at(), [&] { return closed_ || !items_.empty(); });
      take(item);
    }
    if (item) emptied_.notify_all();
    return item;
  }

  std::optional<T> try_pop() {
    std::optional<T> item;
    {
      std::lock_guard lock(mutex_);
      take(item);
    }
    if (item) emptied_.notify_all();
    return item;
  }

  // Nothing more goes in; what is inside can still be popped. Twice is once.
  void close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
    emptied_.notify_all();
  }

  bool finished() const {
    std::lock_guard lock(mutex_);
    return closed_ && items_.empty();
  }
  std::size_t weight() const {
    std::lock_guard lock(mutex_);
    return weight_;
  }

 private:
  bool fits(std::size_t weight) const { return items_.empty() || weight_ + weight <= max_; }
  void put(T&& item, std::size_t weight) {
    items_.emplace_back(std::move(item), weight);
    weight_ += weight;
  }
  void take(std::optional<T>& item) {
    if (items_.empty()) return;
    item.emplace(std::move(items_.front().first));
    weight_ -= items_.front().second;
    items_.pop_front();
  }

  const std::size_t max_;
  mutable std::mutex mutex_;
  std::condition_variable filled_, emptied_;
  std::deque<std::pair<T, std::size_t>> items_;
  std::size_t weight_ = 0;
  bool closed_ = false;
};

}  // namespace linli
