// Rows of a CSV after RFC 4180: cells may be quoted and then hold commas, doubled quotes and line ends. LF or CRLF.
// A quote inside an unquoted cell is a plain character, as spreadsheets have it. One thread.
#pragma once
#include <istream>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace linli {

class CsvRows {
 public:
  static constexpr std::size_t max_cell = 1u << 20;  // bytes
  static constexpr std::size_t max_cells = 1'000;

  explicit CsvRows(std::unique_ptr<std::istream> from) : from_(std::move(from)) {}

  // The cells of the next row that is not blank; false: the end. Errors stand for the row, the next call goes on behind it:
  // too_long; bad_value (the file ends within quotes, or text follows a closing quote).
  Result<bool> next(std::vector<std::string>& cells);

  long line() const { return row_line_; }  // where the row that next() gave last begins, from 1

 private:
  int get();
  Result<bool> read_row(std::vector<std::string>& cells);

  std::unique_ptr<std::istream> from_;
  long line_ = 1, row_line_ = 0;
};

}  // namespace linli
