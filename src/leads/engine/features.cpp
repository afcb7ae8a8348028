#include "leads/engine/features.h"

#include <algorithm>
#include <cmath>

namespace linli::engine {
namespace {

float seconds(Instant from, Instant to) { return std::max(0.0f, std::chrono::duration<float>(to - from).count()); }
float log1(float x) { return std::log1p(x); }

// Names are written once, in the order of put().
template <std::size_t N>
class Row {
 public:
  explicit Row(std::array<float, N>& out) : out_(out) {}
  void put(float value) {
    if (at_ < N) out_[at_++] = value;
  }
  template <class It>
  void put(It begin, It end) {
    while (begin != end) put(static_cast<float>(*begin++));
  }
  void fill() {
    while (at_ < N) put(0);
  }

 private:
  std::array<float, N>& out_;
  std::size_t at_ = 0;
};

struct Shared {
  float sum = 0, most = 0;
};

Shared shared_rows(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b, const TextModel& text) {
  Shared s;
  auto i = a.begin();
  auto j = b.begin();
  while (i != a.end() && j != b.end()) {
    if (*i < *j) ++i;
    else if (*j < *i) ++j;
    else {
      const float w = text.idf(*i) * text.idf(*i);
      s.sum += w;
      s.most = std::max(s.most, text.idf(*i));
      ++i, ++j;
    }
  }
  return s;
}

// 1 the same, -1 another, 0 not known.
float same(std::int32_t a, std::int32_t b) { return a < 0 || b < 0 ? 0 : a == b ? 1.0f : -1.0f; }

struct PlaceMatch {
  float building = 0, unit = 0, room = 0, spot = 0, home = 0, home_room = 0;
};

void stronger(float& to, float value) {
  if (value > 0 || (value < 0 && to == 0)) to = value;
}

PlaceMatch match_places(const Digest& m, std::span<const DigestPtr> messages) {
  PlaceMatch out;
  const std::size_t n = messages.size(), head = std::min<std::size_t>(n, 6), tail = n > 12 ? n - 6 : head;
  for (std::size_t i = 0; i < n; ++i) {
    if (i >= head && i < tail) continue;
    const Digest& d = *messages[i];
    stronger(out.building, same(m.place.building, d.place.building >= 0 ? d.place.building : d.home.building));
    stronger(out.unit, same(m.place.unit, d.place.unit >= 0 ? d.place.unit : d.home.unit));
    stronger(out.room, same(m.place.room, d.place.room >= 0 ? d.place.room : d.home.room));
    stronger(out.spot, same(m.place.spot, d.place.spot));
    stronger(out.spot, same(m.place.known, d.place.known));
    stronger(out.home, same(m.home.building, d.place.building >= 0 ? d.place.building : d.home.building));
    stronger(out.home_room, same(m.home.room, d.place.room));
  }
  return out;
}

float hour_of(Instant at) {
  // Chengdu's clock is close enough for a feature; the district's zone matters for rules, not for habits.
  const auto ms = at.time_since_epoch().count() + 8 * 3600000ll;
  return static_cast<float>((ms / 60000) % 1440) / 60.0f;
}

constexpr Sign kPairSigns[] = {Sign::confirm,  Sign::resolved, Sign::thanks, Sign::urge,     Sign::answer,
                               Sign::here,     Sign::past,     Sign::joke,   Sign::question, Sign::ack,
                               Sign::breakage, Sign::leisure,  Sign::ad};

}  // namespace

void pair_features(const Situation& s, const Candidate& c, std::size_t rank, const TextModel& text, PairRow& out) {
  const Digest& m = *s.message;
  const std::span<const DigestPtr> messages =
      c.lead ? std::span<const DigestPtr>(c.lead->messages) : std::span<const DigestPtr>(&c.seed, 1);
  // Its last message here; for a lead of other groups its last message anywhere.
  const Digest* last = nullptr;
  for (auto it = messages.rbegin(); it != messages.rend() && !last; ++it) {
    if ((*it)->group == m.group || c.cross) last = it->get();
  }
  if (!last) last = messages.back().get();
  const Digest& first = *messages.front();
  const auto in = [&](const Digest* d) { return d && (c.lead ? d->lead == c.lead : d == c.seed.get()); };
  const auto stands = [&](const Digest* d) { return !d ? -2.0f : in(d) ? 2.0f : d->lead ? -1.0f : 0.0f; };
  Row row(out);
  row.put(log1(seconds(last->at, m.at)));
  const float since = c.cross ? 100 : static_cast<float>(m.sequence - last->sequence - 1);
  row.put(log1(since));
  row.put(static_cast<float>(rank));
  row.put(static_cast<float>(s.active));
  row.put(!m.quotes ? 0 : in(s.quoted) ? 1.0f : s.quoted ? -1.0f : -0.5f);
  float mention = m.mentions_someone ? -1.0f : 0.0f, opener_mentioned = 0;
  for (const auto who : m.mentions) {
    for (const auto& d : messages) {
      if (d->sender == who) mention = 1;
    }
    if (first.sender == who) opener_mentioned = 1;
  }
  row.put(mention);
  row.put(opener_mentioned);
  int mine = 0, mentioned_me = 0, helpers = 0;
  for (const auto& d : messages) {
    mine += d->sender == m.sender;
    mentioned_me += std::find(d->mentions.begin(), d->mentions.end(), m.sender) != d->mentions.end();
    helpers += d->helper();
  }
  row.put(static_cast<float>(std::min(mine, 5)));
  row.put(first.sender == m.sender);
  row.put(static_cast<float>(std::min(mentioned_me, 3)));
  row.put(static_cast<float>(std::min(helpers, 4)));
  row.put(stands(s.previous_mine));
  row.put(s.previous_mine ? log1(seconds(s.previous_mine->at, m.at)) : 12.0f);
  row.put(s.previous_mine ? log1(static_cast<float>(m.sequence - s.previous_mine->sequence - 1)) : 5.0f);
  row.put(stands(s.previous));
  const std::size_t recent = s.group->recent.size();
  row.put(recent > 1 ? stands(s.group->recent[recent - 2].get()) : -2.0f);
  row.put(recent > 2 ? stands(s.group->recent[recent - 3].get()) : -2.0f);
  int of_last = 0, of_last_3_others = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(recent, 8); ++i) {
    const Digest* d = s.group->recent[recent - 1 - i].get();
    of_last += in(d);
    of_last_3_others += i < 4 && d->lead && !in(d);
  }
  row.put(static_cast<float>(of_last));
  row.put(static_cast<float>(of_last_3_others));
  row.put(s.previous ? log1(seconds(s.previous->at, m.at)) : 12.0f);

