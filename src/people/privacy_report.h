// What is kept about residents, in numbers, for the one who answers for it.
#pragma once
#include <boost/json/object.hpp>
#include <map>
#include <string>

#include "people/policies.h"
#include "store/database.h"

namespace linli {

struct PrivacyReport {
  Instant at{};
  std::int64_t groups = 0;  // that are read
  std::int64_t messages = 0, messages_in_leads = 0, leads = 0, leads_emptied = 0, attachments = 0, opt_outs = 0;
  std::optional<Instant> oldest_message_at;     // of those that stand in no lead
  std::map<std::string, std::int64_t> dropped;  // ever, by reason
  Retention retention;
  std::int64_t erasures = 0, reveals = 0, exports = 0;  // in the log, of the last year
};
// Counts whole tables: on a reader's thread, seconds with millions of messages.
Result<PrivacyReport> privacy_report(Tx& tx, Instant now);
// As the contract has it (docs/openapi.yaml: PrivacyReport).
boost::json::object to_json(const PrivacyReport& report);
boost::json::object to_json(const Retention& retention);

}  // namespace linli
