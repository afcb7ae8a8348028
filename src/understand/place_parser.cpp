#include "understand/place_parser.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace linli {
namespace {

struct Number {
  std::int32_t value = -1;
  std::uint32_t begin = 0, end = 0;
  bool han = false, zero = false, letter = false;
  std::uint32_t digits() const { return end - begin; }
};

int han_digit(char32_t c) {
  switch (c) {
    case U'零': return 0;
    case U'一': return 1;
    case U'二':
    case U'两': return 2;
    case U'三': return 3;
    case U'四': return 4;
    case U'五': return 5;
    case U'六': return 6;
    case U'七': return 7;
    case U'八': return 8;
    case U'九': return 9;
    default: return -1;
  }
}

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_letter(char32_t c) { return c >= 'a' && c <= 'z'; }

// 12, 十二, 二十, 一五零二 (read digit by digit), b.
std::optional<Number> number_at(std::u32string_view t, std::uint32_t i) {
  Number n;
  n.begin = i;
  if (i >= t.size()) return std::nullopt;
  if (is_digit(t[i])) {
    n.zero = t[i] == '0';
    n.value = 0;
    while (i < t.size() && is_digit(t[i]) && i - n.begin < 6) n.value = n.value * 10 + static_cast<int>(t[i++] - '0');
    if (i < t.size() && is_digit(t[i])) return std::nullopt;  // a telephone number, a price
    n.end = i;
    return n;
  }
  if (is_letter(t[i])) {
    if (i > 0 && is_letter(t[i - 1])) return std::nullopt;
    if (i + 1 < t.size() && is_letter(t[i + 1])) return std::nullopt;
    n.value = 1000 + static_cast<int>(t[i] - 'a');
    n.letter = true;
    n.end = i + 1;
    return n;
  }
  if (han_digit(t[i]) < 0 && t[i] != U'十') return std::nullopt;
  n.han = true;
  std::int32_t tens = -1, ones = 0;
  std::uint32_t count = 0;
  for (; i < t.size(); ++i) {
    if (t[i] == U'十' && tens < 0) {
      tens = count ? ones : 1;
      ones = 0;
      count = 0;
      continue;
    }
    const int d = han_digit(t[i]);
    if (d < 0) break;
    ones = ones * 10 + d;
    if (++count > 4) return std::nullopt;
  }
  n.value = tens >= 0 ? tens * 10 + ones : ones;
  n.end = i;
  return n;
}

bool starts(std::u32string_view t, std::uint32_t i, std::u32string_view what) {
  return t.substr(std::min<std::size_t>(i, t.size())).starts_with(what);
}

// Points after i that close a building: 栋 幢 座 号楼 #楼 #; 0: none.
std::uint32_t building_suffix(std::u32string_view t, std::uint32_t i) {
  if (starts(t, i, U"号楼栋")) return 3;
  if (starts(t, i, U"号楼") || starts(t, i, U"#楼") || starts(t, i, U"号栋") || starts(t, i, U"#栋")) return 2;
  if (starts(t, i, U"栋") || starts(t, i, U"幢") || starts(t, i, U"座") || starts(t, i, U"#")) return 1;
  return 0;
}

bool dash(char32_t c) { return c == '-' || c == U'—' || c == U'–' || c == '~' || c == U'一' || c == '_'; }

// Parts of a compound that are named by where they lie; capitals, so that they are no letters.
char zone_of(char32_t c) {
  switch (c) {
    case U'东': return 'E';
    case U'南': return 'S';
    case U'西': return 'W';
    case U'北': return 'N';
    default: return 0;
  }
}

bool unit_of_measure(std::u32string_view t, std::uint32_t i) {
  constexpr std::u32string_view kUnits = U"元块分点个天年月日秒钟岁人斤件次度米号万千百公本集%:℃kmwg快毛两条桶包";
  return i < t.size() && kUnits.find(t[i]) != kUnits.npos;
}

class Reader {
 public:
  Reader(std::u32string_view text, PlaceMention& out, bool name) : t_(text), out_(out), name_(name) {}

  void read() {
    for (std::uint32_t i = 0; i < t_.size();) i = step(i);
  }

