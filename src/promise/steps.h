// The steps of a promise as they are crossed, why one was broken, and which are about to be. Pure; notify/promise_steps.h
// keeps them in the store.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "promise/promise.h"

namespace linli {

enum class PromiseStep { amber = 1, call_leader = 2, breach = 3 };
std::string_view name(PromiseStep step);
std::optional<PromiseStep> parse_promise_step(std::string_view text);
minutes waited(PromiseStep step);  // 5, 10, 15

// When so many minutes that bind have passed since `asked`. Where every hour binds: asked + time.
using After = std::function<Instant(Instant asked, minutes time)>;

struct Followed {
  int step = 0;       // the last that was recorded; 0: none
  bool gone = false;  // dismissed or merged: nobody waits
  Instant asked{};
  std::optional<Instant> kept;  // answered or claimed, whichever came first
};
struct Crossed {
  PromiseStep step;
  Instant at;
};
struct Follow {
  std::vector<Crossed> crossed;  // since `step`, in order
  bool over = false;             // nothing more will be crossed
};
// An answer in time ends it; a late one does not undo the breach. What nobody waits for when its time is over is over.
Follow follow(const Followed& lead, const After& after, Instant now);

// ---- why ----

enum class BreachCause {
  not_delivered,   // words were written, and no group has them: failed, unknown, or waiting for a hand to copy them
  not_answered,    // somebody had it open
  nobody_on_duty,  // neither by roster nor by role
  queue_too_long,  // more came in than those on duty can answer
  nobody_looked,
};
std::string_view name(BreachCause cause);

inline constexpr std::chrono::seconds kPerLead{40};  // of an agent, the slow ones (docs: 10-40 s)

struct BreachFacts {
  bool words_wait = false;
  bool looked = false;
  int on_duty = 0;          // who answers there
  int asked_meanwhile = 0;  // leads that came to them while this one waited, itself included
};
BreachCause breach_cause(const BreachFacts& facts);

// ---- what comes ----

struct Waiting {
  std::int64_t lead = 0;
  int urgency = 3;
  Instant due{};
};
struct Expected {
  Waiting lead;
  std::optional<Instant> answer_at;  // none: nobody is there
  bool missed = false;
};
// As if `people` took the leads in the desk's order, urgency 1 first, then who is due first, each for kPerLead.
std::vector<Expected> forecast(std::vector<Waiting> leads, int people, Instant now);
// Whether those whose promise is broken already stand behind the others: answered first, they would break a promise that is
// kept otherwise. While there is time for both, who has waited longest comes first.
bool broken_last(const std::vector<Expected>& ahead, std::int64_t broken, int people);

}  // namespace linli
