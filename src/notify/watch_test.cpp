// The watch with a driven clock, on both databases: restarts, jumping clocks, two nodes, floods, escalation.
#include "notify/watch.h"

#include "notify/alarms.h"
#include "notify/notifications.h"
#include "notify/wishes.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "desk/claims.h"
#include "leads/lead_store.h"
#include "notify/promise_steps.h"
#include "people/groups.h"
#include "people/holdings.h"
#include "store/databases_for_tests.h"

namespace linli::notify {
namespace {

using namespace std::chrono_literals;

const Instant kStart = *parse_time("2026-11-23T10:00:00+08:00");  // a Monday

class WatchTest : public EachDatabase {
 protected:
  template <class F>
  auto write(F work) {
    auto result = writer->write(std::move(work)).get();
    if (!result) throw std::runtime_error("write failed: " + for_terminal(result.error(), Language::en));
    return *std::move(result);
  }
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    open();
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(
          tx.run("INSERT INTO grids (id, level, code, name, path, opened_at) VALUES (3, 'community', 'ht', '荷塘社区', "
                 "'ht', 0)"));
      LINLI_TRY(
          tx.run("INSERT INTO grids (id, parent_id, level, code, name, path, opened_at) VALUES (4, 3, 'grid', "
                 "'ht1', '第一网格', 'ht/ht1', 0)"));
      LINLI_TRY(grids.load(tx));
      for (const auto& [user, role, deputy] :
           {std::tuple(&ann, StaffRole::agent, UserId{}), std::tuple(&bob, StaffRole::agent, UserId{}),
            std::tuple(&leader, StaffRole::shift_leader, UserId{}), std::tuple(&officer, StaffRole::officer, UserId{}),
            std::tuple(&deputy, StaffRole::officer, officer.id), std::tuple(&head, StaffRole::grid_head, UserId{}),
            std::tuple(&secretary, StaffRole::secretary, UserId{})}) {
        LINLI_TRY(users::add(tx, *user, kStart));
        const GridId grid{role == StaffRole::officer ? 4 : 3};
        LINLI_TRY(
            holdings::give(tx, {ids.draw<HoldingId>(), user->id, role, grid, {}, {}, kNoEnd, deputy}, {}, kStart));
      }
      return true;
    });
  }
  void TearDown() override { close(); }

  void open() {
    writer.emplace(connect(), Writer::Options{});
    outbox.emplace(*writer);
    readers.emplace(database(), 1);
    make_watch();
  }
  void make_watch(bool email = true) {
    watch.emplace(*writer, *readers, sealer, ids, clock, TimeZone::shanghai(), grids, email, [this] { ++queued; });
  }
  void close() {
    watch.reset();
    readers.reset();
    outbox.reset();
    writer.reset();
  }
  template <class T = std::int64_t>
  T value(std::string_view sql, Params params = {}) {
    auto connection = connect(Access::read);
    auto tx = connection.begin(Access::read);
    return tx->value<T>(sql, params)->value_or(T{});
  }
  std::string texts(std::string_view sql, Params params = {}) {
    auto connection = connect(Access::read);
    auto tx = connection.begin(Access::read);
    std::string out;
    EXPECT_TRUE(
        tx->each(sql, params, [&](const Row& row) { (out += out.empty() ? "" : " ") += row.get<std::string>(0); }));
    return out;
  }
  LeadId lead(int urgency = 2, Instant asked = kStart, const std::string& path = "ht/ht1") {
    Lead one;
    one.id = ids.draw<LeadId>();
    one.opening = ids.draw<MessageId>();
    one.revision = 1;
    one.grid_path = path;
    one.category = "water_leak";
    one.urgency = urgency;
    one.asked_at = one.opened_at = one.latest_at = asked;
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(lead_store::insert(tx, sealer, one));
      return true;
    });
    return one.id;
  }
  Watch::Done tick() {
    auto done = watch->tick();
    if (!done) throw std::runtime_error("tick failed: " + for_terminal(done.error(), Language::en));
    return *done;
  }
  std::string steps(LeadId id) { return texts("SELECT step FROM promise_steps WHERE lead_id = $1 ORDER BY at", {id}); }
  // "ann:emergency:0 …", by round, person.
  std::string told(LeadId id) {
    return texts(
        "SELECT u.name || ':' || n.kind || ':' || CAST(n.round AS TEXT) FROM notifications n JOIN users u ON u.id = "
        "n.user_id WHERE n.subject_id = $1 ORDER BY n.round, n.kind, u.name",
        {id});
  }
  Actor actor(const User& user) {
    return write([&](Tx& tx) { return holdings::actor(tx, user, TimeZone::shanghai().day(clock.now())); });
  }

  ManualClock clock{kStart};
  IdSource ids{clock};
  Sealer sealer = Sealer::for_test();
  Grids grids;
  User ann{UserId{11}, "ann", "安", "zh", {}}, bob{UserId{12}, "bob", "博", "zh", {}},
      leader{UserId{13}, "leader", "班长", "zh", {}}, officer{UserId{14}, "officer", "网格员", "zh", {}},
      deputy{UserId{15}, "deputy", "代班", "zh", {}}, head{UserId{16}, "head", "网格长", "zh", {}},
      secretary{UserId{17}, "secretary", "书记", "zh", {}};
  std::atomic<int> queued = 0;
  std::optional<Writer> writer;
  std::optional<Outbox> outbox;
  std::optional<Readers> readers;
  std::optional<Watch> watch;
};

TEST_P(WatchTest, StepByStepToWhomItConcerns) {
  const LeadId id = lead();
  clock.set(kStart + 4min + 59s);
  EXPECT_EQ(tick().steps, 0u);
  clock.set(kStart + 5min);
  EXPECT_EQ(tick().steps, 1u);
  EXPECT_EQ(told(id), "ann:amber:0 bob:amber:0");
  clock.set(kStart + 10min);
  tick();
  clock.set(kStart + 15min);
  tick();
  EXPECT_EQ(steps(id), "amber call_leader breach");
  EXPECT_EQ(told(id), "ann:amber:0 bob:amber:0 leader:breach:0 secretary:breach:0 leader:call_leader:0");
  EXPECT_EQ(
      value("SELECT COUNT(*) FROM outbox WHERE kind LIKE 'promise.%' AND min_right = 'leads.read' AND grid_path = "
            "'ht/ht1'"),
      3);
  EXPECT_EQ(value<std::string>("SELECT cause FROM promise_steps WHERE step = 'breach'"), "nobody_looked");
  clock.advance(1h);
  EXPECT_EQ(tick().steps, 0u);
}

TEST_P(WatchTest, OnceOverRestartsAndJumpingClocks) {
  const LeadId id = lead();
  clock.set(kStart + 5min);
  tick();
  // Written, told to nobody: killed between the two.
  write([](Tx& tx) { return tx.run("UPDATE promise_steps SET told = 0"); });
  write([](Tx& tx) { return tx.run("DELETE FROM notifications"); });
  close();
  open();
  EXPECT_EQ(tick().steps, 0u);
  EXPECT_EQ(told(id), "ann:amber:0 bob:amber:0");
  // Told, and the mark is lost: nobody is told twice.
  write([](Tx& tx) { return tx.run("UPDATE promise_steps SET told = 0"); });
  tick();
  EXPECT_EQ(value("SELECT COUNT(*) FROM notifications"), 2);
  clock.set(kStart - 1h);  // back
  EXPECT_EQ(tick().steps, 0u);
  clock.set(kStart + 20min);  // and far ahead: both steps that were missed, once
  EXPECT_EQ(tick().steps, 2u);
  clock.set(kStart + 6min);
  EXPECT_EQ(tick().steps, 0u);
  clock.set(kStart + 30min);
  EXPECT_EQ(tick().steps, 0u);
  EXPECT_EQ(steps(id), "amber call_leader breach");
  EXPECT_EQ(value("SELECT COUNT(*) FROM outbox WHERE kind LIKE 'promise.%'"), 3);
  EXPECT_EQ(value("SELECT COUNT(*) FROM notifications WHERE kind = 'call_leader'"), 0) << "over before it was told";
}

TEST_P(WatchTest, WhatWasAnsweredIsNotAlarmed) {
  const LeadId in_time = lead(), late = lead(), dismissed = lead(), historic = lead(), by_hand = lead();
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(tx.run("UPDATE leads SET answered_at = $2 WHERE id = $1", {in_time, kStart + 4min}));
    LINLI_TRY(tx.run("UPDATE leads SET answered_at = $2 WHERE id = $1", {late, kStart + 16min}));
    LINLI_TRY(tx.run("UPDATE leads SET state = 'dismissed' WHERE id = $1", {dismissed}));
    LINLI_TRY(tx.run("UPDATE leads SET live = 0 WHERE id = $1", {historic}));
    LINLI_TRY(tx.run("UPDATE leads SET claimed_at = $2 WHERE id = $1", {by_hand, kStart + 14min}));
    return true;
  });
  clock.set(kStart + 20min);
  tick();
  EXPECT_EQ(steps(in_time) + steps(dismissed) + steps(historic) + steps(by_hand), "");
  EXPECT_EQ(steps(late), "breach");
  EXPECT_EQ(told(late), "") << "it is over";
  EXPECT_EQ(value("SELECT COUNT(*) FROM leads WHERE live = 1 AND promise_step < 3"), 0);
}

