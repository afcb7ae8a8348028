#include "people/api_keys.h"

#include <boost/json/object.hpp>

#include "people/holdings.h"
#include "people/sign_on.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

using namespace std::chrono_literals;

class ApiKeysTest : public EachDatabase {
 protected:
  const Instant now = from_millis(1795401130344);
  const Sealer sealer = Sealer::for_test();
  const User admin{UserId{5}, "admin", "管理员", "", std::nullopt};
  const User agent{UserId{6}, "agent", "李禾", "", std::nullopt};

  ApiKey key(std::int64_t id, UserId owner) const {
    ApiKey k;
    k.id = ApiKeyId{id};
    k.name = "bridge";
    k.owner = owner;
    k.holder = UserId{100 + id};
    k.created_at = now;
    k.expires_at = now + 24h;
    return k;
  }
  template <class F>
  void with_users(F body) {
    Connection connection = connect();
    in_transaction(connection, [&](Tx& tx) {
      ASSERT_TRUE(users::add(tx, admin, now));
      ASSERT_TRUE(users::add(tx, agent, now));
    });
    in_transaction(connection, body);
  }
};

TEST_P(ApiKeysTest, AreFoundByTheirTokenUntilTheyExpireOrAreRevoked) {
  with_users([&](Tx& tx) {
    const auto token = api_keys::add(tx, key(1, admin.id)), other = api_keys::add(tx, key(2, agent.id));
    ASSERT_TRUE(token && other);
    EXPECT_EQ(token->size(), 6u + 43u);
    EXPECT_TRUE(token->starts_with("linli_"));
    const auto found = api_keys::find(tx, *token, now);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->id, ApiKeyId{1});
    EXPECT_EQ((*found)->owner, admin.id);
    EXPECT_EQ((*found)->holder, UserId{101});
    EXPECT_EQ((*api_keys::holder(tx, **found))->display_name, "bridge");
    for (const std::string& wrong : {std::string(), std::string("linli_"), token->substr(6), *token + "x",
                                     "LINLI_" + token->substr(6), token->substr(0, token->size() - 1)})
      EXPECT_FALSE(*api_keys::find(tx, wrong, now)) << wrong;
    EXPECT_FALSE(*api_keys::find(tx, *token, now + 24h));

    EXPECT_FALSE(*api_keys::revoke(tx, ApiKeyId{1}, agent.id, now));  // somebody else's
    EXPECT_TRUE(*api_keys::revoke(tx, ApiKeyId{1}, admin.id, now));
    EXPECT_FALSE(*api_keys::revoke(tx, ApiKeyId{1}, UserId{}, now));
    EXPECT_FALSE(*api_keys::find(tx, *token, now));
    EXPECT_TRUE(*api_keys::find(tx, *other, now));
    ASSERT_TRUE(tx.run("UPDATE users SET disabled_at = 1 WHERE id = 6"));
    EXPECT_FALSE(*api_keys::find(tx, *other, now));

    EXPECT_EQ(api_keys::list(tx, UserId{})->size(), 2u);
    EXPECT_EQ(api_keys::list(tx, agent.id)->size(), 1u);
    EXPECT_EQ((**tx.value<std::string>("SELECT token_hash FROM api_keys")).size(), 32u);
  });
}

TEST_P(ApiKeysTest, UseIsNotedNowAndThen) {
  with_users([&](Tx& tx) {
    const std::string token = api_keys::add(tx, key(1, admin.id)).value();
    ApiKey found = **api_keys::find(tx, token, now);
    EXPECT_TRUE(api_keys::should_note_use(found, now));
    ASSERT_TRUE(api_keys::note_use(tx, found.id, now));
    found = **api_keys::find(tx, token, now);
    EXPECT_EQ(found.last_used_at, now);
    EXPECT_FALSE(api_keys::should_note_use(found, now + 9min));
    EXPECT_TRUE(api_keys::should_note_use(found, now + 10min));
  });
}

// Whatever names it: a colleague's page, the single sign-on server, a session from another program.
TEST_P(ApiKeysTest, WhatAKeyActsAsIsNobody) {
  with_users([&](Tx& tx) {
    ASSERT_TRUE(api_keys::add(tx, key(1, admin.id)));
    const UserId holder{101};
    const std::string name = to_text(ApiKeyId{1});
    ASSERT_TRUE(holdings::give(tx, {HoldingId{1}, holder, StaffRole::administrator, {}, {}, {}, kNoEnd, {}}, {}, now));
    EXPECT_FALSE(*users::find(tx, name));
    EXPECT_FALSE(*users::find(tx, holder));
    EXPECT_FALSE(*users::find_any(tx, Actor::all_powerful(), holder));
    const auto session = sessions::open(tx, holder, false, now);
    EXPECT_FALSE(*sessions::find(tx, session->session, now, Day{}));

    const boost::json::object claims{{"iss", "https://login.example"}, {"sub", "u-7"}, {"preferred_username", name}};
    EXPECT_FALSE(*sign_on::find_user(tx, claims, "preferred_username", now));
    EXPECT_EQ(**tx.value<int>("SELECT count(*) FROM sign_on_accounts"), 0);
    ASSERT_TRUE(
        tx.run("INSERT INTO sign_on_accounts (issuer, subject, user_id, linked_at) VALUES "
               "('https://login.example', 'u-7', 101, 0)"));
    EXPECT_FALSE(*sign_on::find_user(tx, claims, "preferred_username", now));
  });
}

TEST_P(ApiKeysTest, AKeyIsNoAdministratorWhoRemains) {
  with_users([&](Tx& tx) {
    ASSERT_TRUE(api_keys::add(tx, key(1, admin.id)));
    const Holding own{HoldingId{1}, admin.id, StaffRole::administrator, {}, {}, {}, kNoEnd, {}};
    ASSERT_TRUE(holdings::give(tx, own, {}, now));
    ASSERT_TRUE(
        holdings::give(tx, {HoldingId{2}, UserId{101}, StaffRole::administrator, {}, {}, {}, kNoEnd, {}}, {}, now));
    EXPECT_EQ(holdings::end(tx, own, Day{9}).error().code, Errc::last_administrator);
    EXPECT_EQ(users::change(tx, sealer, admin, {.disabled = true}, 1, Day{9}, now).error().code,
              Errc::last_administrator);
  });
}
ON_EACH_DATABASE(ApiKeysTest);

}  // namespace
}  // namespace linli
