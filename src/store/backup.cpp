#include "store/backup.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>

#include "base/clock.h"
#include "store/blobs.h"
#include "store/files.h"
#include "store/migrate.h"
#include "store/table_copy.h"

namespace linli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using table_copy::Table;

constexpr std::string_view manifest_name = "manifest.json";

std::string_view name_of(Engine engine) { return engine == Engine::sqlite ? "sqlite" : "postgres"; }

struct File {
  std::string path;  // within the backup
  std::uint64_t size = 0;
  std::string sha256;
};

struct Manifest {
  Engine engine = Engine::sqlite;
  int schema = 0;
  std::vector<File> files;
  std::vector<Table> tables;
};

Error broken(const fs::path& file) {
  return {Errc::backup_broken, Where::at(file.string()), {{"file", file.string()}}};
}

Result<File> measure(const fs::path& root, const fs::path& relative) {
  const fs::path whole = root / relative;
  std::ifstream in(whole, std::ios::binary);
  if (!in) return fail(Errc::file_unreadable, Where::at(whole.string()), {{"file", whole.string()}});
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  File out{relative.generic_string(), 0, {}};
  std::vector<char> bytes(1 << 16);
  while (in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())), in.gcount() > 0) {
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()),
                              static_cast<std::size_t>(in.gcount()));
    out.size += static_cast<std::uint64_t>(in.gcount());
  }
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_final(&state, hash);
  char hex[2 * sizeof hash + 1];
  out.sha256 = sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
  return out;
}

// A name from a manifest must stay within the backup.
bool inside(const fs::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  return std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".." || part == "."; });
}

Result<void> require_empty(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return files::make_folder(folder);
  if (!fs::is_directory(folder, error) || !fs::is_empty(folder, error))
    return fail(Errc::folder_not_empty, Where::at(folder.string()), {{"folder", folder.string()}});
  return {};
}

Result<void> copy_one(const fs::path& from, const fs::path& to) {
  LINLI_TRY(files::make_folder(to.parent_path()));
  std::error_code error;
  if (!fs::copy_file(from, to, error)) {
    errno = error.value();
    return tl::unexpected(files::write_error(to));
  }
  const files::Handle copied(::open(to.c_str(), O_RDONLY | O_CLOEXEC));
  if (!copied || ::fsync(copied.fd()) != 0) return tl::unexpected(files::write_error(to));
  return files::sync_folder(to.parent_path());
}

// ---- manifest ----

std::string to_json(const Manifest& manifest) {
  json::array files, tables;
  for (const File& f : manifest.files)
    files.push_back(json::object{{"path", f.path}, {"size", f.size}, {"sha256", f.sha256}});
  for (const Table& t : manifest.tables) tables.push_back(json::object{{"name", t.name}, {"columns", t.columns}});
  return json::serialize(json::object{{"linli_backup", 1},
                                      {"engine", name_of(manifest.engine)},
                                      {"schema", manifest.schema},
                                      {"made_at", format_time(SystemClock().now())},
                                      {"key", "not included: keep the key file apart from the backup"},
                                      {"tables", tables},
                                      {"files", files}}) +
         "\n";
}

Result<Manifest> read_manifest(const fs::path& from) {
  const fs::path file = from / manifest_name;
  auto text = files::read(file);
  if (!text) return tl::unexpected(broken(file));
  try {
    const json::value value = json::parse(*text);
    Manifest out;
    if (value.at("linli_backup").as_int64() != 1) return tl::unexpected(broken(file));
    out.engine = value.at("engine").as_string() == "postgres" ? Engine::postgres : Engine::sqlite;
    out.schema = value.at("schema").to_number<int>();
    for (const json::value& f : value.at("files").as_array())
      out.files.push_back({std::string(f.at("path").as_string()), f.at("size").to_number<std::uint64_t>(),
                           std::string(f.at("sha256").as_string())});
    for (const json::value& t : value.at("tables").as_array())
      out.tables.push_back({std::string(t.at("name").as_string()), std::string(t.at("columns").as_string())});
    for (const File& f : out.files)
      if (!inside(f.path)) return tl::unexpected(broken(file));
    return out;
  } catch (const std::exception&) {
    return tl::unexpected(broken(file));
  }
}

Result<void> verify(const fs::path& from, const Manifest& manifest) {
  for (const File& expected : manifest.files) {
    const auto found = measure(from, expected.path);
    if (!found || found->size != expected.size || found->sha256 != expected.sha256)
      return tl::unexpected(broken(from / expected.path));
  }
  return {};
}

Backup summary(const Manifest& manifest) {
  Backup out{manifest.schema, manifest.files.size(), 0};
  for (const File& file : manifest.files) out.bytes += file.size;
  return out;
}

// ---- the parts ----

Result<int> version_of(Connection& connection) {
  auto tx = connection.begin(Access::read);
  if (!tx) return tl::unexpected(std::move(tx).error());
  return schema_version(*tx);
}

