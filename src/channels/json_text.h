// JSON as text: a batch cut into its elements without parsing them, so that each can be parsed, and refused, by itself; and
// strings written. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace linli {

// `body` is one object (one element) or an array: the text of its elements, in order, blanks around them cut off.
// Brackets and strings are balanced in each; nothing else is known of them. Errors: bad_json, too_many_messages.
Result<std::vector<std::string_view>> cut_elements(std::string_view body, std::size_t max);

// The lines that are not blank; LF or CRLF. Error: too_many_messages.
Result<std::vector<std::string_view>> cut_lines(std::string_view body, std::size_t max);

// Appends "text" with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace linli
