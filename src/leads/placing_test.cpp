#include "leads/placing.h"

#include <mutex>
#include <thread>

#include "channels/messages.h"
#include "store/databases_for_tests.h"
#include "store/outbox.h"

namespace linli {
namespace {

using namespace std::chrono_literals;

const Instant kStart = *parse_time("2026-11-23T14:10:00Z");

class PlacingTest : public EachDatabase {
 protected:
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto loaded = Understander::embedded();
    ASSERT_TRUE(loaded);
    understander.emplace(std::move(*loaded));
    writer.emplace(connect(), Writer::Options{});
    outbox.emplace(*writer);
    readers.emplace(database(), 1);
    open();
  }
  void TearDown() override {
    if (!writer) return;
    placing.reset();
    writer->stop();
    readers->stop();
    outbox.reset();
  }

  void open(Placing::Options options = {}) {
    Placing::Ports ports{
        .home =
            [this](GroupId id) {
              const std::lock_guard lock(community_mutex);
              const std::string& at = id == kFar ? far : community;
              return GroupHome{at, "/清溪河街道/" + at + "/1"};
            },
        .directory =
            [this](Tx& tx, const std::string&) {
              EXPECT_TRUE(tx.value<std::int64_t>("SELECT COUNT(*) FROM groups"));
              return PlaceDirectory{{{to_text(group), "荷塘苑邻里群", "第1微网格", "荷塘社区", "清溪河街道"}},
                                    {"荷塘苑", "荷塘苑3栋"}};
            },
        .stored_after = [this](Tx& tx, MessageId after,
                               std::size_t limit) { return stored_messages_after(tx, sealer, after, limit); },
        .stored = [this](Tx& tx, const std::vector<MessageId>& ids) { return read_messages(tx, sealer, ids); },
        .route = route};
    placing.emplace(*writer, *readers, sealer, ids, clock, *understander, "test", std::move(ports), options);
    ASSERT_TRUE(placing->start());
  }

  // As intake leaves it: committed, with its number drawn in commit order.
  StoredMessage store(const std::string& sender, const std::string& text, bool live = true, std::string recalls = {}) {
    clock.advance(5s);
    StoredMessage m;
    m.id = ids.draw<MessageId>();
    m.channel = ChannelId{1};
    m.group = group;
    m.received_at = clock.now();
    m.live = live;
    m.message = {.id = "x" + std::to_string(m.id.value),
                 .group = "g",
                 .sent_at = clock.now(),
                 .sender = sender,
                 .sender_name = sender,
                 .text = text};
    if (!recalls.empty()) {
      m.message.type = MessageType::recall;
      m.message.recalls = recalls;
    }
    const MessageRow row{.id = m.id,
                         .channel = m.channel,
                         .group = m.group,
                         .sent_at = m.message.sent_at,
                         .received_at = m.received_at,
                         .role = m.message.role,
                         .type = m.message.type,
                         .live = live,
                         .body = seal_body(sealer, m.message)};
    EXPECT_TRUE(writer
                    ->write([&](Tx& tx) -> Result<bool> {
                      LINLI_TRY(insert_messages(tx, std::span(&row, 1)));
                      return true;
                    })
                    .get());
    return m;
  }
  void say(const std::string& sender, const std::string& text, bool live = true) {
    placing->offer({store(sender, text, live)});
  }

  void settle() {
    const auto by = Deadline::in(10s);
    while (placing->figures().waiting > 0 && !by.passed()) std::this_thread::sleep_for(2ms);
    ASSERT_EQ(placing->figures().waiting, 0u);
  }

