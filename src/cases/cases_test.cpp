#include "cases/cases.h"

#include <algorithm>
#include <set>

#include "cases/policy.h"
#include "channels/messages.h"
#include "leads/lead_store.h"
#include "people/grids.h"
#include "people/groups.h"
#include "people/holdings.h"
#include "people/routing_store.h"
#include "people/users.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

using namespace std::chrono_literals;
using A = CaseAction;
using S = CaseState;

// Monday, 10:00 in Shanghai.
const Instant kNow = *parse_time("2026-11-23T10:00:00+08:00");

class CasesTest : public EachDatabase {
 protected:
  template <class F>
  auto with(F work) {
    auto tx = connection->begin();
    auto result = work(*tx);
    if (result) {
      EXPECT_TRUE(tx->commit());
    }
    return result;
  }
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    connection.emplace(connect());
    const auto made = with([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(tx.run(
          "INSERT INTO grids (id, parent_id, level, code, name, path, opened_at) VALUES (1, NULL, 'district', 'jn', "
          "'锦宁区', 'jn', 0), (2, 1, 'street', 's', '清溪河街道', 'jn/s', 0), (3, 2, 'community', 'ht', '荷塘社区', "
          "'jn/s/ht', 0), (4, 2, 'community', 'ld', '莲灯社区', 'jn/s/ld', 0), (5, 3, 'grid', 'ht1', '第1网格', "
          "'jn/s/ht/ht1', 0)"));
      const std::tuple<Actor*, StaffRole, int> people[] = {
          {&agent, StaffRole::agent, 3},         {&zhou, StaffRole::officer, 5},
          {&wang, StaffRole::officer, 5},        {&head, StaffRole::grid_head, 3},
          {&secretary, StaffRole::secretary, 3}, {&manager, StaffRole::manager, 2},
          {&far, StaffRole::secretary, 4},       {&dept, StaffRole::department, 2},
          {&admin, StaffRole::administrator, 0}, {&volunteer, StaffRole::volunteer, 5}};
      for (const auto& [who, role, grid] : people) {
        const User user{who->id, "user" + std::to_string(who->id.value), who->display_name, {}, {}};
        LINLI_TRY(users::add(tx, user, kNow));
        LINLI_TRY(
            holdings::give(tx, {HoldingId{who->id.value}, who->id, role, GridId{grid}, {}, {}, kNoEnd, {}}, {}, kNow));
        auto actor = holdings::actor(tx, user, TimeZone::shanghai().day(kNow));
        if (!actor) return tl::unexpected(actor.error());
        *who = *actor;
      }
      LINLI_TRY(grids.load(tx));
      return true;
    });
    ASSERT_TRUE(made);
    tree = grids.tree();
  }

  cases::Office office(Instant now) { return {sealer, ids, *tree, TimeZone::shanghai(), now}; }
  Result<Case> file(cases::New what = {}, Instant now = kNow) {
    if (what.grid_path.empty()) what.grid_path = "jn/s/ht/ht1";
    if (what.category.empty()) what.category = "water_leak";
    if (what.content.title.empty()) what.content.title = "3栋天花板滴水";
    if (what.came_by == CameBy::lead) what.came_by = CameBy::phone;
    return with([&](Tx& tx) { return cases::open(tx, office(now), agent, what); });
  }
  Result<Case> act(const Actor& who, const Case& one, cases::Said said, Instant now = kNow) {
    if (said.seen_version == 0) said.seen_version = one.version;
    return with([&](Tx& tx) { return cases::act(tx, office(now), who, one.id, said); });
  }
  std::vector<CaseEntry> timeline(const Case& one) {
    return *with([&](Tx& tx) { return case_store::timeline(tx, sealer, one.id); });
  }
  Case stored(const Case& one) {
    return **with([&](Tx& tx) { return case_store::find(tx, sealer, one.id); });
  }
  cases::Page page(const Actor& who, cases::Filter filter = {}, Instant now = kNow) {
    return *with([&](Tx& tx) { return cases::list(tx, sealer, who, filter, now); });
  }
  static Errc code(const auto& result) { return result ? Errc{} : result.error().code; }

  SystemClock clock;
  IdSource ids{clock};
  Sealer sealer = Sealer::for_test();
  Grids grids;
  std::shared_ptr<const GridTree> tree;
  Actor agent{UserId{1}, "安", {}, {}}, zhou{UserId{2}, "小周", {}, {}}, wang{UserId{3}, "小王", {}, {}},
      head{UserId{4}, "网格长", {}, {}}, secretary{UserId{5}, "书记", {}, {}}, manager{UserId{6}, "街道", {}, {}},
      far{UserId{7}, "远", {}, {}}, dept{UserId{8}, "水务", {}, {}}, admin{UserId{9}, "管", {}, {}},
      volunteer{UserId{10}, "志", {}, {}};
  std::optional<Connection> connection;
};
ON_EACH_DATABASE(CasesTest);

