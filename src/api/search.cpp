#include <boost/json.hpp>
#include <charconv>

#include "api/case_json.h"
#include "api/duty_json.h"
#include "api/handlers.h"
#include "api/input.h"
#include "api/lead_json.h"
#include "desk/search.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using desk::Search;

constexpr std::size_t kLongest = 200;  // characters of what is typed
constexpr int kPage = 20;

std::string_view name(Search::Spot::Of of) {
  switch (of) {
    case Search::Spot::Of::message: return "message";
    case Search::Spot::Of::summary: return "summary";
    case Search::Spot::Of::place: return "place";
    case Search::Spot::Of::title: return "title";
    case Search::Spot::Of::number: break;
  }
  return "number";
}

Result<Search::Query> query_of(const Request& request) {
  const auto typed = request.query_value("q");
  if (!typed) return fail(Errc::missing_field, Where::at_field("q"));
  if (typed->size() > kLongest * 4)
    return fail(Errc::too_long, Where::at_field("q"), {{"limit", std::to_string(kLongest)}});
  Search::Query query{.typed = *typed, .limit = kPage, .before = 0};
  if (const auto cursor = request.query_value("cursor")) {
    const auto before = from_crockford(*cursor);
    if (!before || *before <= 0) return fail(Errc::bad_value, Where::at_field("cursor"));
    query.before = *before;
  }
  return query;
}

json::object match_json(const Call& call, People& people, const Search::Match& match) {
  json::array spots;
  for (const Search::Spot& spot : match.spots)
    spots.push_back(
        json::object{{"in", name(spot.of)}, {"before", spot.before}, {"words", spot.words}, {"after", spot.after}});
  json::object out{{"lead", nullptr}, {"case", nullptr}, {"spots", std::move(spots)}};
  if (match.lead) out["lead"] = lead_summary(*match.lead, labels(call.services), {}, call.services.clock.now());
  if (match.one) out["case"] = case_summary(call, people, *match.one);
  return out;
}

}  // namespace

// What was typed may name a resident: in the log it is sealed with the key of who typed it.
void search(Call call) {
  auto query = query_of(call.request);
  if (!query) return call.fail(query.error());
  if (!call.services.search) return call.fail({Errc::not_found, Where::at_field("q"), {}});
  if (!call.actor().may(Right::leads_read) && !call.actor().may(Right::cases_read))
    return call.fail({Errc::not_allowed, {}, {}});
  read_recorded(std::move(call), [query = *std::move(query)](Call& c, Tx& tx) -> Result<Looked> {
    auto found = c.services.search->find(tx, c.actor(), query);
    if (!found) return tl::unexpected(std::move(found).error());
    People people(tx);
    json::array results;
    for (const Search::Match& match : found->matches) results.push_back(match_json(c, people, match));
    auto entry = c.entry("data.searched", {}, {}, json::serialize(json::object{{"found", results.size()}}));
    entry.after = query.typed;
    entry.person = audit::Person{"user", to_text(c.session->user.id)};
    const json::object body{{"results", std::move(results)},
                            {"next_cursor", found->next ? json::value(crockford(found->next)) : json::value()},
                            {"complete", found->complete}};
    auto response = answered(people, 200, body);
    if (!response) return tl::unexpected(std::move(response).error());
    return Looked{*std::move(response), std::move(entry)};
  });
}

}  // namespace linli::api
