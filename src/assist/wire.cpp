#include "assist/wire.h"

#include <boost/json.hpp>

#include "base/trim.h"
#include "base/utf8.h"

namespace linli::assist {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostContent = 256u << 10;

const json::value* member(const json::value& value, std::string_view name) {
  return value.is_object() ? value.as_object().if_contains(name) : nullptr;
}

std::string text_of(const json::value& value, std::string_view name) {
  const auto* found = member(value, name);
  return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

// Codes are numbers at some servers, texts at others.
std::string word_of(const json::value& value, std::string_view name) {
  const auto* found = member(value, name);
  if (!found || found->is_null()) return {};
  return found->is_string() ? std::string(found->as_string()) : json::serialize(*found);
}

std::int64_t count_of(const json::value& value, std::string_view name) {
  const auto* found = member(value, name);
  return found && found->is_int64() && found->as_int64() > 0 && found->as_int64() < (1 << 30) ? found->as_int64() : 0;
}

void read_usage(const json::value& value, Completion& out) {
  const auto* usage = member(value, "usage");
  if (!usage) return;
  if (const auto n = count_of(*usage, "prompt_tokens")) out.prompt_tokens = n;
  if (const auto n = count_of(*usage, "completion_tokens")) out.answer_tokens = n;
}

// choices[0]; null: there is none.
const json::value* choice_of(const json::value& value) {
  const auto* choices = member(value, "choices");
  return choices && choices->is_array() && !choices->as_array().empty() ? &choices->as_array()[0] : nullptr;
}

std::optional<Complaint> complaint_of(const json::value& value) {
  if (const auto* error = member(value, "error"); error && !error->is_null()) {
    if (error->is_string()) return Complaint{{}, std::string(error->as_string())};
    std::string kind = word_of(*error, "type");
    if (kind.empty()) kind = word_of(*error, "code");
    return Complaint{std::move(kind), text_of(*error, "message")};
  }
  if (text_of(value, "object") == "error") return Complaint{word_of(value, "type"), text_of(value, "message")};
  return {};
}

// How many bytes at the end belong to a character that is not whole.
std::size_t cut_bytes(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto c = static_cast<unsigned char>(text[text.size() - back]);
    if (c < 0x80) return 0;
    if (c < 0xC0) continue;
    const std::size_t length = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    return length > back ? back : 0;
  }
  return 0;
}

}  // namespace

std::string_view name(Form form) {
  switch (form) {
    case Form::json_schema: return "json_schema";
    case Form::json_object: return "json_object";
    case Form::free: break;
  }
  return "free";
}

std::string body_of(const Request& r) {
  constexpr const char* roles[] = {"system", "user", "assistant"};
  json::array messages;
  for (const Said& said : r.said)
    messages.push_back(json::object{{"role", roles[static_cast<int>(said.by)]}, {"content", said.words}});
  json::object body{{"model", r.model},
                    {"messages", std::move(messages)},
                    {"temperature", r.temperature},
                    {"max_tokens", r.most_tokens},
                    {"stream", r.stream}};
  if (r.stream) body["stream_options"] = json::object{{"include_usage", true}};
  if (r.form == Form::json_object) body["response_format"] = json::object{{"type", "json_object"}};
  if (r.form == Form::json_schema && r.schema)
    body["response_format"] =
        json::object{{"type", "json_schema"},
                     {"json_schema", json::object{{"name", r.schema_name}, {"strict", true}, {"schema", *r.schema}}}};
  return json::serialize(body);
}

std::optional<Completion> read_completion(std::string_view body) {
  json::error_code broken;
  const json::value value = json::parse(trim(body), broken);
  const auto* choice = broken ? nullptr : choice_of(value);
  const auto* message = choice ? member(*choice, "message") : nullptr;
  if (!message || !message->is_object()) return {};
  Completion out;
  out.content = text_of(*message, "content");
  out.finish = text_of(*choice, "finish_reason");
  out.model = text_of(value, "model");
  read_usage(value, out);
  if (out.content.size() > kMostContent) return {};
  return out;
}

Complaint read_complaint(std::string_view body) {
  json::error_code broken;
  const json::value value = json::parse(trim(body), broken);
  if (broken) {
    const auto text = trim(body);
    return {{}, valid_utf8(text) && !text.starts_with('<') ? std::string(first_code_points(text, 200)) : std::string()};
  }
  if (auto complaint = complaint_of(value)) return *complaint;
  return {word_of(value, "type"), text_of(value, "message")};
}

bool StreamReader::take(std::string_view bytes, const std::function<void(std::string_view)>& piece) {
  rest_ += bytes;
  std::size_t at = 0;
  while (!done_ && !broken_ && !complaint_) {
    const std::size_t end = rest_.find('\n', at);
    if (end == rest_.npos) break;
    std::string_view one = std::string_view(rest_).substr(at, end - at);
    if (one.ends_with('\r')) one.remove_suffix(1);
    at = end + 1;
    if (!line(one, piece)) broken_ = true;
  }
  rest_.erase(0, at);
  if (rest_.size() > kMostContent) broken_ = true;
  return !done_ && !broken_ && !complaint_;
}

