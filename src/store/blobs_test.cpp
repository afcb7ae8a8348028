#include "store/blobs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "store/databases_for_tests.h"

namespace linli {
namespace {

class BlobsTest : public EachDatabase {
 protected:
  const Sealer sealer = Sealer::for_test();
  std::filesystem::path only_file(const Blobs& blobs) {
    std::filesystem::path found;
    EXPECT_TRUE(blobs.each([&](const std::filesystem::path& file) {
      found = file;
      return Result<void>();
    }));
    return blobs.folder() / found;
  }
};

TEST_P(BlobsTest, KeepsOnceEncryptedAndGivesBack) {
  auto blobs = Blobs::open(folder() / "blobs", sealer);
  ASSERT_TRUE(blobs);
  const std::string picture = "\xff\xd8 picture" + std::string(10'000, 'p');
  const auto digest = blobs->put(picture);
  ASSERT_TRUE(digest);
  EXPECT_EQ(blobs->put(picture).value(), *digest);
  EXPECT_NE(blobs->put(picture + "x").value(), *digest);
  EXPECT_EQ(blobs->get(*digest).value(), picture);
  int files = 0;
  EXPECT_TRUE(blobs->each([&](const std::filesystem::path& file) {
    ++files;
    std::ifstream in(blobs->folder() / file, std::ios::binary);
    const std::string stored((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(stored.find("picture"), stored.npos);
    return Result<void>();
  }));
  EXPECT_EQ(files, 2);
  EXPECT_EQ(blobs->get(Digest{}).error().code, Errc::blob_missing);
  EXPECT_EQ(to_digest(blob(*digest).bytes), *digest);
}

TEST_P(BlobsTest, DamageIsNoticed) {
  auto blobs = Blobs::open(folder() / "blobs", sealer);
  const auto digest = blobs->put("x");
  { std::ofstream(only_file(*blobs), std::ios::binary | std::ios::app) << "y"; }
  EXPECT_EQ(blobs->get(*digest).error().code, Errc::sealed_broken);
}

TEST_P(BlobsTest, SweepTakesOldOrphansOnly) {
  auto blobs = Blobs::open(folder() / "blobs", sealer);
  const auto named = blobs->put("named"), orphan = blobs->put("orphan");
  { std::ofstream(blobs->folder() / "half.new") << "half"; }
  Connection connection = connect();
  in_transaction(connection, [&](Tx& tx) {
    ASSERT_TRUE(
        tx.run("INSERT INTO attachments (id, message_id, position, name, media_type, size, blob) VALUES (1, 1, 0, $1, "
               "'', 5, $2)",
               {Blob{"sealed"}, blob(*named)}));
  });
  const Instant now = SystemClock().now();
  in_transaction(connection, [&](Tx& tx) {
    EXPECT_EQ(blobs->sweep(tx, now).value(), 0) << "a row may be on its way";
    EXPECT_EQ(blobs->sweep(tx, now + std::chrono::hours(2)).value(), 2);
  });
  EXPECT_TRUE(blobs->get(*named));
  EXPECT_EQ(blobs->get(*orphan).error().code, Errc::blob_missing);
}
ON_EACH_DATABASE(BlobsTest);

}  // namespace
}  // namespace linli
