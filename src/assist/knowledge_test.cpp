#include "assist/knowledge.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <thread>

#include "assist/gaps.h"
#include "assist/knowledge_table.h"
#include "channels/messages.h"
#include "leads/lead_store.h"
#include "people/grid_plan.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

constexpr Day kToday{20'000};

class KnowledgeTest : public EachDatabase {
 protected:
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    connection.emplace(connect());
    auto table = read_table(
        "code,level,name,parent\ns,street,清溪河街道,\na,community,荷塘社区,s\na1,micro_grid,第1微网格,a\n"
        "b,community,石桥社区,s\n");
    auto plan = plan_grids(
        *grids.tree(), *table, {}, [&] { return ids.draw<GridId>(); }, now());
    ASSERT_TRUE(plan && plan->wrong_total == 0);
    in_transaction(*connection, [&](Tx& tx) { ASSERT_TRUE(Grids::write(tx, *plan, {}, now())); });
    grids.keep(grids.tree(), std::make_shared<const GridTree>(after(*grids.tree(), *plan)), *plan);
  }
  Instant now() { return clock.now(); }
  GridId grid(std::string_view code) { return code.empty() ? GridId{} : grids.tree()->find_code(code)->id; }

  KnowledgeEntry entry(std::string title, std::string_view code = {}) {
    KnowledgeEntry e;
    e.id = ids.draw<KnowledgeId>();
    e.state = KnowledgeState::published;
    e.title = std::move(title);
    e.answer = "看单元门口的通知";
    e.sources = {{"便民手册（演示）", "荷塘社区（演示）", "https://example.org/a"}};
    e.grid = grid(code);
    e.revision = 1;
    e.created_at = e.changed_at = from_millis(to_millis(now()));
    return e;
  }
  void add(const KnowledgeEntry& e) {
    in_transaction(*connection, [&](Tx& tx) { ASSERT_TRUE(Knowledge::insert(tx, e)); });
    knowledge.keep({e});
  }
  std::string titles(std::string_view question, std::string_view path = "s/a/a1", Day day = kToday) {
    std::string out;
    for (const Offer& offer : knowledge.offers(question, path, {}, day, 5)) out += offer.entry->title + "; ";
    return out;
  }

  SystemClock clock;
  IdSource ids{clock};
  Sealer sealer = Sealer::for_test();
  Grids grids;
  Knowledge knowledge{grids};
  std::optional<Connection> connection;
};

TEST_P(KnowledgeTest, OffersOnlyWhatHoldsHereAndToday) {
  struct Row {
    const char* what;
    KnowledgeState state;
    const char* grid;
    std::optional<Day> from, to;
    bool offered;
  };
  const Row rows[] = {
      {"everywhere", KnowledgeState::published, "", {}, {}, true},
      {"its own grid", KnowledgeState::published, "a1", {}, {}, true},
      {"a grid above", KnowledgeState::published, "s", {}, {}, true},
      {"another grid", KnowledgeState::published, "b", {}, {}, false},
      {"a draft", KnowledgeState::draft, "", {}, {}, false},
      {"withdrawn", KnowledgeState::withdrawn, "", {}, {}, false},
      {"from today", KnowledgeState::published, "", kToday, {}, true},
      {"from tomorrow", KnowledgeState::published, "", kToday + 1, {}, false},
      {"until today", KnowledgeState::published, "", {}, kToday, true},
      {"until yesterday", KnowledgeState::published, "", {}, kToday - 1, false},
  };
  for (const Row& row : rows) {
    KnowledgeEntry e = entry("停水了怎么办", row.grid);
    e.state = row.state, e.valid_from = row.from, e.valid_to = row.to;
    add(e);
    for (const bool reindexed : {false, true}) {
      if (reindexed) knowledge.reindex();
      EXPECT_EQ(titles("停水了怎么办"), row.offered ? "停水了怎么办; " : "") << row.what;
    }
    e.state = KnowledgeState::withdrawn;
    ++e.revision;
    in_transaction(*connection, [&](Tx& tx) { EXPECT_TRUE(Knowledge::update(tx, e, 1).value()); });
    knowledge.keep({e});
    EXPECT_EQ(titles("停水了怎么办"), "") << row.what;
  }
  add(entry("停水通知", "a"));
  EXPECT_EQ(titles("停水", ""), "") << "where the place is not known, only what holds everywhere";
}

