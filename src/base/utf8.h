// UTF-8 as it comes from outside. All functions: any thread, no allocation.
#pragma once
#include <cstddef>
#include <string_view>

namespace linli {

// Well-formed UTF-8 (no surrogates, no overlong forms). NUL counts as well-formed: intake refuses it by has_nul().
bool valid_utf8(std::string_view text);
bool has_nul(std::string_view text);

// Number of code points of valid UTF-8.
std::size_t code_points(std::string_view text);

// The longest prefix of valid UTF-8 with at most `max` code points / bytes; never cuts a code point.
std::string_view first_code_points(std::string_view text, std::size_t max);
std::string_view first_bytes(std::string_view text, std::size_t max);

}  // namespace linli
