#include "store/database.h"

#include <cmath>

#include "store/databases_for_tests.h"

namespace linli {
namespace {

const Insert insert_cursors{"cursors", {{"name", Param::Kind::text}, {"position", Param::Kind::integer}}, 1};
const Insert insert_keys{
    "message_keys",
    {{"channel_id", Param::Kind::integer}, {"external_id", Param::Kind::text}, {"message_id", Param::Kind::integer}},
    2};

class DatabaseTest : public EachDatabase {};

TEST_P(DatabaseTest, ValuesComeBackAsTheyWentIn) {
  Connection connection = connect();
  const std::string all_bytes = [] {
    std::string out;
    for (int i = 0; i < 256; ++i) out += static_cast<char>(i);
    return out;
  }();
  in_transaction(connection, [&](Tx& tx) {
    ASSERT_TRUE(
        tx.run("INSERT INTO leads (id, opening_message_id, state, revision, decision_version, community, grid_path, "
               "group_id, group_ids, category, urgency, reply_suffices, area_wide, review, resolved, live, content, "
               "model_version, asked_at, opened_at, latest_at, answered_at, message_count, decided_by, note) "
               "VALUES ($1, $2, $3, 0, 0, $4, '', 0, '', '', 2, $5, $6, 0, 0, 1, $7, '', $8, 0, 0, $9, 0, NULL, $10)",
               {LeadId{INT64_MAX}, MessageId{-5}, "open", "锦和社区😀", true, false, Blob{all_bytes},
                from_millis(1795401130344), std::optional<Instant>{}, Blob{""}}));
    ASSERT_TRUE(tx.run("INSERT INTO lead_messages (message_id, lead_id, act, score, reasons) VALUES (1, $1, 0, $2, $3)",
                       {LeadId{INT64_MAX}, 0.1, Blob{}}));
  });
  in_transaction(connection, [&](Tx& tx) {
    bool seen = false;
    ASSERT_TRUE(
        tx.each("SELECT id, opening_message_id, state, community, reply_suffices, area_wide, content, asked_at, "
                "answered_at, note, decided_by FROM leads",
                {}, [&](const Row& row) {
                  seen = true;
                  EXPECT_EQ(row.get<LeadId>(0).value, INT64_MAX);
                  EXPECT_EQ(row.get<std::int64_t>(1), -5);
                  EXPECT_EQ(row.get<std::string>(2), "open");
                  EXPECT_EQ(row.get<std::string_view>(3), "锦和社区😀");
                  EXPECT_TRUE(row.get<bool>(4));
                  EXPECT_FALSE(row.get<bool>(5));
                  EXPECT_EQ(row.get<std::string>(6), all_bytes);
                  EXPECT_EQ(to_millis(row.get<Instant>(7)), 1795401130344);
                  EXPECT_FALSE(row.get<std::optional<Instant>>(8));
                  EXPECT_FALSE(row.is_null(9)) << "an empty value is not null";
                  EXPECT_TRUE(row.bytes(9).empty());
                  EXPECT_FALSE(row.get<std::optional<UserId>>(10));
                  EXPECT_EQ(row.get<UserId>(10), UserId{});
                }));
    EXPECT_TRUE(seen);
    EXPECT_EQ(**tx.value<double>("SELECT score FROM lead_messages"), 0.1);
    EXPECT_EQ(**tx.value<std::int64_t>("SELECT count(*) FROM leads WHERE live = $1", {true}), 1);
    EXPECT_EQ(**tx.value<int>("SELECT sum(urgency) FROM leads"), 2);
    EXPECT_EQ(**tx.value<double>("SELECT sum(score) * 10 FROM lead_messages"), 1.0);
    EXPECT_FALSE(*tx.value<int>("SELECT id FROM leads WHERE state = $1", {"merged"}));
    EXPECT_EQ(**tx.value<std::string>("SELECT CAST($1 AS TEXT)", {"x"}), "x");
  });
}

TEST_P(DatabaseTest, ParametersAreNumberedByNameAndMayRepeat) {
  Connection connection = connect();
  in_transaction(connection, [&](Tx& tx) {
    EXPECT_EQ(*tx.run("INSERT INTO cursors (position, name) VALUES ($2, $1)", {"a", 7}), 1);
    EXPECT_EQ(**tx.value<int>("SELECT count(*) FROM cursors WHERE name = $1 AND name <> $2 OR name = $1 LIMIT $3",
                              {"a", "b", 10}),
              1);
    EXPECT_EQ(*tx.run("UPDATE cursors SET position = position + 1"), 1);
    EXPECT_EQ(*tx.run("DELETE FROM cursors WHERE name = $1", {"none"}), 0);
    EXPECT_EQ(**tx.value<int>("INSERT INTO cursors (name, position) VALUES ($1, 1) RETURNING position", {"b"}), 1);
  });
}

TEST_P(DatabaseTest, WithoutCommitNothingStays) {
  Connection connection = connect();
  {
    auto tx = connection.begin();
    ASSERT_TRUE(tx->run("INSERT INTO cursors (name, position) VALUES ('a', 1)"));
  }
  in_transaction(connection, [&](Tx& tx) { EXPECT_EQ(**tx.value<int>("SELECT count(*) FROM cursors"), 0); });
}

TEST_P(DatabaseTest, AnErrorEndsTheTransactionUnlessASavepointCatchesIt) {
  Connection connection = connect();
  in_transaction(connection, [&](Tx& tx) {
    ASSERT_TRUE(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'file', 0)"));
    {
      auto savepoint = Savepoint::make(tx);
      ASSERT_TRUE(savepoint);
      ASSERT_TRUE(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (2, 'b', 'file', 0)"));
      const auto again = tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (3, 'a', 'file', 0)");
      ASSERT_FALSE(again);
      EXPECT_EQ(again.error().code, Errc::duplicate);
      EXPECT_NE(again.error().where.field.find("name"), std::string::npos) << again.error().where.field;
      EXPECT_FALSE(savepoint->keep());
    }
    {
      auto outer = Savepoint::make(tx);
      ASSERT_TRUE(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (4, 'd', 'file', 0)"));
      {
        auto inner = Savepoint::make(tx);
        ASSERT_TRUE(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (5, 'e', 'file', 0)"));
      }
      ASSERT_TRUE(outer->keep());
    }
  });
  auto tx = connection.begin();
  EXPECT_EQ(**tx->value<int>("SELECT sum(id) FROM channels"), 5);
  EXPECT_EQ(tx->run("INSERT INTO channels (id, name, kind, created_at) VALUES (4, 'x', 'file', 0)").error().code,
            Errc::duplicate);
  EXPECT_FALSE(tx->run("DELETE FROM channels"));
  EXPECT_FALSE(tx->commit());
  in_transaction(connection, [&](Tx& after) { EXPECT_EQ(**after.value<int>("SELECT sum(id) FROM channels"), 5); });
}

TEST_P(DatabaseTest, WrongStatementsAndReferencesAreFailures) {
  Connection connection = connect();
  const auto code = [&](std::string_view sql, Params params = {}) {
    return connection.begin()->run(sql, params).error().code;
  };
  EXPECT_EQ(code("SELEC 1"), Errc::database_failed);
  EXPECT_EQ(code("UPDATE nowhere SET x = 1"), Errc::database_failed);
  EXPECT_EQ(code("DELETE FROM cursors WHERE name = $1"), Errc::database_failed);
  EXPECT_EQ(
      code(
          "INSERT INTO lead_history (lead_id, revision, at, model_version, kind, detail) VALUES (99, 1, 0, '', '', $1)",
          {Blob{}}),
      Errc::database_failed);
  EXPECT_EQ(code("INSERT INTO cursors (name, position) VALUES ('a', NULL)"), Errc::database_failed);
}

TEST_P(DatabaseTest, ReadingConnectionsDoNotWrite) {
  Connection connection = connect(Access::read);
  auto tx = connection.begin(Access::read);
  ASSERT_TRUE(tx);
  const auto written = tx->run("INSERT INTO cursors (name, position) VALUES ('a', 1)");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::database_read_only);
}

TEST_P(DatabaseTest, AReaderSeesOneState) {
  Connection writer = connect(), reader = connect(Access::read);
  auto tx = reader.begin(Access::read);
  EXPECT_EQ(**tx->value<int>("SELECT count(*) FROM cursors"), 0);
  in_transaction(writer, [&](Tx& w) { ASSERT_TRUE(w.run("INSERT INTO cursors (name, position) VALUES ('a', 1)")); });
  EXPECT_EQ(**tx->value<int>("SELECT count(*) FROM cursors"), 0);
  tx->rollback();
  EXPECT_EQ(**reader.begin(Access::read)->value<int>("SELECT count(*) FROM cursors"), 1);
}

TEST_P(DatabaseTest, ManyRowsTellWhichWentIn) {
  Connection connection = connect();
  in_transaction(connection, [&](Tx& tx) {
    const std::vector<Param> first = {1, "a", 10, 1, "b", 11, 1, "a", 12, 2, "a", 13};
    EXPECT_EQ(*tx.insert(insert_keys, first), (std::vector<bool>{true, true, false, true}));
    const std::vector<Param> second = {1, "c", 20, 1, "b", 21, 1, "", 22};
    EXPECT_EQ(*tx.insert(insert_keys, second), (std::vector<bool>{true, false, true}));
    EXPECT_EQ(*tx.insert(insert_keys, second), (std::vector<bool>{false, false, false}));
    EXPECT_TRUE(tx.insert(insert_keys, {})->empty());
    EXPECT_EQ(**tx.value<int>("SELECT message_id FROM message_keys WHERE channel_id = 1 AND external_id = 'a'"), 10);
    EXPECT_EQ(**tx.value<int>("SELECT count(*) FROM message_keys"), 5);
  });
}

TEST_P(DatabaseTest, ManyRowsWithNullsTextsAndBytes) {
  static const Insert insert_attachments{"attachments",
                                         {{"id", Param::Kind::integer},
                                          {"message_id", Param::Kind::integer},
                                          {"position", Param::Kind::integer},
                                          {"name", Param::Kind::blob},
                                          {"media_type", Param::Kind::text},
                                          {"size", Param::Kind::integer},
                                          {"blob", Param::Kind::blob}},
                                         1};
  static const Insert insert_scores{"lead_messages",
                                    {{"message_id", Param::Kind::integer},
                                     {"lead_id", Param::Kind::integer},
                                     {"act", Param::Kind::integer},
                                     {"score", Param::Kind::real},
                                     {"reasons", Param::Kind::blob}},
                                    0};
  Connection connection = connect();
  const std::string zero("\0\xff", 2);
  in_transaction(connection, [&](Tx& tx) {
    const std::vector<Param> rows = {1, 1, 0, Blob{zero}, "图片/jpeg", 5, nullptr,
                                     2, 1, 1, Blob{""},   "",          6, Blob{zero}};
    ASSERT_TRUE(tx.insert(insert_attachments, rows));
    EXPECT_EQ(**tx.value<std::string>("SELECT name FROM attachments WHERE blob IS NULL"), zero);
    EXPECT_EQ(**tx.value<std::string>("SELECT media_type FROM attachments WHERE id = 1"), "图片/jpeg");
    EXPECT_EQ(**tx.value<int>("SELECT id FROM attachments WHERE blob = $1", {Blob{zero}}), 2);
    ASSERT_TRUE(
        tx.run("INSERT INTO leads (id, opening_message_id, state, revision, decision_version, community, grid_path, "
               "group_id, group_ids, category, urgency, reply_suffices, area_wide, review, resolved, live, content, "
               "model_version, asked_at, opened_at, latest_at, message_count) "
               "VALUES (1, 1, 'open', 0, 0, '', '', 0, '', '', 2, 0, 0, 0, 0, 1, $1, '', 0, 0, 0, 0)",
               {Blob{}}));
    const std::vector<Param> scores = {1, 1, 0, 0.25, Blob{}, 2, 1, 0, -1e300, Blob{}};
    ASSERT_TRUE(tx.insert(insert_scores, scores));
    EXPECT_EQ(**tx.value<double>("SELECT score FROM lead_messages WHERE message_id = 2"), -1e300);
  });
  const std::vector<Param> again = {1, 1, 0, 0.25, Blob{}};
  EXPECT_EQ(connection.begin()->insert(insert_scores, again).error().code, Errc::duplicate);
}

TEST_P(DatabaseTest, NulInATextIsRefusedOrKeptButNeverCut) {
  Connection connection = connect();
  auto tx = connection.begin();
  const std::string text("a\0b", 3);
  if (tx->run("INSERT INTO cursors (name, position) VALUES ($1, 1)", {text})) {
    EXPECT_EQ(**tx->value<std::string>("SELECT name FROM cursors"), text);
  }
}
ON_EACH_DATABASE(DatabaseTest);

TEST(Sqlite, WaitsForAnotherWriterAndSaysSo) {
  TemporaryFolder folder;
  const Database database = Database::sqlite(folder.path() / "x.db");
  auto one = database.connect(Access::write), two = database.connect(Access::write);
  ASSERT_TRUE(one && two);
  ASSERT_TRUE(two->script("PRAGMA busy_timeout = 20"));
  auto holding = one->begin();
  ASSERT_TRUE(holding);
  const auto waiting = two->begin();
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().code, Errc::database_busy);
}

TEST(Sqlite, FileIsOursAlone) {
  TemporaryFolder folder;
  const Database database = Database::sqlite(folder.path() / "x.db");
  auto connection = database.connect(Access::write);
  ASSERT_TRUE(connection->script("CREATE TABLE t (x INTEGER)"));
  for (const char* name : {"x.db", "x.db-wal"})
    EXPECT_EQ(std::filesystem::status(folder.path() / name).permissions() & std::filesystem::perms::all,
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << name;
}

TEST(Sqlite, AFullDiskIsAnErrorAndNothingIsLost) {
  TemporaryFolder folder;
  const Database database = Database::sqlite(folder.path() / "x.db");
  auto connection = database.connect(Access::write);
  ASSERT_TRUE(connection->script("CREATE TABLE t (x BLOB); INSERT INTO t VALUES (x'00'); PRAGMA max_page_count = 50"));
  const std::string big(1'000'000, 'x');
  {
    auto tx = connection->begin();
    const auto full = tx->run("INSERT INTO t VALUES ($1)", {Blob{big}});
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, Errc::disk_full);
    EXPECT_FALSE(tx->commit());
  }
  auto tx = connection->begin();
  ASSERT_TRUE(tx) << "the connection goes on";
  EXPECT_EQ(**tx->value<int>("SELECT count(*) FROM t"), 1);
  EXPECT_TRUE(tx->run("INSERT INTO t VALUES ($1)", {Blob{"y"}}));
  EXPECT_TRUE(tx->commit());
}

TEST(Sqlite, ADamagedFileIsNoticed) {
  TemporaryFolder folder;
  const auto file = folder.path() / "x.db";
  { std::ofstream(file) << std::string(10'000, 'x'); }
  const auto connection = Database::sqlite(file).connect(Access::write);
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, Errc::database_failed);
}

TEST(Postgres, ComesBackAfterTheServerDid) {
  auto* server = PostgresForTests::instance();
  if (!server) GTEST_SKIP() << "PostgreSQL 15 is missing";
  const Database database = Database::postgres(server->fresh_url());
  auto connection = database.connect(Access::write);
  ASSERT_TRUE(connection->script("CREATE TABLE t (x BIGINT)"));
  {
    auto tx = connection->begin();
    ASSERT_TRUE(tx->run("INSERT INTO t VALUES ($1)", {1}));
    ASSERT_TRUE(tx->commit());
  }
  auto tx = connection->begin();
  ASSERT_TRUE(tx->run("INSERT INTO t VALUES ($1)", {2}));
  ASSERT_TRUE(server->restart());
  const auto lost = tx->run("INSERT INTO t VALUES ($1)", {3});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Errc::database_unreachable) << for_terminal(lost.error(), Language::en);
  EXPECT_FALSE(tx->commit());
  auto again = connection->begin();
  ASSERT_TRUE(again) << for_terminal(again.error(), Language::en);
  EXPECT_EQ(**again->value<int>("SELECT sum(x) FROM t"), 1);
}

TEST(Postgres, UnreachableIsSaid) {
  TemporaryFolder folder;
  const auto connection = Database::postgres("postgresql:///x?host=" + folder.path().string()).connect(Access::write);
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, Errc::database_unreachable);
}

TEST(DatabaseSetting, ChoosesTheEngineAndHidesPasswords) {
  EXPECT_EQ(Database::from_setting("", "/data")->file(), "/data/linli.db");
  EXPECT_EQ(Database::from_setting("postgresql://u:secret@h/d", "/data")->engine(), Engine::postgres);
  const auto wrong = Database::from_setting("mysql://u:secret@h/d", "/data");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(for_terminal(wrong.error(), Language::en).find("secret"), std::string::npos);
}

}  // namespace
}  // namespace linli
