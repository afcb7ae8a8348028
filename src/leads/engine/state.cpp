#include "leads/engine/state.h"

#include <algorithm>
#include <utility>

#include "leads/engine/pack.h"
#include "understand/quick_math.h"
#include "understand/taxonomy.h"

namespace linli::engine {

std::uint64_t name_hash(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ull;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return h ? h : 1;
}

namespace {

std::size_t categories() {
  static const std::size_t n = Taxonomy::embedded().categories().size();
  return n;
}

LINLI_WIDE void add_evidence(const Share* category, float weight, std::size_t n, float* evidence) {
  for (std::size_t c = 0; c < n; ++c) evidence[c] += weight * quick_log(category[c] + 0.01f);
}

LINLI_WIDE void flatten(const float* evidence, float top, std::size_t n, float* belief) {
  for (std::size_t c = 0; c < n; ++c) belief[c] = quick_exp((evidence[c] - top) * 0.7f);
}

}  // namespace

const Lead::Person* Lead::person(std::uint64_t sender) const {
  const auto it = std::find_if(people.begin(), people.end(), [&](const Person& p) { return p.sender == sender; });
  return it == people.end() ? nullptr : &*it;
}

const Lead::Here* Lead::in(const Group* group) const {
  const auto it = std::find_if(here.begin(), here.end(), [&](const Here& h) { return h.group == group; });
  return it == here.end() ? nullptr : &*it;
}

Digest* Lead::find(const Group& group, MessageNumber number) {
  if (!packed.empty()) {
    if (!packed_has(packed, number)) return nullptr;
    unpack();
  }
  const auto at = std::lower_bound(messages.begin(), messages.end(), number,
                                   [](const Digest* d, MessageNumber n) { return d->number < n; });
  return at != messages.end() && (*at)->number == number && (*at)->group == &group ? *at : nullptr;
}

void Lead::Sums::add(const Digest& d, bool opener, const TextModel& text) {
  const PlaceParts parts{d.place.building >= 0 ? d.place.building : d.home.building,
                         d.place.unit >= 0 ? d.place.unit : d.home.unit,
                         d.place.room >= 0 ? d.place.room : d.home.room,
                         d.place.spot,
                         d.place.known,
                         d.place.room >= 0};
  if (parts != PlaceParts{} && places.size() < 12 && std::find(places.begin(), places.end(), parts) == places.end())
    places.push_back(parts);
  const float weight = (opener ? 1.0f : 0.25f + 0.5f * (d.act[1] + d.act[3]) + 0.25f * (d.act[2] + d.act[4])) *
                       (d.helper() ? 0.5f : 1.0f) * (d.type == MessageType::image || d.points < 2 ? 0.1f : 1.0f);
  add_evidence(d.category.data(), weight, categories(), evidence.data());
  constexpr std::size_t kMostRows = 384;
  if (rows.size() < kMostRows && !d.rows.empty()) {
    std::vector<std::uint16_t> merged;
    merged.reserve(rows.size() + d.rows.size());
    std::set_union(rows.begin(), rows.end(), d.rows.begin(), d.rows.end(), std::back_inserter(merged));
    rows = std::move(merged);
    rows_weight = 0;
    for (const auto r : rows) rows_weight += text.idf(r) * text.idf(r);
    for (const auto r : d.rows) row_bits[r / 64 % 32] |= std::uint64_t{1} << r % 64;
  }
  const float over = d.act[static_cast<std::size_t>(Act::resolved)];
  resolved = std::max(over, resolved * (1 - d.act[1] - d.act[4]));
  emergency = std::max(emergency, d.urgency[0] * std::min(1.0f, d.opens + d.act[1] + d.act[3]));
  helpers = static_cast<std::uint16_t>(helpers + d.helper());
}

std::uint8_t Lead::Sums::settle() {
  believe(evidence, belief);
  return static_cast<std::uint8_t>(
      std::max_element(evidence.begin(), evidence.begin() + static_cast<std::ptrdiff_t>(categories())) -
      evidence.begin());
}

void Lead::append(const Digest& d, const TextModel& text) {
  const bool opener = &d == messages.front();
  auto at = std::find_if(here.begin(), here.end(), [&](const Here& h) { return h.group == d.group; });
  if (at == here.end()) at = here.insert(here.end(), {d.group, 0, &d});
  if (d.sequence >= at->last_sequence) at->last_sequence = d.sequence, at->last = &d;
  const auto met = [&](std::uint64_t sender) -> Person* {
    if (const Person* p = person(sender)) return const_cast<Person*>(p);
    if (people.size() >= 64) return nullptr;
    return &people.emplace_back(Person{sender, 0, 0});
  };
  if (Person* p = met(d.sender)) ++p->said;
  for (const auto who : d.mentions) {
    if (Person* p = met(who)) ++p->addressed;
  }
  last_at = std::max(last_at, d.at);
  last_number = std::max(last_number, d.number);
  if (opener) first_at = d.at;
  sums->add(d, opener, text);
}

void Lead::pack() {
  if (!packed.empty()) return;
  fold();
  size_ = static_cast<std::uint32_t>(messages.size());
  packed = engine::pack(messages, here);
  for (Digest* d : messages) Digest::release(d);
  messages = {};
  for (Here& h : here) h.last = nullptr;
}

void Lead::unpack() {
  if (packed.empty()) return;
  messages = engine::unpack(std::exchange(packed, {}), here);
  for (Digest* d : messages) {
    d->lead = this;
    for (Here& h : here) {
      if (h.group == d->group && h.last_sequence == d->sequence) h.last = d;
    }
  }
}

std::vector<MessageNumber> Lead::numbers() const {
  std::vector<MessageNumber> out;
  for (const Digest* d : messages) out.push_back(d->number);
  if (!packed.empty()) {
    for (const PackedMessage& m : packed_messages(packed)) out.push_back(m.number);
  }
  return out;
}

void Lead::unfold(const TextModel& text) {
  if (sums) return;
  unpack();
  sums = std::make_unique<Sums>();
  for (const Digest* m : messages) sums->add(*m, m == messages.front(), text);
  category = sums->settle();
}

void Lead::start_again(const TextModel& text) {
  here.clear();
  people.clear();
  first_at = last_at = {};
  last_number = 0;
  sums = std::make_unique<Sums>();
  for (const Digest* m : messages) append(*m, text);
  if (!messages.empty()) category = sums->settle();
}

void Lead::add(Digest* d, const TextModel& text) {
  unpack();
  d->lead = this;
  const auto at = std::upper_bound(messages.begin(), messages.end(), d->number,
                                   [](MessageNumber n, const Digest* m) { return n < m->number; });
  const bool last = at == messages.end();
  messages.insert(at, d);
  if (!last) return start_again(text);
  if (messages.size() == 1) sums = std::make_unique<Sums>();
  else if (!sums) return start_again(text);
  append(*d, text);
  category = sums->settle();
}

void Lead::remove(const Digest* d, const TextModel& text) {
  unpack();
  std::erase(messages, d);
  start_again(text);
}

void Lead::add(std::span<Digest* const> many, const TextModel& text) {
  unpack();
  const auto middle = static_cast<std::ptrdiff_t>(messages.size());
  for (Digest* d : many) d->lead = this, messages.push_back(d);
  std::ranges::inplace_merge(messages, messages.begin() + middle, {}, &Digest::number);
  start_again(text);
}

void Lead::remove(std::span<Digest* const> many, const TextModel& text) {
  unpack();
  std::erase_if(messages, [&](const Digest* d) { return std::ranges::find(many, d) != many.end(); });
  start_again(text);
}

Said* Group::find(MessageNumber number) {
  const auto at = std::find_if(ring_.begin(), ring_.end(), [&](const Said& s) { return s.number == number; });
  return at == ring_.end() ? nullptr : &*at;
}

void Group::push(Said said, const Said* mine, std::string_view name, const PlaceMention& home_) {
  if (mine && people[mine->person].name == name) {
    said.person = mine->person;
  } else {
    auto free = std::find_if(people.begin(), people.end(), [](const Person& p) { return p.said == 0; });
    if (free == people.end()) free = people.insert(people.end(), Person{});
    free->name = name;
    free->home = home_;
    said.person = static_cast<std::uint8_t>(free - people.begin());
  }
  ++people[said.person].said;
  if (!full()) {
    if (ring_.size() == ring_.capacity()) ring_.reserve(std::min(kRecent, std::max<std::size_t>(6, 2 * ring_.size())));
    ring_.push_back(said);
    return;
  }
  --people[ring_[head_].person].said;
  ring_[head_] = said;
  head_ = (head_ + 1) % kRecent;
}

void Group::erase(const Said* said) {
  --people[said->person].said;
  const auto at = said - ring_.data();
  // In the order of their coming again, so that the ring may grow.
  std::rotate(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(head_), ring_.end());
  const auto n = static_cast<std::ptrdiff_t>(ring_.size()), head = static_cast<std::ptrdiff_t>(head_);
  ring_.erase(ring_.begin() + (at - head + n) % n);
  head_ = 0;
}

Digest* Digest::keep() const {
  char* const memory = static_cast<char*>(::operator new(bytes()));
  auto* copy = new (memory) Digest(*this);
  char* to = memory + sizeof(Digest);
  const auto take = [&to](const auto& from) {
    using T = std::remove_cvref_t<decltype(*from.data())>;
    auto* begin = reinterpret_cast<T*>(to);
    std::copy(from.begin(), from.end(), begin);
    to += from.size() * sizeof(T);
    return begin;
  };
  // By falling alignment.
  copy->mentions = {take(mentions), mentions.size()};
  copy->rows = {take(rows), rows.size()};
  copy->sender_name = {take(sender_name), sender_name.size()};
  copy->text = {take(text), text.size()};
  copy->digest = copy;
  return copy;
}

void believe(const std::array<float, kMaxCategories>& evidence, std::array<float, kMaxCategories>& belief) {
  const std::size_t n = categories();
  const float top = *std::max_element(evidence.begin(), evidence.begin() + static_cast<std::ptrdiff_t>(n));
  flatten(evidence.data(), top, n, belief.data());
  float sum = 0;
  for (std::size_t k = 0; k < n; ++k) sum += belief[k];
  for (std::size_t k = 0; k < n; ++k) belief[k] /= sum;
}

void believe(const Digest& d, std::array<float, kMaxCategories>& belief) {
  std::array<float, kMaxCategories> logs{};
  add_evidence(d.category.data(), 1, categories(), logs.data());
  believe(logs, belief);
}

bool could_begin(const Digest& d) {
  if (d.role == Role::bot || d.type == MessageType::system || d.type == MessageType::link) return false;
  return d.opens > 0.03f || d.appeal > 0.25f;
}

}  // namespace linli::engine
