#include "channels/intake.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <unordered_map>

#include "base/bounded_queue.h"
#include "base/log.h"
#include "base/task_group.h"
#include "channels/admission.h"
#include "channels/intake_lot.h"

namespace linli {

std::string_view name(Intake::Drop reason) {
  switch (reason) {
    case Intake::Drop::one_to_one: return "one_to_one";
    case Intake::Drop::not_admitted: return "not_admitted";
    case Intake::Drop::opted_out: return "opted_out";
    case Intake::Drop::too_many_groups: break;
  }
  return "too_many_groups";
}

const Setting<std::int64_t> Intake::max_waiting_setting{
    "intake.max_waiting",
    50'000,
    {1'000, 1'000'000},
    Restart::yes,
    "So many messages may wait between their arrival and their commit; more are answered 503 with Retry-After."};
const Setting<std::chrono::milliseconds> Intake::historic_after_setting{
    "intake.historic_after",
    std::chrono::minutes(30),
    {std::chrono::minutes(1), std::chrono::hours(24)},
    Restart::yes,
    "Messages that arrive later than this make historic leads: no promise, no ring."};
const Setting<std::int64_t> Intake::threads_setting{
    "intake.threads", 2, {1, 64}, Restart::yes, "Threads that verify, parse and seal what comes in."};

std::span<const AnySetting> Intake::settings() {
  static const AnySetting all[] = {&max_waiting_setting, &historic_after_setting, &threads_setting};
  return all;
}

Intake::Options Intake::Options::from(const Settings& settings) {
  Options options;
  options.max_waiting = static_cast<std::size_t>(settings.get(max_waiting_setting));
  options.historic_after = settings.get(historic_after_setting);
  options.threads = static_cast<int>(settings.get(threads_setting));
  return options;
}

class Intake::Impl {
 public:
  Impl(Writer& writer, const Sealer& sealer, IdSource& ids, const Clock& clock, Channels& channels, Groups& groups,
       OptOuts& opt_outs, const MemberRoles& member_roles, Rhythms& rhythms, Ports ports, Options options)
      : writer_(writer),
        sealer_(sealer),
        ids_(ids),
        clock_(clock),
        channels_(channels),
        groups_(groups),
        opt_outs_(opt_outs),
        member_roles_(member_roles),
        rhythms_(rhythms),
        ports_(std::move(ports)),
        options_(options),
        admission_(groups, ids, options.max_waiting_groups),
        deliveries_(options.max_waiting_bytes) {
    for (int i = 0; i < options_.threads; ++i) {
      tasks_.spawn("intake", [this](std::stop_token) { work(); });
    }
    tasks_.spawn("intake counts", [this](std::stop_token stop) { keep_counts(stop); });
  }
  ~Impl() { stop(); }

  Result<void> deliver(Delivery delivery, Done done) {
    ++deliveries_count_;
    if (options_.max_waiting <= waiting_) return overloaded();
    const std::size_t weight = delivery.body.size() + 1;
    switch (deliveries_.try_push(Job{std::move(delivery), std::move(done)}, weight)) {
      case Push::taken: return {};
      case Push::full: return overloaded();
      case Push::closed: break;
    }
    return fail(Errc::shutting_down);
  }

  Result<void> take(const Channel& channel, std::vector<Message> messages, bool imported, Done done) {
    return accept(channel, std::move(messages), {}, imported, done);
  }

  void stop() {
    std::lock_guard lock(stopping_);
    if (stopped_) return;
    stopped_ = true;
    deliveries_.close();  // its threads end when it is empty
    tasks_.stop();
    std::unique_lock waiting(answered_mutex_);
    answered_.wait_for(waiting, std::chrono::seconds(30), [&] { return waiting_ == 0; });
    waiting.unlock();
    write_counts();
  }

  Figures figures() const {
    Figures f;
    f.deliveries = deliveries_count_;
    f.fresh = fresh_;
    f.known = known_;
    f.refused = refused_;
    f.overloaded = overloaded_;
    f.bad_signature = bad_signature_;
    for (std::size_t i = 0; i < f.dropped.size(); ++i) f.dropped[i] = dropped_[i];
    f.waiting = waiting_;
    return f;
  }

 private:
  struct Job {
    Delivery delivery;
    Done done;
  };

  tl::unexpected<Error> overloaded() {
    ++overloaded_;
    return fail(Errc::overloaded);
  }

  void work() {
    while (!deliveries_.finished()) {
      auto job = deliveries_.pop(Deadline::in(std::chrono::seconds(1)));
      if (!job) continue;
      auto taken = open(job->delivery, job->done);
      if (!taken) job->done(tl::unexpected(std::move(taken).error()));
    }
  }

  // An error: `done` was not called and will not be.
  Result<void> open(Delivery& delivery, Done& done) {
    auto right = verify(delivery.channel->secrets, {delivery.id, delivery.timestamp, delivery.signature}, delivery.body,
                        clock_.now());
    if (!right) {
      ++bad_signature_;
      return right;
    }
    auto parsed = parse_batch(std::move(delivery.body), delivery.form, options_.limits);
    if (!parsed) return tl::unexpected(std::move(parsed).error());
    return accept(*delivery.channel, std::move(parsed->messages), std::move(parsed->refused), false, done);
  }

  Result<void> accept(const Channel& channel, std::vector<Message> messages, std::vector<Refusal> refused,
                      bool imported, Done& done) {
    const std::size_t weight = messages.size();
    if (stopped_) return fail(Errc::shutting_down);
    if ((weight > 0 && waiting_ > 0 && waiting_ + weight > options_.max_waiting) ||
        (ports_.has_room && !ports_.has_room(weight))) {
      return overloaded();
    }
    auto lot = std::make_shared<Lot>();
    lot->channel = channel.id;
    lot->received_at = clock_.now();
    lot->receipt.refused = std::move(refused);
    lot->weight = weight;
    LINLI_TRY(prepare(*lot, channel, std::move(messages), imported));
    if (lot->rows.empty() && lot->new_groups.empty() && lot->opted.empty()) {  // nothing to store: nothing to wait for
      count(*lot);
      done(std::move(lot->receipt));
      return {};
    }

    waiting_ += weight;
    // The writer takes the door to the caller only if it takes the work.
    auto shared_done = std::make_shared<Done>(std::move(done));
    auto taken =
        writer_.submit([this, lot](Tx& tx) { return write_lot(tx, sealer_, ids_, *lot); },
                       [this, lot, shared_done](Result<void> result) { finish(*lot, *shared_done, std::move(result)); },
                       {.rows = std::max<std::size_t>(1, lot->rows.size()), .guard = Guard::bare});
    if (!taken) {
      answered(weight);
      done = std::move(*shared_done);
      if (taken.error().code == Errc::overloaded) ++overloaded_;
      return taken;
    }
    return {};
  }

  // Everything that can be done before the transaction.
  Result<void> prepare(Lot& lot, const Channel& channel, std::vector<Message> messages, bool imported) {
    lot.messages.reserve(messages.size());
    lot.rows.reserve(messages.size());
    lot.groups.reserve(messages.size());
    Admissions::Batch admissions(admission_, channel, lot.received_at);
    std::unordered_map<std::string, std::int64_t> senders;
    for (Message& m : messages) {
      if (m.group.empty()) {
        drop(lot, Drop::one_to_one);
        continue;
      }
      const auto group = admissions.of(m);
      if (!group) {
        drop(lot, Drop::too_many_groups);
        continue;
      }
      if (group->state != GroupState::admitted) {
        drop(lot, Drop::not_admitted);
        ++lot.dropped_by_group[group->id];
        continue;
      }
      auto [sender, unseen] = senders.try_emplace(m.sender, 0);
      if (unseen) sender->second = sealer_.hash("messages.sender", m.sender);
      if (opted_out(lot, m, sender->second, imported)) {
        if (m.type != MessageType::recall) {
          drop(lot, Drop::opted_out);
          continue;
        }
        // It hides what they said before. Of itself nothing stays that tells who it was.
        LINLI_TRY(add(lot, bare_recall(std::move(m)), group->id, 0, imported));
        continue;
      }
      m.role = member_roles_.role(m.role, group->grid_path, {lot.channel, sender->second}, m.sender_name);
      // The account that writes for linli may be a colleague's: a machine's answer does not keep the promise.
      if (on_duty(m.role) && ports_.is_machine && ports_.is_machine(m.text)) m.role = Role::bot;
      LINLI_TRY(add(lot, std::move(m), group->id, sender->second, imported));
    }
    lot.new_groups = admissions.unwritten();
    return {};
  }

  // Also the words that say it, either way, are not kept.
  bool opted_out(Lot& lot, const Message& m, std::int64_t sender, bool imported) const {
    const auto now = lot.opted.find(sender);
    if (const auto saying = opt_out_saying(m.text); saying != OptOutSaying::none && m.type != MessageType::recall) {
      const OptOut said{saying == OptOutSaying::out, std::min(m.sent_at, lot.received_at)};
      if (now != lot.opted.end() ? said.over(now->second) : opt_outs_.is_new({lot.channel, sender}, said))
        lot.opted.insert_or_assign(sender, said), lot.opted_names.insert_or_assign(name_hash(m), said);
      return true;
    }
    if (now != lot.opted.end() ? now->second.out : opt_outs_.has({lot.channel, sender})) return true;
    return imported && !m.sender_name.empty() && opt_outs_.has_name({lot.channel, name_hash(m)});
  }
  std::int64_t name_hash(const Message& m) const { return sealer_.hash("opt_out_names.name", m.sender_name); }

  static Message bare_recall(Message m) {
    Message bare;
    bare.id = std::move(m.id);
    bare.group = std::move(m.group);
    bare.sent_at = m.sent_at;
    bare.type = MessageType::recall;
    bare.recalls = std::move(m.recalls);
    return bare;
  }

  void drop(Lot& lot, Drop reason) {
    ++lot.receipt.dropped;
    ++dropped_[static_cast<std::size_t>(reason)];
    std::lock_guard lock(drops_mutex_);
    const auto day = std::chrono::floor<std::chrono::days>(lot.received_at).time_since_epoch().count();
    ++drops_[{lot.channel, reason, day}];
  }

  Result<void> add(Lot& lot, Message m, GroupId group, std::int64_t sender, bool imported) {
    MessageRow row;
    row.channel = lot.channel;
    row.group = group;
    row.received_at = lot.received_at;
    if (m.sent_at > lot.received_at + options_.clamp_after) {
      m.sent_at = lot.received_at;
      row.time_clamped = true;
    }
    row.sent_at = m.sent_at;
    row.live = !imported && m.sent_at >= lot.received_at - options_.historic_after;
    row.role = m.role;
    row.type = m.type;
    row.mentions_all = m.mentions_all;
    row.sender_hash = sender;
    row.body = seal_body(sealer_, m);
    LINLI_TRY(add_attachments(lot, m));
    lot.messages.push_back(std::move(m));
    lot.rows.push_back(std::move(row));
    lot.groups.push_back(group);
    return {};
  }

  // The bytes are safe before a row names them; what no row names in the end is swept.
  Result<void> add_attachments(Lot& lot, Message& m) {
    for (std::size_t i = 0; i < m.attachments.size(); ++i) {
      Attachment& a = m.attachments[i];
      AttachmentRow row{ids_.draw<AttachmentId>(),
                        lot.rows.size(),
                        i,
                        sealer_.seal("attachments.name", a.name),
                        a.media_type,
                        static_cast<std::int64_t>(a.bytes.size()),
                        {}};
      if (!a.bytes.empty() && ports_.store_blob) {
        auto blob = ports_.store_blob(a.bytes);
        if (!blob) return tl::unexpected(std::move(blob).error());
        row.blob = *std::move(blob);
      }
      a.bytes = {};
      lot.attachments.push_back(std::move(row));
    }
    return {};
  }

  // On the writer's thread, after the commit or instead of it.
  void finish(Lot& lot, Done& done, Result<void> result) {
    if (!result) {
      answered(lot.weight);
      return done(tl::unexpected(std::move(result).error()));
    }
    for (std::size_t i = 0; i < lot.new_groups.size(); ++i) {
      admission_.written(lot.new_groups[i]);
      if (lot.added[i] && ports_.new_group) ports_.new_group(lot.new_groups[i]);
    }
    for (const auto& [sender, said] : lot.opted) opt_outs_.keep({lot.channel, sender}, said);
    for (const auto& [name, said] : lot.opted_names) opt_outs_.keep_name({lot.channel, name}, said);
    count(lot);
    auto stored = stored_messages(lot);
    if (!stored.empty()) newest_ = stored.back().id;
    if (ports_.placing && !stored.empty()) ports_.placing(std::move(stored));
    answered(lot.weight);
    done(std::move(lot.receipt));
  }

  void count(Lot& lot) {
    std::map<GroupId, std::int64_t> stored;
    for (std::size_t i = 0; i < lot.fresh.size(); ++i) {
      if (!lot.fresh[i]) continue;
      ++lot.receipt.fresh;
      ++stored[lot.groups[i]];
    }
    lot.receipt.known = lot.rows.size() - lot.receipt.fresh;
    for (const auto& [group, messages] : stored) {
      groups_.heard(group, messages, 0, lot.received_at);
      rhythms_.heard(group, messages, lot.received_at);
    }
    for (const auto& [group, messages] : lot.dropped_by_group) groups_.heard(group, 0, messages, lot.received_at);
    channels_.heard(lot.channel, lot.received_at);
    fresh_ += lot.receipt.fresh;
    known_ += lot.receipt.known;
    refused_ += lot.receipt.refused.size();
  }

  void answered(std::size_t weight) {
    std::lock_guard lock(answered_mutex_);
    waiting_ -= weight;
    answered_.notify_all();
  }

  void keep_counts(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any pause;
    std::unique_lock lock(mutex);
    while (!pause.wait_for(lock, stop, options_.counts_every, [&] { return stop.stop_requested(); })) {
      write_counts();
    }
  }

  void write_counts() {
    Drops drops;
    {
      std::lock_guard lock(drops_mutex_);
      drops = drops_;
    }
    // newest_ is of the writer's thread, and so is this.
    auto written = writer_
                       .write([this, drops](Tx& tx) -> Result<void> {
                         if (newest_) LINLI_TRY(groups_.write_counts(tx, newest_));
                         LINLI_TRY(rhythms_.write(tx, clock_.now()));
                         for (const auto& [key, number] : drops) LINLI_TRY(add_drops(tx, key, number));
                         return {};
                       })
                       .get();
    if (!written) return log::warn("intake.counts_not_written", written.error());
    rhythms_.written();
    std::lock_guard lock(drops_mutex_);
    for (const auto& [key, number] : drops) {
      if ((drops_[key] -= number) == 0) drops_.erase(key);
    }
  }

  struct DropKey {
    ChannelId channel;
    Drop reason;
    std::int64_t day;
    auto operator<=>(const DropKey&) const = default;
  };
  using Drops = std::map<DropKey, std::int64_t>;

  static Result<std::int64_t> add_drops(Tx& tx, const DropKey& key, std::int64_t number) {
    return tx.run(
        "INSERT INTO dropped (channel_id, reason, day, count) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (channel_id, reason, day) DO UPDATE SET count = dropped.count + excluded.count",
        {key.channel, name(key.reason), key.day, number});
  }

  Writer& writer_;
  const Sealer& sealer_;
  IdSource& ids_;
  const Clock& clock_;
  Channels& channels_;
  Groups& groups_;
  OptOuts& opt_outs_;
  const MemberRoles& member_roles_;
  Rhythms& rhythms_;
  const Ports ports_;
  const Options options_;
  Admissions admission_;
  BoundedQueue<Job> deliveries_;
  MessageId newest_;  // writer's thread

  std::mutex drops_mutex_;
  Drops drops_;

  std::mutex stopping_, answered_mutex_;
  std::condition_variable answered_;
  std::atomic<bool> stopped_{false};
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::uint64_t> deliveries_count_{0}, fresh_{0}, known_{0}, refused_{0}, overloaded_{0}, bad_signature_{0};
  std::array<std::atomic<std::uint64_t>, 4> dropped_{};
  TaskGroup tasks_;
};

Intake::Intake(Writer& writer, const Sealer& sealer, IdSource& ids, const Clock& clock, Channels& channels,
               Groups& groups, OptOuts& opt_outs, const MemberRoles& member_roles, Rhythms& rhythms, Ports ports,
               Options options)
    : impl_(std::make_unique<Impl>(writer, sealer, ids, clock, channels, groups, opt_outs, member_roles, rhythms,
                                   std::move(ports), options)) {}
Intake::~Intake() = default;
Result<void> Intake::deliver(Delivery delivery, Done done) {
  return impl_->deliver(std::move(delivery), std::move(done));
}
Result<void> Intake::take(const Channel& channel, std::vector<Message> messages, bool imported, Done done) {
  return impl_->take(channel, std::move(messages), imported, std::move(done));
}
void Intake::stop() { impl_->stop(); }
Intake::Figures Intake::figures() const { return impl_->figures(); }

}  // namespace linli
