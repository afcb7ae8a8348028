// What residents are told of a case: that things happened and when, never notes, reasons, names, places or staff. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cases/case.h"

namespace linli::public_view {

// received, assigned, working, waiting, done, closed, refused. Words: "public.state.<code>".
std::string_view state(CaseState state);

struct Step {
  std::string_view code;  // words: "public.step.<code>"
  Instant at{};
  int seq = 0;  // of the timeline; 0: none
};
// Oldest first. `asked_at`: when it was first said.
std::vector<Step> steps(const std::vector<CaseEntry>& timeline, Instant asked_at);

// What may be done by who may speak.
struct May {
  bool note = false, rate = false, reopen = false;
};
May may(const Case& one, Instant now);
// By when it is to be done; none: it is done, over or waits.
std::optional<Instant> expected_at(const Case& one);

}  // namespace linli::public_view
