// Sends what is due in `outgoing`, on a thread of its own: `sending` is committed before the call, what came of it after it.
// A way with an idempotency key may be tried again after a crash; on another one the words become `unknown` and are never
// said again by the machine. Where a channel has no way out, they wait for a person to copy them (to_relay).
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/task_group.h"
#include "channels/channels.h"
#include "channels/outgoing.h"
#include "store/writer.h"

namespace linli {

class Sender {
 public:
  struct Said {
    enum class How {
      sent,
      again,   // not taken just now; trying again says nothing twice
      failed,  // refused for good
      unknown  // may or may not have been said
    } how = How::failed;
    std::string external_id;             // sent: the channel's id of the message, where it tells
    std::string why;                     // else
    std::chrono::seconds not_before{0};  // again: as the other side asks for
  };
  struct WayOut {
    bool idempotent = false;                         // the same item again is said once
    std::function<Said(const outgoing::Item&)> say;  // blocking, within 10 s; the sender's thread
  };
  struct Ports {
    // How words get into that group; no `say`: by hand.
    std::function<WayOut(GroupId)> way;
    // In the transaction that would begin to send: false, when it shall not be said any more; the caller has withdrawn it.
    std::function<Result<bool>(Tx&, const outgoing::Item&)> still_wanted;
    // In the transaction in which its state changed.
    std::function<Result<void>(Tx&, const outgoing::Item&)> changed;
  };
  struct Options {
    int most_tries = 5;
    std::chrono::milliseconds first_pause{2'000};  // doubles
  };

  Sender(Writer& writer, Readers& readers, const Sealer& sealer, const Clock& clock, Ports ports, Options options);
  Sender(Writer& writer, Readers& readers, const Sealer& sealer, const Clock& clock, Ports ports)
      : Sender(writer, readers, sealer, clock, std::move(ports), Options{}) {}
  ~Sender();  // stop()

  void start();
  void wake();  // something may be due earlier than thought; any thread, never blocks
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// POST of {"type":"message.send", …}, signed as what comes in (webhook/signature.h); the item's id is the webhook-id, by
// which the receiver knows a repetition. 2xx: sent, and {"id": …} in the answer is the channel's id of the message.
Sender::Said post_words(const Channel& channel, const std::string& group_external_id, const outgoing::Item& item,
                        Instant now);

}  // namespace linli
