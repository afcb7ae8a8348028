// For tests of any module: the same test on SQLite and on PostgreSQL.
//
//   class LeadStore : public EachDatabase {};
//   TEST_P(LeadStore, Finds) { Connection c = connect(); … }
//   ON_EACH_DATABASE(LeadStore);
//
// PostgreSQL is started when first needed and stopped with the test program. Without its binaries the tests are skipped, but fail where CI is set.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "base/words.h"
#include "store/migrate.h"
#include "store/postgres_for_tests.h"

namespace linli {

// An empty, migrated database for each test.
class EachDatabase : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    if (GetParam() == Engine::postgres) {
      auto* server = PostgresForTests::instance();
      if (!server && std::getenv("CI"))
        FAIL() << "PostgreSQL 15 is missing or does not start (scripts/bootstrap --for test)";
      if (!server) GTEST_SKIP() << "PostgreSQL 15 is missing or does not start (scripts/bootstrap --for test)";
      database_ = Database::postgres(server->fresh_url());
    } else {
      database_ = Database::sqlite(folder_.path() / "linli.db");
    }
    Connection connection = connect();
    const auto migrated = migrate(connection, *database_);
    ASSERT_TRUE(migrated) << for_terminal(migrated.error(), Language::en);
  }

  const Database& database() const { return *database_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  Connection connect(Access access = Access::write) const {
    auto made = database_->connect(access);
    if (!made) throw std::runtime_error(for_terminal(made.error(), Language::en));
    return std::move(*made);
  }

 private:
  TemporaryFolder folder_;
  std::optional<Database> database_;
};

// One transaction, committed; a failure is the test's.
template <class F>
void in_transaction(Connection& connection, F body) {
  auto tx = connection.begin();
  ASSERT_TRUE(tx) << for_terminal(tx.error(), Language::en);
  body(*tx);
  const auto committed = tx->commit();
  ASSERT_TRUE(committed) << for_terminal(committed.error(), Language::en);
}

#define ON_EACH_DATABASE(fixture)                                                   \
  INSTANTIATE_TEST_SUITE_P(                                                         \
      On, fixture, testing::Values(linli::Engine::sqlite, linli::Engine::postgres), \
      [](const auto& test) { return test.param == linli::Engine::sqlite ? "sqlite" : "postgres"; })

}  // namespace linli
