#include "desk/corrections.h"

#include "channels/messages.h"
#include "desk/bulk.h"
#include "desk/similar.h"
#include "leads/erasure.h"
#include "leads/lead_store.h"
#include "people/groups.h"
#include "people/holdings.h"
#include "store/databases_for_tests.h"
#include "store/outbox.h"

namespace linli::corrections {
namespace {

using namespace std::chrono_literals;

const Instant kNow = *parse_time("2026-11-23T14:30:00Z");

class CorrectionsTest : public EachDatabase {
 protected:
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    connection.emplace(connect());
    in_transaction(*connection, [&](Tx& tx) {
      ASSERT_TRUE(
          tx.run("INSERT INTO grids (id, level, code, name, path, opened_at) VALUES (3, 'community', 'ht', '荷塘社区', "
                 "'q/ht', 0), (4, 'community', 'ly', '柳荫社区', 'q/ly', 0)"));
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

  template <class F>
  auto with(F work) {
    auto tx = connection->begin();
    auto result = work(*tx);
    if (result) {
      EXPECT_TRUE(tx->commit());
    }
    return result;
  }
  // A lead with messages id * 10 + 1 …, said a minute apart from `asked` on.
  Lead add(std::int64_t id, Instant asked, int count = 2, GroupId group = GroupId{9}, std::string path = "q/ht/1") {
    Lead lead;
    lead.id = LeadId{id};
    lead.opening = MessageId{id * 10 + 1};
    lead.revision = 1;
    lead.community = "荷塘社区";
    lead.grid_path = std::move(path);
    lead.group = group;
    lead.groups = {group};
    lead.category = "water_leak";
    lead.urgency = 3;
    lead.place = "荷塘苑3栋";
    lead.summary = "天花板漏水";
    lead.asked_at = lead.opened_at = asked;
    lead.latest_at = asked + std::chrono::minutes(count - 1);
    lead.message_count = count;
    EXPECT_TRUE(with([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(lead_store::insert(tx, sealer, lead));
      for (int i = 0; i < count; ++i) {
        const MessageId message{id * 10 + 1 + i};
        say(tx, message, group, asked + std::chrono::minutes(i));
        const lead_store::LinkRow link{message, lead.id, i ? Act::confirm : Act::report, 0.9F, {}};
        LINLI_TRY(lead_store::link(tx, std::span(&link, 1)));
      }
      return true;
    }));
    return lead;
  }
  void say(Tx& tx, MessageId id, GroupId group, Instant at) {
    Message m;
    m.id = "x" + std::to_string(id.value);
    m.sender = "s";
    m.text = "第" + std::to_string(id.value) + "条";
    m.sent_at = at;
    const MessageRow row{.id = id,
                         .channel = ChannelId{1},
                         .group = group,
                         .sent_at = at,
                         .received_at = at,
                         .role = m.role,
                         .type = m.type,
                         .live = true,
                         .body = seal_body(sealer, m)};
    EXPECT_TRUE(insert_messages(tx, std::span(&row, 1)));
  }
  Lead find(std::int64_t id) {
    auto lead = with([&](Tx& tx) { return lead_store::find(tx, sealer, LeadId{id}); });
    return lead && *lead ? std::move(**lead) : Lead{};
  }
  std::vector<std::int64_t> messages(LeadId id) {
    std::vector<std::int64_t> out;
    auto links = with([&](Tx& tx) { return lead_store::links(tx, sealer, id); });
    for (const LeadLink& link : *links) out.push_back(link.message.value);
    return out;
  }
  std::vector<std::int64_t> messages(std::int64_t id) { return messages(LeadId{id}); }
  std::string latest_history(LeadId id) {
    auto history = with([&](Tx& tx) { return lead_store::history(tx, sealer, id); });
    return history->empty() ? std::string() : desk::describe(history->back(), Language::zh);
  }
  std::int64_t count(std::string_view sql) {
    return *with([&](Tx& tx) { return tx.value<std::int64_t>(sql); }).value();
  }
  Result<Done> do_merge(const Actor& who, std::int64_t lead, int seen, std::int64_t into, Instant now = kNow) {
    return with([&](Tx& tx) { return merge(tx, sealer, who, LeadId{lead}, seen, LeadId{into}, now); });
  }
  Result<Done> do_unmerge(const Actor& who, std::int64_t lead, int seen, Instant now = kNow) {
    return with([&](Tx& tx) { return unmerge(tx, sealer, who, LeadId{lead}, seen, now); });
  }
  Result<Lead> do_edit(const Actor& who, std::int64_t lead, Edit change) {
    return with([&](Tx& tx) { return edit(tx, sealer, who, LeadId{lead}, change, kNow); });
  }
  template <class T>
  static std::string code(const Result<T>& result) {
    return result ? "ok" : std::string(linli::name(result.error().code)) + " " + result.error().where.field;
  }

  ManualClock clock{kNow};
  IdSource ids{clock};
  Actor ann{UserId{1}, "安", {}, {}}, bob{UserId{2}, "波", {}, {}}, cai{UserId{3}, "彩", {}, {}};
  Sealer sealer = Sealer::for_test();
  std::optional<Connection> connection;
};
ON_EACH_DATABASE(CorrectionsTest);

TEST_P(CorrectionsTest, WhatIsSetStandsUntilItIsGivenBack) {
  add(1, kNow);
  Edit change;
  change.category = "drainage";
  change.urgency = 1;
  change.place = "荷塘苑5栋";
  change.route = [](const std::string& place) { return place == "荷塘苑5栋" ? "q/ht/2" : "q/ht/1"; };
  const auto edited = do_edit(bob, 1, change);
  ASSERT_TRUE(edited) << code(edited);
  EXPECT_EQ(find(1).category, "drainage");
  EXPECT_EQ(find(1).by_person, 7);
  EXPECT_EQ(find(1).machine.category, "water_leak");
  EXPECT_EQ(find(1).grid_path, "q/ht/2") << "it goes where its place lies";
  EXPECT_EQ(find(1).decision_version, 1);
  EXPECT_EQ(latest_history(LeadId{1}), "地点由“荷塘苑3栋”改为“荷塘苑5栋”");
  EXPECT_EQ(count("SELECT COUNT(*) FROM lead_corrections"), 3) << "examples";
  EXPECT_EQ(code(do_edit(ann, 1, change)), "stale If-Match");
  change.seen_version = 1;
  EXPECT_EQ(do_edit(ann, 1, change)->decision_version, 1) << "nothing changes";

  Edit back;
  back.seen_version = 1;
  back.category = Edit::Change<std::string>::value_type{};
  back.place = Edit::Change<std::string>::value_type{};
  back.route = change.route;
  ASSERT_TRUE(do_edit(ann, 1, back));
  EXPECT_EQ(find(1).category, "water_leak");
  EXPECT_EQ(find(1).place, "荷塘苑3栋");
  EXPECT_EQ(find(1).urgency, 1) << "that was not given back";
  EXPECT_EQ(find(1).grid_path, "q/ht/1");
  EXPECT_EQ(latest_history(LeadId{1}), "地点交还机器判断：“荷塘苑3栋”");
  EXPECT_EQ(count("SELECT COUNT(*) FROM lead_corrections"), 1);
  const auto raw = with([&](Tx& tx) { return tx.value<std::string>("SELECT content FROM lead_corrections"); });
  EXPECT_EQ((*raw)->find("from"), std::string::npos) << "sealed";
  EXPECT_EQ(code(do_edit(cai, 1, change)), "not_allowed lead");
}

TEST_P(CorrectionsTest, APlaceOutsideOfWhatOneDecidesLeavesTheLeadWhereItIs) {
  add(1, kNow);
  Edit change;
  change.place = "柳荫路";
  change.route = [](const std::string&) { return "q/ly/1"; };
  ASSERT_TRUE(do_edit(bob, 1, change));
  EXPECT_EQ(find(1).grid_path, "q/ht/1");
  EXPECT_EQ(find(1).place, "柳荫路");
}

TEST_P(CorrectionsTest, AMergedLeadsMessagesGoToTheSurvivorAndBack) {
  add(1, kNow - 20min, 2);
  add(2, kNow - 10min, 3, GroupId{12});
  const auto merged = do_merge(bob, 1, 0, 2);
  ASSERT_TRUE(merged) << code(merged);
  EXPECT_EQ(messages(2), (std::vector<std::int64_t>{11, 12, 21, 22, 23}));
  const Lead into = find(2), one = find(1);
  EXPECT_EQ(into.message_count, 5);
  EXPECT_EQ(into.asked_at, kNow - 20min) << "the promise keeps the earliest start";
  EXPECT_EQ(into.latest_at, kNow - 8min);
  EXPECT_EQ(into.groups, (std::vector{GroupId{9}, GroupId{12}}));
  EXPECT_EQ(into.decision_version, 0) << "nobody's confirmation fails for it";
  EXPECT_EQ(one.state, LeadState::merged);
  EXPECT_EQ(one.merged_into, LeadId{2});
  EXPECT_EQ(one.decided_by, bob.id);
  EXPECT_EQ(latest_history(LeadId{1}), "合并到另一条线索（漏水渗水）");
  EXPECT_EQ(latest_history(LeadId{2}), "并入了1条同一件事的线索（漏水渗水）");
  ASSERT_TRUE(merged->moved);
  EXPECT_EQ(merged->moved->from, LeadId{1});
  EXPECT_EQ(merged->moved->to->key, 21);

  // What came later stays with the survivor.
  with([&](Tx& tx) -> Result<bool> {
    say(tx, MessageId{31}, GroupId{9}, kNow);
    const lead_store::LinkRow link{MessageId{31}, LeadId{2}, Act::urge, 0, {}};
    LINLI_TRY(lead_store::link(tx, std::span(&link, 1)));
    return true;
  });
  EXPECT_EQ(code(do_unmerge(bob, 1, 0)), "already_decided lead");
  EXPECT_EQ(code(do_unmerge(bob, 1, 1, kNow + 25h)), "undo_over lead");
  const auto back = do_unmerge(ann, 1, 1, kNow + 23h);
  ASSERT_TRUE(back) << code(back);
  EXPECT_EQ(messages(1), (std::vector<std::int64_t>{11, 12}));
  EXPECT_EQ(messages(2), (std::vector<std::int64_t>{21, 22, 23, 31}));
  EXPECT_EQ(find(1).state, LeadState::open);
  EXPECT_FALSE(find(1).decided_by);
  EXPECT_FALSE(find(1).merged_into);
  EXPECT_EQ(find(1).message_count, 2);
  EXPECT_EQ(find(2).asked_at, kNow - 10min);
  EXPECT_TRUE(back->moved->to->made);
  EXPECT_EQ(code(do_unmerge(bob, 1, 2)), "not_in_state lead");
}

TEST_P(CorrectionsTest, MergesOfMergedOnesComeApartInAnyOrder) {
  for (const bool inner_first : {true, false}) {
    const std::int64_t base = inner_first ? 0 : 10;
    for (std::int64_t i = 1; i <= 3; ++i) add(base + i, kNow - 9min, 1);
    ASSERT_TRUE(do_merge(bob, base + 3, 0, base + 1));
    ASSERT_TRUE(do_merge(bob, base + 1, 0, base + 2));
    EXPECT_EQ(messages(base + 2).size(), 3u);
    for (const std::int64_t i : inner_first ? std::vector<std::int64_t>{3, 1} : std::vector<std::int64_t>{1, 3})
      ASSERT_TRUE(do_unmerge(bob, base + i, 1)) << i;
    for (std::int64_t i = 1; i <= 3; ++i)
      EXPECT_EQ(messages(base + i), std::vector<std::int64_t>{(base + i) * 10 + 1}) << inner_first;
  }
}

TEST_P(CorrectionsTest, WhoMayMergeWhat) {
  add(1, kNow);
  add(2, kNow);
  add(5, kNow, 2, GroupId{40}, "q/ly/1");
  EXPECT_EQ(code(do_merge(bob, 1, 0, 5)), "unknown_lead into") << "beyond one's grids nothing is told, nothing done";
  EXPECT_EQ(code(do_merge(bob, 5, 0, 1)), "unknown_lead lead");
  EXPECT_EQ(code(do_merge(cai, 1, 0, 2)), "not_allowed lead");
  EXPECT_EQ(code(do_merge(bob, 1, 0, 1)), "bad_value into");
  EXPECT_EQ(code(do_merge(bob, 1, 7, 2)), "stale If-Match");
  ASSERT_TRUE(do_merge(bob, 1, 0, 2));
  EXPECT_EQ(code(do_merge(bob, 2, 0, 1)), "already_decided into");
  EXPECT_EQ(code(do_merge(bob, 1, 1, 2)), "already_decided lead");
  EXPECT_TRUE(do_merge(ann, 5, 0, 2)) << "over communities, by whom both see";
}

TEST_P(CorrectionsTest, AnAnswerComesAlongAndGoesBack) {
  add(1, kNow - 20min, 1);
  add(2, kNow - 10min, 1);
  with([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(tx.run("UPDATE leads SET answered_at = $1, state = 'answered' WHERE id = 1", {kNow - 15min}));
    return true;
  });
  ASSERT_TRUE(do_merge(bob, 1, 0, 2));
  EXPECT_EQ(find(2).answered_at, kNow - 15min);
  ASSERT_TRUE(do_unmerge(bob, 1, 1));
  EXPECT_EQ(find(1).state, LeadState::answered);
  EXPECT_EQ(find(1).answered_at, kNow - 15min);
  EXPECT_EQ(find(2).answered_at, std::nullopt);
}

TEST_P(CorrectionsTest, APickedPartBecomesALeadAndMergesBack) {
  add(1, kNow - 20min, 4);
  const auto pick = [&](std::vector<MessageId> picked, int seen) {
    return with([&](Tx& tx) { return split(tx, sealer, ids, bob, LeadId{1}, seen, picked, kNow); });
  };
  EXPECT_EQ(code(pick({MessageId{99}}, 0)), "bad_value messages");
  EXPECT_EQ(code(pick({MessageId{11}, MessageId{12}, MessageId{13}, MessageId{14}}, 0)), "last_message messages");
  const auto parts = pick({MessageId{13}, MessageId{11}, MessageId{13}}, 0);
  ASSERT_TRUE(parts) << code(parts);
  const Lead made = find(parts->other->id.value), rest = find(1);
  EXPECT_EQ(made.asked_at, kNow - 20min);
  EXPECT_EQ(made.opened_at, kNow);
  EXPECT_EQ(made.message_count, 2);
  EXPECT_EQ(made.summary, "第11条");
  EXPECT_EQ(made.state, LeadState::open);
  EXPECT_EQ(rest.asked_at, kNow - 19min);
  EXPECT_EQ(rest.message_count, 2);
  EXPECT_EQ(rest.decision_version, 1);
  EXPECT_EQ(messages(made.id), (std::vector<std::int64_t>{11, 13}));
  EXPECT_EQ(latest_history(LeadId{1}), "拆分：2条消息另立为一条线索");
  EXPECT_EQ(latest_history(made.id), "从另一条线索（漏水渗水）拆分出来");
  ASSERT_TRUE(do_merge(bob, made.id.value, 0, 1));
  EXPECT_EQ(messages(1), (std::vector<std::int64_t>{11, 12, 13, 14}));
  EXPECT_EQ(find(1).asked_at, kNow - 20min);
  EXPECT_EQ(find(1).message_count, 4);
  ASSERT_TRUE(pick({MessageId{11}, MessageId{13}}, 1)) << "and again";
}

TEST_P(CorrectionsTest, AMessageMoves) {
  add(1, kNow - 20min, 2);
  add(2, kNow - 10min, 1);
  add(5, kNow, 1, GroupId{40}, "q/ly/1");
  with([&](Tx& tx) -> Result<bool> {
    say(tx, MessageId{71}, GroupId{9}, kNow);
    say(tx, MessageId{72}, GroupId{40}, kNow);
    return true;
  });
  const auto put = [&](std::int64_t lead, int seen, std::int64_t message, std::optional<LeadId> to) {
    return with([&](Tx& tx) { return move(tx, sealer, bob, LeadId{lead}, seen, MessageId{message}, to, kNow); });
  };
  EXPECT_EQ(code(put(1, 0, 21, LeadId{1})), "not_found message") << "of another lead";
  EXPECT_EQ(code(put(1, 0, 72, LeadId{1})), "not_found message") << "of another group";
  EXPECT_EQ(code(put(1, 0, 12, LeadId{5})), "unknown_lead to");
  EXPECT_EQ(code(put(1, 0, 12, LeadId{1})), "bad_value to");
  EXPECT_EQ(code(put(2, 0, 21, LeadId{1})), "last_message message");
  ASSERT_TRUE(put(1, 0, 12, LeadId{2}));
  EXPECT_EQ(messages(2), (std::vector<std::int64_t>{12, 21}));
  EXPECT_EQ(find(2).asked_at, kNow - 19min);
  EXPECT_EQ(find(2).decision_version, 0);
  EXPECT_EQ(find(1).decision_version, 1);
  ASSERT_TRUE(put(2, 0, 12, LeadId{1})) << "back";
  EXPECT_EQ(find(2).asked_at, kNow - 10min);
  const auto away = put(1, 1, 12, std::nullopt);
  ASSERT_TRUE(away) << code(away);
  EXPECT_FALSE(away->moved->to);
  EXPECT_EQ(messages(1), std::vector<std::int64_t>{11});
  EXPECT_EQ(latest_history(LeadId{1}), "移出一条消息：不属于任何线索");
  EXPECT_EQ(code(put(1, 2, 12, LeadId{2})), "bad_value to") << "talk comes into the lead that it is called for";
  ASSERT_TRUE(put(1, 2, 12, LeadId{1}));
  ASSERT_TRUE(put(1, 3, 71, LeadId{1}));
  EXPECT_EQ(messages(1), (std::vector<std::int64_t>{11, 12, 71}));
  EXPECT_EQ(latest_history(LeadId{1}), "移入一条消息");
  EXPECT_EQ(count("SELECT COUNT(*) FROM moved_messages"), 2);
}

TEST_P(CorrectionsTest, TheLikeliestSameMatterComesFirst) {
  add(1, kNow);
  add(2, kNow - 5min);  // same place, words, category
  add(3, kNow - 90min);
  add(4, kNow - 5min);
  add(5, kNow, 1, GroupId{40}, "q/ly/1");
  add(6, kNow - 3min);
  with([&](Tx& tx) -> Result<bool> {
    for (const std::int64_t id : {3, 4, 6}) {
      Lead lead = **lead_store::find(tx, sealer, LeadId{id});
      if (id == 3) lead.place = "荷塘苑3栋2单元1502";  // same building, later
      if (id == 4) lead.place = "荷塘苑9栋", lead.category = "parking", lead.summary = "占了车位";
      if (id == 6) lead.place = "";
      LINLI_TRY(lead_store::update_fields(tx, sealer, lead));
    }
    LINLI_TRY(tx.run("UPDATE leads SET state = 'dismissed' WHERE id = 6"));
    return true;
  });
  const auto found = with([&](Tx& tx) { return desk::similar(tx, sealer, bob, LeadId{1}, kNow - 10h); });
  ASSERT_TRUE(found);
  std::vector<std::int64_t> order;
  for (const auto& one : *found) order.push_back(one.lead.id.value);
  EXPECT_EQ(order, (std::vector<std::int64_t>{2, 3})) << "no other matter, nothing decided, nothing beyond one's grids";
  std::string codes;
  for (const auto& reason : found->front().reasons) codes += reason.code + " ";
  EXPECT_EQ(codes,
            "similar.same_place similar.same_category similar.same_words similar.same_group similar.close_in_time ");
  EXPECT_GT(found->front().score, found->back().score);
}

TEST_P(CorrectionsTest, ManyAtOnceAndBack) {
  for (std::int64_t i = 1; i <= 4; ++i) add(i, kNow - 9min, 1);
  add(5, kNow, 1, GroupId{40}, "q/ly/1");
  ASSERT_TRUE(with([&](Tx& tx) {
    return desk::decide(tx, sealer, ann, LeadId{3}, {desk::Decision::Kind::confirm, 0}, kNow);
  }));
  bulk::Wanted wanted{.action = bulk::Action::dismiss,
                      .leads = {{LeadId{1}, 0}, {LeadId{2}, 7}, {LeadId{3}, 0}, {LeadId{5}, 0}},
                      .reason = DismissReason::duplicate,
                      .note = "停水",
                      .into = {}};
  const auto codes = [](const bulk::Outcomes& all) {
    std::string out;
    for (const auto& one : all.leads)
      out += std::string(one.problem ? linli::name(one.problem->code) : "ok") + (one.stands ? " " : "? ");
    return out;
  };
  const auto dry = with([&](Tx& tx) { return bulk::preview(tx, sealer, bob, wanted, kNow); });
  ASSERT_TRUE(dry);
  EXPECT_EQ(codes(*dry), "ok stale already_decided unknown_lead? ");
  EXPECT_FALSE(dry->batch);
  EXPECT_EQ(find(1).state, LeadState::open);
  const auto done = with([&](Tx& tx) { return bulk::apply(tx, sealer, ids, bob, wanted, kNow); });
  ASSERT_TRUE(done);
  EXPECT_EQ(codes(*done), codes(*dry)) << "as foretold";
  EXPECT_EQ(find(1).note, "停水");
  EXPECT_EQ(latest_history(LeadId{1}), "不立线索：重复（停水）");

  wanted = {.action = bulk::Action::merge, .leads = {{LeadId{2}, 0}, {LeadId{3}, 1}}, .note = {}, .into = LeadId{4}};
  const auto merged = with([&](Tx& tx) { return bulk::apply(tx, sealer, ids, bob, wanted, kNow); });
  ASSERT_TRUE(merged);
  EXPECT_EQ(codes(*merged), "ok ok ");
  EXPECT_EQ(messages(4).size(), 3u);
  EXPECT_EQ(find(4).message_count, 3);
  EXPECT_EQ(latest_history(LeadId{4}), "并入了2条同一件事的线索");
  wanted.into = LeadId{5};
  EXPECT_EQ(code(with([&](Tx& tx) { return bulk::apply(tx, sealer, ids, bob, wanted, kNow); })), "unknown_lead into");

  // One of them was taken out by hand since.
  ASSERT_TRUE(do_unmerge(ann, 2, 1));
  const auto undo = [&](const Actor& who, bulk::BatchId batch, Instant now = kNow) {
    return with([&](Tx& tx) { return bulk::undo(tx, sealer, who, batch, now); });
  };
  EXPECT_EQ(code(undo(bob, merged->batch, kNow + 25h)), "undo_over batch");
  EXPECT_EQ(code(undo(bob, bulk::BatchId{77})), "not_found batch");
  const auto back = undo(bob, merged->batch);
  ASSERT_TRUE(back) << code(back);
  EXPECT_EQ(codes(*back), "stale ok ");
  EXPECT_EQ(find(3).state, LeadState::confirmed) << "as before the merge";
  EXPECT_EQ(messages(4).size(), 1u);
  const auto again = undo(bob, merged->batch);
  ASSERT_TRUE(again);
  EXPECT_EQ(codes(*again), "stale already_decided ") << "nothing is left to take back";
  ASSERT_TRUE(undo(bob, done->batch));
  EXPECT_EQ(find(1).state, LeadState::open);

  // The same words to each; taken back while they are held.
  ASSERT_TRUE(with([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'webhook', 0)"));
    Group admitted{.id = GroupId{9}, .channel = ChannelId{1}, .external_id = "g9"};
    admitted.state = GroupState::admitted;
    LINLI_TRY(Groups::write(tx, admitted));
    return true;
  }));
  wanted = {.action = bulk::Action::reply,
            .leads = {{LeadId{1}, find(1).decision_version}, {LeadId{2}, 77}},
            .note = {},
            .into = {},
            .text = "{地点}{事情}：正在抢修"};
  const auto foretold = with([&](Tx& tx) { return bulk::preview(tx, sealer, bob, wanted, kNow); });
  EXPECT_EQ(codes(*foretold), "ok stale ");
  const auto said = with([&](Tx& tx) { return bulk::apply(tx, sealer, ids, bob, wanted, kNow); });
  ASSERT_TRUE(said) << code(said);
  EXPECT_EQ(codes(*said), codes(*foretold));
  EXPECT_EQ(find(1).state, LeadState::answered);
  const auto words = with([&](Tx& tx) { return replies::of_lead(tx, sealer, LeadId{1}); });
  ASSERT_EQ(words->size(), 1u);
  EXPECT_EQ(words->front().text.find('{'), std::string::npos) << words->front().text;
  const auto unsaid = undo(bob, said->batch);
  ASSERT_TRUE(unsaid) << code(unsaid);
  EXPECT_EQ(codes(*unsaid), "ok ");
  EXPECT_EQ(find(1).state, LeadState::open);
}

TEST_P(CorrectionsTest, WhatIsErasedIsErasedInMergedLeadsToo) {
  add(1, kNow - 20min, 1);
  add(2, kNow - 10min, 1);
  Edit change;
  change.place = "荷塘苑5栋2单元";
  ASSERT_TRUE(do_edit(bob, 1, change));
  ASSERT_TRUE(do_merge(bob, 1, 1, 2));
  ASSERT_TRUE(with([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(tx.run("UPDATE messages SET sender = 5"));
    LINLI_TRY(erasure::erase(tx, sealer, {ChannelId{1}, 5}, MessageId{21}, kNow, 100));
    return true;
  }));
  for (const std::int64_t id : {1, 2}) {
    EXPECT_EQ(find(id).place, "") << id;
    EXPECT_EQ(find(id).summary, erasure::kGone) << id;
    EXPECT_EQ(find(id).machine.place, "") << id;
  }
  EXPECT_EQ(count("SELECT COUNT(*) FROM lead_corrections"), 0);
}

}  // namespace
}  // namespace linli::corrections
