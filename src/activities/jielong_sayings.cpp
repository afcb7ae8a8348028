#include "activities/jielong_sayings.h"

#include <algorithm>
#include <array>

#include "activities/jielong_speech.h"
#include "base/normal_form.h"

namespace linli::jielong {
namespace {

constexpr Phrase kLeave[] = {U"不来了", U"不去了",   U"来不了", U"去不了", U"来不到",   U"来不成", U"去不成",
                             U"不能来", U"不能去",   U"不得来", U"不参加", U"退出",     U"取消",   U"退了",
                             U"先退",   U"我退",     U"划掉",   U"不报了", U"不坐了",   U"不排了", U"不要了",
                             U"不用了", U"不用算",   U"不算我", U"算了",   U"下了哈",   U"我鸽了", U"撤了",
                             U"不打了", U"不去了吧", U"不来",   U"懒得来", U"去不成了", U"我撤",   U"值班，算了"};
constexpr Phrase kIf[] = {U"的话", U"如果",   U"要是",   U"假如",     U"万一",  U"的时候",
                          U"哈哈", U"开玩笑", U"请不请", U"可不可以", U"可以不"};
constexpr Phrase kOthers[] = {U"快递", U"师傅", U"物业", U"他们", U"老板", U"你",
                              U"谁",   U"哪个", U"外卖", U"笑得", U"昨天"};
constexpr Phrase kPlaces[] = {U"名额", U"位子", U"位置", U"那张", U"那个位", U"的票", U"那份"};
constexpr Phrase kOwnMore[] = {U"再加",     U"再+",      U"再给我加",   U"再报",     U"多带",
                               U"我带",     U"加个朋友", U"加一个朋友", U"我老公也", U"我老婆也",
                               U"老头子也", U"老伴也",   U"我妈也",     U"老伴同来", U"也带"};
constexpr Phrase kOwnSet[] = {U"改成", U"改为", U"改到", U"我改",     U"改做", U"改",   U"换成",
                              U"换到", U"我换", U"只来", U"就我一个", U"我要", U"只要", U"给我改"};

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
  if (!after.empty() && !ends_softly(after) && after.size() > 6) return std::nullopt;
  if (after.starts_with(U"上班") || after.starts_with(U"哦") || after.starts_with(U"吗") ||
      clause.find(U"来不来") != npos)
    return std::nullopt;
  Saying out{Saying::What::leave};
  out.entry = leaver(s, clause, at);
  if (out.entry == kNobody) return std::nullopt;
  out.for_other = out.entry != s.own;
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
      if (portions && !what.ends_with(U"份") && !what.ends_with(U"个") && n < what.size()) out.note = encode_utf8(what);
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
