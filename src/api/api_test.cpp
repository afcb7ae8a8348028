// Sessions, channels, groups, leads and messages over HTTP.
#include <thread>

#include "api/api_for_tests.h"
#include "api/router.h"

namespace linli::api {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

TEST_F(ApiTest, EveryRouteAsksWhoIsCalling) {
  const User user = add_user();
  const auto headers = sign_in(user);
  for (const Route& route : routes()) {
    std::string path = route.path;
    for (std::size_t at; (at = path.find('{')) != path.npos;) path.replace(at, path.find('}') - at + 1, "x");
    const Answer nobody = client().call(name(route.method), path);
    const bool open = route.caller == Caller::anyone || route.caller == Caller::local;  // the test is on this machine
    const int refused =
        route.caller == Caller::channel ? 415 : 401;  // a body without a type is refused before its signature
    EXPECT_EQ(nobody.status == refused, !open) << path << " " << nobody.status;
    if (!needs_csrf(route)) continue;
    auto without = headers;
    without.erase("x-csrf-token");
    EXPECT_EQ(code(client().call(name(route.method), path, {}, without)), "403 csrf") << path;
    without["x-csrf-token"] = std::string(43, 'x');
    EXPECT_EQ(code(client().call(name(route.method), path, {}, without)), "403 csrf") << path;
  }
  EXPECT_EQ(code(client().call("GET", "/api/v1/session", {}, {{"cookie", "linli_session=forged"}})),
            "401 not_signed_in");
}

TEST_F(ApiTest, SignsInWithAPassword) {
  add_user("admin", "the seventh old willow");
  Client c = client();
  const auto post = [&](std::string name, std::string password) {
    return c.call("POST", "/api/v1/session", json::serialize(json::object{{"name", name}, {"password", password}}),
                  {{"content-type", "application/json"}, {"accept-language", "en"}});
  };
  const Answer wrong = post("admin", "wrong"), unknown = post("nobody", "wrong");
  EXPECT_EQ(code(wrong), "401 bad_credentials");
  EXPECT_EQ(parsed(wrong)["title"], parsed(unknown)["title"]);  // tells not which of the two was wrong
  const Answer right = post("Admin", "the seventh old willow");
  ASSERT_EQ(right.status, 200) << right.body;
  const std::string cookie = right.headers.at("set-cookie");
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  EXPECT_NE(cookie.find("SameSite=Lax"), std::string::npos);
  EXPECT_EQ(cookie.find("Secure"), std::string::npos);  // plain HTTP on this machine
  const std::string csrf(parsed(right)["csrf_token"].as_string());
  const Client::Headers headers{{"cookie", cookie.substr(0, cookie.find(';'))}, {"x-csrf-token", csrf}};
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/session", {}, headers))["csrf_token"].as_string(), csrf);
  EXPECT_EQ(c.call("DELETE", "/api/v1/session", {}, headers).status, 204);
  EXPECT_EQ(c.call("GET", "/api/v1/session", {}, headers).status, 401);

  for (int i = 0; i < SignInGuard::kFreeOfName; ++i) post("admin", "wrong");
  const Answer slowed = post("admin", "the seventh old willow");
  EXPECT_EQ(code(slowed), "429 too_many_requests");
  EXPECT_EQ(slowed.headers.count("retry-after"), 1u);
}

TEST_F(ApiTest, SignsInByALinkOnceAndSetsAPassword) {
  const User user = add_user();
  const std::string token = write([&](Tx& tx) { return sessions::make_link(tx, user.id, clock.now()); });
  Client c = client();
  const auto open = [&] {
    return c.call("POST", "/api/v1/session/link", "{\"token\":\"" + token + "\"}",
                  {{"content-type", "application/json"}});
  };
  const Answer first = open();
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_TRUE(parsed(first)["by_link"].as_bool());
  EXPECT_EQ(code(open()), "401 link_used");

  auto headers = sign_in(user, true);
  const auto other = sign_in(user);
  EXPECT_EQ(code(c.call("PUT", "/api/v1/session/password", R"({"password":"short"})", headers)),
            "422 password_too_short");
  EXPECT_EQ(c.call("PUT", "/api/v1/session/password", R"({"password":"long enough it is"})", headers).status, 204);
  EXPECT_EQ(c.call("GET", "/api/v1/session", {}, other).status, 401);  // other sessions are ended
  headers = sign_in(user);
  const Answer missing = c.call("PUT", "/api/v1/session/password", R"({"password":"another long one"})", headers);
  EXPECT_EQ(parsed(missing)["field"].as_string(), "old_password");
  const Answer wrong =
      c.call("PUT", "/api/v1/session/password", R"({"password":"another long one","old_password":"x"})", headers);
  EXPECT_EQ(code(wrong), "422 bad_value");
  EXPECT_EQ(c.call("PUT", "/api/v1/session/password",
                   R"({"password":"another long one","old_password":"long enough it is"})", headers)
                .status,
            204);
}

TEST_F(ApiTest, BodiesAreReadStrictly) {
  const auto headers = sign_in(add_user());
  Client c = client();
  const auto post = [&](std::string body) { return c.call("POST", "/api/v1/channels", body, headers); };
  EXPECT_EQ(code(post("{")), "400 bad_json");
  EXPECT_EQ(code(post("[]")), "400 bad_json");
  EXPECT_EQ(code(post(R"({"name":"a"})")), "422 missing_field");
  EXPECT_EQ(code(post(R"({"name":7,"kind":"webhook"})")), "422 bad_value");
  EXPECT_EQ(code(post(R"({"name":"a","kind":"webhook","more":1})")), "422 bad_value");
  EXPECT_EQ(code(post(R"({"name":"A b","kind":"webhook"})")), "422 bad_value");
  EXPECT_EQ(code(post(R"({"name":"a","kind":"file"})")), "422 bad_value");
}

TEST_F(ApiTest, ChannelsAreAddedOnceAndTheSecretWorks) {
  auto headers = sign_in(add_user());
  headers["idempotency-key"] = "k1";
  Client c = client();
  const Answer added =
      c.call("POST", "/api/v1/channels", R"({"name":"bridge","kind":"webhook","admit_all":true})", headers);
  ASSERT_EQ(added.status, 201) << added.body;
  EXPECT_EQ(c.call("POST", "/api/v1/channels", R"({"name":"bridge","kind":"webhook","admit_all":true})", headers).body,
            added.body);
  EXPECT_EQ(code(c.call("POST", "/api/v1/channels", R"({"name":"bridge2","kind":"webhook"})", headers)),
            "409 idempotency_conflict");
  headers.erase("idempotency-key");
  EXPECT_EQ(code(c.call("POST", "/api/v1/channels", R"({"name":"bridge","kind":"webhook"})", headers)),
            "409 name_taken");
  EXPECT_EQ(c.call("GET", "/api/v1/channels", {}, headers).body.find("whsec_"), std::string::npos);

  Channel bridge = *channels->find("bridge");
  EXPECT_EQ(parsed(added)["secret"].as_string(), bridge.secrets[0].text());
  const std::string body =
      R"([{"id":"m1","group":"g","ts":"2026-11-23T09:59:00Z","sender":"s","text":"停水了"},{"id":"m2"}])";
  const Answer posted =
      c.call("POST", "/api/v1/channels/" + to_text(bridge.id) + "/messages", body, signed_headers(bridge, body));
  EXPECT_EQ(posted.body.substr(0, 44), R"({"new":1,"known":0,"dropped":0,"refused":[{")") << posted.body;
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/overview", {}, headers))["messages"], 1);
}

TEST_F(ApiTest, MessagesAreSignedTypedAndSized) {
  const Channel way = add_channel("way");
  const std::string body = R"({"id":"m1","group":"g","ts":"2026-11-23T09:59:00Z","sender":"s","text":"停水了"})",
                    path = "/api/v1/channels/way/messages";
  Client c = client();
  EXPECT_EQ(code(c.call("POST", path, body, {{"content-type", "application/json"}})), "401 bad_signature");
  EXPECT_EQ(code(c.call("POST", path, body + " ", signed_headers(way, body))), "401 bad_signature");
  EXPECT_EQ(code(c.call("POST", "/api/v1/channels/nobody/messages", body, signed_headers(way, body))),
            "404 unknown_channel");
  auto typed = signed_headers(way, body);
  typed["content-type"] = "text/xml";
  EXPECT_EQ(code(c.call("POST", path, body, typed)), "415 unsupported_media_type");
  EXPECT_EQ(code(c.call("POST", path, "[{", signed_headers(way, "[{"))), "400 bad_json");
  EXPECT_EQ(c.call("POST", path, body, signed_headers(way, body)).status, 200);
  EXPECT_EQ(client().call("POST", path, std::string(5 << 20, 'x'), signed_headers(way, body)).status, 413);
}

TEST_F(ApiTest, GroupsAreAdmittedAndRefused) {
  const auto headers = sign_in(add_user());
  const Channel way = add_channel("way", false);
  const std::string body =
      R"({"id":"m1","group":"g","group_name":"新来的群","ts":"2026-11-23T09:59:00Z","sender":"s","text":"停水了"})";
  Client c = client();
  EXPECT_EQ(c.call("POST", "/api/v1/channels/way/messages", body, signed_headers(way, body)).body,
            R"({"new":0,"known":0,"dropped":1,"refused":[]})");
  const auto waiting = parsed(c.call("GET", "/api/v1/groups?state=waiting", {}, headers))["groups"].as_array();
  ASSERT_EQ(waiting.size(), 1u);
  const std::string path = "/api/v1/groups/" + std::string(waiting[0].at("id").as_string());
  EXPECT_EQ(code(c.call("POST", path + "/admit", R"({"grid":"1"})", headers)), "422 missing_field");
  EXPECT_EQ(code(c.call("POST", "/api/v1/groups/grp_0000000000001/admit", R"({"grid":"1"})", headers)),
            "404 unknown_group");
  const Answer admitted = c.call(
      "POST", path + "/admit",
      R"({"grid":"1","community":"东苑社区","street":"东苑街道","responsible":"居委会","legal_basis":"公约","places":["东苑"]})",
      headers);
  EXPECT_EQ(parsed(admitted)["state"].as_string(), "admitted") << admitted.body;
  EXPECT_EQ(parsed(c.call("POST", "/api/v1/channels/way/messages", body, signed_headers(way, body)))["new"], 1);
  EXPECT_EQ(parsed(c.call("POST", path + "/refuse", {}, headers))["state"].as_string(), "refused");
  EXPECT_EQ(code(c.call("GET", "/api/v1/groups?state=x", {}, headers)), "422 bad_value");
}

TEST_F(ApiTest, LeadsAreDecidedOnce) {
  const User user = add_user();
  auto headers = sign_in(user);
  const Lead lead = add_lead();
  Client c = client();
  const Answer page = c.call("GET", "/api/v1/leads", {}, headers);
  EXPECT_EQ(parsed(page)["total"], 1) << page.body;
  const std::string path = "/api/v1/leads/" + to_text(lead.id);
  const Answer card = c.call("GET", path, {}, headers);
  ASSERT_EQ(card.headers.at("etag"), "\"0\"") << card.body;
  EXPECT_EQ(code(c.call("POST", path + "/confirm", {}, headers)), "428 precondition_required");
  headers["if-match"] = "\"7\"";
  EXPECT_EQ(code(c.call("POST", path + "/confirm", {}, headers)), "412 stale");
  headers["if-match"] = "\"0\"";
  EXPECT_EQ(parsed(c.call("POST", path + "/dismiss", R"({"reason":"because"})", headers))["field"].as_string(),
            "reason");
  EXPECT_EQ(parsed(c.call("POST", path + "/dismiss", R"({"reason":"recalled"})", headers))["field"].as_string(),
            "reason");
  const Answer confirmed = c.call("POST", path + "/confirm", {}, headers);
  EXPECT_EQ(parsed(confirmed)["state"].as_string(), "confirmed");
  EXPECT_EQ(confirmed.headers.at("etag"), "\"1\"");
  const Answer late = c.call("POST", path + "/dismiss", R"({"reason":"other"})", headers);
  EXPECT_EQ(code(late), "409 already_decided");
  EXPECT_EQ(parsed(late)["args"].at("who").as_string(), "王岚");
  headers["if-match"] = "\"1\"";
  EXPECT_EQ(parsed(c.call("POST", path + "/reopen", {}, headers))["state"].as_string(), "open");
  headers["if-match"] = "\"2\"";
  headers["idempotency-key"] = "once";
  const Answer dismissed = c.call("POST", path + "/dismiss", R"({"reason":"settled","note":"好了"})", headers);
  EXPECT_EQ(parsed(dismissed)["dismiss_reason"].as_string(), "settled");
  const Answer again = c.call("POST", path + "/dismiss", R"({"reason":"settled","note":"好了"})", headers);
  EXPECT_EQ(again.body, dismissed.body);
  EXPECT_EQ(again.headers.at("etag"), dismissed.headers.at("etag"));
  EXPECT_EQ(parsed(c.call("GET", path, {}, headers))["history"].as_array().size(), 3u);
  for (const char* query :
       {"limit=0", "limit=x", "state=nonsense", "cursor=nonsense", "urgency=9", "group=g", "live=maybe"}) {
    EXPECT_EQ(code(c.call("GET", std::string("/api/v1/leads?") + query, {}, headers)), "422 bad_value") << query;
  }
  EXPECT_EQ(code(c.call("GET", "/api/v1/leads/nonsense", {}, headers)), "404 unknown_lead");
}

TEST_F(ApiTest, AttachmentsOfRecalledMessagesAreGone) {
  const auto headers = sign_in(add_user());
  const Channel way = add_channel("way");
  const Lead lead = add_lead("lead.opened", "s/a");
  const Group group = [&] {
    Group g{.id = ids.draw<GroupId>(), .channel = way.id, .external_id = "g", .state = GroupState::admitted};
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(Groups::write(tx, g));
      LINLI_TRY(tx.run("INSERT INTO lead_messages (message_id, lead_id, act, score, reasons) VALUES (5, $1, 1, 1, $2)",
                       {lead.id, Blob{}}));
      LINLI_TRY(
          tx.run("INSERT INTO messages (id, channel_id, group_id, sent_at, received_at, role, type, flags, sender, "
                 "body) VALUES (5, $1, $2, 0, 0, 0, 1, 1, 0, $3)",
                 {way.id, g.id, Blob{"x"}}));
      const std::string name = sealer.seal("attachments.name", "图 1.jpg");
      LINLI_TRY(
          tx.run("INSERT INTO attachments (id, message_id, position, name, media_type, size, blob) VALUES (7, 5, 0, "
                 "$1, 'image/jpeg', 3, $2), (8, 5, 1, $1, 'text/html', 3, $2)",
                 {Blob{name}, Blob{"abc"}}));
      return true;
    });
    return g;
  }();
  Client c = client();
  const Answer picture = c.call("GET", "/api/v1/attachments/" + to_text(AttachmentId{7}), {}, headers);
  EXPECT_EQ(picture.body, "opened abc");
  EXPECT_EQ(picture.headers.at("content-type"), "image/jpeg");
  EXPECT_EQ(picture.headers.at("content-disposition"), "inline; filename*=UTF-8''%E5%9B%BE%201.jpg");
  const Answer page = c.call("GET", "/api/v1/attachments/" + to_text(AttachmentId{8}), {}, headers);
  EXPECT_EQ(page.headers.at("content-type"), "application/octet-stream");  // nothing of others runs here
  EXPECT_NE(page.headers.at("content-disposition").find("attachment"), std::string::npos);
  EXPECT_NE(page.headers.at("content-security-policy").find("sandbox"), std::string::npos);
  write([](Tx& tx) { return tx.run("UPDATE messages SET flags = 5 WHERE id = 5"); });
  EXPECT_EQ(code(c.call("GET", "/api/v1/attachments/" + to_text(AttachmentId{7}), {}, headers)), "404 not_found");
}

