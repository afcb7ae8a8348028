#include "people/masking.h"

#include <cstdint>
#include <vector>

#include "base/utf8.h"

namespace linli {
namespace {

struct Point {
  std::uint32_t code = 0;
  std::size_t begin = 0, end = 0;  // bytes
};

std::vector<Point> points_of(std::string_view text) {
  std::vector<Point> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t code = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length && begin + i < text.size(); ++i)
      code = code << 6 | (static_cast<unsigned char>(text[begin + i]) & 0x3Fu);
    at = std::min(begin + length, text.size());
    out.push_back({code, begin, at});
  }
  return out;
}

bool is_han(std::uint32_t c) { return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0x20000 && c <= 0x3FFFF); }
bool is_letter(std::uint32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(std::uint32_t c) { return (c >= '0' && c <= '9') || (c >= 0xFF10 && c <= 0xFF19); }
bool is_gap(std::uint32_t c) { return c == ' ' || c == '-' || c == 0x3000; }

}  // namespace

std::string mask_name(std::string_view name) {
  const auto points = points_of(name);
  // The last run of one script: what stands before it is building and flat.
  for (std::size_t last = points.size(); last-- > 0;) {
    const bool han = is_han(points[last].code);
    if (!han && !is_letter(points[last].code)) continue;
    std::size_t first = last;
    while (first > 0 && (han ? is_han(points[first - 1].code) : is_letter(points[first - 1].code))) --first;
    return std::string(name.substr(points[first].begin, points[first].end - points[first].begin)) + "＊";
  }
  return "＊";
}

std::string mask_numbers(std::string_view text) {
  const auto points = points_of(text);
  std::string out;
  for (std::size_t i = 0; i < points.size();) {
    if (!is_digit(points[i].code)) {
      out += text.substr(points[i].begin, points[i].end - points[i].begin);
      ++i;
      continue;
    }
    // A run of digits; with single gaps in it only if it reads as a mobile number, 3-4-4.
    std::vector<std::size_t> digits;
    std::size_t end = i;
    while (end < points.size() && is_digit(points[end].code)) digits.push_back(end++);
    if (digits.size() == 3) {
      std::vector<std::size_t> more = digits;
      std::size_t at = end;
      for (int part = 0; part < 2; ++part) {
        if (at >= points.size() || !is_gap(points[at].code)) break;
        std::size_t next = at + 1, count = 0;
        while (next < points.size() && is_digit(points[next].code)) more.push_back(next++), ++count;
        if (count != 4) break;
        at = next;
      }
      if (more.size() == 11) digits = std::move(more), end = at;
    }
    const bool hide = digits.size() >= 7;
    const std::size_t keep_first = digits.size() >= 11 ? 3 : 2, keep_last = digits.size() >= 11 ? 4 : 2;
    std::size_t nth = 0;
    for (; i < end; ++i) {
      const bool digit = is_digit(points[i].code);
      const bool middle = digit && nth >= keep_first && nth + keep_last < digits.size();
      nth += digit;
      if (hide && middle) out += points[i].code < 0x80 ? "*" : "＊";  // as long as before: evidence keeps its place
      else out += text.substr(points[i].begin, points[i].end - points[i].begin);
    }
  }
  return out;
}

}  // namespace linli
