#include "cases/public_view.h"

#include <algorithm>
#include <array>

#include "cases/cases.h"

namespace linli::public_view {
namespace {

struct Told {
  std::string_view kind, code;
};
constexpr std::array kTold{Told{"dispatch", "assigned"},
                           Told{"accept", "accepted"},
                           Told{"start", "started"},
                           Told{"suspend", "waiting"},
                           Told{"resume", "resumed"},
                           Told{"woken", "resumed"},
                           Told{"report_done", "done"},
                           Told{"close", "closed"},
                           Told{"resident_close", "closed"},
                           Told{"reopen", "reopened"},
                           Told{"resident_reopen", "reopened"},
                           Told{"reject", "refused"},
                           Told{"resident_note", "noted"},
                           Told{"resident_rate", "rated"}};

}  // namespace

std::string_view state(CaseState state) {
  switch (state) {
    case CaseState::new_:
    case CaseState::returned: return "received";
    case CaseState::dispatched:
    case CaseState::transferred:
    case CaseState::escalated:
    case CaseState::reopened: return "assigned";
    case CaseState::accepted:
    case CaseState::in_progress: return "working";
    case CaseState::suspended: return "waiting";
    case CaseState::reported_done:
    case CaseState::followed_up: return "done";
    case CaseState::closed:
    case CaseState::archived: return "closed";
    case CaseState::rejected: break;
  }
  return "refused";
}

std::vector<Step> steps(const std::vector<CaseEntry>& timeline, Instant asked_at) {
  std::vector<Step> out{{"received", asked_at, 0}};
  for (const CaseEntry& e : timeline) {
    if (!e.open_to_residents) continue;
    const bool opening = e.kind == "filed" || e.kind == "dispatched_from_lead";
    if (opening && e.state != CaseState::new_) out.push_back({"assigned", e.at, e.seq});
    if (const auto told = std::ranges::find(kTold, e.kind, &Told::kind); told != kTold.end())
      out.push_back({told->code, e.at, e.seq});
  }
  return out;
}

May may(const Case& one, Instant now) {
  May out;
  for (const CaseAction action : cases::may_be_heard(one, now)) {
    out.note |= action == CaseAction::note;
    out.rate |= action == CaseAction::close || action == CaseAction::rate;
    out.reopen |= action == CaseAction::reopen;
  }
  return out;
}

std::optional<Instant> expected_at(const Case& one) {
  if (!is_open(one.state) || one.done_at || one.state == CaseState::suspended) return {};
  return one.due_at;
}

}  // namespace linli::public_view
