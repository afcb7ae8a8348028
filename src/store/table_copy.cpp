#include "store/table_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "store/files.h"

namespace linli::table_copy {
namespace {

namespace fs = std::filesystem;

// Pages in one step; in between others get the disk.
constexpr int pages_a_step = 512;

Result<void> write_all(const files::Handle& out, const fs::path& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(out.fd(), bytes.data(), bytes.size());
    if (put < 0) return tl::unexpected(files::write_error(file));
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Error copy_failed(const std::string& table) {
  return {Errc::database_failed, Where::at(table), {{"why", "COPY failed"}}};
}

// Table names come from the database's own catalogue.
Result<std::vector<Table>> tables_of(Connection& connection) {
  std::vector<Table> tables;
  auto tx = connection.begin(Access::read);
  if (!tx) return tl::unexpected(std::move(tx).error());
  LINLI_TRY(tx->each(
      "SELECT c.table_name::text, string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal_position) "
      "FROM information_schema.columns c JOIN information_schema.tables t "
      "  ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE' "
      "WHERE c.table_schema = current_schema() AND c.table_name <> 'schema_versions' AND c.is_generated = 'NEVER' "
      "GROUP BY c.table_name ORDER BY c.table_name",
      {}, [&](const Row& row) {
        tables.push_back({row.get<std::string>(0), row.get<std::string>(1)});
      }));
  return tables;
}

Result<void> copy_out(PGconn* connection, const Table& table, const fs::path& file) {
  const files::Handle out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out) return tl::unexpected(files::write_error(file));
  const std::string sql = fmt::format("COPY {} ({}) TO STDOUT (FORMAT binary)", table.name, table.columns);
  PGresult* started = PQexec(connection, sql.c_str());
  const bool good = PQresultStatus(started) == PGRES_COPY_OUT;
  PQclear(started);
  if (!good) return tl::unexpected(copy_failed(table.name));
  Result<void> written;
  char* bytes = nullptr;
  int size;
  while ((size = PQgetCopyData(connection, &bytes, 0)) > 0) {
    if (written) written = write_all(out, file, {bytes, static_cast<std::size_t>(size)});
    PQfreemem(bytes);
  }
  bool ended = size == -1;
  while (PGresult* result = PQgetResult(connection)) {
    ended = ended && PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
  }
  LINLI_TRY(written);
  if (!ended) return tl::unexpected(copy_failed(table.name));
  if (::fsync(out.fd()) != 0) return tl::unexpected(files::write_error(file));
  return {};
}

Result<void> copy_in(PGconn* connection, const Table& table, const fs::path& file) {
  const files::Handle in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) return fail(Errc::file_unreadable, Where::at(file.string()), {{"file", file.string()}});
  const std::string sql = fmt::format("COPY {} ({}) FROM STDIN (FORMAT binary)", table.name, table.columns);
  PGresult* started = PQexec(connection, sql.c_str());
  bool good = PQresultStatus(started) == PGRES_COPY_IN;
  PQclear(started);
  if (!good) return tl::unexpected(copy_failed(table.name));
  std::vector<char> bytes(1 << 16);
  ssize_t got;
  while (good && (got = ::read(in.fd(), bytes.data(), bytes.size())) > 0)
    good = PQputCopyData(connection, bytes.data(), static_cast<int>(got)) == 1;
  good = PQputCopyEnd(connection, nullptr) == 1 && good && got == 0;
  while (PGresult* result = PQgetResult(connection)) {
    good = good && PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
  }
  if (!good) return tl::unexpected(copy_failed(table.name));
  return {};
}

// Referenced tables first.
Result<std::vector<Table>> in_order_of_references(Connection& connection, std::vector<Table> tables) {
  std::set<std::pair<std::string, std::string>> waits_for;
  auto tx = connection.begin(Access::read);
  if (!tx) return tl::unexpected(std::move(tx).error());
  LINLI_TRY(
      tx->each("SELECT a.relname::text, b.relname::text FROM pg_constraint f JOIN pg_class a ON a.oid = f.conrelid "
               "JOIN pg_class b ON b.oid = f.confrelid JOIN pg_namespace n ON n.oid = f.connamespace "
               "WHERE f.contype = 'f' AND f.conrelid <> f.confrelid AND n.nspname = current_schema()",
               {}, [&](const Row& row) { waits_for.emplace(row.get<std::string>(0), row.get<std::string>(1)); }));
  std::vector<Table> ordered;
  while (!tables.empty()) {
    const auto next = std::find_if(tables.begin(), tables.end(), [&](const Table& table) {
      return std::none_of(tables.begin(), tables.end(), [&](const Table& other) {
        return waits_for.contains({table.name, other.name});
      });
    });
    if (next == tables.end()) return fail(Errc::internal);  // a ring of references: a bug of a migration
    ordered.push_back(std::move(*next));
    tables.erase(next);
  }
  return ordered;
}

}  // namespace

