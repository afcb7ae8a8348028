// Cases over HTTP: from the lead to its end, who may what, what is hidden.
#include "api/api_for_tests.h"
#include "channels/outgoing.h"
#include "desk/replies.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

class CasesApiTest : public ApiTest {
 protected:
  struct Who {
    User user;
    Client::Headers headers;
    std::string id() const { return to_text(user.id); }
  };
  void SetUp() override {
    ApiTest::SetUp();
    add_grids(
        "jn,district,锦宁区,\ns,street,清溪河街道,jn\na,community,荷塘社区,s\na1,grid,第1网格,a\nb,community,望江社区,"
        "s\n");
    const Channel way = add_channel("way");
    group = Group{.id = ids.draw<GroupId>(), .channel = way.id, .external_id = "g", .state = GroupState::admitted};
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(Groups::write(tx, group));
      return true;
    });
    agent = person("agent", StaffRole::agent, "a");
    zhou = person("zhou", StaffRole::officer, "a1");
    wang = person("wang", StaffRole::officer, "a1");
    secretary = person("secretary", StaffRole::secretary, "a");
    support = person("support", StaffRole::support, "s");
    department = person("department", StaffRole::department, "s");
    outsider = person("outsider", StaffRole::secretary, "b");
    volunteer = person("volunteer", StaffRole::volunteer, "a1");
    admin = person("admin", StaffRole::administrator, "");
  }
  Who person(const std::string& name, StaffRole role, std::string_view code) {
    User user = add_user(name, {}, role, code.empty() ? GridId{} : grid(code));
    return {user, sign_in(user)};
  }
  Answer call(const char* method, const std::string& path, const Who& who, const std::string& body = {},
              std::optional<std::int64_t> seen = {}, const std::string& key = {}) {
    auto headers = who.headers;
    if (seen) headers["if-match"] = "\"" + std::to_string(*seen) + "\"";
    if (!key.empty()) headers["idempotency-key"] = key;
    return client().call(method, "/api/v1" + path, body, headers);
  }
  Lead lead() {
    Lead one;
    one.grid_path = "jn/s/a/a1";
    one.id = ids.draw<LeadId>();
    one.opening = ids.draw<MessageId>();
    one.revision = 1;
    one.group = group.id;
    one.groups = {group.id};
    one.category = "water_leak";
    one.urgency = 2;
    one.summary = "3栋天花板漏水，电话13800001111";
    one.place = "3-2-1502";
    one.model_version = "model-1";
    one.asked_at = one.opened_at = one.latest_at = clock.now();
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(lead_store::insert(tx, sealer, one));
      LINLI_TRY(
          Outbox::append(tx, Event{0, "lead.opened", one.id.value, one.grid_path, "leads.read", clock.now(), {}}));
      return true;
    });
    return one;
  }
  std::string path(const Lead& one) { return "/leads/" + to_text(one.id); }
  json::object dispatched(const Lead& one, const std::string& body = "{}") {
    const Answer answer = call("POST", path(one) + "/dispatch", agent, body, 0);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return parsed(answer)["case"].as_object();
  }
  static std::string case_path(const json::object& one) { return "/cases/" + std::string(one.at("id").as_string()); }
  Answer act(const Who& who, json::object& one, const std::string& body, const std::string& key = {}) {
    Answer answer = call("POST", case_path(one) + "/actions", who, body, one.at("version").as_int64(), key);
    if (answer.status == 200) one = parsed(answer);
    return answer;
  }
  std::int64_t count(std::string_view sql) {
    return *write([&](Tx& tx) { return tx.value<std::int64_t>(sql); });
  }

  Group group;
  Who agent, zhou, wang, secretary, support, department, outsider, volunteer, admin;
};

