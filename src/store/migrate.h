// Numbered files that only go forward: NNNN_name.sql, or NNNN_name.sqlite.sql and NNNN_name.pg.sql where the databases
// differ. They are written for SQLite; in the common ones these words are replaced for PostgreSQL: INTEGER by BIGINT,
// BLOB by BYTEA, REAL by DOUBLE PRECISION, and the table options STRICT and WITHOUT ROWID vanish.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/embedded.h"
#include "store/database.h"

namespace linli {

struct Migrated {
  int from = 0, to = 0;                       // schema versions; 0: empty
  std::optional<std::filesystem::path> copy;  // of the SQLite file before anything was changed
};

// Brings the schema up to date, each file in a transaction of its own. Before an existing SQLite database is changed, it is
// copied to "linli.db.schema-N" beside it (the caller holds the lock of the data folder). Several nodes on one PostgreSQL
// take turns. Errors: schema_too_new (nothing was touched), file_unwritable (no copy, nothing touched), database_failed
// (where() tells the file; the schema stands at the last good one).
Result<Migrated> migrate(Connection& connection, const Database& database,
                         std::span<const EmbeddedFile> files = embedded::migrations());

// The version that this program writes.
int newest_schema(std::span<const EmbeddedFile> files = embedded::migrations());

// The version of a database, 0: empty.
Result<int> schema_version(Tx& tx);

}  // namespace linli
