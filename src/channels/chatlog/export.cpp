#include "channels/chatlog/export.h"

#include <algorithm>
#include <sstream>

#include "base/csv.h"
#include "base/table_file.h"
#include "channels/chatlog/export_rows.h"
#include "channels/chatlog/export_text.h"
#include "channels/chatlog/export_words.h"

namespace linli {
namespace {

constexpr std::size_t kBeginning = 256u << 10;
constexpr std::size_t kXlsx = 64u << 20;
constexpr std::array<std::string_view, 8> kFormats{"mail",     "name_time", "time_name", "bracket",
                                                   "dialogue", "table",     "json",      "html"};
constexpr std::array<std::string_view, kColumns> kColumnNames{"time", "name",     "sender_id", "text",
                                                              "type", "sub_type", "own"};

std::string beginning(std::istream& from, std::size_t size) {
  std::string out(size, '\0');
  out.resize(static_cast<std::size_t>(from.rdbuf()->sgetn(out.data(), static_cast<std::streamsize>(size))));
  return out;
}

bool is_zip(std::string_view bytes) { return bytes.starts_with("PK\x03\x04"); }

// A page as its words: tags go, block ends are line ends, scripts and styles are left out.
class HtmlBuffer final : public std::streambuf {
 public:
  explicit HtmlBuffer(std::unique_ptr<std::istream> from) : from_(std::move(from)) {}

 protected:
  int_type underflow() override {
    text_.clear();
    while (text_.empty())
      if (!take()) return traits_type::eof();
    setg(text_.data(), text_.data(), text_.data() + text_.size());
    return traits_type::to_int_type(*gptr());
  }

 private:
  static constexpr int kEnd = traits_type::eof();
  static constexpr std::size_t kPiece = 16u << 10;

  bool take() {
    std::streambuf& from = *from_->rdbuf();
    if (from.sgetc() == kEnd) return false;
    if (from.sgetc() == '<') {
      from.sbumpc();
      tag();
      return true;
    }
    raw_.clear();
    for (int c; (c = from.sgetc()) != kEnd && c != '<' && raw_.size() < kPiece; from.sbumpc())
      raw_ +=
          (c == '\n' || c == '\r' || c == '\t') && !kept_ ? ' ' : static_cast<char>(c);  // <pre> keeps its line ends
    if (!hidden_.empty()) return true;
    text_ = kept_ || !export_words::trimmed(raw_).empty() ? export_words::unescaped(raw_) : " ";
    return true;
  }

  void tag() {
    std::string name;
    bool named = false, closes = false;
    for (int c; (c = from_->rdbuf()->sbumpc()) != kEnd && c != '>';) {
      if (c == '/' && name.empty()) closes = true;
      else if (!named && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '!') &&
               name.size() < 16)
        name += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      else named = true;
      if (c == '"' || c == '\'')  // a '>' within an attribute
        for (int q; (q = from_->rdbuf()->sbumpc()) != kEnd && q != c;) {
        }
    }
    if (!hidden_.empty()) {
      if (closes && name == hidden_) hidden_.clear();
      return;
    }
    if (!closes && (name == "script" || name == "style" || name == "head" || name == "title")) hidden_ = name;
    if (name == "pre") kept_ = !closes;
    if (name == "img") text_ += "[图片]";
    for (const std::string_view block :
         {"br", "div", "p", "pre", "li", "ul", "tr", "table", "h1", "h2", "h3", "section", "article"})
      if (name == block) text_ += '\n';
  }

  std::unique_ptr<std::istream> from_;
  std::string raw_, text_, hidden_;
  bool kept_ = false;
};

class HtmlStream final : public std::istream {
 public:
  explicit HtmlStream(std::unique_ptr<std::istream> from) : std::istream(nullptr), buffer_(std::move(from)) {
    rdbuf(&buffer_);
  }

