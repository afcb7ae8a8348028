#include "leads/placing.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <variant>

#include "base/log.h"
#include "leads/changes.h"
#include "leads/open_leads.h"

namespace linli {
namespace {

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
using Moved = Placing::Moved;
struct Open {
  StoredMessage message;
};
struct Directories {};
struct Erased {};
using Word = std::variant<Dismissed, Reopened, Moved, Open, Directories, Erased>;

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
    LINLI_TRY(restore());
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
    told_.push_back(std::move(word));
  }

  void stop(Deadline by) {
    queue_.close();
    while (!queue_.finished() && !by.passed()) std::this_thread::sleep_for(milliseconds(5));
    tasks_.stop();
  }

  Figures figures() const { return {placed_, opened_, batches_, failed_writes_, waiting_, lag_ms_}; }

 private:
  // Takes up what the store holds: at the start, and when a group has moved to another community.
  Result<void> restore() {
    auto fresh = std::make_unique<OpenLeads>(understander_, readers_, ports_);
    const Instant since = clock_.now() - options_.memory;
    auto restored = readers_
                        .read([&](Tx& tx) { return fresh->restore(tx, sealer_, since, options_.batch); },
                              Deadline::in(std::chrono::minutes(2)))
                        .get();
    if (!restored) return tl::unexpected(std::move(restored).error());
    open_ = std::move(fresh);
    last_ = *restored;
    return {};
  }

  // ---- the thread ----

