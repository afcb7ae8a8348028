#include "store/migrate.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/databases_for_tests.h"

namespace linli {
namespace {

// "table.column type required", sorted.
std::vector<std::string> columns(Connection& connection) {
  const bool sqlite = connection.engine() == Engine::sqlite;
  std::vector<std::string> out;
  auto tx = connection.begin();
  auto read = tx->each(
      sqlite ? "SELECT m.name, c.name, c.type, c.\"notnull\" FROM sqlite_master m JOIN pragma_table_info(m.name) c "
               "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
             : "SELECT table_name::text, column_name::text, upper(data_type::text), CASE WHEN is_nullable = 'NO' THEN "
               "1 ELSE 0 END "
               "FROM information_schema.columns WHERE table_schema = current_schema() AND is_generated = 'NEVER'",
      {}, [&](const Row& row) {
        std::string type = row.get<std::string>(2);
        if (type == "BIGINT") type = "INTEGER";
        if (type == "BYTEA") type = "BLOB";
        if (type == "DOUBLE PRECISION") type = "REAL";
        out.push_back(fmt::format("{}.{} {}{}", row.get<std::string>(0), row.get<std::string>(1), type,
                                  row.get<bool>(3) ? " required" : ""));
      });
  EXPECT_TRUE(read);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> indexes(Connection& connection) {
  std::vector<std::string> out;
  auto tx = connection.begin();
  auto read = tx->each(connection.engine() == Engine::sqlite
                           ? "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
                           : "SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema() "
                             "AND indexname NOT LIKE '%_pkey' AND indexname NOT LIKE '%_key'",
                       {}, [&](const Row& row) { out.push_back(row.get<std::string>(0)); });
  EXPECT_TRUE(read);
  std::sort(out.begin(), out.end());
  return out;
}

TEST(Migrations, GiveTheSameSchemaOnBothDatabases) {
  auto* server = PostgresForTests::instance();
  if (!server) GTEST_SKIP() << "PostgreSQL 15 is missing";
  TemporaryFolder folder;
  const Database sqlite = Database::sqlite(folder.path() / "linli.db"),
                 postgres = Database::postgres(server->fresh_url());
  auto s = sqlite.connect(Access::write), p = postgres.connect(Access::write);
  ASSERT_TRUE(s && p);
  ASSERT_TRUE(migrate(*s, sqlite));
  ASSERT_TRUE(migrate(*p, postgres));
  auto in_sqlite = columns(*s), in_postgres = columns(*p);
  // The outbox alone differs: PostgreSQL numbers its rows after their commit.
  const auto outbox = [](const std::string& c) {
    return c.starts_with("outbox.row_id ") || c.starts_with("outbox.position ");
  };
  std::erase_if(in_sqlite, outbox);
  std::erase_if(in_postgres, outbox);
  EXPECT_EQ(in_sqlite, in_postgres);
  EXPECT_GT(in_sqlite.size(), 100u);
  auto s_indexes = indexes(*s), p_indexes = indexes(*p);
  std::erase(p_indexes, "outbox_unnumbered");
  EXPECT_EQ(s_indexes, p_indexes);
}

class MigrateTest : public EachDatabase {};

TEST_P(MigrateTest, GoesForwardOnceAndKeepsACopy) {
  const std::vector<EmbeddedFile> more = [] {
    std::vector<EmbeddedFile> files(embedded::migrations().begin(), embedded::migrations().end());
    files.push_back(
        {"9001_more.sql", "CREATE TABLE more (a INTEGER NOT NULL, b BLOB, c REAL) STRICT;\n-- a comment\n"});
    return files;
  }();
  Connection connection = connect();
  in_transaction(connection,
                 [](Tx& tx) { ASSERT_TRUE(tx.run("INSERT INTO cursors (name, position) VALUES ('a', 1)")); });
  const auto nothing = migrate(connection, database());
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->from, newest_schema());
  EXPECT_EQ(nothing->to, newest_schema());
  EXPECT_FALSE(nothing->copy);

  const auto moved = migrate(connection, database(), more);
  ASSERT_TRUE(moved) << for_terminal(moved.error(), Language::en);
  EXPECT_EQ(moved->to, 9001);
  in_transaction(connection,
                 [](Tx& tx) { ASSERT_TRUE(tx.run("INSERT INTO more (a, b, c) VALUES (1, $1, 0.5)", {Blob{"x"}})); });
  if (GetParam() == Engine::sqlite) {
    ASSERT_TRUE(moved->copy);
    auto old = Database::sqlite(*moved->copy).connect(Access::read);
    auto tx = old->begin(Access::read);
    EXPECT_EQ(**tx->value<int>("SELECT position FROM cursors"), 1);
    EXPECT_FALSE(tx->value<int>("SELECT a FROM more"));
  }

  const auto older = migrate(connection, database());
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, Errc::schema_too_new);
}

TEST_P(MigrateTest, AFailingFileChangesNothing) {
  const std::vector<EmbeddedFile> broken = {
      embedded::migrations()[0],
      {"9001_good.sql", "CREATE TABLE good (a INTEGER) STRICT;"},
      {"9002_bad.sql", "CREATE TABLE bad (a INTEGER) STRICT; INSERT INTO nowhere VALUES (1);"}};
  Connection connection = connect();
  const auto failed = migrate(connection, database(), broken);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().where.place, "9002_bad.sql");
  auto tx = connection.begin();
  EXPECT_EQ(schema_version(*tx).value(), 9001);
  EXPECT_TRUE(tx->value<int>("SELECT count(*) FROM good"));
  EXPECT_FALSE(tx->value<int>("SELECT count(*) FROM bad"));
}
ON_EACH_DATABASE(MigrateTest);

}  // namespace
}  // namespace linli
