// The companion at work on both databases: behind placing, in one transaction, once for each message.
#include "assist/companion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include <thread>

#include "assist/assist_for_tests.h"
#include "assist/masking.h"
#include "assist/questions_for_tests.h"
#include "channels/messages.h"
#include "channels/sender.h"
#include "people/holdings.h"
#include "people/users.h"
#include "store/databases_for_tests.h"
#include "store/outbox.h"

namespace linli::companion {
namespace {

using namespace std::chrono_literals;

class CompanionTest : public EachDatabase {
 protected:
  static constexpr GroupId kGroup{77};
  template <class F>
  auto write(F work) {
    auto result = writer->write(std::move(work)).get();
    if (!result) throw std::runtime_error("write failed: " + std::string(linli::name(result.error().code)));
    return *std::move(result);
  }
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    writer.emplace(connect(), Writer::Options{});
    outbox.emplace(*writer);
    readers.emplace(database(), 1);
    Group group;
    group.id = kGroup;
    group.channel = ChannelId{1};
    group.external_id = "g";
    group.name = "荷塘苑邻里群";
    group.state = GroupState::admitted;
    group.grid_path = "s/a";
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'webhook', 0)"));
      auto added = Groups::add(tx, group);
      if (!added) return tl::unexpected(std::move(added).error());
      LINLI_TRY(users::add(tx, {UserId{5}, "ann", "安", "zh", {}}, clock.now()));
      return true;
    });
    groups.keep(group);
    std::vector<KnowledgeEntry> entries;
    for (const auto& e : read_starter(LINLI_SOURCE_DIR "/data/knowledge/starter.csv")) entries.push_back(*e);
    knowledge.keep(std::move(entries));
    knowledge.reindex();
    set([](Rules& r) {
      r.on = true;
      r.groups = {kGroup};
    });
    open();
  }
  void TearDown() override {
    companion.reset();
    sender.reset();
    if (!writer) return;
    placing.reset();
    writer->stop();
    readers->stop();
    outbox.reset();
  }

  void open(assist::ModelServer* server = nullptr) {
    companion.reset();
    placing.reset();
    Placing::Ports ports{
        .home =
            [](GroupId) {
              return GroupHome{"荷塘社区", "s/a"};
            },
        .directory =
            [](Tx&, const std::string&) {
              return PlaceDirectory{{{to_text(kGroup), "荷塘苑邻里群", "第1微网格", "荷塘社区", "清溪河街道"}},
                                    {"荷塘苑", "荷塘苑3栋"}};
            },
        .stored_after = [this](Tx& tx, MessageId after,
                               std::size_t limit) { return stored_messages_after(tx, sealer, after, limit); },
        .stored = [this](Tx& tx, const std::vector<MessageId>& ids) { return read_messages(tx, sealer, ids); }};
    placing.emplace(*writer, *readers, sealer, ids, clock, understander, "test", std::move(ports), Placing::Options{});
    ASSERT_TRUE(placing->start());
    companion.emplace(Companion::Parts{*writer, *readers, sealer, ids, clock, TimeZone::shanghai(), groups, knowledge,
                                       understander, server},
                      Companion::Ports{.may_write = [this](const Group&) { return may_write; },
                                       .queued = [this] { ++queued; },
                                       .open = [this](StoredMessage message) { placing->open(std::move(message)); },
                                       .rules = {}});
  }

  template <class F>
  void set(F change) {
    write([&](Tx& tx) -> Result<bool> {
      auto kept = rules(tx);
      if (!kept) return tl::unexpected(std::move(kept).error());
      change(kept->first);
      auto done = set_rules(tx, kept->first, kept->second, {}, clock.now());
      if (!done) return tl::unexpected(std::move(done).error());
      return true;
    });
  }

  // Said in the group, placed, and heard by the companion.
  MessageId say(const std::string& sender, const std::string& text, Role role = Role::resident, bool live = true) {
    clock.advance(5s);
    StoredMessage m;
    m.id = ids.draw<MessageId>();
    m.channel = ChannelId{1};
    m.group = kGroup;
    m.received_at = clock.now();
    m.live = live;
    m.message = {.id = "x" + std::to_string(m.id.value),
                 .group = "g",
                 .sent_at = clock.now(),
                 .sender = sender,
                 .sender_name = sender,
                 .role = role,
                 .text = text};
    const MessageRow row{.id = m.id,
                         .channel = m.channel,
                         .group = m.group,
                         .sent_at = m.message.sent_at,
                         .received_at = m.received_at,
                         .role = role,
                         .type = m.message.type,
                         .live = live,
                         .sender_hash = sealer.hash("messages.sender", sender),
                         .body = seal_body(sealer, m.message)};
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(insert_messages(tx, std::span(&row, 1)));
      return true;
    });
    const MessageId id = m.id;
    placing->offer({std::move(m)});
    const auto by = Deadline::in(10s);
    while (placing->figures().waiting > 0 && !by.passed()) std::this_thread::sleep_for(2ms);
    return id;
  }
  void hear() {
    const auto by = Deadline::in(10s);
    do {
      const auto any = companion->tick();
      ASSERT_TRUE(any) << linli::name(any.error().code);
      if (!*any) return;
      std::this_thread::sleep_for(5ms);
    } while (!by.passed());
    FAIL() << "it is never done";
  }
  std::vector<Answer> answers() {
    return write([&](Tx& tx) -> Result<std::vector<Answer>> {
      auto page = list(tx, sealer, Actor::all_powerful(), false, {}, 100);
      if (!page) return tl::unexpected(std::move(page).error());
      std::ranges::reverse(page->answers);
      return std::move(page->answers);
    });
  }
  std::int64_t count(const std::string& sql) {
    return write([&](Tx& tx) -> Result<std::int64_t> {
      auto n = tx.value<std::int64_t>(sql);
      if (!n) return tl::unexpected(std::move(n).error());
      return n->value_or(-1);
    });
  }
  void send() {  // what is due, once
    sender.emplace(*writer, *readers, sealer, clock,
                   Sender::Ports{.way =
                                     [this](GroupId) {
                                       return Sender::WayOut{true, [this](const outgoing::Item& item) {
                                                               said.push_back(item.words.text);
                                                               return Sender::Said{Sender::Said::How::sent, "e1", {}};
                                                             }};
                                     },
                                 .still_wanted =
                                     [this](Tx& tx, const outgoing::Item& item) {
                                       return companion::still_wanted(tx, sealer, item, clock.now());
                                     },
                                 .changed = [](Tx&, const outgoing::Item&) { return Result<void>(); }});
    sender->start();
    const auto by = Deadline::in(5s);
    while (count("SELECT COUNT(*) FROM outgoing WHERE state IN ('queued', 'sending')") > 0 && !by.passed())
      std::this_thread::sleep_for(5ms);
    sender->stop();
  }

  ManualClock clock{*parse_time("2026-11-28T21:00:00+08:00")};  // a Saturday
  IdSource ids{clock};
  Sealer sealer = Sealer::for_test();
  Understander understander = *Understander::embedded();
  Grids grids;
  Groups groups;
  Knowledge knowledge{grids};
  std::optional<Writer> writer;
  std::optional<Outbox> outbox;
  std::optional<Readers> readers;
  std::optional<Placing> placing;
  std::optional<Companion> companion;
  std::optional<Sender> sender;
  bool may_write = true;
  int queued = 0;
  std::vector<std::string> said;
};

