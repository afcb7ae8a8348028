// Do scores mean what they say? Of all messages (or pairs) that got 0.7 to 0.8, seven or eight in ten should be so.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "understand/model.h"
#include "understand/train/labelled_day.h"

namespace linli::train {

// Ten bins of one score.
struct Reliability {
  struct Bin {
    double n = 0, score = 0, truth = 0;  // sums
  };
  std::array<Bin, 10> bins{};
  void add(float score, bool truth);
  Reliability& operator+=(const Reliability& other);
  // Mean distance of score and truth over all that were scored.
  double error() const;
};

struct Calibration {
  Reliability appeal;   // the text alone: belongs to some lead
  Reliability belongs;  // the text among its neighbours: belongs to some lead
  Reliability opens;    // … opens one
  Reliability pair;     // belongs to that lead, or to that earlier message
  Calibration& operator+=(const Calibration& other);
};

// What the model says while it decides by itself, against the labels.
Calibration calibration(const Understander& understander, const LabelledDay& day);
std::string to_text(const Calibration& c);

}  // namespace linli::train
