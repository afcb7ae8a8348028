#include "assist/companion.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "assist/tasks.h"
#include "base/log.h"
#include "base/task_group.h"
#include "channels/messages.h"
#include "leads/lead_store.h"
#include "store/outbox.h"

namespace linli {

using namespace std::chrono_literals;
using namespace companion;

namespace {

constexpr std::string_view kCursor = "companion";
constexpr std::size_t kPage = 200;
constexpr auto kLook = 300ms;      // between two looks
constexpr auto kMostWaiting = 3s;  // for a lead that was asked for
constexpr auto kPhrasing = 8s;     // for the model server
constexpr auto kKeepCursor = 5s;   // where it stands is written, where nothing was said
constexpr int kOffered = 3;

constexpr std::string_view kStands = "SELECT lead_id, act FROM lead_messages WHERE message_id = $1";
constexpr std::string_view kCall =
    "INSERT INTO companion_calls (lead_id, at) VALUES ($1, $2) ON CONFLICT (lead_id) DO NOTHING";
constexpr std::string_view kPosition =
    "INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = "
    "excluded.position";

bool tells_of_it(Act act) {
  return act == Act::report || act == Act::confirm || act == Act::detail || act == Act::urge || act == Act::none;
}

std::string source_of(const KnowledgeEntry& entry) {
  if (entry.sources.empty()) return {};
  const KnowledgeSource& first = entry.sources.front();
  return first.office.empty() ? first.title : first.title + "，" + first.office;
}

// A model's words for what was found, and which of it they are made of.
struct Phrase {
  std::string text, model;
  std::vector<std::string> of;
};

}  // namespace

class Companion::Impl {
 public:
  Impl(const Parts& parts, Ports ports) : p_(parts), ports_(std::move(ports)) {}

  void start() {
    tasks_.spawn("companion", [this](std::stop_token stop) {
      std::mutex mutex;
      std::condition_variable_any pause;
      while (!stop.stop_requested()) {
        auto any = tick();
        if (!any && any.error().code != Errc::shutting_down) log::error("companion.failed", any.error());
        std::unique_lock lock(mutex);
        pause.wait_for(lock, stop, any ? kLook : milliseconds(2s), [] { return false; });
      }
    });
  }
  void stop() { tasks_.stop(); }

  Figures figures() const { return {heard_, said_, prepared_, called_, phrased_}; }

  Result<bool> tick() {
    auto news = p_.readers.read([this](Tx& tx) { return read_news(tx); }).get();
    if (!news) return tl::unexpected(std::move(news).error());
    rules_ = std::move(news->rules);
    calendar_ = std::move(news->calendar);
    if (ports_.rules) ports_.rules(rules_);
    if (!rules_.on) return false;
    for (const StoredMessage& m : news->messages) {
      if (m.id > news->placed) break;
      auto done = hear(m);
      if (!done) return tl::unexpected(std::move(done).error());
      if (!*done) return true;  // it waits for its lead
      position_ = m.id;
      ++heard_;
    }
    const bool any = !news->messages.empty();
    if (any && position_ != kept_ && p_.clock.now() - kept_at_ >= kKeepCursor) LINLI_TRY(keep_position());
    return any;
  }

 private:
  struct News {
    Rules rules;
    Calendar calendar;
    MessageId placed;
    std::vector<StoredMessage> messages;
  };

  Result<News> read_news(Tx& tx) {
    News out;
    auto rules = companion::rules(tx);
    if (!rules) return tl::unexpected(std::move(rules).error());
    out.rules = std::move(rules->first);
    if (!out.rules.on) return out;
    auto calendar = calendars::load(tx);
    if (!calendar) return tl::unexpected(std::move(calendar).error());
    out.calendar = *std::move(calendar);
    auto placed = tx.value<MessageId>("SELECT position FROM cursors WHERE name = 'placing'");
    if (!placed) return tl::unexpected(std::move(placed).error());
    out.placed = placed->value_or(MessageId{});
    auto kept = tx.value<MessageId>("SELECT position FROM cursors WHERE name = $1", {kCursor});
    if (!kept) return tl::unexpected(std::move(kept).error());
    position_ = std::max({position_, kept->value_or(MessageId{}), MessageId{IdSource::floor(p_.clock.now() - kFresh)}});
    if (out.placed <= position_) return out;
    auto messages = stored_messages_after(tx, p_.sealer, position_, kPage);
    if (!messages) return tl::unexpected(std::move(messages).error());
    out.messages = *std::move(messages);
    return out;
  }

