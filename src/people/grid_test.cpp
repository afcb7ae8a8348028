#include "people/grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "people/grid_plan.h"
#include "people/grids.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kDistrict =
    "编码,层级,名称,上级编码,别名,地点,边界\n"
    "9001,区县,清溪区,,,,\n"
    "9001001,街道,清溪河街道,9001,清溪河,,\n"
    "9001001001,社区,荷塘社区,9001001,荷塘、荷塘月色,荷塘小区；荷塘路,\n"
    "9001001001001,一般网格,荷塘第一网格,9001001001,,荷塘小区1栋、荷塘小区2栋,\"{\"\"type\"\":\"\"Polygon\"\","
    "\"\"coordinates\"\":"
    "[[[104.0,30.6],[104.1,30.6],[104.1,30.7],[104.0,30.6]]]}\"\n"
    "9001001001001a,微网格,荷塘1栋,9001001001001,,荷塘小区1栋,\n"
    "9001001001S1,专属网格,荷塘小学,9001001001,,,\n"
    "9001001002,社区,柳林社区,9001001,,,\n";

class GridImport : public testing::Test {
 protected:
  GridPlan plan(const std::string& csv, bool close_missing = false) {
    auto planned = plan_grids(
        tree_, read_table(csv).value(), {close_missing}, [this] { return GridId{++ids_}; }, now_);
    if (!planned) throw std::runtime_error(for_terminal(planned.error(), Language::en));
    return std::move(*planned);
  }
  void take(const std::string& csv, bool close_missing = false) {
    const GridPlan planned = plan(csv, close_missing);
    ASSERT_EQ(planned.wrong_total, 0u) << for_terminal(planned.wrong.front().error, Language::en);
    tree_ = after(tree_, planned);
  }
  const Grid& grid(std::string_view code) const { return *tree_.find_code(code); }

  GridTree tree_;
  std::int64_t ids_ = 100;
  const Instant now_ = from_millis(1'790'000'000'000);
};

TEST_F(GridImport, MakesATree) {
  const GridPlan planned = plan(std::string(kDistrict));
  EXPECT_EQ(planned.wrong_total, 0u);
  EXPECT_THAT(planned.changes, SizeIs(7));
  tree_ = after(tree_, planned);
  EXPECT_EQ(tree_.open(), 7u);
  ASSERT_THAT(tree_.roots(), SizeIs(1));
  EXPECT_EQ(grid("9001001001001a").path, "9001/9001001/9001001001/9001001001001/9001001001001a");
  EXPECT_THAT(grid("9001001001").aliases, ElementsAre("荷塘", "荷塘月色"));
  EXPECT_THAT(grid("9001001001001").places, ElementsAre("荷塘小区1栋", "荷塘小区2栋"));
  EXPECT_EQ(tree_.above(grid("9001001001001a").id, GridLevel::community)->name, "荷塘社区");
  EXPECT_TRUE(tree_.holds(grid("9001001").id, grid("9001001001S1").id));
  EXPECT_FALSE(tree_.holds(grid("9001001002").id, grid("9001001001S1").id));
  EXPECT_FALSE(tree_.holds(grid("9001001001S1").id, grid("9001001").id));
  EXPECT_TRUE(tree_.holds(grid("9001").id, grid("9001").id));
  EXPECT_THAT(tree_.children(grid("9001001001").id), SizeIs(2));
  ASSERT_THAT(tree_.search("荷塘", 3), SizeIs(3));
  EXPECT_EQ(tree_.search("荷塘", 3)[0]->name, "荷塘社区");
  EXPECT_THAT(tree_.line(grid("9001001001001").id), SizeIs(4));
}

TEST_F(GridImport, TheSameAgainChangesNothing) {
  take(std::string(kDistrict));
  const GridPlan again = plan(std::string(kDistrict));
  EXPECT_THAT(again.changes, IsEmpty());
  EXPECT_EQ(again.unchanged, 7u);
}

TEST_F(GridImport, WhatIsWrittenOutIsReadBack) {
  take(std::string(kDistrict));
  for (const TableForm form : {TableForm::csv, TableForm::xlsx}) {
    const std::string file = write_table(grid_table(tree_), form).value();
    const GridPlan again = plan(file, true);
    EXPECT_THAT(again.changes, IsEmpty());
    EXPECT_EQ(again.unchanged, 7u);
  }
}

TEST_F(GridImport, TellsWhatWouldChange) {
  take(std::string(kDistrict));
  // One renamed, one moved with all below it, one new; nothing is said of places, so they stay.
  const std::string file =
      "code,level,name,parent\n9001001002,community,柳林新社区,9001001\n9001001001001,grid,荷塘第一网格,9001001002\n"
      "9001001003,community,新桥社区,9001001\n";
  const GridPlan planned = plan(file);
  std::map<std::string, std::vector<std::string>> fields;
  for (const GridChange& change : planned.changes) fields[change.grid.code] = change.fields;
  EXPECT_THAT(planned.changes, SizeIs(4));
  EXPECT_THAT(fields["9001001002"], ElementsAre("name"));
  EXPECT_THAT(fields["9001001001001"], ElementsAre("parent"));
  EXPECT_THAT(fields["9001001001001a"], ElementsAre("path"));
  EXPECT_EQ(planned.missing, 5u);
  tree_ = after(tree_, planned);
  EXPECT_TRUE(tree_.holds(grid("9001001002").id, grid("9001001001001a").id));
  EXPECT_THAT(grid("9001001001001").places, SizeIs(2));
}

