#include "notify/wishes.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

#include "people/fetch.h"

namespace linli::notify {
namespace {

constexpr std::string_view kEmail = "notify_settings.email", kPhone = "notify_settings.phone",
                           kWecom = "notify_settings.wecom", kUrl = "notify_ways.url", kSecret = "notify_ways.secret",
                           kMore = "notify_ways.more";

std::vector<Way> parse_ways(std::string_view text) {
  std::vector<Way> out;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (const auto way = parse_way(text.substr(0, comma))) out.push_back(*way);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

// A sealed column; an error stays in `wrong`.
std::string opened(const Sealer& sealer, std::string_view place, std::string_view sealed, std::optional<Error>& wrong) {
  auto plain = sealer.open(place, sealed);
  if (plain) return *std::move(plain);
  wrong = std::move(plain).error();
  return {};
}

}  // namespace

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

bool is_phone(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return text.size() >= 5 && text.size() <= 15 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_wecom_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '@';
  });
}

Result<Wishes> wishes(Tx& tx, const Sealer& sealer, UserId user) {
  Wishes out;
  std::optional<Error> wrong;
  LINLI_TRY(tx.first(
      "SELECT s.email, s.phone, s.wecom, s.ways, s.quiet_from, s.quiet_to, s.digest, s.revision, (SELECT COUNT(*) FROM "
      "push_subscriptions p WHERE p.user_id = u.id) FROM users u LEFT JOIN notify_settings s ON s.user_id = u.id WHERE "
      "u.id = $1",
      {user}, [&](const Row& row) {
        out.browsers = row.get<int>(8);
        if (row.is_null(7)) return;
        if (!row.is_null(0)) out.email = opened(sealer, kEmail, row.bytes(0), wrong);
        if (!row.is_null(1)) out.phone = opened(sealer, kPhone, row.bytes(1), wrong);
        if (!row.is_null(2)) out.wecom = opened(sealer, kWecom, row.bytes(2), wrong);
        out.ways = parse_ways(row.bytes(3));
        if (!row.is_null(4) && !row.is_null(5))
          out.quiet = {std::chrono::minutes(row.integer(4)), std::chrono::minutes(row.integer(5))};
        out.digest = row.get<bool>(6);
        out.revision = row.get<int>(7);
      }));
  if (wrong) return tl::unexpected(*wrong);
  return out;
}

Result<int> set_wishes(Tx& tx, const Sealer& sealer, UserId user, const Wishes& w, Instant now) {
  const auto sealed = [&](std::string_view place, const std::string& text) {
    return text.empty() ? std::string() : sealer.seal(place, text);
  };
  const auto blob = [](const std::string& bytes) { return bytes.empty() ? Param(nullptr) : Param(Blob{bytes}); };
  const std::string email = sealed(kEmail, w.email), phone = sealed(kPhone, w.phone), wecom = sealed(kWecom, w.wecom);
  const auto minute = [&](std::chrono::minutes QuietHours::*end) {
    return w.quiet ? std::optional(((*w.quiet).*end).count()) : std::nullopt;
  };
  std::string ways;
  for (const Way way : w.ways) (ways += ways.empty() ? "" : ",") += name(way);
  const bool email_on = std::ranges::find(w.ways, Way::email) != w.ways.end();
  auto changed = tx.run(
      "INSERT INTO notify_settings (user_id, email, email_on, quiet_from, quiet_to, revision, changed_at, phone, "
      "wecom, "
      "ways, digest) VALUES ($1, $2, $3, $4, $5, $6 + 1, $7, $8, $9, $10, $11) ON CONFLICT (user_id) DO UPDATE SET "
      "email "
      "= excluded.email, email_on = excluded.email_on, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, "
      "revision = excluded.revision, changed_at = excluded.changed_at, phone = excluded.phone, wecom = excluded.wecom, "
      "ways = excluded.ways, digest = excluded.digest WHERE notify_settings.revision = $6",
      {user, blob(email), email_on, minute(&QuietHours::from), minute(&QuietHours::to), w.revision, now, blob(phone),
       blob(wecom), ways, w.digest});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  return w.revision + 1;
}

