// Inside of the 接龙 reader: what a message beside the list says about it ("+1", "帮我妈报一个", "我不来了", "改成3人").
// Not for other modules.
#pragma once
#include <optional>

#include "activities/jielong_list.h"

namespace linli::jielong {

inline constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

// The author's own entry that still stands; kNobody: none.
std::size_t own_entry(const JielongList& list, std::string_view author, const Who& author_name);
// The same person, by name or house.
bool same_person(const JielongEntry& entry, const Who& person);

struct Saying {
  enum class What : std::uint8_t { join, leave, change, pass_on } what;
  std::size_t entry = kNobody;  // whom leave, change and pass_on mean
  // Of who joins or takes over; in a change: what is new (empty, 0: stays).
  std::string name, house, note;
  std::int32_t number = 0;
  bool told = false;
  bool for_other = false;
  bool weak = false;  // "+1", "我来": says nothing by itself of what is meant
};

// What the message says of that list; empty: nothing.
std::vector<Saying> sayings(const Folded& text, const JielongList& list, std::string_view author,
                            const Who& author_name);

}  // namespace linli::jielong
