#include "channels/chatlog/text_stream.h"

#include <unicode/ucnv.h>

#include <array>
#include <cstring>
#include <vector>

#include "base/utf8.h"

namespace linli {
namespace {

constexpr std::array<std::string_view, 4> kNames{"utf-8", "utf-16le", "utf-16be", "gb18030"};
constexpr std::size_t kPiece = 64u << 10;
constexpr std::string_view kMark8 = "\xEF\xBB\xBF", kMarkLe = "\xFF\xFE", kMarkBe = "\xFE\xFF";

// Valid, but for a character that the end of the piece cuts.
bool reads_as_utf8(std::string_view text) {
  for (std::size_t cut = 0; cut < 4 && cut <= text.size(); ++cut)
    if (valid_utf8(text.substr(0, text.size() - cut))) return true;
  return false;
}

class Converter {
 public:
  explicit Converter(const char* name) {
    UErrorCode error = U_ZERO_ERROR;
    from_ = ucnv_open(name, &error);
    to_ = ucnv_open("UTF-8", &error);
  }
  ~Converter() {
    ucnv_close(from_);
    ucnv_close(to_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  // Converts what it can; `in` becomes what is left. `last`: nothing comes behind.
  void convert(std::string_view& in, std::string& out, bool last) {
    if (!from_ || !to_) {
      in = {};
      return;
    }
    out.resize(in.size() * 3 + 64);
    const char* source = in.data();
    char* target = out.data();
    UErrorCode error = U_ZERO_ERROR;
    ucnv_convertEx(to_, from_, &target, out.data() + out.size(), &source, in.data() + in.size(), pivot_.data(),
                   &pivot_from_, &pivot_to_, pivot_.data() + pivot_.size(), false, last, &error);
    out.resize(static_cast<std::size_t>(target - out.data()));
    in.remove_prefix(static_cast<std::size_t>(source - in.data()));
  }

 private:
  UConverter *from_ = nullptr, *to_ = nullptr;
  std::array<UChar, 1024> pivot_{};
  UChar *pivot_from_ = pivot_.data(), *pivot_to_ = pivot_.data();
};

class Utf8Buffer final : public std::streambuf {
 public:
  Utf8Buffer(std::unique_ptr<std::istream> from, Encoding encoding) : from_(std::move(from)), raw_(kPiece, '\0') {
    if (encoding != Encoding::utf8) converter_.emplace(std::string(name(encoding)).c_str());
    mark_ = encoding == Encoding::utf8      ? kMark8
            : encoding == Encoding::utf16le ? kMarkLe
            : encoding == Encoding::utf16be ? kMarkBe
                                            : std::string_view{};
  }

 protected:
  int_type underflow() override {
    while (gptr() == egptr()) {
      if (ended_) return traits_type::eof();
      const auto got =
          static_cast<std::size_t>(from_->rdbuf()->sgetn(raw_.data(), static_cast<std::streamsize>(kPiece)));
      ended_ = got < kPiece;
      std::string_view in(raw_.data(), got);
      if (!std::exchange(begun_, true) && in.starts_with(mark_)) in.remove_prefix(mark_.size());
      if (converter_) {
        text_.clear();
        std::string piece;
        do {
          converter_->convert(in, piece, ended_);
          text_ += piece;
        } while (!in.empty() && !piece.empty());
      } else {
        text_.assign(in);
      }
      setg(text_.data(), text_.data(), text_.data() + text_.size());
    }
    return traits_type::to_int_type(*gptr());
  }

 private:
  std::unique_ptr<std::istream> from_;
  std::optional<Converter> converter_;
  std::string_view mark_;
  std::string raw_, text_;
  bool begun_ = false, ended_ = false;
};

// A stream that owns its buffer.
class OwningStream final : public std::istream {
 public:
  explicit OwningStream(std::unique_ptr<std::streambuf> buffer)
      : std::istream(buffer.get()), buffer_(std::move(buffer)) {}

 private:
  std::unique_ptr<std::streambuf> buffer_;
};

}  // namespace

std::string_view name(Encoding encoding) { return kNames[static_cast<std::size_t>(encoding)]; }

std::optional<Encoding> parse_encoding(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == text) return static_cast<Encoding>(i);
  return {};
}

Encoding detect_encoding(std::string_view text) {
  text = text.substr(0, kPiece);
  if (text.starts_with(kMark8)) return Encoding::utf8;
  if (text.starts_with(kMarkLe)) return Encoding::utf16le;
  if (text.starts_with(kMarkBe)) return Encoding::utf16be;
  // UTF-16 without a mark: the ASCII among it (line ends, digits, blanks) leaves zeros on one side.
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < text.size(); ++i) zeros[i % 2] += text[i] == '\0';
  if (zeros[0] + zeros[1] > text.size() / 50) {
    if (zeros[1] > 4 * zeros[0]) return Encoding::utf16le;
    if (zeros[0] > 4 * zeros[1]) return Encoding::utf16be;
  }
  return reads_as_utf8(text) ? Encoding::utf8 : Encoding::gb18030;
}

std::unique_ptr<std::istream> as_utf8(std::unique_ptr<std::istream> from, Encoding encoding) {
  return std::make_unique<OwningStream>(std::make_unique<Utf8Buffer>(std::move(from), encoding));
}

LineReader::LineReader(std::unique_ptr<std::istream> from) : from_(std::move(from)), buffer_(kPiece, '\0') {}

bool LineReader::fill() {
  at_ = 0;
  end_ = static_cast<std::size_t>(from_->rdbuf()->sgetn(buffer_.data(), static_cast<std::streamsize>(buffer_.size())));
  return end_ > 0;
}

Result<bool> LineReader::next(std::string& line) {
  line.clear();
  ++line_;
  bool any = false, fits = true;
  while (at_ < end_ || fill()) {
    any = true;
    const char* from = buffer_.data() + at_;
    const auto* end = static_cast<const char*>(std::memchr(from, '\n', end_ - at_));
    const std::size_t size = end ? static_cast<std::size_t>(end - from) : end_ - at_;
    if (line.size() + size > max_line) fits = false, line.clear();
    if (fits) line.append(from, size);
    at_ += size + (end ? 1 : 0);
    if (!end) continue;
    break;
  }
  if (!fits) return fail(Errc::too_long, {}, {{"max", std::to_string(max_line)}});
  if (line.ends_with('\r')) line.pop_back();
  return any;
}

}  // namespace linli