TEST_P(WatchTest, UrgencyThreeWaitsForTheHoursThatBind) {
  const Instant night = *parse_time("2026-11-23T23:30:00+08:00");
  const LeadId normal = lead(3, night), urgent = lead(2, night);
  write([&](Tx& tx) { return set_promise_hours(tx, {PromiseHours::Bind::daily, {{8h, 22h}}}, 0, ann.id, kStart); });
  clock.set(night + 15min);
  tick();
  EXPECT_EQ(steps(urgent), "amber call_leader breach");
  EXPECT_EQ(steps(normal), "");
  clock.set(*parse_time("2026-11-24T08:04:59+08:00"));
  tick();
  EXPECT_EQ(steps(normal), "");
  clock.set(*parse_time("2026-11-24T08:10:00+08:00"));
  tick();
  EXPECT_EQ(steps(normal), "amber call_leader");
}

TEST_P(WatchTest, CausesOfBreaches) {
  const LeadId ignored = lead(), looked = lead(), undelivered = lead(), nowhere = lead(2, kStart, "elsewhere");
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(tx.run("UPDATE leads SET looked_at = $2 WHERE id = $1", {looked, kStart + 2min}));
    LINLI_TRY(tx.run("UPDATE leads SET state = 'answered' WHERE id = $1", {undelivered}));
    LINLI_TRY(tx.run("INSERT INTO channels (id, name, kind, created_at) VALUES (1, 'a', 'webhook', 0)"));
    LINLI_TRY(Groups::write(tx, Group{.id = GroupId{9}, .channel = ChannelId{1}, .external_id = "g"}));
    LINLI_TRY(
        tx.run("INSERT INTO replies (id, lead_id, user_id, at, way, ends, state_before, was_answered, content) "
               "VALUES (5, $1, $2, $3, 'group', 1, 'open', 0, $4)",
               {undelivered, ann.id, kStart + 3min, Blob{"x"}}));
    LINLI_TRY(
        tx.run("INSERT INTO outgoing (id, purpose, subject_id, group_id, state, due_at, words, words_hash) VALUES "
               "(6, 'reply', 5, 9, 'to_relay', $1, $2, 0)",
               {kStart, Blob{"x"}}));
    return true;
  });
  clock.set(kStart + 15min);
  tick();
  const Actor who = actor(leader);
  const auto found = write([&](Tx& tx) { return promise_steps::breaches(tx, who, kStart, kStart + 1h, {}, 100); });
  std::map<LeadId, BreachCause> causes;
  for (const auto& one : found.breaches) causes[one.lead] = one.cause;
  EXPECT_EQ(causes[ignored], BreachCause::nobody_looked);
  EXPECT_EQ(causes[looked], BreachCause::not_answered);
  EXPECT_EQ(causes[undelivered], BreachCause::not_delivered);
  EXPECT_FALSE(causes.contains(nowhere)) << "out of scope";
  EXPECT_EQ(found.total, 3);
  EXPECT_EQ(value<std::string>("SELECT cause FROM promise_steps WHERE step = 'breach' AND lead_id = $1", {nowhere}),
            "nobody_on_duty");
}

TEST_P(WatchTest, Forecast) {
  lead(2, kStart);
  lead(3, kStart + 1min);
  lead(2, kStart - 20min);  // broken already
  clock.set(kStart + 14min + 30s);
  const Actor who = actor(leader);
  const auto time = write([&](Tx& tx) { return promise_time(tx, TimeZone::shanghai()); });
  const auto found = write([&](Tx& tx) { return promise_steps::ahead(tx, *grids.tree(), time, who, clock.now()); });
  EXPECT_EQ(found.waiting, 3);
  EXPECT_EQ(found.on_duty, (std::vector{ann.id, bob.id}));
  ASSERT_EQ(found.leads.size(), 2u);
  EXPECT_TRUE(found.leads[0].missed) << "40 s of work, 30 s left";
  EXPECT_FALSE(found.leads[1].missed) << "the other agent";
}

