#include "leads/erasure.h"

#include "channels/messages.h"
#include "leads/lead_store.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

const Instant kNow = *parse_time("2026-11-23T14:30:00Z");

// Two people in one group: 1 and 3 are Li's (3 with a photo), 2 and 4 Wang's. 1 and 2 stand in lead 9.
class ErasureTest : public EachDatabase {
 protected:
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    connection.emplace(connect());
    in_transaction(*connection, [&](Tx& tx) {
      std::vector<MessageRow> rows;
      for (int id = 1; id <= 4; ++id) {
        Message m;
        m.id = "ext" + std::to_string(id);
        m.group = "g";
        m.sender = id % 2 ? "li" : "wang";
        m.sender_name = id % 2 ? "3-2-1502李姐" : "王叔";
        m.text = "我家漏水了" + std::to_string(id);
        MessageRow row;
        row.id = MessageId{id};
        row.channel = ChannelId{1};
        row.group = GroupId{7};
        row.sent_at = row.received_at = kNow + std::chrono::hours(id);
        row.sender_hash = sealer.hash("messages.sender", m.sender);
        row.body = seal_body(sealer, m);
        rows.push_back(row);
      }
      ASSERT_TRUE(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'webhook', 0)"));
      ASSERT_TRUE(tx.run(
          "INSERT INTO member_rules (id, channel_id, sender, role, created_at) VALUES (90, 1, $1, 'property', 0)",
          {rows[0].sender_hash}));
      ASSERT_TRUE(insert_messages(tx, rows));
      ASSERT_TRUE(
          tx.run("INSERT INTO attachments (id, message_id, position, name, media_type, size) VALUES (5, 3, 0, $1, "
                 "'image/jpeg', 0)",
                 {Blob{"x"}}));
      Lead lead;
      lead.id = LeadId{9};
      lead.opening = MessageId{1};
      lead.revision = 1;
      lead.state = LeadState::confirmed;
      lead.category = "water_leak";
      lead.place = "锦苑3栋2单元1502";
      lead.summary = "我家漏水了1";
      lead.note = "李姐说修好了";
      lead.group = GroupId{7};
      lead.groups = {GroupId{7}};
      lead.asked_at = lead.opened_at = lead.latest_at = kNow;
      lead.place_reasons = {{"place", 1, 0, 4, "1502", 1}};
      ASSERT_TRUE(lead_store::insert(tx, sealer, lead));
      const std::string reasons = lead_store::seal_reasons(sealer, {{"word", 1, 0, 4, "漏水", 1}});
      for (int id : {1, 2}) {
        const lead_store::LinkRow link{MessageId{id}, LeadId{9}, Act::report, 1, reasons};
        ASSERT_TRUE(lead_store::link(tx, std::span(&link, 1)));
      }
      ASSERT_TRUE(lead_store::add_history(tx, sealer, LeadId{9}, {1, kNow, {}, "m", "opened", {{"place", "1502"}}}));
    });
  }
  template <class F>
  auto with(F work) {
    auto tx = connection->begin();
    auto result = work(*tx);
    EXPECT_TRUE(result && tx->commit());
    return std::move(*result);
  }
  std::vector<StoredMessage> stored() {
    return with([&](Tx& tx) { return stored_messages_after(tx, sealer, {}, 100); });
  }
  std::string texts() {
    std::string out;
    for (const auto& m : stored()) out += m.message.text + m.message.sender + m.message.sender_name + ";";
    return out;
  }

  Sealer sealer = Sealer::for_test();
  std::optional<Connection> connection;
};

TEST_P(ErasureTest, APersonsWordsGoAndTheBareLeadStays) {
  const auto li = with([&](Tx& tx) { return erasure::resident_of(tx, MessageId{3}); });
  ASSERT_TRUE(li);
  const auto found = with([&](Tx& tx) { return erasure::count(tx, *li); });
  EXPECT_EQ(found.messages, 2);
  EXPECT_EQ(found.attachments, 1);
  EXPECT_EQ(found.leads, 1);
  const auto first = with([&](Tx& tx) { return erasure::erase(tx, sealer, *li, MessageId{1}, kNow, 1); });
  EXPECT_FALSE(first.done) << "in steps";
  EXPECT_TRUE(with([&](Tx& tx) { return erasure::resident_of(tx, MessageId{1}); })) << "what names them goes last";
  with([&](Tx& tx) { return erasure::erase(tx, sealer, *li, MessageId{1}, kNow, 100); });
  EXPECT_EQ(with([&](Tx& tx) { return tx.value<int>("SELECT COUNT(*) FROM member_rules WHERE sender IS NOT NULL"); }),
            0);
  EXPECT_EQ(with([&](Tx& tx) { return tx.value<int>("SELECT COUNT(*) FROM outbox WHERE kind = 'lead.changed'"); }), 1);
  EXPECT_EQ(texts(), ";我家漏水了2wang王叔;;我家漏水了4wang王叔;");
  EXPECT_FALSE(with([&](Tx& tx) { return erasure::resident_of(tx, MessageId{3}); }));
  EXPECT_EQ(with([&](Tx& tx) { return erasure::count(tx, *li); }).attachments, 0);

  const Lead lead = *with([&](Tx& tx) { return lead_store::find(tx, sealer, LeadId{9}); });
  EXPECT_EQ(lead.category, "water_leak");
  EXPECT_EQ(lead.state, LeadState::confirmed);
  EXPECT_EQ(lead.place + lead.note, "");
  EXPECT_EQ(lead.summary, erasure::kGone);
  EXPECT_TRUE(lead.place_reasons.empty());
  EXPECT_EQ(lead.revision, 2);
  EXPECT_TRUE(with([&](Tx& tx) { return lead_store::history(tx, sealer, LeadId{9}); }).front().args.empty());
  const auto links = with([&](Tx& tx) { return lead_store::links(tx, sealer, LeadId{9}); });
  ASSERT_EQ(links.size(), 2u);
  EXPECT_TRUE(links[0].reasons.empty());
  EXPECT_FALSE(links[1].reasons.empty());
}

TEST_P(ErasureTest, ChatterGoesWithItsTimeAndLeadsWithTheirs) {
  const auto hours = [](int n) { return kNow + std::chrono::hours(n); };
  const auto none = with([&](Tx& tx) { return erasure::remove_chatter(tx, hours(3), 100); });
  EXPECT_EQ(none.messages, 0) << "1 and 2 stand in a lead";
  const auto removed = with([&](Tx& tx) { return erasure::remove_chatter(tx, hours(4), 100); });
  EXPECT_EQ(removed.messages, 1);
  EXPECT_TRUE(removed.done);
  EXPECT_EQ(stored().size(), 3u);
  EXPECT_EQ(with([&](Tx& tx) { return tx.value<int>("SELECT COUNT(*) FROM attachments"); }), 0);

  EXPECT_EQ(with([&](Tx& tx) { return erasure::empty_leads(tx, sealer, kNow, kNow, 100); }).messages, 0)
      << "not old yet";
  const auto emptied = with([&](Tx& tx) { return erasure::empty_leads(tx, sealer, hours(1), kNow, 100); });
  EXPECT_EQ(emptied.messages, 2);
  EXPECT_EQ(emptied.leads, 1);
  EXPECT_EQ(texts(), ";;我家漏水了4wang王叔;");
  EXPECT_EQ(with([&](Tx& tx) { return erasure::empty_leads(tx, sealer, hours(1), kNow, 100); }).messages, 0) << "once";
}
ON_EACH_DATABASE(ErasureTest);

}  // namespace
}  // namespace linli
