#include "leads/engine/engine.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "channels/form/form.h"
#include "leads/engine/pack.h"
#include "understand/lexicon.h"
#include "understand/model.h"

namespace linli::engine {
namespace {

constexpr std::size_t kMostLeads = 6, kMostOlder = 5, kMostSeeds = 3, kMostCross = 4, kPerCategory = 4;
constexpr std::chrono::minutes kSeedLife{20}, kNearTime{90};
constexpr std::uint32_t kNearMessages = 30;
constexpr std::chrono::hours kCrossLife{12};
constexpr std::chrono::minutes kCrossAtOnce{40};
constexpr std::size_t kSweep = 20'000;  // messages after which memory is given back, however little time passed
constexpr float kRare = 2.5f;           // idf from which a shared n-gram tells anything

bool any_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto w) { return text.find(w) != text.npos; });
}

// The memory of a group that has said nothing for a while is far away; it comes while the message is understood.
void fetch_leads(const Group& group, std::size_t most) {
  for (std::size_t i = 0; i < std::min(most, group.leads.size()); ++i) {
    const char* lead = reinterpret_cast<const char*>(group.leads[group.leads.size() - 1 - i].lead);
    for (std::size_t at = 0; at < sizeof(Lead); at += 64) __builtin_prefetch(lead + at);
  }
}

void fetch_sums(const Group& group, std::size_t most) {
  for (std::size_t i = 0; i < std::min(most, group.leads.size()); ++i) {
    const Lead& lead = *group.leads[group.leads.size() - 1 - i].lead;
    __builtin_prefetch(lead.here.data());
    __builtin_prefetch(lead.people.data());
    __builtin_prefetch(lead.messages.data());
    const char* sums = reinterpret_cast<const char*>(lead.sums.get());
    for (std::size_t at = 0; sums && at < sizeof(Lead::Sums); at += 64) __builtin_prefetch(sums + at);
  }
}

void fetch_messages(const Group& group, std::size_t most) {
  for (std::size_t i = 0; i < std::min(most, group.leads.size()); ++i) {
    const Lead& lead = *group.leads[group.leads.size() - 1 - i].lead;
    if (!lead.packed.empty()) continue;
    for (const Digest* d : {const_cast<const Digest*>(lead.messages.front()), lead.here.front().last}) {
      const char* digest = reinterpret_cast<const char*>(d);
      for (std::size_t at = 0; at < sizeof(Digest); at += 64) __builtin_prefetch(digest + at);
    }
    if (lead.sums) __builtin_prefetch(lead.sums->rows.data()), __builtin_prefetch(lead.sums->places.data());
  }
}

// "@老王" and "@物业小陈 @李姐": the senders among the last ones whose name follows the sign.
bool find_at_names(const NormalForm& text, const Group& group, std::uint64_t sender,
                   std::vector<std::uint64_t>& mentions) {
  std::size_t at = text.bytes.find('@');
  if (at == text.bytes.npos) return false;
  std::vector<std::string> names;
  for (const Group::Person& p : group.people) names.push_back(p.said ? normalize(p.name).bytes : std::string());
  for (; at != text.bytes.npos; at = text.bytes.find('@', at + 1)) {
    const std::string_view rest = std::string_view(text.bytes).substr(at + 1);
    std::uint64_t best = 0;
    std::size_t longest = 0;
    for (std::size_t i = group.recent(); i-- > 0;) {
      const Said& other = group.back(i);
      const std::string& name = names[other.person];
      if (other.sender != sender && name.size() > longest && rest.starts_with(name))
        longest = name.size(), best = other.sender;
    }
    if (best) mentions.push_back(best);
  }
  return true;
}

}  // namespace

Act act_in(const Lead& lead, const Digest& d) {
  if (!lead.messages.empty() && lead.messages.front()->number == d.number) return Act::report;
  std::size_t best = 2;
  for (std::size_t a = 2; a < kActs; ++a) {
    if (d.act[a] > d.act[best]) best = a;
  }
  if (d.act[1] > d.act[best])
    return lead.messages.empty() || lead.messages.front()->sender == d.sender ? Act::detail : Act::confirm;
  return static_cast<Act>(best);
}

