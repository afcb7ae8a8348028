// Notifications, ways, breaches and forecast: over HTTP. Their rules are tested in src/notify.
#include "api/api_for_tests.h"
#include "notify/browser_for_tests.h"
#include "notify/notifications.h"
#include "notify/promise_steps.h"
#include "notify/telling.h"

namespace linli::api {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

class NotifyHttpTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    add_grids("ht,community,荷塘社区,\nht1,grid,第一网格,ht\nld,community,莲灯社区,\n");
    ann_user = add_user("ann", {}, StaffRole::shift_leader, grid("ht"));
    ann = sign_in(ann_user);
    far = sign_in(add_user("far", {}, StaffRole::shift_leader, grid("ld")));
    admin = sign_in(add_user("root"));
    services->mail_works = true;
  }
  Lead told_lead(notify::Kind kind = notify::Kind::breach) {
    const Lead lead = add_lead("lead.opened", "ht/ht1");
    write([&](Tx& tx) -> Result<bool> {
      if (kind == notify::Kind::emergency)
        LINLI_TRY(tx.run("INSERT INTO alarms (lead_id, rung_at, round, next_at) VALUES ($1, $2, 0, $2)",
                         {lead.id, clock.now()}));
      const notify::Context context{sealer, ids, TimeZone::shanghai(), true, clock.now()};
      const notify::Telling telling{lead.id, {ann_user.id}};
      auto told = notify::tell(tx, context, kind, 0, std::span(&telling, 1));
      if (!told) return told;
      return true;
    });
    return lead;
  }
  static Client::Headers seen(Client::Headers headers, int revision) {
    headers["if-match"] = "\"" + std::to_string(revision) + "\"";
    return headers;
  }
  User ann_user;
  Client::Headers ann, far, admin;
};

TEST_F(NotifyHttpTest, MyListIsMine) {
  Client c = client();
  const Lead lead = told_lead(notify::Kind::emergency);
  auto mine = parsed(c.call("GET", "/api/v1/notifications", {}, ann));
  ASSERT_EQ(mine.at("notifications").as_array().size(), 1u);
  EXPECT_EQ(mine.at("unseen"), 1);
  EXPECT_EQ(mine.at("unacknowledged"), 1);
  const auto one = mine.at("notifications").as_array().at(0).as_object();
  EXPECT_EQ(one.at("kind"), "emergency");
  EXPECT_EQ(one.at("lead").at("id").as_string(), to_text(lead.id));
  EXPECT_EQ(one.at("verified"), false);
  EXPECT_TRUE(parsed(c.call("GET", "/api/v1/notifications", {}, far)).at("notifications").as_array().empty());
  const std::string ack = "/api/v1/notifications/" + std::string(one.at("id").as_string()) + "/acknowledge";
  EXPECT_EQ(code(c.call("POST", ack, {}, far)), "404 not_found");
  const auto taken = parsed(c.call("POST", ack, {}, ann));
  EXPECT_EQ(taken.at("over"), true);
  EXPECT_EQ(taken.at("taken_by").at("display_name"), "王岚");
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/notifications", {}, ann)).at("unseen"), 0);
  told_lead();
  EXPECT_EQ(parsed(c.call("POST", "/api/v1/notifications/read", "{}", ann)).at("seen"), 1);
  EXPECT_EQ(code(c.call("POST", "/api/v1/notifications/read", R"({"ids":["x"]})", ann)), "422 bad_value");
  EXPECT_EQ(code(c.call("GET", "/api/v1/notifications?cursor=7", {}, ann)), "422 bad_value");
  EXPECT_EQ(code(c.call("GET", "/api/v1/notifications?limit=0", {}, ann)), "422 bad_value");
}