TEST_F(ApiTest, HealthReadinessMetrics) {
  Client c = client();
  EXPECT_EQ(c.call("GET", "/readyz").body, R"({"ready":true,"reasons":[]})");
  reasons = {"the disk is full"};
  EXPECT_EQ(c.call("GET", "/readyz").status, 503);
  EXPECT_NE(c.call("GET", "/metrics")
                .body.find("linli_http_requests_total{method=\"GET\",route=\"/readyz\",status=\"503\"} 1"),
            std::string::npos);
  EXPECT_EQ(c.call("GET", "/metrics", {}, {{"x-forwarded-for", "8.8.8.8"}}).status,
            401);  // through a proxy: not from this machine
}

TEST_F(ApiTest, LanguagesOfTheCaller) {
  const auto title = [&](std::string language) {
    return parsed(client().call("GET", "/api/v1/leads", {}, {{"accept-language", language}}))["title"];
  };
  EXPECT_NE(title("en"), title("zh"));
  EXPECT_EQ(title("fr"), title("zh"));
}

class StreamTest : public ApiTest {
 protected:
  void follow(Client& c, const Client::Headers& signed_in, std::string query = {}, std::string last = {}) {
    std::string text =
        "GET /api/v1/stream" + query + " HTTP/1.1\r\nhost: localhost\r\ncookie: " + signed_in.at("cookie") + "\r\n";
    if (!last.empty()) text += "last-event-id: " + last + "\r\n";
    c.send(text + "\r\n");
    EXPECT_NE(c.until("\r\n\r\n").find("200 OK"), std::string::npos);
  }
  // The id of the next event of this kind.
  static std::string next(Client& c, std::string_view kind, std::string_view holds = {}) {
    const std::string text = c.until("\n\n");
    const std::size_t at = text.find("id: ");
    if (at == text.npos) return text.starts_with(":") || text.starts_with("retry") ? next(c, kind, holds) : "none";
    EXPECT_NE(text.find("event: " + std::string(kind)), text.npos) << text;
    EXPECT_NE(text.find(holds), text.npos) << text;
    return text.substr(at + 4, text.find('\n', at) - at - 4);
  }
};

