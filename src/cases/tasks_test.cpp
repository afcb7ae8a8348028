#include "cases/tasks.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/words.h"
#include "people/grids.h"
#include "people/holdings.h"
#include "people/users.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

using namespace std::chrono_literals;
using A = TaskAction;
using S = TaskState;

constexpr TaskHats kUnit = hat(TaskHat::unit), kOffice = hat(TaskHat::office), kMachine = hat(TaskHat::machine);

TEST(TaskWorkflow, StepsOfADay) {
  struct Row {
    S state;
    A action;
    TaskHats who;
    const char* then;
  };
  for (const Row& row : {Row{S::sent, A::accept, kUnit, "accepted"},
                         {S::sent, A::accept, kOffice, "not_allowed"},
                         {S::sent, A::report_done, kUnit, "reported_done"},
                         {S::accepted, A::return_, kUnit, "returned"},
                         {S::reported_done, A::return_, kUnit, "not_in_state"},
                         {S::reported_done, A::confirm, kOffice, "confirmed"},
                         {S::reported_done, A::confirm, kUnit, "not_allowed"},
                         {S::reported_done, A::send_back, kOffice, "accepted"},
                         {S::returned, A::accept, kUnit, "not_in_state"},
                         {S::returned, A::send_again, kOffice, "sent"},
                         {S::accepted, A::cancel, kMachine, "cancelled"},
                         {S::confirmed, A::cancel, kOffice, "not_in_state"}}) {
    const auto rule = task_step(row.state, row.action, row.who);
    EXPECT_EQ(rule ? name((*rule)->to) : name(rule.error().code), row.then) << name(row.state) << name(row.action);
  }
}

// Random people do random things: no state without a way to its end, none that only a unit leads out of, ends are ends.
TEST(TaskWorkflow, RandomActionsKeepTheRules) {
  std::mt19937 random(20261128);
  const auto one_of = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  std::size_t confirmed = 0, cancelled = 0, refused = 0;
  for (int round = 0; round < 2'000; ++round) {
    S state = S::sent;
    bool with_words = false;
    for (int i = 0; i < 30; ++i) {
      const auto action = static_cast<A>(one_of(kTaskActions));
      const auto who = static_cast<TaskHats>(1u << one_of(kTaskHats));
      const auto rule = task_step(state, action, who);
      if (!rule) {
        ++refused;
        ASSERT_TRUE(rule.error().code == Errc::not_allowed || rule.error().code == Errc::not_in_state);
        continue;
      }
      ASSERT_FALSE(is_over(state)) << "nothing leads out of the end";
      if ((*rule)->to == S::reported_done) with_words = true;
      if ((*rule)->to == S::confirmed) {
        ASSERT_EQ(who, kOffice);
        ASSERT_TRUE(with_words) << "confirmed is only what was reported";
      }
      if (who == kUnit) {
        ASSERT_TRUE((*rule)->to == S::accepted || (*rule)->to == S::returned || (*rule)->to == S::reported_done);
      }
      state = (*rule)->to;
      confirmed += state == S::confirmed;
      cancelled += state == S::cancelled;
    }
  }
  EXPECT_GT(confirmed, 50u);
  EXPECT_GT(cancelled, 50u);
  EXPECT_GT(refused, 1'000u);
  for (std::size_t s = 0; s < kTaskStates; ++s) {
    const auto state = static_cast<S>(s);
    EXPECT_EQ(task_steps(state, kOffice).empty(), is_over(state)) << name(state) << " waits for ever on a unit";
    EXPECT_EQ(parse_task_state(name(state)), state);
    EXPECT_NE(phrase("task_state." + std::string(name(state)), {}, Language::zh),
              "task_state." + std::string(name(state)));
  }
  for (std::size_t a = 0; a < kTaskActions; ++a)
    EXPECT_EQ(parse_task_action(name(static_cast<A>(a))), static_cast<A>(a));
}

const Instant kNow = *parse_time("2026-11-23T10:00:00+08:00");

class TasksTest : public EachDatabase {
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
    ASSERT_TRUE(with([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(tx.run(
          "INSERT INTO grids (id, parent_id, level, code, name, path, opened_at) VALUES (1, NULL, 'district', 'jn', "
          "'锦宁区', 'jn', 0), (3, 1, 'community', 'ht', '荷塘社区', 'jn/ht', 0), (4, 1, 'community', 'ld', "
          "'莲灯社区', "
          "'jn/ld', 0)"));
      const std::tuple<Actor*, StaffRole, int> people[] = {
          {&agent, StaffRole::agent, 3}, {&zhou, StaffRole::officer, 3}, {&far, StaffRole::secretary, 4}};
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
      LINLI_TRY(units::add(tx, sealer, gas, agent.id, kNow));
      LINLI_TRY(units::add(tx, sealer, elsewhere, agent.id, kNow));
      return true;
    }));
    tree = grids.tree();
  }
  cases::Office office(Instant now = kNow) { return {sealer, ids, *tree, TimeZone::shanghai(), now}; }
  Case file(bool confidential = false, int urgency = 2) {
    cases::New what;
    what.grid_path = "jn/ht";
    what.category = "gas";
    what.urgency = urgency;
    what.confidential = confidential;
    what.came_by = CameBy::phone;
    what.answer_by = AnswerBy::phone;
    what.content.title = "闻到煤气味";
    what.content.place = "3-2-1502";
    what.to = zhou.id;
    return *with([&](Tx& tx) { return cases::open(tx, office(), agent, what); });
  }
  tasks::New task() {
    tasks::New what;
    what.unit = gas.id;
    what.what = "查漏，电话13800001111";
    what.due_at = kNow + 2h;
    return what;
  }
  Result<tasks::Sent> send(const Actor& who, const Case& one, const tasks::New& what) {
    return with([&](Tx& tx) { return tasks::send(tx, office(), who, one.id, what); });
  }
  Result<tasks::ByLink> by_link(const std::string& token, Instant now = kNow) {
    return with([&](Tx& tx) { return tasks::by_link(tx, sealer, token, now); });
  }
  Result<tasks::ByLink> says(const std::string& token, tasks::Said said, Instant now = kNow) {
    return with([&](Tx& tx) { return tasks::act_by_link(tx, office(now), token, said); });
  }
  Result<tasks::Sent> act(const Actor& who, const Task& t, tasks::Said said, Instant now = kNow) {
    said.seen_version = t.version;
    return with([&](Tx& tx) { return tasks::act(tx, office(now), who, t.of, t.id, said); });
  }
  std::vector<std::string> kinds(CaseId id) {
    std::vector<std::string> out;
    const auto entries = with([&](Tx& tx) { return case_store::timeline(tx, sealer, id); });
    for (const CaseEntry& e : *entries) out.push_back(e.kind);
    return out;
  }
  static Errc code(const auto& result) { return result ? Errc{} : result.error().code; }

  Sealer sealer = Sealer::for_test();
  ManualClock clock{kNow};
  IdSource ids{clock};
  Grids grids;
  std::shared_ptr<const GridTree> tree;
  std::optional<Connection> connection;
  Actor agent{UserId{11}, "李静", {}, {}}, zhou{UserId{12}, "周宁", {}, {}}, far{UserId{13}, "吴书记", {}, {}};
  Unit gas{UnitId{21}, 1, "锦宁燃气", UnitKind::gas, "值班室", "02888880000", "", {GridId{1}}, {}};
  Unit elsewhere{UnitId{22}, 1, "莲灯物业", UnitKind::property, "", "", "", {GridId{4}}, {}};
};