TEST_P(KnowledgeTest, ComesBackFromTheStoreAsItWas) {
  KnowledgeEntry e = entry("停水了怎么办", "a");
  e.questions = {"没水了", "“水”\n停了？"};
  e.category = "water_outage";
  e.valid_from = kToday, e.valid_to = kToday + 30, e.review_on = kToday + 20;
  add(e);
  Knowledge again{grids};
  in_transaction(*connection, [&](Tx& tx) { ASSERT_TRUE(again.load(tx)); });
  const auto found = again.find(e.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(differences(*found, e), std::vector<std::string>{});
  EXPECT_EQ(found->created_at, e.created_at);
  EXPECT_EQ(again.offers("没水了", "s/a", {}, kToday, 5).size(), 1u);
  in_transaction(*connection, [&](Tx& tx) {
    e.revision = 2;
    EXPECT_TRUE(Knowledge::update(tx, e, 1).value());
    EXPECT_FALSE(Knowledge::update(tx, e, 1).value()) << "somebody changed it since";
  });
}

TEST_P(KnowledgeTest, WhatMovesInTheTreeGoesWithIt) {
  add(entry("停水了怎么办", "a"));
  EXPECT_EQ(titles("停水", "s/b"), "");
  auto table = read_table("code,level,name,parent\nb,community,石桥社区,\na,community,荷塘社区,\n");
  auto plan = plan_grids(
      *grids.tree(), *table, {}, [&] { return ids.draw<GridId>(); }, now());
  ASSERT_TRUE(plan && plan->wrong_total == 0);
  grids.keep(grids.tree(), std::make_shared<const GridTree>(after(*grids.tree(), *plan)), *plan);
  EXPECT_EQ(titles("停水", "s/a"), "");
  EXPECT_EQ(titles("停水", "a"), "停水了怎么办; ");
}

TEST_P(KnowledgeTest, ADraftCanBeTriedBesideWhatIsPublished) {
  KnowledgeEntry e = entry("停水了怎么办");
  add(e);
  auto draft = std::make_shared<KnowledgeEntry>(e);
  draft->title = "停电了怎么办", draft->state = KnowledgeState::draft;
  const auto offers = knowledge.offers("停电", "s/a", {}, kToday, 5, draft);
  ASSERT_EQ(offers.size(), 1u);
  EXPECT_EQ(offers[0].entry->title, "停电了怎么办");
  for (const Offer& offer : knowledge.offers("停水", "s/a", {}, kToday, 5, draft))
    EXPECT_NE(offer.entry->title, "停水了怎么办") << "the one it would replace";
  EXPECT_EQ(knowledge.offers("停水", "s/a", {}, kToday, 5).size(), 1u);
}

TEST_P(KnowledgeTest, AsksWhileOthersChange) {
  std::vector<KnowledgeEntry> many;
  for (int i = 0; i < 600; ++i) many.push_back(entry("第" + std::to_string(i) + "种停水"));
  in_transaction(*connection, [&](Tx& tx) {
    for (const auto& e : many) ASSERT_TRUE(Knowledge::insert(tx, e));
  });
  EXPECT_TRUE(knowledge.keep(many)) << "many changes ask for a new index";
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::thread asking([&] {
    while (!stop)
      for (const Offer& offer : knowledge.offers("停水", "s/a", {}, kToday, 10))
        wrong += offer.entry->state != KnowledgeState::published;
  });
  for (int i = 0; i < 20; ++i) {
    KnowledgeEntry e = many[static_cast<std::size_t>(i)];
    e.state = KnowledgeState::withdrawn, e.revision = 2;
    knowledge.keep({e});
    if (i % 5 == 0) knowledge.reindex();
  }
  stop = true;
  asking.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(knowledge.offers("第7种停水", "s/a", {}, kToday, 1)[0].entry->title.find("第7种"), std::string::npos);
}

TEST_P(KnowledgeTest, GapsKeepLeadsAndNoWords) {
  const auto asked = [&](LeadId lead, std::string_view question, std::string_view path = "s/a/a1") {
    bool noted = false;
    in_transaction(*connection, [&](Tx& tx) {
      noted = knowledge_gaps::note(tx, sealer, ids, {lead, question, path, "certificate"}, now()).value();
    });
    return noted;
  };
  const auto open = [&](const Actor& actor) {
    std::vector<knowledge_gaps::Gap> out;
    in_transaction(*connection, [&](Tx& tx) { out = knowledge_gaps::open(tx, actor, 10).value(); });
    return out;
  };
  const Actor everybody = Actor::all_powerful();
  const LeadId first = ids.draw<LeadId>(), second = ids.draw<LeadId>();
  EXPECT_TRUE(asked(first, "请问护照在哪里办？"));
  EXPECT_FALSE(asked(first, "请问护照在哪里办？")) << "the same lead again";
  EXPECT_TRUE(asked(second, "护照在哪儿办嘛"));
  EXPECT_TRUE(asked(ids.draw<LeadId>(), "护照在哪里办", "s/b")) << "another grid";
  EXPECT_FALSE(asked(ids.draw<LeadId>(), "谢谢！")) << "asks nothing";
  auto list = open(everybody);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].count, 2);
  EXPECT_EQ(list[0].lead, second);
  EXPECT_TRUE(open(Actor{}).empty()) << "no role, no gaps";

  const GapId gap = list[0].id;
  const auto close = [&](KnowledgeId entry) {
    bool closed = false;
    in_transaction(*connection, [&](Tx& tx) { closed = knowledge_gaps::close(tx, gap, entry, {}, now()).value(); });
    return closed;
  };
  EXPECT_TRUE(close({}));
  EXPECT_FALSE(close({})) << "twice";
  EXPECT_TRUE(asked(ids.draw<LeadId>(), "护照在哪里办"));
  EXPECT_EQ(open(everybody).size(), 1u) << "dismissed is dismissed";
  in_transaction(*connection, [&](Tx& tx) { EXPECT_EQ(knowledge_gaps::find(tx, gap).value()->count, 3); });
}