// What one placement works with, the same for all engines of a thread.
struct Engine::Work {
  Understanding seen;
  Situation situation;
  Digest digest;
  std::array<std::uint16_t, 512> rows;
  std::vector<std::uint64_t> mentions;
  std::uint64_t reply_to = 0;
  const Said* mine = nullptr;  // the sender's message before
  static Work& of_thread() {
    thread_local Work work;
    return work;
  }
};

Engine::Engine(const Understander& understander, PlaceDirectory directory)
    : understander_(understander), directory_(std::move(directory)), places_(directory_) {
  forgotten_.first_at = forgotten_.last_at = Instant{} - std::chrono::hours(24 * 365'000);  // silent, always
}

Engine::~Engine() {
  for (const auto& [key, lead] : leads_) {
    for (Digest* d : lead->messages) Digest::release(d);
  }
  for (const auto& [id, group] : groups_) {
    for (std::size_t i = 0; i < group->recent(); ++i) {
      if (const Said& s = group->back(i); !s.lead) Digest::release(s.digest);
    }
  }
}

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
  const auto told = [](const GroupPlace& g) { return std::tie(g.group, g.name, g.grid, g.community, g.street); };
  if (directory.places == directory_.places && std::ranges::equal(directory.groups, directory_.groups, {}, told, told))
    return;
  directory_ = std::move(directory);
  places_ = PlaceParser(directory_);
  // Places of kept messages point into the old directory: read them again.
  const auto read_again = [this](Digest& d) {
    const NormalForm text = normalize(d.text);
    std::vector<WordHit> hits;
    understander_.lexicon().scan(text, hits);
    d.place = places_.parse(text, hits, understander_.lexicon());
    d.home = places_.parse_name(d.sender_name);
  };
  for (auto& [id, group] : groups_) {
    group->home = places_.home(id);
    for (auto& person : group->people) person.home = places_.parse_name(person.name);
    for (std::size_t i = 0; i < group->recent(); ++i) {
      const Said& s = group->back(i);
      if (s.digest && !s.lead) read_again(*s.digest);
    }
  }
  for (auto& [key, lead] : leads_) {
    lead->unpack();
    for (Digest* d : lead->messages) read_again(*d);
    lead->fold();
  }
  since_sweep_ = kSweep;
}

