// A PostgreSQL server of our own on a Unix socket in a temporary folder, for tests and benches; and a folder for a test.
#pragma once
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/database.h"

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
      auto made = std::make_unique<PostgresForTests>();
      return made->start() ? std::move(made) : nullptr;
    }();
    return one.get();
  }
  explicit PostgresForTests(bool durable = false) : durable_(durable) {}
  ~PostgresForTests() { stop(); }

  // A database of its own: a schema in the server's one database.
  std::string fresh_url() {
    const std::string schema = "test_" + std::to_string(++schemas_);
    auto connection = Database::postgres(url()).connect(Access::write);
    if (!connection || !connection->script("CREATE SCHEMA " + schema)) return {};
    return url() + "&options=-csearch_path%3D" + schema;
  }
  std::string url() const { return "postgresql:///postgres?user=postgres&host=" + folder_.path().string(); }

  bool start() {
    if (!std::filesystem::exists(std::string(binaries) + "/postgres")) return false;
    const auto home =
        std::filesystem::temp_directory_path() / ("linli-test-postgres-15-" + std::to_string(::geteuid()));
    if (!make_template(home)) return false;
    ::chmod(folder_.path().c_str(), 0755);
    give_to_postgres(folder_.path());
    return run({"/bin/cp", "-r", (home / "data").string(), data().string()}) && launch();
  }

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
    if (!user || ::initgroups("postgres", user->pw_gid) || ::setgid(user->pw_gid) || ::setuid(user->pw_uid))
      ::_exit(126);
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

  bool launch() {
    ::unlink((data() / "postmaster.pid").c_str());
    server_ = spawn({std::string(binaries) + "/postgres", "-D", data().string(), "-k", folder_.path().string(), "-c",
                     "listen_addresses=", "-c", durable_ ? "fsync=on" : "fsync=off", "-c", "shared_buffers=64MB", "-c",
                     "max_connections=40"});
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

  const bool durable_;
  TemporaryFolder folder_;
  pid_t server_ = 0;
  int schemas_ = 0;
};

}  // namespace linli
