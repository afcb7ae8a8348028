#include "activities/jielong_sayings.h"

#include <algorithm>
#include <array>

#include "base/normal_form.h"

namespace linli::jielong {
namespace {

using Phrase = std::u32string_view;
constexpr std::size_t npos = Phrase::npos;

constexpr Phrase kLeave[] = {U"不来了", U"不去了",   U"来不了", U"去不了", U"来不到",   U"来不成", U"去不成",
                             U"不能来", U"不能去",   U"不得来", U"不参加", U"退出",     U"取消",   U"退了",
                             U"先退",   U"我退",     U"划掉",   U"不报了", U"不坐了",   U"不排了", U"不要了",
                             U"不用了", U"不用算",   U"不算我", U"算了",   U"下了哈",   U"我鸽了", U"撤了",
                             U"不打了", U"不去了吧", U"不来",   U"懒得来", U"去不成了", U"我撤",   U"值班，算了"};
constexpr Phrase kJoin[] = {U"报名",     U"抱名",   U"报一个", U"报个名",   U"报一下",   U"报两个", U"报上",
                            U"报个",     U"算我",   U"算上我", U"加我",     U"加一个我", U"带我",   U"我参加",
                            U"我也参加", U"我也去", U"我也报", U"我也来",   U"我也做",   U"我要去", U"要去要去",
                            U"要去",     U"我去",   U"我来",   U"我要学",   U"我也要",   U"也要打", U"留一碗",
                            U"给我留",   U"补起",   U"我顶",   U"来顶起",   U"还有我",   U"登一个", U"加上",
                            U"写上",     U"写起",   U"我补",   U"我想学",   U"都来",     U"都报",   U"报到",
                            U"我要",     U"再报",   U"加个",   U"我接",     U"我替",     U"叫上我", U"喊我爸来",
                            U"留两个",   U"我订",   U"也来一", U"给我也来", U"接上我",   U"漏了我"};
// In a list of those affected.
constexpr Phrase kAlso[] = {U"我家", U"我屋头", U"我们家", U"我也", U"也是", U"加一户", U"我这"};
constexpr Phrase kWeakJoin[] = {U"我来",   U"我去", U"我要", U"要去",   U"都来",   U"加上", U"我也去", U"我也来",
                                U"我也要", U"也是", U"我接", U"还有我", U"我也没", U"写上", U"加个",   U"我家也"};
constexpr Phrase kNotJoin[] = {U"不报",     U"没报", U"想报", U"报不了", U"报过",   U"已报",   U"想去", U"想来",
                               U"我报名当", U"能报", U"还能", U"怎么报", U"哪里报", U"怎么加", U"谁来", U"不去"};
constexpr Phrase kIf[] = {U"的话", U"如果",   U"要是",   U"假如",     U"万一",  U"的时候",
                          U"哈哈", U"开玩笑", U"请不请", U"可不可以", U"可以不"};
constexpr Phrase kOthers[] = {U"快递", U"师傅", U"物业", U"他们", U"老板", U"你",
                              U"谁",   U"哪个", U"外卖", U"笑得", U"昨天"};
constexpr Phrase kRelatives[] = {
    U"外婆外公", U"爷爷奶奶", U"老公", U"老婆",   U"老伴", U"爸妈", U"妈妈", U"爸爸", U"外婆", U"外公", U"奶奶",
    U"爷爷",     U"婆婆",     U"公公", U"儿媳妇", U"儿子", U"女儿", U"闺女", U"妹妹", U"弟弟", U"姐姐", U"哥哥",
    U"妈",       U"爸",       U"婆",   U"妹",     U"弟",   U"姐",   U"哥",   U"同学", U"同桌", U"室友", U"同事"};
constexpr Phrase kFor[] = {U"帮", U"替", U"给", U"代", U"帮忙给", U"把", U"喊", U"叫"};
constexpr Phrase kForEnds[] = {U"报", U"登", U"写", U"加", U"留", U"约", U"来", U"去"};
constexpr Phrase kPlaces[] = {U"名额", U"位子", U"位置", U"那张", U"那个位", U"的票", U"那份"};
constexpr Phrase kOwnMore[] = {U"再加",     U"再+",      U"再给我加",   U"再报",     U"多带",
                               U"我带",     U"加个朋友", U"加一个朋友", U"我老公也", U"我老婆也",
                               U"老头子也", U"老伴也",   U"我妈也",     U"老伴同来", U"也带"};
constexpr Phrase kOwnSet[] = {U"改成", U"改为", U"改到", U"我改",     U"改做", U"改",   U"换成",
                              U"换到", U"我换", U"只来", U"就我一个", U"我要", U"只要", U"给我改"};
constexpr Phrase kTails[] = {U"哈", U"嘛", U"哦", U"吧", U"噻", U"呀", U"啊", U"了", U"呢", U"哇", U"吗", U"，", U","};

// Without blanks, if the text is typed with a blank after every sign ("我 报 名").
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

// Which entry the words name; the longest name wins, one that stands before one that is gone.
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

struct Speech {
  const JielongList& list;
  std::string_view author;
  const Who& name;
  Phrase all;
  std::string words;  // key of the whole
  std::size_t own = kNobody;