bool StreamReader::line(std::string_view line, const std::function<void(std::string_view)>& piece) {
  if (line.empty()) return !has_data_ || frame(piece);
  if (!line.starts_with("data:")) return true;  // comments (": keep-alive"), event:, id:
  line.remove_prefix(5);
  if (line.starts_with(' ')) line.remove_prefix(1);
  if (has_data_) data_ += '\n';
  data_ += line;
  has_data_ = true;
  // Some servers close right behind this, without the empty line.
  if (data_ == "[DONE]") done_ = true;
  return data_.size() <= kMostContent;
}

bool StreamReader::frame(const std::function<void(std::string_view)>& piece) {
  const std::string data = std::move(data_);
  data_.clear();
  has_data_ = false;
  if (trim(data).empty()) return true;
  json::error_code broken;
  json::parse_options options;
  options.allow_invalid_utf8 = true;  // a character may be cut between two frames
  const json::value value = json::parse(trim(data), broken, {}, options);
  if (broken) return false;
  if ((complaint_ = complaint_of(value))) return true;
  read_usage(value, completion_);
  if (completion_.model.empty()) completion_.model = text_of(value, "model");
  const auto* choice = choice_of(value);
  if (!choice) return true;
  if (auto finish = text_of(*choice, "finish_reason"); !finish.empty()) completion_.finish = std::move(finish);
  const auto* delta = member(*choice, "delta");
  const std::string words = delta ? text_of(*delta, "content") : std::string();
  if (words.empty()) return true;
  completion_.content += words;
  if (completion_.content.size() > kMostContent) return false;
  cut_ += words;
  const std::size_t keep = cut_bytes(cut_);
  if (piece && cut_.size() > keep) piece(std::string_view(cut_).substr(0, cut_.size() - keep));
  cut_.erase(0, cut_.size() - keep);
  return true;
}

std::string without_thoughts(std::string_view content) {
  std::string_view text = trim(content);
  constexpr std::string_view open = "<think>", close = "</think>";
  // Some templates put the opening mark into the prompt: then only the closing one is here.
  const std::size_t end = text.rfind(close);
  if (text.starts_with(open)) {
    if (end == text.npos) return {};
    text = trim(text.substr(end + close.size()));
  } else if (end != text.npos && !text.starts_with('{') && !text.starts_with('[') && !text.starts_with('`')) {
    text = trim(text.substr(end + close.size()));
  }
  if (text.starts_with("```")) {
    const std::size_t line = text.find('\n');
    if (line == text.npos) return {};
    text.remove_prefix(line + 1);
    if (const std::size_t fence = text.rfind("```"); fence != text.npos) text = text.substr(0, fence);
  }
  return std::string(trim(text));
}

std::string json_part(std::string_view content) {
  std::string text = without_thoughts(content);
  const std::size_t begin = text.find('{'), end = text.rfind('}');
  if (begin == text.npos || end == text.npos || end < begin) return {};
  return text.substr(begin, end - begin + 1);
}

std::string partial_text(std::string_view content, std::string_view sought) {
  std::string_view text = trim(content);
  if (text.starts_with("<think>")) {
    const std::size_t end = text.rfind("</think>");
    if (end == text.npos) return {};
    text = text.substr(end + 8);
  }
  // Walks the outermost object: depth 1, and a text that is a key stands before ':'.
  int depth = 0;
  bool wanted = false;
  std::size_t at = text.find('{');
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '{' || c == '[') ++depth, wanted = false;
    else if (c == '}' || c == ']') --depth, wanted = false;
    else if (c == ',') wanted = false;
    else if (c == '"') {
      std::size_t end = at + 1;
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      const bool whole = end < text.size();
      std::string_view inner = text.substr(at + 1, std::min(end, text.size()) - at - 1);
      if (depth == 1 && wanted) {
        // What is cut within an escape or a character is left for the next piece.
        for (int tries = 0; tries < 13; ++tries) {
          json::error_code broken;
          const json::value value = json::parse('"' + std::string(inner) + '"', broken);
          if (!broken) return std::string(value.as_string());
          if (whole || inner.empty()) return {};
          inner.remove_suffix(1);
        }
        return {};
      }
      if (!whole) return {};
      std::size_t next = end + 1;
      while (next < text.size() && static_cast<unsigned char>(text[next]) <= ' ') ++next;
      wanted = depth == 1 && next < text.size() && text[next] == ':' && inner == sought;
      at = end;
    }
  }
  return {};
}

}  // namespace linli::assist
