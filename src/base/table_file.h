// Tables that people keep: CSV (UTF-8, or GB18030 as older Excel writes it) and XLSX (its first sheet). Read whole, within
// limits, so that a small file cannot unfold into a big one. All functions: any thread.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace linli {

struct Table {
  struct Row {
    long line = 0;                   // in the file, from 1
    std::vector<std::string> cells;  // UTF-8, without blanks at both ends
  };
  std::vector<Row> rows;  // without blank ones; the first is the header
};

// What is wrong with a table that somebody sent, so that they can mend it.
struct WrongCell {
  long line = 0;
  std::string column;  // "code"
  Error error;
};

struct TableLimits {
  std::size_t rows = 300'000;
  std::size_t columns = 64;
  std::size_t cell = 1u << 20;        // bytes
  std::size_t unpacked = 512u << 20;  // bytes of one part of an XLSX file
};

// What the bytes are is told by themselves. Errors: bad_value (not a table; where tells the line), bad_utf8, too_long (args max:
// rows, columns or bytes).
Result<Table> read_table(std::string_view bytes, const TableLimits& limits = {});

// The same from a file. Error: file_unreadable.
Result<Table> read_table_file(const std::filesystem::path& file, const TableLimits& limits = {});

enum class TableForm { csv, xlsx };
// CSV begins with a byte order mark, so that Excel reads it as UTF-8, and a cell that a spreadsheet would take for a formula
// (= + - @ first) gets an apostrophe before it, which read_table() takes away. XLSX holds texts only.
Result<std::string> write_table(const std::vector<std::vector<std::string>>& rows, TableForm form);
// The same CSV row by row, for tables that need not fit into memory.
std::string begin_csv();
void append_csv(std::string& out, const std::vector<std::string>& row);

}  // namespace linli
