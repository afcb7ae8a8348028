#include "leads/engine/state.h"

#include <algorithm>
#include <cmath>

namespace linli::engine {

std::uint64_t name_hash(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ull;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return h ? h : 1;
}

bool Lead::has(std::uint64_t sender) const { return std::find(people.begin(), people.end(), sender) != people.end(); }

void Lead::append(const Digest& d, const TextModel& text) {
  const bool opener = &d == messages.front().get();
  if (std::find(groups.begin(), groups.end(), d.group) == groups.end()) groups.push_back(d.group);
  last_sequence[d.group] = std::max(last_sequence[d.group], d.sequence);
  if (!has(d.sender) && people.size() < 64) people.push_back(d.sender);
  const float weight = (opener ? 1.0f : 0.25f + 0.5f * (d.act[1] + d.act[3]) + 0.25f * (d.act[2] + d.act[4])) *
                       (d.helper() ? 0.5f : 1.0f) * (d.type == MessageType::image || d.points < 2 ? 0.1f : 1.0f);
  for (std::size_t c = 0; c < kMaxCategories; ++c) {
    if (d.category[c] > 0) evidence[c] += weight * std::log(d.category[c] + 0.01f);
  }
  constexpr std::size_t kMostRows = 384;
  if (rows.size() < kMostRows && !d.rows.empty()) {
    std::vector<std::uint32_t> merged;
    merged.reserve(rows.size() + d.rows.size());
    std::set_union(rows.begin(), rows.end(), d.rows.begin(), d.rows.end(), std::back_inserter(merged));
    rows = std::move(merged);
    rows_weight = 0;
    for (const auto r : rows) rows_weight += text.idf(r) * text.idf(r);
  }
  last_at = std::max(last_at, d.at);
  if (opener) first_at = d.at;
  const float over = d.act[static_cast<std::size_t>(Act::resolved)];
  resolved = std::max(over, resolved * (1 - d.act[1] - d.act[4]));
  emergency = std::max(emergency, d.urgency[0] * std::min(1.0f, d.opens + d.act[1] + d.act[3]));
  helper_spoke |= d.helper();
  category = static_cast<int>(std::max_element(evidence.begin(), evidence.begin() + kMaxCategories,
                                               [&](const float& a, const float& b) {
                                                 // categories beyond the taxonomy hold 0 and must not win
                                                 const bool za = a == 0, zb = b == 0;
                                                 return za != zb ? za : a < b;
                                               }) -
                              evidence.begin());
  believe(evidence, belief);
  view.reset();
}

void Lead::add(const DigestPtr& d, const TextModel& text) {
  d->lead = this;
  const auto at = std::upper_bound(messages.begin(), messages.end(), d->number,
                                   [](MessageNumber n, const DigestPtr& m) { return n < m->number; });
  if (at == messages.end()) {
    messages.push_back(d);
    append(*d, text);
    return;
  }
  messages.insert(at, d);
  Lead fresh;
  fresh.key = key;
  fresh.closed = closed;
  fresh.messages = std::move(messages);
  *this = std::move(fresh);
  for (const auto& m : messages) append(*m, text);
}

void Lead::remove(MessageNumber number, const TextModel& text) {
  Lead fresh;
  fresh.key = key;
  fresh.closed = closed;
  for (auto& m : messages) {
    if (m->number == number) m->lead = nullptr;
    else fresh.messages.push_back(std::move(m));
  }
  *this = std::move(fresh);
  for (const auto& m : messages) append(*m, text);
}

void believe(const std::array<float, kMaxCategories>& evidence, std::array<float, kMaxCategories>& belief) {
  float top = -1e9f, sum = 0;
  for (const float e : evidence) {
    if (e != 0) top = std::max(top, e);
  }
  for (std::size_t k = 0; k < kMaxCategories; ++k)
    sum += belief[k] = evidence[k] == 0 ? 0 : std::exp((evidence[k] - top) * 0.7f);
  for (float& b : belief) b = sum > 0 ? b / sum : 0;
}

bool could_begin(const Digest& d) {
  if (d.role == Role::bot || d.type == MessageType::system || d.type == MessageType::link) return false;
  return d.opens > 0.03f || d.appeal > 0.25f;
}

}  // namespace linli::engine
