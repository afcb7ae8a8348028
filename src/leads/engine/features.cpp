#include "leads/engine/features.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace linli::engine {
namespace {

float seconds(Instant from, Instant to) { return std::max(0.0f, std::chrono::duration<float>(to - from).count()); }
float log1(float x) { return std::log1p(x); }

// Writes one value after the other, `stride` apart.
class Row {
 public:
  Row(float* out, std::size_t size, std::size_t stride) : out_(out), size_(size), stride_(stride) {}
  void put(float value) {
    if (at_ < size_) out_[at_++ * stride_] = value;
  }
  template <class It>
  void put(It begin, It end) {
    while (begin != end) put(static_cast<float>(*begin++));
  }
  void fill() {
    while (at_ < size_) put(0);
  }
  std::size_t at() const { return at_; }

 private:
  float* out_;
  std::size_t size_, stride_, at_ = 0;
};

struct Shared {
  float sum = 0, most = 0;
};

// Which rows a message has, by row modulo 2048: most questions about rows end here.
struct RowBits {
  std::array<std::uint64_t, 32> bits{};
  explicit RowBits(std::span<const std::uint16_t> rows) {
    for (const auto r : rows) bits[r / 64 % 32] |= std::uint64_t{1} << r % 64;
  }
  bool maybe(std::uint16_t r) const { return bits[r / 64 % 32] >> r % 64 & 1; }
};

// The first that is not less than `row`; without a branch, for the guess would be wrong half of the time.
const std::uint16_t* lower(const std::uint16_t* from, std::size_t n, std::uint16_t row) {
  while (n > 0) {
    const std::size_t half = (n + 1) / 2;
    from += from[half - 1] < row ? half : 0;
    n -= half;
  }
  return from;
}

// Of `each` those that are in `all` too; both ascending.
template <class Maybe>
Shared shared_rows(std::span<const std::uint16_t> each, std::span<const std::uint16_t> all, const TextModel& text,
                   Maybe maybe) {
  Shared s;
  const std::uint16_t *from = all.data(), *const end = from + all.size();
  for (const std::uint16_t row : each) {
    if (!maybe(row)) continue;
    from = lower(from, static_cast<std::size_t>(end - from), row);
    if (from == end) break;
    if (*from != row) continue;
    const float idf = text.idf(row);
    s.sum += idf * idf;
    s.most = std::max(s.most, idf);
  }
  return s;
}

Shared shared_rows(const Digest& m, const RowBits& bits, const Lead::Sums& sums, const TextModel& text) {
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < bits.bits.size(); ++i) any |= bits.bits[i] & sums.row_bits[i];
  if (!any) return {};
  return shared_rows(m.rows, sums.rows, text,
                     [&](std::uint16_t r) { return sums.row_bits[r / 64 % 32] >> r % 64 & 1; });
}

Shared shared_rows(const Digest& m, const RowBits& bits, const Digest& other, const TextModel& text) {
  return shared_rows(other.rows, m.rows, text, [&](std::uint16_t r) { return bits.maybe(r); });
}

// 1 the same, -1 another, 0 not known.
float same(std::int32_t a, std::int32_t b) { return a < 0 || b < 0 ? 0 : a == b ? 1.0f : -1.0f; }

struct PlaceMatch {
  float building = 0, unit = 0, room = 0, spot = 0, home = 0, home_room = 0;
};

void stronger(float& to, float value) {
  if (value > 0 || (value < 0 && to == 0)) to = value;
}

void match_place(const Digest& m, const PlaceParts& p, PlaceMatch& out) {
  stronger(out.building, same(m.place.building, p.building));
  stronger(out.unit, same(m.place.unit, p.unit));
  stronger(out.room, same(m.place.room, p.room));
  stronger(out.spot, same(m.place.spot, p.spot));
  stronger(out.spot, same(m.place.known, p.known));
  stronger(out.home, same(m.home.building, p.building));
  if (p.text_room) stronger(out.home_room, same(m.home.room, p.room));
}

float hour_of(Instant at) {
  // Chengdu's clock is close enough for a feature; the district's zone matters for rules, not for habits.
  const auto ms = at.time_since_epoch().count() + 8 * 3600000ll;
  return static_cast<float>((ms / 60000) % 1440) / 60.0f;
}

std::int64_t day_of(Instant at) { return (at.time_since_epoch().count() + 8 * 3600000ll) / 86400000ll; }

constexpr Sign kPairSigns[] = {Sign::confirm,  Sign::resolved, Sign::thanks, Sign::urge,     Sign::answer,
                               Sign::here,     Sign::past,     Sign::joke,   Sign::question, Sign::ack,
                               Sign::breakage, Sign::leisure,  Sign::ad,     Sign::again,    Sign::notice};

