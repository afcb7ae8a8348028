#include "api/stream.h"

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <deque>
#include <list>
#include <map>

#include "api/case_json.h"
#include "assist/knowledge.h"
#include "base/log.h"

namespace linli::api {
namespace {

// An event as it goes out.
struct Frame {
  Position position = 0;
  std::string grid_path;
  Right right = Right::leads_read;
  std::string text, gone;                 // gone: instead, for who does not see where the lead is now
  std::optional<std::string> now_in{};    // of a lead; the grid of the event may be one that it has left
  std::optional<cases::Insiders> only{};  // of a confidential case's lead
  std::optional<UserId> to{};             // a notification: told to nobody else

  std::size_t size() const { return text.size() + gone.size(); }
};
using Frames = std::vector<std::shared_ptr<const Frame>>;

constexpr std::size_t kTaken = 256u << 10;  // bytes given out at once

bool told(const Event& event) {
  return event.kind.starts_with("lead.") || event.kind.starts_with("case.") || event.kind.starts_with("group.") ||
         event.kind.starts_with("notification.") || event.kind == "knowledge.changed";
}

bool is_one_of(const Actor& actor, const cases::Insiders& only) {
  return actor.id == only.opened_by || (only.assignee && actor.id == only.assignee) ||
         actor.may(Right::cases_hidden, only.grid_path);
}

// To whom a notification is addressed; 0, nobody, where that is not said.
UserId addressee(const Event& event) {
  boost::json::error_code broken;
  const auto detail = boost::json::parse(event.detail, broken);
  const auto* user = !broken && detail.is_object() ? detail.as_object().if_contains("user") : nullptr;
  if (!user || !user->is_string()) return {};
  return parse_id<UserTag>(std::string_view(user->as_string())).value_or(UserId{});
}

std::string frame_text(Position position, std::string_view event, std::string_view data) {
  std::string text = "id: " + std::to_string(position) + "\nevent: ";
  ((((text += event) += "\ndata: ") += data) += "\n\n");
  return text;
}

std::string_view text_for(const Actor& actor, const Frame& frame) {
  if (frame.to) return *frame.to && *frame.to == actor.id ? std::string_view(frame.text) : std::string_view();
  if (!actor.may(frame.right, frame.grid_path)) return {};
  if (frame.only && !is_one_of(actor, *frame.only)) return frame.gone;
  return !frame.now_in || actor.may(frame.right, *frame.now_in) ? frame.text : frame.gone;
}

struct Page {
  Frames frames;
  Position last = 0;     // of the last event that was read, told or not
  bool complete = true;  // nothing is behind it
  bool unread = false;   // nobody listens: only `last` is told
};

}  // namespace

class Stream::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Outbox& outbox, Readers& readers, const Sealer& sealer, const Clock& clock, Labels labels, Post post,
       Options options)
      : outbox_(outbox),
        readers_(readers),
        sealer_(sealer),
        clock_(clock),
        labels_(labels),
        post_(std::move(post)),
        options_(options) {}

  Result<void> start() {
    auto newest = readers_.read([](Tx& tx) { return Outbox::newest(tx); }).get();
    if (!newest) return tl::unexpected(std::move(newest).error());
    newest_ = memory_begin_ = *newest;
    listening_ = outbox_.listen([weak = weak_from_this(), post = post_] {
      post([weak] {
        if (const auto self = weak.lock()) self->fetch();
      });
    });
    // What was committed between the look and the listening.
    post_([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->fetch();
    });
    return {};
  }

  void stop() {
    stopped_ = true;
    listening_.reset();
  }

  Result<std::unique_ptr<Feed>> open(Listener listener, std::optional<Position> after);

  void close_session(std::string_view session);
  void close_user(UserId user);
  std::size_t listeners() const { return count_; }

 private:
  class One;
  friend class One;

  // Reads what is new, once for all. One at a time; a wake-up meanwhile makes it look again.
  void fetch() {
    if (stopped_) return;
    if (fetching_) {
      again_ = true;
      return;
    }
    fetching_ = true;
    again_ = false;
    read_page(newest_, ones_.empty(), [](Impl& self, Result<Page> page) {
      self.fetching_ = false;
      if (!page) {
        // The next wake-up or heartbeat tries again. Listeners miss nothing: they hold positions.
        log::warn("stream.read_failed", page.error());
        self.again_ = true;
        return;
      }
      if (page->unread) {
        // Who has come meanwhile begins where we stood, and is told.
        if (self.ones_.empty()) self.begin_at(page->last);
        else self.again_ = true;
      } else {
        self.remember(*page);
      }
      if (self.again_ || !page->complete) self.fetch();
    });
  }

  void remember(const Page& page) {
    newest_ = std::max(newest_, page.last);
    for (const auto& frame : page.frames) {
      memory_bytes_ += frame->size();
      memory_.push_back(frame);
    }
    while (!memory_.empty() && (memory_.size() > options_.memory_events || memory_bytes_ > options_.memory_bytes)) {
      memory_bytes_ -= memory_.front()->size();
      memory_begin_ = memory_.front()->position;
      memory_.pop_front();
    }
    if (!page.frames.empty()) wake_all();
  }

  void begin_at(Position position) {
    newest_ = memory_begin_ = position;
    memory_.clear();
    memory_bytes_ = 0;
  }

  void wake_all();

  // On a reader's thread: the events after `after`, dressed; back on the I/O thread `then`.
  template <class Then>
  void read_page(Position after, bool nobody, Then then) {
    auto weak = weak_from_this();
    auto answer = [weak, then, post = post_](Result<Page> page) {
      post([weak, then, page = std::move(page)]() mutable {
        if (const auto self = weak.lock(); self && !self->stopped_) then(*self, std::move(page));
      });
    };
    auto taken = readers_.submit([this, keep = shared_from_this(), after, nobody, answer](Result<Tx*> tx) {
      answer(tx ? nobody ? pass(**tx) : dress(**tx, after) : Result<Page>(tl::unexpected(std::move(tx).error())));
    });
    if (!taken) answer(tl::unexpected(std::move(taken).error()));
  }

  static Result<Page> pass(Tx& tx) {
    auto newest = Outbox::newest(tx);
    if (!newest) return tl::unexpected(std::move(newest).error());
    return Page{.frames = {}, .last = *newest, .complete = true, .unread = true};
  }

  Result<Page> dress(Tx& tx, Position after) const {
    auto events = Outbox::after(tx, after, options_.page);
    if (!events) return tl::unexpected(std::move(events).error());
    Page page;
    page.last = events->empty() ? after : events->back().position;
    page.complete = events->size() < options_.page;
    // A lead that changed several times is told once, as it stands, at its last place.
    std::map<std::int64_t, Position> last;
    for (const Event& event : *events) last[event.subject] = event.position;
    const Actor everything = Actor::all_powerful();
    const Instant now = clock_.now();
    auto standing = claims::all(tx, now);
    if (!standing) return tl::unexpected(std::move(standing).error());
    for (const Event& event : *events) {
      if (!told(event)) continue;
      if ((event.kind == "lead.changed" || event.kind == "case.changed") && last[event.subject] != event.position)
        continue;
      const auto right = parse_right(event.min_right);
      if (!right) continue;
      auto frame = std::make_shared<Frame>(Frame{event.position, event.grid_path, *right, {}, {}, {}, {}});
      if (event.kind.starts_with("lead.")) {
        auto lead = desk::find(tx, sealer_, everything, LeadId{event.subject});
        if (!lead && lead.error().code == Errc::unknown_lead) continue;
        if (!lead) return tl::unexpected(std::move(lead).error());
        frame->now_in = lead->grid_path;
        if (lead->state == LeadState::in_case) {
          auto only = cases::insiders(tx, lead->id);
          if (!only) return tl::unexpected(std::move(only).error());
          frame->only = *std::move(only);
        }
        frame->gone = frame_text(event.position, "gone", "{\"lead\":\"" + to_text(lead->id) + "\"}");
        if (event.kind != "lead.moved") {
          const auto claim = standing->find(lead->id);
          const boost::json::object data{
              {"kind", event.kind},
              {"lead", lead_summary(*lead, labels_,
                                    claim == standing->end() ? std::nullopt : std::optional(claim->second), now)}};
          frame->text = frame_text(event.position, "lead", boost::json::serialize(data));
        }
      } else if (event.kind.starts_with("case.")) {
        auto one = case_store::find(tx, sealer_, CaseId{event.subject});
        if (!one) return tl::unexpected(std::move(one).error());
        // One that was withdrawn is told as such only.
        if (!*one && event.kind != "case.withdrawn") continue;
        const boost::json::object data =
            *one ? case_event(event.kind, **one)
                 : boost::json::object{{"kind", event.kind}, {"case", {{"id", to_text(CaseId{event.subject})}}}};
        frame->text = frame_text(event.position, "case", boost::json::serialize(data));
      } else if (event.kind == "knowledge.changed") {
        frame->text =
            frame_text(event.position, "knowledge", "{\"entry\":\"" + to_text(KnowledgeId{event.subject}) + "\"}");
      } else if (event.kind.starts_with("notification.")) {
        // No more than that there is something: the list says what, with the reader's rights.
        frame->to = addressee(event);
        frame->text = frame_text(event.position, "notification", "{\"kind\":\"" + event.kind + "\"}");
      } else {
        frame->text = frame_text(event.position, "group", "{\"group\":\"" + to_text(GroupId{event.subject}) + "\"}");
      }
      page.frames.push_back(std::move(frame));
    }
    return page;
  }

  Outbox& outbox_;
  Readers& readers_;
  const Sealer& sealer_;
  const Clock& clock_;
  const Labels labels_;
  const Post post_;
  const Options options_;
  std::atomic<bool> stopped_{false};
  std::atomic<std::size_t> count_{0};

  // I/O thread only:
  Position newest_ = 0;        // the memory reaches to here
  Position memory_begin_ = 0;  // and begins behind here
  std::deque<std::shared_ptr<const Frame>> memory_;
  std::size_t memory_bytes_ = 0;
  bool fetching_ = false, again_ = false;
  std::list<One*> ones_;

  std::unique_ptr<Outbox::Listener> listening_;
};

