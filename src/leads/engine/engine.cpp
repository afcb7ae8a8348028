#include "leads/engine/engine.h"

#include <algorithm>
#include <cmath>

#include "understand/lexicon.h"
#include "understand/model.h"

namespace linli::engine {
namespace {

constexpr std::size_t kMostLeads = 6, kMostOlder = 5, kMostSeeds = 3, kMostCross = 4, kPerCategory = 4;
constexpr std::chrono::minutes kSeedLife{20}, kNearTime{90};
constexpr std::uint32_t kNearMessages = 30;
constexpr std::chrono::hours kCrossLife{12};
constexpr std::chrono::minutes kCrossAtOnce{40};
constexpr float kRare = 2.5f;  // idf from which a shared n-gram tells anything

bool any_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto w) { return text.find(w) != text.npos; });
}

// "@老王" and "@物业小陈 @李姐": the senders among the last ones whose name follows the sign.
void find_at_names(const NormalForm& text, const Group& group, Digest& d) {
  std::size_t at = text.bytes.find('@');
  if (at == text.bytes.npos) return;
  d.mentions_someone = true;
  for (; at != text.bytes.npos; at = text.bytes.find('@', at + 1)) {
    const std::string_view rest = std::string_view(text.bytes).substr(at + 1);
    std::uint64_t best = 0;
    std::size_t longest = 0;
    for (const auto& other : group.recent) {
      if (other->sender == d.sender) continue;
      const std::string name = normalize(other->sender_name).bytes;
      if (name.size() > longest && rest.starts_with(name)) longest = name.size(), best = other->sender;
    }
    if (best) d.mentions.push_back(best);
  }
}

}  // namespace

Act act_in(const Lead& lead, const Digest& d) {
  if (!lead.messages.empty() && lead.messages.front().get() == &d) return Act::report;
  std::size_t best = 2;
  for (std::size_t a = 2; a < kActs; ++a) {
    if (d.act[a] > d.act[best]) best = a;
  }
  if (d.act[1] > d.act[best])
    return lead.messages.empty() || lead.messages.front()->sender == d.sender ? Act::detail : Act::confirm;
  return static_cast<Act>(best);
}

Engine::Engine(const Understander& understander, PlaceDirectory directory)
    : understander_(understander), directory_(std::move(directory)), places_(directory_) {}

Group& Engine::group_of(const std::string& id) {
  auto& slot = groups_[id];
  if (!slot) {
    slot = std::make_unique<Group>();
    slot->id = id;
    slot->home = places_.home(id);
    for (const auto& g : directory_.groups) {
      if (g.group != id) continue;
      slot->leisure = any_of(g.name, {"闲置", "团购", "拼", "遛", "跑", "球", "牌", "唠嗑", "闲聊", "二手", "宝妈",
                                      "吐槽", "麻将", "美食", "商户", "商家", "摊主"});
      slot->service = any_of(g.name, {"服务", "物业", "网格", "便民", "社区", "诉求", "报修", "沟通", "联络", "维权"});
    }
  }
  return *slot;
}

void Engine::set_directory(PlaceDirectory directory) {
  directory_ = std::move(directory);
  places_ = PlaceParser(directory_);
  for (auto& [id, group] : groups_) group->home = places_.home(id);
  // Places of kept messages point into the old directory: read them again.
  for (auto& [number, d] : by_number_) {
    const NormalForm text = normalize(d->text);
    std::vector<WordHit> hits;
    understander_.lexicon().scan(text, hits);
    d->place = places_.parse(text, hits, understander_.lexicon());
    d->home = places_.parse_name(d->sender_name);
  }
  for (auto& [key, lead] : leads_) lead->view.reset();
}

