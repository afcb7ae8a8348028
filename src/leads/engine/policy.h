// Decides by the models: trees "pair" for each candidate, trees "message" for what to do, thresholds in the settings.
#pragma once
#include "leads/engine/engine.h"
#include "understand/model.h"

namespace linli::engine {

struct Thresholds {
  float join = 0.5f;      // belongs to some lead, where joining is likelier than opening
  float open = 0.5f;      // … where opening is likelier, and some lead is open that it might belong to
  float quiet = 0.5f;     // … where none is: a plain sentence in a quiet group must be heard
  float seed = 0.6f;      // an earlier message that nobody took for a lead and this one open it together
  float prefer_join = 1;  // how much likelier than joining opening must be
  float danger = 0.45f;   // share of either that is enough where it sounds like danger to life
  static Thresholds of(const Model& model);
};

class ModelPolicy final : public Policy {
 public:
  explicit ModelPolicy(const Model& model) : ModelPolicy(model, Thresholds::of(model)) {}
  ModelPolicy(const Model& model, Thresholds thresholds);
  Decision decide(Situation& s) override;

  // The classes of trees "message".
  enum Class { chatter = 0, open = 1, join = 2 };
  // Fills probabilities; returns the index of the likeliest candidate (candidates.size() if none).
  std::size_t score_pairs(Situation& s);
  const PairMatrix& pairs() const { return pairs_; }  // of the last situation scored by this thread

 private:
  const Model& model_;
  const Trees& pair_;
  const Trees& message_;
  Thresholds thresholds_;
  static thread_local PairMatrix pairs_;
};

}  // namespace linli::engine
