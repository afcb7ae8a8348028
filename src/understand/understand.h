// One message, understood: act, appeal, category, urgency, places, keywords, sentiment, with the words that speak for it.
// Pure and deterministic; microseconds; no network. An Understander is immutable after loading: any thread may call.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "channels/message.h"
#include "people/place.h"

namespace linli {

enum class Act : std::uint8_t { none, report, confirm, detail, urge, answer, resolved, thanks, other };
inline constexpr std::size_t kActs = 9;
std::string_view name(Act act);
std::optional<Act> parse_act(std::string_view text);

// The owner of this header refines it: shapes below are a start.
class Understander;

}  // namespace linli