namespace {

// What a way keeps beside address and secret.
std::string more_of(const DistrictWay& way) {
  namespace json = boost::json;
  json::object out;
  if (!way.app.corp.empty())
    out["app"] = {{"corp", way.app.corp}, {"secret", way.app.secret}, {"agent", way.app.agent}};
  if (!way.gateway.body.empty())
    out["gateway"] = {{"sms", way.gateway.sms}, {"voice", way.gateway.voice}, {"body", way.gateway.body}};
  if (way.old_secret)
    out["old"] = {{"secret", way.old_secret->text()}, {"until", way.old_until.time_since_epoch().count()}};
  return json::serialize(out);
}

bool read_more(std::string_view text, DistrictWay& way) {
  namespace json = boost::json;
  json::error_code broken;
  const json::value value = json::parse(text, broken);
  if (broken || !value.is_object()) return false;
  try {
    const json::object& more = value.as_object();
    if (const auto* app = more.if_contains("app"))
      way.app = {std::string(app->at("corp").as_string()), std::string(app->at("secret").as_string()),
                 app->at("agent").as_int64()};
    if (const auto* gateway = more.if_contains("gateway"))
      way.gateway = {gateway->at("sms").as_bool(), gateway->at("voice").as_bool(),
                     std::string(gateway->at("body").as_string())};
    if (const auto* old = more.if_contains("old")) {
      auto secret = WebhookSecret::parse(old->at("secret").as_string());
      if (!secret) return false;
      way.old_secret = *std::move(secret);
      way.old_until = Instant(milliseconds(old->at("until").as_int64()));
    }
  } catch (const std::exception&) {
    return false;
  }
  return true;
}

}  // namespace

DistrictWay* DistrictWays::find(Way way) {
  switch (way) {
    case Way::robot: return &robot;
    case Way::webhook: return &webhook;
    case Way::wecom: return &wecom;
    case Way::sms: return &gateway;
    default: return nullptr;
  }
}

Result<DistrictWays> district_ways(Tx& tx, const Sealer& sealer) {
  DistrictWays out;
  std::optional<Error> wrong;
  LINLI_TRY(tx.each("SELECT way, is_on, url, secret, revision, more FROM notify_ways", {}, [&](const Row& row) {
    const auto way = parse_way(row.bytes(0));
    DistrictWay* one = way ? out.find(*way) : nullptr;
    if (!one) return;
    one->on = row.get<bool>(1);
    if (!row.bytes(2).empty()) one->url = opened(sealer, kUrl, row.bytes(2), wrong);
    if (!row.is_null(3)) {
      auto secret = WebhookSecret::parse(opened(sealer, kSecret, row.bytes(3), wrong));
      if (secret) one->secret = *std::move(secret);
      else if (!wrong) wrong = std::move(secret).error();
    }
    one->revision = row.get<int>(4);
    if (!row.is_null(5) && !read_more(opened(sealer, kMore, row.bytes(5), wrong), *one) && !wrong)
      wrong = Error{Errc::sealed_broken, Where::at("notify_ways", 0, "more"), {}};
  }));
  if (wrong) return tl::unexpected(*wrong);
  return out;
}

Result<int> set_way(Tx& tx, const Sealer& sealer, Way way, const DistrictWay& wanted, UserId by, Instant now) {
  const std::string url = sealer.seal(kUrl, wanted.url), more = sealer.seal(kMore, more_of(wanted));
  const std::string secret = wanted.secret ? sealer.seal(kSecret, wanted.secret->text()) : std::string();
  auto changed = tx.run(
      "INSERT INTO notify_ways (way, is_on, url, secret, revision, changed_by, changed_at, more) VALUES ($1, $2, $3, "
      "$4, "
      "$5 + 1, $6, $7, $8) ON CONFLICT (way) DO UPDATE SET is_on = excluded.is_on, url = excluded.url, secret = "
      "excluded.secret, revision = excluded.revision, changed_by = excluded.changed_by, changed_at = "
      "excluded.changed_at, more = excluded.more WHERE notify_ways.revision = $5",
      {name(way), wanted.on, Blob{url}, wanted.secret ? Param(Blob{secret}) : Param(nullptr), wanted.revision, by, now,
       Blob{more}});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  return wanted.revision + 1;
}

Usable usable(const Wishes& w, const DistrictWays& district, bool mail) {
  Usable out;
  bool reachable = false;
  for (const Way way : {Way::push, Way::wecom, Way::email, Way::sms, Way::voice}) {
    const bool works = way == Way::push    ? w.browsers > 0
                       : way == Way::wecom ? district.wecom.works() && !w.wecom.empty()
                       : way == Way::email ? mail && !w.email.empty()
                       : way == Way::sms   ? district.sms() && !w.phone.empty()
                                           : district.voice() && !w.phone.empty();
    reachable = reachable || works;
    if (works && std::ranges::find(w.ways, way) != w.ways.end()) out.ways.push_back(way);
  }
  std::ranges::sort(out.ways, {}, [&](Way way) { return std::ranges::find(w.ways, way) - w.ways.begin(); });
  if (out.ways.empty()) out.why = reachable ? "off" : "no_address";
  return out;
}

}  // namespace linli::notify
