#include "desk/desk.h"

#include "leads/lead_store.h"
#include "people/holdings.h"
#include "store/databases_for_tests.h"
#include "store/outbox.h"

namespace linli::desk {
namespace {

using namespace std::chrono_literals;

const Instant kNow = *parse_time("2026-11-23T14:30:00Z");

class DeskTest : public EachDatabase {
 protected:
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    connection.emplace(connect());
    in_transaction(*connection, [&](Tx& tx) {
      ASSERT_TRUE(
          tx.run("INSERT INTO grids (id, level, code, name, path, opened_at) VALUES (3, 'community', 'ht', '荷塘社区', "
                 "'清溪河街道/荷塘社区', 0)"));
      for (Actor* who : {&ann, &bob, &cai}) {
        const User user{who->id, "user" + std::to_string(who->id.value), who->display_name, {}, {}};
        ASSERT_TRUE(users::add(tx, user, kNow));
        const StaffRole role = who == &ann   ? StaffRole::administrator
                               : who == &bob ? StaffRole::agent
                                             : StaffRole::volunteer;
        const GridId grid{who == &ann ? 0 : 3};
        ASSERT_TRUE(holdings::give(tx, {HoldingId{who->id.value}, who->id, role, grid, {}, {}, kNoEnd, {}}, {}, kNow));
        *who = *holdings::actor(tx, user, Day{100});
      }
    });
  }

  Lead add(std::int64_t id, int urgency, Instant asked, bool live = true, std::string path = "清溪河街道/荷塘社区/1") {
    Lead lead;
    lead.id = LeadId{id};
    lead.opening = MessageId{id};
    lead.revision = 1;
    lead.community = "荷塘社区";
    lead.grid_path = std::move(path);
    lead.group = GroupId{9};
    lead.groups = {GroupId{9}, GroupId{12}};
    lead.category = "water_leak";
    lead.urgency = urgency;
    lead.live = live;
    lead.place = "荷塘苑3栋";
    lead.summary = "漏水";
    lead.asked_at = lead.opened_at = lead.latest_at = asked;
    in_transaction(*connection, [&](Tx& tx) { ASSERT_TRUE(lead_store::insert(tx, sealer, lead)); });
    return lead;
  }

  template <class F>
  auto with(F work) {
    auto tx = connection->begin();
    auto result = work(*tx);
    if (result) {
      EXPECT_TRUE(tx->commit());
    }
    return result;
  }
  std::vector<std::int64_t> ids(const Actor& actor, const Filter& filter, std::string* next = nullptr) {
    auto page = with([&](Tx& tx) { return list(tx, sealer, actor, filter); });
    EXPECT_TRUE(page);
    std::vector<std::int64_t> out;
    for (const Lead& lead : page->leads) out.push_back(lead.id.value);
    if (next) *next = page->next_cursor;
    return out;
  }

  Actor ann{UserId{1}, "安", {}, {}}, bob{UserId{2}, "波", {}, {}}, cai{UserId{3}, "彩", {}, {}};
  Sealer sealer = Sealer::for_test();
  std::optional<Connection> connection;
};
ON_EACH_DATABASE(DeskTest);

TEST_P(DeskTest, TheMostEndangeredPromiseStandsFirst) {
  add(1, 3, kNow - 2min);
  add(2, 3, kNow - 9min);
  add(3, 1, kNow - 1min);          // an emergency before everything
  add(4, 1, kNow - 60min, false);  // history last
  EXPECT_EQ(ids(ann, {}), (std::vector<std::int64_t>{3, 2, 1, 4}));
}

TEST_P(DeskTest, BrokenPromisesMakeRoomForThoseThatHold) {
  add(1, 1, kNow - 40min);  // an emergency stays first, however late
  add(2, 3, kNow - 30min);
  add(3, 3, kNow - 16min);
  add(4, 3, kNow - 14min);
  add(5, 3, kNow - 2min);
  add(6, 3, kNow - 50min);
  with([&](Tx& tx) { return tx.run("UPDATE leads SET answered_at = 1 WHERE id = 6"); });
  add(7, 3, kNow - 60min, false);
  EXPECT_EQ(ids(ann, {}), (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7})) << "longest waiting first";
  Filter filter{.broken = kNow - 15min, .limit = 2};
  std::vector<std::int64_t> all;
  do {
    for (std::int64_t id : ids(ann, filter, &filter.cursor)) all.push_back(id);
    filter.broken = {};  // the first page decided
  } while (!filter.cursor.empty());
  EXPECT_EQ(all, (std::vector<std::int64_t>{1, 4, 5, 2, 3, 6, 7}));
}

