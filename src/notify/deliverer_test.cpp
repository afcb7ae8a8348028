// Deliveries against a mail server, a robot and a webhook that stand in, in this process.
#include "notify/deliverer.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <thread>

#include "leads/lead_store.h"
#include "notify/alarms.h"
#include "notify/browser_for_tests.h"
#include "notify/notifications.h"
#include "notify/posts.h"
#include "notify/push_lane.h"
#include "notify/push_subscriptions.h"
#include "notify/servers_for_tests.h"
#include "notify/wecom.h"
#include "people/users.h"
#include "store/databases_for_tests.h"

namespace linli::notify {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

class DelivererTest : public testing::Test {
 protected:
  template <class F>
  auto write(F work) {
    auto result = writer->write(std::move(work)).get();
    if (!result) throw std::runtime_error("write failed: " + for_terminal(result.error(), Language::en));
    return *std::move(result);
  }
  void SetUp() override {
    auto connection = database.connect(Access::write);
    ASSERT_TRUE(connection && migrate(*connection, database));
    writer.emplace(std::move(*connection), Writer::Options{});
    readers.emplace(database, 3);
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(users::add(tx, ann, clock.now()));
      LINLI_TRY(set_wishes(tx, sealer, ann.id, {.email = "ann@district.example"}, clock.now()));
      LINLI_TRY(set_way(tx, sealer, Way::robot, {.on = true, .url = robot.url() + "/cgi-bin/webhook/send?key=k1"},
                        ann.id, clock.now()));
      LINLI_TRY(set_way(tx, sealer, Way::webhook, {.on = true, .url = webhook.url() + "/in", .secret = secret}, ann.id,
                        clock.now()));
      return true;
    });
    robot.answer({{200, R"({"errcode":0,"errmsg":"ok"})"}});
  }
  void TearDown() override {
    deliverer.reset();
    readers.reset();
    writer.reset();
  }
  void start() {
    Deliverer::Options options;
    options.smtp = {mail.url(), {}, {}, "linli@district.example"};
    options.console = "https://linli.district.example";
    options.most_tries = 3;
    options.first_pause = 10ms;
    options.robot_pause = 30ms;
    options.push = keys;
    options.private_too = true;
    options.push_limit = 2s;
    deliverer.emplace(*writer, *readers, sealer, ids, clock, TimeZone::shanghai(), grids, options);
    deliverer->start();
  }
  LeadId lead(const char* category = "water_leak") {
    Lead one;
    one.id = ids.draw<LeadId>();
    one.opening = ids.draw<MessageId>();
    one.revision = 1;
    one.category = category;
    one.urgency = 2;
    one.summary = "天花板漏水";
    one.asked_at = one.opened_at = one.latest_at = clock.now() - 15min;
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(lead_store::insert(tx, sealer, one));
      return true;
    });
    return one.id;
  }
  void tell_of(LeadId id, Kind kind = Kind::breach) {
    const Context context{sealer, ids, TimeZone::shanghai(), true, clock.now()};
    const Telling telling{id, {ann.id}};
    write([&](Tx& tx) { return tell(tx, context, kind, 0, std::span(&telling, 1)); });
    if (deliverer) deliverer->wake();
  }
  std::string state(Way way) {
    return write([&](Tx& tx) {
             return tx.value<std::string>(
                 "SELECT state || ':' || COALESCE(reason, '') || ':' || CAST(tries AS TEXT) FROM deliveries WHERE way "
                 "= "
                 "$1 ORDER BY id DESC LIMIT 1",
                 {name(way)});
           })
        .value_or("");
  }
  std::string becomes(Way way, const std::string& wanted) {
    for (int i = 0; i < 800 && state(way) != wanted; ++i) std::this_thread::sleep_for(10ms);
    return state(way);
  }

  TemporaryFolder folder;
  Database database = Database::sqlite(folder.path() / "linli.db");
  SystemClock clock;
  IdSource ids{clock};
  Sealer sealer = Sealer::for_test();
  Grids grids;
  User ann{UserId{11}, "ann", "安", "zh", {}};
  WebhookSecret secret = WebhookSecret::generate();
  PushKeys keys = PushKeys::generate();
  BrowserForTests browser;
  WebServerForTests push, wecom, gateway;
  void subscribe(const std::string& path = "/push/1") {
    write([&](Tx& tx) {
      return push_subscriptions::add(tx, sealer,
                                     {ids.draw<PushSubscriptionId>(),
                                      ann.id,
                                      {push.url() + path, browser.p256dh(), browser.auth()},
                                      "Chrome, Windows",
                                      clock.now(),
                                      {}});
    });
  }
  SmtpServerForTests mail;
  WebServerForTests robot, webhook;
  std::optional<Writer> writer;
  std::optional<Readers> readers;
  std::optional<Deliverer> deliverer;
};

