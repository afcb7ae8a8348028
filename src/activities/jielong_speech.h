// Inside of the 接龙 reader: a message beside a list, cut into clauses, and what the words in it point at.
// Not for other modules.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "activities/jielong_sayings.h"
#include "base/normal_form.h"

namespace linli::jielong {

using Phrase = std::u32string_view;
inline constexpr std::size_t npos = Phrase::npos;

// Without signs at both ends; without 哈, 嘛, 了 as well.
Phrase trimmed(Phrase p);
Phrase without_tail(Phrase p);
std::string key_of(Phrase p);
bool ends_softly(Phrase p);  // with 哈, 嘛, 了 …

struct Speech {
  const JielongList& list;
  std::string_view author;
  const Who& name;
  Phrase all;
  std::string words;  // key of the whole
  std::size_t own = kNobody;

  std::string written(Phrase p) const { return encode_utf8(without_tail(p)); }
};

std::vector<Phrase> clauses_of(Phrase all);
// Which entry the words name; the longest name wins, one that stands before one that is gone.
std::size_t named_in(const JielongList& list, const std::string& words);
// A count of people or portions somewhere in the words: "3人", "两个"; 0: none.
std::int32_t count_in(Phrase p, bool portions);
// "+2": 2; 0: none.
std::int32_t plus_in(Phrase p);
// 我妈, 我外婆外公 at the beginning: points taken.
std::size_t relative_at(Phrase p);
// 帮X报, 给X登, 把X写起: whom; empty: nobody else.
std::string on_behalf(Phrase p);
// The author as who joins or takes over.
void self(const Speech& s, Saying& out);

// Somebody joins: "+1", "算我一个", "帮我妈报一个"; `first`: the message's first clause.
std::optional<Saying> joining(const Speech& s, Phrase clause, bool first);

}  // namespace linli::jielong
