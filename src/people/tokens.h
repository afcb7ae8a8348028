// Random tokens, told once and stored as hashes. Internal to `people`.
#pragma once
#include <string>
#include <string_view>

#include "store/blobs.h"

namespace linli::tokens {

std::string random();  // 256 bits, base64url: 43 characters
// They are random, so a plain hash keeps them secret. `use` keeps the hashes of one token apart.
Digest hash(std::string_view use, std::string_view token);
std::string base64url(std::string_view bytes);  // without padding

}  // namespace linli::tokens
