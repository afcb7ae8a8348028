// What one line says: house, name, how many, note.
#include <algorithm>

#include "activities/jielong_text.h"

namespace linli::jielong {
namespace {

using Phrase = std::u32string_view;

constexpr Phrase kGone[] = {U"不来了", U"来不了", U"不去了", U"去不了", U"不参加", U"取消",
                            U"退出",   U"已退",   U"退了",   U"不能来", U"作废"};

// A count that ends what comes before it: "2人", "两位", "x2", "2大1小", "3盒", "2"
constexpr Phrase kPure[] = {U"个人", U"口人", U"位老人", U"个位子", U"个轮子", U"人", U"个", U"位",
                            U"口",   U"名",   U"份",     U"户",     U"张",     U"席", U"座", U"桌"};
constexpr Phrase kUnits[] = {U"盒", U"箱", U"斤", U"份", U"只", U"瓶",   U"袋", U"桶", U"套", U"台",
                             U"把", U"扇", U"板", U"件", U"提", U"包",   U"罐", U"支", U"张", U"条",
                             U"块", U"对", U"组", U"杯", U"个", U"公斤", U"双", U"枝", U"束", U"捆"};
constexpr Phrase kFamily[] = {U"一家", U"全家", U"夫妻", U"夫妇", U"两口子", U"俩口子", U"屋头",
                              U"三代", U"俩",   U"共",   U"一共", U"母子",   U"父子",   U"母女"};
constexpr Phrase kWith[] = {U"和", U"带", U"跟", U"还有", U"携", U"及"};

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
  return (parts >= 2 || (parts == 1 && text.back() == U'老')) && i == text.size() ? sum : 0;
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
    // Most signs begin neither a count nor companions nor a house.
    const bool numeral = is_digit(c) || Phrase(U"一二两三四五六七八九十俩仨").find(c) != Phrase::npos;
    const bool letter = is_letter(c);
    if (e == i || !(numeral || letter || c == U'*' || Phrase(U"全夫屋共母父和带跟还携及").find(c) != Phrase::npos))
      continue;
    std::int32_t value = 0;
    if ((numeral || letter || c == U'*') && bare_count(here, value) > 0 && !(is_digit(c) && is_digit(all[e - 1])) &&
        (!is_han(c) || !is_digit(all[e - 1]))) {
      const bool digits_only = phrase_end(here, 0) == number_at(here, value);
      if (!digits_only || is_han(all[e - 1])) break;
    }
    const Phrase phrase = here.substr(0, phrase_end(here, 0));
    if (old_and_young(phrase) > 0 || family(phrase) > 0 || (companions(phrase, false) > 0 && phrase.size() > 1)) break;
    if ((c == U'x' || c == U'X') && e + 1 < end && is_digit(all[e + 1]) && is_han(all[e - 1])) break;
    if (e > i + 1 && (numeral || letter) && house_at(here, false) >= 5) break;  // 李姐3-2-501
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
