#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <charconv>
#include <unordered_map>

#include "store/driver.h"

namespace linli::detail {
namespace {

// Messages of SQLite name tables and columns, never values.
Error error_of(sqlite3* db) {
  const int code = sqlite3_extended_errcode(db);
  const std::string said = sqlite3_errmsg(db);
  const auto with_why = [&](Errc errc) { return Error{errc, {}, {{"why", said}}}; };
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: {
      const auto colon = said.find(": ");  // "UNIQUE constraint failed: users.name"
      return {Errc::duplicate, Where::at_field(colon == said.npos ? said : said.substr(colon + 2)), {}};
    }
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return with_why(Errc::database_busy);
    case SQLITE_FULL: return with_why(Errc::disk_full);
    case SQLITE_READONLY: return with_why(Errc::database_read_only);
    default: return with_why(Errc::database_failed);
  }
}

class Statement {
 public:
  // Errors: database_failed (wrong SQL).
  static Result<Statement> prepare(sqlite3* db, std::string_view sql) {
    Statement out;
    if (sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &out.handle_,
                           nullptr) != SQLITE_OK)
      return tl::unexpected(error_of(db));
    // SQLite numbers $1, $2 by appearance; we by name.
    const int count = sqlite3_bind_parameter_count(out.handle_);
    for (int i = 1; i <= count; ++i) {
      const char* const given = sqlite3_bind_parameter_name(out.handle_, i);
      const std::string_view name = given ? given : "";
      std::size_t number = 0;
      if (name.size() > 1) std::from_chars(name.data() + 1, name.data() + name.size(), number);
      out.numbers_.push_back(number);
      out.width_ = std::max(out.width_, number);
    }
    return out;
  }
  Statement(Statement&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), numbers_(std::move(other.numbers_)), width_(other.width_) {}
  ~Statement() { sqlite3_finalize(handle_); }

  sqlite3_stmt* handle() const { return handle_; }
  std::size_t width() const { return width_; }

