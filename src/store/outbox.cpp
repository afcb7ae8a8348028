#include "store/outbox.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/log.h"

namespace linli {
namespace {

using namespace std::chrono_literals;

const Insert insert_events{"outbox",
                           {{"kind", Param::Kind::text},
                            {"subject_id", Param::Kind::integer},
                            {"grid_path", Param::Kind::text},
                            {"min_right", Param::Kind::text},
                            {"at", Param::Kind::integer},
                            {"detail", Param::Kind::text}},
                           0};

constexpr std::string_view pruned_cursor = "outbox.pruned";

// PostgreSQL: numbers what is committed and has no position yet; one at a time over all nodes. Rows that a slower
// transaction commits later get later positions, whatever order they were inserted in.
Result<std::int64_t> number_committed(Connection& connection) {
  auto tx = connection.begin(Access::write);
  if (!tx) return tl::unexpected(std::move(tx).error());
  auto any = tx->value<int>("SELECT 1 FROM outbox WHERE position IS NULL LIMIT 1");
  if (!any) return tl::unexpected(std::move(any).error());
  if (!*any) return 0;
  LINLI_TRY(tx->first("SELECT pg_advisory_xact_lock(7254002)", {}, [](const Row&) {}));
  auto numbered = tx->run(
      "UPDATE outbox o SET position = u.newest + u.n FROM ("
      "  SELECT row_id, row_number() OVER (ORDER BY row_id) AS n,"
      "    greatest((SELECT coalesce(max(position), 0) FROM outbox),"
      "             (SELECT coalesce(max(position), 0) FROM cursors WHERE name = 'outbox.pruned')) AS newest"
      "  FROM outbox WHERE position IS NULL) u "
      "WHERE o.row_id = u.row_id");
  if (!numbered) return tl::unexpected(std::move(numbered).error());
  LINLI_TRY(tx->commit());
  return *numbered;
}

}  // namespace

class Outbox::Impl {
 public:
  // On the writer's thread, after each commit.
  void committed(Connection& connection) {
    if (connection.engine() == Engine::postgres) {
      auto numbered = number_committed(connection);
      if (!numbered) log::error("outbox.numbering_failed", numbered.error());
      else if (*numbered > 0) wake_all();
      return;
    }
    auto tx = connection.begin(Access::read);
    if (!tx) return;
    const auto newest = Outbox::newest(*tx);
    if (!newest || *newest == newest_) return;
    newest_ = *newest;
    wake_all();
  }

  std::uint64_t add(std::function<void()> wake) {
    std::lock_guard lock(mutex_);
    listeners_.emplace(++last_id_, std::move(wake));
    return last_id_;
  }
  void remove(std::uint64_t id) {
    std::lock_guard lock(mutex_);
    listeners_.erase(id);
  }

 private:
  void wake_all() {
    std::lock_guard lock(mutex_);  // held while they run: a handle that is gone is not called any more
    for (auto& [id, wake] : listeners_) wake();
  }

