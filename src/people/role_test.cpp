#include "people/role.h"

#include <gtest/gtest.h>

#include "people/holdings.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

constexpr StaffRole role_at(std::size_t i) { return static_cast<StaffRole>(i); }

TEST(Roles, HaveNamesThatAreReadBack) {
  for (std::size_t i = 0; i < kStaffRoles; ++i) EXPECT_EQ(parse_staff_role(name(role_at(i))), role_at(i));
  for (std::size_t i = 0; i < kRights; ++i) EXPECT_EQ(parse_right(name(static_cast<Right>(i))), static_cast<Right>(i));
  EXPECT_FALSE(parse_staff_role("king"));
  EXPECT_FALSE(parse_right(""));
}

TEST(Roles, BringWhatTheOfficeWants) {
  struct Row {
    StaffRole role;
    Right right;
    bool may;
  };
  using enum StaffRole;
  using enum Right;
  for (const Row& row : {Row{volunteer, leads_read, true},
                         {volunteer, names_read, false},
                         {volunteer, names_reveal, false},
                         {volunteer, history_read, false},
                         {volunteer, leads_decide, false},
                         {auditor, audit_read, true},
                         {auditor, leads_read, false},
                         {auditor, groups_read, false},
                         {integrator, console, false},
                         {officer, leads_decide, true},
                         {secretary, leads_decide, true},
                         {manager, leads_decide, false},
                         {agent, people_change, false},
                         {secretary, people_change, true},
                         {support, names_read, false}})
    EXPECT_EQ(has(rights_of(row.role), row.right), row.may) << name(row.role) << " " << name(row.right);
  // The administrator lacks only what is others' alone.
  for (std::size_t i = 0; i < kRights; ++i)
    EXPECT_EQ(has(rights_of(administrator), static_cast<Right>(i)), static_cast<Right>(i) != names_reveal)
        << name(static_cast<Right>(i));
}

class HoldingsTest : public EachDatabase {
 protected:
  const Instant now = from_millis(1795401130344);
  const Day today{20780};
  Sealer sealer = Sealer::for_test();

  // A street with two communities, and people 1 … 6.
  template <class F>
  void with_street(F body) {
    Connection connection = connect();
    in_transaction(connection, [&](Tx& tx) {
      for (const char* sql :
           {"INSERT INTO grids (id, level, code, name, path, opened_at) VALUES (1, 'street', 's', 'S', 's', 0)",
            "INSERT INTO grids (id, parent_id, level, code, name, path, opened_at) VALUES (2, 1, 'community', 'a', "
            "'A', 's/a', 0)",
            "INSERT INTO grids (id, parent_id, level, code, name, path, opened_at) VALUES (3, 1, 'community', 'b', "
            "'B', 's/b', 0)"})
        ASSERT_TRUE(tx.run(sql));
      for (int i = 1; i <= 6; ++i) ASSERT_TRUE(users::add(tx, user(i), now));
    });
    in_transaction(connection, body);
  }
  static User user(int i) { return {UserId{i}, "u" + std::to_string(i), "U" + std::to_string(i), {}, {}}; }
  Holding holding(int id, int who, StaffRole role, int grid, Day from = {}, Day until = kNoEnd) {
    return {HoldingId{id}, UserId{who}, role, GridId{grid}, {}, from, until, {}};
  }
  Actor on(Tx& tx, int who, Day day) { return *holdings::actor(tx, user(who), day); }
};

