// Inside of the 接龙 reader: lists that were posted, and which list they are. Not for other modules.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "activities/jielong_sayings.h"

namespace linli::jielong {

inline constexpr std::uint32_t kAlone = 30;  // messages after which a single line joins no list any more
inline constexpr std::uint32_t kNear = 10;   // messages after which "我来" joins no list any more

// One message being taken in.
struct Act {
  JielongState& state;
  const JielongMessage& message;
  Who author;
  std::vector<JielongChange> changes;

  void note(const JielongList& list, JielongChange::What what, std::uint32_t entry, JielongReason reason) {
    if (list.shown) changes.push_back({what, list.id, entry, std::string(message.author), reason});
  }
};

// Names and houses of posted lines, once a message.
struct LineKeys {
  std::string key, house_key;
};
std::vector<LineKeys> keys_of(const JielongText& text);
std::string keyed(std::string_view text);  // key_of; of nothing, nothing
JielongEntry entry_of(Act& act, const JielongLine& line);

// For each line the entry that it is; kNobody: a new one. Those that stand come first.
std::vector<std::size_t> match(const JielongList& list, const std::vector<LineKeys>& lines);
std::size_t hits(const std::vector<std::size_t>& matched);
// Which list a posted one is, with its lines matched; nullptr: a new one.
JielongList* posted_list(Act& act, const JielongText& text, const std::vector<LineKeys>& keys,
                         std::vector<std::size_t>& matched);

void begin_list(Act& act, const JielongText& text);
// A likely list turns out to be one.
void show(Act& act, JielongList& list);
// Takes over what a re-post says (the rules stand in jielong.h).
void repost(Act& act, JielongList& list, const JielongText& text, const std::vector<LineKeys>& keys,
            const std::vector<std::size_t>& matched);
// Lines posted without the rest of the list.
void add_alone(Act& act, JielongList& list, const JielongText& text, const std::vector<std::size_t>& matched);

}  // namespace linli::jielong
