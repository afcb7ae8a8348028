#include "people/users.h"

#include <future>

#include "people/device.h"
#include "people/second_factor.h"
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

TEST_P(UsersTest, SessionsAreListedSeenAndEndedOneByOne) {
  with_user([&](Tx& tx) {
    ASSERT_TRUE(users::add(tx, {UserId{6}, "agent", "李禾", "", std::nullopt}, now));
    const auto one = sessions::open(tx, UserId{5}, true, now, {"192.0.2.1", "Edge, Windows"});
    const auto two = sessions::open(tx, UserId{5}, false, now + 1min, {"192.0.2.2", "WeChat, Android"});
    const auto other = sessions::open(tx, UserId{6}, false, now);
    ASSERT_TRUE(one && two && other);
    auto list = sessions::list(tx, UserId{5}, now + 2min);
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 2u);
    EXPECT_EQ((*list)[0].place.device, "WeChat, Android");
    EXPECT_EQ((*list)[1].place.address, "192.0.2.1");
    const SessionId first = (*list)[1].id, second = (*list)[0].id;
    ASSERT_TRUE(sessions::seen(tx, first, now + 10min));
    EXPECT_EQ((*sessions::list(tx, UserId{5}, now + 10min))[0].id, first);
    EXPECT_EQ((*sessions::find(tx, one->session, now + 10min, Day{}))->last_seen_at, now + 10min);
    ASSERT_TRUE(sessions::link_served(tx, first));
    EXPECT_FALSE((*sessions::find(tx, one->session, now, Day{}))->by_link);

    EXPECT_FALSE(*sessions::close(tx, UserId{6}, first));  // somebody else's
    EXPECT_TRUE(*sessions::close(tx, UserId{5}, first));
    EXPECT_FALSE(*sessions::close(tx, UserId{5}, first));
    EXPECT_FALSE(*sessions::find(tx, one->session, now, Day{}));
    EXPECT_EQ((*sessions::list(tx, UserId{5}, now + 10min))[0].id, second);
    EXPECT_TRUE((*sessions::list(tx, UserId{5}, now + sessions::kLifetime + 1min)).empty());
    EXPECT_TRUE(*sessions::find(tx, other->session, now, Day{}));
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

TEST_P(UsersTest, ANewPasswordAndTheEndOfAnAccountCloseEveryWayIn) {
  with_user([&](Tx& tx) {
    const auto open = [&] {
      return std::pair(sessions::make_link(tx, user.id, now).value(),
                       pending_sign_ins::open(tx, user.id, false, now).value());
    };
    const auto expect_closed = [&](const auto& ways) {
      EXPECT_EQ(sessions::use_link(tx, ways.first, now).error().code, Errc::link_used);
      EXPECT_FALSE(*pending_sign_ins::take_try(tx, ways.second, now));
    };
    const auto before = open();
    ASSERT_TRUE(users::set_password(tx, user.id, "hash"));
    expect_closed(before);
    const auto later = open();
    const auto disabled = users::change(tx, Sealer::for_test(), user, {.disabled = true}, 1, Day{}, now);
    ASSERT_TRUE(disabled);
    const auto enabled = users::change(tx, Sealer::for_test(), *disabled, {.disabled = false}, 2, Day{}, now);
    ASSERT_TRUE(enabled);
    expect_closed(later);
  });
}

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
  EXPECT_EQ(check_password_rules(std::string(300, 'x')).error().code, Errc::too_long);
  const char* easy[] = {
      "aaaaaaaaaaaa",         "1234567890",   "0987654321",   "12345678901234567890", "qwertyuiop",
      "QWERTYUIOP123",        "asdfghjkl;'",  "abcdefghijkl", "password12",           "Password2026!",
      "P@ssw0rd123",          "admin123456",  "Admin@2026!",  "woaini1314520",        "woaini5201314",
      "iloveyou2024",         "88888888888",  "abababababab", "abc123abc123",         "1q2w3e4r5t",
      "1qaz2wsx3edc",         "wanglan2026",  "WangLan1990!", "wanglanwanglan",       "linli123456",
      "我爱你我爱你我爱你我", "王岚19901123", "20261128201",  "13800138000",          "510107199011230018",
      "!@#$%^&*()",           "zhangwei123",  "aaaabbbbcccc", "11112222333",          "letmein12345"};
  for (const char* password : easy) {
    const auto fits = check_password_rules(password, "wanglan", "王岚");
    EXPECT_TRUE(!fits && fits.error().code == Errc::password_too_easy) << password;
  }
  const char* good[] = {"十个汉字也够长的密码",      "the seventh old willow", "correct horse battery",
                        "荷塘边的第七棵老柳树",      "k7#mPq2$vX9w",           "mothers-teapot-42",
                        "wanglan likes jasmine tea", "Tr0ub4dor&3x",           "9f3a61c07be2"};
  for (const char* password : good) EXPECT_TRUE(check_password_rules(password, "wanglan", "王岚")) << password;
}

TEST(Device, IsSaidInAFewWords) {
  const struct {
    const char *agent, *words;
  } rows[] = {
      {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
       "Safari/537.36 "
       "Edg/126.0.0.0",
       "Edge, Windows"},
      {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Linux"},
      {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
       "Safari/605.1.15",
       "Safari, Mac"},
      {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
       "MicroMessenger/8.0.50(0x1800323d) NetType/WIFI Language/zh_CN",
       "WeChat, iPhone"},
      {"Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 "
       "wxwork/4.1.30 MicroMessenger/7.0.1 Language/zh",
       "WeCom, Android"},
      {"curl/8.5.0", "curl"},
      {"", ""},
      {"<script>alert(1)</script>", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(device_of(row.agent), row.words) << row.agent;
}

}  // namespace
}  // namespace linli
