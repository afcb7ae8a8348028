#include "people/groups.h"

#include <thread>

#include "people/holdings.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

class GroupsTest : public EachDatabase {
 protected:
  void SetUp() override {
    EachDatabase::SetUp();
    if (testing::Test::HasFatalFailure() || testing::Test::IsSkipped()) return;
    Connection connection = connect();
    in_transaction(connection, [](Tx& tx) {
      ASSERT_TRUE(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'webhook', 0)"));
    });
  }
  static Group waiting(std::int64_t id, const std::string& external) {
    Group group;
    group.id = GroupId{id};
    group.channel = ChannelId{1};
    group.external_id = external;
    group.name = "锦苑小区邻里群" + external;
    return group;
  }
  const Admission admission{"锦和街道", "锦和社区", "3", "锦和社区居委会", "公告", from_millis(5000), {}};
  const Actor administrator = Actor::all_powerful();
};

TEST_P(GroupsTest, StayAsTheyWereWritten) {
  const Group given = admitted(waiting(7, "g7"), admission, UserId{}, from_millis(6000));
  Connection connection = connect();
  in_transaction(connection, [&](Tx& tx) {
    ASSERT_TRUE(Groups::write(tx, given));
    ASSERT_TRUE(Groups::write(tx, waiting(8, "g8")));
    ASSERT_TRUE(Groups::write(tx, waiting(9, "g8"))) << "told of twice: the first stays";
    ASSERT_TRUE(Groups::write_places(tx, "锦和社区", {"锦苑小区", "锦苑小区3栋"}));
    ASSERT_TRUE(Groups::write_places(tx, "锦和社区", {"锦苑小区", "天府路"}));
  });
  Groups groups;
  in_transaction(connection, [&](Tx& tx) {
    ASSERT_TRUE(groups.load(tx));
    EXPECT_EQ(Groups::places(tx, "锦和社区")->size(), 3u);
  });
  const auto found = groups.find(ChannelId{1}, "g7");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, GroupState::admitted);
  EXPECT_EQ(found->grid_path, "锦和街道/锦和社区/3");
  EXPECT_EQ(found->responsible, "锦和社区居委会");
  EXPECT_EQ(found->notice_at, from_millis(5000));
  EXPECT_EQ(groups.find(ChannelId{1}, "g8")->id, GroupId{8});
  EXPECT_FALSE(groups.find(ChannelId{1}, "g9"));
  EXPECT_FALSE(groups.find(ChannelId{2}, "g7"));
  EXPECT_EQ(groups.of_community("锦和社区").size(), 1u) << "only admitted ones";
  EXPECT_EQ(groups.all(administrator).size(), 2u);
  EXPECT_EQ(groups.all(administrator)[0]->state, GroupState::waiting) << "those who wait stand first";
}

TEST_P(GroupsTest, TellingOfAGroupAgainDoesNotTakeItsAdmissionBack) {
  Connection connection = connect();
  Groups groups;
  in_transaction(connection, [&](Tx& tx) { EXPECT_EQ(Groups::add(tx, waiting(7, "g7")), true); });
  groups.keep_new(waiting(7, "g7"));
  EXPECT_EQ(groups.waiting(ChannelId{1}), 1u);
  // Between two deliveries that both found it new an administrator admits it.
  const Group given = admitted(waiting(7, "g7"), admission, UserId{}, from_millis(6000));
  in_transaction(connection, [&](Tx& tx) {
    ASSERT_TRUE(Groups::write(tx, given));
    EXPECT_EQ(Groups::add(tx, waiting(7, "g7")), false);
  });
  groups.keep(given);
  groups.keep_new(waiting(7, "g7"));
  EXPECT_EQ(groups.find(GroupId{7})->state, GroupState::admitted);
  EXPECT_EQ(groups.waiting(ChannelId{1}), 0u);
  in_transaction(connection, [&](Tx& tx) { ASSERT_TRUE(groups.load(tx)); });
  EXPECT_EQ(groups.find(GroupId{7})->state, GroupState::admitted);
}