TEST_P(CompanionTest, AnswersMarkedOnceAndQuotesTheQuestion) {
  const MessageId asked = say("a", "@小邻 社区几点上班");
  hear();
  ASSERT_EQ(answers().size(), 1u);
  const Answer one = answers()[0];
  EXPECT_EQ(one.kind, Kind::answered);
  EXPECT_EQ(one.message, asked);
  EXPECT_TRUE(one.text.ends_with("（机器自动答复，未经人工审核）")) << one.text;
  ASSERT_EQ(one.sources.size(), 1u);
  EXPECT_EQ(one.sources[0].title, "社区服务时间");
  EXPECT_EQ(queued, 1);
  const auto items = write([&](Tx& tx) { return outgoing::of_subject(tx, sealer, kPurpose, asked.value); });
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].words.text, one.text);
  EXPECT_EQ(items[0].words.quotes, "x" + std::to_string(asked.value));
  hear();
  EXPECT_EQ(answers().size(), 1u);
  send();
  EXPECT_EQ(said.size(), 1u);
}

// Killed at any point: what was decided is said once, what was said is said by nobody again.
TEST_P(CompanionTest, ADeathBetweenDecidingAndSendingSaysNothingTwice) {
  say("a", "@小邻 社区几点上班");
  hear();
  for (int i = 0; i < 3; ++i) {  // a new program each time, from the store; its cursor lost besides
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(tx.run("DELETE FROM cursors WHERE name = 'companion'"));
      return true;
    });
    open();
    hear();
    send();
  }
  EXPECT_EQ(answers().size(), 1u);
  EXPECT_EQ(said.size(), 1u);
}