TEST_P(CasesTest, FromTheCallToTheEnd) {
  Case one = *file({.answer_by = AnswerBy::phone,
                    .content = {.title = "滴水", .contact_name = "李姐", .contact_phone = "13800001111"},
                    .note = "先关总阀"});
  EXPECT_EQ(one.number, "jn-20261123-0001");
  EXPECT_EQ(one.state, S::dispatched);
  EXPECT_EQ(one.assignee, zhou.id) << "no roster: the first who holds the officer's role there";
  EXPECT_EQ(one.accept_by, kNow + 5h + 30min) << "4 hours of work, over the noon break";
  EXPECT_EQ(stored(one).content.contact_phone, "13800001111");
  one = *act(zhou, one, {.action = A::accept}, kNow + 5min);
  EXPECT_EQ(one.accepted_at, kNow + 5min);
  EXPECT_FALSE(one.accept_by);
  one = *act(zhou, one, {.action = A::start});
  one = *act(zhou, one, {.action = A::report_done, .note = "换了水管"}, kNow + 2h);
  EXPECT_EQ(one.done_at, kNow + 2h);
  EXPECT_FALSE(late_at(one)) << "done is not late any more";
  one = *act(agent, one, {.action = A::follow_up, .note = "李姐说修好了", .stars = 5});
  EXPECT_EQ(one.stars, 5);
  one = *act(agent, one, {.action = A::close}, kNow + 26h);
  EXPECT_EQ(one.closed_at, kNow + 26h);
  const auto entries = timeline(one);
  ASSERT_EQ(entries.size(), 6u);
  EXPECT_EQ(entries[0].kind, "filed");
  EXPECT_EQ(entries[0].note, "先关总阀");
  EXPECT_EQ(entries[3].note, "换了水管");
  EXPECT_TRUE(entries[3].open_to_residents);
  EXPECT_EQ(entries[5].state, S::closed);
  EXPECT_EQ(*with([&](Tx& tx) { return tx.value<int>("SELECT COUNT(*) FROM outbox WHERE kind LIKE 'case.%'"); }), 6);
}

TEST_P(CasesTest, NumbersCountByDayAndPrefix) {
  with([&](Tx& tx) -> Result<bool> {
    CasePolicy policy;
    policy.prefixes[GridId{1}] = "JN";
    policy.times.push_back({"water_leak", 3, {{10min, false}, {20min, false}}});
    LINLI_TRY(case_policy::set(tx, policy, 0, {}, kNow));
    auto again = case_policy::load(tx);
    EXPECT_TRUE(again && again->first == policy);
    return true;
  });
  EXPECT_EQ(file()->number, "JN-20261123-0001");
  EXPECT_EQ(file()->number, "JN-20261123-0002");
  const Case tomorrow = *file({}, kNow + 24h);
  EXPECT_EQ(tomorrow.number, "JN-20261124-0001");
  EXPECT_EQ(tomorrow.due_at, kNow + 24h + 20min);
}