  std::string written(Phrase p) const { return encode_utf8(without_tail(p)); }
};

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

// A count of people or portions somewhere in the words: "+2", "3人", "两个"; 0: none.
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

// "+2" at the beginning of a clause or after words: what stands there; 0: none.
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

// 我妈, 我外婆外公: points taken.
std::size_t relative_at(Phrase p) {
  if (!p.starts_with(U"我")) return 0;
  const std::size_t n = starts_with_any(p.substr(1), kRelatives);
  return n == 0 ? 0 : n + 1;
}

void self(const Speech& s, Saying& out) {
  out.name = s.name.name;
  out.house = s.name.house;
}

// 帮X报, 给X登, 把X写起: whom; empty: nobody else.
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

std::optional<Saying> passing(const Speech& s, Phrase clause) {
  const bool place = has_any(s.all, kPlaces);
  constexpr Phrase to_me[] = {U"给我", U"我要", U"我来", U"我接", U"归我"};
  constexpr Phrase give[] = {U"让给", U"转给", U"让出来", U"让出"};
  Saying out{Saying::What::pass_on};
  std::size_t length = 0;
  if (std::size_t at = find_any(clause, give, &length); at != npos && s.own != kNobody) {
    Phrase to = clause.substr(at + length);
    if (clause.substr(at, length).starts_with(U"让出")) {
      out.what = Saying::What::leave;
      out.entry = s.own;
      return out;
    }
    const std::size_t next = s.all.find(to);
    // 让给我弟 小杖: the name follows the relation.
    if (relative_at(to) == to.size() && next != npos) {
      const Phrase after = trimmed(s.all.substr(next + to.size()));
      if (!after.empty() && after.size() <= 4) to = after;
    }
    if (to == U"我" || to.empty()) return std::nullopt;
    out.entry = s.own;
    out.name = s.written(to);
    out.for_other = true;
    return out;
  }
  const std::size_t named = named_in(s.list, key_of(clause));
  const bool takes = (place && has_any(clause, to_me)) || clause.find(U"我替") != npos ||
                     clause.find(U"我顶") != npos || clause.find(U"我接") != npos || clause.find(U"接") == 0;
  if (takes && named != kNobody && named != s.own) {
    if (s.list.entries[named].gone) {
      out.what = Saying::What::join, out.number = 1;
    } else {
      out.entry = named;
    }
    self(s, out);
    constexpr Phrase renamed[] = {U"名字换成", U"改成", U"写成"};
    if (const std::size_t at = find_any(s.all, renamed, &length); at != npos)
      out.name = s.written(s.all.substr(at + length));
    return out;
  }
  // 换诺诺妈妈去 / 换我来
  if (const std::size_t at = clause.find(U'换');
      at == 0 && clause.size() >= 3 && (clause.ends_with(U"去") || clause.ends_with(U"来"))) {
    const Phrase to = clause.substr(1, clause.size() - 2);
    const std::size_t from = to == U"我" ? named_in(s.list, s.words) : s.own;
    if (from == kNobody || s.list.entries[from].gone) return std::nullopt;
    out.entry = from;
    if (to == U"我") {
      self(s, out);
    } else {
      out.name = s.written(to), out.for_other = true;
    }
    return out;
  }
  return std::nullopt;
}

// Whom a withdrawal means; kNobody: nobody on the list, or another matter.
std::size_t leaver(const Speech& s, Phrase clause, std::size_t at) {
  const Phrase before = clause.substr(0, at);
  const std::size_t named = named_in(s.list, s.words);
  const bool me = before.find(U'我') != npos || clause.substr(at).find(U'我') != npos;
  const std::size_t relative = before.find(U'我') == npos ? 0 : relative_at(before.substr(before.find(U'我')));
  if (relative > 0) {
    const std::size_t i = named_in(s.list, key_of(before));
    if (i != kNobody && !s.list.entries[i].gone) return i;
    // 我妈 of 阿坤 stands there as 阿坤妈.
    const Phrase kin = before.substr(before.find(U'我') + 1, relative - 1);
    for (std::size_t e = 0; e < s.list.entries.size(); ++e)
      if (s.list.entries[e].by == s.author && !s.list.entries[e].gone &&
          decode_utf8(s.list.entries[e].name).ends_with(kin))
        return e;
    return kNobody;
  }
  if (named != kNobody && !s.list.entries[named].gone && named != s.own && !before.ends_with(U"我")) return named;
  if (!me && named == kNobody && ends_with_person(before)) return kNobody;
  if (has_any(before, kOthers) && !before.ends_with(U"我")) return kNobody;
  if (before.find(U'她') != npos || before.find(U'他') != npos) return kNobody;
  if (named != kNobody && named == s.own) return s.own;
  if (me || before.size() <= 6) return s.own;
  return kNobody;
}

std::optional<Saying> leaving(const Speech& s, Phrase clause) {
  std::size_t length = 0;
  const std::size_t at = find_any(clause, kLeave, &length);
  if (at == npos) return std::nullopt;
  const Phrase after = clause.substr(at + length);
  if (!after.empty() && ends_with_any(after, kTails) == 0 && after.size() > 6) return std::nullopt;
  if (after.starts_with(U"上班") || after.starts_with(U"哦") || after.starts_with(U"吗") ||
      clause.find(U"来不来") != npos)
    return std::nullopt;
  Saying out{Saying::What::leave};
  out.entry = leaver(s, clause, at);
  if (out.entry == kNobody) return std::nullopt;
  return out;
}

std::optional<Saying> changing(const Speech& s, Phrase clause) {
  const bool portions = s.list.kind == JielongKind::group_buy;
  const std::string key = key_of(clause);
  std::size_t named = named_in(s.list, key);
  if (named != kNobody && s.list.entries[named].gone) named = kNobody;
  const std::size_t target = named != kNobody ? named : s.own;
  if (target == kNobody) return std::nullopt;
  const JielongEntry& e = s.list.entries[target];
  Saying out{Saying::What::change};
  out.entry = target;
  out.for_other = target != s.own;
  const std::int32_t plus = plus_in(clause);
  const std::int32_t count = count_in(clause, portions);
  std::size_t length = 0;

  if (has_any(clause, kOwnMore) && (target == s.own || named != kNobody)) {
    const std::int32_t more = plus > 0 ? plus : count > 0 ? count : 1;
    if (clause.find(U"我带") != npos && count == 0 && !ends_with_person(without_tail(clause))) return std::nullopt;
    out.number = e.number + more;
    if (has_any(s.all, std::array<Phrase, 2>{U"两个人", U"两人"})) out.number = 2;
    out.told = true;
    return out;
  }
  if (clause.find(U"少一个") != npos || clause.find(U"少1个") != npos) {
    out.number = std::max(1, e.number - 1), out.told = true;
    return out;
  }
  if (clause.find(U"就我一个") != npos || clause.find(U"只来一个") != npos) {
    out.number = 1, out.told = true;
    return out;
  }
  if (s.list.kind == JielongKind::vote && has_any(clause, std::array<Phrase, 3>{U"改", U"换", U"撤回"}) &&
      named == kNobody) {
    for (const Phrase c : clauses_of(s.all)) {
      if (!gives_vote(c)) continue;
      out.note = encode_utf8(without_tail(s.all.substr(static_cast<std::size_t>(c.data() - s.all.data()))));
      return out;
    }
  }
  if (std::size_t at = find_any(clause, kOwnSet, &length); at != npos) {
    Phrase what = without_tail(clause.substr(at + length));
    if (what.starts_with(U"成") || what.starts_with(U"为") || what.starts_with(U"到") || what.starts_with(U"做"))
      what.remove_prefix(1);
    if (what.empty() || what.size() > 14) return std::nullopt;
    std::int32_t value = 0;
    const std::size_t n = number_at(what, value);
    const bool only = n > 0 && (n == what.size() || count_in(what, portions) > 0 || count_in(what, false) > 0);
    if (only) {
      out.number = value, out.told = true;
      // 菜油改2桶: one of several things
      if (portions) out.note = encode_utf8(what);
      return out;
    }
    constexpr Phrase soft[] = {U"改", U"换"};
    if (!has_any(clause.substr(at, length), soft) && !has_any(s.all, std::array<Phrase, 2>{U"写错", U"改"}))
      return std::nullopt;
    if (s.list.kind == JielongKind::sign_up) {
      const std::size_t house = house_at(what, false);
      if (house == what.size() && !e.house.empty()) {
        out.house = encode_utf8(what);
        return out;
      }
    }
    Folded folded;
    const std::string bytes = encode_utf8(what);
    folded.read(bytes);
    const Count c = count_of(folded, 0, folded.points.size(), portions);
    if (c.told && s.list.kind != JielongKind::vote) out.number = c.number, out.told = true;
    out.note = bytes;
    return out;
  }
  if (named != kNobody && count > 0 && !portions && clause.size() <= 12) {
    out.number = count, out.told = true;
    return out;
  }
  return std::nullopt;
}

std::optional<Saying> joining(const Speech& s, Phrase clause, bool first) {
  const bool portions = s.list.kind == JielongKind::group_buy;
  const JielongKind kind = s.list.kind;
  Saying out{Saying::What::join};
  const std::int32_t plus = plus_in(clause);
  std::int32_t count = count_in(portions ? s.all : clause, portions);
  std::size_t length = 0;
  std::size_t at = find_any(clause, kJoin, &length);
  if (at == npos && kind == JielongKind::affected) at = find_any(clause, kAlso, &length);
  if (at == npos && clause.starts_with(U"报") && clause.size() >= 2 && clause.size() <= 4 && first) at = 0, length = 1;
  const bool plus_form = plus > 0 && (clause.front() == U'+' || clause.find(U"+") <= 8);
  const bool family = clause.starts_with(U"我们家") || clause.starts_with(U"我家") || clause.starts_with(U"我们") ||
                      clause.starts_with(U"我俩") || clause.starts_with(U"那我们家");
  const bool votes = kind == JielongKind::vote && gives_vote(clause) && clause.size() <= 12;
  const bool buys = portions && count > 0 && clause.size() <= 14 && at == npos;
  const bool hit = kind == JielongKind::affected && house_at(s.all, false) > 0 && first && s.all.size() <= 24;
  const bool me_alone = s.all.size() <= 3 && s.all.starts_with(U"我") && trimmed(s.all).size() == 1;
  if (!(at != npos || plus_form || (family && count > 0) || votes || buys || hit || me_alone)) return std::nullopt;
  if (has_any(clause, kNotJoin) && !plus_form) return std::nullopt;

  const std::string other = on_behalf(clause);
  out.weak = !plus_form ? (at != npos && has_any(clause.substr(at, length), kWeakJoin)) || me_alone : true;
  if (!other.empty()) {
    out.name = other, out.for_other = true, out.weak = false;
  } else {
    self(s, out);
    // How they call themselves there: "算我一个，柚子奶奶", "我同学想来，叫花生".
    for (const Phrase c : clauses_of(s.all)) {
      if (c.data() == clause.data()) continue;
      const std::string key = key_of(c);
      if (like_name(c) && key.size() >= 6 && s.name.name_key.find(key) != std::string::npos) out.name = encode_utf8(c);
      if (c.starts_with(U"叫") && c.size() >= 3 && c.size() <= 5)
        out.name = encode_utf8(c.substr(1)), out.house.clear(), out.for_other = true;
    }
    // A house told with it: "7-2-9 晚上七点后".
    if (const std::size_t n = house_at(s.all, false); n > 0 && out.house.empty())
      out.house = encode_utf8(s.all.substr(0, n));
  }
  out.number = plus > 0 ? plus : std::max(count, 1);
  out.told = plus > 1 || count > 0;
  if (clause.find(U"我和") != npos || clause.find(U"我俩") != npos || clause.find(U"我跟") != npos)
    out.number = std::max(out.number, 2), out.told = true;

  // What else it says: companions, a choice, an amount.
  Phrase rest = s.all.substr(static_cast<std::size_t>(clause.data() - s.all.data()) + clause.size());
  if (plus_form) {
    const std::size_t sign = clause.find(U'+');
    std::int32_t value = 0;
    const std::size_t n = number_at(clause.substr(sign + 1), value);
    const Phrase tail = clause.substr(std::min(clause.size(), sign + 1 + n));
    if (!tail.empty()) rest = tail;
  }
  rest = trimmed(rest);
  if (const std::size_t stop = rest.find_first_of(U"，,。!！？?\n"); stop != npos) {
    if (rest[stop] == U'?' || rest[stop] == U'？') rest = {};
    else rest = rest.substr(0, stop);
  }
  Folded folded;
  const std::string bytes = encode_utf8(rest);
  folded.read(bytes);
  const Count extra = count_of(folded, 0, folded.points.size(), portions);
  if (extra.told && !portions) {
    if (extra.number > 1 && out.number == 1) out.number = extra.number, out.told = true;
    out.note = extra.note;
  } else if (!rest.empty() && rest.size() <= 7 && !like_name(rest) &&
             !has_any(rest, std::array<Phrase, 7>{U"谢", U"我", U"你", U"他", U"好", U"什么", U"吗"}) &&
             ends_with_any(rest, kTails) == 0) {
    out.note = bytes;
  }
  if (portions) {
    // The amount is the note, unless only 份 is said.
    Phrase what = at != npos && at + length < clause.size() ? clause.substr(at + length) : clause;
    const std::size_t digit = [&] {
      for (std::size_t i = 0; i < what.size(); ++i) {
        std::int32_t v = 0;
        if (number_at(what.substr(i), v) > 0 && count_in(what.substr(i), true) > 0) return i;
      }
      return npos;
    }();
    if (digit != npos) out.note = encode_utf8(without_tail(what.substr(digit)));
  }
  if (at == 0 && length == 1 && clause.size() <= 4) out.note = encode_utf8(without_tail(clause.substr(1)));
  if (votes) out.note = encode_utf8(without_tail(s.all));
  if (hit && at == npos && !plus_form) {
    const std::size_t n = house_at(s.all, false);
    out.note = encode_utf8(without_tail(s.all.substr(n)));
    if (out.name.empty()) out.house = encode_utf8(s.all.substr(0, n));
  }
  if (kind == JielongKind::affected || kind == JielongKind::vote) out.number = 1, out.told = false;
  return out;
}

}  // namespace

bool same_person(const JielongEntry& entry, const Who& person) {
  if (!person.house_key.empty() && entry.house_key == person.house_key) return true;
  const std::string &a = entry.key, &b = person.name_key;
  if (a.empty() || b.empty()) return false;
  if (a == b) return true;
  return (a.size() >= 6 && b.ends_with(a)) || (b.size() >= 6 && a.ends_with(b));
}

std::size_t own_entry(const JielongList& list, std::string_view author, const Who& author_name) {
  std::size_t by_name = kNobody, by_author = kNobody;
  for (std::size_t i = 0; i < list.entries.size(); ++i) {
    const JielongEntry& e = list.entries[i];
    if (e.gone) continue;
    if (e.by == author && e.self) return i;
    if (same_person(e, author_name)) by_name = i;
    if (e.by == author && author != list.starter) by_author = i;
  }
  return by_name != kNobody ? by_name : by_author;
}

std::vector<Saying> sayings(const Folded& text, const JielongList& list, std::string_view author,
                            const Who& author_name) {
  std::u32string words = text.points;
  // "我 报 名": a blank after every sign says nothing.
  const auto blanks = static_cast<std::size_t>(std::count(words.begin(), words.end(), U' '));
  if (blanks > 0 && blanks * 2 + 2 >= words.size() && words.size() >= 3) std::erase(words, U' ');
  if (words.empty() || words.size() > 60) return {};
  constexpr Phrase steps_in[] = {U"的话我顶", U"的话我来", U"的话我补", U"的话算我"};
  if (has_any(words, kIf) && !has_any(words, steps_in)) return {};
  Speech s{list, author, author_name, words, key_of(Phrase(words)), own_entry(list, author, author_name)};
  const auto clauses = clauses_of(words);
  const bool asked = words.back() == U'?' || words.back() == U'？' || words.ends_with(U"吗") || words.ends_with(U"没");

  for (const Phrase c : clauses)
    if (auto p = passing(s, c)) return {*p};
  for (const Phrase c : clauses)
    if (auto p = leaving(s, c)) return {*p};
  for (const Phrase c : clauses) {
    if (asked && c.data() + c.size() + 1 >= words.data() + words.size()) continue;
    if (auto p = changing(s, c)) return {*p};
  }
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    const Phrase c = clauses[i];
    const std::size_t end = static_cast<std::size_t>(c.data() - words.data()) + c.size();
    const bool question = asked && end + 1 >= words.size();
    if (question && !(plus_in(c) > 0 && i == 0 && clauses.size() > 1)) continue;
    if (auto p = joining(s, c, i == 0)) return {*p};
  }
  return {};
}

}  // namespace linli::jielong
