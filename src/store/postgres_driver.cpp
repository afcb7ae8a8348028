#include <endian.h>
#include <libpq-fe.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <unordered_map>

#include "store/driver.h"

namespace linli::detail {
namespace {

// Type numbers of PostgreSQL (pg_type.dat); they never change.
enum Oid_ : Oid {
  oid_bool = 16,
  oid_bytea = 17,
  oid_int8 = 20,
  oid_int2 = 21,
  oid_int4 = 23,
  oid_text = 25,
  oid_float4 = 700,
  oid_float8 = 701,
  oid_numeric = 1700
};

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, FreeResult>;

// Only class 42 (wrong SQL) keeps the message: others may quote values.
Error error_of(PGconn* connection, const PGresult* result) {
  const char* field = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  const std::string state = field ? field : "";
  // Without a state the error is libpq's own: it could not send or receive.
  if (PQstatus(connection) != CONNECTION_OK || state.empty() || state.starts_with("57P"))
    return {Errc::database_unreachable, {}, {}};
  const auto text = [&](int which) -> std::string {
    const char* value = result ? PQresultErrorField(result, which) : nullptr;
    return value ? value : "";
  };
  if (state == "23505") return {Errc::duplicate, Where::at_field(text(PG_DIAG_CONSTRAINT_NAME)), {}};
  const auto with_why = [&](Errc errc) {
    return Error{
        errc,
        {},
        {{"why", "SQLSTATE " + state + (state.starts_with("42") ? ": " + text(PG_DIAG_MESSAGE_PRIMARY) : "")}}};
  };
  if (state == "40001" || state == "40P01" || state == "55P03" || state == "57014")
    return with_why(Errc::database_busy);
  if (state == "53100") return with_why(Errc::disk_full);
  if (state == "25006") return with_why(Errc::database_read_only);
  return with_why(Errc::database_failed);
}

std::int16_t get16(const char* p) {
  std::uint16_t v;
  std::memcpy(&v, p, 2);
  return static_cast<std::int16_t>(be16toh(v));
}
std::int32_t get32(const char* p) {
  std::uint32_t v;
  std::memcpy(&v, p, 4);
  return static_cast<std::int32_t>(be32toh(v));
}
std::int64_t get64(const char* p) {
  std::uint64_t v;
  std::memcpy(&v, p, 8);
  return static_cast<std::int64_t>(be64toh(v));
}
void put32(std::string& out, std::int32_t value) {
  const auto v = htobe32(static_cast<std::uint32_t>(value));
  out.append(reinterpret_cast<const char*>(&v), 4);
}
void put64(std::string& out, std::int64_t value) {
  const auto v = htobe64(static_cast<std::uint64_t>(value));
  out.append(reinterpret_cast<const char*>(&v), 8);
}
void put_real(std::string& out, double value) {
  std::int64_t bits;
  std::memcpy(&bits, &value, 8);
  put64(out, bits);
}

// numeric (of sum() over bigint): digits to the base 10,000, the first of weight 10,000^weight.
double numeric(const char* p) {
  const int digits = get16(p), weight = get16(p + 2), sign = get16(p + 4);
  double value = 0;
  for (int i = 0; i < digits; ++i) value += get16(p + 8 + 2 * i) * std::pow(10'000.0, weight - i);
  return sign == 0x4000 ? -value : value;
}

class PostgresRow final : public Row {
 public:
  PostgresRow(const PGresult* result, int row) : result_(result), row_(row) {}
  bool is_null(int column) const override { return PQgetisnull(result_, row_, column); }
  std::int64_t integer(int column) const override {
    const char* p = PQgetvalue(result_, row_, column);
    if (is_null(column)) return 0;
    switch (PQftype(result_, column)) {
      case oid_int8: return get64(p);
      case oid_int4: return get32(p);
      case oid_int2: return get16(p);
      case oid_bool: return *p;
      default: return static_cast<std::int64_t>(real(column));
    }
  }
  double real(int column) const override {
    const char* p = PQgetvalue(result_, row_, column);
    if (is_null(column)) return 0;
    switch (PQftype(result_, column)) {
      case oid_float8: {
        const std::int64_t bits = get64(p);
        double value;
        std::memcpy(&value, &bits, 8);
        return value;
      }
      case oid_float4: {
        const std::int32_t bits = get32(p);
        float value;
        std::memcpy(&value, &bits, 4);
        return static_cast<double>(value);
      }
      case oid_numeric: return numeric(p);
      case oid_int8:
      case oid_int4:
      case oid_int2:
      case oid_bool: return static_cast<double>(integer(column));
      default: return 0;
    }
  }
  std::string_view bytes(int column) const override {
    return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
  }

 private:
  const PGresult* result_;
  int row_;
};

// Parameters as libpq wants them. Numbers go as text, so that the server may take any numeric type; the rest as bytes.
class Bound {
 public:
  explicit Bound(std::span<const Param> params) {
    numbers_.resize(params.size());
    for (std::size_t i = 0; i < params.size(); ++i) {
      const Param& p = params[i];
      char* const buffer = numbers_[i].data();
      char* const end = buffer + numbers_[i].size() - 1;
      switch (p.kind()) {
        case Param::Kind::null: add(nullptr, 0, 0); break;
        case Param::Kind::integer:
          *std::to_chars(buffer, end, p.integer()).ptr = 0;
          add(buffer, 0, 0);
          break;
        case Param::Kind::real:
          *std::to_chars(buffer, end, p.real()).ptr = 0;
          add(buffer, 0, 0);
          break;
        case Param::Kind::text:
        case Param::Kind::blob:
          add(p.bytes().data() ? p.bytes().data() : "", static_cast<int>(p.bytes().size()), 1);
          break;
      }
    }
  }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void add(const char* value, int length, int format) {
    values_.push_back(value);
    lengths_.push_back(length);
    formats_.push_back(format);
  }
  std::vector<std::array<char, 32>> numbers_;
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
};

// One column of rows as an array in binary form.
std::string column_array(const Insert& insert, std::span<const Param> values, std::size_t column) {
  const Param::Kind kind = insert.columns()[column].kind;
  const auto rows = static_cast<std::int32_t>(values.size() / insert.width());
  std::string out;
  out.reserve(20 + static_cast<std::size_t>(rows) * 12);
  put32(out, 1);  // dimensions
  put32(out, 1);  // may hold nulls
  put32(out, static_cast<std::int32_t>(kind == Param::Kind::integer ? oid_int8
                                       : kind == Param::Kind::real  ? oid_float8
                                       : kind == Param::Kind::text  ? oid_text
                                                                    : oid_bytea));
  put32(out, rows);
  put32(out, 1);  // first index
  for (std::size_t i = column; i < values.size(); i += insert.width()) {
    const Param& p = values[i];
    switch (p.kind()) {
      case Param::Kind::null: put32(out, -1); break;
      case Param::Kind::integer:
        put32(out, 8);
        put64(out, p.integer());
        break;
      case Param::Kind::real:
        put32(out, 8);
        put_real(out, p.real());
        break;
      case Param::Kind::text:
      case Param::Kind::blob:
        put32(out, static_cast<std::int32_t>(p.bytes().size()));
        out += p.bytes();
        break;
    }
  }
  return out;
}

class PostgresDriver final : public Driver {
 public:
  PostgresDriver(PGconn* connection, Access access) : connection_(connection), access_(access) {
    PQsetNoticeProcessor(
        connection_, [](void*, const char*) {}, nullptr);
  }
  ~PostgresDriver() override { PQfinish(connection_); }

  Engine engine() const override { return Engine::postgres; }
  void* native() const override { return connection_; }

  Result<void> begin(Access access) override {
    const char* const sql = access == Access::write ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    if (PQstatus(connection_) == CONNECTION_OK) {
      auto begun = simple(sql);
      if (begun || begun.error().code != Errc::database_unreachable) return begun;
    }
    // The server went away since: once more from the start. Nothing was begun, so nothing is lost.
    prepared_.clear();
    PQreset(connection_);
    LINLI_TRY(set_up());
    return simple(sql);
  }
  Result<void> commit() override { return simple("COMMIT"); }
  void rollback() override {
    if (PQtransactionStatus(connection_) != PQTRANS_IDLE) (void)simple("ROLLBACK");
  }

  Result<void> mark(Mark mark) override {
    switch (mark) {
      case Mark::make: return simple("SAVEPOINT linli");
      case Mark::keep: return simple("RELEASE SAVEPOINT linli");
      case Mark::undo: return simple("ROLLBACK TO SAVEPOINT linli; RELEASE SAVEPOINT linli");
    }
    return {};
  }

  Result<std::int64_t> run(std::string_view sql, std::span<const Param> params) override {
    auto answer = execute(sql, params);
    if (!answer) return tl::unexpected(std::move(answer).error());
    return std::strtoll(PQcmdTuples(answer->get()), nullptr, 10);
  }

  Result<void> each(std::string_view sql, std::span<const Param> params, const Visit& visit) override {
    auto answer = execute(sql, params);
    if (!answer) return tl::unexpected(std::move(answer).error());
    const int rows = PQntuples(answer->get());
    for (int i = 0; i < rows; ++i)
      if (!visit(PostgresRow(answer->get(), i))) break;
    return {};
  }

  Result<std::vector<bool>> insert(const Insert& insert, std::span<const Param> values) override {
    std::vector<std::string> arrays;
    std::vector<const char*> pointers;
    std::vector<int> lengths;
    for (std::size_t column = 0; column < insert.width(); ++column) {
      arrays.push_back(column_array(insert, values, column));
      lengths.push_back(static_cast<int>(arrays.back().size()));
    }
    for (const std::string& array : arrays) pointers.push_back(array.data());
    const std::vector<int> formats(insert.width(), 1);
    auto answer = execute_raw(insert.postgres_sql(), static_cast<int>(insert.width()), pointers.data(), lengths.data(),
                              formats.data());
    if (!answer) return tl::unexpected(std::move(answer).error());
    const std::size_t rows = values.size() / insert.width();
    if (insert.key_columns() == 0 || static_cast<std::size_t>(PQntuples(answer->get())) == rows)
      return std::vector<bool>(rows, true);
    return which_went_in(insert, values, answer->get());
  }

  Result<void> script(std::string_view sql) override { return simple(std::string(sql).c_str()); }

  Result<void> set_up() {
    if (PQstatus(connection_) != CONNECTION_OK) return tl::unexpected(error_of(connection_, nullptr));
    // Every wait has an end, also one for the server.
    LINLI_TRY(
        simple("SET statement_timeout = '120s'; SET lock_timeout = '10s'; SET client_min_messages = warning; "
               "SET idle_in_transaction_session_timeout = '300s'; SET timezone = 'UTC'"));
    if (access_ == Access::read) LINLI_TRY(simple("SET default_transaction_read_only = on"));
    return {};
  }

 private:
  Result<void> simple(const char* sql) {
    const Answer answer(PQexec(connection_, sql));
    const auto status = PQresultStatus(answer.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return {};
    return tl::unexpected(error_of(connection_, answer.get()));
  }

  Result<Answer> execute(std::string_view sql, std::span<const Param> params) {
    const Bound bound(params);
    return execute_raw(sql, static_cast<int>(params.size()), bound.values(), bound.lengths(), bound.formats());
  }

  Result<Answer> execute_raw(std::string_view sql, int count, const char* const* values, const int* lengths,
                             const int* formats) {
    auto it = prepared_.find(sql);
    if (it == prepared_.end()) {
      const std::string name = "s" + std::to_string(++named_);
      const Answer made(PQprepare(connection_, name.c_str(), std::string(sql).c_str(), 0, nullptr));
      if (PQresultStatus(made.get()) != PGRES_COMMAND_OK) return tl::unexpected(error_of(connection_, made.get()));
      it = prepared_.emplace(std::string(sql), name).first;
    }
    Answer answer(PQexecPrepared(connection_, it->second.c_str(), count, values, lengths, formats, 1));
    const auto status = PQresultStatus(answer.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
      return tl::unexpected(error_of(connection_, answer.get()));
    return answer;
  }

  // The server returned the keys of the rows that went in. Of equal keys in one call it was the first.
  static std::vector<bool> which_went_in(const Insert& insert, std::span<const Param> values,
                                         const PGresult* returned) {
    const auto add = [](std::string& key, std::string_view bytes) {
      put32(key, static_cast<std::int32_t>(bytes.size()));
      key += bytes;
    };
    std::unordered_map<std::string, std::size_t> first_with;
    for (std::size_t i = 0; i < values.size(); i += insert.width()) {
      std::string key, number;
      for (const Param& p : values.subspan(i, insert.key_columns())) {
        number.clear();
        if (p.kind() == Param::Kind::integer) put64(number, p.integer());
        if (p.kind() == Param::Kind::real) put_real(number, p.real());
        add(key, number.empty() ? p.bytes() : std::string_view(number));
      }
      first_with.emplace(std::move(key), i / insert.width());
    }
    std::vector<bool> inserted(values.size() / insert.width(), false);
    for (int row = 0; row < PQntuples(returned); ++row) {
      std::string key;
      for (int column = 0; column < static_cast<int>(insert.key_columns()); ++column)
        add(key, PostgresRow(returned, row).bytes(column));
      if (const auto it = first_with.find(key); it != first_with.end()) inserted[it->second] = true;
    }
    return inserted;
  }

  PGconn* connection_;
  Access access_;
  std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> prepared_;  // SQL text -> statement's name
  std::uint64_t named_ = 0;
};

}  // namespace

Result<std::unique_ptr<Driver>> open_postgres(const std::string& url, Access access) {
  // The last wins: what the URL says overrides ours.
  const char* const keywords[] = {"connect_timeout", "tcp_user_timeout", "application_name",
                                  "client_encoding", "dbname",           nullptr};
  const char* const values[] = {"10", "15000", "linli", "UTF8", url.c_str(), nullptr};
  auto driver = std::make_unique<PostgresDriver>(PQconnectdbParams(keywords, values, 1), access);
  LINLI_TRY(driver->set_up());
  return driver;
}

}  // namespace linli::detail