TEST_P(TasksTest, AUnitWorksByItsLink) {
  const Case one = file();
  auto sent = send(zhou, one, task());
  ASSERT_TRUE(sent) << for_terminal(sent.error(), Language::en);
  EXPECT_EQ(sent->token.size(), 22u);
  EXPECT_EQ(sent->task.place, "3-2-1502") << "of the case";
  EXPECT_EQ(code(by_link("0123456789012345678901")), Errc::not_found);
  auto link = by_link(sent->token);
  ASSERT_TRUE(link);
  EXPECT_EQ(link->task.what, "查漏，电话13800001111");
  EXPECT_EQ(code(says(sent->token, {.action = A::confirm, .seen_version = 1})), Errc::not_in_state);
  EXPECT_EQ(code(says(sent->token, {.action = A::accept, .seen_version = 7})), Errc::stale);
  EXPECT_EQ(code(says(sent->token, {.action = A::return_, .seen_version = 1})), Errc::missing_field);
  ASSERT_TRUE(says(sent->token, {.action = A::accept, .seen_version = 1}));
  EXPECT_EQ(code(says(sent->token, {.action = A::report_done, .seen_version = 2})), Errc::missing_field);
  link = says(sent->token, {.action = A::report_done, .seen_version = 2, .note = "换了阀门"});
  ASSERT_TRUE(link);
  EXPECT_EQ(link->task.report, "换了阀门");
  auto back = act(zhou, link->task, {.action = A::send_back, .reason = "还有味道", .due_at = kNow + 5h});
  ASSERT_TRUE(back);
  EXPECT_EQ(back->task.state, S::accepted);
  EXPECT_EQ(back->task.due_at, kNow + 5h);
  EXPECT_TRUE(back->token.empty());
  link = says(sent->token, {.action = A::report_done, .seen_version = 4, .note = "管子也换了"});
  ASSERT_TRUE(link);
  EXPECT_EQ(code(act(far, link->task, {.action = A::confirm})), Errc::unknown_case);
  auto done = act(agent, link->task, {.action = A::confirm});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->task.state, S::confirmed);
  EXPECT_EQ(kinds(one.id), (std::vector<std::string>{"filed", "task_sent", "task_accepted", "task_done",
                                                     "task_sent_back", "task_done", "task_confirmed"}));
  const Case now = **with([&](Tx& tx) { return case_store::find(tx, sealer, one.id); });
  EXPECT_EQ(now.version, one.version) << "the case itself was not moved";
  EXPECT_EQ(now.revision, one.revision + 6);
}