// What the message brings, whichever the candidate.
void shared_part(const Situation& s, float* out) {
  const Digest& m = *s.message;
  Row row(out, kPairShared, 1);
  row.put(static_cast<float>(s.active));
  row.put(s.previous_mine ? log1(seconds(s.previous_mine->at, m.at)) : 12.0f);
  row.put(s.previous_mine ? log1(static_cast<float>(m.sequence - s.previous_mine->sequence - 1)) : 5.0f);
  row.put(s.previous ? log1(seconds(s.previous->at, m.at)) : 12.0f);
  row.put(m.category[m.best_category]);
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
  row.put(m.place.address());
  row.put(m.place.spot >= 0 || m.place.known >= 0);
  row.put(m.strong_total);
  row.put(s.previous ? s.previous->appeal : 0);
  row.fill();
}

// Where two candidates are compared with each other.
struct Own {
  float shared = 0, dot = 0;
  std::size_t category = 0;
};

Own own_part(const Situation& s, std::size_t index, const RowBits& bits, const TextModel& text, const float* category,
             float* out) {
  const Digest& m = *s.message;
  const Candidate& c = s.candidates[index];
  const Lead* lead = c.lead;
  // Its last message here; for a lead of other groups its last message anywhere.
  const Digest* last = c.seed;
  if (lead) {
    const Lead::Here* here = lead->in(m.group);
    last = here ? here->last : lead->messages.back();
  }
  const Digest& first = lead ? *lead->messages.front() : *c.seed;
  const Lead::Sums* sums = lead ? lead->sums.get() : nullptr;
  const auto in = [&](const Said* d) { return d && (lead ? d->lead == lead : d->digest == c.seed); };
  const auto stands = [&](const Said* d) { return !d ? -2.0f : in(d) ? 2.0f : d->lead ? -1.0f : 0.0f; };
  Row row(out, kPairOwn, PairMatrix::kLanes);
  row.put(log1(seconds(last->at, m.at)));
  row.put(c.cross ? log1(100) : log1(static_cast<float>(m.sequence - last->sequence - 1)));
  row.put(static_cast<float>(index));
  row.put(!m.quotes ? 0 : in(s.quoted) ? 1.0f : s.quoted ? -1.0f : -0.5f);
  float mention = m.mentions_someone ? -1.0f : 0.0f, opener_mentioned = 0;
  for (const auto who : m.mentions) {
    if (lead ? lead->has(who) : first.sender == who) mention = 1;
    if (first.sender == who) opener_mentioned = 1;
  }
  row.put(mention);
  row.put(opener_mentioned);
  const Lead::Person* me = lead ? lead->person(m.sender) : nullptr;
  row.put(lead ? (me ? std::min<float>(me->said, 5) : 0) : static_cast<float>(first.sender == m.sender));
  row.put(first.sender == m.sender);
  row.put(me ? std::min<float>(me->addressed, 3)
             : static_cast<float>(!lead && std::find(first.mentions.begin(), first.mentions.end(), m.sender) !=
                                               first.mentions.end()));
  row.put(lead ? std::min<float>(sums->helpers, 4) : static_cast<float>(first.helper()));
  row.put(stands(s.previous_mine));
  row.put(stands(s.previous));
  const Group& group = *s.group;
  const std::size_t recent = group.recent();
  row.put(recent > 1 ? stands(&group.back(1)) : -2.0f);
  row.put(recent > 2 ? stands(&group.back(2)) : -2.0f);
  int of_last = 0, of_last_others = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(recent, 8); ++i) {
    const Said* d = &group.back(i);
    const bool mine = in(d);
    of_last += mine;
    of_last_others += i < 4 && d->lead && !mine;
  }
  row.put(static_cast<float>(of_last));
  row.put(static_cast<float>(of_last_others));

  Own own;
  const float weight = lead ? sums->rows_weight : first.rows_weight;
  const Shared shared = lead ? shared_rows(m, bits, *sums, text) : shared_rows(m, bits, first, text);
  own.shared = shared.sum;
  row.put(shared.sum);
  row.put(m.rows_weight > 0 && weight > 0 ? shared.sum / std::sqrt(m.rows_weight * weight) : 0);
  row.put(m.rows_weight > 0 ? shared.sum / m.rows_weight : 0);
  row.put(shared.most);
  row.put(shared.sum == 0 || &first == last ? shared.sum : shared_rows(m, bits, *last, text).sum);

  std::array<float, kMaxCategories> seed_belief{};
  if (!lead) believe(first, seed_belief);
  const auto& belief = lead ? sums->belief : seed_belief;
  const std::size_t cat = lead ? lead->category : first.best_category;
  float lane[8] = {};
  for (std::size_t k = 0; k < kMaxCategories; ++k) lane[k % 8] += belief[k] * category[k];
  for (const float l : lane) own.dot += l;
  own.category = cat;
  row.put(own.dot);
  row.put(category[cat]);
  row.put(m.best_category == cat);
  row.put(m.is_strong(cat));
  row.put(m.is_weak(cat));
  row.put(static_cast<float>(std::popcount(m.strong & ~(std::uint64_t{1} << cat))));

  PlaceMatch places;
  if (m.place.any() || m.home.address()) {
    if (lead) {
      for (const PlaceParts& p : sums->places) match_place(m, p, places);
    } else {
      match_place(m,
                  {first.place.building >= 0 ? first.place.building : first.home.building,
                   first.place.unit >= 0 ? first.place.unit : first.home.unit,
                   first.place.room >= 0 ? first.place.room : first.home.room, first.place.spot, first.place.known,
                   first.place.room >= 0},
                  places);
    }
  }
  row.put(places.building);
  row.put(places.unit);
  row.put(places.room);
  row.put(places.spot);
  row.put(places.home);
  row.put(places.home_room);

  row.put(log1(seconds(first.at, m.at)));
  row.put(lead ? log1(static_cast<float>(lead->messages.size())) : log1(1));
  row.put(last->helper());
  row.put(last->sender == m.sender);
  row.put(last->sign(Sign::question));
  row.put(last->act[static_cast<std::size_t>(Act::resolved)]);
  row.put(last->act[static_cast<std::size_t>(Act::thanks)]);
  row.put(last->type == MessageType::image);
  row.put(lead ? sums->resolved : static_cast<float>(first.act[static_cast<std::size_t>(Act::resolved)]));
  row.put(lead ? sums->emergency : static_cast<float>(first.urgency[0]));
  row.put(c.seed != nullptr);
  row.put(c.cross);
  row.put(lead && lead->closed);
  row.put(lead ? static_cast<float>(lead->here.size()) : 1.0f);
  row.put(first.opens);
  row.put(first.appeal);
  row.put(shared.sum == 0 ? 0 : shared_rows(m, bits, first, text).sum);
  row.put(belief[m.best_category]);
  row.put(static_cast<float>(day_of(m.at) - day_of(last->at)));
  row.put(last->sender == first.sender);
  row.put(std::max<float>(last->act[static_cast<std::size_t>(Act::urge)], last->act[1]));
  row.put(lead && !sums->places.empty() ? 1.0f : 0.0f);
  row.fill();
  return own;
}
constexpr std::size_t kCompared = 58;  // of the own part: four that compare the candidates with each other

}  // namespace