  Result<void> keep_position() {
    auto written = p_.writer
                       .write([this](Tx& tx) -> Result<bool> {
                         LINLI_TRY(tx.run(kPosition, {kCursor, position_}));
                         return true;
                       })
                       .get();
    if (!written) return tl::unexpected(std::move(written).error());
    kept_ = position_;
    kept_at_ = p_.clock.now();
    return {};
  }

  // False: it is not done with; later again.
  Result<bool> hear(const StoredMessage& m) {
    const auto group = p_.groups.find(m.group);
    if (!group || group->state != GroupState::admitted || m.recalled) return true;
    const bool speaks = rules_.speaks_in(m.group) && ports_.may_write(*group);
    if (!speaks && !rules_.prepares) return true;
    if (m.message.type == MessageType::recall || m.message.type == MessageType::system) return true;
    if (on_duty(m.message.role) && !rules_.is_machine(m.message.text)) {
      auto written = p_.writer
                         .write([&](Tx& tx) -> Result<bool> {
                           LINLI_TRY(person_writes(tx, p_.sealer, m.group, m.message.sent_at));
                           return true;
                         })
                         .get();
      return written;
    }
    if (!m.live || m.message.text.empty() ||
        (m.message.type != MessageType::text && m.message.type != MessageType::voice))
      return true;
    auto look = p_.readers.read([&](Tx& tx) { return gather(tx, m, *group, speaks); }).get();
    if (!look) return tl::unexpected(std::move(look).error());
    if (look->answered) return true;
    const Decision decision = decided(*look);
    if (decision.kind == Kind::silent && !decision.calls) return true;
    if (decision.needs_lead && !look->lead && waits(m)) return false;
    const std::optional<Phrase> phrase = phrased(m, decision);
    return answer(m, *group, speaks, phrase);
  }

  // The lead is asked for once; for some time it is waited for.
  bool waits(const StoredMessage& m) {
    const Instant now = p_.clock.now();
    if (asked_for_ != m.id) {
      asked_for_ = m.id;
      asked_at_ = now;
      ports_.open(m);
    }
    return now - asked_at_ < kMostWaiting;
  }

  // ---- what is known of a message ----

  struct Look {
    Asked asked;
    Talk talk;
    LeadId lead;
    std::string grid_path;
    std::int64_t sender = 0;
    bool answered = false;
  };

  Result<Look> gather(Tx& tx, const StoredMessage& m, const Group& group, bool speaks) const {
    Look out;
    const Instant now = p_.clock.now();
    auto answered = tx.value<std::int64_t>("SELECT COUNT(*) FROM companion_answers WHERE message_id = $1", {m.id});
    if (!answered) return tl::unexpected(std::move(answered).error());
    out.answered = answered->value_or(0) > 0;
    out.sender = p_.sealer.hash("messages.sender", m.message.sender);
    auto talk = companion::talk(tx, m.group, out.sender);
    if (!talk) return tl::unexpected(std::move(talk).error());
    out.talk = *std::move(talk);
    Asked& a = out.asked;
    a.text = m.message.text;
    a.at = now;
    a.role = m.message.role;
    a.works = rules_.works_at(calendar_, p_.zone, now);
    a.speaks = speaks;
    auto ours = is_ours(tx, m.group, m.message.reply_to, now);
    if (!ours) return tl::unexpected(std::move(ours).error());
    a.to_machine = *ours;
    auto person = person_at(tx, m.group, now);
    if (!person) return tl::unexpected(std::move(person).error());
    a.person_at = *person;
    if (out.talk.begun && a.person_at && *a.person_at >= *out.talk.begun) out.talk.over = Over::person;
    a.seen = see(p_.understander, m.message);
    out.grid_path = group.grid_path;
    LINLI_TRY(find_matter(tx, m, out));
    return out;
  }

