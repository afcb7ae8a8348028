// The messages of an export on their way through intake: 500 at a time, a few lots under way at once.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "channels/chatlog/identity.h"
#include "channels/intake.h"

namespace linli {

struct TakenIn {
  std::int64_t fresh = 0, known = 0, dropped = 0, system_lines = 0, wrong_total = 0;
  std::vector<Error> wrong;  // the first 50
  bool stopped = false;      // somebody stopped it: what was taken stays
};

struct TakeIn {
  std::optional<Instant> at;  // of messages that tell no time
  std::optional<Instant>
      live_from;  // what was sent from then on is live: it starts the promise. Not set: all is history.
};

// Waits until everything that was read is committed; so not on the writer's or the I/O thread. `progress` is called after
// each lot, `stopped` before each. Errors: chat_no_time, and those of the store and of intake but overloaded (then it waits).
Result<TakenIn> take_in(ExportReader& reader, ExportIdentity& identity, Intake& intake, const Channel& channel,
                        const TakeIn& how = {}, const std::function<void(const TakenIn&)>& progress = {},
                        const std::function<bool()>& stopped = {});

}  // namespace linli
