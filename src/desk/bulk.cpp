#include "desk/bulk.h"

#include <algorithm>
#include <array>

#include "desk/draft.h"
#include "leads/lead_store.h"

namespace linli::bulk {
namespace {

constexpr std::array<std::string_view, 4> kActions{"confirm", "dismiss", "merge", "reply"};

// What is one lead's, not the program's: the others go on.
bool of_this_lead(const Error& error) { return http_status(error.code) < 500; }

desk::Decision decision(const Wanted& wanted, int seen_version) {
  if (wanted.action == Action::confirm) return {.kind = desk::Decision::Kind::confirm, .seen_version = seen_version};
  return {.kind = desk::Decision::Kind::dismiss,
          .seen_version = seen_version,
          .reason = wanted.reason,
          .note = wanted.note};
}

// Quoting who asked: without a quote nobody in the group knows which of two hundred is meant.
Result<replies::New> words_for(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, int version,
                               const std::string& text) {
  auto lead = desk::find(tx, sealer, actor, id);
  if (!lead) return tl::unexpected(std::move(lead).error());
  auto links = lead_store::links(tx, sealer, id);
  if (!links) return tl::unexpected(std::move(links).error());
  const desk::Draft draft = desk::draft(*lead, *links, {});
  replies::New said;
  said.seen_version = version;
  said.text = desk::fill(text, *lead);
  said.quotes = draft.quotes;
  // What starts as private, or where there is danger, is nobody's to be answered in passing.
  if (draft.starts_private || draft.kind == desk::Draft::Kind::emergency)
    return fail(Errc::needs_own_reply, Where::at_field("lead"));
  return said;
}

// As the actor sees it.
std::optional<Lead> seen(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id) {
  auto lead = desk::find(tx, sealer, actor, id);
  if (!lead) return {};
  return *std::move(lead);
}

}  // namespace

std::string_view name(Action action) { return kActions[static_cast<std::size_t>(action)]; }
std::optional<Action> parse_action(std::string_view text) {
  const auto at = std::ranges::find(kActions, text);
  if (at == kActions.end()) return {};
  return static_cast<Action>(at - kActions.begin());
}

Result<Outcomes> preview(Tx& tx, const Sealer& sealer, const Actor& actor, const Wanted& wanted, Instant now) {
  if (wanted.action == Action::merge)
    if (auto into = corrections::takes_in(tx, sealer, actor, wanted.into, "into"); !into)
      return tl::unexpected(std::move(into).error());
  Outcomes out;
  for (const auto& [id, version] : wanted.leads) {
    std::optional<Error> problem;
    if (wanted.action == Action::merge) {
      auto pair = corrections::mergeable(tx, sealer, actor, id, version, wanted.into);
      if (!pair) problem = std::move(pair).error();
    } else if (wanted.action == Action::reply) {
      auto said = words_for(tx, sealer, actor, id, version, wanted.text);
      auto ready = said ? replies::sendable(tx, sealer, actor, id, *said, now)
                        : Result<replies::Ready>(tl::unexpected(said.error()));
      if (!ready) problem = std::move(ready).error();
    } else if (auto lead = desk::decidable(tx, sealer, actor, id, decision(wanted, version)); !lead) {
      problem = std::move(lead).error();
    }
    if (problem && !of_this_lead(*problem)) return tl::unexpected(std::move(*problem));
    out.leads.push_back({id, seen(tx, sealer, actor, id), std::move(problem), {}, {}});
  }
  return out;
}

Result<Outcomes> apply(Tx& tx, const Sealer& sealer, IdSource& ids, const Actor& actor, const Wanted& wanted,
                       Instant now) {
  std::optional<Lead> into;
  if (wanted.action == Action::merge) {
    auto lead = corrections::takes_in(tx, sealer, actor, wanted.into, "into");
    if (!lead) return tl::unexpected(std::move(lead).error());
    into = *std::move(lead);
  }
  Outcomes out;
  std::vector<Lead> took;
  for (const auto& [id, version] : wanted.leads) {
    Outcome one{id, {}, {}, {}, {}};
    if (into) {
      auto pair = corrections::mergeable(tx, sealer, actor, id, version, into->id);
      if (pair) {
        auto moved = corrections::absorb(tx, sealer, actor, pair->lead, *into, now);
        if (!moved) return tl::unexpected(std::move(moved).error());
        one.moved = *std::move(moved);
        one.stands = took.emplace_back(std::move(pair->lead));
      } else {
        one.problem = std::move(pair).error();
      }
    } else if (wanted.action == Action::reply) {
      auto said = words_for(tx, sealer, actor, id, version, wanted.text);
      auto reply = said ? replies::send(tx, sealer, ids, actor, id, *said, now)
                        : Result<replies::Reply>(tl::unexpected(said.error()));
      if (reply) {
        one.reply = reply->id;
        one.stands = seen(tx, sealer, actor, id);
      } else {
        one.problem = std::move(reply).error();
      }
    } else {
      auto lead = desk::decide(tx, sealer, actor, id, decision(wanted, version), now);
      if (lead) one.stands = *std::move(lead);
      else one.problem = std::move(lead).error();
    }
    if (one.problem) {
      if (!of_this_lead(*one.problem)) return tl::unexpected(std::move(*one.problem));
      one.stands = seen(tx, sealer, actor, id);
    }
    out.leads.push_back(std::move(one));
  }
  if (!took.empty()) LINLI_TRY(corrections::settle(tx, sealer, actor, *into, took, now));
  if (std::ranges::all_of(out.leads, [](const Outcome& one) { return one.problem.has_value(); })) return out;
  out.batch = ids.draw<BatchId>();
  LINLI_TRY(tx.run("INSERT INTO lead_batches (id, action, user_id, at) VALUES ($1, $2, $3, $4)",
                   {out.batch, name(wanted.action), actor.id, now}));
  for (const Outcome& one : out.leads)
    if (!one.problem)
      LINLI_TRY(
          tx.run("INSERT INTO lead_batch_items (batch_id, lead_id, decision_version, reply_id) VALUES ($1, $2, "
                 "$3, $4)",
                 {out.batch, one.lead, one.stands->decision_version, one.reply}));
  return out;
}

Result<Outcomes> undo(Tx& tx, const Sealer& sealer, const Actor& actor, BatchId batch, Instant now) {
  std::optional<Action> action;
  Instant at{};
  auto found = tx.first("SELECT action, at FROM lead_batches WHERE id = $1", {batch}, [&](const Row& row) {
    action = parse_action(row.bytes(0));
    at = row.get<Instant>(1);
  });
  if (!found) return tl::unexpected(std::move(found).error());
  if (!action) return fail(Errc::not_found, Where::at_field("batch"));
  struct Item {
    LeadId lead;
    int version = 0;
    std::optional<ReplyId> reply;
  };
  std::vector<Item> items;
  LINLI_TRY(
      tx.each("SELECT lead_id, decision_version, reply_id FROM lead_batch_items WHERE batch_id = $1 ORDER BY lead_id",
              {batch}, [&](const Row& row) {
                items.push_back({row.get<LeadId>(0), row.get<int>(1), row.get<std::optional<ReplyId>>(2)});
              }));
  // Somebody else's batch is not there where one sees none of its leads.
  if (std::ranges::none_of(items, [&](const auto& item) { return seen(tx, sealer, actor, item.lead).has_value(); }))
    return fail(Errc::not_found, Where::at_field("batch"));
  if (now - at > corrections::kUndo) return fail(Errc::undo_over, Where::at_field("batch"), {{"at", format_time(at)}});

  Outcomes out{batch, {}};
  for (const auto& [id, version, reply] : items) {
    Outcome one{id, {}, {}, {}, {}};
    if (action == Action::merge) {
      auto done = corrections::unmerge(tx, sealer, actor, id, version, now);
      if (done) {
        one.stands = std::move(done->lead);
        one.moved = std::move(done->moved);
      } else {
        one.problem = std::move(done).error();
      }
    } else if (action == Action::reply) {
      auto back = reply ? replies::take_back(tx, sealer, actor, *reply, now)
                        : Result<replies::Reply>(fail(Errc::reply_gone, Where::at_field("lead")));
      if (back) one.stands = seen(tx, sealer, actor, id);
      else one.problem = std::move(back).error();
    } else {
      auto lead = desk::decide(tx, sealer, actor, id, {desk::Decision::Kind::reopen, version}, now);
      if (lead) one.stands = *std::move(lead);
      else one.problem = std::move(lead).error();
    }
    if (one.problem) {
      if (!of_this_lead(*one.problem)) return tl::unexpected(std::move(*one.problem));
      one.stands = seen(tx, sealer, actor, id);
    }
    out.leads.push_back(std::move(one));
  }
  LINLI_TRY(tx.run("UPDATE lead_batches SET undone_at = $2 WHERE id = $1", {batch, now}));
  return out;
}

}  // namespace linli::bulk