TEST_F(DelivererTest, ByAllWaysOnce) {
  start();
  const LeadId id = lead();
  tell_of(id);
  EXPECT_EQ(becomes(Way::email, "sent::1"), "sent::1");
  EXPECT_EQ(becomes(Way::robot, "sent::1"), "sent::1");
  EXPECT_EQ(becomes(Way::webhook, "sent::1"), "sent::1");
  EXPECT_EQ(state(Way::in_app), "sent::0");
  tell_of(id);
  std::this_thread::sleep_for(100ms);
  ASSERT_EQ(mail.mails().size(), 1u);
  ASSERT_EQ(robot.requests().size(), 1u);
  ASSERT_EQ(webhook.requests().size(), 1u);

  const auto letter = mail.mails()[0];
  EXPECT_NE(letter.to.find("<ann@district.example>"), std::string::npos);
  EXPECT_NE(letter.data.find("Subject: =?UTF-8?B?"), std::string::npos);
  EXPECT_NE(letter.data.find("Content-Type: text/plain; charset=utf-8"), std::string::npos);

  const auto said = json::parse(robot.requests()[0].body).as_object();
  EXPECT_EQ(robot.requests()[0].target, "/cgi-bin/webhook/send?key=k1");
  EXPECT_EQ(said.at("msgtype"), "text");
  const std::string words(said.at("text").at("content").as_string());
  EXPECT_TRUE(words.starts_with("超过 15 分钟没答复：漏水渗水，")) << words;
  EXPECT_EQ(words.find("天花板"), std::string::npos) << "no words of residents";
  EXPECT_TRUE(words.ends_with("https://linli.district.example/leads/" + to_text(id))) << words;

  const auto hook = webhook.requests()[0];
  const auto header = [&](const std::string& name) {
    const std::size_t at = hook.headers.find(name + ": ");
    return hook.headers.substr(at + name.size() + 2, hook.headers.find('\n', at) - at - name.size() - 2);
  };
  EXPECT_TRUE(verify(std::span(&secret, 1),
                     {header("webhook-id"), header("webhook-timestamp"), header("webhook-signature")}, hook.body,
                     clock.now()));
  EXPECT_EQ(json::parse(hook.body).at("type"), "notify.breach");
  EXPECT_EQ(json::parse(hook.body).at("data").at("lead").as_string(), to_text(id));
}

