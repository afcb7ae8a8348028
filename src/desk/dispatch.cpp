#include "desk/dispatch.h"

#include "base/words.h"
#include "cases/links.h"
#include "channels/form/form.h"
#include "desk/claims.h"
#include "leads/lead_store.h"
#include "store/outbox.h"

namespace linli::dispatch {
namespace {

constexpr std::size_t kLongestTitle = 100;  // characters

// A summary as a title: its first line, not longer than one may write.
std::string title_of(const std::string& summary) {
  std::string out = summary.substr(0, summary.find('\n'));
  std::size_t points = 0;
  for (std::size_t i = 0; i < out.size(); ++i)
    if ((static_cast<unsigned char>(out[i]) & 0xC0) != 0x80 && ++points > kLongestTitle) return out.substr(0, i);
  return out;
}

Result<void> changed(Tx& tx, const Sealer& sealer, const Actor& actor, const Lead& lead, const char* history,
                     const char* event, Instant now) {
  LINLI_TRY(lead_store::update_decision(tx, sealer, lead));
  LINLI_TRY(
      lead_store::add_history(tx, sealer, lead.id, {lead.revision, now, actor.id, actor.display_name, history, {}}));
  return Outbox::append(tx, Event{0, event, lead.id.value, lead.grid_path, "leads.read", now, {}});
}

}  // namespace

Result<Done> send(Tx& tx, const cases::Office& office, const Actor& actor, LeadId id, const New& what) {
  auto found = desk::find(tx, office.sealer, actor, id);
  if (!found) return tl::unexpected(std::move(found).error());
  Lead lead = *std::move(found);
  if (!actor.may(Right::leads_decide, lead.grid_path)) return fail(Errc::not_allowed, Where::at_field("lead"));
  LINLI_TRY(desk::check_decidable(lead, what.seen_version));
  if (lead.state == LeadState::in_case)
    return fail(Errc::already_decided, Where::at_field("lead"),
                {{"who", lead.decided_by_name},
                 {"what", std::string(name(lead.state))},
                 {"at", lead.decided_at ? format_time(*lead.decided_at) : std::string()}});
  LINLI_TRY(claims::check(tx, actor, id, office.now));
  LINLI_TRY(claims::end(tx, id));

  cases::New opened;
  opened.lead = id;
  opened.lead_state_before = lead.state;
  opened.grid_path = lead.grid_path;
  opened.category = lead.category;
  opened.urgency = lead.urgency;
  opened.confidential = what.confidential;
  opened.content.title = what.title.empty() ? title_of(lead.summary) : what.title;
  opened.content.summary = lead.summary;
  opened.content.place = lead.place;
  auto contact = form::contact_of(tx, office.sealer, id);
  if (!contact) return tl::unexpected(std::move(contact).error());
  if (*contact) opened.content.contact_name = (*contact)->name, opened.content.contact_phone = (*contact)->phone;
  opened.note = what.note;
  opened.to = what.to;
  opened.parent = what.parent;
  opened.dispatch = !what.parent;
  auto one = cases::open(tx, office, actor, std::move(opened));
  if (!one) return tl::unexpected(std::move(one).error());

  lead.state = LeadState::in_case;
  lead.decided_by = actor.id;
  lead.decided_at = office.now;
  ++lead.revision;
  ++lead.decision_version;
  LINLI_TRY(changed(tx, office.sealer, actor, lead, "in_case", "lead.in_case", office.now));
  Done done{*std::move(one), {}};
  if (what.tell) {
    auto reply = tell(tx, office, actor, done.one, *what.tell);
    if (!reply) return tl::unexpected(std::move(reply).error());
    LINLI_TRY(cases::note_reply(tx, done.one.id, reply->id.value));
    done.reply = *std::move(reply);
  }
  return done;
}

Result<Lead> take_back(Tx& tx, const cases::Office& office, const Actor& actor, LeadId id) {
  auto found = desk::find(tx, office.sealer, actor, id);
  if (!found) return tl::unexpected(std::move(found).error());
  auto one = case_store::of_lead(tx, office.sealer, id);
  if (!one) return tl::unexpected(std::move(one).error());
  if (!*one) return fail(Errc::unknown_case, Where::at_field("lead"));
  LINLI_TRY(cases::withdraw(tx, office, actor, **one));
  if ((*one)->dispatch_reply) {
    auto reply = replies::take_back(tx, office.sealer, actor, ReplyId{(*one)->dispatch_reply}, office.now);
    if (!reply) return tl::unexpected(std::move(reply).error());
  }
  // Taking the words back has changed it.
  auto again = desk::find(tx, office.sealer, actor, id);
  if (!again) return again;
  Lead lead = *std::move(again);
  lead.state = (*one)->lead_state_before.value_or(LeadState::confirmed);
  if (lead.state == LeadState::open) lead.decided_by = {}, lead.decided_by_name.clear(), lead.decided_at.reset();
  ++lead.revision;
  ++lead.decision_version;
  LINLI_TRY(changed(tx, office.sealer, actor, lead, "dispatch_taken_back",
                    lead.state == LeadState::open ? "lead.reopened" : "lead.changed", office.now));
  return lead;
}

Result<replies::Reply> tell(Tx& tx, const cases::Office& office, const Actor& actor, const Case& one,
                            replies::New words) {
  if (!one.lead) return fail(Errc::bad_value, Where::at_field("tell"));
  auto lead = desk::find(tx, office.sealer, actor, one.lead);
  if (!lead) return tl::unexpected(std::move(lead).error());
  if (words.link && !office.residents_url.empty() && !one.confidential) {
    auto token = public_links::make(tx, office.sealer, {.case_id = one.id, .speaks = true, .made_at = office.now});
    if (!token) return tl::unexpected(std::move(token).error());
    words.text +=
        "\n" + phrase("public.link", {{"url", public_links::url(office.residents_url, *token)}}, Language::zh);
  }
  words.seen_version = lead->decision_version;
  words.again = true;  // what was said before stands on the case
  return replies::send(tx, office.sealer, office.ids, actor, one.lead, words, office.now);
}

}  // namespace linli::dispatch
