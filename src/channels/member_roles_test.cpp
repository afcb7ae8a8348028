#include "channels/member_roles.h"

#include "store/databases_for_tests.h"

namespace linli {
namespace {

class MemberRolesTest : public EachDatabase {
 protected:
  static MemberRule by_name(int id, std::string contains, Role role, std::string path = {}) {
    MemberRule rule;
    rule.id = MemberRuleId{id};
    rule.contains = std::move(contains);
    rule.role = role;
    rule.path = std::move(path);
    rule.grid = rule.path.empty() ? GridId{} : GridId{3};
    return rule;
  }
};

TEST_P(MemberRolesTest, TheNearestRuleSaysWhatSomebodyIs) {
  Connection connection = connect();
  const Sealer sealer = Sealer::for_test();
  const Resident he{ChannelId{1}, 5}, li{ChannelId{1}, 6};
  MemberRule person;
  person.id = MemberRuleId{90};
  person.person = li;
  person.label = "3-2-1502李姐";
  person.role = Role::grid_officer;
  in_transaction(connection, [&](Tx& tx) {
    ASSERT_TRUE(tx.run(
        "INSERT INTO grids (id, level, code, name, path, opened_at) VALUES (3, 'community', 'a', 'A', 's/a', 0)"));
    ASSERT_TRUE(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'webhook', 0)"));
    ASSERT_TRUE(tx.run("DELETE FROM member_rules"));
    for (const MemberRule& rule : {by_name(91, "物业", Role::property), by_name(92, "反物业", Role::resident),
                                   by_name(93, "小何", Role::merchant, "s/a"), person})
      ASSERT_TRUE(MemberRoles::write(tx, sealer, rule, UserId{1}, from_millis(0)));
    EXPECT_EQ(tx.value<std::string>("SELECT label FROM member_rules WHERE id = 90")->value().find("李姐"),
              std::string::npos);
  });
  MemberRoles roles;
  in_transaction(connection, [&](Tx& tx) { ASSERT_TRUE(roles.load(tx, sealer)); });
  EXPECT_EQ(roles.role(Role::resident, "s/b", he, "东苑物业小何"), Role::property);
  EXPECT_EQ(roles.role(Role::resident, "s/a/1", he, "东苑物业小何"), Role::merchant) << "the nearest grid goes before";
  EXPECT_EQ(roles.role(Role::resident, "s/ab", he, "小何"), Role::resident);
  EXPECT_EQ(roles.role(Role::resident, "s/b", he, "反物业联盟"), Role::resident) << "the longer piece goes before";
  EXPECT_EQ(roles.role(Role::resident, "s/b", li, "物业之友"), Role::grid_officer) << "a person goes before a name";
  EXPECT_EQ(roles.role(Role::bot, "s/b", li, "物业"), Role::bot) << "what the channel tells stands";
  EXPECT_EQ(roles.all().back().label, "3-2-1502李姐");
  in_transaction(connection, [&](Tx& tx) { EXPECT_TRUE(*MemberRoles::remove(tx, MemberRuleId{91})); });
  roles.drop(MemberRuleId{91});
  EXPECT_EQ(roles.role(Role::resident, "s/b", he, "东苑物业小何"), Role::resident);
}
ON_EACH_DATABASE(MemberRolesTest);

}  // namespace
}  // namespace linli
