// The thread that watches the promises: once a second it records steps that were crossed, rings emergencies, goes to the next
// person, and tells those whom it concerns. What is due stands in the store: nothing is forgotten by a restart, nothing is done
// twice, whichever of several nodes is first.
#pragma once
#include <functional>
#include <memory>

#include "base/settings.h"
#include "notify/telling.h"
#include "people/grids.h"
#include "store/outbox.h"
#include "store/writer.h"

namespace linli::notify {

class Watch {
 public:
  // `queued` is called when there is something to send. `email`: a mail server is set up.
  Watch(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock, const TimeZone& zone,
        const Grids& grids, bool email, std::function<void()> queued);
  ~Watch();  // stop()

  // A new lead wakes it at once.
  void start(Outbox& outbox);
  void stop();

  struct Done {
    std::size_t steps = 0, told = 0, rung = 0, again = 0;
  };
  // Everything that is due now. The thread does it by itself; one at a time.
  Result<Done> tick();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli::notify
