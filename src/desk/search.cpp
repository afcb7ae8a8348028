#include "desk/search.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>

#include "base/log.h"
#include "base/normal_form.h"
#include "base/task_group.h"
#include "cases/case_store.h"
#include "channels/messages.h"
#include "desk/desk.h"
#include "leads/erasure.h"
#include "leads/lead_store.h"
#include "people/masking.h"

namespace linli::desk {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBatch = 200;       // leads and cases in one go
constexpr std::size_t kMessages = 1'000;  // of a lead: the first so many are found
constexpr int kCandidates = 600;          // opened for one request
constexpr std::size_t kTerms = 8;
constexpr std::size_t kAround = 24;  // code points shown on each side
constexpr auto kTidy = 10min;

// A lead stands for its case; cases filed by hand for themselves. $1: after which id.
constexpr std::string_view kNext =
    "SELECT id FROM (SELECT * FROM (SELECT id FROM leads WHERE id > $1 ORDER BY id LIMIT $2) l UNION ALL "
    "SELECT * FROM (SELECT id FROM cases WHERE id > $1 AND lead_id IS NULL ORDER BY id LIMIT $2) c) both_kinds "
    "ORDER BY id LIMIT $2";
constexpr std::string_view kLeadOfCase = "SELECT lead_id FROM cases WHERE id = $1";

struct Text {
  Search::Spot::Of of;
  std::string text;
};

void add(std::vector<Text>& texts, Search::Spot::Of of, const std::string& text) {
  if (!text.empty()) texts.push_back({of, text});
}

Result<void> add_texts(Tx& tx, const Sealer& sealer, const Lead& lead, std::vector<Text>& texts) {
  using Of = Search::Spot::Of;
  if (lead.summary != erasure::kGone) add(texts, Of::summary, lead.summary);
  add(texts, Of::place, lead.place);
  auto links = lead_store::links(tx, sealer, lead.id);
  if (!links) return tl::unexpected(std::move(links).error());
  std::vector<MessageId> ids;
  for (const LeadLink& link : *links)
    if (ids.size() < kMessages) ids.push_back(link.message);
  auto messages = read_messages(tx, sealer, ids);
  if (!messages) return tl::unexpected(std::move(messages).error());
  for (const StoredMessage& m : *messages) add(texts, Of::message, m.message.text);
  return {};
}

void add_texts(const Case& one, std::vector<Text>& texts) {
  using Of = Search::Spot::Of;
  add(texts, Of::number, one.number);
  add(texts, Of::title, one.content.title);
  add(texts, Of::summary, one.content.summary);
  add(texts, Of::place, one.content.place);
}

// What the index holds of a lead or a case filed by hand; no texts: it is not (or no longer) to be found.
Result<TokenIndex::Document> document(Tx& tx, const Sealer& sealer, std::int64_t id) {
  TokenIndex::Document out{id, {}, {}};
  std::vector<Text> texts;
  auto lead = lead_store::find(tx, sealer, LeadId{id});
  if (!lead) return tl::unexpected(std::move(lead).error());
  auto one = *lead ? case_store::of_lead(tx, sealer, LeadId{id}) : case_store::find(tx, sealer, CaseId{id});
  if (!one) return tl::unexpected(std::move(one).error());
  if (*lead && (*lead)->state == LeadState::merged) return out;  // its messages stand in the survivor
  if (*lead) {
    LINLI_TRY(add_texts(tx, sealer, **lead, texts));
    out.paths.push_back((*lead)->grid_path);
  }
  if (*one) {
    add_texts(**one, texts);
    out.paths.push_back((*one)->grid_path);
  }
  for (Text& text : texts) out.texts.push_back(std::move(text.text));
  return out;
}

// Where the actor may find anything; none: everywhere.
std::optional<std::vector<std::string>> paths_of(const Actor& actor) {
  std::vector<std::string> paths;
  for (const Holding& holding : actor.holdings) {
    const Rights& rights = rights_of(holding.role);
    if (!has(rights, Right::leads_read) && !has(rights, Right::cases_read)) continue;
    if (holding.path.empty()) return {};
    paths.push_back(holding.path);
  }
  return paths;
}

Search::Spot spot(Search::Spot::Of of, const std::string& text, FoundAt span) {
  const std::u32string points = decode_utf8(text);
  const std::size_t begin = span.begin > kAround ? span.begin - kAround : 0;
  const std::size_t end = std::min<std::size_t>(points.size(), span.end + kAround);
  const std::u32string_view all = points;
  return {of, (begin > 0 ? "…" : "") + encode_utf8(all.substr(begin, span.begin - begin)),
          encode_utf8(all.substr(span.begin, span.end - span.begin)),
          encode_utf8(all.substr(span.end, end - span.end)) + (end < points.size() ? "…" : "")};
}

// Every term must be in some text. None: one is not.
std::optional<std::vector<Search::Spot>> spots(const std::vector<Text>& texts, const std::vector<std::string>& terms) {
  std::vector<Search::Spot> out;
  std::set<const Text*> shown;
  for (const std::string& term : terms) {
    bool found = false;
    for (const Text& text : texts) {
      const auto span = find_squeezed(text.text, term);
      if (!span) continue;
      found = true;
      if (shown.insert(&text).second) out.push_back(spot(text.of, text.text, *span));
      break;
    }
    if (!found) return {};
  }
  return out;
}

}  // namespace