TEST_F(CasesApiTest, FromTheLeadToTheEnd) {
  const Lead l = lead();
  const Answer made = call("POST", path(l) + "/dispatch", agent,
                           R"({"note":"先关总阀","tell":{"text":"已派人，马上来","way":"group"}})", 0);
  ASSERT_EQ(made.status, 201) << made.body;
  json::object one = parsed(made)["case"].as_object();
  EXPECT_EQ(made.headers.at("etag"), "\"1\"");
  EXPECT_EQ(parsed(made)["reply"].at("outgoing").at(0).at("state").as_string(), "held");
  EXPECT_EQ(one["state"].as_string(), "dispatched");
  EXPECT_EQ(one["assignee"].at("id").as_string(), zhou.id());
  EXPECT_EQ(one["lead"].as_string(), to_text(l.id));
  EXPECT_TRUE(std::string_view(one["number"].as_string()).starts_with("jn-"));
  EXPECT_EQ(one["promise"].at("light").as_string(), "green");
  EXPECT_FALSE(one["undo_until"].is_null());
  EXPECT_EQ(parsed(call("GET", path(l), agent))["state"].as_string(), "in_case");
  EXPECT_EQ(code(call("POST", path(l) + "/dispatch", secretary, "{}", 1)), "409 already_decided");

  EXPECT_EQ(parsed(call("GET", "/cases?mine=true", zhou))["cases"].as_array().size(), 1u);
  EXPECT_EQ(act(zhou, one, R"({"action":"accept","tell":{"text":"小周十分钟到","way":"group"}})").status, 200);
  EXPECT_EQ(one["state"].as_string(), "accepted");
  EXPECT_EQ(count("SELECT COUNT(*) FROM outgoing WHERE purpose = 'reply'"), 2);
  // Said in the group, it keeps the promise.
  write([&](Tx& tx) -> Result<bool> {
    auto due = outgoing::due(tx, sealer, clock.now() + 1min, 10);
    if (!due) return tl::unexpected(due.error());
    for (auto& item : *due) {
      const OutState from = item.state;
      item.state = OutState::sent;
      item.said_at = clock.now();
      auto changed = outgoing::change(tx, sealer, item, from);
      if (!changed) return changed;
      LINLI_TRY(replies::changed(tx, item, clock.now()));
    }
    return true;
  });
  EXPECT_EQ(parsed(call("GET", case_path(one), zhou))["promise"].at("light").as_string(), "kept");

  EXPECT_EQ(code(act(zhou, one, R"({"action":"report_done"})")), "422 missing_field");
  EXPECT_EQ(act(zhou, one, R"({"action":"report_done","note":"换了接头"})").status, 200);
  EXPECT_EQ(code(act(agent, one, R"({"action":"close"})")), "403 not_allowed") << "who raised it may, from here";
  EXPECT_EQ(act(agent, one, R"({"action":"follow_up","note":"修好了","stars":5})").status, 200);
  EXPECT_EQ(act(agent, one, R"({"action":"close"})").status, 200);
  EXPECT_EQ(one["open"].as_bool(), false);
  const auto& timeline = one["timeline"].as_array();
  ASSERT_EQ(timeline.size(), 5u);
  EXPECT_EQ(timeline[0].at("text").as_string(), "线索立为事件并派单给王岚");
  EXPECT_EQ(timeline[0].at("note").as_string(), "先关总阀");
  const auto board = parsed(call("GET", "/cases/board", secretary));
  EXPECT_EQ(board.at("open").as_int64(), 0);
  EXPECT_EQ(board.at("states").at(10).at("count").as_int64(), 1);
}

TEST_F(CasesApiTest, TheSameKeyIsOneCase) {
  const Lead l = lead();
  const std::string body = R"({"tell":{"text":"已派人","way":"group"}})";
  const Answer first = call("POST", path(l) + "/dispatch", agent, body, 0, "k1");
  const Answer again = call("POST", path(l) + "/dispatch", agent, body, 0, "k1");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(count("SELECT COUNT(*) FROM cases"), 1);
  EXPECT_EQ(count("SELECT COUNT(*) FROM replies"), 1);
  EXPECT_EQ(count("SELECT COUNT(*) FROM outgoing"), 1);
  EXPECT_EQ(code(call("POST", path(l) + "/dispatch", agent, "{}", 0, "k1")), "409 idempotency_conflict");
  json::object one = parsed(first)["case"].as_object();
  const std::int64_t seen = one["version"].as_int64();
  const std::string accept = R"({"action":"accept"})";
  const Answer accepted = call("POST", case_path(one) + "/actions", zhou, accept, seen, "k2");
  EXPECT_EQ(accepted.body, call("POST", case_path(one) + "/actions", zhou, accept, seen, "k2").body);
  EXPECT_EQ(code(call("POST", case_path(one) + "/actions", wang, accept, seen)), "412 stale");
}

