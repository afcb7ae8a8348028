#include "activities/jielong_speech.h"

#include <algorithm>

namespace linli::jielong {
namespace {

constexpr Phrase kRelatives[] = {
    U"外婆外公", U"爷爷奶奶", U"老公", U"老婆",   U"老伴", U"爸妈", U"妈妈", U"爸爸", U"外婆", U"外公", U"奶奶",
    U"爷爷",     U"婆婆",     U"公公", U"儿媳妇", U"儿子", U"女儿", U"闺女", U"妹妹", U"弟弟", U"姐姐", U"哥哥",
    U"妈",       U"爸",       U"婆",   U"妹",     U"弟",   U"姐",   U"哥",   U"同学", U"同桌", U"室友", U"同事"};
constexpr Phrase kFor[] = {U"帮", U"替", U"给", U"代", U"帮忙给", U"把", U"喊", U"叫"};
constexpr Phrase kForEnds[] = {U"报", U"登", U"写", U"加", U"留", U"约", U"来", U"去"};
constexpr Phrase kTails[] = {U"哈", U"嘛", U"哦", U"吧", U"噻", U"呀", U"啊", U"了", U"呢", U"哇", U"吗", U"，", U","};

}  // namespace

bool ends_softly(Phrase p) { return ends_with_any(p, kTails) > 0; }

Phrase trimmed(Phrase p) {
  while (!p.empty() && is_edge(p.front())) p.remove_prefix(1);
  while (!p.empty() && is_edge(p.back())) p.remove_suffix(1);
  return p;
}

Phrase without_tail(Phrase p) {
  for (p = trimmed(p); !p.empty();) {
    const std::size_t n = ends_with_any(p, kTails);
    if (n == 0) break;
    p.remove_suffix(n);
    p = trimmed(p);
  }
  return p;
}

std::string key_of(Phrase p) { return jielong::key_of(encode_utf8(p)); }

bool is_name_key(const std::string& key) { return key.size() >= 2; }

std::size_t named_in(const JielongList& list, const std::string& words) {
  std::size_t best = kNobody, best_length = 0;
  for (std::size_t i = 0; i < list.entries.size(); ++i) {
    const JielongEntry& e = list.entries[i];
    const std::string& key = e.key.empty() ? e.house_key : e.key;
    if (!is_name_key(key) || words.find(key) == std::string::npos) continue;
    if (e.key.size() == 3 && key.size() < 6) continue;  // a single character names nobody
    const std::size_t length = key.size() * 2 + (e.gone ? 0 : 1);
    if (length > best_length) best = i, best_length = length;
  }
  return best;
}

std::vector<Phrase> clauses_of(Phrase all) {
  std::vector<Phrase> out;
  constexpr Phrase breaks = U"，,。!！;；?？~\n ";
  for (std::size_t begin = 0; begin <= all.size();) {
    std::size_t end = all.find_first_of(breaks, begin);
    if (end == npos) end = all.size();
    if (end > begin) out.push_back(all.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

std::int32_t count_in(Phrase p, bool portions) {
  constexpr Phrase units[] = {U"人", U"个", U"位", U"口", U"份", U"张", U"户"};
  constexpr Phrase goods[] = {U"盒", U"箱", U"斤", U"瓶", U"袋", U"桶", U"套", U"台",
                              U"把", U"扇", U"板", U"件", U"只", U"份", U"个", U"张"};
  for (std::size_t i = 0; i < p.size(); ++i) {
    std::int32_t value = 0;
    const std::size_t n = number_at(p.substr(i), value);
    if (n == 0) continue;
    const Phrase after = p.substr(i + n);
    const bool unit = portions ? starts_with_any(after, goods) > 0 : starts_with_any(after, units) > 0;
    if (unit && value > 0 && value < 100) return value;
    i += n - 1;
  }
  return 0;
}

std::int32_t plus_in(Phrase p) {
  const std::size_t at = p.find(U'+');
  if (at == npos) return 0;
  std::int32_t value = 0;
  std::size_t from = at + 1;
  while (from < p.size() && p[from] == U' ') ++from;
  const std::size_t n = number_at(p.substr(from), value);
  if (n == 0 || value < 1 || value > 20) return 0;
  return value;
}

std::size_t relative_at(Phrase p) {
  if (!p.starts_with(U"我")) return 0;
  const std::size_t n = starts_with_any(p.substr(1), kRelatives);
  return n == 0 ? 0 : n + 1;
}

void self(const Speech& s, Saying& out) {
  out.name = s.name.name;
  out.house = s.name.house;
}

std::string on_behalf(Phrase p) {
  for (std::size_t i = 0; i < p.size(); ++i) {
    const std::size_t n = starts_with_any(p.substr(i), kFor);
    if (n == 0) continue;
    const Phrase after = p.substr(i + n);
    std::size_t end = find_any(after, kForEnds);
    if (end == npos || end == 0) continue;
    Phrase who = after.substr(0, end);
    if (const std::size_t of = who.rfind(U'的'); of != npos && of + 1 < who.size()) who = who.substr(of + 1);
    if (who == U"我" || who == U"我们" || who == U"我家" || who.size() > 8) return {};
    if (who.ends_with(U"也")) who.remove_suffix(1);
    if (relative_at(who) == who.size() || like_name(who)) return encode_utf8(who);
  }
  return {};
}

}  // namespace linli::jielong
