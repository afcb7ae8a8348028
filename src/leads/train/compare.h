// Two models on the same labelled days: which cases one gains and which it loses, and whether that may be chance.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "leads/train/score.h"

namespace linli::train {

// One question that a day asks of a model, with yes or no for an answer.
struct Case {
  std::string where;  // "renovation L03", "renovation m0412"
  std::string text;   // the lead's summary, or the message
  bool right = false;
};
// The questions of one kind, the same for each model, in the same order.
struct CaseKind {
  std::string name;
  std::vector<Case> cases;
};
// Messages: heard, left alone, in the right lead. Leads: opened in time, matched, category, urgency 1, place.
std::vector<CaseKind> judge_cases(const std::vector<LabelledDay>& days, const std::vector<Predicted>& predicted);

// How likely a fair coin would give such an uneven split or a more uneven one (exact two-sided sign test).
double sign_test(std::size_t gained, std::size_t lost);

// A figure's change from a to b, with a 95 % interval and the share of draws that do not show it, both by paired bootstrap
// over days (seeded); with fewer than five days the interval is hardly worth its name.
struct Change {
  std::string name;
  double a = 0, b = 0, low = 0, high = 0;
  double chance = 1;  // two-sided
};
std::vector<Change> compare_figures(const Figures& a, const Figures& b, int draws = 2000);

}  // namespace linli::train
