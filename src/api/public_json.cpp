#include "api/public_json.h"

#include <boost/json.hpp>

#include "cases/public_view.h"
#include "notify/text.h"
#include "understand/taxonomy.h"

namespace linli::api {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<Instant>& at) {
  if (!at) return nullptr;
  return json::value(format_time(*at));
}

json::array may_json(const Case& one, bool speaks, Instant now) {
  json::array out;
  if (!speaks) return out;
  const public_view::May may = public_view::may(one, now);
  if (may.note) out.emplace_back("note");
  if (may.rate) out.emplace_back("rate");
  if (may.reopen) out.emplace_back("reopen");
  return out;
}

}  // namespace

json::object public_words(std::string_view key, std::string_view code, Language language) {
  return {{"code", code}, {"text", phrase("public." + std::string(key) + "." + std::string(code), {}, language)}};
}

json::object public_matter(std::string_view category, Language language) {
  const auto found = Taxonomy::embedded().find(category);
  if (!found || notify::named_people_only(category))
    return {{"code", "private"}, {"text", phrase("notify.matter", {}, language)}};
  return {{"code", category},
          {"text", language == Language::zh ? Taxonomy::embedded().categories()[*found].zh
                                            : phrase("category." + std::string(category), {}, language)}};
}

std::string office_of(const Call& call, std::string_view grid_path) {
  const auto tree = call.services.grids.tree();
  const Grid* grid = tree->find_code(grid_path.substr(grid_path.rfind('/') + 1));
  if (!grid) return phrase("public.office", {}, call.language);
  const Grid* community = tree->above(grid->id, GridLevel::community);
  return community ? community->name : grid->name;
}

json::object token_json(const Call& call, const std::string& token) {
  const std::string url = public_links::url(call.services.residents_url, token);
  return {{"token", token}, {"url", url.empty() ? json::value() : json::value(url)}};
}

json::object public_case(const Call& call, const public_links::Standing& standing,
                         const std::vector<CaseEntry>& timeline, const std::vector<CaseFile>& files) {
  const Case& one = *standing.one;
  const Instant now = call.services.clock.now();
  const bool speaks = standing.link.speaks;
  json::array steps;
  for (const public_view::Step& step : public_view::steps(timeline, standing.asked_at)) {
    json::array pictures;
    for (const CaseFile& file : files) {
      if (!speaks || step.seq == 0 || file.seq != step.seq || file.width == 0 || (file.by && !file.shown)) continue;
      pictures.push_back(
          json::object{{"url", "/api/v1/public/files/" +
                                   case_files::signed_name(call.services.sealer, file.id, now + case_files::kUrlHolds)},
                       {"width", file.width},
                       {"height", file.height}});
    }
    json::object told = public_words("step", step.code, call.language);
    told["at"] = format_time(step.at);
    told["files"] = std::move(pictures);
    steps.push_back(std::move(told));
  }
  const auto until = speaks ? cases::reopen_until(one) : std::nullopt;
  return {{"number", one.number},
          {"matter", public_matter(one.category, call.language)},
          {"state", public_words("state", public_view::state(one.state), call.language)},
          {"office", office_of(call, one.grid_path)},
          {"received_at", format_time(standing.asked_at)},
          {"expected_at", time_or_null(public_view::expected_at(one))},
          {"wake_on", one.wake_on ? json::value(format_day(*one.wake_on)) : json::value()},
          {"timeline", std::move(steps)},
          {"may", may_json(one, speaks, now)},
          {"reopen_until", time_or_null(until && *until >= now ? until : std::nullopt)},
          {"stars", one.stars ? json::value(*one.stars) : json::value()},
          {"revision", one.revision}};
}

Result<json::object> public_case(const Call& call, Tx& tx, const public_links::Standing& standing) {
  auto timeline = case_store::timeline(tx, call.services.sealer, standing.one->id);
  if (!timeline) return tl::unexpected(std::move(timeline).error());
  auto files = case_files::of_case(tx, call.services.sealer, standing.one->id);
  if (!files) return tl::unexpected(std::move(files).error());
  return public_case(call, standing, *timeline, *files);
}

Result<public_links::Standing> standing_of(const Call& call, Tx& tx) {
  PublicGuard& guard = *call.services.public_guard;
  const std::string& token = call.request.params[0];
  LINLI_TRY(guard.check(PublicGuard::What::miss, call.request.client));
  auto link = public_links::find(tx, call.services.sealer, token, call.services.clock.now());
  if (!link) return tl::unexpected(std::move(link).error());
  if (*link) {
    auto standing = public_links::follow(tx, call.services.sealer, **link);
    if (!standing) return tl::unexpected(std::move(standing).error());
    if (*standing) return **std::move(standing);
  }
  LINLI_TRY(guard.take(PublicGuard::What::miss, call.request.client));
  return fail(Errc::not_found, Where::at_field("token"));
}

std::vector<std::string> read_files(Input& in) {
  if (!in.has("files")) return {};
  return in.texts("files", case_files::kMost, 1, 64);
}

}  // namespace linli::api
