#include "activities/jielong.h"

#include <algorithm>
#include <unordered_map>

#include "activities/jielong_sayings.h"
#include "base/normal_form.h"

namespace linli {
namespace {

using namespace jielong;
using namespace std::chrono_literals;

constexpr std::size_t kLists = 8, kVersions = 16;
constexpr float kLikely = 0.2f;                     // below this a text is not even kept as a likely list
constexpr auto kSameList = std::chrono::hours(72);  // the same title later is next week's list
constexpr std::uint32_t kAlone = 30;                // messages after which a single line joins no list any more
constexpr std::uint32_t kNear = 10;                 // messages after which "我来" joins no list any more

using What = JielongChange::What;
using Reason = JielongReason;

struct Act {
  JielongState& state;
  const JielongMessage& message;
  Who author;
  std::vector<JielongChange> changes;

  void note(const JielongList& list, What what, std::uint32_t entry, Reason reason) {
    if (list.shown) changes.push_back({what, list.id, entry, std::string(message.author), reason});
  }
};

std::string keyed(std::string_view text) { return text.empty() ? std::string() : key_of(text); }

JielongEntry entry_of(Act& act, const JielongLine& line) {
  JielongEntry e;
  e.id = act.state.next_id++;
  e.name = line.name, e.house = line.house, e.note = line.note;
  e.number = line.number, e.number_told = line.number_told;
  e.by = act.message.author;
  e.key = keyed(e.name), e.house_key = keyed(e.house);
  return e;
}

// Names and houses of posted lines, once a message.
struct LineKeys {
  std::string key, house_key;
};
std::vector<LineKeys> keys_of(const JielongText& text) {
  std::vector<LineKeys> out;
  out.reserve(text.lines.size());
  for (const JielongLine& line : text.lines) out.push_back({keyed(line.name), keyed(line.house)});
  return out;
}

bool same(const JielongEntry& e, const LineKeys& line) {
  const bool houses = e.house_key.empty() || line.house_key.empty() || e.house_key == line.house_key;
  if (e.key == line.key && !line.key.empty()) return houses;
  // "202" may be read as a name once and as a room the next time.
  if ((e.key.empty() && e.house_key == line.key) || (line.key.empty() && line.house_key == e.key)) return true;
  // One of them without a name: the house decides.
  return !line.house_key.empty() && e.house_key == line.house_key && (e.key.empty() || line.key.empty());
}

// For each line the entry that it is; kNobody: a new one. Those that stand come first.
std::vector<std::size_t> match(const JielongList& list, const std::vector<LineKeys>& lines) {
  std::vector<std::size_t> out(lines.size(), kNobody);
  std::vector<bool> taken(list.entries.size());
  std::unordered_multimap<std::string_view, std::size_t> by_key;
  for (std::size_t i = 0; i < list.entries.size(); ++i) {
    if (!list.entries[i].key.empty()) by_key.emplace(list.entries[i].key, i);
    if (!list.entries[i].house_key.empty()) by_key.emplace(list.entries[i].house_key, i);
  }
  for (std::size_t l = 0; l < lines.size(); ++l) {
    std::size_t best = kNobody;
    const auto look = [&](const std::string& key) {
      if (key.empty()) return;
      const auto [from, to] = by_key.equal_range(key);
      for (auto it = from; it != to; ++it) {
        const std::size_t i = it->second;
        if (taken[i] || !same(list.entries[i], lines[l])) continue;
        if (best == kNobody || std::pair(list.entries[i].gone, i) < std::pair(list.entries[best].gone, best)) best = i;
      }
    };
    look(lines[l].key);
    look(lines[l].house_key);
    if (best != kNobody) out[l] = best, taken[best] = true;
  }
  return out;
}

std::size_t hits(const std::vector<std::size_t>& matched) {
  return static_cast<std::size_t>(
      std::count_if(matched.begin(), matched.end(), [](std::size_t i) { return i != kNobody; }));
}

void begin_list(Act& act, JielongText& text) {
  JielongState& state = act.state;
  if (state.lists.size() == kLists) {
    state.lists.erase(std::min_element(state.lists.begin(), state.lists.end(), [](const auto& a, const auto& b) {
      return std::pair(a.shown, a.touched) < std::pair(b.shown, b.touched);
    }));
  }
  JielongList& list = state.lists.emplace_back();
  list.id = state.next_id++;
  list.kind = text.kind;
  list.title = text.title;
  list.starter = act.message.author;
  list.shown = text.score >= kJielongList;
  list.touched = act.message.at;
  if (list.title.empty() && !state.call.empty() && state.since_call <= kNear) {
    list.title = state.call;
    list.kind = state.call_kind;
    list.shown = true;
  }
  if (!state.call.empty() && list.title == state.call) state.call.clear();
  if (list.shown) act.note(list, What::begun, 0, Reason::list_begun);
  JielongVersion version{std::string(act.message.author), {}};
  bool self_seen = false;
  for (const JielongLine& line : text.lines) {
    if (line.withdrawn) continue;
    JielongEntry e = entry_of(act, line);
    e.self = !self_seen && same_person(e, act.author);
    self_seen |= e.self;
    version.lines.push_back({e.id, e.number, e.number_told, e.note});
    act.note(list, What::added, e.id, Reason::list_begun);
    list.entries.push_back(std::move(e));
  }
  list.versions.push_back(std::move(version));
}

void show(Act& act, JielongList& list) {
  if (list.shown) return;
  list.shown = true;
  if (list.kind == JielongKind::none) list.kind = JielongKind::sign_up;
  act.note(list, What::begun, 0, Reason::list_begun);
  for (const JielongEntry& e : list.entries)
    if (!e.gone) act.note(list, What::added, e.id, Reason::list_begun);
}

// The posted version that this one was copied from: most lines in common, then most lines that say the same, then the
// latest. `line_of`: for each entry its line in the new text; kNobody: not there.
const JielongVersion* base_of(const JielongList& list, const JielongText& text,
                              const std::vector<std::size_t>& line_of) {
  const JielongVersion* best = nullptr;
  std::pair<std::size_t, std::size_t> most;
  std::unordered_map<std::uint32_t, std::size_t> index;
  for (std::size_t i = 0; i < list.entries.size(); ++i) index.emplace(list.entries[i].id, i);
  for (const JielongVersion& v : list.versions) {
    std::pair<std::size_t, std::size_t> common;
    for (const auto& line : v.lines) {
      const auto it = index.find(line.entry);
      if (it == index.end() || line_of[it->second] == kNobody) continue;
      const JielongLine& now = text.lines[line_of[it->second]];
      ++common.first;
      common.second += now.number == line.number && now.note == line.note;
    }
    if (best == nullptr || common >= most) best = &v, most = common;
  }
  return best;
}

// One letter off, or a part of it the same: the same person under a corrected name.
bool alike(const std::string& a, const std::string& b) {
  const std::u32string x = decode_utf8(a), y = decode_utf8(b);
  const std::size_t common =
      static_cast<std::size_t>(std::count_if(x.begin(), x.end(), [&](char32_t c) { return y.find(c) != y.npos; }));
  return common > 0 && common * 2 >= std::max(x.size(), y.size());
}

void repost(Act& act, JielongList& list, const JielongText& text, const std::vector<LineKeys>& keys,
            const std::vector<std::size_t>& matched) {
  const std::string author(act.message.author);
  const bool starter = author == list.starter;
  const std::size_t old_size = list.entries.size();
  std::vector<bool> present(old_size);
  std::vector<std::size_t> line_of(old_size, kNobody);
  for (std::size_t l = 0; l < matched.size(); ++l)
    if (matched[l] != kNobody) present[matched[l]] = true, line_of[matched[l]] = l;
  const JielongVersion* found = base_of(list, text, line_of);
  const JielongVersion base = found == nullptr ? JielongVersion{} : *found;
  const auto in_base = [&](std::uint32_t id) -> const JielongVersion::Line* {
    const auto it = std::find_if(base.lines.begin(), base.lines.end(), [&](const auto& l) { return l.entry == id; });
    return it == base.lines.end() ? nullptr : &*it;
  };
  const auto own = [&](const JielongEntry& e) {
    return (e.self && e.by == author) || (e.by == author && !starter) || same_person(e, act.author);
  };
  bool had_self = own_entry(list, author, act.author) != kNobody;
  const auto new_lines = static_cast<std::size_t>(std::count(matched.begin(), matched.end(), kNobody));

  // A new line where one of the base is missing, with a name much like it: a corrected name.
  std::vector<std::size_t> renamed(text.lines.size(), kNobody);
  for (std::size_t l = 0; l < text.lines.size(); ++l) {
    if (matched[l] != kNobody || l >= base.lines.size()) continue;
    for (std::size_t i = 0; i < old_size; ++i) {
      const JielongEntry& e = list.entries[i];
      if (e.id != base.lines[l].entry || e.gone || present[i] || !(own(e) || starter) || !alike(e.key, keys[l].key))
        continue;
      renamed[l] = i, present[i] = true;
    }
  }

  JielongVersion version{author, {}};
  for (std::size_t l = 0; l < text.lines.size(); ++l) {
    const JielongLine& line = text.lines[l];
    std::size_t i = matched[l] != kNobody ? matched[l] : renamed[l];
    if (i == kNobody) {
      if (line.withdrawn || list.entries.size() >= kJielongEntries) continue;
      JielongEntry e = entry_of(act, line);
      e.self = !had_self && (new_lines == 1 || same_person(e, act.author));
      had_self |= e.self;
      version.lines.push_back({e.id, e.number, e.number_told, e.note});
      list.entries.push_back(e);
      act.note(list, What::added, e.id, Reason::line_added);
      continue;
    }
    JielongEntry& e = list.entries[i];
    version.lines.push_back({e.id, line.number, line.number_told, line.note});
    if (e.gone) {
      // Back only by their own hand.
      if (line.withdrawn || !own(e)) continue;
      e.gone = false;
      e.number = line.number, e.number_told = line.number_told, e.note = line.note;
      act.note(list, What::added, e.id, Reason::line_added);
      continue;
    }
    if (line.withdrawn) {
      e.gone = true;
      act.note(list, What::withdrawn, e.id, Reason::marked_gone);
      continue;
    }
    const JielongVersion::Line* was = in_base(e.id);
    const bool may = was != nullptr || own(e) || starter;
    bool changed = false;
    if (may) {
      // Their own number is theirs to say, whatever it was copied from.
      const bool mine = (e.self && e.by == author) || same_person(e, act.author);
      const bool number_new =
          was == nullptr || (mine && line.number_told) ? line.number_told : line.number != was->number;
      const bool note_new = was == nullptr ? !line.note.empty() : line.note != was->note;
      if (number_new && line.number != e.number)
        e.number = line.number, e.number_told = line.number_told, changed = true;
      if (note_new && line.note != e.note) e.note = line.note, changed = true;
    }
    if (renamed[l] == i || (e.key.empty() && !keys[l].key.empty()))
      e.name = line.name, e.key = keys[l].key, changed = true;
    if (e.house.empty() && !line.house.empty()) e.house = line.house, e.house_key = keys[l].house_key, changed = true;
    if (changed) act.note(list, What::changed, e.id, Reason::line_changed);
  }

  // What the base had and this has not.
  for (std::size_t b = 0; b < base.lines.size(); ++b) {
    for (std::size_t i = 0; i < old_size; ++i) {
      JielongEntry& e = list.entries[i];
      if (e.id != base.lines[b].entry || e.gone || present[i]) continue;
      const bool later_there =
          std::any_of(base.lines.begin() + static_cast<std::ptrdiff_t>(b) + 1, base.lines.end(), [&](const auto& line) {
            for (std::size_t k = 0; k < old_size; ++k)
              if (list.entries[k].id == line.entry) return static_cast<bool>(present[k]);
            return false;
          });
      if (own(e)) {
        e.gone = true;
        act.note(list, What::withdrawn, e.id, Reason::own_line_gone);
      } else if (starter && later_there) {
        e.gone = true;
        act.note(list, What::withdrawn, e.id, Reason::starter_removed);
      } else {
        act.note(list, What::kept, e.id, Reason::line_kept);
      }
    }
  }
  list.versions.push_back(std::move(version));
  if (list.versions.size() > kVersions) list.versions.pop_front();
  if (starter && !text.title.empty() && keyed(text.title) != keyed(list.title)) {
    list.title = text.title;
    act.note(list, What::titled, 0, Reason::line_changed);
  }
}

// Which list a posted one is; nullptr: a new one.
JielongList* posted_list(Act& act, const JielongText& text, const std::vector<LineKeys>& keys,
                         std::vector<std::size_t>& matched) {
  JielongList* best = nullptr;
  std::size_t most = 0;
  const std::string title = keyed(text.title);
  for (JielongList& list : act.state.lists) {
    auto m = match(list, keys);
    const std::size_t n = hits(m);
    const bool same_title = !title.empty() && title == keyed(list.title);
    if (same_title && act.message.at - list.touched > kSameList) continue;
    const bool titles_differ = !title.empty() && !list.title.empty() && !same_title;
    const bool fits =
        same_title || (n > 0 && (titles_differ ? n * 2 > std::max(keys.size(), list.versions.back().lines.size())
                                               : n * 2 >= keys.size()));
    if (!fits) continue;
    const std::size_t worth = n * 2 + (same_title ? 1000 : 0);
    if (best == nullptr || worth >= most) best = &list, most = worth, matched = std::move(m);
  }
  if (best != nullptr || text.lines.empty()) return best;
  // A line posted alone ("4. 小黄") goes on with the list that was touched last.
  if (!text.title.empty() || text.lines.size() > 2 || act.state.since_refused <= kNear) return nullptr;
  for (JielongList& list : act.state.lists) {
    const auto size = static_cast<std::int32_t>(list.entries.size());
    const std::int32_t marker = text.lines.front().marker;
    if (list.since > kAlone || marker < 2 || marker > size + 3) continue;
    if (best == nullptr || list.since <= best->since) best = &list;
  }
  if (best != nullptr) matched = match(*best, keys);
  return best;
}

void add_alone(Act& act, JielongList& list, const JielongText& text, const std::vector<LineKeys>& keys,
               const std::vector<std::size_t>& matched) {
  for (std::size_t l = 0; l < text.lines.size(); ++l) {
    const JielongLine& line = text.lines[l];
    if (matched[l] != kNobody || line.withdrawn || list.entries.size() >= kJielongEntries) continue;
    JielongEntry e = entry_of(act, line);
    if (list.kind == JielongKind::affected || list.kind == JielongKind::vote) e.number = 1, e.number_told = false;
    e.self = own_entry(list, act.message.author, act.author) == kNobody &&
             (text.lines.size() == 1 || same_person(e, act.author));
    list.entries.push_back(e);
    act.note(list, What::added, e.id, Reason::line_added);
  }
  (void)keys;
}

// How much a message speaks of that list: pairs of signs of its title, and names in it.
std::size_t mentions(const JielongList& list, std::u32string_view words) {
  const std::u32string title = decode_utf8(list.title);
  std::size_t n = 0;
  for (std::size_t i = 0; i + 1 < title.size(); ++i)
    if (is_han(title[i]) && is_han(title[i + 1]) && words.find(std::u32string_view(title).substr(i, 2)) != words.npos)
      ++n;
  return n;
}

bool say(Act& act, const Folded& text, JielongList& list) {
  const auto said = sayings(text, list, act.message.author, act.author);
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
  const auto said = sayings(text, *best, act.message.author, act.author);
  if (said.empty()) {
    for (JielongList& list : state.lists) {
      if (&list == best || most > 0) continue;
      const auto other = sayings(text, list, act.message.author, act.author);
      if (!other.empty() && other.front().what == Saying::What::leave) {
        best = &list;
        break;
      }
    }
  }
  const auto what = sayings(text, *best, act.message.author, act.author);
  if (what.empty()) return false;
  const Saying& first = what.front();
  const bool join = first.what == Saying::What::join;
  if (join && !best->shown && (best->since > kNear || (first.weak && best->kind == JielongKind::none))) return false;
  if (join && best->since > (first.weak ? kNear : kAlone) && most == 0) return false;
  // "+1" after a burst pipe is about the pipe.
  if (join && first.weak && best->kind != JielongKind::affected && most == 0 &&
      (state.since_trouble <= 2 || state.since_refused <= 2))
    return false;
  if (!join && !best->shown) return false;
  show(act, *best);
  if (!say(act, text, *best)) return false;
  best->touched = act.message.at, best->since = 0;
  return true;
}

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
  if (state.call.empty() || state.since_call > kNear || act.message.author == state.call_by) return false;
  if (state.since_trouble <= 1) return false;
  for (const JielongList& l : state.lists)
    if (l.since < state.since_call) return false;
  JielongList empty;
  empty.kind = state.call_kind, empty.title = state.call, empty.starter = state.call_by;
  std::int32_t value = 0;
  const bool one = text.points == U"1" || text.points == U"1 ";
  (void)value;
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
  if (!one) return say(act, text, list);
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
        add_alone(act, *list, posted, keys, matched);
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
    } else if (posted.score >= kLikely || (!state.call.empty() && state.since_call <= 3 && posted.title.empty())) {
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
