#include "leads/placing.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <variant>

#include "base/log.h"
#include "leads/revise.h"
#include "store/outbox.h"

namespace linli {
namespace {

constexpr std::string_view kCursor = "placing";
constexpr std::size_t kLatest = 20'000;  // messages whose facts are kept whether they stand in a lead or not

// What is known of a lead beside the core's view: who it is in the store and which of its messages arrived live.
struct Known {
  LeadId id;
  std::string grid_path;
  GroupId group;
};

struct Shard {
  Leads leads;
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
      auto batch = queue_.pop(Deadline::in(milliseconds(200)));
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
      waiting_ -= taken;
    }
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
      for (auto& [community, shard] : shards_) shard.leads.set_directory(ports_.directory(community));
    }
  }

  template <class F>
  void with_lead(LeadId lead, F&& f) {
    const auto at = key_of_.find(lead);
    if (at == key_of_.end()) return;
    if (const auto shard = shards_.find(at->second.first); shard != shards_.end())
      f(shard->second.leads, at->second.second);
  }

  template <class F>
  void keep_trying(std::stop_token stop, F&& work) {
    for (milliseconds pause{100}; !stop.stop_requested(); pause = std::min(pause * 2, milliseconds(5'000))) {
      auto done = work();
      if (done) return;
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

  // ---- placing a batch: decide, then write until it is written ----

  // Everything that one batch changes, ready to be written; written again as it is when the write fails.
  struct Changes {
    struct LeadChange {
      LeadKey key = 0;
      Known known;
      std::string community;
      std::optional<LeadView> view;  // none: its last message was recalled
      bool opened = false;
    };
    std::vector<LeadChange> leads;
    std::map<MessageId, std::pair<LeadId, LeadLink>> links;
    std::set<MessageId> unlinked;
    MessageId last;
  };

  void place(std::span<StoredMessage> messages, std::stop_token stop) {
    Changes changes;
    std::map<LeadKey, std::string> touched;  // with the community
    std::set<LeadKey> opened;
    Instant oldest = Instant::max();
    for (StoredMessage& m : messages) {
      if (m.id <= last_) continue;
      last_ = m.id;
      oldest = std::min(oldest, m.received_at);
      place(m, changes, touched, opened);
    }
    changes.last = last_;
    for (const auto& [key, community] : touched) {
      const LeadView* view = shard(community).leads.view(key);
      const auto known = known_.find(key);
      if (known == known_.end()) continue;
      changes.leads.push_back(
          {key, known->second, community, view ? std::optional(*view) : std::nullopt, opened.contains(key)});
    }
    keep_trying(stop, [&] { return write(changes); });
    placed_ += messages.size();
    opened_ += opened.size();
    ++batches_;
    if (oldest != Instant::max()) lag_ms_ = (clock_.now() - oldest).count();
  }

  void place(StoredMessage& m, Changes& changes, std::map<LeadKey, std::string>& touched, std::set<LeadKey>& opened) {
    const GroupHome& home = home_of(m.group);
    Shard& shard = this->shard(home.community);
    if (m.message.type == MessageType::recall) {
      for (LeadKey key : m.recalls ? shard.leads.recall(m.recalls.value) : std::vector<LeadKey>())
        touched[key] = home.community;
      if (m.recalls) {
        changes.links.erase(m.recalls);
        changes.unlinked.insert(m.recalls);
      }
      return;
    }
    if (m.recalled) return;  // taken back before it was placed
    remember(m);
    m.message.group = to_text(m.group);
    const Placement placement = shard.leads.place(m.id.value, m.message);
    for (LeadKey key : placement.changed) touched[key] = home.community;
    if (placement.opened) {
      opened.insert(*placement.lead);
      const LeadId id = ids_.draw<LeadId>();
      known_[*placement.lead] = {id, home.grid_path, m.group};
      key_of_[id] = {home.community, *placement.lead};
    }
    if (placement.lead)
      relink(changes, m.id, *placement.lead, {m.id, placement.act, placement.score, placement.reasons});
    for (const Placement::Move& move : placement.moves) {
      const MessageId moved{move.message};
      if (move.to) relink(changes, moved, *move.to, {moved, move.act, 0, {}});
      else {
        changes.links.erase(moved);
        changes.unlinked.insert(moved);
      }
    }
  }

  void relink(Changes& changes, MessageId message, LeadKey key, LeadLink link) {
    const auto known = known_.find(key);
    if (known == known_.end()) return;
    changes.unlinked.erase(message);
    changes.links[message] = {known->second.id, std::move(link)};
  }

  Result<void> write(const Changes& changes) {
    auto written = writer_.write(
        [&](Tx& tx) -> Result<bool> {
          std::vector<Event> events;
          for (const auto& change : changes.leads) LINLI_TRY(write_lead(tx, change, events));
          for (MessageId message : changes.unlinked) LINLI_TRY(lead_store::unlink(tx, message));
          for (const auto& [message, link] : changes.links)
            LINLI_TRY(lead_store::link(tx, sealer_, link.first, link.second));
          if (!events.empty()) LINLI_TRY(Outbox::append(tx, events));
          LINLI_TRY(
              tx.run("INSERT INTO cursors (name, position) VALUES ($1, $2) "
                     "ON CONFLICT (name) DO UPDATE SET position = excluded.position",
                     {kCursor, changes.last}));
          return true;
        },
        {.rows = changes.leads.size() * 3 + changes.links.size() + 1});
    LINLI_TRY(written.get());
    return {};
  }

  Result<void> write_lead(Tx& tx, const Changes::LeadChange& change, std::vector<Event>& events) {
    const Instant now = clock_.now();
    const auto event = [&](const char* kind) {
      events.push_back({0, kind, change.known.id.value, change.known.grid_path, "leads.read", now, {}});
    };
    if (change.opened) {
      if (!change.view) return {};  // opened and recalled within one batch: it never was
      const Lead lead = fresh_lead(change, now);
      LINLI_TRY(lead_store::insert(tx, sealer_, lead));
      LINLI_TRY(lead_store::add_history(tx, sealer_, lead.id, {lead.revision, now, UserId{}, model_, "opened", {}}));
      event("lead.opened");
      return {};
    }
    auto found = lead_store::find(tx, sealer_, change.known.id);
    if (!found) return tl::unexpected(std::move(found).error());
    if (!*found) return {};
    Lead lead = std::move(**found);
    if (!change.view) {
      lead.message_count = 0;
      ++lead.revision;
      if (lead.state == LeadState::open) {
        lead.state = LeadState::dismissed;
        lead.dismiss_reason = DismissReason::recalled;
        lead.decided_at = now;
      }
      LINLI_TRY(lead_store::update_view(tx, sealer_, lead));
      LINLI_TRY(lead_store::update_decision(tx, sealer_, lead));
      LINLI_TRY(lead_store::add_history(tx, sealer_, lead.id, {lead.revision, now, UserId{}, model_, "recalled", {}}));
      event("lead.dismissed");
      return {};
    }
    take_facts(lead, *change.view);
    const Revision revision = revise(lead, *change.view, model_, now);
    LINLI_TRY(lead_store::update_view(tx, sealer_, lead));
    if (revision.reopened) LINLI_TRY(lead_store::update_decision(tx, sealer_, lead));
    for (const LeadHistory& entry : revision.history) LINLI_TRY(lead_store::add_history(tx, sealer_, lead.id, entry));
    event(revision.reopened ? "lead.reopened" : "lead.changed");
    return {};
  }

  Lead fresh_lead(const Changes::LeadChange& change, Instant now) const {
    Lead lead;
    lead.id = change.known.id;
    lead.opening = MessageId{change.key};
    lead.community = change.community;
    lead.grid_path = change.known.grid_path;
    lead.group = change.known.group;
    lead.opened_at = now;
    take_facts(lead, *change.view);
    revise(lead, *change.view, model_, now);
    lead.revision = 1;
    return lead;
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
      known_[lead.opening.value] = {lead.id, lead.grid_path, lead.group};
      key_of_[lead.id] = {lead.community, lead.opening.value};
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
    shard(home_of(m.group).community)
        .leads.restore(m.id.value, m.message, linked ? std::optional(link->second.first) : std::nullopt,
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
    std::set<MessageNumber> kept;
    std::set<LeadKey> leads;
    for (const auto& [community, shard] : shards_)
      for (LeadKey key : shard.leads.all()) {
        leads.insert(key);
        const LeadView* view = shard.leads.view(key);
        kept.insert(view->messages.begin(), view->messages.end());
      }
    std::erase_if(facts_, [&](const auto& fact) { return fact.first < latest_.front() && !kept.contains(fact.first); });
    std::erase_if(known_, [&](const auto& known) { return !leads.contains(known.first); });
    std::erase_if(key_of_, [&](const auto& key) { return !leads.contains(key.second.second); });
    forget_at_ = facts_.size() * 2 + kLatest;
  }

  // ---- communities ----

  const GroupHome& home_of(GroupId group) {
    auto at = home_.find(group);
    if (at == home_.end()) {
      GroupHome home = ports_.home(group);
      if (home.community.empty()) home.community = to_text(group);
      at = home_.emplace(group, std::move(home)).first;
    }
    return at->second;
  }

  Shard& shard(const std::string& community) {
    auto at = shards_.find(community);
    if (at == shards_.end())
      at = shards_.emplace(community, Shard{Leads(understander_, ports_.directory(community))}).first;
    return at->second;
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
  std::unordered_map<GroupId, GroupHome> home_;
  std::unordered_map<LeadKey, Known> known_;
  std::unordered_map<LeadId, std::pair<std::string, LeadKey>> key_of_;
  std::unordered_map<MessageNumber, Fact> facts_;
  std::deque<MessageNumber> latest_;
  std::size_t forget_at_ = kLatest * 2;
  MessageId last_;
  std::uint64_t expected_ = 1;

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
