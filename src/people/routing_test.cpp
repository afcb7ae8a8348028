#include "people/routing_store.h"

#include "people/grid_plan.h"
#include "people/holdings.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

TEST(Routing, PlacesAreComparedInOneForm) {
  struct Row {
    const char *text, *key;
  };
  for (const Row& row : {Row{"锦苑小区3栋2单元1502", "锦苑3栋2单元1502"},
                         {"锦苑小区 三幢2单元1502室", "锦苑3栋2单元1502"},
                         {"錦苑小區３號樓二单元", "锦苑3栋2单元"},
                         {"锦苑3-2-1502", "锦苑3栋2单元1502"},
                         {"锦苑3#2-1502", "锦苑3栋2单元1502"},
                         {"锦苑3栋2单元-1502", "锦苑3栋2单元1502"},
                         {"锦苑03栋", "锦苑3栋"},
                         {"锦苑十二栋", "锦苑12栋"},
                         {"锦苑二十一栋", "锦苑21栋"},
                         {"望江苑B座804", "望江苑b栋804"},
                         {"3-1502", "3栋1502"},
                         {"锦苑小区东门", "锦苑东门"},
                         {"小区东门", "小区东门"},
                         {"荷塘北街12号", "荷塘北街12号"},
                         {"三圣街十二号", "三圣街12号"},
                         {"锦苑一期", "锦苑1期"},
                         {"2026-11-23", "2026-11-23"},
                         {"3-2", "3-2"},
                         {"", ""}})
    EXPECT_EQ(place_key(row.text), row.key) << row.text;
  EXPECT_EQ(place_key("3-2李姐", PlaceText::nickname), "3栋2单元李姐");
  EXPECT_EQ(place_key("3-2-1502李姐", PlaceText::nickname), "3栋2单元1502李姐");
  EXPECT_EQ(without_room("锦苑3栋2单元1502"), "锦苑3栋2单元");
  EXPECT_EQ(without_room("锦苑3栋1502"), "锦苑3栋");
  EXPECT_EQ(without_room("荷塘北街"), "荷塘北街");
}

class RoutingTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto table = read_table(
        "code,level,name,parent,places\n"
        "s,street,清溪河街道,,\n"
        "a,community,荷塘社区,s,荷塘北街、荷塘农贸市场\n"
        "a1,grid,荷塘第一网格,a,\n"
        "a11,micro_grid,第1微网格,a1,荷塘苑、荷塘苑1栋、荷塘苑2栋\n"
        "a12,micro_grid,第2微网格,a1,荷塘苑3栋、荷塘苑3栋2单元\n"
        "a2,grid,荷塘第二网格,a,\n"
        "a21,micro_grid,第3微网格,a2,老丝院坝1栋、老丝院坝3栋、柳巷\n"
        "a22,micro_grid,第4微网格,a2,柳巷\n"
        "b,community,望江社区,s,\n"
        "b1,micro_grid,第1微网格,b,荷塘苑3栋、望江苑1栋、荷塘\n"
        "b2,special,清溪小学,b,\n");
    ASSERT_TRUE(table);
    std::int64_t ids = 0;
    const auto plan = plan_grids({}, *table, {}, [&] { return GridId{++ids}; }, {});
    ASSERT_TRUE(plan && plan->wrong_total == 0);
    tree = std::make_shared<const GridTree>(after({}, *plan));
  }
  GridId grid(std::string_view code) { return code.empty() ? GridId{} : tree->find_code(code)->id; }
  std::string told(const Routed& routed) {
    const Grid* grid = tree->find(routed.grid);
    return (grid ? grid->code : "-") + " " + std::string(name(routed.by));
  }

  std::shared_ptr<const GridTree> tree;
};

TEST_F(RoutingTest, ThePlaceDecidesElseTheNicknameElseTheGroup) {
  const PlaceIndex index(tree);
  struct Row {
    const char *place, *sender, *group, *grid;
  };
  for (const Row& row : {
           Row{"荷塘苑小区3栋2单元1502", "", "a11", "a12 place"},
           {"荷塘苑三号楼", "", "a11", "a12 place"},
           {"清溪河街道荷塘社区荷塘苑1栋门口", "", "a", "a11 place"},
           {"荷塘苑3栋", "", "b1", "b1 place"},      // each community has one: the group's own
           {"荷塘苑3栋", "", "", "s ambiguous"},     // and without a group nobody can tell
           {"荷塘苑12栋", "", "a", "a11 place"},     // not known: its compound
           {"老丝院坝1栋", "", "b1", "a21 place"},   // elsewhere, and there is only one
           {"荷塘北街12号", "", "a11", "a place"},   // a road of the community
           {"荷塘北街", "", "b1", "a place"},        // 荷塘 of b1 is not meant: the name goes on with a road
           {"柳巷", "", "a11", "a2 place"},          // two micro-grids have it: the grid above them both
           {"清溪小学门口", "", "b1", "b2 place"},   // a special grid is a place by its name
           {"3栋2单元", "", "a12", "a12 building"},  // without a compound: of the group's own grid
           {"3栋", "", "a11", "a12 building"},       // its compound goes on in another grid
           {"3栋", "", "a", "a group"},              // 荷塘苑 or 老丝院坝
           {"3栋", "", "a2", "a21 building"},
           {"9栋", "", "a11", "a11 group"},
           {"", "3-2-1502李姐", "a11", "a12 nickname"},
           {"", "1-3王叔", "a21", "a21 nickname"},
           {"", "李姐", "a11", "a11 group"},
           {"地下车库", "3栋张", "a12", "a12 nickname"},
           {"", "", "a1", "a1 group"},
           {"", "", "", "- nothing"},
       }) {
    const Routed routed = index.route({row.place, row.sender, grid(row.group), {}}, {});
    if (std::string_view(row.grid) == "s ambiguous") {
      EXPECT_EQ(told(routed), "- nothing");
      EXPECT_EQ(routed.candidates.size(), 2u);
      EXPECT_EQ(routed.steps[1].outcome, RoutingStep::Outcome::ambiguous);
    } else {
      EXPECT_EQ(told(routed), row.grid) << row.place << " " << row.sender << " in " << row.group;
    }
  }
}

