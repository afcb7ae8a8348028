#include "leads/train/compare.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace linli::train {
namespace {

// The first points of a text, so that a line stays a line.
std::string brief(std::string text) {
  constexpr std::size_t kMost = 90;
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

class Judge {
 public:
  void day(const LabelledDay& day, const Predicted& predicted) {
    const LeadMatching matching = match_leads(day, predicted);
    std::vector<int> found(day.messages.size(), -1);
    for (std::size_t p = 0; p < predicted.size(); ++p) {
      for (const auto m : predicted[p].messages) found[m] = static_cast<int>(p);
    }
    std::vector<bool> told(day.leads.size(), false);
    for (std::size_t i = 0; i < day.messages.size(); ++i) {
      const auto& m = day.messages[i];
      const std::string where = day.name + " " + m.message.id, text = brief(m.message.text);
      if (m.lead < 0) {
        add(left_alone, where, text, found[i] < 0);
        continue;
      }
      const auto lead = static_cast<std::size_t>(m.lead);
      told[lead] = true;
      add(heard, where, text, found[i] >= 0);
      add(joined, where, text, found[i] >= 0 && matching.best[lead] == found[i]);
    }
    for (std::size_t g = 0; g < day.leads.size(); ++g) {
      if (!told[g]) continue;
      const LabelledLead& lead = day.leads[g];
      const std::string where = day.name + " " + lead.id, text = brief(lead.summary);
      const auto* match = matching.match[g] < 0 ? nullptr : &predicted[static_cast<std::size_t>(matching.match[g])];
      const auto* best = matching.best[g] < 0 ? nullptr : &predicted[static_cast<std::size_t>(matching.best[g])];
      add(in_time, where, text, opened_in_time(day, predicted, g));
      add(matched, where, text, match);
      add(category, where, text, match && match->category == lead.category);
      if (lead.urgency == 1) add(urgency, where, text, best && best->urgency == 1);
      if (!lead.place.empty())
        add(place, where, text, match && canonical_place(match->place) == canonical_place(lead.place));
    }
  }

  std::vector<CaseKind> kinds = {{"message of a lead is heard", {}},
                                 {"chatter is left alone", {}},
                                 {"message is in its lead's main part", {}},
                                 {"lead is opened in time", {}},
                                 {"lead is matched", {}},
                                 {"lead is matched, category right", {}},
                                 {"urgency 1 is seen", {}},
                                 {"lead is matched, place exact", {}}};

 private:
  enum Kind { heard, left_alone, joined, in_time, matched, category, urgency, place };
  void add(Kind kind, const std::string& where, const std::string& text, bool right) {
    kinds[kind].cases.push_back({where, text, right});
  }
};

}  // namespace

std::vector<CaseKind> judge_cases(const std::vector<LabelledDay>& days, const std::vector<Predicted>& predicted) {
  Judge judge;
  for (std::size_t d = 0; d < days.size(); ++d) judge.day(days[d], predicted[d]);
  return std::move(judge.kinds);
}

double sign_test(std::size_t gained, std::size_t lost) {
  const double n = static_cast<double>(gained + lost);
  double tail = 0;
  for (std::size_t k = 0; k <= std::min(gained, lost); ++k) {
    const auto x = static_cast<double>(k);
    tail += std::exp(std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) - n * std::log(2.0));
  }
  return std::min(1.0, 2 * tail);
}

std::vector<Change> compare_figures(const Figures& a, const Figures& b, int draws) {
  std::vector<Change> out;
  const auto before = Figures::values(a.total), after = Figures::values(b.total);
  for (std::size_t f = 0; f < before.size(); ++f)
    out.push_back({before[f].first, before[f].second, after[f].second, 0, 0, 1});
  std::vector<std::vector<double>> drawn(out.size());
  std::mt19937_64 random(1);
  for (int draw = 0; draw < draws; ++draw) {
    Counts x, y;
    for (std::size_t i = 0; i < a.days.size(); ++i) {
      const std::size_t day = random() % a.days.size();
      x += a.days[day];
      y += b.days[day];
    }
    const auto u = Figures::values(x), v = Figures::values(y);
    for (std::size_t f = 0; f < out.size(); ++f) drawn[f].push_back(v[f].second - u[f].second);
  }
  for (std::size_t f = 0; f < out.size(); ++f) {
    auto& d = drawn[f];
    if (d.empty()) continue;
    std::sort(d.begin(), d.end());
    const auto at = [&](double share) {
      return d[static_cast<std::size_t>(share * static_cast<double>(d.size() - 1))];
    };
    out[f].low = at(0.025);
    out[f].high = at(0.975);
    const auto down = static_cast<double>(std::upper_bound(d.begin(), d.end(), 0.0) - d.begin());
    const auto up = static_cast<double>(d.end() - std::lower_bound(d.begin(), d.end(), 0.0));
    out[f].chance = std::min(1.0, 2 * std::min(down, up) / static_cast<double>(d.size()));
  }
  return out;
}

}  // namespace linli::train