 private:
  std::uint32_t step(std::uint32_t i) {
    if (const char zone = zone_before_number(i)) {
      const std::int32_t before = out_.building;
      const auto n = number_at(t_, i + 1);
      // No number where it is too long: v13800000000.
      if (auto end = n && n->digits() <= 2 ? chain(*n) : 0; end || (n && building_suffix(t_, n->end))) {
        if (!end) end = step(i + 1);
        if (before < 0 && out_.building == n->value) out_.zone = zone;
        return end;
      }
    }
    if (t_[i] == U'负' && i + 1 < t_.size()) {
      const auto n = number_at(t_, i + 1);
      if (n && n->value >= 1 && n->value <= 4 && (starts(t_, n->end, U"楼") || starts(t_, n->end, U"层"))) {
        if (out_.floor == -100) out_.floor = -n->value;
        return n->end + 1;
      }
    }
    const auto n = number_at(t_, i);
    if (!n) return i + 1;
    if (const auto end = chain(*n)) return end;
    if (const std::uint32_t suffix = building_suffix(t_, n->end);
        suffix && n->value > 0 && (n->letter || n->value < 200)) {
      // 一座(桥), 一栋: "one of", not number one, unless a unit follows.
      if (n->han && n->value == 1 && t_[n->end] == U'座') return n->end;
      set(out_.building, n->value, n->begin, n->end + suffix);
      return after_building(n->end + suffix);
    }
    if (n->letter) return n->end;
    if (starts(t_, n->end, U"单元") || starts(t_, n->end, U"单园")) {
      if (n->value >= 1 && n->value <= 20) set(out_.unit, n->value, n->begin, n->end + 2);
      return after_unit(n->end + 2);
    }
    if (starts(t_, n->end, U"楼") || starts(t_, n->end, U"层")) {
      if (n->value >= 1 && n->value <= 60 && out_.floor == -100 &&
          !(n->han && n->value == 1 && starts(t_, n->end, U"层")))
        out_.floor = n->value;
      return n->end + 1;
    }
    room(*n);
    return n->end;
  }

  // A3-…, 南2栋…: the part of the compound, where a number follows at once.
  char zone_before_number(std::uint32_t i) const {
    if (i + 1 >= t_.size() || !is_digit(t_[i + 1])) return 0;
    if (is_letter(t_[i])) return i > 0 && is_letter(t_[i - 1]) ? 0 : static_cast<char>(t_[i]);
    return zone_of(t_[i]);
  }

  // 3-2-1502, 3#2-1502, 3-1502, b-0804; in names also 3-2-5. Returns the end, or 0.
  std::uint32_t chain(const Number& first) {
    std::uint32_t at = first.end;
    if (first.han || at >= t_.size() || (!first.letter && first.digits() > 2)) return 0;
    if (first.begin > 0 && (t_[first.begin - 1] == '.' || t_[first.begin - 1] == ':' || dash(t_[first.begin - 1])))
      return 0;
    const std::uint32_t suffix = building_suffix(t_, at);
    if (suffix && suffix + at < t_.size() && dash(t_[at + suffix])) at += suffix;
    else if (suffix && t_[at] == '#') at += 0;
    else if (!dash(t_[at]) || t_[at] == U'一') return 0;
    const auto second = number_at(t_, at + 1);
    if (!second || second->han || second->letter) return 0;
    const bool more = second->end < t_.size() && (dash(t_[second->end]) || starts(t_, second->end, U"单元"));
    if (more && second->digits() <= 2) {
      const std::uint32_t skip = dash(t_[second->end]) ? 1 : 2;
      std::uint32_t third_at = second->end + skip;
      if (skip == 2 && third_at < t_.size() && dash(t_[third_at])) ++third_at;
      const auto third = number_at(t_, third_at);
      const bool good =
          third && !third->han && !third->letter && third->digits() <= 4 && !unit_of_measure(t_, third->end);
      if (good && (name_ || third->digits() >= 2 || !date_like(first, *second, *third))) {
        set(out_.building, first.value, first.begin, third->end);
        set(out_.unit, second->value, first.begin, third->end);
        set_room(*third, first.begin);
        return third->end;
      }
      if (skip == 2) {
        set(out_.building, first.value, first.begin, third_at);
        set(out_.unit, second->value, first.begin, third_at);
        return third_at;
      }
    }
    if (second->digits() >= 3 && second->digits() <= 4 && !unit_of_measure(t_, second->end)) {
      set(out_.building, first.value, first.begin, second->end);
      set_room(*second, first.begin);
      return second->end;
    }
    if (name_ && first.begin == 0 && second->digits() <= 2 && !first.letter) {
      set(out_.building, first.value, first.begin, second->end);
      set(out_.unit, second->value, first.begin, second->end);
      return second->end;
    }
    return 0;
  }

