#include "assist/proposals.h"

#include <gmock/gmock.h>

#include "assist/leads_for_tests.h"
#include "leads/erasure.h"
#include "store/databases_for_tests.h"

namespace linli::assist {
namespace {

const Instant kNow = from_millis(1795401130344);

// Lead 9 of two people's messages 1 and 2; lead 8 of message 5.
class ProposalsTest : public EachDatabase {
 protected:
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    connection.emplace(connect());
    in_transaction(*connection, [&](Tx& tx) {
      ASSERT_TRUE(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'webhook', 0)"));
      ASSERT_TRUE(add_lead_for_test(tx, sealer, 9, {{1, "3-2-1502李姐", "漏水"}, {2, "王叔", "我家也是"}}, kNow));
      ASSERT_TRUE(add_lead_for_test(tx, sealer, 8, {{5, "老陈", "停电"}}, kNow));
    });
  }
  Refinement refinement() const {
    Refinement out{{{MessageId{1}, MessageId{2}}, 2, {"test-model", "refine 1"}, kNow}, "3栋漏水", "building", "3栋"};
    out.urgency = 1;
    out.same_as = LeadId{8};
    out.evidence = {MessageId{2}};
    out.orders = true;
    return out;
  }
  template <class F>
  auto with(F work) {
    auto tx = connection->begin();
    auto result = work(*tx);
    EXPECT_TRUE(result && tx->commit());
    return std::move(*result);
  }
  bool write_refinement() {
    return with([&](Tx& tx) { return proposals::write(tx, sealer, LeadId{9}, refinement()); });
  }
  Proposals of_lead() {
    return with([&](Tx& tx) { return proposals::of_lead(tx, sealer, LeadId{9}); });
  }
  bool run(const char* sql) {
    return with([&](Tx& tx) { return tx.run(sql); }) > 0;
  }

  Sealer sealer = Sealer::for_test();
  std::optional<Connection> connection;
};

TEST_P(ProposalsTest, AreKeptBesideTheLead) {
  EXPECT_FALSE(of_lead().refined);
  ASSERT_TRUE(write_refinement());
  Judgement judgement{{{MessageId{1}}, 2, {"test-model", "judge 1"}, kNow}, true, "road"};
  ASSERT_TRUE(with([&](Tx& tx) { return proposals::write(tx, sealer, LeadId{9}, judgement); }));
  const Proposals out = of_lead();
  ASSERT_TRUE(out.refined && out.judged);
  EXPECT_EQ(out.refined->summary, "3栋漏水");
  EXPECT_EQ(out.refined->category, "building");
  EXPECT_EQ(out.refined->place, "3栋");
  EXPECT_EQ(out.refined->urgency, 1);
  EXPECT_EQ(out.refined->same_as, LeadId{8});
  EXPECT_EQ(out.refined->evidence, std::vector{MessageId{2}});
  EXPECT_TRUE(out.refined->orders);
  EXPECT_EQ(out.refined->head.from.model, "test-model");
  EXPECT_EQ(out.refined->head.from.prompt, "refine 1");
  EXPECT_EQ(out.refined->head.at, kNow);
  EXPECT_TRUE(out.judged->appeal);
  EXPECT_EQ(out.judged->category, "road");

  // The lead itself is as it was, and consoles are told.
  const Lead lead = *with([&](Tx& tx) { return lead_store::find(tx, sealer, LeadId{9}); });
  EXPECT_EQ(lead.category, "water_leak");
  EXPECT_EQ(lead.urgency, 2);
  EXPECT_EQ(lead.revision, 1);
  EXPECT_EQ(
      with([&](Tx& tx) {
        return tx.value<int>(
            "SELECT COUNT(*) FROM outbox WHERE kind = 'lead.proposed' AND subject_id = 9 AND grid_path = 's/a' AND "
            "min_right = 'leads.read'");
      }),
      2);

  // Words are ciphertext.
  const auto raw =
      with([&](Tx& tx) { return tx.value<std::string>("SELECT content FROM lead_proposals WHERE kind = 'refine'"); });
  EXPECT_EQ(raw->find("漏水"), std::string::npos);
}

TEST_P(ProposalsTest, ALaterOneTakesItsPlace) {
  ASSERT_TRUE(write_refinement());
  Refinement later = refinement();
  later.summary = "3栋2单元漏水";
  ASSERT_TRUE(with([&](Tx& tx) { return proposals::write(tx, sealer, LeadId{9}, later); }));
  EXPECT_EQ(of_lead().refined->summary, "3栋2单元漏水");
}

TEST_P(ProposalsTest, GoWithTheMessagesThatTheyAreMadeFrom) {
  ASSERT_TRUE(write_refinement());
  const struct {
    const char *story, *gone, *back;
  } rows[] = {
      {"taken back", "UPDATE messages SET flags = 5 WHERE id = 2", "UPDATE messages SET flags = 1 WHERE id = 2"},
      {"moved", "UPDATE lead_messages SET lead_id = 8 WHERE message_id = 2",
       "UPDATE lead_messages SET lead_id = 9 WHERE message_id = 2"},
  };
  for (const auto& row : rows) {
    ASSERT_TRUE(run(row.gone));
    EXPECT_FALSE(of_lead().refined) << row.story;
    EXPECT_FALSE(write_refinement()) << row.story << ": while the model thought";
    ASSERT_TRUE(run(row.back));
    EXPECT_TRUE(of_lead().refined) << row.story;
  }
}

TEST_P(ProposalsTest, WhatPeopleDecidedStands) {
  ASSERT_TRUE(run("UPDATE leads SET state = 'confirmed' WHERE id = 9"));
  EXPECT_FALSE(write_refinement());
  ASSERT_TRUE(run("UPDATE leads SET state = 'open' WHERE id = 9"));
  ASSERT_TRUE(write_refinement());
  ASSERT_TRUE(run("UPDATE leads SET state = 'dismissed' WHERE id = 8"));
  EXPECT_FALSE(of_lead().refined->same_as) << "a lead that is decided is no match any more";
  EXPECT_FALSE(with([&](Tx& tx) { return proposals::write(tx, sealer, LeadId{77}, refinement()); })) << "no such lead";
}

TEST_P(ProposalsTest, ErasureTakesThemAlong) {
  ASSERT_TRUE(write_refinement());
  const auto resident = with([&](Tx& tx) { return erasure::resident_of(tx, MessageId{2}); });
  with([&](Tx& tx) { return erasure::erase(tx, sealer, *resident, MessageId{2}, kNow, 100); });
  EXPECT_EQ(with([&](Tx& tx) { return tx.value<int>("SELECT COUNT(*) FROM lead_proposals"); }), 0);
  EXPECT_FALSE(write_refinement()) << "nor does one come that was under way";
}
ON_EACH_DATABASE(ProposalsTest);

}  // namespace
}  // namespace linli::assist
