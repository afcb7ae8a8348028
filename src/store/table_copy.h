// Whole tables in and out of a database, for backups. Internal to `store`.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace linli::table_copy {

using Share = std::function<void(double)>;

struct Table {
  std::string name;
  std::string columns;  // quoted, separated by commas, in the order of the file
};

// SQLite: the file as of one snapshot, page by page, while others write.
Result<void> sqlite_out(const Database& database, const std::filesystem::path& to, const Share& share);

// PostgreSQL: each table into folder/NAME, all of one snapshot.
Result<std::vector<Table>> postgres_out(Connection& connection, const std::filesystem::path& folder,
                                        const Share& share);
// Into the empty tables of a schema of the same version, all or nothing.
Result<void> postgres_in(Connection& connection, const std::filesystem::path& folder, const std::vector<Table>& tables,
                         const Share& share);

}  // namespace linli::table_copy