  static bool date_like(const Number& a, const Number& b, const Number& c) {
    return a.value <= 12 && b.value <= 31 && c.value <= 31 && c.digits() == 2;
  }

  std::uint32_t after_building(std::uint32_t i) {
    i = skip_blank(i);
    const auto n = number_at(t_, i);
    if (!n || n->letter) return i;
    if (starts(t_, n->end, U"单元")) {
      set(out_.unit, n->value, n->begin, n->end + 2);
      return after_unit(n->end + 2);
    }
    if (n->end < t_.size() && dash(t_[n->end]) && n->digits() <= 2 && !n->han) {
      const auto r = number_at(t_, n->end + 1);
      if (r && !r->han && !r->letter && r->digits() >= 2 && r->digits() <= 4) {
        set(out_.unit, n->value, n->begin, r->end);
        set_room(*r, n->begin);
        return r->end;
      }
    }
    if (n->digits() >= 3 && n->digits() <= 4 && !unit_of_measure(t_, n->end)) {
      set_room(*n, n->begin);
      return n->end;
    }
    return i;
  }

  std::uint32_t after_unit(std::uint32_t i) {
    i = skip_blank(i);
    if (i < t_.size() && dash(t_[i]) && t_[i] != U'一') ++i;
    const auto n = number_at(t_, i);
    if (n && !n->letter && n->digits() >= 2 && n->digits() <= 4 && !starts(t_, n->end, U"楼") &&
        !starts(t_, n->end, U"层") && !unit_of_measure_of_room(n->end) &&
        (n->digits() >= 3 || starts(t_, n->end, U"号"))) {
      set_room(*n, n->begin);
      return n->end;
    }
    return i;
  }

  bool unit_of_measure_of_room(std::uint32_t i) const { return unit_of_measure(t_, i) && t_[i] != U'号'; }

  // 1502, 1502室, 304门口: three or four digits that are no year, price or time.
  void room(const Number& n) {
    if (n.digits() < 3 || n.digits() > 4 || (n.han && !starts(t_, n.end, U"室") && !starts(t_, n.end, U"号"))) return;
    if (n.begin > 0) {
      const char32_t before = t_[n.begin - 1];
      if (before == '.' || before == ':' || before == '-' || before == U'第' || before == '/' || before == '+' ||
          before == U'共' || is_letter(before))
        return;
    }
    const bool marked = starts(t_, n.end, U"室") || starts(t_, n.end, U"号") || starts(t_, n.end, U"房") ||
                        starts(t_, n.end, U"家") || starts(t_, n.end, U"门口") || starts(t_, n.end, U"屋") ||
                        starts(t_, n.end, U"的");
    if (!marked && (unit_of_measure(t_, n.end) || starts(t_, n.end, U".") || starts(t_, n.end, U":") ||
                    starts(t_, n.end, U"-") || starts(t_, n.end, U"/")))
      return;
    const std::int32_t floor = n.value / 100, door = n.value % 100;
    if (floor < 1 || floor > 60 || door < 1 || door > 40) return;
    if (n.value >= 1990 && n.value <= 2040 && !marked) return;
    if (n.value == 110 || n.value == 119 || n.value == 120 || n.value == 122) return;
    if (out_.room < 0) set_room(n, n.begin);
  }

  void set_room(const Number& n, std::uint32_t begin) {
    if (out_.room >= 0) return;
    set(out_.room, n.value, begin, n.end);
    out_.leading_zero = n.zero;
  }

  void set(std::int32_t& part, std::int32_t value, std::uint32_t begin, std::uint32_t end) {
    if (part >= 0) return;
    part = value;
    if (!out_.end) out_.begin = begin;
    out_.end = std::max(out_.end, end);
  }

  std::uint32_t skip_blank(std::uint32_t i) const {
    while (i < t_.size() && (t_[i] == ' ' || t_[i] == ',')) ++i;
    return i;
  }

  std::u32string_view t_;
  PlaceMention& out_;
  bool name_;
};

}  // namespace