  void run(std::stop_token stop) {
    while (!stop.stop_requested() && !queue_.finished()) {
      auto batch = pending_ ? queue_.try_pop() : queue_.pop(Deadline::in(milliseconds(200)));
      if (!batch && pending_) {
        finish(stop);
        continue;
      }
      listen(stop);
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

  void listen(std::stop_token stop) {
    std::vector<Word> words;
    {
      std::lock_guard lock(told_mutex_);
      words.swap(told_);
    }
    // Reading all directories is dear: many changes at once are read once.
    bool directories = false, anew = false;
    std::set<LeadId> touched;
    for (const Word& word : words) {
      if (std::holds_alternative<Directories>(word)) directories = true;
      else if (std::holds_alternative<Erased>(word)) anew = true;
      else if (const auto* moved = std::get_if<Moved>(&word)) {
        anew |= !open_->move(*moved);
        if (moved->from) touched.insert(moved->from);
        if (moved->to) touched.insert(moved->to->lead);
      } else take(word);
    }
    for (Word& word : words)
      if (auto* open = std::get_if<Open>(&word)) open_lead(open->message, stop);
    if (directories) anew |= open_->read_directories();
    // What is on its way must be in the store before all is taken up from there.
    if (anew && finish(stop)) keep_trying(stop, [&] { return restore(); });
    if (!touched.empty()) look_again(touched, stop);
  }

  // What the machine sees now in leads whose messages a person moved.
  void look_again(const std::set<LeadId>& leads, std::stop_token stop) {
    Draft draft{.before = last_, .touched = {}, .links = {}, .moved = {}, .shards = {}};
    for (const LeadId lead : leads)
      // One that lost all its messages was merged: it stays as it is.
      if (const LeadKey* key = open_->find(lead); key && open_->view(*key)) draft.touched[*key] = false;
    if (draft.touched.empty() || !finish(stop)) return;
    pending_ = std::make_unique<Pending>();
    make_changes(draft, pending_->changes);
    submit(*pending_);
  }

  void open_lead(StoredMessage& m, std::stop_token stop) {
    if (m.id > last_) return;
    const OpenLeads::Home& home = open_->home_of(m.group);
    m.message.group = to_text(m.group);
    if (!home.shard->leads.open(m.id.value, m.message)) return;
    open_->remember(m);
    open_->opened(m.id.value, {ids_.draw<LeadId>(), m.group, home.shard, {}});
    Draft draft{.before = last_, .touched = {{m.id.value, true}}, .links = {}, .moved = {}, .shards = {}};
    relink(draft, m.id, m.id.value, {m.id, Act::report, 1, {}});
    if (!finish(stop)) return;
    pending_ = std::make_unique<Pending>();
    make_changes(draft, pending_->changes);
    submit(*pending_);
  }

  void take(const Word& word) {
    if (const auto* gone = std::get_if<Dismissed>(&word)) {
      with_lead(gone->lead, [](Leads& leads, LeadKey key) { leads.dismiss(key); });
    } else if (const auto* back = std::get_if<Reopened>(&word)) {
      with_lead(back->lead, [](Leads& leads, LeadKey key) { leads.reopen(key); });
    }
  }

  template <class F>
  void with_lead(LeadId lead, F&& f) {
    const LeadKey* key = open_->find(lead);
    if (key) open_->each_core(*key, [&](Leads& leads) { f(leads, *key); });
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
    std::vector<Leads*> shards;                              // where anything was placed, as often as it was
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
    Draft draft{.before = last_, .touched = {}, .links = {}, .moved = {}, .shards = {}};
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
    for (Leads* leads : draft.shards) leads->forget();
    pending_ = std::move(next);
    submit(*pending_);
  }

  void place(StoredMessage& m, Draft& draft) {
    const OpenLeads::Home& home = open_->home_of(m.group);
    Leads& leads = home.shard->leads;
    draft.shards.push_back(&leads);
    if (m.message.type == MessageType::recall) {
      if (!m.recalls) return;
      for (LeadKey key : leads.recall(m.recalls.value, to_text(m.group))) draft.touched.try_emplace(key, false);
      relink(draft, m.recalls, {}, {});
      return;
    }
    if (m.recalled) return;  // taken back before it was placed
    open_->remember(m);
    m.message.group = to_text(m.group);
    Placement placement = leads.place(m.id.value, m.message);
    if (placement.opened) {
      open_->opened(*placement.lead, {ids_.draw<LeadId>(), m.group, home.shard, {}});
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
    if (const OpenLeads::Known* known = open_->find(*to)) draft.links[message] = {known->id, std::move(link)};
  }

  void make_changes(const Draft& draft, Changes& changes) {
    changes.last = last_;
    changes.model = model_;
    changes.now = clock_.now();
    changes.leads.reserve(draft.touched.size());
    for (const auto& [key, opened] : draft.touched) {
      const OpenLeads::Known* known = open_->find(key);
      if (!known) continue;
      const LeadView* view = open_->view(key);
      if (!view && opened) continue;  // opened and recalled within one batch: it never was
      make_change(key, *known, view, opened, changes);
      changes.opened += opened;
    }
    changes.unlinked.assign(draft.moved.begin(), draft.moved.end());
    changes.links.reserve(draft.links.size());
    for (const auto& [message, link] : draft.links)
      changes.links.push_back({message, link.first, link.second.act, link.second.score,
                               lead_store::seal_reasons(sealer_, link.second.reasons)});
  }

  void make_change(LeadKey key, const OpenLeads::Known& known, const LeadView* view, bool opened, Changes& changes) {
    using Kind = LeadChange::Kind;
    LeadChange& change = changes.leads.emplace_back();
    change.key = key;
    change.kind = !view ? Kind::emptied : opened ? Kind::opened : Kind::changed;
    change.lead.id = known.id;
    if (!view) {
      open_->stands_no_more(key);
      return;
    }
    change.view = *view;
    const Lead* standing = opened ? nullptr : open_->standing(key);
    if (opened) {
      change.lead.opening = MessageId{key};
      change.lead.community = known.shard->community;
      const std::string& home = open_->home_of(known.group).grid_path;
      change.lead.grid_path = ports_.route ? ports_.route(view->place, known.group) : home;
      change.lead.group = known.group;
    } else if (standing) {
      change.lead = *standing;
    }
    if (!opened && ports_.route && !(standing && standing->place == view->place))
      change.grid_path = ports_.route(view->place, known.group);
    open_->take_facts(change.lead, *view);
    if (!opened && !standing) return;  // the writer's thread reads it
    make_ready(change, sealer_, model_, changes.now);
    open_->stands(key, change.lead);
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
      for (auto& [key, lead] : p.corrected) open_->stands(key, std::move(lead));
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
  std::unique_ptr<OpenLeads> open_;
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
void Placing::moved(Moved moved) { impl_->tell(std::move(moved)); }
void Placing::open(StoredMessage message) { impl_->tell(Open{std::move(message)}); }
void Placing::directories_changed() { impl_->tell(Directories{}); }
void Placing::words_erased() { impl_->tell(Erased{}); }
void Placing::stop(Deadline by) { impl_->stop(by); }
Placing::Figures Placing::figures() const { return impl_->figures(); }

}  // namespace linli
