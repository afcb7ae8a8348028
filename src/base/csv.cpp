#include "base/csv.h"

namespace linli {
namespace {
constexpr int kEnd = std::streambuf::traits_type::eof();
}

int CsvRows::get() {
  const int c = from_->rdbuf()->sbumpc();
  if (c == '\n') ++line_;
  return c;
}

Result<bool> CsvRows::next(std::vector<std::string>& cells) {
  while (true) {
    auto read = read_row(cells);
    if (!read || !*read) return read;
    if (cells.size() > 1 || !cells[0].empty()) return true;
  }
}

// One pass; what is wrong is remembered and the row read to its end, so that the next one begins where a line begins.
Result<bool> CsvRows::read_row(std::vector<std::string>& cells) {
  enum class At { cell, plain, quoted, closed } at = At::cell;
  cells.assign(1, {});
  row_line_ = line_;
  bool too_long = false, wrong = false, any = false;
  for (int c = get();; c = get()) {
    if (c == kEnd) {
      wrong |= at == At::quoted;
      break;
    }
    any = true;
    if (at == At::quoted) {
      if (c == '"') at = At::closed;
      else if (cells.back().size() == max_cell) too_long = true;
      else cells.back() += static_cast<char>(c);
      continue;
    }
    if (c == '\n') break;
    if (c == '\r' && from_->rdbuf()->sgetc() == '\n') continue;
    if (c == ',') {
      if (cells.size() == max_cells) too_long = true;
      else cells.emplace_back();
      at = At::cell;
    } else if (c == '"' && at == At::cell) {
      at = At::quoted;
    } else if (c == '"' && at == At::closed) {  // doubled
      cells.back() += '"';
      at = At::quoted;
    } else {
      wrong |= at == At::closed;
      if (at == At::cell) at = At::plain;
      if (cells.back().size() == max_cell) too_long = true;
      else cells.back() += static_cast<char>(c);
    }
  }
  if (too_long) return fail(Errc::too_long, {}, {{"max", std::to_string(max_cell)}});
  if (wrong) return fail(Errc::bad_value, Where::at_field("\""));
  return any;
}

}  // namespace linli
