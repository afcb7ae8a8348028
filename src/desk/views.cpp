#include "desk/views.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace linli::views {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> kTabs{"open", "historic", "confirmed", "answered", "dismissed"};
constexpr std::string_view kFind = "SELECT views, revision FROM saved_views WHERE user_id = $1";
constexpr std::string_view kSet =
    "INSERT INTO saved_views (user_id, views, revision, changed_at) VALUES ($1, $2, $3 + 1, $4) ON CONFLICT (user_id) "
    "DO UPDATE SET views = excluded.views, revision = excluded.revision, changed_at = excluded.changed_at WHERE "
    "saved_views.revision = $3";

View view_of(const json::object& one) {
  View out{std::string(one.at("name").as_string()), std::string(one.at("tab").as_string()), {}, {}, {}};
  if (const auto* category = one.if_contains("category")) out.category = std::string(category->as_string());
  if (const auto* urgency = one.if_contains("urgency")) out.urgency = static_cast<int>(urgency->as_int64());
  if (const auto* group = one.if_contains("group")) out.group = GroupId{group->as_int64()};
  return out;
}

json::object json_of(const View& view) {
  json::object out{{"name", view.name}, {"tab", view.tab}};
  if (view.category) out["category"] = *view.category;
  if (view.urgency) out["urgency"] = *view.urgency;
  if (view.group) out["group"] = view.group->value;
  return out;
}

}  // namespace

bool is_tab(std::string_view text) { return std::ranges::find(kTabs, text) != kTabs.end(); }

Result<std::pair<std::vector<View>, int>> find(Tx& tx, UserId user) {
  std::string text;
  int revision = 0;
  LINLI_TRY(tx.first(kFind, {user}, [&](const Row& row) {
    text = row.get<std::string>(0);
    revision = row.get<int>(1);
  }));
  std::vector<View> out;
  if (revision > 0) {
    const json::value kept = json::parse(text);
    for (const json::value& one : kept.as_array()) out.push_back(view_of(one.as_object()));
  }
  return std::pair(std::move(out), revision);
}

Result<int> set(Tx& tx, UserId user, const std::vector<View>& views, int seen, Instant now) {
  json::array all;
  for (const View& view : views) all.push_back(json_of(view));
  auto changed = tx.run(kSet, {user, json::serialize(all), seen, now});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("If-Match"));
  return seen + 1;
}

}  // namespace linli::views
