#include "desk/replies.h"

#include <algorithm>

#include "desk/claims.h"
#include "leads/lead_store.h"
#include "people/groups.h"
#include "people/holdings.h"
#include "store/databases_for_tests.h"
#include "store/outbox.h"

namespace linli::replies {
namespace {

using namespace std::chrono_literals;

const Instant kNow = *parse_time("2026-11-23T14:30:00Z");

class RepliesTest : public EachDatabase {
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
    with([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(
          tx.run("INSERT INTO grids (id, level, code, name, path, opened_at) VALUES (3, 'community', 'ht', '荷塘社区', "
                 "'s/ht', 0), (4, 'community', 'ld', '莲灯社区', 's/ld', 0)"));
      LINLI_TRY(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'webhook', 0)"));
      for (int n : {9, 12}) {
        Group group{.id = GroupId{n}, .channel = ChannelId{1}, .external_id = "g" + std::to_string(n)};
        group.state = GroupState::admitted;
        LINLI_TRY(Groups::write(tx, group));
      }
      for (Actor* who : {&ann, &bob, &far, &vol}) {
        const User user{who->id, "user" + std::to_string(who->id.value), who->display_name, {}, {}};
        LINLI_TRY(users::add(tx, user, kNow));
        const StaffRole role = who == &vol ? StaffRole::volunteer : StaffRole::agent;
        const GridId grid{who == &far ? 4 : 3};
        LINLI_TRY(holdings::give(tx, {HoldingId{who->id.value}, who->id, role, grid, {}, {}, kNoEnd, {}}, {}, kNow));
        auto actor = holdings::actor(tx, user, Day{100});
        if (!actor) return tl::unexpected(actor.error());
        *who = *actor;
      }
      Lead lead;
      lead.id = kLead;
      lead.opening = MessageId{1};
      lead.revision = 1;
      lead.grid_path = "s/ht/1";
      lead.group = GroupId{9};
      lead.groups = {GroupId{9}, GroupId{12}};
      lead.category = "water_leak";
      lead.urgency = 2;
      lead.asked_at = lead.opened_at = lead.latest_at = kNow - 4min;
      LINLI_TRY(lead_store::insert(tx, sealer, lead));
      return true;
    });
  }

  Result<Reply> say(const Actor& who, New said = {.text = "马上有人来看"}, Instant at = kNow) {
    said.seen_version = said.seen_version ? said.seen_version : lead().decision_version;
    return with([&](Tx& tx) { return send(tx, sealer, ids, who, kLead, said, at); });
  }
  Lead lead() {
    return **with([&](Tx& tx) { return lead_store::find(tx, sealer, kLead); });
  }
  OutState state(const Reply& reply, std::size_t n = 0) {
    return (*with([&](Tx& tx) { return outgoing::find(tx, sealer, reply.out[n].id); }))->state;
  }
  // What the sender does with a way out that takes everything; false: it was not wanted any more.
  bool go_out(const Reply& reply, std::size_t n = 0, OutState to = OutState::sent, Instant at = kNow + 9s) {
    return *with([&](Tx& tx) -> Result<bool> {
      auto due = outgoing::due(tx, sealer, at, 10);
      if (!due) return tl::unexpected(due.error());
      const auto found = std::ranges::find(*due, reply.out[n].id, &outgoing::Item::id);
      if (found == due->end()) return false;
      outgoing::Item item = *found;
      auto wanted = still_wanted(tx, sealer, item, at);
      if (!wanted || !*wanted) return wanted;
      const OutState from = item.state;
      item.state = to;
      if (to == OutState::sent) item.said_at = at;
      if (auto done = outgoing::change(tx, sealer, item, from); !done || !*done) return done;
      LINLI_TRY(changed(tx, item, at));
      return true;
    });
  }
  Result<Waiting> step(const Actor& who, const Reply& reply, Step what, Instant at = kNow + 20s) {
    return with([&](Tx& tx) { return take_step(tx, sealer, who, reply.out[0].id, what, at); });
  }
  static Errc code(const auto& result) { return result ? Errc{} : result.error().code; }

