#include "leads/engine/view.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "leads/engine/picks.h"
#include "leads/engine/reasons.h"
#include "leads/engine/summary.h"
#include "understand/lexicon.h"
#include "understand/model.h"
#include "understand/taxonomy.h"

namespace linli::engine {
namespace {

// Speaks of his own home: then his name in the group tells the place.
bool of_home(const Digest& d) { return !d.helper() && d.role != Role::bot && d.home.address(); }

bool fits(const PlaceMention& a, std::int32_t building) {
  return a.building < 0 || building < 0 || a.building == building;
}

float capped(float x, float most) { return std::min(x, most); }

}  // namespace

PlaceChoice choose_place(const Lead& lead, const PlaceParser& places, const Lexicon& lexicon) {
  PlaceChoice out;
  const Digest& opener = *lead.messages.front();
  out.compound = opener.group->home.compound;
  std::map<std::int32_t, float> buildings;
  std::map<std::string, float> spots;
  std::set<std::int32_t> distinct;
  std::size_t i = 0;
  for (const auto& d : lead.messages) {
    const float weight = (d->sender == opener.sender ? 2.0f
                          : d->helper()              ? 0.8f
                                                     : 1.0f) /
                         (1 + 0.15f * static_cast<float>(i++));
    if (d->place.compound >= 0 && d->sender == opener.sender && out.compound < 0) out.compound = d->place.compound;
    if (d->place.building >= 0) buildings[d->place.building] += weight;
    if (d->place.building >= 0) distinct.insert(d->place.building);
    else if (of_home(*d) && d->home.building >= 0 && d->act[static_cast<std::size_t>(Act::confirm)] > 0.3f)
      distinct.insert(d->home.building);
    if (d->place.known >= 0) {
      spots[places.known()[static_cast<std::size_t>(d->place.known)]] += 1.5f * weight;
    } else if (d->place.spot >= 0) {
      const std::string& word = lexicon.words()[static_cast<std::size_t>(d->place.spot)].text;
      spots[places.write_spot(out.compound, word)] += weight;
    }
  }
  out.levels = static_cast<int>(distinct.size());
  float best = 0;
  for (const auto& [building, weight] : buildings) {
    if (weight > best) best = weight, out.address.building = building;
  }
  if (out.address.building < 0 && of_home(opener)) out.address.building = opener.home.building;
  if (out.address.building < 0) out.address.building = opener.group->home.building;
  best = 0;
  for (const auto& [spot, weight] : spots) {
    if (weight > best) best = weight, out.spot = spot;
  }
  // Unit and room: said by the one who opened, else by anyone for the same building, else his own home.
  const auto take = [&](const PlaceMention& m, const Digest& d) {
    if (!fits(m, out.address.building)) return;
    if (out.address.unit < 0 && m.unit >= 0) out.address.unit = m.unit, out.source = &d;
    if (out.address.room < 0 && m.room >= 0)
      out.address.room = m.room, out.address.leading_zero = m.leading_zero, out.source = &d;
  };
  for (const auto& d : lead.messages) {
    if (d->sender == opener.sender) take(d->place, *d);
  }
  for (const auto& d : lead.messages) {
    if (d->sender != opener.sender && (d->place.unit >= 0 || d->helper()) &&
        d->act[static_cast<std::size_t>(Act::confirm)] < 0.4f)
      take(d->place, *d);
  }
  if (of_home(opener)) take(opener.home, opener);
  if (!out.source) out.source = &opener;
  return out;
}

std::string write_place(const PlaceChoice& c, PlaceLevel level, const PlaceParser& places) {
  switch (level) {
    case PlaceLevel::none: return {};
    case PlaceLevel::compound: return places.write(c.compound, c.address, 0);
    case PlaceLevel::building: return places.write(c.compound, c.address, 1);
    case PlaceLevel::unit: return places.write(c.compound, c.address, 2);
    case PlaceLevel::room: return places.write(c.compound, c.address, 3);
    case PlaceLevel::spot: return c.spot.empty() ? places.write(c.compound, c.address, 1) : c.spot;
  }
  return {};
}

void lead_features(const Lead& lead, const Understander& understander, LeadRow& out) {
  out.fill(0);
  const auto cat = static_cast<std::size_t>(lead.category);
  out[cat] = 1;
  std::size_t at = kMaxCategories;
  const auto put = [&](float x) {
    if (at < out.size()) out[at++] = x;
  };
  const Category& category = understander.taxonomy().categories()[cat];
  put(static_cast<float>(category.default_urgency));
  put(category.simple);
  put(std::log1p(static_cast<float>(lead.messages.size())));
  put(static_cast<float>(lead.people.size()));
  put(static_cast<float>(lead.here.size()));
  const Digest& opener = *lead.messages.front();
  std::array<float, 4> urgency{}, most{};
  float weight = 0, reply = 0, residents = 0;
  std::array<float, kMaxSigns> signs{};
  std::set<std::uint64_t> confirm;
  float danger[2] = {0, 0}, appeal = 0;  // the two messages that sound most like danger
  std::set<std::int32_t> buildings;
  float text_building = 0, text_unit = 0, text_room = 0, spot = 0, known = 0, floor = 0, home = 0, questions_first = 0;
  std::size_t i = 0;
  for (const auto& d : lead.messages) {
    const float w = (d->act[1] + d->act[3] + 0.2f) * (d->points < 2 ? 0.1f : 1.0f);
    weight += w;
    for (std::size_t k = 0; k < 4; ++k)
      urgency[k] += w * d->urgency[k], most[k] = std::max(most[k], d->urgency[k] * std::min(1.0f, 2 * w));
    const float sounds = d->urgency[0] * d->appeal;
    if (sounds > danger[0]) danger[1] = danger[0], danger[0] = sounds;
    else danger[1] = std::max(danger[1], sounds);
    appeal += d->appeal;
    if (!d->helper()) reply += w * d->reply, residents += w;
    for (std::size_t s = 0; s < d->signs.size(); ++s) signs[s] += i < 4 || d->sender == opener.sender ? d->signs[s] : 0;
    if (d->sender != opener.sender && d->act[2] > 0.35f) confirm.insert(d->sender);
    if (d->place.building >= 0) buildings.insert(d->place.building);
    if (d->sender != opener.sender && d->act[2] > 0.35f && d->home.building >= 0) buildings.insert(d->home.building);
    const float mine = d->sender == opener.sender ? 2.0f : 1.0f;
    if (d->place.building >= 0) text_building = std::max(text_building, mine);
    if (d->place.unit >= 0) text_unit = std::max(text_unit, mine);
    if (d->place.room >= 0) text_room = std::max(text_room, mine);
    if (d->place.spot >= 0) spot = std::max(spot, mine);
    if (d->place.known >= 0) known = std::max(known, mine);
    if (d->place.floor != -100) floor = std::max(floor, mine);
    if (i < 3 && d->sender == opener.sender) questions_first += d->sign(Sign::question);
    ++i;
  }
  Model::Rates usual{0, 0, 0};
  const auto& rates = understander.model().rates;
  for (std::size_t k = 0; k < rates.size(); ++k) {
    usual.emergency += lead.sums->belief[k] * rates[k].emergency;
    usual.urgency += lead.sums->belief[k] * rates[k].urgency;
    usual.reply += lead.sums->belief[k] * rates[k].reply;
  }
  put(usual.emergency);
  put(usual.urgency);
  put(usual.reply);
  put(weight > 0 ? usual.emergency * urgency[0] / weight : 0);
  put(danger[0]);
  put(danger[1]);
  put(appeal / static_cast<float>(lead.messages.size()));
  put(opener.appeal);
  for (std::size_t k = 0; k < 4; ++k) put(weight > 0 ? urgency[k] / weight : 0);
  for (std::size_t k = 0; k < 4; ++k) put(most[k]);
  for (std::size_t k = 0; k < 4; ++k) put(opener.urgency[k]);
  put(residents > 0 ? reply / residents : 0);
  put(opener.reply);
  put(lead.sums->emergency);
  put(static_cast<float>(confirm.size()));
  put(static_cast<float>(buildings.size()));
  put(text_building);
  put(text_unit);
  put(text_room);
  put(spot);
  put(known);
  put(floor);
  if (of_home(opener)) home = opener.home.room >= 0 ? 3.0f : opener.home.unit >= 0 ? 2.0f : 1.0f;
  put(home);
  put(opener.group->home.building >= 0);
  put(opener.helper());
  put(opener.role == Role::merchant);
  put(capped(questions_first, 3));
  for (const Sign s :
       {Sign::wide,    Sign::here,    Sign::emergency, Sign::urgent,   Sign::question, Sign::breakage, Sign::ask_staff,
        Sign::confirm, Sign::thanks,  Sign::anger,     Sign::surprise, Sign::past,     Sign::urge,     Sign::joke,
        Sign::news,    Sign::leisure, Sign::suppose,   Sign::again,    Sign::ad,       Sign::notice}) {
    put(capped(signs[static_cast<std::size_t>(s)], 5));
  }
}

LeadView make_view(const Lead& lead, const Engine& engine) {
  const Understander& understander = engine.understander();
  const Model& model = understander.model();
  LeadView v;
  v.key = lead.key;
  for (const auto& d : lead.messages) v.messages.push_back(d->number);
  for (const auto& h : lead.here) v.groups.push_back(h.group->id);
  auto cat = static_cast<std::size_t>(lead.category);
  v.category_score = lead.sums->belief[cat];
  if (const Trees& t = model.tree("category"); !t.empty()) {
    const auto options = category_options(lead);
    const auto rows = category_rows(lead, options, model);
    std::vector<float> shares(rows.size());
    t.probabilities(rows.front().data(), rows.size(), kCategoryFeatures, shares.data());
    float best = 0, sum = 0;
    for (std::size_t i = 0; i < options.size(); ++i) {
      const float p = shares[i];
      sum += p;
      if (p > best) best = p, cat = options[i];
    }
    v.category_score = sum > 1 ? best / sum : best;
  }
  const Category& category = understander.taxonomy().categories()[cat];
  v.category = category.code;
  LeadRow row;
  lead_features(lead, understander, row);
  v.urgency = category.default_urgency;
  if (const Trees& t = model.tree("urgency"); !t.empty()) {
    std::array<float, 4> p{};
    t.probabilities(row, p);
    v.urgency = static_cast<int>(std::max_element(p.begin(), p.end()) - p.begin()) + 1;
    // Better one ring too many than one too few.
    if (p[0] >= model.setting("leads.emergency", 0.35f)) v.urgency = 1;
  }
  v.reply_suffices = category.simple;
  if (const Trees& t = model.tree("reply"); !t.empty()) v.reply_suffices = t.probability(row) >= 0.5f;
  v.area_wide = lead.here.size() > 1;
  if (const Trees& t = model.tree("area"); !t.empty() && !v.area_wide) v.area_wide = t.probability(row) >= 0.5f;
  PlaceChoice place = choose_place(lead, engine.places(), understander.lexicon());
  PlaceLevel level = place.address.room >= 0   ? PlaceLevel::room
                     : place.address.unit >= 0 ? PlaceLevel::unit
                                               : PlaceLevel::building;
  v.place = write_place(place, level, engine.places());
  if (const Trees& t = model.tree("place"); !t.empty()) {
    std::vector<PlaceRow> rows;
    const auto options = place_options(lead, engine.places(), understander, rows);
    std::vector<float> shares(rows.size());
    t.probabilities(rows.front().data(), rows.size(), kPlaceFeatures, shares.data());
    float best = -1;
    for (std::size_t i = 0; i < options.size(); ++i) {
      const float p = shares[i];
      if (p <= best) continue;
      best = p;
      v.place = options[i].text;
      level = options[i].level;
      if (options[i].source) place.source = options[i].source;
    }
  }
  const Digest& first = *lead.messages.front();
  v.asked_at = first.at;
  for (const auto& d : lead.messages) {
    if (d->on_duty() && d->sender != first.sender && !v.answered_at && act_in(lead, *d) == Act::answer)
      v.answered_at = d->at;
  }
  v.resolved = lead.sums->resolved >= model.setting("leads.resolved", 0.4f);
  v.review = v.urgency == 1 && lead.messages.size() == 1 && first.opens < 0.5f;
  v.summary = summary_line(lead, v.place, category.zh);
  explain_view(lead, cat, place, level, understander, v);
  return v;
}

}  // namespace linli::engine