TEST_P(KnowledgeTest, AnAnsweredGapOpensAgainWhenNothingFits) {
  KnowledgeEntry e = entry("护照在哪里办");
  add(e);
  in_transaction(*connection, [&](Tx& tx) {
    const auto note = [&] {
      return knowledge_gaps::note(tx, sealer, ids, {ids.draw<LeadId>(), "怎么退高铁票", "s/a", ""}, now()).value();
    };
    ASSERT_TRUE(note());
    const GapId gap = knowledge_gaps::open(tx, Actor::all_powerful(), 10).value().at(0).id;
    EXPECT_TRUE(knowledge_gaps::close(tx, gap, e.id, {}, now()).value());
    EXPECT_TRUE(knowledge_gaps::open(tx, Actor::all_powerful(), 10)->empty());
    ASSERT_TRUE(note());
    EXPECT_EQ(knowledge_gaps::open(tx, Actor::all_powerful(), 10).value().at(0).id, gap);
  });
}
ON_EACH_DATABASE(KnowledgeTest);

TEST(KnowledgeEntryTest, SaysWhatIsWrong) {
  KnowledgeEntry good;
  good.title = "停水", good.answer = "看通知";
  EXPECT_TRUE(faults(good).empty());
  struct Row {
    const char* field;
    std::function<void(KnowledgeEntry&)> spoil;
  };
  const Row rows[] = {{"title", [](auto& e) { e.title.clear(); }},
                      {"title", [](auto& e) { e.title = std::string(300, 'x'); }},
                      {"answer", [](auto& e) { e.answer.clear(); }},
                      {"questions", [](auto& e) { e.questions = {""}; }},
                      {"sources",
                       [](auto& e) {
                         e.sources = {{"a", "", "javascript:alert(1)"}};
                       }},
                      {"sources", [](auto& e) { e.state = KnowledgeState::published; }},
                      {"category", [](auto& e) { e.category = "nonsense"; }},
                      {"valid_to", [](auto& e) { e.valid_from = Day{2}, e.valid_to = Day{1}; }}};
  for (const Row& row : rows) {
    KnowledgeEntry e = good;
    row.spoil(e);
    const auto found = faults(e);
    ASSERT_EQ(found.size(), 1u) << row.field;
    EXPECT_EQ(found[0].field, row.field);
  }
}

