// Bytes of whatever encoding as UTF-8, piece by piece: files of any size in constant memory.
#pragma once
#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace linli {

enum class Encoding { utf8, utf16le, utf16be, gb18030 };
std::string_view name(Encoding encoding);  // "utf-8", "utf-16le", "utf-16be", "gb18030"
std::optional<Encoding> parse_encoding(std::string_view text);

// By a byte order mark, else by what the beginning of the file reads as (64 KB are enough). Never fails: what reads as nothing
// else is gb18030, which takes nearly all bytes.
Encoding detect_encoding(std::string_view beginning);

// Gives UTF-8 without a byte order mark. Bytes that are wrong in another encoding become U+FFFD; those of UTF-8 pass as
// they are, whoever takes them checks. `from` is owned by the stream that is given back.
std::unique_ptr<std::istream> as_utf8(std::unique_ptr<std::istream> from, Encoding encoding);

// Lines without their ends (LF or CRLF). One thread.
class LineReader {
 public:
  static constexpr std::size_t max_line = 1u << 20;  // bytes

  explicit LineReader(std::unique_ptr<std::istream> from);
  // False: the end. Error: too_long, for that line only.
  Result<bool> next(std::string& line);
  long line() const { return line_; }  // of the line that next() gave last, from 1

 private:
  bool fill();
  std::unique_ptr<std::istream> from_;
  std::string buffer_;
  std::size_t at_ = 0, end_ = 0;
  long line_ = 0;
};

}  // namespace linli
