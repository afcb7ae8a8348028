// Inside of the 接龙 reader: a message's text as a list, from text that is folded already. Not for other modules.
#pragma once
#include <string_view>

#include "activities/jielong.h"
#include "activities/jielong_text.h"

namespace linli::jielong {

JielongText read_list(const Folded& text, std::string_view author);

// What a call or a title is for, by its words alone.
JielongKind kind_of_words(std::u32string_view words);
bool calls_to_join(std::u32string_view words);
// Something is broken, loud, wet: another matter than any sign-up.
bool tells_trouble(std::u32string_view words);
// A vote that a phrase gives: 同意, 反对, 弃权 …
bool gives_vote(std::u32string_view words);

}  // namespace linli::jielong
