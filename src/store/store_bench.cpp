// How fast do messages become durable, and what does our door cost over bare sqlite3? The same rows (message_keys and
// messages with sealed bodies, their indexes), the same pragmas, batches of 500 and 5,000, both from empty tables.
// Then: how long one work waits for its commit, and how many values are sealed a second.
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <future>
#include <string>
#include <vector>

#include "store/migrate.h"
#include "store/postgres_for_tests.h"
#include "store/sealing.h"
#include "store/writer.h"

namespace linli {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int rows = 100'000, groups = 200, rounds = 3;

const Insert insert_keys{
    "message_keys",
    {{"channel_id", Param::Kind::integer}, {"external_id", Param::Kind::text}, {"message_id", Param::Kind::integer}},
    2};
const Insert insert_messages{"messages",
                             {{"id", Param::Kind::integer},
                              {"channel_id", Param::Kind::integer},
                              {"group_id", Param::Kind::integer},
                              {"sent_at", Param::Kind::integer},
                              {"received_at", Param::Kind::integer},
                              {"role", Param::Kind::integer},
                              {"type", Param::Kind::integer},
                              {"flags", Param::Kind::integer},
                              {"sender", Param::Kind::integer},
                              {"body", Param::Kind::blob}},
                             0};

struct Row {
  std::int64_t id, group, at, sender;
  std::string external, body;
};

std::vector<Row> make_rows() {
  const Sealer sealer = Sealer::for_test();
  const ManualClock clock(from_millis(1795401130344));
  IdSource ids(clock);
  std::vector<Row> out;
  for (int i = 0; i < rows; ++i)
    out.push_back({ids.next(), i * 7919 % groups, 1795401130344 + i * 100, i * 31 % 5000,
                   "wx-" + std::to_string(i * 7919LL % 1'000'003),
                   sealer.seal("messages.body", "u" + std::to_string(i % 5000) +
                                                    "\t3-2-1502李姐\t我屋头天花板又在滴水了，物业来看一下嘛")});
  return out;
}

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "store_bench: %s\n", what);
  std::exit(1);
}
template <class T>
T need(Result<T> result, const char* what) {
  if (!result) die(what);
  return std::move(*result);
}

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

// Wall time tells what this machine does today; the processor time of this thread compares also on a busy one.
struct Watch {
  Steady::time_point start = Steady::now();
  double cpu_start = cpu();
  static double cpu() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
  }
};
struct Cost {
  double rows_per_second, cpu_micros_per_row;
  explicit Cost(const Watch& watch)
      : rows_per_second(rows / seconds_since(watch.start)),
        cpu_micros_per_row((Watch::cpu() - watch.cpu_start) * 1e6 / rows) {}
};

Cost ours(const Database& database, const std::vector<Row>& all, std::size_t batch) {
  Connection connection = need(database.connect(Access::write), "no connection");
  if (!migrate(connection, database)) die("no schema");
  const Watch watch;
  for (std::size_t begin = 0; begin < all.size(); begin += batch) {
    const std::size_t end = std::min(all.size(), begin + batch);
    std::vector<Param> keys, messages;
    for (std::size_t i = begin; i < end; ++i) {
      const Row& r = all[i];
      keys.insert(keys.end(), {1, r.external, r.id});
      messages.insert(messages.end(), {r.id, 1, r.group, r.at, r.at, 0, 0, 1, r.sender, Blob{r.body}});
    }
    Tx tx = need(connection.begin(), "no transaction");
    need(tx.insert(insert_keys, keys), "keys");
    need(tx.insert(insert_messages, messages), "messages");
    if (!tx.commit()) die("commit");
  }
  const Cost cost(watch);
  Tx tx = need(connection.begin(), "no transaction");
  if (tx.value<int>("SELECT count(*) FROM messages m JOIN message_keys k ON k.message_id = m.id")->value_or(0) != rows)
    die("rows are missing");
  return cost;
}

