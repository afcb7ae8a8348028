#include "desk/search.h"

#include <gmock/gmock.h>

#include "cases/case_store.h"
#include "channels/messages.h"
#include "desk/desk.h"
#include "leads/erasure.h"
#include "leads/lead_store.h"
#include "people/holdings.h"
#include "store/databases_for_tests.h"

namespace linli::desk {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const Instant kNow = *parse_time("2026-11-23T14:30:00Z");

class SearchTest : public EachDatabase {
 protected:
  template <class F>
  auto write(F work) {
    auto result = writer->write(std::move(work)).get();
    if (!result) throw std::runtime_error("write failed: " + std::string(name(result.error().code)));
    return *std::move(result);
  }
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    writer.emplace(connect(), Writer::Options{});
    outbox.emplace(*writer);
    readers.emplace(database(), 2);
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(tx.run(
          "INSERT INTO grids (id, level, code, name, path, opened_at) VALUES (3, 'community', 'ht', "
          "'荷塘社区', '清溪河街道/荷塘社区', 0), (4, 'community', 'lx', '柳巷社区', '清溪河街道/柳巷社区', 0)"));
      LINLI_TRY(tx.run("INSERT INTO channels (id, kind, name, created_at) VALUES (1, 'webhook', 'w', 0)"));
      for (auto [who, role, grid] : {std::tuple{&ann, StaffRole::administrator, 0},
                                     {&bob, StaffRole::agent, 3},
                                     {&cai, StaffRole::volunteer, 3},
                                     {&dan, StaffRole::department, 4}}) {
        const User user{who->id, "user" + std::to_string(who->id.value), who->display_name, {}, {}};
        LINLI_TRY(users::add(tx, user, kNow));
        LINLI_TRY(
            holdings::give(tx, {HoldingId{who->id.value}, who->id, role, GridId{grid}, {}, {}, kNoEnd, {}}, {}, kNow));
        *who = *holdings::actor(tx, user, Day{100});
      }
      return true;
    });
  }
  void TearDown() override {
    search.reset();
    outbox.reset();
    readers.reset();
    writer.reset();
    EachDatabase::TearDown();
  }

  void start() {
    search.emplace(*readers, *outbox, sealer, TokenIndex::open(folder() / "search.db", sealer).value());
    search->start();
    ASSERT_TRUE(search->wait_until_fed(10s));
  }

  Lead add(std::int64_t id, const std::string& text, const std::string& path = "清溪河街道/荷塘社区/1") {
    Lead lead;
    lead.id = LeadId{id};
    lead.opening = MessageId{id + 1};
    lead.revision = 1;
    lead.community = "荷塘社区";
    lead.grid_path = path;
    lead.group = GroupId{9};
    lead.groups = {GroupId{9}};
    lead.category = "water_leak";
    lead.place = "荷塘苑3栋";
    lead.summary = "楼上渗水";
    lead.asked_at = lead.opened_at = lead.latest_at = kNow;
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(lead_store::insert(tx, sealer, lead));
      LINLI_TRY(say(tx, lead.opening, text, lead.id));
      return tell(tx, "lead.opened", lead);
    });
    return lead;
  }
  Result<void> say(Tx& tx, MessageId id, const std::string& text, LeadId lead) {
    Message message;
    message.id = "x" + std::to_string(id.value);
    message.group = "g";
    message.sender = "s";
    message.text = text;
    MessageRow row{id, ChannelId{1}, GroupId{9}, kNow, kNow};
    row.sender_hash = 77;
    row.body = seal_body(sealer, message);
    LINLI_TRY(insert_messages(tx, {&row, 1}));
    const lead_store::LinkRow link{id, lead, Act::report, 1, lead_store::seal_reasons(sealer, {})};
    return lead_store::link(tx, {&link, 1});
  }
  Result<bool> tell(Tx& tx, const std::string& kind, const Lead& lead) {
    LINLI_TRY(Outbox::append(tx, Event{0, kind, lead.id.value, lead.grid_path, "leads.read", kNow, {}}));
    return true;
  }
  void open_case(std::int64_t id, LeadId lead, const std::string& path, const std::string& title,
                 bool confidential = false) {
    Case one;
    one.id = CaseId{id};
    one.number = "HT-20261123-" + std::to_string(1000 + id);
    one.lead = lead;
    one.grid_path = path;
    one.category = "water_leak";
    one.opened_by = UserId{1};
    one.opened_at = kNow;
    one.confidential = confidential;
    one.content.title = title;
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(case_store::insert(tx, sealer, one));
      LINLI_TRY(Outbox::append(tx, Event{0, "case.opened", id, path, "cases.read", kNow, {}}));
      return true;
    });
  }

  Search::Found find(const Actor& actor, std::string typed, std::int64_t before = 0, int limit = 20) {
    EXPECT_TRUE(search->wait_until_fed(10s));
    auto found = readers->read([&](Tx& tx) {
                          return search->find(tx, actor, {std::move(typed), limit, before});
                        })
                     .get();
    EXPECT_TRUE(found);
    return found ? *std::move(found) : Search::Found{};
  }
  std::vector<std::int64_t> ids(const Actor& actor, std::string typed) {
    std::vector<std::int64_t> out;
    for (const auto& match : find(actor, std::move(typed)).matches)
      out.push_back(match.lead ? match.lead->id.value : match.one->one.id.value);
    return out;
  }

  Actor ann{UserId{1}, "安", {}, {}}, bob{UserId{2}, "波", {}, {}}, cai{UserId{3}, "彩", {}, {}},
      dan{UserId{4}, "丹", {}, {}};
  Sealer sealer = Sealer::for_test();
  std::optional<Writer> writer;
  std::optional<Outbox> outbox;
  std::optional<Readers> readers;
  std::optional<Search> search;
};
ON_EACH_DATABASE(SearchTest);

