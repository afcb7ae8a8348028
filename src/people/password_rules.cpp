// Which passwords are too easy to guess. No list of millions: what people take is words, names, dates and rows of keys, and
// each of these counts here as one character. What is left must still be long enough.
#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "people/users.h"

namespace linli {
namespace {

// The words that the lists of stolen passwords are full of, here and elsewhere, and ours.
constexpr std::string_view kCommon[] = {
    "password",   "passw0rd", "p@ssw0rd", "p@ssword", "mima",     "admin",    "administrator", "root",     "user",
    "guest",      "test",     "demo",     "login",    "welcome",  "letmein",  "changeme",      "default",  "secret",
    "master",     "super",    "system",   "manager",  "monkey",   "dragon",   "sunshine",      "princess", "football",
    "baseball",   "iloveyou", "loveyou",  "love",     "hello",    "qwerty",   "qwertz",        "azerty",   "asdf",
    "zxcv",       "qazwsx",   "1qaz2wsx", "1q2w3e4r", "1q2w3e",   "q1w2e3",   "qaz",           "wsx",      "woaini",
    "aini",       "5201314",  "1314520",  "520",      "1314",     "88888888", "8888",          "6666",     "wang",
    "zhang",      "zhao",     "chen",     "yang",     "huang",    "linli",    "jinjiang",      "chengdu",  "wangge",
    "wanggeyuan", "shequ",    "jiedao",   "beijing",  "shanghai", "china",    "zhongguo",      "abc",      "密码",
    "管理员",     "我爱你",   "邻里",     "社区",     "网格",     "街道",     "成都"};
constexpr std::string_view kRows[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "!@#$%^&*()"};
constexpr std::size_t kLeastLeft = 6, kLeastDifferent = 5;

// Of valid UTF-8.
std::u32string lower(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    const std::string_view one = first_code_points(text, 1);
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(one[i]); };
    char32_t c = one.size() == 1 ? byte(0) : byte(0) & (0x7fu >> one.size());
    for (std::size_t i = 1; i < one.size(); ++i) c = c << 6 | (byte(i) & 0x3fu);
    out += c >= U'A' && c <= U'Z' ? c + 32 : c;
    text.remove_prefix(one.size());
  }
  return out;
}

// Each occurrence becomes one character that is nothing else.
void fold(std::u32string& text, std::u32string_view word) {
  if (word.size() < 3 && !(word.size() == 2 && word[0] > 0x2e80)) return;
  for (std::size_t at; (at = text.find(word)) != text.npos;) text.replace(at, word.size(), 1, U'\x1');
}

// 1950 to 2049.
void fold_years(std::u32string& text) {
  for (std::size_t i = 0; i + 4 <= text.size(); ++i) {
    const auto digit = [&](std::size_t k) { return text[i + k] >= U'0' && text[i + k] <= U'9'; };
    const bool century = (text[i] == U'1' && text[i + 1] == U'9' && text[i + 2] >= U'5') ||
                         (text[i] == U'2' && text[i + 1] == U'0' && text[i + 2] <= U'4');
    if (century && digit(2) && digit(3)) text.replace(i, 4, 1, U'\x2');
  }
}

bool neighbours(char32_t a, char32_t b, int step) {
  if (static_cast<std::int64_t>(b) - static_cast<std::int64_t>(a) == step) return a != 1 && a != 2;
  for (const std::string_view row : kRows) {
    const auto at_a = a < 128 ? row.find(static_cast<char>(a)) : row.npos;
    const auto at_b = b < 128 ? row.find(static_cast<char>(b)) : row.npos;
    if (at_a != row.npos && at_b != row.npos && static_cast<int>(at_b) - static_cast<int>(at_a) == step) return true;
  }
  return false;
}

// How many characters are left when each row (three or more of abc…, cba…, qwe…, aaa…) counts as one.
std::size_t left(const std::u32string& text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) {
    std::size_t longest = 1;
    for (const int step : {0, 1, -1}) {
      std::size_t length = 1;
      while (i + length < text.size() && neighbours(text[i + length - 1], text[i + length], step)) ++length;
      if (length >= 3) longest = std::max(longest, length);
    }
    i += longest;
  }
  return count;
}

}  // namespace

Result<void> check_password_rules(std::string_view password, std::string_view name, std::string_view display_name) {
  const std::size_t characters = code_points(password);
  if (characters > kGreatestPassword)
    return fail(Errc::too_long, Where::at_field("password"), {{"max", std::to_string(kGreatestPassword)}});
  if (characters < kLeastPassword)
    return fail(Errc::password_too_short, Where::at_field("password"), {{"min", std::to_string(kLeastPassword)}});
  std::u32string text = lower(password);
  // The same piece twice is as easy as once.
  for (std::size_t piece = 1; piece <= text.size() / 2; ++piece) {
    if (text.size() % piece != 0) continue;
    bool repeats = true;
    for (std::size_t i = piece; i < text.size() && repeats; ++i) repeats = text[i] == text[i - piece];
    if (repeats) {
      text.resize(piece);
      break;
    }
  }
  fold(text, lower(name));
  fold(text, lower(display_name));
  static const std::vector<std::u32string> common = [] {
    std::vector<std::u32string> out;
    for (const std::string_view word : kCommon) out.push_back(lower(word));
    std::ranges::sort(out, std::greater{}, &std::u32string::size);
    return out;
  }();
  for (const std::u32string& word : common) fold(text, word);
  fold_years(text);
  const std::set<char32_t> different(text.begin(), text.end());
  // Digits alone are a phone, an identity card, a date.
  const bool digits = password.find_first_not_of("0123456789") == password.npos;
  if (digits || left(text) < kLeastLeft || different.size() < kLeastDifferent)
    return fail(Errc::password_too_easy, Where::at_field("password"));
  return {};
}

}  // namespace linli
