#include "activities/jielong_set.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/normal_form.h"

namespace linli {
namespace {

using Set = LabelledJielong;

JielongKind kind_named(std::string_view name) {
  for (const auto k : {JielongKind::sign_up, JielongKind::affected, JielongKind::group_buy, JielongKind::vote})
    if (name_of(k) == name) return k;
  return JielongKind::none;
}

// Letters, digits and signs of other scripts: blanks, punctuation and emoji are not what is measured.
std::string plain(std::string_view text) {
  const NormalForm form = normalize(text);
  std::string out;
  for (const char32_t c : form.points) {
    const bool letter =
        (c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z') || (c >= 0x3400 && c <= 0x9FFF) || c >= 0x20000;
    if (letter && !(c >= 0x2600 && c <= 0x27BF) && !(c >= 0x1F000 && c <= 0x1FAFF)) append_utf8(out, c);
  }
  return out;
}

// By value: what it is read from may be gone by the first turn of a loop.
simdjson::dom::array array_of(simdjson::dom::element e, std::string_view key) { return e[key]; }

struct Plain {
  std::string who, number, note;
};
template <class Entry>
Plain plain_of(const Entry& e) {
  Plain p;
  p.who = plain(e.name) + "@" + plain(e.house);
  p.number = p.who + "#" + std::to_string(e.number);
  p.note = p.who + "/" + plain(e.note);
  return p;
}

void count(JielongScore::Rate& rate, std::vector<std::string> said, std::vector<std::string> meant) {
  std::sort(said.begin(), said.end());
  std::sort(meant.begin(), meant.end());
  std::vector<std::string> both;
  std::set_intersection(said.begin(), said.end(), meant.begin(), meant.end(), std::back_inserter(both));
  rate.right += both.size(), rate.said += said.size(), rate.meant += meant.size();
}

std::vector<Set::List> lists_of(const JielongState& state) {
  std::vector<Set::List> out;
  for (const JielongList& list : state.lists) {
    if (!list.shown) continue;
    Set::List& l = out.emplace_back();
    l.kind = list.kind, l.title = list.title;
    for (const JielongEntry& e : list.entries)
      if (!e.gone) l.entries.push_back({e.name, e.house, e.note, e.number});
  }
  return out;
}

std::string shown(const std::vector<Set::List>& lists) {
  std::string out;
  for (const auto& l : lists) {
    out += fmt::format("[{} {}:", name_of(l.kind), l.title);
    for (const auto& e : l.entries) out += fmt::format(" {}|{}|{}|{};", e.name, e.number, e.house, e.note);
    out += "]";
  }
  return out.empty() ? "[]" : out;
}

}  // namespace

Result<std::vector<Set>> read_jielong_set(const std::string& path) {
  simdjson::padded_string file;
  if (simdjson::padded_string::load(path).get(file) != simdjson::SUCCESS) return fail(Errc::not_found, {path});
  std::vector<Set> out;
  simdjson::dom::parser parser;
  simdjson::dom::document_stream stream;
  if (parser.parse_many(file).get(stream) != simdjson::SUCCESS) return fail(Errc::bad_json, {path});
  std::size_t line = 0;
  try {
    for (auto doc : stream) {
      ++line;
      const simdjson::dom::element c = doc.value();
      Set one;
      one.id = static_cast<std::int32_t>(c["id"].get_int64().value());
      one.about = std::string(c["about"].get_string().value());
      for (const simdjson::dom::element m : array_of(c, "messages")) {
        Set::Message& message = one.messages.emplace_back();
        message.at = static_cast<std::int32_t>(m["at"].get_int64().value());
        message.by = std::string(m["by"].get_string().value());
        message.name = std::string(m["name"].get_string().value());
        message.text = std::string(m["text"].get_string().value());
        for (const simdjson::dom::element x : array_of(m, "changes"))
          message.changes.push_back({std::string(x["what"].get_string().value()), x["list"].get_uint64().value(),
                                     std::string(x["entry"].get_string().value())});
        for (const simdjson::dom::element l : array_of(m, "lists")) {
          Set::List& list = message.lists.emplace_back();
          list.kind = kind_named(l["kind"].get_string().value());
          list.title = std::string(l["title"].get_string().value());
          for (const simdjson::dom::element e : array_of(l, "entries"))
            list.entries.push_back(
                {std::string(e.at(0).get_string().value()), std::string(e.at(2).get_string().value()),
                 std::string(e.at(3).get_string().value()), static_cast<std::int32_t>(e.at(1).get_int64().value())});
        }
      }
      out.push_back(std::move(one));
    }
  } catch (const simdjson::simdjson_error&) {
    return fail(Errc::bad_json, {path, static_cast<long>(line)});
  }
  return out;
}

JielongScore score_jielong(const std::vector<Set>& cases) {
  JielongScore score;
  for (const Set& c : cases) {
    JielongState state;
    bool all_right = true;
    std::vector<Set::List> read;
    for (std::size_t i = 0; i < c.messages.size(); ++i) {
      const Set::Message& m = c.messages[i];
      const auto changes = step(state, {m.by, m.name, m.text, std::chrono::sys_seconds(std::chrono::minutes(m.at))});
      read = lists_of(state);
      std::vector<std::string> said[3], meant[3], states[4];
      const auto gather = [&](const std::vector<Set::List>& lists, std::vector<std::string>* into,
                              std::string& state_text, std::string& whole) {
        for (std::size_t l = 0; l < lists.size(); ++l) {
          state_text += fmt::format("\n{}:", name_of(lists[l].kind)),
              whole += fmt::format("\n{}:{}:", name_of(lists[l].kind), plain(lists[l].title));
          for (const auto& e : lists[l].entries) {
            const Plain p = plain_of(e);
            const std::string at = std::to_string(l);
            into[0].push_back(at + p.who), into[1].push_back(at + p.number), into[2].push_back(at + p.note);
            state_text += p.number + ";", whole += p.number + p.note + ";";
          }
        }
      };
      std::string read_state, meant_state, read_whole, meant_whole;
      gather(read, said, read_state, read_whole);
      gather(m.lists, meant, meant_state, meant_whole);
      count(score.entries, said[0], meant[0]);
      count(score.numbers, said[1], meant[1]);
      count(score.notes, said[2], meant[2]);

      std::vector<std::string> changes_said, changes_meant;
      for (const JielongChange& change : changes) {
        constexpr std::string_view names[] = {"begun", "titled", "added", "changed", "withdrawn", "kept"};
        const auto what = names[static_cast<std::size_t>(change.what)];
        if (change.entry == 0 || what == "kept") continue;
        const JielongList* list = find_list(state, change.list);
        for (const JielongEntry& e : list->entries)
          if (e.id == change.entry)
            changes_said.push_back(fmt::format("{} {}", what, plain(e.name.empty() ? e.house : e.name)));
      }
      for (const auto& change : m.changes)
        changes_meant.push_back(fmt::format("{} {}", change.what, plain(change.entry)));
      count(score.changes, changes_said, changes_meant);

      const bool right = read_state == meant_state;
      ++score.messages;
      score.states += right;
      score.whole += read_whole == meant_whole;
      if (!right || read_whole != meant_whole) {
        score.wrong.push_back(fmt::format("{} {}.{} {}\n  {}: {}\n  read  {}\n  meant {}", right ? "NOTE " : "STATE",
                                          c.id, i + 1, c.about, m.name, m.text.substr(0, 300), shown(read),
                                          shown(m.lists)));
      }
      all_right &= right;
    }
    ++score.cases;
    score.cases_right += all_right;
    const auto& meant = c.messages.back().lists;
    score.lists.said += read.size(), score.lists.meant += meant.size(),
        score.lists.right += std::min(read.size(), meant.size());
    for (std::size_t l = 0; l < std::max<std::size_t>(1, std::max(read.size(), meant.size())); ++l) {
      const auto kind = [&](const std::vector<Set::List>& lists) {
        return std::string(name_of(l < lists.size() ? lists[l].kind : JielongKind::none));
      };
      ++score.kind_of[kind(meant)][kind(read)];
      if (l < read.size() && l < meant.size()) {
        score.kinds += read[l].kind == meant[l].kind;
        score.titles += plain(read[l].title) == plain(meant[l].title);
      }
    }
  }
  return score;
}

std::string table_of(const JielongScore& s) {
  const auto row = [](std::string_view what, const JielongScore::Rate& r) {
    return fmt::format("| {} | {:.3f} | {:.3f} | {} | {} |\n", what, r.precision(), r.recall(), r.said, r.meant);
  };
  std::string out = "| | precision | recall | read | meant |\n| --- | --- | --- | --- | --- |\n";
  out += row("entries (who, which house)", s.entries);
  out += row("entries with their number", s.numbers);
  out += row("entries with their note", s.notes);
  out += row("changes (added, changed, withdrawn)", s.changes);
  out += row("lists", s.lists);
  const auto share = [](std::size_t n, std::size_t of) {
    return of == 0 ? 1.0 : static_cast<double>(n) / static_cast<double>(of);
  };
  out += fmt::format("\nkind right {:.3f}, title right {:.3f} (of {} lists found)\n", share(s.kinds, s.lists.right),
                     share(s.titles, s.lists.right), s.lists.right);
  out += fmt::format("state right after a message: {:.3f} of {}; with notes and titles {:.3f}\n",
                     share(s.states, s.messages), s.messages, share(s.whole, s.messages));
  out += fmt::format("cases right after every message: {} of {}\n", s.cases_right, s.cases);
  out += "\n| meant, read | none | sign_up | affected | group_buy | vote |\n| --- | --- | --- | --- | --- | --- |\n";
  for (const auto* meant : {"none", "sign_up", "affected", "group_buy", "vote"}) {
    out += fmt::format("| {} |", meant);
    for (const auto* read : {"none", "sign_up", "affected", "group_buy", "vote"}) {
      const auto it = s.kind_of.find(meant);
      const auto n = it == s.kind_of.end() || !it->second.contains(read) ? 0 : it->second.at(read);
      out += fmt::format(" {} |", n);
    }
    out += "\n";
  }
  return out;
}

}  // namespace linli