void PairMatrix::fill(const Situation& s, const TextModel& text) {
  size_ = s.candidates.size();
  const std::size_t blocks = (size_ + kLanes - 1) / kLanes;
  x_.resize(blocks * kPairFeatures * kLanes);
  if (size_ == 0) return;
  const RowBits bits(s.message->rows);
  std::array<float, kPairShared> shared;
  shared_part(s, shared.data());
  std::array<float, kMaxCategories> category;
  for (std::size_t k = 0; k < kMaxCategories; ++k) category[k] = s.message->category[k];
  std::array<Own, 32> own;
  for (std::size_t i = 0; i < size_; ++i) {
    const Own o = own_part(s, i, bits, text, category.data(), &x_[i / kLanes * kPairFeatures * kLanes + i % kLanes]);
    if (i < own.size()) own[i] = o;
  }
  const std::size_t n = std::min(size_, own.size());
  for (std::size_t i = 0; i < n; ++i) {
    float most_shared = 0, most_dot = 0, same_category = 0, nearer = 0;
    for (std::size_t k = 0; k < n; ++k) {
      if (k == i) continue;
      most_shared = std::max(most_shared, own[k].shared);
      most_dot = std::max(most_dot, own[k].dot);
      if (!s.candidates[k].lead || own[k].category != own[i].category) continue;
      ++same_category;
      nearer += k < i;
    }
    Row row(&x_[i / kLanes * kPairFeatures * kLanes + kCompared * kLanes + i % kLanes], kPairOwn - kCompared, kLanes);
    row.put(own[i].shared - most_shared);
    row.put(own[i].dot - most_dot);
    row.put(same_category);
    row.put(nearer);
    row.fill();
  }
  for (std::size_t b = 0; b < blocks; ++b) {
    float* to = &x_[(b * kPairFeatures + kPairOwn) * kLanes];
    for (std::size_t f = 0; f < kPairShared; ++f) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) to[f * kLanes + lane] = shared[f];
    }
  }
}