// One open stream.
class Stream::Impl::One final : public Feed {
 public:
  One(std::shared_ptr<Impl> stream, Listener listener, std::optional<Position> after)
      : stream_(std::move(stream)),
        listener_(std::move(listener)),
        here_(stream_->ones_.insert(stream_->ones_.end(), this)) {
    ++stream_->count_;
    ready_ = "retry: 1000\n\n";
    if (!after) {
      position_ = stream_->newest_;
    } else {
      position_ = *after;
      check_kept();
    }
  }
  ~One() override {
    stream_->ones_.erase(here_);
    --stream_->count_;
  }

  bool take(std::string& out) override {
    if (over_ || stream_->stopped_ || stream_->clock_.now() >= listener_.until) return false;
    out += ready_;
    ready_.clear();
    if (checking_ || reading_) return true;
    if (stream_->again_ && !stream_->fetching_) stream_->fetch();
    if (position_ < stream_->memory_begin_) {
      read_behind();
      return true;
    }
    auto next = std::upper_bound(stream_->memory_.begin(), stream_->memory_.end(), position_,
                                 [](Position p, const auto& frame) { return p < frame->position; });
    for (; next != stream_->memory_.end() && out.size() < kTaken; ++next) give(out, **next);
    if (next == stream_->memory_.end()) position_ = std::max(position_, stream_->newest_);
    return true;
  }

