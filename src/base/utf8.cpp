#include "base/utf8.h"

#include <simdjson.h>

#include <cstring>

namespace linli {
namespace {

bool starts_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

bool valid_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

bool has_nul(std::string_view text) { return !text.empty() && std::memchr(text.data(), 0, text.size()) != nullptr; }

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += starts_code_point(c);
  return count;
}

std::string_view first_code_points(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (starts_code_point(text[i]) && count++ == max) return text.substr(0, i);
  return text;
}

std::string_view first_bytes(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  while (max > 0 && !starts_code_point(text[max])) --max;
  return text.substr(0, max);
}

}  // namespace linli