TEST_P(CompanionTest, TwoAtOnceAnswerOnce) {
  say("a", "@小邻 社区几点上班");
  Companion other(
      {*writer, *readers, sealer, ids, clock, TimeZone::shanghai(), groups, knowledge, understander, nullptr},
      {.may_write = [](const Group&) { return true; }, .queued = [] {}, .open = [](StoredMessage) {}, .rules = {}});
  std::thread beside([&] { (void)other.tick(); });
  (void)companion->tick();
  beside.join();
  hear();
  EXPECT_EQ(answers().size(), 1u);
  EXPECT_EQ(count("SELECT COUNT(*) FROM outgoing"), 1);
}

TEST_P(CompanionTest, APersonSilencesItAndWhatWasNotSaidIsWithdrawn) {
  say("a", "@小邻 社区几点上班");
  hear();
  say("ann", "我来给您说，九点", Role::community_staff);
  hear();
  send();
  EXPECT_TRUE(said.empty());
  EXPECT_EQ(count("SELECT COUNT(*) FROM outgoing WHERE state = 'withdrawn'"), 1);
  say("a", "@小邻 垃圾几点可以倒");
  hear();
  EXPECT_EQ(answers().size(), 1u);
}

TEST_P(CompanionTest, APersonWhoWritesJustBeforeItIsSaidSilencesItToo) {
  say("a", "@小邻 社区几点上班");
  hear();
  clock.advance(1s);
  write([&](Tx& tx) -> Result<bool> {  // the sender looks, though the companion has not heard it yet
    LINLI_TRY(tx.run("INSERT INTO companion_persons (group_id, at) VALUES ($1, $2)", {kGroup, clock.now()}));
    return true;
  });
  send();
  EXPECT_TRUE(said.empty());
  EXPECT_EQ(count("SELECT COUNT(*) FROM outgoing WHERE state = 'withdrawn'"), 1);
}

TEST_P(CompanionTest, WordsFromTheDeskSilenceItAsWell) {
  say("a", "@小邻 社区几点上班");
  hear();
  clock.advance(1min);
  write([&](Tx& tx) -> Result<bool> {
    outgoing::Item item;
    item.id = ids.draw<OutgoingId>();
    item.purpose = "reply";
    item.subject = 1;
    item.group = kGroup;
    item.words.text = "您好，九点";
    LINLI_TRY(outgoing::add(tx, sealer, item));
    item.state = OutState::sent;
    item.said_at = clock.now();
    auto done = outgoing::change(tx, sealer, item, OutState::held);
    if (!done) return done;
    return true;
  });
  say("a", "@小邻 垃圾几点可以倒");
  clock.advance(2h);
  say("a", "@小邻 旧沙发扔哪里");
  hear();
  EXPECT_EQ(answers().size(), 1u);
  say("b", "@小邻 旧沙发扔哪里");
  hear();
  EXPECT_EQ(answers().size(), 2u) << "another one's talk, two hours later";
}

TEST_P(CompanionTest, WhatIsTooLateIsNotSaid) {
  say("a", "@小邻 社区几点上班");
  hear();
  clock.advance(11min);
  send();
  EXPECT_TRUE(said.empty());
  EXPECT_EQ(count("SELECT COUNT(*) FROM outgoing WHERE state = 'withdrawn'"), 1);
  say("a", "@小邻 垃圾几点可以倒");
  clock.advance(6min);
  hear();
  EXPECT_EQ(answers().size(), 1u) << "the question is too old";
}

TEST_P(CompanionTest, DoesNotKeepThePromise) {
  say("a", "荷塘苑3栋2单元门禁坏了，门关不上");
  hear();
  ASSERT_EQ(answers().size(), 1u);
  ASSERT_TRUE(answers()[0].lead);
  send();
  EXPECT_EQ(said.size(), 1u);
  EXPECT_EQ(count("SELECT COUNT(*) FROM leads WHERE answered_at IS NOT NULL OR claimed_at IS NOT NULL"), 0);
}

