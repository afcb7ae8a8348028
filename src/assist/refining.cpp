#include "assist/refining.h"

#include <algorithm>
#include <map>

#include "base/log.h"
#include "channels/messages.h"
#include "leads/lead_store.h"

namespace linli::assist {
namespace {

constexpr std::size_t kPage = 500;  // events
constexpr int kBefore = 3;          // messages before a doubtful one

constexpr std::string_view kOthers =
    "SELECT " LINLI_LEAD_COLUMNS
    " FROM leads l LEFT JOIN users u ON u.id = l.decided_by WHERE l.state = 'open' AND l.live = 1 AND l.community = $1 "
    "AND "
    "l.id <> $2 ORDER BY CASE WHEN l.category = $3 THEN 0 ELSE 1 END, l.latest_at DESC, l.id LIMIT $4";

std::string words_of(const Message& message) {
  if (!message.text.empty()) return message.text;
  return message.type == MessageType::image   ? "（图片）"
         : message.type == MessageType::voice ? "（语音）"
                                              : "（没有文字）";
}

Spoken spoken(const StoredMessage& m) {
  return {to_text(m.id), m.message.sender_name, m.message.role, words_of(m.message)};
}

}  // namespace

struct Refining::Look {
  Lead lead;
  std::vector<StoredMessage> messages;
  std::vector<std::string> before;
  std::vector<Lead> others;
  std::string group;
  bool to_refine = false, to_judge = false;

  ProposalHead head(From from, Instant at) const {
    ProposalHead out{{}, lead.message_count, std::move(from), at};
    for (const auto& m : messages) out.seen.push_back(m.id);
    return out;
  }
};

Refining::Refining(ModelServer& server, Outbox& outbox, Writer& writer, Readers& readers, const Sealer& sealer,
                   const Clock& clock, Options options)
    : server_(server),
      outbox_(outbox),
      writer_(writer),
      readers_(readers),
      sealer_(sealer),
      clock_(clock),
      options_(options) {
  listener_ = outbox_.listen([this] {
    {
      std::lock_guard lock(mutex_);
      news_ = true;
    }
    woken_.notify_one();
  });
  tasks_.spawn("assist-feed", [this](std::stop_token stop) { feed(stop); });
  for (int i = 0; i < options_.workers; ++i)
    tasks_.spawn("assist-refine", [this](std::stop_token stop) { work(stop); });
}

Refining::~Refining() { stop(); }

void Refining::stop() {
  listener_.reset();
  tasks_.stop();
}

Refining::Figures Refining::figures() const {
  std::lock_guard lock(mutex_);
  Figures out = figures_;
  out.waiting = waiting_.size();
  out.idle = waiting_.empty() && under_way_ == 0 && !news_ && !reading_;
  return out;
}

void Refining::feed(std::stop_token stop) {
  std::optional<Position> position;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, milliseconds(200), [&] { return news_; });
      if (!news_) continue;
      news_ = false;
      reading_ = true;
    }
    const auto settings = server_.settings();
    const bool on = settings->on(Task::refine) || settings->on(Task::judge);
    std::vector<Event> events;
    bool more = false;
    // What happened before the start, or while no server was set up, is over.
    auto read = readers_
                    .read([&](Tx& tx) -> Result<Position> {
                      if (!on || !position) return Outbox::newest(tx);
                      auto page = Outbox::after(tx, *position, kPage);
                      if (!page) return tl::unexpected(std::move(page).error());
                      events = std::move(*page);
                      more = events.size() == kPage;
                      return events.empty() ? *position : events.back().position;
                    })
                    .get();
    if (read) position = *read;
    else log::warn("assist.outbox_unread", read.error());
    for (const Event& event : events)
      if (event.kind == "lead.opened" || event.kind == "lead.changed" || event.kind == "lead.reopened")
        offer(LeadId{event.subject});
    std::lock_guard lock(mutex_);
    reading_ = false;
    if (more) news_ = true;
  }
}

void Refining::offer(LeadId lead) {
  {
    std::lock_guard lock(mutex_);
    if (std::ranges::find(waiting_, lead) != waiting_.end()) return;
    waiting_.push_back(lead);
    if (waiting_.size() > options_.most_waiting) {
      waiting_.pop_front();
      ++figures_.dropped;
    }
  }
  filled_.notify_one();
}

