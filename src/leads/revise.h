// What a new look of the machine changes on a lead that people may have decided on. Pure.
#pragma once
#include <string>
#include <vector>

#include "leads/lead.h"

namespace linli {

struct Revision {
  std::vector<LeadHistory> history;  // entries to add, revisions set; empty: nothing that people need to read of
  bool reopened = false;             // a relapse of a confirmed or answered lead that the chat had shown as over
};

// Takes `view` into `lead` and raises its revision.
// Open leads follow the machine in everything. Once a person has confirmed, what was confirmed stands: category, place,
// summary and handling stay, and only facts go on (messages, groups, the latest time, answers, resolved); urgency may
// still rise to 1, never fall. Dismissed leads take in messages silently.
// What a person set stays in any state, and what the machine sees there goes into `lead.machine`; should it come to see an
// emergency where a person set another urgency, the lead is marked for review.
// `asked_at`, `latest_at` and `live` come from the caller, who knows which messages arrived live.
Revision revise(Lead& lead, const LeadView& view, const std::string& model_version, Instant now);

}  // namespace linli
