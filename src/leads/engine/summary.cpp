#include "leads/engine/summary.h"

#include "base/normal_form.h"

namespace linli::engine {
namespace {

constexpr std::size_t kEnough = 10, kMost = 48;

// Without @names, [stickers], emoji and doubled marks.
std::u32string cleaned(std::string_view text) {
  std::u32string out;
  const std::u32string in = decode_utf8(text);
  for (std::size_t i = 0; i < in.size(); ++i) {
    const char32_t c = in[i];
    if (c == '[') {
      const auto end = in.find(U']', i);
      if (end != in.npos && end - i <= 6) {
        i = end;
        continue;
      }
    }
    if (c == '@') {
      const auto end = in.find_first_of(U" \u2005,，:：", i);
      if (end != in.npos) {
        i = end;
        continue;
      }
    }
    if (c >= 0x1F000 || (c >= 0x2600 && c < 0x27C0) || c == 0xFE0F || c == 0x200D) continue;
    const bool mark =
        c == U'！' || c == U'？' || c == '!' || c == '?' || c == U'。' || c == U'~' || c == U' ' || c == '\n';
    if (mark && !out.empty() && (out.back() == c || out.back() == ' ')) continue;
    out.push_back(c == '\n' ? U' ' : c);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  while (!out.empty() && out.front() == ' ') out.erase(out.begin());
  return out;
}

}  // namespace

std::string summary_line(const Lead& lead, std::string_view place, std::string_view category_zh) {
  const Digest& opener = *lead.messages.front();
  std::u32string words;
  for (const auto& d : lead.messages) {
    if (d->sender != opener.sender || d->type == MessageType::image) continue;
    const std::u32string more = cleaned(d->text);
    if (more.empty()) continue;
    if (!words.empty()) words += U"，";
    words += more;
    if (words.size() >= kEnough) break;
  }
  if (words.size() > kMost) words = words.substr(0, kMost) + U"…";
  std::string out(place);
  if (!out.empty()) out += ' ';
  out += category_zh;
  if (!words.empty()) out += "：" + encode_utf8(words);
  return out;
}

}  // namespace linli::engine
