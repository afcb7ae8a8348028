#include "activities/jielong.h"

#include <algorithm>
#include <unordered_map>

#include "activities/jielong_posted.h"
#include "base/normal_form.h"

namespace linli {
namespace {

using namespace jielong;

// Below kPossible a text is not even kept as a possible list; below kLikely nothing beside it makes it one.
constexpr float kPossible = -0.3f, kLikely = 0.2f;

using What = JielongChange::What;
using Reason = JielongReason;

// How much a message speaks of that list: pairs of signs of its title, and names in it.
std::size_t mentions(const JielongList& list, std::u32string_view words) {
  const std::u32string title = decode_utf8(list.title);
  std::size_t n = 0;
  for (std::size_t i = 0; i + 1 < title.size(); ++i)
    if (is_han(title[i]) && is_han(title[i + 1]) && words.find(std::u32string_view(title).substr(i, 2)) != words.npos)
      ++n;
  return n;
}

// Does what was said. False: nothing came of it.
bool say(Act& act, const std::vector<Saying>& said, JielongList& list) {
  bool done = false;
  for (const Saying& s : said) {
    const Reason reason = s.for_other ? Reason::said_for : Reason::said;
    switch (s.what) {
      case Saying::What::join: {
        const std::size_t own = own_entry(list, act.message.author, act.author);
        LineKeys k{keyed(s.name), keyed(s.house)};
        const auto m = match(list, {k});
        if (m[0] != kNobody) {
          JielongEntry& e = list.entries[m[0]];
          if (!e.gone) {
            if (list.kind != JielongKind::vote || s.note.empty() || s.note == e.note) break;
            e.note = s.note;
            act.note(list, What::changed, e.id, reason);
            done = true;
            break;
          }
          e.gone = false, e.number = s.number, e.number_told = s.told, e.note = s.note;
          // Who comes back stands at the end.
          JielongEntry back = e;
          list.entries.erase(list.entries.begin() + static_cast<std::ptrdiff_t>(m[0]));
          list.entries.push_back(back);
          act.note(list, What::added, back.id, reason);
          done = true;
          break;
        }
        if (list.entries.size() >= kJielongEntries || (s.name.empty() && s.house.empty())) break;
        if (own != kNobody && !s.for_other && list.entries[own].by == act.message.author && list.entries[own].self)
          break;
        JielongEntry e;
        e.id = act.state.next_id++;
        e.name = s.name, e.house = s.house, e.note = s.note, e.number = s.number, e.number_told = s.told;
        e.key = k.key, e.house_key = k.house_key, e.by = act.message.author, e.self = !s.for_other;
        list.entries.push_back(e);
        act.note(list, What::added, e.id, reason);
        done = true;
        break;
      }
      case Saying::What::leave:
        list.entries[s.entry].gone = true;
        act.note(list, What::withdrawn, list.entries[s.entry].id, reason);
        done = true;
        break;
      case Saying::What::change: {
        JielongEntry& e = list.entries[s.entry];
        const bool one_each = list.kind == JielongKind::affected || list.kind == JielongKind::vote;
        if (s.number > 0 && !one_each) {
          e.number = std::clamp<std::int32_t>(s.number, 1, 9999), e.number_told = s.told;
          if (s.note.empty() && list.kind != JielongKind::group_buy) e.note.clear();
        }
        if (!s.note.empty()) e.note = s.note;
        if (!s.house.empty()) e.house = s.house, e.house_key = keyed(s.house);
        act.note(list, What::changed, e.id, reason);
        done = true;
        break;
      }
      case Saying::What::pass_on: {
        if (s.name.empty() && s.house.empty()) break;
        JielongEntry& old = list.entries[s.entry];
        JielongEntry e = old;
        old.gone = true;
        act.note(list, What::withdrawn, old.id, Reason::passed_on);
        e.id = act.state.next_id++;
        e.name = s.name, e.house = s.house, e.key = keyed(s.name), e.house_key = keyed(s.house);
        e.by = act.message.author, e.self = !s.for_other, e.note = s.note;
        act.note(list, What::added, e.id, Reason::passed_on);
        if (list.entries.size() >= kJielongEntries) {
          list.entries[s.entry] = std::move(e);
        } else {
          list.entries.insert(list.entries.begin() + static_cast<std::ptrdiff_t>(s.entry) + 1, std::move(e));
        }
        done = true;
        break;
      }
    }
  }
  return done;
}

// A message beside the lists. True if it was about one of them.
bool speak(Act& act, const Folded& text) {
  JielongState& state = act.state;
  JielongList* best = nullptr;
  std::size_t most = 0;
  for (JielongList& list : state.lists) {
    const std::size_t n = mentions(list, text.points);
    const bool better =
        best == nullptr || n > most ||
        (n == most && (list.touched > best->touched || (list.touched == best->touched && list.since <= best->since)));
    if (better) best = &list, most = n;
  }
  // A list that the author stands in comes before one that is only newer, where the words fit no title.
  if (best == nullptr) return false;
  auto what = sayings(text, *best, act.message.author, act.author);
  if (what.empty() && most == 0) {
    for (JielongList& list : state.lists) {
      if (&list == best) continue;
      auto other = sayings(text, list, act.message.author, act.author);
      if (other.empty() || other.front().what != Saying::What::leave) continue;
      best = &list, what = std::move(other);
      break;
    }
  }
  if (what.empty()) return false;
  const Saying& first = what.front();
  const bool join = first.what == Saying::What::join;
  if (join && !best->shown && (best->since > kNear || first.weak || best->score < kLikely)) return false;
  if (join && best->since > (first.weak ? kNear : kAlone) && most == 0) return false;
  // "+1" after a burst pipe is about the pipe.
  if (join && first.weak && best->kind != JielongKind::affected && most == 0 &&
      (state.since_trouble <= 2 || state.since_refused <= 2))
    return false;
  if (!join && !best->shown) return false;
  show(act, *best);
  if (!say(act, what, *best)) return false;
  best->touched = act.message.at, best->since = 0;
  return true;
}

// Nobody can be written down under no name.
bool nameless(const Who& person) { return person.name.empty() && person.house.empty(); }

// "1", "3" after a call or a list: 回1, or the next number.
bool bare_number(Act& act, const Folded& text) {
  std::int32_t value = 0;
  const std::size_t n = number_at(text.points, value);
  if (n == 0 || n != text.points.size() || !is_digit(text.points[0])) return false;
  JielongState& state = act.state;
  JielongList* list = nullptr;
  for (JielongList& l : state.lists)
    if (list == nullptr || l.since <= list->since) list = &l;
  if (list == nullptr || list->since > kNear) return false;
  const auto standing =
      std::count_if(list->entries.begin(), list->entries.end(), [](const auto& e) { return !e.gone; });
  const std::string title = keyed(list->title);
  const bool asked_one = value == 1 && (title.find("回1") != title.npos || title.find("扣1") != title.npos ||
                                        title.find("个1") != title.npos);
  if (!asked_one && (value != standing + 1 || value < 2)) return false;
  if (own_entry(*list, act.message.author, act.author) != kNobody) return false;
  if (nameless(act.author) || list->entries.size() >= kJielongEntries) return false;
  show(act, *list);
  JielongLine line;
  line.name = act.author.name, line.house = act.author.house;
  JielongEntry e = entry_of(act, line);
  e.self = true;
  list->entries.push_back(e);
  list->since = 0, list->touched = act.message.at;
  act.note(*list, What::added, e.id, Reason::said);
  return true;
}

// The first that answers a call makes it a list.
bool answer_call(Act& act, const Folded& text) {
  JielongState& state = act.state;
  if (nameless(act.author)) return false;
  if (state.call.empty() || state.since_call > kNear || act.message.author == state.call_by) return false;
  if (state.since_trouble <= 1) return false;
  for (const JielongList& l : state.lists)
    if (l.since < state.since_call) return false;
  JielongList empty;
  empty.kind = state.call_kind, empty.title = state.call, empty.starter = state.call_by;
  const bool one = text.points == U"1" || text.points == U"1 ";
  const bool asked_one = state.call.find("回1") != std::string::npos || state.call.find("扣1") != std::string::npos;
  const auto said = one ? std::vector<Saying>{} : sayings(text, empty, act.message.author, act.author);
  if (!(one && asked_one) && (said.empty() || said.front().what != Saying::What::join)) return false;
  JielongText t;
  t.kind = state.call_kind, t.title = state.call, t.score = kJielongList;
  const std::string starter = state.call_by;
  begin_list(act, t);
  JielongList& list = state.lists.back();
  list.starter = starter;
  state.call.clear();
  if (!one) return say(act, said, list);
  JielongLine line;
  line.name = act.author.name, line.house = act.author.house;
  JielongEntry e = entry_of(act, line);
  e.self = true;
  list.entries.push_back(e);
  act.note(list, What::added, e.id, Reason::said);
  return true;
}

// WeChat copies a quoted message as 「name: words」, a line of dashes, the answer.
std::string_view without_quote(std::string_view text) {
  if (!text.starts_with("「")) return text;
  const auto dashes = text.find("\n- - -");
  if (dashes == text.npos) return text;
  const auto end = text.find('\n', dashes + 1);
  return end == text.npos ? std::string_view() : text.substr(end + 1);
}

}  // namespace

std::vector<JielongChange> step(JielongState& state, const JielongMessage& message) {
  Act act{state, message, who(message.name), {}};
  for (JielongList& list : state.lists) ++list.since;
  ++state.since_call, ++state.since_trouble, ++state.since_refused;

  Folded text;
  text.read(without_quote(message.text).substr(0, 32u << 10));
  JielongText posted = read_list(text, message.name);
  if (posted.numbered && !(posted.lines.empty() && posted.score < kJielongList)) {
    const auto keys = keys_of(posted);
    std::vector<std::size_t> matched;
    if (JielongList* list = posted_list(act, posted, keys, matched); list != nullptr && !posted.refused) {
      const bool alone = posted.title.empty() && hits(matched) == 0 && posted.lines.size() <= 2;
      // Somebody else lengthened it: now it is a list for certain.
      const bool lengthened = message.author != list->starter && (alone || hits(matched) < posted.lines.size());
      if (lengthened) show(act, *list);
      if (alone) {
        add_alone(act, *list, posted, matched);
      } else {
        // The numbers that this kind of list counts.
        if (list->kind == JielongKind::affected || list->kind == JielongKind::vote)
          for (JielongLine& line : posted.lines) line.number = 1, line.number_told = false;
        repost(act, *list, posted, keys, matched);
      }
      list->since = 0, list->touched = message.at;
      return std::move(act.changes);
    }
    if (posted.refused) {
      state.since_refused = 0;
    } else if (posted.lines.size() <= 1 && posted.title.empty() && state.since_refused <= kNear) {
      state.since_refused = 0;
    } else if (posted.score >= kPossible || (!state.call.empty() && state.since_call <= 3 && posted.title.empty())) {
      if (posted.kind == JielongKind::none) posted.kind = JielongKind::sign_up;
      begin_list(act, posted);
      return std::move(act.changes);
    }
  } else if (!posted.numbered) {
    if (!text.points.empty() && (bare_number(act, text) || speak(act, text) || answer_call(act, text)))
      return std::move(act.changes);
    if (posted.refused) state.since_refused = 0;
  }
  if (tells_trouble(text.points)) state.since_trouble = 0;
  if (!posted.refused && calls_to_join(text.points) && text.points.size() >= 6) {
    // The whole first line is the title of what may come.
    const std::size_t end = std::min(text.points.find(U'\n'), text.points.size());
    std::string title = posted.numbered ? posted.title : text.written(0, std::min<std::size_t>(end, 60));
    if (!title.empty()) {
      state.call = std::move(title);
      state.call_by = message.author;
      state.call_kind = kind_of_words(text.points);
      state.called_at = message.at;
      state.since_call = 0;
    }
  }
  return std::move(act.changes);
}

const JielongList* find_list(const JielongState& state, std::uint32_t id) {
  const auto it = std::find_if(state.lists.begin(), state.lists.end(), [&](const auto& l) { return l.id == id; });
  return it == state.lists.end() ? nullptr : &*it;
}

std::string_view name_of(JielongReason reason) {
  constexpr std::string_view names[] = {"list_begun",  "line_added", "line_changed", "own_line_gone", "starter_removed",
                                        "marked_gone", "said",       "said_for",     "passed_on",     "line_kept"};
  return names[static_cast<std::size_t>(reason)];
}

}  // namespace linli