// Into `work`; valid until the next one.
Digest& Engine::digest(MessageNumber number, const Message& message, Group& group, Work& work) const {
  group.prefetch();
  fetch_leads(group, kMostLeads);
  understander_.understand(message, work.seen);
  fetch_sums(group, kMostLeads);
  const Understanding& u = work.seen;
  const TextModel& text = understander_.model().text;
  Digest& d = work.digest;
  d = {};
  d.number = number;
  d.id = name_hash(message.id);
  d.sender_name = message.sender_name;
  d.text = message.text;
  d.at = message.sent_at;
  d.group = &group;
  d.sender = name_hash(message.sender);
  d.sequence = ++group.sequence;
  d.role = message.role;
  d.type = message.type;
  for (std::size_t k = 0; k < kActs; ++k) d.act[k] = Share(u.act[k]);
  for (std::size_t k = 0; k < kMaxCategories; ++k) d.category[k] = Share(u.category[k]);
  for (std::size_t k = 0; k < 4; ++k) d.urgency[k] = Share(u.urgency[k]);
  d.best_category = static_cast<std::uint8_t>(u.best_category());
  d.appeal = u.appeal;
  d.opens = u.opens;
  d.reply = u.reply;
  std::copy_n(u.signs.begin(), d.signs.size(), d.signs.begin());
  d.question = d.sign(Sign::question);
  d.joke = d.sign(Sign::joke);
  d.leisure = d.sign(Sign::leisure);
  std::size_t strong = 0, weak = 0;
  for (std::size_t k = 0; k < kMaxCategories; ++k) {
    d.strong |= std::uint64_t{u.strong[k] > 0} << k;
    d.weak |= std::uint64_t{u.weak[k] > 0} << k;
    strong += u.strong[k];
    weak += u.weak[k];
  }
  d.strong_total = static_cast<std::uint8_t>(std::min<std::size_t>(strong, 255));
  d.weak_total = static_cast<std::uint8_t>(std::min<std::size_t>(weak, 255));
  std::size_t rares = 0;
  for (const auto row : u.rows) {
    if (text.idf(row) >= kRare && rares < work.rows.size()) work.rows[rares++] = static_cast<std::uint16_t>(row);
  }
  std::sort(work.rows.begin(), work.rows.begin() + static_cast<std::ptrdiff_t>(rares));
  d.rows = {work.rows.data(), rares};
  for (const auto row : d.rows) d.rows_weight += text.idf(row) * text.idf(row);
  fetch_messages(group, kMostLeads);
  d.place = places_.parse(u.normal, u.hits, understander_.lexicon());
  work.mine = nullptr;
  for (std::size_t i = 0; i < group.recent() && !work.mine; ++i) {
    if (group.back(i).sender == d.sender) work.mine = &group.back(i);
  }
  d.home = work.mine && group.person(*work.mine).name == message.sender_name ? group.person(*work.mine).home
                                                                             : places_.parse_name(d.sender_name);
  d.quotes = !message.reply_to.empty();
  work.reply_to = d.quotes ? name_hash(message.reply_to) : 0;
  work.mentions.clear();
  for (const auto& who : message.mentions) work.mentions.push_back(name_hash(who));
  d.mentions_someone = !work.mentions.empty() || message.mentions_all;
  d.mentions_someone |= find_at_names(u.normal, group, d.sender, work.mentions);
  d.mentions = work.mentions;
  d.points = static_cast<std::uint16_t>(std::min<std::size_t>(u.normal.points.size(), 65535));
  for (const char32_t c : u.normal.points)
    d.digits = static_cast<std::uint8_t>(d.digits + (c >= '0' && c <= '9' && d.digits < 255));
  return d;
}

// The quoted message is among the last ones, or stands in a lead of the group, or is forgotten.
const Said* Engine::quoted(std::uint64_t id, const Group& group) const {
  for (std::size_t i = 0; i < group.recent(); ++i) {
    if (group.back(i).id == id) return &group.back(i);
  }
  for (auto open = group.leads.rbegin(); open != group.leads.rend(); ++open) {
    if (!takes(*open->lead)) continue;
    const auto packed = packed_messages(open->lead->packed);
    if (std::any_of(packed.begin(), packed.end(), [&](const PackedMessage& m) { return m.id == id; }))
      open->lead->unpack();
    for (const Digest* m : open->lead->messages) {
      if (m->id == id && m->group == &group) return m;
    }
  }
  return nullptr;
}

