#include "leads/engine/policy.h"

#include <algorithm>

namespace linli::engine {

Thresholds Thresholds::of(const Model& model) {
  Thresholds t;
  t.join = model.setting("leads.join", t.join);
  t.open = model.setting("leads.open", t.open);
  t.quiet = model.setting("leads.quiet", t.open);
  t.seed = model.setting("leads.seed", t.seed);
  t.danger = model.setting("leads.danger", t.danger);
  t.prefer_join = model.setting("leads.prefer_join", t.prefer_join);
  return t;
}

thread_local PairMatrix ModelPolicy::pairs_;

ModelPolicy::ModelPolicy(const Model& model, Thresholds thresholds)
    : model_(model), pair_(model.tree("pair")), message_(model.tree("message")), thresholds_(thresholds) {}

std::size_t ModelPolicy::score_pairs(Situation& s) {
  const std::size_t n = s.candidates.size();
  pairs_.fill(s, model_.text);
  if (pair_.empty()) return n;
  std::size_t best = n;
  for (std::size_t i = 0; i < n; i += PairMatrix::kLanes) {
    std::array<float, PairMatrix::kLanes> p;
    pair_.probabilities_of_8(pairs_.block(i / PairMatrix::kLanes), p.data());
    for (std::size_t k = i; k < std::min(n, i + PairMatrix::kLanes); ++k) {
      s.candidates[k].probability = p[k - i];
      if (best == n || p[k - i] > s.candidates[best].probability) best = k;
    }
  }
  return best;
}

Decision ModelPolicy::decide(Situation& s) {
  Decision d;
  if (message_.empty()) return d;
  const std::size_t best = score_pairs(s);
  MessageRow row;
  message_features(s, pairs_, best, row);
  std::array<float, 3> p{};
  message_.probabilities(row, p);
  const float in = p[open] + p[join];
  const bool can_join = best < s.candidates.size();
  if (can_join && p[join] * thresholds_.prefer_join >= p[open]) {
    const bool seed = s.candidates[best].seed != nullptr;
    if (in < (seed ? thresholds_.seed : thresholds_.join)) return d;
    d.choice = Decision::Choice::join;
    d.candidate = best;
    d.probability = in * s.candidates[best].probability;
    return d;
  }
  // What sounds like danger to life opens at once, even in doubt.
  const Digest& m = *s.message;
  const bool danger = m.urgency[0] > 0.5f && m.sign(Sign::emergency) > 0 && !m.sign(Sign::joke) && !m.sign(Sign::news);
  const bool quiet = std::none_of(s.candidates.begin(), s.candidates.end(), [](const Candidate& c) { return c.lead; });
  if (in < (quiet ? thresholds_.quiet : thresholds_.open) * (danger ? thresholds_.danger : 1.0f)) return d;
  d.choice = Decision::Choice::open;
  d.probability = p[open];
  if (can_join && s.candidates[best].seed && s.candidates[best].probability >= 0.5f) {
    d.choice = Decision::Choice::join;
    d.candidate = best;
  }
  return d;
}

}  // namespace linli::engine