TEST_F(DelivererTest, WhatIsTriedAgainAndWhatIsNot) {
  // The webhook knows repetitions: again, with the same id.
  webhook.answer({{503}, {.hang_up = true}, {200}});
  mail.answer({"451 later", "250 taken"});
  robot.answer({{200, R"({"errcode":45009})"}, {200, R"({"errcode":0})"}});
  start();
  tell_of(lead());
  EXPECT_EQ(becomes(Way::webhook, "sent::3"), "sent::3");
  EXPECT_EQ(becomes(Way::email, "sent::2"), "sent::2");
  EXPECT_EQ(becomes(Way::robot, "sent::2"), "sent::2");
  const auto requests = webhook.requests();
  ASSERT_EQ(requests.size(), 3u);
  const auto id = [](const std::string& headers) { return headers.substr(headers.find("webhook-id: "), 30); };
  EXPECT_EQ(id(requests[0].headers), id(requests[2].headers));

  // Taken, and no word of it: it may stand in the box. Nobody is told twice.
  mail.answer({"hang up"});
  robot.answer({{.hang_up = true}});
  webhook.answer({{410}});
  tell_of(lead());
  EXPECT_EQ(becomes(Way::email, "unknown:unknown:1"), "unknown:unknown:1");
  EXPECT_EQ(becomes(Way::robot, "unknown:unknown:1"), "unknown:unknown:1");
  EXPECT_EQ(becomes(Way::webhook, "failed:refused:1"), "failed:refused:1");

  write([&](Tx& tx) {
    return set_wishes(tx, sealer, ann.id, {.email = "nobody@district.example", .revision = 1}, clock.now());
  });
  robot.answer({{200, R"({"errcode":93000,"errmsg":"invalid webhook url"})"}});
  webhook.answer({{500}});
  tell_of(lead());
  EXPECT_EQ(becomes(Way::email, "failed:refused:1"), "failed:refused:1");
  EXPECT_EQ(becomes(Way::robot, "failed:refused:1"), "failed:refused:1");
  EXPECT_EQ(becomes(Way::webhook, "failed:not_reached:3"), "failed:not_reached:3");
  const auto log = write([&](Tx& tx) {
    return deliveries::list(tx, sealer, Actor::all_powerful(), {.way = Way::email, .state = DeliveryState::failed});
  });
  ASSERT_EQ(log.size(), 1u);
  EXPECT_FALSE(log[0].why.empty());
}

TEST_F(DelivererTest, NobodyListens) {
  const std::string closed = WebServerForTests().url();  // and gone
  write([&](Tx& tx) {
    return set_way(tx, sealer, Way::robot, {.on = true, .url = closed + "/cgi-bin/webhook/send?key=k", .revision = 1},
                   ann.id, clock.now());
  });
  start();
  tell_of(lead());
  EXPECT_EQ(becomes(Way::robot, "failed:not_reached:3"), "failed:not_reached:3") << "nothing can have arrived: again";
}

TEST_F(DelivererTest, TheRobotSaysManyThingsAtOnce) {
  for (int i = 0; i < 60; ++i) tell_of(lead());
  start();
  EXPECT_EQ(becomes(Way::robot, "sent::1"), "sent::1");
  EXPECT_EQ(robot.requests().size(), 1u);
  const std::string words(json::parse(robot.requests()[0].body).at("text").at("content").as_string());
  EXPECT_LE(words.size(), kRobotBytes);
  EXPECT_NE(words.find("还有 "), std::string::npos) << words;
}

TEST_F(DelivererTest, WhatIsOverIsNotSent) {
  const LeadId id = lead("fire");
  write([&](Tx& tx) { return tx.run("INSERT INTO alarms (lead_id, rung_at, round) VALUES ($1, 0, 0)", {id}); });
  tell_of(id, Kind::emergency);
  start();
  EXPECT_EQ(becomes(Way::robot, "skipped:over:0"), "skipped:over:0");
  EXPECT_TRUE(robot.requests().empty());
}

// Killed between the call and what came of it.
TEST_F(DelivererTest, AfterACrashWhileSending) {
  tell_of(lead());
  write([&](Tx& tx) {
    return tx.run("UPDATE deliveries SET state = 'sending', tries = 1, due_at = $1 WHERE way <> 'in_app'",
                  {clock.now() - 2min});
  });
  start();
  EXPECT_EQ(becomes(Way::webhook, "sent::2"), "sent::2") << "it knows repetitions";
  EXPECT_EQ(becomes(Way::email, "unknown:unknown:1"), "unknown:unknown:1");
  EXPECT_EQ(becomes(Way::robot, "unknown:unknown:1"), "unknown:unknown:1");
  EXPECT_TRUE(mail.mails().empty());
}