  void on_wake(std::function<void()> wake) override { wake_ = std::move(wake); }
  void wake() {
    if (wake_) wake_();
  }
  void end() {
    over_ = true;
    wake();
  }
  const std::string& session() const { return listener_.session; }
  bool is_of(UserId user) const { return listener_.actor.id == user || listener_.owner == user; }

 private:
  void give(std::string& out, const Frame& frame) {
    out += text_for(listener_.actor, frame);
    position_ = frame.position;
  }

  // A position from before what is kept, or from another database.
  void check_kept() {
    checking_ = true;
    struct Kept {
      Position pruned = 0, newest = 0;
    };
    auto answer = [weak = std::weak_ptr<bool>(alive_), this, post = stream_->post_](Result<Kept> kept) {
      post([weak, this, kept = std::move(kept)] {
        if (!weak.lock()) return;  // the stream was closed meanwhile
        checking_ = false;
        if (!kept) return end();
        if (position_ < kept->pruned || position_ > std::max(kept->newest, stream_->newest_)) {
          position_ = kept->newest;
          ready_ += frame_text(position_, "reset", "{}");
        }
        wake();
      });
    };
    auto taken = stream_->readers_.submit([answer](Result<Tx*> tx) {
      if (!tx) return answer(tl::unexpected(std::move(tx).error()));
      auto pruned = Outbox::pruned(**tx);
      auto newest = Outbox::newest(**tx);
      if (!pruned) return answer(tl::unexpected(std::move(pruned).error()));
      if (!newest) return answer(tl::unexpected(std::move(newest).error()));
      answer(Kept{*pruned, *newest});
    });
    if (!taken) answer(tl::unexpected(std::move(taken).error()));
  }