// ---- files ----

class KnowledgeFile : public testing::Test {
 protected:
  Result<KnowledgePlan> plan(std::string_view bytes, bool publish = false) {
    return plan_knowledge(bytes, {publish},
                          {tree,
                           entries,
                           [](std::string_view name) { return UserId{name == "zhou" ? 7 : 0}; },
                           [](std::string_view path) { return path != "s/b"; },
                           [&] { return KnowledgeId{++next}; },
                           Instant{},
                           {}});
  }
  static std::string wrong(const Result<KnowledgePlan>& plan) {
    if (!plan) return std::string(name(plan.error().code)) + " " + plan.error().where.field;
    std::string out;
    for (const WrongCell& cell : plan->wrong)
      out += std::to_string(cell.line) + " " + cell.column + " " + std::string(name(cell.error.code)) + "; ";
    return out;
  }

  GridTree tree{[] {
    std::vector<Grid> grids;
    Grid s, a, b;
    s.id = {1}, s.code = "s", s.path = "s", s.level = GridLevel::street;
    a.id = {2}, a.code = "a", a.path = "s/a", a.parent = s.id, a.level = GridLevel::community;
    b.id = {3}, b.code = "b", b.path = "s/b", b.parent = s.id, b.level = GridLevel::community;
    return std::vector<Grid>{s, a, b};
  }()};
  std::vector<std::shared_ptr<const KnowledgeEntry>> entries;
  std::int64_t next = 100;
};

constexpr std::string_view kCsv =
    "标题,问法,答案,来源,发布单位,链接,网格,分类,生效日期,失效日期,负责人,状态\n"
    "停水,\"没水了\n水停了\",看通知,\"手册\n通知\",\"社区\n-\",\"-\nhttps://example.org\",a,停水水压水质,2026-01-01,"
    "2026-12-31,zhou,已发布\n"
    "停电,,打电话,,,,,,,,,\n";

TEST_F(KnowledgeFile, ATableBecomesEntriesAndATableAgain) {
  const auto first = plan(kCsv);
  ASSERT_EQ(wrong(first), "");
  ASSERT_EQ(first->changes.size(), 2u);
  const KnowledgeEntry& e = first->changes[0].entry;
  EXPECT_EQ(e.questions, (std::vector<std::string>{"没水了", "水停了"}));
  EXPECT_EQ(e.sources, (std::vector<KnowledgeSource>{{"手册", "社区", ""}, {"通知", "", "https://example.org"}}));
  EXPECT_EQ(e.grid, GridId{2});
  EXPECT_EQ(e.category, "water_outage");
  EXPECT_EQ(e.owner, UserId{7});
  EXPECT_EQ(e.state, KnowledgeState::published);
  EXPECT_EQ(first->changes[1].entry.state, KnowledgeState::draft) << "looked at before it is said";
  EXPECT_EQ(first->changes[1].line, 7) << "cells of several lines count as such";

  for (const auto& change : first->changes) entries.push_back(std::make_shared<const KnowledgeEntry>(change.entry));
  for (const TableForm form : {TableForm::csv, TableForm::xlsx}) {
    const auto bytes = write_table(knowledge_table(tree, entries, [](UserId) { return std::string("zhou"); }), form);
    const auto again = plan(*bytes);
    ASSERT_EQ(wrong(again), "");
    EXPECT_EQ(again->unchanged, 2u);
    EXPECT_TRUE(again->changes.empty());
  }
  const auto changed = plan("title,answer,grid\n停水,再看一次,a\n停水,别处,\n");
  ASSERT_EQ(wrong(changed), "");
  ASSERT_EQ(changed->changes.size(), 2u);
  EXPECT_EQ(changed->changes[0].fields, std::vector<std::string>{"answer"});
  EXPECT_EQ(changed->changes[0].entry.questions.size(), 2u) << "a missing column changes nothing";
  EXPECT_EQ(changed->changes[1].kind, KnowledgeChange::Kind::added) << "the same title for another grid";
}

