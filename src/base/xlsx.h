// The part of XLSX that tables need. See base/table_file.h.
#pragma once
#include "base/table_file.h"

namespace linli::xlsx {

bool looks_like(std::string_view bytes);  // a ZIP archive
Result<Table> read(std::string_view bytes, const TableLimits& limits);
Result<std::string> write(const std::vector<std::vector<std::string>>& rows);

}  // namespace linli::xlsx
