#include "people/users.h"

#include <future>

#include "store/databases_for_tests.h"

namespace linli {
namespace {

using namespace std::chrono_literals;

class UsersTest : public EachDatabase {
 protected:
  const Instant now = from_millis(1795401130344);
  const User user{UserId{5}, "admin", "管理员", "", std::nullopt};

  // Each part in a transaction of its own, with the user there.
  template <class F>
  void with_user(F body) {
    Connection connection = connect();
    in_transaction(connection, [&](Tx& tx) { ASSERT_TRUE(users::add(tx, user, now)); });
    in_transaction(connection, body);
  }
};

TEST_P(UsersTest, AreFoundByNameAndIdAndNamesAreTakenOnce) {
  with_user([&](Tx& tx) {
    EXPECT_EQ((*users::find(tx, "admin"))->id, UserId{5});
    EXPECT_FALSE(*users::find(tx, "nobody"));
    EXPECT_FALSE((*users::find(tx, "admin"))->password_hash);
    ASSERT_TRUE(users::set_password(tx, UserId{5}, "hash"));
    EXPECT_EQ((*users::find(tx, "admin"))->password_hash, "hash");
    EXPECT_EQ(users::add(tx, {UserId{6}, "admin", "B", "", std::nullopt}, now).error().code, Errc::name_taken);
  });
}

TEST_P(UsersTest, SessionsEndByTimeByClosingAndForOthers) {
  with_user([&](Tx& tx) {
    const auto one = sessions::open(tx, UserId{5}, false, now), two = sessions::open(tx, UserId{5}, true, now);
    ASSERT_TRUE(one && two);
    EXPECT_NE(one->session, two->session);
    const auto found = sessions::find(tx, two->session, now, Day{});
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->user.name, "admin");
    EXPECT_TRUE((*found)->by_link);
    EXPECT_EQ((*found)->expires_at, now + sessions::kLifetime);
    EXPECT_FALSE(*sessions::find(tx, two->session, now + sessions::kLifetime, Day{}));
    EXPECT_FALSE(*sessions::find(tx, "forged", now, Day{}));

    EXPECT_TRUE(sessions::csrf_matches(one->session, one->csrf));
    EXPECT_FALSE(sessions::csrf_matches(one->session, two->csrf));
    EXPECT_FALSE(sessions::csrf_matches(one->session, ""));
    EXPECT_NE(one->csrf, one->session);

    ASSERT_TRUE(sessions::close_others(tx, UserId{5}, one->session));
    EXPECT_TRUE(*sessions::find(tx, one->session, now, Day{}));
    EXPECT_FALSE(*sessions::find(tx, two->session, now, Day{}));
    ASSERT_TRUE(sessions::close(tx, one->session));
    EXPECT_FALSE(*sessions::find(tx, one->session, now, Day{}));
    const auto old = sessions::open(tx, UserId{5}, false, now);
    ASSERT_TRUE(sessions::forget_expired(tx, now + sessions::kLifetime));
    EXPECT_EQ(**tx.value<int>("SELECT count(*) FROM sessions"), 0);
  });
}

TEST_P(UsersTest, TheDatabaseHoldsNoToken) {
  with_user([&](Tx& tx) {
    const auto tokens = sessions::open(tx, UserId{5}, false, now);
    const auto link = sessions::make_link(tx, UserId{5}, now);
    for (const char* sql : {"SELECT token_hash FROM sessions", "SELECT token_hash FROM sign_in_links"}) {
      const auto stored = tx.value<std::string>(sql);
      ASSERT_TRUE(stored && *stored);
      EXPECT_EQ((*stored)->size(), 32u);
      EXPECT_EQ((*stored)->find(*link), std::string::npos);
      EXPECT_EQ((*stored)->find(tokens->session), std::string::npos);
    }
  });
}

TEST_P(UsersTest, ALinkSignsInOnceAndInTime) {
  with_user([&](Tx& tx) {
    const auto link = sessions::make_link(tx, UserId{5}, now), late = sessions::make_link(tx, UserId{5}, now);
    EXPECT_EQ(sessions::use_link(tx, *link, now + 1min).value(), UserId{5});
    EXPECT_EQ(sessions::use_link(tx, *link, now + 1min).error().code, Errc::link_used);
    EXPECT_EQ(sessions::use_link(tx, *late, now + sessions::kLinkLifetime).error().code, Errc::link_used);
    EXPECT_EQ(sessions::use_link(tx, "forged", now).error().code, Errc::link_used);
  });
}
ON_EACH_DATABASE(UsersTest);

TEST(Passwords, AreHashedAndComparedOnTheirOwnThreads) {
  Passwords passwords;
  std::promise<std::string> hashed;
  ASSERT_TRUE(passwords.hash("正确的马电池订书钉", [&](std::string hash) { hashed.set_value(std::move(hash)); }));
  const std::string hash = hashed.get_future().get();
  EXPECT_TRUE(hash.starts_with("$argon2id$"));
  const auto verify = [&](const std::string& password, std::optional<std::string> against) {
    std::promise<bool> right;
    EXPECT_TRUE(passwords.verify(password, std::move(against), [&](bool r) { right.set_value(r); }));
    return right.get_future().get();
  };
  EXPECT_TRUE(verify("正确的马电池订书钉", hash));
  EXPECT_FALSE(verify("正确的马电池订书丁", hash));
  EXPECT_FALSE(verify("", std::nullopt));
  EXPECT_FALSE(verify("x", "not a hash"));
}

TEST(Passwords, HaveRules) {
  EXPECT_EQ(check_password_rules("short").error().code, Errc::password_too_short);
  EXPECT_TRUE(check_password_rules("十个汉字也够长的密码"));
  EXPECT_EQ(check_password_rules(std::string(300, 'x')).error().code, Errc::too_long);
}

}  // namespace
}  // namespace linli