  Result<void> find_matter(Tx& tx, const StoredMessage& m, Look& out) const {
    Act act = Act::none;
    LINLI_TRY(tx.first(kStands, {m.id}, [&](const Row& r) {
      out.lead = r.get<LeadId>(0);
      act = static_cast<Act>(r.get<int>(1));
    }));
    if (!out.lead) return {};
    auto found = lead_store::find(tx, p_.sealer, out.lead);
    if (!found) return tl::unexpected(std::move(found).error());
    if (!*found) return {};
    const Lead& lead = **found;
    auto spoken = spoken_of(tx, out.lead, m.group);
    if (!spoken) return tl::unexpected(std::move(spoken).error());
    Matter matter;
    matter.category = lead.category;
    matter.placed = Words::embedded().tells_where(lead.place);
    matter.urgency = lead.urgency;
    matter.open = lead.state == LeadState::open && !lead.answered_at && !lead.claimed_at;
    matter.report = tells_of_it(act);
    matter.spoken = *spoken;
    matter.reply_suffices = lead.reply_suffices;
    matter.sensitive = starts_private(lead.category);
    out.asked.matter = std::move(matter);
    out.grid_path = lead.grid_path;
    return {};
  }

  Decision decided(const Look& look) const {
    const auto find = [&](std::string_view question) {
      std::vector<Found> out;
      const auto category =
          look.asked.matter ? std::optional(look.asked.matter->category) : std::optional<std::string>{};
      for (const Offer& offer :
           p_.knowledge.offers(question, look.grid_path, category, p_.zone.day(look.asked.at), kOffered)) {
        const KnowledgeEntry& entry = *offer.entry;
        out.push_back({to_text(entry.id), entry.title, entry.answer, source_of(entry), entry.valid_to, offer.confidence,
                       offer.confident});
      }
      return out;
    };
    return decide(Words::embedded(), rules_, look.talk, look.asked, find);
  }

  // In other words by the model server, from what was found and nothing else. None: the office's own words stand.
  std::optional<Phrase> phrased(const StoredMessage& m, const Decision& decision) {
    if (decision.kind != Kind::answered || !p_.server || !p_.server->settings()->on(assist::Task::draft)) return {};
    if (assist::reads_like_orders(m.message.text) || assist::reads_like_orders(m.message.sender_name)) return {};
    std::vector<assist::Source> sources;
    std::string given;
    for (const Found& one : decision.sources) {
      sources.push_back({one.id, one.title, one.answer, one.source});
      given += one.answer + "\n";
    }
    auto drafted = assist::draft(*p_.server, {{to_text(m.id), m.message.sender_name, m.message.role, m.message.text}},
                                 sources, {}, {.by = Deadline::in(kPhrasing)});
    if (!drafted) {
      log::warn("companion.not_phrased", drafted.error());
      return {};
    }
    if (drafted->reply.empty() || Words::embedded().promises(drafted->reply, given)) return {};
    return Phrase{std::move(drafted->reply), std::move(drafted->from.model), std::move(drafted->sources)};
  }

  // ---- answering ----

  static std::string text_of(const Decision& decision, const std::optional<Phrase>& phrase) {
    if (!phrase) return decision.text;
    const Words& words = Words::embedded();
    std::string text = decision.before + phrase->text;
    for (const Found& one : decision.sources) {
      if (std::ranges::find(phrase->of, one.id) == phrase->of.end()) continue;
      text += words
                  .say("answer", {{"答案", " "},
                                  {"来源", one.source},
                                  {"有效", one.valid_to ? words.say("valid_to", {{"日期", format_day(*one.valid_to)}})
                                                        : words.say("valid_open")}})
                  .substr(1);
    }
    return text + decision.after;
  }

  // Looked at anew in the transaction: a person may have written, or another node answered.
  Result<bool> answer(const StoredMessage& m, const Group& group, bool speaks, const std::optional<Phrase>& phrase) {
    Answer done;
    bool written = false;
    auto result = p_.writer
                      .write([&](Tx& tx) -> Result<bool> {
                        done = {};
                        written = false;
                        auto look = gather(tx, m, group, speaks);
                        if (!look) return tl::unexpected(std::move(look).error());
                        if (look->answered) return true;
                        const Decision decision = decided(*look);
                        if (decision.kind == Kind::silent && !decision.calls) return true;
                        auto one =
                            write(tx, m, *look, decision, same_sources(decision, phrase) ? phrase : std::nullopt);
                        if (!one) return tl::unexpected(std::move(one).error());
                        if (*one) done = *std::move(*one), written = true;
                        LINLI_TRY(tx.run(kPosition, {kCursor, m.id}));
                        return true;
                      })
                      .get();
    if (!result) return result;
    if (!written) return true;
    kept_ = m.id;
    kept_at_ = p_.clock.now();
    called_ += done.called;
    phrased_ += !done.model.empty();
    if (done.way == Way::said) {
      ++said_;
      ports_.queued();
    }
    if (done.way == Way::prepared) ++prepared_;
    log::info("companion.answered", {{"message", to_text(m.id)}, {"kind", name(done.kind)}, {"way", name(done.way)}});
    return true;
  }