  int bind(std::span<const Param> params) {
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      const int code = bind_one(static_cast<int>(i + 1), params[numbers_[i] - 1]);
      if (code != SQLITE_OK) return code;
    }
    return SQLITE_OK;
  }

 private:
  Statement() = default;

  int bind_one(int at, const Param& param) {
    // A null pointer would bind NULL instead of an empty value.
    const char* bytes = param.bytes().data() ? param.bytes().data() : "";
    const auto size = param.bytes().size();
    switch (param.kind()) {
      case Param::Kind::null: return sqlite3_bind_null(handle_, at);
      case Param::Kind::integer: return sqlite3_bind_int64(handle_, at, param.integer());
      case Param::Kind::real: return sqlite3_bind_double(handle_, at, param.real());
      case Param::Kind::text: return sqlite3_bind_text64(handle_, at, bytes, size, SQLITE_STATIC, SQLITE_UTF8);
      case Param::Kind::blob: return sqlite3_bind_blob64(handle_, at, bytes, size, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
  }

  sqlite3_stmt* handle_ = nullptr;
  std::vector<std::size_t> numbers_;  // for each of SQLite's parameters the number in our text
  std::size_t width_ = 0;
};

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  double real(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string_view bytes(int column) const override {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

class SqliteDriver final : public Driver {
 public:
  explicit SqliteDriver(sqlite3* db) : db_(db) {}
  ~SqliteDriver() override {
    statements_.clear();
    sqlite3_close_v2(db_);
  }

  Engine engine() const override { return Engine::sqlite; }
  void* native() const override { return db_; }

  Result<void> begin(Access access) override { return simple(access == Access::write ? "BEGIN IMMEDIATE" : "BEGIN"); }
  Result<void> commit() override { return simple("COMMIT"); }
  void rollback() override {
    // After some errors (disk full) SQLite has rolled back by itself.
    if (!sqlite3_get_autocommit(db_)) (void)simple("ROLLBACK");
  }

  Result<void> mark(Mark mark) override {
    switch (mark) {
      case Mark::make: return simple("SAVEPOINT linli");
      case Mark::keep: return simple("RELEASE linli");
      case Mark::undo: LINLI_TRY(simple("ROLLBACK TO linli")); return simple("RELEASE linli");
    }
    return {};
  }

  Result<std::int64_t> run(std::string_view sql, std::span<const Param> params) override {
    LINLI_TRY(each(sql, params, [](const Row&) { return true; }));
    return sqlite3_changes64(db_);
  }

  Result<void> each(std::string_view sql, std::span<const Param> params, const Visit& visit) override {
    auto statement = find(sql, params.size());
    if (!statement) return tl::unexpected(std::move(statement).error());
    sqlite3_stmt* const handle = (*statement)->handle();
    const Reset reset{handle};
    if ((*statement)->bind(params) != SQLITE_OK) return tl::unexpected(error_of(db_));
    for (;;) {
      const int code = sqlite3_step(handle);
      if (code == SQLITE_DONE) return {};
      if (code != SQLITE_ROW) return tl::unexpected(error_of(db_));
      if (!visit(SqliteRow(handle))) return {};
    }
  }

  Result<std::vector<bool>> insert(const Insert& insert, std::span<const Param> values) override {
    auto statement = find(insert.sqlite_sql(), insert.width());
    if (!statement) return tl::unexpected(std::move(statement).error());
    sqlite3_stmt* const handle = (*statement)->handle();
    std::vector<bool> inserted;
    inserted.reserve(values.size() / insert.width());
    for (; values.size() >= insert.width(); values = values.subspan(insert.width())) {
      const Reset reset{handle};
      if ((*statement)->bind(values.first(insert.width())) != SQLITE_OK || sqlite3_step(handle) != SQLITE_DONE)
        return tl::unexpected(error_of(db_));
      inserted.push_back(sqlite3_changes(db_) > 0);
    }
    return inserted;
  }

  Result<void> script(std::string_view sql) override {
    if (sqlite3_exec(db_, std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
      return tl::unexpected(error_of(db_));
    return {};
  }

 private:
  struct Reset {
    sqlite3_stmt* statement;
    ~Reset() { sqlite3_reset(statement); }
  };

  Result<void> simple(std::string_view sql) {
    return each(sql, {}, [](const Row&) { return true; });
  }

  Result<Statement*> find(std::string_view sql, std::size_t params) {
    auto it = statements_.find(sql);
    if (it == statements_.end()) {
      auto made = Statement::prepare(db_, sql);
      if (!made) return tl::unexpected(std::move(made).error());
      it = statements_.emplace(std::string(sql), std::move(*made)).first;
    }
    if (it->second.width() > params)
      return fail(Errc::database_failed, {}, {{"why", "the statement has more parameters than were given"}});
    return &it->second;
  }

  sqlite3* db_;
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;
};

}  // namespace

Result<std::unique_ptr<Driver>> open_sqlite(const std::filesystem::path& file, Access access) {
  if (access == Access::write) {
    // Made by us, so that nobody else can read it (SQLite gives its side files the same mode).
    const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (made < 0)
      return fail(errno == EROFS || errno == EACCES ? Errc::database_read_only : Errc::file_unwritable,
                  Where::at(file.string()), {{"file", file.string()}});
    ::close(made);
  }
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  auto driver = std::make_unique<SqliteDriver>(db);
  if (code != SQLITE_OK) {
    Error error = db ? error_of(db) : Error{Errc::database_failed, {}, {}};
    if (code == SQLITE_CANTOPEN) error = {Errc::file_unreadable, {}, {{"file", file.string()}}};
    error.where = Where::at(file.string());
    return tl::unexpected(std::move(error));
  }
  sqlite3_busy_timeout(db, 5'000);
  // cache_size: KiB of pages kept per connection.
  auto set =
      driver->script(access == Access::write
                         ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; "
                           "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 4000"
                         : "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000");
  if (!set) {
    set.error().where = Where::at(file.string());
    return tl::unexpected(std::move(set).error());
  }
  return driver;
}

}  // namespace linli::detail
