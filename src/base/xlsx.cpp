#include "base/xlsx.h"

#include <expat.h>
#include <unistd.h>
#include <xlsxwriter.h>
#include <zip.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>

#include "base/trim.h"

namespace linli::xlsx {
namespace {

tl::unexpected<Error> broken(const std::string& part) {
  return fail(Errc::bad_value, Where::at(part), {{"allowed", "CSV, XLSX"}});
}
tl::unexpected<Error> too_much(std::size_t max) { return fail(Errc::too_long, {}, {{"max", std::to_string(max)}}); }

class Archive {
 public:
  static Result<Archive> open(std::string_view bytes) {
    zip_error_t error;
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    zip_t* zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
    if (!zip) {
      if (source) zip_source_free(source);
      return broken("xlsx");
    }
    return Archive(zip);
  }

  bool has(const std::string& name) const { return zip_name_locate(zip_.get(), name.c_str(), 0) >= 0; }

  // Hands the part on in pieces. What it unfolds to is counted while it does, whatever its header says.
  Result<void> each(const std::string& name, std::size_t most,
                    const std::function<bool(std::string_view, bool)>& piece) const {
    const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(zip_fopen(zip_.get(), name.c_str(), 0), zip_fclose);
    if (!file) return broken(name);
    std::string buffer(64u << 10, '\0');
    for (std::size_t total = 0;;) {
      const auto got = zip_fread(file.get(), buffer.data(), buffer.size());
      if (got < 0) return broken(name);
      if ((total += static_cast<std::size_t>(got)) > most) return too_much(most);
      if (!piece({buffer.data(), static_cast<std::size_t>(got)}, got == 0)) return broken(name);
      if (got == 0) return {};
    }
  }

 private:
  explicit Archive(zip_t* zip) : zip_(zip, zip_discard) {}
  std::unique_ptr<zip_t, decltype(&zip_discard)> zip_;
};

using Attributes = std::map<std::string_view, std::string_view>;

// Elements and texts of one part, without their namespaces' prefixes. A document type is refused: entities unfold.
struct Listener {
  std::function<void(std::string_view, const Attributes&)> start;
  std::function<void(std::string_view)> end, text;
  std::function<bool()> good = [] { return true; };
};

std::string_view local(const char* name) {
  const std::string_view whole(name);
  const auto colon = whole.rfind(':');
  return colon == whole.npos ? whole : whole.substr(colon + 1);
}

Result<void> parse(const Archive& archive, const std::string& part, std::size_t most, Listener& listener) {
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(XML_ParserCreate("UTF-8"),
                                                                                             XML_ParserFree);
  struct Context {
    Listener& listener;
    XML_Parser parser;
  } context{listener, parser.get()};
  XML_SetUserData(parser.get(), &context);
  XML_SetElementHandler(
      parser.get(),
      [](void* data, const char* name, const char** pairs) {
        auto& c = *static_cast<Context*>(data);
        Attributes attributes;
        for (; *pairs; pairs += 2) attributes[local(pairs[0])] = pairs[1];
        if (c.listener.start) c.listener.start(local(name), attributes);
        if (!c.listener.good()) XML_StopParser(c.parser, XML_FALSE);
      },
      [](void* data, const char* name) {
        auto& c = *static_cast<Context*>(data);
        if (c.listener.end) c.listener.end(local(name));
        if (!c.listener.good()) XML_StopParser(c.parser, XML_FALSE);
      });
  XML_SetCharacterDataHandler(parser.get(), [](void* data, const char* text, int size) {
    auto& c = *static_cast<Context*>(data);
    if (c.listener.text) c.listener.text({text, static_cast<std::size_t>(size)});
  });
  XML_SetStartDoctypeDeclHandler(parser.get(), [](void* data, const char*, const char*, const char*, int) {
    XML_StopParser(static_cast<Context*>(data)->parser, XML_FALSE);
  });
  return archive.each(part, most, [&](std::string_view piece, bool last) {
    return XML_Parse(parser.get(), piece.data(), static_cast<int>(piece.size()), last) == XML_STATUS_OK;
  });
}

std::string_view value(const Attributes& attributes, std::string_view name) {
  const auto at = attributes.find(name);
  return at == attributes.end() ? std::string_view() : at->second;
}

// The sheet that stands first in the workbook.
Result<std::string> first_sheet(const Archive& archive, std::size_t most) {
  std::string relation, target;
  Listener book;
  book.start = [&](std::string_view name, const Attributes& attributes) {
    if (name == "sheet" && relation.empty()) relation = value(attributes, "id");
  };
  LINLI_TRY(parse(archive, "xl/workbook.xml", most, book));
  Listener relations;
  relations.start = [&](std::string_view name, const Attributes& attributes) {
    if (name == "Relationship" && value(attributes, "Id") == relation) target = value(attributes, "Target");
  };
  LINLI_TRY(parse(archive, "xl/_rels/workbook.xml.rels", most, relations));
  if (target.empty()) return broken("xl/workbook.xml");
  return target.starts_with('/') ? target.substr(1) : "xl/" + target;
}

Result<std::vector<std::string>> shared_texts(const Archive& archive, const TableLimits& limits) {
  std::vector<std::string> texts;
  if (!archive.has("xl/sharedStrings.xml")) return texts;
  bool in_text = false, phonetic = false, fits = true;
  Listener strings;
  strings.start = [&](std::string_view name, const Attributes&) {
    if (name == "si") {
      fits &= texts.size() < limits.rows * limits.columns;
      texts.emplace_back();
    }
    phonetic |= name == "rPh";  // how a word is read aloud, not the word
    in_text = name == "t" && !phonetic && !texts.empty();
  };
  strings.end = [&](std::string_view name) {
    if (name == "rPh") phonetic = false;
    if (name == "t") in_text = false;
  };
  strings.text = [&](std::string_view text) {
    if (!in_text) return;
    if (texts.back().size() + text.size() > limits.cell) fits = false;
    else texts.back() += text;
  };
  strings.good = [&] { return fits; };
  auto read = parse(archive, "xl/sharedStrings.xml", limits.unpacked, strings);
  if (!fits) return too_much(limits.cell);
  if (!read) return tl::unexpected(std::move(read).error());
  return texts;
}

// "BC12" -> 54; 0: none.
std::size_t column_of(std::string_view reference) {
  std::size_t column = 0;
  for (const char c : reference) {
    if (c < 'A' || c > 'Z' || column > 100'000) break;
    column = column * 26 + static_cast<std::size_t>(c - 'A') + 1;
  }
  return column;
}

class SheetReader {
 public:
  SheetReader(const TableLimits& limits, std::vector<std::string> shared)
      : limits_(limits), shared_(std::move(shared)) {
    listener_.start = [this](std::string_view name, const Attributes& attributes) { start(name, attributes); };
    listener_.end = [this](std::string_view name) { end(name); };
    listener_.text = [this](std::string_view text) {
      if (!in_value_) return;
      if (text_.size() + text.size() > limits_.cell) too_much_ = limits_.cell;
      else text_ += text;
    };
    listener_.good = [this] { return too_much_ == 0; };
  }

  Result<Table> read(const Archive& archive, const std::string& sheet) {
    auto parsed = parse(archive, sheet, limits_.unpacked, listener_);
    if (too_much_ > 0) return too_much(too_much_);
    if (!parsed) return tl::unexpected(std::move(parsed).error());
    return std::move(table_);
  }

 private:
  void start(std::string_view name, const Attributes& attributes) {
    if (name == "row") {
      row_ = {};
      const auto number = value(attributes, "r");
      std::from_chars(number.data(), number.data() + number.size(), row_.line);
      if (row_.line == 0) row_.line = line_ + 1;
      line_ = row_.line;
    } else if (name == "c") {
      type_ = value(attributes, "t");
      const std::size_t column = column_of(value(attributes, "r"));
      column_ = column > 0 ? column : row_.cells.size() + 1;
      text_.clear();
    } else if (name == "v" || name == "t") {
      in_value_ = true;
    }
  }

  void end(std::string_view name) {
    if (name == "v" || name == "t") {
      in_value_ = false;
    } else if (name == "c") {
      put(type_ == "s" ? shared() : text_);
    } else if (name == "row") {
      bool blank = true;
      for (const std::string& cell : row_.cells) blank &= cell.empty();
      if (blank) return;
      if (table_.rows.size() == limits_.rows) too_much_ = limits_.rows;
      else table_.rows.push_back(std::move(row_));
    }
  }

  std::string_view shared() const {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), index);
    return error == std::errc() && index < shared_.size() ? std::string_view(shared_[index]) : std::string_view();
  }