TEST_P(HoldingsTest, AreInForceFromADayToADay) {
  with_street([&](Tx& tx) {
    ASSERT_TRUE(holdings::give(tx, holding(1, 1, StaffRole::officer, 2, today, today + 2), UserId{2}, now));
    EXPECT_FALSE(on(tx, 1, today - 1).may(Right::leads_read));
    EXPECT_TRUE(on(tx, 1, today).may(Right::leads_read, "s/a/7"));
    EXPECT_FALSE(on(tx, 1, today).may(Right::leads_read, "s/ab"));
    EXPECT_FALSE(on(tx, 1, today).may(Right::leads_read, "s"));
    EXPECT_FALSE(on(tx, 1, today).everywhere(Right::leads_read));
    EXPECT_TRUE(on(tx, 1, today + 2).may(Right::leads_read));
    EXPECT_FALSE(on(tx, 1, today + 3).may(Right::leads_read));
    const auto given = holdings::of(tx, UserId{1});
    ASSERT_EQ(given->size(), 1u);
    EXPECT_EQ(given->front().by_name, "U2");
    EXPECT_EQ(given->front().holding.path, "s/a");
    EXPECT_EQ(holdings::give(tx, holding(2, 1, StaffRole::agent, 2, today, today - 1), {}, now).error().code,
              Errc::bad_value);

    ASSERT_TRUE(holdings::end(tx, given->front().holding, today + 1));
    EXPECT_TRUE(on(tx, 1, today).may(Right::leads_read)) << "what was is not undone";
    EXPECT_FALSE(on(tx, 1, today + 1).may(Right::leads_read));
    ASSERT_TRUE(holdings::give(tx, holding(3, 1, StaffRole::agent, 2, today + 5), {}, now));
    ASSERT_TRUE(holdings::end(tx, **holdings::find(tx, HoldingId{3}), today));
    EXPECT_FALSE(*holdings::find(tx, HoldingId{3})) << "it never came into force";
  });
}

TEST_P(HoldingsTest, NobodyGivesMoreThanTheyHave) {
  with_street([&](Tx& tx) {
    ASSERT_TRUE(holdings::give(tx, holding(1, 1, StaffRole::secretary, 2), {}, now));
    ASSERT_TRUE(holdings::give(tx, holding(2, 2, StaffRole::administrator, 0), {}, now));
    ASSERT_TRUE(holdings::give(tx, holding(3, 3, StaffRole::agent, 2), {}, now));
    const Actor secretary = on(tx, 1, today), administrator = on(tx, 2, today), agent = on(tx, 3, today);
    struct Row {
      const Actor& giver;
      StaffRole role;
      const char* path;
      int to;
      bool may;
    };
    for (const Row& row : {Row{secretary, StaffRole::officer, "s/a", 4, true},
                           {secretary, StaffRole::officer, "s/a/1", 4, true},
                           {secretary, StaffRole::officer, "s/b", 4, false},
                           {secretary, StaffRole::officer, "", 4, false},
                           {secretary, StaffRole::administrator, "s/a", 4, false},
                           {secretary, StaffRole::auditor, "s/a", 4, false},
                           {secretary, StaffRole::officer, "s/a", 1, false},
                           {agent, StaffRole::volunteer, "s/a", 4, false},
                           {administrator, StaffRole::administrator, "", 4, true},
                           {administrator, StaffRole::officer, "s/b", 4, true},
                           {administrator, StaffRole::support, "s/b", 4, true},
                           {administrator, StaffRole::manager, "", 4, true},
                           {secretary, StaffRole::support, "s/a", 4, false}})
      EXPECT_EQ(holdings::may_give(row.giver, row.role, row.path, UserId{row.to}).has_value(), row.may)
          << name(row.role) << " " << row.path << " to " << row.to;
  });
}

TEST_P(HoldingsTest, TheLastAdministratorStays) {
  with_street([&](Tx& tx) {
    ASSERT_TRUE(holdings::give(tx, holding(1, 1, StaffRole::administrator, 0), {}, now));
    ASSERT_TRUE(holdings::give(tx, holding(2, 2, StaffRole::administrator, 3), {}, now));
    EXPECT_EQ(holdings::end(tx, holding(1, 1, StaffRole::administrator, 0), today).error().code,
              Errc::last_administrator);
    EXPECT_EQ(users::change(tx, sealer, user(1), {.disabled = true}, 1, today, now).error().code,
              Errc::last_administrator);
    ASSERT_TRUE(holdings::give(tx, holding(3, 3, StaffRole::administrator, 0, today, today), {}, now));
    EXPECT_EQ(holdings::end(tx, holding(1, 1, StaffRole::administrator, 0), today).error().code,
              Errc::last_administrator)
        << "one for today only is none tomorrow";
    ASSERT_TRUE(holdings::give(tx, holding(4, 4, StaffRole::administrator, 0), {}, now));
    EXPECT_TRUE(holdings::end(tx, holding(1, 1, StaffRole::administrator, 0), today));
  });
}

