#include "assist/schema.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "base/utf8.h"

namespace linli::assist {
namespace {

namespace json = boost::json;

bool is_type(const json::value& v, std::string_view type) {
  if (type == "object") return v.is_object();
  if (type == "array") return v.is_array();
  if (type == "string") return v.is_string();
  if (type == "boolean") return v.is_bool();
  if (type == "null") return v.is_null();
  if (type == "number") return v.is_number();
  if (type == "integer") return v.is_int64() || v.is_uint64();
  return false;
}

std::optional<std::string> at(const std::string& path, std::string what) {
  return (path.empty() ? std::string("the answer") : path) + ": " + std::move(what);
}

std::optional<std::string> check(const json::value& v, const json::object& s, const std::string& path) {
  if (const auto* type = s.if_contains("type")) {
    std::string allowed;
    bool fits = false;
    const auto one = [&](const json::value& t) {
      fits = fits || is_type(v, t.as_string());
      allowed += (allowed.empty() ? "" : " or ") + std::string(t.as_string());
    };
    if (type->is_array()) std::ranges::for_each(type->as_array(), one);
    else one(*type);
    if (!fits) return at(path, "must be " + allowed);
  }
  if (const auto* values = s.if_contains("enum"))
    if (std::ranges::find(values->as_array(), v) == values->as_array().end())
      return at(path, "must be one of " + json::serialize(*values));
  const auto bound = [&](std::string_view name) -> std::optional<double> {
    const auto* value = s.if_contains(name);
    return value ? std::optional(value->to_number<double>()) : std::nullopt;
  };
  const auto sized = [&](double size, std::string_view least, std::string_view most,
                         std::string_view of) -> std::optional<std::string> {
    if (const auto b = bound(least); b && size < *b)
      return at(path, "has less than " + std::to_string(static_cast<long>(*b)) + std::string(of));
    if (const auto b = bound(most); b && size > *b)
      return at(path, "has more than " + std::to_string(static_cast<long>(*b)) + std::string(of));
    return {};
  };
  if (v.is_number()) {
    const double n = v.to_number<double>();
    if (const auto b = bound("minimum"); b && n < *b)
      return at(path, "is less than " + std::to_string(static_cast<long>(*b)));
    if (const auto b = bound("maximum"); b && n > *b)
      return at(path, "is more than " + std::to_string(static_cast<long>(*b)));
  }
  if (v.is_string())
    if (auto wrong = sized(static_cast<double>(code_points(std::string_view(v.as_string()))), "minLength", "maxLength",
                           " characters"))
      return wrong;
  if (v.is_array()) {
    if (auto wrong = sized(static_cast<double>(v.as_array().size()), "minItems", "maxItems", " items")) return wrong;
    if (const auto* items = s.if_contains("items"))
      for (std::size_t i = 0; i < v.as_array().size(); ++i)
        if (auto wrong = check(v.as_array()[i], items->as_object(), path + "[" + std::to_string(i) + "]")) return wrong;
  }
  if (v.is_object()) {
    const auto within = [&](std::string_view name) {
      return path.empty() ? std::string(name) : path + "." + std::string(name);
    };
    if (const auto* required = s.if_contains("required"))
      for (const auto& name : required->as_array())
        if (!v.as_object().contains(name.as_string())) return at(within(name.as_string()), "is missing");
    const auto* properties = s.if_contains("properties");
    const auto* more = s.if_contains("additionalProperties");
    for (const auto& member : v.as_object()) {
      const auto* schema = properties ? properties->as_object().if_contains(member.key()) : nullptr;
      if (schema) {
        if (auto wrong = check(member.value(), schema->as_object(), within(member.key()))) return wrong;
      } else if (more && more->is_bool() && !more->as_bool()) {
        return at(within(member.key()), "is not asked for");
      }
    }
  }
  return {};
}

}  // namespace

std::optional<std::string> misfit(const json::value& value, const json::value& schema) {
  return check(value, schema.as_object(), {});
}

std::optional<std::string> unknown_word(const json::value& schema) {
  static const std::set<std::string_view> known{
      "type",      "enum",      "required", "properties", "additionalProperties", "items", "minItems", "maxItems",
      "minLength", "maxLength", "minimum",  "maximum",    "description"};
  if (!schema.is_object()) return "not an object";
  for (const auto& member : schema.as_object()) {
    if (!known.contains(std::string_view(member.key()))) return std::string(member.key());
    if (member.key() == "items")
      if (auto word = unknown_word(member.value())) return word;
    if (member.key() == "properties")
      for (const auto& each : member.value().as_object())
        if (auto word = unknown_word(each.value())) return word;
  }
  return {};
}

}  // namespace linli::assist