class PlaceParser::Impl {
 public:
  explicit Impl(const PlaceDirectory& directory) {
    for (const auto& place : directory.places) add(place);
    settle();
    add_names();
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i].text.size() >= 2) starts_[key(names_[i].text, 0)].push_back(i);
    }
    for (auto& [k, list] : starts_) {
      std::stable_sort(list.begin(), list.end(),
                       [&](auto a, auto b) { return names_[a].text.size() > names_[b].text.size(); });
      maybe_[k % kMaybe] = true;
    }
    for (const auto& g : directory.groups) groups_[g.group] = home_of(g.name);
  }

  void find_names(std::u32string_view text, PlaceMention& out) const {
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
      const std::uint64_t k = key(text, i);
      if (!maybe_[k % kMaybe]) continue;
      const auto it = starts_.find(k);
      if (it == starts_.end()) continue;
      for (const auto index : it->second) {
        const Name& name = names_[index];
        if (!text.substr(i).starts_with(name.text)) continue;
        // 3号门 is not in 13号门, t1 not in t12.
        const auto joined = [](char32_t a, char32_t b) {
          return (is_digit(a) && is_digit(b)) || (is_letter(a) && is_letter(b));
        };
        const std::size_t end = i + name.text.size();
        if (i > 0 && joined(text[i - 1], text[i])) continue;
        if (end < text.size() && joined(text[end - 1], text[end])) continue;
        if (name.compound >= 0 && out.compound < 0) out.compound = name.compound;
        if (name.known >= 0 && out.known < 0) {
          out.known = name.known;
          if (!out.end)
            out.begin = static_cast<std::uint32_t>(i), out.end = static_cast<std::uint32_t>(i + name.text.size());
        }
        i += name.text.size() - 1;
        break;
      }
    }
  }

  struct Name {
    std::u32string text;
    std::int32_t known, compound;
  };
  std::vector<std::string> compounds_, known_;
  std::vector<std::u32string> compound_points_;
  std::vector<std::int32_t> compound_of_known_;
  std::vector<bool> house_;                 // of known
  std::vector<std::string> building_form_;  // for each compound how its buildings are written: "栋", "号楼", "座"
  std::unordered_map<std::string, Home> groups_;

 private:
  static constexpr std::size_t kMaybe = 4096;
  static std::uint64_t key(std::u32string_view t, std::size_t i) {
    return (std::uint64_t{t[i]} * 2654435761u) ^ t[i + 1];
  }

  // A place is called by its whole name or by the end of it: 锦苑小区东门 is 东门 to those who live there, 川口农贸市场 the
  // 市场, where the directory has no other that ends so.
  void add_names() {
    std::vector<std::u32string> all;
    for (const auto& k : known_) all.push_back(normalize(k).points);
    const std::size_t known = all.size();
    all.insert(all.end(), compound_points_.begin(), compound_points_.end());
    const std::unordered_set<std::u32string_view> whole(all.begin(), all.end());
    std::unordered_map<std::u32string_view, std::size_t> endings;  // how many names end so
    for (const std::u32string_view x : all) {
      for (std::size_t n = 2; n <= x.size(); ++n) ++endings[x.substr(x.size() - n)];
    }
    for (std::size_t i = 0; i < known; ++i) house_.push_back(is_house(all[i]));
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::u32string& full = all[i];
      const auto name = [&](std::u32string_view text) {
        names_.push_back({std::u32string(text), i < known ? static_cast<std::int32_t>(i) : -1,
                          i < known ? -1 : static_cast<std::int32_t>(i - known)});
      };
      name(full);
      std::size_t prefix = full.empty() ? 0 : full.size() - 1;  // of the longest other name that this one begins with
      while (prefix > 0 && !whole.contains(std::u32string_view(full).substr(0, prefix))) --prefix;
      const std::u32string_view rest = std::u32string_view(full).substr(prefix);
      if (prefix > 0 && rest.size() >= 2) name(rest);
      for (std::size_t n = 2; n < full.size(); ++n) {
        const std::u32string_view end = std::u32string_view(full).substr(full.size() - n);
        if (n == rest.size() && prefix > 0) break;
        // No part of a number, nor what it counts.
        if (is_digit(full[full.size() - n - 1]) || is_letter(full[full.size() - n - 1])) continue;
        if (n == 2 && !says_enough(end)) continue;
        if (endings[end] > 1) continue;
        name(end);
        break;
      }
      // A3栋 as in A3-1-201.
      if (i < known && full.size() > 3 && full.ends_with(U'栋') && is_digit(full[full.size() - 2])) {
        std::size_t at = full.size() - 2;
        while (at > 0 && is_digit(full[at - 1])) --at;
        if (at > 0 && is_letter(full[at - 1])) name(std::u32string_view(full).substr(at - 1, full.size() - at));
      }
    }
  }

  static bool is_house(std::u32string_view name) {
    if (name.size() < 3) return false;
    const char32_t last = name.back();
    return last == U'栋' || last == U'座' || last == U'排' || name.ends_with(U"号") || name.ends_with(U"号院") ||
           name.ends_with(U"号楼") || (is_digit(last) && is_letter(name[name.size() - 2]));
  }

  // Two characters that can name a place by themselves.
  static bool says_enough(std::u32string_view two) {
    constexpr std::u32string_view kEnds = U"门栋口区座院街巷河桥路市店厅楼站场库园学期排";
    return is_digit(two[1]) || kEnds.find(two[1]) != kEnds.npos;
  }

  // "锦苑小区3栋" tells of the compound 锦苑小区; 锦苑小区 itself is a compound if such a name or a group says so.
  void add(const std::string& place) {
    const std::u32string points = normalize(place).points;
    for (std::uint32_t i = 1; i < points.size(); ++i) {
      const auto n = number_at(points, i);
      if (!n) continue;
      const std::uint32_t suffix = building_suffix(points, n->end);
      if (suffix && n->end + suffix == points.size()) {
        // The directory's own spelling: the same number of characters before the number.
        const std::u32string raw = decode_utf8(place);
        compound(encode_utf8(std::u32string_view(raw).substr(0, i)),
                 encode_utf8(std::u32string_view(raw).substr(n->end)));
        return;
      }
      i = n->end;
    }
    known_.push_back(place);
    compound_of_known_.push_back(-1);
  }

  std::int32_t compound(const std::string& name, const std::string& form) {
    for (std::size_t c = 0; c < compounds_.size(); ++c) {
      if (compounds_[c] == name) return static_cast<std::int32_t>(c);
    }
    compounds_.push_back(name);
    compound_points_.push_back(normalize(name).points);
    building_form_.push_back(form);
    return static_cast<std::int32_t>(compounds_.size() - 1);
  }

  // Named places that turn out to be compounds leave the list; those that begin with a compound's name belong to it.
  void settle() {
    for (std::size_t k = 0; k < known_.size();) {
      if (std::find(compounds_.begin(), compounds_.end(), known_[k]) != compounds_.end()) {
        known_.erase(known_.begin() + static_cast<std::ptrdiff_t>(k));
        compound_of_known_.erase(compound_of_known_.begin() + static_cast<std::ptrdiff_t>(k));
        continue;
      }
      std::size_t longest = 0;
      for (std::size_t c = 0; c < compounds_.size(); ++c) {
        if (known_[k].starts_with(compounds_[c]) && compounds_[c].size() > longest) {
          longest = compounds_[c].size();
          compound_of_known_[k] = static_cast<std::int32_t>(c);
        }
      }
      ++k;
    }
  }

  Home home_of(const std::string& group_name) const {
    Home home;
    const std::u32string name = normalize(group_name).points;
    std::size_t longest = 0;
    for (std::size_t c = 0; c < compounds_.size(); ++c) {
      const std::u32string& p = compound_points_[c];
      // The whole name, or its last two characters or more (望江岚庭 -> 岚庭群).
      for (std::size_t cut = 0; cut + 2 <= p.size(); ++cut) {
        if (name.find(p.substr(cut)) == name.npos) continue;
        if (p.size() - cut > longest) longest = p.size() - cut, home.compound = static_cast<std::int32_t>(c);
        break;
      }
      if (longest == 0 && p.size() >= 4 && name.find(p.substr(0, 2)) != name.npos)
        longest = 1, home.compound = static_cast<std::int32_t>(c);
    }
    if (home.compound < 0 && compounds_.size() == 1) home.compound = 0;
    PlaceMention m;
    Reader(name, m, false).read();
    if (home.compound >= 0) home.building = m.building;
    find_names(name, m);
    home.known = m.known;
    return home;
  }

  std::vector<Name> names_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> starts_;
  std::vector<bool> maybe_ = std::vector<bool>(kMaybe);
};

