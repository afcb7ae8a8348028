// Chat exports and pasted talk. The work is done by Imports (channels/imports.h); here is who may, and the words. All calls wait
// for disk or commits, so they run on a reader's thread.
#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"
#include "channels/imports.h"
#include "store/outbox.h"

namespace linli::api {
namespace {

namespace json = boost::json;

const Error kUnknownGroup{Errc::unknown_group, Where::at_field("group"), {}};
const Error kUnknown{Errc::not_found, Where::at_field("import"), {}};

// `work` is Result<json::object>(Call&, Imports&, Tx&).
template <class F>
void work_on(Call call, F work) {
  if (!call.services.imports) return call.fail({Errc::not_found, {}, {}});
  read(std::move(call), [work = std::move(work)](Call& c, Tx& tx) mutable -> Result<Response> {
    auto done = work(c, *c.services.imports, tx);
    if (!done) return tl::unexpected(std::move(done).error());
    return json_answer(200, json::serialize(*done));
  });
}

std::optional<GroupId> group_of(const Call& call, std::string_view text) {
  const auto id = parse_id<GroupTag>(text);
  const auto group = id ? call.services.groups.find(*id) : nullptr;
  if (!group || !call.actor().may(Right::messages_import, group->grid_path)) return {};
  return group->id;
}

Imports::Choice choice_of(Input& in) {
  Imports::Choice out;
  if (const auto format = in.optional_text("format", 1, 20)) {
    out.shape.format = parse_export_format(*format);
    if (!out.shape.format)
      in.wrong(Errc::bad_value, "format",
               {{"allowed", "mail, name_time, time_name, bracket, dialogue, table, json, html"}});
  }
  if (const auto encoding = in.optional_text("encoding", 1, 20)) {
    out.shape.encoding = parse_encoding(*encoding);
    if (!out.shape.encoding) in.wrong(Errc::bad_value, "encoding", {{"allowed", "utf-8, utf-16le, utf-16be, gb18030"}});
  }
  if (auto columns = in.object("columns")) {
    for (std::size_t c = 0; c < kColumns; ++c)
      if (auto heading = columns->optional_text(name(static_cast<Column>(c)), 1, 200))
        out.shape.columns[c] = {*heading};
    in.finish(*columns);
  }
  out.me = in.optional_text("me", 1, 60).value_or("");
  if (const auto as_of = in.optional_time("as_of")) out.shape.as_of = *as_of;
  return out;
}

std::optional<ImportId> import_of(const Call& call) { return parse_id<ImportTag>(call.request.params[0]); }

Imports::Paste paste_of(Input& in, Imports::Choice choice) {
  Imports::Paste out;
  out.choice = std::move(choice);
  out.text = in.text("text", 1, Imports::longest_paste);
  out.single = in.optional_bool("single").value_or(false);
  out.name = in.optional_text("name", 1, 60).value_or("");
  out.at = in.optional_time("at");
  out.just_now = in.optional_bool("just_now").value_or(false);
  return out;
}

}  // namespace

void list_imports(Call call) {
  work_on(std::move(call), [](Call& c, Imports& imports, Tx&) -> Result<json::object> {
    json::array list;
    for (auto& one : imports.of(c.actor().id)) list.push_back(std::move(one));
    return json::object{{"imports", std::move(list)}};
  });
}

void open_import(Call call) {
  Input in(call.request);
  const auto group = group_of(call, in.text("group_id", 1, 64));
  const std::string file_name = in.text("file_name", 1, 255);
  const auto size = in.optional_number("size", 0, static_cast<double>(Imports::largest));
  if (!size) in.wrong(Errc::missing_field, "size");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  if (!group) return call.fail(kUnknownGroup);
  work_on(std::move(call), [group, file_name, size](Call& c, Imports& imports, Tx&) {
    return imports.open(c.actor().id, *group, file_name, static_cast<std::int64_t>(*size), c.language);
  });
}

void get_import(Call call) {
  const auto id = import_of(call);
  if (!id) return call.fail(kUnknown);
  work_on(std::move(call), [id](Call& c, Imports& imports, Tx&) { return imports.find(c.actor().id, *id); });
}

void put_import_piece(Call call) {
  const auto id = import_of(call);
  if (!id) return call.fail(kUnknown);
  const std::string& text = call.request.params[1];
  const bool digits = !text.empty() && text.size() <= 13 && text.find_first_not_of("0123456789") == text.npos;
  if (!digits) return call.fail({Errc::bad_value, Where::at_field("offset"), {{"allowed", "0 …"}}});
  work_on(std::move(call), [id, offset = std::stoll(text)](Call& c, Imports& imports, Tx&) {
    return imports.put(c.actor().id, *id, offset, c.request.body);
  });
}

void look_at_import(Call call) {
  const auto id = import_of(call);
  if (!id) return call.fail(kUnknown);
  Input in(call.request);
  auto choice = choice_of(in);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  work_on(std::move(call), [id, choice = std::move(choice)](Call& c, Imports& imports, Tx&) {
    return imports.look(c.actor().id, *id, choice);
  });
}

void start_import(Call call) {
  const auto id = import_of(call);
  if (!id) return call.fail(kUnknown);
  work_on(std::move(call), [id](Call& c, Imports& imports, Tx&) -> Result<json::object> {
    // As things are now: the person may have lost the right, the group its admission.
    auto found = imports.find(c.actor().id, *id);
    if (!found) return found;
    if (!group_of(c, std::string_view(found->at("group_id").as_string()))) return tl::unexpected(kUnknownGroup);
    return imports.begin(c.actor().id, *id);
  });
}

void cancel_import(Call call) {
  const auto id = import_of(call);
  if (!id) return call.fail(kUnknown);
  work_on(std::move(call), [id](Call& c, Imports& imports, Tx&) { return imports.cancel(c.actor().id, *id); });
}

void preview_paste(Call call) {
  const auto group = group_of(call, call.request.params[0]);
  if (!group) return call.fail(kUnknownGroup);
  Input in(call.request);
  auto choice = choice_of(in);
  auto paste = paste_of(in, std::move(choice));
  if (auto wrong = in.finish()) return call.fail(*wrong);
  work_on(std::move(call),
          [group, paste = std::move(paste)](Call& c, Imports& imports, Tx& tx) -> Result<json::object> {
            auto out = imports.preview(tx, *group, paste, c.language);
            // Words without a head: a single message, whose sender the person says. No error, a question.
            if (!out && out.error().code == Errc::chat_unknown && !paste.choice.shape.format) {
              json::object asking = to_json(ExportShape{.format = ExportFormat::dialogue});
              asking["survey"] = nullptr;
              out = std::move(asking);
            }
            if (!out) return out;
            json::array names;
            if (c.actor().may(Right::names_read, c.services.groups.find(*group)->grid_path)) {
              auto recent = imports.recent_names(tx, *group);
              if (!recent) return tl::unexpected(std::move(recent).error());
              for (const std::string& one : *recent) names.emplace_back(one);
            }
            (*out)["names"] = std::move(names);
            return out;
          });
}

void paste_messages(Call call) {
  const auto group = group_of(call, call.request.params[0]);
  if (!group) return call.fail(kUnknownGroup);
  Input in(call.request);
  auto choice = choice_of(in);
  auto paste = paste_of(in, std::move(choice));
  if (auto wrong = in.finish()) return call.fail(*wrong);
  work_on(std::move(call),
          [group, paste = std::move(paste)](Call& c, Imports& imports, Tx& tx) -> Result<json::object> {
            auto taken = imports.paste(tx, c.actor().id, *group, paste);
            if (!taken) return tl::unexpected(std::move(taken).error());
            return json::object{{"new", taken->fresh},
                                {"known", taken->known},
                                {"dropped", taken->dropped},
                                {"system_lines", taken->system_lines},
                                {"wrong", taken->wrong_total}};
          });
}

}  // namespace linli::api
