#include "understand/classify/text_lines.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

namespace linli {
namespace json = boost::json;

Result<TextLines> TextLines::open(const std::filesystem::path& file, std::vector<std::string> fields,
                                  std::string label) {
  TextLines t;
  t.file_ = file.string();
  t.fields_ = std::move(fields);
  t.label_ = std::move(label);
  t.in_.open(file, std::ios::binary);
  if (!t.in_ || std::filesystem::is_directory(file)) return fail(Errc::file_unreadable, Where::at(t.file_));
  return t;
}

Result<std::optional<TextLine>> TextLines::next() {
  std::string line;
  while (std::getline(in_, line)) {
    ++number_;
    if (number_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.find_first_not_of(" \t") == line.npos) continue;
    auto parsed = parse(std::move(line));
    if (!parsed) return tl::unexpected(std::move(parsed).error());
    any_text_ |= std::any_of(parsed->texts.begin(), parsed->texts.end(), [](const auto& t) { return !t.empty(); });
    return std::move(*parsed);
  }
  if (in_.bad()) return fail(Errc::file_unreadable, Where::at(file_, number_));
  if (!any_text_) {
    std::string names;
    for (const auto& f : fields_) names += (names.empty() ? "" : ", ") + f;
    return fail(Errc::missing_field, Where::at(file_, 0, names));
  }
  return std::nullopt;
}

Result<TextLine> TextLines::parse(std::string line) const {
  TextLine out;
  out.number = number_;
  out.complete = true;
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  if (error || !value.is_object()) return fail(Errc::bad_json, Where::at(file_, number_));
  const json::object& o = value.get_object();
  const auto wrong = [&](const std::string& field, const char* allowed) {
    return fail(Errc::bad_value, Where::at(file_, number_, field), {{"allowed", allowed}});
  };
  for (const auto& field : fields_) {
    const auto* text = o.if_contains(field);
    if (text && !text->is_string() && !text->is_null()) return wrong(field, "\"…\"");
    out.texts.emplace_back(text && text->is_string() ? std::string_view(text->get_string()) : std::string_view());
    out.complete &= !out.texts.back().empty();
  }
  if (const auto* label = label_.empty() ? nullptr : o.if_contains(label_); label && !label->is_null()) {
    if (label->is_object() || label->is_array()) return wrong(label_, "\"…\", 1, true");
    out.label = json::serialize(*label);
  }
  out.json = std::move(line);
  return out;
}

std::string with_prediction(const TextLine& line, const std::string& predicted, float score) {
  char number[32];
  std::snprintf(number, sizeof number, "%.4f", double{score});
  json::object o = json::parse(line.json).as_object();
  std::string text = line.json;
  if (o.contains("predicted") || o.contains("score")) {
    o.erase("predicted");
    o.erase("score");
    text = json::serialize(o);
  }
  text.resize(text.rfind('}'));
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text + (o.empty() ? "" : ", ") + "\"predicted\": " + predicted + ", \"score\": " + number + "}";
}

}  // namespace linli