  Position newest_ = -1;  // writer's thread only
  std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, std::function<void()>> listeners_;
};

Outbox::Outbox(Writer& writer) : impl_(std::make_shared<Impl>()) {
  writer.after_commit([impl = impl_](Connection& connection) { impl->committed(connection); });
  (void)writer.between([impl = impl_](Connection& connection) { impl->committed(connection); });
}
Outbox::~Outbox() = default;

Result<void> Outbox::append(Tx& tx, const Event& event) { return append(tx, std::span(&event, 1)); }

Result<void> Outbox::append(Tx& tx, std::span<const Event> events) {
  std::vector<Param> values;
  values.reserve(events.size() * insert_events.width());
  for (const Event& event : events)
    values.insert(values.end(), {event.kind, event.subject, event.grid_path, event.min_right, event.at, event.detail});
  LINLI_TRY(tx.insert(insert_events, values));
  return {};
}

Result<std::vector<Event>> Outbox::after(Tx& tx, Position position, std::size_t limit) {
  std::vector<Event> events;
  LINLI_TRY(
      tx.each("SELECT position, kind, subject_id, grid_path, min_right, at, detail FROM outbox WHERE position > $1 "
              "ORDER BY position LIMIT $2",
              {position, limit}, [&](const Row& row) {
                events.push_back({row.get<Position>(0), row.get<std::string>(1), row.get<std::int64_t>(2),
                                  row.get<std::string>(3), row.get<std::string>(4), row.get<Instant>(5),
                                  row.get<std::string>(6)});
              }));
  return events;
}

Result<Position> Outbox::newest(Tx& tx) {
  auto last = tx.value<Position>("SELECT coalesce(max(position), 0) FROM outbox");
  if (!last) return tl::unexpected(std::move(last).error());
  if (last->value_or(0) > 0) return **last;
  return pruned(tx);
}

Result<Position> Outbox::pruned(Tx& tx) {
  auto position = tx.value<Position>("SELECT position FROM cursors WHERE name = $1", {pruned_cursor});
  if (!position) return tl::unexpected(std::move(position).error());
  return position->value_or(0);
}

Result<std::int64_t> Outbox::prune(Tx& tx, Instant before, std::size_t limit) {
  // From the oldest on up to the first that is to be kept, so that what is gone is always a beginning.
  Position last = 0;
  bool kept = false;
  LINLI_TRY(tx.each("SELECT position, at FROM outbox WHERE position > 0 ORDER BY position LIMIT $1", {limit},
                    [&](const Row& row) {
                      kept = kept || row.get<Instant>(1) >= before;
                      if (!kept) last = row.get<Position>(0);
                    }));
  if (last == 0) return 0;
  auto removed = tx.run("DELETE FROM outbox WHERE position <= $1", {last});
  if (!removed) return removed;
  LINLI_TRY(
      tx.run("INSERT INTO cursors (name, position) VALUES ($1, $2) "
             "ON CONFLICT (name) DO UPDATE SET position = excluded.position",
             {pruned_cursor, last}));
  return removed;
}

Result<Position> Outbox::cursor(Tx& tx, std::string_view consumer) {
  auto position = tx.value<Position>("SELECT position FROM outbox_cursors WHERE consumer = $1", {consumer});
  if (!position) return tl::unexpected(std::move(position).error());
  return position->value_or(0);
}

Result<void> Outbox::set_cursor(Tx& tx, std::string_view consumer, Position position) {
  LINLI_TRY(
      tx.run("INSERT INTO outbox_cursors (consumer, position) VALUES ($1, $2) "
             "ON CONFLICT (consumer) DO UPDATE SET position = excluded.position",
             {consumer, position}));
  return {};
}

std::unique_ptr<Outbox::Listener> Outbox::listen(std::function<void()> wake) {
  return std::unique_ptr<Listener>(new Listener(impl_, impl_->add(std::move(wake))));
}

Outbox::Listener::~Listener() { impl_->remove(id_); }

// ---- OutboxConsumer ----

class OutboxConsumer::Impl {
 public:
  Impl(Outbox& outbox, Writer& writer, Readers& readers, std::string name, Handle handle, std::size_t batch)
      : writer_(writer), readers_(readers), name_(std::move(name)), handle_(std::move(handle)), batch_(batch) {
    listener_ = outbox.listen([this] {
      std::lock_guard lock(mutex_);
      news_ = true;
      woken_.notify_all();
    });
    threads_.spawn("linli-" + name_, [this](std::stop_token stop) { loop(stop); });
  }

  void stop() { threads_.stop(); }

 private:
  void loop(std::stop_token stop) {
    auto pause = 100ms;
    while (!stop.stop_requested()) {
      auto fed = feed(stop);
      if (fed && *fed) {
        pause = 100ms;
        continue;
      }
      if (!fed) log::warn("outbox.consumer_failed", fed.error(), {{"consumer", name_}});
      // Nothing new: until somebody wakes us; once a second for events that another node has written.
      wait(fed ? 1000ms : pause, fed.has_value(), stop);
      if (!fed) pause = std::min<std::chrono::milliseconds>(pause * 2, 30s);
    }
  }

  // true: there was something.
  Result<bool> feed(std::stop_token stop) {
    {
      std::lock_guard lock(mutex_);
      news_ = false;
    }
    auto events = readers_
                      .read([this](Tx& tx) -> Result<std::vector<Event>> {
                        auto from = Outbox::cursor(tx, name_);
                        if (!from) return tl::unexpected(std::move(from).error());
                        return Outbox::after(tx, *from, batch_);
                      })
                      .get();
    if (!events) return tl::unexpected(std::move(events).error());
    if (events->empty()) return false;
    LINLI_TRY(handle_(*events, stop));
    const Position last = events->back().position;
    LINLI_TRY(writer_.write([this, last](Tx& tx) { return Outbox::set_cursor(tx, name_, last); }).get());
    return true;
  }

  void wait(std::chrono::milliseconds time, bool for_news, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, stop, time, [&] { return for_news && news_; });
  }

  Writer& writer_;
  Readers& readers_;
  const std::string name_;
  const Handle handle_;
  const std::size_t batch_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool news_ = false;
  std::unique_ptr<Outbox::Listener> listener_;
  TaskGroup threads_;
};

OutboxConsumer::OutboxConsumer(Outbox& outbox, Writer& writer, Readers& readers, std::string name, Handle handle,
                               std::size_t batch)
    : impl_(std::make_unique<Impl>(outbox, writer, readers, std::move(name), std::move(handle), batch)) {}
OutboxConsumer::~OutboxConsumer() { stop(); }
void OutboxConsumer::stop() { impl_->stop(); }

}  // namespace linli
