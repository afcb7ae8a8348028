#include "leads/train/learning_policy.h"

#include <cmath>
#include <map>

namespace linli::train {

using engine::Candidate;
using engine::Decision;
using engine::Situation;

LearningPolicy::LearningPolicy(const LabelledDay& day, const Model& model, bool teacher, TreeSamples* pairs,
                               TreeSamples* messages)
    : day_(day), models_(model), teacher_(teacher), pairs_(pairs), messages_(messages) {}

int label_of(const LabelledDay& day, const Candidate& c) {
  const auto label = [&](const engine::Digest& d) { return day.messages[static_cast<std::size_t>(d.number - 1)].lead; };
  if (c.seed) return label(*c.seed);
  std::map<int, int> votes;
  for (const auto& d : c.lead->messages) ++votes[label(*d)];
  int best = -1, most = 0;
  for (const auto& [g, n] : votes) {
    if (n > most) best = g, most = n;
  }
  return best;
}

Decision LearningPolicy::decide(Situation& s) {
  const int gold = day_.messages[index_].lead;
  std::size_t right = s.candidates.size();
  const std::size_t best = models_.score_pairs(s);
  for (std::size_t i = 0; i < s.candidates.size(); ++i) {
    const bool same = gold >= 0 && label_of(day_, s.candidates[i]) == gold;
    // A lead before a seed, the likelier place of two pieces of one matter first.
    if (same && right == s.candidates.size()) right = i;
    if (!pairs_) continue;
    std::array<float, engine::kPairFeatures> row;
    models_.pairs().row(i, row);
    // Leads long silent are many and easy: one in four stands for all of them.
    const bool easy = !same && row[engine::PairAt::messages] > std::log1p(40.0f) && row[engine::PairAt::reply] <= 0 &&
                      row[engine::PairAt::shared] <= 0;
    if (easy && (index_ + i) % 4 != 0) continue;
    pairs_->add(row.data(), same, easy ? 4 : 1);
  }
  if (messages_) {
    engine::MessageRow row;
    engine::message_features(s, models_.pairs(), best, row);
    const int label = gold < 0                      ? engine::ModelPolicy::chatter
                      : right < s.candidates.size() ? engine::ModelPolicy::join
                                                    : engine::ModelPolicy::open;
    messages_->add(row.data(), label, 1);
  }
  if (!teacher_) return models_.decide(s);
  Decision d;
  if (gold < 0) return d;
  d.choice = right < s.candidates.size() ? Decision::Choice::join : Decision::Choice::open;
  d.candidate = right;
  d.probability = 1;
  return d;
}

}  // namespace linli::train
