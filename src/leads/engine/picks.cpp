#include "leads/engine/picks.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <set>

#include "understand/lexicon.h"
#include "understand/model.h"
#include "understand/taxonomy.h"

namespace linli::engine {
namespace {

constexpr std::size_t kMostCategories = 6, kMostPlaces = 24;
constexpr std::int32_t kHouses = 100000;  // houses that the directory knows by name: no number of a compound's building

// Speaks of his own home: then his name in the group tells the place.
bool of_home(const Digest& d) { return !d.helper() && d.role != Role::bot && d.home.address(); }

constexpr std::string_view kOwnRooms[] = {"我家", "我屋",   "屋头", "家里", "屋里",   "客厅", "厨房",
                                          "厕所", "卫生间", "阳台", "卧室", "天花板", "床"};
constexpr std::string_view kShared[] = {"楼道", "走廊", "电梯",     "单元门", "过道", "楼梯", "门口", "大堂",
                                        "整栋", "全栋", "我们这栋", "我们栋", "院子", "院坝", "小区"};
constexpr std::string_view kNext[] = {"楼上", "楼下", "隔壁", "对门", "上面", "不是我"};

template <std::size_t N>
float says(std::string_view text, const std::string_view (&words)[N]) {
  return static_cast<float>(
      std::count_if(std::begin(words), std::end(words), [&](auto w) { return text.find(w) != text.npos; }));
}

class Put {
 public:
  Put(float* out, std::size_t size) : out_(out), size_(size) {}
  void operator()(float x) {
    if (at_ < size_) out_[at_++] = x;
  }

 private:
  float* out_;
  std::size_t size_, at_ = 0;
};

// What speaks for a place, gathered over the messages.
struct Support {
  PlaceLevel level = PlaceLevel::none;
  std::int32_t building = -1, unit = -1, room = -1;
  bool known = false, floor = false;
  float weight = 0, count = 0, by_opener = 0, by_helper = 0, by_confirm = 0, in_first = 0, from_home = 0, from_text = 0,
        from_group = 0, appeal = 0, complete = 0;
  std::size_t first = 0;
  const Digest* source = nullptr;
};

class Gathering {
 public:
  Gathering(const Lead& lead, const PlaceParser& places, const Lexicon& lexicon)
      : lead_(lead), places_(places), lexicon_(lexicon), opener_(*lead.messages.front()) {
    base_ = choose_place(lead, places, lexicon);
  }

  void gather() {
    std::size_t i = 0;
    for (const auto& d : lead_.messages) {
      if (i >= 40) break;
      told(*d, i);
      ++i;
    }
    if (of_home(opener_)) address(opener_.home, opener_, 0, Told::home);
    PlaceMention group;
    group.building = opener_.group->home.building;
    if (group.building >= 0) address(group, opener_, 0, Told::group);
    if (opener_.group->home.known >= 0)
      add(places_.known()[static_cast<std::size_t>(opener_.group->home.known)], PlaceLevel::spot, {}, opener_, 0,
          Told::group, true);
    if (base_.compound >= 0) {
      add(places_.write(base_.compound, {}, 0), PlaceLevel::compound, {}, opener_, 0, Told::group, false);
    }
  }

  std::map<std::string, Support> found;
  const PlaceChoice& base() const { return base_; }

 private:
  enum class Told { text, home, group };

  void told(const Digest& d, std::size_t i) {
    if (d.place.address() || d.place.floor > 0) address(d.place, d, i, Told::text);
    // A shop's own people, by their name in the group.
    if (d.home.known >= 0 && d.home.building < 0)
      add(places_.known()[static_cast<std::size_t>(d.home.known)], PlaceLevel::spot, {}, d, i, Told::home, true);
    if (d.place.known >= 0) {
      const std::string& name = places_.known()[static_cast<std::size_t>(d.place.known)];
      add(name, PlaceLevel::spot, {}, d, i, Told::text, true);
      house(d.place.known, d.place, d, i, Told::text);
    }
    if (d.home.known >= 0 && (i == 0 || d.sender == opener_.sender)) house(d.home.known, d.home, d, i, Told::home);
    if (d.place.spot >= 0) {
      const std::string& word = lexicon_.words()[static_cast<std::size_t>(d.place.spot)].text;
      add(places_.write_spot(base_.compound, word), PlaceLevel::spot, {}, d, i, Told::text, false);
    }
    if (d.place.compound >= 0)
      add(places_.compounds()[static_cast<std::size_t>(d.place.compound)], PlaceLevel::compound, {}, d, i, Told::text,
          false);
  }