  const auto& rows = c.lead ? c.lead->rows : c.seed->rows;
  const float weight = c.lead ? c.lead->rows_weight : c.seed->rows_weight;
  const Shared all = shared_rows(m.rows, rows, text);
  row.put(all.sum);
  row.put(m.rows_weight > 0 && weight > 0 ? all.sum / std::sqrt(m.rows_weight * weight) : 0);
  row.put(m.rows_weight > 0 ? all.sum / m.rows_weight : 0);
  row.put(all.most);
  row.put(&first == last ? all.sum : shared_rows(m.rows, last->rows, text).sum);

  const auto& belief = c.lead ? c.lead->belief : c.seed->belief;
  const auto cat = c.lead
                       ? static_cast<std::size_t>(c.lead->category)
                       : static_cast<std::size_t>(std::max_element(c.seed->category.begin(), c.seed->category.end()) -
                                                  c.seed->category.begin());
  float dot = 0, strong_other = 0;
  std::size_t best = 0;
  for (std::size_t k = 0; k < kMaxCategories; ++k) {
    dot += belief[k] * m.category[k];
    if (m.category[k] > m.category[best]) best = k;
    if (k != cat) strong_other += m.strong[k] > 0;
  }
  row.put(dot);
  row.put(m.category[cat]);
  row.put(m.category[best]);
  row.put(best == cat);
  row.put(static_cast<float>(m.strong[cat]));
  row.put(static_cast<float>(m.weak[cat]));
  row.put(strong_other);

  const PlaceMatch places = match_places(m, messages);
  row.put(places.building);
  row.put(places.unit);
  row.put(places.room);
  row.put(places.spot);
  row.put(places.home);
  row.put(places.home_room);

