#include "leads/changes.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "store/outbox.h"

namespace linli {
namespace {

// An open lead goes where its place lies, unless a person put it somewhere. Returns the path that it leaves.
std::string follow(Lead& lead, const std::string& grid_path) {
  if (grid_path.empty() || lead.grid_by || lead.state != LeadState::open || lead.grid_path == grid_path ||
      lead.set_by_person(LeadField::place))
    return {};
  return std::exchange(lead.grid_path, grid_path);
}

constexpr std::string_view kPlacing = "placing";  // the cursor

class Writing {
 public:
  Writing(Tx& tx, const Sealer& sealer, const Changes& changes, std::vector<std::pair<LeadKey, Lead>>& corrected)
      : tx_(tx), sealer_(sealer), changes_(changes), corrected_(corrected) {}

  Result<void> run() {
    for (const LeadChange& change : changes_.leads) {
      switch (change.kind) {
        case LeadChange::Kind::opened: open(change); break;
        case LeadChange::Kind::changed: LINLI_TRY(update(change)); break;
        case LeadChange::Kind::emptied: LINLI_TRY(empty(change)); break;
      }
    }
    LINLI_TRY(lead_store::insert(tx_, opened_));
    LINLI_TRY(link());
    LINLI_TRY(lead_store::add_history(tx_, history_));
    LINLI_TRY(Outbox::append(tx_, events_));
    LINLI_TRY(
        tx_.run("INSERT INTO cursors (name, position) VALUES ($1, $2) "
                "ON CONFLICT (name) DO UPDATE SET position = excluded.position",
                {kPlacing, changes_.last}));
    return {};
  }

 private:
  void event(const Lead& lead, const char* kind) {
    events_.push_back({0, kind, lead.id.value, lead.grid_path, "leads.read", changes_.now, {}});
  }

  // For those who see it no more.
  void event_left(const Lead& lead, const std::string& path) {
    if (!path.empty()) events_.push_back({0, "lead.moved", lead.id.value, path, "leads.read", changes_.now, {}});
  }

  void add_history(const LeadChange& change) {
    for (std::size_t i = 0; i < change.revision.history.size(); ++i)
      history_.push_back({change.lead.id, &change.revision.history[i], change.details[i]});
  }

  void open(const LeadChange& change) {
    opened_.push_back({&change.lead, change.content});
    add_history(change);
    event(change.lead, "lead.opened");
  }

  Result<void> update(const LeadChange& change) {
    if (!change.seen) return update_unseen(change);
    auto written = lead_store::update_view(tx_, {&change.lead, change.content}, *change.seen);
    if (!written) return tl::unexpected(std::move(written).error());
    if (!*written) return update_unseen(change);
    if (change.revision.reopened) LINLI_TRY(lead_store::update_decision(tx_, sealer_, change.lead));
    add_history(change);
    event_left(change.lead, change.left);
    event(change.lead, change.revision.reopened ? "lead.reopened" : "lead.changed");
    return {};
  }

  Result<void> link() {
    const auto of = [&](MessageId message) {
      const auto at = std::ranges::lower_bound(changes_.links, message, {}, &lead_store::LinkRow::message);
      return at != changes_.links.end() && at->message == message ? &*at : nullptr;
    };
    std::set<MessageId> kept;  // where a person put them
    for (MessageId message : changes_.unlinked) {
      if (of(message)) {  // moved to another lead; else it was recalled
        auto moved = lead_store::is_moved(tx_, message);
        if (!moved) return tl::unexpected(std::move(moved).error());
        if (*moved) {
          kept.insert(message);
          continue;
        }
      }
      LINLI_TRY(lead_store::unlink(tx_, message));
    }
    if (kept.empty() && merged_.empty()) return lead_store::link(tx_, changes_.links);
    std::vector<lead_store::LinkRow> links;
    for (const lead_store::LinkRow& link : changes_.links) {
      if (kept.contains(link.message)) continue;
      links.push_back(link);
      if (const auto into = merged_.find(link.lead); into != merged_.end()) links.back().lead = into->second;
    }
    LINLI_TRY(lead_store::link(tx_, links));
    std::set<LeadId> survivors;
    for (const auto& [lead, into] : merged_) survivors.insert(into);
    for (const LeadId id : survivors) {
      auto found = lead_store::find(tx_, sealer_, id);
      if (!found) return tl::unexpected(std::move(found).error());
      if (!*found) continue;
      LINLI_TRY(lead_store::update_facts(tx_, **found));
      event(**found, "lead.changed");
    }
    return {};
  }