TEST_P(HoldingsTest, PeopleAreKnownToThoseAboveThem) {
  with_street([&](Tx& tx) {
    ASSERT_TRUE(holdings::give(tx, holding(1, 1, StaffRole::secretary, 2), {}, now));
    ASSERT_TRUE(holdings::give(tx, holding(2, 2, StaffRole::administrator, 0), {}, now));
    ASSERT_TRUE(holdings::give(tx, holding(3, 3, StaffRole::officer, 2), {}, now));
    ASSERT_TRUE(holdings::give(tx, holding(4, 4, StaffRole::officer, 3), {}, now));
    ASSERT_TRUE(holdings::give(tx, holding(5, 5, StaffRole::officer, 1), {}, now));
    const auto seen = [&](int who, users::Search search) {
      std::string out;
      const auto found = users::list(tx, on(tx, who, today), search);
      EXPECT_TRUE(found);
      for (const User& u : *found) out += std::to_string(u.id.value);
      return out;
    };
    EXPECT_EQ(seen(2, {}), "123456");
    EXPECT_EQ(seen(1, {}), "13") << "herself and her officer";
    EXPECT_EQ(seen(3, {}), "3") << "only himself";
    EXPECT_EQ(seen(2, {.role = StaffRole::officer}), "345");
    EXPECT_EQ(seen(2, {.grid_path = "s"}), "1345");
    EXPECT_EQ(seen(2, {.role = StaffRole::officer, .grid_path = "s/b"}), "4");
    EXPECT_EQ(seen(2, {.text = "U6"}), "6");
    EXPECT_EQ(seen(2, {.text = "%"}), "123456") << "no wildcard";
    EXPECT_EQ(seen(2, {.limit = 2, .after = UserId{2}}), "34");
    EXPECT_FALSE(*users::find_any(tx, on(tx, 1, today), UserId{4}));
    EXPECT_TRUE(*users::find_any(tx, on(tx, 1, today), UserId{3}));
  });
}

TEST_P(HoldingsTest, ChangesOfPeople) {
  with_street([&](Tx& tx) {
    const auto changed =
        users::change(tx, sealer, user(1), {.display_name = "小周", .phone = "13800001111"}, 1, today, now);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->revision, 2);
    EXPECT_EQ(users::phone(tx, sealer, UserId{1}), "13800001111");
    EXPECT_EQ(tx.value<std::string>("SELECT phone FROM users WHERE id = 1")->value().find("1380"), std::string::npos);
    EXPECT_EQ(users::change(tx, sealer, user(1), {.display_name = "x"}, 1, today, now).error().code, Errc::stale);
    ASSERT_TRUE(sessions::open(tx, UserId{1}, false, now));
    ASSERT_TRUE(users::change(tx, sealer, *changed, {.phone = "", .disabled = true}, 2, today, now));
    EXPECT_EQ(users::phone(tx, sealer, UserId{1}), "");
    EXPECT_EQ(**tx.value<int>("SELECT COUNT(*) FROM sessions"), 0);
    EXPECT_FALSE(*users::find(tx, "u1"));
    EXPECT_FALSE(users::check_name("A b"));
    EXPECT_TRUE(users::check_name("xiao.zhou-2"));
  });
}
ON_EACH_DATABASE(HoldingsTest);

}  // namespace
}  // namespace linli