  static constexpr LeadId kLead{50};
  SystemClock clock;
  IdSource ids{clock};
  Actor ann{UserId{1}, "安", {}, {}}, bob{UserId{2}, "波", {}, {}}, far{UserId{3}, "远", {}, {}},
      vol{UserId{4}, "志", {}, {}};
  Sealer sealer = Sealer::for_test();
  std::optional<Connection> connection;
};
ON_EACH_DATABASE(RepliesTest);

TEST_P(RepliesTest, AReplyIsHeldThenSaidAndKeepsThePromise) {
  const Reply reply = *say(ann, {.text = "马上有人来看", .groups = {GroupId{9}, GroupId{12}}});
  ASSERT_EQ(reply.out.size(), 2u);
  EXPECT_EQ(reply.out[0].due_at, kNow + 8s);
  EXPECT_EQ(lead().state, LeadState::answered);
  EXPECT_FALSE(lead().answered_at) << "nobody has heard it yet";
  EXPECT_TRUE(with([&](Tx& tx) { return outgoing::due(tx, sealer, kNow + 7s, 10); })->empty());
  EXPECT_EQ(with([&](Tx& tx) { return outgoing::due(tx, sealer, kNow + 8s, 10); })->size(), 2u);
  EXPECT_TRUE(go_out(reply, 0));
  EXPECT_EQ(lead().answered_at, kNow + 9s);
  EXPECT_TRUE(go_out(reply, 1)) << "the first group's words are no answer by hand";
  const auto all = *with([&](Tx& tx) { return of_lead(tx, sealer, kLead); });
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].text, "马上有人来看");
  EXPECT_EQ(all[0].out[1].state, OutState::sent);
}

TEST_P(RepliesTest, NobodyAnswersTwiceUnknowingly) {
  const int seen = lead().decision_version;
  ASSERT_TRUE(say(ann, {.seen_version = seen, .text = "一"}));
  const auto late =
      with([&](Tx& tx) { return send(tx, sealer, ids, bob, kLead, New{.seen_version = seen, .text = "二"}, kNow); });
  ASSERT_EQ(code(late), Errc::answered_already);
  EXPECT_EQ(late.error().args[0].second, "安");
  EXPECT_EQ(code(say(bob, {.text = "二"})), Errc::answered_already) << "not even with the present version";
  EXPECT_TRUE(say(bob, {.text = "二", .again = true}));
  EXPECT_EQ(*with([&](Tx& tx) { return tx.value<int>("SELECT COUNT(*) FROM outgoing"); }), 2);
}

TEST_P(RepliesTest, WhoseScopeAndWhoseRight) {
  EXPECT_EQ(code(say(far)), Errc::unknown_lead);
  EXPECT_EQ(code(say(vol)), Errc::not_allowed);
  EXPECT_EQ(code(say(ann, {.text = "x", .groups = {GroupId{77}}})), Errc::bad_value);
  EXPECT_EQ(code(say(ann, {.text = "x", .quotes = MessageId{77}})), Errc::bad_value);
  const Reply reply = *say(ann);
  EXPECT_EQ(code(with([&](Tx& tx) { return take_back(tx, sealer, far, reply.id, kNow); })), Errc::unknown_lead);
  EXPECT_EQ(code(with([&](Tx& tx) { return take_back(tx, sealer, vol, reply.id, kNow); })), Errc::not_allowed);
}

TEST_P(RepliesTest, WhatIsHeldIsTakenBackAndTheLeadStandsAsBefore) {
  const Reply reply = *say(ann);
  const auto back = with([&](Tx& tx) { return take_back(tx, sealer, ann, reply.id, kNow + 5s); });
  ASSERT_TRUE(back);
  EXPECT_EQ(back->withdrawn_why, "taken_back");
  EXPECT_EQ(state(reply), OutState::withdrawn);
  EXPECT_EQ(lead().state, LeadState::open);
  EXPECT_FALSE(lead().decided_by);
  EXPECT_FALSE(go_out(reply)) << "withdrawn words are said by nobody";
  const Reply second = *say(ann);
  ASSERT_TRUE(go_out(second));
  EXPECT_EQ(code(with([&](Tx& tx) { return take_back(tx, sealer, ann, second.id, kNow + 10s); })), Errc::reply_gone);
}

TEST_P(RepliesTest, AnAnswerByHandWithdrawsWhatWaits) {
  const Reply reply = *say(ann);
  with([&](Tx& tx) { return tx.run("UPDATE leads SET answered_at = $2 WHERE id = $1", {kLead, kNow + 3s}); });
  EXPECT_FALSE(go_out(reply));
  EXPECT_EQ(state(reply), OutState::withdrawn);
  EXPECT_EQ((*with([&](Tx& tx) { return of_lead(tx, sealer, kLead); }))[0].withdrawn_why, "answered_by_hand");
  const Reply knowing = *say(ann, {.text = "还有一句", .again = true});
  EXPECT_TRUE(go_out(knowing)) << "who writes after it knows";
}

