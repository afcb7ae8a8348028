#include "leads/train/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "leads/train/learning_policy.h"

namespace linli::train {
namespace {

using engine::ModelPolicy;

class Watching final : public engine::Policy {
 public:
  Watching(const LabelledDay& day, const Model& model, Calibration& out)
      : day_(day), models_(model), message_(model.tree("message")), out_(out) {}
  void at(std::size_t index) { index_ = index; }

  engine::Decision decide(engine::Situation& s) override {
    const int gold = day_.messages[index_].lead;
    bool has_lead = false;
    const std::size_t best = models_.score_pairs(s);
    for (const auto& c : s.candidates) {
      const bool same = gold >= 0 && label_of(day_, c) == gold;
      has_lead |= same;
      out_.pair.add(c.probability, same);
    }
    out_.appeal.add(s.message->appeal, gold >= 0);
    if (!message_.empty()) {
      engine::MessageRow row;
      engine::message_features(s, models_.pairs(), best, row);
      std::array<float, 3> p{};
      message_.probabilities(row, p);
      out_.belongs.add(p[ModelPolicy::open] + p[ModelPolicy::join], gold >= 0);
      out_.opens.add(p[ModelPolicy::open], gold >= 0 && !has_lead);
    }
    return models_.decide(s);
  }

 private:
  const LabelledDay& day_;
  ModelPolicy models_;
  const Trees& message_;
  Calibration& out_;
  std::size_t index_ = 0;
};

}  // namespace

void Reliability::add(float score, bool truth) {
  Bin& b = bins[static_cast<std::size_t>(std::clamp(score * 10, 0.0f, 9.0f))];
  b.n += 1;
  b.score += double{score};
  b.truth += truth;
}

Reliability& Reliability::operator+=(const Reliability& other) {
  for (std::size_t i = 0; i < bins.size(); ++i) {
    bins[i].n += other.bins[i].n;
    bins[i].score += other.bins[i].score;
    bins[i].truth += other.bins[i].truth;
  }
  return *this;
}

double Reliability::error() const {
  double n = 0, sum = 0;
  for (const Bin& b : bins) n += b.n, sum += std::abs(b.score - b.truth);
  return n > 0 ? sum / n : 0;
}

Calibration& Calibration::operator+=(const Calibration& other) {
  appeal += other.appeal;
  belongs += other.belongs;
  opens += other.opens;
  pair += other.pair;
  return *this;
}

Calibration calibration(const Understander& understander, const LabelledDay& day) {
  Calibration out;
  engine::Engine core(understander, day.directory);
  Watching policy(day, understander.model(), out);
  for (std::size_t i = 0; i < day.messages.size(); ++i) {
    policy.at(i);
    core.place(static_cast<MessageNumber>(i + 1), day.messages[i].message, policy);
  }
  return out;
}

std::string to_text(const Calibration& c) {
  std::string out =
      "Ten bins of each score: how many got it, how many of a hundred were so (bins without any: -)\n"
      "score          appeal          belongs            opens             pair\n";
  char line[160];
  const Reliability* all[] = {&c.appeal, &c.belongs, &c.opens, &c.pair};
  for (std::size_t i = 0; i < c.appeal.bins.size(); ++i) {
    std::snprintf(line, sizeof line, "%.1f-%.1f", static_cast<double>(i) / 10, static_cast<double>(i + 1) / 10);
    out += line;
    for (const Reliability* r : all) {
      const auto& b = r->bins[i];
      if (b.n > 0) std::snprintf(line, sizeof line, " %9.0f %6.1f", b.n, 100 * b.truth / b.n);
      else std::snprintf(line, sizeof line, " %9d %6s", 0, "-");
      out += line;
    }
    out += '\n';
  }
  out += "off by ";
  for (const Reliability* r : all) {
    std::snprintf(line, sizeof line, " %16.4f", r->error());
    out += line;
  }
  return out + '\n';
}

}  // namespace linli::train