TEST_F(StreamTest, TellsWhatHappensAndResumes) {
  const auto headers = sign_in(add_user());
  add_lead();  // before: not told to one who comes now, once the stream has read past it
  std::this_thread::sleep_for(200ms);
  Client live = client();
  follow(live, headers);
  live.until("retry");
  const Lead first = add_lead();
  const std::string first_id = next(live, "lead", to_text(first.id));
  const Lead second = add_lead();
  const std::string second_id = next(live, "lead", to_text(second.id));

  Client resumed = client();
  follow(resumed, headers, {}, first_id);
  EXPECT_EQ(next(resumed, "lead", to_text(second.id)), second_id);
  Client after = client();
  follow(after, headers, "?after=" + first_id);
  EXPECT_EQ(next(after, "lead", to_text(second.id)), second_id);
  Client from_start = client();
  follow(from_start, headers, "?after=0");
  for (int i = 0; i < 3; ++i) next(from_start, "lead");
}

TEST_F(StreamTest, WhoIsFarBehindCatchesUpInOrder) {
  const auto headers = sign_in(add_user());
  constexpr int kLeads = 450;  // more than two pages
  for (int i = 0; i < kLeads; ++i) add_lead();
  Client c = client();
  follow(c, headers, "?after=0");
  long last = 0;
  for (int i = 0; i < kLeads; ++i) {
    const long id = std::stol(next(c, "lead"));
    EXPECT_GT(id, last);
    last = id;
  }
  const Lead lead = add_lead();
  EXPECT_GT(std::stol(next(c, "lead", to_text(lead.id))), last);
}

