// Sends what waits in `deliveries`, a thread for each way: `sending` is committed before the call, what came of it after it.
// What may have been said already is not said again, except to webhooks, which know repetitions. Retries pause 2 s, doubling.
#pragma once
#include <functional>
#include <memory>

#include "notify/mail.h"
#include "notify/notifications.h"
#include "people/grids.h"
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
  };
  Deliverer(Writer& writer, Readers& readers, const Sealer& sealer, const Clock& clock, const TimeZone& zone,
            const Grids& grids, Options options);
  ~Deliverer();  // stop()

  void start();
  void wake();  // something was queued; any thread, never blocks
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli::notify
