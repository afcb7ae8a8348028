// The form in which texts are compared: NFKC with case folded, traditional characters simplified, zero-width and other
// ignorable characters dropped, white space of any kind one blank, and a way back to the code points of the original.
// Pure; any thread. A character costs a table look-up; only rare text (combining marks, compatibility forms that
// become several characters) takes the long way through ICU.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace linli {

struct NormalForm {
  std::u32string points;              // the normal form
  std::string bytes;                  // the same as UTF-8
  std::vector<std::uint32_t> origin;  // for each point: the code point of the original that it came from
  std::vector<std::uint32_t> offset;  // for each point: where it starts in `bytes`; one more entry for the end
  std::uint32_t original_points = 0;  // length of the original in code points

  // The point whose bytes contain `byte`.
  std::uint32_t point_at(std::uint32_t byte) const;
  // Code points of the original covered by points [begin, end).
  std::uint32_t original_begin(std::uint32_t begin) const;
  std::uint32_t original_end(std::uint32_t end) const;
};

// Reuses the memory of `out`. Ill-formed UTF-8 becomes U+FFFD, one for each byte that is wrong.
void normalize(std::string_view utf8, NormalForm& out);
NormalForm normalize(std::string_view utf8);

// Code points <-> UTF-8, without normalising.
void append_utf8(std::string& out, char32_t point);
std::u32string decode_utf8(std::string_view utf8);
std::string encode_utf8(std::u32string_view points);

}  // namespace linli