TEST_F(StreamTest, WhatIsNoLongerKeptGivesReset) {
  const auto headers = sign_in(add_user());
  for (int i = 0; i < 3; ++i) add_lead();
  write([&](Tx& tx) { return Outbox::prune(tx, clock.now() + 1h); });
  Client old = client(), foreign = client();
  follow(old, headers, "?after=1");
  const std::string position = next(old, "reset");
  follow(foreign, headers, "?after=999999");
  EXPECT_EQ(next(foreign, "reset"), position);
  const Lead lead = add_lead();
  next(old, "lead", to_text(lead.id));
  next(foreign, "lead", to_text(lead.id));
  EXPECT_EQ(code(client().call("GET", "/api/v1/stream?after=x", {}, headers)), "422 bad_value");
}

// The event is of the grid that the lead has left meanwhile; the words are of the one where it is.
TEST_F(StreamTest, ALeadThatMovedAwayIsGoneForWhoDoesNotSeeWhereItIs) {
  add_grids("s,street,清溪河街道,\na,community,荷塘社区,s\nb,community,望江社区,s\n");
  const auto agent = sign_in(add_user("agent", {}, StaffRole::agent, grid("a")));
  const auto head = sign_in(add_user("head", {}, StaffRole::agent, grid("s")));
  Client live = client(), above = client();
  follow(live, agent);
  follow(above, head);
  const Lead lead = add_lead("lead.opened", "s/b");
  next(above, "lead", to_text(lead.id));
  for (const char* kind : {"lead.changed", "lead.reopened"}) {
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(Outbox::append(tx, Event{0, kind, lead.id.value, "s/a", "leads.read", clock.now(), {}}));
      return true;
    });
    const std::string told = next(live, "gone", to_text(lead.id));
    EXPECT_EQ(next(above, "lead", lead.summary), told);
    Client late = client();
    follow(late, agent, "?after=0");
    next(late, "gone", to_text(lead.id));
  }
}