TEST_P(TasksTest, LinksExpireAreRevokedAndMadeNew) {
  const Case one = file();
  const auto sent = *send(zhou, one, task());
  EXPECT_TRUE(by_link(sent.token, kNow + 2h + tasks::kLinkAfterDue - 1s));
  EXPECT_EQ(code(by_link(sent.token, kNow + 2h + tasks::kLinkAfterDue)), Errc::not_found);
  const auto renewed = with([&](Tx& tx) { return tasks::renew_link(tx, office(), zhou, one.id, sent.task.id); });
  ASSERT_TRUE(renewed);
  EXPECT_EQ(code(by_link(sent.token)), Errc::not_found) << "the one before";
  EXPECT_TRUE(by_link(renewed->token));
  ASSERT_TRUE(with([&](Tx& tx) { return tasks::revoke_link(tx, office(), zhou, one.id, sent.task.id); }));
  EXPECT_EQ(code(by_link(renewed->token)), Errc::not_found);
  // No token stands in the store.
  EXPECT_EQ(*with([&](Tx& tx) {
    return tx.value<int>("SELECT COUNT(*) FROM case_tasks WHERE CAST(link_hash AS TEXT) LIKE $1",
                         {"%" + renewed->token.substr(0, 8) + "%"});
  }),
            0);
  // Returned, it goes to another one by a new link.
  const auto other = *send(zhou, one, task());
  const auto returned = *says(other.token, {.action = A::return_, .seen_version = 1, .reason = "不归我们管"});
  const auto again = act(zhou, returned.task, {.action = A::send_again, .due_at = kNow + 4h});
  ASSERT_TRUE(again);
  EXPECT_EQ(code(by_link(other.token)), Errc::not_found);
  EXPECT_EQ(by_link(again->token)->task.state, S::sent);
}

TEST_P(TasksTest, WhoMayGiveWhatToWhom) {
  const Case one = file();
  auto what = task();
  EXPECT_EQ(code(send(far, one, what)), Errc::unknown_case);
  what.unit = elsewhere.id;
  EXPECT_EQ(code(send(zhou, one, what)), Errc::not_of_grid);
  what = task();
  what.due_at = kNow - 1s;
  EXPECT_EQ(code(send(zhou, one, what)), Errc::bad_value);
  what = task();
  what.contact_why = "emergency";
  what.contact_phone = "13800001111";
  EXPECT_EQ(code(send(zhou, one, what)), Errc::bad_value) << "not an emergency";
  what.contact_why = "consent";
  const auto sent = send(zhou, one, what);
  ASSERT_TRUE(sent);
  EXPECT_EQ(by_link(sent->token)->task.contact_phone, "13800001111");
  EXPECT_TRUE(send(zhou, file(false, 1), [&] {
    auto urgent = task();
    urgent.contact_why = "emergency";
    urgent.contact_phone = "13800001111";
    return urgent;
  }()));
  // Confidential: the assignee only, with a reason.
  const Case hidden = file(true);
  EXPECT_EQ(code(send(agent, hidden, task())), Errc::not_allowed);
  EXPECT_EQ(code(send(zhou, hidden, task())), Errc::missing_field);
  auto with_reason = task();
  with_reason.reason = "只有燃气公司能查";
  EXPECT_TRUE(send(zhou, hidden, with_reason));
}

TEST_P(TasksTest, WhatIsOpenEndsWithTheCase) {
  const Case one = file();
  const auto sent = *send(zhou, one, task());
  EXPECT_EQ(code(with([&](Tx& tx) -> Result<bool> {
              LINLI_TRY(cases::withdraw(tx, office(), agent, one));
              return true;
            })),
            Errc::not_in_state);
  cases::Said said;
  said.action = CaseAction::return_;
  said.reason = "不归我管";
  said.seen_version = one.version;
  const auto returned = with([&](Tx& tx) { return cases::act(tx, office(), zhou, one.id, said); });
  ASSERT_TRUE(returned);
  said.action = CaseAction::reject;
  said.responsible = "燃气公司";
  said.seen_version = returned->version;
  ASSERT_TRUE(with([&](Tx& tx) { return cases::act(tx, office(), agent, one.id, said); }));
  const auto link = by_link(sent.token);
  ASSERT_TRUE(link);
  EXPECT_EQ(link->task.state, S::cancelled);
  EXPECT_EQ(code(says(sent.token, {.action = A::accept, .seen_version = 2})), Errc::not_in_state);
  EXPECT_EQ(code(send(zhou, one, task())), Errc::not_in_state);
  // Erased with the words of the case.
  ASSERT_TRUE(with([&](Tx& tx) { return cases::empty_old(tx, kNow + 1h, kNow + 1h, 10); }));
  EXPECT_EQ(code(by_link(sent.token)), Errc::not_found);
  EXPECT_EQ(with([&](Tx& tx) { return tasks::of_case(tx, sealer, one.id); })->front().what, "");
}

ON_EACH_DATABASE(TasksTest);

}  // namespace
}  // namespace linli