void Engine::situation(const Digest& d, const Group& group, Work& work) const {
  Situation& s = work.situation;
  s.candidates.clear();
  s.in_leads_6 = s.in_leads_20 = s.active = s.last_10_minutes = 0;
  s.seen = &work.seen;
  s.message = &d;
  s.group = &group;
  s.previous_mine = work.mine;
  const std::size_t n = group.recent();
  s.previous = n ? &group.back(0) : nullptr;
  for (std::size_t i = 0; i < n; ++i) {
    const Said& other = group.back(i);
    if (other.lead) s.in_leads_6 += i < 6, s.in_leads_20 += i < 20;
    s.last_10_minutes += d.at - other.at <= std::chrono::minutes(10);
  }
  s.quoted = d.quotes ? quoted(work.reply_to, group) : nullptr;
  const auto has = [&](const Lead* lead) {
    return std::any_of(s.candidates.begin(), s.candidates.end(), [&](const Candidate& c) { return c.lead == lead; });
  };
  for (std::size_t i = group.leads.size(); i-- > 0;) {
    const Group::Open& open = group.leads[i];
    if (newest_ - open.last_at > kWindow || open.full || newest_ - open.first_at > kOldest) continue;
    if (d.at - open.last_at <= std::chrono::minutes(30)) ++s.active;
    // Long silent and long scrolled away: only what ties it to this message brings it back, below.
    const bool near = d.at - open.last_at <= kNearTime || d.sequence - open.last_sequence <= kNearMessages;
    if (near && s.candidates.size() < kMostLeads) s.candidates.push_back({open.lead, nullptr, false, 0});
  }
  // Older ones that something ties to this message: its sender took part, it addresses someone who did, or the matter.
  std::uint64_t wanted = std::uint64_t{1} << d.sender % 64;
  for (const auto who : d.mentions) wanted |= std::uint64_t{1} << who % 64;
  for (std::size_t i = group.leads.size(); i-- > 0 && s.candidates.size() < kMostLeads + kMostOlder;) {
    const Group::Open& open = group.leads[i];
    if (newest_ - open.last_at > kWindow || open.full || newest_ - open.first_at > kOldest) continue;
    bool tied = d.appeal > 0.3f && open.category == d.best_category;
    if (!tied && open.people & wanted) {
      tied = open.lead->has(d.sender);
      for (const auto who : d.mentions) tied |= open.lead->has(who);
    }
    if (tied && !has(open.lead)) s.candidates.push_back({open.lead, nullptr, false, 0});
  }
  for (const Said* other : {s.quoted, s.previous_mine}) {
    if (other && other->lead && takes(*other->lead) && !has(other->lead))
      s.candidates.push_back({other->lead, nullptr, false, 0});
  }
  std::size_t seeds = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(n, 10) && seeds < kMostSeeds; ++i) {
    const Said& other = group.back(i);
    if (d.at - other.at > kSeedLife) break;
    if (other.lead || !other.digest) continue;
    s.candidates.push_back({nullptr, other.digest, false, 0});
    ++seeds;
  }
  add_cross(s);
  for (const Candidate& c : s.candidates) {
    if (c.lead) c.lead->unfold(understander_.model().text);
  }
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
  const auto offer = [&](Lead* lead, std::chrono::minutes life) {
    if (s.candidates.size() - before >= kMostCross || !takes(*lead)) return;
    if (d.at - lead->last_at > life || lead->in(d.group)) return;
    if (std::any_of(s.candidates.begin(), s.candidates.end(), [&](const Candidate& c) { return c.lead == lead; }))
      return;
    s.candidates.push_back({lead, nullptr, true, 0});
  };
  for (const std::size_t c : {best, second}) {
    if (d.category[c] < 0.12f) continue;
    for (Lead* lead : by_category_[c]) offer(lead, kCrossLife);
  }
  // An outage is told in other words in each group, but at the same time.
  for (Lead* lead : latest_) offer(lead, kCrossAtOnce);
}

bool Engine::listed(const Lead& lead) {
  return std::any_of(lead.here.begin(), lead.here.end(), [&](const Lead::Here& h) {
    return std::any_of(h.group->leads.begin(), h.group->leads.end(),
                       [&](const Group::Open& o) { return o.lead == &lead; });
  });
}

void Engine::unlist(Lead& lead) {
  for (const auto& h : lead.here) std::erase_if(h.group->leads, [&](const Group::Open& o) { return o.lead == &lead; });
}

