// The character n-grams of a text, as hashes: what every text model of linli sees, the product's and a classifier's.
// Changing anything here makes all model files worthless.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace linli {

inline std::uint64_t mix(std::uint64_t h) {
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93ull;
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93ull;
  return h ^ h >> 32;
}

inline constexpr std::size_t kLongestGram = 4;

// Calls each(hash, length) for all n-grams of 1 to 4 points of a text in normal form, in order of appearance, again for
// each repetition. The text's edges count as characters; a number counts as one digit, so that 3栋 and 12栋 are the same.
template <class Each>
void each_gram(std::u32string_view text, Each&& each) {
  thread_local std::u32string padded;
  padded.assign(1, U'\x02');
  for (const char32_t c : text) {
    const char32_t r = c >= '0' && c <= '9' ? U'0' : c;
    if (r == U'0' && padded.back() == U'0') continue;
    padded.push_back(r);
  }
  padded.push_back(U'\x03');
  const std::size_t n = padded.size();
  for (std::size_t i = 0; i < n; ++i) {
    std::uint64_t h = 0x8d4f1c2b3a596877ull;
    for (std::size_t k = 0; k < kLongestGram && i + k < n; ++k) {
      h = (h ^ padded[i + k]) * 0x9E3779B97F4A7C15ull;
      h ^= h >> 29;
      if (k == 0 && padded[i] < 4) continue;  // the edge alone says nothing
      each(mix(h + k), k + 1);
    }
  }
}

}  // namespace linli
