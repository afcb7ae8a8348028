#pragma once
#include <string_view>

namespace linli {

// Without blanks, tabs and line ends at both ends.
inline std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

}  // namespace linli
