#include "cases/policy.h"

#include <boost/json.hpp>

#include "people/policies.h"

namespace linli::case_policy {
namespace {

namespace json = boost::json;

constexpr std::string_view kName = "cases";

json::object allowance_json(const Allowance& one) { return {{"minutes", one.time.count()}, {"working", one.working}}; }

Allowance allowance_of(const json::value& value) {
  return {std::chrono::minutes(value.at("minutes").to_number<int>()), value.at("working").as_bool()};
}

}  // namespace

Result<std::pair<CasePolicy, int>> load(Tx& tx) {
  auto kept = policies::find(tx, kName);
  if (!kept) return tl::unexpected(std::move(kept).error());
  std::pair<CasePolicy, int> out{{}, kept->revision};
  if (kept->revision == 0) return out;
  const json::value value = json::parse(kept->value);
  for (const json::value& one : value.at("prefixes").as_array())
    out.first.prefixes.emplace(GridId{one.at("grid").as_int64()}, std::string(one.at("prefix").as_string()));
  for (const json::value& one : value.at("times").as_array())
    out.first.times.push_back({std::string(one.at("category").as_string()),
                               one.at("urgency").to_number<int>(),
                               {allowance_of(one.at("accept")), allowance_of(one.at("done"))}});
  return out;
}

Result<int> set(Tx& tx, const CasePolicy& policy, int seen, UserId by, Instant now) {
  json::array prefixes, times;
  for (const auto& [grid, prefix] : policy.prefixes)
    prefixes.push_back(json::object{{"grid", grid.value}, {"prefix", prefix}});
  for (const CaseTimesRule& rule : policy.times)
    times.push_back(json::object{{"category", rule.category},
                                 {"urgency", rule.urgency},
                                 {"accept", allowance_json(rule.times.accept)},
                                 {"done", allowance_json(rule.times.done)}});
  return policies::set(tx, kName,
                       json::serialize(json::object{{"prefixes", std::move(prefixes)}, {"times", std::move(times)}}),
                       seen, by, now);
}

std::string prefix(const CasePolicy& policy, const GridTree& tree, std::string_view grid_path) {
  const Grid* grid = tree.find_code(grid_path.substr(grid_path.rfind('/') + 1));
  if (!grid) return "case";
  const Grid* district = tree.above(grid->id, GridLevel::district);
  if (!district) district = tree.line(grid->id).front();
  const auto set = policy.prefixes.find(district->id);
  return set == policy.prefixes.end() ? district->code : set->second;
}

}  // namespace linli::case_policy