TEST_F(RoutingTest, WhatWasTriedIsKept) {
  const Routed routed = PlaceIndex(tree).route({"9栋", "李姐", grid("a11"), {}}, {});
  std::string steps;
  for (const RoutingStep& step : routed.steps)
    steps += std::string(name(step.what)) + " " + std::string(name(step.outcome)) + "; ";
  EXPECT_EQ(steps, "correction not_found; place not_found; building not_found; nickname nothing_said; group found; ");
}

TEST_F(RoutingTest, CorrectionsComeFirst) {
  const PlaceIndex index(tree);
  Corrections taught;
  const auto route = [&](const char* place, const char* community = "s/a") {
    return told(index.route({place, {}, grid("a11"), community}, taught));
  };
  taught.put("s/a", without_room(place_key("荷塘苑小区3栋2单元1502")), grid("a21"));
  EXPECT_EQ(route("荷塘苑3栋2单元804"), "a21 correction");
  EXPECT_EQ(route("荷塘苑3栋1单元804"), "a12 place") << "another unit";
  EXPECT_EQ(route("荷塘苑3栋2单元804", "s/b"), "a12 place") << "another community";
  taught.put("s/a", "荷塘苑1栋", grid("a22"));
  EXPECT_EQ(route("荷塘苑1栋2单元"), "a22 correction") << "the whole building";
  taught.put("s/a", "东门口", grid("a2"));
  EXPECT_EQ(route("东门口"), "a2 correction");
  taught.remove("s/a", "东门口");
  EXPECT_EQ(route("东门口"), "a11 group");
  taught.put("s/a", "荷塘苑1栋", GridId{999});
  EXPECT_EQ(route("荷塘苑1栋"), "a11 place") << "its grid is no more";
}

TEST_F(RoutingTest, ClosedGridsAndEmptyTreesHaveNoPlaces) {
  auto grids = std::vector(tree->all().begin(), tree->all().end());
  for (Grid& g : grids)
    if (g.code == "a12") g.closed_at = from_millis(1);
  const PlaceIndex index(std::make_shared<const GridTree>(grids));
  EXPECT_EQ(told(index.route({"荷塘苑3栋2单元", {}, grid("a11"), {}}, {})), "a11 place");
  EXPECT_EQ(told(index.route({"", {}, grid("a12"), {}}, {})), "- nothing");
  EXPECT_EQ(PlaceIndex(std::make_shared<const GridTree>()).route({"荷塘苑", "1-1", {}, {}}, {}).by, RoutedBy::nothing);
}

TEST(Routing, TheNearestRuleCounts) {
  const auto rule = [](int id, int grid, const char* category, const char* domain) {
    return RoutingRule{.id = RuleId{id}, .grid = GridId{grid}, .path = {}, .category = category, .domain = domain};
  };
  const std::vector<RoutingRule> rules{rule(1, 0, "gas", ""), rule(2, 1, "", "utility"), rule(3, 1, "gas", ""),
                                       rule(4, 2, "", ""), rule(5, 0, "", "noise")};
  const std::vector<GridId> line{GridId{2}, GridId{1}}, above{GridId{1}}, other{GridId{7}};
  const auto found = [&](const std::vector<GridId>& where, const char* category, const char* domain) {
    const RoutingRule* r = rule_for(rules, where, category, domain);
    return r ? static_cast<int>(r->id.value) : 0;
  };
  EXPECT_EQ(found(line, "gas", "utility"), 4) << "nearer, though it says less";
  EXPECT_EQ(found(above, "gas", "utility"), 3);
  EXPECT_EQ(found(above, "water_leak", "utility"), 2);
  EXPECT_EQ(found(other, "gas", "utility"), 1);
  EXPECT_EQ(found(other, "dance", "noise"), 5);
  EXPECT_EQ(found(other, "road", "facility"), 0);
}