PlaceParser::PlaceParser(const PlaceDirectory& directory) : impl_(std::make_unique<Impl>(directory)) {}
PlaceParser::~PlaceParser() = default;
PlaceParser::PlaceParser(PlaceParser&&) noexcept = default;
PlaceParser& PlaceParser::operator=(PlaceParser&&) noexcept = default;

PlaceMention PlaceParser::parse(const NormalForm& text, const std::vector<WordHit>& hits,
                                const Lexicon& lexicon) const {
  PlaceMention m;
  Reader(text.points, m, false).read();
  impl_->find_names(text.points, m);
  std::uint32_t longest = 0;
  for (const WordHit& hit : hits) {
    const WordEntry& word = lexicon.words()[hit.word];
    if (!word.spot || word.points <= longest) continue;
    longest = word.points;
    m.spot = static_cast<std::int32_t>(hit.word);
    if (!m.address() && m.known < 0) m.begin = hit.begin, m.end = hit.end;
  }
  return m;
}

PlaceMention PlaceParser::parse_name(std::string_view sender_name) const {
  PlaceMention m;
  const NormalForm n = normalize(sender_name);
  Reader(n.points, m, true).read();
  impl_->find_names(n.points, m);
  return m;
}

PlaceParser::Home PlaceParser::home(std::string_view group) const {
  const auto it = impl_->groups_.find(std::string(group));
  if (it != impl_->groups_.end()) return it->second;
  return {impl_->compounds_.size() == 1 ? 0 : -1, -1, -1};
}

