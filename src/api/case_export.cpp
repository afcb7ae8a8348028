// What the query of a list of cases asks for, and the list as a table for spreadsheets.
#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "api/case_handlers.h"
#include "api/case_json.h"
#include "api/input.h"
#include "base/table_file.h"
#include "people/masking.h"
#include "understand/taxonomy.h"

namespace linli::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostExported = 50'000;

Result<std::optional<int>> number(const Request& request, std::string_view name, int least, int most) {
  const auto text = request.query_value(name);
  if (!text) return std::optional<int>{};
  int value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < least || value > most)
    return fail(Errc::bad_value, Where::at_field(std::string(name)),
                {{"value", *text}, {"allowed", std::to_string(least) + "-" + std::to_string(most)}});
  return std::optional(value);
}

}  // namespace

Result<cases::Filter> case_filter(const Call& call) {
  const Request& request = call.request;
  cases::Filter filter;
  if (const auto text = request.query_value("state")) {
    std::string_view rest = *text;
    while (true) {
      const std::size_t comma = rest.find(',');
      const auto state = parse_case_state(rest.substr(0, comma));
      if (!state) {
        std::string allowed;
        for (std::size_t i = 0; i < kCaseStates; ++i) (allowed += i ? ", " : "") += name(static_cast<CaseState>(i));
        return fail(Errc::bad_value, Where::at_field("state"), {{"value", *text}, {"allowed", allowed}});
      }
      if (std::ranges::find(filter.states, *state) == filter.states.end()) filter.states.push_back(*state);
      if (comma == rest.npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  const auto mine = flag(request, "mine"), late = flag(request, "late");
  if (!mine) return tl::unexpected(mine.error());
  if (!late) return tl::unexpected(late.error());
  filter.mine = *mine;
  filter.late = *late;
  auto grid = queried_grid(call, *call.services.grids.tree(), Right::cases_read);
  if (!grid) return tl::unexpected(std::move(grid).error());
  if (*grid) filter.grid_path = (*grid)->path;
  filter.category = request.query_value("category");
  const auto soon = flag(request, "soon");
  if (!soon) return tl::unexpected(soon.error());
  if (*soon) filter.late_before = call.services.clock.now() + kSoon;
  if (const auto text = request.query_value("parent")) {
    const auto parent = parse_id<CaseTag>(*text);
    if (!parent) return fail(Errc::unknown_case, Where::at_field("parent"));
    filter.parent = *parent;
  }
  auto urgency = number(request, "urgency", 1, 4), limit = number(request, "limit", 1, 200);
  if (!urgency) return tl::unexpected(std::move(urgency).error());
  if (!limit) return tl::unexpected(std::move(limit).error());
  filter.urgency = *urgency;
  filter.limit = limit->value_or(50);
  filter.cursor = request.query_value("cursor").value_or("");
  return filter;
}

namespace {

std::string cell(const std::optional<Instant>& at, const TimeZone& zone) {
  return at ? format_day(zone.day(*at)) + " " + format_time_of_day(zone.time_of_day(*at)) : std::string();
}

std::string said(std::string_view key, std::string_view what, Language language) {
  return phrase(std::string(key) + "." + std::string(what), {}, language);
}

std::vector<std::string> headings(Language language) {
  std::vector<std::string> out;
  for (const char* column :
       {"number", "title", "state", "urgency", "category", "grid", "place", "assignee", "came_by", "answer_by",
        "opened_at", "due_at", "late", "done_at", "closed_at", "stars", "parent", "children"})
    out.push_back(said("case_column", column, language));
  return out;
}

// Of a confidential case whose content the caller does not see: what its line on the list shows.
std::vector<std::string> cells(const Call& call, const GridTree& tree, People& people, const Case& one,
                               const std::string& parent) {
  const bool content = sees_content(one, call.actor()), names = call.actor().may(Right::names_read, one.grid_path);
  const auto words = [&](const std::string& text) {
    return content ? names ? text : mask_numbers(text) : std::string();
  };
  const TimeZone& zone = call.services.zone;
  const Grid* grid = tree.find_code(std::string_view(one.grid_path).substr(one.grid_path.rfind('/') + 1));
  const auto late = late_at(one);
  std::string category;
  if (const auto at = Taxonomy::embedded().find(one.category); content && at)
    category = call.language == Language::zh ? Taxonomy::embedded().categories()[*at].zh
                                             : said("category", one.category, call.language);
  return {one.number,
          content ? words(one.content.title) : said("case_column", "hidden", call.language),
          said("case_state", name(one.state), call.language),
          std::to_string(one.urgency),
          category,
          grid ? grid->name : std::string(),
          words(one.content.place),
          one.assignee ? people.name(one.assignee) : std::string(),
          said("came_by", name(one.came_by), call.language),
          said("answer_by", name(one.answer_by), call.language),
          cell(one.opened_at, zone),
          cell(one.due_at, zone),
          late && *late < call.services.clock.now() ? said("case_column", "yes", call.language) : std::string(),
          cell(one.done_at, zone),
          cell(one.closed_at, zone),
          one.stars ? std::to_string(*one.stars) : std::string(),
          parent,
          one.children ? std::to_string(one.children) : std::string()};
}

}  // namespace

void export_cases(Call call) {
  const std::string format = call.request.query_value("format").value_or("csv");
  if (format != "csv" && format != "xlsx")
    return call.fail({Errc::bad_value, Where::at_field("format"), {{"allowed", "csv, xlsx"}}});
  auto filter = case_filter(call);
  if (!filter) return call.fail(filter.error());
  read_recorded(std::move(call), [filter = *std::move(filter), format](Call& c, Tx& tx) mutable -> Result<Looked> {
    const auto tree = c.services.grids.tree();
    People people(tx);
    std::string csv;
    std::vector<std::vector<std::string>> rows;
    const auto add = [&](std::vector<std::string> row) {
      if (format == "csv") append_csv(csv, row);
      else rows.push_back(std::move(row));
    };
    if (format == "csv") csv = begin_csv();
    add(headings(c.language));
    std::size_t count = 0;
    filter.limit = 200;
    filter.cursor.clear();
    do {
      auto page = cases::list(tx, c.services.sealer, c.actor(), filter, c.services.clock.now());
      if (!page) return tl::unexpected(std::move(page).error());
      for (const cases::Shown& shown : page->cases) {
        if (++count > kMostExported)
          return linli::fail(Errc::export_too_large, {}, {{"max", std::to_string(kMostExported)}});
        std::string parent;
        if (shown.one.parent) {
          auto number = tx.value<std::string>("SELECT number FROM cases WHERE id = $1", {shown.one.parent});
          if (!number) return tl::unexpected(std::move(number).error());
          parent = number->value_or("");
        }
        add(cells(c, *tree, people, shown.one, parent));
      }
      filter.cursor = page->next_cursor;
    } while (!filter.cursor.empty());
    Response response;
    if (format == "csv") {
      response.content_type = "text/csv; charset=utf-8";
      response.body = std::move(csv);
    } else {
      auto file = write_table(rows, TableForm::xlsx);
      if (!file) return tl::unexpected(std::move(file).error());
      response.content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
      response.body = *std::move(file);
    }
    response.headers.emplace_back("content-disposition", "attachment; filename=\"linli-cases." + format + "\"");
    const json::object detail{{"of", "cases"}, {"format", format}, {"count", count}};
    return Looked{std::move(response), c.entry("export.made", {}, {}, json::serialize(detail))};
  });
}

}  // namespace linli::api
