// Inside of the 接龙 reader: text whose signs are of one width, and what single phrases mean. Not for other modules.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace linli::jielong {

// Code points with full-width signs and digits made narrow, zero-width ones dropped, and the way back to the bytes.
// A keycap (1️⃣) is kDigit + its digit, so that it is told from a plain digit.
inline constexpr char32_t kDigit = 0xE000;
struct Folded {
  std::u32string points;
  std::vector<std::uint32_t> byte;  // where each point begins in the original; one more for the end
  std::string_view original;

  void read(std::string_view utf8);
  // As written, without blanks and stray signs at both ends.
  std::string written(std::size_t begin, std::size_t end) const;
  std::u32string_view view(std::size_t begin, std::size_t end) const {
    return std::u32string_view(points).substr(begin, end - begin);
  }
};

bool is_digit(char32_t c);
bool is_blank(char32_t c);
bool is_edge(char32_t c);  // blank or a sign that ends a phrase
bool is_han(char32_t c);
bool is_letter(char32_t c);  // ASCII
// A number in digits or Chinese ("12", "两", "十二", "俩"); how many points it takes, 0: none.
std::size_t number_at(std::u32string_view text, std::int32_t& value);
// The phrase at the beginning of the text, longest first where the list is so ordered; 0: none of them.
std::size_t starts_with_any(std::u32string_view text, std::span<const std::u32string_view> phrases);
std::size_t ends_with_any(std::u32string_view text, std::span<const std::u32string_view> phrases);
// Where the first of them stands; npos: nowhere. `length`: of the phrase that was found.
std::size_t find_any(std::u32string_view text, std::span<const std::u32string_view> phrases,
                     std::size_t* length = nullptr);
inline bool has_any(std::u32string_view text, std::span<const std::u32string_view> phrases) {
  return find_any(text, phrases) != std::u32string_view::npos;
}

// Relatives and companions: 老公, 娃, 室友 … at the end of a phrase.
bool ends_with_person(std::u32string_view phrase);
// 王姐, 老李, 小赵, 周伯, 邬婆婆: looks like what a person is called.
bool like_name(std::u32string_view phrase);
// The house at the beginning: "3-2-501", "5栋2单元", "A座1203"; `bare` also takes "1502" alone. Points taken, 0: none.
std::size_t house_at(std::u32string_view text, bool bare);

// What is compared: letters and digits of the normal form.
std::string key_of(std::string_view text);

// House and name of an author's name in the group.
struct Who {
  std::string name, house, name_key, house_key;
};
Who who(std::string_view shown_name);

// One line's parts, before its count is read (that depends on what the list is for).
struct Parts {
  std::int32_t marker = 0;
  std::size_t begin = 0, end = 0;  // the line without its number
  std::size_t house = 0, house_end = 0, name = 0, name_end = 0;
  std::string tag;       // 【已领】, 候补：
  std::size_t rest = 0;  // what follows the name, up to `end`
  bool withdrawn = false;
};
struct Numbered {
  std::vector<Parts> lines;
  std::size_t head_end = 0;  // text before the first number
  std::size_t numbers = 0;   // numbers seen, empty ones too
  std::size_t closed = 0;    // of them those with a sign: "1." and not "1"
};
// Finds the numbered lines.
Numbered numbered_lines(const Folded& text);
// Fills the parts of one line. `bare_house`: numbers of three or four digits at the beginning are rooms.
void take_apart(const Folded& text, Parts& line, bool bare_house);

// People or portions that a phrase after a name tells, and the phrase without a bare count.
struct Count {
  std::int32_t number = 1;
  bool told = false;
  std::string note;
};
Count count_of(const Folded& text, std::size_t begin, std::size_t end, bool portions);

}  // namespace linli::jielong
