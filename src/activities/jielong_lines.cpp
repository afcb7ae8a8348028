// Numbered lines and what each of them says.
#include <algorithm>

#include "activities/jielong.h"
#include "activities/jielong_text.h"

namespace linli::jielong {
namespace {

using Phrase = std::u32string_view;

// After a plain number without a dot these make it an amount, no numbering: "1斤", "2点", "3栋".
constexpr Phrase kAmounts = U"斤块元月日号点人个位栋楼单年天次桶箱份只袋瓶盒把米层度户岁分秒时套包双路线杯-:/+%";

constexpr Phrase kGone[] = {U"不来了", U"来不了", U"不去了", U"去不了", U"不参加", U"取消",
                            U"退出",   U"已退",   U"退了",   U"不能来", U"作废"};

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
    if (!is_digit(line[i]) && line[i] < 0x2460) continue;
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

namespace {

// A count that ends what comes before it: "2人", "两位", "x2", "2大1小", "3盒", "2"
constexpr Phrase kPure[] = {U"个人", U"口人", U"位老人", U"个位子", U"个轮子", U"人", U"个", U"位",
                            U"口",   U"名",   U"份",     U"户",     U"张",     U"席", U"座", U"桌"};
constexpr Phrase kUnits[] = {U"盒", U"箱", U"斤", U"份", U"只", U"瓶",   U"袋", U"桶", U"套", U"台",
                             U"把", U"扇", U"板", U"件", U"提", U"包",   U"罐", U"支", U"张", U"条",
                             U"块", U"对", U"组", U"杯", U"个", U"公斤", U"双", U"枝", U"束", U"捆"};
constexpr Phrase kFamily[] = {U"一家", U"全家", U"夫妻", U"夫妇", U"两口子", U"俩口子", U"屋头",
                              U"三代", U"俩",   U"共",   U"一共", U"母子",   U"父子",   U"母女"};
constexpr Phrase kWith[] = {U"和", U"带", U"跟", U"还有", U"携", U"及", U"加", U"同"};

std::size_t phrase_end(Phrase text, std::size_t from) {
  while (from < text.size() && !is_edge(text[from]) && text[from] != U'+' && text[from] != U'/') ++from;
  return from;
}

// Length of a bare count at the beginning that stands alone up to the phrase's end.
std::size_t bare_count(Phrase text, std::int32_t& value) {
  std::size_t i = 0;
  const bool times = !text.empty() && Phrase(U"xX×*✖").find(text[0]) != Phrase::npos;
  if (times) i = 1;
  const std::size_t n = number_at(text.substr(i), value);
  if (n == 0) return 0;
  i += n;
  const std::size_t unit = starts_with_any(text.substr(i), kPure);
  if (unit == 0 && !times && !is_digit(text[0])) return 0;
  i += unit;
  return i == phrase_end(text, 0) ? i : 0;
}

// "2大1小", "一老一小": the sum; 0: none.
std::int32_t old_and_young(Phrase text) {
  std::int32_t sum = 0, value = 0;
  std::size_t i = 0, parts = 0;
  while (i < text.size()) {
    const std::size_t n = number_at(text.substr(i), value);
    if (n == 0 || i + n >= text.size() || Phrase(U"大小老").find(text[i + n]) == Phrase::npos) break;
    sum += value, i += n + 1, ++parts;
    while (i < text.size() && (text[i] == U'人' || text[i] == U'孩')) ++i;
  }
  return parts >= 2 && i == text.size() ? sum : 0;
}

// 一家三口, 夫妻, 屋头4个, 全家5口, 共4人.
std::int32_t family(Phrase text) {
  const std::size_t pair = starts_with_any(text, std::span(kFamily).subspan(2, 4));
  if ((pair > 0 && text.size() <= pair + 1) || text == U"俩" || text.ends_with(U"母子") || text.ends_with(U"父子") ||
      text.ends_with(U"母女"))
    return 2;
  const std::size_t word = starts_with_any(text, kFamily);
  if (word == 0) return 0;
  std::int32_t value = 0;
  for (std::size_t i = word; i < text.size(); ++i) {
    const std::size_t n = number_at(text.substr(i), value);
    if (n > 0 && (i + n == text.size() || starts_with_any(text.substr(i + n), kPure) > 0)) return value;
    if (n > 0) i += n - 1;
  }
  return 0;
}

// 带女儿, 和先生, 还有我幺儿媳妇, 带两个大学生: how many come along; 0: nobody (带铲子).
std::int32_t companions(Phrase text, bool plus) {
  std::size_t i = starts_with_any(text, kWith);
  if (i == 0 && !plus) return 0;
  std::int32_t value = 0;
  const std::size_t n = number_at(text.substr(i), value);
  if (n > 0 && (i + n == text.size() || starts_with_any(text.substr(i + n), kPure) == text.size() - i - n))
    return value;
  if (!ends_with_person(text)) return 0;
  return n > 0 ? value : 1;
}

std::int32_t portions_of(Phrase text) {
  std::int32_t sum = 0, value = 0;
  for (std::size_t i = 0; i < text.size();) {
    const bool han = is_han(text[i]) && Phrase(U"一两二三四五六七八九十").find(text[i]) == Phrase::npos;
    const std::size_t n = han ? 0 : number_at(text.substr(i), value);
    if (n == 0) {
      ++i;
      continue;
    }
    const std::size_t unit = starts_with_any(text.substr(i + n), kUnits);
    const bool last = i + n == text.size();
    if (unit > 0 || (last && is_digit(text[i]))) sum += value;
    i += n + unit;
  }
  return sum;
}

}  // namespace

void take_apart(const Folded& text, Parts& line, bool bare_house) {
  const Phrase all = text.points;
  std::size_t i = line.begin;
  const std::size_t end = line.end;
  const auto left = [&] { return all.substr(i, end - i); };

  // 【已领】佳佳妈, 候补：网前
  if (i < end && (all[i] == U'【' || all[i] == U'[' || all[i] == U'(')) {
    const char32_t close = all[i] == U'【' ? U'】' : all[i] == U'[' ? U']' : U')';
    const std::size_t at = all.find(close, i);
    if (at != Phrase::npos && at + 1 < end && at - i <= 8) {
      line.tag = text.written(i + 1, at);
      i = at + 1;
    }
  } else if (const std::size_t colon = left().find(U':'); colon != Phrase::npos && colon >= 2 && colon <= 4 &&
                                                          colon + 1 < left().size() && !is_digit(all[i + colon - 1])) {
    line.tag = text.written(i, i + colon);
    i += colon + 1;
  }
  while (i < end && is_edge(all[i])) ++i;

  line.house = line.house_end = i;
  if (const std::size_t n = house_at(left(), bare_house); n > 0) {
    const std::size_t after = i + n;
    // "8-10" after a name is a time; at the beginning it is a house.
    line.house_end = after;
    i = after;
    while (i < end && (is_blank(all[i]) || all[i] == U'的' || all[i] == U'-')) ++i;
  }
  const bool housed = line.house_end > line.house;
  const bool apart = housed && i > line.house_end;

  // The name: up to a blank, a sign, a count or companions.
  line.name = i;
  std::size_t e = i;
  for (; e < end; ++e) {
    const char32_t c = all[e];
    const Phrase here = all.substr(e, end - e);
    if (c == U'、') {  // 周子涵、周子睿
      const std::size_t stop = std::min(here.find(U' '), here.size());
      const Phrase names = here.substr(0, stop);
      if (e > i && std::none_of(names.begin(), names.end(), is_digit) && names.find(U'，') == Phrase::npos) {
        e += stop;
        break;
      }
      break;
    }
    if (is_blank(c)) {
      const bool english = e > i && e + 1 < end && (is_letter(all[e - 1]) || all[e - 1] == U'&') &&
                           (is_letter(all[e + 1]) || all[e + 1] == U'&');
      if (!english) break;
      continue;
    }
    if ((is_edge(c) && c != U'·' && c != U'-') || c == U'+' || c == U'/' || c == U'×') break;
    if (e == i) continue;
    std::int32_t value = 0;
    if (bare_count(here, value) > 0 && !(is_digit(c) && is_digit(all[e - 1])) &&
        (!is_han(c) || !is_digit(all[e - 1]))) {
      const bool digits_only = phrase_end(here, 0) == number_at(here, value);
      if (!digits_only || is_han(all[e - 1])) break;
    }
    const Phrase phrase = here.substr(0, phrase_end(here, 0));
    if (old_and_young(phrase) > 0 || family(phrase) > 0 || (companions(phrase, false) > 0 && phrase.size() > 1)) break;
    if ((c == U'x' || c == U'X') && e + 1 < end && is_digit(all[e + 1]) && is_han(all[e - 1])) break;
    if (e > i + 1 && house_at(here, false) >= 5) break;  // 李姐3-2-501
  }
  line.name_end = e;
  Phrase name = all.substr(i, e - i);

  // After a house a word may be a remark as well: "14-2-702 主卧", "302两个学生娃", "3栋全黑".
  std::int32_t value = 0;
  const bool counted = !name.empty() && (number_at(name, value) > 0 || bare_count(name, value) > 0);
  constexpr Phrase kRemarks[] = {U"全", U"没", U"有", U"也", U"都", U"无", U"不", U"同意", U"反对", U"弃权", U"赞成"};
  if (housed && (counted || (apart ? !like_name(name) || starts_with_any(name, kRemarks) > 0
                                   : starts_with_any(name, kRemarks) > 0)))
    line.name_end = e = i;

  // "女高 小禾", "娃娃衣服 芽芽妈": what is brought or sung first.
  if (!housed && e < end && is_blank(all[e]) && !like_name(all.substr(i, e - i)) && line.tag.empty()) {
    std::size_t second = e;
    while (second < end && is_blank(all[second])) ++second;
    const Phrase token = all.substr(second, phrase_end(all.substr(second, end - second), 0));
    if (second + token.size() == end && token.size() >= 2 && token.size() <= 4 && is_han(all[i]) &&
        starts_with_any(token, kWith) == 0 && like_name(token) && !ends_with_any(token, kUnits)) {
      line.tag = text.written(i, e);
      line.name = second;
      line.name_end = e = end;
    }
  }
  line.rest = e;
  // The house after the name: "李姐 3-2-501 2人".
  if (!housed) {
    std::size_t r = e;
    while (r < end && (is_blank(all[r]) || all[r] == U'(')) ++r;
    const std::size_t n = house_at(all.substr(r, end - r), false);
    if (n >= 5 || (n >= 2 && is_han(all[r + n - 1]) && all[r + n - 1] != U'组')) {
      line.house = r, line.house_end = r + n;
      line.rest = r + n;
      while (line.rest < end && all[line.rest] == U')') ++line.rest;
    }
  }
  line.withdrawn = has_any(all.substr(line.rest, end - line.rest), kGone);
}

Count count_of(const Folded& text, std::size_t begin, std::size_t end, bool portions) {
  Count out;
  const Phrase all = text.points;
  std::int32_t extra = 0, sum = 0;
  bool bare_seen = false;
  std::string note;
  for (std::size_t i = begin; i < end;) {
    const bool plus = all[i] == U'+';
    if (is_edge(all[i]) || plus || all[i] == U'/') {
      ++i;
      if (!plus) continue;
      while (i < end && is_blank(all[i])) ++i;
      if (i >= end) break;
    }
    // A time keeps its colon, an amount its point.
    std::size_t stop = i;
    while (stop < end &&
           (!is_edge(all[stop]) || ((all[stop] == U':' || all[stop] == U'.' || all[stop] == U'-') && stop + 1 < end &&
                                    is_digit(all[stop + 1]))) &&
           all[stop] != U'+' && all[stop] != U'/')
      ++stop;
    if (stop == i) {
      ++i;
      continue;
    }
    const Phrase phrase = all.substr(i, stop - i);
    std::int32_t value = 0;
    bool keep = true;
    if (const std::size_t n = bare_count(phrase, value);
        n > 0 && n == phrase.size() && !(phrase.size() > 2 && phrase[0] == U'0')) {
      const bool unit_of_goods =
          portions && phrase.back() != U'份' && phrase.back() != U'个' && !is_digit(phrase.back());
      if (value > 0 && value < 200) {
        if (plus) {
          extra += value, out.told = true;
        } else if (!bare_seen || !out.told) {
          out.number = value, out.told = true, bare_seen = true;
          if (portions) sum = value;
        }
        keep = unit_of_goods;
      }
    } else if (portions && (sum = sum + portions_of(phrase), portions_of(phrase) > 0)) {
      out.told = true;
    } else if ((value = old_and_young(phrase)) > 0 || (value = family(phrase)) > 0) {
      if (!bare_seen || phrase.starts_with(U"共") || phrase.starts_with(U"一共")) out.number = value;
      if (phrase.starts_with(U"共") || phrase.starts_with(U"一共")) extra = 0;
      out.told = bare_seen = true;
    } else if (!phrase.starts_with(U"含") && (value = companions(phrase, plus)) > 0) {
      extra += value;
      out.told = true;
    }
    if (keep) {
      if (!note.empty()) note += ' ';
      note += text.written(i, stop);
    }
    i = stop;
  }
  if (portions) {
    out.number = sum > 0 ? sum : 1;
  } else {
    out.number += extra;
  }
  out.number = std::clamp<std::int32_t>(out.number, 1, 9999);
  out.note = std::move(note);
  return out;
}

}  // namespace linli::jielong
