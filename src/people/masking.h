// What is shown of residents to those who need not know them (role.h, names.read).
#pragma once
#include <string>
#include <string_view>

namespace linli {

// "3-2-1502李姐" -> "李＊": where someone lives goes, speakers can still be told apart a little.
std::string mask_name(std::string_view name);
// Mobile and other long numbers (7 digits on, or 11 in the groups that people write): "13812345678" -> "138****5678".
// Flats such as 12-3-1502 stay.
std::string mask_numbers(std::string_view text);

}  // namespace linli
