#include "desk/similar.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/normal_form.h"
#include "base/utf8.h"
#include "leads/lead_store.h"
#include "people/routing.h"

namespace linli::desk {
namespace {

constexpr std::size_t kOpened = 100, kShown = 5;
constexpr std::chrono::hours kWindow{72};
constexpr std::chrono::minutes kClose{60};
constexpr double kLeast = 0.35;

// All that is not sealed of those that could be.
constexpr std::string_view kNear =
    "SELECT id, grid_path, group_ids, category, asked_at FROM leads WHERE (state IN ('open', 'confirmed') OR (state = "
    "'answered' AND decided_at >= $1)) AND latest_at >= $2 AND asked_at <= $3 AND id <> $4";

// ",12,9," holds ",9,".
bool share_a_group(const std::vector<GroupId>& groups, std::string_view ids) {
  const std::string all = "," + std::string(ids) + ",";
  return std::ranges::any_of(
      groups, [&](GroupId group) { return all.find("," + std::to_string(group.value) + ",") != all.npos; });
}

std::chrono::minutes apart(const Lead& a, Instant asked) {
  return std::chrono::abs(std::chrono::duration_cast<std::chrono::minutes>(a.asked_at - asked));
}

// Pairs of neighbouring characters, letters and words alike.
std::set<std::string, std::less<>> pairs(std::string_view text) {
  const NormalForm normal = normalize(text);
  std::set<std::string, std::less<>> out;
  for (std::string_view rest = normal.bytes; code_points(rest) >= 2;) {
    const std::string_view pair = first_code_points(rest, 2);
    if (std::ranges::none_of(pair, [](char c) { return c == ' ' || std::ispunct(static_cast<unsigned char>(c)); }))
      out.emplace(pair);
    rest.remove_prefix(first_code_points(rest, 1).size());
  }
  return out;
}

// "楼下漏水" of two summaries: runs of shared pairs, the longest first.
std::string shared_words(std::string_view text, const std::set<std::string, std::less<>>& others) {
  std::string best, run;
  const NormalForm normal = normalize(text);
  for (std::string_view rest = normal.bytes; code_points(rest) >= 2;) {
    const std::string_view pair = first_code_points(rest, 2), one = first_code_points(rest, 1);
    if (others.contains(pair)) run = run.empty() ? std::string(pair) : run + std::string(pair.substr(one.size()));
    else run.clear();
    if (run.size() > best.size()) best = run;
    rest.remove_prefix(one.size());
  }
  return best;
}

}  // namespace

Result<std::vector<Similar>> similar(Tx& tx, const Sealer& sealer, const Actor& actor, LeadId id, Instant today) {
  auto found = find(tx, sealer, actor, id);
  if (!found) return tl::unexpected(std::move(found).error());
  const Lead& lead = *found;

  struct Near {
    double score;
    LeadId id;
  };
  std::vector<Near> near;
  std::string path;  // of the row before: neighbours in the table are often of one grid
  bool seen = false;
  LINLI_TRY(tx.each(kNear, {today, lead.asked_at - kWindow, lead.latest_at + kWindow, id}, [&](const Row& row) {
    const std::string_view grid = row.bytes(1);
    if (path != grid || path.empty()) {
      path = grid;
      seen = actor.may(Right::leads_read, path);
    }
    if (!seen) return;
    const double minutes = static_cast<double>(apart(lead, row.get<Instant>(4)).count());
    near.push_back({(grid == lead.grid_path ? 3.0 : 0.0) + (row.bytes(3) == lead.category ? 2.0 : 0.0) +
                        (share_a_group(lead.groups, row.bytes(2)) ? 1.5 : 0.0) + 2.0 * std::exp(-minutes / 120),
                    row.get<LeadId>(0)});
  }));
  const auto likely = near.begin() + static_cast<std::ptrdiff_t>(std::min(near.size(), kOpened));
  std::ranges::partial_sort(
      near, likely, [](const Near& a, const Near& b) { return a.score != b.score ? a.score > b.score : a.id > b.id; });
  near.erase(likely, near.end());

  const std::string place = place_key(lead.place), building = without_room(place);
  const auto words = pairs(lead.summary);
  std::vector<Similar> out;
  for (const Near& one : near) {
    auto other = lead_store::find(tx, sealer, one.id);
    if (!other) return tl::unexpected(std::move(other).error());
    if (!*other) continue;
    Similar similar{std::move(**other), 0, {}};
    const Lead& l = similar.lead;
    const auto say = [&](double weight, std::string code, Args args = {}) {
      similar.score += weight;
      similar.reasons.push_back({"similar." + std::move(code), std::move(args)});
    };
    const std::string there = place_key(l.place);
    if (!place.empty() && place == there) say(0.4, "same_place", {{"place", l.place}});
    else if (!building.empty() && building == without_room(there)) say(0.3, "same_building", {{"place", l.place}});
    else if (!l.grid_path.empty() && l.grid_path == lead.grid_path) say(0.1, "same_grid");
    if (l.category == lead.category) say(0.25, "same_category", {{"category", l.category}});
    const auto theirs = pairs(l.summary);
    std::size_t both = 0;
    for (const auto& pair : theirs) both += words.contains(pair);
    const std::size_t either = words.size() + theirs.size() - both;
    if (const std::string same = shared_words(l.summary, words); both >= 2 && code_points(same) >= 3)
      say(0.25 * std::min(1.0, 2.0 * static_cast<double>(both) / static_cast<double>(either)), "same_words",
          {{"words", same}});
    if (std::ranges::find_first_of(l.groups, lead.groups) != l.groups.end()) say(0.05, "same_group");
    if (const auto minutes = apart(lead, l.asked_at); minutes <= kClose)
      say(0.1 * (1 - static_cast<double>(minutes.count()) / 120), "close_in_time",
          {{"minutes", std::to_string(minutes.count())}});
    if (similar.score >= kLeast) out.push_back(std::move(similar));
  }
  std::ranges::sort(out, [](const Similar& a, const Similar& b) {
    return a.score != b.score ? a.score > b.score : a.lead.id > b.lead.id;
  });
  if (out.size() > kShown) out.erase(out.begin() + kShown, out.end());
  return out;
}

}  // namespace linli::desk
