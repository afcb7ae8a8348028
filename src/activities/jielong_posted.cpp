#include "activities/jielong_posted.h"

#include <algorithm>
#include <unordered_map>

#include "base/normal_form.h"

namespace linli::jielong {
namespace {

using What = JielongChange::What;
using Reason = JielongReason;

constexpr std::size_t kLists = 8, kVersions = 16;
constexpr auto kSameList = std::chrono::hours(72);  // the same title later is next week's list

bool same(const JielongEntry& e, const LineKeys& line) {
  const bool houses = e.house_key.empty() || line.house_key.empty() || e.house_key == line.house_key;
  if (e.key == line.key && !line.key.empty()) return houses;
  // "202" may be read as a name once and as a room the next time.
  if ((e.key.empty() && e.house_key == line.key) || (line.key.empty() && line.house_key == e.key)) return true;
  // One of them without a name: the house decides.
  return !line.house_key.empty() && e.house_key == line.house_key && (e.key.empty() || line.key.empty());
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

}  // namespace

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

std::vector<LineKeys> keys_of(const JielongText& text) {
  std::vector<LineKeys> out;
  out.reserve(text.lines.size());
  for (const JielongLine& line : text.lines) out.push_back({keyed(line.name), keyed(line.house)});
  return out;
}

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

void begin_list(Act& act, const JielongText& text) {
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
  list.score = text.score;
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
    if (list.since > kAlone || marker < 2 || marker > (list.shown ? size + 3 : size + 1)) continue;
    if (best == nullptr || list.since <= best->since) best = &list;
  }
  if (best != nullptr) matched = match(*best, keys);
  return best;
}

void add_alone(Act& act, JielongList& list, const JielongText& text, const std::vector<std::size_t>& matched) {
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
}

}  // namespace linli::jielong