TEST_P(GroupsTest, CountsSurviveARestart) {
  Connection connection = connect();
  Groups groups;
  in_transaction(connection, [&](Tx& tx) { ASSERT_TRUE(Groups::write(tx, waiting(7, "g7"))); });
  groups.keep(waiting(7, "g7"));
  groups.heard(GroupId{7}, 3, 2, from_millis(9000));
  groups.heard(GroupId{7}, 1, 0, from_millis(8000));
  groups.keep(admitted(waiting(7, "g7"), admission, UserId{}, from_millis(6000)));
  EXPECT_EQ(groups.find(GroupId{7})->messages, 4) << "a change of the group leaves its counts alone";
  in_transaction(connection, [&](Tx& tx) {
    ASSERT_TRUE(Groups::write(tx, *groups.find(GroupId{7})));
    ASSERT_TRUE(groups.write_counts(tx, MessageId{10}));
    // Stored after the counts were written, before the crash:
    ASSERT_TRUE(
        tx.run("INSERT INTO messages (id, channel_id, group_id, sent_at, received_at, role, type, flags, sender, body) "
               "VALUES (11, 1, 7, 0, 12000, 0, 0, 0, 0, $1)",
               {Blob{}}));
  });
  Groups again;
  in_transaction(connection, [&](Tx& tx) { ASSERT_TRUE(again.load(tx)); });
  const auto group = again.find(GroupId{7});
  EXPECT_EQ(group->messages, 5);
  EXPECT_EQ(group->dropped, 2);
  EXPECT_EQ(group->last_heard_at, from_millis(12'000));
}

// A user with one grid sees it and what lies below it, and nothing that merely begins alike.
TEST_P(GroupsTest, ScopeIsThePathAndAllBelowIt) {
  Connection connection = connect();
  const Holding agent{HoldingId{1}, UserId{5}, StaffRole::agent, GridId{3}, "锦和街道/锦和社区", Day{10}, Day{20}, {}};
  in_transaction(connection, [&](Tx& tx) {
    ASSERT_TRUE(
        tx.run("INSERT INTO grids (id, level, code, name, path, opened_at) VALUES (3, 'community', 'jh', '锦和社区', "
               "'锦和街道/锦和社区', 0)"));
    ASSERT_TRUE(users::add(tx, {UserId{5}, "u", "U", {}, {}}, from_millis(0)));
    ASSERT_TRUE(holdings::give(tx, agent, {}, from_millis(0)));
    int id = 0;
    for (const char* path :
         {"锦和街道/锦和社区", "锦和街道/锦和社区/3", "锦和街道/锦和社区二", "锦和街道", "", "锦和街道/另一社区/3"})
      ASSERT_TRUE(tx.run(
          "INSERT INTO groups (id, channel_id, external_id, state, grid_path) VALUES ($1, 1, $2, 'admitted', $3)",
          {++id, std::to_string(id), path}));
  });
  // SQL and memory say the same.
  const auto seen = [&](const Actor& actor) {
    std::string out, in_memory;
    in_transaction(connection, [&](Tx& tx) {
      ASSERT_TRUE(tx.each(
          "SELECT id FROM groups g WHERE " LINLI_IN_SCOPE("g.grid_path", leads_read, "$1", "$2", "$3") " ORDER BY id",
          {actor.everywhere(Right::leads_read), actor.id, actor.today.number},
          [&](const Row& row) { out += std::to_string(row.get<int>(0)); }));
      ASSERT_TRUE(tx.each("SELECT id, grid_path FROM groups ORDER BY id", {}, [&](const Row& row) {
        if (actor.may(Right::leads_read, row.bytes(1))) in_memory += std::to_string(row.get<int>(0));
      }));
    });
    EXPECT_EQ(out, in_memory);
    return out;
  };
  const auto on = [&](std::int64_t user, int day) {
    Actor actor;
    in_transaction(connection, [&](Tx& tx) {
      actor = *holdings::actor(tx, {UserId{user}, "u", "U", {}, {}}, Day{day});
    });
    return actor;
  };
  EXPECT_EQ(seen(on(5, 10)), "12");
  EXPECT_EQ(seen(on(5, 20)), "12") << "the last day is a day";
  EXPECT_EQ(seen(on(5, 21)), "");
  EXPECT_EQ(seen(on(5, 9)), "");
  EXPECT_EQ(seen(on(6, 10)), "") << "nobody";
  EXPECT_EQ(seen(administrator), "123456");
}
ON_EACH_DATABASE(GroupsTest);

TEST(Groups, MayBeReadWhileCountsGoOn) {
  Groups groups;
  Group group;
  group.id = GroupId{1};
  group.channel = ChannelId{1};
  group.external_id = "g";
  groups.keep(group);
  std::jthread counting([&] {
    for (int i = 0; i < 2000; ++i) groups.heard(GroupId{1}, 1, 0, from_millis(i));
  });
  std::int64_t last = 0;
  for (int i = 0; i < 2000; ++i) {
    const Group copy = *groups.find(ChannelId{1}, "g");
    EXPECT_GE(copy.messages, last);
    last = copy.messages;
  }
  counting.join();
  EXPECT_EQ(groups.find(GroupId{1})->messages, 2000);
}

}  // namespace
}  // namespace linli
