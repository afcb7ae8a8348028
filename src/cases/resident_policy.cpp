#include "cases/resident_policy.h"

#include <boost/json.hpp>

#include "people/policies.h"

namespace linli::resident_policy {
namespace {

namespace json = boost::json;

constexpr std::string_view kName = "residents";

}  // namespace

Result<std::pair<ResidentPolicy, int>> load(Tx& tx) {
  auto kept = policies::find(tx, kName);
  if (!kept) return tl::unexpected(std::move(kept).error());
  std::pair<ResidentPolicy, int> out{{}, kept->revision};
  if (kept->revision == 0) return out;
  const json::value value = json::parse(kept->value);
  ResidentPolicy& policy = out.first;
  policy.name = value.at("name").as_string();
  for (const json::value& one : value.at("phones").as_array())
    policy.phones.push_back({std::string(one.at("name").as_string()), std::string(one.at("number").as_string())});
  policy.form_open = value.at("form_open").as_bool();
  policy.tell_progress = value.at("tell_progress").as_bool();
  return out;
}

Result<int> set(Tx& tx, const ResidentPolicy& policy, int seen, UserId by, Instant now) {
  json::array phones;
  for (const auto& phone : policy.phones)
    phones.push_back(json::object{{"name", phone.name}, {"number", phone.number}});
  return policies::set(tx, kName,
                       json::serialize(json::object{{"name", policy.name},
                                                    {"phones", std::move(phones)},
                                                    {"form_open", policy.form_open},
                                                    {"tell_progress", policy.tell_progress}}),
                       seen, by, now);
}

}  // namespace linli::resident_policy