TEST_F(NotifyHttpTest, TheStreamTellsOnlyTheAddressee) {
  const auto follow = [&](Client& c, const Client::Headers& who) {
    c.send("GET /api/v1/stream?after=0 HTTP/1.1\r\nhost: localhost\r\ncookie: " + who.at("cookie") + "\r\n\r\n");
    c.until("\r\n\r\n");
  };
  Client mine = client(), others = client();
  follow(mine, ann);
  follow(others, admin);
  told_lead();
  const auto until = [](Client& c, std::string_view what) {
    std::string all;
    for (std::string text; text.find(what) == text.npos; all += text) text = c.until("\n\n");
    return all;
  };
  EXPECT_NE(until(mine, "event: notification").find("{\"kind\":\"notification.added\"}"), std::string::npos);
  add_lead("lead.opened", "ht/ht1");
  const std::string told = until(others, "event: lead") + until(others, "event: lead");
  EXPECT_EQ(told.find("notification"), std::string::npos) << "an administrator is not the addressee";
}

TEST_F(NotifyHttpTest, ViewsOfTheQueueAreOnesOwn) {
  Client c = client();
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/me/views", {}, ann)).at("views").as_array().size(), 0u);
  const std::string mine =
      R"({"views":[{"name":"停水","tab":"open","category":"water_leak","urgency":2},{"name":"昨天","tab":"historic"}]})";
  EXPECT_EQ(parsed(c.call("PUT", "/api/v1/me/views", mine, seen(ann, 0))).at("revision"), 1);
  EXPECT_EQ(code(c.call("PUT", "/api/v1/me/views", mine, seen(ann, 0))), "412 stale");
  const auto kept = parsed(c.call("GET", "/api/v1/me/views", {}, ann));
  EXPECT_EQ(kept.at("views").at(0).at("category"), "water_leak");
  EXPECT_EQ(kept.at("views").at(0).at("urgency"), 2);
  EXPECT_TRUE(kept.at("views").at(1).at("group").is_null());
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/me/views", {}, far)).at("revision"), 0) << "another one's";
  for (const auto& [body, said] : std::map<std::string, std::string>{
           {R"({"views":[{"name":"a","tab":"open"},{"name":"a","tab":"open"}]})", "409 duplicate"},
           {R"({"views":[{"name":"a","tab":"all"}]})", "422 bad_value"},
           {R"({"views":[{"name":"a","tab":"open","category":"nothing"}]})", "422 bad_value"},
           {R"({})", "422 missing_field"}})
    EXPECT_EQ(code(c.call("PUT", "/api/v1/me/views", body, seen(ann, 1))), said) << body;
}

TEST_F(NotifyHttpTest, MyWays) {
  Client c = client();
  const auto usual = parsed(c.call("GET", "/api/v1/me/notify", {}, ann));
  EXPECT_TRUE(usual.at("email").is_null());
  EXPECT_EQ(usual.at("works").at("email"), true);
  EXPECT_EQ(usual.at("works").at("sms"), false);
  EXPECT_EQ(usual.at("ways").as_array().size(), 5u);
  const std::string body =
      R"({"email":"ann@district.example","phone":"+8613800000000","wecom":"wangge01","ways":["email","push"],"digest":true,"quiet":{"from":"22:00","to":"07:00"}})";
  EXPECT_EQ(parsed(c.call("PUT", "/api/v1/me/notify", body, seen(ann, 0))).at("quiet").at("to"), "07:00");
  EXPECT_EQ(code(c.call("PUT", "/api/v1/me/notify", body, seen(ann, 0))), "412 stale");
  EXPECT_EQ(code(c.call("PUT", "/api/v1/me/notify", R"({"email":"a@b.cn\nBcc: c@d.cn"})", seen(ann, 1))),
            "422 bad_value");
  EXPECT_EQ(code(c.call("PUT", "/api/v1/me/notify", R"({"quiet":{"from":"25:00","to":"07:00"}})", seen(ann, 1))),
            "422 bad_value");
  const auto kept = parsed(c.call("GET", "/api/v1/me/notify", {}, ann));
  EXPECT_EQ(json::serialize(kept.at("ways")), R"(["email","push"])");
  EXPECT_EQ(kept.at("phone"), "+8613800000000");
  for (const char* wrong :
       {R"({"phone":"call me"})", R"({"wecom":"a b"})", R"({"ways":["email","email"]})", R"({"ways":["robot"]})"})
    EXPECT_EQ(code(c.call("PUT", "/api/v1/me/notify", wrong, seen(ann, 1))), "422 bad_value") << wrong;
  EXPECT_EQ(
      write([](Tx& tx) {
        return tx.value<int>(
            "SELECT COUNT(*) FROM notify_settings WHERE CAST(email AS TEXT) LIKE '%ann@%' OR CAST(phone AS TEXT) LIKE "
            "'%138%' OR CAST(wecom AS TEXT) LIKE '%wangge%'");
      }),
      0)
      << "sealed";
}

