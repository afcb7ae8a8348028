// The digests of a lead that nobody talks of for now, written without gaps: less than half of their size. Nothing is lost:
// what is read back is what was written, bit by bit.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leads/engine/state.h"

namespace linli::engine {

// `here`: the lead's groups; each digest's group is one of them.
std::string pack(std::span<Digest* const> messages, std::span<const Lead::Here> here);
// Kept digests, standing in no lead yet; the caller releases them.
std::vector<Digest*> unpack(std::string_view packed, std::span<const Lead::Here> here);

// What is asked of packed ones without unpacking them.
struct PackedMessage {
  MessageNumber number = 0;
  std::uint64_t id = 0;
};
std::vector<PackedMessage> packed_messages(std::string_view packed);
bool packed_has(std::string_view packed, MessageNumber message);

}  // namespace linli::engine
