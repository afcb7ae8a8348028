#include "people/api_keys.h"

#include "store/databases_for_tests.h"

namespace linli {
namespace {

using namespace std::chrono_literals;

class ApiKeysTest : public EachDatabase {
 protected:
  const Instant now = from_millis(1795401130344);
  const User admin{UserId{5}, "admin", "管理员", "", std::nullopt};
  const User agent{UserId{6}, "agent", "李禾", "", std::nullopt};

  ApiKey key(std::int64_t id, UserId owner) const {
    ApiKey k;
    k.id = ApiKeyId{id};
    k.name = "bridge";
    k.owner = owner;
    k.roles = {"integrator", "auditor"};
    k.grid = "510107";
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
    EXPECT_EQ((*found)->roles, (std::vector<std::string>{"integrator", "auditor"}));
    EXPECT_EQ((*found)->grid, "510107");
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
ON_EACH_DATABASE(ApiKeysTest);

TEST(ApiKeys, MayNoMoreThanTheirOwner) {
  Actor owner = Actor::all_powerful();
  owner.id = UserId{5};
  ApiKey key;
  key.name = "bridge";
  key.owner = owner.id;
  const auto may = [&](Right right) { return api_keys::actor_of(key, owner).everywhere(right); };
  key.roles = {"administrator"};
  EXPECT_TRUE(may(Right::leads_decide));
  EXPECT_EQ(api_keys::actor_of(key, owner).display_name, "bridge");
  EXPECT_EQ(api_keys::actor_of(key, owner).id, owner.id);
  key.roles = {"integrator", "auditor"};
  EXPECT_TRUE(may(Right::leads_read));
  EXPECT_TRUE(may(Right::audit_read));
  EXPECT_FALSE(may(Right::leads_decide));
  key.roles = {"no such role"};
  EXPECT_FALSE(may(Right::leads_read));
  key.roles = {"administrator"};
  key.grid = "510107";
  EXPECT_FALSE(api_keys::actor_of(key, owner).may(Right::leads_read));
  EXPECT_FALSE(api_keys::actor_of(key, owner).id);
  key.grid.clear();
  // The owner lost the role: so did the key. What is held over a single grid is lent to nobody.
  owner.holdings = {{.role = StaffRole::auditor}, {.role = StaffRole::secretary, .grid = GridId{7}, .path = "a/b"}};
  EXPECT_FALSE(api_keys::actor_of(key, owner).may(Right::leads_read));
  EXPECT_FALSE(api_keys::actor_of(key, owner).id);
  EXPECT_FALSE(api_keys::may_lend(owner, StaffRole::secretary));
  EXPECT_TRUE(api_keys::may_lend(owner, StaffRole::auditor));
}

}  // namespace
}  // namespace linli
