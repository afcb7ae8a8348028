#include "people/policies.h"

#include <algorithm>
#include <boost/json.hpp>

namespace linli {

namespace policies {

Result<Kept> find(Tx& tx, std::string_view name) {
  Kept out;
  LINLI_TRY(tx.first("SELECT value, revision FROM policies WHERE name = $1", {name}, [&](const Row& r) {
    out = {r.get<std::string>(0), r.get<int>(1)};
  }));
  return out;
}

Result<int> set(Tx& tx, std::string_view name, const std::string& value, int seen, UserId by, Instant now) {
  auto changed = tx.run(
      "INSERT INTO policies (name, value, revision, changed_at, changed_by) VALUES ($1, $2, $3 + 1, $4, $5) ON "
      "CONFLICT "
      "(name) DO UPDATE SET value = excluded.value, revision = policies.revision + 1, changed_at = "
      "excluded.changed_at, "
      "changed_by = excluded.changed_by WHERE policies.revision = $3",
      {name, value, seen, now, by ? std::optional(by) : std::nullopt});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  return seen + 1;
}

}  // namespace policies

namespace {

constexpr std::string_view kRetention = "retention", kAiMark = "ai_mark";

int days_of(const boost::json::object& from, std::string_view name, int fallback) {
  const auto* value = from.if_contains(name);
  if (!value || !value->is_int64()) return fallback;
  return static_cast<int>(std::clamp<std::int64_t>(value->as_int64(), Retention::kLeast, Retention::kMost));
}

}  // namespace

Result<std::pair<std::string, int>> ai_mark(Tx& tx) {
  auto kept = policies::find(tx, kAiMark);
  if (!kept) return tl::unexpected(std::move(kept).error());
  boost::json::error_code broken;
  const auto value = boost::json::parse(kept->value, broken);
  std::string mark;
  if (!broken && value.is_string()) mark = value.as_string();
  return std::pair(mark.empty() ? std::string(kUsualAiMark) : mark, kept->revision);
}

Result<int> set_ai_mark(Tx& tx, const std::string& mark, int seen, UserId by, Instant now) {
  return policies::set(tx, kAiMark, boost::json::serialize(boost::json::value(mark)), seen, by, now);
}

Result<std::pair<Retention, int>> retention(Tx& tx) {
  auto kept = policies::find(tx, kRetention);
  if (!kept) return tl::unexpected(std::move(kept).error());
  Retention out;
  boost::json::error_code broken;
  const auto value = boost::json::parse(kept->value, broken);
  if (!broken && value.is_object()) {
    out.chatter_days = days_of(value.as_object(), "chatter_days", out.chatter_days);
    out.lead_days = days_of(value.as_object(), "lead_days", out.lead_days);
  }
  return std::pair(out, kept->revision);
}

Result<int> set_retention(Tx& tx, const Retention& r, int seen, UserId by, Instant now) {
  const boost::json::object value{{"chatter_days", r.chatter_days}, {"lead_days", r.lead_days}};
  return policies::set(tx, kRetention, boost::json::serialize(value), seen, by, now);
}

}  // namespace linli