// After a change of the lead; groups that it left were told by unlist(). What makes room for it depends on the leads that
// are not silent alone: whether silent ones are still in the lists or forgotten is the same.
void Engine::list(Lead& lead, int category_before) {
  std::vector<Lead*> pushed_out;
  Group::Open open{&lead, lead.first_at, lead.last_at, 0, 0, lead.category, lead.size() >= kMostMessages};
  for (const auto& p : lead.people) open.people |= std::uint64_t{1} << p.sender % 64;
  for (const auto& h : lead.here) {
    auto& of_group = h.group->leads;
    std::erase_if(of_group, [&](const Group::Open& o) { return o.lead == &lead; });
    open.last_sequence = h.last_sequence;
    // By their last message here: a message that moves in late does not make its lead the latest.
    const auto at = std::find_if(of_group.begin(), of_group.end(),
                                 [&](const Group::Open& o) { return o.last_sequence > h.last_sequence; });
    of_group.insert(at, open);
    if (of_group.size() > kReady) of_group[of_group.size() - 1 - kReady].lead->fold();
    if (of_group.size() <= kMostOpen) continue;
    std::erase_if(of_group, [&](const Group::Open& o) { return silent(*o.lead); });
    if (of_group.size() <= kMostOpen) continue;
    pushed_out.push_back(of_group.front().lead);
    of_group.erase(of_group.begin());
  }
  if (category_before >= 0 && category_before != lead.category)
    std::erase(by_category_[static_cast<std::size_t>(category_before)], &lead);
  for (auto* latest : {&by_category_[lead.category], &latest_}) {
    if (!latest->empty() && latest->front() == &lead) continue;
    std::erase_if(*latest, [&](const Lead* l) { return l == &lead || silent(*l); });
    latest->insert(latest->begin(), &lead);
    if (latest->size() > kPerCategory) latest->pop_back();
  }
  for (Lead* out : pushed_out) {
    if (listed(*out)) continue;
    std::erase(by_category_[out->category], out);
    std::erase(latest_, out);
  }
}

// The leads that may be the same matter in other groups, as they were had each message always stood where it stands.
void Engine::list_across() {
  std::vector<Lead*> all;
  for (const auto& [key, lead] : leads_) {
    if (!silent(*lead)) all.push_back(lead.get());
  }
  std::ranges::sort(all, std::greater{}, &Lead::last_number);
  latest_.clear();
  for (auto& of_category : by_category_) of_category.clear();
  for (Lead* lead : all) {
    auto& of_category = by_category_[lead->category];
    if (latest_.size() >= kPerCategory && of_category.size() >= kPerCategory) continue;
    if (!listed(*lead)) continue;
    if (latest_.size() < kPerCategory) latest_.push_back(lead);
    if (of_category.size() < kPerCategory) of_category.push_back(lead);
  }
}

void Engine::attach(Lead& lead, Digest* d) {
  const int before = lead.size() == 0 ? -1 : lead.category;
  lead.add(d, understander_.model().text);
  list(lead, before);
}

// Among its group's last messages; the oldest of them goes.
void Engine::remember(const Digest& d, const Said* mine) {
  Group& group = *d.group;
  // What is too old to begin a lead with a later message.
  for (std::size_t i = 0; i < group.recent(); ++i) {
    Said& said = group.back(i);
    if (!said.digest || said.lead || d.at - said.at <= kSeedLife) continue;
    Digest::release(said.digest);
    said.digest = nullptr;
  }
  if (group.full()) {
    if (const Said& oldest = group.back(Group::kRecent - 1); !oldest.lead) Digest::release(oldest.digest);
  }
  group.push(d, mine, d.sender_name, d.home);
  newest_number_ = std::max(newest_number_, d.number);
}

void Engine::drop_lead(LeadKey key) {
  const auto it = leads_.find(key);
  Lead& lead = *it->second;
  unlist(lead);
  std::erase(by_category_[lead.category], &lead);
  std::erase(latest_, &lead);
  for (Digest* d : lead.messages) {
    d->lead = nullptr;
    // It was no chatter, and does not become such.
    if (Said* said = d->group->find(d->number)) said->lead = &forgotten_, said->digest = nullptr;
    Digest::release(d);
  }
  leads_.erase(it);
}

void Engine::forget() {
  if (newest_ - swept_ < std::chrono::hours(1) && since_sweep_ < kSweep) return;
  swept_ = newest_;
  since_sweep_ = 0;
  std::vector<LeadKey> old;
  for (const auto& [key, lead] : leads_) {
    bool gone_by = true, ready = newest_ - lead->last_at <= kReadyLife;
    for (const auto& h : lead->here) {
      const auto& of_group = h.group->leads;
      std::size_t later = 0;
      while (later < of_group.size() && of_group[of_group.size() - 1 - later].lead != lead.get()) ++later;
      ready &= later < kReady;
      gone_by &= h.group->scrolled_past(h.last_sequence);
    }
    if (gone(*lead)) old.push_back(key);
    else if (!ready && gone_by && lead->here.size() < 256) lead->pack();
    else if (!ready) lead->fold();
  }
  for (const LeadKey key : old) drop_lead(key);
}

