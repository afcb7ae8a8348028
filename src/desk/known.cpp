#include "desk/known.h"

#include <algorithm>
#include <set>

#include "base/normal_form.h"
#include "base/utf8.h"
#include "leads/lead_store.h"
#include "people/routing.h"

namespace linli::desk {
namespace {

constexpr std::chrono::hours kWindow{7 * 24};
constexpr std::size_t kShown = 3;
constexpr std::size_t kLeastKey = 2;  // characters

constexpr std::string_view kNear =
    "SELECT l.id, c.state FROM leads l LEFT JOIN cases c ON c.lead_id = l.id WHERE l.state IN ('open', 'confirmed', "
    "'in_case') AND l.latest_at >= $1 AND substr(l.grid_path || '/', 1, length(CAST($2 AS TEXT)) + 1) = CAST($2 AS "
    "TEXT) || '/' AND "
    "COALESCE(c.confidential, 0) = 0 AND COALESCE(c.is_open, 1) = 1 ORDER BY l.latest_at DESC LIMIT 200";

std::set<std::string> pairs(std::string_view text) {
  std::set<std::string> out;
  const NormalForm normal = normalize(text);
  for (std::string_view rest = normal.bytes; code_points(rest) >= 2;
       rest.remove_prefix(first_code_points(rest, 1).size()))
    out.emplace(first_code_points(rest, 2));
  return out;
}

// "锦苑3栋2单元" holds "锦苑3栋", and "3栋" where a chat left out the compound; "13栋" does not hold "3栋".
bool holds_place(std::string_view all, std::string_view part) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t at = all.find(part); at != all.npos; at = all.find(part, at + 1)) {
    const std::size_t end = at + part.size();
    if ((at == 0 || !digit(part.front()) || !digit(all[at - 1])) &&
        (end == all.size() || !digit(part.back()) || !digit(all[end])))
      return true;
  }
  return false;
}

bool same_place(const std::string& a, const std::string& b) {
  if (code_points(a) < kLeastKey || code_points(b) < kLeastKey) return false;
  return a.size() < b.size() ? holds_place(b, a) : holds_place(a, b);
}

}  // namespace

Result<std::vector<Known>> known(Tx& tx, const Sealer& sealer, std::string_view grid_path, std::string_view place,
                                 std::string_view text, Instant now) {
  std::vector<std::pair<LeadId, std::optional<CaseState>>> near;
  LINLI_TRY(tx.each(kNear, {now - kWindow, grid_path},
                    [&](const Row& row) { near.emplace_back(row.get<LeadId>(0), parse_case_state(row.bytes(1))); }));
  const std::string key = without_room(place_key(place));
  const auto words = pairs(text);
  std::vector<std::pair<std::size_t, Known>> found;
  for (const auto& [id, state] : near) {
    auto lead = lead_store::find(tx, sealer, id);
    if (!lead) return tl::unexpected(std::move(lead).error());
    if (!*lead || !same_place(key, without_room(place_key((*lead)->place)))) continue;
    const auto theirs = pairs((*lead)->summary);
    const auto shared = static_cast<std::size_t>(
        std::ranges::count_if(words, [&](const std::string& pair) { return theirs.contains(pair); }));
    found.emplace_back(shared, Known{id, (*lead)->grid_path, (*lead)->category, state, (*lead)->asked_at});
  }
  std::ranges::stable_sort(found, std::greater{}, &std::pair<std::size_t, Known>::first);
  std::vector<Known> out;
  for (auto& [shared, one] : found)
    if (out.size() < kShown) out.push_back(std::move(one));
  return out;
}

}  // namespace linli::desk