  void read_behind() {
    reading_ = true;
    stream_->read_page(position_, false, [weak = std::weak_ptr<bool>(alive_), this](Impl&, Result<Page> page) {
      if (!weak.lock()) return;
      reading_ = false;
      if (!page) return end();  // the client comes again, after the last it saw
      for (const auto& frame : page->frames) give(ready_, *frame);
      position_ = std::max(position_, page->last);
      wake();
    });
  }

  const std::shared_ptr<Impl> stream_;
  const Listener listener_;
  const std::list<One*>::iterator here_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // ends with this; posted answers look
  Position position_ = 0;
  std::string ready_;
  bool checking_ = false, reading_ = false, over_ = false;
  std::function<void()> wake_;
};

Result<std::unique_ptr<Feed>> Stream::Impl::open(Listener listener, std::optional<Position> after) {
  if (stopped_) return fail(Errc::shutting_down);
  if (count_ >= options_.max_listeners) return fail(Errc::overloaded);
  return std::make_unique<One>(shared_from_this(), std::move(listener), after);
}

void Stream::Impl::close_session(std::string_view session) {
  for (One* one : ones_) {
    if (one->session() == session) one->end();
  }
}

void Stream::Impl::close_user(UserId user) {
  for (One* one : ones_) {
    if (one->is_of(user)) one->end();
  }
}

void Stream::Impl::wake_all() {
  for (One* one : ones_) one->wake();
}

Stream::Stream(Outbox& outbox, Readers& readers, const Sealer& sealer, const Clock& clock, Labels labels, Post post,
               Options options)
    : impl_(std::make_shared<Impl>(outbox, readers, sealer, clock, labels, std::move(post), options)) {}
Stream::Stream(Outbox& outbox, Readers& readers, const Sealer& sealer, const Clock& clock, Labels labels, Post post)
    : Stream(outbox, readers, sealer, clock, labels, std::move(post), Options{}) {}
Stream::~Stream() { impl_->stop(); }
Result<void> Stream::start() { return impl_->start(); }
void Stream::stop() { impl_->stop(); }
Result<std::unique_ptr<Feed>> Stream::open(Listener listener, std::optional<Position> after) {
  return impl_->open(std::move(listener), after);
}
void Stream::close_session(std::string_view session) { impl_->close_session(session); }
void Stream::close_user(UserId user) { impl_->close_user(user); }
std::size_t Stream::listeners() const { return impl_->listeners(); }

}  // namespace linli::api