  row.put(m.act.begin(), m.act.end());
  row.put(m.appeal);
  row.put(m.opens);
  row.put(m.on_duty());
  row.put(m.role == Role::property);
  row.put(m.role == Role::merchant || m.role == Role::bot);
  row.put(m.type == MessageType::image);
  row.put(m.type == MessageType::voice);
  row.put(m.type == MessageType::link || m.type == MessageType::system);
  row.put(log1(m.points));
  for (const Sign sign : kPairSigns) row.put(m.sign(sign));

  row.put(log1(seconds(first.at, m.at)));
  row.put(log1(static_cast<float>(messages.size())));
  row.put(last->helper());
  row.put(last->sender == m.sender);
  row.put(last->sign(Sign::question));
  row.put(last->act[static_cast<std::size_t>(Act::resolved)]);
  row.put(last->act[static_cast<std::size_t>(Act::thanks)]);
  row.put(last->type == MessageType::image);
  row.put(c.lead ? c.lead->resolved : c.seed->act[static_cast<std::size_t>(Act::resolved)]);
  row.put(c.lead ? c.lead->emergency : c.seed->urgency[0]);
  row.put(c.seed != nullptr);
  row.put(c.cross);
  row.put(c.lead && c.lead->closed);
  row.put(c.lead ? static_cast<float>(c.lead->groups.size()) : 1.0f);
  row.put(first.opens);
  row.put(first.appeal);
  row.fill();
}

void message_features(const Situation& s, std::size_t best, MessageRow& out) {
  const Digest& m = *s.message;
  Row row(out);
  float second = 0, seed = 0, cross = 0, lead = 0;
  for (std::size_t i = 0; i < s.candidates.size(); ++i) {
    const Candidate& c = s.candidates[i];
    if (i != best) second = std::max(second, c.probability);
    if (c.seed) seed = std::max(seed, c.probability);
    else if (c.cross) cross = std::max(cross, c.probability);
    else lead = std::max(lead, c.probability);
  }
  const bool any = best < s.candidates.size();
  row.put(any ? s.candidates[best].probability : 0);
  row.put(second);
  row.put(lead);
  row.put(seed);
  row.put(cross);
  row.put(static_cast<float>(s.candidates.size()));
  row.put(any && s.candidates[best].seed ? 1.0f : 0.0f);
  row.put(any && s.candidates[best].cross ? 1.0f : 0.0f);
  row.put(m.act.begin(), m.act.end());
  row.put(m.appeal);
  row.put(m.opens);
  row.put(m.reply);
  row.put(m.urgency[0]);
  row.put(m.urgency[1]);
  row.put(*std::max_element(m.category.begin(), m.category.end()));
  row.put(m.on_duty());
  row.put(m.role == Role::property);
  row.put(m.role == Role::merchant);
  row.put(m.role == Role::bot);
  row.put(m.type == MessageType::image);
  row.put(m.type == MessageType::voice);
  row.put(m.type == MessageType::link);
  row.put(m.type == MessageType::system);
  row.put(log1(m.points));
  row.put(m.digits);
  row.put(m.signs.begin(), m.signs.begin() + static_cast<std::ptrdiff_t>(Sign::count));
  int strong = 0, weak = 0;
  for (const auto n : m.strong) strong += n;
  for (const auto n : m.weak) weak += n;
  row.put(static_cast<float>(strong));
  row.put(static_cast<float>(weak));
  const auto stands = [](const Digest* d) { return !d ? -1.0f : d->lead ? 1.0f : 0.0f; };
  row.put(stands(s.previous));
  row.put(s.previous ? log1(seconds(s.previous->at, m.at)) : 12.0f);
  row.put(s.previous ? s.previous->appeal : 0);
  row.put(s.previous ? s.previous->opens : 0);
  row.put(s.previous ? s.previous->sign(Sign::question) : 0);
  row.put(s.previous ? s.previous->sign(Sign::joke) + s.previous->sign(Sign::leisure) : 0);
  row.put(stands(s.previous_mine));
  row.put(s.previous_mine ? log1(seconds(s.previous_mine->at, m.at)) : 12.0f);
  row.put(s.previous_mine ? log1(static_cast<float>(m.sequence - s.previous_mine->sequence - 1)) : 5.0f);
  row.put(s.previous_mine ? s.previous_mine->opens : 0);
  row.put(s.previous_mine ? s.previous_mine->appeal : 0);
  row.put(!m.quotes ? 0 : s.quoted ? (s.quoted->lead ? 1.0f : -1.0f) : -0.5f);
  row.put(m.mentions_someone);
  row.put(static_cast<float>(s.in_leads_6));
  row.put(static_cast<float>(s.in_leads_20));
  row.put(static_cast<float>(s.active));
  row.put(static_cast<float>(s.last_10_minutes));
  row.put(hour_of(m.at));
  row.put(m.place.address());
  row.put(m.place.spot >= 0 || m.place.known >= 0);
  row.put(m.place.floor != -100);
  row.put(m.home.address());
  row.put(s.group->leisure);
  row.put(s.group->service);
  // The mood of the talk just before.
  float before = 0, opens = 0, jokes = 0;
  const std::size_t n = s.group->recent.size();
  for (std::size_t i = 0; i < std::min<std::size_t>(n, 4); ++i) {
    const Digest& d = *s.group->recent[n - 1 - i];
    if (seconds(d.at, m.at) > 900) break;
    before += d.appeal;
    opens = std::max(opens, d.opens);
    jokes += d.sign(Sign::joke) + d.sign(Sign::leisure);
  }
  row.put(before);
  row.put(opens);
  row.put(jokes);
  row.fill();
}

