// The ways of looking at the queue that somebody keeps: one's own.
#include "desk/views.h"

#include <boost/json.hpp>
#include <cmath>
#include <set>

#include "api/handlers.h"
#include "api/input.h"
#include "understand/taxonomy.h"

namespace linli::api {
namespace {

namespace json = boost::json;

Response views_answer(const std::vector<views::View>& views, int revision) {
  json::array out;
  for (const views::View& view : views) {
    json::object one{
        {"name", view.name}, {"tab", view.tab}, {"category", nullptr}, {"urgency", nullptr}, {"group", nullptr}};
    if (view.category) one["category"] = *view.category;
    if (view.urgency) one["urgency"] = *view.urgency;
    if (view.group) one["group"] = to_text(*view.group);
    out.push_back(std::move(one));
  }
  Response response =
      json_answer(200, json::serialize(json::object{{"views", std::move(out)}, {"revision", revision}}));
  response.headers.emplace_back("etag", "\"" + std::to_string(revision) + "\"");
  return response;
}

views::View view_of(Input& in) {
  views::View view{in.text("name", 1, 40), in.text("tab", 1, 20), in.optional_text("category", 1, 64), {}, {}};
  if (!views::is_tab(view.tab))
    in.wrong(Errc::bad_value, "tab", {{"allowed", "open, historic, confirmed, answered, dismissed"}});
  if (view.category && !Taxonomy::embedded().find(*view.category))
    in.wrong(Errc::bad_value, "category", {{"value", *view.category}, {"allowed", "GET /api/v1/taxonomy"}});
  if (const auto urgency = in.optional_number("urgency", 1, 4)) {
    if (std::floor(*urgency) != *urgency) in.wrong(Errc::bad_value, "urgency", {{"allowed", "1-4"}});
    view.urgency = static_cast<int>(*urgency);
  }
  if (const auto text = in.optional_text("group", 1, 64)) {
    view.group = parse_id<GroupTag>(*text);
    if (!view.group) in.wrong(Errc::bad_value, "group");
  }
  return view;
}

}  // namespace

void get_my_views(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto kept = views::find(tx, c.actor().id);
    if (!kept) return tl::unexpected(std::move(kept).error());
    return views_answer(kept->first, kept->second);
  });
}

void set_my_views(Call call) {
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  std::vector<views::View> wanted;
  std::set<std::string> names;
  for (Input& one : in.objects("views", views::kMost)) {
    wanted.push_back(view_of(one));
    if (!names.insert(wanted.back().name).second) one.wrong(Errc::duplicate, "name");
    in.finish(one);
  }
  if (!in.says("views")) in.wrong(Errc::missing_field, "views");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [wanted, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    auto revision = views::set(tx, c.actor().id, wanted, seen, c.services.clock.now());
    if (!revision) return tl::unexpected(std::move(revision).error());
    return Written{views_answer(wanted, *revision), {}};
  });
}

}  // namespace linli::api
