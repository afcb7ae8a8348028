#include "base/normal_form.h"

#include <opencc/opencc.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

namespace linli {
namespace {

constexpr char32_t kBad = 0xFFFD;
constexpr char32_t kFirstHan = 0x4E00, kLastHan = 0x9FFF;

// What becomes of a character of the basic plane: itself, one other character, nothing, or "ask ICU".
struct Table {
  static constexpr char16_t kDrop = 0xFFFE;  // neither value is a character
  static constexpr char16_t kSlow = 0xFFFF;
  std::vector<char16_t> to = std::vector<char16_t>(0x10000);
  const icu::Normalizer2* fold = nullptr;

  Table() {
    UErrorCode status = U_ZERO_ERROR;
    fold = icu::Normalizer2::getNFKCCasefoldInstance(status);
    for (char32_t c = 0; c < 0x10000; ++c) to[c] = entry(c);
    simplify();
  }

  char16_t entry(char32_t c) const {
    if (c >= 0xD800 && c <= 0xDFFF) return kBad;
    if (u_isUWhiteSpace(static_cast<UChar32>(c)) || u_iscntrl(static_cast<UChar32>(c))) {
      return u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ? kDrop : u' ';
    }
    if (u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return kDrop;
    UErrorCode status = U_ZERO_ERROR;
    const icu::UnicodeString one(static_cast<UChar32>(c));
    const icu::UnicodeString folded = fold->normalize(one, status);
    if (folded.length() != 1 || !fold->hasBoundaryBefore(static_cast<UChar32>(c))) return kSlow;
    return folded.charAt(0);
  }

  // OpenCC once for every character by itself: phrases, where a character has two simple forms, are rare enough
  // to be left aside, and so a message costs no call into OpenCC at all.
  void simplify() {
    std::unique_ptr<opencc::SimpleConverter> converter;
    try {
      converter = std::make_unique<opencc::SimpleConverter>("t2s.json");
    } catch (...) {
      return;  // its data are not installed: traditional characters stay
    }
    std::string all;
    for (char32_t c = kFirstHan; c <= kLastHan; ++c) {
      append_utf8(all, c);
      all += '\n';
    }
    const std::u32string simple = decode_utf8(converter->Convert(all));
    if (simple.size() != 2 * (kLastHan - kFirstHan + 1)) return;
    for (char32_t c = kFirstHan; c <= kLastHan; ++c) {
      const char32_t s = simple[2 * (c - kFirstHan)];
      if (to[c] == c && s < 0x10000) to[c] = static_cast<char16_t>(s);
    }
  }
};

const Table& table() {
  static const Table t;
  return t;
}

// The next code point of well-formed UTF-8, or U+FFFD and one byte.
char32_t next_point(const unsigned char*& p, const unsigned char* end) {
  const unsigned char a = *p;
  if (a < 0x80) return ++p, a;
  const auto more = [&](int i) { return p + i < end && (p[i] & 0xC0) == 0x80; };
  if (a >= 0xC2 && a < 0xE0 && more(1)) {
    const char32_t c = (a & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    return p += 2, c;
  }
  if (a >= 0xE0 && a < 0xF0 && more(1) && more(2)) {
    const char32_t c = (a & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    if (c >= 0x800 && (c < 0xD800 || c > 0xDFFF)) return p += 3, c;
  }
  if (a >= 0xF0 && a < 0xF5 && more(1) && more(2) && more(3)) {
    const char32_t c = (a & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
    if (c >= 0x10000 && c <= 0x10FFFF) return p += 4, c;
  }
  return ++p, kBad;
}

class Writer {
 public:
  explicit Writer(NormalForm& out) : out_(out) {}

  void put(char32_t c, std::uint32_t from) {
    if (c == ' ' && (out_.points.empty() || out_.points.back() == ' ')) return;  // one blank, none in front
    out_.points.push_back(c);
    out_.origin.push_back(from);
    out_.offset.push_back(static_cast<std::uint32_t>(out_.bytes.size()));
    append_utf8(out_.bytes, c);
  }

  void finish() {
    if (!out_.points.empty() && out_.points.back() == ' ') {
      out_.points.pop_back();
      out_.origin.pop_back();
      out_.bytes.resize(out_.offset.back());
      out_.offset.pop_back();
    }
    out_.offset.push_back(static_cast<std::uint32_t>(out_.bytes.size()));
  }

 private:
  NormalForm& out_;
};

// From `begin` to the next character that starts anew: together through ICU. All that comes out of it stands for `begin`.
void put_slow(const std::u32string& points, std::size_t begin, std::size_t end, Writer& writer) {
  const Table& t = table();
  const auto run = icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(points.data() + begin),
                                                 static_cast<int32_t>(end - begin));
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString folded = t.fold->normalize(run, status);
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const auto c = static_cast<char32_t>(folded.char32At(i));
    const char16_t simple = c < 0x10000 ? t.to[c] : Table::kSlow;
    const bool plain = simple != Table::kDrop && simple != Table::kSlow;
    writer.put(plain ? simple : c, static_cast<std::uint32_t>(begin));
  }
}

void normalize_slow(std::string_view utf8, NormalForm& out) {
  const Table& t = table();
  const std::u32string points = decode_utf8(utf8);
  Writer writer(out);
  std::size_t i = 0;
  while (i < points.size()) {
    std::size_t end = i + 1;
    while (end < points.size() && !t.fold->hasBoundaryBefore(static_cast<UChar32>(points[end]))) ++end;
    put_slow(points, i, end, writer);
    i = end;
  }
  writer.finish();
  out.original_points = static_cast<std::uint32_t>(points.size());
}

void clear(NormalForm& out) {
  out.points.clear();
  out.bytes.clear();
  out.origin.clear();
  out.offset.clear();
}

}  // namespace

std::uint32_t NormalForm::point_at(std::uint32_t byte) const {
  const auto it = std::upper_bound(offset.begin(), offset.end(), byte);
  return it == offset.begin() ? 0 : static_cast<std::uint32_t>(it - offset.begin() - 1);
}

std::uint32_t NormalForm::original_begin(std::uint32_t begin) const {
  return begin < origin.size() ? origin[begin] : original_points;
}

std::uint32_t NormalForm::original_end(std::uint32_t end) const {
  return end == 0 ? 0 : end <= origin.size() ? origin[end - 1] + 1 : original_points;
}

void normalize(std::string_view utf8, NormalForm& out) {
  const Table& t = table();
  clear(out);
  out.bytes.reserve(utf8.size());
  Writer writer(out);
  const auto* p = reinterpret_cast<const unsigned char*>(utf8.data());
  const auto* end = p + utf8.size();
  std::uint32_t index = 0;
  while (p < end) {
    const char32_t c = next_point(p, end);
    char32_t to = c;
    if (c < 0x10000) {
      to = t.to[c];
      if (to == Table::kSlow) {
        clear(out);
        return normalize_slow(utf8, out);
      }
    } else if (c >= 0xE0000) {
      to = Table::kDrop;  // tags, variation selectors, private planes
    } else if ((c >= 0x1D400 && c <= 0x1D7FF) || (c >= 0x1F100 && c <= 0x1F2FF) || (c >= 0x2F800 && c <= 0x2FA1F) ||
               c < 0x1B000) {
      clear(out);  // letters in fancy dress, boxed letters, compatibility ideographs, scripts with marks
      return normalize_slow(utf8, out);
    }
    if (to != Table::kDrop) writer.put(to, index);
    ++index;
  }
  writer.finish();
  out.original_points = index;
}

NormalForm normalize(std::string_view utf8) {
  NormalForm out;
  normalize(utf8, out);
  return out;
}

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

std::u32string decode_utf8(std::string_view utf8) {
  std::u32string out;
  const auto* p = reinterpret_cast<const unsigned char*>(utf8.data());
  const auto* end = p + utf8.size();
  while (p < end) out.push_back(next_point(p, end));
  return out;
}

std::string encode_utf8(std::u32string_view points) {
  std::string out;
  for (const char32_t c : points) append_utf8(out, c);
  return out;
}

}  // namespace linli
