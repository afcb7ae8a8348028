#include "leads/revise.h"

namespace linli {
namespace {

class Pen {
 public:
  Pen(Lead& lead, Revision& revision, const std::string& model, Instant now)
      : lead_(lead), revision_(revision), model_(model), now_(now) {}

  // Where a person set the field, only what the machine thinks of it changes.
  template <class T>
  void look(LeadField field, T& shown, T& machine, const T& seen, const std::string& from, const std::string& to) {
    if (lead_.set_by_person(field)) machine = seen;
    else set(shown, seen, name(field).data(), from, to);
  }

  void write(std::string kind, Args args) {
    revision_.history.push_back({++lead_.revision, now_, UserId{}, model_, std::move(kind), std::move(args)});
  }

  template <class T>
  void set(T& field, const T& value, const char* what, const std::string& from, const std::string& to) {
    if (field == value) return;
    field = value;
    write("changed", {{"what", what}, {"from", from}, {"to", to}});
  }

 private:
  Lead& lead_;
  Revision& revision_;
  const std::string& model_;
  const Instant now_;
};

std::string flag(bool value) { return value ? "yes" : "no"; }

}  // namespace

Revision revise(Lead& lead, const LeadView& view, const std::string& model_version, Instant now) {
  Revision result;
  Pen pen(lead, result, model_version, now);
  const int before = lead.revision;
  const bool dismissed = lead.state == LeadState::dismissed || lead.state == LeadState::merged;
  const bool was_resolved = lead.resolved;

  const bool urgency_set = lead.set_by_person(LeadField::urgency);
  const bool alarmed = urgency_set && view.urgency == 1 && lead.machine.urgency != 1 && lead.urgency != 1;

  if (lead.state == LeadState::open) {
    Lead::Look& machine = lead.machine;
    pen.look(LeadField::category, lead.category, machine.category, view.category, lead.category, view.category);
    pen.look(LeadField::urgency, lead.urgency, machine.urgency, view.urgency, std::to_string(lead.urgency),
             std::to_string(view.urgency));
    pen.look(LeadField::place, lead.place, machine.place, view.place, lead.place, view.place);
    (lead.set_by_person(LeadField::summary) ? machine.summary : lead.summary) = view.summary;
    lead.reply_suffices = view.reply_suffices;
    lead.review = view.review || (urgency_set && lead.review);
    lead.category_reasons = view.category_reasons;
    lead.urgency_reasons = view.urgency_reasons;
    lead.place_reasons = view.place_reasons;
  } else if (!dismissed && urgency_set) {
    lead.machine.urgency = view.urgency;
  } else if (!dismissed && view.urgency == 1 && lead.urgency != 1) {
    pen.set(lead.urgency, 1, "urgency", std::to_string(lead.urgency), "1");
    lead.urgency_reasons = view.urgency_reasons;
  }
  if (alarmed && !dismissed) lead.review = true;
  if (!dismissed) {
    pen.set(lead.area_wide, view.area_wide, "area_wide", flag(lead.area_wide), flag(view.area_wide));
    pen.set(lead.resolved, view.resolved, "resolved", flag(lead.resolved), flag(view.resolved));
    if (!lead.answered_at && view.answered_at) lead.answered_at = view.answered_at;
    if ((lead.state == LeadState::confirmed || lead.state == LeadState::answered) && was_resolved && !view.resolved) {
      lead.state = LeadState::open;
      result.reopened = true;
      pen.write("reopened", {{"why", "relapse"}});
    }
  }
  lead.model_version = model_version;
  lead.message_count = static_cast<int>(view.messages.size());
  if (lead.revision == before) ++lead.revision;
  return result;
}

}  // namespace linli