TEST_P(WatchTest, AnEmergencyRingsUntilSomebodyHasIt) {
  const LeadId id = lead(1, kStart - 10s);
  tick();
  EXPECT_EQ(told(id), "ann:emergency:0 bob:emergency:0 leader:emergency:0 officer:emergency:0");
  clock.advance(59s);
  EXPECT_EQ(tick().again, 0u);
  clock.advance(1s);
  EXPECT_EQ(tick().again, 1u);
  EXPECT_NE(told(id).find(" deputy:emergency:1"), std::string::npos);
  clock.advance(60s);
  tick();
  clock.advance(60s);
  tick();
  EXPECT_NE(told(id).find("deputy:emergency:1 head:emergency:2 secretary:emergency:3"), std::string::npos) << told(id);
  // The clock steps back by an hour: it goes on.
  clock.advance(-1h);
  EXPECT_EQ(tick().again, 1u);

  const auto mine = NotificationId{value("SELECT id FROM notifications WHERE user_id = $1", {head.id})};
  const Actor who = actor(head);
  const auto shown = write([&](Tx& tx) { return list(tx, head.id, "", 10); });
  EXPECT_EQ(shown.unseen, 1);
  EXPECT_EQ(shown.unacknowledged, 1);
  write([&](Tx& tx) { return acknowledge(tx, sealer, who, mine, clock.now()); });
  clock.advance(2h);
  EXPECT_EQ(tick().again, 0u);
  EXPECT_EQ(value<std::string>("SELECT over_why FROM alarms"), "acknowledged");
  EXPECT_EQ(texts("SELECT kind FROM lead_history"), "acknowledged");
  const auto again = write([&](Tx& tx) { return acknowledge(tx, sealer, who, mine, clock.now()); });
  EXPECT_TRUE(again.acknowledged_at);
  EXPECT_EQ(value("SELECT COUNT(*) FROM lead_history"), 1);
  const Actor stranger = actor(ann);
  auto refused = writer->write([&](Tx& tx) { return acknowledge(tx, sealer, stranger, mine, clock.now()); }).get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::not_found);
}

TEST_P(WatchTest, AnEmergencyEndsWithWhoWritesOrDecides) {
  const LeadId writes = lead(1), decides = lead(1);
  tick();
  const Actor who = actor(ann);
  write(
      [&](Tx& tx) { return claims::take(tx, sealer, who, writes, claims::Doing::writing, false, clock.now() + 30s); });
  write([&](Tx& tx) { return tx.run("UPDATE leads SET state = 'confirmed' WHERE id = $1", {decides}); });
  clock.advance(60s);
  EXPECT_EQ(tick().again, 0u);
  EXPECT_EQ(texts("SELECT over_why FROM alarms ORDER BY over_why"), "at_work decided");
  EXPECT_GT(value("SELECT looked_at FROM leads WHERE id = $1", {writes}), 0);
}

TEST_P(WatchTest, QuietHoursHoldForAllButEmergencies) {
  write([&](Tx& tx) -> Result<bool> {
    Wishes w{.email = "leader@district.example", .quiet = QuietHours{9h, 18h}};
    LINLI_TRY(set_wishes(tx, sealer, leader.id, w, kStart));
    w.email = "secretary@district.example";
    w.quiet.reset();
    LINLI_TRY(set_wishes(tx, sealer, secretary.id, w, kStart));
    return true;
  });
  lead(2);
  clock.set(kStart + 15min);
  tick();
  const auto mails = [&](const User& user) {
    return texts(
        "SELECT kind || ':' || state || ':' || COALESCE(reason, '') FROM deliveries WHERE way = 'email' AND "
        "user_id = $1 ORDER BY id",
        {user.id});
  };
  EXPECT_EQ(mails(leader), "breach:skipped:quiet_hours");
  EXPECT_EQ(mails(secretary), "breach:queued:");
  EXPECT_GT(queued, 0);
  lead(1, clock.now());
  tick();
  EXPECT_EQ(mails(leader), "breach:skipped:quiet_hours emergency:queued:");
  EXPECT_EQ(mails(ann), "emergency:skipped:no_address");
}

