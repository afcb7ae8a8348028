// The figures of the evaluation set (docs/understanding.md): the same as those of its score.py, checked by a test.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "understand/train/labelled_day.h"

namespace linli::train {

struct PredictedLead {
  std::vector<std::size_t> messages;  // indices into the day's messages, ascending
  std::size_t opened_at = 0;
  std::string category, place;  // empty place: none
  int urgency = 3;
  bool reply = false, area_wide = false, resolved = false;
  std::string summary;
};
using Predicted = std::vector<PredictedLead>;

// Sums that can be added over days; figures are ratios of them.
struct Counts {
  double det_tp = 0, det_fp = 0, det_fn = 0, b3_p = 0, b3_r = 0, b3_n = 0, leads_gold = 0, leads_pred = 0,
         leads_match = 0, in_time = 0, u1_gold = 0, u1_hit = 0, u1_pred = 0, u1_right = 0, cat_ok = 0, hand_ok = 0,
         area_ok = 0, place_n = 0, place_ok = 0, bld_n = 0, bld_ok = 0, noplace_n = 0, noplace_bad = 0, false_leads = 0,
         messages = 0;
  Counts& operator+=(const Counts& other);
};

struct Figures {
  Counts total;
  std::vector<Counts> days;
  // Name and value, in the order of score.py.
  static std::vector<std::pair<std::string, double>> values(const Counts& c);
  // 95 % intervals by bootstrap over days (seeded), in the order of values().
  std::vector<std::pair<double, double>> intervals(int draws = 1000) const;
};

// Which predicted lead stands for which labelled one; -1: none.
struct LeadMatching {
  std::vector<int> match;  // of each labelled lead: one to one, Jaccard of their messages at least 0.5
  std::vector<int> best;   // of each labelled lead: the one that has most in common with it
  std::vector<int> back;   // of each predicted lead: a labelled lead whose best it is
};
LeadMatching match_leads(const LabelledDay& day, const Predicted& predicted);
// Whether some predicted lead with a message of this labelled one was opened within its first three messages.
bool opened_in_time(const LabelledDay& day, const Predicted& predicted, std::size_t lead);

// `errors`, where given, gets one line for each mistake.
Counts score_day(const LabelledDay& day, const Predicted& predicted, std::vector<std::string>* errors = nullptr);
Figures score(const std::vector<LabelledDay>& days, const std::vector<Predicted>& predicted,
              std::vector<std::string>* errors = nullptr);

// A place without spaces, marks and number style; the building in it.
std::string canonical_place(std::string_view place);
std::string building_of(std::string_view place);

}  // namespace linli::train