 private:
  HtmlBuffer buffer_;
};

bool looks_like_html(std::string_view text) {
  text = export_words::trimmed(text.substr(0, 4'096));
  for (const std::string_view begin : {"<!DOCTYPE html", "<!doctype html", "<html", "<HTML", "<div", "<body"})
    if (text.starts_with(begin)) return true;
  return false;
}

Result<void> find_columns(ExportShape& shape, const std::vector<std::string>& headings, const ColumnMap& said) {
  shape.headings = headings;
  shape.columns = export_rows::columns_of(headings, said);
  const auto missing = export_rows::missing(shape.columns);
  shape.confidence = missing.empty() ? 1 : 0;
  if (missing.empty()) return {};
  return fail(Errc::chat_columns_missing, Where::at_field("columns"), {{"column", std::string(name(missing.front()))}});
}

// The first row, and whether it may be the header of a table: several cells, none of them a time.
std::vector<std::string> csv_header(const std::string& text) {
  CsvRows rows(std::make_unique<std::istringstream>(text));
  std::vector<std::string> cells;
  const auto read = rows.next(cells);
  if (!read || !*read) return {};
  for (std::string& cell : cells) cell = std::string(export_words::trimmed(cell));
  return cells;
}

bool is_known_header(const std::vector<std::string>& cells) {
  return cells.size() >= 3 && export_rows::missing(export_rows::columns_of(cells, {})).empty();
}

}  // namespace

std::string_view name(ExportFormat format) { return kFormats[static_cast<std::size_t>(format)]; }
std::optional<ExportFormat> parse_export_format(std::string_view text) {
  for (std::size_t i = 0; i < kFormats.size(); ++i)
    if (kFormats[i] == text) return static_cast<ExportFormat>(i);
  return {};
}
std::string_view name(Column column) { return kColumnNames[static_cast<std::size_t>(column)]; }
std::optional<Column> parse_column(std::string_view text) {
  for (std::size_t i = 0; i < kColumns; ++i)
    if (kColumnNames[i] == text) return static_cast<Column>(i);
  return {};
}

Result<ExportShape> find_shape(const OpenBytes& open, const ExportChoice& choice, ExportShape* seen) {
  ExportShape own;
  ExportShape& shape = seen ? *seen : own;
  shape = {};
  const std::string raw = beginning(*open(), kBeginning);
  if (raw.empty()) return fail(Errc::chat_unknown, Where::at_field("format"));
  if (is_zip(raw)) {
    shape.format = ExportFormat::table;
    const auto table = read_table(beginning(*open(), kXlsx));
    if (!table) return tl::unexpected(table.error());
    if (table->rows.empty()) return fail(Errc::chat_unknown, Where::at_field("format"));
    LINLI_TRY(find_columns(shape, table->rows[0].cells, choice.columns));
    return shape;
  }
  shape.encoding = choice.encoding.value_or(detect_encoding(raw));
  std::string text = beginning(*as_utf8(std::make_unique<std::istringstream>(raw), shape.encoding), 2 * kBeginning);
  const std::string_view first = export_words::trimmed(text);
  const auto wanted = [&](ExportFormat format) { return choice.format == format; };

  if (wanted(ExportFormat::json) ||
      (!choice.format && (first.starts_with('{') || first.starts_with("[{") ||
                          (first.starts_with('[') && export_words::trimmed(first.substr(1)).starts_with('{'))))) {
    shape.format = ExportFormat::json;
    std::istringstream in(text);
    const auto members = export_rows::json_members(in);
    if (members.empty()) return fail(Errc::chat_unknown, Where::at_field("format"));
    LINLI_TRY(find_columns(shape, members, choice.columns));
    return shape;
  }
  const bool named = std::ranges::any_of(choice.columns, [](const auto& c) { return !c.empty(); });
  const auto header = csv_header(text);
  if (wanted(ExportFormat::table) || (!choice.format && (is_known_header(header) || (named && header.size() >= 2)))) {
    shape.format = ExportFormat::table;
    if (header.empty()) return fail(Errc::chat_unknown, Where::at_field("format"));
    LINLI_TRY(find_columns(shape, header, choice.columns));
    return shape;
  }
  if (wanted(ExportFormat::html) || (!choice.format && looks_like_html(text))) {
    HtmlStream words(std::make_unique<std::istringstream>(text));
    const auto found = export_text::find(words, {});
    shape.format = ExportFormat::html;
    shape.inside = found.format;
    shape.look = found.look;
    shape.look.after_blank = false;  // where blank lines stand is the page's matter
    shape.confidence = found.confidence;
  } else {
    std::istringstream words(text);
    const auto found = export_text::find(words, choice.format);
    shape.format = found.format;
    shape.look = found.look;
    shape.confidence = choice.format ? std::max(0.1, found.confidence) : found.confidence;
    // Rows with commas and no heads: a table that nobody knows.
    if (!choice.format && header.size() >= 3 && shape.confidence < 0.3) {
      shape.format = ExportFormat::table;
      return find_columns(shape, header, choice.columns).map([&] { return shape; });
    }
  }
  if (shape.confidence == 0) return fail(Errc::chat_unknown, Where::at_field("format"));
  return shape;
}

std::unique_ptr<ExportReader> read_export(const OpenBytes& open, const ExportShape& shape, Instant as_of,
                                          const TimeZone& zone, const Wraps& total) {
  auto bytes = open();
  if (shape.format == ExportFormat::table) {
    const int first = bytes->rdbuf()->sgetc();
    if (first == 'P') {
      const std::string all = beginning(*bytes, kXlsx);
      if (is_zip(all)) return export_rows::read_xlsx(all, shape.columns, as_of, zone, total);
      bytes = open();
    }
  }
  auto text = as_utf8(std::move(bytes), shape.encoding);
  switch (shape.format) {
    case ExportFormat::table: return export_rows::read_csv(std::move(text), shape.columns, as_of, zone, total);
    case ExportFormat::json: return export_rows::read_json(std::move(text), shape.columns, as_of, zone, total);
    case ExportFormat::html:
      return export_text::read(std::make_unique<HtmlStream>(std::move(text)), shape.inside, shape.look, as_of, zone,
                               total);
    default: return export_text::read(std::move(text), shape.format, shape.look, as_of, zone, total);
  }
}

Wraps count_wraps(const OpenBytes& open, const ExportShape& shape, Instant as_of, const TimeZone& zone,
                  const std::function<bool()>& stopped) {
  auto reader = read_export(open, shape, as_of, zone);
  for (std::size_t read = 0;; ++read) {
    const auto message = reader->next();
    if (message && !*message) break;
    if (read == 2'000 && !reader->clock().wraps().any()) return {};
    if (stopped && read % 1'000 == 0 && stopped()) break;
  }
  return reader->clock().wraps();
}

}  // namespace linli