const std::vector<std::string>& PlaceParser::compounds() const { return impl_->compounds_; }
const std::vector<std::string>& PlaceParser::known() const { return impl_->known_; }
std::int32_t PlaceParser::compound_of_known(std::int32_t known) const {
  return impl_->compound_of_known_[static_cast<std::size_t>(known)];
}

bool PlaceParser::house(std::int32_t known) const { return impl_->house_[static_cast<std::size_t>(known)]; }

std::int32_t PlaceParser::compound_of_zone(char zone) const {
  for (std::size_t c = 0; c < impl_->compounds_.size(); ++c) {
    const std::u32string& name = impl_->compound_points_[c];
    constexpr std::u32string_view kParts = U"区片院苑园坝";
    const char32_t part = name.size() > 2 ? name[name.size() - 2] : 0;
    if (name.size() > 2 && kParts.find(name.back()) != kParts.npos &&
        (static_cast<char32_t>(zone) == part || zone_of(part) == zone))
      return static_cast<std::int32_t>(c);
  }
  return -1;
}

std::string PlaceParser::write(std::int32_t compound, const PlaceMention& at, int level) const {
  std::string out = compound >= 0 ? impl_->compounds_[static_cast<std::size_t>(compound)] : std::string();
  if (level < 1) return out;
  if (at.building >= 0) {
    out +=
        at.building >= 1000 ? std::string(1, static_cast<char>('A' + at.building - 1000)) : std::to_string(at.building);
    const std::string form = compound >= 0 ? impl_->building_form_[static_cast<std::size_t>(compound)] : "栋";
    out += at.building >= 1000 && form != "栋" && form != "座" ? "座" : form;
  }
  if (level >= 2 && at.unit >= 0) out += std::to_string(at.unit) + "单元";
  if (level >= 3 && at.room >= 0) out += (at.leading_zero ? "0" : "") + std::to_string(at.room);
  return out;
}

// The directory's own name for what people call shortly: 地库 is 地下车库, 小学门口 the one school there is.
std::string PlaceParser::write_spot(std::int32_t compound, std::string_view spot) const {
  const std::string prefix = compound >= 0 ? impl_->compounds_[static_cast<std::size_t>(compound)] : std::string();
  std::string word(spot);
  for (const std::string_view garage : {"地库", "车库", "地下停车场"}) {
    if (word == garage) word = "地下车库";
  }
  const auto known = [&](std::string_view what) -> const std::string* {
    const std::string* found = nullptr;
    for (const auto& name : impl_->known_) {
      if (!name.ends_with(what)) continue;
      if (!prefix.empty() && name.starts_with(prefix)) return &name;
      if (!found) found = &name;
    }
    return found;
  };
  if (const auto* name = known(word)) return *name;
  for (const std::string_view level : {"负一楼", "负二楼", "负一层", "负二层", "b1", "b2"}) {
    if (word != level) continue;
    if (const auto* name = known("地下车库")) return *name;
  }
  for (const std::string_view tail : {"门口", "旁边", "口"}) {
    if (!word.ends_with(tail) || word.size() < tail.size() + 6) continue;  // at least two characters before it
    if (const auto* name = known(std::string_view(word).substr(0, word.size() - tail.size()))) return *name;
  }
  return prefix + word;
}

}  // namespace linli