TEST_P(CasesTest, WhatWasSeenIsWhatCounts) {
  const Case one = *file();
  EXPECT_EQ(code(act(zhou, one, {.action = A::accept, .seen_version = 7})), Errc::stale);
  ASSERT_TRUE(act(secretary, one, {.action = A::urge, .note = "快一点"}));
  EXPECT_TRUE(act(zhou, one, {.action = A::accept})) << "being urged does not make accepting fail";
  EXPECT_EQ(code(act(wang, one, {.action = A::accept})), Errc::stale) << "the second of two learns that";
}

TEST_P(CasesTest, WhoseScopeAndWhoseRight) {
  const Case one = *file();
  for (const Actor* who : {&far, &volunteer})
    EXPECT_EQ(code(act(*who, one, {.action = A::accept})), Errc::unknown_case) << who->display_name;
  EXPECT_EQ(code(act(manager, one, {.action = A::accept})), Errc::not_allowed);
  EXPECT_EQ(code(act(wang, one, {.action = A::return_, .reason = "不是我的"})), Errc::not_allowed);
  EXPECT_EQ(code(act(agent, one, {.action = A::supervise, .due_at = kNow + 1h})), Errc::not_allowed);
  EXPECT_TRUE(page(far).cases.empty());
  EXPECT_EQ(page(manager).cases.size(), 1u);
  EXPECT_EQ(code(with([&](Tx& tx) {
              return cases::open(tx, office(kNow), far, {.grid_path = "jn/s/ht", .category = "water_leak"});
            })),
            Errc::not_allowed);
  EXPECT_EQ(code(file({.to = volunteer.id})), Errc::not_of_grid);
  EXPECT_EQ(code(file({.to = far.id})), Errc::not_of_grid);
  EXPECT_EQ(code(file({.to = UserId{77}})), Errc::unknown_user);
}

TEST_P(CasesTest, WhatMustBeSaid) {
  const Case one = *act(zhou, *file(), {.action = A::accept});
  EXPECT_EQ(code(act(zhou, one, {.action = A::report_done})), Errc::missing_field);
  EXPECT_EQ(code(act(zhou, one, {.action = A::suspend, .reason = "等配件"})), Errc::missing_field);
  EXPECT_EQ(code(act(zhou, one, {.action = A::start, .stars = 3})), Errc::bad_value) << "what the step does not take";
  const Day today = TimeZone::shanghai().day(kNow);
  EXPECT_EQ(code(act(zhou, one, {.action = A::suspend, .reason = "等配件", .wake_on = today})), Errc::bad_value);
  EXPECT_EQ(code(act(zhou, one, {.action = A::suspend, .reason = "等配件", .wake_on = today + 400})), Errc::bad_value);
  EXPECT_EQ(code(act(secretary, one, {.action = A::urge, .due_at = kNow - 1min})), Errc::bad_value);
  EXPECT_EQ(code(act(zhou, one, {.action = A::transfer, .to = zhou.id, .reason = "换人"})), Errc::bad_value);
  EXPECT_EQ(code(act(zhou, one, {.action = A::close})), Errc::not_in_state);
  EXPECT_EQ(timeline(one).size(), 2u) << "what was refused left no trace";
}

TEST_P(CasesTest, SuspendedItsClockStandsAndTheDayWakesIt) {
  Case one = *act(zhou, *file(), {.action = A::accept});
  const Instant due = *one.due_at;
  const Day today = TimeZone::shanghai().day(kNow);
  one = *act(zhou, one, {.action = A::suspend, .reason = "等配件", .wake_on = today + 2}, kNow + 30min);
  EXPECT_FALSE(one.due_at);
  EXPECT_EQ(one.content.reason, "等配件");
  const auto wake = [&](Instant now) { return *with([&](Tx& tx) { return cases::wake(tx, office(now), 10); }); };
  EXPECT_EQ(wake(kNow + 24h), 0);
  EXPECT_EQ(wake(kNow + 48h), 1);
  EXPECT_EQ(wake(kNow + 48h), 0);
  one = stored(one);
  EXPECT_EQ(one.state, S::in_progress);
  EXPECT_FALSE(one.wake_on);
  ASSERT_TRUE(one.due_at);
  EXPECT_GT(*one.due_at, due + 47h);
  const auto entries = timeline(one);
  EXPECT_EQ(entries.back().kind, "woken");
  EXPECT_FALSE(entries.back().by);
  EXPECT_EQ(with([&](Tx& tx) { return case_store::pauses(tx, one.id); })->size(), 1u);
  // By hand before its day, and suspended again: the second pause counts as well.
  one = *act(zhou, one, {.action = A::suspend, .reason = "又等", .wake_on = today + 9}, kNow + 49h);
  one = *act(zhou, one, {.action = A::resume}, kNow + 50h);
  EXPECT_TRUE(one.due_at);
  EXPECT_EQ(with([&](Tx& tx) { return case_store::pauses(tx, one.id); })->size(), 2u);
}

