// The promise: a response within 15 minutes. Pure functions; durable timers and forecasts come with the cases.
// The clock starts at the chat time of a lead's first message, for messages that arrived live; it is kept by the first
// answer of someone on duty seen in the group (channels/message.h: on_duty). Steps are those of docs/glossary.md.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace linli {

using std::chrono::minutes;

inline constexpr minutes kPromise{15};     // breach
inline constexpr minutes kCallLeader{10};  // the shift leader is called
inline constexpr minutes kAmber{5};        // the queue shows amber

enum class Light { none, green, amber, call_leader, breach, kept };
std::string_view name(Light light);

struct Promise {
  Light light = Light::none;
  std::optional<Instant> due_at;  // none for historic leads
  std::optional<Instant> kept_at;
  bool proved = false;  // seen or sent by linli; else said by hand, as who said it marked
};

// live: the lead's messages arrived as they were said; imported history never starts the clock.
// A late answer does not undo the breach: light stays `breach` when kept_at is after due_at.
Promise promise(bool live, Instant asked_at, std::optional<Instant> answered_at, std::optional<Instant> claimed_at,
                Instant now);

}  // namespace linli
