// What goes to the district's own ways. Blocking, within 10 s; on a thread of one's own.
#pragma once
#include <string>

#include "channels/sender.h"
#include "notify/text.h"
#include "notify/wishes.h"

namespace linli::notify {

// A WeCom group robot takes 20 messages a minute; they are spaced, and what waits goes together.
inline constexpr std::chrono::seconds kRobotPause{3};
inline constexpr std::size_t kRobotBytes = 2'048;

// The lines as one text message, with how many more there are.
std::string robot_body(const std::vector<std::string>& lines, const std::string& link);
// Judged by errcode: 45009 and -1 later; 93000, 93004 and all others for good.
Sender::Said post_robot(const std::string& url, const std::string& body);

// {"type":"notify.<kind>", "timestamp":…, "data":{…}} signed by Standard Webhooks; the id tells repetitions apart.
std::string webhook_body(const Delivery& delivery, const About& about, const std::string& link, Instant now);
// By the district's webhook or its gateway; signed by both secrets while one replaces the other.
Sender::Said post_webhook(const DistrictWay& way, const std::string& id, const std::string& body, Instant now);

// The gateway's body with what it names put in as JSON texts. Empty: it is no JSON, or lacks {to} or {text}.
std::string gateway_body(std::string_view body, std::string_view to, Way way, std::string_view text);
// A gateway need not know repetitions: what may have arrived is `unknown`.
Sender::Said post_gateway(const DistrictWay& way, const std::string& id, const std::string& body, Instant now);

}  // namespace linli::notify