TEST_F(CasesApiTest, ADispatchIsTakenBack) {
  Lead l = lead();
  dispatched(l, R"({"tell":{"text":"已派人","way":"group"}})");
  EXPECT_EQ(code(call("DELETE", path(l) + "/dispatch", secretary)), "409 not_in_state") << "it is not theirs";
  const Answer back = call("DELETE", path(l) + "/dispatch", agent);
  ASSERT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(parsed(back)["state"].as_string(), "open");
  EXPECT_EQ(count("SELECT COUNT(*) FROM cases"), 0);
  EXPECT_EQ(count("SELECT COUNT(*) FROM case_timeline"), 0);
  EXPECT_EQ(count("SELECT COUNT(*) FROM outgoing WHERE state = 'withdrawn'"), 1);
  EXPECT_EQ(code(call("DELETE", path(l) + "/dispatch", agent)), "404 unknown_case");
  // Once more, and now the officer looks first.
  const auto version = parsed(back)["decision_version"].as_int64();
  const Answer again = call("POST", path(l) + "/dispatch", agent, "{}", version);
  ASSERT_EQ(again.status, 201) << again.body;
  json::object one = parsed(again)["case"].as_object();
  EXPECT_EQ(call("GET", case_path(one), zhou).status, 200);
  for (int i = 0; i < 100 && count("SELECT COUNT(*) FROM cases WHERE seen_at IS NOT NULL") == 0; ++i)
    std::this_thread::sleep_for(10ms);
  EXPECT_EQ(code(call("DELETE", path(l) + "/dispatch", agent)), "409 not_in_state");
  EXPECT_TRUE(parsed(call("GET", case_path(one), agent))["undo_until"].is_null());
}

TEST_F(CasesApiTest, FiledForSomebodyOnThePhone) {
  const auto body = [&](std::string more = {}) {
    return R"({"title":"楼道灯不亮","category":"water_leak","urgency":3,"grid_id":")" + to_text(grid("a1")) +
           R"(","came_by":"phone","answer_by":"phone")" + more + "}";
  };
  EXPECT_EQ(code(call("POST", "/cases", agent, body())), "422 missing_field") << "where to call back";
  const Answer made = call("POST", "/cases", agent,
                           body(R"(,"contact_name":"3-2-1502李姐","contact_phone":"13800001111","note":"晚上在家")"));
  ASSERT_EQ(made.status, 201) << made.body;
  json::object one = parsed(made);
  EXPECT_TRUE(one["lead"].is_null());
  EXPECT_EQ(one["promise"].at("light").as_string(), "green") << "filed by hand it has one too";
  EXPECT_EQ(one["contact"].at("phone").as_string(), "13800001111");
  // Names and numbers are for who needs them.
  const auto masked = parsed(call("GET", case_path(one), department));
  EXPECT_EQ(masked.at("contact").at("phone").as_string(), "138****1111");
  EXPECT_EQ(masked.at("contact").at("name").as_string(), "李＊");
  EXPECT_FALSE(masked.at("names_shown").as_bool());
  EXPECT_EQ(code(act(zhou, one, R"({"action":"accept","tell":{"text":"马上来","way":"group"}})")), "422 bad_value")
      << "there is no lead to answer";
  EXPECT_EQ(count("SELECT COUNT(*) FROM case_timeline"), 1) << "and nothing was done by halves";
  for (const char* wrong : {R"(,"contact_phone":"1","urgency":9)", R"(,"contact_phone":"1","to":"usr_x")",
                            R"(,"contact_phone":"1","nonsense":1)"})
    EXPECT_GE(call("POST", "/cases", agent, body(wrong)).status, 400) << wrong;
  EXPECT_EQ(code(call("POST", "/cases", outsider, body(R"(,"contact_phone":"13800001111")"))), "404 not_found");
}

