// What a browser says of itself, in a few words for the list of sessions. Pure.
#pragma once
#include <string>
#include <string_view>

namespace linli {

// "Edge, Windows", "WeChat, Android"; empty where nothing is known. Names are the products' own, the same in all languages.
std::string device_of(std::string_view user_agent);

}  // namespace linli
