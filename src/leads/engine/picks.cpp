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

// Speaks of his own home: then his name in the group tells the place.
bool of_home(const Digest& d) { return !d.helper() && d.role != Role::bot && d.home.address(); }

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
    if (base_.compound >= 0) {
      add(places_.write(base_.compound, {}, 0), PlaceLevel::compound, {}, opener_, 0, Told::group, false);
    }
  }

  std::map<std::string, Support> found;
  const PlaceChoice& base() const { return base_; }

 private:
  enum class Told { text, home, group };

  void told(const Digest& d, std::size_t i) {
    if (d.place.address()) address(d.place, d, i, Told::text);
    // A shop's own people, by their name in the group.
    if (d.home.known >= 0 && d.home.building < 0)
      add(places_.known()[static_cast<std::size_t>(d.home.known)], PlaceLevel::spot, {}, d, i, Told::home, true);
    if (d.place.known >= 0) {
      const std::string& name = places_.known()[static_cast<std::size_t>(d.place.known)];
      add(name, PlaceLevel::spot, {}, d, i, Told::text, true);
    }
    if (d.place.spot >= 0) {
      const std::string& word = lexicon_.words()[static_cast<std::size_t>(d.place.spot)].text;
      add(places_.write_spot(base_.compound, word), PlaceLevel::spot, {}, d, i, Told::text, false);
    }
    if (d.place.compound >= 0)
      add(places_.compounds()[static_cast<std::size_t>(d.place.compound)], PlaceLevel::compound, {}, d, i, Told::text,
          false);
  }

  // Each level that the mention reaches, completed by what else is known.
  void address(PlaceMention m, const Digest& d, std::size_t i, Told how) {
    const bool whole = m.building >= 0;
    if (m.building < 0) m.building = base_.address.building >= 0 ? base_.address.building : d.home.building;
    if (m.unit < 0 && m.building == d.home.building) m.unit = d.home.unit;
    if (m.unit < 0 && m.building == base_.address.building) m.unit = base_.address.unit;
    const std::int32_t compound = d.place.compound >= 0 ? d.place.compound : base_.compound;
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
    if (m.floor > 0 && m.room < 0 && m.building >= 0) {
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
  }
  return out;
}

}  // namespace linli::engine
