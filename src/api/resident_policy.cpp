// What a district decides about its residents' pages.
#include "cases/resident_policy.h"

#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"

namespace linli::api {
namespace {

namespace json = boost::json;

Response policy_answer(const Call& call, const ResidentPolicy& policy, int revision) {
  json::array phones;
  for (const auto& phone : policy.phones)
    phones.push_back(json::object{{"name", phone.name}, {"number", phone.number}});
  const std::string& url = call.services.residents_url;
  Response response =
      json_answer(200, json::serialize(json::object{{"revision", revision},
                                                    {"name", policy.name},
                                                    {"phones", std::move(phones)},
                                                    {"form_open", policy.form_open},
                                                    {"tell_progress", policy.tell_progress},
                                                    {"url", url.empty() ? json::value() : json::value(url)}}));
  response.headers.emplace_back("etag", "\"" + std::to_string(revision) + "\"");
  return response;
}

}  // namespace

void get_resident_policy(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto policy = resident_policy::load(tx);
    if (!policy) return tl::unexpected(std::move(policy).error());
    return policy_answer(c, policy->first, policy->second);
  });
}

void set_resident_policy(Call call) {
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  if (!call.actor().everywhere(Right::routing_change)) return call.fail({Errc::not_allowed, {}, {}});
  Input in(call.request);
  ResidentPolicy policy;
  policy.name = in.text("name", 1, 60);
  for (const char* needed : {"phones", "form_open", "tell_progress"})
    if (!in.has(needed)) in.wrong(Errc::missing_field, needed);
  for (Input& one : in.objects("phones", 10)) {
    policy.phones.push_back({one.text("name", 1, 40), one.text("number", 3, 32)});
    in.finish(one);
  }
  policy.form_open = in.optional_bool("form_open").value_or(false);
  policy.tell_progress = in.optional_bool("tell_progress").value_or(false);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [policy, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    auto revision = resident_policy::set(tx, policy, seen, c.actor().id, c.services.clock.now());
    if (!revision) return tl::unexpected(std::move(revision).error());
    LINLI_TRY(record(
        c, tx, "setting.changed", "setting", "residents",
        json::serialize(json::object{{"form_open", policy.form_open}, {"tell_progress", policy.tell_progress}})));
    return Written{policy_answer(c, policy, *revision), {}};
  });
}

}  // namespace linli::api
