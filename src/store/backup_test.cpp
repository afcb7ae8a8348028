#include "store/backup.h"

#include <fcntl.h>

#include <atomic>
#include <thread>

#include "store/blobs.h"
#include "store/databases_for_tests.h"
#include "store/outbox.h"
#include "store/sealing.h"
#include "store/writer.h"

namespace linli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class BackupTest : public EachDatabase {
 protected:
  Database elsewhere(const fs::path& data) const {
    return GetParam() == Engine::sqlite ? Database::sqlite(data / "linli.db")
                                        : Database::postgres(PostgresForTests::instance()->fresh_url());
  }
  const Sealer sealer = Sealer::for_test();
};

TEST_P(BackupTest, WhatWasAcknowledgedBeforeItBeganIsThere) {
  Writer writer(connect(), {});
  Outbox outbox(writer);
  auto blobs = Blobs::open(folder() / "blobs", sealer);
  std::atomic<int> acknowledged{0};
  std::atomic<bool> enough{false};
  // Intake: a message, its picture and an event, one after another, until the backup is made.
  std::jthread intake([&] {
    for (int i = 0; !enough; ++i) {
      const auto picture = blobs->put("picture " + std::to_string(i));
      auto written = writer.write([&](Tx& tx) -> Result<int> {
        LINLI_TRY(tx.run("INSERT INTO message_keys (channel_id, external_id, message_id) VALUES (1, $1, $2)",
                         {std::to_string(i), i}));
        LINLI_TRY(
            tx.run("INSERT INTO attachments (id, message_id, position, name, media_type, size, blob) VALUES ($1, $1, "
                   "0, $2, '', 1, $3)",
                   {i, Blob{"sealed"}, blob(*picture)}));
        LINLI_TRY(Outbox::append(tx, {0, "message", i, "", "", {}, ""}));
        return i;
      });
      if (written.get()) ++acknowledged;
    }
  });
  while (acknowledged < 50) std::this_thread::sleep_for(1ms);

  const int before = acknowledged;
  const auto made = make_backup(database(), folder() / "blobs", folder() / "backup");
  enough = true;
  intake.join();
  ASSERT_TRUE(made) << for_terminal(made.error(), Language::en);
  EXPECT_EQ(made->schema, newest_schema());

  const fs::path data = folder() / "restored";
  const Database restored = elsewhere(data);
  EXPECT_EQ(backup_engine(folder() / "backup").value(), GetParam());
  const auto done = restore_backup(folder() / "backup", data, restored);
  ASSERT_TRUE(done) << for_terminal(done.error(), Language::en);
  EXPECT_EQ(done->files, made->files);

  auto connection = restored.connect(Access::write);
  const auto same = Blobs::open(data / "blobs", sealer);
  in_transaction(*connection, [&](Tx& tx) {
    const int count = **tx.value<int>("SELECT count(*) FROM message_keys");
    EXPECT_GE(count, before);
    EXPECT_EQ(**tx.value<int>("SELECT count(*) FROM attachments"), count) << "one state of all tables";
    EXPECT_EQ(**tx.value<int>("SELECT count(*) FROM outbox"), count);
    EXPECT_TRUE(tx.each("SELECT message_id, blob FROM attachments", {}, [&](const Row& row) {
      EXPECT_EQ(same->get(*to_digest(row.bytes(1))).value(), "picture " + std::to_string(row.get<int>(0)));
    }));
  });
  // It goes on from there: a new event comes after the restored ones.
  Writer next(std::move(*connection), {});
  Outbox next_outbox(next);
  ASSERT_TRUE(next.write([](Tx& tx) -> Result<int> {
                    LINLI_TRY(Outbox::append(tx, {0, "new", 1, "", "", {}, ""}));
                    return 1;
                  })
                  .get());
  auto reader = restored.connect(Access::read);
  auto tx = reader->begin(Access::read);
  const auto events = Outbox::after(*tx, 0, 100'000).value();
  EXPECT_EQ(events.back().kind, "new");
}

TEST_P(BackupTest, ADamagedOrForeignBackupIsRefusedBeforeAnythingIsWritten) {
  {
    Connection connection = connect();
    in_transaction(connection,
                   [](Tx& tx) { ASSERT_TRUE(tx.run("INSERT INTO cursors (name, position) VALUES ('a', 1)")); });
  }
  const fs::path backup = folder() / "backup", data = folder() / "restored";
  ASSERT_TRUE(make_backup(database(), folder() / "blobs", backup));
  EXPECT_EQ(make_backup(database(), folder() / "blobs", backup).error().code, Errc::folder_not_empty);
  const auto restore = [&] { return restore_backup(backup, data, elsewhere(data)); };

  const fs::path file = backup / (GetParam() == Engine::sqlite ? "linli.db" : "tables/cursors");
  const auto text = [](const fs::path& p) {
    std::ifstream in(p, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), {});
  };
  const std::string good = text(file);
  {
    std::string bad = good;
    bad[bad.size() / 2] ^= 1;
    std::ofstream(file, std::ios::binary) << bad;
  }
  const auto damaged = restore();
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Errc::backup_broken);
  EXPECT_EQ(damaged.error().where.place, file.string());
  EXPECT_FALSE(fs::exists(data));
  std::ofstream(file, std::ios::binary) << good;

  const std::string manifest = text(backup / "manifest.json");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = manifest;
    changed.replace(changed.find(from), from.size(), to);
    std::ofstream(backup / "manifest.json") << changed;
  };
  with("\"schema\":", "\"schema\":9");
  EXPECT_EQ(restore().error().code, Errc::schema_too_new);
  with("\"path\":\"", "\"path\":\"../");
  EXPECT_EQ(restore().error().code, Errc::backup_broken);
  with("{", "");
  EXPECT_EQ(restore().error().code, Errc::backup_broken);
  EXPECT_FALSE(fs::exists(data));

  std::ofstream(backup / "manifest.json") << manifest;
  fs::create_directories(data);
  { std::ofstream(data / "something") << "x"; }
  EXPECT_EQ(restore().error().code, Errc::folder_not_empty);
  fs::remove(data / "something");
  EXPECT_TRUE(restore());
}
ON_EACH_DATABASE(BackupTest);

TEST(Backup, NeedsAManifest) {
  TemporaryFolder empty;
  EXPECT_EQ(backup_engine(empty.path()).error().code, Errc::backup_broken);
}

}  // namespace
}  // namespace linli