TEST_F(GridImport, ClosesWhatAWholeFileDoesNotNameAndOpensItAgain) {
  take(std::string(kDistrict));
  std::string less(kDistrict);
  less.erase(less.find("9001001002"));
  const GridPlan planned = plan(less, true);
  ASSERT_THAT(planned.changes, SizeIs(1));
  EXPECT_EQ(planned.changes[0].kind, GridChange::Kind::closed);
  tree_ = after(tree_, planned);
  EXPECT_EQ(tree_.open(), 6u);
  EXPECT_TRUE(grid("9001001002").closed_at);
  // It lies where it lay: a case of its time stays in scope.
  EXPECT_TRUE(tree_.holds(grid("9001001").id, grid("9001001002").id));
  EXPECT_THAT(tree_.search("柳林", 5), IsEmpty());

  const GridPlan back = plan(std::string(kDistrict));
  ASSERT_THAT(back.changes, SizeIs(1));
  EXPECT_EQ(back.changes[0].kind, GridChange::Kind::reopened);
}

TEST_F(GridImport, TellsWhatIsWrongWithLineAndColumn) {
  take(std::string(kDistrict));
  const GridPlan planned = plan(
      "编码,层级,名称,上级编码,边界\n"
      ",社区,无码,9001001,\n"
      "1,村庄,甲,9001001,\n"
      "2,社区,,9001001,\n"
      "3,社区,丙,404,\n"
      "4,区县,丁,9001001,\n"
      "5,社区,戊,9001001,{\"type\":\"Point\"}\n"
      "5,社区,己,9001001,\n"
      "9001001001,微网格,荷塘社区,9001001,\n");
  std::vector<std::string> found;
  for (const WrongCell& w : planned.wrong)
    found.push_back(std::to_string(w.line) + " " + w.column + " " + std::string(name(w.error.code)));
  std::ranges::sort(found);
  EXPECT_THAT(found, ElementsAre("2 code missing_field", "3 level bad_value", "4 name missing_field",
                                 "5 parent not_found", "6 level bad_value", "7 boundary bad_value", "8 code duplicate",
                                 "9 level bad_value", "9 level bad_value"));
  EXPECT_THAT(planned.changes, IsEmpty());
  for (const WrongCell& w : planned.wrong)
    for (const Language language : {Language::zh, Language::en}) EXPECT_FALSE(for_terminal(w.error, language).empty());
}

TEST_F(GridImport, AHeaderWithoutNeededColumnsIsRefused) {
  const auto planned = plan_grids(
      tree_, read_table("编码,名称\n1,甲\n").value(), {}, [] { return GridId{1}; }, now_);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, Errc::missing_field);
  EXPECT_EQ(planned.error().where.line, 1);
}

TEST_F(GridImport, ChangesThatShareACommitAreAllKept) {
  Grids grids;
  const auto base = grids.tree();
  tree_ = *base;
  const GridPlan one = plan("code,level,name,parent\n1,city,甲,\n"),
                 other = plan("code,level,name,parent\n2,city,乙,\n");
  grids.keep(base, std::make_shared<const GridTree>(after(*base, one)), one);
  grids.keep(base, std::make_shared<const GridTree>(after(*base, other)), other);
  EXPECT_TRUE(grids.tree()->find_code("1"));
  EXPECT_TRUE(grids.tree()->find_code("2"));
}

class GridStore : public EachDatabase {};

TEST_P(GridStore, KeepsTheTreeAndItsHistory) {
  Connection connection = connect();
  const Instant now = from_millis(1'790'000'000'000);
  std::int64_t ids = 0;
  Grids grids;
  const auto import = [&](const std::string& csv, bool whole) {
    const auto planned = plan_grids(
        *grids.tree(), read_table(csv).value(), {whole}, [&] { return GridId{++ids}; }, now + milliseconds(ids));
    ASSERT_TRUE(planned);
    ASSERT_EQ(planned->wrong_total, 0u);
    const GridTree planned_tree = after(*grids.tree(), *planned);
    in_transaction(connection,
                   [&](Tx& tx) { ASSERT_TRUE(Grids::write(tx, *planned, UserId{}, now + milliseconds(ids))); });
    in_transaction(connection, [&](Tx& tx) { ASSERT_TRUE(grids.load(tx)); });
    for (const Grid& grid : planned_tree.all()) {
      const Grid* stored = grids.tree()->find(grid.id);
      ASSERT_TRUE(stored) << grid.code;
      EXPECT_EQ(*stored, grid) << grid.code;
    }
  };
  import(std::string(kDistrict), true);
  std::string other(kDistrict);
  other.erase(other.find("9001001002"));
  other.replace(other.find("荷塘第一网格"), std::string("荷塘第一网格").size(), "荷塘东网格");
  import(other, true);
  in_transaction(connection, [&](Tx& tx) {
    const auto history = Grids::history(tx, grids.tree()->find_code("9001001001001")->id, 10);
    ASSERT_TRUE(history);
    ASSERT_THAT(*history, SizeIs(2));
    EXPECT_EQ(history->front().kind, "changed");
    EXPECT_THAT(history->front().fields, ElementsAre("name"));
    EXPECT_EQ(history->back().kind, "opened");
  });
}
ON_EACH_DATABASE(GridStore);

}  // namespace
}  // namespace linli
