// Learns everything in data/model/linli.bin from labelled days, and measures it honestly.
// The text model is trained first; the trees of `leads` then learn from what the engine itself saw: in a first round the
// labels decide where a message goes, in later rounds the models of the round before do, so that they learn to go on from
// their own mistakes. Text scores that the trees learn from come from text models that did not see the day.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "leads/engine/policy.h"
#include "leads/train/calibration.h"
#include "leads/train/score.h"
#include "leads/train/text_examples.h"
#include "understand/model.h"
#include "understand/train/labelled_day.h"

namespace linli::train {

struct Options {
  int folds = 6;
  int rounds = 3;
  std::vector<PlainText> plain;  // part of every model; no figure is taken from them
  PlainWeights plain_weights;
  float plain_starts = 0.1f;   // weight of a plain appeal in each of four contexts (nothing said before, chatter …)
  float plain_chatter = 0.2f;  // … and of a plain sentence that is none: there are fewer of them
  float plain_leads = 0.15f;   // … and as a lead of one message, for its urgency and category
  bool figures_only = false;   // spares the model of all days
  // What is left out, to see what it is worth: "lexicon", all word lists; "context", "pair", "place", "reply", what the
  // models that put messages together know of it. And the thresholds to judge with, instead of choosing them.
  std::string without;
  std::map<std::string, float, std::less<>> settings;
  std::uint64_t seed = 20261124;
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

struct Outcome {
  Model model;                         // from all days
  Figures cross_validated;             // each day judged by models that did not see it
  std::vector<Predicted> predictions;  // of the cross-validation, by day
  Calibration calibration;             // likewise
};

Outcome run(const std::vector<LabelledDay>& days, const Options& options);

Predicted to_predicted(const std::vector<LeadView>& views);
// The leads that a model finds in a day, message after message.
Predicted predict(const Model& model, const LabelledDay& day);
Predicted predict(const Understander& understander, const LabelledDay& day);

}  // namespace linli::train
