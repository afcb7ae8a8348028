// The companion at work, on a thread of its own: reads messages behind placing, so that it knows the lead that each stands in,
// decides (companion_talk.h), and writes the answer, the talk and the words in `outgoing` in one transaction. What it was
// about to say when the program died is said by nobody twice: a message is answered once, whatever happens.
//
// It never waits on the way of messages. Messages that it could only answer late (kFresh) it lets be.
#pragma once
#include <functional>
#include <memory>

#include "assist/companion_answers.h"
#include "assist/knowledge.h"
#include "assist/model_server.h"
#include "leads/placing.h"
#include "people/groups.h"
#include "store/writer.h"

namespace linli {

class Companion {
 public:
  static constexpr std::chrono::minutes kFresh{5};

  struct Ports {
    std::function<bool(const Group&)> may_write;           // software can say something in the group; quick
    std::function<void()> queued;                          // the sender has something to do
    std::function<void(StoredMessage)> open;               // that message opens a lead (Placing::open)
    std::function<void(const companion::Rules&)> rules{};  // as they are now, whenever they were read
  };
  struct Parts {
    Writer& writer;
    Readers& readers;
    const Sealer& sealer;
    IdSource& ids;
    const Clock& clock;
    const TimeZone& zone;
    const Groups& groups;
    const Knowledge& knowledge;
    const Understander& understander;
    assist::ModelServer* server = nullptr;  // phrases answers from what was found, where it is set up for drafts
  };
  Companion(const Parts& parts, Ports ports);
  ~Companion();  // stop()

  void start();
  void stop();  // before the writer and the readers; twice is once

  struct Figures {  // since the start; any thread
    std::uint64_t heard = 0, said = 0, prepared = 0, called = 0, phrased = 0;
  };
  Figures figures() const;

  // Everything that was placed and not looked at; whether there was any. The thread does it by itself; one at a time.
  Result<bool> tick();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli
