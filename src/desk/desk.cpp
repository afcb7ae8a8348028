#include "desk/desk.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "cases/case_store.h"
#include "channels/messages.h"
#include "desk/claims.h"
#include "leads/lead_store.h"
#include "store/outbox.h"

namespace linli::desk {
namespace {

constexpr int kAround = 4;  // messages of other talk shown before and after each message of a lead

// ---- the queue ----

// What a page's filter looks like to SQL: each part is either NULL or must match.
//   $1 everywhere  $2 user  $3 today  $4-$9 states  $10 category  $11 urgency  $12 group  $13 live
// `hidden`: everywhere(cases_hidden).
#define LINLI_FILTER(hidden)                                  \
  LINLI_IN_SCOPE("l.grid_path", leads_read, "$1", "$2", "$3") \
  " AND " LINLI_LEAD_NOT_HIDDEN("l.id", hidden, "$2", "$3")                              \
  " AND l.state IN ($4, $5, $6, $7, $8, $9)"                                               \
  " AND (CAST($10 AS TEXT) IS NULL OR l.category = CAST($10 AS TEXT))"                     \
  " AND (CAST($11 AS BIGINT) IS NULL OR l.urgency = CAST($11 AS BIGINT))"                  \
  " AND (CAST($12 AS TEXT) IS NULL OR (',' || l.group_ids || ',') LIKE CAST($12 AS TEXT))" \
  " AND (CAST($13 AS BIGINT) IS NULL OR l.live = CAST($13 AS BIGINT))"

// Emergencies first, historic leads last, between them the promise that ends first. $19: of before is broken.
#define LINLI_RANK                                                     \
  "(CASE WHEN l.live = 0 THEN 4 WHEN l.urgency = 1 THEN 0"             \
  " WHEN l.answered_at IS NOT NULL OR l.claimed_at IS NOT NULL THEN 3" \
  " WHEN l.asked_at <= CAST($19 AS BIGINT) THEN 2 ELSE 1 END)"
#define LINLI_DECIDED "COALESCE(l.decided_at, l.latest_at)"
#define LINLI_FROM " FROM leads l LEFT JOIN users u ON u.id = l.decided_by "

// $14 is null on the first page; $14-$16 the cursor's key, $17 the limit.
constexpr std::string_view kOpenPage =
    "SELECT " LINLI_LEAD_COLUMNS LINLI_FROM
    "WHERE " LINLI_FILTER("$18") " AND (CAST($14 AS BIGINT) IS NULL OR " LINLI_RANK
                                 " > CAST($14 AS BIGINT)"
                                 "  OR (" LINLI_RANK
                                 " = CAST($14 AS BIGINT) AND (l.asked_at > CAST($15 AS BIGINT)"
                                 "  OR (l.asked_at = CAST($15 AS BIGINT) AND l.id > CAST($16 AS BIGINT)))))"
                                 " ORDER BY " LINLI_RANK ", l.asked_at, l.id LIMIT $17";
constexpr std::string_view kDecidedPage =
    "SELECT " LINLI_LEAD_COLUMNS LINLI_FROM
    "WHERE " LINLI_FILTER("$18") " AND (CAST($14 AS BIGINT) IS NULL OR " LINLI_DECIDED
                                 " < CAST($15 AS BIGINT)"
                                 "  OR (" LINLI_DECIDED
                                 " = CAST($15 AS BIGINT) AND l.id < CAST($16 AS BIGINT)))"
                                 " ORDER BY " LINLI_DECIDED " DESC, l.id DESC LIMIT $17";
constexpr std::string_view kTotal = "SELECT COUNT(*)" LINLI_FROM "WHERE " LINLI_FILTER("$14");

struct Key {
  int rank = 0;
  std::int64_t at = 0;
  std::int64_t id = 0;
  std::int64_t broken = 0;  // Filter::broken of the first page: the order does not change between pages
};

// As LINLI_RANK.
int rank_of(const Lead& lead, std::int64_t broken) {
  if (!lead.live) return 4;
  if (lead.urgency == 1) return 0;
  if (lead.answered_at || lead.claimed_at) return 3;
  return to_millis(lead.asked_at) <= broken ? 2 : 1;
}

Key key_of(const Lead& lead, bool open, std::int64_t broken) {
  if (open) return {rank_of(lead, broken), to_millis(lead.asked_at), lead.id.value, broken};
  return {0, to_millis(lead.decided_at.value_or(lead.latest_at)), lead.id.value, broken};
}

std::string write_cursor(const Key& key) {
  return std::to_string(key.rank) + "." + std::to_string(key.at) + "." + std::to_string(key.id) + "." +
         std::to_string(key.broken);
}

std::optional<Key> read_cursor(std::string_view text) {
  Key key;
  const char *at = text.data(), *end = at + text.size();
  const auto number = [&](auto& value) {
    const auto [next, error] = std::from_chars(at, end, value);
    const bool good = error == std::errc() && (next == end || *next == '.');
    at = next == end ? end : next + 1;
    return good;
  };
  if (number(key.rank) && number(key.at) && number(key.id) && number(key.broken) && at == end) return key;
  return {};
}

Result<void> read_leads(Tx& tx, const Sealer& sealer, std::string_view sql, Params params, std::vector<Lead>& leads) {
  std::optional<Error> broken;
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) {
    auto lead = lead_store::row(r, sealer);
    if (lead) leads.push_back(std::move(*lead));
    else broken = std::move(lead).error();
  }));
  if (broken) return tl::unexpected(std::move(*broken));
  return {};
}

// ---- the card ----

// It is not a message of a confidential case's lead, or the actor sees that one.
Result<bool> is_shown(Tx& tx, const Actor& actor, MessageId message) {
  auto hidden = tx.value<int>("SELECT 1 FROM lead_messages s WHERE s.message_id = $4 AND NOT (" LINLI_LEAD_NOT_HIDDEN(
                                  "s.lead_id", "$1", "$2", "$3") ")",
                              {actor.everywhere(Right::cases_hidden), actor.id, actor.today.number, message});
  if (!hidden) return tl::unexpected(std::move(hidden).error());
  return !hidden->has_value();
}

Result<std::vector<CardMessage>> dress(Tx& tx, const Sealer& sealer, const Actor& actor,
                                       std::vector<StoredMessage> messages, const std::vector<LeadLink>& links) {
  std::vector<CardMessage> out;
  std::vector<MessageId> with_files;
  for (StoredMessage& m : messages) {
    auto shown = is_shown(tx, actor, m.id);
    if (!shown) return tl::unexpected(std::move(shown).error());
    if (!*shown) continue;
    CardMessage card;
    const auto link = std::ranges::lower_bound(links, m.id, {}, &LeadLink::message);
    if (link != links.end() && link->message == m.id && !m.recalled) card.link = *link;
    if (!m.message.reply_to.empty()) {
      auto quoted = find_message(tx, sealer, m.channel, m.message.reply_to);
      if (!quoted) return tl::unexpected(std::move(quoted).error());
      bool quotes = *quoted && (*quoted)->group == m.group;
      if (quotes) {
        auto open = is_shown(tx, actor, (*quoted)->id);
        if (!open) return tl::unexpected(std::move(open).error());
        quotes = *open;
      }
      if (quotes) {
        card.quoted = (*quoted)->id;
        card.quoted_sender = (*quoted)->message.sender_name;
        card.quoted_text = (*quoted)->message.text;
      }
    }
    if (!m.recalled) {
      auto files = message_files(tx, sealer, m.id);
      if (!files) return tl::unexpected(std::move(files).error());
      for (auto& f : *files)
        card.attachments.push_back({f.id, std::move(f.name), std::move(f.media_type), f.size, f.stored});
    }
    card.message = std::move(m);
    out.push_back(std::move(card));
  }
  return out;
}

bool in_order(const StoredMessage& a, const StoredMessage& b) {
  return std::pair(a.message.sent_at, a.id) < std::pair(b.message.sent_at, b.id);
}

}  // namespace

Result<Page> list(Tx& tx, const Sealer& sealer, const Actor& actor, const Filter& filter) {
  if (filter.limit < 1 || filter.limit > 200)
    return fail(Errc::bad_value, Where::at_field("limit"),
                {{"value", std::to_string(filter.limit)}, {"allowed", "1-200"}});
  std::optional<Key> after;
  if (!filter.cursor.empty() && !(after = read_cursor(filter.cursor)))
    return fail(Errc::bad_value, Where::at_field("cursor"), {{"value", "?"}, {"allowed", "next_cursor"}});
  std::array<std::string_view, 6> states;
  for (std::size_t i = 0; i < states.size(); ++i)
    states[i] = name(filter.states.empty() ? LeadState::open : filter.states[std::min(i, filter.states.size() - 1)]);
  const bool open = std::ranges::all_of(states, [](std::string_view s) { return s == "open"; });
  std::optional<std::string> group;
  if (filter.group) group = "%," + std::to_string(filter.group->value) + ",%";
  std::optional<std::int64_t> rank, at, id;
  if (after) rank = after->rank, at = after->at, id = after->id;
  const std::int64_t broken = after ? after->broken : to_millis(filter.broken);

  Page page;
  // One more than asked for tells whether there is a next page.
  const bool everywhere = actor.everywhere(Right::leads_read), hidden = actor.everywhere(Right::cases_hidden);
  auto read = open ? read_leads(tx, sealer, kOpenPage,
                                {everywhere, actor.id, actor.today.number, states[0], states[1], states[2], states[3],
                                 states[4], states[5], filter.category, filter.urgency, group, filter.live, rank, at,
                                 id, filter.limit + 1, hidden, broken},
                                page.leads)
                   : read_leads(tx, sealer, kDecidedPage,
                                {everywhere, actor.id, actor.today.number, states[0], states[1], states[2], states[3],
                                 states[4], states[5], filter.category, filter.urgency, group, filter.live, rank, at,
                                 id, filter.limit + 1, hidden},
                                page.leads);
  if (!read) return tl::unexpected(std::move(read).error());
  if (page.leads.size() > static_cast<std::size_t>(filter.limit)) {
    page.leads.pop_back();
    page.next_cursor = write_cursor(key_of(page.leads.back(), open, broken));
  }
  auto total = tx.value<std::int64_t>(
      kTotal, {everywhere, actor.id, actor.today.number, states[0], states[1], states[2], states[3], states[4],
               states[5], filter.category, filter.urgency, group, filter.live, hidden});
  if (!total) return tl::unexpected(std::move(total).error());
  page.total = total->value_or(0);
  auto newest = Outbox::newest(tx);
  if (!newest) return tl::unexpected(std::move(newest).error());
  page.stream_position = *newest;
  return page;
}

Result<Lead> find(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId lead) {
  std::vector<Lead> found;
  LINLI_TRY(read_leads(
      tx, sealer,
      "SELECT " LINLI_LEAD_COLUMNS LINLI_FROM "WHERE l.id = $4 AND " LINLI_IN_SCOPE(
          "l.grid_path", leads_read, "$1", "$2", "$3") " AND " LINLI_LEAD_NOT_HIDDEN("l.id", "$5", "$2", "$3"),
      {actor.everywhere(Right::leads_read), actor.id, actor.today.number, lead, actor.everywhere(Right::cases_hidden)},
      found));
  if (found.empty()) return fail(Errc::unknown_lead, Where::at_field("lead"), {{"lead", to_text(lead)}});
  return std::move(found.front());
}

Result<Card> card(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id) {
  auto lead = find(tx, sealer, actor, id);
  if (!lead) return tl::unexpected(std::move(lead).error());
  auto links = lead_store::links(tx, sealer, id);
  if (!links) return tl::unexpected(std::move(links).error());
  auto history = lead_store::history(tx, sealer, id);
  if (!history) return tl::unexpected(std::move(history).error());

  std::vector<MessageId> ids;
  for (const LeadLink& link : *links) ids.push_back(link.message);
  auto own = read_messages(tx, sealer, ids);
  if (!own) return tl::unexpected(std::move(own).error());
  std::map<MessageId, StoredMessage> shown;
  for (StoredMessage& m : *own) shown.emplace(m.id, std::move(m));
  std::vector<std::pair<GroupId, MessageId>> anchors;
  for (const auto& [message, stored] : shown) anchors.emplace_back(stored.group, message);
  if (!actor.may(Right::history_read, lead->grid_path)) {
    history->clear();
    anchors.clear();
  }
  for (const auto& [group, anchor] : anchors) {
    for (auto side : {messages_before, messages_after}) {
      auto around = side(tx, sealer, group, anchor, kAround);
      if (!around) return tl::unexpected(std::move(around).error());
      for (StoredMessage& m : *around) shown.emplace(m.id, std::move(m));
    }
  }
  std::vector<StoredMessage> messages;
  for (auto& [message, stored] : shown) messages.push_back(std::move(stored));
  std::ranges::sort(messages, in_order);
  auto dressed = dress(tx, sealer, actor, std::move(messages), *links);
  if (!dressed) return tl::unexpected(std::move(dressed).error());
  return Card{std::move(*lead), std::move(*dressed), std::move(*history)};
}

Result<std::vector<CardMessage>> context(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id,
                                         std::optional<MessageId> before, std::optional<MessageId> after, int limit) {
  auto lead = find(tx, sealer, actor, id);
  if (!lead) return tl::unexpected(std::move(lead).error());
  if (!actor.may(Right::history_read, lead->grid_path)) return fail(Errc::not_allowed, Where::at_field("lead"));
  const auto anchor = before ? before : after;
  if (!anchor) return fail(Errc::missing_field, Where::at_field("before"));
  const MessageId one[] = {*anchor};
  auto found = read_messages(tx, sealer, one);
  if (!found) return tl::unexpected(std::move(found).error());
  // Only talk of groups that the lead shows up in: a message id from elsewhere opens nothing.
  if (found->empty() || std::ranges::find(lead->groups, found->front().group) == lead->groups.end())
    return fail(Errc::not_found, Where::at_field(before ? "before" : "after"));
  auto links = lead_store::links(tx, sealer, id);
  if (!links) return tl::unexpected(std::move(links).error());
  auto messages = (before ? messages_before : messages_after)(tx, sealer, found->front().group, *anchor, limit);
  if (!messages) return tl::unexpected(std::move(messages).error());
  std::ranges::sort(*messages, in_order);
  return dress(tx, sealer, actor, std::move(*messages), *links);
}

// ---- deciding ----

tl::unexpected<Error> decided_already(const Lead& lead) {
  return fail(Errc::already_decided, Where::at_field("lead"),
              {{"who", lead.decided_by_name},
               {"what", std::string(name(lead.state))},
               {"at", lead.decided_at ? format_time(*lead.decided_at) : std::string()}});
}

Result<void> check_seen(const Lead& lead, int seen_version) {
  if (seen_version == lead.decision_version) return {};
  if (lead.decided_by) return decided_already(lead);
  return fail(Errc::stale, Where::at_field("If-Match"));
}

Result<void> check_decidable(const Lead& lead, int seen_version) {
  LINLI_TRY(check_seen(lead, seen_version));
  if (lead.state == LeadState::dismissed || lead.state == LeadState::merged) return decided_already(lead);
  return {};
}

Result<Lead> decidable(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, const Decision& decision) {
  auto found = find(tx, sealer, actor, id);
  if (!found) return found;
  const Lead& lead = *found;
  if (!actor.may(Right::leads_decide, lead.grid_path)) return fail(Errc::not_allowed, Where::at_field("lead"));

  const bool reopen = decision.kind == Decision::Kind::reopen;
  LINLI_TRY(check_seen(lead, decision.seen_version));
  // Nothing to decide: open leads are confirmed or dismissed, decided ones reopened.
  const bool reopens =
      lead.state == LeadState::confirmed || lead.state == LeadState::dismissed || lead.state == LeadState::answered;
  if (reopen ? !reopens : lead.state != LeadState::open) return decided_already(lead);
  return found;
}

Result<Lead> decide(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, const Decision& decision,
                    Instant now) {
  auto found = decidable(tx, sealer, actor, id, decision);
  if (!found) return found;
  Lead lead = std::move(*found);
  Args args;
  const char* kind = "confirmed";
  lead.decided_by = actor.id;
  lead.decided_by_name = actor.display_name;
  lead.decided_at = now;
  lead.dismiss_reason.reset();
  lead.note.clear();
  switch (decision.kind) {
    case Decision::Kind::confirm: lead.state = LeadState::confirmed; break;
    case Decision::Kind::dismiss:
      kind = "dismissed";
      lead.state = LeadState::dismissed;
      lead.dismiss_reason = decision.reason;
      lead.note = decision.note;
      args = {{"reason", std::string(name(decision.reason))}, {"note", decision.note}};
      break;
    case Decision::Kind::reopen:
      kind = "reopened";
      lead.state = LeadState::open;
      args = {{"why", "person"}};
      break;
  }
  ++lead.revision;
  ++lead.decision_version;
  LINLI_TRY(lead_store::update_decision(tx, sealer, lead));
  LINLI_TRY(claims::end(tx, id));
  LINLI_TRY(lead_store::add_history(tx, sealer, id, {lead.revision, now, actor.id, actor.display_name, kind, args}));
  LINLI_TRY(Outbox::append(tx, Event{0, std::string("lead.") + kind, id.value, lead.grid_path, "leads.read", now, {}}));
  return lead;
}

Result<Lead> move(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, const Move& move, Instant now) {
  auto found = find(tx, sealer, actor, id);
  if (!found) return found;
  Lead lead = std::move(*found);
  if (!actor.may(Right::leads_decide, lead.grid_path)) return fail(Errc::not_allowed, Where::at_field("lead"));
  const std::string& to = move.to ? move.to->path : move.machine;
  if (!actor.may(Right::leads_decide, to)) return fail(Errc::not_allowed, Where::at_field("grid_id"));
  LINLI_TRY(check_seen(lead, move.seen_version));
  const std::string left = std::exchange(lead.grid_path, to);
  lead.grid_by = move.to ? actor.id : UserId{};
  ++lead.revision;
  ++lead.decision_version;
  LINLI_TRY(lead_store::update_grid(tx, lead));
  LINLI_TRY(lead_store::add_history(tx, sealer, id,
                                    {lead.revision,
                                     now,
                                     actor.id,
                                     actor.display_name,
                                     "changed",
                                     {{"what", "grid"}, {"from", move.from_name}, {"to", move.to_name}}}));
  if (left != to) LINLI_TRY(Outbox::append(tx, Event{0, "lead.moved", id.value, left, "leads.read", now, {}}));
  LINLI_TRY(Outbox::append(tx, Event{0, "lead.changed", id.value, to, "leads.read", now, {}}));
  return lead;
}

std::string describe(const LeadHistory& entry, Language language) {
  const auto word = [&](const std::string& key) { return phrase(key, {}, language); };
  const auto arg = [&](std::string_view key) {
    const auto found = std::ranges::find(entry.args, key, [](const auto& a) { return std::string_view(a.first); });
    return found == entry.args.end() ? std::string() : found->second;
  };
  const auto given = [](Args args) {  // a phrase leaves out what is not there
    std::erase_if(args, [](const auto& one) { return one.second.empty(); });
    return args;
  };
  if (entry.kind == "given_back") {
    const std::string what = arg("what");
    std::string to = arg("to");
    if (what == "category" || what == "urgency") to = word(what + "." + to);
    if (to.empty()) to = word("history.no_place");
    return phrase("history.given_back", {{"field", word("history.field." + what)}, {"to", to}}, language);
  }
  for (const std::string_view kind :
       {"merged", "took_in", "gave_back", "split", "split_off", "message_moved_in", "message_moved_out"}) {
    if (entry.kind != kind) continue;
    const std::string category = arg("category");
    return phrase("history." + entry.kind,
                  given({{"leads", arg("leads")},
                         {"count", arg("count")},
                         {"category", category.empty() ? category : word("category." + category)}}),
                  language);
  }
  if (entry.kind == "changed") {
    const std::string what = arg("what");
    std::string from = arg("from"), to = arg("to");
    if (what == "category" || what == "urgency") {
      from = word(what + "." + from);
      to = word(what + "." + to);
    } else if (what == "grid") {
      if (to.empty()) to = word("history.no_grid");
    } else if (what == "place") {
      if (to.empty()) to = word("history.no_place");
    } else if (what != "summary") {
      to = word("history." + what + "." + to);
    }
    return phrase("history.changed." + what, given({{"from", from}, {"to", to}}), language);
  }
  if (entry.kind == "dismissed")
    return phrase("history.dismissed", {{"reason", word("dismiss." + arg("reason"))}, {"note", arg("note")}}, language);
  if (entry.kind == "answered") return word("history.answered." + arg("way"));
  if (entry.kind == "taken_over") return phrase("history.taken_over", {{"from", arg("from")}}, language);
  if (entry.kind == "reopened") return word("history.reopened." + arg("why"));
  return word("history." + entry.kind);
}

}  // namespace linli::desk