Cost raw(const std::filesystem::path& file, const std::vector<Row>& all, std::size_t batch) {
  {
    Connection schema = need(Database::sqlite(file).connect(Access::write), "no connection");
    if (!migrate(schema, Database::sqlite(file))) die("no schema");
  }
  sqlite3* db = nullptr;
  sqlite3_open(file.c_str(), &db);
  const auto exec = [&](const char* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) die(sqlite3_errmsg(db));
  };
  exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -32000; "
      "PRAGMA wal_autocheckpoint = 4000");
  sqlite3_stmt *key, *message;
  sqlite3_prepare_v2(db, insert_keys.sqlite_sql().c_str(), -1, &key, nullptr);
  sqlite3_prepare_v2(db, insert_messages.sqlite_sql().c_str(), -1, &message, nullptr);
  const Watch watch;
  for (std::size_t begin = 0; begin < all.size(); begin += batch) {
    exec("BEGIN IMMEDIATE");
    for (std::size_t i = begin; i < std::min(all.size(), begin + batch); ++i) {
      const Row& r = all[i];
      sqlite3_bind_int64(key, 1, 1);
      sqlite3_bind_text(key, 2, r.external.data(), static_cast<int>(r.external.size()), SQLITE_STATIC);
      sqlite3_bind_int64(key, 3, r.id);
      if (sqlite3_step(key) != SQLITE_DONE) die(sqlite3_errmsg(db));
      sqlite3_reset(key);
    }
    for (std::size_t i = begin; i < std::min(all.size(), begin + batch); ++i) {
      const Row& r = all[i];
      const std::int64_t values[] = {r.id, 1, r.group, r.at, r.at, 0, 0, 1, r.sender};
      for (int c = 0; c < 9; ++c) sqlite3_bind_int64(message, c + 1, values[c]);
      sqlite3_bind_blob(message, 10, r.body.data(), static_cast<int>(r.body.size()), SQLITE_STATIC);
      if (sqlite3_step(message) != SQLITE_DONE) die(sqlite3_errmsg(db));
      sqlite3_reset(message);
    }
    exec("COMMIT");
  }
  const Cost cost(watch);
  sqlite3_finalize(key);
  sqlite3_finalize(message);
  sqlite3_close(db);
  return cost;
}

template <class Field>
double median(const std::vector<Cost>& costs, Field field) {
  std::vector<double> values;
  for (const Cost& cost : costs) values.push_back(cost.*field);
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void inserts(const std::vector<Row>& all) {
  for (const std::size_t batch : {std::size_t{500}, std::size_t{5000}}) {
    std::vector<Cost> door, bare;
    for (int i = 0; i < rounds; ++i) {  // by turns, so that a noisy neighbour meets both
      TemporaryFolder one, two;
      door.push_back(ours(Database::sqlite(one.path() / "x.db"), all, batch));
      bare.push_back(raw(two.path() / "x.db", all, batch));
    }
    const double our_rate = median(door, &Cost::rows_per_second), bare_rate = median(bare, &Cost::rows_per_second);
    const double our_cpu = median(door, &Cost::cpu_micros_per_row), bare_cpu = median(bare, &Cost::cpu_micros_per_row);
    std::printf(
        "insert sqlite FULL, batch %zu: %.0f rows/s and %.1f us CPU a row through store; %.0f rows/s and %.1f us bare "
        "sqlite3; "
        "ratio %.2f by time, %.2f by CPU (medians of %d)\n",
        batch, our_rate, our_cpu, bare_rate, bare_cpu, our_rate / bare_rate, bare_cpu / our_cpu, rounds);
  }
  PostgresForTests server(true);
  if (!server.start()) {
    std::printf("insert postgres: skipped, PostgreSQL 15 is missing\n");
    return;
  }
  for (const std::size_t batch : {std::size_t{500}, std::size_t{5000}}) {
    std::vector<Cost> door;
    for (int i = 0; i < rounds; ++i) door.push_back(ours(Database::postgres(server.fresh_url()), all, batch));
    std::printf("insert postgres fsync on, batch %zu: %.0f rows/s (median of %d)\n", batch,
                median(door, &Cost::rows_per_second), rounds);
  }
}

void single_works() {
  TemporaryFolder folder;
  const Database database = Database::sqlite(folder.path() / "x.db");
  Connection connection = need(database.connect(Access::write), "no connection");
  if (!migrate(connection, database)) die("no schema");
  Writer writer(std::move(connection), {});
  std::vector<double> millis;
  for (int i = 0; i < 1000; ++i) {
    const auto start = Steady::now();
    need(writer
             .write([i](Tx& tx) {
               return tx.run("INSERT INTO message_keys (channel_id, external_id, message_id) VALUES (1, $1, $2)",
                             {std::to_string(i), i});
             })
             .get(),
         "write");
    millis.push_back(seconds_since(start) * 1000);
  }
  std::sort(millis.begin(), millis.end());
  std::printf("one work, submit to durable: median %.2f ms, p99 %.2f ms\n", millis[500], millis[990]);
}

void seals() {
  const Sealer sealer = Sealer::for_test();
  const std::string plain(100, 'x');
  std::string out;
  constexpr int count = 1'000'000;
  auto start = Steady::now();
  for (int i = 0; i < count; ++i) {
    out.clear();
    sealer.seal_into(out, "messages.body", plain);
  }
  const double sealed = count / seconds_since(start);
  start = Steady::now();
  for (int i = 0; i < count; ++i)
    if (!sealer.open("messages.body", out)) die("does not open");
  std::printf("sealing 100 bytes: %.2f M/s, opening %.2f M/s\n", sealed / 1e6, count / seconds_since(start) / 1e6);
}

}  // namespace
}  // namespace linli

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  linli::seals();
  linli::single_works();
  linli::inserts(linli::make_rows());
}