DigestPtr Engine::digest(MessageNumber number, const Message& message, Group& group) {
  understander_.understand(message, scratch_);
  const Understanding& u = scratch_;
  const TextModel& text = understander_.model().text;
  auto d = std::make_shared<Digest>();
  d->number = number;
  d->id = name_hash(message.id);
  d->sender_name = message.sender_name;
  d->text = message.text;
  d->at = message.sent_at;
  d->group = &group;
  d->sender = name_hash(message.sender);
  d->sequence = ++group.sequence;
  d->role = message.role;
  d->type = message.type;
  for (std::size_t k = 0; k < kActs; ++k) d->act[k] = Share(u.act[k]);
  for (std::size_t k = 0; k < kMaxCategories; ++k) d->category[k] = Share(u.category[k]);
  for (std::size_t k = 0; k < 4; ++k) d->urgency[k] = Share(u.urgency[k]);
  d->best_category = static_cast<std::uint8_t>(u.best_category());
  d->appeal = u.appeal;
  d->opens = u.opens;
  d->reply = u.reply;
  std::copy_n(u.signs.begin(), d->signs.size(), d->signs.begin());
  std::size_t strong = 0, weak = 0;
  for (std::size_t k = 0; k < kMaxCategories; ++k) {
    d->strong |= std::uint64_t{u.strong[k] > 0} << k;
    d->weak |= std::uint64_t{u.weak[k] > 0} << k;
    strong += u.strong[k];
    weak += u.weak[k];
  }
  d->strong_total = static_cast<std::uint8_t>(std::min<std::size_t>(strong, 255));
  d->weak_total = static_cast<std::uint8_t>(std::min<std::size_t>(weak, 255));
  std::array<std::uint16_t, 512> rare;
  std::size_t rares = 0;
  for (const auto row : u.rows) {
    if (text.idf(row) >= kRare && rares < rare.size()) rare[rares++] = static_cast<std::uint16_t>(row);
  }
  std::sort(rare.begin(), rare.begin() + static_cast<std::ptrdiff_t>(rares));
  d->rows.assign(rare.begin(), rare.begin() + static_cast<std::ptrdiff_t>(rares));
  for (const auto row : d->rows) d->rows_weight += text.idf(row) * text.idf(row);
  d->place = places_.parse(u.normal, u.hits, understander_.lexicon());
  const Digest* mine = nullptr;
  for (auto it = group.recent.rbegin(); it != group.recent.rend() && !mine; ++it) {
    if ((*it)->sender == d->sender) mine = it->get();
  }
  d->home = mine && mine->sender_name == d->sender_name ? mine->home : places_.parse_name(d->sender_name);
  if (!message.reply_to.empty()) {
    d->quotes = true;
    d->reply_to = name_hash(message.reply_to);
  }
  for (const auto& who : message.mentions) d->mentions.push_back(name_hash(who));
  d->mentions_someone = !d->mentions.empty() || message.mentions_all;
  find_at_names(u.normal, group, *d);
  d->points = static_cast<std::uint16_t>(std::min<std::size_t>(u.normal.points.size(), 65535));
  for (const char32_t c : u.normal.points)
    d->digits = static_cast<std::uint8_t>(d->digits + (c >= '0' && c <= '9' && d->digits < 255));
  return d;
}

// The quoted message is among the last ones, or stands in a lead of the group, or is forgotten.
const Digest* Engine::quoted(const Digest& d, const Group& group) const {
  for (auto it = group.recent.rbegin(); it != group.recent.rend(); ++it) {
    if ((*it)->id == d.reply_to) return it->get();
  }
  for (auto lead = group.leads.rbegin(); lead != group.leads.rend(); ++lead) {
    for (const DigestPtr& m : (*lead)->messages) {
      if (m->id == d.reply_to && m->group == &group) return m.get();
    }
  }
  return nullptr;
}

void Engine::situation(const Digest& d, const Group& group) {
  Situation& s = situation_;
  s.candidates.clear();
  s.in_leads_6 = s.in_leads_20 = s.active = s.last_10_minutes = 0;
  s.previous = s.previous_mine = s.quoted = nullptr;
  s.seen = &scratch_;
  s.message = &d;
  s.group = &group;
  if (!group.recent.empty()) s.previous = group.recent.back().get();
  const std::size_t n = group.recent.size();
  for (std::size_t i = 0; i < n; ++i) {
    const Digest& other = *group.recent[n - 1 - i];
    if (!s.previous_mine && other.sender == d.sender) s.previous_mine = &other;
    if (other.lead) s.in_leads_6 += i < 6, s.in_leads_20 += i < 20;
    s.last_10_minutes += d.at - other.at <= std::chrono::minutes(10);
  }
  if (d.quotes) {
    s.quoted = quoted(d, group);
  }
  const auto has = [&](const Lead* lead) {
    return std::any_of(s.candidates.begin(), s.candidates.end(), [&](const Candidate& c) { return c.lead == lead; });
  };
  for (auto it = group.leads.rbegin(); it != group.leads.rend(); ++it) {
    Lead* lead = *it;
    if (d.at - lead->last_at <= std::chrono::minutes(30)) ++s.active;
    // Long silent and long scrolled away: only what ties it to this message brings it back, below.
    const bool near =
        d.at - lead->last_at <= kNearTime || d.sequence - lead->in(d.group)->last_sequence <= kNearMessages;
    if (near && s.candidates.size() < kMostLeads) s.candidates.push_back({lead, nullptr, false, 0});
  }
  // Older ones that something ties to this message: its sender took part, it addresses someone who did, or the matter.
  for (auto it = group.leads.rbegin(); it != group.leads.rend() && s.candidates.size() < kMostLeads + kMostOlder;
       ++it) {
    const Lead* lead = *it;
    bool tied = lead->has(d.sender) || (d.appeal > 0.3f && lead->category == d.best_category);
    for (const auto who : d.mentions) tied |= lead->has(who);
    if (tied && !has(lead)) s.candidates.push_back({*it, nullptr, false, 0});
  }
  for (const Digest* other : {s.quoted, s.previous_mine}) {
    if (other && other->lead && !has(other->lead)) s.candidates.push_back({other->lead, nullptr, false, 0});
  }
  std::size_t seeds = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(n, 10) && seeds < kMostSeeds; ++i) {
    const DigestPtr& other = group.recent[n - 1 - i];
    if (d.at - other->at > kSeedLife) break;
    if (other->lead || !could_begin(*other)) continue;
    s.candidates.push_back({nullptr, other, false, 0});
    ++seeds;
  }
  add_cross(s);
}

