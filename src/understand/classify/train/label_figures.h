// How well labels were told: accuracy, and F1 of each label and their mean (macro-F1: the rare labels count as much).
#pragma once
#include <cstdint>
#include <vector>

namespace linli {

class LabelFigures {
 public:
  explicit LabelFigures(std::size_t labels = 0) : labels_(labels), counts_(labels * labels, 0) {}
  void add(std::size_t truth, std::size_t told) { ++counts_[truth * labels_ + told]; }

  std::size_t labels() const { return labels_; }
  std::size_t count(std::size_t truth, std::size_t told) const { return counts_[truth * labels_ + told]; }
  std::size_t size() const;
  std::size_t of(std::size_t truth) const;  // texts that have the label
  std::size_t told(std::size_t label) const;
  double accuracy() const;
  double f1(std::size_t label) const;
  double macro_f1() const;  // over the labels that the texts have or were told to have

 private:
  std::size_t labels_;
  std::vector<std::uint32_t> counts_;
};

}  // namespace linli
