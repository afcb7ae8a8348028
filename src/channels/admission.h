// Which group a message belongs to, and whether that group is read. A group that was never heard of is made on the spot:
// waiting for an administrator, or admitted where its channel admits all. Until its row is committed it lives here, so
// that two deliveries that tell of it at once give it one id; each of them adds it, twice is once.
//
// Anyone who has a channel's secret can name groups without end, so those that wait for a decision are bounded, for each
// channel: beyond, messages are counted and dropped, and their groups are not written down.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "channels/channels.h"
#include "channels/message.h"
#include "people/groups.h"

namespace linli {

class Admissions {  // any thread
 public:
  Admissions(Groups& groups, IdSource& ids, std::size_t max_waiting)
      : groups_(groups), ids_(ids), max_waiting_(max_waiting) {}

  // One delivery; one thread. Most of its messages come from few groups: each is looked up once.
  class Batch {
   public:
    Batch(Admissions& all, const Channel& channel, Instant now) : all_(all), channel_(channel), now_(now) {}
    std::shared_ptr<const Group> of(const Message& message);  // null: one too many that nobody has decided on
    std::vector<Group> unwritten() const;                     // to be written with this delivery

   private:
    Admissions& all_;
    const Channel& channel_;
    const Instant now_;
    std::unordered_map<std::string, std::shared_ptr<const Group>> seen_;
    std::vector<std::shared_ptr<const Group>> unwritten_;
  };

  // After the commit.
  void written(const Group& group);

 private:
  std::shared_ptr<const Group> pending(const Channel& channel, const Message& message, Instant now);

  Groups& groups_;
  IdSource& ids_;
  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Group>> pending_;  // by channel and external id
};

}  // namespace linli
