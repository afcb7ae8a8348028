// Any bytes as a table: no crash, and what is read can be written and read again.
#include <cstdint>
#include <cstdlib>

#include "base/table_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  linli::TableLimits limits;
  limits.unpacked = 4u << 20;
  const auto table = linli::read_table({reinterpret_cast<const char*>(data), size}, limits);
  if (!table) return 0;
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : table->rows) rows.push_back(row.cells);
  if (!linli::write_table(rows, linli::TableForm::csv)) std::abort();
  return 0;
}
