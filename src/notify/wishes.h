// By which ways people want to be told, and which ways the district has. Addresses, robots' keys and secrets are sealed.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <chrono>

#include "base/clock.h"
#include "channels/webhook/signature.h"
#include "notify/whom.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::notify {

// ---- a person's ----
struct Wishes {
  std::string email, phone, wecom;  // empty: none. wecom: the person's id there
  // Wanted, best first. What does not stand here is off. In the console everybody is told.
  std::vector<Way> ways{Way::push, Way::wecom, Way::email, Way::sms, Way::voice};
  std::optional<QuietHours> quiet;  // an emergency does not wait for their end
  bool digest = false;              // broken promises come together, each half hour
  int revision = 0;                 // 0: never set
  int browsers = 0;                 // that allowed push; read only
};
Result<Wishes> wishes(Tx& tx, const Sealer& sealer, UserId user);
// Error: stale, when they were changed since `wishes.revision`. The new revision.
Result<int> set_wishes(Tx& tx, const Sealer& sealer, UserId user, const Wishes& wishes, Instant now);
// "name@host", without blanks, commas, brackets or control characters.
bool is_email(std::string_view text);
bool is_phone(std::string_view text);     // digits, 5 to 15 of them, "+" before them allowed
bool is_wecom_id(std::string_view text);  // 1 to 64 letters, digits and -_.@
inline constexpr std::chrono::minutes kDigest{30};

// ---- the district's ----
struct WecomApp {
  std::string corp, secret;
  std::int64_t agent = 0;
};
struct Gateway {
  bool sms = false, voice = false;
  std::string body;  // JSON with {to}, {kind} and {text}
};
inline constexpr std::string_view kUsualGatewayBody = R"({"to":"{to}","kind":"{kind}","text":"{text}"})";

// Stands under Way::robot, Way::webhook, Way::wecom and Way::sms (the gateway, of calls too).
struct DistrictWay {
  bool on = false;
  std::string url;                                  // empty: not set up. WeCom: where its API is
  std::optional<WebhookSecret> secret, old_secret;  // webhook and gateway: what it is signed with
  Instant old_until{};                              // so long the old one signs too
  WecomApp app;
  Gateway gateway;
  int revision = 0;
  bool works() const { return on && !url.empty(); }
};
struct DistrictWays {
  DistrictWay robot, webhook, wecom, gateway;
  bool sms() const { return gateway.works() && gateway.gateway.sms; }
  bool voice() const { return gateway.works() && gateway.gateway.voice; }
  DistrictWay* find(Way way);  // null: not the district's
};
Result<DistrictWays> district_ways(Tx& tx, const Sealer& sealer);
// Error: stale. The new revision.
Result<int> set_way(Tx& tx, const Sealer& sealer, Way way, const DistrictWay& wanted, UserId by, Instant now);
// https (or this machine) with the key of a WeCom group robot: …/cgi-bin/webhook/send?key=…
bool is_robot_url(std::string_view url);

// Which of the ways that a person wants would work now, in their order; of one who has none, and why not: "no_address", "off".
struct Usable {
  std::vector<Way> ways;
  std::string_view why;
};
Usable usable(const Wishes& wishes, const DistrictWays& district, bool mail);

}  // namespace linli::notify
