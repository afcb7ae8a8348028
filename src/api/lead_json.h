// Leads, their messages and reasons as the contract shapes them (docs/openapi.yaml: LeadSummary, Lead, LeadMessage …).
#pragma once
#include <boost/json/fwd.hpp>
#include <string>

#include "base/clock.h"
#include "base/words.h"
#include "desk/claims.h"
#include "desk/replies.h"
#include "people/grids.h"
#include "people/groups.h"

namespace linli::api {

// What groups and grids are called. Any thread.
struct Labels {
  const Groups& groups;
  const Grids& grids;
};
struct Services;
Labels labels(const Services& services);

enum class Names { shown, masked };  // of residents (people/masking.h)

boost::json::object lead_summary(const Lead& lead, const Labels& labels, const std::optional<claims::Claim>& claim,
                                 Instant now);
boost::json::object lead_card(const desk::Card& card, const Labels& labels, const std::optional<claims::Claim>& claim,
                              const std::vector<replies::Reply>& replies, Instant now, Language language, Names names);
boost::json::object claim_json(const claims::Claim& claim);
boost::json::object reply_json(const replies::Reply& reply, const Labels& labels, Language language);
boost::json::object outgoing_json(const outgoing::Item& item, const Labels& labels, Language language);
boost::json::array lead_messages(const std::vector<desk::CardMessage>& messages, Language language, Names names);

// "\"7\"": what If-Match is compared with.
std::string etag(const Lead& lead);

}  // namespace linli::api