void PairMatrix::row(std::size_t candidate, std::array<float, kPairFeatures>& out) const {
  for (std::size_t f = 0; f < kPairFeatures; ++f) out[f] = at(candidate, f);
}

void message_features(const Situation& s, const PairMatrix& pairs, std::size_t best, MessageRow& out) {
  const Digest& m = *s.message;
  Row row(out.data(), out.size(), 1);
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
  row.put(m.category[m.best_category]);
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
  row.put(m.signs.begin(), m.signs.end());
  row.put(m.strong_total);
  row.put(m.weak_total);
  const auto stands = [](const Said* d) { return !d ? -1.0f : d->lead ? 1.0f : 0.0f; };
  row.put(stands(s.previous));
  row.put(s.previous ? log1(seconds(s.previous->at, m.at)) : 12.0f);
  row.put(s.previous ? s.previous->appeal : 0);
  row.put(s.previous ? s.previous->opens : 0);
  row.put(s.previous ? s.previous->question : 0);
  row.put(s.previous ? s.previous->joke + s.previous->leisure : 0);
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
  const std::size_t n = s.group->recent();
  for (std::size_t i = 0; i < std::min<std::size_t>(n, 4); ++i) {
    const Said& d = s.group->back(i);
    if (seconds(d.at, m.at) > 900) break;
    before += d.appeal;
    opens = std::max(opens, d.opens);
    jokes += d.joke + d.leisure;
  }
  row.put(before);
  row.put(opens);
  row.put(jokes);
  // What ties it to the likeliest candidate, and whether that is a matter of the same kind.
  for (const std::size_t f :
       {PairAt::seconds, PairAt::opener, PairAt::cosine, PairAt::dot, PairAt::same, PairAt::building, PairAt::room})
    row.put(any ? pairs.at(best, f) : -1.0f);
  float open_alike = 0, alike = 0;
  for (std::size_t i = 0; i < s.candidates.size(); ++i) {
    if (!s.candidates[i].lead || s.candidates[i].lead->category != m.best_category) continue;
    ++open_alike;
    alike = std::max(alike, s.candidates[i].probability);
  }
  row.put(open_alike);
  row.put(alike);
  row.fill();
}

std::string_view pair_feature_name(std::size_t i) {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> v = {"seconds_since",
                                  "messages_since",
                                  "rank",
                                  "reply",
                                  "mention",
                                  "opener_mentioned",
                                  "mine",
                                  "is_opener",
                                  "mentioned_me",
                                  "helpers",
                                  "previous_mine",
                                  "previous",
                                  "previous2",
                                  "previous3",
                                  "of_last_8",
                                  "others_of_4",
                                  "shared",
                                  "shared_cosine",
                                  "shared_part",
                                  "shared_most",
                                  "shared_last",
                                  "category_dot",
                                  "category_of_lead",
                                  "category_same",
                                  "strong",
                                  "weak",
                                  "strong_other",
                                  "building",
                                  "unit",
                                  "room",
                                  "spot",
                                  "home",
                                  "home_room",
                                  "age",
                                  "size",
                                  "last_helper",
                                  "last_mine",
                                  "last_question",
                                  "last_resolved",
                                  "last_thanks",
                                  "last_image",
                                  "resolved",
                                  "emergency",
                                  "seed",
                                  "cross",
                                  "closed",
                                  "groups",
                                  "first_opens",
                                  "first_appeal",
                                  "shared_first",
                                  "belief_in_mine",
                                  "days",
                                  "last_is_opener",
                                  "last_asks",
                                  "has_place"};
    v.resize(kCompared, "-");
    for (const char* x : {"shared_more", "dot_more", "alike", "alike_nearer"}) v.emplace_back(x);
    v.resize(kPairOwn, "-");
    for (const char* x : {"active", "mine_seconds", "mine_messages", "previous_seconds", "category_best"})
      v.emplace_back(x);
    for (std::size_t a = 0; a < kActs; ++a) v.push_back("act_" + std::string(name(static_cast<Act>(a))));
    for (const char* x : {"appeal", "opens", "on_duty", "property", "merchant_bot", "image", "voice", "link", "length"})
      v.emplace_back(x);
    for (const Sign s : kPairSigns) v.push_back("sign_" + std::string(name(s)));
    for (const char* x : {"address", "at_spot", "strong_words", "previous_appeal"}) v.emplace_back(x);
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
                          "jokes_before",
                          "best_seconds",
                          "best_opener",
                          "best_cosine",
                          "best_dot",
                          "best_same",
                          "best_building",
                          "best_room",
                          "open_alike",
                          "probability_alike"})
      v.emplace_back(x);
    return v;
  }();
  return i < names.size() ? names[i] : std::string_view("-");
}

}  // namespace linli::engine
