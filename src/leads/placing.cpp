#include "leads/placing.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include "base/log.h"
#include "leads/changes.h"

namespace linli {
namespace {

constexpr std::string_view kCursor = "placing";
constexpr std::size_t kLatest = 20'000;   // messages whose facts are kept whether they stand in a lead or not
constexpr std::size_t kStanding = 4'000;  // leads kept as they stand in the store, so that they need not be read

struct Shard {
  std::string community;
  Leads leads;
};

// What is known of a lead beside the core's view.
struct Known {
  LeadId id;
  std::string grid_path;
  GroupId group;
  Shard* shard = nullptr;
};

struct Batch {
  std::uint64_t number = 0;  // of offer(): a gap tells that batches did not fit into the queue
  std::vector<StoredMessage> messages;
};
struct Dismissed {
  LeadId lead;
};
struct Reopened {
  LeadId lead;
};
struct Directories {};
using Word = std::variant<Dismissed, Reopened, Directories>;

}  // namespace

class Placing::Impl {
 public:
  Impl(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock,
       const Understander& understander, std::string model, Ports ports, Options options)
      : writer_(writer),
        readers_(readers),
        sealer_(sealer),
        ids_(ids),
        clock_(clock),
        understander_(understander),
        model_(std::move(model)),
        ports_(std::move(ports)),
        options_(options),
        queue_(options.max_waiting + 10'000) {}

  Result<void> start() {
    auto restored = readers_.read([this](Tx& tx) { return restore(tx); }, Deadline::in(std::chrono::minutes(2)));
    LINLI_TRY(restored.get());
    LINLI_TRY(catch_up({}));
    finish({});
    tasks_.spawn("placing", [this](std::stop_token stop) { run(stop); });
    return {};
  }

  void offer(std::vector<StoredMessage> messages) {
    const std::size_t count = messages.size();
    waiting_ += count;
    if (queue_.try_push(Batch{++offered_, std::move(messages)}, count) != Push::taken) waiting_ -= count;
  }

  bool has_room(std::size_t more) const { return waiting_ == 0 || waiting_ + more <= options_.max_waiting; }

  void tell(Word word) {
    std::lock_guard lock(told_mutex_);
    told_.push_back(word);
  }

  void stop(Deadline by) {
    queue_.close();
    while (!queue_.finished() && !by.passed()) std::this_thread::sleep_for(milliseconds(5));
    tasks_.stop();
  }

  Figures figures() const { return {placed_, opened_, batches_, failed_writes_, waiting_, lag_ms_}; }

 private:
  // ---- the thread ----

  void run(std::stop_token stop) {
    while (!stop.stop_requested() && !queue_.finished()) {
      auto batch = pending_ ? queue_.try_pop() : queue_.pop(Deadline::in(milliseconds(200)));
      if (!batch && pending_) {
        finish(stop);
        continue;
      }
      listen();
      if (!batch) {
        // The latest batch did not fit, and nothing came after it.
        if (const std::uint64_t offered = offered_; expected_ <= offered) {
          expected_ = offered + 1;
          keep_trying(stop, [&] { return catch_up(stop); });
        }
        continue;
      }
      std::vector<StoredMessage> messages = std::move(batch->messages);
      std::size_t taken = messages.size();
      bool gap = batch->number != expected_;
      expected_ = batch->number + 1;
      while (messages.size() < options_.batch) {
        auto next = queue_.try_pop();
        if (!next) break;
        gap |= next->number != expected_;
        expected_ = next->number + 1;
        taken += next->messages.size();
        std::move(next->messages.begin(), next->messages.end(), std::back_inserter(messages));
      }
      // Batches that did not fit stand in the store: read everything from there, these included.
      if (gap) keep_trying(stop, [&] { return catch_up(stop); });
      else place_in_parts(messages, stop);
      if (pending_) pending_->taken += taken;
      else waiting_ -= taken;
    }
    finish(stop);
  }

  void listen() {
    std::vector<Word> words;
    {
      std::lock_guard lock(told_mutex_);
      words.swap(told_);
    }
    // Reading all directories is dear: many changes at once are read once.
    bool directories = false;
    for (const Word& word : words) {
      if (std::holds_alternative<Directories>(word)) directories = true;
      else take(word);
    }
    if (directories) take(Directories{});
  }

  void take(const Word& word) {
    if (const auto* gone = std::get_if<Dismissed>(&word)) {
      with_lead(gone->lead, [](Leads& leads, LeadKey key) { leads.dismiss(key); });
    } else if (const auto* back = std::get_if<Reopened>(&word)) {
      with_lead(back->lead, [](Leads& leads, LeadKey key) { leads.reopen(key); });
    } else if (std::holds_alternative<Directories>(word)) {
      home_.clear();
      for (auto& [community, shard] : shards_) shard.leads.set_directory(directory_of(community));
    }
  }

  template <class F>
  void with_lead(LeadId lead, F&& f) {
    const auto key = key_of_.find(lead);
    if (key == key_of_.end()) return;
    if (const auto known = known_.find(key->second); known != known_.end()) f(known->second.shard->leads, key->second);
  }

  template <class F>
  void keep_trying(std::stop_token stop, F&& work) {
    for (milliseconds pause{100};; pause = std::min(pause * 2, milliseconds(5'000))) {
      auto done = work();
      if (done || stop.stop_requested()) return;
      ++failed_writes_;
      log::error("placing.failed", done.error(), {{"retry_ms", pause.count()}});
      for (milliseconds slept{0}; slept < pause && !stop.stop_requested(); slept += milliseconds(50))
        std::this_thread::sleep_for(milliseconds(50));
    }
  }

  void place_in_parts(std::vector<StoredMessage>& messages, std::stop_token stop) {
    for (std::size_t at = 0; at < messages.size() && !stop.stop_requested(); at += options_.batch)
      place(std::span(messages).subspan(at, std::min(options_.batch, messages.size() - at)), stop);
  }

  Result<void> catch_up(std::stop_token stop) {
    while (!stop.stop_requested()) {
      auto read = readers_.read([this](Tx& tx) { return ports_.stored_after(tx, last_, options_.batch); }).get();
      if (!read) return tl::unexpected(std::move(read).error());
      if (read->empty()) return {};
      place(*read, stop);
    }
    return {};
  }

  // ---- placing a batch: decide, make ready, hand to the writer; meanwhile the next one is decided ----

  // What the core changed, before it is looked up what that means for the store.
  struct Draft {
    MessageId before;                                        // placed by earlier batches: this one and all below
    std::map<LeadKey, bool> touched;                         // true: opened by this batch
    std::map<MessageId, std::pair<LeadId, LeadLink>> links;  // by the last look at each message
    std::set<MessageId> moved;                               // of earlier batches: their links are taken away first
  };
  // One batch on its way through the writer, who refers to it until `written` is there.
  struct Pending {
    Changes changes;
    std::vector<std::pair<LeadKey, Lead>> corrected;
    std::future<Result<bool>> written;
    std::size_t messages = 0, taken = 0;
    Instant oldest = Instant::max();
  };

  void place(std::span<StoredMessage> messages, std::stop_token stop) {
    Draft draft{.before = last_, .touched = {}, .links = {}, .moved = {}};
    auto next = std::make_unique<Pending>();
    for (StoredMessage& m : messages) {
      if (m.id <= last_) continue;
      last_ = m.id;
      ++next->messages;
      next->oldest = std::min(next->oldest, m.received_at);
      place(m, draft);
    }
    // The former batch first: what became of its leads is what this one goes on from.
    if (!finish(stop) || next->messages == 0) return;
    make_changes(draft, next->changes);
    pending_ = std::move(next);
    submit(*pending_);
  }

  void place(StoredMessage& m, Draft& draft) {
    const Home& home = home_of(m.group);
    Leads& leads = home.shard->leads;
    if (m.message.type == MessageType::recall) {
      if (!m.recalls) return;
      for (LeadKey key : leads.recall(m.recalls.value)) draft.touched.try_emplace(key, false);
      relink(draft, m.recalls, {}, {});
      return;
    }
    if (m.recalled) return;  // taken back before it was placed
    remember(m);
    m.message.group = to_text(m.group);
    Placement placement = leads.place(m.id.value, m.message);
    if (placement.opened) {
      const LeadId id = ids_.draw<LeadId>();
      known_[*placement.lead] = {id, home.grid_path, m.group, home.shard};
      key_of_[id] = *placement.lead;
      draft.touched[*placement.lead] = true;
    }
    for (LeadKey key : placement.changed) draft.touched.try_emplace(key, false);
    if (placement.lead)
      relink(draft, m.id, placement.lead, {m.id, placement.act, placement.score, std::move(placement.reasons)});
    for (const Placement::Move& move : placement.moves) {
      const MessageId moved{move.message};
      relink(draft, moved, move.to, {moved, move.act, 0, {}});
    }
  }

  void relink(Draft& draft, MessageId message, std::optional<LeadKey> to, LeadLink link) const {
    if (message <= draft.before) draft.moved.insert(message);
    draft.links.erase(message);
    if (!to) return;
    if (const auto known = known_.find(*to); known != known_.end())
      draft.links[message] = {known->second.id, std::move(link)};
  }

  void make_changes(const Draft& draft, Changes& changes) {
    changes.last = last_;
    changes.model = model_;
    changes.now = clock_.now();
    if (standing_.size() > kStanding) standing_.clear();
    for (const auto& [key, opened] : draft.touched) {
      const auto known = known_.find(key);
      if (known == known_.end()) continue;
      const LeadView* view = known->second.shard->leads.view(key);
      if (!view && opened) continue;  // opened and recalled within one batch: it never was
      make_change(key, known->second, view, opened, changes);
      changes.opened += opened;
    }
    changes.unlinked.assign(draft.moved.begin(), draft.moved.end());
    changes.links.reserve(draft.links.size());
    for (const auto& [message, link] : draft.links)
      changes.links.push_back({message, link.first, link.second.act, link.second.score,
                               lead_store::seal_reasons(sealer_, link.second.reasons)});
  }

  void make_change(LeadKey key, const Known& known, const LeadView* view, bool opened, Changes& changes) {
    using Kind = LeadChange::Kind;
    LeadChange& change = changes.leads.emplace_back();
    change.key = key;
    change.kind = !view ? Kind::emptied : opened ? Kind::opened : Kind::changed;
    change.lead.id = known.id;
    if (!view) {
      standing_.erase(key);
      return;
    }
    change.view = *view;
    const auto standing = standing_.find(key);
    if (opened) {
      change.lead.opening = MessageId{key};
      change.lead.community = known.shard->community;
      change.lead.grid_path = known.grid_path;
      change.lead.group = known.group;
    } else if (standing != standing_.end()) {
      change.lead = standing->second;
    }
    take_facts(change.lead, *view);
    if (!opened && standing == standing_.end()) return;  // the writer's thread reads it
    make_ready(change, sealer_, model_, changes.now);
    standing_.insert_or_assign(key, change.lead);
  }

  void submit(Pending& pending) {
    pending.written = writer_.write(
        [this, &pending](Tx& tx) -> Result<bool> {
          LINLI_TRY(write_changes(tx, sealer_, pending.changes, pending.corrected));
          return true;
        },
        {.rows = pending.changes.rows(), .guard = Guard::bare});
  }

  // Waits for the batch that is on its way and writes it again until it is written. False: it was not before the stop;
  // then nothing after it may be, for the mark would pass over it.
  bool finish(std::stop_token stop) {
    if (!pending_) return !given_up_;
    Pending& p = *pending_;
    bool written = false;
    keep_trying(stop, [&]() -> Result<void> {
      if (!p.written.valid()) submit(p);
      LINLI_TRY(p.written.get());
      written = true;
      return {};
    });
    if (written) {
      for (auto& [key, lead] : p.corrected) standing_.insert_or_assign(key, std::move(lead));
      placed_ += p.messages;
      opened_ += p.changes.opened;
      ++batches_;
      if (p.oldest != Instant::max()) lag_ms_ = (clock_.now() - p.oldest).count();
    } else {
      given_up_ = true;
    }
    waiting_ -= p.taken;
    pending_.reset();
    return !given_up_;
  }

  // What the caller of revise() knows: groups, times, and that a live message makes a lead live; its promise starts with
  // the first of them.
  void take_facts(Lead& lead, const LeadView& view) const {
    lead.groups.clear();
    for (const std::string& group : view.groups)
      if (const auto id = parse_id<GroupTag>(group)) lead.groups.push_back(*id);
    lead.live = false;
    lead.asked_at = view.asked_at;
    lead.latest_at = view.asked_at;
    for (MessageNumber number : view.messages) {
      const auto fact = facts_.find(number);
      if (fact == facts_.end()) continue;
      if (fact->second.live && !lead.live) {
        lead.live = true;
        lead.asked_at = fact->second.sent_at;
      }
      lead.latest_at = std::max(lead.latest_at, fact->second.sent_at);
    }
  }

  // ---- after a restart ----

  Result<bool> restore(Tx& tx) {
    auto cursor = tx.value<std::int64_t>("SELECT position FROM cursors WHERE name = $1", {kCursor});
    if (!cursor) return tl::unexpected(std::move(cursor).error());
    last_ = MessageId{cursor->value_or(0)};
    if (!last_) return true;
    const Instant since = clock_.now() - options_.memory;

    auto leads = lead_store::recent(tx, sealer_, since);
    if (!leads) return tl::unexpected(std::move(leads).error());
    std::unordered_map<LeadId, LeadKey> keys;
    for (const Lead& lead : *leads) {
      keys[lead.id] = lead.opening.value;
      known_[lead.opening.value] = {lead.id, lead.grid_path, lead.group, &shard(lead.community)};
      key_of_[lead.id] = lead.opening.value;
    }
    auto standings = lead_store::recent_links(tx, since);
    if (!standings) return tl::unexpected(std::move(standings).error());
    std::map<MessageId, std::pair<LeadKey, Act>> links;
    for (const auto& standing : *standings) links[standing.message] = {keys.at(standing.lead), standing.act};

    // Linked messages may be older than the window; the talk around them is not.
    const MessageId from = std::min(first_id_at(since), last_);
    std::vector<MessageId> older;
    for (const auto& [message, link] : links)
      if (message <= from) older.push_back(message);
    auto stored = ports_.stored(tx, older);
    if (!stored) return tl::unexpected(std::move(stored).error());
    for (StoredMessage& m : *stored) take_up(m, links);
    for (MessageId after = from; after < last_;) {
      auto page = ports_.stored_after(tx, after, options_.batch);
      if (!page) return tl::unexpected(std::move(page).error());
      if (page->empty()) break;
      for (StoredMessage& m : *page)
        if (m.id <= last_) take_up(m, links);
      after = page->back().id;
    }
    for (const Lead& lead : *leads)
      if (lead.state == LeadState::dismissed) shard(lead.community).leads.dismiss(lead.opening.value);
    return true;
  }

  void take_up(StoredMessage& m, const std::map<MessageId, std::pair<LeadKey, Act>>& links) {
    if (m.recalled || m.message.type == MessageType::recall) return;
    remember(m);
    m.message.group = to_text(m.group);
    const auto link = links.find(m.id);
    const bool linked = link != links.end();
    home_of(m.group).shard->leads.restore(m.id.value, m.message,
                                          linked ? std::optional(link->second.first) : std::nullopt,
                                          linked ? link->second.second : Act::none);
  }

  static MessageId first_id_at(Instant at) { return MessageId{IdSource::floor(at)}; }

  // ---- what is kept in memory ----

  void remember(const StoredMessage& m) {
    facts_[m.id.value] = {m.live, m.message.sent_at};
    latest_.push_back(m.id.value);
    if (latest_.size() > kLatest) latest_.pop_front();
    if (facts_.size() > forget_at_) forget();
  }

  // Facts are needed for messages of leads that the core still knows, and for late ones that may be moved into a lead.
  void forget() {
    std::vector<MessageNumber> kept;
    std::unordered_set<LeadKey> leads;
    for (const auto& [community, shard] : shards_)
      for (LeadKey key : shard.leads.all()) {
        leads.insert(key);
        const LeadView* view = shard.leads.view(key);
        kept.insert(kept.end(), view->messages.begin(), view->messages.end());
      }
    std::ranges::sort(kept);
    std::erase_if(facts_, [&](const auto& fact) {
      return fact.first < latest_.front() && !std::ranges::binary_search(kept, fact.first);
    });
    std::erase_if(known_, [&](const auto& known) { return !leads.contains(known.first); });
    std::erase_if(key_of_, [&](const auto& key) { return !leads.contains(key.second); });
    std::erase_if(standing_, [&](const auto& lead) { return !leads.contains(lead.first); });
    forget_at_ = facts_.size() * 2 + kLatest;
  }

  // ---- communities ----

  struct Home {
    std::string grid_path;
    Shard* shard = nullptr;
  };

  const Home& home_of(GroupId group) {
    auto at = home_.find(group);
    if (at == home_.end()) {
      GroupHome home = ports_.home(group);
      Shard& shard = this->shard(home.community.empty() ? to_text(group) : home.community);
      at = home_.emplace(group, Home{std::move(home.grid_path), &shard}).first;
    }
    return at->second;
  }

  Shard& shard(const std::string& community) {
    auto at = shards_.find(community);
    if (at == shards_.end())
      at = shards_.emplace(community, Shard{community, Leads(understander_, directory_of(community))}).first;
    return at->second;
  }

  // A group that is a community of its own has none.
  PlaceDirectory directory_of(const std::string& community) const {
    return parse_id<GroupTag>(community) ? PlaceDirectory{} : ports_.directory(community);
  }

  Writer& writer_;
  Readers& readers_;
  const Sealer& sealer_;
  IdSource& ids_;
  const Clock& clock_;
  const Understander& understander_;
  const std::string model_;
  const Ports ports_;
  const Options options_;

  // Owned by the thread (before it starts: by start()).
  struct Fact {
    bool live = true;
    Instant sent_at{};
  };
  std::unordered_map<std::string, Shard> shards_;
  std::unordered_map<GroupId, Home> home_;
  std::unordered_map<LeadKey, Known> known_;
  std::unordered_map<LeadId, LeadKey> key_of_;
  std::unordered_map<LeadKey, Lead> standing_;  // some of them, as they stood when we last wrote them
  std::unordered_map<MessageNumber, Fact> facts_;
  std::deque<MessageNumber> latest_;
  std::size_t forget_at_ = kLatest * 2;
  MessageId last_;
  std::uint64_t expected_ = 1;
  std::unique_ptr<Pending> pending_;
  bool given_up_ = false;

  std::atomic<std::uint64_t> offered_{0};
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::uint64_t> placed_{0}, opened_{0}, batches_{0}, failed_writes_{0};
  std::atomic<std::int64_t> lag_ms_{0};
  BoundedQueue<Batch> queue_;
  std::mutex told_mutex_;
  std::vector<Word> told_;  // what people did, taken before the next batch
  TaskGroup tasks_;         // last: ends before what it uses
};

Placing::Placing(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock,
                 const Understander& understander, std::string model_version, Ports ports, Options options)
    : impl_(std::make_unique<Impl>(writer, readers, sealer, ids, clock, understander, std::move(model_version),
                                   std::move(ports), options)) {}
Placing::~Placing() { stop(Deadline::passed_already()); }
Result<void> Placing::start() { return impl_->start(); }
void Placing::offer(std::vector<StoredMessage> messages) { impl_->offer(std::move(messages)); }
bool Placing::has_room(std::size_t more) const { return impl_->has_room(more); }
void Placing::dismissed(LeadId lead) { impl_->tell(Dismissed{lead}); }
void Placing::reopened(LeadId lead) { impl_->tell(Reopened{lead}); }
void Placing::directories_changed() { impl_->tell(Directories{}); }
void Placing::stop(Deadline by) { impl_->stop(by); }
Placing::Figures Placing::figures() const { return impl_->figures(); }

}  // namespace linli
