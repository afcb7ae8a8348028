// Deliveries on their way out: taken so that nobody else sends them, what they say, what came of them. For the threads that send
// (deliverer.h, push_lane.h); any thread, blocking on the database.
#pragma once
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "channels/sender.h"
#include "notify/deliveries.h"
#include "notify/push_subscriptions.h"
#include "notify/telling.h"
#include "notify/text.h"
#include "notify/wishes.h"
#include "people/grids.h"
#include "store/writer.h"

namespace linli::notify {

struct Letter {
  std::vector<Delivery> of;        // what it tells of, in one message
  std::vector<std::string> lines;  // one for each
  std::vector<About> about;
  Language language = Language::zh;
  Wishes to;                               // of a person
  std::vector<PushSubscription> browsers;  // push
  bool gone = false;                       // the person has no such address any more
};

// What the only one is about; of several: nothing.
inline About only(const Letter& letter) { return letter.of.size() == 1 ? letter.about.front() : About{}; }

class Letters {
 public:
  struct Options {
    std::string console;  // where colleagues reach it, https://…; empty: no links
    bool email = false;   // a mail server is set up
    int most_tries = 6;
    std::chrono::milliseconds first_pause{2'000};
  };
  Letters(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock,
          const TimeZone& zone, const Grids& grids, Options options, std::function<void()> queued);

  Result<std::vector<Delivery>> due(Way way, int limit);
  // Until the next one is due; half a minute at most.
  std::chrono::milliseconds until_next(Way way);
  // Those that are ours to send now. None: the database did not take it.
  std::optional<std::vector<Delivery>> begin(std::vector<Delivery> due);
  // In one look: a letter for each group of deliveries.
  Result<std::vector<Letter>> write(std::vector<std::vector<Delivery>> groups);
  Result<DistrictWays> district();

  // What came of the letter, and of its deliveries by it. `reason`: else by what was said.
  static constexpr std::string_view kOff = "off";
  void settle(Letter& letter, const Sender::Said& said, std::string_view reason = {}) const;
  // Written until the database takes it, else until stop(): what is not stays `sending`. With it, `also` in the same transaction.
  // What did not reach a person goes by their next way.
  bool keep(std::vector<Delivery> settled, const std::function<Result<void>(Tx&)>& also = {});
  // Of nodes that died.
  void recover();
  void stop() { stopping_ = true; }

  std::string link(const Letter& letter) const;
  Instant now() const { return clock_.now(); }
  const TimeZone& zone() const { return zone_; }
  const Sealer& sealer() const { return sealer_; }

 private:
  Context context() const { return {sealer_, ids_, zone_, options_.email, clock_.now()}; }
  Result<Letter> write_one(Tx& tx, std::vector<Delivery> group);
  Writer& writer_;
  Readers& readers_;
  const Sealer& sealer_;
  IdSource& ids_;
  const Clock& clock_;
  const TimeZone& zone_;
  const Grids& grids_;
  const Options options_;
  const std::function<void()> queued_;
  std::atomic<bool> stopping_{false};
};

}  // namespace linli::notify
