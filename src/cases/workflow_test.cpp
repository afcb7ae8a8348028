#include "cases/workflow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/words.h"

namespace linli {
namespace {

using S = CaseState;
using A = CaseAction;

Hats hats(StaffRole role, bool assignee = false, bool sees = true) { return hats_of(rights_of(role), assignee, sees); }

std::string outcome(S state, A action, Hats who, int bounces = 0) {
  const auto next = step(state, action, who, bounces);
  return std::string(next ? name(next->to) : name(next.error().code));
}

struct Line {
  S state;
  A action;
  StaffRole role;
  bool assignee;
  const char* then;
};

TEST(Workflow, StepsOfADay) {
  const Line lines[] = {
      {S::new_, A::dispatch, StaffRole::agent, false, "dispatched"},
      {S::dispatched, A::accept, StaffRole::officer, true, "accepted"},
      {S::dispatched, A::accept, StaffRole::officer, false, "accepted"},  // a colleague steps in
      {S::accepted, A::accept, StaffRole::officer, false, "not_in_state"},
      {S::accepted, A::start, StaffRole::officer, true, "in_progress"},
      {S::accepted, A::start, StaffRole::officer, false, "not_allowed"},
      {S::in_progress, A::suspend, StaffRole::officer, true, "suspended"},
      {S::suspended, A::resume, StaffRole::officer, true, "in_progress"},
      {S::suspended, A::report_done, StaffRole::officer, true, "not_in_state"},
      {S::in_progress, A::report_done, StaffRole::officer, true, "reported_done"},
      {S::in_progress, A::report_done, StaffRole::agent, false, "not_allowed"},
      {S::reported_done, A::close, StaffRole::agent, false, "not_allowed"},  // done is not closed: somebody asks first
      {S::reported_done, A::follow_up, StaffRole::agent, false, "followed_up"},
      {S::reported_done, A::follow_up, StaffRole::department, true, "not_allowed"},
      {S::followed_up, A::close, StaffRole::agent, false, "closed"},
      {S::closed, A::reopen, StaffRole::agent, false, "reopened"},
      {S::reopened, A::accept, StaffRole::officer, true, "accepted"},
      {S::closed, A::archive, StaffRole::agent, false, "archived"},
      {S::archived, A::reopen, StaffRole::administrator, false, "not_in_state"},
      {S::archived, A::note, StaffRole::administrator, false, "not_in_state"},
      {S::dispatched, A::return_, StaffRole::officer, true, "returned"},
      {S::dispatched, A::return_, StaffRole::officer, false, "not_allowed"},
      {S::escalated, A::return_, StaffRole::grid_head, true, "not_in_state"},  // at the top nobody hands back
      {S::escalated, A::dispatch, StaffRole::grid_head, true, "dispatched"},
      {S::escalated, A::accept, StaffRole::officer, false, "not_allowed"},
      {S::escalated, A::dispatch, StaffRole::manager, true, "dispatched"},
      {S::new_, A::reject, StaffRole::agent, false, "rejected"},
      {S::accepted, A::reject, StaffRole::officer, true, "not_allowed"},  // an officer returns; who leads rejects
      {S::accepted, A::reject, StaffRole::secretary, false, "rejected"},
      {S::accepted, A::urge, StaffRole::secretary, false, "accepted"},
      {S::accepted, A::urge, StaffRole::agent, false, "not_allowed"},
      {S::accepted, A::supervise, StaffRole::manager, false, "accepted"},
      {S::accepted, A::transfer, StaffRole::officer, true, "transferred"},
      {S::accepted, A::transfer, StaffRole::agent, false, "not_allowed"},
      {S::accepted, A::transfer, StaffRole::shift_leader, false, "transferred"},
      {S::accepted, A::note, StaffRole::department, true, "accepted"},
      {S::accepted, A::note, StaffRole::volunteer, false, "not_allowed"},
  };
  for (const Line& line : lines)
    EXPECT_EQ(outcome(line.state, line.action, hats(line.role, line.assignee)), line.then)
        << name(line.state) << " " << name(line.action) << " " << name(line.role);
}

TEST(Workflow, TheMachineOnlyWakes) {
  for (std::size_t s = 0; s < kCaseStates; ++s)
    for (const Step& one : steps(static_cast<S>(s), hat(Hat::machine), 0)) {
      EXPECT_EQ(static_cast<S>(s), S::suspended);
      EXPECT_EQ(one.rule->action, A::resume);
    }
}

TEST(Workflow, AChildFollowsItsParent) {
  const Hats office = hats(StaffRole::administrator, true);
  for (std::size_t s = 0; s < kCaseStates; ++s) {
    const auto state = static_cast<S>(s);
    std::set<A> may;
    for (const Step& one : steps(state, office, 0, Tie::child)) {
      may.insert(one.rule->action);
      EXPECT_FALSE(one.rule->to) << name(one.rule->action) << " moves a child";
    }
    EXPECT_EQ(may.contains(A::leave), is_open(state)) << name(state);
    EXPECT_EQ(step(state, A::join, office, 0, Tie::parent).has_value(), false);
    EXPECT_EQ(step(state, A::join, office, 0, Tie::alone).has_value(), is_open(state));
    // It ends with its parent from wherever it stands.
    for (const A end : {A::close, A::reject})
      EXPECT_EQ(step(state, end, hat(Hat::machine), 0, Tie::child).has_value(), is_open(state)) << name(state);
    EXPECT_FALSE(step(state, A::close, hat(Hat::machine), 0, Tie::alone).has_value());
  }
}

TEST(Workflow, WhoDoesNotSeeItCanOnlyUrge) {
  for (std::size_t r = 0; r < kStaffRoles; ++r)
    for (std::size_t s = 0; s < kCaseStates; ++s)
      for (const Step& one : steps(static_cast<S>(s), hats(static_cast<StaffRole>(r), false, false), 0))
        EXPECT_TRUE(one.rule->action == A::urge || one.rule->action == A::supervise) << name(one.rule->action);
}

TEST(Workflow, SomeRolesDoNothing) {
  for (const StaffRole role :
       {StaffRole::volunteer, StaffRole::support, StaffRole::trainer, StaffRole::auditor, StaffRole::integrator})
    for (std::size_t s = 0; s < kCaseStates; ++s)
      EXPECT_TRUE(steps(static_cast<S>(s), hats(role, true), 0).empty())
          << name(role) << " " << name(static_cast<S>(s));
}

TEST(Workflow, EveryStateHasAWayOutButArchived) {
  // By what an office of an agent, an officer and a secretary can do, with nobody as assignee.
  const Hats office = hats(StaffRole::agent) | hats(StaffRole::officer) | hats(StaffRole::secretary);
  std::map<S, std::set<S>> ways;
  for (std::size_t s = 0; s < kCaseStates; ++s)
    for (const Step& one : steps(static_cast<S>(s), office | hat(Hat::assignee), 0))
      if (one.rule->to) ways[static_cast<S>(s)].insert(one.to);
  for (std::size_t s = 0; s < kCaseStates; ++s) {
    const auto state = static_cast<S>(s);
    if (state == S::archived) {
      EXPECT_TRUE(ways[state].empty());
      continue;
    }
    bool without_assignee = false;
    for (const Step& one : steps(state, office, 0)) without_assignee |= one.rule->to.has_value();
    EXPECT_TRUE(without_assignee) << name(state) << " is stuck when its assignee is gone";
    std::set<S> reached{state};
    for (std::vector<S> left{state}; !left.empty();) {
      const S at = left.back();
      left.pop_back();
      for (const S next : ways[at])
        if (reached.insert(next).second) left.push_back(next);
    }
    EXPECT_TRUE(reached.contains(S::archived) && reached.contains(S::closed)) << name(state);
  }
}

TEST(Workflow, TheTableIsWhole) {
  for (std::size_t a = 0; a < kCaseActions; ++a) {
    const auto action = static_cast<A>(a);
    EXPECT_EQ(parse_case_action(name(action)), action);
    EXPECT_TRUE(std::ranges::any_of(workflow(), [&](const auto& rule) { return rule.action == action; }))
        << name(action);
    EXPECT_NE(phrase("case_action." + std::string(name(action)), {}, Language::zh),
              "case_action." + std::string(name(action)));
    EXPECT_NE(phrase("case_entry." + std::string(name(action)), {}, Language::zh),
              "case_entry." + std::string(name(action)));
  }
  for (std::size_t s = 0; s < kCaseStates; ++s) EXPECT_EQ(parse_case_state(name(static_cast<S>(s))), static_cast<S>(s));
  for (const WorkflowRule& rule : workflow()) {
    EXPECT_NE(rule.from, 0);
    EXPECT_NE(rule.who, 0);
    EXPECT_EQ(rule.needs & rule.may, 0) << name(rule.action);
  }
}

// Random people do random things with a case: the model is the table, and these must hold whatever they do.
TEST(Workflow, RandomActionsKeepTheRules) {
  std::mt19937 random(20261128);
  const auto one_of = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  std::size_t done = 0, refused = 0, closed = 0, joined = 0, left = 0;
  for (int round = 0; round < 8'000; ++round) {
    S state = one_of(2) ? S::new_ : S::dispatched;
    int bounces = 0, since_raised = 0;
    Tie tie = Tie::alone;
    for (int i = 0; i < 60; ++i) {
      const auto role = static_cast<StaffRole>(one_of(kStaffRoles));
      const bool assignee = one_of(2) == 0;
      const auto action = static_cast<A>(one_of(kCaseActions));
      const auto next = step(state, action, hats(role, assignee), bounces, tie);
      if (!next) {
        ++refused;
        EXPECT_TRUE(next.error().code == Errc::not_allowed || next.error().code == Errc::not_in_state);
        continue;
      }
      ++done;
      const Rights& rights = rights_of(role);
      ASSERT_TRUE(has(rights, Right::cases_work) || has(rights, Right::cases_supervise)) << name(role);
      ASSERT_NE(state, S::archived);
      // What hangs on another is moved by nobody but its parent, and can always leave.
      if (tie == Tie::child) {
        ASSERT_FALSE(next->rule->to) << name(action);
      }
      if (next->rule->has(Effect::ties)) {
        ASSERT_EQ(tie, Tie::alone);
        tie = Tie::child;
        ++joined;
      }
      if (next->rule->has(Effect::unties)) {
        ASSERT_EQ(tie, Tie::child);
        tie = Tie::alone;
        ++left;
      }
      // A case ends only by somebody who dispatches or leads, and only after a follow-up.
      if (next->rule->to == S::closed) {
        ASSERT_EQ(state, S::followed_up);
        ++closed;
      }
      if (next->rule->has(Effect::ends)) {
        ASSERT_TRUE(has(rights, Right::leads_decide) || has(rights, Right::cases_supervise));
      }
      // What does not move it leaves it where it is.
      if (!next->rule->to) {
        ASSERT_EQ(next->to, state);
      }
      // Returned or passed on too often it goes up, and every time from then on.
      if (next->rule->has(Effect::bounces)) {
        ++bounces;
        ASSERT_EQ(next->to == S::escalated, bounces >= kMostBounces);
        since_raised = next->raised ? 0 : since_raised + 1;
        ASSERT_LT(since_raised, kMostBounces);
      }
      if (next->rule->has(Effect::renews)) bounces = 0, since_raised = 0;
      state = next->to;
    }
  }
  EXPECT_GT(done, 5'000u);
  EXPECT_GT(refused, 5'000u);
  EXPECT_GT(closed, 20u);
  EXPECT_GT(joined, 50u);
  EXPECT_GT(left, 50u);
}

TEST(Workflow, ThePageSaysAll) {
  const std::string page = workflow_page();
  for (std::size_t s = 0; s < kCaseStates; ++s)
    EXPECT_NE(page.find("| `" + std::string(name(static_cast<S>(s))) + "` |"), page.npos);
  EXPECT_NE(page.find("处置完成"), page.npos);
}

}  // namespace
}  // namespace linli