TEST_P(CasesTest, PingPongGoesUp) {
  Case one = *file();
  one = *act(zhou, one, {.action = A::return_, .reason = "不在我这片"});
  EXPECT_EQ(one.state, S::returned);
  EXPECT_FALSE(one.assignee);
  one = *act(agent, one, {.action = A::dispatch, .to = zhou.id});
  one = *act(zhou, one, {.action = A::transfer, .to = wang.id, .reason = "他熟"});
  EXPECT_EQ(one.state, S::transferred);
  one = *act(wang, one, {.action = A::return_, .reason = "我也不熟"});
  EXPECT_EQ(one.state, S::escalated);
  EXPECT_EQ(one.assignee, head.id);
  EXPECT_EQ(timeline(one).back().kind, "bounced");
  EXPECT_EQ(timeline(one).back().times, 3);
  EXPECT_EQ(code(act(head, one, {.action = A::return_, .reason = "?"})), Errc::not_in_state);
  // Ordered down again and returned again: one grid higher.
  one = *act(head, one, {.action = A::dispatch, .to = zhou.id});
  one = *act(zhou, one, {.action = A::return_, .reason = "还是不行"});
  EXPECT_EQ(one.state, S::escalated);
  EXPECT_EQ(one.assignee, manager.id) << "strictly above the community";
  one = *act(manager, one, {.action = A::dispatch, .to = dept.id});
  one = *act(dept, one, {.action = A::return_, .reason = "不归我们"});
  EXPECT_EQ(one.state, S::escalated);
  EXPECT_FALSE(one.assignee) << "nobody stands above the street here: whoever supervises takes it on";
  EXPECT_TRUE(act(secretary, one, {.action = A::accept}));
}

TEST_P(CasesTest, ReopenedItsTimesBeginAnew) {
  Case one = *act(zhou, *file(), {.action = A::accept});
  one = *act(zhou, one, {.action = A::report_done, .note = "好了"});
  one = *act(agent, one, {.action = A::follow_up, .note = "没好"}, kNow + 24h);
  one = *act(agent, one, {.action = A::reopen, .reason = "还在滴"}, kNow + 24h);
  EXPECT_EQ(one.state, S::reopened);
  EXPECT_EQ(one.due_from, kNow + 24h);
  EXPECT_FALSE(one.done_at);
  EXPECT_EQ(one.assignee, zhou.id) << "it goes back to who had it";
  EXPECT_EQ(one.accept_from, kNow + 24h);
  EXPECT_TRUE(act(zhou, one, {.action = A::accept}));
}

TEST_P(CasesTest, RejectedItSaysWhoIsResponsible) {
  const Case one = *act(secretary, *file(), {.action = A::reject, .reason = "产权在物业", .responsible = "锦苑物业"});
  EXPECT_EQ(one.state, S::rejected);
  EXPECT_EQ(stored(one).content.responsible, "锦苑物业");
  EXPECT_TRUE(page(agent).cases.empty());
  EXPECT_EQ(page(agent, {.states = {S::rejected}}).cases.size(), 1u);
}

