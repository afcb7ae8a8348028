#include "notify/wishes.h"

#include <algorithm>
#include <array>

#include "people/fetch.h"

namespace linli::notify {
namespace {

constexpr std::string_view kEmail = "notify_settings.email", kUrl = "notify_ways.url", kSecret = "notify_ways.secret";
constexpr std::array<std::string_view, kWays> kNames{"in_app", "email", "robot", "webhook"};

// A sealed column; an error stays in `wrong`.
std::string opened(const Sealer& sealer, std::string_view place, std::string_view sealed, std::optional<Error>& wrong) {
  auto plain = sealer.open(place, sealed);
  if (plain) return *std::move(plain);
  wrong = std::move(plain).error();
  return {};
}

}  // namespace

std::string_view name(Way way) { return kNames[static_cast<std::size_t>(way)]; }

std::optional<Way> parse_way(std::string_view text) {
  const auto found = std::ranges::find(kNames, text);
  if (found == kNames.end()) return {};
  return static_cast<Way>(found - kNames.begin());
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == 0 || at == text.npos || at + 1 == text.size() || text.find('@', at + 1) != text.npos) return false;
  if (text.size() > 254 || text.find('.', at) == text.npos) return false;
  return std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 127 && std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
  });
}

bool is_robot_url(std::string_view url) {
  const std::string_view path = "/cgi-bin/webhook/send?key=";
  const std::size_t at = url.find(path);
  return is_safe_url(url) && at != url.npos && at + path.size() < url.size();
}

Result<Wishes> wishes(Tx& tx, const Sealer& sealer, UserId user) {
  Wishes out;
  std::optional<Error> wrong;
  LINLI_TRY(tx.first("SELECT email, email_on, quiet_from, quiet_to, revision FROM notify_settings WHERE user_id = $1",
                     {user}, [&](const Row& row) {
                       if (!row.is_null(0)) out.email = opened(sealer, kEmail, row.bytes(0), wrong);
                       out.email_on = row.get<bool>(1);
                       if (!row.is_null(2) && !row.is_null(3))
                         out.quiet = {std::chrono::minutes(row.integer(2)), std::chrono::minutes(row.integer(3))};
                       out.revision = row.get<int>(4);
                     }));
  if (wrong) return tl::unexpected(*wrong);
  return out;
}

Result<int> set_wishes(Tx& tx, const Sealer& sealer, UserId user, const Wishes& w, Instant now) {
  const std::string email = w.email.empty() ? std::string() : sealer.seal(kEmail, w.email);
  const auto minute = [&](std::chrono::minutes QuietHours::*end) {
    return w.quiet ? std::optional(((*w.quiet).*end).count()) : std::nullopt;
  };
  auto changed = tx.run(
      "INSERT INTO notify_settings (user_id, email, email_on, quiet_from, quiet_to, revision, changed_at) VALUES ($1, "
      "$2, $3, $4, $5, $6 + 1, $7) ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, email_on = "
      "excluded.email_on, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, revision = "
      "excluded.revision, "
      "changed_at = excluded.changed_at WHERE notify_settings.revision = $6",
      {user, w.email.empty() ? Param(nullptr) : Param(Blob{email}), w.email_on, minute(&QuietHours::from),
       minute(&QuietHours::to), w.revision, now});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  return w.revision + 1;
}

Result<DistrictWays> district_ways(Tx& tx, const Sealer& sealer) {
  DistrictWays out;
  std::optional<Error> wrong;
  LINLI_TRY(tx.each("SELECT way, is_on, url, secret, revision FROM notify_ways", {}, [&](const Row& row) {
    const auto way = parse_way(row.bytes(0));
    if (way != Way::robot && way != Way::webhook) return;
    DistrictWay& one = way == Way::robot ? out.robot : out.webhook;
    one.on = row.get<bool>(1);
    if (!row.bytes(2).empty()) one.url = opened(sealer, kUrl, row.bytes(2), wrong);
    if (!row.is_null(3)) {
      auto secret = WebhookSecret::parse(opened(sealer, kSecret, row.bytes(3), wrong));
      if (secret) one.secret = *std::move(secret);
      else if (!wrong) wrong = std::move(secret).error();
    }
    one.revision = row.get<int>(4);
  }));
  if (wrong) return tl::unexpected(*wrong);
  return out;
}

Result<int> set_way(Tx& tx, const Sealer& sealer, Way way, const DistrictWay& wanted, UserId by, Instant now) {
  const std::string url = sealer.seal(kUrl, wanted.url);
  const std::string secret = wanted.secret ? sealer.seal(kSecret, wanted.secret->text()) : std::string();
  auto changed = tx.run(
      "INSERT INTO notify_ways (way, is_on, url, secret, revision, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5 "
      "+ "
      "1, $6, $7) ON CONFLICT (way) DO UPDATE SET is_on = excluded.is_on, url = excluded.url, secret = "
      "excluded.secret, "
      "revision = excluded.revision, changed_by = excluded.changed_by, changed_at = excluded.changed_at WHERE "
      "notify_ways.revision = $5",
      {name(way), wanted.on, Blob{url}, wanted.secret ? Param(Blob{secret}) : Param(nullptr), wanted.revision, by,
       now});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  return wanted.revision + 1;
}

}  // namespace linli::notify
