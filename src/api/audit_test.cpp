// What the handlers write into the audit log, and how it is read over HTTP.
#include "people/audit.h"

#include "api/api_for_tests.h"

namespace linli::api {
namespace {

namespace json = boost::json;

class AuditRoutes : public ApiTest {
 protected:
  std::vector<json::object> entries(const Client::Headers& headers, const std::string& query = {}) {
    const Answer answer = client().call("GET", "/api/v1/audit" + query, {}, headers);
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::vector<json::object> out;
    const json::object body = parsed(answer);
    for (const auto& one : body.at("entries").as_array()) out.push_back(one.as_object());
    return out;
  }
  // "lead.confirmed sign_in.succeeded …", oldest first.
  std::string story(const Client::Headers& headers, const std::string& query = {}) {
    std::string out;
    for (const auto& one : entries(headers, query)) {
      std::string what(one.at("what").as_string());
      out = out.empty() ? std::move(what) : std::move(what) + " " + out;
    }
    return out;
  }
  std::int64_t flaws() {
    return write([&](Tx& tx) { return audit::verify(tx, sealer, {}); }).flaw_count;
  }
};

TEST_F(AuditRoutes, WhatIsDoneIsWrittenDown) {
  const User user = add_user("admin", "the seventh old willow");
  Client c = client();
  const Client::Headers plain{{"content-type", "application/json"}};
  c.call("POST", "/api/v1/session", R"({"name":"nobody","password":"secret typed by mistake"})", plain);
  c.call("POST", "/api/v1/session", R"({"name":"admin","password":"wrong"})", plain);
  const Answer in = c.call("POST", "/api/v1/session", R"({"name":"admin","password":"the seventh old willow"})", plain);
  const std::string cookie = in.headers.at("set-cookie");
  Client::Headers headers{{"cookie", cookie.substr(0, cookie.find(';'))},
                          {"x-csrf-token", std::string(parsed(in)["csrf_token"].as_string())},
                          {"content-type", "application/json"}};
  c.call("POST", "/api/v1/channels", R"({"name":"bridge","kind":"webhook","admit_all":false})", headers);
  Channel bridge = *channels->find("bridge");
  const std::string body =
      R"({"id":"m1","group":"g","group_name":"新来的群","ts":"2026-11-23T09:59:00Z","sender":"s","text":"停水了"})";
  c.call("POST", "/api/v1/channels/bridge/messages", body, signed_headers(bridge, body));
  const auto waiting = parsed(c.call("GET", "/api/v1/groups?state=waiting", {}, headers))["groups"].as_array();
  const std::string group = "/api/v1/groups/" + std::string(waiting.at(0).at("id").as_string());
  const std::string admission =
      R"({"grid":"1","community":"东苑社区","street":"东苑街道","responsible":"居委会","legal_basis":"公约"})";
  EXPECT_EQ(c.call("POST", group + "/admit", admission, headers).status, 200);
  EXPECT_EQ(c.call("POST", group + "/refuse", {}, headers).status, 200);
  EXPECT_EQ(c.call("PUT", "/api/v1/grids", R"({"code":"D1","level":"district","name":"清溪区"})", headers).status, 200);
  EXPECT_EQ(c.call("PUT", "/api/v1/grids", R"({"code":"D1","level":"district","name":"清溪区"})", headers).status, 200);
  const Lead lead = add_lead();
  const std::string path = "/api/v1/leads/" + to_text(lead.id);
  const auto act = [&](const char* verb, const char* version, std::string_view with = {}) {
    headers["if-match"] = version;
    EXPECT_EQ(c.call("POST", path + verb, with, headers).status, 200) << verb;
  };
  act("/confirm", "\"0\"");
  act("/reopen", "\"1\"");
  act("/dismiss", "\"2\"", R"({"reason":"settled","note":"周阿姨说好了"})");
  EXPECT_EQ(c.call("POST", path + "/confirm", {}, headers).status, 409);  // nothing happened: nothing is written

  EXPECT_EQ(story(headers),
            "sign_in.failed sign_in.failed sign_in.succeeded channel.added group.admitted group.refused grid.changed "
            "lead.confirmed lead.reopened lead.dismissed");
  const auto all = entries(headers);
  const auto failed = entries(headers, "?what=sign_in.failed");
  ASSERT_EQ(failed.size(), 2u);
  EXPECT_EQ(failed[0].at("object").at("id").as_string(), to_text(user.id));
  EXPECT_EQ(failed[0].at("by").at("kind").as_string(), "anyone");
  EXPECT_TRUE(failed[1].at("object").is_null());
  EXPECT_EQ(failed[0].at("address").as_string(), "127.0.0.1");
  const auto& dismissed = all[0];
  EXPECT_EQ(dismissed.at("by").at("name").as_string(), "王岚");
  EXPECT_EQ(dismissed.at("object").at("id").as_string(), to_text(lead.id));
  EXPECT_EQ(dismissed.at("detail").at("reason").as_string(), "settled");
  const std::string everything = c.call("GET", "/api/v1/audit", {}, headers).body;
  for (const char* kept_out : {"周阿姨", "nobody", "mistake", "willow"})
    EXPECT_EQ(everything.find(kept_out), std::string::npos) << kept_out;

  headers.erase("if-match");
  EXPECT_EQ(c.call("DELETE", "/api/v1/session", {}, headers).status, 204);
  EXPECT_EQ(story(sign_in(user), "?what=sign_out"), "sign_out");
  EXPECT_EQ(flaws(), 0);
}

TEST_F(AuditRoutes, AreFilteredPagedAndForTheAdministrator) {
  const User user = add_user();
  auto headers = sign_in(user);
  for (int i = 0; i < 5; ++i)
    client().call("POST", "/api/v1/channels", R"({"name":"way)" + std::to_string(i) + R"(","kind":"webhook"})",
                  headers);
  const Answer page = client().call("GET", "/api/v1/audit?limit=2", {}, headers);
  EXPECT_EQ(parsed(page)["entries"].as_array().size(), 2u);
  const std::string next(parsed(page)["next_cursor"].as_string());
  EXPECT_EQ(entries(headers, "?limit=2&cursor=" + next)[0].at("sequence").as_int64(), 3);
  EXPECT_TRUE(parsed(client().call("GET", "/api/v1/audit?limit=5", {}, headers))["next_cursor"].is_null());
  EXPECT_EQ(entries(headers, "?who=" + to_text(user.id)).size(), 5u);
  EXPECT_EQ(entries(headers, "?who=command").size(), 0u);
  EXPECT_EQ(entries(headers, "?object_kind=channel&object=" + to_text(channels->find("way3")->id)).size(), 1u);
  EXPECT_EQ(entries(headers, "?from=2000-01-01T00:00:00Z&to=2001-01-01T00:00:00Z").size(), 0u);
  for (const char* wrong : {"?who=root", "?limit=0", "?limit=201", "?cursor=x", "?from=yesterday", "?to=2026-11-01"})
    EXPECT_EQ(client().call("GET", "/api/v1/audit" + std::string(wrong), {}, headers).status, 422) << wrong;

  const User agent = add_user("agent", {}, StaffRole::agent);
  for (const char* route : {"/api/v1/audit", "/api/v1/audit/export"})
    EXPECT_EQ(code(client().call("GET", route, {}, sign_in(agent))), "403 not_allowed") << route;
}

TEST_F(AuditRoutes, AnExportIsAnEntryAndNoFormula) {
  auto headers = sign_in(add_user());
  write([&](Tx& tx) -> Result<bool> {
    audit::Entry e;
    e.at = clock.now();
    e.what = "setting.changed";
    e.after = "=cmd|' /C calc'!A0";
    LINLI_TRY(audit::add(tx, sealer, e));
    return true;
  });
  const Answer csv = client().call("GET", "/api/v1/audit/export", {}, headers);
  EXPECT_EQ(csv.headers.at("content-type"), "text/csv; charset=utf-8");
  EXPECT_NE(csv.body.find("setting.changed"), std::string::npos);
  EXPECT_NE(csv.body.find("'=cmd|"), std::string::npos) << csv.body;
  const Answer lines = client().call("GET", "/api/v1/audit/export?format=ndjson&what=export", {}, headers);
  const json::object first = json::parse(lines.body.substr(0, lines.body.find('\n'))).as_object();
  EXPECT_EQ(first.at("what").as_string(), "export.made");
  EXPECT_EQ(first.at("hash").as_string().size(), 64u);
  EXPECT_EQ(story(headers, "?what=export"), "export.made export.made");
  EXPECT_EQ(client().call("GET", "/api/v1/audit/export?format=pdf", {}, headers).status, 422);
  EXPECT_EQ(flaws(), 0);
}

}  // namespace
}  // namespace linli::api