TEST_P(CasesTest, AConfidentialCaseIsThereWithoutContent) {
  const Case one = *file({.confidential = true, .to = zhou.id});
  const auto sees = [&](const Actor& who) { return sees_content(one, who); };
  EXPECT_TRUE(sees(agent) && sees(zhou) && sees(admin));
  EXPECT_FALSE(sees(wang) || sees(head) || sees(secretary) || sees(manager));
  EXPECT_EQ(page(secretary).cases.size(), 1u) << "that it exists is no secret";
  EXPECT_EQ(page(secretary, {.category = "water_leak"}).cases.size(), 0u) << "what it is about is";
  EXPECT_EQ(page(zhou, {.category = "water_leak"}).cases.size(), 1u);
  EXPECT_EQ(page(admin, {.category = "water_leak"}).cases.size(), 1u);
  EXPECT_EQ(code(act(wang, one, {.action = A::accept})), Errc::not_allowed) << "accepting would open it";
  EXPECT_EQ(code(act(head, one, {.action = A::transfer, .to = head.id, .reason = "我来"})), Errc::not_allowed);
  EXPECT_TRUE(act(secretary, one, {.action = A::urge}));
  EXPECT_TRUE(act(zhou, one, {.action = A::accept}));
}

TEST_P(CasesTest, ALeadHasOneCaseAndItsWordsGoWithIt) {
  Lead lead;
  lead.id = LeadId{50};
  lead.opening = MessageId{1};
  lead.revision = 1;
  lead.grid_path = "jn/s/ht/ht1";
  lead.group = GroupId{9};
  lead.groups = {GroupId{9}};
  lead.category = "water_leak";
  lead.asked_at = lead.opened_at = lead.latest_at = kNow - 400 * 24h;
  lead.state = LeadState::in_case;
  with([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'webhook', 0)"));
    Group group{.id = GroupId{9}, .channel = ChannelId{1}, .external_id = "g"};
    group.state = GroupState::admitted;
    LINLI_TRY(Groups::write(tx, group));
    LINLI_TRY(lead_store::insert(tx, sealer, lead));
    return true;
  });
  const auto open = [&] {
    return with([&](Tx& tx) {
      return cases::open(tx, office(kNow), agent,
                         {.lead = lead.id,
                          .grid_path = lead.grid_path,
                          .category = lead.category,
                          .content = {.title = "李姐家滴水", .place = "3-2-1502"},
                          .note = "找李姐"});
    });
  };
  const Case one = *open();
  EXPECT_EQ(code(open()), Errc::duplicate);
  with([&](Tx& tx) -> Result<bool> {
    const std::string body = seal_body(sealer, {.id = "x", .group = "g"});
    LINLI_TRY(
        tx.run("INSERT INTO messages (id, channel_id, group_id, sent_at, received_at, role, type, flags, sender, "
               "body) VALUES (1, 1, 9, 0, 0, 0, 1, 0, 5, $1)",
               {Blob{body}}));
    LINLI_TRY(tx.run("INSERT INTO lead_messages (message_id, lead_id, act, score, reasons) VALUES (1, 50, 1, 1, $1)",
                     {Blob{}}));
    return true;
  });
  const auto step = with([&](Tx& tx) { return erasure::empty_leads(tx, sealer, kNow, kNow, 10); });
  ASSERT_TRUE(step) << name(step.error().code);
  EXPECT_EQ(step->leads, 1);
  EXPECT_EQ(stored(one).content.title, erasure::kGone);
  EXPECT_EQ(stored(one).content.place, "");
  EXPECT_EQ(timeline(one).front().note, "");
  EXPECT_EQ(timeline(one).front().kind, "dispatched_from_lead") << "what was done stays";
}

TEST_P(CasesTest, WordsOfOldCasesFiledByHandGo) {
  Case one = *file();
  one = *act(secretary, one, {.action = A::reject, .reason = "李姐弄错了", .responsible = "物业"});
  const Case open = *file();
  const auto step = with([&](Tx& tx) { return cases::empty_old(tx, kNow + 1h, kNow + 1h, 10); });
  EXPECT_TRUE(step->done);
  EXPECT_EQ(stored(one).content.title, erasure::kGone);
  EXPECT_EQ(timeline(one).back().reason, "");
  EXPECT_EQ(stored(open).content.title, "3栋天花板滴水");
}

