// Who joins a list by a message beside it.
#include <algorithm>
#include <array>

#include "activities/jielong_speech.h"

namespace linli::jielong {
namespace {

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

}  // namespace

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
  out.weak =
      plus_form ? clause.front() == U'+' : (at != npos && has_any(clause.substr(at, length), kWeakJoin)) || me_alone;
  if (!other.empty()) {
    out.name = other, out.for_other = true, out.weak = false;
  } else {
    self(s, out);
    // 我们蜜枣队+3
    const std::size_t sign = clause.find(U'+');
    if (plus_form && clause.starts_with(U"我们") && sign > 3 && sign <= 8 && !out.name.empty() &&
        encode_utf8(clause.substr(2, sign - 2)).starts_with(out.name))
      out.name = encode_utf8(clause.substr(2, sign - 2));
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
             !ends_softly(rest)) {
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
  if (votes) {
    const std::size_t house = house_at(s.all, false);
    out.note = encode_utf8(without_tail(s.all.substr(house)));
  }
  if (hit && at == npos && !plus_form) {
    const std::size_t n = house_at(s.all, false);
    out.note = encode_utf8(without_tail(s.all.substr(n)));
    if (out.name.empty()) out.house = encode_utf8(s.all.substr(0, n));
  }
  if (kind == JielongKind::affected || kind == JielongKind::vote) out.number = 1, out.told = false;
  return out;
}

}  // namespace linli::jielong