// ---- Web Push ----

TEST_F(DelivererTest, PushIsTheFirstWayAndHoldsNoWords) {
  push.answer({{201}});
  subscribe();
  start();
  const LeadId id = lead();
  tell_of(id);
  EXPECT_EQ(becomes(Way::push, "sent::1"), "sent::1");
  EXPECT_EQ(becomes(Way::robot, "sent::1"), "sent::1");
  EXPECT_TRUE(mail.mails().empty()) << "e-mail is their next way, and not needed";
  ASSERT_EQ(push.requests().size(), 1u);
  const auto sent = push.requests()[0];
  EXPECT_EQ(sent.target, "/push/1");
  for (const char* line : {"ttl: 86400\n", "urgency: normal\n", "content-encoding: aes128gcm\n"})
    EXPECT_NE(sent.headers.find(line), std::string::npos) << line << sent.headers;
  EXPECT_NE(sent.headers.find("topic: " + to_text(id)), std::string::npos);
  const std::size_t at = sent.headers.find("authorization: ") + 15;
  EXPECT_TRUE(vapid_holds(sent.headers.substr(at, sent.headers.find('\n', at) - at)));
  const auto opened = browser.open(sent.body);
  ASSERT_TRUE(opened);
  const auto told = json::parse(*opened).as_object();
  EXPECT_EQ(told.at("kind"), "breach");
  EXPECT_EQ(told.at("url").as_string(), "/leads/" + to_text(id));
  EXPECT_EQ(opened->find("天花板"), std::string::npos) << "no words of residents";
}

