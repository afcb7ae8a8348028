#include "understand/classify/train/label_figures.h"

#include <numeric>

namespace linli {

std::size_t LabelFigures::size() const { return std::accumulate(counts_.begin(), counts_.end(), std::size_t{0}); }

std::size_t LabelFigures::of(std::size_t truth) const {
  std::size_t n = 0;
  for (std::size_t l = 0; l < labels_; ++l) n += count(truth, l);
  return n;
}

std::size_t LabelFigures::told(std::size_t label) const {
  std::size_t n = 0;
  for (std::size_t l = 0; l < labels_; ++l) n += count(l, label);
  return n;
}

double LabelFigures::accuracy() const {
  std::size_t right = 0;
  for (std::size_t l = 0; l < labels_; ++l) right += count(l, l);
  return size() ? static_cast<double>(right) / static_cast<double>(size()) : 0;
}

double LabelFigures::f1(std::size_t label) const {
  const std::size_t both = of(label) + told(label);
  return both ? 2.0 * static_cast<double>(count(label, label)) / static_cast<double>(both) : 0;
}

double LabelFigures::macro_f1() const {
  double sum = 0;
  std::size_t n = 0;
  for (std::size_t l = 0; l < labels_; ++l) {
    if (of(l) + told(l) == 0) continue;
    sum += f1(l);
    ++n;
  }
  return n ? sum / static_cast<double>(n) : 0;
}

}  // namespace linli
