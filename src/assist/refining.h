// Looks at newly opened leads once more, with the model server, off the way of messages: reads the outbox behind placing, asks,
// and puts what comes of it beside the lead as a proposal. Live, open leads only; again when a lead has twice as many messages
// as then. Leads that the engine is unsure of are judged, too: is it an appeal at all?
//
// Where no server is set up, or it is slow, wrong, over budget or down, nothing happens and nobody waits. What stands in the
// queue (bounded, the oldest goes) is gone with a restart: proposals are welcome, never needed.
#pragma once
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include "assist/model_server.h"
#include "assist/proposals.h"
#include "base/task_group.h"
#include "store/outbox.h"
#include "store/writer.h"

namespace linli::assist {

class Refining {
 public:
  struct Options {
    std::size_t most_waiting = 200;  // leads
    int workers = 2;
    std::chrono::hours newest{24};  // leads asked about longer ago are let be
  };
  Refining(ModelServer& server, Outbox& outbox, Writer& writer, Readers& readers, const Sealer& sealer,
           const Clock& clock, Options options);
  ~Refining();  // stop()

  // Before the writer and the readers stop. Twice is once.
  void stop();

  struct Figures {
    std::size_t waiting = 0;
    std::uint64_t refined = 0, judged = 0, failed = 0, dropped = 0;  // since the start
    bool idle = true;                                                // nothing waits, nothing is under way
  };
  Figures figures() const;

 private:
  struct Look;  // a lead as it is when its turn comes

  void feed(std::stop_token stop);
  void work(std::stop_token stop);
  void offer(LeadId lead);
  Result<std::optional<Look>> look(Tx& tx, LeadId lead) const;
  void refine(const Look& look, std::stop_token stop);
  void judge(const std::vector<const Look*>& doubtful, std::stop_token stop);

  ModelServer& server_;
  Outbox& outbox_;
  Writer& writer_;
  Readers& readers_;
  const Sealer& sealer_;
  const Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable woken_, filled_;
  bool news_ = true, reading_ = false;
  std::deque<LeadId> waiting_;
  std::size_t under_way_ = 0;
  Figures figures_;
  std::unique_ptr<Outbox::Listener> listener_;
  TaskGroup tasks_;
};

}  // namespace linli::assist