TEST_F(StreamTest, EndsWithItsSession) {
  const auto headers = sign_in(add_user());
  Client live = client();
  follow(live, headers);
  EXPECT_EQ(client().call("DELETE", "/api/v1/session", {}, headers).status, 204);
  EXPECT_TRUE(live.closes(2'000));
}

TEST_F(StreamTest, KeepsTheLineOpenAndEndsWithTheServer) {
  close();
  open({.heartbeat = 50ms});
  const auto headers = sign_in(add_user());
  Client live = client();
  follow(live, headers);
  live.until("\n: \n\n");
  std::jthread stopping([&] { api->stop(Deadline::in(5s)); });
  EXPECT_TRUE(live.closes(2'000));
}

TEST_F(StreamTest, ManyListenersAreCheap) {
  const auto headers = sign_in(add_user());
  std::vector<std::unique_ptr<Client>> all;
  for (int i = 0; i < 200; ++i) {
    all.push_back(std::make_unique<Client>(api->port()));
    follow(*all.back(), headers);
  }
  const Lead lead = add_lead();
  for (auto& one : all) next(*one, "lead", to_text(lead.id));
  EXPECT_NE(client().call("GET", "/metrics").body.find("linli_stream_clients 200"), std::string::npos);
}

}  // namespace
}  // namespace linli::api