  void put(std::string_view text) {
    if (column_ > limits_.columns) {
      if (!trim(text).empty()) too_much_ = limits_.columns;
      return;
    }
    if (row_.cells.size() < column_) row_.cells.resize(column_);
    row_.cells[column_ - 1] = trim(text);
  }

  const TableLimits& limits_;
  const std::vector<std::string> shared_;
  Listener listener_;
  Table table_;
  Table::Row row_;
  std::string type_, text_;
  std::size_t column_ = 0, too_much_ = 0;
  long line_ = 0;
  bool in_value_ = false;
};

}  // namespace

bool looks_like(std::string_view bytes) { return bytes.starts_with("PK\x03\x04"); }

Result<Table> read(std::string_view bytes, const TableLimits& limits) {
  auto archive = Archive::open(bytes);
  if (!archive) return tl::unexpected(std::move(archive).error());
  auto sheet = first_sheet(*archive, limits.unpacked);
  if (!sheet) return tl::unexpected(std::move(sheet).error());
  auto texts = shared_texts(*archive, limits);
  if (!texts) return tl::unexpected(std::move(texts).error());
  return SheetReader(limits, std::move(*texts)).read(*archive, *sheet);
}

// The library of this Debian writes to files only.
Result<std::string> write(const std::vector<std::vector<std::string>>& rows) {
  std::string path = (std::filesystem::temp_directory_path() / "linli-table-XXXXXX").string();
  const int made = ::mkstemp(path.data());
  if (made < 0) return fail(Errc::file_unwritable, Where::at(path));
  ::close(made);
  const std::unique_ptr<const std::string, void (*)(const std::string*)> remove(
      &path, [](const std::string* file) { std::remove(file->c_str()); });

  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  lxw_workbook* book = workbook_new_opt(path.c_str(), &options);
  if (!book) return fail(Errc::internal);
  lxw_worksheet* sheet = workbook_add_worksheet(book, nullptr);
  lxw_format* bold = workbook_add_format(book);
  format_set_bold(bold);
  worksheet_freeze_panes(sheet, 1, 0);
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t c = 0; c < rows[r].size(); ++c)
      worksheet_write_string(sheet, static_cast<lxw_row_t>(r), static_cast<lxw_col_t>(c), rows[r][c].c_str(),
                             r == 0 ? bold : nullptr);
  if (workbook_close(book) != LXW_NO_ERROR) return fail(Errc::file_unwritable, Where::at(path));
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  if (!file || bytes.empty()) return fail(Errc::file_unreadable, Where::at(path));
  return bytes;
}

}  // namespace linli::xlsx