  // Unit and flat of a house that the directory knows by a name of its own: 甲栋2-302, 23号院401.
  void house(std::int32_t known, const PlaceMention& m, const Digest& d, std::size_t i, Told how) {
    if (!places_.house(known)) return;
    const std::string& name = places_.known()[static_cast<std::size_t>(known)];
    PlaceMention at = m;
    at.building = kHouses + known;
    const bool chain = m.unit < 0 && m.building > 0 && m.building <= 20;
    if (chain) at.unit = m.building;
    if (how == Told::home) add(name, PlaceLevel::building, at, d, i, how, true);
    const std::string unit = at.unit > 0 ? name + std::to_string(at.unit) + "单元" : name;
    if (at.unit > 0) add(unit, PlaceLevel::unit, at, d, i, how, true);
    if (at.room < 0) return;
    const std::string room = (at.leading_zero ? "0" : "") + std::to_string(at.room);
    add(unit + room, PlaceLevel::room, at, d, i, how, true);
    if (at.unit > 0) add(name + room, PlaceLevel::room, at, d, i, how, true);
  }

  // Each level that the mention reaches, completed by what else is known.
  void address(PlaceMention m, const Digest& d, std::size_t i, Told how) {
    const bool whole = m.building >= 0;
    if (m.building < 0) m.building = base_.address.building >= 0 ? base_.address.building : d.home.building;
    if (m.unit < 0 && m.building == d.home.building) m.unit = d.home.unit;
    if (m.unit < 0 && m.building == base_.address.building) m.unit = base_.address.unit;
    std::int32_t compound = d.place.compound >= 0 ? d.place.compound : base_.compound;
    if (m.zone) {
      const auto zone = places_.compound_of_zone(m.zone);
      if (zone >= 0) compound = zone;
      else if (m.known >= 0 && places_.house(m.known)) return;  // T1-0806: the tower T1, not a building 1
    }
    if (m.building >= 0) add(places_.write(compound, m, 1), PlaceLevel::building, m, d, i, how, whole);
    if (m.unit >= 0) add(places_.write(compound, m, 2), PlaceLevel::unit, m, d, i, how, whole);
    if (m.room >= 0) {
      add(places_.write(compound, m, 3), PlaceLevel::room, m, d, i, how, whole);
      if (m.unit >= 0) {  // the same flat is often written without its unit
        PlaceMention shorter = m;
        shorter.unit = -1;
        add(places_.write(compound, shorter, 3), PlaceLevel::room, shorter, d, i, how, whole);
      }
    }
    if (m.floor > 0 && m.room < 0 && (m.building >= 0 || compound >= 0)) {
      const std::string text = places_.write(compound, m, 2) + std::to_string(m.floor) + "楼";
      add(text, PlaceLevel::unit, m, d, i, how, whole);
      found[text].floor = true;
    }
  }