  std::vector<Lead> leads() {
    auto found = readers->read([&](Tx& tx) { return lead_store::recent(tx, sealer, kStart - 24h); }).get();
    EXPECT_TRUE(found);
    return found ? std::move(*found) : std::vector<Lead>();
  }
  // As the desk does.
  void decide(Lead lead, LeadState state, const std::string& note) {
    lead.state = state;
    lead.note = note;
    lead.decided_at = clock.now();
    ++lead.revision;
    ++lead.decision_version;
    EXPECT_TRUE(writer
                    ->write([&](Tx& tx) -> Result<bool> {
                      LINLI_TRY(lead_store::update_decision(tx, sealer, lead));
                      return true;
                    })
                    .get());
  }
  void set_read_only(bool on) {
    const std::string sql =
        GetParam() == Engine::sqlite ? "PRAGMA query_only = " : "SET default_transaction_read_only = ";
    ASSERT_TRUE(writer->between([=](Connection& c) { EXPECT_TRUE(c.script(sql + (on ? "on" : "off"))); }));
  }
  std::vector<std::string> events() {
    std::vector<std::string> kinds;
    auto found = readers->read([&](Tx& tx) { return Outbox::after(tx, 0, 1'000); }).get();
    for (const Event& event : *found) kinds.push_back(event.kind);
    return kinds;
  }

  static constexpr GroupId kFar{78};  // of another community
  const std::string far = "柳荫社区";
  GroupId group{77};  // where say() says it
  std::mutex community_mutex;
  std::string community = "荷塘社区";  // where the group is at home
  std::function<std::string(const std::string&, GroupId)> route;
  ManualClock clock{kStart};
  IdSource ids{clock};
  Sealer sealer = Sealer::for_test();
  std::optional<Understander> understander;
  std::optional<Writer> writer;
  std::optional<Outbox> outbox;
  std::optional<Readers> readers;
  std::optional<Placing> placing;
};
ON_EACH_DATABASE(PlacingTest);

TEST_P(PlacingTest, MessagesOfOneMatterBecomeOneLeadWithItsEvents) {
  say("3-2-1502李姐", "楼上漏水，我家天花板一直在滴水，物业能不能来看一下");
  say("3-2-1402小丁", "楼上漏水漏到我家来了，墙都湿了");
  settle();
  const auto found = leads();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].category, "water_leak");
  EXPECT_EQ(found[0].message_count, 2);
  EXPECT_EQ(found[0].asked_at, kStart + 5s) << "the promise starts with the first message";
  EXPECT_EQ(found[0].decision_version, 0);
  ASSERT_FALSE(events().empty());
  EXPECT_EQ(events().front(), "lead.opened");
}

TEST_P(PlacingTest, GoesOnAfterARestartAsIfThereHadBeenNone) {
  say("3-2-1502李姐", "楼上漏水，我家天花板一直在滴水，物业能不能来看一下");
  settle();
  placing.reset();
  const StoredMessage meanwhile = store("3-2-1402小丁", "楼上漏水漏到我家来了，墙都湿了");  // committed, not placed
  open();
  ASSERT_EQ(leads().size(), 1u);
  EXPECT_EQ(leads()[0].message_count, 2) << "placed at the start";
  placing->offer({meanwhile});  // told twice
  say("3-2-1502李姐", "还在漏水，物业人呢");
  settle();
  ASSERT_EQ(leads().size(), 1u);
  EXPECT_EQ(leads()[0].message_count, 3);
}

// Its open leads and its talk move with it; the lead's own row stays with the grid of its time.
TEST_P(PlacingTest, AGroupThatMovesToAnotherCommunityTakesItsLeadsAlong) {
  say("3-2-1502李姐", "楼上漏水，我家天花板一直在滴水，物业能不能来看一下");
  settle();
  {
    const std::lock_guard lock(community_mutex);
    community = "柳荫社区";
  }
  placing->directories_changed();
  say("3-2-1402小丁", "楼上漏水漏到我家来了，墙都湿了");
  settle();
  ASSERT_EQ(leads().size(), 1u);
  EXPECT_EQ(leads()[0].message_count, 2);
  EXPECT_EQ(leads()[0].community, "荷塘社区");
  placing.reset();
  open();
  say("3-2-1502李姐", "还在漏水，物业人呢");
  settle();
  ASSERT_EQ(leads().size(), 1u) << "also after a restart";
  EXPECT_EQ(leads()[0].message_count, 3);
}

TEST_P(PlacingTest, ALeadGoesWhereItsPlaceLiesUnlessAPersonPutItElsewhere) {
  route = [](const std::string& place, GroupId) {
    return std::string(place.find("3栋") != place.npos ? "s/a/2" : place.find("4栋") != place.npos ? "s/a/3" : "s/a");
  };
  placing.reset();
  open();
  say("李姐", "楼上漏水，我家天花板一直在滴水，物业能不能来看一下");
  settle();
  ASSERT_EQ(leads().size(), 1u);
  EXPECT_EQ(leads()[0].grid_path, "s/a") << leads()[0].place;
  say("李姐", "我是3栋2单元1502，还在漏水");
  settle();
  ASSERT_EQ(leads().size(), 1u);
  EXPECT_EQ(leads()[0].grid_path, "s/a/2") << leads()[0].place;
  auto found = readers->read([&](Tx& tx) { return Outbox::after(tx, 0, 1'000); }).get();
  std::string told;
  for (const Event& event : *found) told += event.kind + " " + event.grid_path + "; ";
  EXPECT_NE(told.find("lead.moved s/a; lead.changed s/a/2; "), told.npos) << told;

  Lead lead = leads()[0];
  lead.grid_path = "s/b";
  lead.grid_by = UserId{1};
  ++lead.revision;
  ++lead.decision_version;
  ASSERT_TRUE(writer
                  ->write([&](Tx& tx) -> Result<bool> {
                    LINLI_TRY(lead_store::update_grid(tx, lead));
                    return true;
                  })
                  .get());
  say("李姐", "说错了，是4栋2单元1502在漏水");
  say("李姐", "4栋2单元1502，还在漏水");
  settle();
  ASSERT_EQ(leads().size(), 1u);
  EXPECT_EQ(leads()[0].message_count, 4);
  EXPECT_EQ(leads()[0].grid_path, "s/b") << "a person's choice";
  EXPECT_EQ(leads()[0].grid_by, UserId{1});
}

TEST_P(PlacingTest, ALeadWhosePlaceIsTheSameStaysWhereItIsAlsoAfterARestart) {
  route = [](const std::string&, GroupId) { return std::string("s/a/2"); };
  placing.reset();
  open();
  say("李姐", "荷塘苑3栋2单元楼上漏水，我家天花板一直在滴水，物业能不能来看一下");
  settle();
  placing.reset();
  route = [](const std::string& place, GroupId) {
    return std::string(place.find("4栋") != place.npos ? "s/a/4" : "s/a/3");  // the tables have changed
  };
  open();
  say("李姐", "还在漏水，物业人呢");
  settle();
  ASSERT_EQ(leads().size(), 1u);
  EXPECT_EQ(leads()[0].message_count, 2);
  EXPECT_EQ(leads()[0].grid_path, "s/a/2") << leads()[0].place;
}

TEST_P(PlacingTest, WhatDoesNotFitIsReadFromTheStore) {
  placing.reset();
  open({.max_waiting = 1, .batch = 3});
  std::vector<StoredMessage> many;
  for (int i = 0; i < 40; ++i)
    many.push_back(store("3-2-1502李姐",
                         i ? "还在滴水" + std::to_string(i) : "楼上漏水，我家天花板一直在滴水，物业能不能来看一下"));
  for (StoredMessage& m : many) placing->offer({std::move(m)});
  settle();
  std::int64_t cursor = 0;
  const auto by = Deadline::in(10s);
  while (cursor < ids.next() - 1 && !by.passed()) {
    auto read = readers
                    ->read([&](Tx& tx) {
                      return tx.value<std::int64_t>("SELECT position FROM cursors WHERE name = 'placing'");
                    })
                    .get();
    cursor = read->value_or(0);
    if (cursor >= many.back().id.value) break;
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(cursor, many.back().id.value);
  EXPECT_EQ(leads().size(), 1u);
}

TEST_P(PlacingTest, ARecalledMessageLeavesNoTrace) {
  const StoredMessage first = store("3-2-1502李姐", "楼上漏水，我家天花板一直在滴水，物业能不能来看一下");
  placing->offer({first});
  settle();
  ASSERT_EQ(leads().size(), 1u);
  StoredMessage recall = store("3-2-1502李姐", "", true, first.message.id);
  recall.recalls = first.id;
  placing->offer({recall});
  settle();
  const auto found = leads();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].state, LeadState::dismissed);
  EXPECT_EQ(found[0].dismiss_reason, DismissReason::recalled);
  auto links = readers->read([&](Tx& tx) { return lead_store::links(tx, sealer, found[0].id); }).get();
  EXPECT_TRUE(links->empty());
}

TEST_P(PlacingTest, ADecisionBetweenTwoBatchesIsNotWrittenOver) {
  say("3-2-1502李姐", "楼上漏水，我家天花板一直在滴水，物业能不能来看一下");
  settle();
  ASSERT_EQ(leads().size(), 1u);
  const std::string category = leads()[0].category;
  decide(leads()[0], LeadState::confirmed, "看过了");
  say("3-2-1402小丁", "楼上漏水漏到我家来了，墙都湿了");
  settle();
  say("3-2-1502李姐", "还在漏水，物业人呢");
  settle();
  ASSERT_EQ(leads().size(), 1u);
  const Lead lead = leads()[0];
  EXPECT_EQ(lead.state, LeadState::confirmed);
  EXPECT_EQ(lead.note, "看过了");
  EXPECT_EQ(lead.decision_version, 1);
  EXPECT_EQ(lead.category, category);
  EXPECT_EQ(lead.message_count, 3) << "facts go on";
  EXPECT_GE(lead.revision, 4);
}

TEST_P(PlacingTest, WhatCouldNotBeWrittenIsWrittenLaterOnceAndInOrder) {
  const StoredMessage first = store("3-2-1502李姐", "楼上漏水，我家天花板一直在滴水，物业能不能来看一下");
  const StoredMessage second = store("3-2-1402小丁", "楼上漏水漏到我家来了，墙都湿了");
  set_read_only(true);
  placing->offer({first});
  placing->offer({second});
  for (const auto by = Deadline::in(10s); placing->figures().failed_writes == 0 && !by.passed();)
    std::this_thread::sleep_for(2ms);
  EXPECT_GT(placing->figures().failed_writes, 0u);
  EXPECT_TRUE(leads().empty());
  set_read_only(false);
  settle();
  ASSERT_EQ(leads().size(), 1u);
  EXPECT_EQ(leads()[0].message_count, 2);
  const LeadId id = leads()[0].id;
  auto links = readers->read([&](Tx& tx) { return lead_store::links(tx, sealer, id); }).get();
  EXPECT_EQ(links->size(), 2u);
}

// As the desk does it: the links in the store, then the word to placing.
class CorrectedTest : public PlacingTest {
 protected:
  const char* kLeak = "楼上漏水，我家天花板一直在滴水，物业能不能来看一下";
  const char* kLift = "5栋电梯又坏了，停在五楼不动，关人了没有？物业快来修";
  const char* kStillBroken = "5栋电梯还是坏的，没人来修";

  // Two matters: the lift in the afternoon, the leak three hours later.
  void say_both() {
    say("5-1-502周姨", kLift);
    clock.advance(3h);
    say("3-2-1502李姐", kLeak);
    settle();
  }

  Lead lead(const std::string& category) {
    for (Lead& one : leads())
      if (one.category == category && one.state != LeadState::merged) return std::move(one);
    ADD_FAILURE() << "no lead " << category;
    return {};
  }
  Lead find(LeadId id) {
    auto found = readers->read([&](Tx& tx) { return lead_store::find(tx, sealer, id); }).get();
    return found && *found ? std::move(**found) : Lead{};
  }
  std::vector<MessageId> messages(LeadId id) {
    std::vector<MessageId> out;
    auto links = readers->read([&](Tx& tx) { return lead_store::links(tx, sealer, id); }).get();
    for (const LeadLink& link : *links) out.push_back(link.message);
    return out;
  }
  template <class F>
  void write(F work) {
    EXPECT_TRUE(writer
                    ->write([&](Tx& tx) -> Result<bool> {
                      LINLI_TRY(work(tx));
                      return true;
                    })
                    .get());
  }
  static Placing::Moved::To to(const Lead& lead, bool made = false) {
    return {lead.id, lead.opening.value, lead.group, made};
  }
  void merge(const Lead& one, const Lead& into) {
    write([&](Tx& tx) -> Result<void> {
      LINLI_TRY(lead_store::relink(tx, one.id, into.id));
      LINLI_TRY(
          tx.run("UPDATE leads SET state = 'merged', merged_into = $2, revision = revision + 1, message_count = 0 "
                 "WHERE id = $1",
                 {one.id, into.id}));
      Lead survivor = **lead_store::find(tx, sealer, into.id);
      return lead_store::update_facts(tx, survivor);
    });
  }
  // Until placing has taken its words.
  void wait_for(const std::function<bool()>& so) {
    for (const auto by = Deadline::in(5s); !so() && !by.passed();) std::this_thread::sleep_for(5ms);
    EXPECT_TRUE(so());
  }
  void wait_for(LeadId id, std::size_t count) {
    wait_for([&] { return find(id).message_count == static_cast<int>(count); });
  }
};
ON_EACH_DATABASE(CorrectedTest);

TEST_P(CorrectedTest, WhatWouldGoToAMergedLeadGoesToItsSurvivorAlsoAfterARestart) {
  say_both();
  const Lead leak = lead("water_leak"), lift = lead("elevator");
  const auto of_lift = messages(lift.id);
  merge(lift, leak);
  placing->moved({lift.id, {}, to(leak)});
  wait_for([&] { return find(leak.id).message_count == 2; });
  say("5-1-502周姨", kStillBroken);
  settle();
  EXPECT_EQ(messages(leak.id).size(), 3u);
  EXPECT_EQ(find(leak.id).message_count, 3);
  EXPECT_EQ(find(leak.id).asked_at, kStart + 5s) << "the earliest start";
  EXPECT_EQ(find(lift.id).state, LeadState::merged);
  EXPECT_EQ(find(lift.id).message_count, 0);

  placing.reset();
  open();
  say("5-1-502周姨", "5栋电梯还停在五楼，什么时候来修");
  settle();
  EXPECT_EQ(messages(leak.id).size(), 4u);
  EXPECT_EQ(leads().size(), 2u) << "no new lead";
  EXPECT_EQ(find(lift.id).state, LeadState::merged);

  // Undone: what it had brought along goes back; both are looked at anew, and it takes in what belongs to it.
  write([&](Tx& tx) -> Result<void> {
    LINLI_TRY(lead_store::relink(tx, of_lift[0], lift.id));
    LINLI_TRY(tx.run("UPDATE leads SET state = 'open', merged_into = NULL WHERE id = $1", {lift.id}));
    Lead back = **lead_store::find(tx, sealer, lift.id), other = **lead_store::find(tx, sealer, leak.id);
    LINLI_TRY(lead_store::update_facts(tx, back));
    return lead_store::update_facts(tx, other);
  });
  placing->moved({leak.id, of_lift, to(lift, true)});
  say("5-1-502周姨", kStillBroken);
  settle();
  EXPECT_EQ(messages(lift.id).size() + messages(leak.id).size(), 5u);
  EXPECT_EQ(leads().size(), 2u);
  EXPECT_EQ(find(lift.id).category, "elevator");
  EXPECT_EQ(find(lift.id).message_count, static_cast<int>(messages(lift.id).size()));
  EXPECT_EQ(find(leak.id).message_count, static_cast<int>(messages(leak.id).size()));
}

// The word comes after the batch was decided: what was put into the merged lead is written into the survivor.
TEST_P(CorrectedTest, WhatIsOnItsWayWhenALeadIsMergedIsWrittenIntoTheSurvivor) {
  say_both();
  const Lead leak = lead("water_leak"), lift = lead("elevator");
  merge(lift, leak);
  say("5-1-502周姨", kStillBroken);  // the core thinks: the lift's lead
  settle();
  EXPECT_EQ(messages(leak.id).size(), 3u);
  EXPECT_EQ(find(leak.id).message_count, 3);
  EXPECT_EQ(find(lift.id).message_count, 0);
  placing->moved({lift.id, {}, to(leak)});
  say("5-1-502周姨", "5栋电梯还停在五楼，什么时候来修");
  settle();
  EXPECT_EQ(messages(leak.id).size(), 4u);
  EXPECT_EQ(find(lift.id).state, LeadState::merged);
}

// Two communities, two cores that know nothing of each other; one lead.
TEST_P(CorrectedTest, ALeadThatWasMergedOverTwoCommunitiesTakesInMessagesOfBoth) {
  say("3-2-1502李姐", kLeak);
  group = kFar;
  say("5-1-502周姨", kLift);
  settle();
  const Lead leak = lead("water_leak"), lift = lead("elevator");
  EXPECT_EQ(lift.community, far);
  merge(lift, leak);
  placing->moved({lift.id, {}, to(leak)});
  wait_for([&] { return find(leak.id).area_wide; });
  for (const bool restart : {false, true}) {
    if (restart) {
      placing.reset();
      open();
    }
    group = kFar;
    say("5-1-502周姨", kStillBroken);
    group = GroupId{77};
    say("3-2-1502李姐", "还在漏水，物业人呢");
    settle();
    EXPECT_EQ(messages(leak.id).size(), restart ? 6u : 4u) << restart;
  }
  const Lead now = find(leak.id);
  EXPECT_EQ(now.message_count, 6);
  EXPECT_EQ(now.groups, (std::vector{GroupId{77}, kFar}));
  EXPECT_EQ(now.category, "water_leak") << "what its first group's community sees";
  EXPECT_EQ(now.asked_at, kStart + 5s);
  EXPECT_EQ(leads().size(), 2u);
}

TEST_P(CorrectedTest, ASplitLeadIsSeenFromItsOwnMessagesAndGoesOn) {
  say_both();
  say("3-2-1402小丁", "楼上漏水漏到我家来了，墙都湿了");
  settle();
  const Lead leak = lead("water_leak"), lift = lead("elevator");
  const auto of_lift = messages(lift.id);
  ASSERT_EQ(of_lift.size(), 1u);
  merge(lift, leak);
  placing->moved({lift.id, {}, to(leak)});
  wait_for(leak.id, 3);

  Lead made = leak;
  made.id = ids.draw<LeadId>();
  made.opening = MessageId{made.id.value};
  made.place.clear();
  write([&](Tx& tx) -> Result<void> {
    LINLI_TRY(lead_store::insert(tx, sealer, made));
    LINLI_TRY(lead_store::relink(tx, of_lift[0], made.id));
    LINLI_TRY(lead_store::update_facts(tx, made));
    Lead rest = **lead_store::find(tx, sealer, leak.id);
    return lead_store::update_facts(tx, rest);
  });
  placing->moved({leak.id, of_lift, to(made, true)});
  wait_for([&] { return find(made.id).category == "elevator"; });
  EXPECT_EQ(find(made.id).asked_at, kStart + 5s) << "its own first message";
  EXPECT_EQ(find(leak.id).message_count, 2);
  EXPECT_EQ(find(leak.id).asked_at, kStart + 10s + 3h);
  for (const bool restart : {false, true}) {
    if (restart) {
      placing.reset();
      open();
    }
    say("5-1-502周姨", kStillBroken);
    settle();
    EXPECT_EQ(messages(made.id).size(), restart ? 3u : 2u) << restart;
  }
  EXPECT_EQ(messages(leak.id).size(), 2u);
}

TEST_P(CorrectedTest, AMessageThatBelongsToNoLeadBeginsNone) {
  say("3-2-1502李姐", kLeak);
  const StoredMessage other = store("3-2-1402小丁", "楼上漏水漏到我家来了，墙都湿了");
  placing->offer({other});
  settle();
  const Lead leak = lead("water_leak");
  ASSERT_EQ(messages(leak.id).size(), 2u);
  write([&](Tx& tx) -> Result<void> {
    LINLI_TRY(tx.run("INSERT INTO users (id, name, display_name, created_at) VALUES (7, 'ann', '安', 0)"));
    LINLI_TRY(
        tx.run("INSERT INTO moved_messages (message_id, lead_id, user_id, at) VALUES ($1, NULL, 7, 0)", {other.id}));
    LINLI_TRY(lead_store::unlink(tx, other.id));
    Lead rest = **lead_store::find(tx, sealer, leak.id);
    return lead_store::update_facts(tx, rest);
  });
  placing->moved({leak.id, {other.id}, {}});
  for (const bool restart : {false, true}) {
    if (restart) {
      placing.reset();
      open();
    }
    say("3-2-1502李姐", "还在漏水，物业人呢");
    settle();
    EXPECT_EQ(messages(leak.id).size(), restart ? 3u : 2u);
    EXPECT_FALSE(std::ranges::binary_search(messages(leak.id), other.id));
  }
  // And back: the core had let it go, so everything is taken up from the store.
  write([&](Tx& tx) -> Result<void> {
    const lead_store::LinkRow link{other.id, leak.id, Act::none, 0, {}};
    LINLI_TRY(lead_store::link(tx, std::span(&link, 1)));
    LINLI_TRY(tx.run("UPDATE moved_messages SET lead_id = $1", {leak.id}));
    Lead rest = **lead_store::find(tx, sealer, leak.id);
    return lead_store::update_facts(tx, rest);
  });
  placing->moved({{}, {other.id}, to(leak)});
  say("3-2-1502李姐", "漏水还没修好");
  settle();
  EXPECT_EQ(messages(leak.id).size(), 5u);
  EXPECT_EQ(find(leak.id).message_count, 5);
}

TEST_P(CorrectedTest, WhatAPersonSetStaysWhenTheMachineLooksAgain) {
  say("3-2-1502李姐", kLeak);
  settle();
  Lead leak = lead("water_leak");
  leak.machine = {leak.category, leak.urgency, leak.place, leak.summary};
  leak.by_person = 15;
  leak.category = "drainage";
  leak.place = "荷塘苑9栋";
  leak.summary = "下水道";
  leak.urgency = 4;
  ++leak.revision;
  write([&](Tx& tx) { return lead_store::update_fields(tx, sealer, leak); });
  say("3-2-1402小丁", "楼上漏水漏到我家来了，墙都湿了");
  settle();
  const Lead after = find(leak.id);
  EXPECT_EQ(after.message_count, 2);
  EXPECT_EQ(after.category, "drainage");
  EXPECT_EQ(after.place, "荷塘苑9栋");
  EXPECT_EQ(after.summary, "下水道");
  EXPECT_EQ(after.urgency, 4);
  EXPECT_EQ(after.machine.category, "water_leak");
}

TEST_P(PlacingTest, HistoryStartsNoPromiseAndALiveMessageMakesItLive) {
  say("3-2-1502李姐", "楼上漏水，我家天花板一直在滴水，物业能不能来看一下", false);
  settle();
  ASSERT_EQ(leads().size(), 1u);
  EXPECT_FALSE(leads()[0].live);
  say("3-2-1402小丁", "楼上漏水漏到我家来了，墙都湿了");
  settle();
  ASSERT_EQ(leads().size(), 1u);
  EXPECT_TRUE(leads()[0].live);
  EXPECT_EQ(leads()[0].asked_at, kStart + 10s) << "the promise starts with the first live message";
}

}  // namespace
}  // namespace linli
