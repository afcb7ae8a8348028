// The audit log for the auditor, and how handlers write into it.
#include "people/audit.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "api/handlers.h"
#include "base/table_file.h"

namespace linli::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostExported = 50'000;

tl::unexpected<Error> wrong(std::string_view field, std::string allowed) {
  return fail(Errc::bad_value, Where::at_field(std::string(field)), {{"allowed", std::move(allowed)}});
}

Result<std::int64_t> number(const Request& request, std::string_view name, std::int64_t least, std::int64_t most,
                            std::int64_t fallback) {
  const auto text = request.query_value(name);
  if (!text) return fallback;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < least || value > most)
    return wrong(name, std::to_string(least) + "-" + std::to_string(most));
  return value;
}

Result<audit::Filter> filter_of(const Request& request) {
  audit::Filter filter;
  if (const auto text = request.query_value("who")) {
    filter.by = audit::parse_by(*text);
    if (!filter.by) return wrong("who", "usr_…, key_…, command, machine, anyone");
  }
  filter.what = request.query_value("what").value_or("");
  filter.object_kind = request.query_value("object_kind").value_or("");
  filter.object_id = request.query_value("object").value_or("");
  for (auto [name, into] : {std::pair("from", &filter.from), std::pair("to", &filter.to)}) {
    const auto text = request.query_value(name);
    if (!text) continue;
    *into = parse_time(*text);
    if (!*into) return fail(Errc::bad_time, Where::at_field(name));
  }
  return filter;
}

json::value parsed_or_null(const std::string& text) {
  json::error_code broken;
  auto value = json::parse(text, broken);
  return broken ? json::value() : value;
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

json::object entry_json(const audit::Recorded& r) {
  const audit::Entry& e = r.entry;
  json::object out{{"sequence", r.sequence},
                   {"at", format_time(e.at)},
                   {"by", {{"kind", name(e.by.kind)}, {"id", to_text(e.by)}, {"name", text_or_null(r.by_name)}}},
                   {"what", e.what},
                   {"object", nullptr},
                   {"address", text_or_null(e.address)},
                   {"detail", parsed_or_null(e.detail)},
                   {"before", text_or_null(e.before)},
                   {"after", text_or_null(e.after)},
                   {"erased", r.erased}};
  if (!e.object_kind.empty()) out["object"] = {{"kind", e.object_kind}, {"id", e.object_id}};
  return out;
}

}  // namespace

audit::Entry Call::entry(std::string what, std::string object_kind, std::string object_id, std::string detail) const {
  audit::Entry out;
  out.at = services.clock.now();
  out.by = by();
  out.what = std::move(what);
  out.object_kind = std::move(object_kind);
  out.object_id = std::move(object_id);
  out.address = request.client;
  out.detail = std::move(detail);
  return out;
}

Result<void> record(const Call& call, Tx& tx, std::string what, std::string object_kind, std::string object_id,
                    std::string detail) {
  LINLI_TRY(audit::add(tx, call.services.sealer,
                       call.entry(std::move(what), std::move(object_kind), std::move(object_id), std::move(detail))));
  return {};
}

void list_audit(Call call) {
  if (!call.actor().everywhere(Right::audit_read)) return call.fail({Errc::not_allowed, {}, {}});
  auto filter = filter_of(call.request);
  if (!filter) return call.fail(filter.error());
  const auto limit = number(call.request, "limit", 1, 200, 50);
  if (!limit) return call.fail(limit.error());
  const auto cursor = number(call.request, "cursor", 1, std::numeric_limits<std::int64_t>::max(), 0);
  if (!cursor) return call.fail({Errc::bad_value, Where::at_field("cursor"), {{"allowed", "next_cursor"}}});
  read(std::move(call),
       [filter = *std::move(filter), limit = *limit, cursor = *cursor](Call& c, Tx& tx) -> Result<Response> {
         // One more than asked for tells whether there is a next page.
         auto found = audit::list(tx, c.services.sealer, filter, cursor, static_cast<int>(limit) + 1);
         if (!found) return tl::unexpected(std::move(found).error());
         json::object body{{"entries", json::array()}, {"next_cursor", nullptr}};
         if (found->size() > static_cast<std::size_t>(limit)) {
           found->pop_back();
           body["next_cursor"] = std::to_string(found->back().sequence);
         }
         for (const audit::Recorded& one : *found) body["entries"].as_array().push_back(entry_json(one));
         return json_answer(200, json::serialize(body));
       });
}

void export_audit(Call call) {
  if (!call.actor().everywhere(Right::audit_read)) return call.fail({Errc::not_allowed, {}, {}});
  const std::string format = call.request.query_value("format").value_or("csv");
  if (format != "csv" && format != "ndjson")
    return call.fail({Errc::bad_value, Where::at_field("format"), {{"allowed", "csv, ndjson"}}});
  auto filter = filter_of(call.request);
  if (!filter) return call.fail(filter.error());
  read_recorded(std::move(call), [filter = *std::move(filter), format](Call& c, Tx& tx) -> Result<Looked> {
    std::string lines;
    if (format == "csv") append_csv(lines = begin_csv(), audit::csv_header());
    std::size_t count = 0;
    LINLI_TRY(audit::each(tx, c.services.sealer, filter, [&](const audit::Recorded& one) -> Result<void> {
      if (++count > kMostExported) return fail(Errc::export_too_large, {}, {{"max", std::to_string(kMostExported)}});
      if (format == "csv") append_csv(lines, audit::csv_cells(one));
      else (lines += audit::to_json(one)) += '\n';
      return {};
    }));
    Response response;
    response.content_type = format == "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
    response.body = std::move(lines);
    response.headers.emplace_back("content-disposition", "attachment; filename=\"linli-audit." + format + "\"");
    const json::object detail{{"of", "audit"}, {"format", format}, {"count", count}};
    return Looked{std::move(response), c.entry("export.made", {}, {}, json::serialize(detail))};
  });
}

}  // namespace linli::api