  static bool same_sources(const Decision& decision, const std::optional<Phrase>& phrase) {
    return phrase && decision.kind == Kind::answered && std::ranges::all_of(phrase->of, [&](const std::string& id) {
             return std::ranges::find(decision.sources, id, &Found::id) != decision.sources.end();
           });
  }

  // None: there was nothing to say here, and nobody new to call.
  Result<std::optional<Answer>> write(Tx& tx, const StoredMessage& m, const Look& look, const Decision& decision,
                                      const std::optional<Phrase>& phrase) {
    const Instant now = look.asked.at;
    Answer a;
    a.message = m.id;
    a.group = m.group;
    a.lead = look.lead;
    a.grid_path = look.grid_path;
    a.at = now;
    a.kind = decision.kind;
    a.why = decision.why;
    a.words_version = Words::embedded().version();
    const bool worth =
        decision.kind == Kind::guidance || decision.kind == Kind::answered || decision.kind == Kind::asked;
    a.way = decision.kind == Kind::silent             ? Way::none
            : look.asked.speaks                       ? Way::said
            : look.lead && look.asked.matter && worth ? Way::prepared
                                                      : Way::none;
    if (decision.calls && look.lead) {
      auto called = tx.run(kCall, {look.lead, now});
      if (!called) return tl::unexpected(std::move(called).error());
      a.called = *called > 0;
    }
    if (a.way == Way::none && !a.called) return std::optional<Answer>{};
    if (a.way != Way::none) {
      a.text = text_of(decision, phrase) + "\n（" + rules_.mark + "）";
      if (phrase) a.model = phrase->model;
      for (const Found& one : decision.sources) a.sources.push_back({one.id, one.title, one.source});
    }
    a.id = p_.ids.draw<AnswerId>();
    auto added = add(tx, p_.sealer, a);
    if (!added) return tl::unexpected(std::move(added).error());
    if (!*added) return std::optional<Answer>{};
    LINLI_TRY(keep_talk(tx, m.group, look.sender, decision.talk));
    if (a.way != Way::none) LINLI_TRY(put_out(tx, m, a, now));
    if (look.lead) {
      auto raised = lead_store::raise(tx, look.lead);
      if (!raised) return tl::unexpected(std::move(raised).error());
      LINLI_TRY(Outbox::append(tx, Event{0, "lead.changed", look.lead.value, look.grid_path, "leads.read", now, {}}));
    }
    LINLI_TRY(Outbox::append(tx, Event{0, "companion.answered", a.id.value, a.grid_path, "replies.send", now, {}}));
    return std::optional(std::move(a));
  }

  Result<void> put_out(Tx& tx, const StoredMessage& m, const Answer& a, Instant now) {
    outgoing::Item item;
    item.id = p_.ids.draw<OutgoingId>();
    item.purpose = kPurpose;
    item.subject = m.id.value;
    item.group = m.group;
    item.state = a.way == Way::said ? OutState::queued : OutState::to_relay;
    item.due_at = now;
    item.words = {a.text, m.message.id};
    return outgoing::add(tx, p_.sealer, item);
  }

  const Parts p_;
  const Ports ports_;
  // The thread's.
  Rules rules_;
  Calendar calendar_;
  MessageId position_, kept_, asked_for_;
  Instant kept_at_{}, asked_at_{};
  std::atomic<std::uint64_t> heard_{0}, said_{0}, prepared_{0}, called_{0}, phrased_{0};
  TaskGroup tasks_;
};

Companion::Companion(const Parts& parts, Ports ports) : impl_(std::make_unique<Impl>(parts, std::move(ports))) {}
Companion::~Companion() { stop(); }
void Companion::start() { impl_->start(); }
void Companion::stop() { impl_->stop(); }
Companion::Figures Companion::figures() const { return impl_->figures(); }
Result<bool> Companion::tick() { return impl_->tick(); }

}  // namespace linli