  // True: its messages stand in another lead now.
  Result<bool> is_merged(const Lead& lead) {
    if (lead.state != LeadState::merged) return false;
    auto into = lead_store::survivor(tx_, lead.id);
    if (!into) return tl::unexpected(std::move(into).error());
    merged_[lead.id] = *into;
    return true;
  }

  // From what stands in the store.
  Result<void> update_unseen(const LeadChange& change) {
    auto found = lead_store::find(tx_, sealer_, change.lead.id);
    if (!found) return tl::unexpected(std::move(found).error());
    if (!*found) return {};
    Lead lead = std::move(**found);
    auto merged = is_merged(lead);
    if (!merged) return tl::unexpected(std::move(merged).error());
    if (*merged) return {};
    const int seen = lead.revision;
    lead.groups = change.lead.groups;
    lead.live = change.lead.live;
    lead.asked_at = change.lead.asked_at;
    lead.latest_at = change.lead.latest_at;
    if (lead.place != change.view.place) event_left(lead, follow(lead, change.grid_path));
    const Revision revision = revise(lead, change.view, changes_.model, changes_.now);
    LINLI_TRY(lead_store::update_view(tx_, {&lead, lead_store::seal_content(sealer_, lead)}, seen));
    if (revision.reopened) LINLI_TRY(lead_store::update_decision(tx_, sealer_, lead));
    for (const LeadHistory& entry : revision.history) LINLI_TRY(lead_store::add_history(tx_, sealer_, lead.id, entry));
    event(lead, revision.reopened ? "lead.reopened" : "lead.changed");
    corrected_.emplace_back(change.key, std::move(lead));
    return {};
  }

  Result<void> empty(const LeadChange& change) {
    auto found = lead_store::find(tx_, sealer_, change.lead.id);
    if (!found) return tl::unexpected(std::move(found).error());
    if (!*found) return {};
    Lead lead = std::move(**found);
    if (lead.state == LeadState::merged) return {};
    const int seen = lead.revision++;
    lead.message_count = 0;
    const bool open = lead.state == LeadState::open;
    if (open) {
      lead.state = LeadState::dismissed;
      lead.dismiss_reason = DismissReason::recalled;
      lead.decided_at = changes_.now;
    }
    LINLI_TRY(lead_store::update_view(tx_, {&lead, lead_store::seal_content(sealer_, lead)}, seen));
    LINLI_TRY(lead_store::update_decision(tx_, sealer_, lead));
    LINLI_TRY(lead_store::add_history(tx_, sealer_, lead.id,
                                      {lead.revision, changes_.now, UserId{}, changes_.model, "recalled", {}}));
    event(lead, "lead.dismissed");
    return {};
  }

  Tx& tx_;
  const Sealer& sealer_;
  const Changes& changes_;
  std::vector<std::pair<LeadKey, Lead>>& corrected_;
  std::map<LeadId, LeadId> merged_;  // leads of this batch that are merged, and into which
  std::vector<lead_store::LeadRow> opened_;
  std::vector<lead_store::HistoryRow> history_;
  std::vector<Event> events_;
};

}  // namespace

void make_ready(LeadChange& change, const Sealer& sealer, const std::string& model, Instant now) {
  Lead& lead = change.lead;
  if (change.kind == LeadChange::Kind::opened) {
    lead.opened_at = now;
    revise(lead, change.view, model, now);
    lead.revision = 1;
    change.revision = {{{1, now, UserId{}, model, "opened", {}}}, false};
  } else {
    change.seen = lead.revision;
    change.left = follow(lead, change.grid_path);
    change.revision = revise(lead, change.view, model, now);
  }
  change.content = lead_store::seal_content(sealer, lead);
  for (const LeadHistory& entry : change.revision.history)
    change.details.push_back(lead_store::seal_detail(sealer, entry));
}

Result<void> write_changes(Tx& tx, const Sealer& sealer, const Changes& changes,
                           std::vector<std::pair<LeadKey, Lead>>& corrected) {
  corrected.clear();
  return Writing(tx, sealer, changes, corrected).run();
}

}  // namespace linli