TEST_P(SearchTest, FindsWhatWasThereBeforeAndWhatComesAfter) {
  add(10, "我家天花板在下雨");
  start();
  add(20, "厨房天花板也在滴水");
  EXPECT_THAT(ids(ann, "天花板"), ElementsAre(20, 10));
  EXPECT_THAT(ids(ann, "天花板 滴水"), ElementsAre(20));
  EXPECT_THAT(ids(ann, "荷塘苑 3 栋 滴"), ElementsAre(20))
      << "a part of one character is looked for in what others find";
  EXPECT_THAT(ids(ann, "渗水 下雨"), ElementsAre(10)) << "summary and message";
  EXPECT_THAT(ids(ann, "板在滴"), IsEmpty()) << "all pairs are there, the words are not";
  const auto found = find(ann, "滴水");
  ASSERT_EQ(found.matches.size(), 1u);
  EXPECT_TRUE(found.complete);
  const Search::Spot& spot = found.matches[0].spots.at(0);
  EXPECT_EQ(spot.of, Search::Spot::Of::message);
  EXPECT_EQ(spot.before + "|" + spot.words + "|" + spot.after, "厨房天花板也在|滴水|");
}

TEST_P(SearchTest, PagesGoOnWhereTheyEnded) {
  for (int i = 1; i <= 5; ++i) add(i * 10, "停电");
  start();
  auto first = find(ann, "停电", 0, 2);
  ASSERT_EQ(first.matches.size(), 2u);
  auto second = find(ann, "停电", first.next, 2);
  auto third = find(ann, "停电", second.next, 2);
  ASSERT_EQ(third.matches.size(), 1u);
  EXPECT_EQ(third.matches[0].lead->id, LeadId{10});
  EXPECT_EQ(third.next, 0);
}

TEST_P(SearchTest, OnlyWithinScope) {
  add(10, "停电", "清溪河街道/荷塘社区/1");
  add(20, "停电", "清溪河街道/柳巷社区/2");
  start();
  EXPECT_THAT(ids(ann, "停电"), ElementsAre(20, 10));
  EXPECT_THAT(ids(bob, "停电"), ElementsAre(10));
  EXPECT_THAT(ids(dan, "停电"), IsEmpty()) << "a department sees cases only";
  open_case(30, LeadId{20}, "清溪河街道/柳巷社区/2", "停电三小时");
  const auto found = find(dan, "停电");
  ASSERT_EQ(found.matches.size(), 1u);
  EXPECT_FALSE(found.matches[0].lead);
  EXPECT_EQ(found.matches[0].one->one.id, CaseId{30});
}