TEST_F(DelivererTest, WhatPushServicesAnswer) {
  subscribe("/push/1");
  subscribe("/push/2");
  push.answer({{410}, {201}});
  start();
  tell_of(lead());
  EXPECT_EQ(becomes(Way::push, "sent::1"), "sent::1") << "one browser took it";
  EXPECT_EQ(write([&](Tx& tx) { return push_subscriptions::of(tx, sealer, ann.id); }).size(), 1u)
      << "the other is gone";

  push.answer({{.status = 429, .header = "retry-after: 1"}, {503}, {.status = 201}});
  tell_of(lead());
  EXPECT_EQ(becomes(Way::push, "sent::3"), "sent::3") << "asked to wait, then not well, then taken";

  push.answer({{.status = 201, .wait_ms = 3'000}, {201}});
  tell_of(lead());
  EXPECT_EQ(becomes(Way::push, "sent::2"), "sent::2") << "too slow: again, the browser knows it";

  push.answer({{404}});
  tell_of(lead());
  EXPECT_EQ(becomes(Way::push, "failed:refused:1"), "failed:refused:1");
  EXPECT_EQ(becomes(Way::email, "sent::1"), "sent::1") << "nobody is forgotten: their next way";
  EXPECT_TRUE(write([&](Tx& tx) { return push_subscriptions::of(tx, sealer, ann.id); }).empty());
}

TEST_F(DelivererTest, PrivateAddressesAreRefused) {
  subscribe();
  Deliverer::Options options;
  options.push = keys;
  options.most_tries = 1;
  deliverer.emplace(*writer, *readers, sealer, ids, clock, TimeZone::shanghai(), grids, options);
  deliverer->start();
  tell_of(lead());
  EXPECT_EQ(becomes(Way::push, "failed:not_reached:1"), "failed:not_reached:1");
  EXPECT_TRUE(push.requests().empty());
}

// Killed between dispatch and push: again, since browsers know repetitions; by e-mail it may have arrived, so by the next way.
TEST_F(DelivererTest, KilledWhilePushing) {
  push.answer({{201}});
  subscribe();
  tell_of(lead());
  write([&](Tx& tx) {
    return tx.run("UPDATE deliveries SET state = 'sending', tries = 1, due_at = $1 WHERE way = 'push'",
                  {clock.now() - 2min});
  });
  start();
  EXPECT_EQ(becomes(Way::push, "sent::2"), "sent::2");
}

// ---- WeCom, by the documented protocol ----

TEST_F(DelivererTest, WecomFetchesATokenAgainWhenItDied) {
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(set_way(tx, sealer, Way::wecom, {.on = true, .url = wecom.url(), .app = {"ww1", "s&1", 1000002}}, ann.id,
                      clock.now()));
    LINLI_TRY(set_wishes(tx, sealer, ann.id, {.email = "ann@district.example", .wecom = "wangge01", .revision = 1},
                         clock.now()));
    return true;
  });
  wecom.answer({{200, R"({"errcode":0,"errmsg":"ok","access_token":"T1","expires_in":7200})"},
                {200, R"({"errcode":42001,"errmsg":"access_token expired"})"},
                {200, R"({"errcode":0,"errmsg":"ok","access_token":"T2","expires_in":7200})"},
                {200, R"({"errcode":0,"errmsg":"ok","msgid":"m1"})"}});
  start();
  const LeadId id = lead();
  tell_of(id);
  EXPECT_EQ(becomes(Way::wecom, "sent::1"), "sent::1");
  const auto said = wecom.requests();
  ASSERT_EQ(said.size(), 4u);
  EXPECT_EQ(said[0].target, "/cgi-bin/gettoken?corpid=ww1&corpsecret=s%261");
  EXPECT_EQ(said[1].target, "/cgi-bin/message/send?access_token=T1");
  EXPECT_EQ(said[3].target, "/cgi-bin/message/send?access_token=T2");
  const auto card = json::parse(said[3].body).as_object();
  EXPECT_EQ(card.at("touser"), "wangge01");
  EXPECT_EQ(card.at("agentid"), 1000002);
  EXPECT_EQ(card.at("msgtype"), "textcard");
  EXPECT_EQ(card.at("textcard").at("url").as_string(), "https://linli.district.example/leads/" + to_text(id));
  EXPECT_TRUE(mail.mails().empty());

  // The token is kept; nobody there under that id is told in a list: their next way.
  wecom.answer({{200, R"({"errcode":0,"errmsg":"ok","invaliduser":"wangge01"})"}});
  tell_of(lead());
  EXPECT_EQ(becomes(Way::wecom, "failed:refused:1"), "failed:refused:1");
  EXPECT_EQ(becomes(Way::email, "sent::1"), "sent::1");
  EXPECT_EQ(wecom.requests().size(), 5u);
}

TEST(NotifyWecom, WhatTheCodesMean) {
  WebServerForTests server;
  const DistrictWay way{.on = true, .url = server.url(), .app = {"ww1", "s", 7}};
  const Instant now = *parse_time("2026-11-23T22:10:00+08:00");
  const std::string token = R"({"errcode":0,"access_token":"T","expires_in":7200})";
  using How = Sender::Said::How;
  struct Row {
    const char* body;
    How how;
    int wait;
  };
  for (const Row& row : {Row{R"({"errcode":0})", How::sent, 0}, Row{R"({"errcode":45009})", How::again, 60},
                         Row{R"({"errcode":-1})", How::again, 0}, Row{R"({"errcode":45033})", How::again, 0},
                         Row{R"({"errcode":60111})", How::failed, 0}, Row{R"({"errcode":60020})", How::failed, 0},
                         Row{R"(<html>)", How::unknown, 0}}) {
    server.answer({{200, token}, {200, row.body}});
    Wecom app;
    const auto said = app.send(way, {"a", "t", "x", ""}, now);
    EXPECT_EQ(said.how, row.how) << row.body;
    EXPECT_EQ(said.not_before.count(), row.wait) << row.body;
  }
  // A token that dies again and again is asked for once more only.
  server.answer({{200, token}, {200, R"({"errcode":40014})"}, {200, token}, {200, R"({"errcode":40014})"}});
  Wecom app;
  EXPECT_EQ(app.send(way, {"a", "t", "x", ""}, now).how, How::again);
  server.answer({{200, R"({"errcode":40001})"}});
  Wecom wrong;
  EXPECT_EQ(wrong.send(way, {"a", "t", "x", ""}, now).how, How::failed) << "a bad secret";
}

// ---- SMS and calls ----

TEST(NotifyGateway, Bodies) {
  EXPECT_EQ(gateway_body(kUsualGatewayBody, "+8613800000000", Way::voice, "他说\"漏水\"\n{to}"),
            R"({"to":"+8613800000000","kind":"voice","text":"他说\"漏水\"\n{to}"})");
  EXPECT_EQ(gateway_body(R"({"to":"{to}"})", "1", Way::sms, "x"), "") << "no text";
  EXPECT_EQ(gateway_body(R"({"to":{to},"text":"{text}")", "1", Way::sms, "x"), "") << "no JSON";
}

