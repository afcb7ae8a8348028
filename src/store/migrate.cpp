#include "store/migrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/clock.h"
#include "base/log.h"

namespace linli {
namespace {

struct Migration {
  int version;
  std::string_view path, sql;
};

int version_of(std::string_view path) {
  int version = 0;
  std::from_chars(path.data(), path.data() + path.size(), version);
  return version;
}

// Those for this database, by number.
std::vector<Migration> migrations_for(Engine engine, std::span<const EmbeddedFile> files) {
  const std::string_view others = engine == Engine::sqlite ? ".pg.sql" : ".sqlite.sql";
  std::vector<Migration> out;
  for (const EmbeddedFile& file : files)
    if (!file.path.ends_with(others)) out.push_back({version_of(file.path), file.path, file.bytes});
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.version < b.version; });
  return out;
}

bool is_word(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9'); }

// See migrate.h. Comments and literals of our migrations hold none of the words in a place where it would matter.
std::string for_postgres(std::string_view sql) {
  constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"INTEGER", "BIGINT"}, {"BLOB", "BYTEA"}, {"REAL", "DOUBLE PRECISION"}};
  constexpr std::string_view options[] = {" STRICT, WITHOUT ROWID;", " STRICT;"};
  std::string out;
  for (std::size_t i = 0; i < sql.size();) {
    const auto rest = sql.substr(i);
    const auto option =
        std::find_if(std::begin(options), std::end(options), [&](auto o) { return rest.starts_with(o); });
    if (option != std::end(options)) {
      out += ';';
      i += option->size();
    } else if (!is_word(rest[0])) {
      out += rest[0];
      ++i;
    } else {
      const auto length = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_word) - rest.begin());
      const auto word = rest.substr(0, length);
      const auto known =
          std::find_if(std::begin(words), std::end(words), [&](const auto& w) { return w.first == word; });
      out += known == std::end(words) ? word : known->second;
      i += length;
    }
  }
  return out;
}

constexpr std::string_view versions_table =
    "CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
    "applied_at BIGINT NOT NULL)";

Result<void> apply(Connection& connection, const Migration& migration) {
  const bool postgres = connection.engine() == Engine::postgres;
  const bool common = !migration.path.ends_with(".pg.sql");
  // The path is ours: digits, letters, dots.
  const std::string sql =
      fmt::format("{};\n{}\n;INSERT INTO schema_versions (version, name, applied_at) VALUES ({}, '{}', {});\nCOMMIT",
                  postgres ? "BEGIN" : "BEGIN IMMEDIATE",
                  postgres && common ? for_postgres(migration.sql) : std::string(migration.sql), migration.version,
                  migration.path, to_millis(SystemClock().now()));
  auto done = connection.script(sql);
  if (!done) {
    (void)connection.script("ROLLBACK");
    done.error().where.place = migration.path;
  }
  return done;
}

Result<std::filesystem::path> copy_before(Connection& connection, const Database& database, int version) {
  LINLI_TRY(connection.script("PRAGMA wal_checkpoint(TRUNCATE)"));
  std::filesystem::path copy = database.file();
  copy += fmt::format(".schema-{}", version);
  std::error_code error;
  std::filesystem::copy_file(database.file(), copy, std::filesystem::copy_options::overwrite_existing, error);
  if (error) return fail(Errc::file_unwritable, Where::at(copy.string()), {{"file", copy.string()}});
  return copy;
}

Result<int> read_version(Connection& connection) {
  LINLI_TRY(connection.script(versions_table));
  auto tx = connection.begin(Access::read);
  if (!tx) return tl::unexpected(std::move(tx).error());
  return schema_version(*tx);
}

Result<Migrated> run_all(Connection& connection, const Database& database, std::span<const EmbeddedFile> files) {
  auto version = read_version(connection);
  if (!version) return tl::unexpected(std::move(version).error());
  const int newest = newest_schema(files);
  Migrated out{*version, *version, {}};
  if (*version > newest)
    return fail(Errc::schema_too_new, {}, {{"found", std::to_string(*version)}, {"known", std::to_string(newest)}});
  if (*version == newest) return out;
  if (*version > 0 && database.engine() == Engine::sqlite) {
    auto copy = copy_before(connection, database, *version);
    if (!copy) return tl::unexpected(std::move(copy).error());
    out.copy = std::move(*copy);
  }
  for (const Migration& migration : migrations_for(database.engine(), files)) {
    if (migration.version <= *version) continue;
    LINLI_TRY(apply(connection, migration));
    log::debug("store.migration", {{"file", migration.path}});
    out.to = migration.version;
  }
  return out;
}

}  // namespace

int newest_schema(std::span<const EmbeddedFile> files) {
  int newest = 0;
  for (const EmbeddedFile& file : files) newest = std::max(newest, version_of(file.path));
  return newest;
}

Result<int> schema_version(Tx& tx) {
  auto version = tx.value<int>("SELECT coalesce(max(version), 0) FROM schema_versions");
  if (!version) return tl::unexpected(std::move(version).error());
  return version->value_or(0);
}

Result<Migrated> migrate(Connection& connection, const Database& database, std::span<const EmbeddedFile> files) {
  if (database.engine() == Engine::sqlite) return run_all(connection, database, files);
  LINLI_TRY(connection.script("SELECT pg_advisory_lock(7254001)"));
  auto done = run_all(connection, database, files);
  (void)connection.script("SELECT pg_advisory_unlock(7254001)");
  return done;
}

}  // namespace linli
