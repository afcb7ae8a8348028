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

Promise promise(bool live, Instant asked_at, std::optional<Instant> answered_at, Instant now) {
  if (!live) return {};
  Promise result{Light::green, asked_at + kPromise, answered_at};
  if (answered_at) {
    result.light = *answered_at <= *result.due_at ? Light::kept : Light::breach;
    return result;
  }
  const auto waited = now - asked_at;
  if (waited >= kPromise) result.light = Light::breach;
  else if (waited >= kCallLeader) result.light = Light::call_leader;
  else if (waited >= kAmber) result.light = Light::amber;
  return result;
}

}  // namespace linli
