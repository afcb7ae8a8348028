// Takes events from the outbox to the webhooks that want them, and sends them: one thread. Written before said: an event's row and the
// cursor behind it are one transaction; a crash sends again under the same id and forgets nothing. A slow or broken receiver keeps
// only itself waiting (kPerWebhook calls at a time).
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/local_time.h"
#include "people/grids.h"
#include "store/outbox.h"
#include "store/writer.h"
#include "webhooks/sendings.h"

namespace linli::webhooks {

class Feed {
 public:
  struct Options {
    std::string source = "/linli";  // names this district's linli, a URI
    bool private_too = false;       // to addresses of the office's own network and this machine
    bool email = false;             // a mail server is set up: administrators are told by it too
    std::chrono::milliseconds limit{20'000};
    // Of tests: how long instead of pause_after().
    std::function<std::optional<milliseconds>(int tries, std::uint64_t seed)> pause = pause_after;
  };
  static constexpr std::size_t kPerWebhook = 8, kAtOnce = 64;

  // `queued`: administrators are to be told of a webhook that was given up.
  Feed(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock, const TimeZone& zone,
       const Grids& grids, Options options, std::function<void()> queued);
  ~Feed();  // stop()

  void start(Outbox& outbox);
  void wake();  // a webhook was changed, or something is to be sent; any thread
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli::webhooks