TEST_F(NotifyHttpTest, MyBrowsers) {
  Client c = client();
  const notify::BrowserForTests browser;
  const auto body = [&](const std::string& endpoint) {
    return json::serialize(json::object{{"endpoint", endpoint},
                                        {"p256dh", notify::to_base64url(browser.p256dh())},
                                        {"auth", notify::to_base64url(browser.auth())},
                                        {"device", "Edge, Windows"}});
  };
  const auto made = parsed(c.call("POST", "/api/v1/me/notify/push", body("https://push.example.net/1"), ann));
  EXPECT_EQ(made.at("public_key").as_string().size(), 87u);
  c.call("POST", "/api/v1/me/notify/push", body("https://push.example.net/1"), ann);
  const auto mine = parsed(c.call("GET", "/api/v1/me/notify/push", {}, ann));
  ASSERT_EQ(mine.at("subscriptions").as_array().size(), 1u) << "the same browser";
  EXPECT_EQ(mine.at("public_key"), made.at("public_key"));
  EXPECT_TRUE(parsed(c.call("GET", "/api/v1/me/notify/push", {}, far)).at("subscriptions").as_array().empty());
  EXPECT_EQ(code(c.call("POST", "/api/v1/me/notify/push", body("http://127.0.0.1:9/1"), ann)), "422 bad_value");
  EXPECT_EQ(code(c.call("POST", "/api/v1/me/notify/push",
                        R"({"endpoint":"https://push.example.net/1","p256dh":"AA","auth":"AA"})", ann)),
            "422 bad_value");
  const std::string one = "/api/v1/me/notify/push/" + std::string(mine.at("subscriptions").at(0).at("id").as_string());
  EXPECT_EQ(code(c.call("DELETE", one, {}, far)), "404 not_found");
  EXPECT_TRUE(parsed(c.call("DELETE", one, {}, ann)).at("subscriptions").as_array().empty());

  const auto tried = parsed(c.call("POST", "/api/v1/me/notify/test", R"({"way":"email"})", ann));
  const std::string went = "/api/v1/me/notify/test/" + std::string(tried.at("delivery").as_string());
  EXPECT_EQ(parsed(c.call("GET", went, {}, ann)).at("state"), "queued");
  EXPECT_EQ(code(c.call("GET", went, {}, far)), "404 not_found");
  EXPECT_EQ(code(c.call("POST", "/api/v1/me/notify/test", R"({"way":"robot"})", ann)), "422 bad_value");
}

TEST_F(NotifyHttpTest, TheDistrictsWays) {
  Client c = client();
  EXPECT_EQ(c.call("GET", "/api/v1/notify/ways", {}, ann).status, 403);
  EXPECT_EQ(code(c.call("PUT", "/api/v1/notify/ways", R"({"robot":{"on":true,"url":"http://elsewhere/?key=1"}})",
                        seen(admin, 0))),
            "422 bad_value");
  const Answer set =
      c.call("PUT", "/api/v1/notify/ways",
             R"({"robot":{"on":true,"url":"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=hidden"},)"
             R"("webhook":{"on":true,"url":"https://hooks.district.example/in"}})",
             seen(admin, 0));
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(set.body.find("hidden"), std::string::npos) << "the robot's key is told to nobody";
  EXPECT_TRUE(parsed(set).at("secret").as_string().starts_with("whsec_"));
  const Answer again = c.call("GET", "/api/v1/notify/ways", {}, admin);
  EXPECT_TRUE(parsed(again).at("secret").is_null());
  EXPECT_EQ(parsed(again).at("robot").at("host"), "qyapi.weixin.qq.com");
  EXPECT_EQ(again.headers.at("etag"), "\"2\"");
  EXPECT_EQ(code(c.call("PUT", "/api/v1/notify/ways", R"({"robot":{"on":false}})", seen(admin, 1))), "412 stale");
  EXPECT_EQ(
      parsed(c.call("PUT", "/api/v1/notify/ways", R"({"robot":{"url":null}})", seen(admin, 2))).at("robot").at("on"),
      false);
}

TEST_F(NotifyHttpTest, WecomAndGateway) {
  Client c = client();
  EXPECT_EQ(code(c.call("PUT", "/api/v1/notify/ways", R"({"wecom":{"on":true,"corp":"ww1"}})", seen(admin, 0))),
            "422 missing_field");
  const auto wecom =
      parsed(c.call("PUT", "/api/v1/notify/ways",
                    R"({"wecom":{"on":true,"corp":"ww1","agent":1000002,"secret":"hidden"}})", seen(admin, 0)));
  EXPECT_EQ(wecom.at("wecom").at("host"), "qyapi.weixin.qq.com");
  EXPECT_EQ(json::serialize(wecom).find("hidden"), std::string::npos);
  EXPECT_EQ(code(c.call("PUT", "/api/v1/notify/ways",
                        R"({"gateway":{"on":true,"url":"https://sms.example.net","body":"{\"to\":\"{to}\"}"}})",
                        seen(admin, 1))),
            "422 bad_value");
  const Answer set = c.call("PUT", "/api/v1/notify/ways",
                            R"({"gateway":{"on":true,"url":"https://sms.example.net","sms":true}})", seen(admin, 1));
  EXPECT_TRUE(parsed(set).at("gateway_secret").as_string().starts_with("whsec_"));
  const auto renewed =
      parsed(c.call("PUT", "/api/v1/notify/ways", R"({"gateway":{"new_secret":true}})", seen(admin, 2)));
  EXPECT_FALSE(renewed.at("gateway").at("old_until").is_null()) << "both hold for a day";
  EXPECT_EQ(c.call("POST", "/api/v1/notify/test", R"({"way":"sms"})", ann).status, 403);
  const auto tried = parsed(c.call("POST", "/api/v1/notify/test", R"({"way":"sms"})", admin));
  const std::string one = "/api/v1/notify/deliveries?delivery=" + std::string(tried.at("delivery").as_string());
  EXPECT_EQ(parsed(c.call("GET", one, {}, admin)).at("deliveries").at(0).at("kind"), "test");
}

TEST_F(NotifyHttpTest, DeliveriesInScope) {
  Client c = client();
  told_lead();
  const auto log = parsed(c.call("GET", "/api/v1/notify/deliveries", {}, ann)).at("deliveries").as_array();
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0].at("reason"), "no_address");
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/notify/deliveries?state=sent&way=in_app", {}, ann))
                .at("deliveries")
                .as_array()
                .size(),
            1u);
  EXPECT_TRUE(parsed(c.call("GET", "/api/v1/notify/deliveries", {}, far)).at("deliveries").as_array().empty());
  EXPECT_EQ(code(c.call("GET", "/api/v1/notify/deliveries?way=pigeon", {}, ann)), "422 bad_value");
}

