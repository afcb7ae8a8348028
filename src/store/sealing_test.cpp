#include "store/sealing.h"

#include <sys/stat.h>

#include <set>
#include <thread>

#include "store/databases_for_tests.h"

namespace linli {
namespace {

TEST(Sealer, OpensWhatItSealedInItsPlaceOnly) {
  const Sealer sealer = Sealer::for_test();
  for (const std::string& plain :
       {std::string(), std::string("3-2-1502李姐"), std::string("\0\xff", 2), std::string(100'000, 'x')}) {
    const std::string sealed = sealer.seal("messages.body", plain);
    EXPECT_EQ(sealed.size(), plain.size() + Sealer::overhead);
    EXPECT_EQ(sealer.open("messages.body", sealed).value(), plain);
    EXPECT_EQ(sealer.open("leads.content", sealed).error().code, Errc::sealed_broken);
  }
  const std::string sealed = sealer.seal("a.b", "漏水");
  EXPECT_EQ(sealed.find("漏水"), sealed.npos);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] ^= 1;
    EXPECT_FALSE(sealer.open("a.b", changed)) << i;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, Sealer::overhead - 1, sealed.size() - 1})
    EXPECT_EQ(sealer.open("a.b", sealed.substr(0, size)).error().code, Errc::sealed_broken);
  EXPECT_EQ(Sealer::for_test(2).open("a.b", sealed).error().code, Errc::sealed_broken);
}

TEST(Sealer, NeverUsesANonceTwice) {
  const Sealer sealer = Sealer::for_test();
  std::vector<std::vector<std::string>> nonces(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : nonces)
      threads.emplace_back([&] {
        for (int i = 0; i < 2000; ++i) mine.push_back(sealer.seal("a.b", "x").substr(1, 24));
      });
  }
  std::set<std::string> all;
  for (const auto& mine : nonces) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 8000u);
}

TEST(Sealer, DigestsAreEqualForEqualsOnly) {
  const Sealer one = Sealer::for_test(1), same = Sealer::for_test(1), other = Sealer::for_test(2);
  EXPECT_EQ(one.digest("messages.sender", "u1"), same.digest("messages.sender", "u1"));
  EXPECT_NE(one.digest("messages.sender", "u1"), one.digest("messages.sender", "u2"));
  EXPECT_NE(one.digest("messages.sender", "u1"), one.digest("x", "u1"));
  EXPECT_NE(one.digest("ab", "c"), one.digest("a", "bc"));
  EXPECT_NE(one.digest("messages.sender", "u1"), other.digest("messages.sender", "u1"));
  EXPECT_EQ(one.hash("a", "b"), same.hash("a", "b"));
}

TEST(Sealer, KeyFileIsMadeOnceAndReadAgain) {
  TemporaryFolder folder;
  const auto file = folder.path() / "keys" / "linli.key";
  EXPECT_EQ(Sealer::from_file(file, Sealer::WhenMissing::refuse).error().code, Errc::key_missing);
  const auto made = Sealer::from_file(file, Sealer::WhenMissing::create);
  ASSERT_TRUE(made) << for_terminal(made.error(), Language::en);
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const std::string sealed = made->seal("a.b", "x");
  const auto again = Sealer::from_file(file, Sealer::WhenMissing::create);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->open("a.b", sealed).value(), "x");
  EXPECT_EQ(again->digest("a", "b"), made->digest("a", "b"));

  ::chmod(file.c_str(), 0644);
  EXPECT_EQ(Sealer::from_file(file, Sealer::WhenMissing::create).error().code, Errc::key_exposed);
  ::chmod(file.c_str(), 0600);
  for (const char* text : {"", "linli-key 2\n", "linli-key 1\n1 short\n", "linli-key 1\nx y\n"}) {
    std::ofstream(file) << text;
    EXPECT_EQ(Sealer::from_file(file, Sealer::WhenMissing::create).error().code, Errc::key_broken) << text;
  }
}

TEST(Sealer, ANewerKeyVersionSealsAndOldValuesStillOpen) {
  TemporaryFolder folder;
  const auto file = folder.path() / "linli.key";
  const auto old = Sealer::from_file(file, Sealer::WhenMissing::create);
  const std::string sealed = old->seal("a.b", "x");
  std::ofstream(file, std::ios::app) << "2 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
  const auto both = Sealer::from_file(file, Sealer::WhenMissing::refuse);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->open("a.b", sealed).value(), "x");
  const std::string newer = both->seal("a.b", "y");
  EXPECT_EQ(newer[0], 2);
  EXPECT_EQ(old->open("a.b", newer).error().code, Errc::wrong_key);
  EXPECT_EQ(both->digest("a", "b"), old->digest("a", "b"));
}

class SealerCheck : public EachDatabase {};

TEST_P(SealerCheck, AnotherKeyIsNoticedAtStart) {
  Connection connection = connect();
  in_transaction(connection, [&](Tx& tx) {
    EXPECT_FALSE(Sealer::belongs_to_a_key(tx).value());
    EXPECT_TRUE(Sealer::for_test(1).check(tx));
    EXPECT_TRUE(Sealer::belongs_to_a_key(tx).value());
  });
  in_transaction(connection, [&](Tx& tx) {
    EXPECT_TRUE(Sealer::for_test(1).check(tx));
    EXPECT_EQ(Sealer::for_test(2).check(tx).error().code, Errc::wrong_key);
  });
}
ON_EACH_DATABASE(SealerCheck);

}  // namespace
}  // namespace linli