std::string_view pair_feature_name(std::size_t i) {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> v = {"seconds_since",
                                  "messages_since",
                                  "rank",
                                  "active",
                                  "reply",
                                  "mention",
                                  "opener_mentioned",
                                  "mine",
                                  "is_opener",
                                  "mentioned_me",
                                  "helpers",
                                  "previous_mine",
                                  "mine_seconds",
                                  "mine_messages",
                                  "previous",
                                  "previous2",
                                  "previous3",
                                  "of_last_8",
                                  "others_of_last_4",
                                  "previous_seconds",
                                  "shared",
                                  "shared_cosine",
                                  "shared_part",
                                  "shared_most",
                                  "shared_last",
                                  "category_dot",
                                  "category_of_lead",
                                  "category_best",
                                  "category_same",
                                  "strong",
                                  "weak",
                                  "strong_other",
                                  "building",
                                  "unit",
                                  "room",
                                  "spot",
                                  "home",
                                  "home_room"};
    for (std::size_t a = 0; a < kActs; ++a) v.push_back("act_" + std::string(name(static_cast<Act>(a))));
    for (const char* x : {"appeal", "opens", "on_duty", "property", "merchant_bot", "image", "voice", "link", "length"})
      v.emplace_back(x);
    for (const Sign s : kPairSigns) v.push_back("sign_" + std::string(name(s)));
    for (const char* x :
         {"age", "size", "last_helper", "last_mine", "last_question", "last_resolved", "last_thanks", "last_image",
          "resolved", "emergency", "seed", "cross", "closed", "groups", "first_opens", "first_appeal"})
      v.emplace_back(x);
    return v;
  }();
  return i < names.size() ? names[i] : std::string_view("-");
}

std::string_view message_feature_name(std::size_t i) {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> v = {"best", "second", "lead", "seed", "cross", "candidates", "best_seed", "best_cross"};
    for (std::size_t a = 0; a < kActs; ++a) v.push_back("act_" + std::string(name(static_cast<Act>(a))));
    for (const char* x : {"appeal", "opens", "reply", "urgency1", "urgency2", "category_best", "on_duty", "property",
                          "merchant", "bot", "image", "voice", "link", "system", "length", "digits"})
      v.emplace_back(x);
    for (std::size_t s = 0; s < static_cast<std::size_t>(Sign::count); ++s)
      v.push_back("sign_" + std::string(name(static_cast<Sign>(s))));
    for (const char* x : {"strong",
                          "weak",
                          "previous",
                          "previous_seconds",
                          "previous_appeal",
                          "previous_opens",
                          "previous_question",
                          "previous_joke",
                          "mine",
                          "mine_seconds",
                          "mine_messages",
                          "mine_opens",
                          "mine_appeal",
                          "quoted",
                          "mentions",
                          "in_leads_6",
                          "in_leads_20",
                          "active",
                          "last_10_minutes",
                          "hour",
                          "address",
                          "spot",
                          "floor",
                          "home",
                          "group_leisure",
                          "group_service",
                          "appeal_before",
                          "opens_before",
                          "jokes_before"})
      v.emplace_back(x);
    return v;
  }();
  return i < names.size() ? names[i] : std::string_view("-");
}

}  // namespace linli::engine
