#include "store/database.h"

#include <fmt/format.h>

#include "store/driver.h"

namespace linli {

using detail::Driver;

// ---- Insert ----

Insert::Insert(const char* table, std::vector<Column> columns, std::size_t key_columns)
    : columns_(std::move(columns)), key_columns_(key_columns) {
  std::string names, places, arrays, keys;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const char* comma = i ? ", " : "";
    const Param::Kind kind = columns_[i].kind;
    const char* type = kind == Param::Kind::integer ? "bigint"
                       : kind == Param::Kind::real  ? "double precision"
                       : kind == Param::Kind::text  ? "text"
                                                    : "bytea";
    names += fmt::format("{}{}", comma, columns_[i].name);
    places += fmt::format("{}${}", comma, i + 1);
    arrays += fmt::format("{}${}::{}[]", comma, i + 1, type);
    if (i < key_columns_) keys += fmt::format("{}{}", comma, columns_[i].name);
  }
  const std::string conflict = keys.empty() ? "" : fmt::format(" ON CONFLICT ({}) DO NOTHING", keys);
  const std::string returning = keys.empty() ? "" : fmt::format(" RETURNING {}", keys);
  sqlite_ = fmt::format("INSERT INTO {} ({}) VALUES ({}){}", table, names, places, conflict);
  postgres_ =
      fmt::format("INSERT INTO {} ({}) SELECT * FROM unnest({}){}{}", table, names, arrays, conflict, returning);
}

// ---- Connection ----

Connection::Connection(std::unique_ptr<Driver> driver) : driver_(std::move(driver)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Tx> Connection::begin(Access access) {
  driver_->failure.reset();
  LINLI_TRY(driver_->begin(access));
  return Tx(driver_.get());
}

Engine Connection::engine() const { return driver_->engine(); }
Result<void> Connection::script(std::string_view sql) { return driver_->script(sql); }
void* Connection::native() const { return driver_->native(); }

// ---- Tx ----

namespace {

// What failed first, or that the transaction is over.
std::optional<Error> hindrance(const Driver* driver) {
  if (!driver) return Error{Errc::database_failed, {}, {{"why", "the transaction is over"}}};
  return driver->failure;
}

template <class T>
Result<T> noted(Driver& driver, Result<T> result) {
  if (!result) driver.failure = result.error();
  return result;
}

}  // namespace

Tx::Tx(Tx&& other) noexcept : driver_(std::exchange(other.driver_, nullptr)) {}
Tx::~Tx() { rollback(); }

Engine Tx::engine() const { return driver_->engine(); }

Result<std::int64_t> Tx::run(std::string_view sql, Params params) {
  if (auto error = hindrance(driver_)) return tl::unexpected(std::move(*error));
  return noted(*driver_, driver_->run(sql, params));
}

Result<void> Tx::each(std::string_view sql, Params params, const std::function<void(const Row&)>& row) {
  if (auto error = hindrance(driver_)) return tl::unexpected(std::move(*error));
  return noted(*driver_, driver_->each(sql, params, [&](const Row& r) { return row(r), true; }));
}

Result<bool> Tx::first(std::string_view sql, Params params, const std::function<void(const Row&)>& row) {
  if (auto error = hindrance(driver_)) return tl::unexpected(std::move(*error));
  bool found = false;
  LINLI_TRY(noted(*driver_, driver_->each(sql, params, [&](const Row& r) {
    found = true;
    row(r);
    return false;
  })));
  return found;
}

Result<std::vector<bool>> Tx::insert(const Insert& insert, std::span<const Param> values) {
  if (auto error = hindrance(driver_)) return tl::unexpected(std::move(*error));
  if (values.empty()) return std::vector<bool>{};
  return noted(*driver_, driver_->insert(insert, values));
}

Result<void> Tx::commit() {
  if (auto error = hindrance(driver_)) {
    rollback();
    return tl::unexpected(std::move(*error));
  }
  auto done = driver_->commit();
  if (!done) driver_->rollback();
  driver_ = nullptr;
  return done;
}

void Tx::rollback() {
  if (!driver_) return;
  driver_->rollback();
  driver_ = nullptr;
}

// ---- Savepoint ----

Result<Savepoint> Savepoint::make(Tx& tx) {
  if (auto error = hindrance(tx.driver_)) return tl::unexpected(std::move(*error));
  LINLI_TRY(tx.driver_->mark(Driver::Mark::make));
  return Savepoint(tx);
}

Savepoint::Savepoint(Savepoint&& other) noexcept : tx_(std::exchange(other.tx_, nullptr)) {}

Savepoint::~Savepoint() {
  if (!tx_ || !tx_->driver_) return;
  // An undo that fails (the connection is gone, or SQLite has rolled everything back) leaves the transaction failed.
  Driver& driver = *tx_->driver_;
  if (auto undone = driver.mark(Driver::Mark::undo)) driver.failure.reset();
  else if (!driver.failure) driver.failure = std::move(undone).error();
}

Result<void> Savepoint::keep() {
  if (auto error = hindrance(tx_ ? tx_->driver_ : nullptr)) return tl::unexpected(std::move(*error));
  LINLI_TRY(tx_->driver_->mark(Driver::Mark::keep));
  tx_ = nullptr;
  return {};
}

// ---- Database ----

Database Database::sqlite(std::filesystem::path file) {
  Database out;
  out.file_ = std::move(file);
  return out;
}

Database Database::postgres(std::string url) {
  Database out;
  out.engine_ = Engine::postgres;
  out.url_ = std::move(url);
  return out;
}

Result<Database> Database::from_setting(const std::string& url, const std::filesystem::path& data_folder) {
  if (url.empty()) return sqlite(data_folder / "linli.db");
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return postgres(url);
  // Without the value: it may hold a password.
  return fail(Errc::bad_setting, {}, {{"setting", "database.url"}, {"allowed", "postgresql://user@host/name"}});
}

Result<Connection> Database::connect(Access access) const {
  auto driver = engine_ == Engine::sqlite ? detail::open_sqlite(file_, access) : detail::open_postgres(url_, access);
  if (!driver) return tl::unexpected(std::move(driver).error());
  return Connection(std::move(*driver));
}

}  // namespace linli
