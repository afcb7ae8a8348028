// The ways by which staff are told.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace linli::notify {

enum class Way {
  in_app,
  email,    // to a person, as push, WeCom, SMS and voice
  robot,    // of the district, once for all
  webhook,  // of the district
  push,     // to the browsers in which a person allowed it
  wecom,    // a message of the district's WeCom app
  sms,      // by the district's gateway
  voice,    // the same
};
inline constexpr std::size_t kWays = 8;
std::string_view name(Way way);
std::optional<Way> parse_way(std::string_view text);

// Which know repetitions of a delivery by its id: those may be tried again when nobody knows whether they arrived.
constexpr bool knows_repetitions(Way way) { return way == Way::webhook || way == Way::push; }

}  // namespace linli::notify