// The same matter may be open in other groups of the community: only where this message speaks of a matter itself.
void Engine::add_cross(Situation& s) const {
  const Digest& d = *s.message;
  if (d.opens < 0.15f && d.appeal < 0.5f) return;
  std::size_t best = 0, second = 1;
  for (std::size_t c = 0; c < kMaxCategories; ++c) {
    if (d.category[c] > d.category[best]) second = best, best = c;
    else if (c != best && d.category[c] > d.category[second]) second = c;
  }
  const auto before = s.candidates.size();
  const auto offer = [&](LeadKey key, std::chrono::minutes life) {
    const auto it = leads_.find(key);
    if (it == leads_.end() || s.candidates.size() - before >= kMostCross) return;
    Lead* lead = it->second.get();
    if (d.at - lead->last_at > life || lead->in(d.group)) return;
    if (std::any_of(s.candidates.begin(), s.candidates.end(), [&](const Candidate& c) { return c.lead == lead; }))
      return;
    s.candidates.push_back({lead, nullptr, true, 0});
  };
  for (const std::size_t c : {best, second}) {
    if (d.category[c] < 0.12f) continue;
    for (const LeadKey key : by_category_[c]) offer(key, kCrossLife);
  }
  // An outage is told in other words in each group, but at the same time.
  for (const LeadKey key : latest_) offer(key, kCrossAtOnce);
}

void Engine::index_category(Lead& lead, int before) {
  if (before >= 0 && before != lead.category) std::erase(by_category_[static_cast<std::size_t>(before)], lead.key);
  for (auto* list : {&by_category_[static_cast<std::size_t>(lead.category)], &latest_}) {
    if (!list->empty() && list->front() == lead.key) continue;
    std::erase(*list, lead.key);
    list->insert(list->begin(), lead.key);
    if (list->size() > kPerCategory) list->pop_back();
  }
}

void Engine::attach(Lead& lead, const DigestPtr& d) {
  const int before = lead.messages.empty() ? -1 : lead.category;
  lead.add(d, understander_.model().text);
  index_category(lead, before);
  auto& list = d->group->leads;
  std::erase(list, &lead);
  // By their last message here: a message that moves in late does not make its lead the latest.
  const auto at = std::find_if(list.begin(), list.end(), [&](const Lead* other) {
    return other->in(d->group)->last_sequence > lead.in(d->group)->last_sequence;
  });
  list.insert(at, &lead);
}

void Engine::remember(const DigestPtr& d) {
  Group& group = *d->group;
  group.recent.push_back(d);
  by_number_[d->number] = d;
  if (group.recent.size() > Group::kRecent) {
    const DigestPtr old = group.recent.front();
    group.recent.pop_front();
    if (!old->lead) by_number_.erase(old->number);
  }
}

void Engine::drop_lead(LeadKey key) {
  const auto it = leads_.find(key);
  Lead& lead = *it->second;
  for (const auto& h : lead.here) std::erase(h.group->leads, &lead);
  std::erase(by_category_[static_cast<std::size_t>(lead.category)], key);
  std::erase(latest_, key);
  for (const auto& d : lead.messages) {
    d->lead = nullptr;
    answers_.erase(d->number);
    const auto& recent = d->group->recent;
    if (!recent.empty() && d->sequence >= recent.front()->sequence) continue;
    by_number_.erase(d->number);
  }
  leads_.erase(it);
}