// The digest where it has one, and its line where it is among the last ones; no digest of a silent lead.
std::pair<Digest*, Said*> Engine::find(Group& group, MessageNumber number) const {
  if (Said* said = group.find(number)) return {said->lead && silent(*said->lead) ? nullptr : said->digest, said};
  for (const auto& open : group.leads) {
    if (silent(*open.lead)) continue;
    if (Digest* d = open.lead->find(group, number)) return {d, nullptr};
  }
  return {};
}

Placement Engine::place(MessageNumber number, const Message& message, Policy& policy) {
  if (message.type == MessageType::recall) return {};
  Group& group = group_of(message.group);
  if (number <= newest_number_) {
    if (const auto [digest, said] = find(group, number); digest || said) {
      Placement again;
      if (!digest || !digest->lead) return again;
      again.lead = digest->lead->key;
      again.act = act_in(*digest->lead, *digest);
      return again;
    }
  }
  newest_ = std::max(newest_, message.sent_at);
  ++since_sweep_;
  Work& work = Work::of_thread();
  Digest& d = digest(number, message, group, work);
  Situation& s = work.situation;
  situation(d, group, work);
  Decision decision = policy.decide(s);
  // Nobody fills in a form to chat.
  if (decision.choice == Decision::Choice::chatter && form::is_report(message))
    decision.choice = Decision::Choice::open;
  Placement out;
  out.reasons = std::move(decision.reasons);
  out.score = decision.probability;
  const bool chatter = decision.choice == Decision::Choice::chatter;
  if (!chatter || could_begin(d)) d.digest = d.keep();
  if (!chatter) {
    Lead* lead = nullptr;
    const bool join = decision.choice == Decision::Choice::join;
    const Candidate* to = join ? &s.candidates[decision.candidate] : nullptr;
    if (to && to->lead) {
      lead = to->lead;
    } else {
      // Told again after long, or after it was taken back: its lead may still be there.
      if (const auto it = leads_.find(number); it != leads_.end() && gone(*it->second)) drop_lead(number);
      auto& slot = leads_[number];
      out.opened = !slot;
      if (!slot) slot = std::make_unique<Lead>();
      lead = slot.get();
      lead->key = number;
      if (to) {
        Digest* seed = to->seed;
        attach(*lead, seed);
        if (Said* said = group.find(seed->number)) said->lead = lead;
        out.moves.push_back({seed->number, std::nullopt, number, Act::report});
      }
    }
    attach(*lead, d.digest);
    d.lead = lead;
    out.lead = lead->key;
    out.act = act_in(*lead, d);
    out.changed = {lead->key};
  }
  remember(d, work.mine);
  return out;
}

bool Engine::open(MessageNumber number, const Message& message) {
  Group& group = group_of(message.group);
  auto [kept, said] = find(group, number);
  if (number > newest_number_ || (kept && kept->lead) || (said && said->lead) || leads_.contains(number)) return false;
  if (!kept) kept = digest(number, message, group, Work::of_thread()).keep();
  auto& lead = leads_[number];
  lead = std::make_unique<Lead>();
  lead->key = number;
  attach(*lead, kept);
  if (said) said->lead = lead.get(), said->digest = kept;
  return true;
}

std::size_t Engine::move(LeadKey from, std::span<const MessageNumber> numbers, std::optional<LeadKey> to) {
  const auto source = leads_.find(from);
  if (source == leads_.end() || from == to) return 0;
  const TextModel& text = understander_.model().text;
  Lead& left = *source->second;
  left.unpack();
  std::vector<Digest*> moved;
  for (Digest* d : left.messages) {
    if (numbers.empty() || std::ranges::find(numbers, d->number) != numbers.end()) moved.push_back(d);
  }
  if (moved.empty()) return 0;
  if (moved.size() == left.messages.size()) {
    left.messages.clear();
    drop_lead(from);
  } else {
    const int before = left.category;
    unlist(left);
    left.remove(moved, text);
    list(left, before);
  }
  Lead* taker = nullptr;
  if (to) {
    auto& slot = leads_[*to];
    if (!slot) slot = std::make_unique<Lead>();
    taker = slot.get();
    taker->key = *to;
    const int before = taker->size() == 0 ? -1 : taker->category;
    taker->add(moved, text);
    list(*taker, before);
  }
  for (Digest* d : moved) {
    if (Said* said = d->group->find(d->number)) said->lead = taker, said->digest = taker ? d : nullptr;
    if (!taker) Digest::release(d);
  }
  list_across();
  return moved.size();
}

