#include "store/writer.h"

#include <atomic>
#include <thread>

#include "base/log.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

using namespace std::chrono_literals;

class WriterTest : public EachDatabase {
 protected:
  std::int64_t count() {
    Connection connection = connect(Access::read);
    return **connection.begin(Access::read)->value<std::int64_t>("SELECT count(*) FROM cursors");
  }
  static Result<void> add(Tx& tx, const std::string& name) {
    LINLI_TRY(tx.run("INSERT INTO cursors (name, position) VALUES ($1, 1)", {name}));
    return {};
  }
  // Holds the writer's thread until release() so that the queue fills.
  struct Gate {
    std::promise<void> held, open;
    void hold(Writer& writer) {
      ASSERT_TRUE(writer.between([this](Connection&) {
        held.set_value();
        open.get_future().wait();
      }));
      held.get_future().wait();
    }
    void release() { open.set_value(); }
  };
};

TEST_P(WriterTest, DoneComesAfterTheCommit) {
  Writer writer(connect(), {});
  std::promise<std::int64_t> seen;
  ASSERT_TRUE(writer.submit([](Tx& tx) { return add(tx, "a"); },
                            [&](Result<void> done) { seen.set_value(done ? count() : -1); }));
  EXPECT_EQ(seen.get_future().get(), 1);
}

TEST_P(WriterTest, OneFailsAloneWhateverItsGuard) {
  Writer writer(connect(), {.gather = 10s});
  Gate gate;
  gate.hold(writer);
  std::vector<std::future<Result<int>>> answers;
  for (const Guard guard : {Guard::savepoint, Guard::bare})
    for (int i = 0; i < 20; ++i)
      answers.push_back(writer.write(
          [i, guard](Tx& tx) -> Result<int> {
            LINLI_TRY(add(tx, (guard == Guard::bare ? "bare" : "safe") + std::to_string(i)));
            if (i % 5 == 3)
              LINLI_TRY(add(tx, (guard == Guard::bare ? "bare" : "safe") + std::to_string(i)));  // duplicate
            if (i % 5 == 4) return fail(Errc::already_decided);
            return i;
          },
          {.guard = guard}));
  gate.release();
  int good = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto answer = answers[i].get();
    const int n = static_cast<int>(i % 20);
    if (n % 5 < 3) {
      EXPECT_EQ(answer.value(), n);
      ++good;
    } else {
      EXPECT_EQ(answer.error().code, n % 5 == 3 ? Errc::duplicate : Errc::already_decided);
    }
  }
  EXPECT_EQ(count(), good);
  EXPECT_GE(writer.figures().redone, 1u);
  EXPECT_LT(writer.figures().commits, 20u) << "works that wait together share a commit";
}

TEST_P(WriterTest, AFullQueueRefusesAndALateWorkIsNotDone) {
  Writer writer(connect(), {.max_waiting = 10});
  Gate gate;
  gate.hold(writer);
  auto late = writer.write(
      [](Tx& tx) -> Result<int> {
        LINLI_TRY(add(tx, "late"));
        return 1;
      },
      {.rows = 5, .by = Deadline::in(1ms)});
  auto kept = writer.write(
      [](Tx& tx) -> Result<int> {
        LINLI_TRY(add(tx, "kept"));
        return 1;
      },
      {.rows = 5});
  auto refused = writer.write([](Tx& tx) -> Result<int> {
    LINLI_TRY(add(tx, "refused"));
    return 1;
  });
  std::this_thread::sleep_for(5ms);
  gate.release();
  EXPECT_EQ(refused.get().error().code, Errc::overloaded);
  EXPECT_EQ(late.get().error().code, Errc::too_late);
  EXPECT_TRUE(kept.get());
  EXPECT_EQ(count(), 1);
}

TEST_P(WriterTest, StopFinishesWhatWasTaken) {
  std::atomic<int> done{0};
  {
    Writer writer(connect(), {});
    Gate gate;
    gate.hold(writer);
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(writer.submit([i](Tx& tx) { return add(tx, std::to_string(i)); },
                                [&](Result<void> r) { done += r.has_value(); }));
    std::jthread releaser([&] {
      std::this_thread::sleep_for(10ms);
      gate.release();
    });
    writer.stop();
    EXPECT_EQ(writer.submit([](Tx&) { return Result<void>(); }, {}).error().code, Errc::shutting_down);
  }
  EXPECT_EQ(done, 100);
  EXPECT_EQ(count(), 100);
}

TEST_P(WriterTest, ManyThreadsManyWorks) {
  std::atomic<int> done{0};
  {
    Writer writer(connect(), {.max_waiting = 50});
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 250; ++i) {
          const std::string name = std::to_string(t) + "-" + std::to_string(i);
          while (
              !writer.submit([name](Tx& tx) { return add(tx, name); }, [&](Result<void> r) { done += r.has_value(); }))
            std::this_thread::sleep_for(1ms);
        }
      });
    threads.clear();
  }
  EXPECT_EQ(done, 1000);
  EXPECT_EQ(count(), 1000);
}

