#include "api/input.h"

#include <boost/json.hpp>
#include <charconv>

#include "base/utf8.h"
#include "channels/message_json.h"

namespace linli::api {

namespace json = boost::json;

Result<bool> flag(const Request& request, std::string_view name) {
  const auto text = request.query_value(name);
  if (!text || *text == "false") return false;
  if (*text == "true") return true;
  return fail(Errc::bad_value, Where::at_field(std::string(name)), {{"allowed", "true, false"}});
}

Result<std::optional<Day>> day(const Request& request, std::string_view name) {
  const auto text = request.query_value(name);
  if (!text) return std::optional<Day>{};
  const auto read = parse_day(*text);
  if (!read)
    return fail(Errc::bad_value, Where::at_field(std::string(name)), {{"value", *text}, {"allowed", "2026-11-23"}});
  return read;
}

Result<int> seen_revision(const Request& request) {
  std::string_view text = request.header("if-match");
  if (text.empty()) return fail(Errc::precondition_required, Where::at_field("If-Match"));
  int revision = 0;
  if (text.size() < 3 || text.front() != '"' || text.back() != '"')
    return fail(Errc::stale, Where::at_field("If-Match"));
  text = text.substr(1, text.size() - 2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), revision);
  if (error != std::errc{} || end != text.data() + text.size()) return fail(Errc::stale, Where::at_field("If-Match"));
  return revision;
}

Input::Input(const Request& request) {
  if (body_form(request.header("content-type")) != BodyForm::json) {
    wrong(Errc::unsupported_media_type, "content-type");
    return;
  }
  json::error_code code;
  json::value value = json::parse(request.body, code);
  if (code || !value.is_object()) wrong(Errc::bad_json, {});
  else object_ = std::move(value.as_object());
}

void Input::wrong(Errc code, std::string_view field, Args args) {
  if (!error_) error_ = Error{code, Where::at_field(within_ + std::string(field)), std::move(args)};
}

const json::value* Input::find(std::string_view member) {
  asked_.emplace(member);
  const json::value* value = object_.if_contains(member);
  return value && value->is_null() ? nullptr : value;
}

bool Input::has(std::string_view member) const {
  const json::value* value = object_.if_contains(member);
  return value && !value->is_null();
}

std::string Input::checked(const json::value& value, std::string_view member, std::size_t least, std::size_t most) {
  if (!value.is_string()) return wrong(Errc::bad_value, member), std::string();
  std::string text(value.as_string());
  if (has_nul(text)) return wrong(Errc::nul_character, member), std::string();
  const std::size_t size = code_points(text);
  if (size > most) wrong(Errc::too_long, member, {{"max", std::to_string(most)}});
  if (size < least) wrong(size == 0 ? Errc::missing_field : Errc::bad_value, member);
  return text;
}

std::string Input::text(std::string_view member, std::size_t least, std::size_t most) {
  auto text = optional_text(member, least, most);
  if (!text) wrong(Errc::missing_field, member);
  return text.value_or("");
}

std::optional<std::string> Input::optional_text(std::string_view member, std::size_t least, std::size_t most) {
  const json::value* value = find(member);
  if (!value) return {};
  return checked(*value, member, least, most);
}

std::optional<bool> Input::optional_bool(std::string_view member) {
  const json::value* value = find(member);
  if (!value) return {};
  if (!value->is_bool()) wrong(Errc::bad_value, member);
  return value->is_bool() && value->as_bool();
}

std::optional<double> Input::optional_number(std::string_view member, double least, double most) {
  const json::value* value = find(member);
  if (!value) return {};
  json::error_code code;
  const auto number = value->to_number<double>(code);
  if (code || !(number >= least && number <= most)) wrong(Errc::bad_value, member);
  return number;
}

std::optional<Instant> Input::optional_time(std::string_view member) {
  const auto text = optional_text(member, 1, 64);
  if (!text) return {};
  const auto at = parse_time(*text);
  if (!at) wrong(Errc::bad_time, member);
  return at;
}

std::vector<std::string> Input::texts(std::string_view member, std::size_t count, std::size_t least, std::size_t most) {
  std::vector<std::string> out;
  const json::value* value = find(member);
  if (!value) return out;
  if (!value->is_array()) return wrong(Errc::bad_value, member), out;
  if (value->as_array().size() > count) return wrong(Errc::too_long, member, {{"max", std::to_string(count)}}), out;
  for (const json::value& one : value->as_array()) out.push_back(checked(one, member, least, most));
  return out;
}

std::vector<Input> Input::objects(std::string_view member, std::size_t most) {
  std::vector<Input> out;
  const json::value* value = find(member);
  if (!value) return out;
  if (!value->is_array()) return wrong(Errc::bad_value, member), out;
  const json::array& list = value->as_array();
  if (list.size() > most) return wrong(Errc::too_long, member, {{"max", std::to_string(most)}}), out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string name = std::string(member) + "[" + std::to_string(i) + "]";
    if (!list[i].is_object()) return wrong(Errc::bad_value, name), out;
    out.push_back(Input(list[i].as_object(), within_ + name + "."));
  }
  return out;
}

std::optional<Input> Input::object(std::string_view member) {
  const json::value* value = find(member);
  if (!value) return {};
  if (!value->is_object()) return wrong(Errc::bad_value, member), std::nullopt;
  return Input(value->as_object(), within_ + std::string(member) + ".");
}

void Input::finish(Input& within) {
  if (auto error = within.finish(); error && !error_) error_ = std::move(error);
}

std::optional<Error> Input::finish() {
  for (const auto& member : object_) {
    if (!asked_.contains(std::string_view(member.key()))) wrong(Errc::bad_value, member.key());
  }
  return error_;
}

}  // namespace linli::api