class Search::Impl {
 public:
  Impl(Readers& readers, Outbox& outbox, const Sealer& sealer, TokenIndex index)
      : readers_(readers), outbox_(outbox), sealer_(sealer), index_(std::move(index)) {}

  void start() {
    listener_ = outbox_.listen([this] {
      std::lock_guard lock(mutex_);
      news_ = true;
      woken_.notify_all();
    });
    threads_.spawn("linli-search", [this](std::stop_token stop) {
      setpriority(PRIO_PROCESS, 0, 15);  // of this thread, on Linux: intake and desk come first
      loop(stop);
    });
  }
  void stop() {
    threads_.stop();
    listener_.reset();
  }

  bool wait_until_fed(std::chrono::milliseconds time) {
    auto newest = readers_.read([](Tx& tx) { return Outbox::newest(tx); }).get();
    if (!newest) return false;
    std::unique_lock lock(mutex_);
    return woken_.wait_for(lock, time, [&] { return complete_ && fed_ >= *newest; });
  }

  Result<Found> find(Tx& tx, const Actor& actor, const Query& query) const {
    const auto terms = search_terms(query.typed);
    const bool long_one = std::ranges::any_of(terms, [](const auto& term) { return decode_utf8(term).size() >= 2; });
    if (!long_one || terms.size() > kTerms)
      return fail(Errc::bad_value, Where::at_field("q"), {{"allowed", "2+ 字 / characters"}});
    auto progress = index_.progress();
    if (!progress) return tl::unexpected(std::move(progress).error());
    Found found;
    found.complete = progress->complete;
    auto candidates = index_.find(terms, paths_of(actor), query.before, kCandidates);
    if (!candidates) return tl::unexpected(std::move(candidates).error());
    for (const std::int64_t id : *candidates) {
      if (static_cast<int>(found.matches.size()) == query.limit) return found;
      auto match = look(tx, actor, id, terms);
      if (!match) return tl::unexpected(std::move(match).error());
      found.next = id;
      if (*match) found.matches.push_back(**std::move(match));
    }
    if (candidates->size() < kCandidates) found.next = 0;
    return found;
  }

 private:
  Result<std::optional<Match>> look(Tx& tx, const Actor& actor, std::int64_t id,
                                    const std::vector<std::string>& terms) const {
    Match match;
    std::vector<Text> texts;
    auto lead = desk::find(tx, sealer_, actor, LeadId{id});
    if (!lead && lead.error().code != Errc::unknown_lead) return tl::unexpected(std::move(lead).error());
    if (lead && lead->state != LeadState::merged) {
      LINLI_TRY(add_texts(tx, sealer_, *lead, texts));
      match.lead = *std::move(lead);
    }
    auto own = case_store::of_lead(tx, sealer_, LeadId{id});
    if (!own) return tl::unexpected(std::move(own).error());
    auto shown = cases::find(tx, sealer_, actor, *own ? (*own)->id : CaseId{id});
    if (!shown && shown.error().code != Errc::unknown_case) return tl::unexpected(std::move(shown).error());
    if (shown && sees_content(shown->one, actor)) {
      add_texts(shown->one, texts);
      match.one = *std::move(shown);
    }
    if (!match.lead && !match.one) return std::nullopt;
    const std::string& path = match.lead ? match.lead->grid_path : match.one->one.grid_path;
    if (!actor.may(Right::names_read, path))
      for (Text& text : texts) text.text = mask_numbers(text.text);
    auto where = spots(texts, terms);
    if (!where) return std::nullopt;
    match.spots = *std::move(where);
    return std::optional(std::move(match));
  }