  void add(const std::string& text, PlaceLevel level, const PlaceMention& m, const Digest& d, std::size_t i, Told how,
           bool flag) {
    if (text.empty() || (found.size() >= kMostPlaces && !found.contains(text))) return;
    const auto [it, fresh] = found.try_emplace(text);
    Support& s = it->second;
    if (fresh) {
      s.level = level;
      s.building = m.building, s.unit = m.unit;
      if (level == PlaceLevel::room) s.room = m.room;
      s.first = i;
      s.source = &d;
      s.known = level == PlaceLevel::spot && flag;
    }
    s.complete += flag;
    if (how == Told::home) s.from_home = 1;
    if (how == Told::group) s.from_group = 1;
    if (how != Told::text) return;
    const bool mine = d.sender == opener_.sender;
    s.weight += (mine ? 2.0f : d.helper() ? 0.8f : 1.0f) / (1 + 0.15f * static_cast<float>(i));
    s.count += 1;
    s.from_text = 1;
    s.by_opener += mine;
    s.by_helper += d.helper();
    s.by_confirm = std::max<float>(s.by_confirm, mine ? 0.0f : d.act[static_cast<std::size_t>(Act::confirm)]);
    s.in_first = std::max(s.in_first, i == 0 ? 1.0f : 0.0f);
    s.appeal = std::max(s.appeal, d.appeal);
  }

  const Lead& lead_;
  const PlaceParser& places_;
  const Lexicon& lexicon_;
  const Digest& opener_;
  PlaceChoice base_;
};

}  // namespace

std::vector<std::size_t> category_options(const Lead& lead) {
  std::vector<std::size_t> order(Taxonomy::embedded().categories().size());
  for (std::size_t c = 0; c < order.size(); ++c) order[c] = c;
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return lead.sums->belief[a] > lead.sums->belief[b]; });
  order.resize(std::min(order.size(), kMostCategories));
  return order;
}

std::vector<CategoryRow> category_rows(const Lead& lead, const std::vector<std::size_t>& options, const Model& model) {
  std::vector<CategoryRow> out(options.size());
  const Digest& opener = *lead.messages.front();
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::size_t c = options[i];
    out[i].fill(0);
    Put put(out[i].data(), kCategoryFeatures);
    float most = 0, mine = 0, mine_n = 0, helper = 0, strong = 0, weak = 0, first3 = 0, others = 0, others_n = 0;
    std::size_t n = 0;
    for (const auto& d : lead.messages) {
      const float p = d->category[c];
      most = std::max(most, p * d->appeal);
      if (d->sender == opener.sender && mine_n < 5) mine += p, ++mine_n;
      if (d->helper()) helper = std::max(helper, p * d->appeal);
      else if (d->sender != opener.sender) others += p * d->appeal, others_n += d->appeal;
      strong += d->is_strong(c);
      weak += d->is_weak(c);
      if (n++ < 3) first3 += p;
    }
    put(lead.sums->belief[c]);
    put(static_cast<float>(i));
    put(lead.sums->evidence[c] - lead.sums->evidence[options[0]]);
    put(lead.sums->belief[options[0]] - (options.size() > 1 ? lead.sums->belief[options[1]] : 0));
    put(opener.category[c]);
    put(opener.best_category == c);
    put(most);
    put(mine / mine_n);
    put(helper);
    put(others_n > 0 ? others / others_n : 0);
    put(opener.is_strong(c));
    put(std::min(strong, 6.0f));
    put(std::min(weak, 6.0f));
    put(first3 / static_cast<float>(std::min<std::size_t>(3, lead.messages.size())));
    put(static_cast<float>(std::popcount(opener.strong & ~(std::uint64_t{1} << c))));
    put(std::log1p(static_cast<float>(lead.messages.size())));
    put(c < model.rates.size() ? model.rates[c].share : 0);
  }
  return out;
}

