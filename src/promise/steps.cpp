#include "promise/steps.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace linli {
namespace {

constexpr std::array kSteps{PromiseStep::amber, PromiseStep::call_leader, PromiseStep::breach};

}  // namespace

std::string_view name(PromiseStep step) {
  switch (step) {
    case PromiseStep::amber: return "amber";
    case PromiseStep::call_leader: return "call_leader";
    case PromiseStep::breach: return "breach";
  }
  return "breach";
}

std::optional<PromiseStep> parse_promise_step(std::string_view text) {
  for (const PromiseStep step : kSteps)
    if (name(step) == text) return step;
  return {};
}

minutes waited(PromiseStep step) {
  switch (step) {
    case PromiseStep::amber: return kAmber;
    case PromiseStep::call_leader: return kCallLeader;
    case PromiseStep::breach: return kPromise;
  }
  return kPromise;
}

Follow follow(const Followed& lead, const After& after, Instant now) {
  Follow out;
  const Instant due = after(lead.asked, kPromise);
  const bool in_time = lead.kept && *lead.kept <= due;
  if (now >= due && (lead.gone || in_time)) {
    out.over = true;
    return out;
  }
  if (lead.gone || in_time) return out;
  for (const PromiseStep step : kSteps) {
    if (static_cast<int>(step) <= lead.step) continue;
    if (lead.kept && step != PromiseStep::breach) continue;  // too late to alarm anybody
    const Instant at = after(lead.asked, waited(step));
    if (at > now) break;
    out.crossed.push_back({step, at});
  }
  out.over = now >= due;
  return out;
}

std::string_view name(BreachCause cause) {
  switch (cause) {
    case BreachCause::not_delivered: return "not_delivered";
    case BreachCause::not_answered: return "not_answered";
    case BreachCause::nobody_on_duty: return "nobody_on_duty";
    case BreachCause::queue_too_long: return "queue_too_long";
    case BreachCause::nobody_looked: return "nobody_looked";
  }
  return "nobody_looked";
}

BreachCause breach_cause(const BreachFacts& facts) {
  if (facts.words_wait) return BreachCause::not_delivered;
  if (facts.looked) return BreachCause::not_answered;
  if (facts.on_duty == 0) return BreachCause::nobody_on_duty;
  if (facts.asked_meanwhile * kPerLead > facts.on_duty * std::chrono::seconds(kPromise))
    return BreachCause::queue_too_long;
  return BreachCause::nobody_looked;
}

std::vector<Expected> forecast(std::vector<Waiting> leads, int people, Instant now) {
  std::ranges::sort(leads, {}, [](const Waiting& w) { return std::tuple(w.urgency != 1, w.due, w.lead); });
  std::vector<Expected> out;
  out.reserve(leads.size());
  for (const Waiting& lead : leads) {
    Expected one{lead, {}, true};
    if (people > 0) {
      one.answer_at = now + kPerLead * (static_cast<int>(out.size()) / people + 1);
      one.missed = *one.answer_at > lead.due;
    }
    out.push_back(one);
  }
  return out;
}

bool broken_last(const std::vector<Expected>& ahead, std::int64_t broken, int people) {
  if (broken <= 0 || people <= 0) return false;
  const auto later = kPerLead * ((broken + people - 1) / people);
  // Emergencies come before either.
  return std::ranges::any_of(ahead, [&](const Expected& one) {
    return one.lead.urgency != 1 && !one.missed && one.answer_at && *one.answer_at + later > one.lead.due;
  });
}

}  // namespace linli