void Engine::forget(Instant now) {
  newest_ = std::max(newest_, now);
  if (newest_ < next_sweep_) return;
  next_sweep_ = newest_ + std::chrono::hours(1);
  std::vector<LeadKey> old;
  for (const auto& [key, lead] : leads_) {
    if (newest_ - lead->last_at > kWindow) old.push_back(key);
  }
  for (const LeadKey key : old) drop_lead(key);
}

Placement Engine::place(MessageNumber number, const Message& message, Policy& policy) {
  if (const auto it = answers_.find(number); it != answers_.end()) return it->second;
  if (by_number_.contains(number) || message.type == MessageType::recall) return {};
  forget(message.sent_at);
  Group& group = group_of(message.group);
  const DigestPtr d = digest(number, message, group);
  situation(*d, group);
  Situation& s = situation_;
  Decision decision = policy.decide(s);
  Placement out;
  out.reasons = std::move(decision.reasons);
  out.score = decision.probability;
  Lead* lead = nullptr;
  if (decision.choice == Decision::Choice::join && s.candidates[decision.candidate].lead) {
    lead = s.candidates[decision.candidate].lead;
  } else if (decision.choice != Decision::Choice::chatter) {
    auto& slot = leads_[number];
    slot = std::make_unique<Lead>();
    lead = slot.get();
    lead->key = number;
    out.opened = true;
    if (decision.choice == Decision::Choice::join) {
      const DigestPtr& seed = s.candidates[decision.candidate].seed;
      attach(*lead, seed);
      out.moves.push_back({seed->number, std::nullopt, number, Act::report});
    }
  }
  if (lead) {
    attach(*lead, d);
    out.lead = lead->key;
    out.act = act_in(*lead, *d);
    out.changed = {lead->key};
  }
  remember(d);
  if (lead) answers_[number] = out;
  return out;
}

void Engine::restore(MessageNumber number, const Message& message, std::optional<LeadKey> key) {
  if (by_number_.contains(number) || message.type == MessageType::recall) return;
  forget(message.sent_at);
  const DigestPtr d = digest(number, message, group_of(message.group));
  if (key) {
    auto& slot = leads_[*key];
    if (!slot) {
      slot = std::make_unique<Lead>();
      slot->key = *key;
    }
    attach(*slot, d);
    Placement answer;
    answer.lead = *key;
    answer.act = act_in(*slot, *d);
    answers_[number] = answer;
  }
  remember(d);
}

std::vector<LeadKey> Engine::recall(MessageNumber number) {
  const auto it = by_number_.find(number);
  if (it == by_number_.end()) return {};
  const DigestPtr d = it->second;
  std::vector<LeadKey> changed;
  if (Lead* lead = d->lead) {
    changed.push_back(lead->key);
    if (lead->messages.size() == 1) {
      drop_lead(lead->key);
    } else {
      const auto here = lead->here;
      const int before = lead->category;
      lead->remove(number, understander_.model().text);
      index_category(*lead, before);
      for (const auto& h : here) {
        Group* group = h.group;
        std::erase(group->leads, lead);
        const Lead::Here* now = lead->in(group);
        if (!now) continue;
        const auto at = std::find_if(group->leads.begin(), group->leads.end(), [&](const Lead* other) {
          return other->in(group)->last_sequence > now->last_sequence;
        });
        group->leads.insert(at, lead);
      }
    }
    answers_.erase(number);
  }
  d->lead = nullptr;
  std::erase(d->group->recent, d);
  by_number_.erase(number);
  return changed;
}

bool Engine::set_closed(LeadKey key, bool closed) {
  Lead* l = lead(key);
  if (!l) return false;
  l->closed = closed;
  return true;
}

const Lead* Engine::lead(LeadKey key) const {
  const auto it = leads_.find(key);
  return it == leads_.end() ? nullptr : it->second.get();
}

Lead* Engine::lead(LeadKey key) { return const_cast<Lead*>(std::as_const(*this).lead(key)); }

std::vector<LeadKey> Engine::all() const {
  std::vector<LeadKey> out;
  for (const auto& [key, lead] : leads_) out.push_back(key);
  return out;
}

}  // namespace linli::engine
