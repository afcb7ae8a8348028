// By which ways people want to be told, and which ways the district has. Addresses, robots' keys and secrets are sealed.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "channels/webhook/signature.h"
#include "notify/whom.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::notify {

// ---- a person's ----
struct Wishes {
  std::string email;  // empty: none
  bool email_on = true;
  std::optional<QuietHours> quiet;  // an emergency does not wait for their end
  int revision = 0;                 // 0: never set
};
Result<Wishes> wishes(Tx& tx, const Sealer& sealer, UserId user);
// Error: stale, when they were changed since `wishes.revision`. The new revision.
Result<int> set_wishes(Tx& tx, const Sealer& sealer, UserId user, const Wishes& wishes, Instant now);
// "name@host", without blanks, commas, brackets or control characters.
bool is_email(std::string_view text);

// ---- the district's ----
enum class Way { in_app, email, robot, webhook };
inline constexpr std::size_t kWays = 4;
std::string_view name(Way way);
std::optional<Way> parse_way(std::string_view text);

struct DistrictWay {
  bool on = false;
  std::string url;                      // empty: not set up
  std::optional<WebhookSecret> secret;  // webhook: what it is signed with
  int revision = 0;
  bool works() const { return on && !url.empty(); }
};
struct DistrictWays {
  DistrictWay robot, webhook;
};
Result<DistrictWays> district_ways(Tx& tx, const Sealer& sealer);
// Way::robot or Way::webhook. Error: stale. The new revision.
Result<int> set_way(Tx& tx, const Sealer& sealer, Way way, const DistrictWay& wanted, UserId by, Instant now);
// https (or this machine) with the key of a WeCom group robot: …/cgi-bin/webhook/send?key=…
bool is_robot_url(std::string_view url);

}  // namespace linli::notify
