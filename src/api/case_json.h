// Cases as the contract shapes them (docs/openapi.yaml: CaseSummary, Case …), as this caller sees them.
#pragma once
#include <boost/json/fwd.hpp>
#include <string>

#include "api/duty_json.h"
#include "cases/cases.h"

namespace linli {
struct Task;
struct TaskRule;
}  // namespace linli

namespace linli::api {

boost::json::object case_summary(const Call& call, People& people, const cases::Shown& shown);
// With timeline, times explained, and what the caller may do.
Result<boost::json::object> case_card(const Call& call, Tx& tx, People& people, const cases::Shown& shown);
boost::json::object case_event(const std::string& kind, const Case& one);
// About to be late.
inline constexpr std::chrono::hours kSoon{2};
// What the query of a list asks for. Errors: bad_value, unknown_case, not_found.
Result<cases::Filter> case_filter(const Call& call);

boost::json::object times_json(const CaseTimesRule& rule);

// A sub-task, for whoever sees the case (tasks.cpp).
boost::json::object task_offer_json(const TaskRule& rule);
boost::json::object task_json(const Call& call, const Task& task, const Case& one);

}  // namespace linli::api
