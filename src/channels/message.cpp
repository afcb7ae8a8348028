#include "channels/message.h"

#include <array>

namespace linli {
namespace {

constexpr std::array<std::string_view, 6> kRoles{"resident", "grid_officer", "community_staff",
                                                 "property", "merchant",     "bot"};
constexpr std::array<std::string_view, 7> kTypes{"text", "image", "voice", "link", "file", "system", "recall"};

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return {};
}

}  // namespace

std::string_view name(Role role) { return kRoles[static_cast<std::size_t>(role)]; }
std::string_view name(MessageType type) { return kTypes[static_cast<std::size_t>(type)]; }
std::optional<Role> parse_role(std::string_view text) { return parse<Role>(kRoles, text); }
std::optional<MessageType> parse_message_type(std::string_view text) { return parse<MessageType>(kTypes, text); }

}  // namespace linli