TEST_P(CasesTest, TheListIsInOrderAndPagesThroughAll) {
  std::vector<Case> all;
  for (int i = 0; i < 30; ++i)
    all.push_back(
        *file({.category = i % 3 ? "water_leak" : "noise_life", .urgency = 1 + i % 4, .to = i % 2 ? zhou.id : wang.id},
              kNow + std::chrono::minutes(i)));
  const auto walk = [&](cases::Filter filter) {
    std::vector<Case> out;
    filter.limit = 7;
    do {
      cases::Page one = page(agent, filter, kNow + 40min);
      for (auto& shown : one.cases) out.push_back(shown.one);
      filter.cursor = one.next_cursor;
    } while (!filter.cursor.empty());
    return out;
  };
  const auto open = walk({});
  ASSERT_EQ(open.size(), 30u);
  std::set<std::int64_t> seen;
  for (std::size_t i = 0; i < open.size(); ++i) {
    EXPECT_TRUE(seen.insert(open[i].id.value).second);
    if (i == 0) continue;
    EXPECT_LE(open[i - 1].urgency == 1 ? 0 : 1, open[i].urgency == 1 ? 0 : 1);
    if ((open[i - 1].urgency == 1) == (open[i].urgency == 1)) {
      EXPECT_LE(*late_at(open[i - 1]), *late_at(open[i]));
    }
  }
  EXPECT_EQ(walk({.category = "noise_life"}).size(), 10u);
  EXPECT_EQ(walk({.urgency = 1}).size(), 8u);
  EXPECT_EQ(walk({.states = {S::new_, S::dispatched}}).size(), 30u);
  EXPECT_EQ(walk({.states = {S::dispatched, S::closed}}).front().id, all.back().id) << "with ended ones: latest first";
  EXPECT_EQ(walk({.states = {S::closed}}).size(), 0u);
  EXPECT_EQ(walk({.grid_path = "jn/s/ht"}).size(), 30u);
  EXPECT_EQ(walk({.grid_path = "jn/s/ld"}).size(), 0u);
  EXPECT_EQ(page(zhou, {.mine = true}).cases.size(), 15u);
  const auto late = walk({.late = true});
  for (const Case& one : late) EXPECT_LT(*late_at(one), kNow + 40min);
  EXPECT_FALSE(late.empty());
  const auto board = with([&](Tx& tx) { return cases::board(tx, agent, false, "jn/s/ht", kNow + 40min, kNow + 2h); });
  EXPECT_EQ(board->open, 30);
  EXPECT_EQ(board->late, static_cast<std::int64_t>(late.size()));
  EXPECT_EQ(board->states[static_cast<std::size_t>(S::dispatched)].all, 30);
  EXPECT_EQ(code(with([&](Tx& tx) { return cases::list(tx, sealer, agent, {.cursor = "x"}, kNow); })), Errc::bad_value);
  EXPECT_EQ(with([&](Tx& tx) { return cases::board(tx, far, false, "", kNow, kNow); })->open, 0);
}

TEST_P(CasesTest, ARuleSendsItToTheGridHead) {
  with([&](Tx& tx) -> Result<bool> {
    RoutingRule rule;
    rule.id = RuleId{1};
    rule.grid = GridId{3};
    rule.category = "water_leak";
    rule.target = RoutingTarget::grid_head;
    LINLI_TRY(rules::put(tx, sealer, rule, agent.id, kNow));
    return true;
  });
  EXPECT_EQ(file()->assignee, head.id);
  EXPECT_EQ(file({.category = "noise_life"})->assignee, zhou.id);
  EXPECT_EQ(file({.dispatch = false})->state, S::new_);
  const auto nobody = with([&](Tx& tx) {
    return cases::open(tx, office(kNow), admin, {.grid_path = "somewhere/else", .category = "water_leak"});
  });
  EXPECT_FALSE(nobody->assignee);
  EXPECT_EQ(nobody->number, "case-20261123-0001");
}

}  // namespace
}  // namespace linli