Result<void> sqlite_out(const Database& database, const fs::path& to, const Share& share) {
  auto source = database.connect(Access::read);
  if (!source) return tl::unexpected(std::move(source).error());
  // The transaction holds the snapshot: without it every commit of the writer would start the copy anew.
  auto snapshot = source->begin(Access::read);
  if (!snapshot) return tl::unexpected(std::move(snapshot).error());
  LINLI_TRY(snapshot->value<int>("SELECT count(*) FROM schema_versions"));
  const files::Handle made(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!made) return tl::unexpected(files::write_error(to));
  sqlite3* target = nullptr;
  int code = sqlite3_open_v2(to.c_str(), &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_exec(target, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF", nullptr, nullptr, nullptr);
    sqlite3_backup* copy = sqlite3_backup_init(target, "main", static_cast<sqlite3*>(source->native()), "main");
    while (copy && (code = sqlite3_backup_step(copy, pages_a_step)) == SQLITE_OK)
      if (share)
        share(1 - static_cast<double>(sqlite3_backup_remaining(copy)) / std::max(1, sqlite3_backup_pagecount(copy)));
    code = copy ? sqlite3_backup_finish(copy) : sqlite3_errcode(target);
  }
  sqlite3_close(target);
  if ((code & 0xff) == SQLITE_FULL) return fail(Errc::disk_full, Where::at(to.string()));
  if (code != SQLITE_OK) return fail(Errc::database_failed, Where::at(to.string()), {{"why", sqlite3_errstr(code)}});
  if (::fsync(made.fd()) != 0) return tl::unexpected(files::write_error(to));
  return {};
}

Result<std::vector<Table>> postgres_out(Connection& connection, const fs::path& folder, const Share& share) {
  auto tables = tables_of(connection);
  if (!tables) return tables;
  LINLI_TRY(connection.script("SET statement_timeout = 0"));
  auto snapshot = connection.begin(Access::read);
  if (!snapshot) return tl::unexpected(std::move(snapshot).error());
  auto* const native = static_cast<PGconn*>(connection.native());
  for (std::size_t i = 0; i < tables->size(); ++i) {
    LINLI_TRY(copy_out(native, (*tables)[i], folder / (*tables)[i].name));
    if (share) share(static_cast<double>(i + 1) / static_cast<double>(tables->size()));
  }
  return tables;
}

Result<void> postgres_in(Connection& connection, const fs::path& folder, const std::vector<Table>& tables,
                         const Share& share) {
  auto ordered = in_order_of_references(connection, tables);
  if (!ordered) return tl::unexpected(std::move(ordered).error());
  LINLI_TRY(connection.script("SET statement_timeout = 0"));
  auto tx = connection.begin(Access::write);
  if (!tx) return tl::unexpected(std::move(tx).error());
  auto* const native = static_cast<PGconn*>(connection.native());
  // What the schema itself brings (the calendar) is in the backup too, as the district left it.
  for (auto table = ordered->rbegin(); table != ordered->rend(); ++table)
    LINLI_TRY(tx->run(fmt::format("DELETE FROM {}", table->name)));
  for (std::size_t i = 0; i < ordered->size(); ++i) {
    LINLI_TRY(copy_in(native, (*ordered)[i], folder / (*ordered)[i].name));
    if (share) share(static_cast<double>(i + 1) / static_cast<double>(ordered->size()));
  }
  LINLI_TRY(
      tx->first("SELECT setval(pg_get_serial_sequence('outbox', 'row_id'), (SELECT coalesce(max(row_id), 0) + 1 FROM "
                "outbox), false)",
                {}, [](const Row&) {}));
  return tx->commit();
}

}  // namespace linli::table_copy
