// Which group a message belongs to, and whether that group is read. A group that was never heard of is made on the spot:
// waiting for an administrator, or admitted where its channel admits all. Until its row is committed it lives here, so
// that two deliveries that tell of it at once give it one id; each of them writes it, twice is once.
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
  Admissions(Groups& groups, IdSource& ids) : groups_(groups), ids_(ids) {}

  // One delivery; one thread. Most of its messages come from few groups: each is looked up once.
  class Batch {
   public:
    Batch(Admissions& all, const Channel& channel, Instant now) : all_(all), channel_(channel), now_(now) {}
    std::shared_ptr<const Group> of(const Message& message);
    std::vector<Group> unwritten() const;  // to be written with this delivery

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
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Group>> pending_;  // by channel and external id
};

}  // namespace linli