TEST_F(DelivererTest, SmsIsTheLastStep) {
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(set_way(tx, sealer, Way::sms,
                      {.on = true,
                       .url = gateway.url() + "/sms",
                       .secret = secret,
                       .gateway = {true, false, std::string(kUsualGatewayBody)}},
                      ann.id, clock.now()));
    LINLI_TRY(set_wishes(tx, sealer, ann.id,
                         {.email = "nobody@district.example", .phone = "13800000000", .revision = 1}, clock.now()));
    return true;
  });
  gateway.answer({{503}, {200}});
  start();
  tell_of(lead());
  EXPECT_EQ(becomes(Way::email, "failed:refused:1"), "failed:refused:1");
  EXPECT_EQ(becomes(Way::sms, "sent::2"), "sent::2");
  const auto said = gateway.requests()[1];
  const auto header = [&](const std::string& name) {
    const std::size_t at = said.headers.find(name + ": ");
    return said.headers.substr(at + name.size() + 2, said.headers.find('\n', at) - at - name.size() - 2);
  };
  EXPECT_TRUE(verify(std::span(&secret, 1),
                     {header("webhook-id"), header("webhook-timestamp"), header("webhook-signature")}, said.body,
                     clock.now()));
  EXPECT_EQ(json::parse(said.body).at("to"), "13800000000");

  gateway.answer({{.hang_up = true}});
  tell_of(lead());
  EXPECT_EQ(becomes(Way::sms, "unknown:unknown:1"), "unknown:unknown:1") << "it may have been sent: not twice";
}

TEST_F(DelivererTest, WhatIsNotUrgentComesTogether) {
  write([&](Tx& tx) {
    return set_wishes(tx, sealer, ann.id, {.email = "ann@district.example", .digest = true, .revision = 1},
                      clock.now());
  });
  for (int i = 0; i < 3; ++i) tell_of(lead());
  EXPECT_GT(
      write([](Tx& tx) { return tx.value<std::int64_t>("SELECT MIN(due_at) FROM deliveries WHERE way = 'email'"); }),
      to_millis(clock.now()));
  write([&](Tx& tx) { return tx.run("UPDATE deliveries SET due_at = $1 WHERE way = 'email'", {clock.now()}); });
  start();
  EXPECT_EQ(becomes(Way::email, "sent::1"), "sent::1");
  EXPECT_EQ(mail.mails().size(), 1u) << "three in one";
}

TEST(NotifyMail, Composed) {
  const std::string text =
      compose({"ann@district.example", std::string("超过 15 分钟没答复：漏水渗水，荷塘社区，22:10 说起。"), "正文",
               "dlv_1", *parse_time("2026-11-23T14:10:00Z")},
              "linli@district.example");
  EXPECT_TRUE(text.starts_with("Date: Mon, 23 Nov 2026 14:10:00 +0000\r\n")) << text;
  EXPECT_NE(text.find("\r\nMessage-ID: <dlv_1@district.example>\r\n"), std::string::npos);
  for (std::size_t at = 0, end; (end = text.find("\r\n", at)) != text.npos; at = end + 2) EXPECT_LE(end - at, 78u);
}

}  // namespace
}  // namespace linli::notify