TEST_P(RepliesTest, CopiedByHandIsClaimedThenProved) {
  const Reply reply = *say(ann);
  ASSERT_TRUE(go_out(reply, 0, OutState::to_relay));
  EXPECT_EQ((*with([&](Tx& tx) { return waiting(tx, sealer, ann, 10, kNow); })).size(), 1u);
  EXPECT_TRUE(with([&](Tx& tx) { return waiting(tx, sealer, far, 10, kNow); })->empty());
  EXPECT_EQ(code(step(ann, reply, Step::retry)), Errc::not_in_state);
  EXPECT_EQ(code(step(vol, reply, Step::said)), Errc::not_allowed);
  ASSERT_TRUE(step(bob, reply, Step::said));
  EXPECT_EQ(lead().claimed_at, kNow + 20s);
  EXPECT_FALSE(lead().answered_at);
  ASSERT_TRUE(step(bob, reply, Step::not_said));
  EXPECT_FALSE(lead().claimed_at);
  ASSERT_TRUE(step(bob, reply, Step::said, kNow + 30s));
  const auto echo =
      with([&](Tx& tx) { return outgoing::echo_of(tx, sealer, GroupId{9}, " 马上有人来看 ", kNow + 40s); });
  ASSERT_TRUE(*echo);
  EXPECT_FALSE(*with([&](Tx& tx) { return outgoing::echo_of(tx, sealer, GroupId{12}, "马上有人来看", kNow + 40s); }));
  ASSERT_TRUE(with([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(heard(tx, sealer, **echo, kNow + 35s, kNow + 40s));
    return true;
  }));
  EXPECT_EQ(lead().answered_at, kNow + 30s) << "proved for when it was claimed";
  EXPECT_FALSE(*with([&](Tx& tx) { return outgoing::echo_of(tx, sealer, GroupId{9}, "马上有人来看", kNow + 50s); }));
}

TEST_P(RepliesTest, ToldByPhoneKeepsThePromiseAtOnce) {
  const Reply reply = *say(ann, {.text = "电话里说清楚了", .way = Way::phone});
  EXPECT_TRUE(reply.out.empty());
  EXPECT_EQ(lead().answered_at, kNow);
  ASSERT_TRUE(with([&](Tx& tx) { return take_back(tx, sealer, ann, reply.id, kNow + 2s); }));
  EXPECT_FALSE(lead().answered_at);
}

TEST_P(RepliesTest, AQuestionBackKeepsTheLeadOnTheDesk) {
  ASSERT_TRUE(say(ann, {.text = "请问是几栋？", .ends = false}));
  EXPECT_EQ(lead().state, LeadState::confirmed);
  EXPECT_TRUE(say(ann, {.text = "收到，马上来"}));
  EXPECT_EQ(lead().state, LeadState::answered);
}

TEST_P(RepliesTest, WordsOfAMachineCarryTheMark) {
  const Reply reply = *say(ann, {.text = "明早八点来水", .machine = true});
  EXPECT_EQ(reply.out[0].words.text, "明早八点来水\n（由AI辅助生成，经人工审核）");
  EXPECT_EQ(reply.text, "明早八点来水");
}

TEST_P(RepliesTest, ClaimsAreSeenLapseAndAreTakenOver) {
  const auto take = [&](const Actor& who, claims::Doing doing, bool over = false, Instant at = kNow) {
    return with([&](Tx& tx) { return claims::take(tx, sealer, who, kLead, doing, over, at); });
  };
  using claims::Doing;
  ASSERT_TRUE(take(ann, Doing::writing));
  const auto late = take(bob, Doing::viewing);
  ASSERT_EQ(code(late), Errc::claimed);
  EXPECT_EQ(late.error().args[0].second, "安");
  EXPECT_EQ(code(say(bob)), Errc::claimed) << "no words past one who writes";
  EXPECT_EQ(code(take(vol, Doing::viewing)), Errc::not_allowed);
  EXPECT_EQ(code(take(far, Doing::viewing)), Errc::unknown_lead);
  EXPECT_TRUE(take(bob, Doing::viewing, false, kNow + 91s)) << "it has lapsed";
  ASSERT_TRUE(take(ann, Doing::writing, true, kNow + 92s));
  const auto card = *with([&](Tx& tx) { return desk::card(tx, sealer, ann, kLead); });
  EXPECT_EQ(card.history.back().kind, "taken_over");
  EXPECT_EQ(desk::describe(card.history.back(), Language::zh), "从波手里接手");
  ASSERT_TRUE(with([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(claims::leave(tx, sealer, bob, kLead, kNow + 93s));
    return true;
  }));
  EXPECT_TRUE(*with([&](Tx& tx) { return claims::of_lead(tx, kLead, kNow + 93s); })) << "not another one's";
  ASSERT_TRUE(say(ann, {.text = "好了"}, kNow + 94s));
  EXPECT_FALSE(*with([&](Tx& tx) { return claims::of_lead(tx, kLead, kNow + 94s); })) << "answered: nobody is at it";
}

}  // namespace
}  // namespace linli::replies