TEST_F(NotifyHttpTest, NotesOnBreaches) {
  Client c = client();
  const Lead lead = add_lead("lead.opened", "ht/ht1");
  const std::string note = "/api/v1/promise/breaches/" + to_text(lead.id) + "/note";
  EXPECT_EQ(code(c.call("PUT", note, R"({"text":"x"})", seen(ann, 0))), "404 unknown_lead") << "it is not broken";
  write([&](Tx& tx) {
    return tx.run(
        "INSERT INTO promise_steps (lead_id, step, at, recorded_at, cause, told) VALUES ($1, 'breach', $2, $2, "
        "'nobody_on_duty', 1)",
        {lead.id, clock.now() - 1min});
  });
  EXPECT_EQ(code(c.call("PUT", note, R"({"text":"x"})", seen(far, 0))), "404 unknown_lead") << "another community's";
  EXPECT_EQ(parsed(c.call("PUT", note, R"({"text":"没排班，已补上"})", seen(ann, 0))).at("note").at("revision"), 1);
  EXPECT_EQ(code(c.call("PUT", note, R"({"text":"y"})", seen(ann, 0))), "412 stale");
  const auto found = parsed(c.call("GET", "/api/v1/promise/breaches", {}, ann));
  EXPECT_EQ(found.at("breaches").at(0).at("note").at("text"), "没排班，已补上");
  EXPECT_EQ(found.at("grids").at(0).at("grid").at("name"), "第一网格");
  const std::string there = "/api/v1/promise/breaches?grid=" + to_text(grid("ht"));
  EXPECT_EQ(parsed(c.call("GET", there, {}, admin)).at("total"), 1);
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/promise/breaches?grid=" + to_text(grid("ld")), {}, admin)).at("total"), 0);
}

