// Events of state changes, written in the transaction of the change and told after its commit. Live feed, pushes, webhooks
// and the search index are fed from here: each is a consumer with a stored cursor and may see an event twice.
//
// Positions rise in commit order: whoever has seen position p has seen every event before it, and none can appear there
// later. (SQLite: the one writer numbers as it appends. PostgreSQL: rows are committed without a number and numbered after
// their commit under a lock; readers do not see unnumbered rows.) Positions have no meaning beyond their order; gaps occur.
//
// Events carry ids, no text. They are kept as long as the setting stream.keep says.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task_group.h"
#include "store/database.h"
#include "store/writer.h"

namespace linli {

using Position = std::int64_t;  // 0: before everything

struct Event {
  Position position = 0;     // given by the outbox
  std::string kind;          // "lead.opened", "lead.changed", "lead.confirmed", "message.recalled" …
  std::int64_t subject = 0;  // the id of what it is about, such as LeadId::value
  std::string grid_path;     // "/锦和街道/锦和社区/3": who may see it
  std::string min_right;     // the least right that may see it, such as "leads.read"
  Instant at{};
  std::string detail;  // a JSON object of ids and counts; empty: none
};

class Outbox {
 public:
  // Hooks into the writer; make it before the first submit. Numbers what a crash left unnumbered.
  explicit Outbox(Writer& writer);
  ~Outbox();

  // ---- inside a transaction ----
  static Result<void> append(Tx& tx, const Event& event);
  static Result<void> append(Tx& tx, std::span<const Event> events);

  // At most `limit` events after `position`, in order.
  static Result<std::vector<Event>> after(Tx& tx, Position position, std::size_t limit);
  // Position of the newest event, 0: none was ever written.
  static Result<Position> newest(Tx& tx);
  // Events up to and including this position are gone: a client whose last position is smaller gets "reset".
  static Result<Position> pruned(Tx& tx);
  // Removes at most `limit` events older than `before`; returns how many (call again while it is `limit`).
  static Result<std::int64_t> prune(Tx& tx, Instant before, std::size_t limit = 10'000);

  // Where a consumer stands; 0: at the beginning. set_cursor goes into the transaction of what the consumer did.
  static Result<Position> cursor(Tx& tx, std::string_view consumer);
  static Result<void> set_cursor(Tx& tx, std::string_view consumer, Position position);

  // ---- after the commit ----
  // `wake` is called on the writer's thread (quick, never blocking) whenever there may be new events. It says only that
  // something is new: read after(). The listener ends when the handle goes; then `wake` is not running any more.
  class Listener;
  [[nodiscard]] std::unique_ptr<Listener> listen(std::function<void()> wake);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
  friend class Listener;
};

class Outbox::Listener {
 public:
  ~Listener();

 private:
  friend class Outbox;
  Listener(std::shared_ptr<Impl> impl, std::uint64_t id) : impl_(std::move(impl)), id_(id) {}
  std::shared_ptr<Impl> impl_;
  std::uint64_t id_;
};

// A thread that feeds `handle` with batches of events, in order, from the stored cursor on, and stores the cursor when it
// returns without error. An error is logged, and the same batch comes again after a pause that doubles from 100 ms to 30 s.
class OutboxConsumer {
 public:
  using Handle = std::function<Result<void>(const std::vector<Event>&, std::stop_token)>;
  OutboxConsumer(Outbox& outbox, Writer& writer, Readers& readers, std::string name, Handle handle,
                 std::size_t batch = 500);
  ~OutboxConsumer();  // stop()
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli
