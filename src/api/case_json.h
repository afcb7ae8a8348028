// Cases as the contract shapes them (docs/openapi.yaml: CaseSummary, Case …), as this caller sees them.
#pragma once
#include <boost/json/fwd.hpp>
#include <string>

#include "api/duty_json.h"
#include "cases/cases.h"

namespace linli::api {

boost::json::object case_summary(const Call& call, People& people, const cases::Shown& shown);
// With timeline, times explained, and what the caller may do.
Result<boost::json::object> case_card(const Call& call, Tx& tx, People& people, const cases::Shown& shown);
boost::json::object case_event(const std::string& kind, const Case& one);
boost::json::object times_json(const CaseTimesRule& rule);

}  // namespace linli::api
