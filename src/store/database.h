// One door to SQLite and PostgreSQL. SQL is written as text in the subset that both speak, with $1 … $n as parameters:
//
//   auto changed = tx.run("UPDATE leads SET state = $2 WHERE id = $1", {lead, "confirmed"});
//   auto read = tx.each("SELECT id, asked_at FROM leads WHERE state = $1 ORDER BY id", {"open"},
//                       [&](const Row& row) { leads.push_back({row.get<LeadId>(0), row.get<Instant>(1)}); });
//
// The subset: INTEGER (64 bits, also for booleans 0/1 and instants in ms), REAL (double), TEXT, BLOB; ON CONFLICT,
// RETURNING, partial indexes, CASE, window functions, UPDATE … FROM, LIMIT; no DEFAULT now(), no arrays, no ILIKE.
// PostgreSQL derives a parameter's type from its place; where it cannot ("SELECT $1"), write CAST($1 AS TEXT).
// An error inside a transaction ends the transaction (PostgreSQL does so; here it is so for both): whatever follows, commit
// included, answers with the first error. Roll back, or put the risky part into a Savepoint.
//
// A Connection and all that comes from it is used by one thread at a time. Statements are prepared once per connection and
// text: so the text is a constant, never built at run time.
#pragma once
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"

namespace linli {

enum class Engine { sqlite, postgres };

// Bytes, where a text would be taken for UTF-8.
struct Blob {
  std::string_view bytes;
};

// A parameter. A view: what it points to lives until the call returns.
class Param {
 public:
  enum class Kind : std::uint8_t { null, integer, real, text, blob };

  Param(std::nullptr_t) {}
  Param(std::nullopt_t) {}
  Param(bool value) : kind_(Kind::integer), integer_(value) {}
  template <std::integral T>
  Param(T value) : kind_(Kind::integer), integer_(static_cast<std::int64_t>(value)) {}
  Param(double value) : kind_(Kind::real), real_(value) {}
  Param(std::string_view value) : kind_(Kind::text), bytes_(value) {}
  Param(const std::string& value) : kind_(Kind::text), bytes_(value) {}
  Param(const char* value) : kind_(Kind::text), bytes_(value) {}
  Param(Blob value) : kind_(Kind::blob), bytes_(value.bytes) {}
  Param(Instant value) : kind_(Kind::integer), integer_(to_millis(value)) {}
  template <class Tag>
  Param(Id<Tag> id) : kind_(Kind::integer), integer_(id.value) {}
  template <class T>
  Param(const std::optional<T>& value) {
    if (value) *this = Param(*value);
  }

  Kind kind() const { return kind_; }
  std::int64_t integer() const { return integer_; }
  double real() const { return real_; }
  std::string_view bytes() const { return bytes_; }  // of a text or blob

 private:
  Kind kind_ = Kind::null;
  union {
    std::int64_t integer_ = 0;
    double real_;
  };
  std::string_view bytes_;
};
using Params = std::initializer_list<Param>;

// One row of an answer, valid during the callback only. Columns count from 0.
class Row {
 public:
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;    // null: 0
  virtual double real(int column) const = 0;             // null: 0
  virtual std::string_view bytes(int column) const = 0;  // text or blob; null: empty

  // T: integers, bool, double, std::string, std::string_view (valid during the callback), Instant, Id<…>,
  // std::optional of these. Null gives the zero value, or nullopt.
  template <class T>
  T get(int column) const {
    if constexpr (requires {
                    typename T::value_type;
                    requires std::same_as<T, std::optional<typename T::value_type>>;
                  })
      return is_null(column) ? T{} : T{get<typename T::value_type>(column)};
    else if constexpr (std::same_as<T, bool>) return integer(column) != 0;
    else if constexpr (std::integral<T>) return static_cast<T>(integer(column));
    else if constexpr (std::floating_point<T>) return static_cast<T>(real(column));
    else if constexpr (std::same_as<T, Instant>) return from_millis(integer(column));
    else if constexpr (requires(T id) {
                         id.value;
                         T{std::int64_t{}};
                       })
      return T{integer(column)};
    else return T(bytes(column));
  }

 protected:
  ~Row() = default;
};

// Many rows into one table, as fast as the database can. A constant of the feature that uses it:
//   const Insert insert_keys{"message_keys", {{"channel_id", Param::Kind::integer}, {"external_id", Param::Kind::text},
//                            {"message_id", Param::Kind::integer}}, 2};
// `key_columns`: the first so many columns are the table's key; a row whose key is there already is skipped.
// 0: no row may be there already (duplicate is an error).
class Insert {
 public:
  struct Column {
    const char* name;
    Param::Kind kind;
  };
  Insert(const char* table, std::vector<Column> columns, std::size_t key_columns);

