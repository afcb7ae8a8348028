// Sends what waits in `deliveries`, a thread for each way: `sending` is committed before the call, what came of it after it.
// What may have been said already is not said again, except where repetitions are known (way.h); a person is told by their next way
// instead. Retries pause 2 s, doubling, or as long as the other side asks. What waits for one person goes together.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/local_time.h"
#include "notify/mail.h"
#include "notify/web_push.h"
#include "people/grids.h"
#include "store/sealing.h"
#include "store/writer.h"

namespace linli::notify {

class Deliverer {
 public:
  struct Options {
    SmtpOptions smtp;
    std::string console;  // where colleagues reach it, https://…; empty: no links
    int most_tries = 6;
    std::chrono::milliseconds first_pause{2'000};
    std::chrono::milliseconds robot_pause{3'000};
    std::optional<PushKeys> push;  // none: no push
    bool private_too = false;      // push services on the office's own network and this machine
    std::chrono::milliseconds push_limit{10'000};
    std::size_t push_at_once = 200;
  };
  Deliverer(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock,
            const TimeZone& zone, const Grids& grids, Options options);
  ~Deliverer();  // stop()

  void start();
  void wake();  // something was queued; any thread, never blocks
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli::notify