std::vector<PlaceOption> place_options(const Lead& lead, const PlaceParser& places, const Understander& understander,
                                       std::vector<PlaceRow>& rows) {
  Gathering g(lead, places, understander.lexicon());
  g.gather();
  const Digest& opener = *lead.messages.front();
  const auto& rates = understander.model().rates;
  std::array<float, kPlaceLevels> usual{};
  float urgency = 0;
  for (std::size_t k = 0; k < rates.size(); ++k) {
    for (std::size_t l = 0; l < kPlaceLevels; ++l) usual[l] += lead.sums->belief[k] * rates[k].places[l];
    urgency += lead.sums->belief[k] * rates[k].urgency;
  }
  float own = 0, shared = 0, next = 0;
  std::size_t heard = 0;
  std::set<std::pair<std::int32_t, std::int32_t>> units;  // of all residents who speak, by their names
  for (const auto& d : lead.messages) {
    if (!d->helper() && d->home.building >= 0) units.insert({d->home.building, d->home.unit});
    if (d->sender != opener.sender || heard++ >= 4) continue;
    own += says(d->text, kOwnRooms);
    shared += says(d->text, kShared);
    next += says(d->text, kNext);
  }
  std::set<std::int32_t> homes;
  for (const auto& [building, unit] : units) homes.insert(building);
  std::vector<PlaceOption> out{{}};
  std::vector<Support> support{{}};
  std::set<std::int32_t> buildings, rooms;
  float spots = 0, known = 0, heaviest = 0;
  for (const auto& [text, s] : g.found) {
    out.push_back({text, s.level, s.source});
    support.push_back(s);
    if (s.from_text && s.building >= 0) buildings.insert(s.building);
    if (s.from_text && s.room >= 0) rooms.insert(s.room);
    spots += s.level == PlaceLevel::spot;
    known += s.known;
    heaviest = std::max(heaviest, s.weight);
  }
  rows.resize(out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Support& s = support[i];
    rows[i].fill(0);
    Put put(rows[i].data(), kPlaceFeatures);
    float finer = 0, finer_weight = 0, rivals = 0;
    for (const Support& o : support) {
      if (o.level == s.level && &o != &s) ++rivals;
      const bool inside = s.level < o.level && o.level <= PlaceLevel::room &&
                          (s.level <= PlaceLevel::compound ||
                           (o.building == s.building && (s.level == PlaceLevel::building || o.unit == s.unit)));
      if (inside) finer += 1, finer_weight = std::max(finer_weight, o.weight);
    }
    put(static_cast<float>(s.level));
    put(usual[static_cast<std::size_t>(s.level)]);
    put(s.level == PlaceLevel::spot);
    put(s.known);
    put(s.floor);
    put(s.weight);
    put(heaviest - s.weight);
    put(s.count);
    put(s.by_opener);
    put(s.by_helper);
    put(s.by_confirm);
    put(s.source && s.source->role == Role::merchant);
    put(s.in_first);
    put(s.from_home);
    put(s.from_text);
    put(s.from_group);
    put(s.appeal);
    put(s.complete);
    put(std::log1p(static_cast<float>(s.first)));
    put(finer);
    put(finer_weight);
    put(rivals);
    put(s.building >= 0 && s.building == opener.home.building);
    put(s.room >= 0 && s.room == opener.home.room);
    put(s.building >= 0 && s.building == opener.group->home.building);
    put(s.building >= 0 && s.building == g.base().address.building);
    put(s.room >= 0 && s.room == g.base().address.room);
    put(s.room >= 0 && s.unit < 0);
    put(static_cast<float>(buildings.size()));
    put(static_cast<float>(rooms.size()));
    put(spots);
    put(known);
    put(std::log1p(static_cast<float>(lead.messages.size())));
    put(static_cast<float>(lead.here.size()));
    put(opener.helper());
    put(urgency);
    put(static_cast<float>(g.base().levels));
    put(opener.sign(Sign::wide) > 0);
    put(opener.home.address());
    put(own);
    put(shared);
    put(next);
    put(s.source ? says(s.source->text, kNext) : 0);
    put(s.building >= kHouses);
    put(s.unit >= 0);
    put(opener.home.room >= 0 ? 3.0f : opener.home.unit >= 0 ? 2.0f : opener.home.building >= 0 ? 1.0f : 0.0f);
    float as_fine = 0;
    for (std::size_t l = static_cast<std::size_t>(s.level); l <= static_cast<std::size_t>(PlaceLevel::room); ++l)
      as_fine += usual[l];
    put(as_fine);
    put(static_cast<float>(units.size()));
    put(static_cast<float>(homes.size()));
    put(static_cast<float>(std::count_if(units.begin(), units.end(),
                                         [&](const auto& u) { return u.first == s.building && u.second != s.unit; })));
  }
  return out;
}

}  // namespace linli::engine
