#include "desk/bulk.h"

#include <algorithm>
#include <array>

#include "leads/lead_store.h"

namespace linli::bulk {
namespace {

constexpr std::array<std::string_view, 3> kActions{"confirm", "dismiss", "merge"};

// What is one lead's, not the program's: the others go on.
bool of_this_lead(const Error& error) { return http_status(error.code) < 500; }

desk::Decision decision(const Wanted& wanted, int seen_version) {
  if (wanted.action == Action::confirm) return {.kind = desk::Decision::Kind::confirm, .seen_version = seen_version};
  return {.kind = desk::Decision::Kind::dismiss,
          .seen_version = seen_version,
          .reason = wanted.reason,
          .note = wanted.note};
}

// As the actor sees it.
std::optional<Lead> seen(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id) {
  auto lead = desk::find(tx, sealer, actor, id);
  if (!lead) return {};
  return *std::move(lead);
}

// The lead to merge into must be one at all, whatever the others are.
Result<Lead> survivor(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId into) {
  auto lead = desk::find(tx, sealer, actor, into);
  if (!lead) {
    if (lead.error().code == Errc::unknown_lead) lead.error().where.field = "into";
    return lead;
  }
  if (!actor.may(Right::leads_decide, lead->grid_path)) return fail(Errc::not_allowed, Where::at_field("into"));
  auto open = desk::check_decidable(*lead, lead->decision_version);
  if (!open) {
    open.error().where.field = "into";
    return tl::unexpected(std::move(open).error());
  }
  return lead;
}

}  // namespace

std::string_view name(Action action) { return kActions[static_cast<std::size_t>(action)]; }
std::optional<Action> parse_action(std::string_view text) {
  const auto at = std::ranges::find(kActions, text);
  if (at == kActions.end()) return {};
  return static_cast<Action>(at - kActions.begin());
}

Result<Outcomes> preview(Tx& tx, const Sealer& sealer, const Actor& actor, const Wanted& wanted) {
  if (wanted.action == Action::merge)
    if (auto into = survivor(tx, sealer, actor, wanted.into); !into) return tl::unexpected(std::move(into).error());
  Outcomes out;
  for (const auto& [id, version] : wanted.leads) {
    std::optional<Error> problem;
    if (wanted.action == Action::merge) {
      auto pair = corrections::mergeable(tx, sealer, actor, id, version, wanted.into);
      if (!pair) problem = std::move(pair).error();
    } else if (auto lead = desk::decidable(tx, sealer, actor, id, decision(wanted, version)); !lead) {
      problem = std::move(lead).error();
    }
    if (problem && !of_this_lead(*problem)) return tl::unexpected(std::move(*problem));
    out.leads.push_back({id, seen(tx, sealer, actor, id), std::move(problem), {}});
  }
  return out;
}

Result<Outcomes> apply(Tx& tx, const Sealer& sealer, IdSource& ids, const Actor& actor, const Wanted& wanted,
                       Instant now) {
  std::optional<Lead> into;
  if (wanted.action == Action::merge) {
    auto lead = survivor(tx, sealer, actor, wanted.into);
    if (!lead) return tl::unexpected(std::move(lead).error());
    into = *std::move(lead);
  }
  Outcomes out;
  std::vector<Lead> took;
  for (const auto& [id, version] : wanted.leads) {
    Outcome one{id, {}, {}, {}};
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
      LINLI_TRY(tx.run("INSERT INTO lead_batch_items (batch_id, lead_id, decision_version) VALUES ($1, $2, $3)",
                       {out.batch, one.lead, one.stands->decision_version}));
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
  std::vector<Wanted::One> items;
  LINLI_TRY(tx.each("SELECT lead_id, decision_version FROM lead_batch_items WHERE batch_id = $1 ORDER BY lead_id",
                    {batch}, [&](const Row& row) {
                      items.push_back({row.get<LeadId>(0), row.get<int>(1)});
                    }));
  // Somebody else's batch is not there where one sees none of its leads.
  if (std::ranges::none_of(items, [&](const auto& item) { return seen(tx, sealer, actor, item.lead).has_value(); }))
    return fail(Errc::not_found, Where::at_field("batch"));
  if (now - at > corrections::kUndo) return fail(Errc::undo_over, Where::at_field("batch"), {{"at", format_time(at)}});

  Outcomes out{batch, {}};
  for (const auto& [id, version] : items) {
    Outcome one{id, {}, {}, {}};
    if (action == Action::merge) {
      auto done = corrections::unmerge(tx, sealer, actor, id, version, now);
      if (done) {
        one.stands = std::move(done->lead);
        one.moved = std::move(done->moved);
      } else {
        one.problem = std::move(done).error();
      }
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