class RoutingStoreTest : public EachDatabase {
 protected:
  const Instant now = from_millis(1795401130344);
  Sealer sealer = Sealer::for_test();
};

TEST_P(RoutingStoreTest, RulesAndCorrections) {
  Connection connection = connect();
  in_transaction(connection, [&](Tx& tx) {
    for (const char* sql :
         {"INSERT INTO grids (id, level, code, name, path, opened_at) VALUES (1, 'street', 's', 'S', 's', 0)",
          "INSERT INTO grids (id, parent_id, level, code, name, path, opened_at) VALUES (2, 1, 'community', 'a', 'A', "
          "'s/a', 0)",
          "INSERT INTO grids (id, parent_id, level, code, name, path, opened_at) VALUES (3, 1, 'community', 'b', 'B', "
          "'s/b', 0)"})
      ASSERT_TRUE(tx.run(sql));
    const User user{UserId{1}, "u1", "U1", {}, {}};
    ASSERT_TRUE(users::add(tx, user, now));
    ASSERT_TRUE(
        holdings::give(tx, {HoldingId{1}, UserId{1}, StaffRole::secretary, GridId{2}, {}, {}, kNoEnd, {}}, {}, now));
  });
  in_transaction(connection, [&](Tx& tx) {
    const Actor secretary = *holdings::actor(tx, {UserId{1}, {}, {}, {}, {}}, Day{20780});
    RoutingRule gas{RuleId{11}, GridId{2}, {}, "gas", "", RoutingTarget::unit, "蓉城燃气", "gas", "96777", true};
    EXPECT_EQ(*rules::put(tx, sealer, gas, UserId{1}, now), RuleId{11});
    EXPECT_EQ(tx.value<std::string>("SELECT unit_contact FROM routing_rules WHERE id = 11")->value().find("96777"),
              std::string::npos);
    gas.id = RuleId{12};
    gas.unit_contact = "";
    EXPECT_EQ(*rules::put(tx, sealer, gas, UserId{1}, now), RuleId{11}) << "the same grid and matter: changed";
    ASSERT_TRUE(rules::put(tx, sealer, {RuleId{13}, GridId{}, {}, "", ""}, UserId{1}, now));
    ASSERT_TRUE(rules::put(tx, sealer, {RuleId{14}, GridId{3}, {}, "", "noise"}, UserId{1}, now));
    EXPECT_EQ(rules::list(tx, sealer, secretary)->size(), 2u) << "her own and those for everywhere";
    const auto over = rules::over(tx, sealer, {GridId{2}, GridId{1}});
    ASSERT_EQ(over->size(), 2u);
    EXPECT_EQ(over->front().rule.unit_name, "蓉城燃气");
    EXPECT_EQ(over->front().rule.path, "s/a");
    EXPECT_EQ(over->front().by_name, "U1");
    ASSERT_TRUE(rules::remove(tx, RuleId{11}));
    EXPECT_FALSE(*rules::find(tx, sealer, RuleId{11}));

    Grids grids;
    ASSERT_TRUE(grids.load(tx));
    Routing routing(grids);
    const Correction first{CorrectionId{21}, "s/a", "荷塘苑3栋", GridId{2}, 7, UserId{1}, now};
    Correction second = first;
    second.id = CorrectionId{22};
    second.grid = GridId{3};
    second.lead = 8;
    ASSERT_TRUE(Routing::write(tx, sealer, first));
    ASSERT_TRUE(Routing::write(tx, sealer, second)) << "takes the place of the first";
    EXPECT_EQ(tx.value<std::string>("SELECT place FROM place_corrections WHERE id = 22")->value().find("荷塘苑"),
              std::string::npos);
    EXPECT_TRUE(Routing::of_lead(tx, sealer, 7)->empty());
    EXPECT_TRUE(Routing::list(tx, sealer, secretary, {}, 10)->empty()) << "not where she may change routing";
    EXPECT_EQ(routing.path({"荷塘苑3栋", {}, GridId{1}, "s/a"}, "x"), "s");
    ASSERT_TRUE(routing.load(tx, sealer));
    EXPECT_EQ(routing.path({"荷塘苑3栋", {}, GridId{1}, "s/a"}, "x"), "s/b");
    EXPECT_EQ(routing.route_without({"荷塘苑3栋", {}, GridId{1}, "s/a"}, {second}).grid, GridId{1});
    routing.forget(second);
    EXPECT_EQ(routing.path({"荷塘苑3栋", {}, {}, "s/a"}, "x"), "x");
    routing.keep(first);
    EXPECT_EQ(routing.path({"荷塘苑3栋", {}, {}, "s/a"}, "x"), "s/a");
    ASSERT_TRUE(Routing::write(tx, sealer, first));
    EXPECT_EQ(Routing::list(tx, sealer, secretary, {}, 10)->size(), 1u);
    ASSERT_TRUE(Routing::remove(tx, CorrectionId{21}));
    EXPECT_FALSE(*Routing::find(tx, sealer, CorrectionId{21}));
  });
}
ON_EACH_DATABASE(RoutingStoreTest);

}  // namespace
}  // namespace linli