TEST_P(SearchTest, NumbersAreFoundByThoseOnlyWhoSeeThem) {
  add(10, "打我电话13912345678");
  start();
  EXPECT_THAT(ids(bob, "13912345678"), ElementsAre(10));
  EXPECT_THAT(ids(cai, "13912345678"), IsEmpty());
  EXPECT_THAT(ids(cai, "1234"), IsEmpty());
  EXPECT_THAT(ids(cai, "电话"), ElementsAre(10));
  EXPECT_EQ(find(cai, "电话").matches.at(0).spots.at(0).after.find("1234"), std::string::npos);
}

TEST_P(SearchTest, ACaseAndItsLeadAreOneResultAndConfidentialOnesNone) {
  add(10, "水管爆了");
  add(20, "水管爆了");
  start();
  open_case(30, LeadId{10}, "清溪河街道/荷塘社区/1", "爆管");
  open_case(40, LeadId{20}, "清溪河街道/荷塘社区/1", "爆管", true);
  open_case(50, {}, "清溪河街道/荷塘社区/1", "爆管，电话来的");
  EXPECT_THAT(ids(bob, "爆管"), ElementsAre(50, 10));
  EXPECT_THAT(ids(bob, "HT-20261123-1030"), ElementsAre(10));
  EXPECT_THAT(ids(bob, "HT-20261123-1040"), IsEmpty());
  EXPECT_THAT(ids(ann, "爆管"), ElementsAre(50, 20, 10));
}

TEST_P(SearchTest, RecalledAndErasedWordsAreNotFound) {
  const Lead first = add(10, "楼道有人打架"), second = add(20, "楼道有人打架");
  start();
  EXPECT_THAT(ids(ann, "打架"), ElementsAre(20, 10));
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(mark_recalled(tx, second.opening));
    return tell(tx, "lead.changed", second);
  });
  EXPECT_THAT(ids(ann, "打架"), ElementsAre(10));
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(tx.run("UPDATE leads SET state = 'dismissed'"));
    auto step = erasure::empty_leads(tx, sealer, kNow + 1h, kNow, 10);
    if (!step) return tl::unexpected(std::move(step).error());
    return step->leads == 2;
  });
  EXPECT_THAT(ids(ann, "打架"), IsEmpty());
  auto index = TokenIndex::open(folder() / "search.db", sealer);
  EXPECT_THAT(index->find(search_terms("打架"), {}, 0, 10).value(), IsEmpty()) << "their hashes are gone too";
}

TEST_P(SearchTest, AMergedLeadIsFoundInItsSurvivor) {
  const Lead gone = add(10, "电梯困人");
  start();
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(tx.run("UPDATE leads SET state = 'merged', merged_into = $2 WHERE id = $1", {gone.id, gone.id}));
    return tell(tx, "lead.merged", gone);
  });
  EXPECT_THAT(ids(ann, "电梯"), IsEmpty());
}

TEST_P(SearchTest, WhenEventsAreGoneItBeginsAnew) {
  add(10, "停水了");
  start();
  search->stop();
  search.reset();
  add(20, "停水了");
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(Outbox::prune(tx, kNow + 1h));
    return true;
  });
  start();
  EXPECT_THAT(ids(ann, "停水"), ElementsAre(20, 10));
}

TEST_P(SearchTest, WhatCannotBeLookedFor) {
  start();
  for (const char* typed : {"", "  ", "漏", "漏 水", "，。", "aa bb cc dd ee ff gg hh ii"}) {
    const auto found = readers->read([&](Tx& tx) { return search->find(tx, ann, {typed}); }).get();
    ASSERT_FALSE(found) << typed;
    EXPECT_EQ(found.error().code, Errc::bad_value);
  }
}

}  // namespace
}  // namespace linli::desk