TEST_F(NotifyHttpTest, BreachesForecastHours) {
  Client c = client();
  const Lead lead = add_lead("lead.opened", "ht/ht1");
  const auto forecast = parsed(c.call("GET", "/api/v1/promise/forecast", {}, ann));
  EXPECT_EQ(forecast.at("holding"), 1);
  EXPECT_EQ(forecast.at("on_duty").as_array().size(), 1u) << "no agent: the shift leader";
  EXPECT_EQ(forecast.at("expected_missed"), 0);
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/promise/forecast", {}, far)).at("holding"), 0);
  write([&](Tx& tx) -> Result<bool> {
    auto time = notify::promise_time(tx, TimeZone::shanghai());
    if (!time) return tl::unexpected(time.error());
    LINLI_TRY(notify::promise_steps::record(tx, *grids->tree(), *time, clock.now() + 16min, 10));
    return true;
  });
  const std::string later = format_time(clock.now() + 1h);
  const auto breaches = parsed(c.call("GET", "/api/v1/promise/breaches?to=" + later, {}, ann));
  EXPECT_EQ(breaches.at("total"), 1);
  EXPECT_EQ(breaches.at("breaches").as_array().at(0).at("lead").as_string(), to_text(lead.id));
  EXPECT_EQ(breaches.at("breaches").as_array().at(0).at("cause"), "nobody_looked");
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/promise/breaches?to=" + later, {}, far)).at("total"), 0);
  EXPECT_EQ(code(c.call("GET", "/api/v1/promise/breaches?from=yesterday", {}, ann)), "422 bad_time");

  const std::string body = R"({"bind":"daily","hours":[{"from":"08:00","to":"22:00"}]})";
  EXPECT_EQ(code(c.call("PUT", "/api/v1/promise/hours", body, seen(ann, 0))), "403 not_allowed") << "everywhere";
  EXPECT_EQ(c.call("PUT", "/api/v1/promise/hours", body, seen(admin, 0)).status, 200);
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/promise/hours", {}, ann)).at("bind"), "daily");
  EXPECT_EQ(code(c.call("PUT", "/api/v1/promise/hours", R"({"bind":"daily"})", seen(admin, 1))), "422 bad_value");
}

}  // namespace
}  // namespace linli::api
