// For tests of any module: the same test on SQLite and on PostgreSQL.
//
//   class LeadStore : public EachDatabase {};
//   TEST_P(LeadStore, Finds) { Connection c = connect(); … }
//   ON_EACH_DATABASE(LeadStore);
//
// PostgreSQL is a server of our own on a Unix socket in a temporary folder, started when first needed and stopped with the
// test program. Without its binaries the tests are skipped, but fail where CI is set.
#pragma once
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/words.h"
#include "store/database.h"
#include "store/migrate.h"

namespace linli {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "linli-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class PostgresForTests {
 public:
  // The one of this program; nullptr: its binaries are missing or it does not start.
  static PostgresForTests* instance() {
    static const std::unique_ptr<PostgresForTests> one = [] {
      auto made = std::unique_ptr<PostgresForTests>(new PostgresForTests);
      return made->start() ? std::move(made) : nullptr;
    }();
    return one.get();
  }
  ~PostgresForTests() { stop(); }

  // A database of its own: a schema in the server's one database.
  std::string fresh_url() {
    const std::string schema = "test_" + std::to_string(++schemas_);
    auto connection = Database::postgres(url()).connect(Access::write);
    if (!connection || !connection->script("CREATE SCHEMA " + schema)) return {};
    return url() + "&options=-csearch_path%3D" + schema;
  }
  std::string url() const { return "postgresql:///postgres?user=postgres&host=" + folder_.path().string(); }

  // A crash and a start: connections break, what was committed stays.
  bool restart() {
    stop(SIGQUIT);
    return launch();
  }

 private:
  static constexpr const char* binaries = "/usr/lib/postgresql/15/bin";

  // The server refuses root; so it runs as the user postgres then.
  static void become_postgres() {
    if (::geteuid() != 0) return;
    const passwd* user = ::getpwnam("postgres");
    if (!user || ::initgroups("postgres", user->pw_gid) || ::setgid(user->pw_gid) || ::setuid(user->pw_uid)) ::_exit(126);
  }
  static pid_t spawn(const std::vector<std::string>& words) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    become_postgres();
    const int log = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(log, fd);
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  static bool run(const std::vector<std::string>& words) {
    int status = 0;
    return ::waitpid(spawn(words), &status, 0) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  static void give_to_postgres(const std::filesystem::path& path) {
    const passwd* user = ::getpwnam("postgres");
    if (::geteuid() == 0 && user && ::chown(path.c_str(), user->pw_uid, user->pw_gid)) return;
  }

  // initdb takes seconds, a copy of its folder none: it is made once per machine and version.
  static bool make_template(const std::filesystem::path& home) {
    std::filesystem::create_directories(home);
    give_to_postgres(home);
    const int lock = ::open((home / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ::flock(lock, LOCK_EX);
    bool good = std::filesystem::exists(home / "ready");
    if (!good) {
      std::filesystem::remove_all(home / "data");
      good = run({std::string(binaries) + "/initdb", "-D", (home / "data").string(), "-A", "trust", "-U", "postgres",
                  "--no-sync", "-E", "UTF8", "--locale=C", "--wal-segsize=1"});
      if (good) ::close(::open((home / "ready").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
    ::close(lock);
    return good;
  }

  bool start() {
    if (!std::filesystem::exists(std::string(binaries) + "/postgres")) return false;
    const auto home = std::filesystem::temp_directory_path() / ("linli-test-postgres-15-" + std::to_string(::geteuid()));
    if (!make_template(home)) return false;
    ::chmod(folder_.path().c_str(), 0755);
    give_to_postgres(folder_.path());
    return run({"/bin/cp", "-r", (home / "data").string(), data().string()}) && launch();
  }
  bool launch() {
    ::unlink((data() / "postmaster.pid").c_str());
    server_ = spawn({std::string(binaries) + "/postgres", "-D", data().string(), "-k", folder_.path().string(), "-c",
                     "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=40"});
    for (int i = 0; i < 600; ++i) {
      if (Database::postgres(url()).connect(Access::read)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }
  void stop(int signal = SIGINT) {
    if (server_ <= 0) return;
    ::kill(server_, signal);
    ::waitpid(server_, nullptr, 0);
    server_ = 0;
  }
  std::filesystem::path data() const { return folder_.path() / "data"; }

  TemporaryFolder folder_;
  pid_t server_ = 0;
  int schemas_ = 0;
};

// An empty, migrated database for each test.
class EachDatabase : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    if (GetParam() == Engine::postgres) {
      auto* server = PostgresForTests::instance();
      if (!server && std::getenv("CI")) FAIL() << "PostgreSQL 15 is missing or does not start (scripts/bootstrap --for test)";
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

#define ON_EACH_DATABASE(fixture)                                                                              \
  INSTANTIATE_TEST_SUITE_P(On, fixture, testing::Values(linli::Engine::sqlite, linli::Engine::postgres),       \
                           [](const auto& test) { return test.param == linli::Engine::sqlite ? "sqlite" : "postgres"; })

}  // namespace linli
