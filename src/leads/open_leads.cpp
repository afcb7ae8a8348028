#include "leads/open_leads.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/log.h"

namespace linli {

// ---- after a restart ----

Result<MessageId> OpenLeads::restore(Tx& tx, const Sealer& sealer, Instant since, std::size_t page_size) {
  auto cursor = tx.value<std::int64_t>("SELECT position FROM cursors WHERE name = $1", {"placing"});
  if (!cursor) return tl::unexpected(std::move(cursor).error());
  const MessageId last{cursor->value_or(0)};
  if (!last) return last;

  auto leads = lead_store::recent(tx, sealer, since);
  if (!leads) return tl::unexpected(std::move(leads).error());
  std::unordered_map<LeadId, LeadKey> keys;
  for (const Lead& lead : *leads) {
    keys[lead.id] = lead.opening.value;
    // Where its group is at home now: there its messages are taken up.
    known_[lead.opening.value] = {lead.id, lead.group, home_of(lead.group, &tx).shard, {}};
    key_of_[lead.id] = lead.opening.value;
  }
  auto standings = lead_store::recent_links(tx, since);
  if (!standings) return tl::unexpected(std::move(standings).error());
  Links links;
  for (const auto& standing : *standings) links[standing.message] = {keys.at(standing.lead), standing.act};
  auto apart = lead_store::recent_apart(tx, since);
  if (!apart) return tl::unexpected(std::move(apart).error());

  // Linked messages may be older than the window; the talk around them is not.
  const MessageId from = std::min(MessageId{IdSource::floor(since)}, last);
  std::vector<MessageId> older;
  for (const auto& [message, link] : links)
    if (message <= from) older.push_back(message);
  auto stored = ports_.stored(tx, older);
  if (!stored) return tl::unexpected(std::move(stored).error());
  for (StoredMessage& m : *stored) take_up(tx, m, links, *apart);
  for (MessageId after = from; after < last;) {
    auto page = ports_.stored_after(tx, after, page_size);
    if (!page) return tl::unexpected(std::move(page).error());
    if (page->empty()) break;
    for (StoredMessage& m : *page)
      if (m.id <= last) take_up(tx, m, links, *apart);
    after = page->back().id;
  }
  for (const Lead& lead : *leads)
    if (lead.state == LeadState::dismissed)
      each_core(lead.opening.value, [&](Leads& leads) { leads.dismiss(lead.opening.value); });
  return last;
}

void OpenLeads::take_up(Tx& tx, StoredMessage& m, const Links& links, const std::vector<MessageId>& apart) {
  if (m.recalled || m.message.type == MessageType::recall) return;
  note(m);  // nothing is forgotten before all leads are back
  m.message.group = to_text(m.group);
  const auto link = links.find(m.id);
  const bool linked = link != links.end();
  Shard* shard = home_of(m.group, &tx).shard;
  if (linked) {
    Known& known = known_.at(link->second.first);
    if (shard != known.shard && std::ranges::find(known.also, shard) == known.also.end()) known.also.push_back(shard);
  }
  shard->leads.restore(m.id.value, m.message, linked ? std::optional(link->second.first) : std::nullopt,
                       linked ? link->second.second : Act::none, std::ranges::binary_search(apart, m.id));
}

// ---- leads ----

void OpenLeads::opened(LeadKey key, Known known) {
  key_of_[known.id] = key;
  known_[key] = std::move(known);
}

const OpenLeads::Known* OpenLeads::find(LeadKey key) const {
  const auto at = known_.find(key);
  return at == known_.end() ? nullptr : &at->second;
}

const LeadKey* OpenLeads::find(LeadId lead) const {
  const auto at = key_of_.find(lead);
  return at == key_of_.end() ? nullptr : &at->second;
}

std::vector<OpenLeads::Shard*> OpenLeads::shards_of(LeadKey key) const {
  const Known* known = find(key);
  if (!known) return {};
  std::vector<Shard*> out{known->shard};
  out.insert(out.end(), known->also.begin(), known->also.end());
  return out;
}

const LeadView* OpenLeads::view(LeadKey key) {
  const Known* known = find(key);
  if (!known) return nullptr;
  const LeadView* first = known->shard->leads.view(key);
  if (known->also.empty()) return first;
  // What it is, the community of its first message says; what belongs to it, all of them.
  bool any = first != nullptr;
  if (first) joined_ = *first;
  for (Shard* shard : known->also) {
    const LeadView* more = shard->leads.view(key);
    if (!more) continue;
    if (!std::exchange(any, true)) {
      joined_ = *more;
      continue;
    }
    joined_.messages.insert(joined_.messages.end(), more->messages.begin(), more->messages.end());
    joined_.groups.insert(joined_.groups.end(), more->groups.begin(), more->groups.end());
    joined_.urgency = std::min(joined_.urgency, more->urgency);
    joined_.area_wide = true;
    joined_.resolved &= more->resolved;
    joined_.asked_at = std::min(joined_.asked_at, more->asked_at);
    if (more->answered_at)
      joined_.answered_at = std::min(joined_.answered_at.value_or(*more->answered_at), *more->answered_at);
  }
  std::ranges::sort(joined_.messages);
  return any ? &joined_ : nullptr;
}

bool OpenLeads::move(const Placing::Moved& moved) {
  const LeadKey* from = moved.from ? find(moved.from) : nullptr;
  const Known* source = from ? find(*from) : nullptr;
  if (!moved.to) {
    if (!source) return true;  // of a lead that is forgotten: no message of it begins another one
    if (!source->also.empty()) return false;
  }
  std::vector<MessageNumber> numbers;
  for (const MessageId message : moved.messages) numbers.push_back(message.value);
  std::optional<LeadKey> to;
  if (moved.to) {
    const Known* taker = find(moved.to->key);
    const bool takes = taker && !taker->shard->leads.messages(moved.to->key).empty();
    if (!source && !takes && !moved.to->made) return true;  // both forgotten: the store knows
    if (!source || (!takes && !moved.to->made)) return false;
    Shard* home = taker ? taker->shard : home_of(moved.to->group).shard;
    if (home != source->shard || !source->also.empty() || (taker && !taker->also.empty())) return false;
    if (!taker) opened(moved.to->key, {moved.to->lead, moved.to->group, home, {}});
    to = moved.to->key;
  }
  const std::size_t went = source->shard->leads.move(*from, numbers, to);
  return went > 0 && (numbers.empty() || went == numbers.size());
}

const Lead* OpenLeads::standing(LeadKey key) const {
  const auto at = standing_.find(key);
  return at == standing_.end() ? nullptr : &at->second;
}

void OpenLeads::stands(LeadKey key, Lead lead) {
  if (standing_.size() >= kStanding) standing_.clear();
  standing_.insert_or_assign(key, std::move(lead));
}

void OpenLeads::take_facts(Lead& lead, const LeadView& view) const {
  lead.groups.clear();
  for (const std::string& group : view.groups)
    if (const auto id = parse_id<GroupTag>(group)) lead.groups.push_back(*id);
  lead.live = false;
  lead.asked_at = view.asked_at;
  lead.latest_at = view.asked_at;
  for (MessageNumber number : view.messages) {
    const Fact* known = fact(number);
    if (!known) continue;
    if (known->live && !lead.live) {
      lead.live = true;
      lead.asked_at = known->sent_at;
    }
    lead.latest_at = std::max(lead.latest_at, known->sent_at);
  }
}

// ---- messages ----

void OpenLeads::remember(const StoredMessage& m) {
  note(m);
  if (facts_.size() > forget_at_) forget();
}

void OpenLeads::note(const StoredMessage& m) {
  const Fact fact{m.id.value, m.message.sent_at, m.live};
  // Messages come by number; told twice, the second time counts.
  const auto at = facts_.empty() || facts_.back().message < fact.message
                      ? facts_.end()
                      : std::ranges::lower_bound(facts_, fact.message, {}, &Fact::message);
  if (at != facts_.end() && at->message == fact.message) *at = fact;
  else facts_.insert(at, fact);
}

const OpenLeads::Fact* OpenLeads::fact(MessageNumber message) const {
  const auto at = std::ranges::lower_bound(facts_, message, {}, &Fact::message);
  return at != facts_.end() && at->message == message ? &*at : nullptr;
}

// Facts are needed for messages of leads that the core still knows, and for late ones that may be moved into a lead.
void OpenLeads::forget() {
  std::vector<MessageNumber> kept;
  std::unordered_set<LeadKey> leads;
  for (const auto& [community, shard] : shards_)
    for (LeadKey key : shard.leads.all()) {
      leads.insert(key);
      const auto messages = shard.leads.messages(key);
      kept.insert(kept.end(), messages.begin(), messages.end());
    }
  std::ranges::sort(kept);
  const auto latest = facts_.end() - static_cast<std::ptrdiff_t>(std::min(facts_.size(), kLatest));
  const auto gone = std::remove_if(facts_.begin(), latest,
                                   [&](const Fact& fact) { return !std::ranges::binary_search(kept, fact.message); });
  facts_.erase(gone, latest);
  std::erase_if(known_, [&](const auto& known) { return !leads.contains(known.first); });
  std::erase_if(key_of_, [&](const auto& key) { return !leads.contains(key.second); });
  std::erase_if(standing_, [&](const auto& lead) { return !leads.contains(lead.first); });
  forget_at_ = facts_.size() + facts_.size() / 4 + kLatest;
}

// ---- communities ----

const OpenLeads::Home& OpenLeads::home_of(GroupId group, Tx* tx) {
  auto at = home_.find(group);
  if (at == home_.end()) {
    GroupHome home = ports_.home(group);
    const bool known = !home.community.empty();
    Shard& shard = this->shard(known ? home.community : to_text(group), known, tx);
    at = home_.emplace(group, Home{std::move(home.grid_path), &shard}).first;
  }
  return at->second;
}

OpenLeads::Shard& OpenLeads::shard(const std::string& community, bool known, Tx* tx) {
  auto at = shards_.find(community);
  if (at == shards_.end())
    at = shards_.emplace(community, Shard{community, known, Leads(understander_, directory(community, known, tx))})
             .first;
  return at->second;
}

PlaceDirectory OpenLeads::directory(const std::string& community, bool known, Tx* tx) const {
  if (!known) return {};
  if (tx) return ports_.directory(*tx, community);
  auto read = readers_.read([&](Tx& own) -> Result<PlaceDirectory> { return ports_.directory(own, community); }).get();
  if (read) return std::move(*read);
  log::error("places.unreadable", read.error());
  return {};
}

bool OpenLeads::read_directories() {
  for (auto& [community, shard] : shards_) shard.leads.set_directory(directory(community, shard.known, nullptr));
  bool moved = false;
  const auto before = std::exchange(home_, {});
  for (const auto& [group, home] : before) moved |= home_of(group).shard != home.shard;
  return moved;
}

}  // namespace linli