TEST_P(WriterTest, AWorkThatThrowsIsAnInternalError) {
  std::string lines;
  log::capture(&lines);
  {
    Writer writer(connect(), {});
    auto threw = writer.write([](Tx& tx) -> Result<int> {
      LINLI_TRY(add(tx, "a"));
      throw std::runtime_error("bug");
    });
    EXPECT_EQ(threw.get().error().code, Errc::internal);
  }
  log::capture(nullptr);
  EXPECT_NE(lines.find("store.work_threw"), lines.npos);
  EXPECT_EQ(count(), 0);
}

TEST_P(WriterTest, ReadersReadAndEnd) {
  Writer writer(connect(), {});
  ASSERT_TRUE(writer
                  .write([](Tx& tx) -> Result<int> {
                    LINLI_TRY(add(tx, "a"));
                    return 1;
                  })
                  .get());
  Readers readers(database(), 2);
  const auto count_of = [](Tx& tx) -> Result<int> {
    return tx.value<int>("SELECT count(*) FROM cursors")->value_or(-1);
  };
  std::vector<std::future<Result<int>>> answers;
  for (int i = 0; i < 50; ++i) answers.push_back(readers.read(count_of));
  for (auto& answer : answers) EXPECT_EQ(answer.get().value(), 1);
  EXPECT_EQ(readers.read(count_of, Deadline::passed_already()).get().error().code, Errc::too_late);
  readers.stop();
  EXPECT_EQ(readers.read(count_of).get().error().code, Errc::shutting_down);
}
ON_EACH_DATABASE(WriterTest);

TEST(Writer, MovesTheLogBesideTheCommits) {
  TemporaryFolder folder;
  const Database database = Database::sqlite(folder.path() / "linli.db");
  auto connection = database.connect(Access::write);
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->script("CREATE TABLE much (id INTEGER PRIMARY KEY, text TEXT)"));
  {
    Writer writer(std::move(*connection), {.checkpoints = database});
    const std::string text(900, 'x');
    // 160 MB of log in all: it begins anew and does not grow to that.
    for (int i = 0; i < 160; ++i)
      ASSERT_TRUE(writer
                      .write([&](Tx& tx) -> Result<bool> {
                        for (int k = 0; k < 1'000; ++k)
                          LINLI_TRY(tx.run("INSERT INTO much (text) VALUES ($1)", {text}));
                        return true;
                      })
                      .get());
    EXPECT_LT(std::filesystem::file_size(folder.path() / "linli.db-wal"), 120u << 20);
    EXPECT_GT(std::filesystem::file_size(folder.path() / "linli.db"), 60u << 20) << "while the writer still runs";
  }
  auto again = database.connect(Access::read);
  EXPECT_EQ(again->begin(Access::read)->value<int>("SELECT count(*) FROM much"), 160'000);
}

TEST(Writer, OnPostgresALostConnectionIsMadeAnew) {
  auto* server = PostgresForTests::instance();
  if (!server) GTEST_SKIP() << "PostgreSQL 15 is missing";
  const Database database = Database::postgres(server->fresh_url());
  auto connection = database.connect(Access::write);
  ASSERT_TRUE(connection->script("CREATE TABLE t (x BIGINT)"));
  Writer writer(std::move(*connection), {});
  const auto add = [](Tx& tx) -> Result<std::int64_t> { return tx.run("INSERT INTO t VALUES (1)"); };
  ASSERT_TRUE(writer.write(add).get());
  ASSERT_TRUE(server->restart());
  const auto after = writer.write(add).get();
  ASSERT_TRUE(after) << for_terminal(after.error(), Language::en);
  EXPECT_EQ(writer.write([](Tx& tx) -> Result<int> { return tx.value<int>("SELECT count(*) FROM t")->value_or(-1); })
                .get()
                .value(),
            2);
}

TEST(Writer, OnAFullDiskRefusesAndRecovers) {
  TemporaryFolder folder;
  const Database database = Database::sqlite(folder.path() / "x.db");
  auto connection = database.connect(Access::write);
  ASSERT_TRUE(connection->script("CREATE TABLE t (x BLOB); PRAGMA max_page_count = 50"));
  std::string lines;
  log::capture(&lines);
  {
    Writer writer(std::move(*connection), {.gather = 10s});
    const auto add = [](std::size_t size) {
      return [size](Tx& tx) -> Result<std::int64_t> {
        return tx.run("INSERT INTO t VALUES ($1)", {Blob{std::string(size, 'x')}});
      };
    };
    EXPECT_TRUE(writer.write(add(10)).get());
    // SQLite then rolls back all of the transaction: the neighbours are told the same.
    std::promise<void> held, open;
    ASSERT_TRUE(writer.between([&](Connection&) {
      held.set_value();
      open.get_future().wait();
    }));
    held.get_future().wait();
    auto before = writer.write(add(10)), full = writer.write(add(1'000'000)), after = writer.write(add(10));
    open.set_value();
    for (auto* answer : {&before, &full, &after}) EXPECT_EQ(answer->get().error().code, Errc::disk_full);
    EXPECT_TRUE(writer.write(add(10)).get());
  }
  log::capture(nullptr);
  EXPECT_NE(lines.find(R"("event":"store.write_failed","code":"disk_full")"), lines.npos) << lines;
}

}  // namespace
}  // namespace linli
