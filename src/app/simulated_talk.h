// The talk of a district's day, remixed from training days, and what the engine makes of it. See simulation.h.
#pragma once
#include <random>
#include <vector>

#include "app/simulation.h"
#include "leads/leads.h"
#include "understand/train/labelled_day.h"

namespace linli::app {

// Uniform in [0, 1): the same on every machine, which std's distributions are not.
inline double uniform(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1.0p-53; }

struct TrueLead {
  int place = 0;  // index of the five hundred residents
  int urgency = 3;
  bool reply = false;
  Instant asked_at{};
  int found = -1;  // index into SimulatedTalk::leads
};
struct FoundLead {
  int place = 0;
  int group = 0;  // index over all
  Instant at{};   // when it stood in the queue
  Instant asked_at{};
  std::string category, summary, where;
  int urgency = 3;  // as first seen
  int truth = -1;   // index into SimulatedTalk::truths; -1: a false alarm
};
struct SimulatedTalk {
  int messages = 0, in_appeals = 0, groups = 0, places = 0;
  std::vector<TrueLead> truths;
  std::vector<FoundLead> leads;  // by `at`
};

// `day` is its midnight. What staff said in the training day is left out: here the office answers by itself.
Result<SimulatedTalk> simulate_talk(const std::vector<LabelledDay>& days, const SimulationInput& input, Instant day);

}  // namespace linli::app
