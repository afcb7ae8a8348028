// A copy of everything but the key, made while linli runs, and the way back.
//
//   DIR/manifest.json   engine, schema version, size and SHA-256 of each file; written last: without it a backup is broken
//   DIR/linli.db        SQLite: the database as it was when the backup began
//   DIR/tables/NAME     PostgreSQL: each table in COPY's binary form, all of one snapshot
//   DIR/blobs/…         attachments, encrypted as they are
//
// Whatever was acknowledged before the backup began is in it. The writer is never blocked (SQLite's WAL file grows meanwhile).
// Neither side needs the key, and the backup does not hold it: keep a copy of the key file somewhere else.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/result.h"
#include "store/database.h"

namespace linli {

struct Backup {
  int schema = 0;
  std::size_t files = 0;
  std::uint64_t bytes = 0;
};
// The share of the database that is done, 0 to 1, now and then.
using BackupProgress = std::function<void(double share)>;

// `to` is made (0700) or empty. Safe beside a running program, from any process of the same user.
// Errors: folder_not_empty, disk_full, file_unwritable, those of the database.
Result<Backup> make_backup(const Database& database, const std::filesystem::path& blobs,
                           const std::filesystem::path& to, const BackupProgress& progress = {});

// Checks every checksum first and writes nothing if one is wrong (backup_broken) or the schema is newer than this program's
// (schema_too_new). `data` is new or empty (folder_not_empty); of PostgreSQL the database must be empty too. The next start
// brings an older schema up to date.
Result<Backup> restore_backup(const std::filesystem::path& from, const std::filesystem::path& data,
                              const Database& into, const BackupProgress& progress = {});

// "sqlite" or "postgres", without checking anything else; for choosing `into`. Error: backup_broken.
Result<Engine> backup_engine(const std::filesystem::path& from);

}  // namespace linli
