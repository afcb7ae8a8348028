// Finds the numbered lines of a text.
#include <algorithm>

#include "activities/jielong.h"
#include "activities/jielong_text.h"

namespace linli::jielong {
namespace {

using Phrase = std::u32string_view;

// After a plain number without a dot these make it an amount, no numbering: "1斤", "2点", "3栋".
constexpr Phrase kAmounts = U"斤块元月日号点人个位栋楼单年天次桶箱份只袋瓶盒把米层度户岁分秒时套包双路线杯-:/+%";

struct Marker {
  std::int32_t value = 0;
  std::size_t length = 0;  // 0: no marker
  bool closed = false;     // told from a plain number by a sign
};

// Circled and framed numbers.
std::size_t framed_at(Phrase text, std::int32_t& value) {
  if (text.empty()) return 0;
  const char32_t c = text[0];
  if (c >= 0x2460 && c <= 0x2473) return value = static_cast<std::int32_t>(c - 0x2460 + 1), 1;
  if (c >= 0x2474 && c <= 0x2487) return value = static_cast<std::int32_t>(c - 0x2474 + 1), 1;
  if (c >= 0x2488 && c <= 0x249B) return value = static_cast<std::int32_t>(c - 0x2488 + 1), 1;
  if (c >= 0x3220 && c <= 0x3229) return value = static_cast<std::int32_t>(c - 0x3220 + 1), 1;
  if (c >= 0x2776 && c <= 0x277F) return value = static_cast<std::int32_t>(c - 0x2776 + 1), 1;
  if (c == 0x1F51F) return value = 10, 1;
  std::size_t i = 0;
  value = 0;
  while (i < text.size() && i < 3 && text[i] >= kDigit && text[i] <= kDigit + 9)
    value = value * 10 + static_cast<std::int32_t>(text[i++] - kDigit);
  return i;
}

std::size_t capital_at(Phrase text, std::int32_t& value) {
  constexpr Phrase capitals = U"壹贰叁肆伍陆柒捌玖拾";
  const std::size_t at = text.empty() ? Phrase::npos : capitals.find(text[0]);
  if (at == Phrase::npos) return 0;
  return value = static_cast<std::int32_t>(at + 1), 1;
}

// The number of a line at the beginning of `text`. `expected`: the number that would follow; `front`: at a line's beginning.
Marker marker_at(Phrase text, std::int32_t expected, bool front) {
  Marker m;
  if (const std::size_t n = framed_at(text, m.value); n > 0) {
    m.length = n, m.closed = true;
    if (n < text.size() && (text[n] == U'.' || text[n] == U'、')) ++m.length;
    return m;
  }
  std::size_t i = 0;
  const bool bracket = !text.empty() && (text[0] == U'(' || text[0] == U'[' || text[0] == U'【' || text[0] == U'〔');
  if (bracket) i = 1;
  std::size_t n = 0;
  bool plain = i < text.size() && is_digit(text[i]);
  if (plain) {
    n = number_at(text.substr(i), m.value);
  } else if ((n = capital_at(text.substr(i), m.value)) == 0 && front) {
    n = number_at(text.substr(i), m.value);  // 一、
    if (n > 0 && (i + n >= text.size() || Phrase(U".、)),:】").find(text[i + n]) == Phrase::npos)) return {};
  }
  if (n == 0 || n > 3 || m.value > static_cast<std::int32_t>(kJielongEntries)) return {};
  i += n;
  const std::size_t after_number = i;
  while (i < text.size() && text[i] == U' ') ++i;
  const char32_t sign = i < text.size() ? text[i] : U'\n';
  const char32_t next = i + 1 < text.size() ? text[i + 1] : U'\n';
  const bool fits = m.value == expected;
  if (bracket) {
    if (sign != U')' && sign != U']' && sign != U'】' && sign != U'〕') return {};
    return {m.value, i + 1, true};
  }
  if (sign == U'.' || sign == U'、' || sign == U')' || sign == U'）' || sign == U'·') {
    // "2.5" is a number unless it is the line's turn.
    if (sign == U'.' && is_digit(next) && !(fits && front)) return {};
    return {m.value, i + 1, true};
  }
  if (sign == U':' || sign == U',' || sign == U'。' || sign == U'，') {
    if (!front || !fits || is_digit(next)) return {};
    return {m.value, i + 1, true};
  }
  if (sign == U'-' && i > after_number && fits && front) return {m.value, i + 1, true};
  // "1大翠", "1 烟花": only in its turn, and no amount.
  if (!fits || bracket) return {};
  const bool blank = i > after_number;
  if (!front && !(blank && is_han(sign))) return {};
  if (sign == U'\n') return front ? Marker{m.value, after_number, false} : Marker{};
  if (kAmounts.find(sign) != Phrase::npos || is_edge(sign)) return {};
  if (!blank && !is_han(sign) && plain) return {};
  return {m.value, i, false};
}

// Bullets and emoji before a number: 🌱1 …
std::size_t after_bullets(Phrase line) {
  std::size_t i = 0, signs = 0;
  while (i < line.size() && signs < 4) {
    std::int32_t value = 0;
    if (is_digit(line[i]) || is_letter(line[i]) || is_han(line[i]) || line[i] == U'(' || line[i] == U'【' ||
        line[i] == U'〔' || line[i] == U'[' || framed_at(line.substr(i), value) > 0)
      return i;
    if (line[i] == U'+' || line[i] == U'-') return line.size();  // "+1" is no numbering
    signs += !is_blank(line[i]);
    ++i;
  }
  return i;
}

// Where the next number stands within a line; npos: nowhere.
std::size_t inner_marker(Phrase line, std::size_t from, std::int32_t expected, bool open, Marker& found) {
  for (std::size_t i = from; i < line.size(); ++i) {
    const char32_t before = i == 0 ? U' ' : line[i - 1];
    if (is_digit(before) || is_letter(before) || before == U'-' || before == U'.' || before == U'#' || before == U'(')
      continue;
    const char32_t c = line[i];
    if (!is_digit(c) && !(c >= 0x2460 && c <= 0x277F) && !(c >= 0x3220 && c <= 0x3229) && c < kDigit) continue;
    found = marker_at(line.substr(i), expected, false);
    if (found.length == 0 || found.value != expected) continue;
    if (!found.closed && !(open && is_blank(before))) continue;
    return i;
  }
  return Phrase::npos;
}

}  // namespace

Numbered numbered_lines(const Folded& text) {
  Numbered out;
  const Phrase all = text.points;
  std::size_t line_count = 1;
  for (const char32_t c : all) line_count += c == U'\n';
  // First the numbers at the beginning of lines; if there are none, those within a line.
  for (const bool inner_only : {false, true}) {
    std::int32_t expected = 1;
    out.head_end = all.size();
    bool one_line = false;
    for (std::size_t begin = 0; begin < all.size() || begin == 0;) {
      std::size_t end = all.find(U'\n', begin);
      if (end == Phrase::npos) end = all.size();
      const Phrase line = all.substr(begin, end - begin);
      std::size_t at = after_bullets(line);
      Marker m;
      bool is_line = false;
      if (inner_only) {
        at = inner_marker(line, 0, expected, line_count <= 3, m);
        if (at == Phrase::npos && expected > 1) at = inner_marker(line, 0, 1, line_count <= 3, m);  // a second row
        is_line = at != Phrase::npos;
        one_line = true;
      } else {
        m = marker_at(line.substr(at), out.numbers == 0 ? 1 : expected, true);
        // A first number without a dot asks for a second one; that is looked at below.
        is_line = m.length > 0;
      }
      while (is_line) {
        if (out.numbers == 0) out.head_end = begin + (inner_only ? at : 0);
        ++out.numbers;
        out.closed += m.closed;
        expected = m.value + 1;
        const std::size_t content = at + m.length;
        Marker next;
        const std::size_t next_at = inner_marker(line, content, expected, one_line || line_count == 1, next);
        const bool more = next_at != Phrase::npos;
        Parts parts;
        parts.marker = m.value;
        parts.begin = begin + content;
        parts.end = begin + (more ? next_at : line.size());
        while (parts.begin < parts.end && is_edge(all[parts.begin]) &&
               Phrase(U"(（【[〔《“「~").find(all[parts.begin]) == Phrase::npos)
          ++parts.begin;
        while (parts.begin < parts.end && is_blank(all[parts.end - 1])) --parts.end;
        if (parts.begin < parts.end &&
            !std::all_of(all.begin() + static_cast<std::ptrdiff_t>(parts.begin),
                         all.begin() + static_cast<std::ptrdiff_t>(parts.end), is_edge) &&
            out.lines.size() < kJielongEntries)
          out.lines.push_back(parts);
        if (!more) break;
        at = next_at, m = next;
      }
      begin = end + 1;
    }
    if (out.numbers > 0) break;
  }
  return out;
}

}  // namespace linli::jielong
