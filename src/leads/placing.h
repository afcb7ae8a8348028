// The acting half of `leads`: takes messages after their commit, lets the pure core place them, writes leads, links,
// history and events in one transaction, and goes on from there after a restart. One thread owns the open leads of all
// communities; nothing else touches them. A message is placed once: the cursor "placing" moves in the same transaction.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/task_group.h"
#include "channels/message.h"
#include "leads/lead_store.h"
#include "leads/leads.h"
#include "store/sealing.h"
#include "store/writer.h"

namespace linli {

// Where a group is at home.
struct GroupHome {
  std::string community;  // empty: not known; then the group is a community of its own
  std::string grid_path;  // "/street/community/grid"
};

class Placing {
 public:
  struct Options {
    std::size_t max_waiting = 20'000;  // messages between their commit and their place; has_room() answers by it
    std::size_t batch = 2'000;         // messages placed in one transaction at most
    std::chrono::hours memory{72};     // leads and messages of this time are taken up again after a restart
  };
  struct Ports {
    std::function<GroupHome(GroupId)> home;                            // any thread, quick
    std::function<PlaceDirectory(Tx&, const std::string&)> directory;  // of a community
    // Messages of admitted groups with a greater id than `after`, in order, at most `limit` (0: what is left).
    std::function<Result<std::vector<StoredMessage>>(Tx&, MessageId after, std::size_t limit)> stored_after;
    std::function<Result<std::vector<StoredMessage>>(Tx&, const std::vector<MessageId>&)> stored;
    // The grid path of a place that was named in a group; quick. Not set: the group's.
    std::function<std::string(const std::string& place, GroupId)> route{};
  };

  Placing(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock,
          const Understander& understander, std::string model_version, Ports ports, Options options);
  ~Placing();  // stop()

  // Takes up the leads of the last days and places what was committed but not placed. Before the first offer().
  Result<void> start();

  // Committed messages, in commit order, by one thread; never blocks. What does not fit is read from the store later.
  void offer(std::vector<StoredMessage> messages);
  // For intake: false while `more` messages would not fit; then it answers `overloaded`.
  bool has_room(std::size_t more) const;

  // A person decided; the core must know which leads are closed. Any thread; never blocks.
  void dismissed(LeadId lead);
  void reopened(LeadId lead);
  // A person moved messages, in the store. They are moved in the core too, and both leads are looked at anew; where the core
  // does not know enough, all is restored from the store.
  struct Moved {
    LeadId from;                      // none: they stood in no lead
    std::vector<MessageId> messages;  // none named: all that it has
    struct To {
      LeadId lead;
      LeadKey key = 0;    // Lead::opening
      GroupId group;      // Lead::group
      bool made = false;  // has these messages only: it was split off, or stands by itself again
    };
    std::optional<To> to;  // none: in no lead
  };
  void moved(Moved moved);
  // A placed message that was found chatter opens a lead after all: somebody has to read it. Nothing, where it stands in one.
  // Any thread; never blocks; the lead is in the store a moment later.
  void open(StoredMessage message);
  // A group was admitted or bound to another grid: the directories are read again. Any thread; never blocks.
  void directories_changed();
  // Words were erased in the store (leads/erasure.h): what is kept of them in memory goes. Any thread; never blocks.
  void words_erased();

  // What waits is placed, at most until the deadline; the rest is placed after the next start.
  void stop(Deadline by = Deadline::in(std::chrono::seconds(10)));

  struct Figures {  // any thread
    std::uint64_t placed = 0, opened = 0, batches = 0, failed_writes = 0;
    std::size_t waiting = 0;
    std::int64_t lag_ms = 0;  // age of the oldest message of the latest batch when its leads were durable
  };
  Figures figures() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli
