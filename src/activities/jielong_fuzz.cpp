// Any bytes as a group's messages: no crash, no more entries than lines, and a state that stays in order.
#include <cstdint>
#include <cstdlib>
#include <unordered_set>

#include "activities/jielong.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void in_order(const linli::JielongState& state) {
  require(state.lists.size() <= 8);
  std::unordered_set<std::uint32_t> ids;
  for (const auto& list : state.lists) {
    require(ids.insert(list.id).second && list.id < state.next_id);
    require(list.entries.size() <= linli::kJielongEntries && list.versions.size() <= 16);
    for (const auto& e : list.entries) {
      require(ids.insert(e.id).second && e.id < state.next_id);
      require(e.number >= 1 && e.number <= 9999);
      require(!e.name.empty() || !e.house.empty());
    }
    for (const auto& v : list.versions) require(v.lines.size() <= linli::kJielongEntries);
  }
}

}  // namespace

// A message a NUL: its first byte is the author (of four), the rest what they say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto alone = linli::parse_list(all, "王姐");
  std::size_t signs = 1;  // several lines may stand on one
  for (const char c : all) signs += static_cast<unsigned char>(c) < 0x80 || static_cast<unsigned char>(c) >= 0xC0;
  require(alone.lines.size() <= signs);

  constexpr std::string_view names[] = {"王姐", "3-2-501李叔", "阿珍🌸", ""};
  constexpr std::string_view ids[] = {"u1", "u2", "u3", "u4"};
  linli::JielongState state;
  std::chrono::sys_seconds at{};
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = all.find('\0', begin);
    if (end == all.npos) end = all.size();
    const auto who = static_cast<unsigned char>(all[begin]) % 4;
    at += std::chrono::minutes(who == 3 ? 60 * 30 : 1);
    const auto text = all.substr(begin + 1, end - begin > 1 ? end - begin - 1 : 0);
    for (const auto& change : linli::step(state, {ids[who], names[who], text, at})) {
      const auto* list = linli::find_list(state, change.list);
      require(list != nullptr && list->shown && change.by == ids[who]);
      bool found = change.entry == 0;
      for (const auto& e : list->entries)
        if (e.id == change.entry) found = true;
      require(found);
    }
    in_order(state);
    begin = end + 1;
  }
  return 0;
}
