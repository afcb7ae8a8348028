// What the models of `leads` look at. The same code serves the trainer and production.
#pragma once
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "leads/engine/state.h"

namespace linli::engine {

inline constexpr std::size_t kPairFeatures = 88;
inline constexpr std::size_t kMessageFeatures = 88;
using PairRow = std::array<float, kPairFeatures>;
using MessageRow = std::array<float, kMessageFeatures>;
std::string_view pair_feature_name(std::size_t i);
std::string_view message_feature_name(std::size_t i);

// A lead that a message may belong to; or an earlier message that nobody took for one (seed).
struct Candidate {
  Lead* lead = nullptr;
  DigestPtr seed;
  bool cross = false;  // open in other groups only
  float probability = 0;
};

// The message among its group's last ones, computed once for all candidates. The message itself is not in `recent` yet.
struct Situation {
  const Digest* message = nullptr;
  const Group* group = nullptr;
  const Digest* previous = nullptr;       // in the group
  const Digest* previous_mine = nullptr;  // by the same sender, in the group
  const Digest* quoted = nullptr;         // among the recent ones
  std::size_t in_leads_6 = 0, in_leads_20 = 0, active = 0, last_10_minutes = 0;
  std::vector<Candidate> candidates;
};

void pair_features(const Situation& s, const Candidate& c, std::size_t rank, const TextModel& text, PairRow& out);
// After the candidates have their probabilities. `best`: index of the likeliest; candidates may be empty.
void message_features(const Situation& s, std::size_t best, MessageRow& out);

}  // namespace linli::engine