// The robot is the first path, e-mail the next one, to who has not acknowledged.
TEST_P(WatchTest, TheNextPath) {
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(set_way(tx, sealer, Way::robot, {.on = true, .url = "http://127.0.0.1:9/cgi-bin/webhook/send?key=k"},
                      ann.id, kStart));
    LINLI_TRY(set_wishes(tx, sealer, leader.id, {.email = "leader@district.example"}, kStart));
    return true;
  });
  lead(1);
  tick();
  EXPECT_EQ(texts("SELECT way || CAST(round AS TEXT) FROM deliveries WHERE way <> 'in_app' ORDER BY id"), "robot0");
  clock.advance(60s);
  tick();
  EXPECT_EQ(texts("SELECT way || CAST(round AS TEXT) FROM deliveries WHERE state = 'queued' ORDER BY way, round"),
            "email1 robot0 robot1");
}

TEST_P(WatchTest, AFloodBecomesOne) {
  for (int i = 0; i < 40; ++i) lead(3, kStart + std::chrono::seconds(i / 20));
  clock.set(kStart + 5min);
  tick();
  clock.advance(1s);
  tick();
  EXPECT_EQ(value("SELECT COUNT(*) FROM notifications WHERE user_id = $1", {ann.id}), kSingle + 1);
  EXPECT_EQ(value("SELECT count FROM notifications WHERE user_id = $1 AND digest = 1", {ann.id}), 40 - kSingle);
  const auto page = write([&](Tx& tx) { return list(tx, ann.id, "", 4); });
  EXPECT_EQ(page.notifications.size(), 4u);
  const auto rest = write([&](Tx& tx) { return list(tx, ann.id, page.next_cursor, 4); });
  EXPECT_EQ(rest.notifications.size(), 2u);
  EXPECT_EQ(write([&](Tx& tx) { return see(tx, ann.id, std::nullopt, clock.now()); }), kSingle + 1);
  EXPECT_EQ(write([&](Tx& tx) { return list(tx, ann.id, "", 4); }).unseen, 0);
}

// Two nodes look at the same moment, again and again: each step once, each person once.
TEST_P(WatchTest, TwoNodes) {
  Writer other_writer(connect(), Writer::Options{});
  Readers other_readers(database(), 1);
  IdSource other_ids(clock, 1);
  Watch other(other_writer, other_readers, sealer, other_ids, clock, TimeZone::shanghai(), grids, true, [] {});
  constexpr int kLeadsEach = 60;
  for (int i = 0; i < kLeadsEach; ++i) lead(i % 20 == 0 ? 1 : 3, kStart + std::chrono::seconds(i));
  std::atomic<std::size_t> steps = 0, rung = 0;
  std::atomic<int> failed = 0;
  for (int round = 0; round < 18; ++round) {
    clock.advance(1min);
    const auto look = [&](Watch& watch_) {
      for (int i = 0; i < 3; ++i) {
        auto done = watch_.tick();
        if (!done) ++failed;
        else steps += done->steps, rung += done->rung;
      }
    };
    std::thread second([&] { look(other); });
    look(*watch);
    second.join();
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(steps, 3u * kLeadsEach);
  EXPECT_EQ(rung, 3u);
  EXPECT_EQ(value("SELECT COUNT(*) FROM outbox WHERE kind LIKE 'promise.%'"), 3 * kLeadsEach);
  EXPECT_EQ(value("SELECT COUNT(*) FROM promise_steps WHERE told = 0"), 0);
  EXPECT_EQ(value("SELECT COUNT(*) FROM (SELECT user_id, kind, subject_id FROM notifications GROUP BY user_id, kind, "
                  "subject_id HAVING COUNT(*) > 1) twice"),
            0);
  EXPECT_EQ(value("SELECT COALESCE(SUM(count), 0) FROM notifications WHERE kind = 'amber' AND user_id = $1", {ann.id}),
            kLeadsEach);
  other_writer.stop();
  other_readers.stop();
}

// By itself, by the real clock.
TEST_P(WatchTest, TheThreadRingsANewEmergencyAtOnce) {
  clock.set(SystemClock().now());
  watch->start(*outbox);
  const LeadId id = lead(1, clock.now());
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(Outbox::append(tx, Event{0, "lead.opened", id.value, "ht/ht1", "leads.read", clock.now(), {}}));
    return true;
  });
  for (int i = 0; i < 300 && told(id).empty(); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_NE(told(id), "");
}

ON_EACH_DATABASE(WatchTest);

}  // namespace
}  // namespace linli::notify
