// What the two workflow tables share: names of their columns' bits, and reading them back.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/words.h"

namespace linli::table_words {

template <class T, std::size_t N>
std::optional<T> parse(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == text) return static_cast<T>(i);
  return {};
}

// "note, reason": the names of the bits that are set.
template <std::size_t N>
std::string listed(unsigned bits, const std::array<std::string_view, N>& names) {
  std::string out;
  for (std::size_t i = 0; i < N; ++i)
    if (bits & (1u << i)) (out += out.empty() ? "" : ", ") += names[i];
  return out;
}

// The words of the page beside its English names.
inline std::string in_chinese(std::string_view key, std::string_view name) {
  return phrase(std::string(key) + "." + std::string(name), {}, Language::zh);
}

}  // namespace linli::table_words