TEST_P(DeskTest, PagesFollowOneAnother) {
  for (int i = 1; i <= 7; ++i) add(i, i == 4 ? 1 : 3, kNow - std::chrono::minutes(i));
  Filter filter{.limit = 3};
  std::vector<std::int64_t> all;
  do {
    for (std::int64_t id : ids(ann, filter, &filter.cursor)) all.push_back(id);
  } while (!filter.cursor.empty());
  EXPECT_EQ(all, (std::vector<std::int64_t>{4, 7, 6, 5, 3, 2, 1}));
}

TEST_P(DeskTest, FiltersAndBadInput) {
  add(1, 3, kNow);
  EXPECT_EQ(ids(ann, {.group = GroupId{12}}).size(), 1u);
  EXPECT_EQ(ids(ann, {.group = GroupId{2}}).size(), 0u) << "12 is not 2";
  EXPECT_EQ(ids(ann, {.category = "gas"}).size(), 0u);
  EXPECT_EQ(ids(ann, {.states = {LeadState::confirmed}}).size(), 0u);
  for (const char* cursor : {"x", "1.2", "1.2.3", "1.2.3.4.5", "9999999999999999999999.1.1.0"}) {
    auto page = with([&](Tx& tx) { return list(tx, sealer, ann, {.cursor = cursor}); });
    ASSERT_FALSE(page) << cursor;
    EXPECT_EQ(page.error().where.field, "cursor");
  }
}

TEST_P(DeskTest, NobodySeesBeyondTheirGrids) {
  add(1, 3, kNow, true, "清溪河街道/荷塘社区/1");
  add(2, 3, kNow, true, "清溪河街道/荷塘社区二/1");  // the same beginning, another community
  EXPECT_EQ(ids(ann, {}).size(), 2u);
  EXPECT_EQ(ids(bob, {}), (std::vector<std::int64_t>{1}));
  auto hidden = with([&](Tx& tx) { return card(tx, sealer, bob, LeadId{2}); });
  ASSERT_FALSE(hidden);
  EXPECT_EQ(hidden.error().code, Errc::unknown_lead);
  EXPECT_FALSE(with([&](Tx& tx) { return decide(tx, sealer, bob, LeadId{2}, {Decision::Kind::confirm, 0}, kNow); }));
  // A volunteer sees the lead, not what happened to it, and decides nothing.
  EXPECT_EQ(ids(cai, {}), (std::vector<std::int64_t>{1}));
  EXPECT_TRUE(with([&](Tx& tx) { return card(tx, sealer, cai, LeadId{1}); })->history.empty());
  auto refused = with([&](Tx& tx) { return decide(tx, sealer, cai, LeadId{1}, {Decision::Kind::confirm, 0}, kNow); });
  EXPECT_EQ(refused.error().code, Errc::not_allowed);
}

TEST_P(DeskTest, TheSecondOfTwoIsToldWhoDecided) {
  add(1, 3, kNow);
  const auto confirmed = with([&](Tx& tx) {
    return decide(tx, sealer, bob, LeadId{1}, {Decision::Kind::confirm, 0}, kNow);
  });
  ASSERT_TRUE(confirmed);
  EXPECT_EQ(confirmed->state, LeadState::confirmed);
  EXPECT_EQ(confirmed->decision_version, 1);
  const auto second = with([&](Tx& tx) {
    return decide(tx, sealer, ann, LeadId{1}, {Decision::Kind::dismiss, 0, DismissReason::other, {}}, kNow);
  });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::already_decided);
  EXPECT_EQ(second.error().args[0], (std::pair<std::string, std::string>("who", "波")));

  const auto back = with([&](Tx& tx) { return decide(tx, sealer, ann, LeadId{1}, {Decision::Kind::reopen, 1}, kNow); });
  ASSERT_TRUE(back);
  EXPECT_EQ(back->state, LeadState::open);
  const auto history = with([&](Tx& tx) { return lead_store::history(tx, sealer, LeadId{1}); });
  ASSERT_EQ(history->size(), 2u);
  EXPECT_EQ(describe(history->front(), Language::zh), "已确认");
  const auto events = with([&](Tx& tx) -> Result<std::vector<Event>> { return Outbox::after(tx, 0, 10); });
  ASSERT_TRUE(events);
}

TEST_P(DeskTest, NotesAndPlacesAreCiphertext) {
  add(1, 3, kNow);
  ASSERT_TRUE(with([&](Tx& tx) {
    return decide(tx, sealer, ann, LeadId{1}, {Decision::Kind::dismiss, 0, DismissReason::settled, "李姐说修好了"},
                  kNow);
  }));
  const auto read = with([&](Tx& tx) { return lead_store::find(tx, sealer, LeadId{1}); });
  EXPECT_EQ((*read)->note, "李姐说修好了");
  const auto raw = with([&](Tx& tx) { return tx.value<std::string>("SELECT note FROM leads"); });
  EXPECT_EQ((*raw)->find("李姐"), std::string::npos);
}

}  // namespace
}  // namespace linli::desk
