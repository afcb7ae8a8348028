#include <boost/json.hpp>
#include <map>

#include "api/handlers.h"
#include "desk/draft.h"
#include "promise/promise.h"
#include "understand/taxonomy.h"

namespace linli::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kLeadsByState = "SELECT state, COUNT(*) FROM leads l WHERE " LINLI_IN_SCOPE(
    "l.grid_path", leads_read, "$1", "$2", "$3") " GROUP BY state";

}  // namespace

void get_overview(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    std::map<std::string, std::int64_t, std::less<>> leads;
    const Actor& actor = c.actor();
    LINLI_TRY(tx.each(kLeadsByState, {actor.everywhere(Right::leads_read), actor.id, actor.today.number},
                      [&](const Row& row) { leads[row.get<std::string>(0)] = row.get<std::int64_t>(1); }));
    const Services& s = c.services;
    const Groups::Totals groups = s.groups.totals(actor);
    json::object body{
        {"now", format_time(s.clock.now())},
        {"channels", s.channels.all().size()},
        {"groups_admitted", groups.admitted},
        {"groups_waiting", groups.waiting},
        {"messages", groups.messages},
        {"messages_dropped", groups.dropped},
        {"leads", {{"open", leads["open"]}, {"confirmed", leads["confirmed"]}, {"dismissed", leads["dismissed"]}}},
        {"last_heard_at", nullptr},
        {"promise_minutes", kPromise.count()},
        {"model_version", s.model_version}};
    if (groups.last_heard_at) body["last_heard_at"] = format_time(*groups.last_heard_at);
    return json_answer(200, json::serialize(body));
  });
}

void get_taxonomy(Call call) {
  json::array domains;
  for (const Category& category : Taxonomy::embedded().categories()) {
    if (domains.empty() || domains.back().as_object()["domain"].as_string() != category.domain) {
      const std::string key = "domain." + category.domain;
      domains.push_back(json::object{{"domain", category.domain},
                                     {"zh", phrase(key, {}, Language::zh)},
                                     {"en", phrase(key, {}, Language::en)},
                                     {"codes", json::array{}}});
    }
    domains.back().as_object()["codes"].as_array().push_back(
        json::object{{"code", category.code},
                     {"zh", category.zh},
                     {"en", phrase("category." + category.code, {}, Language::en)},
                     {"default_urgency", category.default_urgency},
                     {"simple", category.simple},
                     {"private", starts_private(category.code)}});
  }
  call.answer(json_answer(200, json::serialize(json::object{{"domains", std::move(domains)}})));
}

}  // namespace linli::api