Result<std::optional<Refining::Look>> Refining::look(Tx& tx, LeadId id) const {
  const auto settings = server_.settings();
  auto lead = lead_store::find(tx, sealer_, id);
  if (!lead) return tl::unexpected(std::move(lead).error());
  if (!*lead || (*lead)->state != LeadState::open || !(*lead)->live ||
      clock_.now() - (*lead)->latest_at > options_.newest)
    return std::optional<Look>{};
  auto known = proposals::of_lead(tx, sealer_, id);
  if (!known) return tl::unexpected(std::move(known).error());
  Look out{std::move(**lead)};
  out.to_refine = settings->on(Task::refine) &&
                  (!known->refined || out.lead.message_count >= 2 * known->refined->head.message_count);
  out.to_judge = settings->on(Task::judge) && out.lead.review && !known->judged;
  if (!out.to_refine && !out.to_judge) return std::optional<Look>{};
  auto links = lead_store::links(tx, sealer_, id);
  if (!links) return tl::unexpected(std::move(links).error());
  std::vector<MessageId> ids;
  for (const LeadLink& link : *links) ids.push_back(link.message);
  auto messages = read_messages(tx, sealer_, ids);
  if (!messages) return tl::unexpected(std::move(messages).error());
  for (StoredMessage& m : *messages)
    if (!m.recalled) out.messages.push_back(std::move(m));
  if (out.messages.empty()) return std::optional<Look>{};
  if (out.to_judge) {
    auto before = messages_before(tx, sealer_, out.messages[0].group, out.messages[0].id, kBefore);
    if (!before) return tl::unexpected(std::move(before).error());
    std::ranges::sort(*before, {}, &StoredMessage::id);
    for (const StoredMessage& m : *before)
      if (!m.recalled) out.before.push_back(words_of(m.message));
  }
  std::optional<Error> broken;
  LINLI_TRY(
      tx.each(kOthers, {out.lead.community, id, out.lead.category, static_cast<int>(kMostMatters)}, [&](const Row& r) {
        auto other = lead_store::row(r, sealer_);
        if (other) out.others.push_back(std::move(*other));
        else broken = std::move(other).error();
      }));
  if (broken) return tl::unexpected(std::move(*broken));
  auto group = tx.value<std::string>("SELECT name FROM groups WHERE id = $1", {out.lead.group});
  if (!group) return tl::unexpected(std::move(group).error());
  out.group = group->value_or("");
  return std::optional(std::move(out));
}

void Refining::work(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::vector<LeadId> taken;
    {
      std::unique_lock lock(mutex_);
      filled_.wait_for(lock, milliseconds(200), [&] { return !waiting_.empty(); });
      while (!waiting_.empty() && taken.size() < kMostDoubtful) {
        taken.push_back(waiting_.front());
        waiting_.pop_front();
      }
      under_way_ += taken.size();
    }
    if (taken.empty()) continue;
    std::vector<Look> looks;
    auto read = readers_
                    .read([&](Tx& tx) -> Result<bool> {
                      looks.clear();
                      for (const LeadId id : taken) {
                        auto one = look(tx, id);
                        if (!one) return tl::unexpected(std::move(one).error());
                        if (*one) looks.push_back(std::move(**one));
                      }
                      return true;
                    })
                    .get();
    if (!read) log::warn("assist.leads_unread", read.error());
    // Together only what belongs to one community: words of one place sway no judgement elsewhere.
    std::map<std::string, std::vector<const Look*>> doubtful;
    for (const Look& one : looks)
      if (one.to_judge) doubtful[one.lead.community].push_back(&one);
    for (const auto& [community, some] : doubtful) judge(some, stop);
    for (const Look& one : looks)
      if (one.to_refine && !stop.stop_requested()) refine(one, stop);
    std::lock_guard lock(mutex_);
    under_way_ -= taken.size();
  }
}

void Refining::refine(const Look& look, std::stop_token stop) {
  std::vector<Spoken> messages;
  for (const StoredMessage& m : look.messages) messages.push_back(spoken(m));
  std::vector<Matter> others;
  for (const Lead& other : look.others)
    others.push_back({to_text(other.id), other.category, other.place, other.summary});
  auto refined =
      assist::refine(server_, messages, {look.lead.category, look.lead.urgency, look.lead.place, look.lead.summary},
                     others, look.group, {.by = Deadline::in(std::chrono::minutes(2)), .stop = stop});
  Result<bool> written = false;
  if (refined) {
    Refinement one{look.head(refined->from, clock_.now()), refined->summary, refined->category, refined->place};
    one.urgency = refined->urgency;
    if (refined->same_as) one.same_as = parse_id<LeadTag>(*refined->same_as);
    for (const std::string& id : refined->evidence)
      if (const auto message = parse_id<MessageTag>(id)) one.evidence.push_back(*message);
    one.orders = refined->orders;
    written = writer_.write([&](Tx& tx) { return proposals::write(tx, sealer_, look.lead.id, one); }).get();
    if (!written) log::warn("assist.proposal_not_written", written.error());
  }
  std::lock_guard lock(mutex_);
  if (written && *written) ++figures_.refined;
  if (!refined || !written) ++figures_.failed;
}

void Refining::judge(const std::vector<const Look*>& doubtful, std::stop_token stop) {
  std::vector<Doubtful> asked;
  for (const Look* one : doubtful) asked.push_back({spoken(one->messages.front()), one->before});
  auto judged = assist::judge(server_, asked, {.by = Deadline::in(std::chrono::minutes(2)), .stop = stop});
  std::size_t written = 0;
  if (judged)
    for (std::size_t i = 0; i < judged->first.size(); ++i) {
      const Judged& one = judged->first[i];
      if (!one.appeal) continue;
      Judgement judgement{doubtful[i]->head(judged->second, clock_.now()), *one.appeal, one.category};
      judgement.head.seen = {doubtful[i]->messages.front().id};
      auto kept =
          writer_.write([&](Tx& tx) { return proposals::write(tx, sealer_, doubtful[i]->lead.id, judgement); }).get();
      if (!kept) log::warn("assist.proposal_not_written", kept.error());
      else written += *kept;
    }
  std::lock_guard lock(mutex_);
  figures_.judged += written;
  if (!judged) ++figures_.failed;
}

}  // namespace linli::assist
