#include "promise/promise.h"

namespace linli {

std::string_view name(Light light) {
  switch (light) {
    case Light::none: return "none";
    case Light::green: return "green";
    case Light::amber: return "amber";
    case Light::call_leader: return "call_leader";
    case Light::breach: return "breach";
    case Light::kept: return "kept";
  }
  return "none";
}

Promise promise(bool live, Instant asked_at, std::optional<Instant> answered_at, std::optional<Instant> claimed_at,
                Instant now) {
  if (!live) return {};
  auto kept = answered_at;
  if (claimed_at && (!kept || *claimed_at < *kept)) kept = claimed_at;
  Promise result{Light::green, asked_at + kPromise, kept, answered_at.has_value()};
  if (kept) {
    result.light = *kept <= *result.due_at ? Light::kept : Light::breach;
    return result;
  }
  const auto waited = now - asked_at;
  if (waited >= kPromise) result.light = Light::breach;
  else if (waited >= kCallLeader) result.light = Light::call_leader;
  else if (waited >= kAmber) result.light = Light::amber;
  return result;
}

}  // namespace linli