void Engine::restore(MessageNumber number, const Message& message, std::optional<LeadKey> key, bool apart) {
  if (message.type == MessageType::recall) return;
  Group& group = group_of(message.group);
  if (number <= newest_number_) {
    if (const auto [digest, said] = find(group, number); digest || said) return;
  }
  newest_ = std::max(newest_, message.sent_at);
  ++since_sweep_;
  Work& work = Work::of_thread();
  Digest& d = digest(number, message, group, work);
  if (key || (could_begin(d) && !apart)) d.digest = d.keep();
  if (key) {
    auto& slot = leads_[*key];
    if (!slot) {
      slot = std::make_unique<Lead>();
      slot->key = *key;
    }
    attach(*slot, d.digest);
    d.lead = slot.get();
  }
  remember(d, work.mine);
}

std::vector<LeadKey> Engine::recall(MessageNumber number, const std::string& group_id) {
  Group* group = nullptr;
  std::pair<Digest*, Said*> found;
  const auto look = [&](Group& in) {
    found = find(in, number);
    if (found.first || found.second) group = &in;
  };
  // A message is taken back in its own group; should it not be there, in any.
  if (const auto it = groups_.find(group_id); it != groups_.end()) look(*it->second);
  for (auto it = groups_.begin(); it != groups_.end() && !group; ++it) look(*it->second);
  if (!group) return {};
  const auto [d, said] = found;
  std::vector<LeadKey> changed;
  if (Lead* lead = d ? d->lead : nullptr) {
    changed.push_back(lead->key);
    if (lead->size() == 1) {
      lead->messages.clear();
      drop_lead(lead->key);
    } else {
      const int before = lead->category;
      unlist(*lead);
      lead->remove(d, understander_.model().text);
      list(*lead, before);
    }
  }
  if (said) group->erase(said);
  Digest::release(d);
  return changed;
}

bool Engine::set_closed(LeadKey key, bool closed) {
  const auto it = leads_.find(key);
  if (it == leads_.end()) return false;
  it->second->closed = closed;
  return true;
}

Lead* Engine::lead(LeadKey key) {
  const auto it = leads_.find(key);
  if (it == leads_.end()) return nullptr;
  it->second->unfold(understander_.model().text);
  return it->second.get();
}

std::vector<LeadKey> Engine::all() const {
  std::vector<LeadKey> out;
  for (const auto& [key, lead] : leads_) out.push_back(key);
  return out;
}

std::vector<MessageNumber> Engine::messages(LeadKey key) const {
  const auto it = leads_.find(key);
  return it == leads_.end() ? std::vector<MessageNumber>() : it->second->numbers();
}

Leads::Sizes Engine::sizes() const {
  Leads::Sizes sizes{groups_.size(), leads_.size()};
  const auto count = [&](const Digest* d) {
    ++sizes.digests;
    sizes.digest_bytes += d->bytes();
  };
  for (const auto& [key, lead] : leads_) {
    sizes.ready += lead->sums != nullptr;
    for (const Digest* d : lead->messages) count(d);
    if (!lead->packed.empty()) sizes.digests += lead->size(), sizes.digest_bytes += lead->packed.capacity();
  }
  for (const auto& [id, group] : groups_) {
    for (std::size_t i = 0; i < group->recent(); ++i) {
      if (const Said& s = group->back(i); s.digest && !s.lead) count(s.digest);
    }
  }
  return sizes;
}

}  // namespace linli::engine