TEST_F(CasesApiTest, WhoMayWhat) {
  json::object one = dispatched(lead());
  const std::string where = case_path(one), accept = R"({"action":"accept"})";
  EXPECT_EQ(client().call("GET", "/api/v1/cases", {}, {}).status, 401);
  EXPECT_EQ(code(call("GET", "/cases", volunteer)), "403 not_allowed");
  EXPECT_EQ(code(call("GET", where, outsider)), "404 unknown_case");
  EXPECT_EQ(parsed(call("GET", "/cases", outsider))["cases"].as_array().size(), 0u);
  EXPECT_EQ(code(call("POST", where + "/actions", outsider, accept, 1)), "404 unknown_case");
  EXPECT_EQ(code(call("POST", where + "/actions", support, accept, 1)), "403 not_allowed");
  EXPECT_EQ(code(call("POST", where + "/actions", agent, R"({"action":"urge"})", 1)), "403 not_allowed");
  EXPECT_EQ(call("POST", where + "/actions", secretary, R"({"action":"urge","note":"快"})", 1).status, 200);
  EXPECT_EQ(code(call("POST", where + "/actions", zhou, accept)), "428 precondition_required");
  EXPECT_EQ(code(call("POST", where + "/actions", zhou, R"({"action":"fly"})", 1)), "422 bad_value");
  EXPECT_EQ(code(call("POST", "/cases/nonsense/actions", zhou, accept, 1)), "404 unknown_case");
  for (const Who* who : {&volunteer, &support})
    EXPECT_EQ(code(call("POST", "/leads/" + std::string(one["lead"].as_string()) + "/dispatch", *who, "{}", 0)),
              "403 not_allowed");
  EXPECT_EQ(parsed(call("GET", where, support))["actions"].as_array().size(), 0u);
  EXPECT_GT(parsed(call("GET", where, zhou))["actions"].as_array().size(), 3u);
  EXPECT_EQ(parsed(call("GET", where, support))["title"].as_string(), "3栋天花板漏水，电话138****1111");
  for (const char* query : {"state=x", "urgency=5", "limit=0", "cursor=x", "mine=x"})
    EXPECT_EQ(code(call("GET", std::string("/cases?") + query, agent)), "422 bad_value") << query;
  EXPECT_EQ(code(call("GET", "/cases?grid=grid_x", agent)), "404 not_found");
  EXPECT_EQ(
      parsed(call("GET", "/cases?grid=" + to_text(grid("a")) + "&category=water_leak&state=dispatched", agent))["cases"]
          .as_array()
          .size(),
      1u);
}

TEST_F(CasesApiTest, AConfidentialCaseHidesItsLead) {
  const Lead l = lead();
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(
        tx.run("INSERT INTO messages (id, channel_id, group_id, sent_at, received_at, role, type, flags, sender, "
               "body) VALUES (5, $1, $2, 0, 0, 0, 1, 1, 0, $3)",
               {group.channel, group.id, Blob{"x"}}));
    LINLI_TRY(tx.run("INSERT INTO lead_messages (message_id, lead_id, act, score, reasons) VALUES (5, $1, 1, 1, $2)",
                     {l.id, Blob{}}));
    const std::string name = sealer.seal("attachments.name", "图.jpg");
    LINLI_TRY(
        tx.run("INSERT INTO attachments (id, message_id, position, name, media_type, size, blob) VALUES (7, 5, 0, "
               "$1, 'image/jpeg', 3, $2)",
               {Blob{name}, Blob{"abc"}}));
    return true;
  });
  const std::string photo = "/attachments/" + to_text(AttachmentId{7});
  EXPECT_EQ(call("GET", photo, secretary).status, 200);
  json::object one = dispatched(l, R"({"confidential":true,"note":"李姐举报","tell":{"text":"收到","way":"group"}})");
  write([](Tx& tx) { return tx.run("UPDATE outgoing SET state = 'to_relay'"); });
  for (const Who* who : {&agent, &zhou, &admin}) {
    const auto seen = parsed(call("GET", case_path(one), *who));
    EXPECT_FALSE(seen.at("hidden").as_bool());
    EXPECT_EQ(seen.at("lead").as_string(), to_text(l.id));
    EXPECT_EQ(call("GET", photo, *who).status, 200);
    EXPECT_EQ(parsed(call("GET", "/outgoing", *who))["outgoing"].as_array().size(), 1u);
    EXPECT_EQ(parsed(call("GET", "/leads?state=in_case", *who))["total"].as_int64(), 1);
  }
  for (const Who* who : {&wang, &secretary, &support}) {
    const Answer answer = call("GET", case_path(one), *who);
    ASSERT_EQ(answer.status, 200);
    EXPECT_TRUE(parsed(answer)["hidden"].as_bool());
    for (const char* word : {"天花板", "1502", "李姐", "water_leak"})
      EXPECT_EQ(answer.body.find(word), std::string::npos) << word;
    EXPECT_TRUE(parsed(answer)["lead"].is_null());
    EXPECT_EQ(code(call("GET", path(l), *who)), "404 unknown_lead");
    EXPECT_EQ(code(call("GET", photo, *who)), "404 not_found");
    const auto list = parsed(call("GET", "/leads?state=in_case", *who));
    EXPECT_EQ(list.at("total").as_int64(), 0);
    EXPECT_EQ(list.at("leads").as_array().size(), 0u);
    if (who != &support) {
      EXPECT_EQ(parsed(call("GET", "/outgoing", *who))["outgoing"].as_array().size(), 0u);
      EXPECT_EQ(code(call("POST", path(l) + "/replies", *who, R"({"text":"x","way":"phone"})", 1)), "404 unknown_lead");
    }
    EXPECT_EQ(code(call("POST", case_path(one) + "/actions", *who, R"({"action":"accept"})", 1)), "403 not_allowed");
  }
}