TEST_F(KnowledgeFile, MarkdownIsTheSame) {
  const auto made = plan(
      "# 停水\n问：没水了\n问：水停了\n来源：手册 | 社区\n来源：通知 | | "
      "https://example.org\n网格：a\n分类：停水水压水质\n"
      "生效日期：2026-01-01\n\n看通知。\n\n- 没有通知的问物业\n\n## 停电\n\n打电话：见门口\n");
  ASSERT_EQ(wrong(made), "");
  ASSERT_EQ(made->changes.size(), 2u);
  const KnowledgeEntry& e = made->changes[0].entry;
  EXPECT_EQ(e.title, "停水");
  EXPECT_EQ(e.questions, (std::vector<std::string>{"没水了", "水停了"}));
  EXPECT_EQ(e.sources, (std::vector<KnowledgeSource>{{"手册", "社区", ""}, {"通知", "", "https://example.org"}}));
  EXPECT_EQ(e.answer, "看通知。\n\n- 没有通知的问物业");
  EXPECT_EQ(made->changes[1].entry.answer, "打电话：见门口");
  EXPECT_EQ(made->changes[1].line, 14);
}

TEST_F(KnowledgeFile, MistakesAreNamedWithLineAndColumn) {
  struct Row {
    std::string_view bytes;
    const char* wrong;
  };
  const Row rows[] = {
      {"", "missing_field 标题 / title"},
      {"标题,别的\nx,y\n", "missing_field 答案 / answer"},
      {"title,answer\n,y\nx,\n", "2 title missing_field; 3 answer missing_field; "},
      {"title,answer,grid\nx,y,nowhere\nz,y,b\n", "2 grid bad_value; 3 grid not_allowed; "},
      {"title,answer,状态\nx,y,已发布\n", "2 source missing_field; "},
      {"title,answer,状态\nx,y,在用\n", "2 state bad_value; "},
      {"title,answer,category\nx,y,天气\n", "2 category bad_value; "},
      {"title,answer,valid_from\nx,y,明天\n", "2 valid_from bad_value; "},
      {"title,answer,owner\nx,y,nobody\n", "2 owner unknown_user; "},
      {"title,answer,link\nx,y,https://a\n", "2 source missing_field; "},
      {"title,answer,source,link\nx,y,手册,ftp://a\n", "2 source bad_value; "},
      {"title,answer,source,link\nx,y,手册,\"https://a\nhttps://b\"\n", "2 link missing_field; "},
      {"title,answer\nx,y\nz,y\nx,w\n", "4 title duplicate; "},
      {"问：没水了\n# 停水\n看通知\n", "missing_field 标题 / title"},
      {"# 停水\n网格：nowhere\n复核日期：明天\n看通知\n# 空\n",
       "2 grid bad_value; 3 review_on bad_value; 5 answer missing_field; "},
  };
  for (const Row& row : rows) {
    const auto made = plan(row.bytes);
    EXPECT_EQ(wrong(made), row.wrong) << row.bytes;
    EXPECT_TRUE(!made || made->wrong_total == 0 || made->changes.empty()) << row.bytes;
  }
  EXPECT_EQ(wrong(plan("title,answer\nx,y\n", true)), "2 source missing_field; ") << "what is published has a source";
}

}  // namespace
}  // namespace linli
