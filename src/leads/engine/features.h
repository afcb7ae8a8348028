// What the models of `leads` look at. The same code serves the trainer and production.
#pragma once
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "leads/engine/state.h"

namespace linli::engine {

// A pair's features: first what changes with the candidate, then what the message brings to all of them.
inline constexpr std::size_t kPairOwn = 64, kPairShared = 48, kPairFeatures = kPairOwn + kPairShared;
inline constexpr std::size_t kMessageFeatures = 104;
using MessageRow = std::array<float, kMessageFeatures>;
std::string_view pair_feature_name(std::size_t i);
std::string_view message_feature_name(std::size_t i);

// A lead that a message may belong to; or an earlier message that nobody took for one (seed).
struct Candidate {
  Lead* lead = nullptr;  // unfolded
  Digest* seed = nullptr;
  bool cross = false;  // open in other groups only
  float probability = 0;
};

// The message among its group's last ones, computed once for all candidates. The message itself is not among them yet.
struct Situation {
  const Digest* message = nullptr;
  const Understanding* seen = nullptr;  // of the message
  const Group* group = nullptr;
  const Said* previous = nullptr;       // in the group
  const Said* previous_mine = nullptr;  // by the same sender, in the group
  const Said* quoted = nullptr;         // among the recent ones, or in a lead
  std::size_t in_leads_6 = 0, in_leads_20 = 0, active = 0, last_10_minutes = 0;
  std::vector<Candidate> candidates;
};

// The features of all candidates, eight of them side by side: feature f of candidate i is at
// blocks[i / 8][f * 8 + i % 8].
class PairMatrix {
 public:
  static constexpr std::size_t kLanes = 8;
  void fill(const Situation& s, const TextModel& text);
  std::size_t size() const { return size_; }
  float at(std::size_t candidate, std::size_t feature) const {
    return block(candidate / kLanes)[feature * kLanes + candidate % kLanes];
  }
  const float* block(std::size_t b) const { return &x_[b * kPairFeatures * kLanes]; }
  void row(std::size_t candidate, std::array<float, kPairFeatures>& out) const;

 private:
  std::size_t size_ = 0;
  std::vector<float> x_;
};
// Places in a pair's row that code asks for by name.
struct PairAt {
  static constexpr std::size_t seconds = 0, messages = 1, reply = 3, opener = 7, shared = 16, cosine = 17, dot = 21,
                               same = 23, building = 27, room = 29;
};

// After the candidates have their probabilities. `best`: index of the likeliest; candidates may be empty.
void message_features(const Situation& s, const PairMatrix& pairs, std::size_t best, MessageRow& out);

}  // namespace linli::engine
