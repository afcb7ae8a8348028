#include "base/table_file.h"

#include <unicode/ucnv.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "base/csv.h"
#include "base/trim.h"
#include "base/utf8.h"
#include "base/xlsx.h"

namespace linli {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";
constexpr std::string_view kFormula = "=+-@\t\r";

Result<std::string> from_gb18030(std::string_view bytes) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> from(ucnv_open("GB18030", &status), ucnv_close);
  if (U_FAILURE(status)) return fail(Errc::bad_utf8);
  ucnv_setToUCallBack(from.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  std::u16string wide(bytes.size(), u'\0');
  const auto length = ucnv_toUChars(from.get(), wide.data(), static_cast<int32_t>(wide.size()), bytes.data(),
                                    static_cast<int32_t>(bytes.size()), &status);
  if (U_FAILURE(status)) return fail(Errc::bad_utf8);
  std::string text(static_cast<std::size_t>(length) * 3, '\0');
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> to(ucnv_open("UTF-8", &status), ucnv_close);
  const auto size =
      ucnv_fromUChars(to.get(), text.data(), static_cast<int32_t>(text.size()), wide.data(), length, &status);
  if (U_FAILURE(status)) return fail(Errc::bad_utf8);
  text.resize(static_cast<std::size_t>(size));
  return text;
}

Result<Table> read_csv(std::string text, const TableLimits& limits) {
  Table table;
  CsvRows rows(std::make_unique<std::istringstream>(std::move(text)));
  for (std::vector<std::string> cells;;) {
    auto read = rows.next(cells);
    if (!read) {
      read.error().where.line = rows.line();
      return tl::unexpected(std::move(read).error());
    }
    if (!*read) return table;
    if (table.rows.size() == limits.rows) return fail(Errc::too_long, {}, {{"max", std::to_string(limits.rows)}});
    if (cells.size() > limits.columns)
      return fail(Errc::too_long, Where::at({}, rows.line()), {{"max", std::to_string(limits.columns)}});
    Table::Row row{rows.line(), {}};
    bool blank = true;
    for (const std::string& cell : cells) {
      std::string_view value = trim(cell);
      // As write_table() guards it. A quote that stands there for itself is rare before such a sign.
      if (value.size() > 1 && value[0] == '\'' && kFormula.find(value[1]) != kFormula.npos) value.remove_prefix(1);
      blank &= value.empty();
      row.cells.emplace_back(value);
    }
    if (!blank) table.rows.push_back(std::move(row));
  }
}

}  // namespace

Result<Table> read_table(std::string_view bytes, const TableLimits& limits) {
  if (xlsx::looks_like(bytes)) return xlsx::read(bytes, limits);
  if (bytes.starts_with(kMark)) bytes.remove_prefix(kMark.size());
  if (has_nul(bytes)) return fail(Errc::bad_value, {}, {{"allowed", "CSV, XLSX"}});
  if (valid_utf8(bytes)) return read_csv(std::string(bytes), limits);
  auto text = from_gb18030(bytes);
  if (!text) return tl::unexpected(std::move(text).error());
  return read_csv(std::move(*text), limits);
}

Result<Table> read_table_file(const std::filesystem::path& file, const TableLimits& limits) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  if (!in.is_open() || in.bad())
    return fail(Errc::file_unreadable, Where::at(file.string()), {{"file", file.string()}});
  auto table = read_table(bytes, limits);
  if (!table) table.error().where.place = file.string();
  return table;
}

Result<std::string> write_table(const std::vector<std::vector<std::string>>& rows, TableForm form) {
  if (form == TableForm::xlsx) return xlsx::write(rows);
  std::string out = begin_csv();
  for (const auto& row : rows) append_csv(out, row);
  return out;
}

std::string begin_csv() { return std::string(kMark); }

void append_csv(std::string& out, const std::vector<std::string>& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out += ',';
    const std::string& cell = row[i];
    const bool formula = !cell.empty() && kFormula.find(cell[0]) != kFormula.npos;
    const bool quoted = formula || cell.find_first_of(",\"\r\n") != cell.npos;
    if (quoted) out += '"';
    if (formula) out += '\'';
    for (const char c : cell) out.append(c == '"' ? 2 : 1, c);
    if (quoted) out += '"';
  }
  out += "\r\n";
}

}  // namespace linli