TEST_P(CompanionTest, DangerIsSaidFirstAndSomebodyIsCalled) {
  say("a", "荷塘苑3栋2单元着火了，好大的烟");
  hear();
  ASSERT_EQ(answers().size(), 1u);
  EXPECT_EQ(answers()[0].kind, Kind::guidance);
  EXPECT_TRUE(answers()[0].called);
  EXPECT_EQ(count("SELECT COUNT(*) FROM companion_calls"), 1);
}

// What the engine took for chatter and a machine must not answer: a lead is opened, somebody is called, nothing is said.
TEST_P(CompanionTest, NamedDangerIsSilentOpensALeadAndCalls) {
  say("a", "活起没意思，去死算了");
  hear();
  ASSERT_EQ(answers().size(), 1u);
  EXPECT_EQ(answers()[0].way, Way::none);
  EXPECT_TRUE(answers()[0].called);
  EXPECT_TRUE(answers()[0].lead);
  EXPECT_EQ(count("SELECT COUNT(*) FROM outgoing"), 0);
  EXPECT_EQ(count("SELECT COUNT(*) FROM lead_messages"), 1);
}

TEST_P(CompanionTest, ALeadThatItOpenedTakesInWhatFollowsAndOutlivesARestart) {
  say("a", "@小邻 人工");
  hear();
  ASSERT_EQ(answers().size(), 1u);
  const LeadId lead = answers()[0].lead;
  ASSERT_TRUE(lead);
  EXPECT_EQ(answers()[0].kind, Kind::handed_over);
  open();
  EXPECT_EQ(count("SELECT COUNT(*) FROM leads WHERE state = 'open'"), 1);
  EXPECT_EQ(count("SELECT COUNT(*) FROM lead_messages"), 1);
}

TEST_P(CompanionTest, WhereSoftwareMayNotWriteWordsAreMadeReady) {
  may_write = false;
  say("a", "荷塘苑3栋2单元着火了，好大的烟");
  say("b", "社区几点上班");
  say("c", "今天天气好");
  hear();
  const auto all = answers();
  ASSERT_GE(all.size(), 1u);
  for (const Answer& one : all) {
    EXPECT_NE(one.way, Way::said);
    EXPECT_EQ(one.text.find("我是小邻"), std::string::npos);
  }
  EXPECT_GE(count("SELECT COUNT(*) FROM outgoing WHERE state = 'to_relay'"), 1);
  EXPECT_EQ(count("SELECT COUNT(*) FROM outgoing WHERE state = 'queued'"), 0);
  set([](Rules& r) { r.prepares = false; });
  say("d", "荷塘苑3栋1单元也着火了");
  hear();
  EXPECT_EQ(answers().size(), all.size());
}

TEST_P(CompanionTest, OffInWorkingTimeAndWhereNotLive) {
  say("a", "@小邻 社区几点上班", Role::resident, false);
  hear();
  EXPECT_TRUE(answers().empty()) << "historic";
  say("a", "@小邻 社区几点上班", Role::bot);
  hear();
  EXPECT_TRUE(answers().empty()) << "a machine";
  clock.advance(37h);  // Monday, 10:00
  say("a", "@小邻 社区几点上班");
  hear();
  EXPECT_TRUE(answers().empty()) << "people are there";
  set([](Rules& r) { r.when = When::always; });
  say("a", "@小邻 社区几点上班");
  hear();
  EXPECT_EQ(answers().size(), 1u);
  set([](Rules& r) { r.on = false; });
  say("a", "@小邻 垃圾几点可以倒");
  hear();
  EXPECT_EQ(answers().size(), 1u);
}

TEST_P(CompanionTest, LookedAtByAPersonWrongBecomesAGap) {
  say("a", "@小邻 隔壁小区的游泳馆明年还开不开");
  hear();
  const auto all = answers();
  ASSERT_EQ(all.size(), 1u);
  ASSERT_TRUE(all[0].lead);
  Actor ann = Actor::all_powerful();
  ann.id = UserId{5};
  const auto judged = [&](int seen, std::optional<Verdict> verdict) {
    return writer->write([&](Tx& tx) { return judge(tx, sealer, ids, ann, all[0].id, seen, verdict, clock.now()); })
        .get();
  };
  const auto right = judged(1, Verdict::right);
  ASSERT_TRUE(right);
  EXPECT_EQ(right->looked_by, UserId{5});
  EXPECT_EQ(judged(1, Verdict::wrong).error().code, Errc::stale);
  ASSERT_TRUE(judged(2, std::nullopt));
  EXPECT_FALSE(answers()[0].verdict);
  EXPECT_EQ(count("SELECT COUNT(*) FROM knowledge_gaps"), 0);
  ASSERT_TRUE(judged(3, Verdict::wrong));
  EXPECT_EQ(count("SELECT COUNT(*) FROM knowledge_gaps"), 1);
  Actor nobody;
  nobody.id = UserId{5};
  EXPECT_EQ(writer->write([&](Tx& tx) { return find(tx, sealer, nobody, all[0].id); }).get().error().code,
            Errc::not_found);
  const auto gone = write([&](Tx& tx) { return forget(tx, clock.now() + 1h, clock.now() + 1h, 100); });
  EXPECT_EQ(gone, 1);
  EXPECT_EQ(count("SELECT COUNT(*) FROM companion_talks"), 0);
}

