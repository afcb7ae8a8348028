#include "leads/train/score.h"

#include <algorithm>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <tuple>

#include "base/normal_form.h"
#include "understand/taxonomy.h"

namespace linli::train {
namespace {

double ratio(double a, double b) { return b != 0 ? a / b : 0; }
double f1(double p, double r) { return p + r > 0 ? 2 * p * r / (p + r) : 0; }

void replace_all(std::u32string& s, std::u32string_view what, std::u32string_view by) {
  for (std::size_t at = s.find(what); at != s.npos; at = s.find(what, at + by.size())) s.replace(at, what.size(), by);
}

std::u32string canonical(std::string_view place) {
  std::u32string p = decode_utf8(place);
  replace_all(p, U"号楼", U"栋");
  replace_all(p, U"#楼", U"栋");
  std::u32string q;
  for (std::size_t i = 0; i < p.size(); ++i) {
    static constexpr std::u32string_view kDropped = U" \t\n,，、。·-—()（）#号";
    if (kDropped.find(p[i]) == kDropped.npos) q.push_back(p[i]);
  }
  static constexpr std::u32string_view kDigits = U"一二三四五六七八九";
  const auto digit = [&](std::size_t i) { return i < q.size() && kDigits.find(q[i]) != kDigits.npos; };
  std::u32string r;
  for (std::size_t i = 0; i < q.size(); ++i) {
    if (q[i] == U'十') {
      const bool before = i > 0 && digit(i - 1);
      // As score.py does it, one rule after the other: 十三 13, 二十 20, 十 10.
      r += digit(i + 1) ? U"1" : before ? U"0" : U"10";
      continue;
    }
    if (digit(i)) r.push_back(U'1' + static_cast<char32_t>(kDigits.find(q[i])));
    else r.push_back(q[i]);
  }
  replace_all(r, U"幢", U"栋");
  replace_all(r, U"座", U"栋");
  replace_all(r, U"楼栋", U"栋");
  return r;
}

}  // namespace

std::string canonical_place(std::string_view place) { return encode_utf8(canonical(place)); }

std::string building_of(std::string_view place) {
  const std::u32string p = canonical(place);
  for (std::size_t at = p.find(U'栋'); at != p.npos; at = p.find(U'栋', at + 1)) {
    std::size_t begin = at;
    while (begin > 0 && p[begin - 1] >= '0' && p[begin - 1] <= '9') --begin;
    if (begin < at) return encode_utf8(p.substr(begin, at + 1 - begin));
    if (at > 0 && ((p[at - 1] >= 'A' && p[at - 1] <= 'Z') || (p[at - 1] >= 'a' && p[at - 1] <= 'z'))) {
      const char32_t upper = p[at - 1] >= 'a' ? p[at - 1] - 32 : p[at - 1];
      return encode_utf8(std::u32string{upper, U'栋'});
    }
  }
  return {};
}

Counts& Counts::operator+=(const Counts& o) {
  auto* to = reinterpret_cast<double*>(this);
  const auto* from = reinterpret_cast<const double*>(&o);
  for (std::size_t i = 0; i < sizeof(Counts) / sizeof(double); ++i) to[i] += from[i];
  return *this;
}

LeadMatching match_leads(const LabelledDay& day, const Predicted& predicted) {
  const std::size_t gold_n = day.leads.size(), pred_n = predicted.size();
  std::vector<double> gold_size(gold_n, 0);
  for (const auto& m : day.messages) {
    if (m.lead >= 0) ++gold_size[static_cast<std::size_t>(m.lead)];
  }
  struct Pair {
    double jaccard;
    std::size_t g, p;
  };
  std::vector<Pair> pairs;
  for (std::size_t p = 0; p < pred_n; ++p) {
    std::map<std::size_t, double> common;
    const std::set<std::size_t> mine(predicted[p].messages.begin(), predicted[p].messages.end());
    for (const auto m : mine) {
      if (day.messages[m].lead >= 0) ++common[static_cast<std::size_t>(day.messages[m].lead)];
    }
    for (const auto& [g, n] : common) {
      pairs.push_back({n / (gold_size[g] + static_cast<double>(mine.size()) - n), g, p});
    }
  }
  // As score.py: the best first; of equals the last.
  std::sort(pairs.begin(), pairs.end(),
            [](const Pair& a, const Pair& b) { return std::tie(a.jaccard, a.g, a.p) > std::tie(b.jaccard, b.g, b.p); });
  LeadMatching out{std::vector<int>(gold_n, -1), std::vector<int>(gold_n, -1), std::vector<int>(pred_n, -1)};
  std::vector<bool> used(pred_n, false);
  for (const Pair& x : pairs) {
    if (x.jaccard >= 0.5 && out.match[x.g] < 0 && !used[x.p]) out.match[x.g] = static_cast<int>(x.p), used[x.p] = true;
    if (out.best[x.g] < 0) out.best[x.g] = static_cast<int>(x.p);
  }
  for (std::size_t g = 0; g < gold_n; ++g) {
    if (out.best[g] >= 0) out.back[static_cast<std::size_t>(out.best[g])] = static_cast<int>(g);
  }
  return out;
}

bool opened_in_time(const LabelledDay& day, const Predicted& predicted, std::size_t lead) {
  std::size_t first = 0, window = 0, n = 0;
  for (std::size_t i = 0; i < day.messages.size() && n < 3; ++i) {
    if (day.messages[i].lead != static_cast<int>(lead)) continue;
    if (n++ == 0) first = i;
    window = i;
  }
  return n > 0 && std::any_of(predicted.begin(), predicted.end(), [&](const PredictedLead& p) {
           return p.opened_at >= first && p.opened_at <= window &&
                  std::any_of(p.messages.begin(), p.messages.end(),
                              [&](auto m) { return day.messages[m].lead == static_cast<int>(lead); });
         });
}

Counts score_day(const LabelledDay& day, const Predicted& predicted, std::vector<std::string>* errors) {
  Counts c;
  const auto say = [&](const std::string& line) {
    if (errors) errors->push_back(day.name + " " + line);
  };
  const std::size_t n = day.messages.size(), gold_n = day.leads.size(), pred_n = predicted.size();
  std::vector<int> g_of(n, -1), p_of(n, -1);
  std::vector<std::set<std::size_t>> gm(gold_n), pm(pred_n);
  for (std::size_t i = 0; i < n; ++i) {
    g_of[i] = day.messages[i].lead;
    if (g_of[i] >= 0) gm[static_cast<std::size_t>(g_of[i])].insert(i);
  }
  for (std::size_t p = 0; p < pred_n; ++p) {
    for (const auto m : predicted[p].messages) p_of[m] = static_cast<int>(p), pm[p].insert(m);
  }
  const auto both = [&](std::size_t g, std::size_t p) {
    return static_cast<double>(
        std::count_if(gm[g].begin(), gm[g].end(), [&](std::size_t m) { return p_of[m] == static_cast<int>(p); }));
  };
  for (std::size_t i = 0; i < n; ++i) {
    const bool g = g_of[i] >= 0, p = p_of[i] >= 0;
    c.det_tp += g && p;
    c.det_fp += !g && p;
    c.det_fn += g && !p;
    if (!g && !p) continue;
    const double gs = g ? static_cast<double>(gm[static_cast<std::size_t>(g_of[i])].size()) : 1;
    const double ps = p ? static_cast<double>(pm[static_cast<std::size_t>(p_of[i])].size()) : 1;
    const double common = g && p ? both(static_cast<std::size_t>(g_of[i]), static_cast<std::size_t>(p_of[i])) : 1;
    c.b3_p += common / ps;
    c.b3_r += common / gs;
    c.b3_n += 1;
  }
  const LeadMatching matching = match_leads(day, predicted);
  const auto& [match, best, back] = matching;
  c.leads_gold = static_cast<double>(gold_n);
  c.leads_pred = static_cast<double>(pred_n);
  for (std::size_t g = 0; g < gold_n; ++g) {
    const LabelledLead& lead = day.leads[g];
    const std::vector<std::size_t> mine(gm[g].begin(), gm[g].end());
    if (mine.empty()) continue;
    const bool seen = opened_in_time(day, predicted, g);
    c.in_time += seen;
    if (!seen) say(lead.id + " " + lead.category + " not opened in time: " + lead.summary);
    if (lead.urgency == 1) {
      c.u1_gold += 1;
      const bool hit = best[g] >= 0 && predicted[static_cast<std::size_t>(best[g])].urgency == 1;
      c.u1_hit += hit;
      if (!hit) say(lead.id + " URGENCY 1 missed: " + lead.summary);
    }
    if (match[g] < 0) {
      say(lead.id + " " + lead.category + " not matched: " + lead.summary);
      continue;
    }
    const PredictedLead& p = predicted[static_cast<std::size_t>(match[g])];
    c.leads_match += 1;
    c.cat_ok += p.category == lead.category;
    if (p.category != lead.category)
      say(lead.id + " category " + p.category + " for " + lead.category + ": " + lead.summary);
    c.hand_ok += p.reply == lead.reply;
    c.area_ok += p.area_wide == lead.area_wide;
    if (lead.place.empty()) {
      c.noplace_n += 1;
      c.noplace_bad += !p.place.empty();
      continue;
    }
    c.place_n += 1;
    const bool exact = canonical_place(p.place) == canonical_place(lead.place);
    c.place_ok += exact;
    if (!exact)
      say(lead.id + " place " + (p.place.empty() ? "-" : p.place) + " for " + lead.place + ": " + lead.summary);
    if (const std::string building = building_of(lead.place); !building.empty()) {
      c.bld_n += 1;
      c.bld_ok += building_of(p.place) == building;
    }
  }
  for (std::size_t p = 0; p < pred_n; ++p) {
    if (predicted[p].urgency == 1) {
      c.u1_pred += 1;
      const bool right = back[p] >= 0 && day.leads[static_cast<std::size_t>(back[p])].urgency == 1;
      c.u1_right += right;
      if (!right) say("urgency 1 in vain: " + day.messages[predicted[p].messages.front()].message.text.substr(0, 120));
    }
    if (std::none_of(pm[p].begin(), pm[p].end(), [&](std::size_t m) { return g_of[m] >= 0; })) {
      c.false_leads += 1;
      say("false lead " + predicted[p].category + ": " +
          day.messages[predicted[p].messages.front()].message.text.substr(0, 120));
    }
  }
  c.messages = static_cast<double>(n);
  return c;
}

Figures score(const std::vector<LabelledDay>& days, const std::vector<Predicted>& predicted,
              std::vector<std::string>* errors) {
  Figures f;
  for (std::size_t d = 0; d < days.size(); ++d) {
    f.days.push_back(score_day(days[d], predicted[d], errors));
    f.total += f.days.back();
  }
  return f;
}

std::vector<std::pair<std::string, double>> Figures::values(const Counts& c) {
  const double dp = ratio(c.det_tp, c.det_tp + c.det_fp), dr = ratio(c.det_tp, c.det_tp + c.det_fn);
  const double bp = ratio(c.b3_p, c.b3_n), br = ratio(c.b3_r, c.b3_n);
  const double lp = ratio(c.leads_match, c.leads_pred), lr = ratio(c.leads_match, c.leads_gold);
  return {{"detection_precision", dp},
          {"detection_recall", dr},
          {"detection_f1", f1(dp, dr)},
          {"opened_in_time", ratio(c.in_time, c.leads_gold)},
          {"false_leads_per_100_messages", 100 * ratio(c.false_leads, c.messages)},
          {"bcubed_precision", bp},
          {"bcubed_recall", br},
          {"bcubed_f1", f1(bp, br)},
          {"lead_precision", lp},
          {"lead_recall", lr},
          {"lead_f1", f1(lp, lr)},
          {"category_accuracy", ratio(c.cat_ok, c.leads_match)},
          {"urgency1_recall", ratio(c.u1_hit, c.u1_gold)},
          {"urgency1_precision", ratio(c.u1_right, c.u1_pred)},
          {"place_exact", ratio(c.place_ok, c.place_n)},
          {"building", ratio(c.bld_ok, c.bld_n)},
          {"place_invented", ratio(c.noplace_bad, c.noplace_n)},
          {"handling_accuracy", ratio(c.hand_ok, c.leads_match)},
          {"area_wide_accuracy", ratio(c.area_ok, c.leads_match)}};
}

std::vector<std::pair<double, double>> Figures::intervals(int draws) const {
  std::mt19937_64 random(95);
  std::vector<std::vector<double>> all(values(total).size());
  for (int d = 0; d < draws; ++d) {
    Counts sum;
    for (std::size_t i = 0; i < days.size(); ++i) sum += days[random() % days.size()];
    const auto v = values(sum);
    for (std::size_t k = 0; k < v.size(); ++k) all[k].push_back(v[k].second);
  }
  std::vector<std::pair<double, double>> out;
  for (auto& v : all) {
    std::sort(v.begin(), v.end());
    const auto at = [&](double q) {
      return v.empty() ? 0 : v[static_cast<std::size_t>(q * static_cast<double>(v.size() - 1))];
    };
    out.emplace_back(at(0.025), at(0.975));
  }
  return out;
}

}  // namespace linli::train