Result<void> copy_database(const Database& database, const fs::path& to, Manifest& manifest,
                           const BackupProgress& progress) {
  if (database.engine() == Engine::sqlite) {
    LINLI_TRY(table_copy::sqlite_out(database, to / "linli.db", progress));
    auto copy = Database::sqlite(to / "linli.db").connect(Access::read);
    if (!copy) return tl::unexpected(std::move(copy).error());
    auto version = version_of(*copy);
    if (!version) return tl::unexpected(std::move(version).error());
    manifest.schema = *version;
    return {};
  }
  auto connection = database.connect(Access::read);
  if (!connection) return tl::unexpected(std::move(connection).error());
  auto version = version_of(*connection);
  if (!version) return tl::unexpected(std::move(version).error());
  manifest.schema = *version;
  LINLI_TRY(files::make_folder(to / "tables"));
  auto tables = table_copy::postgres_out(*connection, to / "tables", progress);
  if (!tables) return tl::unexpected(std::move(tables).error());
  manifest.tables = std::move(*tables);
  return {};
}

// After the database, so that every file that a row names is there. What is swept or half written meanwhile no row names.
Result<void> copy_blobs(const fs::path& blobs, const fs::path& to) {
  std::error_code error;
  if (!fs::exists(blobs, error)) return {};
  for (auto it = fs::recursive_directory_iterator(blobs, error); !error && it != fs::end(it); it.increment(error)) {
    if (!it->is_regular_file(error) || it->path().extension() == ".new") continue;
    auto copied = copy_one(it->path(), to / "blobs" / fs::relative(it->path(), blobs));
    if (!copied && fs::exists(it->path(), error)) return copied;
  }
  if (error) return fail(Errc::file_unreadable, Where::at(blobs.string()), {{"file", blobs.string()}});
  return {};
}

// Migrations up to a version, so that rows of an older schema find their tables.
std::vector<EmbeddedFile> migrations_up_to(int version) {
  std::vector<EmbeddedFile> out;
  for (const EmbeddedFile& file : embedded::migrations())
    if (std::atoi(std::string(file.path.substr(0, 4)).c_str()) <= version) out.push_back(file);
  return out;
}

Result<void> restore_postgres(const fs::path& from, const Manifest& manifest, const Database& into,
                              const BackupProgress& progress) {
  auto connection = into.connect(Access::write);
  if (!connection) return tl::unexpected(std::move(connection).error());
  {
    auto tx = connection->begin(Access::read);
    if (!tx) return tl::unexpected(std::move(tx).error());
    auto tables =
        tx->value<int>("SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()");
    if (!tables) return tl::unexpected(std::move(tables).error());
    if (tables->value_or(0) > 0)
      return fail(Errc::folder_not_empty, Where::at("database.url"), {{"folder", "database.url"}});
  }
  LINLI_TRY(migrate(*connection, into, migrations_up_to(manifest.schema)));
  return table_copy::postgres_in(*connection, from / "tables", manifest.tables, progress);
}

}  // namespace

Result<Backup> make_backup(const Database& database, const fs::path& blobs, const fs::path& to,
                           const BackupProgress& progress) {
  LINLI_TRY(require_empty(to));
  Manifest manifest;
  manifest.engine = database.engine();
  LINLI_TRY(copy_database(database, to, manifest, progress));
  LINLI_TRY(copy_blobs(blobs, to));
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(to, error); !error && it != fs::end(it); it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    auto measured = measure(to, fs::relative(it->path(), to));
    if (!measured) return tl::unexpected(std::move(measured).error());
    manifest.files.push_back(std::move(*measured));
  }
  LINLI_TRY(files::write(to / manifest_name, to_json(manifest)));
  return summary(manifest);
}

Result<Engine> backup_engine(const fs::path& from) {
  auto manifest = read_manifest(from);
  if (!manifest) return tl::unexpected(std::move(manifest).error());
  return manifest->engine;
}

Result<Backup> restore_backup(const fs::path& from, const fs::path& data, const Database& into,
                              const BackupProgress& progress) {
  auto manifest = read_manifest(from);
  if (!manifest) return tl::unexpected(std::move(manifest).error());
  if (manifest->schema > newest_schema())
    return fail(Errc::schema_too_new, Where::at((from / manifest_name).string()),
                {{"found", std::to_string(manifest->schema)}, {"known", std::to_string(newest_schema())}});
  if (manifest->engine != into.engine())
    return fail(Errc::bad_setting, {},
                {{"setting", "database.url"}, {"allowed", std::string(name_of(manifest->engine))}});
  LINLI_TRY(verify(from, *manifest));
  LINLI_TRY(require_empty(data));
  if (manifest->engine == Engine::postgres) LINLI_TRY(restore_postgres(from, *manifest, into, progress));
  for (const File& file : manifest->files)
    if (file.path.starts_with("blobs/")) LINLI_TRY(copy_one(from / file.path, data / file.path));
  if (manifest->engine == Engine::sqlite) {
    // Last: a restore that was cut off leaves a folder without a database.
    LINLI_TRY(copy_one(from / "linli.db", into.file()));
    auto restored = into.connect(Access::write);
    if (!restored) return tl::unexpected(std::move(restored).error());
    auto version = version_of(*restored);
    if (!version) return tl::unexpected(std::move(version).error());
  }
  return summary(*manifest);
}

}  // namespace linli