  void loop(std::stop_token stop) {
    auto pause = 100ms;
    auto tidied = std::chrono::steady_clock::now();
    while (!stop.stop_requested()) {
      {
        std::lock_guard lock(mutex_);
        news_ = false;
      }
      auto fed = feed();
      if (fed && *fed) {
        pause = 100ms;
        continue;
      }
      if (!fed) log::warn("search.not_fed", fed.error());
      if (std::chrono::steady_clock::now() - tidied > kTidy) {
        if (auto done = index_.tidy(); !done) log::warn("search.not_tidied", done.error());
        tidied = std::chrono::steady_clock::now();
      }
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, stop, fed ? 1000ms : pause, [&] { return fed && news_; });
      if (!fed) pause = std::min<std::chrono::milliseconds>(pause * 2, 30s);
    }
  }

  // A batch goes in; false: there was none.
  Result<bool> feed() {
    auto progress = index_.progress();
    if (!progress) return tl::unexpected(std::move(progress).error());
    TokenIndex::Progress next = *progress;
    auto documents = readers_
                         .read([&](Tx& tx) -> Result<std::vector<TokenIndex::Document>> {
                           auto ids = progress->complete ? changed(tx, next) : stored(tx, next);
                           if (!ids) return tl::unexpected(std::move(ids).error());
                           std::vector<TokenIndex::Document> out;
                           for (const std::int64_t id : *ids) {
                             auto one = document(tx, sealer_, id);
                             if (!one) return tl::unexpected(std::move(one).error());
                             out.push_back(*std::move(one));
                           }
                           return out;
                         })
                         .get();
    if (!documents) return tl::unexpected(std::move(documents).error());
    if (next.position < progress->position) LINLI_TRY(index_.clear());
    const bool moved = next != *progress;
    if (moved) LINLI_TRY(index_.put(*documents, next));
    {
      std::lock_guard lock(mutex_);
      complete_ = next.complete;
      fed_ = next.position;
    }
    if (!moved) woken_.notify_all();
    return moved;
  }

  // What was there when it was begun, page by page.
  static Result<std::vector<std::int64_t>> stored(Tx& tx, TokenIndex::Progress& next) {
    if (next.filled == 0) {
      auto newest = Outbox::newest(tx);
      if (!newest) return tl::unexpected(std::move(newest).error());
      next.position = *newest;
    }
    std::vector<std::int64_t> ids;
    LINLI_TRY(tx.each(kNext, {next.filled, kBatch}, [&](const Row& row) { ids.push_back(row.get<std::int64_t>(0)); }));
    if (!ids.empty()) next.filled = ids.back();
    next.complete = ids.size() < kBatch;
    return ids;
  }

  // What changed since, each once.
  static Result<std::vector<std::int64_t>> changed(Tx& tx, TokenIndex::Progress& next) {
    auto pruned = Outbox::pruned(tx);
    if (!pruned) return tl::unexpected(std::move(pruned).error());
    if (*pruned > next.position) {
      next = {};  // some events are gone: everything anew
      return std::vector<std::int64_t>{};
    }
    auto events = Outbox::after(tx, next.position, kBatch);
    if (!events) return tl::unexpected(std::move(events).error());
    std::set<std::int64_t> ids;
    for (const Event& event : *events) {
      next.position = event.position;
      if (event.kind == "lead.claimed") continue;
      if (event.kind.starts_with("lead.")) ids.insert(event.subject);
      if (!event.kind.starts_with("case.")) continue;
      auto lead = tx.value<std::optional<std::int64_t>>(kLeadOfCase, {event.subject});
      if (!lead) return tl::unexpected(std::move(lead).error());
      ids.insert(lead->value_or(std::nullopt).value_or(event.subject));
    }
    return std::vector<std::int64_t>(ids.begin(), ids.end());
  }

  Readers& readers_;
  Outbox& outbox_;
  const Sealer& sealer_;
  TokenIndex index_;
  mutable std::mutex mutex_;
  std::condition_variable_any woken_;
  bool news_ = false, complete_ = false;
  Position fed_ = 0;
  std::unique_ptr<Outbox::Listener> listener_;
  TaskGroup threads_;
};

Search::Search(Readers& readers, Outbox& outbox, const Sealer& sealer, TokenIndex index)
    : impl_(std::make_unique<Impl>(readers, outbox, sealer, std::move(index))) {}
Search::~Search() { stop(); }
void Search::start() { impl_->start(); }
void Search::stop() { impl_->stop(); }
bool Search::wait_until_fed(std::chrono::milliseconds time) { return impl_->wait_until_fed(time); }
Result<Search::Found> Search::find(Tx& tx, const Actor& actor, const Query& query) const {
  return impl_->find(tx, actor, query);
}

}  // namespace linli::desk