  std::size_t width() const { return columns_.size(); }
  std::size_t key_columns() const { return key_columns_; }
  const std::vector<Column>& columns() const { return columns_; }
  const std::string& sqlite_sql() const { return sqlite_; }
  const std::string& postgres_sql() const { return postgres_; }

 private:
  std::vector<Column> columns_;
  std::size_t key_columns_;
  std::string sqlite_, postgres_;
};

namespace detail {
class Driver;
}
class Tx;

enum class Access { write, read };

class Connection {
 public:
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // write: SQLite takes the write lock at once and waits for it up to 5 s; in linli the Writer is the only one.
  // read: a consistent snapshot of everything that was committed before its first query.
  // One at a time. Errors: database_busy, database_unreachable (PostgreSQL went away; the next begin() connects anew).
  Result<Tx> begin(Access access = Access::write);

  Engine engine() const;

  // Outside of transactions, several statements separated by ';', no parameters: migrations, PRAGMA, VACUUM.
  Result<void> script(std::string_view sql);
  // The wrapped handle (sqlite3* or PGconn*), for backup only.
  void* native() const;

 private:
  friend class Database;
  friend class Tx;
  explicit Connection(std::unique_ptr<detail::Driver> driver);
  std::unique_ptr<detail::Driver> driver_;
};

// A transaction. Rolled back when it goes without commit(). Lives no longer than its connection.
class Tx {
 public:
  Tx(Tx&& other) noexcept;
  Tx& operator=(Tx&&) = delete;
  ~Tx();

  // Changed rows. Errors: duplicate (unique violated: where() tells the constraint or columns), database_busy, disk_full,
  // database_read_only, database_unreachable, else database_failed (a broken reference or a wrong statement: a bug).
  Result<std::int64_t> run(std::string_view sql, Params params = {});

  // Calls `row` for each row, in order. With PostgreSQL the answer is in memory as a whole: page through large ones by id.
  // The callback must not use this transaction.
  Result<void> each(std::string_view sql, Params params, const std::function<void(const Row&)>& row);
  // The first row, if there is one: true.
  Result<bool> first(std::string_view sql, Params params, const std::function<void(const Row&)>& row);
  // The first column of the first row.
  template <class T>
  Result<std::optional<T>> value(std::string_view sql, Params params = {}) {
    std::optional<T> found;
    auto read = first(sql, params, [&](const Row& row) { found = row.get<T>(0); });
    if (!read) return tl::unexpected(std::move(read).error());
    return found;
  }

  // `values` holds the rows one after another, insert.width() each. Returns for each row whether it went in; of rows with
  // the same key within one call the first goes in. On error none is kept (end the transaction).
  Result<std::vector<bool>> insert(const Insert& insert, std::span<const Param> values);

  // Durable when it returns without error. After an error nothing is kept, with one exception: the connection to PostgreSQL
  // broke just then (database_unreachable); then nobody knows, and the caller must look.
  Result<void> commit();
  void rollback();

  Engine engine() const;

 private:
  friend class Connection;
  friend class Savepoint;
  explicit Tx(detail::Driver* driver) : driver_(driver) {}
  detail::Driver* driver_;  // null: over
};

// Undoes what was done since it was made, unless keep() was called; also after an error. Ends before its transaction;
// may be nested.
class Savepoint {
 public:
  static Result<Savepoint> make(Tx& tx);
  Savepoint(Savepoint&& other) noexcept;
  Savepoint& operator=(Savepoint&&) = delete;
  ~Savepoint();
  Result<void> keep();

 private:
  explicit Savepoint(Tx& tx) : tx_(&tx) {}
  Tx* tx_;
};

// Where the database is. A value; connections do not refer to it.
class Database {
 public:
  static Database sqlite(std::filesystem::path file);
  static Database postgres(std::string url);  // "postgresql://user@host/name?…", as libpq reads it
  // database.url, or the file linli.db in the data folder when it is empty. Error: bad_setting.
  static Result<Database> from_setting(const std::string& url, const std::filesystem::path& data_folder);

  Engine engine() const { return engine_; }
  const std::filesystem::path& file() const { return file_; }  // SQLite
  // SQLite: WAL, synchronous=FULL, foreign keys on; the file is made (0600) by Access::write.
  Result<Connection> connect(Access access) const;

 private:
  Engine engine_ = Engine::sqlite;
  std::filesystem::path file_;
  std::string url_;
};

}  // namespace linli
