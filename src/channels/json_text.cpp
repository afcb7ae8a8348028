#include "channels/json_text.h"

#include <cstring>

namespace linli {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

tl::unexpected<Error> too_many(std::size_t max) {
  return fail(Errc::too_many_messages, {}, {{"max", std::to_string(max)}});
}

// Behind the string that begins at `p` (on its quote); `end` when it does not end.
const char* skip_string(const char* p, const char* end) {
  for (++p; p < end; ++p) {
    // Most of a message is text: leave it to memchr, and look back for the rare backslash.
    const char* quote = static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
    if (!quote) return end;
    const char* slash = quote;
    while (slash > p && slash[-1] == '\\') --slash;
    p = quote;
    if ((quote - slash) % 2 == 0) return quote + 1;
  }
  return end;
}

// Behind the value that begins at `p`: at the ',' or ']' of the array around it, or at `end` when it is broken.
const char* skip_element(const char* p, const char* end) {
  int depth = 0;
  while (p < end) {
    switch (*p) {
      case '"':
        p = skip_string(p, end);
        if (p == end) return end;
        continue;
      case '{':
      case '[': ++depth; break;
      case '}':
        if (depth-- == 0) return end;
        break;
      case ']':
        if (depth-- == 0) return p;
        break;
      case ',':
        if (depth == 0) return p;
        break;
      default: break;
    }
    ++p;
  }
  return end;
}

}  // namespace

Result<std::vector<std::string_view>> cut_elements(std::string_view body, std::size_t max) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  body = trimmed(body);
  std::vector<std::string_view> elements;
  if (body.starts_with('{')) {
    if (max == 0) return too_many(max);
    elements.push_back(body);
    return elements;
  }
  if (!body.starts_with('[')) return fail(Errc::bad_json);

  const char* p = body.data() + 1;
  const char* const end = body.data() + body.size();
  for (bool last = false; !last;) {
    const char* const stop = skip_element(p, end);
    if (stop == end) return fail(Errc::bad_json);
    const std::string_view element = trimmed({p, static_cast<std::size_t>(stop - p)});
    last = *stop == ']';
    p = stop + 1;
    if (last && element.empty() && elements.empty()) break;  // []
    if (elements.size() == max) return too_many(max);
    elements.push_back(element);  // an empty one ("[1,,2]") will be refused as no JSON
  }
  if (p != end) return fail(Errc::bad_json);
  return elements;
}

Result<std::vector<std::string_view>> cut_lines(std::string_view body, std::size_t max) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  std::vector<std::string_view> lines;
  while (!body.empty()) {
    const std::size_t feed = body.find('\n');
    const std::string_view line = trimmed(body.substr(0, feed));
    body = feed == body.npos ? std::string_view{} : body.substr(feed + 1);
    if (line.empty()) continue;
    if (lines.size() == max) return too_many(max);
    lines.push_back(line);
  }
  return lines;
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace linli