TEST_F(CasesApiTest, TheStreamTellsAndKeepsSecrets) {
  const auto follow = [&](Client& c, const Who& who) {
    c.send("GET /api/v1/stream?after=0 HTTP/1.1\r\nhost: localhost\r\ncookie: " + who.headers.at("cookie") +
           "\r\n\r\n");
    EXPECT_NE(c.until("\r\n\r\n").find("200 OK"), std::string::npos);
  };
  const Lead l = lead();
  json::object one = dispatched(l, R"({"confidential":true})");
  const std::string id(one["id"].as_string());
  Client officer = client(), other = client();
  follow(officer, zhou);
  follow(other, wang);
  const auto until = [](Client& c, std::string_view event) {
    for (std::string text = c.until("\n\n");; text = c.until("\n\n"))
      if (text.find("event: " + std::string(event)) != text.npos) return text;
  };
  const std::string opened = until(officer, "case");
  EXPECT_NE(opened.find(R"("kind":"case.opened")"), opened.npos);
  EXPECT_NE(opened.find(id), opened.npos);
  EXPECT_NE(opened.find(R"("state":"dispatched")"), opened.npos);
  EXPECT_EQ(opened.find("天花板"), opened.npos);
  EXPECT_NE(until(officer, "lead").find("天花板"), std::string::npos);
  const std::string gone = other.until("\n\n");
  EXPECT_EQ(gone.find("天花板"), gone.npos);
  EXPECT_NE(until(other, "case").find(id), std::string::npos);
  EXPECT_EQ(act(zhou, one, R"({"action":"accept"})").status, 200);
  EXPECT_NE(until(officer, "case").find(R"("state":"accepted")"), std::string::npos);
}

TEST_F(CasesApiTest, ThePolicyIsSetAndCounts) {
  const auto before = parsed(call("GET", "/cases/policy", zhou));
  EXPECT_EQ(before.at("revision").as_int64(), 0);
  EXPECT_EQ(before.at("usual").as_array().size(), 4u);
  const std::string body = R"({"prefixes":[{"grid_id":")" + to_text(grid("jn")) +
                           R"(","prefix":"JN"}],"times":[{"category":"water_leak","urgency":null,"accept_minutes":5,)"
                           R"("accept_working":false,"due_minutes":90,"due_working":false}]})";
  EXPECT_EQ(code(call("PUT", "/cases/policy", zhou, body, 0)), "403 not_allowed");
  EXPECT_EQ(code(call("PUT", "/cases/policy", secretary, body, 0)), "403 not_allowed") << "not everywhere";
  EXPECT_EQ(call("PUT", "/cases/policy", admin, body, 0).status, 200);
  EXPECT_EQ(code(call("PUT", "/cases/policy", admin, body, 0)), "412 stale");
  EXPECT_EQ(code(call("PUT", "/cases/policy", admin,
                      R"({"prefixes":[{"grid_id":")" + to_text(grid("a")) + R"(","prefix":"JN"}],"times":[]})", 1)),
            "422 bad_value");
  const auto one = dispatched(lead());
  EXPECT_TRUE(std::string_view(one.at("number").as_string()).starts_with("JN-"));
  EXPECT_EQ(one.at("due").at("minutes").as_int64(), 90);
  EXPECT_NE(std::string_view(one.at("due").at("text").as_string()).find(" 到期：1 小时 30 分钟，不分昼夜，从 "),
            std::string_view::npos);
}

}  // namespace
}  // namespace linli::api
