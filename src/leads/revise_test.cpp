#include "leads/revise.h"

#include <gtest/gtest.h>

namespace linli {
namespace {

const Instant now = *parse_time("2026-11-23T22:30:00+08:00");

Lead water_leak(LeadState state) {
  Lead lead;
  lead.state = state;
  lead.revision = 4;
  lead.decision_version = 1;
  lead.category = "water_leak";
  lead.urgency = 2;
  lead.place = "荷塘苑3栋2单元";
  lead.summary = "天花板在滴水";
  lead.message_count = 2;
  return lead;
}

LeadView seen(const char* category, int urgency, bool resolved) {
  LeadView view;
  view.messages = {1, 2, 3};
  view.category = category;
  view.urgency = urgency;
  view.place = "荷塘苑3栋2单元1502";
  view.summary = "1502天花板滴水";
  view.resolved = resolved;
  return view;
}

TEST(Revise, AnOpenLeadFollowsTheMachine) {
  Lead lead = water_leak(LeadState::open);
  const Revision r = revise(lead, seen("drainage", 2, false), "m2", now);
  EXPECT_EQ(lead.category, "drainage");
  EXPECT_EQ(lead.place, "荷塘苑3栋2单元1502");
  EXPECT_EQ(lead.message_count, 3);
  ASSERT_EQ(r.history.size(), 2u);
  EXPECT_EQ(r.history[0].kind, "changed");
  EXPECT_EQ(r.history[0].revision, 5);
  EXPECT_EQ(lead.revision, 6);
  EXPECT_EQ(lead.decision_version, 1) << "the machine never makes a confirm fail";
}

TEST(Revise, WhatAPersonConfirmedStands) {
  Lead lead = water_leak(LeadState::confirmed);
  const Revision r = revise(lead, seen("drainage", 3, false), "m2", now);
  EXPECT_EQ(lead.category, "water_leak");
  EXPECT_EQ(lead.urgency, 2);
  EXPECT_EQ(lead.place, "荷塘苑3栋2单元");
  EXPECT_EQ(lead.summary, "天花板在滴水");
  EXPECT_EQ(lead.message_count, 3) << "facts go on";
  EXPECT_TRUE(r.history.empty());
  EXPECT_EQ(lead.revision, 5) << "any change raises the revision";
}

TEST(Revise, AConfirmedLeadCanStillBecomeAnEmergency) {
  Lead lead = water_leak(LeadState::confirmed);
  revise(lead, seen("water_leak", 1, false), "m2", now);
  EXPECT_EQ(lead.urgency, 1);
}

TEST(Revise, ARelapseOpensAConfirmedLeadAgain) {
  Lead lead = water_leak(LeadState::confirmed);
  lead.resolved = true;
  const Revision r = revise(lead, seen("water_leak", 2, false), "m2", now);
  EXPECT_TRUE(r.reopened);
  EXPECT_EQ(lead.state, LeadState::open);
  EXPECT_EQ(r.history.back().kind, "reopened");
}

TEST(Revise, ADismissedLeadTakesMessagesInSilently) {
  Lead lead = water_leak(LeadState::dismissed);
  const Revision r = revise(lead, seen("fire", 1, true), "m2", now);
  EXPECT_EQ(lead.state, LeadState::dismissed);
  EXPECT_EQ(lead.urgency, 2);
  EXPECT_TRUE(r.history.empty());
}

TEST(Revise, TheFirstAnswerKeepsThePromise) {
  Lead lead = water_leak(LeadState::open);
  LeadView view = seen("water_leak", 2, false);
  view.answered_at = now;
  revise(lead, view, "m2", now);
  view.answered_at = now + std::chrono::hours(1);
  revise(lead, view, "m2", now);
  EXPECT_EQ(lead.answered_at, now);
}

TEST(Revise, WhatAPersonSetStaysWhateverTheMachineSees) {
  for (const LeadState state : {LeadState::open, LeadState::confirmed}) {
    Lead lead = water_leak(state);
    lead.urgency = 3;
    lead.machine = {"drainage", 3, "荷塘苑", "滴水"};
    lead.by_person = 15;
    const Revision r = revise(lead, seen("fire", 1, false), "m2", now);
    EXPECT_EQ(lead.category, "water_leak");
    EXPECT_EQ(lead.urgency, 3);
    EXPECT_EQ(lead.place, "荷塘苑3栋2单元");
    EXPECT_EQ(lead.summary, "天花板在滴水");
    EXPECT_TRUE(r.history.empty());
    EXPECT_TRUE(lead.review) << "an emergency that the person had not seen: look again";
    EXPECT_EQ(lead.machine.urgency, 1);
    if (state == LeadState::open) {
      EXPECT_EQ(lead.machine.category, "fire") << "for when it is given back";
    }
    lead.review = false;
    revise(lead, seen("fire", 1, false), "m2", now);
    EXPECT_FALSE(lead.review) << "told once";
  }
}

TEST(Revise, WhatAPersonLeftToItTheMachineStillFollows) {
  Lead lead = water_leak(LeadState::open);
  lead.by_person = static_cast<std::uint8_t>(LeadField::category);
  lead.machine.category = "water_leak";
  revise(lead, seen("drainage", 3, false), "m2", now);
  EXPECT_EQ(lead.category, "water_leak");
  EXPECT_EQ(lead.urgency, 3);
  EXPECT_EQ(lead.place, "荷塘苑3栋2单元1502");
}

}  // namespace
}  // namespace linli
