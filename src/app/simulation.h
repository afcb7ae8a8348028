// A district's day with N agents, in seconds: is the promise kept with this staff? Training days are remixed by a seed into
// the talk of a whole district; the engine places it, and agents, officers and a shift leader work on what it finds through
// the same code as on a real day (replies, dispatch, workflow, promise steps) in a database of its own, by a driven clock.
// The same input gives the same report, byte for byte.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace linli::app {

struct SimulationInput {
  std::uint64_t seed = 1;
  int residents = 400'000;  // five hundred share the groups of one training day
  int agents = 3;           // 8:00-22:00
  int night_agents = 1;
  int grids_per_officer = 4;
  double appeals = 0.05;                 // share of messages that belong to appeals
  int copy_seconds = 20;                 // to copy words into a group by hand
  std::vector<int> by_hand{0, 50, 100};  // percent of groups that software may not write to
};

struct SimulatedDay {
  int by_hand = 0;                       // percent
  int leads = 0, seen = 0, in_time = 0;  // true ones; that the engine found; answered within 15 minutes
  int day_leads = 0, day_in_time = 0;    // of those asked 8:00-22:00
  int emergencies = 0, emergencies_in_3_minutes = 0;
  double emergency_slowest = 0, answer_median = 0, answer_p95 = 0;  // minutes; of answered ones
  int false_alarms = 0, replies = 0, cases = 0, accepted = 0, done = 0;
  int amber = 0, leader_called = 0;
  std::map<std::string, int> breaches;  // by cause; not_seen: the engine found no lead
  int copies = 0;
  double copy_minutes = 0;  // of officers
  double agents_busy = 0;   // share of their time, 8:00-22:00
};
struct Simulated {
  SimulationInput input;
  int messages = 0, in_appeals = 0, groups = 0;
  std::vector<SimulatedDay> days;  // in the order of input.by_hand
};

// `days`: a folder of labelled days (data/training). Errors: those of read_days().
Result<Simulated> simulate(const std::filesystem::path& days, const SimulationInput& input);

std::string as_text(const Simulated& simulated);
std::string as_json(const Simulated& simulated);

}  // namespace linli::app