ON_EACH_DATABASE(CompanionTest);

// ---- with a model server ----

class CompanionPhrasing : public CompanionTest {
 protected:
  void SetUp() override {
    CompanionTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    usage.emplace(*writer, clock, TimeZone::shanghai());
    model.emplace(*usage, clock, assist::ModelServer::Options{.tries = 1, .pause = 5ms});
    assist::ServerSettings settings;
    settings.base_url = server.url();
    settings.model = "test-model";
    settings.deadline = 2'000ms;
    model->use(settings);
    open(&*model);
  }
  void TearDown() override {
    companion.reset();
    model.reset();
    CompanionTest::TearDown();
  }
  void says(const std::string& reply) {
    model->forget();
    server.answers([reply](const assist::Asked& asked) {
      return assist::says(asked, R"({"reply":")" + reply + R"(","used":["k1"],"missing":""})");
    });
  }
  assist::ModelServerForTests server;
  std::optional<assist::Usage> usage;
  std::optional<assist::ModelServer> model;
};

TEST_P(CompanionPhrasing, OnlyWhatWasFoundElseTheOfficesOwnWords) {
  const std::string good = "您好，党群服务中心一楼窗口周一至周五9:00-12:00、13:30-17:30办件，周六9:00-12:00有人值班。";
  const struct {
    const char* what;
    std::string reply;
    bool taken;
  } rows[] = {{"good", good, true},
              {"a promise", good + "我们马上安排人给您开门，保证办好。", false},
              {"a number from nowhere", "请打13800001111，周一至周五9:00-12:00、13:30-17:30。", false},
              {"a human", "我是社区工作人员，周一至周五9:00-12:00、13:30-17:30，周六9:00-12:00。", false}};
  int i = 0;
  for (const auto& row : rows) {
    says(row.reply);
    say("r" + std::to_string(++i), "@小邻 社区几点上班");
    hear();
    const Answer last = answers().back();
    EXPECT_EQ(!last.model.empty(), row.taken) << row.what << ": " << last.text;
    EXPECT_NE(last.text.find("来源：荷塘社区便民手册（演示）"), std::string::npos) << last.text;
    EXPECT_NE(last.text.find("9:00-12:00"), std::string::npos) << last.text;
  }
}

// What residents write to turn a model changes neither what is said nor whether somebody is called.
TEST_P(CompanionPhrasing, AttacksChangeNothing) {
  std::ifstream in(LINLI_SOURCE_DIR "/data/prompts/attacks.tsv");
  std::string line;
  int tried = 0;
  std::vector<std::pair<std::string, std::string>> attacks;
  while (std::getline(in, line)) {
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, '\t');) cells.push_back(cell);
    if (cells.size() < 5 || cells[0] != "draft") continue;
    attacks.emplace_back(cells[3], cells[4]);
  }
  ASSERT_GE(attacks.size(), 10u);
  for (const auto& [attack, obeyed] : attacks) {
    server.answers([obeyed](const assist::Asked& asked) { return assist::says(asked, obeyed); });
    const std::size_t before = answers().size();
    say("x" + std::to_string(++tried), "@小邻 社区几点上班 " + attack);
    hear();
    const auto all = answers();
    for (std::size_t i = before; i < all.size(); ++i) {
      EXPECT_TRUE(all[i].model.empty()) << attack << " -> " << all[i].text;
      for (const std::string& link : assist::links_in(all[i].text)) ADD_FAILURE() << attack << " -> " << link;
    }
    clock.advance(20min);
  }
}

ON_EACH_DATABASE(CompanionPhrasing);

}  // namespace
}  // namespace linli::companion
